"""What the screens look at: the shop's log, its fold and its view, now or at a moment of the past.

The present is folded on, event by event, and asked for under a lock of its own; moments of the past are ``past``'s.
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
    """A plan that was put in force by event ``seq``, for so many operations."""

    seq: int
    at_s: float
    cause: str
    operations: int
    tardiness_s: float
    lower_bound_s: float | None


class Seen:
    """The shop at one moment: its description, its state, what the log up to then tells beside it, and ``now_s`` of shop time.

    The log itself isn't kept: what a screen needs of it is folded, or read again by its number.
    """

    def __init__(self, shop: Shop, reader: LogReader) -> None:
        self.shop, self.folder, self.reader = shop, reader.folder, reader
        self.state: ShopState = empty_state(shop)
        self.folded = ViewFold(shop)
        self.at_s: float | None = None
        self._look: ShopLook | None = None
        self.last_s = 0.0
        """The present, s of shop time, also where a moment of the past is looked at."""
        self.since: dict[str, float] = {}
        """When each mill last changed its state."""
        self.hold_places: dict[str, Event] = {}
        self.words: list[Event] = []
        """What was said last of parts, and holds: ``PartDisposed`` and ``HoldPlaced``, in order."""
        self.plans: list[Plan] = []
        """The plans that were put in force, in order."""
        self.begun: list[tuple[int, str, str]] = []
        """The cycles by the number of the event that tells of their begin: number, serial and operation, in order."""
        self.ended: list[tuple[float, float]] = []
        """When cycles ended and how long they had taken, s, in order."""
        self.stops: dict[str, e.MaintenancePlanned] = {}
        """The planned stop of each mill that was decided last."""
        self.news: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest events that people read, oldest first; kept, so that no answer reads the whole log for them."""
        self.exceptions: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest of them that tell of something that didn't go as planned."""

    @property
    def now_s(self) -> float:
        """The moment, s of shop time."""
        return self.state.now_s if self.at_s is None else self.at_s

    @property
    def events(self) -> int:
        """How many events the log had."""
        return self.state.version

    @property
    def latest_s(self) -> float:
        """The latest time of an event that was folded, s of shop time."""
        return self.state.now_s

    def kept(self) -> "KeptSeen":
        """The same content, to be copied from again and again."""
        return KeptSeen(self)

    def copied(self, state: ShopState) -> "Seen":
        """Another one with the same content, and ``state`` as its own."""
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
        """The event of that number, where the log had it."""
        found = self.reader.after(seq - 1, 1) if 1 <= seq <= self.events else ()
        return found[0] if found else None

    def look(self) -> ShopLook:
        """What views hold, made of what is folded, piece by piece, once a state of the log."""
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
    """The shop at one moment, kept along the log; never changed."""

    def __init__(self, seen: Seen) -> None:
        self.events, self.latest_s = seen.events, seen.latest_s
        self._state = shop_state.KeptState(seen.state)
        self._seen = seen.copied(empty_state(seen.shop))

    def copied(self) -> Seen:
        """One that goes on from here."""
        return self._seen.copied(self._state.copied())


class Look(Protocol):
    """How a question about the shop now (``None``), or at a moment of shop time, is answered: ``Sight.ask``."""

    def __call__(self, at_s: float | None, question: Callable[[ShopLook], T], /) -> T:
        """What ``question`` says."""


class Sight:
    """Answers for screens, each computed once a state of the log; safe to ask from several threads."""

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self._lock, self._keeping = RLock(), Lock()
        self._identity = ""
        self._mark: object = None
        self._live: Seen | None = None
        self._past: Past[Seen] = Past(reader)
        self._answers: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def ask(self, at_s: float | None, question: Callable[[ShopLook], T]) -> T:
        """What ``question`` says of the shop now, or at ``at_s``. Raises ``NoLog`` where the shop was never run."""
        self.reader.required()
        with self._seen(at_s) as seen:
            return question(seen.look())

    def warm_up(self) -> Thread:
        """Fold the log in a thread of its own, which is begun: who looks first on a long log doesn't wait for all of it.

        What is wrong with the log or the shop is told to those who ask.
        """

        def fold() -> None:
            with suppress(NightmillError):
                self.ask(None, lambda look: look.events)

        thread = Thread(target=fold, name="fold", daemon=True)
        thread.start()
        return thread

    def answer(self, name: str, at_s: float | None, make: Callable[[Seen], Any], *key: object) -> bytes:
        """``make(seen)`` as JSON. Raises ``NoLog`` where the shop was never run."""
        with self._seen(at_s) as seen:
            asked = (name, self._identity, seen.events, seen.at_s, *key)
            found = self._kept(asked)
            if found is None:
                found = msgspec.json.encode(make(seen))
                self._keep(asked, found)
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
        """The shop now, or at a moment, nobody else's as long as it is looked at. Raises ``PastBudget``."""
        with self._lock:
            live = self._present()
            live.last_s = live.state.now_s
            if at_s is None or at_s >= live.last_s:  # a time that hasn't come is now
                yield live
                return
            shop, events, last_s, identity = live.shop, live.events, live.last_s, self._identity
        with self._past.turn(identity):
            known = self._past.seen(at_s, events, lambda: Seen(shop, self.reader))
            known.last_s = last_s
            yield known

    def _pages(self, after: int, events: int) -> Iterator[Event]:
        """The log from one number to another; nothing holds it open between pages."""
        while after < events and (new := self.reader.after(after, min(PAGE, events - after))):
            yield from new
            after = new[-1].seq

    def _present(self) -> Seen:
        mark = self.reader.mark()  # told before the log is read: what is committed meanwhile is read again
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
