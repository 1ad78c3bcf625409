"""Dispatch rules and the search over the decoder: from a shop problem to a schedule with promises."""

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
import numpy as np

from nightmill.schedule.arrays import Layout, build_arrays, build_work, check_problem
from nightmill.schedule.kernel import (
    ALT_FIRST,
    ALT_LAST,
    COST,
    DISMOUNT,
    DONE,
    DUE,
    END,
    MACHINE,
    MEASURE,
    MOUNT,
    OPTION_FIRST,
    OPTION_LAST,
    ORDER,
    RELEASE,
    START,
    STARTED,
    STATE,
    WEIGHT,
    Arrays,
    Work,
    decode,
    objective,
)
from nightmill.schedule.lanes import FAR, Ints, overlap
from nightmill.schedule.records import (
    Assignment,
    ObjectiveWeights,
    PlacedMaintenance,
    Promise,
    ShopProblem,
    ShopSchedule,
)
from nightmill.schedule.ruin import Search
from nightmill.vocabulary.errors import BadInput, Finding

Rule = Literal["edd", "atc", "mwkr", "spt", "fifo", "slack", "night"]
RULES: tuple[Rule, ...] = get_args(Rule)


class Plan(msgspec.Struct):
    """What the search decides: serials in sequence, alternative (-1 quickest) and night of each operation, stop options."""

    sequence: Ints
    choice: Ints
    night: Ints
    maintenance: Ints

    def parts(self) -> tuple[Ints, Ints, Ints, Ints]:
        """The four arrays, as the kernel takes them."""
        return self.sequence, self.choice, self.night, self.maintenance

    def copy(self) -> "Plan":
        """An independent copy."""
        return Plan(*(part.copy() for part in self.parts()))


def _serial_figures(arrays: Arrays) -> tuple[list[float], list[int]]:
    """Work left (quickest machines) and order of each serial."""
    work: list[float] = []
    orders: list[int] = []
    for serial in range(arrays.serial_first.size - 1):
        ops = range(arrays.serial_first[serial], arrays.serial_first[serial + 1])
        work.append(sum(_shortest(arrays, op) for op in ops))
        orders.append(int(arrays.op_code[arrays.serial_first[serial], ORDER]))
    return work, orders


def _run(arrays: Arrays, op: int) -> float:
    return float(arrays.alt_run[arrays.op_code[op, ALT_FIRST] : arrays.op_code[op, ALT_LAST]].min())


def _shortest(arrays: Arrays, op: int) -> float:
    """Least time from mount to dismounted, nothing in the way."""
    move = float(arrays.scalars[1])
    attended = float(arrays.op_time[op, MOUNT] + arrays.op_time[op, MEASURE] + arrays.op_time[op, DISMOUNT])
    return attended + 2.0 * move + _run(arrays, op)


def _priorities(arrays: Arrays, rule: Rule) -> list[tuple[float, ...]]:
    """A key per serial, smallest first. ATC after Vepsalainen & Morton 1987 with look-ahead 2."""
    now = float(arrays.scalars[0])
    work, orders = _serial_figures(arrays)
    mean = max(1.0, sum(work) / max(1, len(work)))
    keys: list[tuple[float, ...]] = []
    for serial, order in enumerate(orders):
        due, weight = float(arrays.order[order, DUE]), float(arrays.order[order, WEIGHT])
        slack = due - now - work[serial]
        release = float(arrays.op_time[arrays.serial_first[serial], RELEASE])
        atc = -weight / work[serial] * math.exp(-max(0.0, slack) / (2.0 * mean))
        keys.append(
            {
                "edd": (due, -weight),
                "atc": (atc, due),
                "mwkr": (-work[serial],),
                "spt": (work[serial],),
                "fifo": (release, order),
                "slack": (slack / max(weight, 1e-9), due),
                "night": (math.floor((due - now) / 86400.0), work[serial]),
            }[rule]
        )
    return keys


def plan_by_rule(arrays: Arrays, rule: Rule) -> Plan:
    """Serials by the rule's priority, all on their quickest machine; ``night`` puts the longest third into the night."""
    keys = _priorities(arrays, rule)
    order = sorted(range(len(keys)), key=lambda serial: (keys[serial], serial))
    counts = np.diff(arrays.serial_first)
    sequence = np.array([s for s in order for _ in range(counts[s])], dtype=np.int64)
    size = arrays.op_code.shape[0]
    night = np.zeros(size, dtype=np.int64)
    if rule == "night" and size:
        runs = np.array([_run(arrays, op) for op in range(size)])
        night[runs > np.quantile(runs, 0.67)] = 1
    return Plan(sequence, np.full(size, -1, dtype=np.int64), night, _cheapest_stops(arrays))


