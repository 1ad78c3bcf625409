"""What a level keeps: cuts that rise and fall, shadows from sections, curves instead of chords, reasons for what stays."""

import math

import manifold3d as m3
import msgspec
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad.brep.records import Mesh
from nightmill.cam.geometry.arc_fitting import fitted, thinned_rows
from nightmill.cam.geometry.drop_cutter import NOTHING, Terrain
from nightmill.cam.geometry.inner_edge_samples import beside_inner_edges, inner_edges
from nightmill.cam.geometry.polygon_offsets import clusters, rounded
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import EMPTY, by_size, layers, nested, shadow, stacked
from nightmill.cam.stock.in_process_stock import Level, Stage
from nightmill.cam.stock.open_areas import Slabs, near_open, planned_levels
from nightmill.cam.stock.remaining_areas import Remains
from nightmill.cam.tooling.tool_selection import reaches
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]


def square(side: float, x: float = 0.0, y: float = 0.0) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


def test_a_cut_frees_all_levels_above_and_hollow_ones_below() -> None:
    whole = square(10.0)
    solid_below = [whole, whole, minus(whole, square(4.0)), whole]
    remains = Remains([whole] * 4, solid_below)
    cut = square(6.0)
    remains.less_up(1, cut)
    remains.fall(1, cut)
    assert remains[0].area == pytest.approx(64.0)
    assert remains[1].area == pytest.approx(64.0)
    assert remains[2].area == pytest.approx(100.0 - 16.0, abs=0.2)
    assert remains[3].area == pytest.approx(100.0)


def test_levels_of_one_pocket_share_what_a_cut_leaves_until_another_cut_parts_them() -> None:
    whole = square(10.0)
    remains = Remains([whole] * 3, [whole] * 3)
    remains.less_up(2, square(6.0))
    assert remains[2] is remains[1] is remains[0]
    remains.less_up(1, square(4.0, 6.0, 6.0))
    assert remains[0] is remains[1]
    assert remains[1].area == pytest.approx(100.0 - 36.0 - 16.0, abs=0.01)
    assert remains[2].area == pytest.approx(100.0 - 36.0, abs=0.01)


def test_a_copy_of_the_remains_is_not_changed_by_later_cuts() -> None:
    remains = Remains([square(10.0)] * 2, [square(10.0)] * 2)
    kept = remains.copy()
    remains.less_up(1, square(5.0))
    assert remains[0].area == pytest.approx(75.0)
    assert kept[0].area == pytest.approx(100.0)
    assert kept[1].area == pytest.approx(100.0)


SHORT = Tool(1, "flat", 0.5, flute_length_mm=0.8, shank_diameter_mm=0.46, stickout_mm=6, holder_diameter_mm=10)


def stage_of_a_block(heights: list[float], fine: list[bool]) -> Stage:
    """A block 20 x 20 x 10 with its top at 0, all of it to be cut but its lowest millimetre."""
    block = m3.Manifold.cube([20, 20, 10]).translate((0, 0, -10))
    floor = m3.Manifold.cube([20, 20, 1]).translate((0, 0, -10))
    return Stage.of(floor, block, [Level(z, f) for z, f in zip(heights, fine, strict=True)], [])


def test_a_neck_keeps_off_what_stands_between_two_levels() -> None:
    """The flutes end just over the level above: all that stands on that one would meet the neck, not the flutes."""
    stage = stage_of_a_block([-1.5, -3.14, -3.9], [False, False, False])
    around, hole = (4.0, 4.0, 16.0, 16.0), square(8.0, 6.0, 6.0)
    stage.remove(0, square(20.0))
    assert stage.blocked(2, SHORT, 0.009, around).covers(square(6.0, 7.0, 7.0))
    stage.remove(1, hole)
    assert stage.blocked(2, SHORT, 0.009, around).disjoint(square(6.0, 7.0, 7.0))


def test_of_its_own_slab_a_neck_needs_nothing_gone_before() -> None:
    """A slab deeper than the flutes is taken depth after depth, whatever fine levels lie within it."""
    stage = stage_of_a_block([-1.5, -3.6, -3.9], [False, True, False])
    stage.remove(0, square(20.0))
    assert stage.blocked(2, SHORT, 0.009, (4.0, 4.0, 16.0, 16.0)).is_empty


