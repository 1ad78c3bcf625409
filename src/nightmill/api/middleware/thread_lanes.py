"""Lanes: the threads that answer, apart by who asks, so that no stranger, agent or viewer holds what an administrator waits for.

Whatever the event loop hands to a thread (``asyncio.to_thread``, Litestar's own handlers) runs in the lane of the request that it
belongs to. What belongs to none - looking a token up, following the log - has a lane of its own.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from threading import local
from typing import Any, Literal, TypeVar

import msgspec

from nightmill.plant.requests import Caller

T = TypeVar("T")
Lane = Literal["house", "admin", "person", "agent", "nobody"]


class LaneLimits(msgspec.Struct, frozen=True):
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
MOST_REST_S = 2.0
LANES: dict[Lane, LaneLimits] = {
    "house": LaneLimits(8, 0, 0, 0, 0, 1e12, 1e12),
    "admin": LaneLimits(4, 64, 128, 4, 200 * _MIB, 400_000.0, 40_000.0),
    "person": LaneLimits(4, 64, 512, 4, 100 * _MIB, 100_000.0, 10_000.0),
    "agent": LaneLimits(4, 32, 64, 2, 50 * _MIB, 50_000.0, 5_000.0),
    "nobody": LaneLimits(8, 32, 0, 0, 0, 0.0, 0.0),
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


_RESTING: frozenset[Lane] = frozenset({"person", "agent", "nobody"})
_WORKED = local()


def _rested(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Do it once the thread has rested as long as its last piece of work took of the processor: what is asked without a pause gets half.

    Python computes in one thread at a time; without that, an administrator's answer would take its turn behind all of them.
    """
    owed = getattr(_WORKED, "owed_s", 0.0) - (time.monotonic() - getattr(_WORKED, "ended_s", 0.0))
    if owed > 0.0:
        time.sleep(min(owed, MOST_REST_S))
    began = time.thread_time()
    try:
        return fn(*args, **kwargs)
    finally:
        _WORKED.owed_s, _WORKED.ended_s = time.thread_time() - began, time.monotonic()


class Lanes(ThreadPoolExecutor):
    """The executor of an event loop: hands each piece of work to the threads of its lane."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="lane-none")
        self._pools = {lane: ThreadPoolExecutor(limits.threads, f"lane-{lane}") for lane, limits in LANES.items()}

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Run it in a thread of the lane that asks."""
        lane = _LANE.get()
        if lane in _RESTING:
            return self._pools[lane].submit(_rested, fn, *args, **kwargs)
        return self._pools[lane].submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all lanes."""
        for pool in self._pools.values():
            pool.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)
