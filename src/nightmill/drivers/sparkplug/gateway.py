"""The virtual shop behind a Sparkplug edge node, on a private broker or an existing one."""

import asyncio
import time
from collections import OrderedDict
from pathlib import Path

import msgspec

from nightmill.drivers.async_cell import AsyncCell
from nightmill.drivers.gateway_socket import Question
from nightmill.drivers.protocols import GatewayOptions, choose_port
from nightmill.drivers.sparkplug.broker import Broker
from nightmill.drivers.sparkplug.edge import Command, EdgeNode
from nightmill.drivers.sparkplug.payload import Value
from nightmill.drivers.sparkplug.secure import BrokerAt, client_context, mqtt_folder, read_broker
from nightmill.drivers.sparkplug.session import EdgeSession
from nightmill.drivers.sparkplug.shop_metrics import (
    ANSWER,
    COMMAND,
    GROUP,
    IMAGE,
    REQUEST,
    TIME,
    Showing,
    command_of,
    device_id,
    device_metrics,
    node_id,
    node_metrics,
)
from nightmill.drivers.station import Answer
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

KEPT_ANSWERS = 256
BROKER_TRIES = 3


class Ask(Question, frozen=True):
    """A request with an id, under which it is answered once, however often it arrives."""

    id: str = ""


_ASK = msgspec.json.Decoder(Ask)


