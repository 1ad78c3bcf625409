"""Patterns of holes, thread hints, islands: solids from primitives with known places and sizes."""

import math
from pathlib import Path

import pytest
from design_solids import box, cut, cylinder, write

from nightmill.design import read_part


def test_row_of_holes_and_a_pocket_with_an_island(tmp_path: Path) -> None:
    pocket = cut(box(60, 40, 10, (20, 20, 10)), box(10, 10, 10, (45, 35, 10)))
    body = cut(box(100, 80, 20), pocket, *(cylinder(2.5, 20, (10 + 20 * place, 8, 0)) for place in range(4)))
    part = read_part(write(body, tmp_path / "part.step"))
    holes = [feature.parameters for feature in part.features if feature.kind == "through_hole"]
    assert len(holes) == 4
    assert all(hole["pattern_count"] == 4 and hole["pattern_pitch_mm"] == pytest.approx(20) for hole in holes)
    assert all((hole["thread_hint_mm"], hole["thread_hint_pitch_mm"]) == (6.0, 1.0) for hole in holes)
    (found,) = (feature.parameters for feature in part.features if feature.kind == "pocket")
    assert (found["islands"], found["open_sides"]) == (1, 0)
    assert found["depth_mm"] == pytest.approx(10)


def test_bolt_circle(tmp_path: Path) -> None:
    places = [(30 * math.cos(2 * math.pi * k / 5), 30 * math.sin(2 * math.pi * k / 5), 0.0) for k in range(5)]
    body = cut(cylinder(40, 10, (0, 0, 0)), *(cylinder(3.2, 10, place) for place in places))
    part = read_part(write(body, tmp_path / "part.step"))
    holes = [feature.parameters for feature in part.features if feature.kind == "through_hole"]
    assert [hole["pattern_circle_mm"] for hole in holes] == pytest.approx([60] * 5)
    assert all("thread_hint_mm" not in hole for hole in holes)


def test_holes_of_different_sizes_are_no_pattern(tmp_path: Path) -> None:
    body = cut(box(60, 30, 10), cylinder(2, 10, (15, 15, 0)), cylinder(3, 10, (45, 15, 0)))
    part = read_part(write(body, tmp_path / "part.step"))
    assert not any("pattern" in feature.parameters for feature in part.features)
