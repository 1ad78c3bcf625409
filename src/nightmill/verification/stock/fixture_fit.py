"""Check that the piece, as left by the previous setups, fits into the fixtures of the next setup."""

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.surface_samples import Target

Floats = NDArray[np.float64]

# Fixtures touch the piece; only deeper contact than this is an overlap.
DEEP_MM = 0.15
_POINTS = 40_000
_FEWEST = 5
_REACH_MM = 5.0


def overlaps(
    fixtures: list[Solid], stock: Solid, removal: Removal, part: Target, to_work: Floats
) -> list[tuple[str, tuple[float, float, float]]]:
    """Return fixtures (name, a place in work coordinates) that overlap the piece; ``removal`` holds the setups before.

    The search covers 5 mm around the part, on a grid of about 40,000 points in the space common to fixture and raw
    piece, so that a plate that is only slightly too high isn't missed between two points.
    """
    back = np.linalg.inv(to_work)
    raw = stock.triangles.reshape(-1, 3)
    low = np.maximum(part.low - _REACH_MM, raw.min(axis=0))
    high = np.minimum(part.high + _REACH_MM, raw.max(axis=0))
    found = []
    for fixture in fixtures:
        model = fixture.triangles.reshape(-1, 3) @ back[:3, :3].T + back[:3, 3]
        first, last = np.maximum(model.min(axis=0), low), np.minimum(model.max(axis=0), high)
        if not np.all(last - first > 2 * DEEP_MM):
            continue
        points = _grid(first, last)
        held = _held(points, fixture, stock, removal, to_work)
        points = points[held]
        for axis in range(3):
            for side in (-DEEP_MM, DEEP_MM):
                step = np.zeros(3)
                step[axis] = side
                points = points[_held(points + step, fixture, stock, removal, to_work)]
        if len(points):
            x, y, z = (points[len(points) // 2] @ to_work[:3, :3].T + to_work[:3, 3]).tolist()
            found.append((fixture.body.name or "a fixture", (x, y, z)))
    return found


def _grid(low: Floats, high: Floats) -> Floats:
    size = high - low
    step = float(np.prod(size) / _POINTS) ** (1 / 3)
    axes = [
        low[k] + (np.arange(max(_FEWEST, int(size[k] / step))) + 0.5) / max(_FEWEST, int(size[k] / step)) * size[k]
        for k in range(3)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def _held(points: Floats, fixture: Solid, stock: Solid, removal: Removal, to_work: Floats) -> NDArray[np.bool_]:
    """Return whether each point (model coordinates) is both in the fixture and in the piece."""
    held = fixture.contains(points @ to_work[:3, :3].T + to_work[:3, 3])
    rest = np.flatnonzero(held)
    rest = rest[stock.contains(points[rest])]
    rest = rest[~removal.removed(points[rest])]
    held[:] = False
    held[rest] = True
    return held
