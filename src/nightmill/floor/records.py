"""The state of the shop: a fold of the log and nothing else. Records refer to each other by id; times are seconds of shop time."""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

import msgspec

from nightmill.vocabulary.commands import AnyCommand
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.events import (
    CapacityChecked,
    HealthAssessed,
    ParametersJudged,
    ParametersRevised,
    RouteCertified,
    RoutedOperation,
    ScheduleLine,
)
from nightmill.vocabulary.ids import MachineId, OrderId, PalletId, PartId, SerialId, pallet_at
from nightmill.vocabulary.shop import CutterKind, Shop


class Cut(msgspec.Struct):
    """One operation cut on one part: the machine, the edges and offsets used, and the result."""

    operation: str
    machine: str
    command_id: str
    program_sha256: str
    started_s: float
    finished_s: float | None = None
    edges: dict[str, str] = msgspec.field(default_factory=dict)
    offsets_mm: dict[str, float] = msgspec.field(default_factory=dict)
    tool_minutes: dict[str, float] = msgspec.field(default_factory=dict)
    energy_kwh: float = 0.0
    interrupted: str = ""


class PartState(msgspec.Struct):
    """A serial part (MaterialSubLot). ``place``: ``none``, ``pallet:ID``, ``wip``, ``finished``, ``scrap``, ``quarantine``,
    or ``unit:ID`` in an oven, washer or tumbler. ``treated``: number of completed treatments.

    ``review``: a person's last decision on the part, made after ``reviewed_cuts`` cuts; ``rework_s``: the remaining manual work that
    this decision requires.
    """

    serial: SerialId
    order: OrderId
    item: PartId
    place: str = "none"
    cuts: list[Cut] = msgspec.field(default_factory=list)
    readings: dict[str, float] = msgspec.field(default_factory=dict)
    measured: list[str] = msgspec.field(default_factory=list)
    image: str = ""
    verdicts: dict[str, str] = msgspec.field(default_factory=dict)
    disposition: str = ""
    attended_s: float = 0.0
    review: str = ""
    rework_s: float = 0.0
    reviewed_cuts: int = 0
    treated: int = 0

    def done(self, operation: str) -> bool:
        """Return whether the operation has been started on this part; if so, it must never be cut again."""
        return any(cut.operation == operation for cut in self.cuts)

    def comes_back(self) -> bool:
        """Return whether a person has released the part from quarantine: for rework, or to be used as is."""
        lies = self.place == "quarantine" or (self.place == "wip" and self.rework_s > 0)
        return lies and self.review in {"use_as_is", "rework"} and self.disposition in {"", "good"}

    def rests(self) -> bool:
        """Return whether nothing more will happen to the part: its disposition and its place are final."""
        if self.disposition == "good":
            return self.place == "finished"
        return self.disposition not in {"", "quarantine"} and pallet_at(self.place) is None

    def brought_back(self) -> bool:
        """Return whether a person has decided on the part since its last cut."""
        return self.review != "" and self.reviewed_cuts == len(self.cuts)

    def doubtful(self) -> bool:
        """Return whether a cut was interrupted, so that it is unknown how much was cut."""
        return any(cut.interrupted for cut in self.cuts)


_PART = msgspec.msgpack.Decoder(PartState)


