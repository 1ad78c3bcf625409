"""The drop-cutter against dense points, contact contours against the ridges they promise, the stock's height field."""

import math

import manifold3d as m3
import msgspec
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from nightmill.cam import default_machine, default_tools, material_named
from nightmill.cam.geometry.drop_cutter import NOTHING, Terrain
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.stock.stock_height_map import Field
from nightmill.cam.strategies.milling.cutter_contact import Cutter, Look, Slopes, clear_of_all, cutters
from nightmill.cam.strategies.milling.surface_finishing import (
    best_reach,
    leave_open,
    left_to_thinner,
    opened_solids,
    pass_over,
    thinned,
)
from nightmill.cam.strategies.milling.waterlines import Patch, contours
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]


def _hills(seed: int) -> Floats:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 20, (40, 3, 3)) * np.array([1.0, 1.0, 0.25])
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    corners[normals[:, 2] < 0] = corners[normals[:, 2] < 0][:, ::-1]
    return np.asarray(corners)


@pytest.mark.parametrize("ball", [True, False])
def test_a_dropped_cutter_touches_and_never_enters(ball: bool) -> None:
    corners, radius = _hills(3), 2.5
    places = np.random.default_rng(4).uniform(0, 20, (60, 2))
    found = Terrain(corners).drop(places, radius, ball, np.full(60, NOTHING))
    share = np.random.default_rng(5).dirichlet((1, 1, 1), (len(corners), 4000))
    inside = np.einsum("tsk,tkc->tsc", share, corners).reshape(-1, 3)
    along = np.linspace(0, 1, 600)[:, None]
    sides = [a + along * (b - a) for t in corners for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))]
    points = np.vstack([inside, *sides])
    for (x, y), tip in zip(places, found, strict=True):
        off = np.hypot(points[:, 0] - x, points[:, 1] - y)
        near = off < radius
        under = radius - np.sqrt(radius**2 - off[near] ** 2) if ball else 0.0
        if near.any():
            gap = tip - (points[near, 2] - under)
            assert gap.min() > -1e-9
            assert gap.min() < 0.15


def test_contours_of_a_dome_are_as_close_as_ball_and_curve_ask() -> None:
    side = np.linspace(-8, 8, 41)
    x, y = np.meshgrid(side, side, indexing="ij")
    dome = np.stack([x, y, np.sqrt(20.0**2 - x**2 - y**2)], axis=-1).reshape(-1, 3)
    cell = [(i * 41 + j, (i + 1) * 41 + j, (i + 1) * 41 + j + 1, i * 41 + j + 1) for i in range(40) for j in range(40)]
    triangles = np.array([t for a, b, c, d in cell for t in ((a, b, c), (a, c, d))])
    lines = contours(Patch.of(0, dome, triangles), 3.0, 0.03, True)
    heights = np.array(sorted({line.z for line in lines}, reverse=True))
    along = 20.0 * np.arccos(np.clip(heights / 20.0, -1, 1))
    asked = math.sqrt(8 * 0.03 / (1 / 3 + 1 / 20))
    assert np.diff(along).max() < 1.25 * asked
    ring = next(line for line in lines if len(line.points) > 20)
    assert np.linalg.norm(ring.points, axis=1) == pytest.approx(20.0, abs=0.02)
    assert np.einsum("nc,nc->n", ring.points / 20.0, ring.normals).min() > 0.999


def test_the_stock_field_knows_what_stands_under_a_way() -> None:
    field = Field.of(m3.Manifold.cube([40.0, 30.0, 10.0]))
    assert field.highest((5, 5), (30, 20), 3.0) == pytest.approx(10.0)
    field.lower(shapely.box(0, 0, 40, 12), 4.0)
    assert field.highest((5, 5), (30, 5), 3.0) == pytest.approx(4.0)
    assert field.highest((5, 5), (30, 11), 3.0) == pytest.approx(10.0)
    assert field.highest((100, 100), (120, 100), 3.0) < -1e8


def test_a_setup_that_only_finishes_slopes_hands_on_what_they_opened() -> None:
    levels = [Level(-1.0, False)]
    stage = Stage.of(m3.Manifold.cube([10.0, 10.0, 5.0]), m3.Manifold.cube([10.0, 10.0, 6.0]), levels, [])
    assert stage.removed().is_empty()
    stage.drilled.append(m3.Manifold.cube([2.0, 2.0, 3.0]))
    assert stage.removed().volume() == pytest.approx(12.0)


def ball(diameter: float) -> Tool:
    return Tool(1, "ball", diameter, corner_radius_mm=diameter / 2, flute_length_mm=20, stickout_mm=40)