def _cheapest_stops(arrays: Arrays) -> Ints:
    ends = [(int(row[OPTION_FIRST]), int(row[OPTION_LAST])) for row in arrays.stop_code]
    return np.array([a + int(np.argmin(arrays.option[a:b, COST])) for a, b in ends], dtype=np.int64)


def plan_of(arrays: Arrays, layout: Layout, previous: ShopSchedule) -> Plan:
    """The plan that keeps a previous schedule's sequence, machines and stops; what is new comes last."""
    before = {a.operation: a for a in previous.assignments}
    machine_index = {name: index for index, name in enumerate(layout.machines)}
    choice = np.full(len(layout.operations), -1, dtype=np.int64)
    keys: list[tuple[float, int]] = []
    for op, record in enumerate(layout.operations):
        known = before.get(record.id)
        keys.append((known.mount_s if known else FAR, op))
        for alternative in range(arrays.op_code[op, ALT_FIRST], arrays.op_code[op, ALT_LAST]):
            if known and machine_index.get(known.machine) == arrays.alt_code[alternative, MACHINE]:
                choice[op] = alternative
    serial_of = np.repeat(np.arange(arrays.serial_first.size - 1), np.diff(arrays.serial_first))
    sequence = np.array([serial_of[op] for _, op in sorted(keys)], dtype=np.int64)
    return Plan(sequence, choice, np.zeros(len(keys), dtype=np.int64), _cheapest_stops(arrays))


NOTHING_TO_DO = ShopSchedule((), (), (), 0.0, 0.0, 0.0, 0.0, 0)
"""The schedule of an empty problem; the kernels take at least one operation."""


def solve_shop(
    problem: ShopProblem,
    *,
    iterations: int = 3000,
    seed: int = 0,
    previous: ShopSchedule | None = None,
    weights: ObjectiveWeights | None = None,
) -> ShopSchedule:
    """Schedule the shop: the best of all dispatch rules (and of ``previous``), then local search.

    The same problem, seed and number of ``iterations`` give the same schedule. ``previous`` is where a replan starts
    from; leaving it costs what ``weights`` say. What is running, cut or mounted stays as it is.
    Raises ``BadInput`` for a problem that contradicts itself or whose presence ends before its work.
    """
    check_problem(problem)
    if not problem.operations:
        return NOTHING_TO_DO
    arrays, layout = build_arrays(problem, weights or ObjectiveWeights(), previous)
    work = build_work(arrays)
    starts = [plan_of(arrays, layout, previous)] if previous else []
    starts.extend(plan_by_rule(arrays, rule) for rule in RULES)
    values = [decode(arrays, work, *plan.parts()) for plan in starts]
    best = starts[int(np.argmin(values))]
    cost = decode(arrays, work, *best.parts())
    if iterations:
        search = Search(arrays, work, best.night, cost, seed)
        search.run(iterations)
    return _named(problem, arrays, layout, work, len(starts) + iterations + 1)


def dispatch_shop(problem: ShopProblem, rule: Rule = "edd") -> ShopSchedule:
    """Schedule by one dispatch rule alone: what a shop without a scheduler does. Raises ``BadInput`` as ``solve_shop``."""
    check_problem(problem)
    if not problem.operations:
        return NOTHING_TO_DO
    arrays, layout = build_arrays(problem, ObjectiveWeights(), None)
    work = build_work(arrays)
    decode(arrays, work, *plan_by_rule(arrays, rule).parts())
    return _named(problem, arrays, layout, work, 1)


