"""The source of the screens: the shop's log, its fold and its view, now or at a past moment.

The present is folded event by event under a separate lock; ``past_moments`` handles past moments.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from threading import Lock, RLock, Thread
from typing import Any, Protocol, TypeVar

import msgspec

from nightmill.api.screens.past_moments import Past
from nightmill.api.stream.log_reader import LogReader
from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant import shop_state, views, workspace
from nightmill.plant.views import ShopLook, ViewFold
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.shop import Shop

KEPT_NEWS = 60
TURNS = (r.CycleStarted, r.CycleFinished, r.CycleInterrupted, r.MachineFailed, r.MachineRepaired, r.MachineMaintained)
EVERYDAY = (r.SignalsSampled, r.PalletMoved, r.PartMounted, r.PartDismounted, r.CycleStarted, r.CycleFinished)
EXCEPTIONAL = (
    e.AlarmRaised, e.HoldPlaced, e.PartDisposed, e.VerdictGiven, e.Reported, e.CommandRefused, e.SafeHoldReleased,
)  # fmt: skip
KEPT_ANSWERS = 48
PAGE = 20_000
T = TypeVar("T")


class Plan(msgspec.Struct, frozen=True):
    """A plan put in force by event ``seq``, with its number of operations."""

    seq: int
    at_s: float
    cause: str
    operations: int
    tardiness_s: float
    lower_bound_s: float | None


class Seen:
    """The shop at one moment: description, state, further facts folded from the log up to that moment, and ``now_s`` of shop time.

    The log itself isn't stored: facts that a screen needs are folded, or read again by event number.
    """

    def __init__(self, shop: Shop, reader: LogReader) -> None:
        self.shop, self.folder, self.reader = shop, reader.folder, reader
        self.state: ShopState = empty_state(shop)
        self.folded = ViewFold(shop)
        self.at_s: float | None = None
        self._look: ShopLook | None = None
        self.last_s = 0.0
        """The present, s of shop time, even if a past moment is shown."""
        self.since: dict[str, float] = {}
        """When each mill last changed its state."""
        self.hold_places: dict[str, Event] = {}
        self.words: list[Event] = []
        """Dispositions and holds (``PartDisposed`` and ``HoldPlaced``), in order."""
        self.plans: list[Plan] = []
        """The plans that were put in force, in order."""
        self.begun: list[tuple[int, str, str]] = []
        """Started cycles: number of the start event, serial and operation, in order."""
        self.ended: list[tuple[float, float]] = []
        """Ended cycles: end time and duration, s, in order."""
        self.stops: dict[str, e.MaintenancePlanned] = {}
        """The latest planned stop of each mill."""
        self.news: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest events shown to people, oldest first; stored so that no answer has to read the whole log."""
        self.exceptions: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest of these events that report a deviation from the plan."""

    @property
    def now_s(self) -> float:
        """Time of this moment, s of shop time."""
        return self.state.now_s if self.at_s is None else self.at_s

    @property
    def events(self) -> int:
        """Number of events in the log at this moment."""
        return self.state.version

    @property
    def latest_s(self) -> float:
        """Latest time of a folded event, s of shop time."""
        return self.state.now_s

    def kept(self) -> "KeptSeen":
        """Return a stored copy that can be copied any number of times."""
        return KeptSeen(self)

    def copied(self, state: ShopState) -> "Seen":
        """Return a copy with ``state`` as its state."""
        other = Seen(self.shop, self.reader)
        other.state, other.folded = state, self.folded.copied()
        for name in ("since", "hold_places", "words", "plans", "begun", "ended", "stops", "news", "exceptions"):
            setattr(other, name, copy(getattr(self, name)))
        return other

    def take(self, events: Iterable[Event]) -> None:
        """Fold further events in."""
        for event in events:
            apply(self.state, event)
            self.folded.take(event, self.state)
            self._note(event)
            if isinstance(event.fact, e.PartAdopted):
                self.shop = workspace.whole_shop(self.folder)

    def event(self, seq: int) -> Event | None:
        """Return the event of that number, or ``None`` if the log didn't have it at this moment."""
        found = self.reader.after(seq - 1, 1) if 1 <= seq <= self.events else ()
        return found[0] if found else None

    def look(self) -> ShopLook:
        """Return the view of the folded facts; its pieces are computed on demand, once per state of the log."""
        if self._look is None or self._look.events != self.events:
            self._look = ShopLook(self.folder, self.shop, self.folded, self.state, self._between, self.at_s)
        return self._look

    def _between(self, first: int, last: int) -> Iterable[Event]:
        return self.reader.after(first - 1, max(0, last - first + 1))

    def _note(self, event: Event) -> None:
        fact = event.fact
        if isinstance(fact, e.Reported):
            self._note_report(event.seq, event.at_s, fact.report)
            if isinstance(fact.report, EVERYDAY):
                return
        elif isinstance(fact, e.CommandIssued | e.CommandAcknowledged):
            return
        elif isinstance(fact, e.HoldPlaced):
            self.hold_places[fact.hold] = event
            self.words.append(event)
        elif isinstance(fact, e.PartDisposed):
            self.words.append(event)
        elif isinstance(fact, e.MaintenancePlanned):
            self.stops[fact.machine] = fact
        elif isinstance(fact, e.SchedulePublished):
            plan = Plan(event.seq, event.at_s, fact.cause, len(fact.lines), fact.tardiness_s, fact.lower_bound_s)
            self.plans.append(plan)
        if not views.sentence(fact):
            return
        self.news.append(event)
        if isinstance(fact, EXCEPTIONAL) and not (
            isinstance(fact, e.Reported) and isinstance(fact.report, r.Delivered)
        ):
            self.exceptions.append(event)

    def _note_report(self, seq: int, at_s: float, report: r.AnyReport) -> None:
        if isinstance(report, TURNS):
            self.since[report.unit] = at_s
        if isinstance(report, r.CycleStarted):
            self.begun.append((seq, report.serial, report.operation))
        elif isinstance(report, r.CycleFinished):
            self.ended.append((at_s, report.duration_s))


