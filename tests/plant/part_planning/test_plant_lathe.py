"""Shops with and without a lathe: which tools a part is planned with, and which machine runs its program."""

import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from desk_sample import PARTS, SHOP

from nightmill.cam import default_tools
from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.floor.interlocks import gate
from nightmill.plant.night.preflight import preflight
from nightmill.plant.part_planning.plan_job import _shop_of
from nightmill.plant.part_planning.planning_request import planning_request
from nightmill.plant.part_planning.routes import certified_routes, mark_fresh
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.plan_store.route_record import RouteRecord
from nightmill.plant.requests.effects import NotPossible, consequences
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.plant.shop_twin.belief import believed, floor_model, foreseen_plan
from nightmill.plant.workspace.shop import whole_shop
from nightmill.scheduling import solve_shop, validate_shop
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.entities import Mill
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.scenarios.cell_change import AddMachine
from nightmill.verification.certificate.job_files import IDENTITY
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.plan import PLAN_FORMAT, TURNING_TOOLS, Body, Certificate, Plan, Setup
from nightmill.vocabulary.shop import MachineLimits, Shop

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from virtual_shops import DAY_S, VirtualShop, lived, virtual_shop

replace = msgspec.structs.replace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "bracket.step").write_bytes((PARTS / "bracket.step").read_bytes())
    (tmp_path / "shop.toml").write_text(SHOP)
    (tmp_path / "orders.csv").write_text("order,item,quantity,due\nO-1,bracket,4,2026-11-03T16:00\n")
    return tmp_path


def keep_turned(folder: Path) -> None:
    """A signed plan of the part as its files are, with one setup of a lathe."""
    place = folder / ".nightmill" / "plans" / "bracket"
    place.mkdir(parents=True)
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    setup = Setup("1", "turn", "1.ngc", "G54", IDENTITY, (), cycle_time_s=60.0)
    plan = Plan(PLAN_FORMAT, "bracket", "mm", "0" * 64, stock, (), (setup,), (), 60.0, "Al 6061")
    proof = msgspec.convert(
        {"certified": True, "gouge_mm": 0, "excess_mm": 0, "certified_area_share": 1, "uncut": [], "rapid_hits": 0,
         "collisions": 0}, Certificate,
    )  # fmt: skip
    record = RouteRecord(
        "bracket", "0" * 64, "Al 6061", True, proof, (), (), (), 1.0, 1.0, 2700.0, 6, 1, 1.0, ()
    )  # fmt: skip
    (place / "plan.json").write_bytes(msgspec.json.encode(plan))
    (place / "route.json").write_bytes(msgspec.json.encode(record))
    (place / "1.ngc").write_text("M2\n")
    shop = whole_shop(folder)
    mark_fresh(place, planning_request(shop.parts[0], shop, folder, place))
    Seal(folder).sign_plan(place)


def test_a_shop_without_a_lathe_plans_with_tools_that_turn_themselves(folder: Path) -> None:
    shop = whole_shop(folder)
    request = planning_request(shop.parts[0], shop, folder, folder / "out")
    types = {tool["type"] for tool in request["tools"]}
    assert "flat" in types
    assert not types & TURNING_TOOLS
    _, crib = _shop_of(msgspec.convert(request["limits"], MachineLimits), default_tools())
    assert not {tool.type for tool in crib} & TURNING_TOOLS
    _, crib = _shop_of(None, ())
    assert {tool.type for tool in crib} >= TURNING_TOOLS, "a part of no shop may be turned"


def test_a_shop_with_lathes_alone_is_planned_without_a_mill_for_what_they_leave(folder: Path) -> None:
    shop = whole_shop(folder)
    lathes = replace(shop, work_units=tuple(replace(unit, kind="lathe") for unit in shop.cutters("mill")))
    request = planning_request(shop.parts[0], lathes, folder, folder / "out")
    assert request["mills"] is False
    assert "mills" not in planning_request(shop.parts[0], shop, folder, folder / "out")


def test_a_turned_plan_reaches_no_mill(folder: Path) -> None:
    keep_turned(folder)
    routes, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert not routes
    assert (refusal.item, refusal.reason) == (
        "bracket",
        "its plan turns it (setup 1), and the shop has no lathe",
    )


def with_lathe(virtual: VirtualShop) -> VirtualShop:
    """The shop with its first mill a lathe, T2 a turning tool, and all that T2 cuts on the lathe."""
    shop = virtual.shop
    units = tuple(replace(unit, id="lathe", kind="lathe") if unit.id == "mill-1" else unit for unit in shop.work_units)
    tools = tuple(
        replace(stock, tool=replace(stock.tool, type="turning")) if stock.tool.number == 2 else stock
        for stock in shop.tools
    )
    routes = {}
    for item, route in virtual.routes.items():
        operations = tuple(
            replace(o, kind="lathe" if "2" in o.tool_minutes else "mill") for o in route.record.operations
        )
        routes[item] = replace(route, record=replace(route.record, operations=operations))
    orders = tuple(replace(order, release_s=0.0) for order in shop.orders)
    return replace(virtual, shop=replace(shop, work_units=units, tools=tools, orders=orders), routes=routes)