def slot() -> Terrain:
    """A slot 4 mm wide along Y, its floor rising by 0.2, its walls up to 20."""
    corners = []
    for a, b, c, d in (
        ((0, 0, 0), (4, 0, 0), (4, 20, 4), (0, 20, 4)),
        ((0, 0, 0), (0, 20, 4), (0, 20, 20), (0, 0, 20)),
        ((4, 0, 0), (4, 0, 20), (4, 20, 20), (4, 20, 4)),
    ):
        corners += [(a, b, c), (a, c, d)]
    return Terrain(np.array(corners, dtype=float))


def test_a_cutter_is_looked_for_only_at_open_points_that_it_can_touch() -> None:
    points = np.array([[2.0, 10.0, 2.0], [0.05, 10.0, 2.0]])
    normals = np.tile(np.array([0.0, -0.2, 1.0]) / np.hypot(0.2, 1.0), (2, 1))
    slopes = Slopes([], slot(), None)
    wide, slim = [Cutter(ball(10.0), True)], [Cutter(ball(2.0), True)]
    assert slopes.within(wide) is None
    slopes.open_points, slopes.open_normals, slopes.open_face = points, normals, np.array([3, 4])
    assert slopes.within(wide).tolist() == [False, False]  # type: ignore[union-attr]
    assert slopes.within(slim).tolist() == [True, False]  # type: ignore[union-attr]


def test_a_cutter_is_not_looked_for_where_no_holder_of_its_diameter_gets_down() -> None:
    points, normals = np.array([[2.0, 10.0, 2.0]]), np.array([[0.0, -0.2, 1.0]]) / np.hypot(0.2, 1.0)
    slopes = Slopes([], slot(), None, points, normals, np.array([3]))
    short, long = (
        Cutter(
            msgspec.structs.replace(ball(2.0), flute_length_mm=each - 1, stickout_mm=each, holder_diameter_mm=20.0),
            True,
        )
        for each in (10.0, 25.0)
    )
    assert slopes.within([short]).tolist() == [False]  # type: ignore[union-attr]
    assert slopes.within([short, long]).tolist() == [True]  # type: ignore[union-attr]


def flat(diameter: float, stickout: float) -> Tool:
    return Tool(1, "flat", diameter, flute_length_mm=3, stickout_mm=stickout)


def test_flat_mills_between_the_usual_ones_come_last_where_they_get_deeper_than_thinner_ones() -> None:
    tools = (flat(4, 60), flat(3, 30), flat(3, 45), flat(2, 40), flat(1.8, 15), flat(1, 20), ball(6.0))
    assert [[(c.tool.diameter_mm, c.tool.stickout_mm) for c in kind] for kind in cutters(tools)] == [
        [(6.0, 40.0)], [(4, 60)], [(2, 40)], [(1, 20)], [(3, 45)],
    ]  # fmt: skip


@pytest.mark.parametrize(("shank", "clear"), [(0.46, True), (0.5, False), (0.56, False)])
def test_a_thin_mill_with_a_thinner_shank_finishes_beside_a_wall_higher_than_its_flutes(
    shank: float, clear: bool
) -> None:
    tool = Tool(1, "flat", 0.5, flute_length_mm=0.8, stickout_mm=40, shank_diameter_mm=shank)
    cutter = Cutter(tool, False)
    tips = np.array([[cutter.radius + 1e-6, 10.0, 2.0]])
    slopes = Slopes([], slot(), None)
    assert clear_of_all(slopes, cutter, tips, tips[:, 2]).tolist() == [clear]


def test_a_mill_for_the_deep_is_not_looked_for_where_thinner_ones_get_down() -> None:
    points, normals = np.array([[2.0, 10.0, 2.0]]), np.array([[0.0, -0.2, 1.0]]) / np.hypot(0.2, 1.0)
    slopes = Slopes([], slot(), None, points, normals, np.array([3]))
    assert slopes.part.summit == 20.0
    for past, asked in ((0.0, True), (17.0, True), (19.0, False)):
        assert slopes.within([Cutter(flat(2.0, 40.0), False, past)]).tolist() == [asked]  # type: ignore[union-attr]


def test_open_points_are_thinned_on_each_face_apart() -> None:
    points = np.array([[0.0, 0.0, 0.0], [0.05, 0.05, 0.0], [0.05, 0.0, 0.0], [5.0, 0.0, 0.0]])
    assert thinned(points, np.array([1, 1, 2, 1])).tolist() == [0, 2, 3]
    assert not len(thinned(points[:0], np.zeros(0, dtype=np.int64)))


def test_what_a_cutter_was_not_looked_for_at_stays_open() -> None:
    slopes = Slopes([], slot(), None, np.eye(3), np.eye(3), np.array([7, 8, 9]))
    asked = np.array([True, False, True])
    flags = np.ones(2, dtype=np.bool_)
    look = Look(
        Cutter(ball(2.0), True), np.zeros((2, 3)), np.full((2, 3), 5.0), np.zeros((2, 3)), np.array([7, 9]),
        np.array([0, 2]), np.zeros(2), flags, np.ones(2), asked,
    )  # fmt: skip
    leave_open(slopes, look, np.array([False, True]))
    assert slopes.open_face is not None
    assert slopes.open_points is not None
    assert slopes.open_face.tolist() == [8, 9]
    assert slopes.open_points.tolist() == [[0.0, 1.0, 0.0], [5.0, 5.0, 5.0]]
    assert slopes.open_patches(np.ones(2, dtype=np.bool_)) == []


