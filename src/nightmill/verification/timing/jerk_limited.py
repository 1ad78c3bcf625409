"""Jerk-limited (S-curve) timing of a path whose corners have speed limits.

A change of speed by dv with acceleration a and jerk j, with zero acceleration at both ends, takes dv/a + a/j if dv is at least a^2/j, else
2 sqrt(dv/j), at a mean speed midway between both speeds (L. Biagiotti and C. Melchiorri,
Trajectory Planning for Automatic Machines and Robots, 2008, chapter 3.4). If only acceleration limits the speed at a joint, the path
passes the joint in one sweep; at other joints the acceleration is zero.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ROUNDS, _DROPS = 12, 4
_HALVINGS = 40
# A joint below its limit by this fraction is limited by acceleration or jerk, not by its own limit.
_MISSED = 1e-3
# A sweep that passes a joint faster than its limit by this fraction is split there; limits this far apart count as different.
_PASSED = 0.01
# A joint further below its limit than this is passed while speeding up or slowing down.
_CLEARLY = 0.02


def span_seconds(
    limit: Floats, cruise: Floats, length: Floats, trapezoid: Floats, entry: Floats, a: float, j: float
) -> Floats:
    """Return the times (n,) of n moves in seconds.

    ``limit`` (n + 1,) speeds allowed at the joints, first and last 0; ``cruise`` and ``length`` (n,); ``trapezoid`` (n,)
    seconds and ``entry`` (n + 1,) speeds of the same path without a limit on jerk.
    """
    at = np.concatenate([[0.0], np.cumsum(length)])
    kept = entry >= limit * (1 - _MISSED)
    firm = np.zeros(len(limit), dtype=np.bool_)
    firm[0] = firm[-1] = True
    for _ in range(_ROUNDS):
        joints, speed = _binding(limit, at, kept, firm, a, j)
        top = np.maximum.reduceat(cruise, joints[:-1])
        peak = _peaks(speed, top, np.diff(at[joints]), a, j)
        passed = _passed(limit, at, joints, speed, peak, a, j)
        if not len(passed):
            break
        kept[passed] = firm[passed] = True
    shares = np.maximum(trapezoid, 1e-12)
    found = _divided(shares, joints, _seconds(speed, peak, np.diff(at[joints]), a, j))
    joints, speed, peak = _swept(limit, cruise, at, joints, speed, a, j)
    swept = _divided(shares, joints, _seconds(speed, peak, np.diff(at[joints]), a, j))
    better = np.add.reduceat(swept, joints[:-1]) < np.add.reduceat(found, joints[:-1])
    return np.where(np.repeat(better, np.diff(joints)), swept, found)


def _divided(shares: Floats, joints: NDArray[np.int64], seconds: Floats) -> Floats:
    """Divide the seconds of spans between joints into seconds (n,) of their moves, by their ``shares`` (n,)."""
    return shares * np.repeat(seconds / np.add.reduceat(shares, joints[:-1]), np.diff(joints))


def _swept(
    limit: Floats, cruise: Floats, at: Floats, joints: NDArray[np.int64], speed: Floats, a: float, j: float
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return joints, their speeds and the spans' peaks, with joints clearly below their limits passed in one sweep: up to the highest of
    their limits, instead of with zero acceleration at each.
    """
    missed = speed < limit[joints] * (1 - _CLEARLY)
    held = np.zeros(len(limit))
    held[joints[missed]] = limit[joints[missed]]
    joints = joints[~missed]
    speed = _reach(limit[joints], np.diff(at[joints]), a, j)
    top = np.maximum.reduceat(cruise, joints[:-1])
    highest = np.maximum.reduceat(held, joints[:-1])
    top = np.where(highest > 0, np.minimum(top, highest), top)
    return joints, speed, _peaks(speed, top, np.diff(at[joints]), a, j)


def _binding(
    limit: Floats, at: Floats, kept: Bools, firm: Bools, a: float, j: float
) -> tuple[NDArray[np.int64], Floats]:
    """Return the binding joints and the speeds there: the joints in ``kept`` that are reached or ``firm``; others are dropped."""
    for _ in range(_DROPS):
        joints = np.flatnonzero(kept)
        speed = _reach(limit[joints], np.diff(at[joints]), a, j)
        missed = (speed < limit[joints] * (1 - _MISSED)) & ~firm[joints]
        if not missed.any():
            break
        kept[joints[missed]] = False
    joints = np.flatnonzero(kept)
    return joints, _reach(limit[joints], np.diff(at[joints]), a, j)


