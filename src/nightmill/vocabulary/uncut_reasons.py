"""Why material stays on a part: the codes that planner and proof give, and the catalogue of their texts.

Code compares codes. Texts are for people, and only ``reason_text`` makes them.
"""

from collections.abc import Sequence
from enum import StrEnum


class UncutReason(StrEnum):
    """Why an area stays uncut. ``UNKNOWN``: the file gives no code, as plan files of other programs and of older versions do."""

    UNKNOWN = "unknown"
    CLAIMED_OUT_OF_REACH = "claimed_out_of_reach"
    """A file without codes says so in its text (see ``verification.certificate.uncoded_reasons``)."""

    # from planner and proof
    TAB = "tab"
    CLOSED = "closed"

    # from the planner
    UNDERCUT = "undercut"
    TILTED = "tilted"
    LATE = "late"
    NARROW = "narrow"
    DEEP = "deep"
    FORGONE = "forgone"
    SLOW = "slow"
    UNTRIED = "untried"
    UNASKED = "unasked"
    HELD_BY_FIXTURE = "held_by_fixture"
    OFF_AXIS = "off_axis"
    IN_BORE = "in_bore"
    OUTSIDE = "outside"
    HELD_IN_JAWS = "held_in_jaws"
    TOO_LARGE = "too_large"
    NOT_MACHINED = "not_machined"
    NOT_PLANNED = "not_planned"

    # from the proof
    NOT_VISIBLE = "not_visible"
    TIGHTER_THAN_MILL = "tighter_than_mill"
    TIGHTER_THAN_NOSE = "tighter_than_nose"
    UNREACHABLE = "unreachable"
    UNREACHED = "unreached"
    OFF_FACE = "off_face"


LEFT_BY_CHOICE = (
    UncutReason.FORGONE,
    UncutReason.SLOW,
    UncutReason.UNTRIED,
    UncutReason.UNASKED,
    UncutReason.HELD_BY_FIXTURE,
)
"""Reasons why a planner leaves material that a tool could reach; a proof can't check these reasons and only quotes them."""
OUT_OF_REACH = frozenset(
    {
        UncutReason.CLAIMED_OUT_OF_REACH,
        UncutReason.CLOSED,
        UncutReason.UNDERCUT,
        UncutReason.DEEP,
        UncutReason.OUTSIDE,
        UncutReason.NOT_VISIBLE,
        UncutReason.TIGHTER_THAN_MILL,
        UncutReason.TIGHTER_THAN_NOSE,
        UncutReason.UNREACHABLE,
    }
)
"""Reasons that a proof refutes if a listed tool reaches the area."""

Reason = UncutReason
REASON_TEXTS: dict[UncutReason, str] = {
    Reason.UNKNOWN: "no reason given",
    Reason.CLAIMED_OUT_OF_REACH: "out of reach",
    Reason.TAB: "tab, taken off by hand",
    Reason.CLOSED: (
        "in a closed cavity: no tool can reach it, and a part cut from one piece is solid there"
    ),
    Reason.UNDERCUT: "undercut: not accessible along any of the six axes or a tilted axis",
    Reason.TILTED: "accessible only along a tilted axis: needs a fourth or fifth axis",
    Reason.LATE: "planning budget used up before all tools had run",
    Reason.NARROW: "inner corner or gap narrower than the smallest cutter in the tool list",
    Reason.DEEP: "too deep for every cutter in the tool list that fits",
    Reason.FORGONE: "inner corner that takes far more time than it is worth",
    Reason.SLOW: "spot that takes far more time than it is worth",
    Reason.UNTRIED: (
        "no thinner mill was tried here: a wider mill found no position, or removed far too little for its time"
    ),
    Reason.UNASKED: "accessible only from sides from which no setup cuts",
    Reason.HELD_BY_FIXTURE: "covered by the fixture on its open side, or not worth the machining time",
    Reason.OFF_AXIS: "not coaxial with the axis of rotation: a lathe with two axes can't cut it",
    Reason.IN_BORE: "in the bore: no drill, boring bar or end mill in the tool list fits and reaches it",
    Reason.OUTSIDE: (
        "no turning or grooving tool in the tool list reaches it:"
        " corner tighter than the nose, undercut or groove too narrow"
    ),
    Reason.HELD_IN_JAWS: "held in the jaws: there is no cylinder to hold the piece by in a second setup",
    Reason.TOO_LARGE: "no setup: the raw piece exceeds the machine's travel",
    Reason.NOT_MACHINED: "not a machined part",
    Reason.NOT_PLANNED: "not planned",
    Reason.NOT_VISIBLE: "not visible along any of the six axes",
    Reason.TIGHTER_THAN_MILL: "inner corner tighter than the smallest milling tool's radius of {amount_mm:g} mm",
    Reason.TIGHTER_THAN_NOSE: "inner corner tighter than the smallest nose radius of {amount_mm:g} mm",
    Reason.UNREACHABLE: (
        "no listed tool reaches it along any of the six axes: too narrow, or too deep for tool and holder"
    ),
    Reason.UNREACHED: "not reached by any programmed feed move",
    Reason.OFF_FACE: "the nearest moves stay up to {amount_mm:.2f} mm off the face",
}  # fmt: skip
"""The catalogue of texts by reason; a record with ``NOT_MACHINED`` or ``NOT_PLANNED`` usually has a more detailed text of its own."""


def reason_text(
    code: UncutReason,
    amount_mm: float | None = None,
    tool: int | None = None,
    left_by_plan: Sequence[UncutReason] = (),
) -> str:
    """Return the text for a reason: ``tool`` could reach the area, and the plan leaves it for the reasons ``left_by_plan``."""
    text = REASON_TEXTS[code].format(amount_mm=amount_mm)
    reach = f", tool {tool} could reach it" if tool is not None else ""
    left = f"; left by the plan: {'; '.join(map(reason_text, left_by_plan))}" if left_by_plan else ""
    return text + reach + left
