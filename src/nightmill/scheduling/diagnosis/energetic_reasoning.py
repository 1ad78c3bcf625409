"""Find groups of orders that probably can't all be made in time, small groups first. They show where to look for a conflict in
a large shop.

Only necessary conditions are tested, which is cheap enough for thousands of operations: each part's route alone in the shop's
calendars, and the demand on machines, people and pallets from the tasks that must be done between two moments (energetic
reasoning, Baptiste et al. 2001). A group found here is only suspected; CP-SAT confirms or rejects it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec
import numpy as np

from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.records import ShopOperation, ShopProblem
from nightmill.vocabulary.intervals import complement

Spans = list[tuple[float, float]]
FAR = 1e15
MOMENTS = 12
"""Number of start moments considered per resource."""


class Task(msgspec.Struct, frozen=True):
    """A task that occupies a resource for ``length_s``, starts at ``early_s`` at the earliest and ends by ``late_s``."""

    order: str
    early_s: float
    late_s: float
    length_s: float


class Routes(msgspec.Struct):
    """The demand of the parts' routes on machines (by eligible set), people and pallets, and the earliest completion of each order."""

    machines: dict[frozenset[str], list[Task]]
    people: list[Task]
    pallets: list[Task]
    done_s: dict[str, float]


def latest_of(problem: ShopProblem) -> dict[str, float]:
    """Return the time by which each order must be done: its deadline, or the time when the last person leaves."""
    last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    return {o.id: min(last, FAR if o.deadline_s is None else o.deadline_s) for o in problem.orders}


def suspects(problem: ShopProblem) -> Iterator[frozenset[str]]:
    """Return the orders that would be late even with the shop to themselves, one by one; then groups of orders that overload a resource."""
    latest = latest_of(problem)
    routes = routes_of(problem, latest)
    yield from (frozenset([order]) for order, done in routes.done_s.items() if done > latest[order])
    crowds: set[frozenset[str]] = set()
    places = {machine.id: machine.places for machine in problem.machines}
    for names, tasks in _with_unions(routes.machines).items():
        spans = [free_spans(problem, name) for name in names for _ in range(places[name])]
        crowds |= set(_crowds(tasks, _capacity(spans)))
    heads = [(a, b, float(count)) for a, b, count in head_counts(problem.presence) if count > 0]
    crowds |= set(_crowds(routes.people, _capacity_of(heads)))
    usable = float(problem.pallets - problem.pallets_blocked)
    crowds |= set(_crowds(routes.pallets, lambda begin, end: usable * (end - begin)))
    yield from sorted(crowds, key=lambda crowd: (len(crowd), sorted(crowd)))


def routes_of(problem: ShopProblem, latest: dict[str, float]) -> Routes:
    """Return the earliest and latest times of every task, as if each part had the shop to itself."""
    serials: dict[str, list[ShopOperation]] = defaultdict(list)
    for op in problem.operations:
        serials[op.serial].append(op)
    free = {machine.id: free_spans(problem, machine.id) for machine in problem.machines}
    people = [(a, b) for a, b, count in head_counts(problem.presence) if count > 0]
    routes = Routes(defaultdict(list), [], [], {})
    for ops in serials.values():
        _one_part(problem, ops, latest[ops[0].order], free, people, routes)
    return routes


def _one_part(
    problem: ShopProblem, ops: list[ShopOperation], latest: float, free: dict[str, Spans], people: Spans, routes: Routes
) -> None:
    move, at, order = problem.move_s, problem.now_s, ops[0].order
    rest = [0.0]
    for op in reversed(ops):
        rest.append(rest[-1] + op.mount_s + _run(op) + 2.0 * move + op.measure_s + op.dismount_s)
    rest.reverse()
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    for index, op in enumerate(ops):
        run, mounted = _run(op), at
        after = latest - rest[index + 1]
        if op.state == "waiting":
            mounted = _fit(people, max(at, op.release_s), op.mount_s)
            at = mounted + op.mount_s
            routes.people.append(Task(order, mounted, after - rest[index] + rest[index + 1] + op.mount_s, op.mount_s))
        if op.state in ("waiting", "mounted"):
            names = frozenset(a.machine for a in op.alternatives if op.machine in ("", a.machine))
            starts = [_fit(free[name], at, run + 2.0 * move) for name in names]
            finish = after - op.measure_s - op.dismount_s
            routes.machines[names].append(Task(order, min(starts), finish, run + 2.0 * move))
            at = min(starts) + run + 2.0 * move
        elif op.state == "running":
            at = max(at, (op.started_s or 0.0) + run) + move
        off = _fit(people, at + op.measure_s, op.dismount_s)
        routes.people.append(Task(order, off, after, op.dismount_s))
        if not any(a.machine in by_hand for a in op.alternatives):
            routes.pallets.append(Task(order, mounted, after, off + op.dismount_s - mounted))
        at = off + op.dismount_s
    routes.done_s[order] = max(at, routes.done_s.get(order, problem.now_s))


