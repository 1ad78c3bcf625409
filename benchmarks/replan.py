"""Replan breakdowns in a large shop: time to a valid plan, result after two seconds, and the remaining gap.

Run: ``python benchmarks/replan.py [--seeds 100] [--first-seed 0] [--seconds 2] [--again 600] [--again-seeds 3] [--base
120] [--operations 5000] [--cpu]``; ``--short`` is a version of about a minute. Each seed draws machine, time and
duration of a breakdown in a shop whose plan has been searched for ``--base`` seconds. Times to the first plan are
printed as a fraction of ``--limit-ms``. For ``--again-seeds`` of the breakdowns, the plan is also searched for
``--again`` seconds, in which any operation may change its machine. With ``--cpu``, seconds are of processor time,
divided among the searchers, so that other work on the computer doesn't matter. The validator checks every plan; frozen
operations are compared, one by one, with the previous plan. Finally, one event of each other kind is applied.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
from night_shop import DAY, HOUR, night_shop

from nightmill.plant.analysis.scheduling.shop_schedule import SEARCHERS
from nightmill.scheduling import LivePlan, records, solve_shop, validate_shop
from nightmill.scheduling.rescheduling.disruptions import (
    Breakdown,
    Disruption,
    LateMaterial,
    RushOrder,
    Scrap,
    WornTool,
)


class Outcome(NamedTuple):
    """One event: milliseconds to the first plan, and the value of the plans."""

    first_ms: float
    before: float
    first: float
    searched: float
    moved_share: float
    violations: int
    frozen_moved: int
    plan: LivePlan


TIME: list[Callable[[], float]] = [time.monotonic]
"""The clock: ``cpu_s`` with ``--cpu``."""


def cpu_s() -> float:
    """Return processor seconds of this process, as if all searchers had always been busy."""
    return time.process_time() / SEARCHERS


def clock(seconds: float) -> Callable[[], float]:
    """Return a function that gives the elapsed fraction of a number of seconds from now."""
    now = TIME[0]
    began = now()
    return lambda: (now() - began) / seconds


def broken_rules(plan: LivePlan) -> int:
    """Return the validator's findings on the rest of the plan."""
    problem, schedule = plan.remaining()
    found = validate_shop(problem, schedule)
    for violation in found[:3]:
        print(f"  violation: {violation}", flush=True)
    return len(found)


def frozen_moved(plan: LivePlan, before: records.ShopSchedule, event: Disruption, at_s: float) -> int:
    """Return operations that had started, or were to start in the frozen zone, and have moved, except those that the
    event stopped.
    """
    now = {a.operation: a for a in plan.schedule().assignments}
    stopped: set[str] = set()
    if isinstance(event, Breakdown):
        stopped = {
            a.serial
            for a in before.assignments
            if a.machine == event.machine and a.end_s > at_s and a.start_s - plan.problem.move_s < event.until_s
        }
    return sum(
        a.serial not in stopped and now[a.operation] != a
        for a in before.assignments
        if a.mount_s < at_s + plan.frozen_s and a.operation in now
    )


def undergo(
    problem: records.ShopProblem, base: records.ShopSchedule, event: Disruption, at_s: float, seconds: float
) -> Outcome:
    """Apply an event to the plan, repair the plan, and search for ``seconds``."""
    plan = LivePlan(problem, base)
    in_force = plan.schedule()
    began = time.perf_counter()
    first = plan.disrupt(event, at_s)
    first_ms = 1e3 * (time.perf_counter() - began)
    violations = broken_rules(plan)
    plan.improve(clock(seconds), searchers=SEARCHERS)
    violations += broken_rules(plan)
    now = {a.operation: a.machine for a in plan.schedule().assignments}
    open_ = [a for a in in_force.assignments if a.mount_s > at_s and a.operation in now]
    moved = sum(now[a.operation] != a.machine for a in open_) / len(open_)
    return Outcome(
        first_ms, first.weighted_tardiness_before_s, first.weighted_tardiness_s, plan.weighted_tardiness_s, moved,
        violations, frozen_moved(plan, in_force, event, at_s), plan,
    )  # fmt: skip


def breakdown(seed: int, problem: records.ShopProblem, base: records.ShopSchedule) -> tuple[Breakdown, float]:
    """Return a breakdown of 2 to 12 hours of a machine in use, in the first half of the work."""
    rng = random.Random(f"breakdown {seed}")
    at_s = rng.uniform(0.05, 0.5) * max(a.done_s for a in base.assignments) * 0.5
    until_s = at_s + rng.uniform(2.0, 12.0) * HOUR
    machines = sorted({a.machine for a in base.assignments if a.end_s > at_s and a.start_s < until_s})
    return Breakdown(rng.choice(machines), until_s), at_s


def searched(problem: records.ShopProblem, seconds: float, weights: records.ObjectiveWeights) -> records.ShopSchedule:
    """Return the shop's plan after a search of the given length."""
    plan = LivePlan(problem, solve_shop(problem, iterations=0, weights=weights), weights=weights, may_change=1.0)
    plan.improve(clock(seconds), hot=None, searchers=SEARCHERS)
    return plan.schedule()