def _passed(
    limit: Floats, at: Floats, joints: NDArray[np.int64], speed: Floats, peak: Floats, a: float, j: float
) -> NDArray[np.int64]:
    """Return joints that their spans pass too fast: in each span those with the lowest limits."""
    span = np.repeat(np.arange(len(peak)), np.diff(joints))[: len(limit) - 1]
    inner = np.setdiff1d(np.arange(len(limit)), joints, assume_unique=True)
    inner = inner[limit[inner] * (1 + _PASSED) < peak[span[inner]]]
    own = span[inner]
    ahead, behind = at[inner] - at[joints[own]], at[joints[own + 1]] - at[inner]
    speeds = np.minimum(
        _speed_at(speed[own], peak[own], ahead, a, j), _speed_at(speed[own + 1], peak[own], behind, a, j)
    )
    fast = speeds > limit[inner] * (1 + _PASSED)
    inner, own = inner[fast], own[fast]
    lowest = np.full(len(peak), np.inf)
    np.minimum.at(lowest, own, limit[inner])
    return inner[limit[inner] <= lowest[own] * (1 + _PASSED)]


def _speed_at(v: Floats, peak: Floats, distance: Floats, a: float, j: float) -> Floats:
    """Return the speed at a distance along a change from ``v`` to ``peak``, which holds after the end of the change."""
    total, way = _change(v, peak, a, j)
    found, rest = peak.copy(), distance < way
    v, total, distance = v[rest], total[rest], distance[rest]
    ramp = np.minimum(a / j, total / 2)
    hold = j * ramp
    low, high = np.zeros_like(total), total.copy()

    def state(t: Floats) -> tuple[Floats, Floats]:
        up, rest = np.minimum(t, ramp), np.maximum(0.0, t - (total - ramp))
        even = np.clip(t - ramp, 0.0, total - 2 * ramp)
        speed = v + j * up**2 / 2 + hold * even + hold * rest - j * rest**2 / 2
        first = v * t + j * up**3 / 6 + j * ramp**2 / 2 * (t - up)
        return speed, first + hold * (even**2 / 2 + even * rest) + hold * rest**2 / 2 - j * rest**3 / 6

    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        short = state(middle)[1] < distance
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    found[rest] = state(low)[0]
    return found


def _change(v: Floats, w: Floats, a: float, j: float) -> tuple[Floats, Floats]:
    """Return time in seconds and distance of a speed change from ``v`` to ``w``."""
    dv = np.abs(w - v)
    seconds = np.where(dv >= a * a / j, dv / a + a / j, 2 * np.sqrt(dv / j))
    return seconds, (v + w) / 2 * seconds


def _peaks(speed: Floats, top: Floats, distance: Floats, a: float, j: float) -> Floats:
    """Return the highest speed of each span between joints passed at ``speed``, no more than ``top``: accelerate, cruise, decelerate."""
    v, w = speed[:-1], speed[1:]
    found = np.maximum(top, np.maximum(v, w))
    rest = _change(v, found, a, j)[1] + _change(found, w, a, j)[1] > distance
    v, w, distance, high = v[rest], w[rest], distance[rest], found[rest]
    low = np.maximum(v, w)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = _change(v, middle, a, j)[1] + _change(middle, w, a, j)[1] <= distance
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    found[rest] = low
    return found


def _seconds(speed: Floats, peak: Floats, distance: Floats, a: float, j: float) -> Floats:
    """Return seconds of spans between joints passed at ``speed`` with ``peak`` between."""
    up, down = _change(speed[:-1], peak, a, j), _change(peak, speed[1:], a, j)
    along = np.maximum(0.0, distance - up[1] - down[1])
    return np.asarray(up[0] + down[0] + along / np.maximum(peak, 1e-9))


def _reach(speed: Floats, distance: Floats, a: float, j: float) -> Floats:
    """Return the joint speeds lowered to values that can be reached from neighbouring joints, in one backward and one forward pass."""
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
    """Return the highest speed up to ``wanted`` that can be reached from ``v`` within ``distance``.

    If the acceleration ``a`` is reached, the distance is quadratic in the speed w, (w² - v²) / 2a + (v + w) a / 2j;
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
