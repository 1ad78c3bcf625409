"""Dispatch rules and local search over the decoder: turns a shop problem into a schedule with promises."""

import bisect
import itertools
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.cost import objective
from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import Layout, build_memory
from nightmill.scheduling.engine.energy import energy_of
from nightmill.scheduling.engine.repair_timing import choose_begins, placed_repairs, with_repairs
from nightmill.scheduling.engine.state import Floats, Ints, Memory
from nightmill.scheduling.problem.pallet_loads import full_loads, has_loads, planned_loads, with_loads
from nightmill.scheduling.problem.records import (
    Assignment,
    Goal,
    ObjectiveWeights,
    PlacedMaintenance,
    Promise,
    ShopProblem,
    ShopSchedule,
)
from nightmill.scheduling.search.dispatch_rules import dispatched
from nightmill.scheduling.search.lexicographic import in_order
from nightmill.scheduling.search.parallel_annealing import HOT, Crew
from nightmill.scheduling.search.warm_start import Places, choice_of, cost_of, places_in, take_places
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.errors import Finding, NobodyPresent

Rule = Literal["edd", "atc", "mwkr", "spt", "fifo", "slack", "night"]
RULES: tuple[Rule, ...] = get_args(Rule)
SHORT = 1.0
"""Value of a second of unattended cutting when orders are late, in weighted seconds of tardiness.

In simulation, the night shop's plans (``docs/night-shop.md``) had more unattended hours and less tardiness with this value than
with 5 % of it.
"""
TRIAL, TRIAL_WEIGHTS = 600, ObjectiveWeights(unattended=SHORT)
"""Steps and weights for the searches that decide the best time to start a repair."""


LATE_S = (1800.0, 14400.0, s.FAR)
"""Permitted delays of an operation that no longer fits the plan in force but keeps its position in the sequence.

Each value is tried; an operation that would be delayed by more is placed again.
"""


