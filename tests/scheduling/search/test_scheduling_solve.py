"""The scheduler's laws: valid, deterministic, what has begun stays, no worse than dispatching."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from schedule_shops import random_shop

from nightmill.scheduling import dispatch_shop, records, solve_shop, validate_shop
from nightmill.scheduling.problem.records import (
    Alternative,
    ObjectiveWeights,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.scheduling.search.solve import RULES
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 3))
def test_every_schedule_is_valid(seed: int, pallets: int, persons: int) -> None:
    problem = random_shop(seed, pallets=pallets, persons=persons)
    for schedule in (solve_shop(problem, iterations=30, seed=seed), dispatch_shop(problem, "night")):
        assert validate_shop(problem, schedule) == ()
        assert schedule.weighted_tardiness_s >= schedule.lower_bound_s - 1e-6


def test_search_is_no_worse_than_any_rule_and_repeats_itself() -> None:
    problem = random_shop(3, orders=8, pallets=5)
    solved = solve_shop(problem, iterations=200, seed=5)
    assert solved == solve_shop(problem, iterations=200, seed=5)
    dispatched = [dispatch_shop(problem, rule).objective for rule in RULES]
    assert solved.objective <= min(dispatched) + 1e-6
    assert solved.weighted_tardiness_s < dispatch_shop(problem, "fifo").weighted_tardiness_s


def one_part(mount_s: float = 240.0, run_s: float = 3600.0, due_s: float = DAY_S) -> ShopProblem:
    op = ShopOperation("a", "s", "o", "op", (Alternative("M", run_s),), mount_s, 60.0, measure_s=120.0)
    return ShopProblem(
        0.0,
        DAY_S,
        (ShopMachine("M"),),
        (op,),
        (ShopOrder("o", due_s),),
        records.repeat_presence((Window(3600.0, 7200.0),), 9 * DAY_S, DAY_S),
        2,
    )


def test_one_part_by_hand() -> None:
    only = dispatch_shop(one_part(run_s=36000.0)).assignments[0]
    assert (only.mount_s, only.start_s, only.end_s) == (3600.0, 3900.0, 39900.0)
    assert (only.dismount_s, only.done_s) == (DAY_S + 3600.0, DAY_S + 3660.0)


def test_unattended_time_is_what_is_cut_with_nobody_present() -> None:
    schedule = dispatch_shop(one_part(run_s=36000.0))
    assert schedule.unattended_s == pytest.approx(39900.0 - 7200.0)


def begun(problem: ShopProblem, schedule: ShopSchedule, now_s: float) -> ShopProblem:
    """The same shop at ``now_s``, had it done as scheduled."""
    at = {a.operation: a for a in schedule.assignments}
    left: list[ShopOperation] = []
    for op in problem.operations:
        a = at[op.id]
        if a.done_s <= now_s:
            continue
        state, machine, started = "waiting", op.machine, None
        if a.end_s <= now_s:
            state, machine = "cut", a.machine
        elif a.start_s <= now_s:
            state, machine, started = "running", a.machine, a.start_s
        elif a.mount_s <= now_s:
            state = "mounted"
        left.append(replace(op, state=state, machine=machine, started_s=started))
    return replace(problem, now_s=now_s, operations=tuple(left), maintenance=())


@pytest.mark.parametrize("seed", range(6))
def test_replanning_leaves_alone_what_has_begun(seed: int) -> None:
    problem = random_shop(seed, orders=5)
    first = solve_shop(problem, iterations=50, seed=seed)
    later = begun(problem, first, 8.5 * 3600.0)
    assert any(op.state != "waiting" for op in later.operations)
    again = solve_shop(later, iterations=50, seed=seed, previous=first)
    assert validate_shop(later, again) == ()
    at = {a.operation: a for a in first.assignments}
    for a in again.assignments:
        state = next(op.state for op in later.operations if op.id == a.operation)
        if state == "running":
            assert (a.machine, a.start_s, a.end_s) == (
                at[a.operation].machine,
                at[a.operation].start_s,
                at[a.operation].end_s,
            )


@pytest.mark.parametrize("seed", range(4))
def test_a_replan_loses_nothing_of_what_was_found(seed: int) -> None:
    problem = random_shop(seed, orders=8)
    weights = ObjectiveWeights()
    first = solve_shop(problem, iterations=2000, seed=seed, weights=weights)
    again = solve_shop(problem, iterations=0, previous=first, weights=weights)
    assert validate_shop(problem, again) == ()
    assert again.objective <= first.objective + 1e-3
    assert {a.operation: a for a in again.assignments} == {a.operation: a for a in first.assignments}


def test_stability_costs_keep_machines() -> None:
    problem = random_shop(11, orders=8)
    first = dispatch_shop(problem, "fifo")
    machine = {a.operation: a.machine for a in first.assignments}

    def moved(weights: ObjectiveWeights) -> int:
        again = solve_shop(problem, iterations=150, seed=1, previous=first, weights=weights)
        return sum(machine[a.operation] != a.machine for a in again.assignments)

    assert moved(ObjectiveWeights(machine_change=1e9)) == 0
    assert moved(ObjectiveWeights(machine_change=0.0, start_shift=0.0)) > 0


def test_contradictions_are_all_reported() -> None:
    problem = one_part()
    op = problem.operations[0]
    broken = replace(
        problem, pallets=0, operations=(replace(op, order="x"), replace(op, alternatives=(Alternative("Z", 1.0),)))
    )
    with pytest.raises(BadInput) as caught:
        solve_shop(broken)
    assert len(caught.value.findings) >= 4


def test_presence_that_ends_too_early_is_refused() -> None:
    short = replace(one_part(run_s=36000.0), presence=(Window(3600.0, 7200.0),))
    with pytest.raises(BadInput, match="nobody is present for"):
        solve_shop(short)


def test_plain_python_gives_the_same_schedule() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from schedule_shops import random_shop;"
        "from nightmill.scheduling import solve_shop;"
        "print(repr(solve_shop(random_shop(4), iterations=20, seed=2)))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", script, str(Path(__file__).parents[1])],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert answers[0] == answers[1]


def test_nothing_to_do_is_an_empty_schedule() -> None:
    machine, present = records.ShopMachine("m"), records.Window(0.0, 1.0)
    empty = records.ShopProblem(0.0, 1.0, (machine,), (), (), (present,), 1)
    assert solve_shop(empty).assignments == ()
    assert dispatch_shop(empty).assignments == ()
