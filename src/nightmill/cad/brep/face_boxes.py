"""Compute bounding boxes of faces, in closed form where the kernel would search for the extremes of a surface step by step."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.records import Vector

Floats = NDArray[np.float64]

_RECTANGLE_SHARE = 1e-6
_ON_EDGE = 1e-9


def vector(values: Any) -> Vector:
    """Return three numbers as a plain tuple."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def xyz(point: Any) -> Vector:
    """Return the coordinates of a kernel point or direction."""
    return point.X(), point.Y(), point.Z()


def box_of(
    face: Any, surface: Any, bounds: tuple[float, float, float, float], area_mm2: float
) -> tuple[Vector, Vector]:
    """Return the low and high corner of a face; a free-form face may get a box that is a little large.

    ``surface`` is the face's adaptor, ``bounds`` its parameter range: u from, u to, v from, v to. For part of a sphere or
    ring torus the kernel would take milliseconds per face.
    """
    ring = _Ring.of(surface)
    if ring is None:
        return kernel_box(face)
    low_u, high_u, low_v, high_v = bounds
    if abs(ring.area(bounds) - area_mm2) <= _RECTANGLE_SHARE * area_mm2:
        return ring.box((low_u, high_u), (low_v, high_v))
    return _trimmed_box(face, ring, bounds)


def kernel_box(face: Any) -> tuple[Vector, Vector]:
    """Return the box as computed by the kernel."""
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(face, box, False, False)
    return xyz(box.CornerMin()), xyz(box.CornerMax())


def _trimmed_box(face: Any, ring: "_Ring", bounds: tuple[float, float, float, float]) -> tuple[Vector, Vector]:
    """Return the box of the edges, extended by interior points where the surface is square to an axis.

    A full circle on the surface meets an edge, if only the seam.
    """
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib
    from OCP.BRepClass import BRepClass_FaceClassifier
    from OCP.gp import gp_Pnt2d
    from OCP.TopAbs import TopAbs_ShapeEnum, TopAbs_State
    from OCP.TopExp import TopExp_Explorer

    box = Bnd_Box()
    explorer = TopExp_Explorer(face, TopAbs_ShapeEnum.TopAbs_EDGE)
    while explorer.More():
        BRepBndLib.AddOptimal_s(explorer.Current(), box, False, False)
        explorer.Next()
    if box.IsVoid():
        return kernel_box(face)
    corners = [np.array(xyz(box.CornerMin())), np.array(xyz(box.CornerMax()))]
    for u, v in ring.square_to_axes(bounds):
        place = BRepClass_FaceClassifier(face, gp_Pnt2d(u, v), _ON_EDGE).State()
        if place in (TopAbs_State.TopAbs_IN, TopAbs_State.TopAbs_ON):
            corners.append(ring.at(u, v))
    return vector(np.min(corners, axis=0)), vector(np.max(corners, axis=0))


@dataclass(frozen=True)
class _Ring:
    """A ring torus, or a sphere as a ring torus of major radius 0: c + (R + r cos v)(X cos u + Y sin u) + Z r sin v.

    ``frame`` holds X, Y, Z as rows (3, 3).
    """

    frame: Floats
    centre: Floats
    major: float
    minor: float

    @classmethod
    def of(cls, surface: Any) -> "_Ring | None":
        """Return the ring that an adaptor's surface is part of; None for other surfaces and for self-intersecting tori."""
        name = surface.GetType().name
        if name == "GeomAbs_Torus":
            torus = surface.Torus()
            position, major, minor = torus.Position(), torus.MajorRadius(), torus.MinorRadius()
        elif name == "GeomAbs_Sphere":
            sphere = surface.Sphere()
            position, major, minor = sphere.Position(), 0.0, sphere.Radius()
        else:
            return None
        if 0.0 < major < minor:
            return None
        frame = np.array([xyz(each) for each in (position.XDirection(), position.YDirection(), position.Direction())])
        return cls(frame, np.array(xyz(position.Location())), major, minor)

    def at(self, u: float, v: float) -> Floats:
        """Return the point at two parameters."""
        x, y, z = self.frame
        out = np.cos(u) * x + np.sin(u) * y
        return np.asarray(self.centre + (self.major + self.minor * np.cos(v)) * out + self.minor * np.sin(v) * z)

    def area(self, bounds: tuple[float, float, float, float]) -> float:
        """Return the area of a parameter rectangle."""
        low_u, high_u, low_v, high_v = bounds
        tilt = self.major * (high_v - low_v) + self.minor * (np.sin(high_v) - np.sin(low_v))
        return float(self.minor * (high_u - low_u) * tilt)

    def square_to_axes(self, bounds: tuple[float, float, float, float]) -> list[tuple[float, float]]:
        """Return parameters within bounds at which the surface is square to an axis of the model."""
        low_u, high_u, low_v, high_v = bounds
        found = []
        for x, y, z in self.frame.T:
            for u in (np.arctan2(y, x), np.arctan2(-y, -x)):
                level = np.cos(u) * x + np.sin(u) * y
                for v in (np.arctan2(z, level), np.arctan2(-z, -level)):
                    here, there = _within(float(u), low_u, high_u), _within(float(v), low_v, high_v)
                    if here is not None and there is not None:
                        found.append((here, there))
        return found

    def box(self, turn: tuple[float, float], tilt: tuple[float, float]) -> tuple[Vector, Vector]:
        """Return the box of a parameter rectangle, u in ``turn`` and v in ``tilt``, where R + r cos v >= 0."""
        x, y, z = self.frame
        low, high = np.zeros(3), np.zeros(3)
        for axis in range(3):
            reach = _extremes(x[axis], y[axis], turn)
            low[axis] = self.major * reach[0] + self.minor * _extremes(reach[0], z[axis], tilt)[0]
            high[axis] = self.major * reach[1] + self.minor * _extremes(reach[1], z[axis], tilt)[1]
        return vector(self.centre + low), vector(self.centre + high)


def _within(angle: float, low: float, high: float) -> float | None:
    """Return an angle, shifted by whole turns, that is between two others; None if there is none."""
    turned = angle + 2 * np.pi * np.ceil((low - angle) / (2 * np.pi) - _ON_EDGE)
    return float(turned) if turned <= high + _ON_EDGE else None


def _extremes(a: float, b: float, between: tuple[float, float]) -> tuple[float, float]:
    """Return the smallest and the largest value of a cos t + b sin t for t ``between`` two angles."""
    first, last = between
    values = [float(a * np.cos(t) + b * np.sin(t)) for t in between]
    peak, size = float(np.arctan2(b, a)), float(np.hypot(a, b))
    for top, value in ((peak, size), (peak + np.pi, -size)):
        if first <= top + 2 * np.pi * np.ceil((first - top) / (2 * np.pi)) <= last:
            values.append(value)
    return min(values), max(values)