class Plan(msgspec.Struct):
    """The decision variables of the search: serials in sequence, alternative (-1 quickest) and night of each operation, stop options."""

    sequence: Ints
    choice: Ints
    night: Ints
    maintenance: Ints

    def parts(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The four arrays, in the order in which the kernel takes them."""
        return self.sequence, self.choice, self.night, self.maintenance

    def copy(self) -> "Plan":
        """Return an independent copy."""
        return Plan(*(part.copy() for part in self.parts()))


def _shortest(memory: Memory) -> Floats:
    """Least time of each operation from the start of mounting to the end of dismounting, with nothing in the way (operations,)."""
    times = memory.op_time
    attended = times[:, s.MOUNT] + times[:, s.MEASURE] + times[:, s.DISMOUNT]
    return np.asarray(attended + 2.0 * memory.general[s.MOVE] + _runs(memory))


def _runs(memory: Memory) -> Floats:
    """Shortest cutting time of each operation (operations,)."""
    return np.minimum.reduceat(memory.alt_run, memory.op_code[:, s.ALT_FIRST])


def _priorities(memory: Memory, rule: Rule) -> tuple[Floats, Floats]:
    """A sort key per serial, smallest first, and a key for ties. ATC after Vepsalainen & Morton 1987 with look-ahead 2."""
    now, first = float(memory.general[s.NOW]), memory.serial_first[:-1]
    work = np.add.reduceat(_shortest(memory), first)
    orders = memory.op_code[first, s.ORDER]
    due, weight = memory.order_s[orders, s.DUE], memory.order_s[orders, s.WEIGHT]
    slack = due - now - work
    mean = max(1.0, float(work.mean()))
    if rule == "edd":
        return due, -weight
    if rule == "atc":
        return -weight / work * np.exp(-np.maximum(0.0, slack) / (2.0 * mean)), due
    if rule == "mwkr":
        return -work, due
    if rule == "spt":
        return work, due
    if rule == "fifo":
        return memory.op_time[first, s.RELEASE], orders.astype(np.float64)
    if rule == "slack":
        return slack / np.maximum(weight, 1e-9), due
    return np.floor((due - now) / 86400.0), work


def plan_by_rule(memory: Memory, rule: Rule) -> Plan:
    """Return the serials by the rule's priority, all on their quickest machine; ``night`` schedules the longest third
    of the operations for the night.
    """
    key, tie = _priorities(memory, rule)
    order = np.lexsort((np.arange(key.size), tie, key))
    sequence = np.repeat(order, np.diff(memory.serial_first)[order])
    size = memory.op_code.shape[0]
    night = np.zeros(size, dtype=np.int64)
    if rule == "night" and size:
        runs = _runs(memory)
        night[runs > np.quantile(runs, 0.67)] = 1
    return Plan(sequence, np.full(size, -1, dtype=np.int64), night, _cheapest_stops(memory))


def plan_in_time(memory: Memory, by_date: bool) -> Plan:
    """Operations in the order in which a dispatching shop would start them, by due date or by ATC."""
    size, stops = memory.op_code.shape[0], _cheapest_stops(memory)
    sequence = dispatched(memory, stops, by_date)
    return Plan(sequence, np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64), stops)


def _cheapest_stops(memory: Memory) -> Ints:
    ends = [(int(row[s.OPTION_FIRST]), int(row[s.OPTION_LAST])) for row in memory.stop_code]
    return np.array([a + int(np.argmin(memory.option[a:b, s.COST])) for a, b in ends], dtype=np.int64)


def plan_of(memory: Memory, layout: Layout, previous: ShopSchedule) -> Plan:
    """The plan that keeps a previous schedule's sequence, machines and stops; new operations come last."""
    return plan_in(memory, places_in(layout, previous))


def plan_in(memory: Memory, places: Places) -> Plan:
    """The plan that keeps the sequence, machines and stops of ``places``; operations without a place come last."""
    serial_of = np.repeat(np.arange(memory.serial_first.size - 1), np.diff(memory.serial_first))
    sequence = serial_of[np.argsort(places.times[:, s.MOUNT], kind="stable")]
    night = np.zeros(places.machine.size, dtype=np.int64)
    return Plan(sequence, choice_of(memory, places.machine), night, _cheapest_stops(memory))


NOTHING_TO_DO = ShopSchedule((), (), (), 0.0, 0.0, 0.0, 0.0, 0)
"""The schedule of an empty problem; the kernels need at least one operation."""


class _Effort(msgspec.Struct, frozen=True):
    """Effort of a search: see ``solve_shop``."""

    iterations: int
    seed: int
    searchers: int = 1
    hot: float | None = None


def solve_shop(
    problem: ShopProblem,
    *,
    iterations: int = 3000,
    seed: int = 0,
    previous: ShopSchedule | None = None,
    weights: ObjectiveWeights | None = None,
    goals: Sequence[Goal] = (),
    searchers: int = 1,
    hot: float | None = None,
) -> ShopSchedule:
    """Schedule the shop: the best of all dispatch rules (and of ``previous``), then local search.

    The result depends only on the problem, the seed, the number of ``iterations`` (steps of ``ruin_recreate.search``) and of
    ``searchers``, each of which makes that many steps in parallel (``Crew``; one core each is used).

    ``previous`` is where a replan starts; departing from it has the cost given by ``weights``. ``hot`` is the starting
    temperature (``parallel_annealing``; by default, if it starts from ``previous``, the temperature for a search with
    few steps). A plan in force is best searched at a low temperature (``parallel_annealing.COLD``), since hotter steps
    would first destroy it; late operations in it may then keep their position in the sequence (``LATE_S``). Operations
    that are running, cut or mounted stay as they are.

    Without ``weights``, a second of unattended cutting is worth ``SHORT`` weighted seconds of tardiness if dispatching
    leaves orders late: in that case capacity is short, and most of the remaining hours are at night. ``goals`` replace
    ``weights``: they are pursued one after another, each with a fraction of the steps, and none at the cost of an
    earlier goal.

    If several parts fit on one pallet (``per_pallet``), loads are formed first, by the cost of short searches; a load is one
    assignment, which lists its other parts. If machines are broken (``repairs``), the start of each repair is decided first, by
    the cost of short searches. It is no later than in ``previous``, except that a repair may pause at the end of a shift
    (``repair_timing``).

    Raises ``BadInput`` for a problem that contradicts itself or whose attendance ends before the work is done.
    """
    effort = _Effort(iterations, seed, searchers, hot)
    if goals:
        return _solve_in_order(problem, goals, effort, previous)
    return _solved(problem, effort, weights, previous, previous)


def _solved(
    problem: ShopProblem,
    effort: _Effort,
    weights: ObjectiveWeights | None,
    previous: ShopSchedule | None,
    in_force: ShopSchedule | None,
) -> ShopSchedule:
    """``solve_shop`` by weights; ``in_force``: the plan beyond which no repair is postponed, if the search starts from another plan."""
    check_problem(problem)
    if not problem.operations:
        return NOTHING_TO_DO

    def cost(shop: ShopProblem) -> float:
        trial = _Effort(min(effort.iterations, TRIAL), effort.seed, hot=effort.hot)
        return cost_of(_searched(shop, trial, weights or TRIAL_WEIGHTS, previous)[0])

    free = has_loads(problem)
    if free:
        begun = planned_loads(problem, previous, rest=True) if previous else problem
        problem = with_loads(begun, lambda shop: cost(with_repairs(shop)))
    begins = choose_begins(problem, cost, in_force) if problem.repairs else {}
    settled = with_repairs(problem, begins)
    memory, layout, evaluations = _searched(settled, effort, weights, previous)
    found = named_schedule(settled, memory, layout, evaluations)
    if free:
        found = msgspec.structs.replace(found, lower_bound_s=0.0)  # other loads might give a lower value
    return msgspec.structs.replace(found, maintenance=(*found.maintenance, *placed_repairs(problem, begins)))


def _searched(
    problem: ShopProblem,
    effort: _Effort,
    weights: ObjectiveWeights | None,
    previous: ShopSchedule | None,
) -> tuple[Memory, Layout, int]:
    """The result of ``solve_shop`` for a problem whose repairs are fixed, in the kernels' memory, and the number of evaluations."""
    hot = effort.hot
    memory, layout = build_memory(problem, weights or ObjectiveWeights(), previous)
    starts = [plan_of(memory, layout, previous)] if previous else []
    starts.extend(plan_by_rule(memory, rule) for rule in RULES)
    starts.extend(plan_in_time(memory, by_date) for by_date in (False, True))
    values = [decode(memory.f, memory.n, *plan.parts()) for plan in starts]
    best = starts[int(np.argmin(values))]
    cost = decode(memory.f, memory.n, *best.parts())
    if weights is None and (memory.order_done > memory.order_s[:, s.DUE]).any():
        memory.general[s.UNATTENDED] = SHORT
        best = starts[int(np.argmin([decode(memory.f, memory.n, *plan.parts()) for plan in starts]))]
        cost = decode(memory.f, memory.n, *best.parts())
    if previous is not None:
        kept = _loaded_unchanged(memory, layout, problem, previous, () if hot is None else LATE_S)
        if kept <= cost:
            best.night[:], cost = 0, kept
        else:
            cost = decode(memory.f, memory.n, *best.parts())
    if effort.iterations:
        with Crew(memory, best.night, cost, effort.seed, searchers=effort.searchers) as crew:
            crew.run(effort.iterations, HOT if hot is None and previous is not None else hot)
    return memory, layout, len(starts) + effort.iterations + 1


def _solve_in_order(
    problem: ShopProblem, goals: Sequence[Goal], effort: _Effort, previous: ShopSchedule | None
) -> ShopSchedule:
    each = msgspec.structs.replace(effort, iterations=effort.iterations // len(goals))

    def improved(schedule: ShopSchedule, weights: ObjectiveWeights) -> ShopSchedule:
        return _solved(problem, each, weights, schedule, previous)

    start = solve_shop(
        problem,
        iterations=0,
        seed=effort.seed,
        previous=previous,
        weights=ObjectiveWeights(machine_change=0, start_shift=0),
    )
    return in_order(goals, problem, start, improved)


def _loaded_unchanged(
    memory: Memory, layout: Layout, problem: ShopProblem, previous: ShopSchedule, lates_s: Sequence[float]
) -> float:
    """Load ``previous`` unchanged; returns its cost, ``FAR`` or more if not everything finds a place.

    Operations that no longer fit are placed again, or delayed by whichever of ``lates_s`` costs least. Merely decoding the
    sequence again could lose much of the gain from a search.
    """
    places = places_in(layout, previous)

    def taken(late_s: float) -> tuple[float, bool]:
        fits = take_places(memory, problem, places, late_s=late_s)
        unplaced = memory.times[:, s.DONE].max() >= s.FAR or (
            memory.stop_start.size and memory.stop_start.max() >= s.FAR
        )
        return (s.FAR if unplaced else cost_of(memory)), fits

    cost, fits = taken(0.0)
    if fits or cost >= s.FAR:
        return cost
    costs = [cost, *(taken(late_s)[0] for late_s in lates_s)]
    best = int(np.argmin(costs))
    return costs[best] if best == len(lates_s) else taken((0.0, *lates_s)[best])[0]


def dispatch_shop(problem: ShopProblem, rule: Rule = "edd") -> ShopSchedule:
    """Schedule by one dispatch rule alone, as a shop without a scheduler would. Raises ``BadInput`` as ``solve_shop`` does."""
    check_problem(problem)
    if not problem.operations:
        return NOTHING_TO_DO
    problem = full_loads(problem)
    memory, layout = build_memory(problem, ObjectiveWeights(), None)
    decode(memory.f, memory.n, *plan_by_rule(memory, rule).parts())
    found = named_schedule(with_repairs(problem), memory, layout, 1)
    return msgspec.structs.replace(found, maintenance=(*found.maintenance, *placed_repairs(problem, {})))


def named_schedule(problem: ShopProblem, memory: Memory, layout: Layout, evaluations: int) -> ShopSchedule:
    """The decoded times with names, and the reasons for lateness."""
    return with_reasons(problem, bare_schedule(problem, memory, layout, evaluations))


def bare_schedule(
    problem: ShopProblem,
    memory: Memory,
    layout: Layout,
    evaluations: int,
    *,
    bounded: bool = True,
    rows: Sequence[Assignment] | None = None,
) -> ShopSchedule:
    """The decoded times with names; refuses a schedule with work for which nobody is present.

    Not ``bounded``: without the lower bound (0), which takes longer than everything else. ``rows``: the result of
    ``assignments_of`` for the memory.
    """
    _refuse_unplaced(layout, memory)
    rows = rows if rows is not None else assignments_of(memory, layout)
    stops = tuple(
        PlacedMaintenance(
            choice.id,
            choice.machine,
            float(memory.stop_start[k]),
            float(memory.stop_start[k]) + choice.duration_s,
            cost_at(sorted((o.start_s, o.cost) for o in choice.options), float(memory.stop_start[k])),
        )
        for k, choice in enumerate(problem.maintenance)
    )
    done: Any = dict.fromkeys(layout.orders, problem.now_s)
    for a in rows:
        done[a.order] = max(done[a.order], a.done_s)
    return ShopSchedule(
        assignments=tuple(sorted(rows, key=lambda a: (a.start_s, a.machine, a.operation))),
        maintenance=stops,
        promises=tuple(Promise(o.id, done[o.id], max(0.0, done[o.id] - o.due_s)) for o in problem.orders),
        weighted_tardiness_s=sum(o.weight * max(0.0, done[o.id] - o.due_s) for o in problem.orders),
        unattended_s=unattended_s(problem, memory),
        lower_bound_s=shop_lower_bound(problem, memory) if bounded else 0.0,
        objective=_objective(memory, stops),
        evaluations=evaluations,
        makespan_s=max((a.done_s for a in rows), default=problem.now_s) - problem.now_s,
        energy_cost=_energy_cost(problem, memory),
    )


def _energy_cost(problem: ShopProblem, memory: Memory) -> float:
    """Energy cost of all cuts still to be made."""
    if not problem.tariffs:
        return 0.0
    begins, ends = np.maximum(problem.now_s, memory.times[:, s.START]), memory.times[:, s.END]
    return sum(
        share * float(energy_of(memory.f, memory.n, alternative, begin, end))
        for alternative, begin, end, share in zip(
            memory.chosen.tolist(), begins.tolist(), ends.tolist(), _shares(problem, memory).tolist(), strict=True
        )
    )


def assignments_beside(memory: Memory, layout: Layout, places: Places) -> list[Assignment]:
    """``assignments_of`` for the memory; an operation that is still at its place in ``places`` reuses the row from there."""
    machine = memory.alt_code[memory.chosen, s.MACHINE]
    moved = np.flatnonzero((memory.times != places.times).any(axis=1) | (machine != places.machine))
    if not places.rows or 2 * moved.size > machine.size:
        return assignments_of(memory, layout)
    rows = list(places.rows)
    for op, fresh in zip(moved.tolist(), assignments_of(memory, layout, moved), strict=True):
        rows[op] = fresh
    return [row for row in rows if row is not None]


def assignments_of(memory: Memory, layout: Layout, which: Ints | None = None) -> list[Assignment]:
    """The decoded times with names, in kernel order; of all operations, or of ``which``."""
    ops = layout.operations if which is None else tuple(layout.operations[op] for op in which.tolist())
    chosen, times = (memory.chosen, memory.times) if which is None else (memory.chosen[which], memory.times[which])
    machine = memory.alt_code[chosen, s.MACHINE].tolist()
    return [
        Assignment(
            op.id,
            op.serial,
            op.order,
            layout.machines[here],
            mount,
            start,
            end,
            off,
            done,
            left if left > end else None,
            op.together,
        )
        for op, here, (start, mount, off, end, done, left) in zip(ops, machine, times.tolist(), strict=True)
    ]


def _objective(memory: Memory, stops: Sequence[PlacedMaintenance]) -> float:
    return float(objective(memory.f, memory.n)) + sum(stop.cost for stop in stops)


def _refuse_unplaced(layout: Layout, memory: Memory) -> None:
    unplaced = [op.id for k, op in enumerate(layout.operations) if memory.times[k, s.DONE] >= s.FAR]
    if unplaced or (memory.stop_start.size and memory.stop_start.max() >= s.FAR):
        raise NobodyPresent(
            Finding(
                "shop problem",
                f"operation {unplaced[0]}" if unplaced else "maintenance",
                f"{len(unplaced)} operations that nobody is present for",
                "presence until all work is done",
                "Extend presence (repeat_presence repeats a week).",
            )
        )


def cost_at(options: Sequence[tuple[float, float]], at_s: float) -> float:
    """The cost of a stop at ``at_s``: linear between its options, constant outside them."""
    starts, costs = zip(*options, strict=True)
    return float(np.interp(at_s, starts, costs))


def unattended_s(problem: ShopProblem, memory: Memory) -> float:
    """Seconds of cutting with nobody present before the horizon."""
    begins = np.maximum(problem.now_s, memory.times[:, s.START])
    ends = np.minimum(memory.times[:, s.END], problem.horizon_s)
    absent = _absent_until(memory, ends) - _absent_until(memory, np.minimum(begins, ends))
    return float((absent * _shares(problem, memory)).sum())


def _shares(problem: ShopProblem, memory: Memory) -> Floats:
    """Return for each operation the fraction of its cutting time that is charged to it (operations,): 1, or on a batch
    machine its fraction of a full load.
    """
    places = np.array([machine.places for machine in problem.machines], dtype=np.float64)
    chosen = memory.alt_code[memory.chosen]
    most = places[chosen[:, s.MACHINE]]
    return np.asarray(np.where(most > 1, chosen[:, s.PARTS] / most, 1.0))


def _absent_until(memory: Memory, moments: Floats) -> Floats:
    """Seconds with nobody present before each moment."""
    absent = memory.absent
    if not len(absent):
        return np.zeros(moments.size)
    before = np.concatenate(([0.0], np.cumsum(absent[:, 1] - absent[:, 0])))
    index = np.searchsorted(absent[:, 0], moments, side="right")
    over = np.maximum(0.0, absent[np.maximum(index - 1, 0), 1] - moments)
    return np.asarray(before[index] - np.where(index > 0, over, 0.0))


def shop_lower_bound(problem: ShopProblem, memory: Memory) -> float:
    """Return the weighted tardiness that no schedule can avoid: an order is complete at the earliest when its longest
    serial, done alone, is done.
    """
    least = least_done(memory)
    return sum(o.weight * max(0.0, least[k] - o.due_s) for k, o in enumerate(problem.orders))


def least_done(memory: Memory) -> list[float]:
    """Return when each order would be complete (s) if it had the whole shop to itself, with a machine and a pallet for
    every part.
    """
    now, move = float(memory.general[s.NOW]), float(memory.general[s.MOVE])
    state, run = memory.op_code[:, s.STATE].tolist(), _runs(memory).tolist()
    times, absent = memory.op_time.tolist(), memory.absent.tolist()
    begins, ends = [begin for begin, _ in absent], [end for _, end in absent]
    done = [now] * memory.order_s.shape[0]
    for first, last in itertools.pairwise(memory.serial_first.tolist()):
        at = now
        for op in range(first, last):
            given = times[op]
            if state[op] == s.WAITING:
                at = _attended_end(begins, ends, max(at, given[s.RELEASE]), given[s.MOUNT])
            if state[op] <= s.MOUNTED:
                at += move + run[op] + move
            elif state[op] == s.RUNNING:
                at = max(at, given[s.STARTED] + run[op]) + move
            at = _attended_end(begins, ends, at + given[s.MEASURE], given[s.DISMOUNT])
        order = int(memory.op_code[first, s.ORDER])
        done[order] = max(done[order], at)
    return done


def _attended_end(begins: Sequence[float], ends: Sequence[float], at: float, length: float) -> float:
    """Return the end of attended work that starts as soon as anyone is present and has people to itself; absences run from
    ``begins`` to ``ends``.
    """
    index = bisect.bisect_right(ends, at)
    while index < len(ends) and at + length > begins[index]:
        at = ends[index]
        index += 1
    return at + length


def with_reasons(problem: ShopProblem, schedule: ShopSchedule) -> ShopSchedule:
    """The schedule with the main cause noted at each late promise."""
    from nightmill.scheduling.lateness.delay_attribution import blame_all

    blamed = blame_all(problem, schedule)
    promises = tuple(
        msgspec.structs.replace(p, reason=max(blamed[p.order], key=lambda b: b.seconds).cause)
        if blamed.get(p.order)
        else p
        for p in schedule.promises
    )
    return msgspec.structs.replace(schedule, promises=promises)
