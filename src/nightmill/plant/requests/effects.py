"""The effects of a person's request: the facts that it adds in a given state of the shop, or the reason it can't be done.

The loop uses these to carry out requests, and the proposal desk to preview them: since the code is the
same, the preview matches the result unless the shop has changed in between.
"""

from collections.abc import Callable
from typing import Any

from nightmill.floor import ShopState
from nightmill.plant.deciders.inspection import disposed
from nightmill.plant.requests.material_review import decided_facts, why_not
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Nothing, Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary import validation
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S, HOUR_S


class NotPossible(Exception):
    """The request isn't possible in the shop's current state; the message explains it to the person who asked."""


def consequences(
    state: ShopState, shop: Shop, ask: a.AnyAsk, *, by: str, why: str, request: str = ""
) -> list[Decision]:
    """Return the facts that carrying out ``ask`` now would add to the log, in order. Raises ``NotPossible``; ``state`` is not changed."""
    try:
        a.checked(ask)
    except validation.Wrong as wrong:
        raise NotPossible(str(wrong)) from wrong
    return _DOERS[type(ask)](state, shop, ask, _Who(by, why, request))


class _Who:
    """Who asked, why, and by which request."""

    def __init__(self, by: str, why: str, request: str) -> None:
        self.by, self.why, self.request = by, why, request
        self.reason = f"{by}: {why}" if why else by


def _order(state: ShopState, shop: Shop, ask: a.TakeOrder, who: _Who) -> list[Decision]:
    if ask.order in state.orders or ask.order in state.cancelled or ask.order in {each.id for each in shop.orders}:
        raise NotPossible(f"order {ask.order} already exists: choose another name")
    if other := validation.resembled(ask.order, (*state.orders, *(each.id for each in shop.orders))):
        raise NotPossible(f"{validation.shortened(ask.order)} looks like the order {other}: choose another name")
    route = state.routes.get(ask.part)
    if route is None or not route.certified:
        known = ", ".join(sorted(name for name, each in state.routes.items() if each.certified)) or "none"
        raise NotPossible(f"{ask.part} has no certified route; parts that can be made: {known}")
    if ask.due_s <= state.now_s:
        raise NotPossible(f"due at {ask.due_s:.0f} s of shop time, but it is already {state.now_s:.0f} s")
    due_s = ask.due_s - DAY_S * shop.finishing_days(ask.part)
    fact = e.OrderReceived(ask.order, ask.part, ask.quantity, due_s, ask.priority)
    return [Decision(fact, who.reason, "person")]


def _open_order(state: ShopState, name: str) -> None:
    order = state.orders.get(name)
    if order is None:
        known = ", ".join(each.id for each in state.orders.values() if each.completed_s is None) or "none"
        raise NotPossible(f"no order {name} in the book; open orders: {known[:300]}")
    if order.completed_s is not None:
        raise NotPossible(f"order {name} is complete")
    if order.cancelled_s is not None:
        raise NotPossible(f"order {name} is already cancelled")


def _order_change(state: ShopState, shop: Shop, ask: a.ChangeOrder, who: _Who) -> list[Decision]:
    _open_order(state, ask.order)
    due_s = ask.due_s - DAY_S * shop.finishing_days(state.orders[ask.order].item)
    return [Decision(e.OrderChanged(ask.order, due_s, ask.priority), who.reason, "person")]


def _cancel(state: ShopState, shop: Shop, ask: a.CancelOrder, who: _Who) -> list[Decision]:
    if ask.order not in state.orders and ask.order in {each.id for each in shop.orders} - state.cancelled:
        return [Decision(e.OrderCancelled(ask.order, ()), who.reason, "person")]
    _open_order(state, ask.order)
    mounting = {each.serial for each in state.open_commands.values() if isinstance(each, MountPart)}
    dropped = tuple(
        serial
        for serial in state.orders[ask.order].serials
        if (part := state.parts[serial]).place == "none"
        and not part.cuts
        and not part.disposition
        and serial not in mounting
    )
    return [Decision(e.OrderCancelled(ask.order, dropped), who.reason, "person")]


def _mill(state: ShopState, unit: str) -> None:
    if unit not in state.machines:
        raise NotPossible(f"{unit} is not a mill or lathe of this shop; it has {', '.join(state.machines)}")


