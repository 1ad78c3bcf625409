"""Answers about a shop from its folder and its log: its schedule, why an order is late, what is to come, the audit."""

import math
import os
import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import read_document
from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.plant.controller import DAY_S
from nightmill.plant.memory import state_of_log
from nightmill.plant.named_files import told_of
from nightmill.plant.places import has_log, open_log
from nightmill.plant.reach import within_reach
from nightmill.plant.replanning import ready_scheduler, shop_problem
from nightmill.plant.routes import certified_fact, certified_routes, times_on
from nightmill.plant.treatments import seated
from nightmill.plant.twin_record import (
    MOMENTS,
    Progress,
    believed,
    completed_s,
    foreseen_plan,
    past_forecasts,
    settings_of,
)
from nightmill.plant.viewing import read_events, whole_shop
from nightmill.plant.waiting import not_planned
from nightmill.schedule import records, solve_shop, validate_shop
from nightmill.twin import judge, look_ahead, read_change
from nightmill.twin import what_if as compare
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop

SEARCH_ITERATIONS = 5000
SEARCHERS = min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
"""How many search at a time, a core each of those that are lent to us, where seconds and not steps are given."""
Aim = tuple[records.Goal, ...] | records.ObjectiveWeights
"""What a plan makes small: goals in order of importance (none: lateness and flow), or all at once, weighted."""
AHEAD_DAYS = 28.0
LONGEST_DAYS = 16.0 * AHEAD_DAYS


def schedule_shop(folder: Path, *, seed: int, aim: Aim = (), search_s: float | None = None) -> dict[str, Any]:
    """The schedule of what is left to make: names and UTC times; as the loop would plan it, or as a search of about ``search_s`` finds it.

    Loading the kernels takes nothing of those seconds.
    """
    shop, state = live_shop(folder)
    if search_s is not None:
        ready_scheduler()
    began = time.monotonic()
    problem, schedule = planned_whole(shop, state, seed, aim)
    if search_s is not None and problem.operations:
        took = time.monotonic() - began
        steps = int(SEARCH_ITERATIONS * (search_s - took) / took)
        if steps > SEARCH_ITERATIONS:
            longer = planned_whole(shop, state, seed, aim, steps, SEARCHERS)[1]
            in_order = bool(aim) and not isinstance(aim, records.ObjectiveWeights)
            schedule = longer if in_order else min(schedule, longer, key=lambda found: found.objective)
    broken = validate_shop(problem, schedule)
    if broken:
        raise AssertionError(f"the solver broke the shop's rules: {broken[0].detail}")

    def utc(at_s: float) -> str:
        return (shop.start + timedelta(seconds=at_s)).isoformat(timespec="seconds")

    names = {operation.id: operation.operation for operation in problem.operations}
    return {
        "objective": schedule.objective,
        "makespan": utc(max((row.done_s for row in schedule.assignments), default=state.now_s)),
        "lower_bound": schedule.lower_bound_s,
        "weighted_tardiness_s": schedule.weighted_tardiness_s,
        "unattended_s": schedule.unattended_s,
        "energy_cost": schedule.energy_cost,
        "operations": [
            {
                "job": row.serial,
                "operation": names[row.operation],
                "machine": row.machine,
                "start": utc(shop.begins_s(names[row.operation], row.start_s, row.end_s)),
                "end": utc(row.end_s),
            }
            for row in schedule.assignments
        ],
        "orders": [
            {"order": p.order, "promise": utc(p.promise_s), "late_by_s": max(0.0, p.late_by_s), "reason": p.reason}
            for p in schedule.promises
        ],
        "not_planned": not_planned(state),
    }


