"""Root causes of delay since a promise: each operation's delay is traced to the parts that it waited for."""

import itertools
from typing import NamedTuple

from nightmill.scheduling.lateness.occupancy import (
    ABSENT,
    DOWN,
    MATERIAL,
    OWN,
    PALLETS,
    QUEUE,
    REMADE,
    ROOM,
    SEQUENCE,
    STOP,
    TOOLS,
    View,
)
from nightmill.scheduling.problem.records import Assignment, ShopOperation, ShopProblem

Delay = dict[str, float]
EVER = 1e12
"""A number of seconds longer than any real duration."""


class Since(NamedTuple):
    """A schedule compared with the promised one: the causes that are ``new`` since the promise, and the delays ``found`` so
    far, by operation.
    """

    view: View
    promised: View
    new: frozenset[str]
    found: dict[str, Delay]


def delays_since(view: View, promised: View) -> dict[str, Delay]:
    """Return how much later than promised each operation is done, by root cause, leaving out orders that weren't promised.

    A part that was not in the order when it was promised is a remake: its whole delay after the order's promise is blamed on
    the remake. In order of time, a part passes its delay on to its next operation, and a part that holds a machine passes its
    delay on to the parts that wait for the machine. New delay is blamed on unexpected conditions during the wait; nights and
    queues that follow from a delay count as part of it.
    """
    before: dict[str, str] = {}
    last: dict[str, str] = {}
    for op in view.problem.operations:
        if op.serial in last:
            before[op.id] = last[op.serial]
        last[op.serial] = op.id
    operations = {op.id: op for op in view.problem.operations}
    releases = {op.id: op.release_s for op in promised.problem.operations}
    dates = {p.order: p.promise_s for p in promised.schedule.promises}
    serials = {op.serial for op in promised.problem.operations}
    ordered = {op.order for op in promised.problem.operations}
    found: dict[str, Delay] = {}
    new = news_since(view.problem, promised.problem, view.stops != promised.stops)
    since = Since(view, promised, new, found)
    for a in sorted(view.by_operation.values(), key=lambda a: a.done_s):
        was = promised.by_operation.get(a.operation)
        if was is None:
            if a.order in ordered and a.serial not in serials and a.done_s > dates[a.order]:
                found[a.operation] = {REMADE: a.done_s - dates[a.order]}
            continue
        inherited = found.get(before.get(a.operation, ""), {})
        delay = a.done_s - was.done_s
        if delay <= 0:
            continue
        own = _scaled(inherited, delay)
        fresh = delay - sum(own.values())
        if fresh > 1.0:
            op = operations[a.operation]
            ready = view.by_operation[before[op.id]].done_s if op.id in before else view.problem.now_s
            barred = _blocking_causes(since, op, was) if ready <= was.mount_s else {}
            waited = _sources(since, op, a, ready, releases.get(op.id, 0.0))
            own = _with_new_delay(own, fresh, _scaled(barred, fresh), *waited)
        found[a.operation] = own
    return found


def _scaled(delay: Delay, most: float) -> Delay:
    """Return the delay, scaled down in proportion to at most ``most`` seconds."""
    total = sum(delay.values())
    return {cause: seconds * min(1.0, most / total) for cause, seconds in delay.items()} if total > 0 else {}


def _with_new_delay(
    own: Delay, fresh: float, barred: Delay, exceptional: Delay, handed: Delay, ordinary: Delay
) -> Delay:
    """Return the ``own`` delay with ``fresh`` seconds added, in this order of causes.

    First come the conditions that block the operation from its promised place, then unexpected conditions while it waited, then
    delay passed on by other parts, and last the consequences of these.
    """
    delay = dict(own)
    for source in (barred, exceptional, handed):
        part = _scaled(source, fresh)
        fresh -= sum(part.values())
        for cause, seconds in part.items():
            delay[cause] = delay.get(cause, 0.0) + seconds
    rest = delay or ordinary or {SEQUENCE: 1.0}
    total = sum(rest.values())
    for cause, seconds in list(rest.items()):
        delay[cause] = delay.get(cause, 0.0) + fresh * seconds / total
    return delay


