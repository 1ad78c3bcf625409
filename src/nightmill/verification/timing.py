"""How long a program runs: trapezoidal speed profiles with look-ahead over the commanded moves.

Corner speed follows the junction deviation rule (S. K. Jeon, Grbl 0.8, 2011): the speed at which a circle that
stays within the blend tolerance of the corner needs no more than the axis acceleration,
v^2 = a d sin(h) / (1 - sin(h)), h half the angle between the moves. Exact stop (G61) gives 0.
Straight runs: s = (v1 + v2) / 2 t and v2^2 = v1^2 + 2 a s.
"""

import math

import msgspec

from nightmill.verification.interpreter import interpret
from nightmill.verification.path import FEED, Motions, Point, Primitive, Problem

_BLEND_MM = 0.01  # where the program names none: the corner deviation Grbl ships as its default


class ToolUse(msgspec.Struct, frozen=True):
    """What a program asks of one tool: time and path at feed, highest speed and feed, first and last line."""

    tool: int
    cutting_s: float
    cutting_mm: float
    spindle_rpm: float
    feed_mm_min: float
    line_from: int
    line_to: int


class ProgramSummary(msgspec.Struct, frozen=True):
    """A program in figures: ``cycle_s`` = motion + tool changes + dwells. ``problems`` as in ``Motions``."""

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
    rapid_mm_min: float = 30000.0,
    accel_mm_s2: float = 3000.0,
    tool_change_s: float = 5.0,
    feed_max_mm_min: float = 10000.0,
    home: Point = (0.0, 0.0, 500.0),
) -> ProgramSummary:
    """Interpret a program and time it; needs no geometry. Limits are the machine's: path speeds and acceleration.

    ValueError where a limit is not above 0.
    """
    if min(rapid_mm_min, accel_mm_s2, feed_max_mm_min) <= 0 or tool_change_s < 0:
        raise ValueError("read_program: rapid_mm_min, accel_mm_s2 and feed_max_mm_min must be above 0")
    motions = interpret(text, home=home, chord_mm=math.inf)
    seconds = move_seconds(motions, rapid_mm_min, accel_mm_s2, feed_max_mm_min)
    return summarise(motions, seconds, tool_change_s)


def summarise(motions: Motions, seconds: list[float], tool_change_s: float) -> ProgramSummary:
    """Add up ``seconds``, one for each primitive of ``motions``."""
    rapid_s = rapid_mm = 0.0
    uses: dict[int, list[float]] = {}
    for move, duration in zip(motions.primitives, seconds, strict=True):
        length = move.length()
        if move.kind != FEED:
            rapid_s += duration
            rapid_mm += length
            continue
        use = uses.setdefault(move.tool, [0.0, 0.0, 0.0, 0.0, move.line, move.line])
        use[0] += duration
        use[1] += length
        use[2] = max(use[2], move.rpm)
        use[3] = max(use[3], move.feed_mm_min)
        use[5] = move.line
    tools = tuple(ToolUse(tool, u[0], u[1], u[2], u[3], int(u[4]), int(u[5])) for tool, u in uses.items())
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
        notes=motions.notes,
    )


def move_seconds(motions: Motions, rapid_mm_min: float, accel_mm_s2: float, feed_max_mm_min: float) -> list[float]:
    """Seconds of each primitive: cruise speed from feed or rapid rate, corner speeds, then two look-ahead passes."""
    moves = motions.primitives
    if not moves:
        return []
    a = accel_mm_s2
    blend = motions.blend_mm if motions.blend_mm else _BLEND_MM
    lengths = [move.length() for move in moves]
    cruise = []
    for move in moves:
        v = rapid_mm_min if move.kind != FEED else min(move.feed_mm_min, feed_max_mm_min)
        v = max(v, 1.0) / 60
        if move.arc is not None:
            v = min(v, math.sqrt(a * min(move.arc.radius_start, move.arc.radius_end)))
        cruise.append(v)
    entry = _entry_speeds(moves, cruise, lengths, a, blend)
    seconds = []
    for index, length in enumerate(lengths):
        v1, v2, v = entry[index], entry[index + 1], cruise[index]
        ramp = (2 * v * v - v1 * v1 - v2 * v2) / (2 * a)
        if ramp <= length:
            seconds.append((2 * v - v1 - v2) / a + (length - ramp) / v)
        else:
            peak = math.sqrt(max(0.0, (2 * a * length + v1 * v1 + v2 * v2) / 2))
            seconds.append(max(0.0, 2 * peak - v1 - v2) / a)
    return seconds


def _entry_speeds(
    moves: tuple[Primitive, ...], cruise: list[float], lengths: list[float], a: float, blend: float
) -> list[float]:
    """Speed at the start of each move and, last, at the end: corner limits, then what the acceleration allows."""
    entry = [0.0] * (len(moves) + 1)
    leaving = _direction(moves[0], at_end=True)
    for index in range(1, len(moves)):
        move = moves[index]
        arriving = _direction(move, at_end=False)
        corner = 0.0
        if not move.exact_stop and move.tool == moves[index - 1].tool:
            corner = _corner_speed(leaving, arriving, a, blend)
        entry[index] = min(corner, cruise[index], cruise[index - 1])
        leaving = arriving if move.arc is None else _direction(move, at_end=True)
    for index in range(len(moves) - 1, 0, -1):
        entry[index] = min(entry[index], math.sqrt(entry[index + 1] ** 2 + 2 * a * lengths[index]))
    for index in range(1, len(moves) + 1):
        entry[index] = min(entry[index], math.sqrt(entry[index - 1] ** 2 + 2 * a * lengths[index - 1]))
    return entry


def _corner_speed(before: Point, after: Point, a: float, blend: float) -> float:
    cosine = before[0] * after[0] + before[1] * after[1] + before[2] * after[2]
    if cosine > 0.999999:
        return math.inf
    # sin of half the angle between the reversed incoming and the outgoing direction
    half = math.sqrt(max(0.0, (1 + cosine) / 2))
    return math.sqrt(a * blend * half / (1 - half)) if half < 1 else math.inf


def _direction(move: Primitive, at_end: bool) -> Point:
    """Unit tangent at the start or the end of a move."""
    if move.arc is None:
        x, y, z = (move.end[0] - move.start[0], move.end[1] - move.start[1], move.end[2] - move.start[2])
        length = math.sqrt(x * x + y * y + z * z) or 1.0
        return x / length, y / length, z / length
    arc = move.arc
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
