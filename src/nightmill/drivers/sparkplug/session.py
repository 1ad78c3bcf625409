"""Sparkplug over MQTT 5 by gmqtt: Clean Start, no session kept, no reconnect behind one's back (each CONNECT needs its own will)."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from nightmill.drivers.sparkplug.edge import Command, EdgeNode, Message
from nightmill.drivers.sparkplug.host import HostApplication
from nightmill.drivers.sparkplug.payload import Value
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

WITH_WILL = 0x04
"""Reason code "Disconnect with Will Message" (MQTT 5.0, 3.14.2.1)."""
NO_RECONNECT = -2
PATIENCE_S, LEAVE_S = 10.0, 2.0
RETRY_S = 0.2
PUBLISH, MQTT_5 = 0x30, 5


class MqttSession:
    """Connect once, use, leave; ``lost`` is set when the connection has gone. A new session is a new object."""

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str,
        hear: Callable[[str, bytes], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port, self._client_id, self._hear, self._tls = host, port, client_id, hear, tls
        self.url = f"mqtt{'s' if tls else ''}://{host}:{port}"
        self._client: Any = None
        self._write: Callable[[bytes], None] | None = None
        self._acknowledged: dict[int, asyncio.Event] = {}
        self.lost = asyncio.Event()

    async def connect(self, will: Message) -> None:
        """CONNECT with this will; EnvironmentFailed where no broker takes it."""
        import gmqtt

        logging.getLogger("gmqtt").setLevel(logging.CRITICAL)
        self._client = gmqtt.Client(
            self._client_id.encode(),  # gmqtt takes a text's length in letters for its length in bytes
            clean_session=True,
            optimistic_acknowledgement=False,
            will_message=gmqtt.Message(will.topic, will.payload, qos=will.qos, retain=will.retain),
            session_expiry_interval=0,
        )
        self._client.set_config({"reconnect_retries": NO_RECONNECT, "reconnect_delay": 0})
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        connected = False
        try:
            await asyncio.wait_for(
                self._client.connect(self._host, self._port, ssl=self._tls or False, keepalive=20), PATIENCE_S
            )
            connected = True
        except (OSError, TimeoutError, gmqtt.mqtt.handler.MQTTConnectError) as error:
            self.lost.set()
            found = str(error) or type(error).__name__
            place = f"{self._host}:{self._port}"
            raise EnvironmentFailed(
                Finding("MQTT broker", place, found, "a broker that takes us", "Start it.")
            ) from error
        finally:
            if not connected:
                self._abort()
        _parse_on_arrival(self._client)
        self._write = _writer(self._client)

    def _abort(self) -> None:
        """Let go of a connection that came to nothing."""
        if self._client is not None and self._client._connection is not None:
            self._client._connection._transport.abort()

    def wire(self) -> Any:
        """The socket of the connection, for whoever looks at what goes over it; ``None`` where there is none."""
        transport = getattr(getattr(self._client, "_connection", None), "_transport", None)
        return transport.get_extra_info("socket") if transport is not None else None

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe with QoS 1 and wait until the broker has taken it."""
        import gmqtt

        for topic in topics:
            number = self._client.subscribe(gmqtt.Subscription(topic, qos=1))
            done = self._acknowledged.setdefault(number, asyncio.Event())
            try:
                await asyncio.wait_for(done.wait(), PATIENCE_S)
            except TimeoutError as error:
                found = f"no answer to SUBSCRIBE {topic}"
                finding = Finding("MQTT broker", self._host, found, "SUBACK", "Look at the broker.")
                raise EnvironmentFailed(finding) from error

    def publish(self, message: Message) -> None:
        """Send a message; one that a lost connection swallows is told by ``lost``."""
        if self.lost.is_set():
            return
        if self._write is not None and message.qos == 0:
            self._write(plain_publish(message))
        else:
            self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    async def leave(self, *, with_will: bool) -> None:
        """DISCONNECT; ``with_will``: the broker publishes the will all the same, as Sparkplug asks of edge nodes."""
        if self._client is None or self.lost.is_set():
            return
        await asyncio.sleep(0)
        try:
            # by TLS a broker that closes first is an error to Python, and the connection is gone either way
            await asyncio.wait_for(self._client.disconnect(reason_code=WITH_WILL if with_will else 0), LEAVE_S)
        except (OSError, TimeoutError):
            self._abort()

    def _on_message(self, _client: Any, topic: str, payload: bytes, _qos: int, _properties: Any) -> int:
        self._hear(topic, bytes(payload))
        return 0

    def _on_subscribe(self, _client: Any, number: int, _qos: Any, _properties: Any) -> None:
        self._acknowledged.setdefault(number, asyncio.Event()).set()

    def _on_disconnect(self, _client: Any, _packet: Any, exc: Any = None) -> None:
        self.lost.set()


def plain_publish(message: Message) -> bytes:
    """The PUBLISH packet of MQTT 5 for a message of QoS 0 without properties (chapter 3.3 of the standard)."""
    topic = message.topic.encode()
    length = 2 + len(topic) + 1 + len(message.payload)
    packet = bytearray((PUBLISH | message.retain,))
    while length > 0x7F:
        packet.append(length & 0x7F | 0x80)
        length >>= 7
    packet.append(length)
    packet += len(topic).to_bytes(2, "big")
    packet += topic
    packet.append(0)
    packet += message.payload
    return bytes(packet)