def lumps(seed: int) -> m3.Manifold:
    random = np.random.default_rng(seed)
    solid = m3.Manifold.cube([40, 30, 20])
    for _ in range(10):
        lump = m3.Manifold.cylinder(random.uniform(5, 40), random.uniform(2, 6), random.uniform(1, 6), 32, True)
        lump = lump.rotate(random.uniform(0, 90, 3).tolist()).translate(random.uniform(0, 1, 3) * [40, 30, 20])
        solid = solid - lump if random.random() < 0.6 else solid + lump
    return solid


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_layers_from_sections_and_undersides_are_the_projections(seed: int) -> None:
    solid = lumps(seed)
    low, high = solid.bounding_box()[2], solid.bounding_box()[5]
    heights = np.linspace(high - 0.013, low + 0.011, 9).tolist()
    for z, above, found in zip(heights, [high + 1.0, *heights], layers(solid, heights), strict=False):
        true = shadow(solid, z, above)
        off = shapely.symmetric_difference(shapely.make_valid(true), shapely.make_valid(found))
        assert off.buffer(-0.004).is_empty


def test_a_ring_of_chords_becomes_arcs_and_a_square_stays_straight() -> None:
    ring = np.asarray(shapely.Point(3, 4).buffer(8.0, quad_segs=32).exterior.coords)
    rows = fitted(ring, 0.01)
    assert len(rows) == 3
    assert rows[:, 3:] == pytest.approx(np.array([[3.0, 4.0]] * 3), abs=1e-6)
    assert (rows[:, 2] == -1).all()
    assert rows[-1, :2] == pytest.approx(ring[-1])
    corners = np.asarray(square(10.0).segmentize(0.5).exterior.coords)
    straight = fitted(corners, 0.01)
    assert len(straight) == 4
    assert (straight[:, 2] == 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_fitted_and_thinned_ways_stay_by_their_points(seed: int) -> None:
    random = np.random.default_rng(seed)
    bumps = [shapely.Point(*random.uniform(0, 20, 2)).buffer(random.uniform(1, 6)) for _ in range(8)]
    points = np.asarray(joined([b.buffer(0.7, quad_segs=24) for b in bumps]).buffer(0).convex_hull.exterior.coords)
    places, at = [], points[0]
    for x, y, turn, cx, cy in fitted(points, 0.005):
        end, centre = np.array([x, y]), np.array([cx, cy])
        if turn == 0:
            places.append(np.linspace(at, end, 40))
        else:
            first, last = at - centre, end - centre
            angle = np.arctan2(first[0] * last[1] - first[1] * last[0], first @ last)
            assert np.sign(angle) == turn
            turns = np.linspace(0, angle, 40)
            spun = np.column_stack([np.cos(turns) * first[0] - np.sin(turns) * first[1],
                                    np.sin(turns) * first[0] + np.cos(turns) * first[1]])  # fmt: skip
            places.append(centre + spun)
        at = end
    way = shapely.LineString(np.vstack(places))
    given = shapely.LineString(points)
    assert way.hausdorff_distance(given) < 0.0101
    assert shapely.LineString(points[thinned_rows(points, 0.005)]).hausdorff_distance(given) < 0.0051


def test_clusters_join_what_is_near_and_keep_every_piece() -> None:
    area = shapely.multipolygons([square(1.0), square(1.0, 1.5), square(1.0, 20.0)])
    found = clusters(area, 0.5)
    assert sorted(round(some.area, 6) for some, _ in found) == [1.0, 2.0]
    assert clusters(area, 50.0)[0][0] is area


def test_edges_that_do_not_stand_out_change_nothing() -> None:
    solid = lumps(5)
    mesh = solid.to_mesh64()
    points = np.asarray(mesh.vert_properties)[:, :3]
    rows = np.asarray(mesh.tri_verts).astype(np.int64)
    places = np.random.default_rng(6).uniform(0, [40, 30], (3000, 2))
    floors = np.full(len(places), NOTHING)
    whole, lean = Terrain(points[rows]), Terrain(points[rows], rows)
    assert lean.sharp.sum() < whole.sharp.sum()
    for ball in (True, False):
        for radius in (0.5, 3.0):
            assert lean.drop(places, radius, ball, floors) == pytest.approx(
                whole.drop(places, radius, ball, floors), abs=0.005
            )


@pytest.mark.parametrize("ball", [True, False])
def test_a_cutter_is_dropped_no_lower_and_no_higher_than_a_dense_cloud_of_the_surface_holds_it(ball: bool) -> None:
    solid = m3.Manifold.sphere(8.0, 32) + m3.Manifold.cube([6.0, 6.0, 9.0]).rotate([20.0, 15.0, 0.0])
    mesh = solid.to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts).astype(np.int64)]
    terrain, radius, side = Terrain(corners), 2.0, np.linspace(0.0, 1.0, 30)
    weights = np.array([(a, b, 1.0 - a - b) for a in side for b in side if a + b <= 1.0 + 1e-9])
    cloud = np.einsum("wk,tkc->twc", weights, terrain.triangles).reshape(-1, 3)
    places = np.random.default_rng(8).uniform(-6.0, 6.0, (60, 2))
    found = terrain.drop(places, radius, ball, np.full(len(places), NOTHING))
    for place, tip in zip(places, found, strict=True):
        off2 = ((cloud[:, :2] - place) ** 2).sum(axis=1)
        rows = off2 < radius**2
        held = cloud[rows, 2] + (np.sqrt(radius**2 - off2[rows]) - radius if ball else 0.0)
        assert held.max() - 1e-9 <= tip <= held.max() + 0.1


