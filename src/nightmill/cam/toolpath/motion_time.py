"""Estimate how long the moves of a program take with limited acceleration and jerk, accurately enough for the planner's choices.

Corners are handled as in ``verification.timing.motion_time``: at the speed at which a circle within the blend tolerance
needs no more than the acceleration (S. K. Jeon, Grbl 0.8, 2011). A change of speed by dv takes dv / a + a / j if dv is at
least a^2 / j, else 2 sqrt(dv / j), at the mean of both speeds (L. Biagiotti and C. Melchiorri, Trajectory Planning for
Automatic Machines and Robots, 2008, chapter 3.4). Each move is limited only by its own two ends.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

JERK_MM_S3 = 50_000.0
"""A mid-size machining centre, as in ``verification``."""
BLEND_MM = 0.01
"""How far the control may deviate from the path at corners (G64 P)."""
STRAIGHT = 1e-4
"""How far the cosine of the angle between two moves may fall short of 1 for the moves to count as straight."""

Unit = tuple[float, float, float]


@dataclass(frozen=True)
class Move:
    """A stretch of a path: length, directions at both ends, and the speed that its bend allows, mm and mm/s."""

    length: float
    arriving: Unit
    leaving: Unit
    most: float = math.inf


def change_s(dv: float, accel: float) -> float:
    """Return the seconds for a change of speed by ``dv`` (mm/s) at an acceleration of up to ``accel`` (mm/s2)."""
    return dv / accel + accel / JERK_MM_S3 if dv * JERK_MM_S3 >= accel * accel else 2 * math.sqrt(dv / JERK_MM_S3)


def rest_s(distance: float, speed: float, accel: float) -> float:
    """Return the seconds from rest to rest over a distance (mm) at up to ``speed`` (mm/s)."""
    ramp = change_s(speed, accel)
    if distance >= speed * ramp:
        return distance / speed + ramp
    if distance >= 2 * accel**3 / JERK_MM_S3**2:
        return accel / JERK_MM_S3 + math.sqrt((accel / JERK_MM_S3) ** 2 + 4 * distance / accel)
    return float((32 * distance / JERK_MM_S3) ** (1 / 3))


def way_s(moves: Sequence[Move], speed: float, accel: float, before: tuple[Move, float] | None = None) -> float:
    """Return the seconds for consecutive moves at up to ``speed`` (mm/s), ending at rest.

    ``before``: the preceding move and its speed, which has been counted as coming to rest; None if the moves start at rest.
    """
    if not moves:
        return 0.0
    total, entry, lost = 0.0, 0.0, change_s(speed, accel) / 2
    if before is not None:
        move, rate = before
        entry = _corner_speed(move, moves[0], min(rate, speed), accel)
        kept = change_s(rate, accel) / 2 - _lost_s(rate, entry, accel)
        total -= min(max(0.0, kept), move.length / rate)
        lost = _lost_s(speed, entry, accel)
    for k, move in enumerate(moves):
        v = min(speed, move.most)
        end = _corner_speed(move, moves[k + 1], speed, accel) if k + 1 < len(moves) else 0.0
        after = _lost_s(speed, end, accel)
        slowest = min(entry, end)
        most = move.length / slowest if slowest > 0 else math.inf
        total += min(move.length / v + lost + after, most, rest_s(move.length, v, accel))
        entry, lost = end, after
    return total


def _corner_speed(before: Move, after: Move, speed: float, accel: float) -> float:
    """Return the speed at which a corner may be passed, up to ``speed``."""
    cosine = sum(a * b for a, b in zip(before.leaving, after.arriving, strict=True))
    if cosine > 1 - STRAIGHT:
        return speed
    half = math.sqrt(max(0.0, (1 + cosine) / 2))
    room = min(before.length, after.length) / 2
    within = min(BLEND_MM * half / (1 - half), room * half / math.sqrt(1 - half * half))
    return min(speed, math.sqrt(accel * within))


def _lost_s(speed: float, corner: float, accel: float) -> float:
    """Return the seconds lost by slowing down from a speed to a corner's speed, or by speeding up again."""
    dv = speed - corner
    return change_s(dv, accel) * dv / (2 * speed) if dv > 0 else 0.0
