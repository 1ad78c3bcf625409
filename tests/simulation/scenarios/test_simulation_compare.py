import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_shops import ALWAYS, SHIFTS, one_machine

from nightmill.scheduling.problem.records import ShopProblem, Window
from nightmill.simulation import Experiment, FloorModel, Habits, Uncertainty, certain, read_change, what_if
from nightmill.simulation.cell.uncertainty import MachineLaw, OperationLaw
from nightmill.simulation.results import WhatIfAnswer
from nightmill.simulation.scenarios.cell_change import (
    AddMachine,
    Change,
    CycleFactor,
    MaintenanceInterval,
    Pallets,
    RobotMove,
    RushOrder,
    SecondShift,
    apply_change,
    laws_after,
    write_change,
)
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

NIGHTS = tuple(msgspec.structs.replace(window, persons=2) for window in SHIFTS)
SHOP = one_machine([4 * 3600.0] * 12, NIGHTS, 4)
ROUGH = Uncertainty(cycle_sd=0.1, mtbf_h=60.0, scrap_share=0.05)


def ask(
    problem: ShopProblem, change: Change, days: float = 2.0, laws: Uncertainty = ROUGH, n: int = 20
) -> WhatIfAnswer:
    return what_if(
        problem,
        change,
        iterations=20,
        experiment=Experiment(days=days, replications=n, seed=3),
        floor=FloorModel(uncertainty=laws),
    )


def test_no_change_makes_no_difference() -> None:
    answer = ask(SHOP, CycleFactor(1.0))
    assert answer.before == answer.after
    assert [(d.measure, d.mean, d.low, d.high) for d in answer.differences] == [
        (name, 0.0, 0.0, 0.0) for name in ("throughput", "tardiness_s", "completion_s", "unattended_h")
    ]


@given(st.integers(0, 10**6), st.lists(st.integers(1000, 20000).map(float), min_size=2, max_size=10))
@settings(max_examples=15, deadline=None)
def test_a_machine_more_never_finishes_less(seed: int, cuts: list[float]) -> None:
    """Equal machines, one operation a part, people and pallets enough: a part is behind fewer others, never more."""
    problem = one_machine(cuts, (Window(0.0, 400 * DAY_S, 20),), 40)
    laws = Uncertainty(cycle_sd=0.3, mtbf_h=None, scrap_share=0.1, draw_parameters=False)
    answer = what_if(
        problem,
        AddMachine("B", "A"),
        iterations=5,
        experiment=Experiment(days=0.5, replications=1, seed=seed),
        floor=FloorModel(uncertainty=laws, robots=50),
    )
    assert answer.after.throughput >= answer.before.throughput


def test_a_machine_more_helps_where_machines_are_scarce() -> None:
    throughput, tardiness, *_ = ask(SHOP, AddMachine("B", "A"), laws=certain()).differences
    assert throughput.low is not None
    assert throughput.low > 0.0
    assert tardiness.high is not None
    assert tardiness.high < 0.0


def test_a_machine_more_ends_orders_earlier_where_all_is_done_in_time_anyway() -> None:
    """What throughput and tardiness can't show: no part more is finished within the days, and none is late."""
    problem = msgspec.structs.replace(SHOP, orders=tuple(o.__class__(o.id, 20 * DAY_S) for o in SHOP.orders))
    differences = {d.measure: d for d in ask(problem, AddMachine("B", "A"), days=9.0, laws=certain(), n=3).differences}
    assert differences["throughput"].mean == differences["tardiness_s"].mean == 0.0
    assert differences["completion_s"].mean < -3600.0


def test_common_random_numbers_narrow_the_difference() -> None:
    """A second shift where people do not matter changes next to nothing, though each future varies."""
    problem = one_machine([3600.0] * 30, ALWAYS)
    answer = ask(problem, SecondShift(0.0, 24.0, 3), days=1.0)
    throughput = answer.differences[0]
    assert throughput.low is not None
    assert throughput.high is not None
    assert throughput.high - throughput.low < 0.5
    assert answer.before.failures > 0.0


def test_each_change_does_what_it_says() -> None:
    assert apply_change(SHOP, Pallets(9)).pallets == 9
    slow = apply_change(SHOP, CycleFactor(2.0))
    assert {op.alternatives[0].run_s for op in slow.operations} == {8 * 3600.0}
    twice = apply_change(SHOP, SecondShift(14.0, 22.0, 3))
    assert len(twice.presence) == 2 * len(SHOP.presence)
    assert Window(14 * 3600.0, 22 * 3600.0, 3) in twice.presence
    over = apply_change(SHOP, SecondShift(22.0, 6.0, 1))
    assert Window(22 * 3600.0, 30 * 3600.0, 1) in over.presence
    more = apply_change(SHOP, RushOrder("R", "O3", 5000.0, parts=2))
    added = more.operations[-2:]
    assert [(op.serial, op.order, op.alternatives) for op in added] == [
        (f"R/{k}", "R", SHOP.operations[3].alternatives) for k in (1, 2)
    ]
    assert more.orders[-1].due_s == 5000.0