def test_layers_that_run_along_each_other_leave_no_crowd_of_corners() -> None:
    turns = np.linspace(0.0, 2 * math.pi, 1500, endpoint=False)
    circle = 20.0 * np.column_stack([np.cos(turns), np.sin(turns)])
    found = [shapely.Polygon(circle + 0.0006 * np.array([math.cos(k), math.sin(k)])) for k in range(6)]
    whole = shapely.union_all(found)
    sums = stacked(found)
    assert shapely.get_num_coordinates(whole) > 1000
    assert shapely.get_num_coordinates(sums[-1]) < 0.75 * shapely.get_num_coordinates(whole)
    assert sums[-1].hausdorff_distance(whole) < 0.0003
    assert stacked([*found, shapely.Point(0.0, 0.0).buffer(5.0)])[-1].equals(sums[-1])


@pytest.mark.parametrize("seed", range(3))
def test_undersides_within_a_layer_show_as_their_outline(seed: int) -> None:
    random = np.random.default_rng(seed)
    balls = [m3.Manifold.sphere(4.0, 48).translate(random.uniform(0, [40, 30, 6]).tolist()) for _ in range(12)]
    solid = m3.Manifold.batch_boolean(balls, m3.OpType.Add)
    low, high = solid.bounding_box()[2], solid.bounding_box()[5]
    heights = [high - share * (high - low) for share in (0.2, 0.55, 1.01)]
    for z, above, found in zip(heights, [high + 1.0, *heights], layers(solid, heights), strict=False):
        assert found.symmetric_difference(shadow(solid, z, above)).area < 0.002 * found.area


def test_a_hole_that_touches_its_outline_a_hair_outside_is_still_its_hole() -> None:
    outer, island = square(10.0), square(1.0, 4.0, 4.0)
    hole = shapely.Polygon([(-1e-9, 5.0), (5.0, 2.0), (8.0, 5.0), (5.0, 8.0)])
    found = nested([outer, island], [hole])
    assert found is not None
    assert found.area == pytest.approx(100.0 - hole.area + 1.0, abs=1e-6)
    assert nested([outer], [square(2.0, 20.0)]) is None


def test_a_long_slanted_facet_is_found_all_along() -> None:
    corners = np.array(
        [
            [[0.0, 0.0, 0.0], [90.0, 61.0, 2.0], [89.0, 62.0, 2.0]],
            [[0.0, 70.0, 0.0], [1.0, 70.0, 0.0], [0.0, 71.0, 0.0]],
        ]
    )
    share = np.linspace(0.02, 0.98, 400)[:, None]
    middle = (corners[0, 1] + corners[0, 2]) / 2
    places = share * middle
    found = Terrain(corners).drop(places, 0.001, False, np.full(len(places), NOTHING))
    assert found == pytest.approx(places[:, 2], abs=0.001)


def test_overlay_survives_invalid_outlines() -> None:
    bow = shapely.Polygon([(0, 0), (4, 4), (4, 0), (0, 4)])
    for made in (minus(square(5.0), bow), common(square(5.0), bow), joined([square(5.0), bow])):
        assert made.is_valid
    assert minus(square(5.0), bow).area == pytest.approx(25.0 - 8.0, abs=1e-6)
    assert common(square(5.0), EMPTY).is_empty


def test_overlay_takes_mixed_geometry_by_its_areas() -> None:
    mixed = shapely.GeometryCollection([square(2.0), shapely.LineString([(3, 0), (3, 4)]), shapely.Point(4, 4)])
    assert minus(square(5.0), mixed).area == pytest.approx(21.0)
    assert minus(mixed, square(1.0)).area == pytest.approx(3.0)
    assert common(mixed, square(1.0)).area == pytest.approx(1.0)
    assert joined([mixed, square(2.0, 2.0)]).area == pytest.approx(8.0)


