"""Flip triangle sides so that they are closer to the surface that the mesh represents.

The kernel triangulates the parameters of a face. On a torus, whose two circumferences differ greatly, this gives slender triangles with
sides across several rows of corners, several times as far off as the deflection allows.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

LEAST_SHARE = 0.05
"""Fraction of the deflection by which flipping must improve a side."""
ROUNDS = 40


def closer(
    points: Array, triangles: NDArray[np.int32], off: Callable[[Array], Array], within_mm: float
) -> NDArray[np.int32]:
    """Return the triangles (m, 3) of one face over ``points`` (n, 3), with sides flipped where a side's middle is further than
    ``within_mm`` off the surface.

    ``off``: distances (k,) of points (k, 3) from the surface. Corners and rim stay the same, as do all triangles of a good mesh.
    """
    found = triangles.astype(np.int64)
    for _ in range(ROUNDS):
        wide = _middles_off(points, found, off).max(axis=1) > within_mm
        if not wide.any():
            break
        chosen = np.flatnonzero(wide)
        pairs, corners = _turnable(points, found, chosen, off, LEAST_SHARE * within_mm)
        if not len(pairs):
            break
        a, b, c, d = corners.T
        found[pairs[:, 0]] = np.column_stack([c, a, d])
        found[pairs[:, 1]] = np.column_stack([d, b, c])
    return found.astype(np.int32)


def _middles_off(points: Array, triangles: Rows, off: Callable[[Array], Array]) -> Array:
    """Return how far the middles of the sides (m, 3) are off the surface."""
    middles = (points[triangles] + points[np.roll(triangles, -1, axis=1)]) / 2
    return np.abs(off(middles.reshape(-1, 3))).reshape(-1, 3)


def _turnable(
    points: Array, triangles: Rows, chosen: Rows, off: Callable[[Array], Array], least_mm: float
) -> tuple[Rows, Rows]:
    """Return pairs of ``chosen`` triangles (k, 2), each in one pair at most, whose common side improves when flipped.

    Also return the ends of that side and the two corners beyond it (k, 4). Pairs that improve most come first.
    """
    count = len(points)
    some = triangles[chosen]
    ends, far = some.reshape(-1), np.roll(some, -2, axis=1).reshape(-1)
    heads = np.roll(some, -1, axis=1).reshape(-1)
    key, back = ends * count + heads, heads * count + ends
    order = np.argsort(key)
    mate = order[np.minimum(np.searchsorted(key[order], back), len(key) - 1)]
    side = np.flatnonzero((key[mate] == back) & (ends < heads))
    other = mate[side]
    corners = np.column_stack([ends[side], heads[side], far[side], far[other]])
    a, b, c, d = (points[column] for column in corners.T)
    gain = np.abs(off((a + b) / 2)) - np.abs(off((c + d) / 2))
    looks = np.cross(b - a, c - a) + np.cross(d - a, b - a)
    kept = gain > least_mm
    for turned in (np.cross(a - c, d - c), np.cross(b - d, c - d)):
        kept &= np.einsum("nc,nc->n", turned, looks) > 0.0
    rows = np.flatnonzero(kept)
    rows = rows[~_are_sides(corners[rows, 2:], triangles, count)]
    rows = rows[np.argsort(-gain[rows], kind="stable")]
    pairs = np.column_stack([side[rows] // 3, other[rows] // 3])
    first = np.full(len(chosen), len(rows))
    places = np.arange(len(rows))
    for column in pairs.T:
        np.minimum.at(first, column, places)
    alone = (first[pairs] == places[:, None]).all(axis=1)
    return chosen[pairs[alone]], corners[rows[alone]]


def _are_sides(ends: Rows, triangles: Rows, count: int) -> NDArray[np.bool_]:
    """Return which pairs of corners (k, 2), of ``count`` in all, are already joined by a side of the triangles."""
    sides = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    asked = np.sort(ends, axis=1)
    known = np.sort(sides[:, 0] * count + sides[:, 1])
    key = asked[:, 0] * count + asked[:, 1]
    return np.asarray(known[np.minimum(np.searchsorted(known, key), len(known) - 1)] == key)