class Parts(dict[str, PartState]):
    """Parts by serial, in order of their orders. Parts from a snapshot stay encoded until they are read.
    So a shop that has made parts for years starts as fast as a new shop: the code that decides on the next commands uses ``in_play``,
    the parts not yet at rest, and never reads parts that are at rest.
    """

    def __init__(self, parts: Mapping[str, Any] | None = None, playing: Iterable[str] | None = None) -> None:
        """``parts``: records, or records in MessagePack (``msgspec.Raw``); ``playing``: the serials of those not at rest; all if
        ``None``.
        """
        super().__init__(parts or {})
        chosen = None if playing is None else frozenset(playing)
        self._playing = {serial: n for n, serial in enumerate(self) if chosen is None or serial in chosen}
        """Position of each part among all parts; a part that comes back into play keeps its position."""

    def __getitem__(self, serial: str) -> PartState:
        found: Any = super().__getitem__(serial)
        return self._read(serial, found) if type(found) is msgspec.Raw else found

    def __setitem__(self, serial: str, part: PartState) -> None:
        if serial not in self._playing:
            back = serial in self
            self._playing[serial] = list(self).index(serial) if back else len(self)
            if back:
                self._playing = dict(sorted(self._playing.items(), key=itemgetter(1)))
        super().__setitem__(serial, part)

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()  # overridden so that dict() and update() decode each part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and dict(self.items()) == dict(other.items())

    def __ne__(self, other: object) -> bool:
        return not self == other  # dict's own comparison would compare parts in their encoded form

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Parts, (dict(self), list(self._playing))

    def get(self, serial: str, default: Any = None) -> Any:
        """Return the part with this serial, or ``default``."""
        try:
            return self[serial]
        except KeyError:
            return default

    def values(self) -> Any:
        """Return all parts."""
        self._read_all()
        return super().values()

    def items(self) -> Any:
        """Return all serials and parts."""
        self._read_all()
        return super().items()

    def copy(self) -> "Parts":
        """Return a shallow copy; parts added to the copy don't appear in the original, nor the other way round."""
        return Parts(dict(super().items()), self._playing)

    def in_play(self) -> Iterator[PartState]:
        """The parts not at rest, in order."""
        for serial in list(self._playing):
            part = self[serial]
            if part.rests():
                self._playing.pop(serial, None)  # another thread may have decoded it first
            else:
                yield part

    def _read(self, serial: str, kept: bytes) -> PartState:
        part = _PART.decode(kept)
        super().__setitem__(serial, part)
        return part

    def _read_all(self) -> None:
        everything: list[tuple[str, Any]] = list(super().items())
        for serial, found in everything:
            if type(found) is msgspec.Raw:
                self._read(serial, found)


class PalletState(msgspec.Struct):
    """A pallet: in the ``pool`` or on a work unit; either empty, or with a part mounted (at ``mounted_s``) for an operation."""

    id: PalletId
    place: str = "pool"
    serial: str = ""
    operation: str = ""
    mounted_s: float = 0.0


class LoadState(msgspec.Struct):
    """The load of an oven, washer or tumbler since ``since_s``; ``done`` once the treatment has ended."""

    serials: list[str]
    operation: str
    since_s: float
    done: bool = False


class EdgeState(msgspec.Struct):
    """The active edge of a tool in a mill's magazine, with its cutting minutes, the remaining sister tools and the wear register."""

    edge: str = "first"
    minutes: float = 0.0
    sisters: int = 0
    offset_mm: float = 0.0


class MachineState(msgspec.Struct):
    """A mill or a lathe. ``status``: ``idle``, ``cutting``, ``down``, ``maintenance``."""

    id: MachineId
    status: str = "idle"
    alarm: str = ""
    programs: dict[str, str] = msgspec.field(default_factory=dict)
    edges: dict[str, EdgeState] = msgspec.field(default_factory=dict)
    cutting_s: float = 0.0
    maintained_s: float = 0.0
    failures: list[float] = msgspec.field(default_factory=list)
    signals: dict[str, float] = msgspec.field(default_factory=dict)
    kind: CutterKind = "mill"


class OrderState(msgspec.Struct):
    """An order with the serial parts that belong to it, remakes included."""

    id: OrderId
    item: PartId
    quantity: int
    due_s: float
    priority: int
    received_s: float
    serials: list[str] = msgspec.field(default_factory=list)
    promise_s: float | None = None
    reason: str = ""
    completed_s: float | None = None
    cancelled_s: float | None = None


class RevisionTrial(msgspec.Struct):
    """A revision on trial with one part: the operation before and after; ``serial`` is set once that part is being cut."""

    revision: int
    before: RoutedOperation
    after: RoutedOperation
    tool: str
    factors: tuple[float, float]
    serial: str = ""


