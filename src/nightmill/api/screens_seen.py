"""What the screens look at: the shop's log, its fold and its view, now or at a moment of the past.

The present is folded on, event by event; a moment of the past is folded afresh. The last few moments are kept.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

from nightmill import plant
from nightmill.api.log_reader import LogReader
from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant import ShopLook
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.shop import Shop

KEPT_PAST = 4
KEPT_NEWS = 60
TURNS = (r.CycleStarted, r.CycleFinished, r.CycleInterrupted, r.MachineFailed, r.MachineRepaired, r.MachineMaintained)
EVERYDAY = (r.SignalsSampled, r.PalletMoved, r.PartMounted, r.PartDismounted, r.CycleStarted, r.CycleFinished)
EXCEPTIONAL = (
    e.AlarmRaised, e.HoldPlaced, e.PartDisposed, e.VerdictGiven, e.Reported, e.CommandRefused, e.SafeHoldReleased,
)  # fmt: skip
KEPT_ANSWERS = 48
PAGE = 20_000


class Seen:
    """The shop at one moment: its description, its state, the log up to then, and ``now_s`` of shop time."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.folder = shop, folder
        self.state: ShopState = empty_state(shop)
        self.log: list[Event] = []
        self.at_s: float | None = None
        self.look: ShopLook | None = None
        self.last_s = 0.0
        """The present, s of shop time, also where a moment of the past is looked at."""
        self.since: dict[str, float] = {}
        """When each mill last changed its state."""
        self.hold_places: dict[str, Event] = {}
        self.news: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest events that people read, oldest first; kept, so that no answer reads the whole log for them."""
        self.exceptions: deque[Event] = deque(maxlen=KEPT_NEWS)
        """The latest of them that tell of something that didn't go as planned."""

    @property
    def now_s(self) -> float:
        """The moment, s of shop time."""
        return self.state.now_s if self.at_s is None else self.at_s

    def take(self, events: tuple[Event, ...]) -> None:
        """Fold further events in."""
        for event in events:
            apply(self.state, event)
            self._note(event)
            if isinstance(event.fact, e.PartAdopted):
                self.shop = plant.whole_shop(self.folder)
        self.log.extend(events)

    def _note(self, event: Event) -> None:
        fact = event.fact
        if isinstance(fact, e.Reported):
            if isinstance(fact.report, TURNS):
                self.since[fact.report.unit] = event.at_s
            if isinstance(fact.report, EVERYDAY):
                return
        elif isinstance(fact, e.CommandIssued | e.CommandAcknowledged):
            return
        elif isinstance(fact, e.HoldPlaced):
            self.hold_places[fact.hold] = event
        if not plant.sentence(fact):
            return
        self.news.append(event)
        if isinstance(fact, EXCEPTIONAL) and not (
            isinstance(fact, e.Reported) and isinstance(fact.report, r.Delivered)
        ):
            self.exceptions.append(event)


class Sight:
    """Answers for screens, each computed once a state of the log; safe to ask from several threads."""

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self._lock = RLock()
        self._identity = ""
        self._mark: object = None
        self._live: Seen | None = None
        self._past: OrderedDict[float, Seen] = OrderedDict()
        self._answers: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    def view(self, at_s: float | None) -> ShopLook:
        """What takes a pass over the log: made of what is folded already, piece by piece, once a state of the log."""
        with self._lock:
            seen = self._seen(at_s)
            if seen.look is None or seen.look.events != len(seen.log):
                seen.look = ShopLook(seen.folder, seen.shop, seen.log, seen.state, seen.at_s)
            return seen.look

    def answer(self, name: str, at_s: float | None, make: Callable[[Seen], Any], *key: object) -> bytes:
        """``make(seen)`` as JSON. Raises ``NoLog`` where the shop was never run."""
        with self._lock:
            seen = self._seen(at_s)
            asked = (name, self._identity, len(seen.log), seen.at_s, *key)
            if asked not in self._answers:
                self._answers[asked] = msgspec.json.encode(make(seen))
            self._answers.move_to_end(asked)
            while len(self._answers) > KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return self._answers[asked]

    def _seen(self, at_s: float | None) -> Seen:
        live = self._present()
        live.last_s = live.state.now_s
        if at_s is None or at_s >= live.last_s:
            return live  # a time that hasn't come is now
        known = self._past.get(at_s)
        if known is None or (live.log and len(known.log) < len(live.log) and live.log[len(known.log)].at_s <= at_s):
            known = Seen(live.shop, live.folder)
            known.at_s = at_s
            known.take(tuple(event for event in live.log if event.at_s <= at_s))
            self._past[at_s] = known
        known.last_s = live.last_s
        self._past.move_to_end(at_s)
        while len(self._past) > KEPT_PAST:
            self._past.popitem(last=False)
        return known

    def _present(self) -> Seen:
        mark = self.reader.mark()  # told before the log is read: what is committed meanwhile is read again
        if self._live is None or mark is None or mark != self._mark:
            self._live = self._folded_on()
            self._mark = mark
        return self._live

    def _folded_on(self) -> Seen:
        identity = self.reader.identity()
        if self._live is None or identity != self._identity or self.reader.version() < len(self._live.log):
            self._live = Seen(plant.whole_shop(self.reader.folder), self.reader.folder)
            self._identity = identity
            self._past.clear()
        while True:
            new = self.reader.after(self._live.log[-1].seq if self._live.log else 0, PAGE)
            self._live.take(new)
            if len(new) < PAGE:
                return self._live
