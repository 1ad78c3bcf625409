"""Several goals in order of importance: each is minimised without giving up any earlier goal."""

from collections.abc import Callable, Sequence

from nightmill.scheduling.problem.records import GOALS, Goal, ObjectiveWeights, ShopProblem, ShopSchedule

FIRST = 1e4
"""How much more a relative change in an earlier goal weighs than the same relative change in the current goal."""
ALIKE = 1e-6
"""Fraction by which a goal may grow and still count as kept (rounding)."""

Improve = Callable[[ShopSchedule, ObjectiveWeights], ShopSchedule]


def figure(goal: Goal, problem: ShopProblem, schedule: ShopSchedule) -> float:
    """The value to minimise: weighted seconds, seconds, or money. ``unattended`` falls as unattended cutting increases."""
    if goal == "tardiness":
        return schedule.weighted_tardiness_s
    if goal == "makespan":
        return schedule.makespan_s
    if goal == "unattended":
        return -schedule.unattended_s
    if goal == "energy":
        return schedule.energy_cost
    weights = {order.id: order.weight for order in problem.orders}
    return sum(weights[p.order] * max(0.0, p.promise_s - problem.now_s) for p in schedule.promises)


def weights_of(goals: Sequence[Goal], problem: ShopProblem, schedule: ShopSchedule) -> ObjectiveWeights:
    """Weights that minimise the last of ``goals`` and keep the earlier goals almost fixed."""
    weights = dict.fromkeys(GOALS, 0.0)
    for step, goal in enumerate(reversed(goals)):
        size = max(1.0, abs(figure(goal, problem, schedule)))
        weights[goal] = FIRST ** min(step, 1) / size
    return ObjectiveWeights(machine_change=0.0, start_shift=0.0, **weights)


def in_order(goals: Sequence[Goal], problem: ShopProblem, schedule: ShopSchedule, improve: Improve) -> ShopSchedule:
    """Improve ``schedule`` goal by goal; a result that gives up an earlier goal, or gains nothing, is rejected.

    ``improve`` searches from a schedule with the given weights.
    """
    for count, goal in enumerate(goals, 1):
        found = improve(schedule, weights_of(goals[:count], problem, schedule))
        kept = all(_at_most(each, problem, found, schedule) for each in goals[:count])
        if kept and figure(goal, problem, found) < figure(goal, problem, schedule):
            schedule = found
    return schedule


def _at_most(goal: Goal, problem: ShopProblem, found: ShopSchedule, before: ShopSchedule) -> bool:
    least = figure(goal, problem, before)
    return figure(goal, problem, found) <= least + ALIKE * max(1.0, abs(least))