class RouteState(msgspec.Struct):
    """The certified route of an item; ``operations`` in order, each with the program hash now in force.

    ``factors`` by operation and tool: speed and feed per tooth as fractions of the certified values.

    A revision on trial (``trials``, by operation) is in force until one part has been started with it, and again once released.
    """

    item: PartId
    certified: bool
    operations: list[RoutedOperation]
    revision: int = 1
    material: str = ""
    factors: dict[str, dict[str, tuple[float, float]]] = msgspec.field(default_factory=dict)
    trials: dict[str, RevisionTrial] = msgspec.field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, fact: RouteCertified) -> "RouteState":
        """Return the route as certified."""
        return cls(
            PartId(fact.part), fact.certified, list(fact.operations), fact.revision, fact.material, notes=fact.notes
        )

    def revise(self, fact: ParametersRevised) -> None:
        """Put new parameters into force: the tool's cutting time falls as its feed rate (speed times feed per tooth) rises."""
        self.revision = fact.revision
        tool, factors = str(fact.tool), self.factors.setdefault(fact.operation, {})
        speed, feed = factors.get(tool, (1.0, 1.0))
        faster = fact.speed_factor * fact.feed_factor / (speed * feed)
        factors[tool] = (fact.speed_factor, fact.feed_factor)
        for at, operation in enumerate(self.operations):
            if operation.operation == fact.operation:
                before = operation.tool_minutes.get(tool, 0.0)
                saved_s = 60.0 * (before - before / faster)
                on = {machine: seconds - saved_s for machine, seconds in operation.seconds_on.items()}
                minutes = {**operation.tool_minutes, tool: before / faster}
                after = msgspec.structs.replace(
                    operation, program_sha256=fact.program_sha256, cycle_s=operation.cycle_s - saved_s,
                    tool_minutes=minutes, seconds_on=on,
                )  # fmt: skip
                if fact.on_trial:
                    trial = RevisionTrial(fact.revision, operation, after, tool, (speed, feed))
                    self.trials[fact.operation] = trial
                self.operations[at] = after

    def begin_trial(self, operation: str, program_sha256: str, serial: str) -> None:
        """Start a cut: the first part cut with a revision on trial is the trial part; all other parts get the previous program."""
        trial = self.trials.get(operation)
        if trial is not None and not trial.serial and trial.after.program_sha256 == program_sha256:
            trial.serial = serial
            self._put(trial.before)

    def planned_for(self, serial: str) -> list[RoutedOperation]:
        """Return the operations for planning a part; a revision on trial applies only to the part started with it."""
        return [
            operation
            if (trial := self.trials.get(operation.operation)) is None
            else (trial.after if trial.serial == serial else trial.before)
            for operation in self.operations
        ]

    def judge(self, fact: ParametersJudged) -> None:
        """Put the revision on trial, or the previous one, into force for all parts."""
        trial = self.trials.pop(fact.operation, None)
        if trial is None:
            return
        self._put(trial.after if fact.released else trial.before)
        if not fact.released:
            self.factors[fact.operation][trial.tool] = trial.factors

    def _put(self, operation: RoutedOperation) -> None:
        self.operations = [operation if o.operation == operation.operation else o for o in self.operations]


class PurchaseState(msgspec.Struct):
    """A purchase order that hasn't arrived yet; ``refused`` counts its refusals, each under a separate command id."""

    id: str
    item: str
    quantity: int
    promised_s: float | None = None
    refused: int = 0


