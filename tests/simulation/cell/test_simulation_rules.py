"""What the simulation does without chance is judged by the schedule's validator, which shares no code with it."""

import math

import msgspec
import pytest
from twin_shops import rich_shop, treating_shop, whole_shop

from nightmill.scheduling import dispatch_shop, solve_shop, validate_shop
from nightmill.scheduling.problem.records import (
    Assignment,
    PlacedMaintenance,
    Promise,
    ShopProblem,
    ShopSchedule,
    ToolBudget,
    Violation,
    Window,
)
from nightmill.simulation import Experiment, FloorModel, Uncertainty, certain, look_ahead
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.cell.transport import (
    CUT_ENDED,
    DISMOUNTED,
    FED,
    MOUNTED,
    PUT_IN,
    REPAIR_PAUSED,
    REPAIRED,
    STOP_ENDED,
    TAKEN_OUT,
    TREATED,
)
from nightmill.vocabulary.units import DAY_S

RULES = {
    "fixtures": {"fixtures"},
    "after": {"assembled after its parts are done"},
    "changeovers": {"time to change over"},
    "chips": {"chip bin lasts the night"},
    "repairs": {"repair takes the required time"},
}


class Recorded(Simulation):
    """A simulation that writes down what it does."""

    def __init__(self, model: Model) -> None:
        self.written: dict[tuple[int, int], dict[int, float]] = {}
        self.stops: list[tuple[int, float]] = []
        self.repaired: dict[int, tuple[float, float]] = {}
        self.on: dict[tuple[int, int], int] = {}
        super().__init__(model, certain(), replication_key(0, 0))

    def _push(self, at: float, kind: int, one: int, person: int = -1) -> None:
        if kind == STOP_ENDED:
            self.stops.append((one, at))
        elif kind in (REPAIR_PAUSED, REPAIRED):
            self.repaired[one] = (self.repaired.get(one, (self.meter.at_s, 0.0))[0], at)
        elif kind in (PUT_IN, TREATED, TAKEN_OUT):
            self._write_load(at, kind, self.ovens[one].parts)
        elif kind in (MOUNTED, FED, CUT_ENDED, DISMOUNTED):
            index = self.mills[one].part if kind == CUT_ENDED else one
            self.written.setdefault((index, self.parts[index].position), {})[kind] = at
            if kind == FED:
                self.on[index, self.parts[index].position] = self.parts[index].machine
        super()._push(at, kind, one, person)

    def _write_load(self, at: float, kind: int, parts: list[int]) -> None:
        """Parts go in and come out one after the other, and are treated together."""
        steps = [self.parts[index].step() for index in parts]
        begin = at - sum(step.mount_s if kind == PUT_IN else step.dismount_s for step in steps)
        for index, step in zip(parts, steps, strict=True):
            row = self.written.setdefault((index, self.parts[index].position), {})
            if kind == PUT_IN:
                begin += step.mount_s
                row |= {MOUNTED: begin, FED: at}
                self.on[index, self.parts[index].position] = self.parts[index].machine
            elif kind == TREATED:
                row[CUT_ENDED] = at
            else:
                begin += step.dismount_s
                row[DISMOUNTED] = begin


