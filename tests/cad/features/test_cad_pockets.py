"""Pockets in pockets, crossing slots, islands, bosses and grooves, with their parameters."""

from pathlib import Path
from typing import Any

import pytest
from design_solids import box, cut, cylinder, join, write

from nightmill.cad import Feature, read_part

BLOCK = (100.0, 80.0, 20.0)


def found(tmp_path: Path, body: Any, kind: str) -> list[Feature]:
    part = read_part(write(body, tmp_path / "part.step"), mesh_deflection_mm=0.05)
    return [feature for feature in part.features if feature.kind == kind]


def test_a_pocket_in_the_floor_of_a_pocket_leaves_it_closed(tmp_path: Path) -> None:
    body = cut(box(*BLOCK), box(60, 40, 6, (20, 20, 14)), box(20, 20, 6, (40, 30, 9)))
    outer, inner = sorted(found(tmp_path, body, "pocket"), key=lambda pocket: -pocket.parameters["length_mm"])
    assert [outer.parameters[name] for name in ("open_sides", "depth_mm")] == pytest.approx([0, 6])
    assert [inner.parameters[name] for name in ("open_sides", "depth_mm")] == pytest.approx([0, 5])
    assert (inner.parameters["x"], inner.parameters["y"], inner.parameters["z"]) == pytest.approx((50, 40, 14))


def test_slots_that_cross_at_one_depth_are_open_at_four_ends(tmp_path: Path) -> None:
    body = cut(box(*BLOCK), box(8, 80, 6, (46, 0, 14)), box(100, 8, 6, (0, 36, 14)))
    (slot,) = found(tmp_path, body, "through_slot")
    assert slot.parameters["open_sides"] == 4
    assert len(slot.faces) >= 9


def test_islands_are_counted_in_open_pockets_too(tmp_path: Path) -> None:
    tool = cut(box(60, 60, 8, (20, 30, 12)), cylinder(6, 8, (50, 50, 12)), box(8, 8, 8, (28, 40, 12)))
    (pocket,) = found(tmp_path, cut(box(*BLOCK), tool), "blind_slot")
    assert (pocket.parameters["islands"], pocket.parameters["open_sides"]) == (2, 1)


def test_a_boss_of_planes_has_its_three_sizes(tmp_path: Path) -> None:
    (boss,) = found(tmp_path, join(box(*BLOCK), box(30, 20, 10, (35, 30, 20))), "boss")
    assert len(boss.faces) == 4
    sizes = [boss.parameters[name] for name in ("length_mm", "width_mm", "height_mm")]
    assert sizes == pytest.approx([30, 20, 10])
    # a square island lower than the part's top has its top as well
    body = cut(box(*BLOCK), cut(box(60, 40, 8, (20, 20, 12)), box(8, 8, 5, (28, 30, 12))))
    (island,) = found(tmp_path, body, "boss")
    assert len(island.faces) == 5
    assert island.parameters["height_mm"] == pytest.approx(5)


def test_a_groove_around_a_shaft_is_no_boss(tmp_path: Path) -> None:
    body = cut(cylinder(15, 80, (0, 0, 0)), cut(cylinder(15, 5, (0, 0, 30)), cylinder(12, 5, (0, 0, 30))))
    (groove,) = found(tmp_path, body, "groove")
    sizes = [groove.parameters[name] for name in ("diameter_mm", "width_mm", "depth_mm")]
    assert sizes == pytest.approx([24, 5, 3])
    assert not found(tmp_path, body, "boss")
