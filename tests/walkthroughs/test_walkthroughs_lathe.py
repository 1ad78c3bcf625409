"""A shop of one lathe and one mill: a part that is turned, another that is turned and then milled, made end to end."""

import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "verification"))
sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

from asking import nightmill
from invariants import judge
from turned_parts import drilled_across, turned, write

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e

SHOP = """
[shop]
name = "Lathe and mill"
start = 2026-11-02T07:00:00
time_zone = "UTC"
currency = "USD"
country = "US"
material = "Al 6061"

[[machines]]
id = "lathe"
kind = "lathe"

[[machines]]
id = "mill"
kind = "mill"
"""
ORDERS = "order,item,quantity,due\nA-1,spacer,2,2026-11-02T14:00\nA-2,pin,2,2026-11-02T16:00\n"
KINDS = {"spacer/1": "lathe", "pin/1": "lathe", "pin/2": "mill"}


@pytest.mark.slow
def test_round_parts_are_turned_on_the_lathe_and_milled_on_the_mill(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    (shop / "parts").mkdir(parents=True)
    (shop / "shop.toml").write_text(SHOP)
    (shop / "orders.csv").write_text(ORDERS)
    write(turned([(0, 0), (10, 0), (10, 20), (7, 20), (7, 32), (0, 32)]), shop / "parts" / "spacer.step")
    pin = turned([(0, 0), (10, 0), (10, 40), (7, 40), (7, 60), (0, 60)])
    write(drilled_across(pin, (-3, -4, 20), (1, 0, 0), 2.0), shop / "parts" / "pin.step")
    planned = nightmill("schedule", shop)["operations"]
    assert {line["operation"]: line["machine"] for line in planned} == KINDS
    order = shop / "new.json"
    order.write_text('{"order": "N-1", "item": "pin", "quantity": 2, "due_s": 200000}')
    assert nightmill("promise", shop, order, "--time-limit", "0.2", "--plan-only")["promise_s"] > 0
    assert nightmill("run", shop, "--days", "0.25", "--seed", "4")["good"] == 4
    assert not judge(shop)
    assert nightmill("audit", shop)["ok"]
    cut: Counter[tuple[str, str]] = Counter()
    with closing(SqliteEventStore(shop / ".nightmill" / "log.sqlite")) as store:
        for event in store.read():
            assert not isinstance(event.fact, e.CommandRefused)
            command = event.fact.command if isinstance(event.fact, e.CommandIssued) else None
            if isinstance(command, c.StartCycle):
                cut[command.unit, command.operation] += 1
    assert cut.keys() == {(machine, operation) for operation, machine in KINDS.items()}
