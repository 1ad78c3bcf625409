"""Meshes and tool paths made small enough for a page: positions on a 16-bit grid over their box, packed as base64.

The grid's step is the box's longest side / 65535, so a 200 mm part is drawn within 2 µm of its preview.
"""

import base64
import sys
from array import array
from collections.abc import Sequence
from typing import Any

GRID = 65535
MAX_TRIANGLES = 24000


def packed(preview: dict[str, Any]) -> dict[str, Any]:
    """``{vertices, triangles, face_of}`` as ``{count, origin, step_mm, v, t, f}``; empty for an empty preview.

    ``v``: uint16 x, y, z a vertex; ``t``: uint32 corners a triangle; ``f``: uint32 face a triangle; little-endian, base64. Meshes beyond
    ``MAX_TRIANGLES`` are coarsened by merging vertices on a growing grid; the picture then shows fewer, larger triangles.
    """
    vertices: Sequence[Sequence[float]] = preview.get("vertices", ())
    triangles: Sequence[Sequence[int]] = preview.get("triangles", ())
    if not vertices or not triangles:
        return {}
    faces: Sequence[int] = preview.get("face_of") or [0] * len(triangles)
    low = [min(v[axis] for v in vertices) for axis in range(3)]
    side = max(max(v[axis] for v in vertices) - low[axis] for axis in range(3)) or 1.0
    cells = GRID
    points, corners, owners = _merged(vertices, triangles, faces, low, side, cells)
    while len(corners) > MAX_TRIANGLES and cells > 64:
        cells = min(cells, 1024) // 2
        points, corners, owners = _merged(vertices, triangles, faces, low, side, cells)
    return {
        "count": len(corners),
        "origin": [round(x, 4) for x in low],
        "step_mm": side / cells,
        "v": _text(array("H", [x for point in points for x in point])),
        "t": _text(array("I", [x for corner in corners for x in corner])),
        "f": _text(array("I", owners)),
    }


def packed_paths(setups: Sequence[Sequence[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Each step's ``{at, kind}`` (flat mm, how each point is reached) as ``{origin, step_mm, at, kind}``.

    ``at``: uint16 x, y, z a point; ``kind``: uint8 a point; little-endian, base64. A step without a move stays ``{}``.
    """
    return [[_packed_path(step["at"], step["kind"]) if step.get("kind") else {} for step in steps] for steps in setups]


def _packed_path(at: Sequence[float], kind: Sequence[int]) -> dict[str, Any]:
    low = [min(at[axis::3]) for axis in range(3)]
    side = max(max(at[axis::3]) - low[axis] for axis in range(3)) or 1.0
    grid = array("H", [round((value - low[place % 3]) / side * GRID) for place, value in enumerate(at)])
    return {"origin": low, "step_mm": side / GRID, "at": _text(grid), "kind": _text(array("B", kind))}


def _merged(
    vertices: Sequence[Sequence[float]],
    triangles: Sequence[Sequence[int]],
    faces: Sequence[int],
    low: Sequence[float],
    side: float,
    cells: int,
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]], list[int]]:
    """Vertices that fall on the same grid point become one; triangles that collapse are left out."""
    places: dict[tuple[int, int, int], int] = {}
    moved = []
    for v in vertices:
        x, y, z = (round((v[axis] - low[axis]) / side * cells) for axis in range(3))
        moved.append(places.setdefault((x, y, z), len(places)))
    corners, owners = [], []
    for triangle, face in zip(triangles, faces, strict=True):
        a, b, c = (moved[corner] for corner in triangle)
        if a != b and b != c and c != a:
            corners.append((a, b, c))
            owners.append(int(face))
    return list(places), corners, owners


def _text(values: "array[int]") -> str:
    if sys.byteorder == "big":
        values.byteswap()
    return base64.b64encode(values.tobytes()).decode("ascii")