def test_later_setups_clear_only_around_what_is_open() -> None:
    levels = [Level(-5.0, False), Level(-8.0, True), Level(-20.0, False)]
    points = np.array([[0.0, 0.0, -2.0], [100.0, 0.0, -19.0]])
    upper, middle, lower = near_open(points, levels, 0.0, 4.0)
    both, deep = (shapely.MultiPoint(points[:, :2]), shapely.Point(100.0, 0.0))
    assert upper.covers(both)
    assert middle.covers(deep)
    assert lower.covers(deep)
    assert not lower.intersects(shapely.Point(0.0, 0.0))
    assert not upper.intersects(shapely.Point(50.0, 0.0))


def test_an_open_area_is_drawn_once_for_levels_that_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of levels on a slope with points on all of them: the area changes with its cells alone."""
    drawn: list[int] = []
    union = shapely.coverage_union_all

    def counted(boxes: NDArray[np.object_]) -> BaseGeometry:
        drawn.append(len(boxes))
        return union(boxes)

    monkeypatch.setattr(shapely, "coverage_union_all", counted)
    points = np.column_stack([np.tile([1.0, 9.0], 200), np.full(400, 1.0), np.linspace(-40.0, -0.1, 400)])
    levels = [Level(float(z), True) for z in np.linspace(-0.1, -40.0, 300)]
    areas = near_open(points, levels, 0.0, 4.0)
    assert 1 <= len(drawn) <= 2
    assert all(area.covers(shapely.MultiPoint(points[:2, :2])) for area in areas)


@pytest.mark.parametrize("radius", [2.2, 7.15, 20.0])
def test_an_open_area_is_that_of_its_cells_without_looking_for_their_edges(
    radius: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of cells of a large part, at each of its levels, for each of its mills."""
    rng = np.random.default_rng(7)
    points = rng.uniform([-60.0, -20.0, -30.0], [80.0, 45.0, 0.0], (900, 3))
    levels = [Level(float(z), k % 3 > 0) for k, z in enumerate(np.linspace(-1.0, -31.0, 12))]
    side = radius / 2
    union = shapely.union_all
    monkeypatch.delattr(shapely, "union_all")
    areas = near_open(points, levels, 0.0, radius)
    slab = 0.0
    for level, area in zip(levels, areas, strict=True):
        corner = np.unique(np.floor(points[points[:, 2] < slab + side, :2] / side), axis=0) * side
        cells = union(shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + side, corner[:, 1] + side))
        assert area.symmetric_difference(cells.buffer(radius, quad_segs=4)).area < 1e-6 * area.area
        slab = slab if level.fine else level.z


def test_points_lie_beside_inner_edges_only() -> None:
    step = m3.Manifold.cube([20, 10, 4]) + m3.Manifold.cube([8, 10, 12])
    found = step.to_mesh64()
    points = np.asarray(found.vert_properties)[:, :3]
    rows = np.asarray(found.tri_verts).astype(np.int32)
    normal = np.cross(points[rows[:, 1]] - points[rows[:, 0]], points[rows[:, 2]] - points[rows[:, 0]])
    _, face_of = np.unique(
        np.round(normal / np.linalg.norm(normal, axis=1, keepdims=True), 6), axis=0, return_inverse=True
    )
    near, normals, _, area = beside_inner_edges(inner_edges(Mesh(points, rows, face_of.ravel().astype(np.int32))))
    assert len(near) > 8
    off = np.hypot(near[:, 0] - 8.0, near[:, 2] - 4.0)
    assert off == pytest.approx(0.15, abs=1e-6)
    assert set(np.abs(normals).argmax(axis=1).tolist()) == {0, 2}
    assert area.sum() == pytest.approx(2 * 10 * 0.15, rel=0.25)


def test_an_island_in_a_hole_survives_when_no_owner_of_a_ring_is_found() -> None:
    frame, hole, island, far = (square(30.0), square(28.0, 1.0, 1.0), square(20.0, 5.0, 5.0), square(1.0, 100.0))
    assert by_size([frame, island], [hole, far]).area == pytest.approx(900.0 - 784.0 + 400.0)


