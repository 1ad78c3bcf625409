"""Lanes: the threads that answer, apart by who asks, so that no stranger, agent or viewer holds what an administrator waits for.

Whatever the event loop hands to a thread (``asyncio.to_thread``, Litestar's own handlers) runs in the lane of the request that it
belongs to. What belongs to none - looking a token up, following the log - has a lane of its own.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Literal, TypeVar

import msgspec

from nightmill.plant import Caller

T = TypeVar("T")
Lane = Literal["house", "admin", "person", "agent", "nobody"]


class Room(msgspec.Struct, frozen=True):
    """What one lane may take: threads, requests in flight, open event streams, uploads at once and their bytes on disk together,
    and events folded for moments of the past, at once and a second.
    """

    threads: int
    requests: int
    streams: int
    uploads: int
    upload_bytes: int
    past_at_once: float
    past_a_second: float


_MIB = 1 << 20
LANES: dict[Lane, Room] = {
    "house": Room(8, 0, 0, 0, 0, 1e12, 1e12),
    "admin": Room(4, 64, 128, 4, 200 * _MIB, 400_000.0, 40_000.0),
    "person": Room(6, 64, 512, 4, 100 * _MIB, 100_000.0, 10_000.0),
    "agent": Room(3, 32, 64, 2, 50 * _MIB, 50_000.0, 5_000.0),
    "nobody": Room(8, 32, 0, 0, 0, 0.0, 0.0),
}
"""Two cores answer some thousand small questions a second; threads beyond these only take turns."""
CALLER: ContextVar[Caller | None] = ContextVar("nightmill caller", default=None)
_LANE: ContextVar[Lane] = ContextVar("nightmill lane", default="house")


def lane_of(caller: Caller | None) -> Lane:
    """The lane of who asks."""
    if caller is None:
        return "nobody"
    return "admin" if caller.role == "admin" else "agent" if caller.role == "agent" else "person"


def enter(caller: Caller | None) -> Lane:
    """The rest of this task belongs to ``caller``; its lane."""
    CALLER.set(caller)
    lane = lane_of(caller)
    _LANE.set(lane)
    return lane


def present_lane() -> Lane:
    """The lane that this code runs in."""
    return _LANE.get()


class Lanes(ThreadPoolExecutor):
    """The executor of an event loop: hands each piece of work to the threads of its lane."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="lane-none")
        self._pools = {lane: ThreadPoolExecutor(room.threads, f"lane-{lane}") for lane, room in LANES.items()}

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Run it in a thread of the lane that asks."""
        return self._pools[_LANE.get()].submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all lanes."""
        for pool in self._pools.values():
            pool.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)
