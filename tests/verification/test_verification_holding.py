"""A plate in its frame on a fixture plate: the proof sees straps, plate and tabs, and what is wrong with them."""

import struct
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from labelled_parts import write

from nightmill.cad import read_part
from nightmill.cam import write_plan
from nightmill.cam.fixturing.frame_plate import outline_of
from nightmill.cam.geometry.solids import moved, prism, solid_of, stl_of
from nightmill.plant.part_planning import plan_part
from nightmill.verification import certify
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import Body, Certificate, Plan, Setup


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Plan]:
    """A sheet without holes, so that tabs hold it: its STEP file, the plan's folder and the plan."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    folder = tmp_path_factory.mktemp("sheet")
    outline = BRepBuilderAPI_MakePolygon()
    for x, y in ((0, 0), (70, 0), (70, 45), (25, 45), (0, 30)):
        outline.Add(gp_Pnt(x, y, 0))
    outline.Close()
    face = BRepBuilderAPI_MakeFace(outline.Wire()).Face()
    target = folder / "sheet.step"
    write(BRepPrimAPI_MakePrism(face, gp_Vec(0, 0, 2)).Shape(), target)
    plan_part(target, out=folder / "out")
    return target, folder / "out", msgspec.json.decode((folder / "out" / "plan.json").read_bytes(), type=Plan)


def judged(made: tuple[Path, Path, Plan], there: Path, number: int, setup: Setup) -> Certificate:
    """The proof of the plan with one setup in another's place; ``there`` may hold files of its own."""
    target, folder, plan = made
    for file in folder.iterdir():
        if not (there / file.name).exists():
            (there / file.name).write_bytes(file.read_bytes())
    setups = tuple(setup if k == number else each for k, each in enumerate(plan.setups))
    (there / "plan.json").write_bytes(write_plan(msgspec.structs.replace(plan, setups=setups)))
    return certify(there, target)


def shifted(body: Body, x: float, y: float) -> Body:
    assert body.min is not None
    assert body.max is not None
    low, high = ((a + x, b + y, c) for a, b, c in (body.min, body.max))
    return msgspec.structs.replace(body, min=low, max=high)


def test_the_plan_is_certified_and_names_its_tabs(made: tuple[Path, Path, Plan], tmp_path: Path) -> None:
    plan = made[2]
    found = judged(made, tmp_path, 0, plan.setups[0])
    assert found.certified
    tabs = [record for record in found.uncut if record.reason == "tab, taken off by hand"]
    feet = sum(tab.width_mm * tab.height_mm for tab in plan.setups[2].tabs)
    assert 0.0 < sum(record.area_mm2 for record in tabs) < feet
    assert {record.reason for record in plan.uncut} >= {"tab, taken off by hand"}


def test_a_tab_that_the_plan_does_not_name_is_no_reason(made: tuple[Path, Path, Plan], tmp_path: Path) -> None:
    found = judged(made, tmp_path, 2, msgspec.structs.replace(made[2].setups[2], tabs=()))
    assert not any("tab" in record.reason for record in found.uncut)


def test_a_tab_without_size_or_direction_is_bad_input(made: tuple[Path, Path, Plan], tmp_path: Path) -> None:
    target, folder, _ = made
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    plan = msgspec.json.decode((folder / "plan.json").read_bytes())
    for key, value in (("width_mm", 0.0), ("along", [0.0, 0.0])):
        tab = {**plan["setups"][2]["tabs"][0], key: value}
        setups = [*plan["setups"][:2], {**plan["setups"][2], "tabs": [tab]}]
        (tmp_path / "plan.json").write_bytes(msgspec.json.encode({**plan, "setups": setups}))
        with pytest.raises(BadInput, match="Tab"):
            certify(tmp_path, target)


@pytest.mark.parametrize("number", [0, 1])
def test_a_strap_moved_into_the_way_is_a_collision(made: tuple[Path, Path, Plan], tmp_path: Path, number: int) -> None:
    setup = made[2].setups[number]
    middle = setup.fixtures[0]
    straps = [body for body in setup.fixtures if body.kind == "box"]
    wide = [body.min[1] + body.max[1] for body in straps if body.min and body.max]
    inwards = -12.0 if wide[0] > float(np.mean(wide)) else 12.0
    moved = tuple(
        shifted(body, 0.0, inwards) if (body.name or "").endswith(str(straps[0].name)[-2:]) else body
        for body in setup.fixtures
    )
    assert moved[0] == middle
    found = judged(made, tmp_path, number, msgspec.structs.replace(setup, fixtures=moved))
    assert not found.certified
    assert found.collisions


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_plate_that_stands_too_high_is_a_collision(
    made: tuple[Path, Path, Plan], tmp_path: Path, number: int
) -> None:
    _, folder, plan = made
    setup = plan.setups[number]
    (name,) = [body.file for body in setup.fixtures if body.file]
    content = bytearray((folder / name).read_bytes())
    for start in range(84, len(content), 50):
        for corner in range(3):
            at = start + 12 + 12 * corner + 8
            struct.pack_into("<f", content, at, struct.unpack_from("<f", content, at)[0] + 0.6)
    (tmp_path / name).write_bytes(bytes(content))
    found = judged(made, tmp_path, number, setup)
    assert not found.certified
    assert any("does not fit, fixture plate overlaps it" in message for message in found.messages)


@pytest.mark.slow
def test_a_piece_parts_from_its_frame_only_where_nothing_leads_through(
    made: tuple[Path, Path, Plan], tmp_path: Path
) -> None:
    setup = made[2].setups[2]
    part = moved(solid_of(read_part(made[0]).mesh, np.eye(4)), np.array(setup.model_to_work))
    outline = outline_of(part)
    low, high = float(part.bounding_box()[2]) - 1.0, float(part.bounding_box()[5]) + 1.0
    for name, area, tabs in (
        ("beside", outline.buffer(2.0), setup.tabs),
        ("untold", outline.buffer(2.0), ()),
        ("far", outline.buffer(12.0), setup.tabs),
    ):
        there = tmp_path / name
        there.mkdir()
        (there / "parted.stl").write_bytes(stl_of(prism(area, low, high)))
        parted = msgspec.structs.replace(setup, parted=Body(file="parted.stl"), tabs=tabs)
        found = judged(made, there, 2, parted)
        assert any("still connected at" in said for said in found.messages) == (name != "beside")
        assert found.certified == (name == "beside")
