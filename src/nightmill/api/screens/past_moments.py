"""The shop at past moments: each is folded from the nearest stored state before it, one at a time, within the caller's budget.

States are stored along the log, so that most moments are only a few thousand events from one. A caller pays for each
moment with the events that it needs; once the budget is spent, the answer is 429 with the time to wait. The present never waits.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Any, Generic, Protocol, TypeVar

from nightmill.api.middleware.thread_lanes import LANES, Lane, present_lane
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.events import Event

KEPT_MOMENTS = 4
KEPT_ALONG, LEAST_APART = 8, 2_000
"""Number of states stored along the log, and the minimum number of events between two of them."""
MOST_KEPT_EVENTS = 400_000
"""Limit for all stored states together: a state is about as large as the events that it was folded from."""
LATER = 2_000
"""Folding stops after this many consecutive events later than the moment: clocks may jump, but the order of the log is reliable."""
WAITING = 12
"""Requests about the past that wait or are being answered; one more is refused."""
BUSY_S = 2.0


class PastBudget(BadInput):
    """Too many past moments were requested at once; try again after ``wait_s``."""

    def __init__(self, wait_s: float) -> None:
        found, expected = (
            "more events to fold than this role may fold at once",
            "fewer past moments at a time",
        )
        super().__init__(Finding("at", "", found, expected, f"Try again in {wait_s:.0f} s."))
        self.wait_s = wait_s


M = TypeVar("M", bound="Moment")
M_co = TypeVar("M_co", covariant=True)


class Moment(Protocol):
    """A fold of the log that can be copied."""

    at_s: float | None

    @property
    def events(self) -> int:
        """Number of the last event folded in."""

    @property
    def latest_s(self) -> float:
        """Latest time of an event folded in, s of shop time."""

    def take(self, events: Iterable[Event]) -> None:
        """Fold further events in."""

    def kept(self) -> "Kept[Any]":
        """Return a stored copy from which further folds can start."""


class Kept(Protocol[M_co]):
    """A stored fold that is never changed."""

    events: int
    latest_s: float

    def copied(self) -> M_co:
        """Return a fold that continues from here."""


class Log(Protocol):
    """A source of events."""

    def after(self, seq: int, limit: int) -> tuple[Event, ...]:
        """Return at most ``limit`` events with numbers above ``seq``."""


class Past(Generic[M]):
    """The stored moments of one log; use it inside ``turn``."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._lock, self._waiting = Lock(), BoundedSemaphore(WAITING)
        self._moments: OrderedDict[float, M] = OrderedDict()
        self._along: list[Kept[M]] = []
        self._of = ""
        self._spent: dict[Lane, tuple[float, float]] = {}

    @contextmanager
    def turn(self, log: str) -> Iterator[None]:
        """Admit one request about the past at a time. Raises ``PastBudget`` if too many wait or the caller's lane has used its share."""
        self._refuse_spent(present_lane())
        if not self._waiting.acquire(blocking=False):
            raise PastBudget(BUSY_S)
        try:
            with self._lock:
                if log != self._of:
                    self._of = log
                    self._moments.clear()
                    self._along.clear()
                yield
        finally:
            self._waiting.release()

    def seen(self, at_s: float, events: int, fresh: Callable[[], M]) -> M:
        """Return the shop at ``at_s`` from a log of ``events`` events; ``fresh`` makes an empty fold."""
        known = self._moments.get(at_s)
        if known is None or (known.events < events and self._has_more(known, at_s)):
            known = self._folded(at_s, events, fresh)
            self._moments[at_s] = known
        self._moments.move_to_end(at_s)
        while len(self._moments) > KEPT_MOMENTS:
            self._moments.popitem(last=False)
        return known

    def _has_more(self, known: M, at_s: float) -> bool:
        return any(event.at_s <= at_s for event in self._log.after(known.events, 1))

    def _folded(self, at_s: float, events: int, fresh: Callable[[], M]) -> M:
        before = [each for each in self._along if each.latest_s <= at_s]
        found = max(before, key=lambda each: each.events).copied() if before else fresh()
        apart = max(LEAST_APART, events // KEPT_ALONG)
        whole, later, read, folded = True, 0, found.events, 0
        while read < events and later < LATER:
            page = self._log.after(read, min(LEAST_APART, events - read))
            if not page:
                break
            read, folded = page[-1].seq, folded + len(page)
            taken = [event for event in page if event.at_s <= at_s]
            found.take(taken)
            later = later + len(page) if not taken else 0
            whole = whole and len(taken) == len(page)
            if whole and read - max((each.events for each in self._along), default=0) >= apart:
                self._keep(found)
        found.at_s = at_s
        self._spend(present_lane(), folded)
        return found

    def _keep(self, found: M) -> None:
        """Store a state along the log if there is space; states closest to their neighbour are dropped first."""
        self._along.append(found.kept())
        while len(self._along) > KEPT_ALONG or sum(each.events for each in self._along) > MOST_KEPT_EVENTS:
            if len(self._along) == 1:
                self._along.clear()
                return
            steps = [b.events - a.events for a, b in zip(self._along, self._along[1:], strict=False)]
            del self._along[steps.index(min(steps))]

    def _spend(self, lane: Lane, events: int) -> None:
        limits, now = LANES[lane], time.monotonic()
        left, at = self._spent.get(lane, (limits.past_at_once, now))
        self._spent[lane] = (min(limits.past_at_once, left + (now - at) * limits.past_a_second) - events, now)

    def _refuse_spent(self, lane: Lane) -> None:
        limits, now = LANES[lane], time.monotonic()
        left, at = self._spent.get(lane, (limits.past_at_once, now))
        left += (now - at) * limits.past_a_second
        if left < 0:
            raise PastBudget(max(1.0, -left / limits.past_a_second))
