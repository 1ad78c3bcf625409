"""Sparkplug sessions over MQTT 5, using gmqtt: Clean Start, no persistent session, no automatic reconnect (each CONNECT needs its own will)."""

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
    """One MQTT connection; ``lost`` is set when it breaks. A new session needs a new object."""

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
        """CONNECT with this will. Raises ``EnvironmentFailed`` if no broker accepts it."""
        import gmqtt

        logging.getLogger("gmqtt").setLevel(logging.CRITICAL)
        self._client = gmqtt.Client(
            self._client_id.encode(),  # gmqtt sends a text's length in characters as its length in bytes
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
                Finding("MQTT broker", place, found, "a broker that accepts the connection", "Start it.")
            ) from error
        finally:
            if not connected:
                self._abort()
        _parse_on_arrival(self._client)
        self._write = _writer(self._client)

    def _abort(self) -> None:
        """Clean up after a failed connection."""
        if self._client is not None and self._client._connection is not None:
            self._client._connection._transport.abort()

    def wire(self) -> Any:
        """Return the connection's socket, for code that inspects the traffic; ``None`` if there is none."""
        transport = getattr(getattr(self._client, "_connection", None), "_transport", None)
        return transport.get_extra_info("socket") if transport is not None else None

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Subscribe with QoS 1 and wait until the broker confirms it."""
        import gmqtt

        for topic in topics:
            number = self._client.subscribe(gmqtt.Subscription(topic, qos=1))
            done = self._acknowledged.setdefault(number, asyncio.Event())
            try:
                await asyncio.wait_for(done.wait(), PATIENCE_S)
            except TimeoutError as error:
                found = f"no answer to SUBSCRIBE {topic}"
                finding = Finding("MQTT broker", self._host, found, "SUBACK", "Check the broker.")
                raise EnvironmentFailed(finding) from error

    def publish(self, message: Message) -> None:
        """Send a message; if the connection breaks and the message is lost, ``lost`` is set."""
        if self.lost.is_set():
            return
        if self._write is not None and message.qos == 0:
            self._write(plain_publish(message))
        else:
            self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    async def leave(self, *, with_will: bool) -> None:
        """Send DISCONNECT; ``with_will``: the broker still publishes the will, as Sparkplug requires for edge nodes."""
        if self._client is None or self.lost.is_set():
            return
        await asyncio.sleep(0)
        try:
            # over TLS, Python raises an error if the broker closes first; the connection is closed either way
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
    """Return the PUBLISH packet of MQTT 5 for a message of QoS 0 without properties (chapter 3.3 of the standard)."""
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
    """Return the function that writes a packet to an MQTT 5 connection; ``None`` if this release of gmqtt has other internals.

    Building a QoS 0 packet takes gmqtt as long as all the rest of the reaction to an event, although it keeps no state for the packet.
    """
    protocol = getattr(client._connection, "_protocol", None)
    write: Callable[[bytes], None] | None = getattr(protocol, "write_data", None)
    return write if getattr(protocol, "proto_ver", 0) == MQTT_5 else None


def _parse_on_arrival(client: Any) -> None:
    """Parse incoming data directly in the callback that receives it.

    gmqtt passes data through a stream to a separate task, which costs two more turns of a busy loop before a message is delivered. If
    a release of gmqtt has other internals, its own method is kept.
    """
    protocol = getattr(client._connection, "_protocol", None)
    parse, kept = getattr(protocol, "_read_packet", None), bytearray()
    if protocol is None or parse is None:
        return

    def data_received(data: bytes) -> None:
        whole = bytes(kept) + data if kept else data
        done = parse(whole)
        kept[:] = whole[done:] if done >= 0 else b""
        if done < 0:  # the data isn't MQTT
            protocol._transport.close()

    protocol.data_received = data_received


class EdgeSession:
    """Keeps an edge node in session: births when allowed, rebirths on request, the next server when its primary host goes offline.

    ``servers`` are (host, port) in order of preference, used one at a time; ``obey`` gets each command; ``prepare`` is awaited before
    every CONNECT (to start a private broker); ``counted`` gets each bdSeq, to store it for the next process.
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
        """Begin the first session; later ones follow automatically. Raises ``EnvironmentFailed`` if no broker accepts the connection."""
        await self._begin()
        self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Publish the node's death and disconnect."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.session is not None and not self.session.lost.is_set():
            if self.edge.born:
                self.session.publish(self.edge.last_words())
            await self.session.leave(with_will=True)

    def publish(self, message: Message | None) -> None:
        """Send the node's message, if there is one."""
        if message is not None and self.session is not None:
            self.session.publish(message)

    def data(self, device: str, changes: Mapping[str, Value], at_ms: int | None = None) -> None:
        """Publish the changes (sampled at ``at_ms``). Until the node is born they are stored, and the next births contain them."""
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
            return  # an unreadable command has no effect; the host gets no answer and repeats it
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
        """Connect. Raises ``EnvironmentFailed`` if no broker accepts the connection."""
        await self.session.connect(self.application.will(now_ms))
        await self.session.subscribe(self.application.subscriptions())
        self.session.publish(self.application.birth())

    async def stop(self, now_ms: int) -> None:
        """Publish the application's death and disconnect."""
        if not self.session.lost.is_set():
            self.session.publish(self.application.death(now_ms))
            await asyncio.sleep(0.01)
            await self.session.leave(with_will=False)
