"""Choose which stretches of its contours a cutter runs: those close to uncut surface."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nightmill.cam.strategies.milling.cutter_contact import SEARCH_MM, Cutter, Slopes, looked_at
from nightmill.cam.strategies.milling.waterlines import Lines

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BESIDE_MM = 0.4
"""A finished point is machined again if it is closer to an uncut point than this, or than a ball mill's next contour,
as there may be uncut surface in between. A flat mill's next stair on a shallow slope is farther away; machining that
again gains too little for the time.
"""
STEP_MM, LEAD_MM = 0.25, 0.3
"""Spacing at which contours are checked; how far before and behind uncut surface a stretch extends, at least one step."""


def needed(lines: Lines, slopes: Slopes, asked: Flags | None, cutter: Cutter, bridge_mm: float) -> Lines:
    """Return the stretches of a cutter's contours close to points that earlier cutters left uncut and that are ``asked`` for (n,).

    ``bridge_mm``: finished stretches up to this long between two uncut stretches are run over rather than skipped.
    """
    if slopes.open_points is None or slopes.open_face is None or asked is None:
        return lines
    points, faces = slopes.open_points[asked], slopes.open_face[asked]
    dense = looked_at(lines, STEP_MM)
    away = np.full(len(dense.points), np.inf)
    for face in np.unique(faces):
        rows = np.flatnonzero(dense.face == face)
        if len(rows):
            tree = cKDTree(points[faces == face])
            away[rows] = tree.query(dense.points[rows], distance_upper_bound=SEARCH_MM)[0]
    wanted = away < max(BESIDE_MM, cutter.gap_mm)
    rows = np.flatnonzero(~wanted & (away < SEARCH_MM))
    wanted[rows] = ~slopes.done(dense.points[rows], dense.normals[rows], dense.face[rows])
    close = _bridged(dense, wanted, bridge_mm)
    begins = close & (dense.first | ~np.append(False, close[:-1]))
    run = np.cumsum(begins) - 1
    length = np.bincount(run[close], minlength=max(1, int(begins.sum())))
    kept = close & (length[np.maximum(run, 0)] > 1)
    starts = np.flatnonzero(begins[kept])
    breaks = np.append(starts, int(kept.sum())).astype(np.int64)
    return Lines(dense.points[kept], dense.normals[kept], dense.face[kept], breaks)


def _bridged(lines: Lines, wanted: Flags, bridge_mm: float) -> Flags:
    """Return the ``wanted`` points (n,), the points that lead to them, and the points in short gaps between them."""
    if not wanted.any():
        return wanted
    spans = np.append(0.0, np.linalg.norm(np.diff(lines.points, axis=0), axis=1))
    # no bridge is longer than the gap from contour to contour
    spans[lines.first] = SEARCH_MM + 2 * (LEAD_MM + bridge_mm)
    along = np.cumsum(spans)
    at = along[wanted]
    after = np.searchsorted(at, along)
    behind = along - at[np.maximum(after - 1, 0)]
    behind[(after == 0) & ~wanted] = np.inf
    ahead = np.where(after < len(at), at[np.minimum(after, len(at) - 1)] - along, np.inf)
    return np.asarray(wanted | (np.minimum(behind, ahead) <= LEAD_MM) | (behind + ahead <= bridge_mm))
