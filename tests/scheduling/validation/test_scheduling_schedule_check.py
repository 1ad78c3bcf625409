"""The judge is judged: each seeded fault must be found under its name."""

from collections.abc import Callable

import msgspec
import pytest
from schedule_shops import random_shop

from nightmill.scheduling import solve_shop, validate_shop
from nightmill.scheduling.problem.records import Assignment, ShopProblem, ShopSchedule, ToolBudget
from nightmill.scheduling.validation.schedule_check import rows_of
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace
Fault = Callable[[ShopProblem, ShopSchedule], tuple[ShopProblem, ShopSchedule]]


def with_one(schedule: ShopSchedule, index: int, **fields: object) -> ShopSchedule:
    changed = list(schedule.assignments)
    changed[index] = replace(changed[index], **fields)
    return replace(schedule, assignments=tuple(changed))


def shifted(a: Assignment, seconds: float) -> dict[str, float]:
    return {name: getattr(a, name) + seconds for name in ("mount_s", "start_s", "end_s", "dismount_s", "done_s")}


def missing(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return p, replace(s, assignments=s.assignments[1:])


def too_short(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return p, with_one(s, 2, end_s=s.assignments[2].end_s - 5.0)


def wrong_machine(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return p, with_one(s, 2, machine="Z")


def at_night(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    last = len(s.assignments) - 1
    return p, with_one(s, last, dismount_s=30 * DAY_S, done_s=30 * DAY_S + 60.0)


def overlapping(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    first = s.assignments[0]
    index = next(k for k, a in enumerate(s.assignments) if k and a.machine == first.machine)
    return p, with_one(s, index, **shifted(s.assignments[index], first.start_s - s.assignments[index].start_s))


def too_early(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    ops = tuple(replace(op, release_s=1e7) for op in p.operations)
    return replace(p, operations=ops), s


def few_pallets(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return replace(p, pallets=1), s


def few_tools(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return replace(p, tool_budgets=tuple(ToolBudget(m, 1, 1.0) for m in "ABC")), s


def false_promise(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    promises = (replace(s.promises[0], promise_s=s.promises[0].promise_s - 100.0), *s.promises[1:])
    return p, replace(s, promises=promises)


def false_sum(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return p, replace(s, weighted_tardiness_s=s.weighted_tardiness_s + 1000.0)


def early_stop(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    stop = s.maintenance[0]
    return p, replace(s, maintenance=(replace(stop, start_s=0.0, end_s=stop.end_s - stop.start_s),))


def backwards(p: ShopProblem, s: ShopSchedule) -> tuple[ShopProblem, ShopSchedule]:
    return replace(p, operations=tuple(reversed(p.operations))), s


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (missing, "each operation once"),
        (too_short, "cut takes the planned time"),
        (wrong_machine, "machine can do it"),
        (at_night, "attended work needs people"),
        (overlapping, "one part per machine"),
        (too_early, "not before its release"),
        (few_pallets, "pallets"),
        (few_tools, "tools last the night"),
        (false_promise, "promise matches the last part"),
        (false_sum, "tardiness adds up"),
        (early_stop, "maintenance within its options"),
        (backwards, "route order"),
    ],
)
def test_seeded_fault_is_found(fault: Fault, rule: str) -> None:
    problem = random_shop(8, orders=6, pallets=6, persons=2)
    schedule = solve_shop(problem, iterations=20)
    assert validate_shop(problem, schedule) == ()
    assert rule in {violation.rule for violation in validate_shop(*fault(problem, schedule))}


@pytest.mark.parametrize(
    "fault", [missing, too_short, wrong_machine, at_night, overlapping, too_early, few_tools, false_promise, backwards]
)
def test_rows_that_are_not_read_again_are_judged_as_if_they_were(fault: Fault) -> None:
    problem = random_shop(8, orders=6, pallets=6, persons=2)
    schedule = solve_shop(problem, iterations=20)
    told = validate_shop(*fault(problem, schedule))
    assert told
    assert validate_shop(*fault(problem, schedule), rows_of(problem, schedule)) == told


def test_an_operation_that_is_assigned_twice_is_not_told_to_wait_for_itself() -> None:
    """As many rows as operations, one of them twice and one of the same part missing: the route is read by name, not by row."""
    problem = random_shop(8, orders=6, pallets=6, persons=2)
    schedule = solve_shop(problem, iterations=20)
    rows = list(schedule.assignments)
    first, last = next((a, b) for a in rows for b in rows if a.serial == b.serial and a.operation < b.operation)
    rows[rows.index(last)] = first
    found = validate_shop(problem, replace(schedule, assignments=tuple(rows)))
    assert {each.rule for each in found} >= {"each operation once"}
    assert "route order" not in {each.rule for each in found}
