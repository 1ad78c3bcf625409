"""Shops with and without a lathe: which tools a part is planned with, and which machine runs its program."""

from pathlib import Path

import msgspec
import pytest
from desk_sample import PARTS, SHOP

from nightmill.plant.planning import RouteRecord, _shop_of, planning_request
from nightmill.plant.routes import certified_routes, mark_fresh
from nightmill.plant.signing import Seal
from nightmill.plant.viewing import whole_shop
from nightmill.process import default_tools
from nightmill.verification.folder import IDENTITY
from nightmill.vocabulary.plan import PLAN_FORMAT, TURNING_TOOLS, Body, Certificate, Plan, Setup


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
    every = [msgspec.to_builtins(tool) for tool in default_tools()]
    _, crib = _shop_of(request["limits"], every)
    assert not {tool.type for tool in crib} & TURNING_TOOLS
    _, crib = _shop_of(None, None)
    assert {tool.type for tool in crib} >= TURNING_TOOLS, "a part of no shop may be turned"


def test_a_turned_plan_reaches_no_mill(folder: Path) -> None:
    keep_turned(folder)
    routes, (refusal,) = certified_routes(whole_shop(folder), folder)
    assert not routes
    assert (refusal.item, refusal.reason) == (
        "bracket",
        "its plan turns it on a lathe (setup 1), and the shop has none",
    )