class WorkOrder(msgspec.Struct):
    """A work order for a mill, from the alarm to the cause found. ``id`` is ``WO-`` and the number of the event that raised it.

    ``kind``: ``planned`` (an alarm of the mill's health), ``breakdown``, ``routine`` (a stop without an alarm).
    ``signals``, ``health`` and ``failure_probability`` are the estimates for the mill when the order was raised. ``found`` is
    the finding in the stop's report. ``cause`` is the cause found in the repair or, once ``by`` has closed the order, the cause given
    by that person. ``verdict`` on an alarm: ``confirmed``, ``false`` or empty. ``overtaken_by``: the breakdown that came before the
    planned stop. ``spares``
    are reserved until the order is closed or overtaken.
    """

    id: str
    machine: str
    kind: str
    raised_s: float
    reason: str
    signals: tuple[str, ...] = ()
    health: float | None = None
    failure_probability: float | None = None
    planned_s: float | None = None
    moved: int = 0
    begun_s: float | None = None
    ended_s: float | None = None
    found: str = ""
    cause: str = ""
    verdict: str = ""
    overtaken_by: str = ""
    parts: dict[str, int] = msgspec.field(default_factory=dict)
    by: str = ""
    closed_s: float | None = None
    technician: str = ""
    spares: dict[str, int] = msgspec.field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether the work is still outstanding."""
        return self.ended_s is None and not self.overtaken_by


class ShopState(msgspec.Struct):
    """The complete state of the shop according to the log."""

    version: int = 0
    now_s: float = 0.0
    last_report: int = 0
    issued: int = 0
    """Number of commands issued or, if greater, the highest number in a command id, so that the next id is unique."""
    policy: str = "closed-loop"
    seed: int = 0
    parts: dict[str, PartState] = msgspec.field(default_factory=Parts)
    pallets: dict[str, PalletState] = msgspec.field(default_factory=dict)
    machines: dict[str, MachineState] = msgspec.field(default_factory=dict)
    orders: dict[str, OrderState] = msgspec.field(default_factory=dict)
    routes: dict[str, RouteState] = msgspec.field(default_factory=dict)
    refusals: dict[str, str] = msgspec.field(default_factory=dict)
    """Items whose route was refused, with the reason: no new parts are started, and parts in work stay where they are."""
    adopted: set[str] = msgspec.field(default_factory=set)
    """Items added to the shop during the run."""
    stock: dict[str, int] = msgspec.field(default_factory=dict)
    crib: dict[str, int] = msgspec.field(default_factory=dict)
    crib_repairs: dict[str, int] = msgspec.field(default_factory=dict)
    """Edges used in repairs, by tool: the crib count reported with loads and deliveries still includes them."""
    purchases: dict[str, PurchaseState] = msgspec.field(default_factory=dict)
    open_commands: dict[str, AnyCommand] = msgspec.field(default_factory=dict)
    acknowledged: set[str] = msgspec.field(default_factory=set)
    schedule: list[ScheduleLine] = msgspec.field(default_factory=list)
    repairs: dict[str, float] = msgspec.field(default_factory=dict)
    """Broken machines whose repair the current schedule postpones, with the end of the postponement."""
    holds: dict[str, list[str]] = msgspec.field(default_factory=dict)
    maintenance: dict[str, float] = msgspec.field(default_factory=dict)
    ended: bool = False
    safe_holds: dict[str, str] = msgspec.field(default_factory=dict)
    """Reasons for safe holds of the cell, by subject: nothing new is sent until each is released."""
    requests: set[str] = msgspec.field(default_factory=set)
    """Requests of people that are already in the log, so that none takes effect twice."""
    checked: dict[str, tuple[float, float, str]] = msgspec.field(default_factory=dict)
    """People's checks of levels: ``UNIT|RESOURCE`` to level, shop time and name."""
    not_done: dict[str, str] = msgspec.field(default_factory=dict)
    """Requests of people that were refused when they were processed, and why."""
    cancelled: set[str] = msgspec.field(default_factory=set)
    """Cancelled orders, including those not yet in the order book."""
    out_of_service: dict[str, float] = msgspec.field(default_factory=dict)
    """Mills that a person has taken out of service, with the time until which they are out."""
    attendance: list[tuple[float, float, int, bool]] = msgspec.field(default_factory=list)
    """Periods in which presence differs from the shifts: from, to, number of people, and whether that is a minimum (called in) or a maximum."""
    calls: dict[str, tuple[float, float, int]] = msgspec.field(default_factory=dict)
    """Calls for people not yet answered, by command: from, to and number of people."""
    coming: list[tuple[float, float, int]] = msgspec.field(default_factory=list)
    """People who have agreed to come but are not yet counted as present."""
    moved: dict[str, tuple[str, float]] = msgspec.field(default_factory=dict)
    """Operations that a person has moved: ``SERIAL|OPERATION`` to machine and earliest start."""
    capacity: CapacityChecked | None = None
    """The latest action messages of the schedule on planned orders beyond the orders in hand."""
    assessed: dict[str, HealthAssessed] = msgspec.field(default_factory=dict)
    """The latest health assessment of each mill since its last service."""
    work_orders: dict[str, WorkOrder] = msgspec.field(default_factory=dict)
    """All work orders of the run by id, in the order they were raised."""
    words: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    """Number of parts by item and disposition."""
    cut_s: dict[str, dict[str, tuple[int, float]]] = msgspec.field(default_factory=dict)
    """Number of finished cuts by mill and ``OPERATION|PROGRAM``, with their total time (s)."""
    loads: dict[str, LoadState] = msgspec.field(default_factory=dict)
    """Loads of ovens, washers and tumblers, by work unit."""

    def in_play(self) -> Iterable[PartState]:
        """Return the parts not yet at rest, in order of their orders."""
        if isinstance(self.parts, Parts):
            return self.parts.in_play()
        return [part for part in self.parts.values() if not part.rests()]

    def work_on(self, machine: str) -> WorkOrder | None:
        """Return the open work order of a mill."""
        found = (each for each in reversed(self.work_orders.values()) if each.machine == machine and each.open)
        return next(found, None)

    def free_stock(self, item: str, order: str = "") -> int:
        """Quantity in stock (``tool:NUMBER``: in the crib) that is not reserved as spares for work orders; with ``order``, only
        reservations for
        work orders raised before it count.
        """
        before = itertools.takewhile(lambda each: each.id != order, self.work_orders.values())
        tool = item.removeprefix("tool:")
        there = self.stock.get(item, 0) if tool == item else self.crib.get(tool, 0)
        return there - sum(
            each.spares.get(item, 0) for each in before if each.closed_s is None and not each.overtaken_by
        )

    def held(self, serial: str) -> bool:
        """Return whether the part must stay where it is because it is on an open hold, or because its route was refused."""
        return self.suspected(serial) or self.route_refused(serial)

    def suspected(self, serial: str) -> bool:
        """Return whether the part is on an open hold."""
        return any(serial in serials for serials in self.holds.values())

    def route_refused(self, serial: str) -> bool:
        """Return whether the part's route was refused, so that nothing more is done to it until that is resolved."""
        return bool(self.refusals) and self.parts[serial].item in self.refusals

    def pallet_of(self, serial: str) -> PalletState | None:
        """The pallet on which the part is mounted."""
        pallet = pallet_at(self.parts[serial].place)
        return None if pallet is None else self.pallets[pallet]

    def next_operation(self, part: PartState) -> RoutedOperation | None:
        """Return the first operation of the part's route that hasn't been cut yet."""
        for operation in self.routes[part.item].operations:
            if not part.done(operation.operation):
                return operation
        return None

    def behind(self, mill: str) -> list[PalletState]:
        """Return the pallets with parts that were cut on the mill and have left it; they wait to be taken off or are still at a station.
        A part that a person has brought back from quarantine doesn't count.
        """
        return [
            pallet
            for pallet in self.pallets.values()
            if pallet.serial
            and pallet.place != mill
            and not self.parts[pallet.serial].brought_back()
            and any(
                cut.machine == mill
                and cut.operation == pallet.operation
                and (cut.finished_s is not None or cut.interrupted)
                for cut in self.parts[pallet.serial].cuts
            )
        ]

    def on_unit(self, unit: str) -> PalletState | None:
        """Return the pallet on a work unit or on its way there."""
        for pallet in self.pallets.values():
            if pallet.place == unit:
                return pallet
        for command in self.open_commands.values():
            if getattr(command, "destination", "") == unit:
                return self.pallets[command.pallet]  # type: ignore[union-attr]
        return None


