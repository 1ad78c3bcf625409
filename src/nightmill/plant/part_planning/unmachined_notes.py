"""Note material that certified programs leave on a part for another process, so that a person can't overlook it."""

from collections.abc import Sequence

from nightmill.vocabulary.plan import Uncut
from nightmill.vocabulary.uncut_reasons import UncutReason

SHARE = 0.002
"""Fraction of the part's surface above which unfinished area is noted; the sharp corners of pockets are usually less than this."""
_FACES_NAMED = 6


def unfinished(uncut: Sequence[Uncut], area_mm2: float) -> tuple[str, ...]:
    """Return one note on the area that a plan's programs don't finish, by reason, largest first; empty if that is next to nothing.

    ``uncut``: the plan's own list; ``area_mm2``: the part's whole surface. Closed cavities are left out: no process
    makes them, and the part reader reports them.
    """
    areas: dict[Uncut, float] = {}
    faces: dict[Uncut, set[int]] = {}
    texts: dict[Uncut, str] = {}
    for record in uncut:
        if record.code is UncutReason.CLOSED:
            continue
        why = record.why()
        areas[why] = areas.get(why, 0.0) + record.area_mm2
        faces.setdefault(why, set()).update(record.faces)
        texts[why] = record.reason
    if sum(areas.values()) < SHARE * area_mm2:
        return ()
    least = 0.1 * SHARE * area_mm2
    reasons = [
        f"{areas[why]:,.0f} mm² of {_faces_text(faces[why])} ({texts[why]})"
        for why in sorted(areas, key=lambda each: -areas[each])
        if areas[why] >= least
    ]
    return (f"the programs don't finish the part; left to another process: {'; '.join(reasons)}",)


def _faces_text(faces: set[int]) -> str:
    if len(faces) > _FACES_NAMED:
        return f"{len(faces)} faces"
    return f"face{'s' * (len(faces) > 1)} {', '.join(map(str, sorted(faces)))}"
