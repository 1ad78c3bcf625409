"""Read a program for another control back, and compare it with the verified LinuxCNC program."""

import math
from collections.abc import Mapping

from nightmill.verification.nc.motions import FEED, Motions, Point, Primitive
from nightmill.verification.nc.reader import DialectError, readers

# posts, and the programs they are compared with, write four decimals
SAME_MM = 1.5e-4
SAME_PITCH_MM = 1e-4
WHOLE_SPEED_SHARE = 0.02
"""Largest difference between a surface speed in whole m/min and the programmed speed."""


def first_difference(
    source: Motions,
    text: str,
    control: str,
    home: Point = (0.0, 0.0, 500.0),
    *,
    pockets: Mapping[int, int] | None = None,
    turning: bool = False,
) -> str | None:
    """Return where the moves of a program for ``control`` differ from ``source`` (interpreted from the same home position).

    Returns None if all are the same. Raises ``KeyError`` for a control without a reader.
    ``pockets``: the pocket of each tool number of ``source``; without it each tool is in the pocket with its own number. A ``turning``
    program is read as one for that maker's lathe control.
    """
    try:
        moves, dwell = readers()[control](text, home, turning)
    except DialectError as error:
        return str(error)
    for index, (a, b) in enumerate(zip(source.primitives, moves, strict=False)):
        if not _same(a, b, pockets or {}, turning):
            return f"line {b.line}: move {index + 1} differs from line {a.line} of its source"
    if len(source.primitives) != len(moves):
        return f"{len(moves)} moves, but the source has {len(source.primitives)}"
    if abs(dwell - source.dwell_s) > 1e-3:
        return f"dwells {dwell:g} s, but the source dwells {source.dwell_s:g} s"
    return None


def _same(a: Primitive, b: Primitive, pockets: Mapping[int, int], turning: bool) -> bool:
    near = math.dist(a.end, b.end) < SAME_MM and math.dist(a.start, b.start) < SAME_MM
    tool = pockets.get(a.tool, a.tool)
    if not near or (a.kind, tool, a.exact_stop, a.synchronised, a.coolant, a.arc is None) != (
        b.kind,
        b.tool,
        b.exact_stop,
        b.synchronised,
        b.coolant,
        b.arc is None,
    ):
        return False
    if a.kind == FEED and not _same_cut(a, b, turning):
        return False
    if a.arc is None or b.arc is None:
        return True
    return (
        a.arc.axes == b.arc.axes
        and math.dist(a.arc.center, b.arc.center) < SAME_MM
        and abs(a.arc.sweep - b.arc.sweep) * a.arc.radius_start < 10 * SAME_MM
    )


def _same_cut(a: Primitive, b: Primitive, turning: bool) -> bool:
    """Compare feed and spindle speed. A cut in step with the spindle, and all of a turning program, are compared by feed per revolution: a
    pitch has four decimals on some controls, and S with G96 is a whole number.
    """
    if not turning and not a.synchronised:
        return abs(a.feed_mm_min - b.feed_mm_min) <= 1e-3 and abs(a.rpm - b.rpm) <= 0.5
    turn = abs(a.feed_mm_min / a.rpm - b.feed_mm_min / b.rpm) if a.rpm > 0 and b.rpm > 0 else math.inf
    return turn <= SAME_PITCH_MM and abs(a.rpm - b.rpm) <= max(0.5, WHOLE_SPEED_SHARE * a.rpm * turning)
