"""Planned make orders on the shop's machines: dates, sub-parts before what they go into, messages."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_sample import PARTS, SHOP

from nightmill.mrp import compute_plan, plan_answer, plan_inputs
from nightmill.plant.analysis.materials.material_plan import planning_tables
from nightmill.plant.shop_schedule.finite_capacity import KnownRoutes, PlannedMaterial, dated
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput


def route(item: str, cycle_s: float) -> e.RouteCertified:
    operations = (e.RoutedOperation(f"{item}/1", "a" * 64, cycle_s, {}),)
    return e.RouteCertified(item, 1, "0" * 64, "Al 6061", operations, True, 1.0)


def shop_with(folder: Path, orders: str, lead: int = 0, pins: int = 0) -> Path:
    (folder / "parts").mkdir(parents=True)
    for part in ("yoke", "pin"):
        shutil.copy(PARTS / "bracket.step", folder / "parts" / f"{part}.step")
    (folder / "shop.toml").write_text(SHOP)
    (folder / "orders.csv").write_text("order,item,quantity,due\n" + orders)
    (folder / "items.csv").write_text(
        f"item,source,lead_time_weeks\nyoke,make,{lead}\npin,make,0\nblank-yoke,buy,1\nblank-pin,buy,1\n"
    )
    (folder / "bom.csv").write_text("parent,child,qty\nyoke,pin,2\nyoke,blank-yoke,1\npin,blank-pin,1\n")
    (folder / "stock.csv").write_text(f"item,on_hand\nblank-yoke,40\nblank-pin,{40 - pins}\npin,{pins}\n")
    return folder


def answer(folder: Path, routes: list[e.RouteCertified], **options: Any) -> dict[str, Any]:
    shop, tables = whole_shop(folder), planning_tables(folder)
    plan = plan_answer(compute_plan(plan_inputs(tables, 20)), 0.0)
    return dated(shop, PlannedMaterial.of(plan, tables), KnownRoutes(tuple(routes)), **{"within_weeks": 4, **options})


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_sub_parts_are_back_from_their_finishing_before_what_they_go_into_starts(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,4,2026-11-20\n")
    (folder / "parts" / "pin.toml").write_text('[[finishing]]\nname = "harden"\ndays = 4\n')
    found = answer(folder, [route("yoke", 1800.0), route("pin", 900.0)])
    orders = {order["item"]: order for order in found["orders"]}
    (pins,), (yokes,) = orders["pin"]["jobs"], orders["yoke"]["jobs"]
    assert when(yokes["starts"]) >= when(pins["done"]) + timedelta(days=4)
    assert when(pins["due"]) <= when(yokes["due"]) - timedelta(days=4)
    assert orders["pin"]["release_week"] == orders["yoke"]["release_week"] - 1


def test_sub_parts_are_done_before_what_they_go_into(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,4,2026-11-06\nA-2,yoke,2,2026-11-05\n")
    found = answer(folder, [route("yoke", 1800.0), route("pin", 900.0)])
    orders = {order["item"]: order for order in found["orders"]}
    assert sum(job["pieces"] for job in orders["pin"]["jobs"]) == 12
    assert {job["demand"]: job["pieces"] for job in orders["yoke"]["jobs"]} == {"order:A-1": 4, "order:A-2": 2}
    pins = max(when(job["done"]) for job in orders["pin"]["jobs"])
    assert all(when(job["starts"]) >= pins for job in orders["yoke"]["jobs"])
    assert {row["order"]: row["late_by_s"] for row in found["customer_orders"]} == {"A-1": 0.0, "A-2": 0.0}
    assert not [
        m for m in found["messages"] if m["kind"] in {"not_handed_over", "material"} or "order:" in m["message"]
    ]


def test_too_much_for_the_machines_is_told_with_the_date_that_they_allow(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,20,2026-11-03\n", pins=40)
    found = answer(folder, [route("yoke", 6 * 3600.0), route("pin", 900.0)])
    late = [m for m in found["messages"] if m["kind"] == "late"]
    assert len(late) == 1
    assert late[0]["message"].startswith("yoke@0: 20 for order:A-1 are done 2026-11-")
    row = found["customer_orders"][0]
    # twenty cuts of six hours on two mills are sixty hours at least
    assert (when(row["done"]) - when("2026-11-02T07:00:00+00:00")).total_seconds() >= 60 * 3600
    assert row["late_by_s"] == pytest.approx((when(row["done"]) - when(row["due"])).total_seconds(), abs=1)
    assert [m["kind"] for m in found["messages"] if m["kind"] == "lead_time"] in ([], ["lead_time"])


def test_material_that_comes_later_moves_the_start(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,2,2026-11-04\n", pins=40)
    (folder / "stock.csv").write_text("item,on_hand\npin,40\n")
    found = answer(folder, [route("yoke", 1800.0), route("pin", 900.0)])
    order = found["orders"][0]
    assert order["start_week"] == 1
    assert any(m["kind"] == "material" and "blank-yoke" in m["message"] for m in found["messages"])
    assert any(m["kind"] == "late" for m in found["messages"])


def test_what_is_in_stock_is_begun_before_the_rest_comes(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,2,2026-11-04\nA-2,yoke,3,2026-11-05\n", pins=40)
    (folder / "stock.csv").write_text("item,on_hand\npin,40\nblank-yoke,2\n")
    found = answer(folder, [route("yoke", 1800.0), route("pin", 900.0)])
    late = {row["order"]: row["late_by_s"] > 0 for row in found["customer_orders"]}
    assert late == {"A-1": False, "A-2": True}
    assert [m["message"] for m in found["messages"] if m["kind"] == "material"] == [
        "yoke@0: the pieces for order:A-2 wait for blank-yoke (blank-yoke@0), which arrives in week 1"
    ]


def test_parts_without_a_route_and_too_many_pieces_are_told(tmp_path: Path) -> None:
    folder = shop_with(tmp_path / "shop", "A-1,yoke,4,2026-11-06\n")
    found = answer(folder, [route("yoke", 1800.0)])
    told = [m for m in found["messages"] if m["kind"] == "not_handed_over"]
    assert [m["item"] for m in told] == ["pin"]
    assert "no certified route" in told[0]["message"]
    (folder / "orders.csv").write_text("order,item,quantity,due\nA-1,yoke,9000,2026-11-06\n")
    with pytest.raises(BadInput, match="pieces"):
        answer(folder, [route("yoke", 1800.0)])