def _named(problem: ShopProblem, arrays: Arrays, layout: Layout, work: Work, evaluations: int) -> ShopSchedule:
    """The decoded times with their names; refuses a schedule with work that nobody is there for."""
    _refuse_unplaced(layout, work)
    assignments = tuple(
        Assignment(
            operation=op.id,
            serial=op.serial,
            order=op.order,
            machine=layout.machines[arrays.alt_code[work.alternative[k], MACHINE]],
            mount_s=float(work.times[k, MOUNT]),
            start_s=float(work.times[k, START]),
            end_s=float(work.times[k, END]),
            dismount_s=float(work.times[k, DISMOUNT]),
            done_s=float(work.times[k, DONE]),
        )
        for k, op in enumerate(layout.operations)
    )
    stops = tuple(
        PlacedMaintenance(
            choice.id,
            choice.machine,
            float(work.stop_start[k]),
            float(work.stop_start[k]) + choice.duration_s,
            cost_at(sorted((o.start_s, o.cost) for o in choice.options), float(work.stop_start[k])),
        )
        for k, choice in enumerate(problem.maintenance)
    )
    done: Any = dict.fromkeys(layout.orders, problem.now_s)
    for a in assignments:
        done[a.order] = max(done[a.order], a.done_s)
    bare = ShopSchedule(
        assignments=tuple(sorted(assignments, key=lambda a: (a.start_s, a.machine, a.operation))),
        maintenance=stops,
        promises=tuple(Promise(o.id, done[o.id], max(0.0, done[o.id] - o.due_s)) for o in problem.orders),
        weighted_tardiness_s=sum(o.weight * max(0.0, done[o.id] - o.due_s) for o in problem.orders),
        unattended_s=_unattended(problem, arrays, work),
        lower_bound_s=shop_lower_bound(problem, arrays),
        objective=_objective(arrays, work, stops),
        evaluations=evaluations,
    )
    return with_reasons(problem, bare)


def _objective(arrays: Arrays, work: Work, stops: Sequence[PlacedMaintenance]) -> float:
    return float(objective(arrays, work)) + sum(stop.cost for stop in stops)


def _refuse_unplaced(layout: Layout, work: Work) -> None:
    unplaced = [op.id for k, op in enumerate(layout.operations) if work.times[k, DONE] >= FAR]
    if unplaced or (work.stop_start.size and work.stop_start.max() >= FAR):
        raise BadInput(
            Finding(
                "shop problem",
                f"operation {unplaced[0]}" if unplaced else "maintenance",
                f"{len(unplaced)} operations that nobody is there for",
                "presence until all work is done",
                "Lengthen presence (repeat_presence repeats a week).",
            )
        )


def cost_at(options: Sequence[tuple[float, float]], at_s: float) -> float:
    """The cost of a stop at ``at_s``: linear between its options, level outside them."""
    starts, costs = zip(*options, strict=True)
    return float(np.interp(at_s, starts, costs))


def _unattended(problem: ShopProblem, arrays: Arrays, work: Work) -> float:
    return float(
        sum(
            overlap(
                arrays.absent_start,
                arrays.absent_end,
                max(problem.now_s, work.times[k, START]),
                min(work.times[k, END], problem.horizon_s),
            )
            for k in range(work.times.shape[0])
        )
    )


def shop_lower_bound(problem: ShopProblem, arrays: Arrays) -> float:
    """Weighted tardiness that no schedule avoids: each order no sooner than its longest serial alone."""
    now, move = float(arrays.scalars[0]), float(arrays.scalars[1])
    ends = [now] * arrays.order.shape[0]
    for serial in range(arrays.serial_first.size - 1):
        at = now
        for op in range(arrays.serial_first[serial], arrays.serial_first[serial + 1]):
            state = int(arrays.op_code[op, STATE])
            if state == 0:
                at = _attended_end(
                    arrays, max(at, float(arrays.op_time[op, RELEASE])), float(arrays.op_time[op, MOUNT])
                )
            if state <= 1:
                at += move + _run(arrays, op) + move
            elif state == 2:
                at = max(at, float(arrays.op_time[op, STARTED]) + _run(arrays, op)) + move
            at = _attended_end(arrays, at + float(arrays.op_time[op, MEASURE]), float(arrays.op_time[op, DISMOUNT]))
        order = int(arrays.op_code[arrays.serial_first[serial], ORDER])
        ends[order] = max(ends[order], at)
    return sum(o.weight * max(0.0, ends[k] - o.due_s) for k, o in enumerate(problem.orders))


def _attended_end(arrays: Arrays, at: float, length: float) -> float:
    """End of attended work begun as soon as anyone is present, nobody else wanting them."""
    index = int(np.searchsorted(arrays.absent_end, at, side="right"))
    while index < arrays.absent_end.size and at + length > arrays.absent_start[index]:
        at = float(arrays.absent_end[index])
        index += 1
    return at + length


def with_reasons(problem: ShopProblem, schedule: ShopSchedule) -> ShopSchedule:
    """The schedule with the heaviest cause written beside each late promise."""
    from nightmill.schedule.blame import blame_all

    blamed = blame_all(problem, schedule)
    promises = tuple(
        msgspec.structs.replace(p, reason=max(blamed[p.order], key=lambda b: b.seconds).cause)
        if blamed.get(p.order)
        else p
        for p in schedule.promises
    )
    return msgspec.structs.replace(schedule, promises=promises)
