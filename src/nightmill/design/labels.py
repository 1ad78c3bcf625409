"""The words for faces: Nightmill's own, or the class numbers of the published sets MFCAD and MFCAD++.

Both sets cut features into a box along its axes: what lies on the box is stock, every connected depression is one
feature, and the number of its planes, whether they close around an axis, and its cylinders tell which. The numbers
are those of the sets' own truth files (MFCAD's ``face_truth``, MFCAD++'s face names).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nightmill.design.graph import Graph, parallel, square
from nightmill.design.part import Face, PartModel
from nightmill.design.recognise import FREE_SURFACE

MFCADPP_CLASSES = (
    "chamfer", "through_hole", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot",
    "rectangular_through_slot", "circular_through_slot", "rectangular_through_step", "2sides_through_step",
    "slanted_through_step", "O_ring", "blind_hole", "triangular_pocket", "rectangular_pocket", "6sides_pocket",
    "circular_end_pocket", "rectangular_blind_slot", "vertical_circular_end_blind_slot",
    "horizontal_circular_end_blind_slot", "triangular_blind_step", "circular_blind_step", "rectangular_blind_step", "round",
    "stock",
)  # fmt: skip
"""MFCAD++ class names by number (Colligan et al., doi 10.17034/d1fec5a0-8c10-4630-b02e-b92dc81df823)."""

MFCAD_CLASSES = (
    "chamfer", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot",
    "rectangular_through_slot", "rectangular_through_step", "2sides_through_step", "slanted_through_step",
    "triangular_pocket", "rectangular_pocket", "6sides_pocket", "rectangular_blind_slot", "triangular_blind_step",
    "rectangular_blind_step", "stock",
)  # fmt: skip
"""MFCAD class names by number as its truth files use them: the geometry of the labelled faces shows which is which."""

LabelSet = Literal["nightmill", "mfcad", "mfcadpp"]


def labels_of(model: PartModel, labels: LabelSet) -> tuple[str, ...]:
    """One label a face: the feature's kind (``nightmill``), or the class number of a published set as text."""
    if labels == "nightmill":
        own = {face: feature.kind for feature in model.features for face in feature.faces}
        return tuple(own.get(face.id, FREE_SURFACE) for face in model.faces)
    names = class_names(Graph(model.faces, model.edges, model.mesh.vertices))
    order = MFCAD_CLASSES if labels == "mfcad" else MFCADPP_CLASSES
    return tuple(str(order.index(name)) if name in order else str(order.index("stock")) for name in names)


def class_names(graph: Graph) -> list[str]:
    """The class name of each face, by rule, in the words of ``MFCADPP_CLASSES``."""
    names = ["stock"] * len(graph.faces)
    rest: set[int] = set()
    for face in graph.faces:
        if graph.supports(face.id):
            names[face.id] = "stock" if _aligned(face) else "chamfer"
        elif face.surface != "plane" and not face.hollow and len(set(graph.neighbours(face.id, "smooth"))) >= 2:
            names[face.id] = "round"
        else:
            rest.add(face.id)
    for group in graph.components(rest, lambda edge: edge.convexity != "convex"):
        name = _depression(graph, group)
        for number in group:
            names[number] = name
    return names


def _aligned(face: Face) -> bool:
    return max(abs(part) for part in face.normal) > 1 - 1e-6


@dataclass(frozen=True)
class _Shape:
    """What tells one depression from another: its different planes and cylinders, and the stock faces it opens to."""

    planes: list[Face]
    hollow: list[Face]
    solid: list[Face]
    sweep_deg: float
    opens_to: list[Face]

    @property
    def aligned(self) -> int:
        return sum(_aligned(face) for face in self.planes)


def _shape(graph: Graph, group: list[int]) -> _Shape:
    members = set(group)
    faces = [graph.faces[number] for number in group]
    curved = [face for face in faces if face.surface == "cylinder"]
    touched = {other for number in group for other in graph.neighbours(number, "convex") if other not in members}
    return _Shape(
        planes=_different([face for face in faces if face.surface == "plane"], _same_plane),
        hollow=_different([face for face in curved if face.hollow], _same_cylinder),
        solid=_different([face for face in curved if not face.hollow], _same_cylinder),
        sweep_deg=max((face.sweep_deg or 0.0 for face in curved if face.hollow), default=0.0),
        opens_to=[graph.faces[number] for number in sorted(touched) if graph.supports(number)],
    )


