"""Promises: dates for an order that isn't in the order book yet, and for lots of parts with certified routes."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from nightmill.floor import ShopState, apply
from nightmill.plant.analysis.scheduling.problem_file import read_as, read_problem
from nightmill.plant.analysis.scheduling.problem_schedule import in_force, planned
from nightmill.plant.part_planning.routes import certified_fact
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.requests.impact_simulated import Chances, Progress, chances_of_order
from nightmill.plant.shop_schedule.whole_plan import problem_at, whole_problem
from nightmill.plant.shop_state.live import live_shop, uncounted
from nightmill.plant.shop_state.unreleased_orders import with_own_book
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import ahead, records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

SERVED_LAST_S = math.inf
"""A due date later than all others, since existing blanks and edges are already promised to other orders."""


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order for a problem file, with all its operations."""

    order: records.ShopOrder
    operations: tuple[records.ShopOperation, ...]


class NewItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order for a shop folder: a quantity of an item with a certified route, due (s of shop time)."""

    order: str
    item: str
    quantity: Annotated[int, Meta(ge=1, le=10_000)]
    due_s: float
    priority: Annotated[int, Meta(ge=1, le=100)] = 1


def promise_answer(
    file: Path,
    order: Path,
    *,
    plan: Path | None,
    time_limit_s: float,
    seed: int,
    chances: bool = True,
    progress: Progress | None = None,
) -> Any:
    """Return the date for a new order if it is added to the plan in force, and if it gets top priority; ``plan`` is for use with a problem
    file.

    ``chances``: for a shop folder, also simulate on the twin; otherwise return only the plan's dates, which is much faster.
    """
    if file.is_dir():
        item = read_as(order, NewItem)
        with told_of({"new order": order}):
            return promise_item(file, item, time_limit_s=time_limit_s, seed=seed, chances=chances, progress=progress)
    new: NewOrder = read_as(order, NewOrder)
    problem = read_problem(file)
    if not new.operations:
        raise BadInput(Finding(str(order), "operations", "none", "at least one", "List the operations of the order."))
    if not problem.operations:
        raise BadInput(Finding(str(file), "orders", "nothing left to make", "an open order", "Use schedule."))
    with told_of({"shop problem": file}):
        schedule = (
            in_force(problem, read_as(plan, records.ShopSchedule)) if plan else planned(problem, time_limit_s, seed)
        )
    with told_of({"shop problem": order}):
        return ahead.promise_new_order(problem, schedule, new.order, new.operations)


def promise_item(
    folder: Path,
    new: NewItem,
    *,
    time_limit_s: float = 1.0,
    seed: int = 0,
    chances: bool = True,
    progress: Progress | None = None,
) -> Any:
    """Return the date for a new order in a shop folder, added to all planned work; the search for a plan takes ``time_limit_s``.

    Includes the dates that hold with 50, 80 and 90 % probability in the twin, and the orders put at risk, unless ``chances`` is false.
    """
    if progress:
        progress("the plan", 0.0)
    problem, order, own, elsewhere_s = _with_item(folder, new)
    found = _promised(problem, order, own, time_limit_s, seed)
    there_s = max((op.release_s for op in own), default=0.0)
    material_s = there_s if there_s > problem.now_s else None
    if not chances:
        return _with_customer(found, None, elsewhere_s, material_s)
    fact = e.OrderReceived(new.order, new.item, new.quantity, order.due_s, new.priority)
    weighed = chances_of_order(folder, fact, found.promise_s, progress=progress)
    return _with_customer(found, weighed, elsewhere_s, material_s)


def _with_customer(
    found: ahead.NewPromise, chances: Chances | None, elsewhere_s: float, material_s: float | None
) -> "ShopPromise":
    """Return the dates when the order reaches the customer after outside finishing, instead of when it leaves the shop."""

    def later(at_s: float | None) -> float | None:
        return None if at_s is None else at_s + elsewhere_s

    plain = msgspec.structs.asdict(found) | {
        "promise_s": found.promise_s + elsewhere_s,
        "first_in_line_s": found.first_in_line_s + elsewhere_s,
    }
    if chances is not None:
        own = (
            msgspec.structs.replace(each, p50=later(each.p50), p80=later(each.p80), p90=later(each.p90))
            if each.order == found.order
            else each
            for each in chances.orders
        )
        chances = msgspec.structs.replace(chances, orders=tuple(own))
    return ShopPromise(**plain, chances=chances, finishing_days=elsewhere_s / DAY_S, material_s=material_s)


def promise_route(
    folder: Path, route: RouteRecord, quantity: int, due_s: float | None, *, seed: int = 0
) -> dict[str, Any]:
    """Return the date for an order for a part that the shop doesn't make yet, by its certified route; stock is assumed to be on hand.

    ``not_counted``: parts with open orders that the shop hasn't planned yet, which the date doesn't consider.
    """
    fact = certified_fact(f"offer {route.part}", route)
    state = live_shop(folder, planning=False)[1]
    new = NewItem(f"offer-{route.cad_sha256[:8]}", fact.part, quantity, state.now_s if due_s is None else due_s)
    found = _promised(*_with_item(folder, new, fact)[:3], 1.0, seed)
    return {**msgspec.to_builtins(found), "not_counted": list(uncounted(state))}


class ShopPromise(ahead.NewPromise, frozen=True):
    """The plan's dates, and the twin's ``chances`` for the order and the orders it puts at risk (``None``: not
    simulated).

    ``finishing_days``: outside processing after the shop, included in the new order's dates. ``material_s``: when the last of the order's
    blanks and edges become available, since orders in the book are supplied first (``None``: available now). The twin simulates the loop
    with this order in the book. There, the orders due first get material first, so the twin's dates may be earlier.
    """

    chances: Chances | None = None
    finishing_days: float = 0.0
    material_s: float | None = None


class LotPromise(msgspec.Struct, frozen=True):
    """Seconds from now until a lot would be done, with the current plan unchanged and with top priority, or the reason (``why``) for having
    no date.

    ``not_counted``: parts with open orders that the shop hasn't planned yet, which the dates don't consider.
    """

    promise_s: float | None
    first_in_line_s: float | None
    why: str = ""
    not_counted: tuple[str, ...] = ()


def promise_lots(
    folder: Path, routes: Sequence[tuple[RouteRecord, int]], *, time_limit_s: float = 1.0, seed: int = 0
) -> tuple[LotPromise, ...]:
    """Return dates for lots of parts with certified routes. The orders for planned parts are scheduled once; each lot is added to them on
    its own.
    """
    shop, state = live_shop(folder, planning=False)
    not_counted = uncounted(state)
    rest = whole_problem(shop, state)
    plan = planned(rest, time_limit_s, seed) if rest.operations else None
    found = []
    for number, (route, quantity) in enumerate(routes):
        fact = certified_fact(f"offer {route.part}", route)
        apply(state, e.Event(state.version + 1, state.now_s, "software", fact))
        lot = e.OrderReceived(f"offer-{number}", fact.part, quantity, SERVED_LAST_S, 1)
        own = _operations(shop, state, lot)
        try:
            one = _promised(rest, records.ShopOrder(lot.order, state.now_s, 1.0), own, time_limit_s, seed, plan)
            waits = one.promise_s - state.now_s, one.first_in_line_s - state.now_s
            found.append(LotPromise(*waits, not_counted=not_counted))
        except BadInput as error:
            found.append(LotPromise(None, None, "; ".join(each.found for each in error.findings), not_counted))
    return tuple(found)


def _promised(
    problem: records.ShopProblem,
    added: records.ShopOrder,
    own: tuple[records.ShopOperation, ...],
    time_limit_s: float,
    seed: int,
    plan: records.ShopSchedule | None = None,
) -> Any:
    """Return the date with the current plan unchanged; in a shop without other work, the date for the order alone."""
    if problem.operations:
        return ahead.promise_new_order(problem, plan or planned(problem, time_limit_s, seed), added, own)
    alone = msgspec.structs.replace(problem, operations=own, orders=(added,))
    (found,) = planned(alone, time_limit_s, seed).promises
    return ahead.NewPromise(added.id, found.promise_s, max(0.0, found.late_by_s), found.promise_s, ())


def _with_item(
    folder: Path, new: NewItem, route: e.RouteCertified | None = None
) -> tuple[records.ShopProblem, records.ShopOrder, tuple[records.ShopOperation, ...], float]:
    """Return the shop without the new order, the order as the shop would make it, and the time for outside finishing (s).

    ``route``: the route of a part that the shop doesn't make yet.
    """
    shop, state = live_shop(folder, planning=route is None, items=(new.item,))
    if route is not None:
        apply(state, e.Event(state.version + 1, state.now_s, "software", route))
    if new.item not in state.routes or not state.routes[new.item].certified:
        known = ", ".join(sorted(name for name, route in state.routes.items() if route.certified)) or "no item"
        raise BadInput(Finding("new order", "item", new.item, f"a part with a certified route: {known}", "Correct it."))
    if new.order in state.orders or new.quantity < 1:
        found = f"{new.quantity} of {new.order}"
        raise BadInput(Finding("new order", "order, quantity", found, "a new name and at least 1", "Correct it."))
    own = _operations(shop, state, e.OrderReceived(new.order, new.item, new.quantity, SERVED_LAST_S, new.priority))
    rest = whole_problem(shop, state, own)
    elsewhere_s = DAY_S * shop.finishing_days(new.item)
    return rest, records.ShopOrder(new.order, new.due_s - elsewhere_s, float(new.priority)), own, elsewhere_s


def _operations(shop: Shop, state: ShopState, fact: e.OrderReceived) -> tuple[records.ShopOperation, ...]:
    """Return the operations of a new order; blanks and edges go to the orders in the book first. ``state`` is not changed."""
    after = with_own_book(state)
    apply(after, e.Event(state.version + 1, state.now_s, "software", fact))
    return tuple(op for op in problem_at(shop, after).operations if op.order == fact.order)
