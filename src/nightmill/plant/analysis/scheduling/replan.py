"""Answer ``nightmill replan``: the changes that an event makes to a plan."""

import time
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.analysis.scheduling.problem_file import read_as, work_left
from nightmill.plant.analysis.scheduling.problem_schedule import check_rules, clock, planned, ready_kernels
from nightmill.plant.analysis.scheduling.shop_schedule import SEARCHERS
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import LivePlan, disruption, records


class TimedEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An event file: the event and its time."""

    at_s: float
    event: disruption.Disruption


def replan(file: Path, event: Path, *, plan: Path | None, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Return the changes that an event makes to a plan: the first valid plan found and the best plan when time is up, each as a diff.

    Without ``plan`` (a file written by ``schedule --json`` or ``replan --json``), a plan is made first.
    """
    with told_of({"shop problem": file, "event": event}):
        return _replanned(work_left(file), read_as(event, TimedEvent), plan, time_limit_s, seed)


def _replanned(
    problem: records.ShopProblem, given: TimedEvent, plan: Path | None, time_limit_s: float, seed: int
) -> dict[str, Any]:
    found = read_as(plan, records.ShopSchedule) if plan else planned(problem, time_limit_s, seed)
    live = LivePlan(problem, found, seed=seed)
    before = live.schedule()
    ready_kernels()
    began = time.perf_counter()
    first = live.disrupt(given.event, given.at_s)
    first_s = time.perf_counter() - began
    check_rules(*live.remaining())
    live.improve(clock(time_limit_s), searchers=SEARCHERS)
    left, schedule = live.remaining()
    check_rules(left, schedule)
    return {
        "event": msgspec.to_builtins(given.event),
        "at_s": given.at_s,
        "first_s": first_s,
        "first": msgspec.to_builtins(first),
        "final": msgspec.to_builtins(live.difference(before)),
        "problem": msgspec.to_builtins(left),
        "schedule": msgspec.to_builtins(schedule),
    }