def edge_share(minutes: float, life_min: float) -> float:
    """Fraction of an edge's life that a cycle with this many cutting minutes uses; an edge lasts a whole number of cycles, at least one."""
    return 1.0 / max(1, math.floor(life_min / minutes)) if minutes > 0 else 0.0


KNOWN_CUTS = 10
"""Weight of the planned time, as a number of observed cuts."""


def expected_s(state: ShopState, operation: RoutedOperation, unit: str) -> float:
    """Expected time of a cut, s, from the plan and from past cuts of this program on this machine."""
    count, took_s = state.cut_s.get(unit, {}).get(f"{operation.operation}|{operation.program_sha256}", (0, 0.0))
    return (operation.takes_s(unit) * KNOWN_CUTS + took_s) / (KNOWN_CUTS + count)


def goes_first(state: ShopState, left_s: float, back_s: float, mills: int, can_end: Collection[str]) -> frozenset[str]:
    """Parts on pallets whose cuts go before shorter ones in the night from ``left_s`` to ``back_s``.
    These are the parts whose order is due in the morning and, one per mill and night, parts that have waited for days because
    shorter cuts overtook them: longest wait first, and only if their cut ``can_end`` in the night at all.
    """
    due, waiting = set[str](), list[str]()
    for pallet in sorted(state.pallets.values(), key=lambda each: (each.mounted_s, each.id)):
        part = state.parts.get(pallet.serial)
        if part is None:
            continue
        if state.orders[part.order].due_s <= back_s + EVENING.morning_s:
            due.add(part.serial)
        if left_s - pallet.mounted_s < EVENING.turn_s or part.disposition or state.held(part.serial):
            continue
        begun_s = next((cut.started_s for cut in part.cuts if cut.operation == pallet.operation), None)
        if begun_s is None:
            if part.serial in can_end:
                waiting.append(part.serial)
        elif begun_s >= left_s:
            mills -= 1
    return frozenset(due.union(waiting[: max(0, mills)]))


