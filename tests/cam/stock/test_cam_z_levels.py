"""The lowest places of mills beside walls whose floors rise away from them."""

import manifold3d as m3
import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.cam.stock.in_process_stock import WALL_ALLOWANCE_MM
from nightmill.cam.stock.z_levels import lowest_beside


def groove(low: float, high: float) -> m3.Manifold:
    """A block 30 x 20 x 10 with its top at 0, and a groove 4 wide along X from y 8 on, whose floor lies ``low`` at y 8 and
    ``high`` at y 12.
    """
    block = m3.Manifold.cube([30, 20, 10]).translate((0, 0, -10))
    section = m3.CrossSection([np.array([(8.0, low), (12.0, high), (12.0, 1.0), (8.0, 1.0)])], m3.FillRule.NonZero)
    cut = section.extrude(40).transform(np.array([[0.0, 0, 1, -5], [1, 0, 0, 0], [0, 1, 0, 0]]))
    return block - cut


def arrays(solid: m3.Manifold) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    mesh = solid.to_mesh64()
    triangles = np.asarray(mesh.tri_verts, dtype=np.int64)
    return np.asarray(mesh.vert_properties)[:, :3][triangles], triangles


def found(solid: m3.Manifold, diameters: tuple[float, ...], wanted: bool = True) -> list[float]:
    corners, triangles = arrays(solid)
    return lowest_beside(corners, triangles, np.full(len(corners), wanted), diameters)


def test_a_mill_stays_the_slope_times_its_width_above_an_acute_foot() -> None:
    # half a millimetre of slope each millimetre from the foot at -6 on
    assert found(groove(-6.0, -4.0), (1.0, 0.5)) == pytest.approx([-5.75, -5.5], abs=0.006)
    assert found(groove(-4.0, -6.0), (1.0,)) == pytest.approx([-5.5], abs=0.006)


@pytest.mark.parametrize("slope", [0.3449, 0.345, 1.2345])
@pytest.mark.parametrize("foot", [-6.0, -6.0049, -5.996])
def test_the_height_is_one_at_which_the_mill_fits_whatever_the_slope_and_the_foot(foot: float, slope: float) -> None:
    (height,) = found(groove(foot, foot + 4 * slope), (3.0,))
    assert 0.001 < height - (foot + 3.0 * slope) < 0.01


@pytest.mark.parametrize("slope", [1.4, 2.2])
def test_beside_a_steep_floor_the_gap_leaves_room_for_what_paths_keep_off_both_sides(slope: float) -> None:
    for height, diameter in zip(found(groove(-9.5, -9.5 + 4 * slope), (0.5, 1.0)), (0.5, 1.0), strict=True):
        assert 2 * WALL_ALLOWANCE_MM + 0.001 < (height + 9.5) / slope - diameter < 0.01


def test_level_floors_narrow_steps_and_walls_that_are_done_ask_for_nothing() -> None:
    assert not found(groove(-6.0, -6.0), (1.0, 0.5))
    assert not found(groove(-6.0, -4.0), (0.08,))
    assert not found(groove(-6.0, -4.0), (1.0, 0.5), wanted=False)
