"""A shop in the middle of a run, written by hand: two mills, a certified part of two operations, an open order."""

import shutil
from pathlib import Path

from nightmill.floor import apply, empty_state
from nightmill.plant.requests.inbox import taken
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.units import HOUR_S

PARTS = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"
SHOP = """
[shop]
name = "Desk"
start = 2026-11-02T07:00:00
time_zone = "UTC"
currency = "USD"
country = "US"
material = "Al 6061"

[[machines]]
id = "mill"
kind = "mill"
count = 2
"""
FACTS: tuple[tuple[float, e.AnyFact], ...] = (
    (0.0, e.RunStarted("desk", "closed-loop", 1, 3.0, "0" * 64)),
    (
        0.0,
        e.RouteCertified(
            "bracket",
            1,
            "0" * 64,
            "Al 6061",
            (
                e.RoutedOperation("bracket/1", "a" * 64, 1800.0, {"1": 20.0}),
                e.RoutedOperation("bracket/2", "b" * 64, 900.0, {"1": 10.0}),
            ),
            True,
            1.0,
        ),
    ),
    (HOUR_S, e.OrderReceived("A-1", "bracket", 3, 20 * HOUR_S, 1)),
    (HOUR_S, e.Reported(r.CycleStarted(1, HOUR_S, "mill-1", "cycle-1", "A-1.001", "bracket/1", "a" * 64))),
    (HOUR_S, e.HoldPlaced("hold-A-1.002", ("A-1.002",), "cut by a worn edge")),
    (HOUR_S, e.AlarmRaised("safe_hold", "triage: load", "spindle load")),
    (HOUR_S, e.Reported(r.MachineFailed(2, HOUR_S, "mill-2", "spindle vibration over limit"))),
    (HOUR_S, e.Reported(r.MachineRepaired(3, HOUR_S, "mill-2", "repair-1", "bearing"))),
)


def write_shop(folder: Path, *facts: tuple[float, e.AnyFact]) -> Path:
    """The shop folder with its log."""
    (folder / "parts").mkdir(parents=True)
    shutil.copy(PARTS / "bracket.step", folder / "parts" / "bracket.step")
    (folder / "shop.toml").write_text(SHOP)
    (folder / "orders.csv").write_text("order,item,quantity,due\nA-1,bracket,3,2026-11-03\nB-1,bracket,5,2026-11-09\n")
    append(folder, *(facts or FACTS))
    return folder


def append(folder: Path, *facts: tuple[float, e.AnyFact]) -> None:
    """Write facts to the log."""
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    try:
        store.append([e.Event(0, at, "software", fact) for at, fact in facts], expected_version=store.version())
    finally:
        store.close()


def turn(folder: Path) -> list[e.AnyFact]:
    """One turn of a loop that has nothing to do but take requests; the facts that it wrote."""
    shop = whole_shop(folder)
    state = empty_state(shop)
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    try:
        for event in store.read():
            apply(state, event)
        decisions = list(taken(folder, shop, state))
        events = [e.Event(0, state.now_s, each.actor, each.fact, each.why) for each in decisions]
        if events:
            store.append(events, expected_version=store.version())
    finally:
        store.close()
    return [each.fact for each in decisions]
