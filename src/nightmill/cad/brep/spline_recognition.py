"""Recognise free-form surfaces that are really planes, cylinders, cones, spheres or tori.

Some systems write every face as a B-spline. Features, cutting and inspection need the actual shape; the exact solid keeps its original
surfaces. Each shape is fitted to points and normals in one linear least-squares step, and
accepted only if every point is on the fitted shape. The normals of a cylinder or cone have a constant angle to its axis; those of a torus
all intersect its axis (Pottmann, Peternell and Ravani, "An introduction to line geometry with applications", CAD 31(1), 1999).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

TOLERANCE_MM = 1e-3
"""How far a surface may be off: the accuracy of translators, and 5 % of the limit in verification."""
_FLAT = 1e-6
_STEADY = 1e-3  # spread of the cosine between normals and axis
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """An elementary surface: ``origin`` on its axis (a cone's apex), ``radius`` (a torus' tube), ``angle`` (a cone's half)."""

    kind: Literal["plane", "cylinder", "cone", "sphere", "torus"]
    origin: Array
    axis: Array
    radius: float = 0.0
    major: float = 0.0
    angle: float = 0.0


def fitted(points: Array, normals: Array) -> Fit | None:
    """Return the elementary surface through points (n, 3) with unit normals (n, 3), in mm; None if there is none."""
    if len(points) < 9:
        return None
    for attempt in (_plane, _cylinder, _cone, _sphere, _torus):
        found = attempt(points, normals)
        if found is not None and float(np.abs(distance(found, points)).max()) <= TOLERANCE_MM:
            return found
    return None


def distance(fit: Fit, points: Array) -> Array:
    """Return the signed distances of points (n, 3) from a surface."""
    away = points - fit.origin
    along = away @ fit.axis
    if fit.kind == "plane":
        return along
    if fit.kind == "sphere":
        return np.asarray(np.linalg.norm(away, axis=1) - fit.radius)
    across = np.linalg.norm(away - np.outer(along, fit.axis), axis=1)
    if fit.kind == "cylinder":
        return np.asarray(across - fit.radius)
    if fit.kind == "cone":
        return np.asarray(across * math.cos(fit.angle) - along * math.sin(fit.angle))
    return np.asarray(np.hypot(across - fit.major, along) - fit.radius)


def fit_of(surface: Any) -> Fit | None:
    """Return the surface of a kernel adaptor as an elementary surface; None for free forms."""
    kind = surface.GetType().name
    if kind == "GeomAbs_Plane":
        plane = surface.Plane()
        return Fit("plane", _vector(plane.Location()), _vector(plane.Axis().Direction()))
    if kind == "GeomAbs_Cylinder":
        cylinder = surface.Cylinder()
        return Fit("cylinder", *_placed(cylinder), cylinder.Radius())
    if kind == "GeomAbs_Cone":
        cone = surface.Cone()
        axis = _vector(cone.Axis().Direction()) * math.copysign(1.0, cone.SemiAngle())
        return Fit("cone", _vector(cone.Apex()), axis, angle=abs(cone.SemiAngle()))
    if kind == "GeomAbs_Sphere":
        sphere = surface.Sphere()
        return Fit("sphere", _vector(sphere.Location()), np.array([0.0, 0.0, 1.0]), sphere.Radius())
    if kind == "GeomAbs_Torus":
        torus = surface.Torus()
        return Fit("torus", *_placed(torus), torus.MinorRadius(), torus.MajorRadius())
    return None


def _placed(surface: Any) -> tuple[Array, Array]:
    return _vector(surface.Location()), _vector(surface.Axis().Direction())


def _vector(place: Any) -> Array:
    return np.array([place.X(), place.Y(), place.Z()])


def _plane(points: Array, normals: Array) -> Fit | None:
    axis = normals.mean(axis=0)
    size = float(np.linalg.norm(axis))
    return Fit("plane", points.mean(axis=0), axis / size) if size > 1 - _FLAT else None


def _axis(normals: Array) -> tuple[Array, float] | None:
    """Return the direction with a constant angle to all normals, and the cosine of that angle."""
    _, _, frame = np.linalg.svd(normals - normals.mean(axis=0), full_matrices=False)
    cosines = normals @ frame[2]
    return (frame[2], float(cosines.mean())) if float(np.ptp(cosines)) < _STEADY else None


def _cylinder(points: Array, normals: Array) -> Fit | None:
    found = _axis(normals)
    if found is None or abs(found[1]) > _STEADY:
        return None
    axis = found[0]
    centre, radius = _centre(points - np.outer(points @ axis, axis), normals)
    return Fit("cylinder", centre, axis, abs(radius))


def _cone(points: Array, normals: Array) -> Fit | None:
    found = _axis(normals)
    if found is None or abs(found[1]) < _FLAT:
        return None
    apex = np.linalg.lstsq(normals, (normals * points).sum(axis=1), rcond=None)[0]
    axis = found[0] if float((points.mean(axis=0) - apex) @ found[0]) > 0 else -found[0]
    return Fit("cone", apex, axis, angle=math.asin(min(1.0, abs(found[1]))))


def _sphere(points: Array, normals: Array) -> Fit | None:
    centre, radius = _centre(points, normals)
    return Fit("sphere", centre, np.array([0.0, 0.0, 1.0]), abs(radius)) if radius else None


def _torus(points: Array, normals: Array) -> Fit | None:
    middle = points.mean(axis=0)
    scale = max(float(np.abs(points - middle).max()), 1e-9)
    local = (points - middle) / scale
    # the normals are lines that all intersect the axis: each gives one linear equation in the axis' line coordinates
    _, _, frame = np.linalg.svd(np.hstack([np.cross(local, normals), normals]), full_matrices=False)
    direction, moment = frame[-1][:3], frame[-1][3:]
    size = float(np.linalg.norm(direction))
    if size < _FLAT:
        return None
    axis = direction / size
    foot = np.cross(axis, moment / size)
    away = local - foot
    along = away @ axis
    outward = away - np.outer(along, axis)
    across = np.linalg.norm(outward, axis=1)
    if float(across.min()) < _FLAT:
        return None
    profile = np.column_stack([across, along])
    leaning = np.column_stack([(normals * outward).sum(axis=1) / across, normals @ axis])
    centre, radius = _centre(profile, leaning)
    origin: Array = (foot + axis * centre[1]) * scale + middle
    return Fit("torus", origin, axis, abs(radius) * scale, float(centre[0]) * scale) if centre[0] > 0 else None


def _centre(points: Array, normals: Array) -> tuple[Array, float]:
    """Return centre and signed radius of the circle or sphere that has these points and normals: p = c + r n."""
    count, width = points.shape
    normals = normals[:, :width]
    system = np.zeros((count * width, width + 1))
    for place in range(width):
        system[place::width, place] = 1.0
        system[place::width, width] = normals[:, place]
    found: Array = np.asarray(np.linalg.lstsq(system, points.reshape(-1), rcond=None)[0], dtype=np.float64)
    return found[:width], float(found[width])


def grid(
    at: Callable[[float, float], tuple[Array, Array]], bounds: tuple[float, ...], count: int
) -> tuple[Array, Array]:
    """Return points and unit normals (n, n, 3) of a surface over its range (u from, u to, v from, v to)."""
    us, vs = np.linspace(bounds[0], bounds[1], count), np.linspace(bounds[2], bounds[3], count)
    pairs = [[at(float(u), float(v)) for v in vs] for u in us]
    return np.array([[p for p, _ in row] for row in pairs]), np.array([[n for _, n in row] for row in pairs])


def kernel_surface(fit: Fit) -> Any:
    """Return the fit as a kernel surface in an adaptor."""
    from OCP import Geom
    from OCP.GeomAdaptor import GeomAdaptor_Surface
    from OCP.gp import gp_Ax3, gp_Dir, gp_Pnt

    frame = gp_Ax3(gp_Pnt(*map(float, fit.origin)), gp_Dir(*map(float, fit.axis)))
    if fit.kind == "plane":
        surface: Any = Geom.Geom_Plane(frame)
    elif fit.kind == "cylinder":
        surface = Geom.Geom_CylindricalSurface(frame, fit.radius)
    elif fit.kind == "cone":
        surface = Geom.Geom_ConicalSurface(frame, fit.angle, 0.0)
    elif fit.kind == "sphere":
        surface = Geom.Geom_SphericalSurface(frame, fit.radius)
    else:
        surface = Geom.Geom_ToroidalSurface(frame, fit.major, fit.radius)
    return GeomAdaptor_Surface(surface)


def swept_ring(points: Array, origin: Array, axis: Array) -> tuple[float, float, float]:
    """Return the sweep in degrees, and span along ``axis`` from ``origin``, of a grid of points (n, n, 3) on a round surface."""
    away = points - origin
    along = away @ axis
    radial = away - along[..., None] * axis
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = np.cross(axis, helper)
    x = x / np.linalg.norm(x)
    angle = np.arctan2(radial @ np.cross(axis, x), radial @ x)
    sweeps = [float(np.ptp(np.unwrap(angle, axis=way), axis=way).max()) for way in (0, 1)]
    return min(360.0, math.degrees(max(sweeps))), float(along.min()), float(along.max())