def change_s(shop: Shop) -> float:
    """Time, s, to take a pallet off a machine and bring the next, by robot."""
    return 2 * max((unit.move_s for unit in shop.units("robot")), default=60.0)


def cut_since(state: ShopState, unit: str, since_s: float) -> float:
    """Time of the cuts that a mill has started since ``since_s``, s; a running cut counts with its planned time."""
    total = 0.0
    for part in state.in_play():
        for cut in part.cuts:
            if cut.machine == unit and cut.started_s >= since_s:
                total += _took_s(state, part, cut)
    return total


def _took_s(state: ShopState, part: PartState, cut: Cut) -> float:
    if cut.finished_s is not None:
        return cut.finished_s - cut.started_s
    route = state.routes.get(part.item)
    return (
        next((o.takes_s(cut.machine) for o in route.operations if o.operation == cut.operation), 0.0) if route else 0.0
    )


def stays_inside(state: ShopState, shop: Shop, unit: str) -> list[str]:
    """Return the treated parts that stay in an oven because they are on hold and have no further treatment here."""
    load = state.loads.get(unit)
    if load is None or not load.done:
        return []
    through = (serial for serial in load.serials if state.held(serial))
    return [s for s in through if not shop.treatments_left(state.parts[s].item, state.parts[s].treated)]


class GenealogyStep(msgspec.Struct, frozen=True):
    """An event in the history of the part."""

    at_s: float
    what: str
    where: str
    detail: dict[str, str]


class Genealogy(msgspec.Struct, frozen=True):
    """History of a part; ``complete`` if nothing is missing: CAD hash, program hash of each cut, edges, machine, inspection, disposition."""

    serial: str
    item: str
    order: str
    cad_sha256: str
    complete: bool
    steps: tuple[GenealogyStep, ...]
