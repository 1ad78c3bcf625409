"""Model the exact curved surfaces of faces: the true positions of mesh points, and the normals there."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Face

Floats = NDArray[np.float64]

MESH_MM = 0.006
"""A mesh whose corners are farther off than this belongs to another surface; a fitted surface may be off by 0.001 mm."""
ROUNDS, NEAR_MM, SIDEWAYS_MM = 4, 1e-4, 1.0
"""Newton steps to the surface at a point's own height, how close they must get, and how far they may move the point."""


@dataclass(frozen=True)
class Elementary:
    """A cylinder, cone, sphere or torus around ``axis`` (3,) through ``origin`` (3,), the apex for a cone: radius (for a
    torus, of the tube), ``major`` radius of a torus, half ``angle`` of a cone in radians; ``side`` is 1 if the surface
    faces away from its middle, else -1.
    """

    kind: str
    origin: Floats
    axis: Floats
    radius: float = 0.0
    major: float = 0.0
    angle: float = 0.0
    side: float = 1.0

    @classmethod
    def of(cls, face: Face) -> "Elementary | None":
        """Return the surface of a face in model coordinates; None for planes and free-form faces."""
        if face.surface not in {"cylinder", "cone", "sphere", "torus"} or face.origin is None:
            return None
        return cls(
            face.surface,
            np.array(face.origin),
            np.array(face.axis or (0.0, 0.0, 1.0)),
            face.radius_mm or 0.0,
            face.major_radius_mm or 0.0,
            math.radians(face.semi_angle_deg or 0.0),
            -1.0 if face.hollow else 1.0,
        )

    def moved(self, rotation: Floats, shift: Floats) -> "Elementary":
        """Return the surface transformed by a rotation (3, 3) and a shift (3,)."""
        return replace(self, origin=rotation @ self.origin + shift, axis=rotation @ self.axis)

    def beside(self, points: Floats) -> tuple[Floats, Floats]:
        """Return how far points (n, 3) lie outside the material's surface (n,), in mm, and the nearby unit normals (n, 3)
        of the surface.
        """
        away = points - self.origin
        along = away @ self.axis
        across = away - along[:, None] * self.axis
        off = np.linalg.norm(across, axis=1)
        out = across / np.where(off > 1e-9, off, 1.0)[:, None]
        if self.kind == "cylinder":
            gap, normals = off - self.radius, out
        elif self.kind == "cone":
            sine, cosine = math.sin(self.angle), math.cos(self.angle)
            gap = off * cosine - np.abs(along) * sine
            normals = cosine * out - (sine * np.sign(along))[:, None] * self.axis
        else:
            centre = away if self.kind == "sphere" else across - self.major * out + along[:, None] * self.axis
            size = np.linalg.norm(centre, axis=1)
            gap, normals = size - self.radius, centre / np.where(size > 1e-9, size, 1.0)[:, None]
        return self.side * gap, self.side * normals

    def is_of(self, corners: Floats, normals: Floats) -> bool:
        """Return whether a mesh with corners (n, 3) and roughly these normals (n, 3) lies on this surface."""
        gap, exact = self.beside(corners)
        return bool(np.abs(gap).max() <= MESH_MM and np.median(np.einsum("nc,nc->n", exact, normals)) > 0.5)

    def at_height(self, points: Floats) -> tuple[Floats, Floats]:
        """Return points (n, 3) moved onto the surface at their own heights, and the normals (n, 3) there."""
        moved = points.copy()
        gap, normals = self.beside(moved)
        for _ in range(ROUNDS):
            level = normals[:, :2]
            size2 = np.einsum("nc,nc->n", level, level)
            moved[:, :2] -= np.where(size2 > 0.0, gap / np.where(size2 > 0.0, size2, 1.0), 0.0)[:, None] * level
            gap, normals = self.beside(moved)
        lost = (np.abs(gap) > NEAR_MM) | (np.linalg.norm(moved - points, axis=1) > SIDEWAYS_MM)
        moved[lost] = points[lost]
        normals[lost] = self.beside(points[lost])[1]
        return moved, normals


def surfaces_of(faces: Iterable[Face], rotation: Floats, shift: Floats) -> dict[int, Elementary]:
    """Return the elementary surfaces of faces, by face, transformed by a rotation (3, 3) and a shift (3,)."""
    found = {face.id: Elementary.of(face) for face in faces}
    return {number: each.moved(rotation, shift) for number, each in found.items() if each is not None}
