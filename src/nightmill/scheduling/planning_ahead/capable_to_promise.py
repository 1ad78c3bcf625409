"""Capable-to-promise: the promise date of a new order, read from the plan in force."""

import math
from collections.abc import Mapping

import msgspec
import numpy as np

from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.state import DONE, FAR
from nightmill.scheduling.problem.records import FREE, ShopOperation, ShopOrder, ShopProblem, ShopSchedule
from nightmill.scheduling.rescheduling.disruptions import RushOrder
from nightmill.scheduling.rescheduling.live_schedule import LivePlan, steps
from nightmill.scheduling.search.solve import plan_of

SEARCHED, KEPT = 1500, 1e4
"""Search steps for an order that shares cuts with others; how much more the lateness of other orders weighs than its own."""
CALM_S = 60.0
"""Delays of other orders shorter than this are not reported."""


class Delayed(msgspec.Struct, frozen=True):
    """An order that would be completed later than planned, and how late it would be."""

    order: str
    later_by_s: float
    late_by_s: float


class NewPromise(msgspec.Struct, frozen=True):
    """The possible completion dates of a new order.

    One date uses the gaps in the plan and leaves all other work unchanged; the other puts the order first in line and lists the
    orders that this delays.
    """

    order: str
    promise_s: float
    late_by_s: float
    first_in_line_s: float
    delayed: tuple[Delayed, ...]


def promise_new_order(
    problem: ShopProblem, schedule: ShopSchedule, order: ShopOrder, operations: tuple[ShopOperation, ...]
) -> NewPromise:
    """Return the dates for ``order`` in addition to ``schedule``, the plan in force for ``problem``.

    The parts go in full loads or one by one, whichever is sooner.

    Raises ``BadInput`` if the order or its operations don't fit the shop, or nobody is present to do them.
    """
    single = tuple(msgspec.structs.replace(op, per_pallet=1) for op in operations)
    found = [_promised(problem, schedule, order, each) for each in dict.fromkeys((operations, single))]
    return min(found, key=lambda promise: (promise.promise_s, promise.first_in_line_s))


def _in_shared_cuts(
    problem: ShopProblem,
    schedule: ShopSchedule,
    order: ShopOrder,
    operations: tuple[ShopOperation, ...],
    before: Mapping[str, float],
) -> float:
    """Return when the order would be complete after a short search in which its parts may wait for each other.

    Infinite if this would make another order later. Without the search, each part would be placed in the first possible
    cut and start an oven load of its own.
    """
    change = msgspec.structs.replace
    kept = tuple(change(o, due_s=before[o.id], weight=KEPT * max(o.weight, 1.0)) for o in problem.orders)
    plan = LivePlan(change(problem, orders=kept), schedule, frozen_s=0.0, weights=FREE, may_change=1.0)
    plan.disrupt(RushOrder(change(order, due_s=plan.now_s, weight=1.0), operations), plan.now_s)
    plan.improve(steps(SEARCHED))
    after = dict(zip(plan.layout.orders, plan.memory.order_done.tolist(), strict=True))
    later = any(after[name] > done + CALM_S for name, done in before.items())
    return math.inf if later else float(after[order.id])


def _promised(
    problem: ShopProblem, schedule: ShopSchedule, order: ShopOrder, operations: tuple[ShopOperation, ...]
) -> NewPromise:
    plan = LivePlan(problem, schedule, frozen_s=0.0, weights=FREE)
    before = dict(zip(plan.layout.orders, plan.memory.order_done.tolist(), strict=True))
    plan.disrupt(RushOrder(order, operations), plan.now_s)
    promise = float(plan.memory.order_done[plan.layout.orders.index(order.id)])
    whole = plan.problem
    several = {machine.id for machine in problem.machines if machine.places > 1}
    if any(a.machine in several for op in operations for a in op.alternatives):
        promise = min(promise, _in_shared_cuts(problem, schedule, order, operations, before))
    memory, layout = build_memory(whole, FREE, None)
    anew = plan_of(memory, layout, schedule)
    own = np.array([op.order == order.id for op in layout.operations])
    anew.choice[own] = -1
    anew.sequence = anew.sequence[np.argsort(~own[memory.serial_first[anew.sequence]], kind="stable")]
    decode(memory.f, memory.n, *anew.parts())
    after = dict(zip(layout.orders, memory.order_done.tolist(), strict=True))
    first = after[order.id]
    if first > promise or memory.times[:, DONE].max() >= FAR:
        first, after = promise, before
    due = {o.id: o.due_s for o in whole.orders}
    delayed = [
        Delayed(name, after[name] - done, max(0.0, after[name] - due[name]))
        for name, done in before.items()
        if after[name] > max(done, due[name]) + CALM_S
    ]
    return NewPromise(
        order.id, promise, max(0.0, promise - order.due_s), first, tuple(sorted(delayed, key=lambda d: -d.later_by_s))
    )
