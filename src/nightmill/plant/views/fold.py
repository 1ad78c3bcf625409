"""Fold a run, event by event, into the data that its views show besides the shop's state, so that a growing log is read only once.

The fold keeps only what answers need, not the log itself. Answers read the log again only for the history of a part, whose
position in the log is known.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from datetime import datetime, tzinfo
from itertools import chain
from typing import Any

import msgspec

from nightmill.floor import ShopState, empty_state, genealogy
from nightmill.floor import records as on_floor
from nightmill.kpi import MeasuresFold
from nightmill.plant.plan_store.route_record import CharacteristicRecord
from nightmill.plant.views.event_text import sentence
from nightmill.plant.views.records import ChartPoint, ChartView, DecisionView, StockView
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import CharacteristicId, ChartFamily, MachineId, order_of
from nightmill.vocabulary.shop import Shop

MAX_DECISIONS = 400
SIGNAL_LAG = 100
"""Maximum number of readings between a reading and the signal it causes, which follows at once."""
Between = Callable[[int, int], Iterable[e.Event]]
"""Reads the events from one sequence number to another, both included."""


class Reading(msgspec.Struct, frozen=True):
    """One measured value; ``cut`` is the cycle that made the part, ``None`` if the log has none."""

    at_s: float
    serial: str
    value: float
    cut: r.CycleFinished | None


class Spent(msgspec.Struct):
    """Costs of the finished parts of an item: sums by factor (shop's currency), and the number of parts."""

    factors: dict[str, float] = {}
    made: int = 0

    def mean(self) -> dict[str, float]:
        """Return the mean cost of a part by factor."""
        return {name: self.factors[name] / self.made for name in sorted(self.factors)}


class ViewFold:
    """All data that the views of a run hold besides the shop's state."""

    def __init__(self, shop: Shop) -> None:
        self.events = 0
        self.figures = MeasuresFold(shop)
        self.health: dict[str, list[tuple[float, float, float]]] = {}
        self.vibration: dict[str, list[tuple[float, float]]] = {}
        self.spent: dict[str, Spent] = {}
        self.readings: dict[str, list[Reading]] = {}
        """By characteristic, in the order of the log."""
        self.decisions: deque[DecisionView] = deque(maxlen=MAX_DECISIONS)
        self.lives: dict[str, tuple[int, int]] = {}
        """By serial part, the sequence numbers of the first and last events that mention it."""
        self._routed: dict[str, int] = {}
        self._booked: dict[str, tuple[int, ...]] = {}
        self._cut: dict[str, r.CycleFinished] = {}
        self._signals: dict[str, list[tuple[ChartFamily, int, float]]] = {}
        """By characteristic: the chart's family, the number of readings so far, and the signalled value."""
        self._pictures: list[r.ImageTaken] = []
        self._seen: dict[str, e.VerdictGiven] = {}
        self._stock = dict(empty_state(shop).stock)
        self._costs: dict[str, tuple[str, dict[str, float] | None]] = {}
        """By serial part: its item and its latest cost; a part that is costed again counts once."""
        self._series = {item: [(0.0, float(count))] for item, count in self._stock.items()}
        self._ordered: dict[str, int] = {}
        self._received: dict[str, int] = {}
        self._forecasts: dict[str, e.ForecastMade] = {}

    def copied(self) -> "ViewFold":
        """Return an independent copy; later events change only the copy that takes them in."""
        found: ViewFold = _deep_copy(self, {})
        return found

    def take(self, event: e.Event, state: ShopState) -> None:
        """Take the next event into account; ``state`` is the shop's state after it."""
        self.events = event.seq
        self.figures.take(event)
        fact = event.fact
        for serial in _serials_of(fact):
            self.lives[serial] = (self.lives.get(serial, (event.seq, 0))[0], event.seq)
        text = sentence(fact)
        if text:
            kind = str(fact.__struct_config__.tag)
            self.decisions.append(DecisionView(event.at_s, event.actor, kind, text, event.why))
        if isinstance(fact, e.Reported):
            self._report(event.at_s, fact.report)
        else:
            self._fact(event.seq, event.at_s, fact, state)
        if state.stock != self._stock:
            self._restock(event.at_s, state.stock)

    def _fact(self, seq: int, at_s: float, fact: e.AnyFact, state: ShopState) -> None:
        if isinstance(fact, e.HealthAssessed):
            self.health.setdefault(fact.machine, []).append((at_s, fact.health, fact.failure_probability))
        elif isinstance(fact, e.PartCosted):
            self._costed(fact, state)
        elif isinstance(fact, e.RouteCertified):
            self._routed[fact.part] = seq
        elif isinstance(fact, e.OrderReceived):
            route = self._routed.get(fact.item)
            self._booked[fact.order] = (seq,) if route is None else (route, seq)
        elif isinstance(fact, e.SignalRaised):
            family = ChartFamily.read(fact.family)
            name = family.characteristic
            signal = (family, len(self.readings.get(name, ())), fact.value)
            self._signals.setdefault(name, []).append(signal)
        elif isinstance(fact, e.VerdictGiven) and fact.by == "vision":
            self._seen[fact.serial] = fact
        elif isinstance(fact, e.PurchaseDecided):
            self._ordered[fact.item] = self._ordered.get(fact.item, 0) + fact.quantity
        elif isinstance(fact, e.ForecastMade):
            self._forecasts[fact.item] = fact

    def _costed(self, fact: e.PartCosted, state: ShopState) -> None:
        order = state.orders.get(order_of(fact.serial))
        item, before = self._costs.get(fact.serial, (order.item if order else "", None))
        spent = self.spent.setdefault(item, Spent({}))
        spent.made += before is None
        for name, cost in (before or {}).items():
            spent.factors[name] -= cost
        for name, cost in fact.factors_usd.items():
            spent.factors[name] = spent.factors.get(name, 0.0) + cost
        self._costs[fact.serial] = item, fact.factors_usd

    def _report(self, at_s: float, report: r.AnyReport) -> None:
        if isinstance(report, r.SignalsSampled):
            value = report.signals.get("vibration_mm_s")
            if value is not None:
                self.vibration.setdefault(report.unit, []).append((at_s, value))
        elif isinstance(report, r.CycleFinished):
            self._cut[report.serial] = report
        elif isinstance(report, r.PartMeasured):
            cut = self._cut.get(report.serial)
            for name, value in report.readings.items():
                self.readings.setdefault(name, []).append(Reading(at_s, report.serial, value, cut))
        elif isinstance(report, r.ImageTaken):
            self._pictures.append(report)
        elif isinstance(report, r.Delivered):
            self._received[report.item] = self._received.get(report.item, 0) + report.quantity

    def _restock(self, at_s: float, stock: dict[str, int]) -> None:
        for item, quantity in stock.items():
            if self._stock.get(item) != quantity:
                self._series.setdefault(item, []).append((at_s, float(quantity)))
        self._stock = dict(stock)

    def charts(self, known: Mapping[str, CharacteristicRecord]) -> tuple[ChartView, ...]:
        """Return the control charts of the characteristics that are ``known`` by id, longest first."""
        families: dict[ChartFamily, list[ChartPoint]] = {}
        for name, limit in known.items():
            tool, signalled = str(limit.tool), self._signalled(name, limit)
            for place, one in enumerate(self.readings.get(name, ())):
                if one.cut is None:
                    continue
                family = _family(one.cut, name, limit)
                deviation = (one.value - limit.nominal) * 1000
                signal = "signal" if place in signalled else ""
                offset = one.cut.offsets_mm.get(tool, 0.0) * 1000
                point = ChartPoint(one.at_s, one.serial, deviation, offset, one.cut.tool_edges.get(tool, ""), signal)
                families.setdefault(family, []).append(point)
        views = []
        for family, points in families.items():
            limit = known[family.characteristic]
            lower, upper = (limit.lower - limit.nominal) * 1000, (limit.upper - limit.nominal) * 1000
            views.append(
                ChartView(
                    family.text,
                    family.machine,
                    family.tool,
                    family.characteristic,
                    limit.asked.kind,
                    lower,
                    upper,
                    tuple(points),
                )
            )
        return tuple(sorted(views, key=lambda view: (-len(view.points), view.points[0].at_s)))

    def _signalled(self, name: str, limit: CharacteristicRecord) -> set[int]:
        """Return which readings of a characteristic caused a signal: for each signal, the latest reading before it with its machine and
        deviation.

        A coarse gauge often repeats a value, so the value alone doesn't identify the reading.
        """
        readings, found = self.readings.get(name, []), set()
        for family, before, value in self._signals.get(name, ()):
            for place in range(before - 1, max(-1, before - 1 - SIGNAL_LAG), -1):
                one = readings[place]
                same = one.cut is not None and _family(one.cut, name, limit) == family
                if same and round((one.value - limit.nominal) * 1000 - value, 6) == 0.0:
                    found.add(place)
                    break
        return found

    def stock(self, blanks: Mapping[str, str]) -> tuple[StockView, ...]:
        """Return the items over time; ``blanks`` maps a part to the item it is made from; forecasts for the part count towards the item."""
        forecasts = {blanks.get(item, item): fact for item, fact in self._forecasts.items()}
        return tuple(
            StockView(
                item,
                tuple(found),
                self._ordered.get(item, 0),
                self._received.get(item, 0),
                forecasts[item].q50 if item in forecasts else None,
                forecasts[item].q95 if item in forecasts else None,
            )
            for item, found in self._series.items()
        )

    def story(self, serial: str, between: Between) -> on_floor.Genealogy:
        """Return the history of a part, from the few events about it, which ``between`` reads."""
        first, last = self.lives.get(serial, (1, 0))
        booked = self._booked.get(order_of(serial), ())
        before = (event for seq in booked if seq < first for event in between(seq, seq))
        return genealogy(chain(before, between(first, last)), serial)

    def pictures(self, most: int) -> list[tuple[r.ImageTaken, e.VerdictGiven | None]]:
        """Return at most ``most`` pictures, each with its part's verdict: first those that couldn't be judged, followed by those that
        differ most from good parts.
        """

        def score(image: r.ImageTaken) -> float:
            verdict = self._seen.get(image.serial)
            return verdict.evidence.get("score", math.inf) if verdict else 0.0

        chosen = heapq.nlargest(most, self._pictures, key=score)
        return [(image, self._seen.get(image.serial)) for image in chosen]


def _deep_copy(value: Any, known: dict[int, Any]) -> Any:
    """Copy whatever may still change: tables, lists, records that aren't frozen, folds. Immutable values are shared.

    The entries of a table or list are all of one kind; a value that occurs in two places (``known``, by identity) also does so in the copy.
    """
    if _is_fixed(value):
        return value
    if id(value) not in known:
        known[id(value)] = other = copy(value)  # keeps the type, and the default factory of a defaultdict
        for name, each in _inside(value):
            if isinstance(other, dict | list | deque):
                other[name] = _deep_copy(each, known)
            else:
                setattr(other, name, _deep_copy(each, known))
    return known[id(value)]


def _inside(value: Any) -> Iterable[tuple[Any, Any]]:
    """Yield the mutable members of a value: by key, index or name."""
    if isinstance(value, dict):
        first = next(iter(value.values()), None)
        return () if _is_fixed(first) else value.items()
    if isinstance(value, list | deque):
        return () if not value or _is_fixed(value[0]) else enumerate(value)
    if isinstance(value, set):
        return ()
    names = value.__struct_fields__ if isinstance(value, msgspec.Struct) else vars(value)
    return [(name, getattr(value, name)) for name in names]


def _is_fixed(value: Any) -> bool:
    """Return whether the value is immutable."""
    if isinstance(value, msgspec.Struct):
        return bool(value.__struct_config__.frozen)
    return isinstance(value, _FIXED) or callable(value)


_FIXED = (str, bytes, int, float, tuple, frozenset, type(None), datetime, tzinfo)


def _serials_of(fact: e.AnyFact) -> Iterable[str]:
    """Return the serial parts that a fact mentions."""
    if isinstance(fact, e.Reported):
        serial = getattr(fact.report, "serial", "")
        return (serial,) if serial else ()
    if isinstance(fact, e.HoldPlaced | e.HoldReleased):
        return fact.serials
    if isinstance(fact, e.PartReviewed):
        return tuple(serial for serial in (fact.serial, fact.remake) if serial)
    if isinstance(fact, e.OrderReceived):
        return (fact.remake_of,) if fact.remake_of else ()
    serial = getattr(fact, "serial", "")
    return (serial,) if serial else ()


def _family(cut: r.CycleFinished, characteristic: str, limit: CharacteristicRecord) -> ChartFamily:
    return ChartFamily(MachineId(cut.unit), limit.tool, CharacteristicId(characteristic))