def again(
    problem: records.ShopProblem, base: records.ShopSchedule, event: Disruption, at_s: float, seconds: float
) -> float:
    """Return weighted tardiness after a long search in which machines may change freely."""
    plan = LivePlan(problem, base, weights=records.FREE, may_change=1.0)
    plan.disrupt(event, at_s)
    plan.improve(clock(seconds), hot=None, searchers=SEARCHERS)
    assert broken_rules(plan) == 0
    return plan.weighted_tardiness_s


def others(problem: records.ShopProblem, base: records.ShopSchedule) -> list[tuple[Disruption, float]]:
    """Apply one event of each other kind."""
    at_s = 1.5 * DAY
    route = [op for op in problem.operations if op.serial == problem.operations[0].serial]
    replace = msgspec.structs.replace
    rush = tuple(replace(op, id=f"rush|{op.id}", serial="rush", order="rush", release_s=at_s) for op in route)
    waiting = max(base.assignments, key=lambda a: a.mount_s if a.operation.endswith("|op1") else 0.0)
    begun = next(a for a in base.assignments if a.mount_s < at_s < a.done_s)
    again_made = tuple(
        replace(op, id=f"again|{op.id}", serial=f"{op.serial} again", release_s=at_s)
        for op in problem.operations
        if op.serial == begun.serial
    )
    night = next(a for a in base.assignments if a.start_s > at_s + 12 * HOUR)
    worn = next(op for op in problem.operations if op.id == night.operation)
    tool = next(a for a in worn.alternatives if a.machine == night.machine).tools[0].tool
    return [
        (RushOrder(records.ShopOrder("rush", at_s + 2 * DAY, 4.0), rush), at_s),
        (Scrap(begun.serial, again_made), at_s),
        (LateMaterial(waiting.order, waiting.mount_s + 2 * DAY), at_s),
        (WornTool(night.machine, tool, 600.0), at_s),
    ]


def report(label: str, o: Outcome) -> None:
    """Print one line."""
    print(
        f"{label}: tardiness {o.first / o.before - 1:+.2%} at first, {o.searched / o.before - 1:+.2%} after the "
        "search; "
        f"{o.moved_share:.2%} change machine, frozen moved {o.frozen_moved}, violations {o.violations}",
        flush=True,
    )


def main() -> None:
    """Run the breakdowns and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--again", type=float, default=600.0)
    parser.add_argument("--again-seeds", type=int, default=3)
    parser.add_argument("--base", type=float, default=120.0)
    parser.add_argument("--shop", type=int, default=1)
    parser.add_argument("--machines", type=int, default=50)
    parser.add_argument("--operations", type=int, default=5000)
    parser.add_argument("--limit-ms", type=float, default=50.0)
    parser.add_argument("--plan", type=Path, help="file of the plan in force; written when the plan is first made")
    parser.add_argument("--cpu", action="store_true", help="count seconds of processor time")
    parser.add_argument("--short", action="store_true")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.seeds, chosen.again, chosen.again_seeds, chosen.base = 5, 10.0, 2, 10.0
    if chosen.cpu:
        TIME[0] = cpu_s
    warm = night_shop(0, 4, 60)
    undergo(warm, searched(warm, 0.2, records.FREE), *breakdown(0, warm, solve_shop(warm, iterations=0)), 0.2)
    problem = night_shop(chosen.shop, chosen.machines, chosen.operations)
    if chosen.plan and chosen.plan.exists():
        base = msgspec.json.decode(chosen.plan.read_bytes(), type=records.ShopSchedule)
    else:
        base = searched(problem, chosen.base, records.FREE)
    if chosen.plan:
        chosen.plan.write_bytes(msgspec.json.encode(base))
    print(f"plan in force: {len(problem.operations)} operations, violations {len(validate_shop(problem, base))}")
    outcomes: list[Outcome] = []
    gaps: list[float] = []
    for seed in range(chosen.first_seed, chosen.first_seed + chosen.seeds):
        event, at_s = breakdown(seed, problem, base)
        outcome = undergo(problem, base, event, at_s, chosen.seconds)
        outcomes.append(outcome)
        report(f"breakdown {seed}", outcome)
        if seed < chosen.first_seed + chosen.again_seeds:
            best = again(problem, base, event, at_s, chosen.again)
            gaps.append(outcome.searched / best - 1.0)
            print(f"  above the result of a search of {chosen.again:g} s: {gaps[-1]:+.2%}", flush=True)
    times = sorted(outcome.first_ms / chosen.limit_ms for outcome in outcomes)
    print(
        f"first plan, as a fraction of {chosen.limit_ms:g} ms: median {statistics.median(times):.2f}, p99 "
        f"{times[int(0.99 * (len(times) - 1))]:.2f}, most {times[-1]:.2f}"
    )
    print(
        f"change machine: mean {statistics.mean(o.moved_share for o in outcomes):.2%}, most {max(o.moved_share for o in outcomes):.2%}"
    )
    print(f"frozen moved {sum(o.frozen_moved for o in outcomes)}, violations {sum(o.violations for o in outcomes)}")
    if gaps:
        print(f"above the long search: mean {statistics.mean(gaps):+.2%}, most {max(gaps):+.2%}, of {len(gaps)}")
    for other, at_s in others(problem, base):
        report(type(other).__name__, undergo(problem, base, other, at_s, chosen.seconds))


if __name__ == "__main__":
    main()
