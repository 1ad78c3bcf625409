"""Plans made anew within a replication."""

import math

import msgspec
import pytest
from twin_shops import ALWAYS, in_file_order, one_machine, whole_shop

from nightmill.scheduling import dispatch_shop
from nightmill.scheduling.problem.records import PlacedMaintenance, ShopOrder, ShopProblem, ShopSchedule, Window
from nightmill.simulation import Habits, Uncertainty, certain
from nightmill.simulation.cell.floor_behaviour import Planner, Replanned
from nightmill.simulation.cell.model import Model
from nightmill.simulation.outlook.replications import Future, simulate
from nightmill.vocabulary.errors import BadInput, Finding

ROUGH = Uncertainty(cycle_sd=0.2, mtbf_h=20.0, mtbf_weight=4.0, repair_h=3.0, scrap_share=0.1)
ONE = (Window(0.0, 400 * 86400.0, 1),)
ALL = frozenset(f"O{k}" for k in range(50))


class Asked:
    """A planner by due date that remembers what it was asked."""

    def __init__(self) -> None:
        self.problems: list[ShopProblem] = []
        self.previous: list[ShopSchedule] = []

    def __call__(self, problem: ShopProblem, previous: ShopSchedule) -> ShopSchedule:
        self.problems.append(problem)
        self.previous.append(previous)
        return dispatch_shop(problem, "edd")


def futures(
    problem: ShopProblem, planner: Planner | None, laws: Uncertainty, received: frozenset[str] = ALL, number: int = 1
) -> list[Future]:
    habits = Habits(planner=planner, received=received)
    return simulate(Model(problem, in_file_order(problem), 60.0, 1, habits=habits), number, 3, laws)


def with_a_rush_order() -> ShopProblem:
    """Eight parts of an hour each, one pallet; a ninth comes after two hours and is due first."""
    problem = one_machine([3600.0] * 9, ONE, pallets=1, due_s=90000.0)
    *rest, rush = problem.operations
    late = msgspec.structs.replace(rush, release_s=7200.0)
    orders = (*problem.orders[:-1], ShopOrder("O8", 10000.0))
    return msgspec.structs.replace(problem, operations=(*rest, late), orders=orders)


def test_an_order_that_comes_and_is_urgent_goes_before_what_was_planned() -> None:
    problem, known = with_a_rush_order(), ALL - {"O8"}
    kept, anew = (futures(problem, each, certain(), known)[0].completions_s for each in (None, Asked()))
    assert kept[8] == max(kept)
    assert sorted(anew)[2] == anew[8]


def test_a_plan_knows_no_order_before_it_comes_and_no_part_that_is_done() -> None:
    asked = Asked()
    (one,) = futures(with_a_rush_order(), asked, certain(), ALL - {"O8"})
    assert len(asked.problems) > 5
    for problem in asked.problems:
        named = {op.order for op in problem.operations}
        assert named == {order.id for order in problem.orders}
        assert "O8" not in named or problem.now_s + 1e-6 >= 7200.0
        assert all(one.completions_s[int(name[1:])] >= problem.now_s for name in named)
        assert all(  # what is cut through has left the plan, though it is still on its pallet
            one.completions_s[int(name[1:])] - 60.0 - 60.0 > problem.now_s or op.state != "cut"
            for name, op in zip(sorted(named), sorted(problem.operations, key=lambda op: op.order), strict=True)
        )
    assert any("O8" in {op.order for op in problem.operations} for problem in asked.problems)
    assert {row.order for row in asked.previous[0].assignments} == ALL - {"O8"} - {f"O{k}" for k in range(9, 50)}
    assert asked.previous[1].promises  # from then on the plan in force is the planner's own
    for before, known in zip(asked.problems, asked.previous[1:], strict=False):
        begun = {op.id for op in before.operations if op.state in {"running", "cut"}}
        assert not begun & {row.operation for row in known.assignments}, "what runs isn't published"
    assert any(op.state == "running" for op in asked.problems[0].operations), "else this tests nothing"


@pytest.mark.parametrize("seed", range(6))
def test_the_problem_that_is_planned_is_the_shop_as_it_stands(seed: int) -> None:
    shop, asked = whole_shop(seed), Asked()
    steps = {name: sum(op.serial == name for op in shop.operations) for name in {op.serial for op in shop.operations}}
    runs = futures(shop, asked, ROUGH, number=3)
    assert all(math.isfinite(end) for one in runs for end in one.completions_s)
    stages = set()
    for problem in asked.problems:  # each of them passed the scheduler's own check when it was planned
        by_serial: dict[str, list[str]] = {}
        for op in problem.operations:
            by_serial.setdefault(op.serial, []).append(op.state)
            stages.add(op.state)
        assert all(len(states) <= steps[name] for name, states in by_serial.items())
        assert all(set(states[1:]) <= {"waiting"} for states in by_serial.values())
        assert sum(states[0] != "waiting" for states in by_serial.values()) <= problem.pallets
        inside = [op.machine for op in problem.operations if op.state == "running"]
        assert len(inside) == len(set(inside))
    assert stages == {"waiting", "mounted", "running", "cut"}


