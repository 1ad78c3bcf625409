"""``SparkplugCell``: the controller as a Sparkplug host application. Commands are sent as DCMD, requests and the clock as NCMD; reports
and answers arrive as DDATA and NDATA. The control socket only finds, starts and stops the gateway.
"""

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any

import msgspec

from nightmill.drivers.background import BackgroundLoop
from nightmill.drivers.inbox import Inbox
from nightmill.drivers.sparkplug.edge import Message
from nightmill.drivers.sparkplug.gateway import now_ms
from nightmill.drivers.sparkplug.host import Heard, HostApplication
from nightmill.drivers.sparkplug.payload import Value
from nightmill.drivers.sparkplug.secure import CONTROLLER, client_context, mqtt_folder, read_broker
from nightmill.drivers.sparkplug.session import HostSession, MqttSession
from nightmill.drivers.sparkplug.shop_metrics import (
    ANSWER,
    COMMAND,
    IMAGE,
    REPORT,
    REQUEST,
    command_value,
    device_id,
    report_of,
)
from nightmill.drivers.sparkplug.signals import signals_of
from nightmill.drivers.station import Answer, Link, checked, given, read_address
from nightmill.drivers.telemetry import Telemetry, Unheard
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding, NightmillError

PATIENCE_S = 2.0
"""Seconds after which a request is repeated under the same id; the gateway answers each id once."""
LIFE_S = 60.0
TICK_S = 0.25
ATTEMPTS = 5


class _Said(msgspec.Struct, frozen=True):
    id: str
    answer: Answer


class _Ready(msgspec.Struct, frozen=True):
    """A command's message, written for its device's birth at ``born_ms``; a later birth may give the metrics other aliases."""

    message: Message
    born_ms: int


_SAID = msgspec.json.Decoder(_Said)