def _run(op: ShopOperation) -> float:
    return min(a.run_s for a in op.alternatives if op.machine in ("", a.machine))


def free_spans(problem: ShopProblem, name: str) -> Spans:
    """Return the times when a machine is free whatever is decided."""
    machine = next(m for m in problem.machines if m.id == name)
    begin = max(problem.now_s, machine.free_from_s)
    busy: Spans = []
    for a, b in sorted((w.start_s, w.end_s) for w in machine.down):
        if busy and a <= busy[-1][1]:
            busy[-1] = (busy[-1][0], max(b, busy[-1][1]))
        elif b > begin:
            busy.append((max(a, begin), b))
    return complement(busy, begin, FAR)


def _fit(spans: Spans, at: float, length: float) -> float:
    """Earliest start, not before ``at``, of a task that fits into one of the ascending spans; ``FAR`` if none is long enough."""
    for begin, end in spans:
        if max(at, begin) + length <= end:
            return max(at, begin)
    return FAR


Capacity = Callable[[float, float], float]


def _capacity(machines: list[Spans]) -> Capacity:
    """Seconds that machines are free between two moments."""
    return _capacity_of([(a, b, 1.0) for spans in machines for a, b in spans])


def _capacity_of(spans: list[tuple[float, float, float]]) -> Capacity:
    table = np.array(spans, dtype=np.float64).reshape(-1, 3)

    def between(begin: float, end: float) -> float:
        inside = np.minimum(table[:, 1], end) - np.maximum(table[:, 0], begin)
        return float(np.maximum(0.0, inside) @ table[:, 2])

    return between


def _with_unions(machines: dict[frozenset[str], list[Task]]) -> dict[frozenset[str], list[Task]]:
    """Tasks for each set of machines that they are confined to, and for each group of connected machines."""
    groups: list[frozenset[str]] = []
    for names in machines:
        linked = [group for group in groups if group & names]
        groups = [group for group in groups if not group & names] + [names.union(*linked)]
    return {
        names: [task for inner, tasks in machines.items() if inner <= names for task in tasks]
        for names in {*machines, *groups}
    }


def _crowds(tasks: list[Task], capacity: Capacity) -> Iterator[frozenset[str]]:
    """Find, for each deadline, the fewest orders whose tasks need more time than is available before it."""
    tasks = [task for task in tasks if task.early_s < FAR]
    if not tasks:
        return
    early, late, length = (
        np.array([getattr(task, name) for task in tasks]) for name in ("early_s", "late_s", "length_s")
    )
    begins = np.unique(np.quantile(early, np.linspace(0.0, 1.0, MOMENTS), method="lower"))
    for end in np.unique(late):
        for begin in begins[begins < end]:
            inside = (early >= begin) & (late <= end)
            room = capacity(float(begin), float(end))
            if length[inside].sum() > room:
                yield _fewest([tasks[k] for k in np.flatnonzero(inside)], room)
                return


def _fewest(tasks: Iterable[Task], room: float) -> frozenset[str]:
    """Return the orders with the largest demand, just enough of them to exceed the available capacity."""
    asked: dict[str, float] = defaultdict(float)
    for task in tasks:
        asked[task.order] += task.length_s
    chosen: list[str] = []
    total = 0.0
    for order in sorted(asked, key=lambda name: (-asked[name], name)):
        chosen.append(order)
        total += asked[order]
        if total > room:
            break
    return frozenset(chosen)