def test_each_replication_plans_for_itself() -> None:
    shop = whole_shop(2)
    assert futures(shop, Asked(), ROUGH, number=3) == futures(shop, Asked(), ROUGH, number=3)
    alone = simulate(Model(shop, in_file_order(shop), 60.0, 1, habits=Habits(planner=Asked())), 1, 3, ROUGH)
    together = simulate(Model(shop, in_file_order(shop), 60.0, 1, habits=Habits(planner=Asked())), 2, 3, ROUGH)
    assert alone[0] == together[0]


def test_where_no_plan_is_possible_the_one_in_force_stays() -> None:
    def refuses(problem: ShopProblem, previous: ShopSchedule) -> ShopSchedule:
        raise BadInput(Finding("shop", "pallets", "0", "at least 1", "Take one off."))

    problem = one_machine([3600.0, 1800.0, 2400.0], ALWAYS)
    (kept,), (refused,) = futures(problem, None, certain()), futures(problem, refuses, certain())
    assert refused.completions_s == kept.completions_s
    assert refused.cycle_s == kept.cycle_s


def test_what_a_plan_leaves_out_comes_after_all_that_it_has() -> None:
    """Nobody is known to be there for the first three orders yet."""
    later = {f"O{k}" for k in range(3)}

    def of_the_rest(problem: ShopProblem, previous: ShopSchedule) -> ShopSchedule:
        kept = tuple(op for op in problem.operations if op.order not in later or op.state != "waiting")
        return dispatch_shop(msgspec.structs.replace(problem, operations=kept), "edd")

    problem = one_machine([3600.0] * 8, ONE, pallets=1)
    operations = tuple(
        msgspec.structs.replace(op, release_s=7200.0 if op.order in later else 0.0) for op in problem.operations
    )
    (one,) = futures(msgspec.structs.replace(problem, operations=operations), of_the_rest, certain())
    assert min(one.completions_s[:3]) > max(one.completions_s[3:])


def test_plans_made_anew_take_the_place_of_what_is_known_of_them() -> None:
    problem = one_machine([3600.0] * 4, ALWAYS)
    moved = Replanned(1.0, 1.0, 10.0)
    model = Model(problem, in_file_order(problem), 9.0, 1, habits=Habits(planner=Asked(), replanned=moved))
    assert model.habits.replanned is None


def test_plans_are_made_while_nothing_happens() -> None:
    """The floor plans all night and all weekend, each plan from the one before."""
    asked, day = Asked(), 86400.0
    weekends = (Window(0.0, 3600.0, 1), Window(3 * day, 4 * day, 1))
    futures(one_machine([600.0] * 40, weekends), asked, certain())
    absent = [problem.now_s for problem in asked.problems if 7200.0 < problem.now_s < 3 * day]
    assert len(absent) == pytest.approx(70, abs=2)


def test_repairs_begin_when_the_plan_says() -> None:
    class PutOff(Asked):
        def __call__(self, problem: ShopProblem, previous: ShopSchedule) -> ShopSchedule:
            found = super().__call__(problem, previous)
            stops = tuple(
                PlacedMaintenance(each.stop, each.machine, problem.now_s + 50000.0, problem.now_s + 60000.0, cost=0.0)
                for each in problem.repairs
            )
            return msgspec.structs.replace(found, maintenance=stops)

    breaks = Uncertainty(cycle_sd=0.0, mtbf_h=1.0, repair_h=1.0, repair_sd=0.0, scrap_share=0.0, draw_parameters=False)
    problem = one_machine([3600.0] * 6, ALWAYS)
    ends = {}
    for within_s in (0.0, 86400.0):
        asked = PutOff()
        habits = Habits(planner=asked, received=ALL, repair_within_s=within_s)
        (one,) = simulate(Model(problem, in_file_order(problem), 60.0, 1, habits=habits), 1, 3, breaks)
        assert any(each.repairs for each in asked.problems) == (within_s > 0.0)
        ends[within_s] = max(one.completions_s), one.failures
    assert ends[0.0][1] == ends[86400.0][1] > 0
    assert ends[86400.0][0] > ends[0.0][0] + 40000.0 * ends[0.0][1]  # each waits so long, a day at most
