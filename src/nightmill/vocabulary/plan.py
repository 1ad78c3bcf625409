"""The records in ``plan.json`` (format ``nightmill-plan/1``): the workpiece, the tools, the setups and the proof.

Lengths in mm, angles in degrees, feeds in mm/min, times in s. Model coordinates are those of the
STEP file (inch files are converted to mm); work coordinates are the machine's coordinates after the work offset.
"""

from typing import Literal

import msgspec

from nightmill.vocabulary.certificate_findings import CertificateFinding
from nightmill.vocabulary.uncut_reasons import UncutReason, reason_text

PLAN_FORMAT = "nightmill-plan/1"

ToolType = Literal[
    "flat", "bull", "ball", "face", "drill", "spot", "chamfer", "countersink", "reamer", "tap",
    "thread_mill", "tslot", "turning", "boring", "grooving", "parting",
]  # fmt: skip
TURNING_TOOLS: frozenset[ToolType] = frozenset({"turning", "boring", "grooving", "parting"})
"""Tools that are stationary while the workpiece turns: only a lathe holds them."""
Vector = tuple[float, float, float]
Matrix4 = tuple[
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
    tuple[float, float, float, float],
]


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """A solid: a box (``min``/``max``), a cylinder (``base``/``axis``/``radius``/``height``) or a closed STL/STEP ``file``.

    ``name`` is set for fixtures (vise, jaw, plate, clamp, parallel).
    """

    kind: Literal["box", "cylinder"] | None = None
    min: Vector | None = None
    max: Vector | None = None
    base: Vector | None = None
    axis: Vector | None = None
    radius: float | None = None
    height: float | None = None
    file: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        box = self.min is not None and self.max is not None
        cylinder = None not in (self.base, self.axis, self.radius, self.height)
        if (
            (self.kind == "box") != box
            or (self.kind == "cylinder") != cylinder
            or (self.kind is None) != bool(self.file)
        ):
            raise ValueError("Body: needs min and max (box), base, axis, radius and height (cylinder), or file")


class Tool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool assembly as mounted in the spindle; see ``formats/plan-output.md``, table TOOL."""

    number: int
    type: ToolType
    diameter_mm: float
    corner_radius_mm: float = 0.0
    tip_angle_deg: float | None = None
    tip_diameter_mm: float | None = None
    flute_length_mm: float = 0.0
    shank_diameter_mm: float = 0.0
    stickout_mm: float = 0.0
    holder_diameter_mm: float = 0.0
    holder_length_mm: float = 0.0
    pitch_mm: float | None = None
    nose_radius_mm: float | None = None
    insert_angle_deg: float | None = None
    lead_angle_deg: float | None = None
    width_mm: float | None = None
    name: str = ""
    flutes: int = 2
    material: str = "carbide"
    life_min: float = 60.0
    price_usd: float = 40.0

    def __post_init__(self) -> None:
        if self.number < 1 or self.diameter_mm <= 0:
            raise ValueError(
                f"Tool {self.number}: number must be >= 1 and diameter_mm > 0, diameter is {self.diameter_mm}"
            )
        if self.corner_radius_mm * 2 > self.diameter_mm + 1e-9:
            raise ValueError(
                f"Tool {self.number}: corner_radius_mm {self.corner_radius_mm} exceeds half of diameter_mm"
            )
        if self.flute_length_mm > self.stickout_mm > 0:
            raise ValueError(
                f"Tool {self.number}: flute_length_mm {self.flute_length_mm} exceeds stickout_mm {self.stickout_mm}"
            )


class Thread(msgspec.Struct, frozen=True):
    """A thread required by the drawing in the hole of these faces, or around them; ``depth_mm``: full thread depth, 0 for the full length."""

    diameter_mm: float
    pitch_mm: float
    faces: tuple[int, ...]
    depth_mm: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.pitch_mm < self.diameter_mm / 2:
            raise ValueError(
                f"Thread M{self.diameter_mm:g}: pitch_mm must be above 0 and below half the diameter, is {self.pitch_mm:g}"
            )
        if self.depth_mm < 0:
            raise ValueError(f"Thread M{self.diameter_mm:g}: depth_mm must be 0 or more, is {self.depth_mm:g}")


class CuttingData(msgspec.Struct, frozen=True):
    """Cutting data for a step, with their source."""

    vc_m_min: float
    spindle_rpm: float
    fz_mm: float
    feed_mm_min: float
    ap_mm: float
    ae_mm: float
    power_kw: float
    force_n: float
    source: str


class Step(msgspec.Struct, frozen=True):
    """One step of an operation: one tool, one strategy (``face``, ``rough``, ``wall``, ``floor``, ``drill``, ...)."""

    name: str
    strategy: str
    tool: int
    features: tuple[int, ...]
    faces: tuple[int, ...]
    cutting: CuttingData
    time_s: float
    line_from: int
    line_to: int


class Tab(msgspec.Struct, frozen=True):
    """A holding tab that a setup leaves between the part and its raw plate, to be cut and filed off by hand.

    ``at``: the middle of the tab's base on the part, in work coordinates; ``along``: unit vector along the part's edge, in XY;
    ``width_mm`` is measured at the part and includes the round ends of the slot; ``height_mm`` is along Z.
    """

    at: Vector
    along: tuple[float, float]
    width_mm: float
    height_mm: float

    def __post_init__(self) -> None:
        if self.width_mm <= 0 or self.height_mm <= 0:
            raise ValueError(
                f"Tab: width_mm and height_mm must be above 0, are {self.width_mm:g} and {self.height_mm:g}"
            )
        if abs(self.along[0] ** 2 + self.along[1] ** 2 - 1.0) > 1e-6:
            raise ValueError(f"Tab: along must be a unit vector, is {self.along}")


class Touch(msgspec.Struct, frozen=True):
    """The point where a touch probe meets the incoming workpiece: ``at`` in work coordinates, moving along ``axis`` in positive (1) or
    negative (-1) direction. At the side of the workpiece, ``at`` is at the height of the ball's centre.
    """

    axis: Literal["X", "Y", "Z"]
    toward: Literal[1, -1]
    at: Vector


class Probing(msgspec.Struct, frozen=True):
    """The ``program`` that finds a setup's zero point by ``touches``; ``clear_z_mm`` is above everything on the table."""

    program: str
    clear_z_mm: float
    touches: tuple[Touch, ...]


