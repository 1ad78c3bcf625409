"""Attribute an order's lateness: trace its last part back through the schedule and assign each waiting second to a cause."""

import itertools
from collections.abc import Iterable

from nightmill.scheduling.lateness.occupancy import (
    ABSENT,
    BUSY_PEOPLE,
    EXCEPTIONS,
    MATERIAL,
    OVERDUE,
    PARTS,
    QUEUE,
    SEQUENCE,
    TOOLS,
    WORK,
    View,
)
from nightmill.scheduling.lateness.root_cause import delays_since, late_material, news_since
from nightmill.scheduling.problem.records import Assignment, Blame, ShopOperation, ShopOrder, ShopProblem, ShopSchedule


def _add(waits: dict[str, float], cause: str, seconds: float) -> None:
    if seconds > 0:
        waits[cause] = waits.get(cause, 0.0) + seconds


def _machine_waits(
    view: View, op: ShopOperation, a: Assignment, begin_s: float, end_s: float, waits: dict[str, float]
) -> None:
    """Split the wait of a mounted part for its cut by cause."""
    edges = view.edges_of(a.machine, begin_s, end_s) if end_s > begin_s else []
    for begin, end in itertools.pairwise(edges):
        cause = view.machine_cause(a, begin)
        if cause == SEQUENCE and view.lacks_tools(op, a.machine, begin):
            cause = TOOLS
        _add(waits, cause, end - begin)


def _queue_waits(
    view: View, a: Assignment, begin_s: float, end_s: float, waits: dict[str, float], queued: float
) -> None:
    """Move seconds of queueing to the cause of an earlier stop of the machine in the same busy period, as many as the
    machine was stopped.
    """
    for cause, seconds in view.stood_still(a.machine, begin_s, end_s):
        moved = min(seconds, queued)
        if moved > 0:
            waits[QUEUE] -= moved
            queued -= moved
            _add(waits, cause, moved)


def _operation_waits(view: View, op: ShopOperation, a: Assignment, ready: float, waits: dict[str, float]) -> None:
    """Split the wait of one operation: before mounting, before cutting, before dismounting."""
    move = view.problem.move_s
    queued, asked = waits.get(QUEUE, 0.0), ready
    if op.state == "waiting":
        _add(waits, MATERIAL, min(op.release_s, a.mount_s) - ready)
        ready = max(ready, op.release_s)
        asked = ready
        _add(waits, PARTS, min(view.parts_done(op), a.mount_s) - ready)
        ready = max(ready, min(view.parts_done(op), a.mount_s))
        edges = view.edges_of(a.machine, ready, a.mount_s) if a.mount_s > ready else []
        for begin, end in itertools.pairwise(edges):
            _add(waits, view.mount_cause(op, a, begin), end - begin)
        ready = a.mount_s + op.mount_s
    if op.state in ("waiting", "mounted"):
        _machine_waits(view, op, a, ready, a.start_s - move, waits)
        _queue_waits(view, a, asked, a.start_s - move, waits, waits.get(QUEUE, 0.0) - queued)
    ready = max(view.problem.now_s, a.end_s + op.measure_s + (0.0 if op.state == "cut" else move))
    edges = view.edges_of(a.machine, ready, a.dismount_s) if a.dismount_s > ready else []
    for begin, end in itertools.pairwise(edges):
        _add(waits, BUSY_PEOPLE if view.present(begin) else ABSENT, end - begin)


def _last_part(view: View, order: str, serials: dict[str, dict[str, list[ShopOperation]]]) -> list[ShopOperation]:
    """Return the operations of the order's part that is done last."""
    return max(serials[order].values(), key=lambda ops: view.by_operation[ops[-1].id].done_s)


def _waits(view: View, last: list[ShopOperation]) -> dict[str, float]:
    """The waits of a part, by cause."""
    waits: dict[str, float] = {}
    ready = view.problem.now_s
    for op in last:
        assignment = view.by_operation[op.id]
        _operation_waits(view, op, assignment, ready, waits)
        ready = assignment.done_s
    return waits


