"""The virtual shop behind MTConnect: an adapter that publishes its reports, and an agent in front of it, each on its own socket."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from nightmill.drivers.async_cell import AsyncCell
from nightmill.drivers.mtconnect.adapter import Adapter
from nightmill.drivers.mtconnect.agent import Agent, read_adapter, timestamp
from nightmill.drivers.mtconnect.buffer import ObservationBuffer
from nightmill.drivers.mtconnect.model import DeviceModel
from nightmill.drivers.mtconnect.shop_model import Showing, devices_of
from nightmill.drivers.protocols import GatewayOptions, listening
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import Shop

ENDING_S = 0.05
"""Seconds between checks for clients still connected to an agent that is shutting down."""


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the gateway has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class MtconnectGateway:
    """Publishes the shop's reports; takes commands and the clock over the control socket, since MTConnect has no commands."""

    def __init__(self, link: AsyncCell, shop: Shop, folder: Path, options: GatewayOptions) -> None:
        self._link, self._options = link, options
        self._showing, self._adapter = Showing(shop), Adapter()
        self._buffer = ObservationBuffer(DeviceModel(devices_of(shop), "virtual shop"), now=timestamp())
        self._shown = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._server: _Server | None = None

    async def start(self) -> list[tuple[str, str]]:
        """Start the adapter, the agent, and the agent's connection to the adapter."""
        adapter_port = await self._adapter.start()
        self._adapter.say(self._showing.time((await self._link.greet()).now_s), self._showing.opening())
        listens = listening(self._options)
        port = listens.getsockname()[1]
        config = uvicorn.Config(
            Agent(self._buffer), host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off"
        )
        self._server = _Server(config)
        self._tasks = [
            asyncio.create_task(read_adapter(self._buffer, "127.0.0.1", adapter_port)),
            asyncio.create_task(self._server.serve([listens])),
        ]
        while not self._server.started:
            if self._tasks[1].done():
                await self._tasks[1]
            await asyncio.sleep(0.005)
        return [("mtconnect", f"http://127.0.0.1:{port}"), ("shdr", f"tcp://127.0.0.1:{adapter_port}")]

    async def stop(self) -> None:
        """Close all; open streams end."""
        for task in self._tasks[:1]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._server is not None:
            self._server.should_exit = self._server.force_exit = True
            while self._tasks and not self._tasks[1].done():
                # the server waits for all connected clients, and a client that follows a stream never disconnects
                for connection in list(self._server.server_state.connections):
                    connection.transport.abort()
                await asyncio.wait(self._tasks[1:], timeout=ENDING_S)
        await self._adapter.stop()

    async def greet(self) -> Greeting:
        """``Cell.greet``."""
        return await self._link.greet()

    async def submit(self, command: AnyCommand) -> Acknowledgement:
        """``Cell.submit``."""
        return await self._link.submit(command)

    async def evidence(self, command_id: str) -> str:
        """``Cell.evidence``."""
        return await self._link.evidence(command_id)

    async def image(self, name: str) -> bytes:
        """``Cell.image``."""
        return await self._link.image(name)

    async def advance(self, until_s: float, acknowledged_seq: int, *, repeat: bool) -> tuple[Advance, int]:
        """Advance the shop and publish its reports through the adapter, each once, or again if ``repeat`` is set."""
        moved = await self._link.advance(until_s, acknowledged_seq)
        for report in moved.reports:
            if repeat or report.seq > self._shown:
                self._show(report)
                self._shown = max(self._shown, report.seq)
        return Advance(moved.now_s, ()), moved.reports[-1].seq if moved.reports else acknowledged_seq

    def _show(self, report: AnyReport) -> None:
        time = self._showing.time(report.at_s)
        asset = self._showing.asset(report)
        if asset is not None:
            self._adapter.say_asset(time, asset[0], "CuttingTool", asset[1])
        for pairs in self._showing.lines(report):
            self._adapter.say(time, pairs)
