"""List the uncut areas, face by face, and the reason for each, as far as geometry shows."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.checks.closed_cavities import closed_in
from nightmill.verification.checks.excess_and_gouge import Judgement
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.surface_samples import Target
from nightmill.verification.target.tool_rows import is_rotating
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode
from nightmill.vocabulary.plan import Tab, Tool, Uncut
from nightmill.vocabulary.uncut_reasons import LEFT_BY_CHOICE, OUT_OF_REACH, UncutReason

_NEAR_MM = 1.0
_PATCH_MM2 = 0.5
_NEAR_TAB_MM = 0.1
# slack in the reach search: in a tight corner, material thinner than this doesn't prove that a tool reaches the area
_SLIGHT_MM = 0.1
_OPEN = 4  # from this code on, a face gets a single reason: the one that applies to most of its area
_HOLE_TOOLS = ("drill", "reamer", "tap", "spot", "countersink", "face")


def uncut(
    target: Target,
    judgement: Judgement,
    removal: Removal,
    tools: Sequence[Tool],
    reached: NDArray[np.int32] | None,
    tabbed: NDArray[np.bool_],
    listed: Sequence[Uncut] = (),
) -> tuple[Uncut, ...]:
    """Return the areas standing more than 0.05 mm proud, largest first, one record for each face and reason.

    ``tabbed`` (n,): which samples are below a tab in the plan. ``listed``: the plan's reasons for leaving areas, including material that a
    tool could reach. ``reached`` (n,): for each sample the tool that could clear it, 0 if none could; None if not computed.
    """
    proud = np.flatnonzero(~judgement.clear & (target.weight_mm2 > 0))
    if not len(proud):
        return ()
    smallest, tighter = _smallest(tools, bool(removal.turned_setups) and not removal.has_milled)
    hidden = ~judgement.seen[proud]
    tight = _too_tight(target, proud, smallest) if smallest else np.zeros(len(proud), dtype=np.bool_)
    near = removal.near_moves(target.points[proud] + 0.05 * target.normals[proud], _NEAR_MM)
    if reached is None:
        reason = np.select([hidden, tabbed[proud], tight, ~near], [0, 3, 1, 4], 5)
    else:
        slight = judgement.excess_mm[proud] <= _SLIGHT_MM
        out = (reached[proud] == 0) & ~judgement.turned[proud]  # a lathe may reach areas that no mill can
        none = out | (tight & slight)
        reason = np.select([hidden, tabbed[proud], none & tight, none, ~near], [0, 3, 1, 2, 4], 5)
    inside = closed_in(target, ~judgement.seen) if hidden.any() else ()
    codes = (
        UncutReason.NOT_VISIBLE,
        tighter,
        UncutReason.UNREACHABLE,
        UncutReason.TAB,
        UncutReason.UNREACHED,
        UncutReason.OFF_FACE,
    )
    records: list[Uncut] = []
    for face in np.unique(target.face[proud]):
        open_ = (target.face[proud] == face) & (reason >= _OPEN)
        if open_.any():
            reason[open_] = _OPEN if np.median(reason[open_]) < _OPEN + 0.5 else _OPEN + 1
        for rank, code in enumerate(codes):
            at = proud[(target.face[proud] == face) & (reason == rank)]
            if len(at):
                area = float(target.weight_mm2[at].sum())
                amount = smallest if code is tighter else None
                tool: int | None = None
                if code is UncutReason.OFF_FACE:
                    amount = round(float(judgement.excess_mm[at].max()), 2)
                if code is UncutReason.NOT_VISIBLE and face in inside:
                    code = UncutReason.CLOSED
                if rank >= _OPEN and reached is not None:
                    numbers, counts = np.unique(reached[at], return_counts=True)
                    counts[numbers == 0] = 0
                    tool = int(numbers[np.argmax(counts)]) if counts.any() else None
                left = _left_by_plan(int(face), listed) if rank >= _OPEN else ()
                records.append(Uncut.of((int(face),), area, code, amount, tool, left))
    return tuple(sorted(records, key=lambda record: -record.area_mm2))


def _left_by_plan(face: int, listed: Sequence[Uncut]) -> tuple[UncutReason, ...]:
    """Return the plan's reasons for a face that it leaves although a tool could reach it."""
    given = {code for record in listed if face in record.faces for code in (record.code, *record.left_by_plan)}
    return tuple(code for code in LEFT_BY_CHOICE if code in given)


def below_tabs(points: NDArray[np.float64], to_work: NDArray[np.float64], tabs: Sequence[Tab]) -> NDArray[np.bool_]:
    """Return which points (n, 3), in the model, are at the foot of one of a setup's tabs."""
    work = points @ to_work[:3, :3].T + to_work[:3, 3]
    found = np.zeros(len(points), dtype=np.bool_)
    for tab in tabs:
        off = work - np.array(tab.at)
        edge = np.array(tab.along) / np.hypot(*tab.along)
        along, across = off[:, :2] @ edge, off[:, :2] @ np.array([edge[1], -edge[0]])
        level = np.maximum(np.abs(along), np.abs(across)) <= tab.width_mm / 2
        found |= level & (np.abs(off[:, 2] - tab.height_mm / 2) <= tab.height_mm / 2 + _NEAR_TAB_MM)
    return found


def wrongly_unreachable(
    listed: Sequence[Uncut], target: Target, judgement: Judgement, reached: NDArray[np.int32]
) -> list[CertificateFinding]:
    """Return one note for each face that a plan calls out of reach although one of its tools could clear it."""
    said = []
    open_ = ~judgement.clear & judgement.seen & (reached > 0) & (judgement.excess_mm > _SLIGHT_MM)
    for face in np.unique(target.face[open_]).tolist():
        at = open_ & (target.face == face)
        area = float(target.weight_mm2[at].sum())
        records = [record for record in listed if face in record.faces]
        owned = sum(record.area_mm2 for record in records if record.code not in OUT_OF_REACH)
        claims = [record.reason for record in records if record.code in OUT_OF_REACH]
        if claims and area > owned + _PATCH_MM2:
            numbers, counts = np.unique(reached[at], return_counts=True)
            said.append(
                CertificateFinding(
                    code=FindingCode.UNTRUE_REASON,
                    fault=False,
                    face=face,
                    tool=int(numbers[np.argmax(counts)]),
                    amount=area - owned,
                    text=claims[0],
                )
            )
    return said


def _smallest(tools: Iterable[Tool], turned: bool) -> tuple[float, UncutReason]:
    """Return the smallest radius that a tool leaves in a corner, and the reason for corners that are tighter."""
    if turned:
        noses = (tool.nose_radius_mm or 0.0 for tool in tools if not is_rotating(tool) and not tool.pitch_mm)
        return min(noses, default=0.0), UncutReason.TIGHTER_THAN_NOSE
    mills = [tool.diameter_mm / 2 for tool in tools if is_rotating(tool) and tool.type not in _HOLE_TOOLS]
    return min(mills, default=0.0), UncutReason.TIGHTER_THAN_MILL


def _too_tight(target: Target, proud: NDArray[np.int64], radius: float) -> NDArray[np.bool_]:
    """Return whether a ball of ``radius`` mm that touches the face at the point would cut into another face nearby."""
    from scipy.spatial import cKDTree

    tree = cKDTree(target.points)
    centers = target.points[proud] + radius * target.normals[proud]
    spacing = float(np.sqrt(target.area_mm2 / max(1, len(target.points))))
    nearest, _ = tree.query(centers, distance_upper_bound=radius)
    return np.asarray(nearest < radius - max(0.05, min(0.5 * spacing, 0.3 * radius)))