def _stoppable(state: ShopState, shop: Shop, unit: str) -> None:
    if unit not in (known := [*state.machines, *(each.id for each in shop.units("process"))]):
        raise NotPossible(f"{unit} is not a mill, lathe or process of this shop; it has {', '.join(known)}")


def _unit_down(state: ShopState, shop: Shop, ask: a.StopUnit, who: _Who) -> list[Decision]:
    _stoppable(state, shop, ask.unit)
    until_s = state.now_s + ask.hours * HOUR_S
    return [Decision(e.UnitStopped(ask.unit, until_s, who.reason), who.reason, "person")]


def _unit_up(state: ShopState, shop: Shop, ask: a.ReturnUnit, who: _Who) -> list[Decision]:
    _stoppable(state, shop, ask.unit)
    if ask.unit not in state.out_of_service:
        machine = state.machines.get(ask.unit)
        is_now = f"; it is {machine.status}" if machine is not None else ""
        raise NotPossible(f"{ask.unit} was not taken out of service{is_now}")
    return [Decision(e.UnitReturned(ask.unit, who.reason), who.reason, "person")]


def _scrap(state: ShopState, shop: Shop, ask: a.ScrapPart, who: _Who) -> list[Decision]:
    part = state.parts.get(ask.serial)
    if part is None:
        raise NotPossible(f"no part {ask.serial} in this run")
    if not part.cuts:
        raise NotPossible(f"{ask.serial} has not been cut yet")
    if part.disposition not in {"", "good"}:
        raise NotPossible(f"{ask.serial} is {part.disposition} already")
    if state.orders[part.order].completed_s is not None:
        raise NotPossible(f"order {part.order} is complete and delivered; take a new order for another part")
    reason = f"{who.by}: {ask.reason or who.why}"
    verdict = e.VerdictGiven(ask.serial, part.cuts[-1].operation, "person", "bad", {}, reason)
    return [Decision(verdict, reason, "person"), *disposed(state, part, "scrap", reason)]


def _dispose(state: ShopState, shop: Shop, ask: a.DisposePart, who: _Who) -> list[Decision]:
    if reason := why_not(state, ask):
        raise NotPossible(reason)
    return decided_facts(state, shop, ask, who.by)


def _tool_worn(state: ShopState, shop: Shop, ask: a.CondemnTool, who: _Who) -> list[Decision]:
    _mill(state, ask.unit)
    if str(ask.tool) not in state.machines[ask.unit].edges:
        known = ", ".join(f"T{number}" for number in state.machines[ask.unit].edges)
        raise NotPossible(f"{ask.unit} has no T{ask.tool}; it has {known}")
    return [Decision(e.EdgeCondemned(ask.unit, ask.tool, who.reason), who.reason, "person")]


def _release(state: ShopState, shop: Shop, ask: a.ReleaseHold, who: _Who) -> list[Decision]:
    if ask.hold in state.safe_holds:
        return [Decision(e.SafeHoldReleased(ask.hold, who.by, who.why, who.request), who.why, "person")]
    serials = state.holds.get(ask.hold)
    if not serials:
        known = ", ".join([*state.safe_holds, *state.holds]) or "none"
        raise NotPossible(f"no open hold {ask.hold}; open: {known[:300]}")
    return [Decision(e.HoldReleased(ask.hold, tuple(serials), who.reason), who.why, "person")]


def _check(state: ShopState, shop: Shop, ask: a.NoteCheck, who: _Who) -> list[Decision]:
    units = [each.id for each in shop.work_units]
    if ask.unit not in units:
        raise NotPossible(f"{ask.unit} is not a work unit of this shop; it has {', '.join(units)}")
    return [Decision(e.ResourceChecked(ask.unit, ask.resource, ask.level, who.by, who.request), "checked", "person")]


def _presence(state: ShopState, shop: Shop, ask: a.LimitPresence, who: _Who) -> list[Decision]:
    if ask.to_s <= max(ask.from_s, state.now_s):
        raise NotPossible(f"the end must be after the start and in the future: {ask.from_s:.0f} s to {ask.to_s:.0f} s")
    if ask.call:
        if ask.persons < 1:
            raise NotPossible("at least one person must be called in")
        call = f"call-{who.request or 'people'}"
        return [Decision(e.PeopleWanted(call, ask.from_s, ask.to_s, ask.persons), who.reason, "person")]
    return [Decision(e.PresenceLimited(ask.from_s, ask.to_s, ask.persons), who.reason, "person")]


