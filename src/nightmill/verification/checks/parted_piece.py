"""Check that a piece is parted in two if the plan says so: no remaining material may cross the surface between both halves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.checks.uncut import below_tabs
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import Body, Tab

Floats = NDArray[np.float64]

# a bridge this wide and high is found; a thinner one would not hold the piece
_APART_MM = 0.25
# anything closer to the surface of the piece than this counts as the surface itself
_SKIN_MM = 0.05


def in_model(body: Solid, to_work: Floats) -> Solid:
    """Return a body given in work coordinates as its triangles in the model."""
    back = np.linalg.inv(to_work)
    triangles = np.ascontiguousarray(body.triangles @ back[:3, :3].T + back[:3, 3])
    return Solid(Body(file="parted"), triangles)


def bridge(
    body: Solid,
    piece: Solid,
    removal: Removal,
    part: Target,
    to_work: Floats,
    tabs: Sequence[Tab],
) -> tuple[float, float, float] | None:
    """Return a point (model) where the material within ``body`` and the rest of the piece are still connected, or None.

    ``tabs``, placed by ``to_work``, are cut by hand. If the part isn't within the body, a point outside is returned.
    """
    outside = ~body.contains(part.points - _SKIN_MM * part.normals)
    if outside.any():
        return _triple(part.points[np.argmax(outside)])
    points, normals = _spread(body.triangles)
    standing = piece.contains(points + _SKIN_MM * normals) & piece.contains(points - _SKIN_MM * normals)
    rows = np.flatnonzero(standing)
    rows = rows[~removal.removed(points[rows])]
    rows = rows[~below_tabs(points[rows], to_work, tabs)]
    return _triple(points[rows[0]]) if len(rows) else None


def _triple(point: Floats) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z


def _spread(triangles: Floats) -> tuple[Floats, Floats]:
    """Return points (n, 3) spread over triangles, no farther apart than a bridge is wide, and the normal at each."""
    places, turns = [], []
    for corners in triangles:
        first, second = corners[1] - corners[0], corners[2] - corners[0]
        normal = np.cross(first, second)
        size = float(np.linalg.norm(normal))
        if size < 1e-12:
            continue
        counts = [max(1, int(np.ceil(np.linalg.norm(edge) / _APART_MM))) for edge in (first, second)]
        u, v = (((np.arange(count) + 0.5) / count) for count in counts)
        u, v = (grid.ravel() for grid in np.meshgrid(u, v, indexing="ij"))
        over = u + v > 1.0  # the other half of the parallelogram, mirrored onto the triangle
        u, v = np.where(over, 1.0 - u, u), np.where(over, 1.0 - v, v)
        places.append(corners[0] + u[:, None] * first + v[:, None] * second)
        turns.append(np.broadcast_to(normal / size, places[-1].shape))
    if not places:
        return np.zeros((0, 3)), np.zeros((0, 3))
    return np.concatenate(places), np.concatenate(turns)
