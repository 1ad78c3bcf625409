"""Fold the mills' work orders from the log: an alarm or a breakdown raises an order, a report ends its work, and a person closes it.

A mill has at most one open work order. A breakdown before the planned stop replaces the open order with a new one.
"""

from nightmill.floor.records import ShopState, WorkOrder
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

WORN, GOOD = "worn", "good"


def planned(state: ShopState, fact: e.MaintenancePlanned, at_s: float) -> None:
    """Raise a work order for a planned stop, or reschedule the open one."""
    order = state.work_on(fact.machine)
    if order is None:
        order = _raised(state, fact.machine, "planned", at_s, fact.reason)
    elif order.kind == "planned" and order.begun_s is None:
        order.moved += 1
    order.planned_s, order.technician, order.spares = fact.start_s, fact.technician, dict(fact.spares)


def begun(state: ShopState, machine: str, kind: str, at_s: float, reason: str = "") -> None:
    """Record that a person is sent to the mill; ``kind`` is the kind of the new work order if none is open."""
    order = state.work_on(machine) or _raised(state, machine, kind, at_s, reason)
    order.begun_s = at_s


def refused(state: ShopState, machine: str) -> None:
    """Record that the command was refused, so nobody went to the mill."""
    order = state.work_on(machine)
    if order is not None:
        order.begun_s = None


def failed(state: ShopState, report: r.MachineFailed) -> None:
    """Raise a work order for a breakdown; a second alarm of a mill that is already down raises none."""
    before = state.work_on(report.unit)
    if before is not None and before.kind == "breakdown":
        return
    order = _raised(state, report.unit, "breakdown", report.at_s, report.alarm)
    if before is not None:
        before.overtaken_by = order.id


def ended(state: ShopState, report: r.MachineRepaired | r.MachineMaintained) -> None:
    """Record that the mill is up again; the finding confirms or refutes the alarm."""
    order = state.work_on(report.unit)
    state.assessed.pop(report.unit, None)
    if order is None:
        return
    order.ended_s = report.at_s
    if isinstance(report, r.MachineRepaired):
        order.cause = report.cause
        return
    order.found = report.found
    if order.kind == "planned":
        order.verdict = {WORN: "confirmed", GOOD: "false"}.get(report.found, "")


def closed(state: ShopState, fact: e.WorkOrderClosed, at_s: float) -> None:
    """Close a work order: a person's statement replaces the reports' findings; used parts are taken from stock, edges (``tool:NUMBER``) from the crib."""
    order = state.work_orders.get(fact.order)
    if order is None:
        return
    order.cause, order.by, order.closed_s, order.parts = fact.cause, fact.by, at_s, dict(fact.parts)
    order.verdict = fact.verdict
    for item, count in fact.parts.items():
        tool = item.removeprefix("tool:")
        if tool != item:
            state.crib[tool] = max(0, state.crib.get(tool, 0) - count)
            state.crib_repairs[tool] = state.crib_repairs.get(tool, 0) + count
        elif item in state.stock:
            state.stock[item] = max(0, state.stock[item] - count)


def _raised(state: ShopState, machine: str, kind: str, at_s: float, reason: str) -> WorkOrder:
    order = WorkOrder(f"WO-{state.version}", machine, kind, at_s, reason)
    said = state.assessed.get(machine)
    if said is not None:
        order.signals, order.health, order.failure_probability = said.signals, said.health, said.failure_probability
    state.work_orders[order.id] = order
    return order
