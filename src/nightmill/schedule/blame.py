"""Why an order is late: its last part's way back through the schedule, each waiting second with its cause."""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from nightmill.schedule.presence import head_counts
from nightmill.schedule.records import Assignment, Blame, ShopOperation, ShopOrder, ShopProblem, ShopSchedule

MATERIAL = "material or tools not there"
ABSENT = "nobody present"
BUSY_PEOPLE = "people busy"
PALLETS = "no pallet free"
QUEUE = "machine busy with other orders"
OWN = "machine busy with the same order"
STOP = "maintenance"
DOWN = "machine down"
SEQUENCE = "held back by the sequence"
WORK = "the route itself takes longer"
OVERDUE = "overdue already"
INFINITE = float("inf")


class _Spans:
    """Disjoint spans in order of time, looked up and cut by halving."""

    def __init__(self, spans: Iterable[tuple[float, float, str]]) -> None:
        self.spans = sorted(spans)
        self.starts = [start for start, _, _ in self.spans]

    def at(self, moment: float) -> str | None:
        """What holds at a moment, None where nothing does."""
        index = bisect_right(self.starts, moment) - 1
        return self.spans[index][2] if index >= 0 and moment < self.spans[index][1] else None

    def edges(self, begin: float, end: float) -> Iterator[float]:
        """Where anything begins or ends strictly between two moments."""
        index = max(0, bisect_right(self.starts, begin) - 1)
        while index < len(self.spans) and self.spans[index][0] < end:
            for edge in self.spans[index][:2]:
                if begin < edge < end:
                    yield edge
            index += 1


class _View:
    """Who held what when, looked up by time."""

    def __init__(self, problem: ShopProblem, schedule: ShopSchedule) -> None:
        self.problem = problem
        self.by_operation = {a.operation: a for a in schedule.assignments}
        self.presence = _Spans((start, end, "") for start, end, persons in head_counts(problem.presence) if persons > 0)
        move = problem.move_s
        tasks: dict[str, list[tuple[float, float, str]]] = {m.id: [] for m in problem.machines}
        for a in schedule.assignments:
            tasks[a.machine].append((a.start_s - move, a.end_s + move, a.order))
        self.tasks = {machine: _Spans(spans) for machine, spans in tasks.items()}
        self.down = {m.id: [(w.start_s, w.end_s) for w in m.down] + [(-1e18, m.free_from_s)] for m in problem.machines}
        self.stops: dict[str, list[tuple[float, float]]] = {m.id: [] for m in problem.machines}
        for stop in schedule.maintenance:
            self.stops[stop.machine].append((stop.start_s, stop.end_s))
        self.full = _Spans(_full(schedule, problem.pallets - problem.pallets_blocked))

    def present(self, at: float) -> bool:
        return self.presence.at(at) is not None

    def machine_cause(self, machine: str, order: str, at: float) -> str:
        if any(a <= at < b for a, b in self.stops[machine]):
            return STOP
        if any(a <= at < b for a, b in self.down[machine]):
            return DOWN
        owner = self.tasks[machine].at(at)
        if owner is None:
            return SEQUENCE
        return OWN if owner == order else QUEUE

    def mount_cause(self, a: Assignment, at: float) -> str:
        if not self.present(at):
            return ABSENT
        if self.full.at(at) is not None:
            return PALLETS
        cause = self.machine_cause(a.machine, a.order, at)
        return BUSY_PEOPLE if cause == SEQUENCE else cause

    def edges_of(self, machine: str, begin: float, end: float) -> list[float]:
        edges = {begin, end}
        for spans in (self.presence, self.full, self.tasks[machine]):
            edges.update(spans.edges(begin, end))
        for span in self.down[machine] + self.stops[machine]:
            edges.update(edge for edge in span if begin < edge < end)
        return sorted(edges)