def test_a_rush_order_is_answered_and_others_pay() -> None:
    answer = ask(SHOP, RushOrder("R", "O0", 8 * 3600.0, weight=20.0), days=5.0, laws=certain())
    rush = answer.after.completions[-1]
    assert rush.order == "R"
    assert rush.p50 == 6 * 3600 + 240 + 60 + 4 * 3600 + 60 + 60  # first in the morning, nothing before it
    assert answer.differences[1].mean > 0.0
    assert len(answer.before.completions) == 12


def test_more_stops_cost_hands_and_machine_hours_and_fewer_failures_give_them_back() -> None:
    habits = Habits(care_s=3600.0)
    problem = one_machine([2 * 3600.0] * 40, ALWAYS)

    def finished(change: Change) -> tuple[float, float]:
        answer = what_if(
            problem,
            change,
            iterations=20,
            experiment=Experiment(days=3.0, replications=10, seed=3),
            floor=FloorModel(uncertainty=ROUGH, habits=habits),
        )
        return answer.differences[0].mean, answer.after.failures - answer.before.failures

    often, as_before = finished(MaintenanceInterval(4.0))
    assert often < 0.0
    assert abs(as_before) < 0.5
    assert finished(MaintenanceInterval(1000.0, 0.01))[1] < 0.0


def test_an_added_machine_works_as_the_one_it_is_like() -> None:
    slow = MachineLaw(machine="A", cycle_factor=2.0)
    cut = OperationLaw(machine="A", operation="op", cycle_factor=3.0, cycle_sd=0.1, cycle_weight=9.0)
    laws = msgspec.structs.replace(ROUGH, by_machine=(slow,), by_operation=(cut,))
    after = laws_after(laws, AddMachine("B", "A"))
    assert after.law_of("B").cycle_factor == 2.0
    assert [law.cycle_factor for law in after.by_operation if law.machine == "B"] == [3.0]
    assert laws_after(laws, Pallets(9)) is laws


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ('{"add_machine": "M9", "like": "A"}', AddMachine("M9", "A")),
        ('{"second_shift": {"begins_h": 14, "ends_h": 22, "persons": 2}}', SecondShift(14.0, 22.0, 2)),
        ('{"pallets": 8}', Pallets(8)),
        ('{"rush_order": {"order": "R", "like": "O1", "due_s": 9}}', RushOrder("R", "O1", 9.0)),
        ('{"cycle_factor": 0.9}', CycleFactor(0.9)),
        ('{"robot_move_s": 30}', RobotMove(30.0)),
        ('{"maintenance_interval": {"hours": 200}}', MaintenanceInterval(200.0)),
    ],
)
def test_a_change_is_read_and_written(text: str, change: Change) -> None:
    assert read_change(text) == change
    assert read_change(write_change(change)) == change


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("{", [""]),
        ("[]", [""]),
        ("{}", [""]),
        ('{"faster": 2}', [""]),
        ('{"pallets": 3, "cycle_factor": 1}', [""]),
        ('{"pallets": true}', ["pallets.pallets"]),
        ('{"add_machine": "", "lik": "A"}', ["add_machine.add_machine", "add_machine.like", "add_machine.lik"]),
        (
            '{"second_shift": {"begins_h": 99, "persons": 0}, "x": 1}',
            ["second_shift.begins_h", "second_shift.ends_h", "second_shift.persons", ".x"],
        ),
        ('{"rush_order": 7}', ["rush_order", "rush_order.order", "rush_order.like", "rush_order.due_s"]),
    ],
)
def test_a_bad_change_says_all_that_is_wrong(text: str, places: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        read_change(text)
    assert [finding.place for finding in caught.value.findings] == places


@pytest.mark.parametrize(
    "change",
    [AddMachine("A", "A"), AddMachine("B", "Z"), Pallets(0), RushOrder("O1", "O2", 1.0), RushOrder("R", "Z", 1.0)],
)
def test_a_change_that_does_not_fit_is_refused(change: Change) -> None:
    with pytest.raises(BadInput):
        apply_change(SHOP, change)