class KeptSeen:
    """The shop at one moment, stored along the log; never changed."""

    def __init__(self, seen: Seen) -> None:
        self.events, self.latest_s = seen.events, seen.latest_s
        self._state = shop_state.KeptState(seen.state)
        self._seen = seen.copied(empty_state(seen.shop))

    def copied(self) -> Seen:
        """Return a copy that continues from here."""
        return self._seen.copied(self._state.copied())


class Look(Protocol):
    """A function that answers a question about the shop now (``None``) or at a moment of shop time, such as ``Sight.ask``."""

    def __call__(self, at_s: float | None, question: Callable[[ShopLook], T], /) -> T:
        """Return the result of ``question``."""


class Sight:
    """Answers for screens, each computed once per state of the log; thread-safe."""

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self._lock, self._keeping = RLock(), Lock()
        self._identity = ""
        self._mark: object = None
        self._live: Seen | None = None
        self._past: Past[Seen] = Past(reader)
        self._answers: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def ask(self, at_s: float | None, question: Callable[[ShopLook], T]) -> T:
        """Return the result of ``question`` for the shop now, or at ``at_s``. Raises ``NoLog`` if the shop was never run."""
        self.reader.required()
        with self._seen(at_s) as seen:
            return question(seen.look())

    def warm_up(self) -> Thread:
        """Start a thread that folds the log, so that the first request on a long log doesn't wait for all of it.

        Errors in the log or the shop are reported to later requests.
        """

        def fold() -> None:
            with suppress(NightmillError):
                self.ask(None, lambda look: look.events)

        thread = Thread(target=fold, name="fold", daemon=True)
        thread.start()
        return thread

    def answer(self, name: str, at_s: float | None, make: Callable[[Seen], Any], *key: object) -> bytes:
        """Return ``make(seen)`` as JSON. Raises ``NoLog`` if the shop was never run."""
        with self._seen(at_s) as seen:
            key_of_answer = (name, self._identity, seen.events, seen.at_s, *key)
            found = self._kept(key_of_answer)
            if found is None:
                found = msgspec.json.encode(make(seen))
                self._keep(key_of_answer, found)
            return found

    def _kept(self, asked: tuple[Any, ...]) -> bytes | None:
        with self._keeping:
            if asked in self._answers:
                self._answers.move_to_end(asked)
            return self._answers.get(asked)

    def _keep(self, asked: tuple[Any, ...], answer: bytes) -> None:
        with self._keeping:
            self._answers[asked] = answer
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)

    @contextmanager
    def _seen(self, at_s: float | None) -> Iterator[Seen]:
        """Yield the shop now, or at a moment, locked against other users. Raises ``PastBudget``."""
        with self._lock:
            live = self._present()
            live.last_s = live.state.now_s
            if at_s is None or at_s >= live.last_s:  # a future time means now
                yield live
                return
            shop, events, last_s, identity = live.shop, live.events, live.last_s, self._identity
        with self._past.turn(identity):
            known = self._past.seen(at_s, events, lambda: Seen(shop, self.reader))
            known.last_s = last_s
            yield known

    def _pages(self, after: int, events: int) -> Iterator[Event]:
        """Yield the events from one number to another; the log isn't held open between pages."""
        while after < events and (new := self.reader.after(after, min(PAGE, events - after))):
            yield from new
            after = new[-1].seq

    def _present(self) -> Seen:
        mark = self.reader.mark()  # taken before reading the log: anything committed meanwhile is read again
        if self._live is None or mark is None or mark != self._mark:
            self._live = self._folded_on()
            self._mark = mark
        return self._live

    def _folded_on(self) -> Seen:
        identity = self.reader.identity()
        version = self.reader.version()
        if self._live is None or identity != self._identity or version < self._live.events:
            self._live = Seen(workspace.whole_shop(self.reader.folder), self.reader)
            self._identity = identity
        self._live.take(self._pages(self._live.events, version))
        return self._live
