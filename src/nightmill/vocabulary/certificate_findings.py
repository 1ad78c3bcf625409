"""What a verification can find in a plan: the codes, the record, and the catalogue that turns a record into its sentence.

Code compares codes and fields. Sentences are for people: no code reads them, and only ``sentence`` makes them.
"""

import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Literal

import msgspec

SHOWN = 12
"""Maximum number of lines, faces or points listed in one finding, or of findings of one kind for one program."""

Point = tuple[float, float, float]


class FindingCode(StrEnum):
    """One member for each kind of fault or note. What ``amount`` and ``limit`` mean for each: ``docs/verification.md``."""

    OTHER_TARGET = "other_target"
    MESH_DISAGREES = "mesh_disagrees"
    FACES_NOT_MESHED = "faces_not_meshed"
    Y_ON_LATHE = "y_on_lathe"
    WRONG_SPINDLE_DIRECTION = "wrong_spindle_direction"
    FEED_OFF_PITCH = "feed_off_pitch"
    THREAD_NOT_SYNCHRONISED = "thread_not_synchronised"
    FAR_MOVE = "far_move"
    PROGRAM_PROBLEM = "program_problem"
    PROGRAM_NOTE = "program_note"
    LATHE_TOOL_ON_MILL = "lathe_tool_on_mill"
    MILL_TOOL_ON_LATHE = "mill_tool_on_lathe"
    GEOMETRY_NOT_CHECKED = "geometry_not_checked"
    FIXTURE_OVERLAP = "fixture_overlap"
    NOT_PARTED = "not_parted"
    RAPID_INTO_STOCK = "rapid_into_stock"
    SHANK_INTO_STOCK = "shank_into_stock"
    FIXTURE_COLLISION = "fixture_collision"
    SETUP_GOUGE = "setup_gouge"
    WALL_GOUGE = "wall_gouge"
    SECTION_GOUGE = "section_gouge"
    FACE_GOUGE = "face_gouge"
    PROUD_BY_SECTIONS_ONLY = "proud_by_sections_only"
    PROUD_BY_SAMPLES_ONLY = "proud_by_samples_only"
    UNLISTED_ALONG_SECTIONS = "unlisted_along_sections"
    UNLISTED_AREA = "unlisted_area"
    STOCK_TOO_SMALL = "stock_too_small"
    VISIBLE_SHARE = "visible_share"
    REACHABLE_SHARE = "reachable_share"
    USUAL_TOOLS_SHARE = "usual_tools_share"
    BEYOND_USUAL_TOOLS = "beyond_usual_tools"
    UNTRUE_REASON = "untrue_reason"
    CLOSED_CAVITY = "closed_cavity"
    UNSEEN_AREA = "unseen_area"
    MOST_EXCESS = "most_excess"
    ONE_WALL_METHOD = "one_wall_method"
    SECTIONS_FROM_MESH = "sections_from_mesh"
    SECTIONS_MISSING = "sections_missing"
    REACH_UNKNOWN = "reach_unknown"
    NO_PROGRAM = "no_program"
    NOT_PROVEN = "not_proven"


class ProgramLine(msgspec.Struct, frozen=True):
    """A line, counted from 1, of a setup's program."""

    setup: str
    program: str
    line: int


class CertificateFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding of a verification; ``fault``: it keeps the plan from being certified.

    ``line`` is the first line, ``lines`` the first ones where there are several. ``point`` is in mm, to 0.01, in the ``coordinates`` of
    the model or of the setup's work offset. ``amount`` and ``limit`` are mm, mm², a count or a fraction, by ``code``. ``cut_by``: the first
    line to cut at the point. ``text`` is quoted in the sentence: a controller's message, a kind of tool, a fixture's name.
    """

    code: FindingCode
    fault: bool
    setup: str = ""
    program: str = ""
    line: int | None = None
    lines: tuple[int, ...] = ()
    face: int | None = None
    faces: tuple[int, ...] = ()
    point: Point | None = None
    coordinates: Literal["", "model", "work"] = ""
    tool: int | None = None
    amount: float | None = None
    limit: float | None = None
    share: float | None = None
    tabs_aside: bool = False
    cut_by: ProgramLine | None = None
    text: str = ""
    listed_sha256: str = ""
    sha256: str = ""


def hundredths(point: Iterable[float]) -> Point:
    """Return a point to 0.01 mm."""
    x, y, z = (round(float(value), 2) for value in point)
    return x, y, z


def rounded_down(share: float) -> str:
    """Return a fraction as text, rounded down: a value below a limit never looks as if it met the limit."""
    return f"{math.floor(1e4 * share) / 100:.2f} %"


def sentence(finding: CertificateFinding) -> str:
    """Return a finding as one sentence."""
    return SENTENCES[finding.code](finding)


def sentences(findings: Iterable[CertificateFinding]) -> tuple[str, ...]:
    """Return the sentence of each finding, in order."""
    return tuple(map(sentence, findings))


def _place(f: CertificateFinding) -> str:
    assert f.point is not None
    return ", ".join(f"{axis}{value:.2f}" for axis, value in zip("XYZ", f.point, strict=True))


def _in_lines(f: CertificateFinding, what: str) -> str:
    count = int(f.amount or 0)
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    return f"setup {f.setup}: {what} in line {', '.join(map(str, f.lines))}{more}"


def _cut_by(f: CertificateFinding) -> str:
    by = f.cut_by
    return f"; setup {by.setup}, line {by.line} of {by.program} is the first to cut there" if by else ""


def _methods(f: CertificateFinding, what: str) -> str:
    return f"face {f.face} is {what} at {_place(f)} (model): the two methods disagree"


def _share(f: CertificateFinding, kind: str) -> str:
    return f"{_part(f)} of the {kind} area is within 0.05 mm, at least 99.5 % is required"


def _part(f: CertificateFinding) -> str:
    return rounded_down(f.share or 0.0)


def _faces(f: CertificateFinding) -> str:
    more = ", ..." if len(f.faces) > SHOWN else ""
    return f"face{'s' * (len(f.faces) > 1)} {', '.join(map(str, f.faces[:SHOWN]))}{more}"


def _in_no_share(f: CertificateFinding, what: str) -> str:
    return f"{f.amount:,.1f} mm² ({100 * (f.share or 0.0):.2f} % of the surface, counted in none of the shares) {what}: {_faces(f)}"


def _most_excess(f: CertificateFinding) -> str:
    aside = ", tabs aside" if f.tabs_aside else ""
    more = " or more" if (f.amount or 0.0) >= 5 else ""
    return f"most material left on a visible face{aside}: {f.amount:.2f} mm{more}"


Code = FindingCode
SENTENCES: dict[FindingCode, Callable[[CertificateFinding], str]] = {
    Code.OTHER_TARGET: lambda f: f"the plan is for another file: its target_sha256 is {f.listed_sha256}, the part's {f.sha256}",
    Code.MESH_DISAGREES: lambda f: (
        f"the part's {f.text} is {f.limit:.3f} according to its faces but {f.amount:.3f} according to the mesh: the model can't be trusted"
    ),
    Code.FACES_NOT_MESHED: lambda f: (
        f"the part's faces {', '.join(map(str, f.faces[:SHOWN]))} could not be meshed and were not checked"
    ),
    Code.Y_ON_LATHE: lambda f: f"{f.program} moves Y, which a turning setup does not have",
    Code.WRONG_SPINDLE_DIRECTION: lambda f: f"{f.program}: tool {f.tool}, a {f.text}, cuts only with M3 (clockwise)",
    Code.FEED_OFF_PITCH: lambda f: (
        f"{f.program} line {f.line}: T{f.tool} feeds {f.amount:.4g} mm per revolution,"
        f" but the thread that it cuts has a pitch of {f.limit:g} mm"
    ),
    Code.THREAD_NOT_SYNCHRONISED: lambda f: (
        f"{f.program} line {f.line}: T{f.tool} cuts a thread with a feed that isn't synchronised with the spindle (G33)"
    ),
    Code.FAR_MOVE: lambda f: (
        f"{f.program} line {f.line}: a move goes {f.amount:.0f} mm beyond workpiece and fixtures"
    ),
    Code.PROGRAM_PROBLEM: lambda f: f"{f.program} line {f.line}: {f.text}",
    Code.PROGRAM_NOTE: lambda f: f"{f.program} line {f.line}: {f.text}",
    Code.LATHE_TOOL_ON_MILL: lambda f: f"setup {f.setup}: tool {f.tool} is a lathe tool and is not checked",
    Code.MILL_TOOL_ON_LATHE: lambda f: f"setup {f.setup}: a {f.text} on a lathe, tool {f.tool}, is not checked",
    Code.GEOMETRY_NOT_CHECKED: lambda f: "the geometry was not checked",
    Code.FIXTURE_OVERLAP: lambda f: f"setup {f.setup}: the workpiece does not fit, {f.text} overlaps it at {_place(f)}",
    Code.NOT_PARTED: lambda f: (
        f"setup {f.setup}: the workpiece is not parted off, it is still connected at {_place(f)} (model)"
    ),
    Code.RAPID_INTO_STOCK: lambda f: _in_lines(f, "rapid moves into stock"),
    Code.SHANK_INTO_STOCK: lambda f: _in_lines(f, "shank or holder runs into stock"),
    Code.FIXTURE_COLLISION: lambda f: _in_lines(f, "tool, shank or holder runs into a fixture"),
    Code.SETUP_GOUGE: lambda f: (
        f"setup {f.setup}: its moves cut {f.amount:.3f} mm into the part"
        f" at {_place(f)} (work coordinates){_cut_by(f)}"
    ),
    Code.WALL_GOUGE: lambda f: f"a wall is cut {f.amount:.3f} mm too deep at {_place(f)} (model){_cut_by(f)}",
    Code.SECTION_GOUGE: lambda f: (
        f"setup {f.setup} line {f.line}: {f.amount:.3f} mm into a section of the part at {_place(f)} (model)"
    ),
    Code.FACE_GOUGE: lambda f: (
        f"face {f.face}: cut {f.amount:.3f} mm too deep at {_place(f)} (model){_cut_by(f)}"
    ),
    Code.PROUD_BY_SECTIONS_ONLY: lambda f: _methods(f, "proud according to its exact sections, clear according to its samples"),
    Code.PROUD_BY_SAMPLES_ONLY: lambda f: _methods(f, "clear according to its exact sections, proud according to its samples"),
    Code.UNLISTED_ALONG_SECTIONS: lambda f: (
        f"face {f.face} stands proud along {f.amount:.1f} mm of exact sections, for example at {_place(f)}"
        " (model), but the plan lists nothing there"
    ),
    Code.UNLISTED_AREA: lambda f: (
        f"face {f.face}: {f.amount:.2f} mm² stay uncut, but the plan lists {f.limit:.2f} mm²"
    ),
    Code.STOCK_TOO_SMALL: lambda f: f"the raw stock does not contain the part at {f.amount:.0f} points",
    Code.VISIBLE_SHARE: lambda f: _share(f, "visible"),
    Code.REACHABLE_SHARE: lambda f: _share(f, "reachable"),
    Code.USUAL_TOOLS_SHARE: lambda f: (
        f"{_part(f)} of the area that tools of usual sizes reach is within 0.05 mm: at least 95 % is required, whatever tools the plan lists"
    ),
    Code.BEYOND_USUAL_TOOLS: lambda f: (
        f"{_part(f)} of the visible area is within 0.05 mm: the rest is out of reach for usual tools, too"
    ),
    Code.UNTRUE_REASON: lambda f: (
        f"face {f.face}: {f.amount:.2f} mm² are listed as {f.text!r}, but tool {f.tool} could reach them"
    ),
    Code.CLOSED_CAVITY: lambda f: _in_no_share(
        f, "lie in a closed cavity, where a part cut from one piece is solid"
    ),
    Code.UNSEEN_AREA: lambda f: _in_no_share(
        f, "are visible along none of the six axes, and the programs don't cut them"
    ),
    Code.MOST_EXCESS: _most_excess,
    Code.ONE_WALL_METHOD: lambda f: (
        "walls were checked by only one method: there is a turning setup, so no exact sections were made"
    ),
    Code.SECTIONS_FROM_MESH: lambda f: (
        f"{f.amount:.0f} of {f.limit:.0f} wall sections come from the mesh, not from the exact faces"
    ),
    Code.SECTIONS_MISSING: lambda f: f"{f.amount:.0f} wall sections could not be made and were left out",
    Code.REACH_UNKNOWN: lambda f: "time ran out before the area that the listed tools can reach was known",
    Code.NO_PROGRAM: lambda f: "no program, so there is nothing to prove",
    Code.NOT_PROVEN: lambda f: f.text,
}  # fmt: skip
"""The catalogue of sentences by kind of finding."""
