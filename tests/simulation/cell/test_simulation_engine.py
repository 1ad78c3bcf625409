import math
import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_shops import ALWAYS, SHIFTS, in_file_order, one_machine

from nightmill.scheduling import dispatch_shop, validate_shop
from nightmill.scheduling.problem.records import (
    Alternative,
    Changeover,
    FixtureKind,
    MaintenanceChoice,
    MaintenanceOption,
    PlacedMaintenance,
    ShopMachine,
    ShopProblem,
    ToolBudget,
    ToolUse,
    Window,
)
from nightmill.simulation import Experiment, FloorModel, Habits, Uncertainty, certain, look_ahead
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.entities import EMPTY, STOPPED
from nightmill.simulation.cell.floor_behaviour import Down
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.cell.uncertainty import MachineLaw
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

# As many people as parts: where they are scarce the schedule and the floor share them out differently.
MANNED = tuple(tuple(msgspec.structs.replace(w, persons=13) for w in windows) for windows in (ALWAYS, SHIFTS))
CUTS = st.lists(st.integers(300, 20000).map(float), min_size=1, max_size=12)
ROUGH = Uncertainty(cycle_sd=0.2, mtbf_h=20.0, mtbf_weight=4.0, repair_h=3.0, scrap_share=0.1)


def certain_run(problem: ShopProblem, days: float = 50.0) -> Simulation:
    run = Simulation(Model(problem, in_file_order(problem), days, 1), certain(), replication_key(0, 0))
    run.run()
    return run


