"""A shop written from docs/shop.md alone, with parts that nobody has planned before, one of which can't be made."""

from pathlib import Path
from typing import Any

import pytest
from asking import nightmill

SHOP = """
[shop]
name = "Bay Street"
start = "2026-09-07T06:30:00"
time_zone = "America/Toronto"
currency = "CAD"
country = "CA"
material = "7075"

[[machines]]
id = "haas"
kind = "mill"
travel_mm = [760, 400, 500]
spindle_rpm_max = 8100

[[machines]]
id = "cmm"
kind = "gauge"
measure_s = 240

[[shifts]]
days = ["Mon", "Tue"]
begins_h = 6.5
ends_h = 15

[[tools]]
number = 1
type = "flat"
name = "end mill 12"
diameter_mm = 12
stickout_mm = 45
flute_length_mm = 30
flutes = 3
supplier = "Northern Carbide"

[[tools]]
number = 4
type = "drill"
name = "drill 8"
diameter_mm = 8
stickout_mm = 60
flute_length_mm = 40
tip_angle_deg = 140
"""
FILES = {
    "shop.toml": SHOP,
    "orders.csv": "order,item,quantity,due,priority,customer\n"
    "B-1,plate,2,2026-09-07T15:00,2,Lakeview\nB-2,sharp,1,2026-09-08,1,Harbour\n",
    "stock.csv": "item,on_hand\nblank-plate,3\n",
    "suppliers.csv": "supplier,item,lead_time_days,price_usd\nMaple Metals,blank-plate,1,14.5\n",
    "world.toml": '[breakdown]\nsudden_mean_h = 120.0\n[supplier."Maple Metals"]\nlate_share = 0.3\n',
}


def _write_parts(folder: Path) -> None:
    """``plate``: 3 x 2 x 0.5 inch with two holes, in a file in inches; ``sharp``: a pocket with sharp inner corners."""
    pytest.importorskip("OCP")
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

    plate: Any = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(76.2, 50.8, 12.7)).Shape()
    for x in (20.0, 56.2):
        hole = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(x, 25.4, -1), gp_Dir(0, 0, 1)), 4.0, 20.0).Shape()
        plate = BRepAlgoAPI_Cut(plate, hole).Shape()
    block = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(60, 40, 20)).Shape()
    pocket = BRepPrimAPI_MakeBox(gp_Pnt(20, 10, 8), gp_Pnt(40, 30, 25)).Shape()
    _write_step(plate, folder / "plate.step", "INCH")
    _write_step(BRepAlgoAPI_Cut(block, pocket).Shape(), folder / "sharp.step", "MM")


def _write_step(shape: Any, path: Path, unit: str) -> None:
    from OCP.Interface import Interface_Static
    from OCP.STEPControl import STEPControl_AsIs, STEPControl_Controller, STEPControl_Writer

    STEPControl_Controller.Init_s()
    writer = STEPControl_Writer()
    Interface_Static.SetCVal_s("write.step.unit", unit)
    writer.Transfer(shape, STEPControl_AsIs)
    writer.Write(str(path))


@pytest.mark.slow
def test_a_strangers_shop_runs_and_tells_which_order_waits(tmp_path: Path) -> None:
    shop = tmp_path / "bay"
    (shop / "parts").mkdir(parents=True)
    _write_parts(shop / "parts")
    for name, text in FILES.items():
        (shop / name).write_text(text)
    assert "INCH" in (shop / "parts" / "plate.step").read_text()

    answer = nightmill("run", shop, "--days", "0.5")
    assert answer["good"] >= 1
    assert answer["refused"] == ["sharp"]
    assert [(each["order"], each["item"]) for each in answer["waiting"]] == [("B-2", "sharp")]
    assert "corner" in answer["waiting"][0]["reason"]
    assert '"item":"blank-sharp"' not in (shop / ".nightmill" / "world" / "journal.jsonl").read_text()
    assert nightmill("audit", shop)["ok"]

    why = nightmill("explain", shop, "B-2")
    assert "no certified program for sharp" in why["waits_for"]
    assert not nightmill("explain", shop, "B-1")["waits_for"]
    for words in (("twin", shop, "--days", "1", "--replications", "3"), ("schedule", shop)):
        assert [each["order"] for each in nightmill(*words)["not_planned"]] == ["B-2"]
    page = Path(nightmill("report", shop)["report"]).read_text(encoding="utf-8")
    assert "no certified program for sharp" in page
    (shop / "orders.csv").write_text(FILES["orders.csv"] + "B-3,plate,1,2026-09-08,1,Late\n")
    assert nightmill("run", shop, "--days", "0.5")["orders"] == 3
