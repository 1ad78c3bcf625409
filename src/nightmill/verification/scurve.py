"""Jerk-limited (S-curve) timing of a path whose corners have speed limits.

A change of speed by dv with acceleration a and jerk j, from no acceleration to none, takes dv/a + a/j where dv is at
least a^2/j, else 2 sqrt(dv/j), and covers that time at the mean of both speeds (L. Biagiotti and C. Melchiorri,
Trajectory Planning for Automatic Machines and Robots, 2008, chapter 3.4). Where only acceleration holds the speed down
at a joint, the path is taken over the joint in one sweep; elsewhere the acceleration is zero there.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_ROUNDS = 4
_HALVINGS = 40
# A joint whose limit is missed by this share is held down by acceleration or jerk, not by its limit.
_MISSED = 1e-3


def span_seconds(
    limit: Floats, cruise: Floats, length: Floats, trapezoid: Floats, entry: Floats, a: float, j: float
) -> Floats:
    """Seconds (n,) of n moves: ``limit`` (n + 1,) speeds allowed at their joints, first and last 0; ``cruise`` and
    ``length`` (n,); ``trapezoid`` (n,) seconds and ``entry`` (n + 1,) speeds of the same path without a limit on jerk.
    """
    joints = np.flatnonzero(entry >= limit * (1 - _MISSED))
    speed = limit[joints]
    for _ in range(_ROUNDS):
        distance = np.add.reduceat(length, joints[:-1])
        reached = _reach(speed, distance, a, j)
        kept = reached >= speed * (1 - _MISSED)
        kept[0] = kept[-1] = True
        if kept.all():
            break
        joints, speed = joints[kept], speed[kept]
    distance = np.add.reduceat(length, joints[:-1])
    speed = _reach(speed, distance, a, j)
    top = np.maximum.reduceat(cruise, joints[:-1])
    seconds = _seconds(speed[:-1], speed[1:], np.maximum(top, np.maximum(speed[:-1], speed[1:])), distance, a, j)
    shares = np.maximum(trapezoid, 1e-12)
    scale = seconds / np.add.reduceat(shares, joints[:-1])
    return shares * np.repeat(scale, np.diff(joints))


def _change(v: Floats, w: Floats, a: float, j: float) -> tuple[Floats, Floats]:
    """Seconds and distance of a change of speed from ``v`` to ``w``."""
    dv = np.abs(w - v)
    seconds = np.where(dv >= a * a / j, dv / a + a / j, 2 * np.sqrt(dv / j))
    return seconds, (v + w) / 2 * seconds


def _seconds(v: Floats, w: Floats, top: Floats, distance: Floats, a: float, j: float) -> Floats:
    """Seconds of spans from speed ``v`` to ``w`` with no more than ``top``: up, along, down."""
    low, high = np.maximum(v, w), top.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _change(v, middle, a, j)[1] + _change(middle, w, a, j)[1] <= distance
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    fits_top = _change(v, top, a, j)[1] + _change(top, w, a, j)[1] <= distance
    peak = np.where(fits_top, top, low)
    up, down = _change(v, peak, a, j), _change(peak, w, a, j)
    along = np.maximum(0.0, distance - up[1] - down[1])
    return np.asarray(up[0] + down[0] + along / np.maximum(peak, 1e-9))


def _reach(speed: Floats, distance: Floats, a: float, j: float) -> Floats:
    """The joints' speeds lowered to what can be reached from their neighbours: one pass back, one forward."""
    out = speed.tolist()
    ways = distance.tolist()
    for index in range(len(ways) - 1, -1, -1):
        if out[index] > out[index + 1]:
            out[index] = _reachable(out[index + 1], out[index], ways[index], a, j)
    for index, way in enumerate(ways):
        if out[index + 1] > out[index]:
            out[index + 1] = _reachable(out[index], out[index + 1], way, a, j)
    return np.array(out)


def _reachable(v: float, wanted: float, distance: float, a: float, j: float) -> float:
    """The highest speed up to ``wanted`` that is reached from ``v`` within ``distance``.

    Where the acceleration ``a`` is reached the distance is a square in the speed w, (w² - v²) / 2a + (v + w) a / 2j;
    else it is (2v + x²) x / sqrt(j) with x² = w - v, a cubic with one real root (hyperbolic form of Cardano's).
    """
    if wanted - v >= a * a / j:
        needs = (v + wanted) / 2 * ((wanted - v) / a + a / j)
    else:
        needs = (v + wanted) * math.sqrt((wanted - v) / j)
    if needs <= distance:
        return wanted
    b = a * a / j
    w = (math.sqrt(b * b + 4 * (v * v - v * b + 2 * a * distance)) - b) / 2
    if w - v < b:
        q = distance * math.sqrt(j)
        if v < 1e-9:
            x = math.cbrt(q)
        else:
            third = 2 * v / 3
            x = 2 * math.sqrt(third) * math.sinh(math.asinh(q / (2 * third * math.sqrt(third))) / 3)
        w = v + x * x
    return min(w, wanted)