def _shared(lateness: float, waits: dict[str, float], causes: Iterable[str], shares: dict[str, float]) -> float:
    """Assign to each of ``causes``, in proportion, as much of the lateness as it accounts for; returns the remainder."""
    named = [cause for cause in causes if waits.get(cause, 0.0) > 0.0]
    total = sum(waits[cause] for cause in named)
    scale = min(1.0, lateness / total) if total > 0.0 else 0.0
    for cause in named:
        _add(shares, cause, waits[cause] * scale)
    return max(0.0, lateness - total)


def _blame_order(
    now_s: float,
    order: ShopOrder,
    done_s: float,
    waits: dict[str, float],
    since: dict[str, float],
    news: frozenset[str],
) -> tuple[Blame, ...]:
    """Blame for one order: first changes since its promise, then the ``news``, then the usual waits of every order."""
    late = done_s - order.due_s
    shares: dict[str, float] = {}
    overdue = min(late, max(0.0, now_s - order.due_s))
    _add(shares, OVERDUE, overdue)
    rest = _shared(late - overdue, since, sorted(since), shares)
    if MATERIAL not in news:
        waits = {cause: seconds for cause, seconds in waits.items() if cause != MATERIAL}
    exceptions = [cause for cause in EXCEPTIONS if cause in news]
    rest = _shared(rest, waits, exceptions, shares)
    rest = _shared(rest, waits, sorted(waits.keys() - set(exceptions)), shares)
    _add(shares, WORK, rest)
    return tuple(Blame(cause, seconds) for cause, seconds in sorted(shares.items(), key=lambda item: -item[1]))


class Blaming:
    """Attributes blame for one late order after another from one reading of the schedule; ``promised`` as in ``blame_all``."""

    def __init__(
        self, problem: ShopProblem, schedule: ShopSchedule, promised: tuple[ShopProblem, ShopSchedule] | None = None
    ) -> None:
        self.problem, self.promised = problem, promised
        self.view = View(problem, schedule)
        self.serials: dict[str, dict[str, list[ShopOperation]]] = {}
        for op in problem.operations:
            for part in (op.serial, *op.together):
                self.serials.setdefault(op.order, {}).setdefault(part, []).append(op)
        self.done = {promise.order: promise.promise_s for promise in schedule.promises}
        self.orders = {order.id: order for order in problem.orders}
        self.since = delays_since(self.view, View(*promised)) if promised else {}
        """Delay of each operation since the promise, by root cause."""
        self.news = news_since(problem, promised[0]) if promised else frozenset(EXCEPTIONS)
        """Exceptional conditions that hold for every order."""

    def late(self) -> list[str]:
        """The late orders among those with work in the problem."""
        return [name for name in self.orders if self._is_late(name)]

    def of(self, name: str) -> tuple[Blame, ...]:
        """The blame for an order, heaviest first; the seconds add up to its lateness. Empty if the order isn't late."""
        if not self._is_late(name):
            return ()
        last = _last_part(self.view, name, self.serials)
        news = self.news
        if self.promised:
            news |= late_material(self.problem, self.promised[0], name)
        since = self.since.get(last[-1].id, {})
        return _blame_order(
            self.problem.now_s, self.orders[name], self.done[name], _waits(self.view, last), since, news
        )

    def _is_late(self, name: str) -> bool:
        return name in self.orders and name in self.serials and self.done[name] > self.orders[name].due_s


def blame_all(
    problem: ShopProblem,
    schedule: ShopSchedule,
    promised: tuple[ShopProblem, ShopSchedule] | None = None,
    *,
    only: str = "",
) -> dict[str, tuple[Blame, ...]]:
    """Blame for every late order (or the ``only`` one), heaviest first; the seconds add up to its lateness.

    If the shop and the plan on which it was ``promised`` are given, the delay since then is blamed first, by root cause
    (``root_cause``). Waits come next, starting with those that no plan expects (``EXCEPTIONS``), in proportion if they exceed
    the lateness. A queue at a machine that stood still earlier in the same busy period is blamed on the stop, for as long as
    the stop lasted. Lateness beyond all waits is the route's own time, or the order was overdue before the schedule started.
    """
    blaming = Blaming(problem, schedule, promised)
    return {name: blaming.of(name) for name in blaming.late() if only in ("", name)}
