"""A part that its file places by a left-handed operator is read mirrored, not turned."""

import re
from pathlib import Path

import pytest
from design_solids import box, cut, cylinder, write

from nightmill.cad import read_part
from nightmill.cad.step.kernel_import import check_scale
from nightmill.cad.step.part21 import read_part21
from nightmill.vocabulary.errors import BadInput


def mapped(tmp_path: Path, axes: str, scale: str = "1.", more: str = "") -> Path:
    """A 40 x 30 x 10 block with a hole at (10, 8), placed by a ``MAPPED_ITEM``."""
    path = write(cut(box(40, 30, 10), cylinder(4, 10, (10, 8, 0))), tmp_path / "part.step")
    text = path.read_text()
    link = re.search(r"(#\d+ = SHAPE_DEFINITION_REPRESENTATION\(#\d+),#(\d+)\)", text)
    assert link
    shape = re.search(rf"#{link.group(2)} = \w+\('',\([^)]*\),#(\d+)\);", text)
    assert shape
    free = max(int(number) for number in re.findall(r"#(\d+) =", text)) + 1
    x, y, z = axes.split(";")
    body = (
        f"#{free}=REPRESENTATION_MAP(#{free + 1},#{link.group(2)});#{free + 1}=AXIS2_PLACEMENT_3D('',#{free + 2},$,$);"
        f"#{free + 2}=CARTESIAN_POINT('',(0.,0.,0.));#{free + 8}=CARTESIAN_POINT('',(5.,0.,0.));#{free + 3}=MAPPED_ITEM('',#{free},#{free + 4});"
        f"#{free + 4}=CARTESIAN_TRANSFORMATION_OPERATOR_3D('','',$,#{free + 5},#{free + 6},#{free + 8},{scale},#{free + 7});"
        f"#{free + 5}=DIRECTION('',({x}));#{free + 6}=DIRECTION('',({y}));#{free + 7}=DIRECTION('',({z}));"
        f"#{free + 9}=SHAPE_REPRESENTATION('',(#{free + 3}),#{shape.group(1)});{more}\n"
    )
    text = text.replace(link.group(0), f"{link.group(1)},#{free + 9})")
    end = text.rindex("ENDSEC")
    path.write_text(text[:end] + body + text[end:])
    return path


@pytest.mark.parametrize(
    ("axes", "low", "high", "hole"),
    [
        ("1.,0.,0.;0.,1.,0.;0.,0.,1.", (5, 0, 0), (45, 30, 10), (15, 8)),
        ("-1.,0.,0.;0.,1.,0.;0.,0.,1.", (-35, 0, 0), (5, 30, 10), (-5, 8)),
        ("1.,0.,0.;0.,-1.,0.;0.,0.,1.", (5, -30, 0), (45, 0, 10), (15, -8)),
        ("0.,1.,0.;1.,0.,0.;0.,0.,1.", (5, 0, 0), (35, 40, 10), (13, 10)),
    ],
)
def test_placements(
    tmp_path: Path, axes: str, low: tuple[float, ...], high: tuple[float, ...], hole: tuple[float, float]
) -> None:
    part = read_part(mapped(tmp_path, axes))
    assert part.low == pytest.approx(low, abs=1e-6)
    assert part.high == pytest.approx(high, abs=1e-6)
    parameters = next(feature.parameters for feature in part.features if feature.kind == "through_hole")
    assert (parameters["x"], parameters["y"]) == pytest.approx(hole)
    assert part.volume_mm3 == pytest.approx(12000 - 160 * 3.14159265)


def test_scaled_and_mirrored_in_an_assembly_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="length unit"):
        read_part(mapped(tmp_path, "1.,0.,0.;0.,1.,0.;0.,0.,1.", scale="2."))
    usage = "#99999=NEXT_ASSEMBLY_USAGE_OCCURRENCE('1','','',$,$,$);"
    with pytest.raises(BadInput, match="mirrored placement"):
        read_part(mapped(tmp_path, "-1.,0.,0.;0.,1.,0.;0.,0.,1.", more=usage))


def test_a_scale_is_refused_too_where_the_corners_of_the_faces_are_not_found(tmp_path: Path) -> None:
    path = write(box(10, 20, 30), tmp_path / "block.step")
    text, twice = read_part21(path.read_text()), box(20, 40, 60)
    with pytest.raises(BadInput, match="scales by a further factor of 2"):
        check_scale(path, twice, text, (999_999,), "mm", 1.0)
    check_scale(path, box(10, 20, 30), text, (), "mm", 1.0)