class SparkplugCell:
    """See ``floor.equipment.Cell`` for the contract of its methods."""

    def __init__(self, link: Link, telemetry: Telemetry | None = None) -> None:
        self._link, self._inbox, self._telemetry = link, Inbox(), telemetry or Unheard()
        self.endpoints = link.endpoints()
        _, self._group, self._node = dict(self.endpoints)["sparkplug"].split("/", 2)
        self._boot, self._count = secrets.token_hex(6), itertools.count()
        self._host = HostApplication(f"nightmill-{self._boot}")
        self._waiting: dict[str, asyncio.Future[Answer] | Future[Answer]] = {}
        self._ready: dict[str, _Ready] = {}
        self._loop = BackgroundLoop("sparkplug host")
        self._session: MqttSession | None = None
        self._living: HostSession | None = None
        self._watch: asyncio.Task[None] | None = None
        self._loop.run(self._connected())
        asyncio.run_coroutine_threadsafe(self._tick(), self._loop.loop)

    def greet(self) -> Greeting:
        """Return the cell's greeting: its identity, shop time and last report."""
        return given(self._ask({"ask": "greet"}).greeting)

    def prepare(self, commands: Sequence[AnyCommand]) -> None:
        """Prepare the messages of these commands without sending any. The message for an unborn device is written after its birth."""
        self._ready.clear()
        for command in commands:
            body = self._host.body(self._group, self._node, device_id(command.unit))
            born_ms = (
                body.since_ms if body else 0
            )  # read this first: a birth may arrive while the message is being written
            with contextlib.suppress(KeyError):
                self._ready[command.command_id] = _Ready(self._message(command), born_ms)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Send a command to its device and wait for the answer."""
        ready, device = self._ready.pop(command.command_id, None), device_id(command.unit)
        said = self._answer(device, partial(self._message, command, ready), f"command {command.command_id}")
        return given(said.acknowledgement)

    def evidence(self, command_id: str) -> str:
        """Return the status of a command in the shop."""
        return given(self._ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Advance the clock and wait until all reports have arrived; reports lost in a gap are requested again."""
        self._inbox.acknowledge(acknowledged_seq)
        for attempt in range(ATTEMPTS):
            asked = {"ask": "advance", "until_s": until_s, "acknowledged_seq": acknowledged_seq, "repeat": attempt > 0}
            answer = self._ask(asked)
            here = self._inbox.has(acknowledged_seq, answer.published)
            if here or self._loop.run(self._inbox.heard(acknowledged_seq, answer.published, PATIENCE_S)):
                return Advance(given(answer.advance).now_s, self._inbox.take(acknowledged_seq, answer.published))
            until_s = given(answer.advance).now_s
        found = f"reports up to {answer.published} did not arrive"
        raise EnvironmentFailed(Finding("Sparkplug", self._node, found, "all of them", "See world/gateway.log."))

    def image(self, name: str) -> bytes:
        """Return the PNG of an ``ImageTaken`` report: the node's image metric, once the request for it is answered."""
        self._ask({"ask": "image", "name": name})
        body = self._host.body(self._group, self._node)
        data = body.metrics[IMAGE].value if body is not None else None
        return given(data if isinstance(data, bytes) else None)

    def close(self) -> None:
        """Disconnect as a host application must: publish its death first."""
        if not self._loop.loop.is_closed():
            self._loop.run(self._leave())
            self._loop.stop()
        self._link.close()

    def shutdown(self) -> None:
        """Stop the gateway and its broker; the shop behind it keeps running."""
        if not self._loop.loop.is_closed():
            self._loop.run(self._leave())
            self._loop.stop()
        self._link.shutdown()

    def _ask(self, question: dict[str, object]) -> Answer:
        identity = f"{self._boot}-{next(self._count)}"
        text = msgspec.json.encode({**question, "id": identity}).decode()
        return self._answer("", partial(self._question, text), identity)

    def _answer(self, device: str, message: Callable[[], Message], identity: str) -> Answer:
        """Send a message and wait for the answer: first directly, and if that fails, with repeats.

        The direct path takes one turn of the event loop to send and none to receive; each turn takes time while the loop is
        busy with other machines' signals.
        """
        said: Future[Answer] = Future()
        self._waiting[identity] = said
        try:
            self._loop.loop.call_soon_threadsafe(self._write_at_once, device, message, said)
            return checked(said.result(PATIENCE_S))
        except (TimeoutError, CancelledError):
            return self._loop.run(self._written(device, message, identity))
        finally:
            self._waiting.pop(identity, None)

    def _write_at_once(self, device: str, message: Callable[[], Message], said: "Future[Answer]") -> None:
        """Send to a born device in a live session; cancel ``said`` if there is none, or if the message can't be written."""
        session, body = self._session, self._host.body(self._group, self._node, device)
        if session is not None and not session.lost.is_set() and body is not None and body.online:
            # a metric that the birth didn't list, or a text that no message can carry: the path with repeats reports it to the caller
            with contextlib.suppress(KeyError, ValueError, NightmillError):
                session.publish(message())
                return
        said.cancel()

    async def _watched(self, session: MqttSession) -> None:
        """Stop waiting for answers that may have been lost with the session."""
        await session.lost.wait()
        for said in list(self._waiting.values()):
            if isinstance(said, Future):
                said.cancel()

    async def _leave(self) -> None:
        if self._living is not None:
            await self._living.stop(now_ms())

    async def _connected(self) -> MqttSession:
        """Return the live session; a lost one is replaced, and a gateway that died with its broker is restarted."""
        if self._session is not None and not self._session.lost.is_set():
            return self._session
        deadline = asyncio.get_running_loop().time() + LIFE_S
        while True:
            at = read_broker(dict(self.endpoints)["mqtt"])
            tls = client_context(mqtt_folder(self._link.station.shop_dir), CONTROLLER) if at.secure else None
            living = HostSession(self._host, at.host, at.port, self._hear, tls)
            try:
                await living.start(now_ms())
            except EnvironmentFailed:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.to_thread(self._revive)
                continue
            self._living, self._session = living, living.session
            self._watch = asyncio.create_task(self._watched(living.session))
            self._session.publish(self._host.rebirth(self._group, self._node, now_ms()))
            return self._session

    def _revive(self) -> None:
        """Send any request to the control socket: if the gateway is dead, this restarts it, perhaps on another port."""
        with contextlib.suppress(EnvironmentFailed, BadInput):
            self._link.ask({"ask": "greet"})
        address = read_address(self._link.station)
        if address is not None and address.endpoints:
            self.endpoints = address.endpoints

    async def _born(self, device: str) -> MqttSession:
        """Return a session in which the host has received the births of the node and a device."""
        begun = asyncio.get_running_loop().time()
        while True:
            session = await self._connected()
            for _ in range(int(PATIENCE_S / 0.002)):
                body = self._host.body(self._group, self._node, device)
                if body is not None and body.online:
                    return session
                if session.lost.is_set():
                    break
                await asyncio.sleep(0.002)
            else:
                await asyncio.to_thread(self._revive)
                if dict(self.endpoints)["mqtt"] != session.url:
                    # the gateway is running again, but on another broker
                    await session.leave(with_will=False)
                    session.lost.set()
                    continue
                session.publish(self._host.rebirth(self._group, self._node, now_ms()))
            if asyncio.get_running_loop().time() - begun > LIFE_S:
                found = f"no birth of {device or self._node} in {LIFE_S:g} s"
                raise EnvironmentFailed(Finding("Sparkplug", self._node, found, "one", "See world/gateway.log."))

    def _question(self, text: str) -> Message:
        return self._host.command(self._group, self._node, "", {REQUEST: text}, now_ms())

    def _message(self, command: AnyCommand, ready: _Ready | None = None) -> Message:
        """Return a command's message: the one in ``ready``, or a new one. Raises ``KeyError`` if its device isn't born."""
        device = device_id(command.unit)
        body = self._host.body(self._group, self._node, device)
        if ready is not None and body is not None and body.since_ms == ready.born_ms:
            return ready.message
        values: dict[str, Value] = {COMMAND: command_value(command)}
        return self._host.command(self._group, self._node, device, values, now_ms())

    async def _written(self, device: str, message: Callable[[], Message], identity: str) -> Answer:
        """Send a message, and repeat it under the same id whenever it may have been lost, until the answer arrives."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = answered
        silent = 0
        try:
            while True:
                session = await self._born(device)
                session.publish(message())
                lost: asyncio.Future[Any] = asyncio.ensure_future(session.lost.wait())
                await asyncio.wait([answered, lost], timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
                lost.cancel()
                if answered.done():
                    break
                silent += 1
                if silent % 5 == 0:
                    await asyncio.to_thread(self._revive)
        finally:
            self._waiting.pop(identity, None)
        return checked(answered.result())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            _, out = self._host.tick(now_ms())
            for message in out:
                if self._session is not None:
                    self._session.publish(message)

    def _hear(self, topic: str, payload: bytes) -> None:
        heard, out = self._host.receive(topic, payload, now_ms())
        for message in out:
            if self._session is not None:
                self._session.publish(message)
        for each in heard:
            self._sample(each)
            if (each.group, each.node) == (self._group, self._node) and each.what in ("born", "data"):
                self._take(each.values)

    def _sample(self, heard: Heard) -> None:
        """Pass signals from our machines, and from any other machines that the host sees, to telemetry."""
        ours = (heard.group, heard.node) == (self._group, self._node)
        for source, at_us, signals in signals_of(heard, ours=ours):
            self._telemetry.put(source, at_us, signals)

    def _take(self, values: dict[str, Value]) -> None:
        """Keep a report, or hand an answer to its caller. An unreadable message counts as lost and is requested again."""
        with contextlib.suppress(BadInput):
            report = report_of(values.get(REPORT)) if REPORT in values else None
            if report is not None:
                self._inbox.put(report)
        said = values.get(ANSWER)
        if not isinstance(said, str) or not said:
            return
        with contextlib.suppress(*UNREADABLE):
            decoded = _SAID.decode(said)
            waiting = self._waiting.get(decoded.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(decoded.answer)
