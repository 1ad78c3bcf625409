"""Plan a scheduling problem, or report the smallest set of requirements that no plan can meet."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.analysis.scheduling.problem_file import read_as
from nightmill.plant.analysis.scheduling.shop_schedule import SEARCHERS
from nightmill.plant.deciders.scheduling import least_problem
from nightmill.plant.shop_schedule.whole_plan import Aim
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import LivePlan, disruption, find_conflict, records, solve_shop, validate_shop
from nightmill.vocabulary.errors import BadInput

HOT = 0.03
"""Initial probability of accepting a worse step, as a fraction of the usual one, if goals are optimised one after another."""

FORMING_STEPS = 100
"""Number of search steps for evaluating each set of loads."""


def clock(seconds: float) -> Callable[[], float]:
    """Return a function that gives the elapsed fraction of ``seconds`` from now."""
    began = time.monotonic()
    return lambda: (time.monotonic() - began) / max(seconds, 1e-9)


def planned(problem: records.ShopProblem, seconds: float, seed: int, aim: Aim = ()) -> records.ShopSchedule:
    """Return a plan for the problem, searched for ``seconds``; missed deadlines cost a thousand times as much as missed due dates.

    Optimises lateness and flow time, or the goals in ``aim``: one after another, each with a fraction of the time, or all together with
    weights.
    """
    weights, goals = (aim, ()) if isinstance(aim, records.ObjectiveWeights) else (records.FREE, aim)
    urged = records.urged(problem)
    forming = FORMING_STEPS if any(op.per_pallet > 1 for op in problem.operations) else 0
    start = solve_shop(urged, iterations=forming, seed=seed, weights=weights)
    if not problem.operations:
        return start
    plan = LivePlan(urged, start, weights=weights, may_change=1.0, seed=seed)
    if seconds > 0 and goals:
        plan.pursue(goals, lambda: clock(seconds / len(goals)), hot=HOT, searchers=SEARCHERS)
    elif seconds > 0:
        plan.improve(clock(seconds), hot=None, searchers=SEARCHERS)
    return LivePlan(problem, plan.schedule(), weights=records.FREE).schedule()


def schedule_problem(file: Path, *, time_limit_s: float, seed: int, aim: Aim = ()) -> dict[str, Any]:
    """Return the plan for a problem file, in seconds from the file's time 0, or the smallest set of its requirements that no plan can
    meet.
    """
    with told_of({"shop problem": file}):
        return plan_problem(read_as(file, records.ShopProblem), time_limit_s=time_limit_s, seed=seed, aim=aim)


def plan_problem(problem: records.ShopProblem, *, time_limit_s: float, seed: int, aim: Aim = ()) -> dict[str, Any]:
    """Return the plan for a problem, or the smallest set of its requirements that no plan can meet.

    The time limit applies to the search: loading the kernels, which on a busy computer takes longer than a short search, isn't counted.
    """
    ready_kernels()
    began = time.monotonic()
    try:
        solve_shop(problem, iterations=0)
        schedule = planned(problem, time_limit_s - (time.monotonic() - began), seed, aim)
    except BadInput:
        conflict = find_conflict(problem)
        if conflict is None:
            raise
        return {"feasible": False, "conflict": msgspec.to_builtins(conflict), "operations": []}
    deadlines = {o.id: o.deadline_s for o in problem.orders if o.deadline_s is not None}
    missed = [p.order for p in schedule.promises if p.promise_s > deadlines.get(p.order, p.promise_s) + 1e-3]
    conflict = find_conflict(problem) if missed else None
    check_rules(problem, schedule)
    answer = {
        "feasible": True if not missed else False if conflict else None,
        "missed": missed,
        "objective": schedule.weighted_tardiness_s,
        "makespan": max((a.done_s for a in schedule.assignments), default=problem.now_s),
        "lower_bound": schedule.lower_bound_s,
        **msgspec.to_builtins(schedule),
        "operations": [
            {
                "job": ", ".join((a.serial, *a.together)),
                "operation": a.operation,
                "machine": a.machine,
                "start": a.start_s,
                "end": a.end_s,
            }
            for a in schedule.assignments
        ],
        "orders": [
            {"order": p.order, "promise": p.promise_s, "late_by_s": max(0.0, p.late_by_s), "reason": p.reason}
            for p in schedule.promises
        ],
    }
    return answer | {"conflict": msgspec.to_builtins(conflict)} if conflict else answer


def in_force(problem: records.ShopProblem, schedule: records.ShopSchedule) -> records.ShopSchedule:
    """Return the plan in a file as far as it fits the problem, with all other operations scheduled again."""
    return LivePlan(problem, schedule, weights=records.FREE).schedule()


def ready_kernels() -> None:
    """Repair the smallest possible plan, so that the kernels are loaded before they are needed."""
    problem = least_problem()
    live = LivePlan(problem, solve_shop(problem, iterations=1))
    live.disrupt(disruption.Breakdown("mill", 10.0), 1.0)


def check_rules(problem: records.ShopProblem, schedule: records.ShopSchedule) -> None:
    """Raise ``AssertionError`` if the schedule breaks a rule of the shop other than a deadline."""
    broken = [v for v in validate_shop(problem, schedule) if v.rule != "deadline kept"]
    if broken:
        raise AssertionError(f"the solver broke the shop's rules: {broken[0].detail}")
