"""Patterns of holes, thread hints, islands: solids from primitives with known places and sizes."""

import math
from pathlib import Path
from random import Random
from typing import Any

import pytest
from design_solids import box, cut, cylinder, write
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.cad import Feature, read_part
from nightmill.cad.features.patterns import with_patterns


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


def _holes(places: list[tuple[float, float]]) -> list[Any]:
    return [cylinder(2.5, 20, (x, y, 0)) for x, y in places]


def test_grid_circle_and_row_of_one_size_are_three_patterns(tmp_path: Path) -> None:
    circle = [(50 + 20 * math.cos(k * math.pi / 3), 40 + 20 * math.sin(k * math.pi / 3)) for k in range(6)]
    grid = [(90.0 + 12 * i, 15.0 + 20 * j) for i in range(3) for j in range(3)]
    row = [(10.0, 10 + 10.0 * i) for i in range(5)]
    part = read_part(write(cut(box(130, 80, 20), *_holes(circle + grid + row)), tmp_path / "part.step"))
    found: dict[float, list[dict[str, float]]] = {}
    for feature in part.features:
        if feature.kind == "through_hole":
            found.setdefault(feature.parameters["pattern"], []).append(feature.parameters)
    assert sorted(len(members) for members in found.values()) == [5, 6, 9]
    by_count = {len(members): members[0] for members in found.values()}
    assert by_count[6]["pattern_circle_mm"] == pytest.approx(40)
    assert by_count[5]["pattern_pitch_mm"] == pytest.approx(10)
    assert (by_count[9]["pattern_columns"], by_count[9]["pattern_rows"]) == (3, 3)
    assert {round(by_count[9][name]) for name in ("pattern_pitch_mm", "pattern_pitch_across_mm")} == {12, 20}


def test_slots_in_a_row_are_a_pattern(tmp_path: Path) -> None:
    body = cut(box(100, 80, 20), *(box(8, 80, 6, (10 + 20 * i, 0, 14)) for i in range(4)))
    part = read_part(write(body, tmp_path / "part.step"))
    slots = [feature.parameters for feature in part.features if feature.kind == "through_slot"]
    assert [(slot["pattern_count"], round(slot["pattern_pitch_mm"], 6)) for slot in slots] == [(4, 20)] * 4


def test_holes_without_order_stay_one_group(tmp_path: Path) -> None:
    part = read_part(write(cut(box(100, 80, 20), *_holes([(10, 10), (31, 17), (52, 60)])), tmp_path / "part.step"))
    holes = [feature.parameters for feature in part.features if feature.kind == "through_hole"]
    assert [hole["pattern_count"] for hole in holes] == [3] * 3
    assert not any("pattern_pitch_mm" in hole or "pattern_circle_mm" in hole for hole in holes)


@given(
    st.integers(2, 4), st.integers(2, 4), st.floats(6, 20), st.floats(6, 20), st.floats(0, math.pi), st.randoms()
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_turned_grids_in_any_order(
    columns: int, rows: int, step: float, across: float, turn: float, rng: Random
) -> None:
    u, v = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
    places = [(i * step * u[0] + j * across * v[0], i * step * u[1] + j * across * v[1]) for i in range(columns) for j in range(rows)]  # fmt: skip
    rng.shuffle(places)
    holes = [
        Feature(i, "through_hole", (i,), {"diameter_mm": 3.0, "x": x, "y": y, "z": 0.0}, (0.0, 0.0, 1.0))
        for i, (x, y) in enumerate(places)
    ]
    for feature in with_patterns(holes):
        assert feature.parameters["pattern_count"] == len(places)
        sizes = {feature.parameters["pattern_columns"], feature.parameters["pattern_rows"]}
        assert sizes == {columns, rows}