def now_ms() -> int:
    """UTC in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class SparkplugGateway:
    """An edge node that publishes the shop's reports and passes hosts' commands to the shop."""

    def __init__(self, link: AsyncCell, shop: Shop, folder: Path, options: GatewayOptions) -> None:
        self._link, self._folder, self._options = link, folder, options
        kept = folder / "bdseq"
        begun = int(kept.read_text()) if kept.exists() and kept.read_text().isdigit() else -1
        self._edge = EdgeNode(GROUP, node_id(shop), now_ms=now_ms, metrics=node_metrics(), bd_seq=begun)
        self._edge.add_device(device_id(""), device_metrics(None))
        self._units = {device_id(""): ""}
        for unit in shop.work_units:
            self._edge.add_device(device_id(unit.id), device_metrics(unit))
            self._units[device_id(unit.id)] = unit.id
        self._showing, self._shown = Showing(), 0
        self._start_us = utc_us(shop.start)
        self._broker: Broker | None = None
        self._session: EdgeSession | None = None
        self._answers: OrderedDict[str, tuple[str, bytes | None]] = OrderedDict()
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> list[tuple[str, str]]:
        """Start the broker (unless one was named) and the edge node, and publish the births."""
        if self._options.broker:
            at = read_broker(self._options.broker)
        else:
            self._broker = await self._own_broker()
            at = BrokerAt("127.0.0.1", self._broker.port)
        self._session = EdgeSession(
            self._edge,
            [(at.host, at.port)],
            self._hear,
            tls=client_context(mqtt_folder(self._folder.parents[1]), self._edge.node) if at.secure else None,
            prepare=self._broker.start if self._broker is not None else None,
            counted=lambda number: _keep(self._folder / "bdseq", number),
        )
        await self._session.start()
        return [
            ("mqtt", at.url),
            ("sparkplug", f"spBv1.0/{self._edge.group}/{self._edge.node}"),
        ]

    async def _own_broker(self) -> Broker:
        """Start a broker on the usual port or a free one; another process may take a port between check and start."""
        for _ in range(BROKER_TRIES):
            broker = Broker(choose_port(self._options), self._folder)
            try:
                await broker.start()
            except EnvironmentFailed as error:
                failed = error
                continue
            return broker
        raise failed

    async def stop(self) -> None:
        """Publish the node's death, disconnect, and stop a private broker."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.stop()
        if self._broker is not None:
            await self._broker.stop()

    async def greet(self) -> Greeting:
        """``Cell.greet``."""
        return await self._link.greet()

    async def submit(self, command: AnyCommand) -> Acknowledgement:
        """Refuse: commands go as DCMD."""
        raise _by_mqtt("submit")

    async def evidence(self, command_id: str) -> str:
        """Refuse: requests go as NCMD."""
        raise _by_mqtt("evidence")

    async def image(self, name: str) -> bytes:
        """Refuse: images come as NDATA."""
        raise _by_mqtt("image")

    async def advance(self, until_s: float, acknowledged_seq: int, *, repeat: bool) -> tuple[Advance, int]:
        """Refuse: the clock advances by NCMD."""
        raise _by_mqtt("advance")

    def _hear(self, command: Command) -> None:
        task = asyncio.create_task(self._obey(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _data(self, device: str, changes: dict[str, Value], at_ms: int | None = None) -> None:
        if self._session is not None:
            self._session.data(device, changes, at_ms)

    async def _obey(self, command: Command) -> None:
        for metric in command.metrics:
            if not command.device and metric.name == REQUEST and isinstance(metric.value, str):
                try:
                    await self._answer(_ASK.decode(metric.value))
                except UNREADABLE:
                    continue
            elif command.device and metric.name == COMMAND:
                await self._take(command.device, metric.value)

    async def _take(self, device: str, value: Value) -> None:
        try:
            command = command_of(value)
        except BadInput as error:
            self._say("", Answer(wrong=error.findings))
            return
        if device_id(command.unit) != device:
            finding = Finding(
                f"DCMD {device}", "unit", command.unit, "the device it was sent to", "Correct the host application."
            )
            self._say(f"command {command.command_id}", Answer(wrong=(finding,)))
            return
        await self._answer(Ask("submit", command=command, id=f"command {command.command_id}"), again=True)

    async def _answer(self, ask: Ask, *, again: bool = False) -> None:
        """Answer a request once; a repeated id gets the same answer, but a command is passed to the shop again."""
        if ask.id in self._answers and not again:
            self._say(ask.id, *self._answers[ask.id], known=True)
            return
        if ask.id in self._busy:
            return
        self._busy.add(ask.id)
        image: bytes | None = None
        try:
            answer = await self._reply(ask)
            if answer.image is not None:
                image, answer = answer.image, Answer()
        except BadInput as error:
            answer = Answer(wrong=error.findings)
        except NightmillError as error:
            answer = Answer(failed=error.findings)
        finally:
            self._busy.discard(ask.id)
        self._say(ask.id, answer, image)

    async def _reply(self, ask: Ask) -> Answer:
        match ask.ask:
            case "greet":
                return Answer(greeting=await self._link.greet())
            case "submit" if ask.command is not None:
                return Answer(acknowledgement=await self._link.submit(ask.command))
            case "evidence":
                return Answer(evidence=await self._link.evidence(ask.command_id))
            case "image":
                return Answer(image=await self._link.image(ask.name))
            case "advance":
                moved = await self._link.advance(ask.until_s, ask.acknowledged_seq)
                for report in moved.reports:
                    seen = report.seq <= self._shown
                    if ask.repeat or not seen:
                        # suppliers report too, and they aren't work units
                        known = device_id(report.unit) in self._units
                        device = device_id(report.unit if known else "")
                        at_ms = self._start_us // 1000 + round(report.at_s * 1000)
                        self._data(device, self._showing.changes(report, again=seen), at_ms)
                        self._shown = max(self._shown, report.seq)
                self._data("", {TIME: moved.now_s})
                published = moved.reports[-1].seq if moved.reports else ask.acknowledged_seq
                return Answer(advance=Advance(moved.now_s, ()), published=published)
        finding = Finding(
            "Sparkplug NCMD", REQUEST, ask.ask, "greet, evidence, advance or image", "Correct the host application."
        )
        return Answer(wrong=(finding,))

    def _say(self, identity: str, answer: Answer | str, image: bytes | None = None, *, known: bool = False) -> None:
        text = answer if isinstance(answer, str) else msgspec.json.encode(answer).decode()
        self._answers[identity] = (text, image)
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)
        changes: dict[str, Value] = {} if image is None else {IMAGE: image}
        stamp = f'"again":{time.monotonic_ns()},' if known else ""
        self._data("", changes | {ANSWER: f'{{{stamp}"id":{msgspec.json.encode(identity).decode()},"answer":{text}}}'})


def _keep(path: Path, number: int) -> None:
    path.write_text(str(number), encoding="utf-8")


def _by_mqtt(what: str) -> BadInput:
    return BadInput(
        Finding("gateway", what, "a question on the control socket", "Sparkplug messages", "Send it over MQTT.")
    )
