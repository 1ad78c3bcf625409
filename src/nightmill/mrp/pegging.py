"""Turn the plan's arrays into records: orders, pegs, totals and action messages for the planner.

Since the plan keeps every item at or above its safety stock, first-in-first-out matching serves each demand in full from a supply that
arrives in time; the remainder is pegged to the safety stock itself.
"""

from collections.abc import Iterator

import numpy as np

from nightmill.mrp.arrays import FORECAST, SAFETY, Flags, Ints, demand_name
from nightmill.mrp.plan import ItemTotal, MrpPlan, MrpSummary, Peg, PegArrays, PlanArrays, PlanException, PlannedOrder
from nightmill.vocabulary.ids import planned_order_id, week_end


def plan_answer(plan: PlanArrays, plan_seconds: float) -> MrpPlan:
    """Return the plan with a record for every order and peg."""
    return MrpPlan(
        plan.inputs.weeks, plan_seconds, tuple(_orders(plan)), tuple(p for part in plan.pegs for p in peg_records(plan, part)),
        plan_exceptions(plan),
    )  # fmt: skip


def plan_summary(plan: PlanArrays, plan_seconds: float) -> MrpSummary:
    """Return a summary of the plan: one line per item that has planned orders."""
    first, last, size = plan.orders.first, plan.orders.last, plan.orders.size
    totals = tuple(
        ItemTotal(plan.inputs.names[i], int(size[first[i] : last[i]].sum()), int(last[i] - first[i]))
        for i in np.flatnonzero(last > first).tolist()
    )
    return MrpSummary(plan.inputs.weeks, plan_seconds, totals, plan_exceptions(plan))


def _orders(plan: PlanArrays) -> Iterator[PlannedOrder]:
    inputs = plan.inputs
    item, place = plan.orders.places()
    columns = (item, plan.orders.due[place], plan.orders.size[place])
    for i, t, good in zip(*(column.tolist() for column in columns), strict=True):
        row = inputs.row[i]
        yield PlannedOrder(
            planned_order_id(inputs.names[i], t), inputs.names[i], good, -(-100 * good // int(inputs.share[i])),
            int(inputs.release[row, t]), max(0, t - int(inputs.safety_time[i])), int(inputs.late[row, t]), bool(inputs.phantom[i]),
        )  # fmt: skip


def peg_records(plan: PlanArrays, pegs: PegArrays) -> Iterator[Peg]:
    """Yield the pegs of the plan as records, item by item."""
    names = plan.inputs.names
    rows = zip(pegs.code.tolist(), pegs.demand.tolist(), pegs.quantity.tolist(), strict=True)
    for k, count in enumerate(np.diff(pegs.first).tolist()):
        item = names[pegs.begin + k]
        for _ in range(count):
            code, demand, quantity = next(rows)
            yield Peg(item, quantity, _supply_name(item, code), demand_name(plan.inputs, demand))


def _supply_name(item: str, code: int) -> str:
    week, planned = divmod(code - 1, 2)
    return "stock" if code == 0 else planned_order_id(item, week) if planned else week_end("receipt", week)


def plan_exceptions(plan: PlanArrays) -> tuple[PlanException, ...]:
    """Return action messages for the planner: late releases, receipts at the wrong time, orders without a component."""
    return (*_past_due(plan), *_receipt_messages(plan), *_no_component(plan))


def _past_due(plan: PlanArrays) -> Iterator[PlanException]:
    inputs = plan.inputs
    item, place = plan.orders.places()
    late = inputs.late[inputs.row[item], plan.orders.due[place]]
    some = np.flatnonzero((late > 0) & ~inputs.phantom[item])
    columns = (item[some], plan.orders.due[place[some]], plan.orders.size[place[some]], late[some])
    for i, t, size, weeks in zip(*(column.tolist() for column in columns), strict=True):
        name = inputs.names[i]
        due = max(0, t - int(inputs.safety_time[i]))
        yield PlanException(
            "past_due", name, due, size,
            f"{planned_order_id(name, t)} is due in week {due}; if released now, "
            f"it arrives in week {due + weeks}, {weeks} week(s) too late",
        )  # fmt: skip


def _receipt_uses(plan: PlanArrays) -> tuple[Ints, Flags]:
    """Return, for each receipt [n, W], the first week with a draw other than safety stock (W: none), and whether anything draws on it."""
    inputs, W = plan.inputs, plan.inputs.weeks
    earliest = np.full(len(inputs.names) * W, W, np.int64)
    used = np.zeros(len(earliest), bool)
    for pegs in plan.pegs:
        of_receipt = np.flatnonzero(pegs.code % 2 == 1)
        item = pegs.begin + np.searchsorted(pegs.first, of_receipt, side="right") - 1
        demand = pegs.demand[of_receipt].astype(np.int64)
        week, drawn, ordered = FORECAST - demand, demand >= 0, demand <= FORECAST - W
        week[drawn] = inputs.release[inputs.row[demand[drawn] // W], demand[drawn] % W]
        week[ordered] = inputs.order_week[week[ordered] - W]
        cell = item * W + (pegs.code[of_receipt].astype(np.int64) - 1) // 2
        np.minimum.at(earliest, cell[demand != SAFETY], week[demand != SAFETY])
        used[cell] = True
    return earliest.reshape(-1, W), used.reshape(-1, W)


def _receipt_messages(plan: PlanArrays) -> Iterator[PlanException]:
    """Compare firm receipts with the plan: expedite if an order is planned before a receipt, defer if nothing needs it yet."""
    inputs = plan.inputs
    earliest, used = _receipt_uses(plan)
    for i, week in zip(*(axis.tolist() for axis in np.nonzero(inputs.receipts)), strict=True):
        name, quantity = inputs.names[i], int(inputs.receipts[i, week])
        due = plan.orders.due[plan.orders.first[i] : plan.orders.last[i]]
        if len(due) and due[0] < min(week, inputs.lead[i]):
            kind, to = "expedite", f"it is needed in week {int(due[0])}, sooner than a new order can arrive"
        elif not used[i, week]:
            kind, to = "cancel", "nothing in the horizon uses it"
        elif week < earliest[i, week] < inputs.weeks:
            kind, to = "defer", f"nothing draws on it before week {int(earliest[i, week])}"
        else:
            continue
        yield PlanException(kind, name, week, quantity, f"receipt of {quantity} in week {week}: {to}")


def _no_component(plan: PlanArrays) -> Iterator[PlanException]:
    for i, t, size in _without_component(plan):
        name = plan.inputs.names[i]
        yield PlanException(
            "no_component", name, t, size,
            f"{planned_order_id(name, t)}: a component has no usable BOM line in its release week",
        )  # fmt: skip


def _without_component(plan: PlanArrays) -> Iterator[tuple[int, int, int]]:
    """Yield (item, due week, pieces) for orders whose item has BOM lines, or an alternate group, of which none is usable in that week."""
    bom, inputs, orders = plan.inputs.bom, plan.inputs, plan.orders
    limited = (bom.start > 0) | (bom.end < inputs.weeks - 1)
    for i in np.unique(bom.parent[limited]).tolist():
        span = slice(bom.first[i], bom.first[i + 1])
        groups = bom.group[span]
        own = slice(orders.first[i], orders.last[i])
        for t, size in zip(orders.due[own].tolist(), orders.size[own].tolist(), strict=True):
            week = int(inputs.release[inputs.row[i], t])
            usable = (bom.start[span] <= week) & (bom.end[span] >= week)
            dead_group = any(not usable[groups == g].any() for g in set(groups[groups >= 0].tolist()))
            if dead_group or not usable.any():
                yield i, t, size
