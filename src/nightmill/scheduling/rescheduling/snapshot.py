"""Return the rest of a problem at a later time if everything has gone as scheduled."""

from collections import Counter

import msgspec

from nightmill.scheduling.problem.pallet_loads import planned_loads
from nightmill.scheduling.problem.records import (
    Assignment,
    OperationState,
    Promise,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    Window,
)


def _left(a: Assignment) -> float:
    """Return when the part leaves its machine (s)."""
    return a.end_s if a.left_s is None else a.left_s


def _state(a: Assignment, op: ShopOperation, move_s: float, at_s: float) -> OperationState:
    if _left(a) <= at_s:
        return "cut"
    if a.start_s - move_s <= at_s and op.state != "mounted":
        return "running"
    return "mounted" if a.mount_s <= at_s else "waiting"


def _last_cuts(problem: ShopProblem, schedule: ShopSchedule, at_s: float) -> dict[str, tuple[str, float]]:
    """The last family that each machine has cut before ``at_s``, and when that part is removed (s)."""
    families = {(op.id, each.machine): each.family for op in problem.operations for each in op.alternatives}
    last: dict[str, tuple[str, float]] = {}
    for a in sorted(schedule.assignments, key=lambda a: a.end_s) if problem.changeovers else ():
        if _left(a) <= at_s:
            last[a.machine] = (families.get((a.operation, a.machine), ""), _left(a) + problem.move_s)
    return last


def shop_as_of(problem: ShopProblem, schedule: ShopSchedule, at_s: float) -> ShopProblem:
    """The problem at ``at_s``: dismounted operations (and those being dismounted) are left out, started ones have their state.

    A part on its way into a machine counts as running from the planned start of its cut. Maintenance that has started is
    left out, and its machine becomes available when the stop ends.
    """
    if at_s <= problem.now_s:
        return problem
    problem, replace = planned_loads(problem, schedule), msgspec.structs.replace
    known = {a.operation: a for a in schedule.assignments}
    left: list[ShopOperation] = []
    for op in problem.operations:
        a = known.get(op.id)
        if a is None or a.mount_s > at_s:
            left.append(op)
        elif a.dismount_s > at_s:
            state = _state(a, op, problem.move_s, at_s)
            started = a.start_s if state == "running" else None
            left.append(replace(op, state=state, machine=a.machine if state != "mounted" else "", started_s=started))
    begun = {stop.id: stop for stop in schedule.maintenance if stop.start_s <= at_s}
    last = _last_cuts(problem, schedule, at_s)
    waiting = Counter(op.machine for op in left if op.state == "cut")
    machines = tuple(
        replace(
            m,
            # a part on its way to the person who dismounts it needs no place, yet counts as one that waits
            buffer=None if m.buffer is None else max(m.buffer, waiting[m.id]),
            family=last[m.id][0] if m.id in last else m.family,
            unloaded_s=last[m.id][1] if m.id in last else problem.now_s if m.unloaded_s is None else m.unloaded_s,
            down=(
                *m.down,
                *(Window(s.start_s, s.end_s) for s in begun.values() if s.machine == m.id and s.end_s > at_s),
            ),
        )
        for m in problem.machines
    )
    return replace(
        problem,
        now_s=at_s,
        operations=tuple(left),
        machines=machines,
        maintenance=tuple(choice for choice in problem.maintenance if choice.id not in begun),
    )


def schedule_as_of(before: ShopProblem, problem: ShopProblem, schedule: ShopSchedule) -> ShopSchedule:
    """Return the section of a schedule for ``before`` that concerns operations and stops still in the later ``problem``.

    A part that is cut and waits in its machine still counts as running until now, as in a new plan. A part that has
    since left its machine reaches its waiting place only after it has been carried there. It "leaves" at that time,
    since parts already cut aren't moved.
    """
    out = {op.id for op in before.operations if op.state != "cut"} & {
        op.id for op in problem.operations if op.state == "cut"
    }
    wanted = {op.id for op in problem.operations}
    running = {op.id for op in problem.operations if op.state == "running"}
    stops = {choice.id for choice in problem.maintenance}
    assignments = tuple(
        msgspec.structs.replace(a, end_s=max(a.end_s, problem.now_s))
        if a.operation in running
        else msgspec.structs.replace(a, left_s=_left(a) + problem.move_s)
        if a.operation in out
        else a
        for a in schedule.assignments
        if a.operation in wanted
    )
    done: dict[str, float] = {}
    for a in assignments:
        done[a.order] = max(done.get(a.order, problem.now_s), a.done_s)
    late = {order.id: max(0.0, done.get(order.id, problem.now_s) - order.due_s) for order in problem.orders}
    return msgspec.structs.replace(
        schedule,
        assignments=assignments,
        maintenance=tuple(stop for stop in schedule.maintenance if stop.id in stops),
        promises=tuple(Promise(o.id, done.get(o.id, problem.now_s), late[o.id]) for o in problem.orders),
        weighted_tardiness_s=sum(o.weight * late[o.id] for o in problem.orders),
    )
