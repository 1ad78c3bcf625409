"""The MQTT session under host and edge: what comes over the socket is heard at once and whole."""

import asyncio
import time
from pathlib import Path

from sparkplug_trace import needs_mosquitto

from nightmill.drivers.protocols import GatewayOptions, choose_port
from nightmill.drivers.sparkplug.broker import Broker
from nightmill.drivers.sparkplug.edge import Message
from nightmill.drivers.sparkplug.session import MqttSession

pytestmark = needs_mosquitto


def test_a_message_is_heard_when_its_last_byte_comes(tmp_path: Path) -> None:
    """Not some turns of the loop later; in whatever pieces it comes, however long it is, and several at once."""
    heard: list[tuple[str, bytes]] = []

    def published(topic: str, payload: bytes) -> bytes:
        body = len(topic).to_bytes(2, "big") + topic.encode() + b"\0" + payload
        length, rest = b"", len(body)
        while rest > 127:
            length, rest = length + bytes([rest % 128 + 128]), rest // 128
        return b"\x30" + length + bytes([rest]) + body

    async def listen() -> None:
        port = choose_port(GatewayOptions("mqtt"))
        broker = Broker(port, tmp_path)
        await broker.start()
        try:
            session = MqttSession("127.0.0.1", port, "listener", lambda topic, payload: heard.append((topic, payload)))
            await session.connect(Message("gone", b"", qos=0))
            await session.subscribe(["a/#"])
            protocol = session._client._connection._protocol
            wire = published("a/1", b"x" * 300_000)
            for begin in range(0, len(wire), 70_001):
                assert not heard
                protocol.data_received(wire[begin : begin + 70_001])
            assert heard == [("a/1", b"x" * 300_000)]
            both = published("a/2", b"two") + published("a/3", b"three")
            protocol.data_received(both[:-1])
            protocol.data_received(both[-1:])
            assert heard[1:] == [("a/2", b"two"), ("a/3", b"three")]
            session.publish(Message("a/4", b"by the broker", qos=1))
            deadline = time.monotonic() + 60.0
            while len(heard) < 4 and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            assert heard[3] == ("a/4", b"by the broker")
            await session.leave(with_will=False)
        finally:
            await broker.stop()

    asyncio.run(listen())
