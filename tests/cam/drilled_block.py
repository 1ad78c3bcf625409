"""A block with one hole, as the planner's tests use it."""

import manifold3d as m3
import numpy as np

from nightmill.cad.brep.records import Face, Mesh, PartModel


def drilled_part(depth: float | None) -> tuple[PartModel, m3.Manifold]:
    """A 40 x 30 x 12 block with an 8 mm hole at (20, 15): through, or flat at ``depth``."""
    low = -1.0 if depth is None else 12.0 - depth
    hole = m3.Manifold.cylinder(20.0, 4.0, 4.0, 128).translate([20, 15, low])
    solid = m3.Manifold.cube([40, 30, 12]) - hole
    mesh = solid.to_mesh64()
    vertices = np.asarray(mesh.vert_properties)[:, :3].astype(np.float64)
    triangles = np.asarray(mesh.tri_verts).astype(np.int32)
    middle = vertices[triangles].mean(axis=1)
    wall = np.hypot(middle[:, 0] - 20, middle[:, 1] - 15) < 4.0
    wall &= np.ptp(vertices[triangles][:, :, 2], axis=1) > 1
    face_of = np.where(wall, 0, 1 + np.arange(len(triangles))).astype(np.int32)
    span = (max(low, 0.0), 12.0)
    cylinder = Face(
        id=0, name="", surface="cylinder", area_mm2=100.0, centroid=(20, 15, 6), normal=(1, 0, 0), low=(16, 11, 0),
        high=(24, 19, 12), origin=(20, 15, 0), axis=(0, 0, 1), radius_mm=4.0, hollow=True, sweep_deg=360.0, span_mm=span,
    )  # fmt: skip
    part = PartModel(
        name="block", sha256="0" * 64, faces=(cylinder,), edges=(), mesh=Mesh(vertices, triangles, face_of), features=(),
        pmi=(), low=(0, 0, 0), high=(40, 30, 12), volume_mm3=solid.volume(), area_mm2=solid.surface_area(),
        file_unit="mm", notes=(),
    )  # fmt: skip
    return part, solid
