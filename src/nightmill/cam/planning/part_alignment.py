"""Plan a part that is at an angle in its file: turn it square to its own planes and axes, plan it, and turn the plan back."""

from dataclasses import replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.cad import Face, PartModel
from nightmill.cam.geometry.setup_frames import as_rows
from nightmill.cam.geometry.solids import box, moved, stl_of
from nightmill.cam.planning.plan_record import Made, ProcessPlan
from nightmill.vocabulary.plan import Body, Plan, Vector

Floats = NDArray[np.float64]

SAME_SINE = 1e-5
"""Directions count as equal, or as square to each other, below this sine of the angle."""
SQUARE_SHARE, WORTH_SHARE = 0.5, 0.25
"""A part is planned as it is if this fraction of its plane and round surface is square to the axes; turning the part
must increase the fraction.
"""
STOCK_FILE = "stock.stl"


def own_frame(part: PartModel) -> Floats | None:
    """Return the rotation (3, 3) from the model to a frame in which much more of the part is square to the axes; None if there is none."""
    leading = [(face.normal if face.surface == "plane" else face.axis, face.area_mm2) for face in part.faces]
    known = [(np.array(way), area) for way, area in leading if way is not None]
    if not known:
        return None
    ways, areas = np.array([way for way, _ in known]), np.array([area for _, area in known])
    now = _square_share(ways, areas, np.eye(3))
    if now >= SQUARE_SHARE:
        return None
    z = _leading(ways, areas)
    across = np.abs(ways @ z) < SAME_SINE
    x = _leading(ways[across], areas[across]) if across.any() else np.cross(z, np.eye(3)[int(np.abs(z).argmin())])
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    frame = np.vstack([x, np.cross(z, x), z])
    return frame if _square_share(ways, areas, frame) > now + WORTH_SHARE else None


def _leading(ways: Floats, areas: Floats) -> Floats:
    """Return the unit vector (n, 3) along which most of the area lies, in either sense."""
    alike = np.abs(ways @ ways.T) > 1 - SAME_SINE**2 / 2
    return np.asarray(ways[int(np.round(alike @ areas, 3).argmax())])


def _square_share(ways: Floats, areas: Floats, frame: Floats) -> float:
    """Return the fraction of the area whose direction is along an axis of a frame."""
    along = np.abs(ways @ frame.T).max(axis=1) > 1 - SAME_SINE**2
    return float(areas[along].sum() / areas.sum())


def turned_part(part: PartModel, frame: Floats) -> PartModel:
    """Return the part in the coordinates of a frame (3, 3)."""
    vertices = part.mesh.vertices @ frame.T
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    corners = {
        face.id: vertices[part.mesh.triangles[part.mesh.face_of == face.id]].reshape(-1, 3) for face in part.faces
    }
    return replace(
        part,
        mesh=replace(part.mesh, vertices=np.ascontiguousarray(vertices)),
        faces=tuple(_turned_face(face, frame, corners[face.id]) for face in part.faces),
        features=tuple(msgspec.structs.replace(f, axis=_maybe(f.axis, frame)) for f in part.features),
        low=_vector(low),
        high=_vector(high),
    )


def _turned_face(face: Face, frame: Floats, corners: Floats) -> Face:
    low, high = (corners.min(axis=0), corners.max(axis=0)) if len(corners) else (np.zeros(3), np.zeros(3))
    return msgspec.structs.replace(
        face,
        centroid=_vector(frame @ face.centroid),
        normal=_vector(frame @ face.normal),
        low=_vector(low),
        high=_vector(high),
        origin=_maybe(face.origin, frame),
        axis=_maybe(face.axis, frame),
    )


def plan_turned_back(plan: Plan, files: dict[str, bytes], frame: Floats) -> tuple[Plan, dict[str, bytes]]:
    """Return in model coordinates a plan made in another frame; a raw box becomes a mesh in its own file."""
    matrix = np.eye(4)
    matrix[:3, :3] = frame
    setups = tuple(
        msgspec.structs.replace(setup, model_to_work=as_rows(np.array(setup.model_to_work) @ matrix))
        for setup in plan.setups
    )
    stock, more = plan.stock, dict(files)
    if stock.min is not None and stock.max is not None:
        raw = moved(box(stock.min, stock.max), matrix.T)
        stock, more[STOCK_FILE] = Body(file=STOCK_FILE), stl_of(raw)
    elif stock.base is not None and stock.axis is not None:
        stock = msgspec.structs.replace(stock, base=_vector(frame.T @ stock.base), axis=_vector(frame.T @ stock.axis))
    return msgspec.structs.replace(plan, setups=setups, stock=stock), more


def told_turned_back(made: Made | None, frame: Floats) -> Made | None:
    """Wrap ``made`` for a plan that is made in a frame (3, 3), so that it receives the plan in model coordinates."""
    if made is None:
        return None

    def tell(plan: Plan, files: dict[str, bytes], whole: bool) -> None:
        made(*plan_turned_back(plan, files, frame), whole)

    return tell


def turned_back(found: ProcessPlan, frame: Floats) -> ProcessPlan:
    """Return in model coordinates a plan made in another frame, with a note that says so."""
    plan, files = plan_turned_back(found.plan, found.files, frame)
    x, y, z = (", ".join(f"{value:.4f}" for value in row) for row in frame)
    note = f"the part is at an angle in its file; directions refer to its own frame: X ({x}), Y ({y}), Z ({z})"
    return replace(found, plan=plan, files=files, notes=(*found.notes, note))


def _vector(values: Floats) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))


def _maybe(vector: Vector | None, frame: Floats) -> Vector | None:
    return None if vector is None else _vector(frame @ vector)
