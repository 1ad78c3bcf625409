"""A cutter runs along the stretches of its contours where something is still open, not over what cuts before it have finished."""

import numpy as np
import pytest

from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.strategies.milling.cutter_contact import Cutter, Slopes
from nightmill.cam.strategies.milling.rest_stretches import LEAD_MM, needed
from nightmill.cam.strategies.milling.swept_points import Sweep
from nightmill.cam.strategies.milling.waterlines import Lines, Patch, contours
from nightmill.vocabulary.plan import Tool

CORNERS = np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0], [40.0, 10.0, 5.0], [0.0, 10.0, 5.0]])
PATCH = Patch.of(7, CORNERS, np.array([[0, 1, 2], [0, 2, 3]]))
UP = np.array([0.0, -5.0, 10.0]) / np.hypot(5.0, 10.0)
CUTTER = Cutter(Tool(1, "ball", 2.0, corner_radius_mm=1.0, flute_length_mm=20, stickout_mm=40), True)


def slope(*open_x: float) -> Slopes:
    """A slope along X of which a line of points at each of these X is open still."""
    y = np.arange(0.5, 9.6, 0.2)
    points = np.vstack([np.column_stack([np.full(len(y), x), y, y / 2]) for x in open_x])
    normals, face = np.tile(UP, (len(points), 1)), np.full(len(points), 7)
    return Slopes([PATCH], Terrain(CORNERS[PATCH.triangles]), None, points, normals, face)


def run(slopes: Slopes, bridge_mm: float = 0.5) -> Lines:
    """What the cutter runs of all its contours."""
    lines = Lines.of(contours(PATCH, CUTTER.radius, CUTTER.ridge_mm, True))
    assert slopes.open_points is not None
    return needed(lines, slopes, np.ones(len(slopes.open_points), dtype=np.bool_), CUTTER, bridge_mm)


def wide_of(x: float, until: float) -> Sweep:
    """All of the slope between two X, swept by a mill as wide as that."""
    middle = np.array([(x + until) / 2, 0.0, -1.0])
    return Sweep((until - x) / 2, False, 20.0, [np.array([middle, [*middle[:1], 10.0, -1.0]])])


def test_what_a_cut_before_has_finished_beside_an_open_line_is_passed_over() -> None:
    slopes = slope(10.0)
    around = run(slopes)
    assert np.ptp(around.points[:, 0]) > 2.0, "where nothing is known to be finished, more may be open"
    slopes.sweeps = [wide_of(-30.0, 9.9), wide_of(10.1, 60.0)]
    close = run(slopes)
    assert 9.0 < close.points[:, 0].min() < 10.0 < close.points[:, 0].max() < 11.0
    assert len(close.breaks) == len(around.breaks), "on each contour"


def test_cuts_before_the_slopes_count_as_well() -> None:
    slopes = slope(10.0)
    slopes.finished = lambda points, _face: np.asarray(np.abs(points[:, 0] - 10.0) > 0.1)
    assert np.ptp(run(slopes).points[:, 0]) < 2.0


@pytest.mark.parametrize(("bridge_mm", "pieces"), [(1.0, 2), (12.0, 1)])
def test_a_short_gap_is_run_over_rather_than_jumped(bridge_mm: float, pieces: int) -> None:
    slopes = slope(10.0, 20.0)
    slopes.finished = lambda points, _face: np.ones(len(points), dtype=np.bool_)
    lines = run(slopes, bridge_mm)
    of_one = np.isclose(lines.points[:, 2], lines.points[0, 2])
    assert int(lines.first[of_one].sum()) == pieces
    gaps = np.diff(np.sort(lines.points[of_one, 0]))
    assert (gaps.max() > 5.0) == (pieces == 2)
    assert lines.points[:, 0].min() > 10.0 - 1.0 - LEAD_MM
