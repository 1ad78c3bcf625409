"""A material plan as tables, in files that other programs read."""

import csv
import datetime as dt
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest

from nightmill.plant.analysis.materials.buffers import buffers_file
from nightmill.plant.analysis.materials.material_plan import mrp_folder, write_orders
from nightmill.vocabulary.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text("item,source,lead_time_weeks\npump,make,1\nseal,buy,9\n")
    (tmp_path / "bom.csv").write_text("parent,child,qty\npump,seal,2\n")
    (tmp_path / "demand.csv").write_text("item,week,qty\npump,3,5\npump,8,1\n")
    return tmp_path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_orders_pegs_and_exceptions_are_written_each_with_its_own_columns(folder: Path) -> None:
    plan = mrp_folder(folder, weeks=12, summary=False, repeat=1)
    for name in ("plan.csv", "plan.parquet", "plan.xlsx"):
        write_orders(plan, folder / name)
    orders = read_csv(folder / "plan-planned_orders.csv")
    assert [(o["id"], o["quantity"], o["release_week"]) for o in orders if o["item"] == "seal"] == [
        ("seal@2", "10", "0"), ("seal@7", "2", "0"),
    ]  # fmt: skip
    pegs = read_csv(folder / "plan-pegging.csv")
    assert {(p["supply"], p["demand"]) for p in pegs if p["item"] == "pump"} == {("pump@3", "demand:3"), ("pump@8", "demand:8")}  # fmt: skip
    assert {e["kind"] for e in read_csv(folder / "plan-exceptions.csv")} == {"past_due"}
    assert pyarrow.parquet.read_table(folder / "plan-pegging.parquet").num_rows == len(pegs)
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert {sheet.title: sheet.max_row for sheet in book} == {
        "planned_orders": 1 + len(orders), "pegging": 1 + len(pegs), "exceptions": 3,
    }  # fmt: skip


def test_plans_written_beside_the_tables_and_other_files_there_do_not_keep_the_next_plan_from_being_made(
    folder: Path,
) -> None:
    plan = mrp_folder(folder, weeks=12, summary=False, repeat=1)
    for name in ("plan.csv", "plan.parquet", "plan.xlsx"):
        write_orders(plan, folder / name)
    (folder / "notes.csv").write_bytes(b"W\xf6rter\n")
    (folder / "other.parquet").write_bytes(b"no table")
    again = mrp_folder(folder, weeks=12, summary=False, repeat=1)
    assert again.planned_orders == plan.planned_orders
    (folder / "items.parquet").write_bytes(b"no table")
    with pytest.raises(BadInput, match=r"items\.parquet"):
        mrp_folder(folder, weeks=12, summary=False, repeat=1)


def test_a_supply_chain_with_a_fault_is_named_by_its_file(tmp_path: Path) -> None:
    stages = [{"name": "a", "cost": 1, "time": 2}, {"name": "b", "cost": 1, "time": 1, "mu": 3, "sd": 1}]
    (tmp_path / "mine.json").write_text(json.dumps({"chain": "x", "stages": stages, "arcs": [["a", "b"], ["b", "a"]]}))
    with pytest.raises(BadInput, match=r"mine\.json"):
        buffers_file(tmp_path / "mine.json")


def test_totals_are_written_beside_the_exceptions(folder: Path) -> None:
    write_orders(mrp_folder(folder, weeks=12, summary=True, repeat=1), folder / "sum.csv")
    assert read_csv(folder / "sum-totals.csv") == [
        {"item": "pump", "quantity": "6", "orders": "2"}, {"item": "seal", "quantity": "12", "orders": "2"},
    ]  # fmt: skip
    assert len(read_csv(folder / "sum-exceptions.csv")) == 2


def test_orders_of_a_plain_folder_may_have_dates_where_week_0_has_one(folder: Path) -> None:
    (folder / "orders.csv").write_text("order,item,qty,due\nSO-1,pump,4,2026-11-26\nSO-2,pump,2,2026-10-30\n")
    with pytest.raises(BadInput, match="--first-day"):
        mrp_folder(folder, weeks=12, summary=False, repeat=1)
    plan = mrp_folder(folder, weeks=12, summary=False, repeat=1, first_day=dt.date(2026, 11, 2))
    assert {(p.demand, p.quantity, p.supply) for p in plan.pegging if p.demand.startswith("order:")} == {
        ("order:SO-1", 4, "pump@3"), ("order:SO-2", 2, "pump@0"),
    }  # fmt: skip
