"""What a thin mill leaves to the other side: the plug below a drilled hole that ends in the open."""

import numpy as np
import pytest
import shapely

from nightmill.process.solids import box
from nightmill.process.stage import Level, Stage


@pytest.fixture
def drilled() -> Stage:
    levels = [Level(z, False) for z in (9.0, 6.0, 3.0, 0.0)]
    stage = Stage.of(box((0, 0, 0), (40, 30, 10)), box((-1, -1, 0), (41, 31, 11)), levels, [])
    stage.bored(shapely.Point(20, 15), 2.0, 2.0, 6.0)
    return stage


def test_a_plug_below_a_hole_is_left_where_it_hides_nothing(drilled: Stage) -> None:
    whole = shapely.box(0, 0, 40, 30)
    beside = np.array([[2.0, 2.0, 1.0], [20.0, 15.0, 8.0]])
    found = drilled.without_plugs([whole] * 4, beside)
    assert [area.area == whole.area for area in found] == [True, True, False, False]
    assert not found[2].intersects(shapely.Point(20, 15).buffer(1.9))
    assert found[2] is found[3]


def test_a_plug_over_open_surface_is_cut(drilled: Stage) -> None:
    whole = shapely.box(0, 0, 40, 30)
    below = np.array([[20.5, 15.0, 1.0]])
    assert all(area is whole for area in drilled.without_plugs([whole] * 4, below))


def test_a_drill_comes_down_in_rapid_only_where_no_stock_ends_beside_it() -> None:
    """A step of stock begins just inside a disc, the centre of its pixel just outside."""
    step = box((0, 0, 0), (40, 30, 5)) + box((21.04, 0, 0), (40, 30, 10))
    stage = Stage.of(box((0, 0, 0), (40, 30, 5)), step, [Level(5.0, False)], [])
    assert stage.clear_above(20.0, 15.0, 1.05) == 5.0
    assert stage.surely_clear_above(20.0, 15.0, 1.05) == 10.0
    assert stage.surely_clear_above(20.0, 15.0, 0.9) == 5.0
