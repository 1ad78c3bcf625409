"""Mesh walls along a free-form curve (faces that are straight in one direction) from edge to edge.

The kernel scatters vertices over such a face. Sides between these vertices run across the curve at any height, each as far off as the
deflection allows, so that the facets of an upright wall lean. Facets from edge to edge along the straight lines are upright.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.face_records import OrientedFace

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_LOOKED_AT = 9
_STRAIGHT_SINE, _SAME_LENGTH = 1e-6, 1e-6
_LONGER = 1.5
_AREA_SHARE = 1e-6


def straight_along(face: OrientedFace) -> int | None:
    """Return along which of its two parameters (0, 1) a free-form face is straight, everywhere in one direction; None for other faces."""
    if face.kind != "other":
        return None
    low_u, high_u, low_v, high_v = face.bounds()
    us, vs = np.linspace(low_u, high_u, _LOOKED_AT), np.linspace(low_v, high_v, _LOOKED_AT)
    points = np.array([[face.at(float(u), float(v))[0] for v in vs] for u in us])
    for along in (0, 1):
        ways = np.diff(points, axis=along)
        sizes = np.linalg.norm(ways, axis=2)
        if sizes.min() < 1e-9 or float(np.ptp(sizes)) > _SAME_LENGTH * float(sizes.max()):
            continue
        units = ways / sizes[..., None]
        if np.linalg.norm(units - units[0, 0], axis=2).max() < _STRAIGHT_SINE:
            return along
    return None


def from_edge_to_edge(triangulation: Any, corners: NDArray[np.int32], along: int) -> NDArray[np.int32]:
    """Return the triangles (m, 3) of a face that is straight ``along`` a parameter, using only the vertices on its rim.

    Returns the given triangles if the rim isn't a single loop that goes across the straight lines once and back.
    """
    rim = _rim(corners)
    if rim is None:
        return corners
    places = np.array([triangulation.UVNode(i + 1).Coord() for i in range(triangulation.NbNodes())])
    across, height = places[:, 1 - along], places[:, along]
    there, back = _banks(rim, across)
    if (np.diff(across[there]) < 0.0).any() or (np.diff(across[back]) < 0.0).any():
        return corners
    found = _zipped(there, back, across)
    whole, pieces = _areas(across, height, corners).sum(), _areas(across, height, found)
    sound = len(found) > 0 and abs(np.sign(pieces).sum()) == len(found)
    if not sound or abs(abs(pieces.sum()) - abs(whole)) > _AREA_SHARE * abs(whole):
        return corners
    widest = max(float(np.diff(across[bank]).max()) for bank in (there, back))
    if np.ptp(across[found], axis=1).max() > _LONGER * widest:
        return corners
    return np.asarray(found if np.sign(pieces[0]) == np.sign(whole) else found[:, ::-1], dtype=np.int32)


def _rim(corners: NDArray[np.int32]) -> Rows | None:
    """Return the nodes around a mesh in order; None if its rim is more than one loop."""
    starts, ends = corners.reshape(-1).astype(np.int64), np.roll(corners, -1, axis=1).reshape(-1).astype(np.int64)
    count = int(corners.max()) + 1
    outer = ~np.isin(starts * count + ends, ends * count + starts)
    follows = dict(zip(starts[outer].tolist(), ends[outer].tolist(), strict=True))
    first, at = follows.popitem()
    loop = [first]
    while at != first and at in follows:
        loop.append(at)
        at = follows.pop(at)
    return np.array(loop) if at == first and not follows and len(loop) == int(outer.sum()) else None


def _banks(rim: Rows, across: Array) -> tuple[Rows, Rows]:
    """Return the two paths around the rim from the minimum to the maximum of ``across``; a straight vertical run there belongs to one of
    them.
    """
    rim = np.roll(rim, -int(np.argmin(across[rim])))
    turn = int(np.argmax(across[rim]))
    return rim[: turn + 1], np.append(rim[turn:], rim[0])[::-1]


def _zipped(there: Rows, back: Rows, across: Array) -> NDArray[np.int32]:
    """Return triangles (m, 3) between two banks with common start and end corners, advancing each time to the nearer next corner."""
    found, i, k = [], 0, 0
    while i + 1 < len(there) or k + 1 < len(back):
        if k + 1 == len(back) or (i + 1 < len(there) and across[there[i + 1]] <= across[back[k + 1]]):
            found.append((there[i], there[i + 1], back[k]))
            i += 1
        else:
            found.append((there[i], back[k + 1], back[k]))
            k += 1
    triangles = np.array(found, dtype=np.int32)
    whole = (
        (triangles[:, 0] != triangles[:, 1])
        & (triangles[:, 1] != triangles[:, 2])
        & (triangles[:, 2] != triangles[:, 0])
    )
    return triangles[whole]


def _areas(across: Array, height: Array, triangles: NDArray[np.int32]) -> Array:
    """Return twice the signed areas of triangles (m, 3) in the plane of the parameters."""
    a, b, c = triangles.T
    return np.asarray(
        (across[b] - across[a]) * (height[c] - height[a]) - (height[b] - height[a]) * (across[c] - across[a])
    )
