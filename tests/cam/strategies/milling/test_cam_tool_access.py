"""A pass is spared only where its mill could finish nothing: in slots too narrow, below its holder, beside fixtures."""

import manifold3d as m3
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.strategies.milling.tool_access import may_finish
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]
LEVELS = np.array([8.0, 5.0, 0.0])
WALL, FLOOR = (
    (np.array([[10.0, 20.0, 4.0]]), np.array([[1.0, 0.0, 0.0]])),
    (np.array([[13.0, 20.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])),
)


def _mill(diameter: float, stickout: float = 30.0) -> Tool:
    return Tool(
        1, "flat", diameter, flute_length_mm=stickout - 2, shank_diameter_mm=diameter - 0.1, stickout_mm=stickout,
        holder_diameter_mm=20.0, holder_length_mm=40.0,
    )  # fmt: skip


@pytest.fixture
def slotted() -> Terrain:
    """A block 40 x 40 x 10, its top at z = 10, with a slot 6 wide from x = 10 to its floor at z = 0."""
    block = m3.Manifold.cube([40.0, 40.0, 15.0]).translate([0.0, 0.0, -5.0])
    mesh = (block - m3.Manifold.cube([6.0, 50.0, 20.0]).translate([10.0, -5.0, 0.0])).to_mesh64()
    points = np.asarray(mesh.vert_properties)[:, :3]
    rows = np.asarray(mesh.tri_verts, dtype=np.int64)
    return Terrain(points[rows], rows)


@pytest.mark.parametrize("sample", [WALL, FLOOR], ids=["wall", "floor"])
def test_a_mill_that_fits_the_slot_may_finish_it_and_a_wider_one_not(
    slotted: Terrain, sample: tuple[Floats, Floats]
) -> None:
    assert may_finish(_mill(5.9), slotted, [], LEVELS, *sample)
    assert may_finish(_mill(2.0), slotted, [], LEVELS, *sample)
    assert not may_finish(_mill(9.0), slotted, [], LEVELS, *sample)


def test_a_holder_that_would_stand_in_the_block_leaves_nothing_to_gain(slotted: Terrain) -> None:
    assert may_finish(_mill(4.0, 11.0), slotted, [], LEVELS, *FLOOR)
    assert not may_finish(_mill(4.0, 9.0), slotted, [], LEVELS, *FLOOR)


def test_nothing_is_gained_below_the_lowest_level_or_in_a_fixture(slotted: Terrain) -> None:
    assert not may_finish(_mill(4.0), slotted, [], LEVELS[:2], *FLOOR)
    jaw = [(shapely.box(0.0, 0.0, 40.0, 40.0), 3.0)]
    assert not may_finish(_mill(4.0), slotted, jaw, LEVELS, *FLOOR)
    assert may_finish(_mill(4.0), slotted, [(shapely.box(0.0, 0.0, 40.0, 40.0), -1.0)], LEVELS, *FLOOR)
