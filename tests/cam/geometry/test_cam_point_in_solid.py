"""Points outside a solid, held against boxes and a tube that are known in closed form."""

import manifold3d as m3
import numpy as np
from drilled_block import drilled_part

from nightmill.cam import PlanningTask, default_machine, default_tools, material_named
from nightmill.cam.geometry.point_in_solid import outside
from nightmill.cam.planning.milling_planner import _prepare


def test_points_in_and_around_a_tube() -> None:
    tube = m3.Manifold.cylinder(10.0, 8.0, circular_segments=720) - m3.Manifold.cylinder(
        10.0, 5.0, circular_segments=720
    )
    points = np.random.default_rng(4).uniform(-9.0, 11.0, (4000, 3))
    radius = np.hypot(points[:, 0], points[:, 1])
    sure = (np.abs(radius - 8) > 0.01) & (np.abs(radius - 5) > 0.01)
    inside = (radius < 8) & (radius > 5) & (points[:, 2] > 0) & (points[:, 2] < 10)
    found = outside(tube, points)
    assert (found[sure] == ~inside[sure]).all()
    assert 0 < inside.sum() < len(points)


def test_points_straight_below_edges_and_corners_are_told_right() -> None:
    block = m3.Manifold.cube([10.0, 10.0, 10.0]) - m3.Manifold.cube([4.0, 4.0, 4.0]).translate([2.0, 2.0, 3.0])
    below = np.array(
        [[2.0, 2.0, 1.0], [5.0, 5.0, 1.0], [4.0, 2.0, 1.0], [2.0 + 1e-3, 2.0 + 1e-3, 5.0], [4.0, 4.0, 5.0]]
    )
    assert outside(block, below).tolist() == [False, False, False, True, True]


def test_all_is_outside_of_nothing() -> None:
    assert outside(m3.Manifold(), np.zeros((3, 3))).all()
    assert not len(outside(m3.Manifold.cube([1.0, 1.0, 1.0]), np.zeros((0, 3))))


def test_points_are_few_in_a_corner_of_a_large_solid() -> None:
    draw = np.random.default_rng(7)
    for _ in range(200):
        holes = [m3.Manifold.cylinder(30.0, 2.0).translate([*draw.uniform(5, 95, 2), 5.0]) for _ in range(6)]
        block = m3.Manifold.cube([100.0, 100.0, 20.0]) - m3.Manifold.batch_boolean(holes, m3.OpType.Add)
        points = draw.uniform(0, 0.5, (5, 3)) + draw.uniform(0, 99, 3) * [1, 1, 0.04]
        assert not outside(block, points + np.array([0, 0, 0.1])).any()


def test_samples_with_nothing_over_them_count_as_cut_but_not_on_faces_that_only_count_as_open() -> None:
    part, solid = drilled_part(None)
    work = _prepare(PlanningTask(part, default_tools(), default_machine(), material_named("Al 6061")))
    high = m3.Manifold.cube([60.0, 60.0, 30.0]).translate([-10.0, -10.0, 6.0])
    work.piece = solid + (m3.Manifold.cube([60.0, 60.0, 30.0]).translate([-10.0, -10.0, -10.0]) - high)
    work.opened = {0}
    work.bare()
    upper = work.samples.points[:, 2] > 6.1
    wall = work.samples.face == 0
    assert not work.samples.uncut[upper & ~wall].any()
    assert work.samples.uncut[wall].all()
    assert work.samples.uncut[work.samples.points[:, 2] < 5.9].all()
    work.opened.clear()
    work.bare()
    assert not work.samples.uncut[upper].any()
    assert work.samples.uncut[wall & ~upper].any()


def test_points_below_long_slanted_facets_are_told_right() -> None:
    turn, size = np.radians(31.0), np.array([200.0, 3.0, 20.0])
    bar = m3.Manifold.cube(size.tolist(), True).rotate([0.0, 0.0, 31.0])
    points = np.random.default_rng(8).uniform(-105.0, 105.0, (20000, 3)) * [1.0, 1.0, 0.15]
    along = points[:, 0] * np.cos(turn) + points[:, 1] * np.sin(turn)
    across = points[:, 1] * np.cos(turn) - points[:, 0] * np.sin(turn)
    inside = (np.abs(along) < 100) & (np.abs(across) < 1.5) & (np.abs(points[:, 2]) < 10)
    assert inside.sum() > 100
    assert (outside(bar, points) == ~inside).all()