def twin_answer(
    folder: Path,
    *,
    days: float,
    replications: int,
    seed: int,
    what_if: Path | None = None,
    moments: int = MOMENTS,
    anew: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What the shop will probably do from its live state; with ``what_if`` the paired difference of a change.

    ``anew``: each future plans again and again, as the floor will. ``moments`` of the past are forecast again and compared with what came: the answer's ``quality``, and its intervals.
    """
    shop, state = live_shop(folder)
    log = read_events(folder) if has_log(folder) else ()
    belief = believed(shop, state, log, days)
    problem = belief.problem
    began = time.perf_counter()
    settings = {
        "days": days,
        "replications": replications,
        "seed": seed,
        **settings_of(shop, state.policy, belief, anew=state if anew else None),
    }
    if what_if is None:
        forecasts = past_forecasts(folder, shop, log, moments=moments, progress=progress) if moments and log else ()
        record = judge(forecasts, completed_s(log), state.now_s)
        began = time.perf_counter()
        answer = dict(
            msgspec.to_builtins(look_ahead(problem, foreseen_plan(state, problem), record=record, **settings))
        )
        answer["quality"] = msgspec.to_builtins(record.quality)
        answer["order"] = record.order
    else:
        answer = dict(msgspec.to_builtins(_changed(problem, what_if, settings)))
    answer["drifts"] = belief.drifts
    answer["not_planned"] = not_planned(state)
    answer["events_per_s"] = answer.get("events", 0) / max(1e-9, time.perf_counter() - began)
    return answer


def _changed(problem: records.ShopProblem, what_if: Path, settings: dict[str, Any]) -> Any:
    """The paired difference that the change of a file makes."""
    with told_of({"what-if": what_if}):
        return compare(problem, read_change(read_document(what_if)), **settings)


def problem_of(folder: Path) -> records.ShopProblem:
    """What is left to make in a shop folder, as the scheduler sees it."""
    return whole_problem(*live_shop(folder))


def planned_whole(
    shop: Shop, state: ShopState, seed: int, aim: Aim = (), steps: int = SEARCH_ITERATIONS, searchers: int = 1
) -> tuple[records.ShopProblem, records.ShopSchedule]:
    """The plan of all that is left to make, over as many weeks as the order book takes. Raises ``BadInput`` beyond ``LONGEST_DAYS``."""
    days = AHEAD_DAYS
    while True:
        problem, last = problem_at(shop, state, days), days >= LONGEST_DAYS
        days *= 2.0
        if not last and not within_reach(problem):
            continue
        try:
            weights, goals = (aim, ()) if isinstance(aim, records.ObjectiveWeights) else (None, aim)
            plan = solve_shop(problem, iterations=steps, seed=seed, weights=weights, goals=goals, searchers=searchers)
            return problem, seated(problem, plan)
        except BadInput as error:
            if not all(finding.expected.startswith("presence") for finding in error.findings):
                raise
            if last:
                found = f"{len(problem.operations)} operations to do, more than its people and machines do in {LONGEST_DAYS:.0f} days"
                remedy = "Ask nightmill capacity what is missing; add persons or [[shifts]] in shop.toml, or take orders out."
                raise BadInput(Finding("shop.toml", "shifts", found, "work that can be done", remedy)) from error


def problem_at(shop: Shop, state: ShopState, days: float = AHEAD_DAYS) -> records.ShopProblem:
    """What is left to make in a state of the shop, with the people who are there in the next ``days``."""
    presence = presence_windows(shop, 0.0, state.now_s + days * DAY_S, state.attendance)
    return shop_problem(state, shop, state.now_s + 7 * DAY_S, presence)


def whole_problem(shop: Shop, state: ShopState, beside: tuple[records.ShopOperation, ...] = ()) -> records.ShopProblem:
    """As ``problem_at``, over twice as many weeks as the order book takes at best, and what is asked for ``beside`` it."""
    added = tuple(records.ShopOrder(name, math.inf) for name in dict.fromkeys(each.order for each in beside))
    days = AHEAD_DAYS
    while days < 2.0 * LONGEST_DAYS:
        half = problem_at(shop, state, days / 2.0)
        whole = msgspec.structs.replace(half, operations=half.operations + beside, orders=half.orders + added)
        if within_reach(whole):
            break
        days *= 2.0
    return problem_at(shop, state, days)


def live_shop(folder: Path, *, planning: bool = True, items: Collection[str] = ()) -> tuple[Shop, ShopState]:
    """The shop as its log says it is; a shop that has never run is taken at its start with all orders in the book.

    Then the parts that are ordered, and those of ``items``, are planned where they aren't yet; without ``planning`` their orders
    have no route (``uncounted``).
    """
    shop = whole_shop(folder)
    if has_log(folder):
        store = open_log(folder, writer=False)
        try:
            state = state_of_log(folder, shop, store)
        finally:
            store.close()
        if state.orders:
            return shop, state
    else:
        state = empty_state(shop)
    asked = {order.item for order in shop.orders} | set(items)
    routes, refusals = certified_routes(shop, folder, only=asked, planning=planning)
    facts: list[e.AnyFact] = [
        certified_fact(item, route.record, times_on(shop, route)) for item, route in routes.items()
    ]
    facts += [refusal.fact() for refusal in refusals]
    facts += [e.OrderReceived(o.id, o.item, o.quantity, o.due_s, o.priority) for o in shop.orders]
    for number, fact in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    return shop, state


def uncounted(state: ShopState) -> tuple[str, ...]:
    """Parts with open orders that nobody has planned yet, so that no schedule of this state counts them."""
    waiting = {order.item for order in state.orders.values() if order.completed_s is None and order.cancelled_s is None}
    return tuple(sorted(waiting - state.routes.keys() - state.refusals.keys()))
