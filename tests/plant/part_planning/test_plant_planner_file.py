"""A file with parameters of the planner: what it prints it reads, and every wrong key is reported with its place."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from nightmill.cad import read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.formats import copy_example, read_shop
from nightmill.plant.part_planning import read_planner_params
from nightmill.plant.part_planning.planning_request import planning_request
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.planner_params import PlannerParams, SearchParams, StockParams, UncutBudget

PART = Path(__file__).parents[3] / "src/nightmill/plant/example/parts/bracket.step"


def _printed(*arguments: str) -> str:
    asked = [sys.executable, "-m", "nightmill", "planner", *arguments]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def test_what_is_printed_can_be_changed_and_read(tmp_path: Path) -> None:
    file = tmp_path / "params.toml"
    file.write_text(_printed())
    assert read_planner_params(file) == PlannerParams()
    file.write_text("[search]\ntries = 0\n[stock]\ngrip_mm = 6\n")
    found = read_planner_params(file, PlannerParams(budget=UncutBudget(forgone_share=0.2)))
    assert found == PlannerParams(StockParams(grip_mm=6.0), UncutBudget(forgone_share=0.2), SearchParams(tries=0))
    rows = json.loads(_printed("--params", str(file), "--json"))["parameters"]
    (tries,) = (row for row in rows if row["parameter"] == "search.tries")
    assert (tries["value"], tries["default"], tries["low"], tries["high"]) == (0, 3, 0, 100)


def test_every_wrong_key_is_reported_with_place_value_and_limits(tmp_path: Path) -> None:
    file = tmp_path / "params.toml"
    file.write_text('[stock]\ngrip_mm = "6"\nside_allowance_mm = 99\ngrib_mm = 6\n[search]\ntries = 2.5\n[other]\n')
    with pytest.raises(BadInput) as caught:
        read_planner_params(file)
    findings = {each.place: (each.found, each.expected) for each in caught.value.findings}
    assert findings.keys() == {"stock.grip_mm", "stock.side_allowance_mm", "stock.grib_mm", "search.tries", "other"}
    assert findings["stock.side_allowance_mm"] == ("'99'", "a number from 0.1 to 50 mm")
    assert findings["search.tries"] == ("2.5", "a whole number from 0 to 100")
    file.write_text("[budget]\nforgone_share = 0.9\n")
    with pytest.raises(BadInput, match="must not fall"):
        read_planner_params(file)
    with pytest.raises(BadInput):
        read_planner_params(tmp_path / "absent.toml")


def test_a_shop_steers_the_planner_of_all_its_parts(tmp_path: Path) -> None:
    shop_toml = copy_example(tmp_path / "shop") / "shop.toml"
    part = (plain := read_shop(tmp_path / "shop")).parts[0]
    assert "planner" not in planning_request(part, plain, tmp_path, tmp_path), "plans made without it stay valid"
    shop_toml.write_text(shop_toml.read_text() + "\n[planner.stock]\nside_allowance_mm = 2.5\n")
    asked = planning_request(part, read_shop(tmp_path / "shop"), tmp_path, tmp_path)
    assert msgspec.convert(asked["planner"], PlannerParams).stock.side_allowance_mm == 2.5
    shop_toml.write_text(shop_toml.read_text() + "\n[planner.budget]\nforgone_share = 0.99\n")
    with pytest.raises(BadInput, match="must not fall"):
        read_shop(tmp_path / "shop")


def test_the_raw_piece_follows_the_parameters() -> None:
    task = PlanningTask(
        read_part(PART), default_tools(), default_machine(), material_named("Al 6061"),
        params=PlannerParams(StockParams(side_allowance_mm=3.0, grip_mm=8.0, grip_clearance_mm=2.0)),
    )  # fmt: skip
    stock, part = plan_route(task).plan.stock, task.part
    assert stock.min is not None
    assert stock.max is not None
    assert [high - low for low, high in zip(stock.min, stock.max, strict=True)] == pytest.approx(
        [high - low + more for low, high, more in zip(part.low, part.high, (6.0, 6.0, 3.0 + 10.0), strict=True)]
    )
