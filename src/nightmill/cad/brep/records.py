"""Records returned by room ``cad``: one B-rep table, one mesh, features and PMI per part.

All lengths are in mm in the coordinates of the STEP file, angles in degrees. Ids count from 0; a face id is the face's position in
``TopExp_Explorer`` order, which is the order of the ``ADVANCED_FACE`` entries below the solid.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Surface = Literal["plane", "cylinder", "cone", "sphere", "torus", "other"]
Convexity = Literal["convex", "concave", "smooth"]


class Face(msgspec.Struct, frozen=True):
    """One face. ``normal`` is the outward normal (planes) or the outward normal at the face's middle.

    ``origin``/``axis`` place cylinders, cones and tori; ``radius_mm`` is that of cylinder, sphere or the
    torus' tube, ``major_radius_mm`` that of the torus; ``semi_angle_deg`` that of the cone.
    ``hollow`` is true if the material is outside a curved face (the wall of a hole, a concave fillet).
    ``sweep_deg`` is the angle that a cylinder or cone covers around its axis, ``span_mm`` where it starts and ends along ``axis`` from
    ``origin``, ``end_radii_mm`` the radius at both ends. A cone's origin is its apex.
    """

    id: int
    name: str
    surface: Surface
    area_mm2: float
    centroid: Vector
    normal: Vector
    low: Vector
    high: Vector
    origin: Vector | None = None
    axis: Vector | None = None
    radius_mm: float | None = None
    major_radius_mm: float | None = None
    semi_angle_deg: float | None = None
    hollow: bool = False
    sweep_deg: float | None = None
    span_mm: tuple[float, float] | None = None
    end_radii_mm: tuple[float, float] | None = None


class Edge(msgspec.Struct, frozen=True):
    """One edge between two faces (the same face twice for a seam). ``angle_deg`` is the angle between outward normals.

    ``inside`` lists the face or faces in which the edge bounds a hole, not the outline.
    """

    id: int
    faces: tuple[int, int]
    convexity: Convexity
    angle_deg: float
    length_mm: float
    inside: tuple[int, ...] = ()


class Feature(msgspec.Struct, frozen=True):
    """A recognised feature: ``kind`` such as ``through_hole``, ``pocket``; ``parameters`` in mm and degrees."""

    id: int
    kind: str
    faces: tuple[int, ...]
    parameters: dict[str, float]
    axis: Vector | None = None
    label: str = ""


class ModelledThread(msgspec.Struct, frozen=True):
    """A thread modelled with helical ``faces`` between two diameters; ``inner`` if in a hole, else on a bolt.

    ``walls``: the cylinders at the smallest diameter (in a hole, the minor diameter), if any, with total length ``walls_mm``;
    ``length_mm``: length of the helical faces along the axis.
    """

    faces: tuple[int, ...]
    walls: tuple[int, ...]
    inner: bool
    pitch_mm: float
    least_diameter_mm: float
    most_diameter_mm: float
    length_mm: float
    walls_mm: float
    left_hand: bool = False


class PmiItem(msgspec.Struct, frozen=True):
    """One semantic dimension, tolerance or datum of the file, with the faces it refers to (may be empty).

    ``lower`` and ``upper`` are limits of size (not deviations), ``zone`` is a tolerance's width, all in ``unit``
    (``mm`` or ``deg``); ``fit`` is the code of a limits-and-fits dimension such as ``H7``. ``modifiers`` are the words next to the value
    (``basic``, ``reference``, ``free_state``, ``projected 12 mm``, ``A M`` for a datum at maximum material);
    ``zone_form`` is the form of a tolerance's zone as the file states it (``cylindrical or circular``).
    """

    id: str
    kind: str
    group: Literal["dimension", "tolerance", "datum"]
    nominal: float | None
    lower: float | None
    upper: float | None
    zone: float | None
    datums: tuple[str, ...]
    faces: tuple[int, ...]
    unit: str = "mm"
    material_condition: str = ""
    fit: str = ""
    modifiers: tuple[str, ...] = ()
    zone_form: str = ""


@dataclass(frozen=True)
class Mesh:
    """A closed triangle mesh: vertices (n, 3) float64, triangles (m, 3) int32 outward, face_of (m,) int32."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    face_of: NDArray[np.int32]


@dataclass(frozen=True)
class PartModel:
    """A part after reading; every later room starts from this record.

    ``body``: the number of the solid if the file has several; empty if it has one.
    """

    name: str
    sha256: str
    faces: tuple[Face, ...]
    edges: tuple[Edge, ...]
    mesh: Mesh
    features: tuple[Feature, ...]
    pmi: tuple[PmiItem, ...]
    low: Vector
    high: Vector
    volume_mm3: float
    area_mm2: float
    file_unit: str
    notes: tuple[str, ...]
    threads: tuple[ModelledThread, ...] = ()
    body: str = ""
