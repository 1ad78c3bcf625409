"""Compute how long a program runs: jerk-limited speed profiles with look-ahead over the commanded moves.

Corner speed follows the junction deviation rule (S. K. Jeon, Grbl 0.8, 2011): the speed at which a circle that
stays within the blend tolerance of the corner needs no more than the axis acceleration,
v^2 = a d sin(h) / (1 - sin(h)), h half the angle between the moves. The circle touches both moves no farther from the corner than their
middles, so that along short chords v^2 is at most a l tan(h), where l is half the shorter move. The path is shortened by the difference
between corner and circle. Exact stop (G61) gives 0. Without a jerk limit: s = (v1 + v2) / 2 t and v2^2 = v1^2 + 2 a s; for jerk limits see
``jerk_limited``.
"""

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.verification.nc.interpreter import interpret
from nightmill.verification.nc.motions import FEED, Arc, Motions, Point, Primitive, Problem
from nightmill.verification.timing.jerk_limited import span_seconds
from nightmill.vocabulary.shop import MachineLimits

Floats = NDArray[np.float64]

# A mid-size machining centre; a machine's own data sheet takes precedence.
MACHINE = MachineLimits()
"""The machine used for timing a program if none is given."""
JERK_MM_S3 = 50_000.0
_BLEND_MM = 0.01  # if the program states none: Grbl's default corner deviation


class ToolUse(msgspec.Struct, frozen=True):
    """Use of one tool in a program: time and path at feed, highest speed, the feed at which the tool cuts longest (links run faster),
    first and last line.
    """

    tool: int
    cutting_s: float
    cutting_mm: float
    spindle_rpm: float
    feed_mm_min: float
    line_from: int
    line_to: int


class ProgramSummary(msgspec.Struct, frozen=True):
    """Summary values for a program: ``cycle_s`` = motion + tool changes + dwells. ``problems`` as in ``Motions``."""

    cycle_s: float
    motion_s: float
    rapid_s: float
    cutting_s: float
    dwell_s: float
    tool_changes: int
    rapid_mm: float
    cutting_mm: float
    tools: tuple[ToolUse, ...]
    offsets: tuple[str, ...]
    lines: int
    moves: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def read_program(
    text: str,
    limits: MachineLimits = MACHINE,
    *,
    jerk_mm_s3: float = JERK_MM_S3,
    home: Point = (0.0, 0.0, 500.0),
) -> ProgramSummary:
    """Interpret a program and compute its run time; needs no geometry.

    ``limits``: the machine's path speeds, acceleration and tool change; ``jerk_mm_s3`` is infinite if its control has no
    jerk limit. ``home``: the machine's zero in work coordinates, mm.

    ValueError if a limit is not above 0.
    """
    speeds = limits.rapid_mm_min, limits.accel_mm_s2, limits.feed_max_mm_min
    if min(*speeds, jerk_mm_s3) <= 0 or limits.tool_change_s < 0:
        raise ValueError("read_program: rapid_mm_min, accel_mm_s2, feed_max_mm_min and jerk_mm_s3 must be above 0")
    motions = interpret(text, home=home, chord_mm=math.inf)
    seconds = move_seconds(motions, *speeds, jerk_mm_s3)
    return summarise(motions, seconds, limits.tool_change_s)


def summarise(motions: Motions, seconds: list[float], tool_change_s: float) -> ProgramSummary:
    """Add up ``seconds``, one for each primitive of ``motions``."""
    rapid_s = rapid_mm = 0.0
    uses: dict[int, list[float]] = {}
    feeds: dict[int, dict[float, float]] = {}
    for move, duration in zip(motions.primitives, seconds, strict=True):
        length = move.length()
        if move.kind != FEED:
            rapid_s += duration
            rapid_mm += length
            continue
        use = uses.setdefault(move.tool, [0.0, 0.0, 0.0, move.line, move.line])
        at_feed = feeds.setdefault(move.tool, {})
        at_feed[move.feed_mm_min] = at_feed.get(move.feed_mm_min, 0.0) + duration
        use[0] += duration
        use[1] += length
        use[2] = max(use[2], move.rpm)
        use[4] = move.line
    usual = {tool: max(at_feed, key=lambda feed: (at_feed[feed], feed)) for tool, at_feed in feeds.items()}
    tools = tuple(ToolUse(tool, u[0], u[1], u[2], usual[tool], int(u[3]), int(u[4])) for tool, u in uses.items())
    motion_s = sum(seconds)
    return ProgramSummary(
        cycle_s=motion_s + motions.dwell_s + motions.tool_changes * tool_change_s,
        motion_s=motion_s,
        rapid_s=rapid_s,
        cutting_s=sum(use.cutting_s for use in tools),
        dwell_s=motions.dwell_s,
        tool_changes=motions.tool_changes,
        rapid_mm=rapid_mm,
        cutting_mm=sum(use.cutting_mm for use in tools),
        tools=tools,
        offsets=motions.offsets,
        lines=motions.lines,
        moves=len(motions.primitives),
        problems=motions.problems,
        notes=tuple(note.sentence() for note in motions.notes),
    )