def _move(state: ShopState, shop: Shop, ask: a.MoveOperation, who: _Who) -> list[Decision]:
    _mill(state, ask.unit)
    part = state.parts.get(ask.serial)
    route = state.routes.get(part.item) if part else None
    if part is None or route is None:
        raise NotPossible(f"no part {ask.serial} in this run")
    if ask.operation not in {each.operation for each in route.operations}:
        raise NotPossible(f"{ask.serial} has no operation {ask.operation}")
    if part.done(ask.operation) or part.disposition:
        raise NotPossible(f"{ask.operation} of {ask.serial} is already cut or no longer needed")
    wanted = next(each.kind for each in route.operations if each.operation == ask.operation)
    unit = next(each for each in shop.work_units if each.id == ask.unit)
    if unit.kind != wanted:
        raise NotPossible(f"{ask.operation} runs on a {wanted}, and {ask.unit} is a {unit.kind}")
    if unit.materials and route.material not in unit.materials:
        raise NotPossible(f"{ask.unit} doesn't cut {route.material}")
    return [Decision(e.OperationMoved(ask.serial, ask.operation, ask.unit, ask.start_s), who.reason, "person")]


def _close(state: ShopState, shop: Shop, ask: a.CloseWork, who: _Who) -> list[Decision]:
    order = state.work_orders.get(ask.order)
    if order is None or order.overtaken_by:
        known = ", ".join(o.id for o in state.work_orders.values() if o.ended_s is not None and o.closed_s is None)
        instead = f"{order.overtaken_by} superseded it" if order else f"no work order {ask.order}"
        raise NotPossible(f"{instead}; work orders that can be closed: {(known or 'none')[:300]}")
    if order.ended_s is None:
        raise NotPossible(f"work on {ask.order} hasn't ended yet")
    if order.closed_s is not None:
        raise NotPossible(f"{ask.order} is already closed: {order.cause}, by {order.by}")
    items = {item.item for item in shop.items} | {f"tool:{kind.tool.number}" for kind in shop.tools}
    for item in ask.parts:
        if item not in items:
            raise NotPossible(
                f"{item} is not an item of this shop: add it to items.csv, or choose an item listed there"
            )
    false = ask.sensor_fault or ask.cause == "none"
    verdict = "" if order.kind != "planned" else "false" if false else "confirmed"
    fact = e.WorkOrderClosed(ask.order, order.machine, ask.cause, verdict, ask.parts, who.by, ask.sensor_fault)
    return [Decision(fact, who.reason, "person")]


def _lot(state: ShopState, shop: Shop, ask: a.NameLot, who: _Who) -> list[Decision]:
    if ask.item not in state.stock:
        raise NotPossible(
            f"{ask.item} is not a purchased item of this shop; its purchased items: {', '.join(state.stock)}"
        )
    if ask.purchase_order in state.purchases:
        raise NotPossible(f"{ask.purchase_order} hasn't arrived yet")
    return [Decision(e.LotNamed(ask, who.by), who.reason, "person")]


_DOERS: dict[type[a.Ask], Callable[[ShopState, Shop, Any, _Who], list[Decision]]] = {
    a.TakeOrder: _order,
    a.ChangeOrder: _order_change,
    a.CancelOrder: _cancel,
    a.StopUnit: _unit_down,
    a.ReturnUnit: _unit_up,
    a.ScrapPart: _scrap,
    a.DisposePart: _dispose,
    a.CondemnTool: _tool_worn,
    a.ReleaseHold: _release,
    a.NoteCheck: _check,
    a.LimitPresence: _presence,
    a.MoveOperation: _move,
    a.CloseWork: _close,
    a.NameLot: _lot,
}


class ReturnToServiceDecider(Remembering[Nothing]):
    """Return a mill to service when the stop that a person set is over; count people who were called in as present from then on."""

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Do nothing: the state holds everything needed."""

    def decide(self, state: ShopState) -> list[Decision]:
        """Return the mills whose stop is over, and the people who have come in."""
        over = [unit for unit, until_s in state.out_of_service.items() if until_s <= state.now_s]
        back = [Decision(e.UnitReturned(unit, "the requested stop is over"), "as requested") for unit in over]
        return [
            *back,
            *(Decision(e.PresenceLimited(*each, called=True), "called in") for each in state.coming),
        ]
