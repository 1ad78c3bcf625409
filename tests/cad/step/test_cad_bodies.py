"""A file with several solids: they are named and counted, and one of them is read as the file defines it."""

import re
from pathlib import Path
from typing import Any

import pytest
from design_solids import box, cut, cylinder, write

from nightmill.cad import read_part
from nightmill.vocabulary.errors import BadInput


def _assembly(path: Path, parts: list[tuple[str, Any, list[tuple[float, float, float]]]]) -> Path:
    """A STEP file of named parts, each placed at some points and turned by a quarter about Z."""
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
    from OCP.STEPCAFControl import STEPCAFControl_Writer
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDataStd import TDataStd_Name
    from OCP.TDocStd import TDocStd_Document
    from OCP.TopLoc import TopLoc_Location
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    document = TDocStd_Document(TCollection_ExtendedString("MDTV-XCAF"))
    shapes = XCAFDoc_DocumentTool.ShapeTool_s(document.Main())
    whole = shapes.NewShape()
    TDataStd_Name.Set_s(whole, TCollection_ExtendedString("gripper"))
    for name, solid, places in parts:
        label = shapes.AddShape(solid, False)
        TDataStd_Name.Set_s(label, TCollection_ExtendedString(name))
        for place in places:
            turn, move = gp_Trsf(), gp_Trsf()
            turn.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), 1.5707963267948966)
            move.SetTranslation(gp_Vec(*place))
            shapes.AddComponent(whole, label, TopLoc_Location(move.Multiplied(turn)))
    shapes.UpdateAssemblies()
    writer = STEPCAFControl_Writer()
    writer.Transfer(document)
    writer.Write(str(path))
    return path


@pytest.fixture
def gripper(tmp_path: Path) -> Path:
    plate = cut(box(60, 40, 10), cylinder(4, 10, (10, 10, 0)))
    jaw = box(20, 8, 12)
    spots = [(0.0, 0.0, 10.0), (30.0, 0.0, 10.0), (60.0, 0.0, 10.0)]
    return _assembly(tmp_path / "gripper.step", [("base plate", plate, [(5.0, 6.0, 7.0)]), ("jaw", jaw, spots)])


def test_the_bodies_are_listed_with_names_and_how_often_they_are_placed(gripper: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_part(gripper)
    found = caught.value.findings[0]
    assert found.place == "4 solids"
    assert found.found == "several solids: 1 base plate, 2 jaw (placed 3 times)"
    assert "--body 1" in found.remedy


@pytest.mark.parametrize("asked", ["2", "jaw", " JAW "])
def test_a_body_is_read_as_the_file_defines_it(gripper: Path, asked: str) -> None:
    part = read_part(gripper, body=asked)
    assert (part.name, part.body, len(part.faces)) == ("gripper-2", "2", 6)
    assert part.low == pytest.approx((0, 0, 0), abs=1e-6)
    assert part.high == pytest.approx((20, 8, 12), abs=1e-6)
    assert "the file holds 2 bodies; this is 2 jaw (placed 3 times)" in part.notes


def test_the_faces_of_a_body_are_those_of_its_own_record(gripper: Path) -> None:
    plate = read_part(gripper, body="base plate")
    assert len(plate.faces) == 7
    assert [face.surface for face in plate.faces].count("cylinder") == 1


@pytest.mark.parametrize("asked", ["3", "cover"])
def test_a_body_that_the_file_lacks_is_named_with_those_it_has(gripper: Path, asked: str) -> None:
    with pytest.raises(BadInput, match=f"no body called '{asked}' among 1 base plate, 2 jaw"):
        read_part(gripper, body=asked)


def test_a_name_that_two_bodies_have_asks_for_the_number(tmp_path: Path) -> None:
    path = _assembly(
        tmp_path / "twice.step", [("rail", box(30, 5, 5), [(0, 0, 0)]), ("rail", box(40, 5, 5), [(0, 20, 0)])]
    )
    with pytest.raises(BadInput, match="2 bodies called 'rail' among 1 rail, 2 rail"):
        read_part(path, body="rail")
    assert read_part(path, body="2").high[0] == pytest.approx(40, abs=1e-6)


def test_the_same_part_placed_often_is_one_part(tmp_path: Path) -> None:
    path = _assembly(tmp_path / "four.step", [("stud", box(10, 8, 6), [(float(20 * n), 0, 0) for n in range(4)])])
    part = read_part(path)
    assert (part.name, part.body) == ("four", "")
    assert part.volume_mm3 == pytest.approx(480)
    assert "the file places the same part 4 times: it was read once" in part.notes


@pytest.mark.parametrize("asked", ["", "1"])
def test_the_only_solid_of_a_file_is_the_same_part_whether_asked_for_or_not(tmp_path: Path, asked: str) -> None:
    part = read_part(write(box(10, 8, 6), tmp_path / "one.step"), body=asked)
    assert (part.name, part.body) == ("one", "")


def test_what_the_drawing_asks_of_no_face_of_a_body_is_told(gripper: Path) -> None:
    text = gripper.read_text()
    shape = re.search(r"#(\d+)\s*=\s*PRODUCT_DEFINITION_SHAPE", text)
    assert shape
    free = max(int(number) for number in re.findall(r"#(\d+)\s*=", text)) + 1
    size = f"#{free}=SHAPE_ASPECT('','',#{shape[1]},.T.);#{free + 1}=DIMENSIONAL_SIZE(#{free},'diameter');"
    end = text.rindex("ENDSEC")
    gripper.write_text(text[:end] + size + "\n" + text[end:])
    part = read_part(gripper, body="2")
    assert part.pmi == ()
    assert "1 of 1 dimensions, tolerances and datums refer to no face of this body: left out" in part.notes
