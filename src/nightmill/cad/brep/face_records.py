"""Describe the faces of a solid as records: surface type, placement, area, box, and the side of the material."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.face_boxes import box_of, vector, xyz
from nightmill.cad.brep.records import Face, Surface, Vector
from nightmill.cad.brep.spline_recognition import Fit, fit_of, fitted, grid, kernel_surface, swept_ring

_KINDS: dict[str, Surface] = {
    "GeomAbs_Plane": "plane",
    "GeomAbs_Cylinder": "cylinder",
    "GeomAbs_Cone": "cone",
    "GeomAbs_Sphere": "sphere",
    "GeomAbs_Torus": "torus",
}
_AREA_SHARE = 1e-6
_FIT_POINTS, _RING_POINTS = 11, 49


class OrientedFace:
    """A face of the kernel with its surface, queried for outward normals. It keeps the adaptor, which is slow to make.

    ``surface`` is the one in the file, ``placed`` the elementary surface that matches it within 0.001 mm, if any.
    """

    def __init__(self, shape: Any) -> None:
        from OCP.BRepAdaptor import BRepAdaptor_Surface
        from OCP.TopAbs import TopAbs_Orientation
        from OCP.TopoDS import TopoDS

        self.shape = TopoDS.Face(shape)
        self.surface = BRepAdaptor_Surface(self.shape)
        self.sign = -1.0 if self.shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else 1.0
        self.placed: Any = self.surface
        if self.surface.GetType().name not in _KINDS:
            self.placed = self._fitted()

    @property
    def kind(self) -> Surface:
        """Return the type of the surface."""
        return _KINDS.get(self.placed.GetType().name, "other")

    @property
    def elementary(self) -> Fit | None:
        """Return the elementary surface with its dimensions; None for free forms."""
        return fit_of(self.placed)

    def _fitted(self) -> Any:
        points, normals = (each.reshape(-1, 3) for each in grid(self.at, self.bounds(), _FIT_POINTS))
        usable = np.linalg.norm(normals, axis=1) > 0.5
        fit = fitted(points[usable], normals[usable])
        return self.surface if fit is None else kernel_surface(fit)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the face's parameter range: u from, u to, v from, v to."""
        from OCP.BRepTools import BRepTools

        low_u, high_u, low_v, high_v = BRepTools.UVBounds_s(self.shape)
        return float(low_u), float(high_u), float(low_v), float(high_v)

    def at(self, u: float, v: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return point and outward unit normal at surface parameters; the normal is zero at a pole or tip."""
        from OCP.gp import gp_Pnt, gp_Vec

        point, du, dv = gp_Pnt(), gp_Vec(), gp_Vec()
        self.surface.D1(u, v, point, du, dv)
        a = (du.X(), du.Y(), du.Z())
        b = (dv.X(), dv.Y(), dv.Z())
        normal = np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
        size = float(np.sqrt(normal @ normal))
        scale = self.sign / size if size > 1e-12 else 0.0
        return np.array([point.X(), point.Y(), point.Z()]), normal * scale

    def parameter_near(self, point: NDArray[np.float64]) -> float:
        """Return the angle parameter u of a cylinder or cone at ``point``."""
        placed = self.placed.Cylinder() if self.kind == "cylinder" else self.placed.Cone()
        frame = placed.Position()
        x, y, at = frame.XDirection(), frame.YDirection(), frame.Location()
        away = point - np.array([at.X(), at.Y(), at.Z()])
        return float(np.arctan2(away @ np.array([y.X(), y.Y(), y.Z()]), away @ np.array([x.X(), x.Y(), x.Z()])))

    def middle(self) -> tuple[float, float]:
        """Return the middle of the face's parameter range; it may be in a hole in the face."""
        low_u, high_u, low_v, high_v = self.bounds()
        return (low_u + high_u) / 2, (low_v + high_v) / 2


def face_record(number: int, name: str, face: OrientedFace) -> Face:
    """Return one face as a record: exact area, centroid and box (a box of free-form faces may be a little large)."""
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    if face.placed is face.surface:
        BRepGProp.SurfaceProperties_s(face.shape, properties)
    else:
        # the kernel's fixed rule is coarse on splines: 0.2 % off on a plane with holes
        BRepGProp.SurfaceProperties_s(face.shape, properties, _AREA_SHARE)
    point, normal = face.at(*face.middle())
    kind = face.kind
    low, high = box_of(face.shape, face.surface, face.bounds(), abs(float(properties.Mass())))
    placed = _placement(face.placed, kind)
    origin, axis = placed.pop("origin", None), placed.pop("axis", None)
    return Face(
        id=number,
        name=name,
        surface=kind,
        area_mm2=abs(float(properties.Mass())),
        centroid=xyz(properties.CentreOfMass()),
        normal=vector(normal),
        low=low,
        high=high,
        origin=origin,
        axis=axis,
        radius_mm=placed.get("radius"),
        major_radius_mm=placed.get("major"),
        semi_angle_deg=placed.get("semi_angle"),
        **_ring(face, kind, origin, axis),
        hollow=_hollow(kind, point, normal, origin, axis, placed.get("major")),
    )


def _placement(surface: Any, kind: Surface) -> dict[str, Any]:
    if kind == "plane":
        plane = surface.Plane()
        return {"origin": xyz(plane.Location())}
    if kind == "cylinder":
        cylinder = surface.Cylinder()
        return {
            "origin": xyz(cylinder.Location()),
            "axis": xyz(cylinder.Axis().Direction()),
            "radius": cylinder.Radius(),
        }
    if kind == "cone":
        cone = surface.Cone()
        return {
            "origin": xyz(cone.Apex()),
            "axis": xyz(cone.Axis().Direction()),
            "radius": cone.RefRadius(),
            "semi_angle": abs(float(np.degrees(cone.SemiAngle()))),
        }
    if kind == "sphere":
        sphere = surface.Sphere()
        return {"origin": xyz(sphere.Location()), "radius": sphere.Radius()}
    if kind == "torus":
        torus = surface.Torus()
        return {
            "origin": xyz(torus.Location()),
            "axis": xyz(torus.Axis().Direction()),
            "radius": torus.MinorRadius(),
            "major": torus.MajorRadius(),
        }
    return {}


def _ring(face: OrientedFace, kind: Surface, origin: Vector | None, axis: Vector | None) -> dict[str, Any]:
    """Return a cylinder's or cone's sweep around and span along its axis, with the radius at both ends of the span."""
    if kind not in ("cylinder", "cone") or origin is None or axis is None:
        return {}
    low_u, high_u, low_v, high_v = face.bounds()
    if face.placed is not face.surface:
        return _sampled_ring(face, kind, np.array(origin), np.array(axis))
    ends = []
    for v in (low_v, high_v):
        away = face.at(low_u, v)[0] - np.array(origin)
        along = float(away @ np.array(axis))
        ends.append((along, float(np.linalg.norm(away - along * np.array(axis)))))
    ends.sort()
    return {
        "sweep_deg": min(360.0, float(np.degrees(high_u - low_u))),
        "span_mm": (ends[0][0], ends[1][0]),
        "end_radii_mm": (ends[0][1], ends[1][1]),
    }


def _sampled_ring(
    face: OrientedFace, kind: Surface, origin: NDArray[np.float64], axis: NDArray[np.float64]
) -> dict[str, Any]:
    """Return sweep and span of a face whose parameters are not those of a cylinder or cone."""
    sweep, low, high = swept_ring(grid(face.at, face.bounds(), _RING_POINTS)[0], origin, axis)
    if kind == "cylinder":
        radii = (face.placed.Cylinder().Radius(),) * 2
    else:
        slope = float(np.tan(abs(face.placed.Cone().SemiAngle())))
        radii = (abs(low) * slope, abs(high) * slope)
    return {"sweep_deg": sweep, "span_mm": (low, high), "end_radii_mm": radii}


def _hollow(
    kind: Surface,
    point: NDArray[np.float64],
    normal: NDArray[np.float64],
    origin: Vector | None,
    axis: Vector | None,
    major: float | None,
) -> bool:
    """Return True if the outward normal points to the axis (cylinder, cone), to the tube's middle (torus) or centre (sphere)."""
    if origin is None or kind == "plane":
        return False
    away = point - np.array(origin)
    if kind != "sphere" and axis is not None:
        direction = np.array(axis)
        away = away - direction * float(away @ direction)
        if kind == "torus" and major is not None:
            length = float(np.linalg.norm(away))
            away = point - (np.array(origin) + away * (major / length if length > 1e-12 else 0.0))
    return bool(away @ normal < 0)
