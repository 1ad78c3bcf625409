"""Samples in inner corners: what lies deeper than the face beside it may stand proud tells nothing."""

from dataclasses import replace

import manifold3d as m3
import numpy as np
from swept_moves import part_of

from nightmill.cad import PartModel
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named
from nightmill.cam.geometry.inner_edge_samples import in_corners, inner_edges
from nightmill.cam.geometry.visible_surface import sampled
from nightmill.cam.planning.milling_planner import _lowest, _prepare
from nightmill.cam.planning.uncut_reasons import uncut_patches
from nightmill.vocabulary.uncut_reasons import UncutReason

OFF_MM = 0.05


def stepped(lean_mm: float = 0.0) -> m3.Manifold:
    """A block with a step whose floor lies at z = 6; its wall at x = 20 leans back by so much at the top, z = 12."""
    low = m3.Manifold.cube([40.0, 30.0, 6.0])
    wall = m3.CrossSection([[(0.0, 6.0), (20.0, 6.0), (20.0 - lean_mm, 12.0), (0.0, 12.0)]])
    return low + wall.extrude(30.0).rotate([90.0, 0.0, 0.0]).translate([0.0, 30.0, 0.0])


def model(solid: m3.Manifold) -> PartModel:
    """The part of a solid, a face for each plane."""
    part = part_of(solid)
    mesh = part.mesh
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    planes = np.column_stack([normal, np.einsum("nc,nc->n", normal, a)])
    face_of = np.unique(np.round(planes, 5), axis=0, return_inverse=True)[1].ravel().astype(np.int32)
    return replace(part, mesh=replace(mesh, face_of=face_of))


def told(solid: m3.Manifold, points: list[list[float]]) -> list[bool]:
    """Of points on level faces at one height, which are in a corner."""
    mesh = model(solid).mesh
    low, high = (each(mesh.vertices[mesh.triangles][:, :, 2], axis=1) for each in (np.min, np.max))
    level = np.flatnonzero((low > points[0][2] - 1e-6) & (high < points[0][2] + 1e-6))
    face = np.full(len(points), mesh.face_of[level[0]], dtype=np.int32)
    found = in_corners(inner_edges(mesh), np.array(points), np.tile([0.0, 0.0, 1.0], (len(points), 1)), face, OFF_MM)
    return [bool(each) for each in found]


def test_a_point_at_the_foot_of_a_wall_tells_nothing_and_one_further_off_does() -> None:
    floor = [[20.01, 9.0, 6.0], [20.04, 15.0, 6.0], [20.05, 15.0, 6.0], [20.3, 15.0, 6.0], [39.99, 15.0, 6.0]]
    assert told(stepped(), floor) == [True, True, False, False, False]


def test_a_point_on_an_outer_edge_tells() -> None:
    assert told(stepped(), [[19.99, 15.0, 12.0], [0.01, 15.0, 12.0]]) == [False, False]


def test_a_point_beside_a_gentle_turn_tells_however_near() -> None:
    assert told(stepped(6.0), [[20.001, 15.0, 6.0]]) == [True]
    assert told(stepped(12.0), [[20.001, 15.0, 6.0]]) == [False]


def test_samples_deep_in_corners_are_nothing_to_cut() -> None:
    samples = sampled(model(stepped()).mesh, 40000)
    on_floor = (samples.normals[:, 2] > 0.99) & (np.abs(samples.points[:, 2] - 6.0) < 1e-9)
    off = samples.points[on_floor, 0] - 20.0
    assert (off < 0.043).any()
    assert (samples.uncut[on_floor] == (off >= 0.044)).all()


def test_a_setup_cuts_a_wall_lower_than_its_lowest_sample_but_not_below_its_foot() -> None:
    work = _prepare(PlanningTask(model(stepped()), default_tools(), default_machine(), material_named("Al 6061")))
    points, corners = work.samples.points, work.part.mesh.vertices[work.part.mesh.triangles]
    wall = (work.samples.normals[:, 0] > 0.99) & (np.abs(points[:, 0] - 20.0) < 1e-9)
    above = wall & (points[:, 2] > 9.0)
    lowest = float(points[above, 2].min())
    apart = float(np.sqrt(work.samples.area[above].max()))
    assert lowest - apart - 1e-9 <= _lowest(work, above, points, corners) < lowest - 0.1
    assert _lowest(work, wall, points, corners) == 6.0
    floor = (work.samples.normals[:, 2] > 0.99) & (np.abs(points[:, 2] - 6.0) < 1e-9)
    assert _lowest(work, floor, points, corners) == 6.0


def test_what_is_forgone_on_a_face_with_no_inner_edge_is_no_inner_corner() -> None:
    work = _prepare(PlanningTask(model(stepped()), default_tools(), default_machine(), material_named("Al 6061")))
    samples = work.samples
    floor, top = (
        int(
            np.flatnonzero((samples.normals[:, 2] > 0.99) & (np.abs(samples.points[:, 2] - z) < 1e-9) & samples.uncut)[
                0
            ]
        )
        for z in (6.0, 12.0)
    )
    samples.uncut[:] = np.isin(np.arange(len(samples.uncut)), (floor, top))
    work.account.seconds = np.where(samples.uncut, 1.0, 0.0)
    found = {each.faces: each.code for each in uncut_patches(work)}
    assert found == {(int(samples.face[floor]),): UncutReason.FORGONE, (int(samples.face[top]),): UncutReason.SLOW}
