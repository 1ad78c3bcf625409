"""Fixtures, assembly and room behind mills of a shop folder in the loop's problem."""

import msgspec
from test_plant_explain_late_history import log_of, made, promised, shop_of

from nightmill.floor import apply, empty_state, presence_windows
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import records, solve_shop, validate_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Finishing, FixtureStock, OperationsRequest, Shop

HOUR, DAY = 3600.0, 86400.0


def shop_with(count: int) -> Shop:
    shop = shop_of()
    return msgspec.structs.replace(
        shop,
        parts=(msgspec.structs.replace(shop.parts[0], fixture="vise"),),
        fixtures=(FixtureStock("vise", count),),
        orders=(OperationsRequest("A", "plate", 2, DAY), OperationsRequest("B", "plate", 1, DAY, after=("A",))),
    )


def problem_of(shop: Shop, *facts: tuple[float, e.AnyFact]) -> records.ShopProblem:
    state = empty_state(shop)
    begun = [(6 * HOUR, fact) for fact in promised(2)] + [(6 * HOUR, e.OrderReceived("B", "plate", 1, DAY, 1))]
    for event in log_of([*begun, *facts]):
        apply(state, event)
    return shop_problem(state, shop, 7 * DAY, presence_windows(shop, 0.0, 30 * DAY))


def test_the_schedule_keeps_fixtures_and_assembly() -> None:
    problem = problem_of(shop_with(1))
    assert problem.fixtures == (records.FixtureKind("vise", 1),)
    assert {op.serial: op.after for op in problem.operations}["B.001"] == ("A.001", "A.002")
    schedule = solve_shop(problem, iterations=50)
    assert validate_shop(problem, schedule) == ()
    rows = {a.serial: a for a in schedule.assignments}
    assert rows["B.001"].mount_s >= max(rows["A.001"].done_s, rows["A.002"].done_s)
    first, second = sorted((rows["A.001"], rows["A.002"]), key=lambda row: row.mount_s)
    assert second.mount_s >= first.done_s


def test_parts_are_assembled_when_they_are_back_from_the_firm_that_finishes_them() -> None:
    shop = shop_with(2)
    coated = msgspec.structs.replace(shop.parts[0], finishing=(Finishing("anodize", days=3.0),))
    shop = msgspec.structs.replace(shop, parts=(coated,))
    release = [
        {op.serial: op.release_s for op in problem_of(shop, *facts).operations}
        for facts in (
            (),
            ((6 * HOUR, e.OrderPromised("A", 9 * HOUR, 0.0, "")),),
            ((8 * HOUR, e.OrderCompleted("A", 2, True)),),
        )
    ]
    assert [each["B.001"] for each in release] == [found + 3 * DAY for found in (7.2 * HOUR, 9 * HOUR, 8 * HOUR)]
    assert release[0]["A.001"] == 0.0


def test_what_is_in_use_counts_even_where_the_shop_says_there_are_fewer() -> None:
    begun = [*made("A.001", 6 * HOUR, 1)[:4]]
    other = [(at, fact) for at, fact in made("A.002", 6 * HOUR + 700.0, 2)[:2]]
    swapped = msgspec.json.decode(
        msgspec.json.encode([fact for _, fact in other]).replace(b"P01", b"P02"), type=list[e.AnyFact]
    )
    problem = problem_of(shop_with(1), *begun, *zip((at for at, _ in other), swapped, strict=True))
    assert problem.fixtures == (records.FixtureKind("vise", 2),)
    assert solve_shop(problem, iterations=0).assignments


def test_a_shop_that_says_nothing_of_fixtures_has_none() -> None:
    problem = problem_of(shop_of())
    assert problem.fixtures == ()
    assert {(op.fixture, op.after) for op in problem.operations} == {("", ())}


def test_a_cut_part_without_room_behind_its_mill_still_keeps_it() -> None:
    shop = shop_of()
    shop = msgspec.structs.replace(
        shop, work_units=(msgspec.structs.replace(shop.work_units[0], buffer=1), *shop.work_units[1:])
    )
    moves = [
        (6 * HOUR, e.Reported(r.PalletMoved(1, 6 * HOUR, "robot", f"l{n}", f"P0{n}", place)))
        for n, place in ((1, "pool"), (2, "mill"))
    ]
    first = made("A.001", 6 * HOUR, 1)[:5]
    second = msgspec.json.decode(
        msgspec.json.encode([fact for _, fact in made("A.002", 6 * HOUR, 2)[:5]]).replace(b"P01", b"P02"),
        type=list[e.AnyFact],
    )
    facts = [*first, moves[0], *((7 * HOUR, fact) for fact in second), moves[1]]
    problem = problem_of(shop, *facts)
    assert [machine.buffer for machine in problem.machines] == [1]
    assert [op.state for op in problem.operations] == ["cut", "running", "waiting"]
    assert validate_shop(problem, solve_shop(problem, iterations=20)) == ()
    held = problem_of(shop, *facts, (8 * HOUR, e.HoldPlaced("H", ("A.001",), "test")))
    assert [machine.buffer for machine in held.machines] == [0]
