"""Loads: parts of an order on one pallet, machined in one cut, if an operation states how many fit (``per_pallet``).

Short searches decide the load size by the cost of the shop's schedule. Full loads save moves and pallets and run longer
unattended; small loads let the first parts go on sooner. A plan in force keeps its loads.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import msgspec

from nightmill.scheduling.problem.precedence import predecessors, route_of
from nightmill.scheduling.problem.records import (
    Alternative,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    ToolUse,
    Violation,
)

TRIALS, WORK = 24, 20000
"""Number of sets of loads that are tried, and of operations in all of them: fewer sets in a large shop, but at least three."""
Alike = tuple[str, str, int, bytes]
"""Order, operation, number of operations that follow it in the route, and the kind of cut."""


def has_loads(problem: ShopProblem) -> bool:
    """Return whether loads still have to be formed."""
    return any(op.per_pallet > 1 for op in problem.operations)


def with_loads(problem: ShopProblem, cost: Callable[[ShopProblem], float]) -> ShopProblem:
    """The problem with the cheapest loads: first the same fraction of a full load for all orders, then order by order."""
    groups = _groups(problem)
    fits = {key: min(ops[0].per_pallet, len(ops)) for key, ops in groups.items()}
    due = {order.id: order.due_s for order in problem.orders}
    least, best = math.inf, dict.fromkeys(groups, 1)
    known: dict[tuple[int, ...], float] = {}
    most = max(3, min(TRIALS, WORK // len(problem.operations)))

    def tried(sizes: dict[Alike, int]) -> float:
        key = tuple(math.ceil(len(groups[each]) / size) for each, size in sizes.items())
        if key not in known:
            known[key] = cost(_formed(problem, _chunks(groups, sizes)))
        return known[key]

    for share in (1.0, 0.5, 0.0):
        sizes = {key: max(1, math.ceil(share * most)) for key, most in fits.items()}
        if (found := tried(sizes)) < least:
            least, best = found, sizes
    for key in sorted(groups, key=lambda key: (due.get(key[0], 0.0), key)):
        for size in sorted({1, math.ceil(fits[key] / 2), fits[key]} - {best[key]}):
            if len(known) >= most:
                return _formed(problem, _chunks(groups, best))
            if (found := tried({**best, key: size})) < least:
                least, best = found, {**best, key: size}
    return _formed(problem, _chunks(groups, best))


def full_loads(problem: ShopProblem) -> ShopProblem:
    """The problem with as few loads as possible."""
    if not has_loads(problem):
        return problem
    groups = _groups(problem)
    return _formed(problem, _chunks(groups, {key: ops[0].per_pallet for key, ops in groups.items()}))


def planned_loads(problem: ShopProblem, schedule: ShopSchedule, *, rest: bool = False) -> ShopProblem:
    """The problem with the loads of a schedule; with ``rest``, parts that are not in the schedule are left to be formed into loads."""
    if not has_loads(problem):
        return problem
    by_serial = {(op.serial, key): op for key, ops in _groups(problem).items() for op in ops}
    key_of = {op.id: (key, op) for (_, key), op in by_serial.items()}
    chunks: list[list[ShopOperation]] = []
    used: set[str] = set()
    for row in schedule.assignments:
        if row.together and row.operation in key_of:
            key, first = key_of[row.operation]
            found = [by_serial.get((serial, key)) for serial in row.together]
            chunk = [first, *(op for op in found if op is not None)]
            names = {op.id for op in chunk}
            if len(names) == 1 + len(row.together) <= first.per_pallet and not names & used:
                chunks.append(chunk)
                used |= names
    settled = {row.operation for row in schedule.assignments}
    formed = _formed(problem, chunks, keep=rest)
    if not rest:
        return formed
    ops = tuple(msgspec.structs.replace(op, per_pallet=1) if op.id in settled else op for op in formed.operations)
    return msgspec.structs.replace(formed, operations=ops)


def wrong_loads(problem: ShopProblem, schedule: ShopSchedule) -> tuple[Violation, ...]:
    """Return the invalid loads of a schedule: too many parts, a part that must not be cut that way, one part in two
    loads.
    """
    known = {op.id for op in problem.operations if op.per_pallet > 1}
    loaded = planned_loads(problem, schedule)
    together = {op.id: op.together for op in loaded.operations}
    return tuple(
        Violation("loads of identical parts that fit", row.operation, f"together with {', '.join(row.together)}")
        for row in schedule.assignments
        if row.operation in known and set(row.together) != set(together.get(row.operation, ()))
    )


def _groups(problem: ShopProblem) -> dict[Alike, list[ShopOperation]]:
    """Groups of operations that may be cut together, in the order in which their parts can arrive."""
    routes = route_of(problem.operations)
    groups: dict[Alike, list[ShopOperation]] = {}
    for op in problem.operations:
        if op.per_pallet > 1 and op.state == "waiting" and not op.together:
            route = routes[op.serial]
            cut = (op.alternatives, op.mount_s, op.dismount_s, op.measure_s, op.fixture, op.machine, op.per_pallet)
            key = (op.order, op.operation, len(route) - route.index(op.id), msgspec.json.encode(cut))
            groups.setdefault(key, []).append(op)
    return {key: sorted(ops, key=lambda op: op.release_s) for key, ops in groups.items()}


def _chunks(groups: Mapping[Alike, Sequence[ShopOperation]], sizes: Mapping[Alike, int]) -> list[list[ShopOperation]]:
    """Split each group into as few and as even loads as possible, each of at most the given size."""
    chunks: list[list[ShopOperation]] = []
    for key, ops in groups.items():
        count = math.ceil(len(ops) / sizes[key])
        ends = [round(len(ops) * k / count) for k in range(count + 1)]
        chunks += [list(ops[a:b]) for a, b in itertools.pairwise(ends)]
    return chunks


def _formed(problem: ShopProblem, chunks: Sequence[Sequence[ShopOperation]], *, keep: bool = False) -> ShopProblem:
    """Return the problem in which each chunk is one operation.

    These operations no longer state how many parts fit, unless ``keep``.
    """
    replace = msgspec.structs.replace
    loads = {chunk[0].id: _load(chunk) for chunk in chunks if len(chunk) > 1}
    gone = {op.id: chunk[0].id for chunk in chunks for op in chunk[1:]}
    kept = {op.id: op if keep else replace(op, per_pallet=1) for op in problem.operations} | loads
    # no sets: their order, and so that of the operations and the plan, would differ from process to process
    before: dict[str, dict[str, None]] = {op.id: {} for op in problem.operations if op.id not in gone}
    for name, earlier in predecessors(problem.operations).items():
        before[gone.get(name, name)] |= dict.fromkeys(gone.get(each, each) for each in sorted(earlier))
    try:
        order = list(TopologicalSorter(before).static_order())
    except CycleError:
        return problem  # these parts wait for each other; the validator reports it
    return replace(problem, operations=tuple(kept[name] for name in order))


def _load(chunk: Sequence[ShopOperation]) -> ShopOperation:
    """The cut of all parts in a chunk, as an operation of the first part; parts are mounted, dismounted and measured one by one."""
    first, count = chunk[0], len(chunk)
    return msgspec.structs.replace(
        first,
        together=tuple(op.serial for op in chunk[1:]),
        alternatives=tuple(_cut_of(each, count) for each in first.alternatives),
        mount_s=count * first.mount_s,
        dismount_s=count * first.dismount_s,
        measure_s=count * first.measure_s,
        release_s=max(op.release_s for op in chunk),
        after=tuple(dict.fromkeys(part for op in chunk for part in op.after)),
        per_pallet=1,
    )


def _cut_of(alternative: Alternative, count: int) -> Alternative:
    more_s = alternative.run_s if alternative.more_s is None else alternative.more_s
    return msgspec.structs.replace(
        alternative,
        run_s=alternative.run_s + (count - 1) * more_s,
        tools=tuple(ToolUse(use.tool, count * use.seconds) for use in alternative.tools),
        more_s=None,
    )