def _different(faces: list[Face], same: Callable[[Face, Face], bool]) -> list[Face]:
    """One face of each surface: another feature may have cut a face in two."""
    kept: list[Face] = []
    for face in faces:
        if not any(same(face, known) for known in kept):
            kept.append(face)
    return kept


def _same_plane(a: Face, b: Face) -> bool:
    level = float(np.dot(a.normal, np.subtract(a.centroid, b.centroid)))
    return float(np.dot(a.normal, b.normal)) > 1 - 1e-6 and abs(level) < 1e-4


def _same_cylinder(a: Face, b: Face) -> bool:
    away = np.subtract(a.origin or (0, 0, 0), b.origin or (0, 0, 0))
    axis = np.array(a.axis or (0, 0, 1))
    off = float(np.linalg.norm(np.cross(away, axis)))
    return parallel(axis, b.axis or (0, 0, 1)) and off < 1e-3 and abs((a.radius_mm or 0) - (b.radius_mm or 0)) < 1e-4


def _depression(graph: Graph, group: list[int]) -> str:
    shape = _shape(graph, group)
    if shape.hollow or shape.solid:
        return _round_depression(shape)
    count = len(shape.planes)
    if count <= 1:
        return "chamfer" if not shape.aligned else "rectangular_through_step"
    axis = _common_axis(shape.planes)
    if axis is not None:
        return _along_axis(shape, axis)
    if count == 3:
        return "rectangular_blind_step" if shape.aligned == 3 else "2sides_through_step"
    if count == 4:
        return "rectangular_blind_slot" if shape.aligned == 4 else "triangular_pocket"
    return "rectangular_pocket" if count == 5 else "6sides_pocket"


def _along_axis(shape: _Shape, axis: NDArray[np.float64]) -> str:
    """Depressions whose planes all run along one axis: passages, through slots and through steps."""
    count = len(shape.planes)
    if _closed_around(shape.planes, axis):
        return {3: "triangular_passage", 4: "rectangular_passage"}.get(count, "6sides_passage")
    if count == 2:
        if shape.aligned == 2:
            return "rectangular_through_step"
        if shape.aligned == 1:
            return "slanted_through_step" if _reaches_across(shape) else "triangular_blind_step"
        return "triangular_through_slot"
    return "rectangular_through_slot" if shape.aligned == count else "triangular_through_slot"


def _reaches_across(shape: _Shape) -> bool:
    """True where the depression opens to two opposite sides of the box: it goes through, not just off a corner."""
    sides = [face.normal for face in shape.opens_to]
    return any(float(np.dot(a, b)) < -0.999 for place, a in enumerate(sides) for b in sides[place + 1 :])


def _round_depression(shape: _Shape) -> str:
    floors = len(shape.planes)
    if shape.solid:
        return "O_ring"
    if len(shape.hollow) == 1 and shape.sweep_deg > 185:
        return "blind_hole" if floors else "through_hole"
    if len(shape.hollow) == 1 and floors == 0:
        return "circular_through_slot"
    if len(shape.hollow) == 1 and floors == 1:
        return "circular_blind_step"
    if floors >= 3 and (len(shape.hollow) >= 2 or len(shape.opens_to) <= 1):
        return "circular_end_pocket"
    return "vertical_circular_end_blind_slot" if len(shape.hollow) == 1 else "horizontal_circular_end_blind_slot"


def _common_axis(planes: list[Face]) -> NDArray[np.float64] | None:
    """The direction in which all planes run, or None."""
    crosses = [np.cross(planes[0].normal, face.normal) for face in planes[1:]]
    longest = max(crosses, key=lambda cross: float(np.linalg.norm(cross)))
    size = float(np.linalg.norm(longest))
    if size < 1e-3:
        return None
    axis = longest / size
    return axis if all(square(face.normal, axis) for face in planes) else None


def _closed_around(planes: list[Face], axis: NDArray[np.float64]) -> bool:
    """True where the planes leave no side open: no gap of 180 degrees between their normals around the axis."""
    first = np.array(planes[0].normal)
    across = np.cross(axis, first)
    angles = np.sort(
        [np.degrees(np.arctan2(np.dot(face.normal, across), np.dot(face.normal, first))) for face in planes]
    )
    gaps = np.diff(np.append(angles, angles[0] + 360))
    return bool(gaps.max() < 179.5)