def news_since(problem: ShopProblem, promised: ShopProblem, stops: bool = False) -> frozenset[str]:
    """Conditions unknown at the time of the promise, by kind of cause: machines down, ``stops``, tools that last less, fewer pallets."""

    def down(shop: ShopProblem) -> list[object]:
        return [(m.id, m.down, max(0.0, m.free_from_s - shop.now_s)) for m in shop.machines]

    return frozenset(
        cause
        for cause, changed in (
            (DOWN, down(problem) != down(promised)),
            (STOP, stops or problem.maintenance != promised.maintenance),
            (TOOLS, problem.tool_budgets != promised.tool_budgets),
            (PALLETS, problem.pallets - problem.pallets_blocked < promised.pallets - promised.pallets_blocked),
        )
        if changed
    )


def late_material(problem: ShopProblem, before: ShopProblem, order: str) -> frozenset[str]:
    """Return whether the order's material arrives later than expected."""
    was = {op.id: op.release_s for op in before.operations}
    late = any(op.order == order and op.release_s > was.get(op.id, op.release_s) for op in problem.operations)
    return frozenset({MATERIAL} if late else ())


def _blocking_causes(since: Since, op: ShopOperation, was: Assignment) -> Delay:
    """Return the causes, in equal proportions, that keep a part that is ready in time from its promised place.

    If other parts pass on a delay with its own causes, these causes are returned instead.
    """
    view, promised, new, found = since
    move = view.problem.move_s
    begin, end = was.start_s - move, was.end_s + move
    barred: Delay = {}
    if op.release_s > was.mount_s:
        barred[MATERIAL] = EVER
    if view.overlaps(view.down, promised.down, was.machine, begin, end):
        barred[DOWN] = EVER
    if view.overlaps(view.stops, promised.stops, was.machine, begin, end):
        barred[STOP] = EVER
    if not view.present(was.mount_s) or not view.present(was.dismount_s):
        barred[ABSENT] = EVER
    if PALLETS in new and view.full.at(was.mount_s) is not None and promised.full.at(was.mount_s) is None:
        barred[PALLETS] = EVER
    if not barred and TOOLS in new and view.lacks_tools(op, was.machine, was.start_s):
        barred[TOOLS] = EVER
    if not barred:
        owners = {view.tasks[was.machine].at(at) for at in (begin, was.start_s, (begin + end) / 2.0, end - 1.0)}
        for owner in owners - {None, op.id}:
            if owner not in promised.by_operation:
                barred[QUEUE] = barred.get(QUEUE, 0.0) + EVER
            for root, seconds in _scaled(found.get(owner or "", {}), EVER).items():
                barred[root] = barred.get(root, 0.0) + seconds
    return barred


def _sources(
    since: Since,
    op: ShopOperation,
    a: Assignment,
    ready: float,
    release_s: float,
) -> tuple[Delay, Delay, Delay]:
    """Return an operation's waits in seconds: unexpected conditions, delay passed on by the parts in its way, and usual waits."""
    view, promised, new, found = since
    exceptional: Delay = {}
    handed: Delay = {}
    ordinary: Delay = {}

    def add(delay: Delay, cause: str, seconds: float) -> None:
        delay[cause] = delay.get(cause, 0.0) + seconds

    late = min(op.release_s, a.mount_s) - max(ready, release_s)
    if late > 0:
        add(exceptional, MATERIAL, late)
    begin_s = max(ready, min(op.release_s, a.mount_s))
    mounted = a.mount_s + op.mount_s
    for begin, end in itertools.pairwise(view.edges_of(a.machine, begin_s, a.dismount_s)):
        middle = (begin + end) / 2.0
        if a.mount_s <= middle < mounted or a.start_s - view.problem.move_s <= middle < a.end_s + view.problem.move_s:
            continue
        cause = view.mount_cause(op, a, middle) if middle < a.mount_s else view.cut_cause(op, a, middle)
        if cause in new or (cause == ABSENT and promised.present(middle)):
            add(exceptional, cause, end - begin)
        elif cause in (QUEUE, OWN, ROOM) and (owner := view.tasks[a.machine].at(middle)) is not None:
            if owner not in promised.by_operation:
                add(exceptional, cause, end - begin)
            for root, seconds in _scaled(found.get(owner, {}), end - begin).items():
                add(handed, root, seconds)
        add(ordinary, cause, end - begin)
    return exceptional, handed, ordinary
