"""Records of the scheduling problem and its solution.

All times are seconds since the shop's start (``at_s``); all references are ids.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

from nightmill.vocabulary.units import WEEK_S

OperationState = Literal["waiting", "mounted", "running", "cut"]
Goal = Literal["tardiness", "makespan", "flow", "unattended", "energy"]
GOALS: tuple[Goal, ...] = get_args(Goal)
DEADLINE_WEIGHT = 1000.0


class Window(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A span of time ``[start_s, end_s)`` with ``persons`` present (ignored for machine stops)."""

    start_s: float
    end_s: float
    persons: int = 1

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(f"Window: end_s {self.end_s} must be after start_s {self.start_s}")
        if self.persons < 0:
            raise ValueError(f"Window: persons {self.persons} must be >= 0")


class ToolUse(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Cutting time of one operation with one tool, in seconds."""

    tool: int
    seconds: float


class ToolBudget(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Cutting seconds that ``tool`` in ``machine`` lasts from one attended time to the next (all cutting edges in the magazine)."""

    machine: str
    tool: int
    seconds: float


class Alternative(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A machine that can do the operation, and the run time of the program there.

    ``family``: the family that the machine is set up for during this cut; coming from another family costs a ``Changeover``.
    ``more_s``: extra cutting time for each further part in a load (None: ``run_s``).
    """

    machine: str
    run_s: float
    tools: tuple[ToolUse, ...] = ()
    family: str = ""
    more_s: float | None = None

    def __post_init__(self) -> None:
        if not self.run_s > 0:
            raise ValueError(f"Alternative on {self.machine}: run_s {self.run_s} must be > 0")
        if self.more_s is not None and not self.more_s >= 0:
            raise ValueError(f"Alternative on {self.machine}: more_s {self.more_s} must be >= 0")


class ShopMachine(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A mill, available from ``free_from_s`` on except in the ``down`` windows (repair, fixed maintenance).

    ``chip_s``: cutting seconds that its chip bin and coolant last from one attended time to the next (None: no limit);
    ``power_kw``: power drawn while cutting; ``family``: the family it is set up for at the start ("": for any family), since
    the last part was removed at ``unloaded_s`` (None: now). ``places``: number of parts of one family with equal cutting time
    that fit in one cut (an oven; they go in and come out together, in one move). ``buffer``: number of parts that can wait
    behind the machine for their dismount; while all places are taken the next part stays in the machine and blocks it (None:
    any number). ``by_hand``: people load and unload the machine, so its parts need no pallet and a cut starts only while
    somebody is present.
    """

    id: str
    free_from_s: float = 0.0
    down: tuple[Window, ...] = ()
    chip_s: float | None = None
    power_kw: float = 0.0
    family: str = ""
    unloaded_s: float | None = None
    places: int = 1
    buffer: int | None = None
    by_hand: bool = False

    def __post_init__(self) -> None:
        if self.places < 1:
            raise ValueError(f"ShopMachine {self.id}: places {self.places} must be >= 1")
        if self.buffer is not None and self.buffer < 0:
            raise ValueError(f"ShopMachine {self.id}: buffer {self.buffer} must be >= 0")
        if self.chip_s is not None and not self.chip_s >= 0:
            raise ValueError(f"ShopMachine {self.id}: chip_s {self.chip_s} must be >= 0")
        if not self.power_kw >= 0:
            raise ValueError(f"ShopMachine {self.id}: power_kw {self.power_kw} must be >= 0")


class FixtureKind(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """``count`` identical fixtures; an operation with this kind holds one of them from mount to dismount."""

    id: str
    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"FixtureKind {self.id}: count {self.count} must be >= 1")


class Changeover(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """Seconds between unloading a part of family ``before`` and loading one of ``after`` on ``machine`` ("": on any).

    Pairs without a changeover take no time. No changeover may take longer than the detour by a third family.
    """

    before: str
    after: str
    seconds: float
    machine: str = ""

    def __post_init__(self) -> None:
        if not self.seconds >= 0:
            raise ValueError(f"Changeover {self.before} to {self.after}: seconds {self.seconds} must be >= 0")


class Tariff(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """The price per kWh in ``[start_s, end_s)``; overlapping tariffs add up, and after the last tariff the highest price applies."""

    start_s: float
    end_s: float
    price: float

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(f"Tariff: end_s {self.end_s} must be after start_s {self.start_s}")


class ShopOperation(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """One setup of one serial part: mount (attended), cut (unattended), dismount (attended).

    The operations of a serial are done in their order in ``ShopProblem.operations``; finished ones are left out. ``release_s``
    is when material and tools are available, ``measure_s`` the time for gauge and camera after the cut; ``fixture`` is the
    kind of fixture held from mount to dismount. The part isn't mounted before the serials in ``after`` (parts assembled into
    it, if they are in the problem) are done. State ``mounted``: on a pallet, not yet cut; ``running``: being cut on ``machine``
    since ``started_s``; ``cut``: cut, still on its pallet. A given ``machine`` is binding. ``together``: other serials of the
    order that are on the same pallet and in the same cut (a tombstone); the operation belongs to the route of each, at its
    position in the list of operations. ``per_pallet``: how many parts of the order fit on one pallet for this operation; the
    planner forms such loads if that is better. ``mount_s``, ``dismount_s`` and ``measure_s`` are then per part.
    """

    id: str
    serial: str
    order: str
    operation: str
    alternatives: tuple[Alternative, ...]
    mount_s: float
    dismount_s: float
    state: OperationState = "waiting"
    machine: str = ""
    started_s: float | None = None
    release_s: float = 0.0
    measure_s: float = 0.0
    fixture: str = ""
    after: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    per_pallet: int = 1

    def __post_init__(self) -> None:
        if self.per_pallet < 1:
            raise ValueError(f"ShopOperation {self.id}: per_pallet {self.per_pallet} must be >= 1")


class ShopOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """An order, which is complete when its last operation is dismounted; ``weight`` is the cost of a second of lateness.

    ``deadline_s``: the schedule is invalid if the order is not complete by this time.
    """

    id: str
    due_s: float
    weight: float = 1.0
    deadline_s: float | None = None


class MaintenanceOption(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A possible start of a stop: not before ``start_s``, at ``cost`` (in weighted seconds of tardiness)."""

    start_s: float
    cost: float


class MaintenanceChoice(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """A machine stop to be placed together with the jobs, as soon as possible after one of its ``options``."""

    id: str
    machine: str
    duration_s: float
    options: tuple[MaintenanceOption, ...]
    attended: bool = True

    def __post_init__(self) -> None:
        if not self.options:
            raise ValueError(f"MaintenanceChoice {self.id}: options must not be empty")


class Repair(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    """The repair of a broken machine: one person's remaining work (s), for a usual repair and for one so long that only one in
    ten takes longer.

    The schedule decides when the work starts or continues; the machine is down until the repair is done.
    """

    machine: str
    usual_s: float
    long_s: float

    def __post_init__(self) -> None:
        if not 0.0 < self.usual_s <= self.long_s:
            raise ValueError(
                f"Repair of {self.machine}: usual_s {self.usual_s} must be > 0 and <= long_s {self.long_s}"
            )

    @property
    def stop(self) -> str:
        """The id of the stop by which a schedule places the repair."""
        return f"repair {self.machine}"


class ShopProblem(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The work to be scheduled from ``now_s`` on, and the shop's resources.

    ``presence`` holds all attended time (``repeat_presence`` extends a week to a longer period); ``pallets`` can be used, less
    ``pallets_blocked`` that hold something not listed in ``operations``. ``move_s`` is the time of one robot move: the machine
    is occupied for one move before and one after each cut. ``mount_lead_s``: how long before its cut a part should be ready in
    the pool. ``horizon_s`` ends the period in which ``unattended_s`` is counted. ``robots`` carry out the moves, each robot one
    at a time (0: enough robots for every move).
    """

    now_s: float
    horizon_s: float
    machines: tuple[ShopMachine, ...]
    operations: tuple[ShopOperation, ...]
    orders: tuple[ShopOrder, ...]
    presence: tuple[Window, ...]
    pallets: int
    pallets_blocked: int = 0
    move_s: float = 60.0
    mount_lead_s: float = 7200.0
    maintenance: tuple[MaintenanceChoice, ...] = ()
    tool_budgets: tuple[ToolBudget, ...] = ()
    fixtures: tuple[FixtureKind, ...] = ()
    robots: int = 0
    changeovers: tuple[Changeover, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    repairs: tuple[Repair, ...] = ()


def urged(problem: ShopProblem) -> ShopProblem:
    """The problem with deadlines as due dates of a thousand times the weight, for a search that handles only due dates."""
    orders = tuple(
        o
        if o.deadline_s is None
        else msgspec.structs.replace(o, due_s=min(o.due_s, o.deadline_s), weight=DEADLINE_WEIGHT * max(o.weight, 1.0))
        for o in problem.orders
    )
    return msgspec.structs.replace(problem, orders=orders)


class ObjectiveWeights(msgspec.Struct, frozen=True, gc=False):
    """Weights of the search objective, in weighted seconds of tardiness.

    ``flow``: per second and weight that an order is open; ``unattended``: credit per second cut with nobody present;
    ``machine_change``: per operation that leaves the previous schedule's machine; ``start_shift``: per second its start moves;
    ``makespan``: per second until all work is done; ``energy``: per unit of money that cutting costs at the tariffs.
    """

    tardiness: float = 1.0
    flow: float = 0.02
    unattended: float = 0.05
    machine_change: float = 600.0
    start_shift: float = 0.002
    makespan: float = 0.0
    energy: float = 0.0


FREE = ObjectiveWeights(unattended=0.0, machine_change=0.0, start_shift=0.0)
"""The weights if no plan is in force and no night has to be filled: tardiness and flow."""


class Assignment(msgspec.Struct, frozen=True, gc=False):
    """Place and times of an operation: mounted from ``mount_s``, cut ``start_s`` to ``end_s``, dismounted ``dismount_s``
    to ``done_s``.

    ``left_s``: when the part leaves the machine, if it has to wait for a place behind it (None: at once). ``together``: the
    other parts of the load, for which this is also the operation of that name.
    """

    operation: str
    serial: str
    order: str
    machine: str
    mount_s: float
    start_s: float
    end_s: float
    dismount_s: float
    done_s: float
    left_s: float | None = None
    together: tuple[str, ...] = ()


class PlacedMaintenance(msgspec.Struct, frozen=True, gc=False):
    """A placed maintenance stop with its cost, or a repair (id: ``repair`` and the machine) up to its usual end."""

    id: str
    machine: str
    start_s: float
    end_s: float
    cost: float


class Promise(msgspec.Struct, frozen=True, gc=False):
    """When an order will be complete, how late that will be, and the main cause."""

    order: str
    promise_s: float
    late_by_s: float
    reason: str = ""


class ShopSchedule(msgspec.Struct, frozen=True):
    """The solution, with assignments in order of start; ``lower_bound_s`` bounds ``weighted_tardiness_s`` from below.

    ``makespan_s``: from ``now_s`` until all work is done; ``energy_cost``: energy cost of all remaining cutting, at the tariffs.
    """

    assignments: tuple[Assignment, ...]
    maintenance: tuple[PlacedMaintenance, ...]
    promises: tuple[Promise, ...]
    weighted_tardiness_s: float
    unattended_s: float
    lower_bound_s: float
    objective: float
    evaluations: int
    makespan_s: float = 0.0
    energy_cost: float = 0.0


class Violation(msgspec.Struct, frozen=True, gc=False):
    """A rule that a schedule breaks: its name, the subject, and the description."""

    rule: str
    subject: str
    detail: str


class Blame(msgspec.Struct, frozen=True, gc=False):
    """Seconds of an order's lateness attributed to a cause."""

    cause: str
    seconds: float


class Counterfactual(msgspec.Struct, frozen=True, gc=False):
    """How late the order would be after a change; ``verified``: the problem was solved again and the result passed the validator."""

    change: str
    late_by_s: float
    verified: bool


class Explanation(msgspec.Struct, frozen=True):
    """Why an order is late; the blame adds up to ``late_by_s``.

    ``waits_for``: the obstacle that prevents it from being made at all.
    """

    order: str
    late_by_s: float
    blame: tuple[Blame, ...]
    counterfactuals: tuple[Counterfactual, ...]
    waits_for: str = ""


def repeat_presence(windows: Sequence[Window], until_s: float, period_s: float = WEEK_S) -> tuple[Window, ...]:
    """Repeat ``windows`` every ``period_s`` until ``until_s``; the pattern must fit one period."""
    repeated: list[Window] = []
    shift = 0.0
    while windows and min(window.start_s for window in windows) + shift < until_s:
        repeated.extend(Window(w.start_s + shift, w.end_s + shift, w.persons) for w in windows)
        shift += period_s
    return tuple(sorted((w for w in repeated if w.start_s < until_s), key=lambda w: (w.start_s, w.end_s)))


def with_one_away(presence: Sequence[Window], begin_s: float, end_s: float) -> tuple[Window, ...]:
    """The windows with one person fewer from ``begin_s`` to ``end_s``, as during a repair.

    The number of persons never falls below zero.
    """
    kept: list[Window] = []
    taken: list[tuple[float, float]] = []
    for window in sorted(presence, key=lambda w: (w.start_s, w.end_s)):
        begin = max([window.start_s, begin_s, *(end for _, end in taken)])
        end = min(window.end_s, end_s)
        if begin >= end or window.persons == 0:
            kept.append(window)
            continue
        taken.append((begin, end))
        parts = [
            (window.start_s, begin, window.persons),
            (begin, end, window.persons - 1),
            (end, window.end_s, window.persons),
        ]
        kept += [Window(a, b, persons) for a, b, persons in parts if a < b]
    return tuple(kept)
