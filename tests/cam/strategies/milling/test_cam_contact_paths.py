"""Ways over slopes keep a thin cutter's neck out of stock that stands above its flutes."""

import manifold3d as m3
import numpy as np
from shapely import box

from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.strategies.milling.contact_paths import Neck, Way, with_free_necks
from nightmill.cam.strategies.milling.cutter_contact import Cutter
from nightmill.vocabulary.plan import Tool

FLUTE_MM = 3.0


def stage() -> Stage:
    """A block of stock, 10 mm high, with a slot 4 mm wide down to z = 4 about y = 10."""
    made = Stage.of(
        m3.Manifold.cube([40.0, 20.0, 2.0]), m3.Manifold.cube([40.0, 20.0, 10.0]), [Level(4.0, False), Level(2.0, False)], []
    )  # fmt: skip
    made.stock.lower(box(-1.0, 8.0, 41.0, 12.0), 4.0)
    return made


def cutter(neck_mm: float) -> Cutter:
    tool = Tool(1, "flat", 2.0, flute_length_mm=FLUTE_MM, shank_diameter_mm=neck_mm, stickout_mm=40.0)
    return Cutter(tool, ball=False)


def along(y: float, z: float) -> Way:
    return Way(0, np.array([[5.0, y, z], [30.0, y, z]]))


def test_a_neck_stays_out_of_a_wall_of_stock_and_goes_down_where_the_cutter_has_been() -> None:
    middle, beside, over = along(10.0, 4.0), along(11.5, 4.0), along(11.5, 8.0)
    assert with_free_necks(stage(), cutter(1.9), [middle, beside]) == [middle]
    assert with_free_necks(stage(), cutter(1.9), [over]) == [over], "its flutes are as high as what stands"
    steps = [over, along(11.5, 6.0), beside]
    assert with_free_necks(stage(), cutter(1.9), steps) == steps, "each opens the way for the next"


def test_a_neck_much_thinner_than_its_cutter_is_not_asked() -> None:
    beside = along(11.5, 4.0)
    assert with_free_necks(stage(), cutter(1.0), [beside]) == [beside]


def test_no_neck_is_asked_where_nothing_stands_above_the_flutes_of_the_lowest_tip() -> None:
    at, thin = stage(), cutter(1.9)
    assert Neck.of(at, thin, [along(10.0, 7.5)]) is None
    assert Neck.of(at, thin, [along(10.0, 7.5), along(10.0, 6.9)]) is not None
    assert Neck.of(at, thin, [along(10.0, 7.5)], 6.9) is not None, "a link comes from as low"


def test_stock_is_taken_down_to_the_higher_end_of_each_stretch() -> None:
    at = stage().stock
    at.carve_under(np.array([[5.0, 4.0, 3.0], [15.0, 4.0, 6.0], [30.0, 4.0, 5.0]]), 1.0)
    assert [at.highest((x, 4.0), (x, 4.0), 0.1) for x in (10.0, 25.0, 35.0)] == [6.0, 6.0, 10.0]
    assert at.highest((10.0, 6.0), (10.0, 6.0), 0.1) == 10.0
