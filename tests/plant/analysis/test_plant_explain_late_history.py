"""A late order of a shop's log is blamed on what happened since its first promise: a log made by hand, one mill."""

from datetime import UTC, datetime

import pytest

from nightmill.floor import apply, empty_state, presence_windows
from nightmill.plant.analysis.scheduling.explain_late_history import promising, since_published
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import Explained, solve_shop
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Economy, Item, PartFile, Shift, Shop, WorkUnit

DAY, HOUR, CYCLE = 86400.0, 3600.0, 1800.0
SHA = "a" * 64


def shop_of(blank: str = "") -> Shop:
    """One mill, people from 6 to 20 h; a part needs ``blank``."""
    return Shop(
        name="by hand",
        start=datetime(2026, 11, 2, tzinfo=UTC),
        time_zone="UTC",
        currency="USD",
        country="US",
        work_units=(
            WorkUnit("mill", "mill", "cell"),
            WorkUnit("robot", "robot", "cell"),
            WorkUnit("bench", "bench", "cell"),
        ),
        shifts=(Shift((0, 1, 2, 3, 4, 5, 6), 6.0, 20.0, 1),),
        tools=(),
        parts=(PartFile("plate", "parts/plate.step", "Al 6061", blank_item=blank),),
        orders=(),
        items=(Item(blank, "buy", lead_time_days=0.2),) if blank else (),
        bom=(),
        receipts=(),
        economy=Economy(),
        pallets=4,
    )


def promised(parts: int = 1) -> list[e.AnyFact]:
    """Order A comes at 6 h, due at 12 h, promised for 7 h."""
    lines = tuple(
        e.ScheduleLine(f"A.{n:03d}", "plate/1", "mill", 6 * HOUR + n * 600.0, 6.5 * HOUR, 7 * HOUR)
        for n in range(1, parts + 1)
    )
    return [
        e.OrderReceived("A", "plate", parts, 12 * HOUR, 1),
        e.SchedulePublished("order A", lines, 0.0, 0.0),
        e.OrderPromised("A", 7.2 * HOUR, 0.0, ""),
    ]


def made(serial: str, at: float, number: int) -> list[tuple[float, e.AnyFact]]:
    """A part mounted, cut and dismounted from ``at`` on."""
    ids = [f"{kind}{number}" for kind in "msd"]
    end = at + 600.0 + CYCLE
    return [
        (at, e.CommandIssued(c.MountPart(ids[0], "bench", "P01", serial, "plate/1", "", 240.0))),
        (at + 240.0, e.Reported(r.PartMounted(1, at + 240.0, "bench", ids[0], "P01", serial, "plate/1"))),
        (at + 600.0, e.CommandIssued(c.StartCycle(ids[1], "mill", "P01", serial, "plate/1", SHA))),
        (at + 600.0, e.Reported(r.CycleStarted(1, at + 600.0, "mill", ids[1], serial, "plate/1", SHA))),
        (end, e.Reported(r.CycleFinished(1, end, "mill", ids[1], serial, "plate/1", CYCLE, 1.0, {}, {}, {}, {}))),
        (end + 300.0, e.CommandIssued(c.DismountPart(ids[2], "bench", "P01", serial, "finished", 60.0))),
        (end + 360.0, e.Reported(r.PartDismounted(1, end + 360.0, "bench", ids[2], "P01", serial, "finished"))),
    ]


def log_of(facts: list[tuple[float, e.AnyFact]]) -> list[e.Event]:
    route = e.RouteCertified("plate", 1, "", "Al 6061", (e.RoutedOperation("plate/1", SHA, CYCLE, {}),), True, 1.0)
    first: list[tuple[float, e.AnyFact]] = [(0.0, e.RunStarted("by hand", "closed-loop", 1, 3.0, "")), (0.0, route)]
    return [e.Event(k, at, "software", fact) for k, (at, fact) in enumerate(first + facts, 1)]


def why(shop: Shop, facts: list[tuple[float, e.AnyFact]], order: str = "A") -> dict[str, float]:
    """Hours by cause that an order is blamed on; they add up to how late it is."""
    log, state = log_of(facts), empty_state(shop)
    for event in log:
        apply(state, event)
    windows = presence_windows(shop, 0.0, state.now_s + 28 * DAY)
    problem = shop_problem(state, shop, state.now_s + DAY, windows)
    schedule = solve_shop(problem, iterations=0)
    number = promising(log)[order]
    found = since_published(log, shop, {number}, (problem, schedule), windows)[number]
    told = Explained(problem, schedule, *found).of(order)
    assert told.late_by_s > 0
    assert sum(b.seconds for b in told.blame) == pytest.approx(told.late_by_s)
    return {b.cause: b.seconds / HOUR for b in told.blame}


FAILED = e.Reported(r.MachineFailed(1, 6.2 * HOUR, "mill", "spindle"))
REPAIRED = e.Reported(r.MachineRepaired(1, 16 * HOUR, "mill", "r1", "bearing"))
DOWN: list[tuple[float, e.AnyFact]] = [(6.2 * HOUR, FAILED), (16 * HOUR, REPAIRED)]


def test_a_breakdown_that_is_over_is_blamed_while_the_order_is_open_and_when_it_is_complete() -> None:
    begun = [(6 * HOUR, fact) for fact in promised()] + DOWN
    assert next(iter(why(shop_of(), begun))) == "machine down"
    done = begun + made("A.001", 16 * HOUR, 1) + [(17 * HOUR, e.OrderCompleted("A", 1, False))]
    assert next(iter(why(shop_of(), done))) == "machine down"


def test_a_part_that_was_scrapped_is_blamed() -> None:
    facts = [(6 * HOUR, fact) for fact in promised()] + made("A.001", 6 * HOUR, 1)
    facts += [
        (11 * HOUR, e.PartDisposed("A.001", "scrap", "too small")),
        (11 * HOUR, e.OrderReceived("A", "plate", 1, 12 * HOUR, 1, "A.001")),
        (11.8 * HOUR, e.Reported(r.SignalsSampled(1, 11.8 * HOUR, "mill", {}))),
    ]
    assert next(iter(why(shop_of(), facts))) == "a part had to be remade"


def test_material_that_came_late_is_blamed() -> None:
    facts: list[tuple[float, e.AnyFact]] = [(6 * HOUR, fact) for fact in promised()]
    facts.insert(1, (6 * HOUR, e.PurchaseDecided("P1", "bar", "steel works", 1, 6 * HOUR)))
    facts.insert(2, (6 * HOUR, e.Reported(r.PurchaseAccepted(1, 6 * HOUR, "stock", "p", "P1", 6 * HOUR))))
    facts.append((15 * HOUR, e.Reported(r.Delivered(1, 15 * HOUR, "stock", "P1", "bar", 1))))
    assert next(iter(why(shop_of("bar"), facts))) == "material or tools not available"


def test_an_order_that_was_never_promised_has_no_past() -> None:
    assert promising(log_of([(6 * HOUR, promised()[0])])) == {}
