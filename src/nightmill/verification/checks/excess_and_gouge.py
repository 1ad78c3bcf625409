"""Check points on the exact faces against the exact removal: how far material stands proud, and how deep the tools cut in."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.ray_casting import distance_to_mesh
from nightmill.verification.target.surface_samples import Target
from nightmill.verification.target.visibility import LIFT_MM, on_turned, seen_turning, visible
from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, EXCESS_LIMIT_MM, GOUGE_LIMIT_MM

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CAP_MM = 5.0
_HALVINGS = 7
_FIGURES = 200  # points for which the depth of a gouge is estimated, and how many of them are computed exactly
_REFINED = 20
_CORNER_SAMPLES = 2000


@dataclass(frozen=True)
class Judgement:
    """Result per sample point (n,) and over all points.

    Per point: ``seen`` from the six axes or, for turned surfaces, from the axis of a turning setup, ``clear`` (excess <= 0.05 mm),
    ``excess_mm`` (up to 5; 0.05 or less is not resolved and is returned as 0), ``turned`` (may be on a surface made by a turning setup).
    Over all points: ``gouge_mm`` (0 if no gouge reaches 0.02) and its position.
    """

    seen: Flags
    clear: Flags
    excess_mm: Floats
    turned: Flags
    gouge_mm: float
    gouge_at: tuple[float, float, float] | None
    gouge_face: int | None
    short_of_stock: int


def judge(target: Target, removal: Removal, stock: Solid) -> Judgement:
    """Judge every sample point of ``target`` after all setups in ``removal`` have cut ``stock``."""
    lift = max(LIFT_MM, 2 * target.deflection_mm)
    seen = visible(target.points, target.normals, target.rays, lift)
    turned = np.zeros(len(seen), dtype=np.bool_)
    for cuts in removal.turned_setups:
        turned |= on_turned(target.points, target.normals, cuts.to_work)
        hidden = np.flatnonzero(~seen)
        if len(hidden):
            seen[hidden] = seen_turning(target.points[hidden], target.normals[hidden], cuts.to_work, target.rays, lift)

    def gone(points: Floats) -> Flags:
        removed = removal.removed(points)
        left = np.flatnonzero(~removed)
        removed[left] = ~stock.contains(points[left])
        return removed

    clear = gone(target.points + EXCESS_LIMIT_MM * target.normals)
    _beside_another_face(target, clear)
    excess = np.zeros(len(clear))
    proud = np.flatnonzero(~clear)

    def free(points: Floats) -> Flags:
        """Return whether there is nothing left to remove at a point: the point is removed, or it is inside the part
        again on the far side of a groove.
        """
        done = gone(points)
        left = np.flatnonzero(~done)
        done[left] = target.rays.inside(points[left])
        return done

    excess[proud] = _excess(target, free, proud)
    missing = ~stock.contains(target.points - GOUGE_LIMIT_MM * target.normals)
    gouged = np.flatnonzero(removal.removed(target.points - GOUGE_LIMIT_MM * target.normals) | missing)
    depth, at, face = _gouge(target, gone, gouged)
    return Judgement(seen, clear, excess, turned, depth, at, face, int(np.count_nonzero(missing)))


def _beside_another_face(target: Target, clear: Flags) -> None:
    """Mark samples in inner corners as clear if the material is within 0.05 mm of the adjacent face; changes ``clear``.

    Skipped if so many samples stand proud that a few in corners make no difference.
    """
    proud = np.flatnonzero(~clear)
    if 0 < len(proud) <= _CORNER_SAMPLES:
        points = np.ascontiguousarray(target.points[proud] + EXCESS_LIMIT_MM * target.normals[proud])
        distance = np.zeros(len(points))
        distance_to_mesh(points, target.triangles, np.full(len(points), EXCESS_LIMIT_MM), distance)
        clear[proud] = distance < EXCESS_LIMIT_MM - min(target.deflection_mm + 0.001, EXCESS_LIMIT_MM / 2)


def _excess(target: Target, done: Callable[[Floats], Flags], proud: NDArray[np.int64]) -> Floats:
    """Return how far material extends along the normal at points known to stand proud, by doubling and then halving."""
    low = np.full(len(proud), EXCESS_LIMIT_MM)
    high = np.full(len(proud), CAP_MM)
    points, normals = target.points[proud], target.normals[proud]
    open_ = np.ones(len(proud), dtype=np.bool_)
    step = EXCESS_LIMIT_MM * 2
    while step < CAP_MM and open_.any():
        at = np.flatnonzero(open_)
        free = done(points[at] + step * normals[at])
        high[at[free]] = step
        low[at[~free]] = step
        open_[at[free]] = False
        step *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        free = done(points + middle[:, None] * normals)
        high = np.where(free, middle, high)
        low = np.where(free, low, middle)
    return high


def _gouge(
    target: Target, gone: Callable[[Floats], Flags], suspects: NDArray[np.int64]
) -> tuple[float, tuple[float, float, float] | None, int | None]:
    """Return the deepest removed point below the suspect samples, measured to the nearest face so that edges and thin
    walls don't give a wrong depth.
    """
    suspects = suspects[_within(target, suspects, np.full(len(suspects), GOUGE_LIMIT_MM))]
    depth = np.full(len(suspects), GOUGE_LIMIT_MM)
    confirmed = suspects[_deep(target, _distance(target, suspects, depth), depth)]
    if not len(confirmed):
        return 0.0, None, None
    chosen = confirmed[:: max(1, len(confirmed) // _FIGURES)]
    low = np.full(len(chosen), GOUGE_LIMIT_MM)
    high = np.full(len(chosen), CAP_MM)
    figure = np.full(len(chosen), GOUGE_LIMIT_MM)
    alive = np.arange(len(chosen))
    step = GOUGE_LIMIT_MM * 1.5
    while step < CAP_MM and len(alive):
        holds = _try(target, gone, chosen, alive, np.full(len(alive), step), figure)
        low[alive[holds]] = step
        high[alive[~holds]] = step
        alive = alive[holds]
        step *= 1.5
    deepest = np.argsort(-low)[:_REFINED]
    for _ in range(_HALVINGS):
        middle = (low[deepest] + high[deepest]) / 2
        holds = _try(target, gone, chosen, deepest, middle, figure)
        low[deepest] = np.where(holds, middle, low[deepest])
        high[deepest] = np.where(holds, high[deepest], middle)
    worst = int(np.argmax(figure))
    x, y, z = target.points[chosen[worst]].tolist()
    return max(float(figure[worst]), GOUGE_LIMIT_MM * 1.0001), (x, y, z), int(target.face[chosen[worst]])


def _try(
    target: Target,
    gone: Callable[[Floats], Flags],
    chosen: NDArray[np.int64],
    at: NDArray[np.int64],
    depth: Floats,
    figure: Floats,
) -> Flags:
    """Return whether the part is removed at ``depth`` under the chosen samples ``at``; raises their ``figure`` if it is."""
    index = chosen[at]
    distance = _distance(target, index, depth)
    holds = gone(target.points[index] - depth[:, None] * target.normals[index]) & _deep(target, distance, depth)
    holds &= _within(target, index, depth)
    figure[at] = np.where(holds, np.maximum(figure[at], np.minimum(distance, depth)), figure[at])
    return holds


def _distance(target: Target, index: NDArray[np.int64], depth: Floats) -> Floats:
    """Return the distance from the point ``depth`` under each sample to the nearest face, capped a little above ``depth``."""
    points = target.points[index] - depth[:, None] * target.normals[index]
    out = np.zeros(len(points))
    distance_to_mesh(np.ascontiguousarray(points), target.triangles, depth + target.deflection_mm, out)
    return out


def _within(target: Target, index: NDArray[np.int64], depth: Floats) -> Flags:
    """Return whether the point ``depth`` below each sample may be inside the part; below a knife edge it is outside, on the far side."""
    return ~target.rays.outside(target.points[index] - depth[:, None] * target.normals[index])


def _deep(target: Target, distance: Floats, depth: Floats) -> Flags:
    """Return whether a point is really as far from every face as its depth suggests, less the mesh's own error."""
    return np.asarray(distance >= 0.9 * depth - target.deflection_mm)


def excess_limit(excess: Floats, weight: Floats) -> float:
    """Return the excess not exceeded on 99.5 % of the reachable area: 0 (resolved only from 0.05 mm on) for a certified plan."""
    order = np.argsort(excess)
    covered = np.cumsum(weight[order])
    if not len(covered) or covered[-1] <= 0:
        return 0.0
    at = int(np.searchsorted(covered, AREA_SHARE_LIMIT * covered[-1] * (1 - 1e-12)))
    return float(excess[order[min(at, len(order) - 1)]])