def _writer(client: Any) -> Callable[[bytes], None] | None:
    """What puts a packet on the wire of an MQTT 5 session; ``None`` where a release of gmqtt has other insides.

    gmqtt makes a packet of QoS 0 in as long as the rest of a reaction to an event takes, and keeps nothing of it.
    """
    protocol = getattr(client._connection, "_protocol", None)
    write: Callable[[bytes], None] | None = getattr(protocol, "write_data", None)
    return write if getattr(protocol, "proto_ver", 0) == MQTT_5 else None


def _parse_on_arrival(client: Any) -> None:
    """Have what the broker sends parsed in the callback that brings it.

    gmqtt hands it to a task of its own by a stream, which is two more turns of a busy loop before anybody hears a message. Where a release
    of gmqtt has other insides, its own way stays.
    """
    protocol = getattr(client._connection, "_protocol", None)
    parse, kept = getattr(protocol, "_read_packet", None), bytearray()
    if protocol is None or parse is None:
        return

    def data_received(data: bytes) -> None:
        whole = bytes(kept) + data if kept else data
        done = parse(whole)
        kept[:] = whole[done:] if done >= 0 else b""
        if done < 0:  # what came is no MQTT
            protocol._transport.close()

    protocol.data_received = data_received


class EdgeSession:
    """Keeps an edge node in session: births when it may be born, rebirths when asked, the next server when its primary host goes.

    ``servers`` are (host, port) in order of preference, one at a time; ``obey`` gets each command; ``prepare`` is awaited before every
    CONNECT (to start a broker of one's own), ``counted`` is told each bdSeq, to be kept for the next process.
    """

    def __init__(
        self,
        edge: EdgeNode,
        servers: Sequence[tuple[str, int]],
        obey: Callable[[Command], None],
        *,
        prepare: Callable[[], Awaitable[None]] | None = None,
        counted: Callable[[int], None] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self.edge, self.servers, self._obey = edge, tuple(servers), obey
        self._prepare, self._counted = prepare, counted
        self.session: MqttSession | None = None
        self.server = 0
        self._keeping: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """The first session; EnvironmentFailed where no broker takes it. Later ones follow by themselves."""
        await self._begin()
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Say that the node leaves, and leave."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.session is not None and not self.session.lost.is_set():
            if self.edge.born:
                self.session.publish(self.edge.last_words())
            await self.session.leave(with_will=True)

    def publish(self, message: Message | None) -> None:
        """Send what the node has made, if it has made anything."""
        if message is not None and self.session is not None:
            self.session.publish(message)

    def data(self, device: str, changes: Mapping[str, Value], at_ms: int | None = None) -> None:
        """Publish what has changed (at ``at_ms``). While the node isn't born it is kept, and the next births tell it."""
        if not self.edge.born:
            self.edge.remember(device, changes, at_ms)
            return
        self.publish(self.edge.device_data(device, changes, at_ms) if device else self.edge.node_data(changes))

    async def _begin(self) -> None:
        if self._prepare is not None:
            await self._prepare()
        host, port = self.servers[self.server % len(self.servers)]
        session = MqttSession(host, port, f"{self.edge.group}-{self.edge.node}", self._hear, self._tls)
        will = self.edge.will()
        if self._counted is not None:
            self._counted(self.edge.bd_seq)
        await session.connect(will)
        self.session = session
        await session.subscribe(self.edge.subscriptions())
        self._be_born()

    async def _keep(self) -> None:
        while True:
            if self.session is not None:
                await self.session.lost.wait()
            try:
                await self._begin()
            except EnvironmentFailed:
                self.server += 1
                await asyncio.sleep(RETRY_S)

    def _be_born(self) -> None:
        if self.edge.may_be_born():
            for message in self.edge.births():
                self.publish(message)

    def _hear(self, topic: str, payload: bytes) -> None:
        asked = self.edge.hear_state(topic, payload)
        if asked == "be born":
            self._be_born()
        elif asked == "leave":
            self._leaving = asyncio.ensure_future(self._walk())
        try:
            command = self.edge.hear_command(topic, payload)
        except BadInput:
            return  # a command that can't be read has no effect; the host hears no answer and asks again
        if command is None:
            return
        if self.edge.wants_rebirth(command):
            self._be_born()
        self._obey(command)

    async def _walk(self) -> None:
        """End this session and begin one with the next server."""
        if self.session is None:
            return
        self.session.publish(self.edge.last_words())
        self.server += 1
        await self.session.leave(with_will=True)
        self.session.lost.set()


class HostSession:
    """One session of a host application: will, subscriptions, birth; death before it leaves."""

    def __init__(
        self,
        application: HostApplication,
        host: str,
        port: int,
        hear: Callable[[str, bytes], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.application = application
        self.session = MqttSession(host, port, application.host_id, hear, tls)

    async def start(self, now_ms: int) -> None:
        """EnvironmentFailed where no broker takes it."""
        await self.session.connect(self.application.will(now_ms))
        await self.session.subscribe(self.application.subscriptions())
        self.session.publish(self.application.birth())

    async def stop(self, now_ms: int) -> None:
        """Say that the application leaves, and leave."""
        if not self.session.lost.is_set():
            self.session.publish(self.application.death(now_ms))
            await asyncio.sleep(0.01)
            await self.session.leave(with_will=False)
