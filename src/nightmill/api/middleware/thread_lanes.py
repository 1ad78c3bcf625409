"""Lanes: separate worker threads by role, so that unauthenticated clients, agents and viewers can't use up the threads that an
administrator needs.

Whatever the event loop hands to a thread (``asyncio.to_thread``, Litestar's own handlers) runs in the lane of its request.
Work that belongs to no request - looking up a token, following the log - has a separate lane.
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
    """Limits of one lane: threads, requests in flight, open event streams, concurrent uploads and their total bytes on disk,
    and events folded for past moments, at once and per second.
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
"""Two cores answer about a thousand small requests per second; more threads than these would only wait for one another."""
CALLER: ContextVar[Caller | None] = ContextVar("nightmill caller", default=None)
_LANE: ContextVar[Lane] = ContextVar("nightmill lane", default="house")


def lane_of(caller: Caller | None) -> Lane:
    """Return the lane of a caller."""
    if caller is None:
        return "nobody"
    return "admin" if caller.role == "admin" else "agent" if caller.role == "agent" else "person"


def enter(caller: Caller | None) -> Lane:
    """Assign the rest of this task to ``caller`` and return its lane."""
    CALLER.set(caller)
    lane = lane_of(caller)
    _LANE.set(lane)
    return lane


def present_lane() -> Lane:
    """Return the lane in which this code runs."""
    return _LANE.get()


_RESTING: frozenset[Lane] = frozenset({"person", "agent", "nobody"})
_WORKED = local()


def _rested(fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run ``fn`` after the thread has paused for as long as its last task used the processor, so that a caller that never pauses gets at
    most half of the processor.

    Python computes in one thread at a time; without the pause, an administrator's request would queue behind all of that caller's.
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
    """The executor of an event loop; it hands each task to the threads of its lane."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="lane-none")
        self._pools = {lane: ThreadPoolExecutor(limits.threads, f"lane-{lane}") for lane, limits in LANES.items()}

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        """Run ``fn`` in a thread of the current lane."""
        lane = _LANE.get()
        if lane in _RESTING:
            return self._pools[lane].submit(_rested, fn, *args, **kwargs)
        return self._pools[lane].submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut all lanes down."""
        for pool in self._pools.values():
            pool.shutdown(wait, cancel_futures=cancel_futures)
        super().shutdown(wait, cancel_futures=cancel_futures)