@given(CUTS, st.sampled_from(MANNED), st.sampled_from(["edd", "fifo", "spt", "mwkr"]))
@settings(max_examples=40, deadline=None)
def test_without_chance_parts_end_when_the_schedule_says(
    cuts: list[float], presence: tuple[Window, ...], rule: str
) -> None:
    problem = one_machine(cuts, presence)
    schedule = dispatch_shop(problem, rule)  # type: ignore[arg-type]
    answer = look_ahead(
        problem,
        schedule,
        experiment=Experiment(days=100, replications=1, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    promised = {promise.order: promise.promise_s for promise in schedule.promises}
    for completion in answer.completions:
        assert completion.p10 == completion.p50 == completion.p90 == pytest.approx(promised[completion.order])


@given(CUTS, st.integers(0, 2**32), st.sampled_from(["edd", "fifo", "spt", "mwkr"]))
@settings(max_examples=40, deadline=None)
def test_with_changeovers_and_fixtures_parts_end_when_the_schedule_says(
    cuts: list[float], seed: int, rule: str
) -> None:
    draw, replace = random.Random(seed), msgspec.structs.replace
    problem = one_machine(cuts, MANNED[0])
    operations = tuple(
        replace(
            op,
            alternatives=(Alternative("A", cut, family=draw.choice("XY")),),
            fixture=draw.choice(("", "vice")),
        )
        for op, cut in zip(problem.operations, cuts, strict=True)
    )
    changeovers = (Changeover("X", "Y", 900.0), Changeover("Y", "X", 1700.0), Changeover("", "Y", 400.0))
    problem = replace(
        problem, operations=operations, changeovers=changeovers, fixtures=(FixtureKind("vice", len(cuts)),)
    )
    schedule = dispatch_shop(problem, rule)  # type: ignore[arg-type]
    answer = look_ahead(
        problem,
        schedule,
        experiment=Experiment(days=100, replications=1, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    promised = {promise.order: promise.promise_s for promise in schedule.promises}
    for completion in answer.completions:
        assert completion.p50 == pytest.approx(promised[completion.order])


def test_a_repair_begins_when_the_schedule_lets_it() -> None:
    problem = one_machine([1000.0])
    habits = Habits(downs=(Down("A", left_s=600.0, from_s=5000.0),))
    run = Simulation(Model(problem, in_file_order(problem), 5, 1, habits=habits), certain(), replication_key(0, 0))
    run.run()
    assert run.parts[0].done_s == pytest.approx(5000.0 + 600.0 + 60 + 1000 + 60 + 60)


def test_a_cut_takes_a_move_before_and_one_after() -> None:
    run = certain_run(one_machine([1000.0, 500.0]))
    assert run.parts[0].done_s == 240 + 60 + 1000 + 60 + 60
    assert run.parts[1].done_s == 240 + 60 + 1000 + 60 + 60 + 500 + 60 + 60


def test_the_robot_is_shared() -> None:
    problem = one_machine([1000.0, 1000.0])
    other = (Alternative("B", 1000.0),)
    ops = (problem.operations[0], msgspec.structs.replace(problem.operations[1], alternatives=other))
    problem = msgspec.structs.replace(problem, operations=ops, machines=(ShopMachine("A"), ShopMachine("B")))
    ends = {
        robots: look_ahead(
            problem,
            in_file_order(problem),
            experiment=Experiment(days=1, replications=1, seed=0),
            floor=FloorModel(uncertainty=certain(), robots=robots),
        )
        .completions[1]
        .p50
        for robots in (1, 2)
    }
    assert ends == {1: 240 + 120 + 1000 + 60 + 60, 2: 240 + 60 + 1000 + 60 + 60}


def test_a_machine_without_work_takes_over_what_another_cannot_take() -> None:
    problem = one_machine([1000.0, 1000.0, 1000.0])
    both = (Alternative("A", 1000.0), Alternative("B", 700.0))
    ops = tuple(msgspec.structs.replace(op, alternatives=both) for op in problem.operations)
    problem = msgspec.structs.replace(problem, operations=ops, machines=(ShopMachine("A"), ShopMachine("B")))
    ends = [part.done_s for part in certain_run(problem).parts]  # all are planned for A
    assert ends[0] == 240 + 60 + 1000 + 60 + 60
    assert ends[1] == 240 + 60 + 60 + 700 + 60 + 60  # B waits for the robot, then takes 700 s
    alone = msgspec.structs.replace(
        problem, operations=tuple(msgspec.structs.replace(op, alternatives=both[:1]) for op in ops)
    )
    assert certain_run(alone).parts[1].done_s > 2000.0
    down = (ShopMachine("A", free_from_s=DAY_S), ShopMachine("B"))
    assert max(part.done_s for part in certain_run(msgspec.structs.replace(problem, machines=down)).parts) < DAY_S


def test_a_bench_is_shared_and_machines_are_fed_before_parts_are_taken_off() -> None:
    problem = one_machine([100.0] * 6)
    model = [Model(problem, in_file_order(problem), 50.0, 6, benches) for benches in (0, 1, 2)]
    runs = [Simulation(each, certain(), replication_key(0, 0)) for each in model]
    for run in runs:
        run.run()
    many, one, two = ([part.begun_s for part in run.parts] for run in runs)
    assert many == [0.0, 0.0, many[2], *many[3:]]  # two people
    assert two == many
    assert one[:3] == [0.0, 240.0, 540.0]  # at 480 s the pool holds what the machine can take, so one comes off first
    more = msgspec.structs.replace(problem, machines=tuple(ShopMachine(name) for name in "ABC"))
    run = Simulation(Model(more, in_file_order(more), 50.0, 6, 1), certain(), replication_key(0, 0))
    run.run()
    assert [part.begun_s for part in run.parts][:3] == [0.0, 240.0, 480.0]  # three machines could take three
    handwork = sum(240.0 + 60.0 for _ in one)
    assert max(part.done_s for part in runs[1].parts) >= handwork


def test_nobody_mounts_at_night_but_the_night_cuts_what_is_mounted() -> None:
    problem = one_machine([4 * 3600.0] * 4, SHIFTS)
    run = certain_run(problem)
    begins = 6 * 3600.0
    assert run.unattended_s == pytest.approx(4 * 4 * 3600 - (8 * 3600 - 240 - 60 - 120))
    assert run.parts[-1].done_s == pytest.approx(
        DAY_S + begins + 3 * 60
    )  # three wait for the person, one takes them off


def test_a_pallet_too_few_leaves_the_night_idle() -> None:
    free, short = (certain_run(one_machine([4 * 3600.0] * 4, SHIFTS, pallets)).unattended_s for pallets in (4, 2))
    assert short < free


def test_a_stop_of_the_schedule_takes_the_machine_and_a_person() -> None:
    problem = one_machine([3600.0, 3600.0])
    choice = MaintenanceChoice("care", "A", 1800.0, (MaintenanceOption(4000.0, 0.0),))
    problem = msgspec.structs.replace(problem, maintenance=(choice,))
    schedule = msgspec.structs.replace(
        in_file_order(problem), maintenance=(PlacedMaintenance("care", "A", 4000.0, 5800.0, 0.0),)
    )
    answer = look_ahead(
        problem,
        schedule,
        experiment=Experiment(days=1, replications=1, seed=0),
        floor=FloorModel(uncertainty=certain()),
    )
    assert answer.completions[1].p50 == 5800 + 60 + 3600 + 60 + 60


def test_tools_last_the_night_only_as_long_as_their_budget() -> None:
    problem = one_machine([3600.0] * 3, (Window(0.0, 1200.0), Window(DAY_S, DAY_S + 3600.0)))
    tools = (Alternative("A", 3600.0, (ToolUse(1, 1000.0),)),)
    ops = tuple(msgspec.structs.replace(op, alternatives=tools) for op in problem.operations)
    problem = msgspec.structs.replace(problem, operations=ops, tool_budgets=(ToolBudget("A", 1, 1500.0),))
    run = certain_run(problem)
    in_the_night = 3600 - (1200 - 300) + 3600  # the third waits for the morning, and for nobody in the evening
    assert run.unattended_s == pytest.approx(in_the_night + 60)
    assert math.isinf(run.parts[2].done_s)


def test_what_has_begun_goes_on() -> None:
    problem = one_machine([1000.0, 1000.0, 1000.0])
    replace = msgspec.structs.replace
    running = replace(problem.operations[0], state="running", machine="A", started_s=0.0)
    cut = replace(problem.operations[1], state="cut", measure_s=30.0)
    mounted = replace(problem.operations[2], state="mounted")
    run = certain_run(replace(problem, now_s=400.0, operations=(running, cut, mounted)))
    assert [part.done_s for part in run.parts] == [1000 + 60 + 60, 400 + 30 + 60, 1000 + 120 + 1000 + 60 + 60]


def test_a_running_cut_is_never_over_before_now() -> None:
    problem = one_machine([1000.0])
    running = msgspec.structs.replace(problem.operations[0], state="running", machine="A", started_s=0.0)
    problem = msgspec.structs.replace(problem, now_s=1030.0, operations=(running,))
    laws = msgspec.structs.replace(certain(), cycle_sd=0.05)
    answer = look_ahead(
        problem,
        in_file_order(problem),
        experiment=Experiment(days=1, replications=200, seed=1),
        floor=FloorModel(uncertainty=laws),
    )
    done = answer.completions[0]
    assert done.p10 is not None
    assert done.p90 is not None
    assert 1030 + 120 < done.p10 < done.p90 < 1150 + 120


@given(st.integers(0, 10**6), st.integers(1, 10), st.floats(0.1, 10.0))
@settings(max_examples=25, deadline=None)
def test_each_part_ends_once_or_remains(seed: int, pallets: int, days: float) -> None:
    problem = one_machine([9000.0 + 10 * k for k in range(20)], SHIFTS, pallets)
    run = Simulation(Model(problem, in_file_order(problem), days, 1), ROUGH, replication_key(seed, 0))
    run.run()
    done = {k for k, part in enumerate(run.parts) if not math.isinf(part.done_s)}
    waiting = {index for _, index in run.to_mount}
    assert len(waiting) == len(run.to_mount)
    assert not done & waiting
    assert len(done) + len(waiting) + pallets - len(run.free_pallets) == 20
    assert run.open_parts == 20 - len(done)
    in_machine = [mill.part for mill in run.mills if mill.part not in (EMPTY, STOPPED)]
    assert not set(in_machine) & (done | waiting)
    ends = sorted(run.parts[k].done_s for k in done)
    assert all(later - earlier >= 60.0 - 1e-6 for earlier, later in pairwise(ends))  # one person takes them off


def test_a_scrapped_part_is_made_again_from_its_first_operation() -> None:
    problem = one_machine([1000.0] * 50)
    laws = msgspec.structs.replace(certain(), scrap_share=0.3)
    run = Simulation(Model(problem, in_file_order(problem), 30, 1), laws, replication_key(5, 0))
    run.run()
    assert run.open_parts == 0
    assert run.scrapped == sum(part.attempt for part in run.parts) > 0
    assert run.mills[0].cut_s == pytest.approx(1000.0 * (50 + run.scrapped))


def test_a_part_begun_is_made_again_with_the_operations_it_had_behind_it() -> None:
    problem = one_machine([1000.0, 2000.0, 2000.0])
    replace = msgspec.structs.replace
    first, second, begun = problem.operations
    ops = (
        replace(first, serial="S0", order="O0", id="S0/1", operation="1"),
        replace(second, serial="S0", order="O0", id="S0/2", operation="2"),
        replace(begun, serial="S1", order="O0", id="S1/2", operation="2"),
    )
    problem = replace(problem, operations=ops)
    model = Model(problem, in_file_order(problem), 1, 1)
    assert [step.runs[step.machine] for step in model.serials[1].steps] == [2000.0]
    assert [step.runs[step.machine] for step in model.serials[1].remake] == [1000.0, 2000.0]


def test_a_repair_waits_for_people_and_is_taken_up_again_by_the_next_shift() -> None:
    problem = one_machine([3600.0] * 12, SHIFTS)
    laws = MachineLaw(
        machine="A", cycle_sd=0.0, mtbf_h=6.0, repair_h=12.0, repair_sd=0.0, spoilt_share=0.0, scrap_share=0
    )
    run = Simulation(
        Model(problem, in_file_order(problem), 50, 1),
        msgspec.structs.replace(certain(), by_machine=(laws,)),
        replication_key(3, 0),
    )
    run.run()
    assert run.failures > 0
    assert max(part.done_s for part in run.parts) > DAY_S * (1 + run.failures)  # 12 h of people take more than a shift
    assert run.mills[0].cut_s == pytest.approx(12 * 3600.0)  # interrupted, none cut again


@pytest.mark.parametrize(("machines", "repair_h"), [(1, 3.0), (3, 2.0), (5, 2.5)])
def test_one_repairer_for_many_machines_as_in_the_closed_form(machines: int, repair_h: float) -> None:
    """Ashcroft 1950 by Takács 1962: failures exponential, repairs constant, one person.

    P(nobody in repair) = 1 / (1 + N b L sum_j C(N-1, j) prod_{i<=j} (exp(i L b) - 1)); mean running = (1 - P) / (L b).
    """
    mtbf_h, parts, days = 10.0, 500, 200.0
    total, product = 0.0, 1.0
    for j in range(machines):
        if j:
            product *= math.exp(j * repair_h / mtbf_h) - 1.0
        total += math.comb(machines - 1, j) * product
    load = repair_h / mtbf_h
    expected = (1.0 - 1.0 / (1.0 + machines * load * total)) / load / machines
    names = [f"M{k}" for k in range(machines)]
    problem = one_machine([36000.0] * parts * machines, (Window(0.0, 400 * DAY_S, 1),))
    ops = tuple(
        msgspec.structs.replace(
            op, state="mounted", alternatives=(Alternative(names[k % machines], 36000.0),), dismount_s=0.0
        )
        for k, op in enumerate(problem.operations)
    )
    problem = msgspec.structs.replace(
        problem, operations=ops, move_s=0.0, machines=tuple(ShopMachine(name) for name in names)
    )
    laws = Uncertainty(
        cycle_sd=0.0,
        mtbf_h=mtbf_h,
        repair_h=repair_h,
        repair_sd=0.0,
        spoilt_share=0.0,
        scrap_share=0.0,
        draw_parameters=False,
    )
    shares = [
        look_ahead(
            problem,
            in_file_order(problem),
            experiment=Experiment(days=days, replications=1, seed=seed),
            floor=FloorModel(uncertainty=laws),
        ).utilisation
        for seed in range(8)
    ]
    values = [sum(machine.share for machine in each) / machines for each in shares]
    middle = sum(values) / len(values)
    spread = math.sqrt(sum((v - middle) ** 2 for v in values) / (len(values) - 1) / len(values))
    assert abs(middle - expected) < 3.5 * spread  # 99 % of Student's t with 7 degrees of freedom
    assert spread < 0.02


@pytest.mark.parametrize("room", [0, 1, 2, 9])
def test_room_behind_a_machine_is_kept_as_the_schedule_keeps_it(room: int) -> None:
    presence = (Window(0.0, 8 * 3600.0), Window(24 * 3600.0, 32 * 3600.0), Window(48 * 3600.0, 56 * 3600.0))
    problem = one_machine([3.5 * 3600.0] * 7, presence)
    problem = msgspec.structs.replace(problem, machines=(ShopMachine("A", buffer=room),))
    schedule = dispatch_shop(problem, "edd")
    assert validate_shop(problem, schedule) == ()
    done = {a.serial: a.done_s for a in schedule.assignments}
    parts = certain_run(problem).parts
    # the schedule has the robot bring a blocked part by the time people come, the floor and its twin begin that move then
    expected = pytest.approx([done[f"S{k}"] for k in range(len(parts))], abs=problem.move_s + 1.0)
    assert [part.done_s for part in parts] == expected
    begun = msgspec.structs.replace(problem.operations[0], state="cut", machine="A")
    problem = msgspec.structs.replace(problem, operations=(begun, *problem.operations[1:]), now_s=9 * 3600.0)
    assert certain_run(problem).parts[1].done_s > 24 * 3600.0


def test_what_the_simulation_knows_nothing_of_is_refused() -> None:
    problem, replace = one_machine([3600.0, 3600.0], ALWAYS), msgspec.structs.replace
    first, second = problem.operations
    for changed, said in (
        (replace(problem, machines=(ShopMachine("A", places=2),)), "2 places"),
        (replace(problem, operations=(replace(first, together=("S1",)), second)), "together with S1"),
        (replace(problem, operations=(replace(first, per_pallet=3), second)), "3 parts on a pallet"),
    ):
        with pytest.raises(BadInput, match=said):
            look_ahead(
                changed,
                in_file_order(changed),
                experiment=Experiment(days=1, replications=1, seed=0),
                floor=FloorModel(uncertainty=certain()),
            )
