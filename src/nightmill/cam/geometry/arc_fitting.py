"""Fit as few straight lines and arcs as possible to polylines in a level plane, for the program to use instead of chords."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LARGEST_RADIUS_MM = 400.0
SMALLEST_RADIUS_MM = 0.05
LARGEST_SWEEP = math.radians(170.0)
LEAST_CHORDS = 3
MOST_POINTS = 400
STRAIGHT, LEFT, RIGHT = 0.0, 1.0, -1.0
SAME_SHARE, SAME_MM = 1e-5, 1e-8


def meet(start: Floats, end: Floats) -> bool:
    """Return whether two points (2,) are the same, like ``numpy.allclose`` but faster."""
    gaps = zip(start.tolist(), end.tolist(), strict=True)
    return all(abs(a - b) <= SAME_MM + SAME_SHARE * abs(b) for a, b in gaps)


@njit(cache=True)
def _line_end(points: Floats, start: int, tolerance: float) -> int:  # pragma: no cover - compiled
    """Return the last point that a straight line from ``start`` reaches with all points between within ``tolerance`` of it."""
    best = start + 1
    ax, ay = points[start, 0], points[start, 1]
    for end in range(start + 2, min(len(points), start + MOST_POINTS)):
        dx, dy = points[end, 0] - ax, points[end, 1] - ay
        l2 = dx * dx + dy * dy
        for k in range(start + 1, end):
            px, py = points[k, 0] - ax, points[k, 1] - ay
            s = 0.0 if l2 < 1e-18 else min(1.0, max(0.0, (px * dx + py * dy) / l2))
            if (px - s * dx) ** 2 + (py - s * dy) ** 2 > tolerance * tolerance:
                return best
        best = end
    return best


@njit(cache=True)
def _circle(points: Floats, a: int, b: int, c: int, out: Floats) -> bool:  # pragma: no cover - compiled
    """Write centre and radius of the circle through three points into ``out``; return False if they are nearly in line."""
    ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
    vx, vy = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1]
    det = 2.0 * (ux * vy - uy * vx)
    if abs(det) < 1e-12:
        return False
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    x, y = (vy * u2 - uy * v2) / det, (ux * v2 - vx * u2) / det
    out[0], out[1], out[2] = points[a, 0] + x, points[a, 1] + y, math.sqrt(x * x + y * y)
    return SMALLEST_RADIUS_MM <= out[2] <= LARGEST_RADIUS_MM


@njit(cache=True)
def _on_arc(points: Floats, start: int, end: int, circle: Floats, tolerance: float) -> float:  # pragma: no cover
    """Return the sweep (left positive) of an arc on the circle that fits all points and chords between; 0 if there is none."""
    cx, cy, radius = circle[0], circle[1], circle[2]
    total = 0.0
    for k in range(start, end):
        ax, ay = points[k, 0] - cx, points[k, 1] - cy
        bx, by = points[k + 1, 0] - cx, points[k + 1, 1] - cy
        if abs(math.sqrt(bx * bx + by * by) - radius) > tolerance:
            return 0.0
        step = math.atan2(ax * by - ay * bx, ax * bx + ay * by)
        if step == 0.0 or step * total < 0.0 or radius * (1.0 - math.cos(step / 2)) > tolerance:
            return 0.0
        total += step
        if abs(total) > LARGEST_SWEEP:
            return 0.0
    return total


@njit(cache=True)
def _fit(points: Floats, tolerance: float, out: Floats) -> int:  # pragma: no cover - compiled
    """Write rows (x, y of the end, turn, x, y of the centre) into ``out``; return their number."""
    count, at = 0, 0
    circle, kept = np.zeros(3), np.zeros(2)
    while at < len(points) - 1:
        last, turn = _line_end(points, at, tolerance), STRAIGHT
        for end in range(at + LEAST_CHORDS, min(len(points), at + MOST_POINTS)):
            if not _circle(points, at, (at + end) // 2, end, circle):
                if end > last:
                    break
                continue
            sweep = _on_arc(points, at, end, circle, tolerance)
            if sweep == 0.0:
                break
            if end > last:
                last, turn = end, LEFT if sweep > 0 else RIGHT
                kept[0], kept[1] = circle[0], circle[1]  # a slice assignment would compile the error messages too
        out[count, 0], out[count, 1], out[count, 2] = points[last, 0], points[last, 1], turn
        out[count, 3], out[count, 4] = kept[0], kept[1]
        count += 1
        at = last
    return count


def fitted(points: Floats, tolerance: float) -> Floats:
    """Return the path through ``points`` (n, 2) as rows (m, 5): end x, y, turn (0 straight, 1 left, -1 right), centre x, y.

    No point or chord is further than ``tolerance`` from the curve; no arc sweeps more than 170 degrees.
    """
    out = np.zeros((max(1, len(points)), 5))
    return out[: _fit(np.ascontiguousarray(points, dtype=np.float64), tolerance, out)]


@njit(cache=True)
def _kept(points: Floats, tolerance: float) -> NDArray[np.bool_]:  # pragma: no cover - compiled
    kept = np.zeros(len(points), dtype=np.bool_)
    at = 0
    kept[0] = True
    while at < len(points) - 1:
        at = _line_end(points, at, tolerance)
        kept[at] = True
    return kept


def thinned_rows(points: Floats, tolerance: float) -> NDArray[np.int64]:
    """Return a sufficient set of rows of the polyline (n, 2): no dropped point is further than ``tolerance`` from the result."""
    return np.flatnonzero(_kept(np.ascontiguousarray(points, dtype=np.float64), tolerance))


def arc_length(ax: float, ay: float, bx: float, by: float, turn: float) -> float:
    """Return the length of an arc between two points relative to its centre, to the left if ``turn`` is positive."""
    angle = math.atan2(ax * by - ay * bx, ax * bx + ay * by) * turn
    return math.hypot(ax, ay) * (angle if angle > 0 else angle + 2 * math.pi)
