"""When repairs begin: in the hours that people are there, later where that costs less, and the machine stands to the end."""

from typing import Any

import msgspec
import pytest

from nightmill.scheduling import LivePlan, dispatch_shop, disruption, records, solve_shop, validate_shop
from nightmill.scheduling.engine.repair_timing import begins_in, choose_begins, span_of, with_repairs
from nightmill.scheduling.search import solve as solving
from nightmill.scheduling.search.parallel_annealing import COLD
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

SHIFTS = (
    records.Window(7 * HOUR_S, 15 * HOUR_S),
    records.Window(31 * HOUR_S, 39 * HOUR_S),
    records.Window(55 * HOUR_S, 63 * HOUR_S),
)


def shop(parts: int = 8, due_h: float = 24.0, now_h: float = 11.0) -> records.ShopProblem:
    """Two mills, one person to 15 h; M1 is broken; each part is cut for three hours, most of them at night or too late."""
    return records.ShopProblem(
        now_s=now_h * HOUR_S,
        horizon_s=96 * HOUR_S,
        machines=(records.ShopMachine("M1"), records.ShopMachine("M2")),
        operations=tuple(
            records.ShopOperation(
                f"P{k}|cut",
                f"P{k}",
                f"O{k}",
                "cut",
                (records.Alternative("M2", 3 * HOUR_S),),
                mount_s=300.0,
                dismount_s=60.0,
            )
            for k in range(parts)
        ),
        orders=tuple(records.ShopOrder(f"O{k}", (due_h + 12.0 * (k // 4)) * HOUR_S, 1.0) for k in range(parts)),
        presence=records.repeat_presence(SHIFTS, 2000 * HOUR_S, 72 * HOUR_S),
        pallets=6,
        repairs=(records.Repair("M1", 4 * HOUR_S, 8 * HOUR_S),),
    )


def test_work_of_one_person_goes_on_over_the_ends_of_shifts() -> None:
    assert span_of(SHIFTS, 11 * HOUR_S, 4 * HOUR_S) == (11 * HOUR_S, 15 * HOUR_S)
    assert span_of(SHIFTS, 13 * HOUR_S, 4 * HOUR_S) == (13 * HOUR_S, 33 * HOUR_S)
    assert span_of(SHIFTS, 20 * HOUR_S, 10 * HOUR_S) == (31 * HOUR_S, 57 * HOUR_S)


def test_one_person_repairs_one_machine_after_the_other() -> None:
    problem = msgspec.structs.replace(
        shop(), repairs=(records.Repair("M1", 2 * HOUR_S, 2 * HOUR_S), records.Repair("M2", 3 * HOUR_S, 3 * HOUR_S))
    )
    free = [machine.free_from_s for machine in with_repairs(problem).machines]
    assert free == [13 * HOUR_S, 32 * HOUR_S]
    assert [m.free_from_s for m in with_repairs(problem, {"M1": 12 * HOUR_S}).machines] == [32 * HOUR_S, 14 * HOUR_S]
    assert with_repairs(problem).repairs == ()


def test_the_night_is_loaded_before_a_machine_is_repaired_that_nothing_needs() -> None:
    problem = shop()
    plan = solve_shop(problem, iterations=200)
    at_once = solve_shop(with_repairs(problem), iterations=200)
    assert validate_shop(problem, plan) == ()
    assert begins_in(problem, plan)["M1"] > problem.now_s
    assert plan.weighted_tardiness_s < at_once.weighted_tardiness_s
    assert [stop.id for stop in plan.maintenance] == ["repair M1"]


def test_a_machine_that_all_wait_for_is_repaired_at_once() -> None:
    problem = shop()
    only = (records.Alternative("M1", HOUR_S),)
    waiting = tuple(msgspec.structs.replace(op, alternatives=only) for op in problem.operations)
    problem = msgspec.structs.replace(problem, operations=waiting)
    plan = solve_shop(problem, iterations=200)
    assert begins_in(problem, plan) == {"M1": problem.now_s}
    assert min(a.start_s for a in plan.assignments) >= 15 * HOUR_S


def test_no_plan_puts_a_repair_off_beyond_what_the_one_before_it_said() -> None:
    """Each by itself would: what the person mounts meanwhile always gains more than a machine that nothing needs yet."""
    problem = shop()

    def cost(known: records.ShopProblem) -> float:
        return max(0.0, 100 * HOUR_S - known.machines[0].free_from_s)

    first = choose_begins(problem, cost)["M1"]
    stop = records.PlacedMaintenance("repair M1", "M1", 13 * HOUR_S, 33 * HOUR_S, 0.0)
    in_force = msgspec.structs.replace(dispatch_shop(problem), maintenance=(stop,))
    assert first > 13 * HOUR_S
    assert problem.now_s < choose_begins(problem, cost, in_force)["M1"] <= 13 * HOUR_S
    stop = msgspec.structs.replace(stop, start_s=11 * HOUR_S)
    on_the_way = msgspec.structs.replace(problem, now_s=11.5 * HOUR_S)
    assert choose_begins(on_the_way, cost) != {}
    assert choose_begins(on_the_way, cost, msgspec.structs.replace(in_force, maintenance=(stop,))) == {}


def test_a_repair_that_has_begun_stands_towards_the_end_of_a_shift_until_people_come_at_most() -> None:
    """The person is then there to load machines for the night; each shift begins with the repair again."""

    def cost(known: records.ShopProblem) -> float:
        return 0.0 if known.machines[0].free_from_s >= 35 * HOUR_S else 100 * HOUR_S

    problem = shop()
    stop = records.PlacedMaintenance("repair M1", "M1", 11 * HOUR_S, 15 * HOUR_S, 0.0)
    in_force = msgspec.structs.replace(dispatch_shop(problem), maintenance=(stop,))

    def begins(now_h: float) -> dict[str, float]:
        return choose_begins(msgspec.structs.replace(problem, now_s=now_h * HOUR_S), cost, in_force)

    assert begins(11.9) == {}
    assert begins(12.1) == begins(14.9) == {"M1": 31 * HOUR_S}
    assert begins(31.0) == {}


def test_a_repair_is_worked_on_in_short_shifts_too() -> None:
    """Shifts of two hours: none is so short that the repair may stand through all of it."""

    def cost(known: records.ShopProblem) -> float:
        return 0.0 if known.machines[0].free_from_s > 73.5 * HOUR_S else 100 * HOUR_S

    presence = tuple(records.Window(day * 24 * HOUR_S, (day * 24 + 2) * HOUR_S, 1) for day in range(9))
    problem = msgspec.structs.replace(shop(), presence=presence)
    stop = records.PlacedMaintenance("repair M1", "M1", 24 * HOUR_S, 75 * HOUR_S, 0.0)
    in_force = msgspec.structs.replace(dispatch_shop(shop()), maintenance=(stop,))

    def begins(now_h: float) -> dict[str, float]:
        return choose_begins(msgspec.structs.replace(problem, now_s=now_h * HOUR_S), cost, in_force)

    assert begins(24.0) == begins(24.9) == {}
    assert begins(25.1) == {"M1": 48 * HOUR_S}


def test_the_trials_of_a_cold_search_begin_in_the_plan_in_force_as_the_search_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A trial that takes the plan apart, or lets nothing slip, values another plan than the one that will be made."""
    heats: list[object] = []
    searched = solving._searched

    def watched(*known: Any, **named: Any) -> Any:
        heats.append(known[1].hot)
        return searched(*known, **named)

    problem = shop()
    plan = solve_shop(problem, iterations=20)
    monkeypatch.setattr(solving, "_searched", watched)
    solve_shop(problem, iterations=20, previous=plan, hot=COLD)
    assert len(heats) > 2
    assert set(heats) == {COLD}


def test_the_choice_minds_that_a_repair_may_take_long() -> None:
    """At once the long repair ends when people go, the usual one long before."""
    problem = shop(now_h=7.0)
    late = choose_begins(problem, lambda known: max(0.0, known.machines[0].free_from_s - 15 * HOUR_S))
    assert late == {}
    other = choose_begins(
        problem, lambda known: 100 * HOUR_S if known.machines[0].free_from_s == 15 * HOUR_S else HOUR_S
    )
    assert other["M1"] > problem.now_s


def test_the_judge_minds_the_machine_and_the_person_of_a_repair() -> None:
    problem = shop()
    blind = solve_shop(msgspec.structs.replace(problem, repairs=()), iterations=0)
    assert [violation.rule for violation in validate_shop(problem, blind)] == ["repair placed"]
    stop = records.PlacedMaintenance("repair M1", "M1", 11 * HOUR_S, 15 * HOUR_S, 0.0)
    blind = msgspec.structs.replace(blind, maintenance=(stop,))
    assert {violation.rule for violation in validate_shop(problem, blind)} == {"attended work needs people"}
    short = msgspec.structs.replace(stop, start_s=31 * HOUR_S, end_s=34 * HOUR_S)
    rules = {v.rule for v in validate_shop(problem, msgspec.structs.replace(blind, maintenance=(short,)))}
    assert "repair takes the required time" in rules
    on_it = tuple(
        msgspec.structs.replace(op, alternatives=(records.Alternative("M1", HOUR_S),)) for op in problem.operations
    )
    blind = solve_shop(msgspec.structs.replace(problem, repairs=(), operations=on_it), iterations=0)
    blind = msgspec.structs.replace(blind, maintenance=(stop,))
    broken = {violation.rule for violation in validate_shop(msgspec.structs.replace(problem, operations=on_it), blind)}
    assert "one part per machine" in broken


def test_rules_alone_repair_at_once_and_a_plan_in_force_keeps_the_repairs_place() -> None:
    problem = shop()
    assert validate_shop(problem, dispatch_shop(problem)) == ()
    plan = solve_shop(problem, iterations=200)
    live = LivePlan(problem, plan)
    held = live.schedule()
    assert validate_shop(problem, held) == ()
    live.disrupt(disruption.LateMaterial("O7", 40 * HOUR_S), 12 * HOUR_S)
    assert validate_shop(*live.remaining()) == ()
    assert [(a.operation, a.mount_s) for a in held.assignments] == [(a.operation, a.mount_s) for a in plan.assignments]


def test_a_repair_of_no_machine_or_without_length_is_refused() -> None:
    problem = shop()
    with pytest.raises(BadInput, match="repair of M9"):
        solve_shop(msgspec.structs.replace(problem, repairs=(records.Repair("M9", 1.0, 1.0),)))
    with pytest.raises(ValueError, match="usual_s"):
        records.Repair("M1", 0.0, 1.0)


def test_a_search_goal_by_goal_is_bound_by_the_plan_in_force_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it found for the goal before is no plan that anybody has seen: a repair may still begin later than there."""
    bounds: list[records.ShopSchedule | None] = []

    def watched(
        problem: records.ShopProblem, cost: object, in_force: records.ShopSchedule | None = None
    ) -> dict[str, float]:
        bounds.append(in_force)
        return {}

    monkeypatch.setattr("nightmill.scheduling.search.solve.choose_begins", watched)
    known = dispatch_shop(shop())
    solve_shop(shop(), iterations=20, goals=("tardiness", "makespan"))
    solve_shop(shop(), iterations=20, goals=("tardiness", "makespan"), previous=known)
    assert bounds == [None] * 3 + [known] * 3