def _full(schedule: ShopSchedule, usable: int) -> Iterator[tuple[float, float, str]]:
    """The spans in which every usable pallet is held."""
    changes = sorted([(a.done_s, -1) for a in schedule.assignments] + [(a.mount_s, 1) for a in schedule.assignments])
    held, since = 0, -INFINITE if usable <= 0 else None
    for at, change in changes:
        held += change
        if since is None and held >= usable:
            since = at
        elif since is not None and held < usable:
            if since < at:
                yield since, at, PALLETS
            since = None
    if since is not None:
        yield since, INFINITE, PALLETS


def _add(waits: dict[str, float], cause: str, seconds: float) -> None:
    if seconds > 0:
        waits[cause] = waits.get(cause, 0.0) + seconds


def _operation_waits(view: _View, op: ShopOperation, a: Assignment, ready: float, waits: dict[str, float]) -> None:
    """Split the waiting of one operation: before mounting, before cutting, before dismounting."""
    move = view.problem.move_s
    if op.state == "waiting":
        _add(waits, MATERIAL, min(op.release_s, a.mount_s) - ready)
        ready = max(ready, op.release_s)
        edges = view.edges_of(a.machine, ready, a.mount_s) if a.mount_s > ready else []
        for begin, end in itertools.pairwise(edges):
            _add(waits, view.mount_cause(a, begin), end - begin)
        ready = a.mount_s + op.mount_s
    if op.state in ("waiting", "mounted"):
        begin_s, end_s = ready, a.start_s - move
        edges = view.edges_of(a.machine, begin_s, end_s) if end_s > begin_s else []
        for begin, end in itertools.pairwise(edges):
            _add(waits, view.machine_cause(a.machine, a.order, begin), end - begin)
    ready = max(view.problem.now_s, a.end_s + op.measure_s + (0.0 if op.state == "cut" else move))
    edges = view.edges_of(a.machine, ready, a.dismount_s) if a.dismount_s > ready else []
    for begin, end in itertools.pairwise(edges):
        _add(waits, BUSY_PEOPLE if view.present(begin) else ABSENT, end - begin)


def _blame_order(
    view: _View, order: ShopOrder, done_s: float, serials: dict[str, list[ShopOperation]]
) -> tuple[Blame, ...]:
    late = done_s - order.due_s
    if late <= 0 or not serials:
        return ()
    last = max(serials.values(), key=lambda ops: view.by_operation[ops[-1].id].done_s)
    waits: dict[str, float] = {}
    ready = view.problem.now_s
    for op in last:
        assignment = view.by_operation[op.id]
        _operation_waits(view, op, assignment, ready, waits)
        ready = assignment.done_s
    overdue = min(late, max(0.0, view.problem.now_s - order.due_s))
    shares = {OVERDUE: overdue} if overdue > 0 else {}
    rest, total = late - overdue, sum(waits.values())
    scale = min(1.0, rest / total) if total > 0 else 0.0
    shares.update({cause: seconds * scale for cause, seconds in waits.items() if seconds * scale > 0})
    if rest - total > 0:
        shares[WORK] = rest - total
    return tuple(Blame(cause, seconds) for cause, seconds in sorted(shares.items(), key=lambda item: -item[1]))


def blame_all(problem: ShopProblem, schedule: ShopSchedule) -> dict[str, tuple[Blame, ...]]:
    """Blame of every late order, heaviest first; the seconds add up to its lateness.

    Waiting is blamed first, in proportion where it exceeds the lateness; what is late beyond all waiting is the
    route's own time, or was overdue before the schedule began.
    """
    view = _View(problem, schedule)
    serials: dict[str, dict[str, list[ShopOperation]]] = {}
    for op in problem.operations:
        serials.setdefault(op.order, {}).setdefault(op.serial, []).append(op)
    done = {promise.order: promise.promise_s for promise in schedule.promises}
    return {
        order.id: _blame_order(view, order, done[order.id], serials.get(order.id, {}))
        for order in problem.orders
        if done[order.id] > order.due_s
    }
