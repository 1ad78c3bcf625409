"""A CAM system's tool library into a shop: lengths, units, holders, and what has no place there."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nightmill.formats import read_shop
from nightmill.plant.interop import import_tools
from nightmill.vocabulary.errors import BadInput

SHOP = '[shop]\nname = "Small"\nstart = 2026-11-02T07:00:00\n\n[[machines]]\nid = "mill"\nkind = "mill"\n'
HOLDER = {"segments": [{"height": 30, "lower-diameter": 20, "upper-diameter": 32}, {"height": 20, "lower-diameter": 45, "upper-diameter": 45}]}  # fmt: skip


def _tool(number: int, kind: str, more: dict[str, Any] | None = None, **geometry: float) -> dict[str, Any]:
    whole = {"DC": 6, "LCF": 13, "LB": 22, "NOF": 3, "SFDM": 6, **geometry}
    plain: dict[str, Any] = {"type": kind, "unit": "millimeters", "geometry": whole, "BMC": "carbide", "description": f"{kind} {number}", "holder": HOLDER, "post-process": {"number": number}}  # fmt: skip
    return plain | (more or {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "shop.toml").write_text(SHOP)
    return shop


def _library(folder: Path, *tools: dict[str, Any]) -> Path:
    path = folder.parent / "library.json"
    path.write_text(json.dumps({"data": tools, "version": 1}))
    return path


def test_the_shop_plans_with_the_librarys_tools(folder: Path) -> None:
    inch = _tool(3, "ball end mill", {"unit": "inches", "holder": None}, DC=0.25, LCF=0.5, LB=1.0, SFDM=0.25)
    drill = _tool(4, "drill", {"BMC": "hss"}, DC=5, LCF=52, LB=60)
    chamfer = _tool(5, "chamfer mill", TA=45)
    chamfer["geometry"]["tip-diameter"] = 0.5
    answer = import_tools(_library(folder, _tool(1, "flat end mill"), inch, drill, chamfer), folder)
    tools = {stock.tool.number: stock.tool for stock in read_shop(folder, book=False).tools}
    assert sorted(tools) == [1, 3, 4, 5]
    assert (tools[1].holder_diameter_mm, tools[1].holder_length_mm) == (45.0, 50.0)
    assert (tools[3].diameter_mm, tools[3].corner_radius_mm, tools[3].stickout_mm) == (6.35, 3.175, 25.4)
    assert (tools[4].tip_angle_deg, tools[4].material) == (118.0, "hss")
    assert (tools[5].tip_angle_deg, tools[5].tip_diameter_mm) == (90.0, 0.5)
    told = {each["number"]: " ".join(each["remarks"]) for each in answer["tools"]}
    assert "holder" in told[3]
    assert "angle" in told[4]
    assert not told[1]


def test_numbers_of_the_shop_stay_and_a_second_time_writes_nothing(folder: Path) -> None:
    library = _library(folder, _tool(1, "flat end mill"), _tool(2, "flat end mill", DC=8))
    assert import_tools(library, folder, preview=True)["written"] is False
    assert (folder / "shop.toml").read_text() == SHOP
    import_tools(library, folder)
    before = (folder / "shop.toml").read_text()
    again = import_tools(library, folder)
    assert (again["kept"], again["written"], (folder / "shop.toml").read_text()) == ([1, 2], False, before)


def test_what_has_no_place_is_left_out_and_named(folder: Path) -> None:
    library = _library(
        folder, _tool(1, "flat end mill"), _tool(2, "lollipop mill"), _tool(0, "drill"), _tool(4, "drill", LB=0),
        _tool(5, "tap right hand"),
    )  # fmt: skip
    left = {each["tool"]: each["reason"] for each in import_tools(library, folder)["left_out"]}
    assert [word in left[name] for name, word in (("lollipop mill 2", "planner"), ("drill 0", "number"), ("drill 4", "LB"), ("tap right hand 5", "pitch"))] == [True] * 4  # fmt: skip


def test_flutes_longer_than_what_stands_out_are_cut_down(folder: Path) -> None:
    answer = import_tools(_library(folder, _tool(1, "flat end mill", LCF=30, LB=22)), folder)
    assert answer["tools"][0]["flute_length_mm"] == 22
    assert "flute length" in answer["tools"][0]["remarks"][0]


def test_a_packed_library_is_the_same(folder: Path) -> None:
    packed = folder.parent / "library.tools"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("tools.json", json.dumps({"data": [_tool(1, "flat end mill")]}))
    assert [each["number"] for each in import_tools(packed, folder)["tools"]] == [1]


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[1]", b'{"data": [1]}', b'{"data": []}', b"PK\x03\x04 torn", b"\xff\xfe"]
)
def test_no_library_is_one_finding_and_writes_nothing(folder: Path, body: bytes) -> None:
    path = folder.parent / "wrong.json"
    path.write_bytes(body)
    with pytest.raises(BadInput) as refused:
        import_tools(path, folder)
    assert len(refused.value.findings) == 1
    assert (folder / "shop.toml").read_text() == SHOP


def test_two_tools_of_one_number_are_told(folder: Path) -> None:
    with pytest.raises(BadInput, match="T1"):
        import_tools(_library(folder, _tool(1, "flat end mill"), _tool(1, "drill")), folder)


def test_a_holder_has_a_unit_of_its_own(folder: Path) -> None:
    metric = _tool(3, "flat end mill", {"unit": "inches", "holder": HOLDER | {"unit": "millimeters"}}, DC=0.25, LCF=0.5, LB=1.0, SFDM=0.25)  # fmt: skip
    inches = {"unit": "inches", "segments": [{"height": 2, "lower-diameter": 1, "upper-diameter": 1.5}]}
    tools = import_tools(_library(folder, metric, _tool(4, "drill", {"holder": inches})), folder)["tools"]
    assert [(each["holder_diameter_mm"], each["holder_length_mm"]) for each in tools] == [(45.0, 50.0), (38.1, 50.8)]


def test_numbers_and_names_that_nothing_can_be_written_of(folder: Path) -> None:
    odd = _tool(1, "flat end mill", {"description": "end \ud800mill\x7f"})
    answer = import_tools(_library(folder, odd, _tool(2, "drill", LB=10**400)), folder)
    assert answer["tools"][0]["name"] == "end mill"
    assert len(answer["left_out"]) == 1
