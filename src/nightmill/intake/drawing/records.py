"""The requirements of a drawing, each with its position, text and confidence."""

from typing import Literal

import msgspec

from nightmill.intake.lexicon.order_draft import Question

AskedKind = Literal[
    "diameter", "radius", "length", "square", "angle", "chamfer", "edge", "counterbore", "countersink", "thread",
    "roughness", "tolerance", "datum",
]  # fmt: skip
Check = Literal["found", "not_found", "unchecked"]


class Place(msgspec.Struct, frozen=True):
    """A box on a page (counted from 1), mm from the upper left corner, y downwards; for DXF in drawing units, y upwards."""

    page: int
    x0_mm: float
    y0_mm: float
    x1_mm: float
    y1_mm: float


class Asked(msgspec.Struct, frozen=True):
    """One requirement of a drawing. Lengths in mm (inches are converted), angles in degrees; unstated values are None.

    ``lower`` and ``upper`` are absolute limits of size, however the drawing states them (deviations, limits, a
    fit of ISO 286, ``MAX``); ``nominal`` alone leaves the limits to the general tolerance. ``modifier`` is ``basic``,
    ``reference``, ``max``, ``min`` or empty. ``count`` is the number of such features, ``depth`` that of a hole or
    thread, ``through`` means that the drawing calls it through. ``thread`` is the designation (``M6x1``, ``1/4-20 UNC``)
    and ``thread_class`` its tolerance class. ``roughness`` is in µm, ``parameter`` its name (``Ra``). A geometric
    tolerance has its ``characteristic`` (``position``), its zone as ``tolerance``, ``zone_form`` (``diameter``,
    ``spherical`` or empty), ``material_condition`` (``M``, ``L``, ``S`` or empty), ``modifiers`` (``P``, ``F``, ``CZ``, ...)
    and ``datums`` such as ``A`` or ``B(M)``; a datum feature has its letter as ``text``.

    ``flags`` are the reasons why a person must check the value; empty means that Nightmill asserts it. ``check`` states
    whether the CAD model has such a feature, and ``faces`` which.
    """

    id: int
    kind: AskedKind
    place: Place
    words: str
    confidence: float
    nominal: float | None = None
    lower: float | None = None
    upper: float | None = None
    modifier: str = ""
    fit: str = ""
    count: int = 1
    depth: float | None = None
    through: bool = False
    angle: float | None = None
    thread: str = ""
    thread_class: str = ""
    pitch: float | None = None
    left_hand: bool = False
    parameter: str = ""
    roughness: float | None = None
    characteristic: str = ""
    tolerance: float | None = None
    zone_form: str = ""
    material_condition: str = ""
    modifiers: tuple[str, ...] = ()
    datums: tuple[str, ...] = ()
    text: str = ""
    flags: tuple[str, ...] = ()
    check: Check = "unchecked"
    faces: tuple[int, ...] = ()


class Field(msgspec.Struct, frozen=True):
    """One field of the title block or the notes, such as ``material`` or ``revision``, as text."""

    name: str
    value: str
    place: Place
    words: str
    confidence: float
    flags: tuple[str, ...] = ()


class Drawing(msgspec.Struct, frozen=True):
    """A drawing as read: a draft to be checked by a person and against the CAD model, never an instruction to a machine."""

    source: Literal["pdf", "scan", "dxf"]
    pages: int
    unit: Literal["mm", "inch"]
    requirements: tuple[Asked, ...]
    fields: tuple[Field, ...]
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
