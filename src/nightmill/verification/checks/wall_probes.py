"""Search walls for gouges at close spacing: probe all faces that no setup's height map sees from above.

The sample points of a large part are millimetres apart, and a height map resolves a wall to one node. A dent left by a passing tool is
narrower than that spacing and shallower than a node. So faces that are steep in every setup are probed every 0.7 mm, directly on the mesh,
and each probe is tested against the exact removal.
"""

import math

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.ray_casting import distance_to_mesh
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

Floats = NDArray[np.float64]

PITCH_MM = 0.7
_PROBES = 150_000
# a face that leans by less than this towards a setup's tool is a floor in that setup, whose height map checks it node
# by node
_FLOOR = 0.9
_DEPTHS_MM = (0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_MEASURED = 200
# Additive recurrence with the plastic number (M. Roberts, 2018), with an offset from the samples' own positions.
_R2 = (0.7548776662466927, 0.5698402909980532)


def wall_gouge(target: Target, removal: Removal, axes: Floats) -> tuple[float, tuple[float, float, float] | None]:
    """Return the depth of the deepest cut into a wall found by the probes, mm, and its position (model); 0 and None if
    there is none.

    ``axes`` (k, 3): the direction from the part to the tool of each setup, model coordinates.
    """
    points, normals = _probes(target, axes)
    if not len(points):
        return 0.0, None
    least = GOUGE_LIMIT_MM + target.deflection_mm
    hit = np.flatnonzero(removal.removed(points - least * normals))
    deep = _distance(target, points[hit] - least * normals[hit], least)
    hit = hit[deep >= 0.9 * GOUGE_LIMIT_MM]
    hit = hit[~target.rays.outside(points[hit] - least * normals[hit])]
    if not len(hit):
        return 0.0, None
    hit = hit[:: max(1, math.ceil(len(hit) / _MEASURED))]
    figure = np.full(len(hit), GOUGE_LIMIT_MM * 1.0001)
    for depth in _DEPTHS_MM:
        place = points[hit] - (depth + target.deflection_mm) * normals[hit]
        away = np.where(removal.removed(place) & ~target.rays.outside(place), _distance(target, place, depth), 0.0)
        figure = np.where(away >= 0.9 * depth, np.maximum(figure, np.minimum(away, depth)), figure)
    worst = int(np.argmax(figure))
    x, y, z = points[hit[worst]].tolist()
    return float(figure[worst]), (x, y, z)


def _distance(target: Target, points: Floats, limit: float) -> Floats:
    out = np.zeros(len(points))
    limits = np.full(len(points), limit + target.deflection_mm)
    distance_to_mesh(np.ascontiguousarray(points), target.triangles, limits, out)
    return out


def _probes(target: Target, axes: Floats) -> tuple[Floats, Floats]:
    """Return points on the mesh of steep faces (n, 3), evenly spread by area, and the normals of their triangles."""
    cross = np.cross(target.triangles[:, 1] - target.triangles[:, 0], target.triangles[:, 2] - target.triangles[:, 0])
    double = np.linalg.norm(cross, axis=1)
    kept = double > 1e-12
    kept[kept] &= ((cross[kept] / double[kept, None]) @ axes.T).max(axis=1, initial=-1.0) < _FLOOR
    if not kept.any():
        return np.zeros((0, 3)), np.zeros((0, 3))
    triangles, normals = target.triangles[kept], cross[kept] / double[kept, None]
    area = np.cumsum(double[kept] / 2)
    count = min(_PROBES, math.ceil(area[-1] / PITCH_MM**2))
    order = np.arange(count)
    row = np.searchsorted(area, (order + 0.5) / count * area[-1]).clip(0, len(area) - 1)
    root, v = np.sqrt((0.5 + order * _R2[0]) % 1.0), (0.5 + order * _R2[1]) % 1.0
    share = np.stack([1 - root, root * (1 - v), root * v], axis=1)
    return np.einsum("nk,nkc->nc", share, triangles[row]), normals[row]
