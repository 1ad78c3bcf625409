"""Compact encoding of meshes and tool paths for a page: positions on a 16-bit grid over their bounding box, as base64.

The grid step is the box's longest side / 65535, so a 200 mm part is drawn within 2 µm of its preview.
"""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Points = NDArray[np.float64]
_Numbers = NDArray[np.int64]

GRID = 65535
MAX_TRIANGLES = 24000


def packed(preview: dict[str, Any]) -> dict[str, Any]:
    """Encode ``{vertices, triangles, face_of}`` as ``{count, origin, step_mm, v, t, f}``; empty for an empty preview.

    ``v``: uint16 x, y, z per vertex; ``t``: uint32 corners per triangle; ``f``: uint32 face per triangle; little-endian, base64. Meshes beyond
    ``MAX_TRIANGLES`` are coarsened by merging vertices on a coarser and coarser grid; the view then shows fewer, larger triangles.
    """
    vertices = np.asarray(preview.get("vertices", ()), dtype=np.float64)
    triangles = np.asarray(preview.get("triangles", ()), dtype=np.int64)
    if not len(vertices) or not len(triangles):
        return {}
    faces = np.asarray(preview.get("face_of") or np.zeros(len(triangles)), dtype=np.int64)
    low = vertices.min(axis=0)
    side = float((vertices.max(axis=0) - low).max()) or 1.0
    cells = GRID
    points, corners, owners = _merged((vertices - low) / side, triangles, faces, cells)
    while len(corners) > MAX_TRIANGLES and cells > 64:
        cells = min(cells, 1024) // 2
        points, corners, owners = _merged((vertices - low) / side, triangles, faces, cells)
    return {
        "count": len(corners),
        "origin": [round(float(x), 4) for x in low],
        "step_mm": side / cells,
        "v": _text(points.astype("<u2").tobytes()),
        "t": _text(corners.astype("<u4").tobytes()),
        "f": _text(owners.astype("<u4").tobytes()),
    }


def packed_paths(setups: Sequence[Sequence[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Encode each step's ``{at, kind}`` (flat mm; how each point is reached) as ``{origin, step_mm, at, kind}``.

    ``at``: uint16 x, y, z per point; ``kind``: uint8 per point; little-endian, base64. A step without a move stays ``{}``.
    """
    return [[_packed_path(step["at"], step["kind"]) if step.get("kind") else {} for step in steps] for steps in setups]


def _packed_path(at: Sequence[float], kind: Sequence[int]) -> dict[str, Any]:
    low = [min(at[axis::3]) for axis in range(3)]
    side = max(max(at[axis::3]) - low[axis] for axis in range(3)) or 1.0
    shares = (np.asarray(at, dtype=np.float64).reshape(-1, 3) - low) / side
    grid = np.rint(shares * GRID).astype("<u2")
    return {"origin": low, "step_mm": side / GRID, "at": _text(grid.tobytes()), "kind": _text(bytes(kind))}


def _merged(shares: _Points, triangles: _Numbers, faces: _Numbers, cells: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Merge vertices, (n, 3) in fractions of the box, that fall on the same grid point; drop triangles that collapse."""
    on_grid = np.rint(shares * cells).astype(np.int64)
    keys = (on_grid[:, 0] << 32) | (on_grid[:, 1] << 16) | on_grid[:, 2]
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    ordered = np.argsort(first)  # points are numbered in order of first occurrence
    rank = np.empty_like(ordered)
    rank[ordered] = np.arange(len(ordered))
    moved = rank[place][triangles]
    a, b, c = moved.T
    kept = (a != b) & (b != c) & (c != a)
    return on_grid[first[ordered]], moved[kept], faces[kept]


def _text(values: bytes) -> str:
    return base64.b64encode(values).decode("ascii")