def test_each_operation_is_planned_and_cut_where_it_can_be() -> None:
    virtual = with_lathe(virtual_shop(4, 2.0))
    shop = virtual.shop
    kinds = {o.operation: o.kind for route in virtual.routes.values() for o in route.record.operations}
    assert any(len({o.kind for o in route.record.operations}) == 2 for route in virtual.routes.values()), (
        "a mixed route"
    )
    of_unit = {unit.id: unit.kind for unit in shop.work_units}
    state, cut, log = empty_state(shop), Counter[str](), list[e.Event]()
    assert "2" in state.machines["lathe"].edges
    assert not any("2" in machine.edges for name, machine in state.machines.items() if name != "lathe")
    for event in lived(virtual, 0.9, "closed-loop"):
        apply(state, event)
        log.append(event)
        assert not isinstance(event.fact, e.CommandRefused), event.fact
        command = event.fact.command if isinstance(event.fact, e.CommandIssued) else None
        if isinstance(command, c.StartCycle):
            assert of_unit[command.unit] == kinds[command.operation]
            cut[of_unit[command.unit]] += 1
        if isinstance(command, c.LoadTool):
            assert (command.tool != 2) or command.unit == "lathe"
    assert cut["lathe"] > 3
    assert cut["mill"] > 3
    problem = shop_problem(state, shop, 7 * DAY_S, presence_windows(shop, 0.0, 30 * DAY_S))
    assert problem.operations
    assert any(op.state == "running" and op.machine == "lathe" for op in problem.operations), "no lathe is under work"
    played = played_on(shop, state, log)
    assert played["lathe"] > 3
    assert played["mill"] > 3
    for op in problem.operations:
        assert {of_unit[each.machine] for each in op.alternatives} == {kinds[op.operation]}
    assert {budget.machine for budget in problem.tool_budgets if budget.tool == 2} == {"lathe"}
    assert not validate_shop(problem, solve_shop(problem, iterations=20, seed=1))
    more = AddMachine("lathe-2", "lathe").apply(problem)
    assert all(
        any(each.machine == "lathe-2" for each in op.alternatives) == (kinds[op.operation] == "lathe")
        for op in more.operations
    )
    found = preflight(shop, state)
    assert {check.subject for check in found.checks if check.name == "coolant"} >= {"lathe"}
    left = next(op for op in problem.operations if op.state == "waiting" and kinds[op.operation] == "lathe")
    serial, operation = left.serial, left.operation
    with pytest.raises(NotPossible, match=f"{operation} runs on a lathe, and mill-2 is a mill"):
        consequences(state, shop, a.MoveOperation(serial, operation, "mill-2", state.now_s), by="Ann", why="")


def played_on(shop: Shop, state: ShopState, log: list[e.Event]) -> Counter[str]:
    """How many cuts of how many operations each kind of machine does in one future of the twin, from the shop as it stands."""
    belief = believed(shop, state, log, 4.0)
    floor = floor_model(shop, state.policy, belief)
    model = Model(belief.problem, foreseen_plan(state, belief.problem), 4.0, floor.robots, habits=floor.habits)
    of_unit, routed = {unit.id: unit.kind for unit in shop.work_units}, Counter[str]()
    kinds = {o.operation: o.kind for route in state.routes.values() for o in route.operations}

    class Watched(Simulation):
        def _cut(self, mill: Mill, at: float) -> None:
            machine, step = self.model.machines[mill.index], self.parts[mill.part].step()
            assert of_unit[machine] == kinds[step.operation], f"{step.operation} on {machine}"
            assert {tool for tool, _ in step.uses} <= mill.edges.keys(), "an edge that the machine doesn't hold"
            routed[of_unit[machine]] += 1
            super()._cut(mill, at)

    run = Watched(model, floor.uncertainty, replication_key(state.seed, 0))
    run.run()
    assert all(mill.cut_s > 0.0 for mill in run.mills)
    return routed


def test_no_gate_lets_a_turned_operation_onto_a_mill() -> None:
    virtual = with_lathe(virtual_shop(4, 2.0))
    state, tried = empty_state(virtual.shop), 0
    kinds = {o.operation: o.kind for route in virtual.routes.values() for o in route.record.operations}
    for event in lived(virtual, 0.4, "conventional"):
        command = event.fact.command if isinstance(event.fact, e.CommandIssued) else None
        if isinstance(command, c.MovePallet) and command.destination == "lathe":
            wrong = replace(command, destination="mill-2")
            reason = gate(state, wrong, tool_life={}) or ""
            tried += "runs on a lathe, and mill-2 is a mill" in reason
            assert reason
        if isinstance(command, c.StartCycle) and kinds[command.operation] == "lathe":
            state.machines["lathe"].kind = "mill"
            assert "the program is for a lathe" in (gate(state, command, tool_life={}) or "")
            state.machines["lathe"].kind = "lathe"
        apply(state, event)
    assert tried
