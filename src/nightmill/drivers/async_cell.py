"""Connect a gateway to the shop behind it: the calls of a ``Cell`` as coroutines, one at a time and in order."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from nightmill.drivers.direct_cell import DirectCell
from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand

_T = TypeVar("_T")
SLICE_S = 0.2
"""Length of one step of a long ``advance`` in a paced shop, real seconds: other calls wait at most this long."""


class AsyncCell:
    """A ``DirectCell`` for coroutines. A paced shop advances in short steps, so that commands needn't wait for a report."""

    def __init__(self, shop_dir: Path, pace: float, fence: int = 0) -> None:
        self._cell, self._pace = DirectCell.attach(shop_dir, fence=fence), pace
        self._turn = asyncio.Lock()

    async def greet(self) -> Greeting:
        """``Cell.greet``."""
        return await self._asked(self._cell.greet)

    async def submit(self, command: AnyCommand) -> Acknowledgement:
        """``Cell.submit``."""
        return await self._asked(lambda: self._cell.submit(command))

    async def evidence(self, command_id: str) -> str:
        """``Cell.evidence``."""
        return await self._asked(lambda: self._cell.evidence(command_id))

    async def image(self, name: str) -> bytes:
        """``Cell.image``."""
        return await self._asked(lambda: self._cell.image(name))

    async def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """``Cell.advance``."""
        if self._pace <= 0:
            return await self._asked(lambda: self._cell.advance(until_s, acknowledged_seq))
        now_s = (await self.greet()).now_s
        while True:
            step_s = min(until_s, now_s + self._pace * SLICE_S)
            moved = await self._asked(partial(self._cell.advance, step_s, acknowledged_seq))
            if moved.reports or moved.now_s >= until_s:
                return moved
            now_s = moved.now_s

    def close(self) -> None:
        """Disconnect from the shop; it keeps running."""
        self._cell.close()

    async def _asked(self, question: Callable[[], _T]) -> _T:
        async with self._turn:
            return await asyncio.to_thread(question)