class Setup(msgspec.Struct, frozen=True):
    """One clamping on one machine: one NC program. ``model_to_work`` is rigid, p_work = M @ p_model.

    ``spindle``: direction of rotation on a lathe, given by the side of the turret. ``probing`` is
    None if nothing can be touched and a person must set the zero point. ``parted``: a body in work coordinates;
    once the setup is cut, and its tabs are cut by hand, the material outside this body is no longer connected and comes off.
    """

    name: str
    kind: Literal["mill", "turn"]
    program: str
    work_offset: str
    model_to_work: Matrix4
    fixtures: tuple[Body, ...]
    steps: tuple[Step, ...] = ()
    direction: str = ""
    cycle_time_s: float = 0.0
    workholding: str = ""
    spindle: Literal["M3", "M4"] = "M3"
    tabs: tuple[Tab, ...] = ()
    probing: Probing | None = None
    parted: Body | None = None


class Uncut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Faces left more than 0.05 mm proud by the programs, with the reason: its ``code``, and its text for people.

    ``amount_mm``: the smallest radius that a tool leaves in a corner, or how far moves stay off the face. ``tool``: one that could reach
    the area. ``left_by_plan``: the plan's own reasons for an area that a tool could reach.
    """

    faces: tuple[int, ...]
    area_mm2: float
    reason: str
    code: UncutReason = UncutReason.UNKNOWN
    amount_mm: float | None = None
    tool: int | None = None
    left_by_plan: tuple[UncutReason, ...] = ()

    @classmethod
    def of(
        cls,
        faces: tuple[int, ...],
        area_mm2: float,
        code: UncutReason,
        amount_mm: float | None = None,
        tool: int | None = None,
        left_by_plan: tuple[UncutReason, ...] = (),
    ) -> "Uncut":
        """Return the record for a code, with the text from the catalogue."""
        text = reason_text(code, amount_mm, tool, left_by_plan)
        return cls(faces, area_mm2, text, code, amount_mm, tool, left_by_plan)

    def without_text(self) -> "Uncut":
        """Return the record without its text, for comparison; a record without a code keeps its text, the only thing to compare."""
        return self if self.code is UncutReason.UNKNOWN else msgspec.structs.replace(self, reason="")

    def why(self) -> "Uncut":
        """Return the reason alone, which records of different areas may share."""
        return msgspec.structs.replace(self.without_text(), faces=(), area_mm2=0.0)


class Plan(msgspec.Struct, frozen=True):
    """The whole of ``plan.json``; ``body``: the target's solid that the plan is for, if the file contains several."""

    format: str
    part: str
    units: str
    target_sha256: str
    stock: Body
    tools: tuple[Tool, ...]
    setups: tuple[Setup, ...]
    uncut: tuple[Uncut, ...]
    cycle_time_s: float
    material: str = ""
    assumed: tuple[str, ...] = ()
    body: str = ""

    def __post_init__(self) -> None:
        if self.format != PLAN_FORMAT or self.units != "mm":
            raise ValueError(f"Plan: format is {self.format!r} in {self.units!r}, expected {PLAN_FORMAT!r} in 'mm'")


class Certificate(msgspec.Struct, frozen=True):
    """The verifier's findings. A check that was not made is ``None``, never 0.

    ``certified`` means: gouge <= 0.02 mm, no rapid through stock, no collision, and excess <= 0.05 mm
    over at least 99.5 % of the area within reach (``reachable_area_share`` >= 0.995; if that is None, of the area
    visible along the six axes, ``certified_area_share``). ``reachable_area_mm2`` is the part of the visible area that some
    tool in the plan's list could reach without cutting into the part (ignoring fixtures and the cost of time), plus, if a lathe
    and a mill cut the part, the area that can be turned. ``wall_sections`` exact sections checked ``wall_outline_mm`` of walls a second
    time and crossed ``wall_area_share`` of all steep area. ``findings``: first the faults, then the notes; ``messages``: the sentence of
    each, for people.
    """

    certified: bool
    gouge_mm: float | None
    excess_mm: float | None
    certified_area_share: float | None
    uncut: tuple[Uncut, ...]
    rapid_hits: int | None
    collisions: int | None
    messages: tuple[str, ...] = ()
    grid_mm: float | None = None
    samples: int | None = None
    cycle_time_s: float | None = None
    reachable_area_share: float | None = None
    reachable_area_mm2: float | None = None
    wall_sections: int | None = None
    wall_outline_mm: float | None = None
    wall_area_share: float | None = None
    findings: tuple[CertificateFinding, ...] = ()


GOUGE_LIMIT_MM = 0.02
EXCESS_LIMIT_MM = 0.05
AREA_SHARE_LIMIT = 0.995
UNCUT_SHARE_LIMIT = 0.005
"""Fraction of the reachable surface that a certificate lets stay uncut: what ``AREA_SHARE_LIMIT`` leaves."""
VISIBLE_SHARE_LIMIT = 0.95
