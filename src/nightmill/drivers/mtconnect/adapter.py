"""An SHDR adapter: sends lines to every connected agent; an agent that connects later first gets the current values."""

import asyncio
from collections.abc import Mapping

from nightmill.drivers.mtconnect.shdr import format_line

HEARTBEAT_MS = 10_000
WAITING_LIMIT = 64 * 1024 * 1024


class Adapter:
    """A loopback TCP server of SHDR lines; a line given to ``say`` reaches all agents in order."""

    def __init__(self) -> None:
        self._agents: set[asyncio.StreamWriter] = set()
        self._known: dict[str, tuple[str, str | tuple[str, ...]]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._agent, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Disconnect all agents."""
        for writer in list(self._agents):
            writer.close()
        if self._server is not None:
            self._server.close()

    def say(self, time: str, pairs: Mapping[str, str | tuple[str, ...]]) -> None:
        """Send one line at ``time``; a new agent first gets the last value of each key."""
        for key, value in pairs.items():
            self._known[key] = (time, value)
        self._send(format_line(time, pairs))

    def say_asset(self, time: str, asset_id: str, kind: str, body: str) -> None:
        """Store or change an asset."""
        self._send(f"{time}|@ASSET@|{asset_id}|{kind}|{body}")

    def _send(self, line: str) -> None:
        raw = line.encode() + b"\n"
        for writer in list(self._agents):
            if writer.transport.get_write_buffer_size() > WAITING_LIMIT:
                # An agent that doesn't read must not delay the others; when it reconnects, it gets the current values.
                writer.transport.abort()
                continue
            writer.write(raw)

    async def _agent(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for key, (time, value) in self._known.items():
            writer.write(format_line(time, {key: value}).encode() + b"\n")
        self._agents.add(writer)
        try:
            while raw := await reader.readline():
                if raw.startswith(b"* PING"):
                    writer.write(f"* PONG {HEARTBEAT_MS}\n".encode())
        except (ConnectionError, ValueError):
            pass
        finally:
            self._agents.discard(writer)
            writer.close()
