"""The smallest conflicting set: what was made to conflict is named, nothing else, and dropping any one demand helps."""

import msgspec
import pytest

from nightmill.scheduling import find_conflict
from nightmill.scheduling.diagnosis.infeasibility import Conflict
from nightmill.scheduling.problem.records import Alternative, ShopMachine, ShopOperation, ShopOrder, ShopProblem, Window
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import DAY_S

replace = msgspec.structs.replace
EVENING = 22 * 3600.0


def shop(orders: int = 3, **given: object) -> ShopProblem:
    """Orders of one cut of four hours on A or B; one person from 6 to 22."""
    ops = tuple(
        ShopOperation(
            f"o{k}", f"s{k}", f"O{k}", "op", (Alternative("A", 14400.0), Alternative("B", 14400.0)), 240.0, 60.0
        )
        for k in range(orders)
    )
    problem = ShopProblem(
        0.0,
        7 * DAY_S,
        (ShopMachine("A"), ShopMachine("B")),
        ops,
        tuple(ShopOrder(f"O{k}", DAY_S) for k in range(orders)),
        tuple(Window(day * DAY_S + 6 * 3600.0, day * DAY_S + EVENING) for day in range(4)),
        6,
    )
    return replace(problem, **given)


def due(problem: ShopProblem, deadline_s: float, *names: str) -> ShopProblem:
    orders = tuple(replace(o, deadline_s=deadline_s) if o.id in names else o for o in problem.orders)
    return replace(problem, orders=orders)


def kinds(conflict: Conflict | None) -> list[str]:
    assert conflict is not None
    return sorted(demand.kind for demand in conflict.demands)


def without(problem: ShopProblem, conflict: Conflict, dropped: int) -> ShopProblem:
    """The problem with one demand of its conflict lifted."""
    demand = conflict.demands[dropped]
    if demand.kind == "deadline":
        return replace(
            problem, orders=tuple(replace(o, deadline_s=None) if o.id == demand.subject else o for o in problem.orders)
        )
    if demand.kind == "machine down":
        machines = tuple(replace(m, down=()) if m.id == demand.subject else m for m in problem.machines)
        return replace(problem, machines=machines)
    assert demand.kind == "presence"
    return replace(problem, presence=(Window(0.0, 90 * DAY_S, 100),))


def test_a_problem_that_can_be_done_has_none() -> None:
    assert find_conflict(shop()) is None
    assert find_conflict(due(shop(), EVENING, "O0", "O1", "O2")) is None


def test_orders_that_a_broken_machine_leaves_no_room_for() -> None:
    broken = shop(6, machines=(ShopMachine("A"), ShopMachine("B", down=(Window(0.0, DAY_S),))))
    problem = due(broken, EVENING, *(f"O{k}" for k in range(6)))
    conflict = find_conflict(problem)
    assert kinds(conflict) == ["deadline"] * 4 + ["machine down", "presence"]
    assert conflict is not None
    assert conflict.smallest
    named = {demand.subject for demand in conflict.demands}
    orders = tuple(o if o.id in named else replace(o, deadline_s=None) for o in problem.orders)
    alone = replace(problem, orders=orders)
    assert find_conflict(alone) == conflict
    for dropped in range(len(conflict.demands)):
        assert find_conflict(without(alone, conflict, dropped)) is None


def test_one_late_material_outweighs_a_crowd() -> None:
    crowd = due(shop(8), EVENING, *(f"O{k}" for k in range(8)))
    late = tuple(replace(op, release_s=EVENING - 60.0) if op.order == "O5" else op for op in crowd.operations)
    conflict = find_conflict(replace(crowd, operations=late))
    assert conflict is not None
    assert [(d.kind, d.subject) for d in conflict.demands] == [("deadline", "O5"), ("material", "O5")]
    assert conflict.smallest


def test_presence_that_ends_before_the_work_does() -> None:
    conflict = find_conflict(shop(1, presence=(Window(0.0, 3600.0),)))
    assert kinds(conflict) == ["made at all"]


def test_a_machine_that_is_fixed_and_not_free() -> None:
    problem = due(shop(1, machines=(ShopMachine("A", free_from_s=2 * DAY_S), ShopMachine("B"))), EVENING, "O0")
    assert find_conflict(problem) is None
    fixed = replace(problem, operations=(replace(problem.operations[0], machine="A"),))
    assert kinds(find_conflict(fixed)) == ["deadline", "machine", "machine not free"]


def test_one_pallet_for_two() -> None:
    problem = due(shop(2, pallets=1), 11 * 3600.0, "O0", "O1")
    assert kinds(find_conflict(problem)) == ["deadline", "deadline", "pallets", "presence"]


def large(**given: object) -> ShopProblem:
    """More orders than CP-SAT is asked about, on forty machines, each of one to three cuts."""
    names = [f"M{k}" for k in range(40)]
    ops = tuple(
        ShopOperation(
            f"o{k}.{step}", f"s{k}", f"O{k}", f"op{step}",
            tuple(Alternative(names[(7 * k + step + more) % 40], 7200.0) for more in range(2)), 240.0, 60.0,
        )
        for k in range(300)
        for step in range(1 + k % 3)
    )  # fmt: skip
    presence = tuple(Window(day * DAY_S + 6 * 3600.0, day * DAY_S + EVENING, 6) for day in range(20))
    orders = tuple(ShopOrder(f"O{k}", 2 * DAY_S, deadline_s=15 * DAY_S) for k in range(300))
    problem = ShopProblem(0.0, 7 * DAY_S, tuple(ShopMachine(name) for name in names), ops, orders, presence, 100)
    return replace(problem, **given)


def test_a_large_shop_names_one_late_material() -> None:
    problem = large()
    late = tuple(replace(op, release_s=16 * DAY_S) if op.order == "O17" else op for op in problem.operations)
    conflict = find_conflict(replace(problem, operations=late))
    assert conflict is not None
    assert [(d.kind, d.subject) for d in conflict.demands] == [("deadline", "O17"), ("material", "O17")]
    assert conflict.smallest


def test_a_large_shop_names_a_crowd_before_a_machine_that_stands() -> None:
    problem = large()
    only = tuple(
        replace(op, alternatives=(Alternative("M3", 10 * 3600.0),)) if op.order in ("O30", "O60", "O90") else op
        for op in problem.operations
    )
    down = replace(problem.machines[3], down=(Window(0.0, 4 * DAY_S),))
    machines = tuple(down if m.id == "M3" else m for m in problem.machines)
    conflict = find_conflict(due(replace(problem, operations=only, machines=machines), 5 * DAY_S, "O30", "O60", "O90"))
    assert kinds(conflict) == ["deadline", "deadline", "deadline", "machine down"]
    assert conflict is not None
    assert {d.subject for d in conflict.demands} == {"O30", "O60", "O90", "M3"}
    assert conflict.smallest


def test_a_large_shop_without_a_conflict_has_none() -> None:
    assert find_conflict(large()) is None


def test_contradictions_on_paper_are_bad_input() -> None:
    problem = shop()
    unknown = replace(problem, operations=(replace(problem.operations[0], order="X"),))
    with pytest.raises(BadInput, match="order X"):
        find_conflict(unknown)
