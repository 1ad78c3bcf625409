"""Check fixtures against cutter, shank and holder: exact distances to boxes and upright cylinders."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification.removal.swept_volumes import underside
from nightmill.verification.target.bodies import Solid

Floats = NDArray[np.float64]
# Near fixtures, arcs are replaced by chords that stay this close to the arc: s = r a^2 / 8.
_SAGITTA_MM = 0.002


def upright(solids: list[Solid]) -> tuple[Floats, list[Solid]]:
    """Return rows of the boxes and upright cylinders (kind, four XY values, top), and the bodies that are neither."""
    rows: list[list[float]] = []
    others: list[Solid] = []
    for solid in solids:
        body = solid.body
        if body.min is not None and body.max is not None:
            rows.append([0.0, body.min[0], body.min[1], body.max[0], body.max[1], body.max[2]])
        elif (
            body.base is not None
            and body.axis is not None
            and body.radius is not None
            and body.height is not None
            and math.hypot(body.axis[0], body.axis[1]) < 1e-9 * abs(body.axis[2])
        ):
            top = max(body.base[2], body.base[2] + math.copysign(body.height, body.axis[2]))
            rows.append([1.0, body.base[0], body.base[1], body.radius, 0.0, top])
        else:
            others.append(solid)
    return np.array(rows, dtype=np.float64).reshape(-1, 6), others


@njit(cache=True)
def _distance(o: Floats, x: float, y: float) -> float:
    if o[0] == 1.0:
        return max(0.0, math.sqrt((x - o[1]) ** 2 + (y - o[2]) ** 2) - o[3])
    dx = max(o[1] - x, 0.0, x - o[3])
    dy = max(o[2] - y, 0.0, y - o[4])
    return math.sqrt(dx * dx + dy * dy)


@njit(cache=True)
def _line_meets(
    o: Floats, a: Floats, b: Floats, radius: float, flat: float, corner: float, slope: float, lift: float
) -> bool:
    """Return whether a part of the tool, moving straight from ``a`` to ``b``, is more than 0.02 mm below the top of ``o``."""
    dx, dy, dz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    s0, s1 = 0.0, 1.0
    for _ in range(40):
        m0, m1 = s0 + (s1 - s0) / 3.0, s1 - (s1 - s0) / 3.0
        if _distance(o, a[0] + m0 * dx, a[1] + m0 * dy) <= _distance(o, a[0] + m1 * dx, a[1] + m1 * dy):
            s1 = m1
        else:
            s0 = m0
    nearest = (s0 + s1) / 2.0
    d = _distance(o, a[0] + nearest * dx, a[1] + nearest * dy)
    if d >= radius:
        return False
    low, high = 0.0, nearest
    if _distance(o, a[0], a[1]) >= radius:
        for _ in range(40):
            middle = (low + high) / 2.0
            if _distance(o, a[0] + middle * dx, a[1] + middle * dy) >= radius:
                low = middle
            else:
                high = middle
        s0 = high
    else:
        s0 = 0.0
    low, high = nearest, 1.0
    if _distance(o, b[0], b[1]) >= radius:
        for _ in range(40):
            middle = (low + high) / 2.0
            if _distance(o, a[0] + middle * dx, a[1] + middle * dy) >= radius:
                high = middle
            else:
                low = middle
        s1 = low
    else:
        s1 = 1.0
    for _ in range(40):
        m0, m1 = s0 + (s1 - s0) / 3.0, s1 - (s1 - s0) / 3.0
        d0 = _distance(o, a[0] + m0 * dx, a[1] + m0 * dy)
        d1 = _distance(o, a[0] + m1 * dx, a[1] + m1 * dy)
        h0 = a[2] + m0 * dz + underside(min(d0, radius), flat, corner, slope)
        h1 = a[2] + m1 * dz + underside(min(d1, radius), flat, corner, slope)
        if min(h0, h1) + lift < o[5] - 0.02:
            return True
        if h0 < h1:
            s1 = m1
        else:
            s0 = m0
    return False


@njit(cache=True, nogil=True)
def meet_fixtures(
    geometry: Floats, tool: NDArray[np.int32], tools: Floats, obstacles: Floats, found: NDArray[np.uint8]
) -> None:
    """Set bit 4 of ``found`` (n,) for each move whose cutter, shank or holder enters an obstacle row of ``upright``."""
    a, b = np.zeros(3), np.zeros(3)
    for m in range(len(geometry)):
        g = geometry[m]
        t = tools[tool[m]]
        low = min(g[3], g[6])
        for k in range(len(obstacles)):
            o = obstacles[k]
            for which in range(3):
                size = t[0] if which == 0 else (t[5] if which == 1 else t[7])
                lift = 0.0 if which == 0 else (t[4] if which == 1 else t[6])
                radius = size - 0.05
                if radius <= 0.0 or low + lift >= o[5] - 0.02 or found[m] & 4:
                    continue
                flat = min(t[1], radius) if which == 0 else radius
                corner = t[2] if which == 0 else 0.0
                slope = t[3] if which == 0 else 0.0
                pieces = 1 if g[0] == 0.0 else max(4, math.ceil(abs(g[11]) / math.sqrt(8.0 * _SAGITTA_MM / g[9])))
                for piece in range(pieces):
                    if g[0] == 0.0:
                        a[0], a[1], a[2], b[0], b[1], b[2] = g[1], g[2], g[3], g[4], g[5], g[6]
                    else:
                        first = g[10] + g[11] * piece / pieces
                        last = g[10] + g[11] * (piece + 1) / pieces
                        a[0], a[1], a[2] = g[7] + g[9] * math.cos(first), g[8] + g[9] * math.sin(first), g[3]
                        b[0], b[1], b[2] = g[7] + g[9] * math.cos(last), g[8] + g[9] * math.sin(last), g[3]
                    if _line_meets(o, a, b, radius, flat, corner, slope, lift):
                        found[m] |= 4
                        break
