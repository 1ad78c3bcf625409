"""What Sparkplug tests share: the mark that says which assertions a test covers, and a proxy that writes down MQTT packets.

The proxy decodes what a client sends (CONNECT, SUBSCRIBE, PUBLISH, DISCONNECT of MQTT 5) with code of its own, so that what is judged is
what went over the wire.
"""

import asyncio
import shutil

import msgspec
import pytest

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None, reason="mosquitto isn't installed (Debian: apt-get install mosquitto)"
)


def covers(*names: str) -> pytest.MarkDecorator:
    """Mark a test with the assertions of the Sparkplug 3.0 specification that it covers (without ``tck-id-``)."""
    return pytest.mark.covers(*" ".join(names).split())


class Packet(msgspec.Struct, frozen=True):
    """One packet that a client sent; ``n`` is its place among all packets of all clients."""

    n: int
    client: str
    connection: int
    kind: str
    topic: str = ""
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    topics: tuple[tuple[str, int], ...] = ()
    clean: bool = False
    expiry: int = 0
    version: int = 0
    reason: int = 0


class Recorder:
    """A TCP proxy before a broker."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self.packets: list[Packet] = []
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.02)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        number = self._connections
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writers += [writer, up_writer]
        back = asyncio.create_task(_pump(up_reader, writer))
        self._tasks.add(back)
        data, client = bytearray(), ""
        while chunk := await reader.read(1 << 16):
            data += chunk
            while (packet := _take(data)) is not None:
                head, body = packet
                client = self._note(head, body, client, number)
            up_writer.write(chunk)
        up_writer.close()

    def _note(self, head: int, body: bytes, client: str, connection: int) -> str:
        kind, n = head >> 4, len(self.packets)
        if kind == 1:
            made, client = _connect(n, body, connection)
            self.packets.append(made)
        elif kind == 3:
            qos, at = (head >> 1) & 3, 2 + int.from_bytes(body[:2])
            topic = body[2:at].decode()
            at += 2 if qos else 0
            size, at = _varint(body, at)
            payload = body[at + size :]
            self.packets.append(Packet(n, client, connection, "PUBLISH", topic, payload, qos, bool(head & 1)))
        elif kind == 8:
            size, at = _varint(body, 2)
            at += size
            topics = []
            while at < len(body):
                length = int.from_bytes(body[at : at + 2])
                topics.append((body[at + 2 : at + 2 + length].decode(), body[at + 2 + length] & 3))
                at += 3 + length
            self.packets.append(Packet(n, client, connection, "SUBSCRIBE", topics=tuple(topics)))
        elif kind == 14:
            self.packets.append(Packet(n, client, connection, "DISCONNECT", reason=body[0] if body else 0))
        return client


def _connect(n: int, body: bytes, connection: int) -> tuple[Packet, str]:
    at = 2 + int.from_bytes(body[:2])
    version, flags = body[at], body[at + 1]
    size, at = _varint(body, at + 4)
    properties, at = body[at : at + size], at + size
    expiry = int.from_bytes(properties[1:5]) if properties[:1] == b"\x11" else 0
    client, at = _text(body, at)
    topic, will = "", b""
    if flags & 4:
        size, at = _varint(body, at)
        topic, at = _text(body, at + size)
        length = int.from_bytes(body[at : at + 2])
        will = body[at + 2 : at + 2 + length]
    made = Packet(
        n, client, connection, "CONNECT", topic, will, (flags >> 3) & 3, bool(flags & 32), clean=bool(flags & 2), expiry=expiry, version=version
    )  # fmt: skip
    return made, client


def _text(body: bytes, at: int) -> tuple[str, int]:
    length = int.from_bytes(body[at : at + 2])
    return body[at + 2 : at + 2 + length].decode(), at + 2 + length


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _take(data: bytearray) -> tuple[int, bytes] | None:
    try:
        size, at = _varint(bytes(data[:5]), 1)
    except IndexError:
        return None
    if len(data) < at + size:
        return None
    head, body = data[0], bytes(data[at : at + size])
    del data[: at + size]
    return head, body


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1 << 16):
        writer.write(chunk)
    writer.close()
