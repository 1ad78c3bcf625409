"""Work that other firms do on finished parts: the shop's own dates are earlier by it, promises later, and it costs."""

from pathlib import Path

import pytest
from desk_sample import append, turn, write_shop

from nightmill.formats import read_shop
from nightmill.plant.analysis.scheduling.promise import NewItem, promise_item
from nightmill.plant.deciders.part_cost import finishing_usd
from nightmill.plant.night.morning import morning_report
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Caller
from nightmill.plant.views.agent_reads import ShopReads
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.units import DAY_S, HOUR_S

FINISHING = """
[[finishing]]
name = "stress relief"
supplier = "North Heat"
days = 2

[[finishing]]
name = "anodize, black"
days = 5
price_usd = 2.4
lot_usd = 60
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return finished_elsewhere(write_shop(tmp_path / "shop"))


def finished_elsewhere(folder: Path) -> Path:
    (folder / "parts" / "bracket.toml").write_text(FINISHING)
    return folder


def test_the_shops_dates_are_earlier_than_the_customers(folder: Path, tmp_path: Path) -> None:
    plain, shop = read_shop(write_shop(tmp_path / "plain")), read_shop(folder)
    assert [step.name for step in shop.finishing_of("bracket")] == ["stress relief", "anodize, black"]
    assert [one.due_s - other.due_s for one, other in zip(plain.orders, shop.orders, strict=True)] == [
        7 * DAY_S,
        7 * DAY_S,
    ]


def test_so_are_those_of_orders_taken_and_changed(folder: Path) -> None:
    desk, ann = Desk(folder), Caller("Ann", "admin")

    def done(number: int, ask: a.AnyAsk) -> e.AnyFact:
        desk.approve(ann, desk.propose(ann, f"ask-{number}", ask).id, f"go-{number}")
        return turn(folder)[-1]

    taken = done(1, a.TakeOrder("R-1", "bracket", 4, 20 * DAY_S))
    assert isinstance(taken, e.OrderReceived)
    assert taken.due_s == 13 * DAY_S
    changed = done(2, a.ChangeOrder("R-1", 30 * DAY_S, 2))
    assert isinstance(changed, e.OrderChanged)
    assert changed.due_s == 23 * DAY_S
    assert {view.finishing_days for view in desk.orders()} == {7.0}
    row = next(row for row in ShopReads(folder, desk.following).orders()["orders"] if row["order"] == "R-1")
    assert row["due_s"] + DAY_S * row["finishing_days"] == 30 * DAY_S, "what was asked for"


def test_a_promise_is_the_customers_date(folder: Path, tmp_path: Path) -> None:
    order = NewItem("N-1", "bracket", 2, 20 * DAY_S, priority=9)
    plain = promise_item(write_shop(tmp_path / "plain"), order, time_limit_s=0.1)
    found = promise_item(folder, order, time_limit_s=0.1)
    assert found.finishing_days == 7.0
    assert found.promise_s >= 7 * DAY_S
    assert found.late_by_s == 0.0
    assert found.chances.orders[0].p50 is not None
    assert found.chances.orders[0].p50 >= 7 * DAY_S
    assert plain.promise_s < 7 * DAY_S
    soon = promise_item(folder, NewItem("N-2", "bracket", 2, 6 * DAY_S), time_limit_s=0.1, chances=False)
    assert soon.late_by_s >= DAY_S


def test_it_costs_a_piece_its_share_of_the_lot(folder: Path) -> None:
    shop = read_shop(folder)
    assert finishing_usd(shop, "bracket", 20) == pytest.approx(5.4)
    assert finishing_usd(shop, "other", 20) == 0.0


def test_the_morning_says_what_goes_on_where(folder: Path) -> None:
    append(folder, (9 * HOUR_S, e.OrderCompleted("A-1", 3, True)))
    waits = " ".join(morning_report(folder)["waits"])
    assert "3 bracket of A-1 go on to stress relief at North Heat, then anodize, black: due back by 2026-11-09" in waits


def test_no_morning_leaves_out_what_was_done_before_a_weekend(folder: Path) -> None:
    noon = 4 * DAY_S + 5 * HOUR_S
    append(folder, (noon, e.OrderCompleted("A-1", 3, True)))
    friday, monday, tuesday = (day * DAY_S + 2 * HOUR_S for day in (4, 7, 8))
    told = [" ".join(morning_report(folder, at_s=at_s)["waits"]) for at_s in (friday, monday, tuesday)]
    assert ["A-1 go on to stress relief" in text for text in told] == [False, True, False]