def test_contours_run_only_over_what_earlier_cuts_have_left_open() -> None:
    corners = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 5.0], [0.0, 10.0, 5.0]])
    patch = Patch.of(7, corners, np.array([[0, 1, 2], [0, 2, 3]]))
    slopes = Slopes([patch], Terrain(corners[patch.triangles]), None)
    pass_over(slopes, Cutter(ball(2.0), True), lambda points, face: (points[:, 0] < 8.0) & (face == 7))
    assert slopes.open_points is not None
    assert slopes.open_points[:, 0].min() >= 8.0
    assert np.ptp(slopes.open_points[:, 1]) > 9.0
    look = best_reach(slopes, [Cutter(ball(2.0), True)])
    assert look is not None
    assert look.contacts[:, 0].min() > 6.5
    assert look.area_mm2.sum() == pytest.approx((10 - 6.7) * 10 * np.hypot(1, 0.5), rel=0.15)


def test_what_of_a_slope_waits_for_a_later_setup_is_not_handed_on_as_open() -> None:
    corners = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 10.0, 5.0], [0.0, 10.0, 5.0]])
    patch = Patch.of(7, corners, np.array([[0, 1, 2], [0, 2, 3]]))
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 10, 41), np.linspace(0, 10, 41)))
    slopes = Slopes([patch], Terrain(corners[patch.triangles]), None, reached=[np.column_stack([x, y, y / 2])])
    (opened,) = opened_solids(slopes, 9.0).values()
    assert opened.volume() == pytest.approx(10 * 10 * (9.0 - 2.5), rel=0.01)
    slopes.waiting.add(7)
    assert opened_solids(slopes, 9.0) == {}


def test_what_stands_higher_is_found_through_the_roof_as_without_it() -> None:
    draw = np.random.default_rng(4)
    terrain = Terrain(draw.uniform(0, 60, (300, 1, 3)) * [1, 1, 0.3] + draw.normal(0, 2, (300, 3, 3)))
    points, heights = draw.uniform(-30, 90, (3000, 3)), draw.uniform(-5, 25, 3000)
    for radius in (0.1, 1.0, 7.3, 31.0):
        exact = terrain.drop(points, radius, False, heights, heights) > heights
        assert (terrain.above(points, radius, heights) == exact).all()


def test_a_shifted_terrain_is_the_terrain_of_the_shifted_mesh() -> None:
    draw = np.random.default_rng(7)
    corners = draw.uniform(0, 20, (40, 1, 3)) * [1, 1, 0.3] + draw.normal(0, 2, (40, 3, 3))
    by = np.array([3.0, -4.5, 7.25])
    places = draw.uniform(0, 20, (50, 3)) * [1, 1, 0.3] + by
    shifted, same = Terrain(corners).moved(by), Terrain(corners + by)
    low = np.full(50, NOTHING)
    found, limit = (shifted.drop(places, 2.0, ball, low) for ball in (True, False))
    met = found > NOTHING / 2
    assert 10 < met.sum() < 50
    assert (met == (same.drop(places, 2.0, True, low) > NOTHING / 2)).all()
    assert found[met] == pytest.approx(same.drop(places, 2.0, True, low)[met], abs=1e-9)
    assert not shifted.above(places, 2.0, limit + 1e-6).any()
    assert shifted.above(places, 2.0, limit - 1e-3)[limit > NOTHING / 2].all()


@pytest.mark.parametrize(("deep", "stays", "left_out"), [(10.0, True, True), (33.0, True, False), (10.0, False, False)])
def test_a_ball_that_finishes_little_is_left_to_the_next_one(deep: float, stays: bool, left_out: bool) -> None:
    """A ball of 6 mm finishes 60 mm2 of 120: its change would take longer than one of 4 mm that gets as deep."""
    block = m3.Manifold.cube([20, 20, 40])
    stage = Stage.of(block, block, [Level(10.0, False)], [])
    balls = [kind for kind in cutters(default_tools()) if kind[0].ball and kind[0].tool.diameter_mm in {6.0, 4.0}]
    points, some = np.zeros((120, 3)), np.arange(120) < 60
    look = Look(
        balls[0][0], points, points, points, np.zeros(120, np.int64), np.zeros(0, np.int64), np.full(120, 40.0 - deep),
        some, np.where(some | stays, 1.0, 0.0), None,
    )  # fmt: skip
    assert left_to_thinner(stage, look, balls[1:], material_named("6061"), default_machine()) is left_out
