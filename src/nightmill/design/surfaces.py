"""The faces of a solid as records: surface type, placement, area, box, and on which side the material lies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.design.part import Face, Surface, Vector

_KINDS: dict[str, Surface] = {
    "GeomAbs_Plane": "plane",
    "GeomAbs_Cylinder": "cylinder",
    "GeomAbs_Cone": "cone",
    "GeomAbs_Sphere": "sphere",
    "GeomAbs_Torus": "torus",
}


class OrientedFace:
    """A face of the kernel with its surface, asked for outward normals. Keeps the adaptor, which is slow to make."""

    def __init__(self, shape: Any) -> None:
        from OCP.BRepAdaptor import BRepAdaptor_Surface
        from OCP.TopAbs import TopAbs_Orientation
        from OCP.TopoDS import TopoDS

        self.shape = TopoDS.Face(shape)
        self.surface = BRepAdaptor_Surface(self.shape)
        self.sign = -1.0 if self.shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED else 1.0

    @property
    def kind(self) -> Surface:
        """Type of the surface."""
        return _KINDS.get(self.surface.GetType().name, "other")

    def at(self, u: float, v: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Point and outward unit normal at surface parameters; the normal is zero at a pole or tip."""
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
        """The angle parameter u of a cylinder or cone at ``point``."""
        placed = self.surface.Cylinder() if self.kind == "cylinder" else self.surface.Cone()
        frame = placed.Position()
        x, y, at = frame.XDirection(), frame.YDirection(), frame.Location()
        away = point - np.array([at.X(), at.Y(), at.Z()])
        return float(np.arctan2(away @ np.array([y.X(), y.Y(), y.Z()]), away @ np.array([x.X(), x.Y(), x.Z()])))

    def middle(self) -> tuple[float, float]:
        """The middle of the face's parameter range; it may lie in a hole of the face."""
        from OCP.BRepTools import BRepTools

        low_u, high_u, low_v, high_v = BRepTools.UVBounds_s(self.shape)
        return (low_u + high_u) / 2, (low_v + high_v) / 2


def vector(values: Any) -> Vector:
    """Three numbers as a plain tuple."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def _xyz(point: Any) -> Vector:
    return point.X(), point.Y(), point.Z()


def face_record(number: int, name: str, face: OrientedFace) -> Face:
    """One face as a record: exact area, centroid and box (a box of free-form faces may be a little large)."""
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    BRepGProp.SurfaceProperties_s(face.shape, properties)
    point, normal = face.at(*face.middle())
    low, high = _box(face.shape)
    kind = face.kind
    placed = _placement(face.surface, kind)
    origin, axis = placed.pop("origin", None), placed.pop("axis", None)
    return Face(
        id=number,
        name=name,
        surface=kind,
        area_mm2=abs(float(properties.Mass())),
        centroid=_xyz(properties.CentreOfMass()),
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


def _box(shape: Any) -> tuple[Vector, Vector]:
    from OCP.Bnd import Bnd_Box
    from OCP.BRepBndLib import BRepBndLib

    box = Bnd_Box()
    BRepBndLib.AddOptimal_s(shape, box, False, False)
    return _xyz(box.CornerMin()), _xyz(box.CornerMax())


def _placement(surface: Any, kind: Surface) -> dict[str, Any]:
    if kind == "plane":
        plane = surface.Plane()
        return {"origin": _xyz(plane.Location())}
    if kind == "cylinder":
        cylinder = surface.Cylinder()
        return {"origin": _xyz(cylinder.Location()), "axis": _xyz(cylinder.Axis().Direction()), "radius": cylinder.Radius()}
    if kind == "cone":
        cone = surface.Cone()
        return {
            "origin": _xyz(cone.Apex()),
            "axis": _xyz(cone.Axis().Direction()),
            "radius": cone.RefRadius(),
            "semi_angle": abs(float(np.degrees(cone.SemiAngle()))),
        }
    if kind == "sphere":
        sphere = surface.Sphere()
        return {"origin": _xyz(sphere.Location()), "radius": sphere.Radius()}
    if kind == "torus":
        torus = surface.Torus()
        return {
            "origin": _xyz(torus.Location()),
            "axis": _xyz(torus.Axis().Direction()),
            "radius": torus.MinorRadius(),
            "major": torus.MajorRadius(),
        }
    return {}


def _ring(face: OrientedFace, kind: Surface, origin: Vector | None, axis: Vector | None) -> dict[str, Any]:
    """Sweep around and span along the axis of a cylinder or cone, with the radius at both ends of the span."""
    from OCP.BRepTools import BRepTools

    if kind not in ("cylinder", "cone") or origin is None or axis is None:
        return {}
    low_u, high_u, low_v, high_v = BRepTools.UVBounds_s(face.shape)
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


def _hollow(
    kind: Surface,
    point: NDArray[np.float64],
    normal: NDArray[np.float64],
    origin: Vector | None,
    axis: Vector | None,
    major: float | None,
) -> bool:
    """True where the outward normal points to the axis (cylinder, cone), to the tube's middle (torus) or centre (sphere)."""
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