def test_an_offset_has_no_hole_where_the_tool_cannot_be() -> None:
    hollow = shapely.Polygon(
        [
            (7.0609, 1),
            (7.0609, 2.2289),
            (7.1197, 2.2641),
            (7.1669, 2.2965),
            (7.2124, 2.3313),
            (7.2557, 2.3681),
            (7.2974, 2.4074),
            (7.337, 2.4488),
            (7.3744, 2.4923),
            (7.409, 2.537),
            (7.4418, 2.5841),
            (7.4721, 2.6329),
            (7.4998, 2.6833),
            (7.5243, 2.734),
            (7.5467, 2.7869),
            (7.5663, 2.841),
            (7.5831, 2.896),
            (7.597, 2.9518),
            (7.6077, 3.0069),
            (7.6155, 3.0625),
            (7.6208, 3.1212),
            (7.6229, 3.1787),
            (7.622, 3.2348),
            (7.6183, 3.2908),
            (7.6115, 3.348),
            (7.6018, 3.4047),
            (7.5891, 3.4608),
            (7.5735, 3.5162),
            (7.5551, 3.5706),
            (7.5343, 3.6229),
            (7.5104, 3.6752),
            (7.4807, 3.7316),
            (7.444, 3.792),
            (7.4036, 3.8499),
            (7.3595, 3.905),
            (7.312, 3.9573),
            (7.2617, 4.006),
            (7.2076, 4.0521),
            (7.1511, 4.0942),
            (7.0921, 4.1327),
            (7.0609, 4.1501),
            (7.0609, 4.6504),
            (8.1949, 4.6504),
            (8.1949, 1),
        ]
    )
    assert len(hollow.buffer(2.009, quad_segs=15).interiors) == 1, "the library's offset has no crumb here any more"
    assert not rounded(hollow, 2.009).interiors
    ring = shapely.Point(0, 0).buffer(5.0).difference(shapely.Point(0, 0).buffer(2.1))
    assert len(rounded(ring, 2.0).interiors) == 1


def test_there_is_a_level_where_the_reach_of_a_small_mill_ends() -> None:
    mesh = m3.Manifold.cube([20, 20, 10]).translate((0, 0, -10)).to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3][np.asarray(mesh.tri_verts)]
    wanted = np.ones(len(corners), dtype=np.bool_)
    face_of = np.arange(len(corners), dtype=np.int32)
    found = planned_levels(corners, wanted, face_of, Slabs(1.0, -9.0, 4.0), (5.49, 30.0))
    assert [level.z for level in found if level.fine] == [-5.49]
    coarse = [level.z for level in found if not level.fine]
    assert coarse[-1] == -9.0
    # just below a level that the mill reaches too there is no need of one; just above one that it misses there is
    below, above = 0.02 - coarse[0], -0.02 - coarse[-1]
    found = planned_levels(corners, wanted, face_of, Slabs(1.0, -9.0, 4.0), (below, above))
    assert [level.z for level in found if level.fine] == pytest.approx([-above])
    assert reaches((SHORT, msgspec.structs.replace(SHORT, stickout_mm=12))) == pytest.approx((11.49,))
    found = planned_levels(corners, wanted, face_of, Slabs(1.0, -9.0, 4.0), (), (-20.0, -8.5, coarse[0]))
    assert [level.z for level in found if level.fine] == [-8.5]
    # of two that nearly coincide the higher one serves both mills; a level just below serves neither
    beside = (-8.506, -8.5, coarse[0] + 0.006, coarse[0] - 0.006)
    found = planned_levels(corners, wanted, face_of, Slabs(1.0, -9.0, 4.0), (), beside)
    assert [level.z for level in found if level.fine] == pytest.approx([coarse[0] + 0.006, -8.5])


def test_what_may_stand_before_a_cut_is_told_by_the_levels_above() -> None:
    stage = stage_of_a_block([-2.0, -5.0, -9.0], [False, False, False])
    whole, corner = square(20.0), square(1.0)
    assert stage.stands_up_to(2, corner) == stage.top
    stage.left.less_up(1, minus(whole, square(3.0)))
    assert stage.stands_up_to(2, square(1.0, 10.0, 10.0)) == -5.0
    assert stage.stands_up_to(2, corner) == stage.top
    stage.left.less_up(0, square(3.0))
    assert stage.stands_up_to(2, corner) == -2.0


def test_a_holder_that_the_part_keeps_off_everywhere_is_found_without_the_rest() -> None:
    block = m3.Manifold.cube([20, 20, 10]).translate((0, 0, -10))
    pocket = m3.Manifold.cube([4, 4, 9]).translate((8, 8, -9))
    stage = Stage.of(block - pocket, block, [Level(z, False) for z in (-2.0, -5.0, -9.0)], [])
    window = (7.0, 7.0, 13.0, 13.0)
    assert not stage.holds_off(0, SHORT, window)
    assert stage.holds_off(2, SHORT, window)
    assert not stage.holds_off(2, msgspec.structs.replace(SHORT, stickout_mm=12), window)
    assert not stage.holds_off(2, msgspec.structs.replace(SHORT, holder_diameter_mm=2.0), window)
    assert stage.blocked(2, SHORT, 0.009, window).covers(shapely.box(*window))
