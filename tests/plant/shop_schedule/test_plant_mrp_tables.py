"""A shop folder goes into material planning as it is."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from nightmill.formats import copy_example
from nightmill.plant.analysis.materials.material_plan import mrp_folder
from nightmill.plant.analysis.materials.supplier_risk import risk_folder
from nightmill.plant.shop_schedule.mrp_tables import planning_texts

PARTS = Path(__file__).parents[3] / "src" / "nightmill" / "plant" / "example" / "parts"
SHOP = """
[shop]
name = "Planner's"
start = 2026-11-04T07:00:00
material = "Al 6061"

[[machines]]
id = "mill"
kind = "mill"
"""


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "parts").mkdir()
    shutil.copy(PARTS / "bracket.step", tmp_path / "parts" / "bracket.step")
    (tmp_path / "shop.toml").write_text(SHOP)
    (tmp_path / "orders.csv").write_text("order,part,qty,due\nA,bracket,10,2026-11-10T12:00\nB,bracket,5,2026-11-11\n")
    return tmp_path


def test_an_order_falls_in_the_week_that_holds_its_date(shop: Path) -> None:
    """Weeks run from the shop's first day, a Wednesday: the 10th is the last day of week 0."""
    assert [(row["order"], row["due_week"]) for row in table(planning_texts(shop)["orders.csv"])] == [
        ("A", "0"),
        ("B", "1"),
    ]


def test_columns_that_only_planning_knows_are_kept(shop: Path) -> None:
    (shop / "items.csv").write_text(
        "item,source,lead_time_days,yield_percent,lot_size\nbracket,make,0,90,1\nbar,buy,8,,25\n"
    )
    (shop / "bom.csv").write_text("parent,child,quantity,scrap_percent\nbracket,bar,2,5\n")
    (shop / "stock.csv").write_text("item,on_hand\nbar,7\n")
    answer = mrp_folder(shop, weeks=4, summary=False, repeat=1)
    made = [order for order in answer.planned_orders if order.item == "bracket"]
    assert [(order.quantity, order.start_quantity, order.due_week) for order in made] == [(10, 12, 0), (5, 6, 1)]
    bars = [order for order in answer.planned_orders if order.item == "bar"]
    # 12 starts take ceil(2400/95) = 26 bars, 7 are there: one lot of 25; 6 more take 13, 6 are left: another lot
    assert [(order.quantity, order.due_week, order.past_due_weeks) for order in bars] == [(25, 0, 2), (25, 1, 1)]


def test_the_example_shop_can_be_planned_and_weighed(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "shop")
    planned = {order.item for order in mrp_folder(folder, weeks=12, summary=False, repeat=1).planned_orders}
    assert {"bracket", "flange_plate"} <= planned
    assert {one.supplier for one in risk_folder(folder).suppliers} == {
        "Millbrook Metals",
        "Overland Supply",
        "Stark Steel",
    }


def test_finishing_elsewhere_lengthens_the_lead_time_and_an_order_is_due_when_its_customer_says(shop: Path) -> None:
    (shop / "parts" / "bracket.toml").write_text('[[finishing]]\nname = "anodize"\ndays = 5\n')
    tables = planning_texts(shop)
    assert [row["due_week"] for row in table(tables["orders.csv"])] == ["0", "1"]
    assert next(row for row in table(tables["items.csv"]) if row["item"] == "bracket")["lead_time_weeks"] == "1"
    (shop / "items.csv").write_text("item,source,lead_time_weeks\nbracket,make,2\n")
    assert (
        next(row for row in table(planning_texts(shop)["items.csv"]) if row["item"] == "bracket")["lead_time_weeks"]
        == "3"
    )
