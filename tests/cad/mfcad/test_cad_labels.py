"""Class names by rule on single and overlapping features cut from a box, and on labelled parts made by the benchmark."""

import math
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from design_solids import box, cut, cylinder, write

from nightmill.cad import labels_of, read_part
from nightmill.cad.mfcad.labels import MFCADPP_CLASSES

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))


def names_of(shape: Any, path: Path) -> list[str]:
    """Sorted class names of all faces but stock."""
    part = read_part(write(shape, path), mesh_deflection_mm=0.05, angular_deg=12)
    found = [MFCADPP_CLASSES[int(label)] for label in labels_of(part, "mfcadpp")]
    return sorted(name for name in found if name != "stock")


def prism(*points: tuple[float, float]) -> Any:
    """An upright prism, 30 mm high from z = -5."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec

    outline = BRepBuilderAPI_MakePolygon()
    for x, y in points:
        outline.Add(gp_Pnt(x, y, -5))
    outline.Close()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(outline.Wire()).Face(), gp_Vec(0, 0, 30)).Shape()


def test_the_broken_corner_of_a_triangle_makes_it_no_quadrangle(tmp_path: Path) -> None:
    high = 5 + 10 * 3**0.5
    plain = names_of(cut(box(50, 30, 20), prism((10, 5), (30, 5), (20, high))), tmp_path / "plain.step")
    assert plain == ["triangular_passage"] * 3
    broken = prism((10, 5), (30, 5), (21, high - 3**0.5), (19, high - 3**0.5))
    found = names_of(cut(box(50, 30, 20), broken), tmp_path / "broken.step")
    assert found == ["chamfer"] + ["triangular_passage"] * 3


def test_a_passage_that_reaches_below_a_wall_has_no_floor(tmp_path: Path) -> None:
    corners = [
        (25 + 6 * math.cos(math.radians(angle)), 20 + 6 * math.sin(math.radians(angle))) for angle in range(30, 390, 60)
    ]
    ledge = cut(box(50, 30, 20), box(50, 15, 8, (0, 15, 12)))
    hexagon = cut(prism(*corners), box(50, 30, 20, (0, 0, 12)))
    found = names_of(cut(ledge, hexagon), tmp_path / "part.step")
    assert found == ["6sides_passage"] * 7 + ["rectangular_through_step"] * 2


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ([box(10, 30, 8, (20, 0, 12))], {"rectangular_through_slot": 3}),
        ([box(10, 10, 30, (20, 10, -5))], {"rectangular_passage": 4}),
        ([box(10, 10, 8, (0, 0, 12))], {"rectangular_blind_step": 3}),
        ([box(10, 10, 8, (20, 0, 12))], {"rectangular_blind_slot": 4}),
        ([box(10, 30, 8, (0, 0, 12))], {"rectangular_through_step": 2}),
        ([cylinder(4, 8, (20, 15, 12))], {"blind_hole": 2}),
        ([cut(cylinder(6, 8, (20, 15, 12)), cylinder(3, 8, (20, 15, 12)))], {"O_ring": 3}),
        ([cylinder(8, 8, (0, 0, 12))], {"circular_blind_step": 2}),
        # a step into a corner, wider than the ledge that it begins on: four planes, and still a step
        (
            [box(10, 30, 6, (40, 0, 0)), box(20, 10, 5, (30, 0, 6))],
            {"rectangular_through_step": 2, "rectangular_blind_step": 4},
        ),
        # a bore that another feature has opened is still a bore
        ([cylinder(4, 8, (20, 15, 12)), box(8, 3, 20, (20, 17, 0))], {"blind_hole": 3, "rectangular_passage": 4}),
        # a slot that a deeper one cuts in two stays one slot
        ([box(8, 30, 12, (20, 0, 8)), box(50, 8, 6, (0, 11, 14))], {"rectangular_through_slot": 9}),
    ],
)
def test_features_of_a_box(tmp_path: Path, tools: list[Any], expected: dict[str, int]) -> None:
    found = names_of(cut(box(50, 30, 20), *tools), tmp_path / "part.step")
    assert {name: found.count(name) for name in set(found)} == expected


def test_labelled_parts_of_the_benchmark(tmp_path: Path) -> None:
    from labelled_parts import Maker, make
    from labelled_parts import write as write_part

    right = total = 0
    for seed in (9001, 9002, 9003, 9004):
        shape, known = make(seed)
        write_part(shape, tmp_path / "part.step")
        part = read_part(tmp_path / "part.step", mesh_deflection_mm=0.05, angular_deg=12)
        found = labels_of(part, "mfcadpp")
        right += sum(int(a) == b for a, b in zip(found, known, strict=True))
        total += len(known)
    assert right >= 0.9 * total
    maker = Maker(random.Random(1))
    assert maker.cut("blind_hole")
    assert sorted({label for _, label in maker.labels}) == ["blind_hole", "stock"]