def move_seconds(
    motions: Motions, rapid_mm_min: float, accel_mm_s2: float, feed_max_mm_min: float, jerk_mm_s3: float = JERK_MM_S3
) -> list[float]:
    """Return the seconds of each primitive: cruise speed from feed or rapid rate, corner speeds, two look-ahead passes, and finally the jerk."""
    moves = motions.primitives
    if not moves:
        return []
    a = accel_mm_s2
    blend = motions.blend_mm if motions.blend_mm else _BLEND_MM
    length, arriving, leaving = _shapes(moves)
    feed = np.array([move.feed_mm_min for move in moves])
    rapid = np.array([move.kind != FEED for move in moves])
    v = np.maximum(np.where(rapid, rapid_mm_min, np.minimum(feed, feed_max_mm_min)), 1.0) / 60
    for index, move in enumerate(moves):
        if move.arc is not None:
            v[index] = min(v[index], math.sqrt(a * min(move.arc.radius_start, move.arc.radius_end)))
    corner = _corner_speeds(leaving[:-1], arriving[1:], np.minimum(length[:-1], length[1:]) / 2, a, blend)
    tool = np.array([move.tool for move in moves])
    stop = np.array([move.exact_stop for move in moves])
    corner[stop[1:] | (tool[1:] != tool[:-1])] = 0.0
    length = _rounded(length, leaving[:-1], arriving[1:], corner, a)
    allowed = np.minimum(corner, np.minimum(v[1:], v[:-1]))
    entry = _entry_speeds(allowed, length, a)
    v1, v2 = entry[:-1], entry[1:]
    ramp = (2 * v * v - v1 * v1 - v2 * v2) / (2 * a)
    peak = np.sqrt(np.maximum(0.0, (2 * a * length + v1 * v1 + v2 * v2) / 2))
    whole = (2 * v - v1 - v2) / a + (length - ramp) / v
    seconds = np.where(ramp <= length, whole, np.maximum(0.0, 2 * peak - v1 - v2) / a)
    if math.isfinite(jerk_mm_s3):
        limit = np.concatenate([[0.0], allowed, [0.0]])
        seconds = span_seconds(limit, v, length, seconds, entry, a, jerk_mm_s3)
    return [float(value) for value in seconds.tolist()]


def _shapes(moves: tuple[Primitive, ...]) -> tuple[Floats, Floats, Floats]:
    """Return the lengths (n,) of all moves and their unit tangents at start and end (n, 3)."""
    way = np.array([move.end for move in moves]) - np.array([move.start for move in moves])
    length = np.sqrt(np.einsum("nc,nc->n", way, way))
    arriving = way / np.where(length > 0, length, 1.0)[:, None]
    leaving = arriving.copy()
    for index, move in enumerate(moves):
        if move.arc is not None:
            length[index] = move.length()
            arriving[index] = _tangent(move, move.arc, at_end=False)
            leaving[index] = _tangent(move, move.arc, at_end=True)
    return length, arriving, leaving


def _entry_speeds(corner: Floats, length: Floats, a: float) -> Floats:
    """Return the speed at the start of each move and, last, at the end: first corner limits (n - 1,), then acceleration limits."""
    squares = [0.0, *(corner * corner).tolist(), 0.0]
    gains = (2 * a * length).tolist()
    for index in range(len(gains) - 1, 0, -1):
        reach = squares[index + 1] + gains[index]
        if reach < squares[index]:
            squares[index] = reach
    for index, gain in enumerate(gains):
        reach = squares[index] + gain
        if reach < squares[index + 1]:
            squares[index + 1] = reach
    return np.sqrt(np.array(squares))


def _corner_speeds(before: Floats, after: Floats, room: Floats, a: float, blend: float) -> Floats:
    """Return speeds (n,) at corners between unit tangents ``before`` and ``after`` (n, 3), each with ``room`` (n,) mm to either side."""
    cosine = np.einsum("nc,nc->n", before, after)
    # sin of half the angle between the reversed incoming and the outgoing direction
    half = np.sqrt(np.clip((1 + cosine) / 2, 0.0, 1.0))
    sharp = (cosine <= 0.999999) & (half < 1)
    rest = np.where(sharp, 1 - half, 1.0)
    within = blend * half / rest
    between = room * half / np.sqrt(rest * (1 + half))
    return np.where(sharp, np.sqrt(a * np.minimum(within, between)), math.inf)


def _rounded(length: Floats, before: Floats, after: Floats, corner: Floats, a: float) -> Floats:
    """Return lengths (n,) of moves whose corners are rounded along the circles: r (cot(h) - pi / 2 + h) shorter on either side."""
    radius = np.where(np.isfinite(corner), corner * corner / a, 0.0)
    half = np.arcsin(np.sqrt(np.clip((1 + np.einsum("nc,nc->n", before, after)) / 2, 1e-12, 1.0)))
    saved = radius * (1 / np.tan(half) - np.pi / 2 + half)
    return np.asarray(np.maximum(0.0, length - np.append(saved, 0.0) - np.append(0.0, saved)))


def _tangent(move: Primitive, arc: Arc, at_end: bool) -> Point:
    """Return the unit tangent at the start or the end of an arc."""
    angle = arc.angle + (arc.sweep if at_end else 0.0)
    radius = arc.radius_end if at_end else arc.radius_start
    rise = (move.end[arc.axes[2]] - move.start[arc.axes[2]]) / abs(arc.sweep)
    sign = math.copysign(1.0, arc.sweep)
    tangent = [0.0, 0.0, 0.0]
    tangent[arc.axes[0]] = -sign * radius * math.sin(angle)
    tangent[arc.axes[1]] = sign * radius * math.cos(angle)
    tangent[arc.axes[2]] = rise
    length = math.hypot(*tangent) or 1.0
    return tangent[0] / length, tangent[1] / length, tangent[2] / length