def carried_out(problem: ShopProblem, schedule: ShopSchedule, robots: int = 1) -> ShopSchedule:
    """The schedule that the simulation makes of ``schedule``."""
    run = Recorded(Model(problem, schedule, 60.0, robots))
    run.run()
    assert run.open_parts == 0
    serials = {name: k for k, name in enumerate(dict.fromkeys(op.serial for op in problem.operations))}
    position = dict.fromkeys(serials, 0)
    rows: list[Assignment] = []
    for op in problem.operations:
        place = serials[op.serial], position[op.serial]
        times, machine = run.written[place], problem.machines[run.on[place]].id
        position[op.serial] += 1
        done = times[DISMOUNTED]
        mount, dismount = times[MOUNTED] - op.mount_s, done - op.dismount_s
        rows.append(
            Assignment(op.id, op.serial, op.order, machine, mount, times[FED], times[CUT_ENDED], dismount, done)
        )
    done_s = {o.id: max(a.done_s for a in rows if a.order == o.id) for o in problem.orders}
    late = {o.id: max(0.0, done_s[o.id] - o.due_s) for o in problem.orders}
    stops = [PlacedMaintenance("stop", problem.machines[machine].id, at - 5400.0, at, 0.0) for machine, at in run.stops]
    numbers = {machine.id: k for k, machine in enumerate(problem.machines)}
    stops += [PlacedMaintenance(r.stop, r.machine, *run.repaired[numbers[r.machine]], 0.0) for r in problem.repairs]
    return msgspec.structs.replace(
        schedule,
        assignments=tuple(rows),
        maintenance=tuple(stops),
        promises=tuple(Promise(o.id, done_s[o.id], late[o.id]) for o in problem.orders),
        weighted_tardiness_s=sum(o.weight * late[o.id] for o in problem.orders),
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_simulation_keeps_every_rule_of_the_shop(seed: int) -> None:
    problem = whole_shop(seed, pallets=3 + seed % 5, persons=1 + seed % 2)
    schedule = dispatch_shop(problem, "edd")
    assert validate_shop(problem, carried_out(problem, schedule, robots=1 + seed % 3)) == ()


@pytest.mark.parametrize("seed", range(12))
def test_fixtures_assembly_changeovers_chips_and_placed_repairs_are_kept(seed: int) -> None:
    problem = rich_shop(seed)
    schedule = solve_shop(problem, iterations=50, seed=seed)
    assert validate_shop(problem, carried_out(problem, schedule)) == ()


@pytest.mark.parametrize("seed", range(10))
def test_ovens_and_tables_take_what_they_have_room_for_while_somebody_is_there(seed: int) -> None:
    problem = treating_shop(seed)
    schedule = solve_shop(problem, iterations=50, seed=seed)
    assert validate_shop(problem, schedule) == ()
    real = carried_out(problem, schedule)
    assert validate_shop(problem, real) == ()
    baked = [a.start_s for a in real.assignments if a.machine == "oven"]
    assert len(set(baked)) < len(baked), "no load of several parts"


@pytest.mark.parametrize(
    ("change", "rule"), [("places", "no more parts than places"), ("hands", "loaded while somebody")]
)
def test_the_judge_sees_an_oven_that_was_not_loaded_by_its_rules(change: str, rule: str) -> None:
    replace = msgspec.structs.replace
    broken: list[Violation] = []
    for seed in range(12):
        problem = treating_shop(seed)
        easier = {
            "places": replace(
                problem, machines=tuple(replace(m, places=9 if m.id == "oven" else 1) for m in problem.machines)
            ),
            "hands": replace(problem, presence=(Window(0.0, 60 * DAY_S, 2),)),
        }[change]
        broken += validate_shop(problem, carried_out(easier, solve_shop(easier, iterations=50, seed=seed)))
    assert any(violation.rule.startswith(rule) for violation in broken)


@pytest.mark.parametrize("change", ["fixtures", "after", "changeovers", "chips", "repairs"])
def test_the_judge_sees_a_rule_of_the_rich_shop_that_was_not_kept(change: str) -> None:
    replace = msgspec.structs.replace
    broken: list[Violation] = []
    for seed in range(6):
        problem = rich_shop(seed)
        easier = {
            "fixtures": replace(problem, fixtures=tuple(replace(kind, count=99) for kind in problem.fixtures)),
            "after": replace(problem, operations=tuple(replace(op, after=()) for op in problem.operations)),
            "changeovers": replace(problem, changeovers=()),
            "chips": replace(problem, machines=tuple(replace(m, chip_s=None) for m in problem.machines)),
            "repairs": replace(problem, repairs=(replace(problem.repairs[0], usual_s=60.0),)),
        }[change]
        broken += validate_shop(problem, carried_out(easier, solve_shop(easier, iterations=50, seed=seed)))
    assert {violation.rule for violation in broken} & RULES[change]


@pytest.mark.parametrize("change", ["pallets", "presence", "tools", "down"])
def test_the_judge_sees_a_rule_that_was_not_kept(change: str) -> None:
    """Carried out in an easier shop, the same work breaks a rule of the harder one."""
    problem = whole_shop(1, orders=12)
    replace = msgspec.structs.replace
    problem = replace(problem, tool_budgets=tuple(ToolBudget(m.id, 1, 500.0) for m in problem.machines))
    easier = {
        "pallets": replace(problem, pallets=30),
        "presence": replace(problem, presence=tuple(replace(w, persons=9) for w in problem.presence)),
        "tools": replace(problem, tool_budgets=()),
        "down": replace(problem, machines=tuple(replace(m, down=(), free_from_s=0.0) for m in problem.machines)),
    }[change]
    assert validate_shop(problem, carried_out(easier, dispatch_shop(problem, "edd"))) != ()


@pytest.mark.parametrize("seed", range(5))
def test_a_rough_shop_finishes_everything_in_the_end(seed: int) -> None:
    problem = whole_shop(seed, pallets=3)
    schedule = dispatch_shop(problem, "edd")
    laws = Uncertainty(cycle_sd=0.3, mtbf_h=10.0, repair_h=3.0, scrap_share=0.1)
    answer = look_ahead(
        problem, schedule, experiment=Experiment(days=59, replications=5, seed=seed), floor=FloorModel(uncertainty=laws)
    )
    parts = len({op.serial for op in problem.operations})
    assert math.isclose(answer.throughput * 59, parts)
    assert answer.failures > 0
    assert answer.scrapped > 0
    assert all(c.p10 is not None and c.p50 is not None and c.p10 <= c.p50 for c in answer.completions)
