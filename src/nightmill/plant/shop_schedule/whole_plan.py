"""The plan of all remaining work, over as many weeks as the order book takes."""

import math
from pathlib import Path

import msgspec

from nightmill.floor import ShopState, presence_windows
from nightmill.plant.shop_schedule.batch_processes import seated
from nightmill.plant.shop_schedule.plan_in_force import within_reach
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.plant.shop_state.live import live_shop
from nightmill.scheduling import records, solve_shop
from nightmill.vocabulary.errors import BadInput, Finding, NobodyPresent
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

SEARCH_ITERATIONS = 5000

Aim = tuple[records.Goal, ...] | records.ObjectiveWeights
"""A plan's objective: goals in order of importance (none: lateness and flow), or all at once, weighted."""

AHEAD_DAYS = 28.0

LONGEST_DAYS = 16.0 * AHEAD_DAYS


def problem_of(folder: Path) -> records.ShopProblem:
    """Return the work left in a shop folder as a scheduling problem."""
    return whole_problem(*live_shop(folder))


def planned_whole(
    shop: Shop, state: ShopState, seed: int, aim: Aim = (), steps: int = SEARCH_ITERATIONS, searchers: int = 1
) -> tuple[records.ShopProblem, records.ShopSchedule]:
    """Plan all remaining work, over as many weeks as the order book takes. Raises ``BadInput`` beyond ``LONGEST_DAYS``."""
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
        except NobodyPresent as error:
            if last:
                found = f"{len(problem.operations)} operations to do, more than its people and machines can do in {LONGEST_DAYS:.0f} days"
                remedy = "See nightmill capacity for what is missing; add persons or [[shifts]] in shop.toml, or remove orders."
                raise BadInput(Finding("shop.toml", "shifts", found, "work that can be done", remedy)) from error


def problem_at(shop: Shop, state: ShopState, days: float = AHEAD_DAYS) -> records.ShopProblem:
    """Return the work left in a state of the shop, with the people who are present in the next ``days``."""
    presence = presence_windows(shop, 0.0, state.now_s + days * DAY_S, state.attendance)
    return shop_problem(state, shop, state.now_s + 7 * DAY_S, presence)


def whole_problem(shop: Shop, state: ShopState, beside: tuple[records.ShopOperation, ...] = ()) -> records.ShopProblem:
    """Return the same problem as ``problem_at``, over twice the weeks that the order book takes at best, plus the operations in
    ``beside``.
    """
    added = tuple(records.ShopOrder(name, math.inf) for name in dict.fromkeys(each.order for each in beside))
    days = AHEAD_DAYS
    while days < 2.0 * LONGEST_DAYS:
        half = problem_at(shop, state, days / 2.0)
        whole = msgspec.structs.replace(half, operations=half.operations + beside, orders=half.orders + added)
        if within_reach(whole):
            break
        days *= 2.0
    return problem_at(shop, state, days)
