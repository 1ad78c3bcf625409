"""Material removed by the feed moves of one turning setup, exact for points and as strokes for a raster."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.nc.motions import RAPID, Motions, arc_points
from nightmill.verification.removal.lathe_tool_outline import Outline, outline_of
from nightmill.verification.removal.turned_kernels import covers, mark_turned
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Strokes:
    """All moves of a setup in order: ``ends`` (m, 4) z, x at start and end, the row of ``outlines`` of each, and its line."""

    ends: Floats
    tool: NDArray[np.int32]
    rapid: NDArray[np.bool_]
    line: NDArray[np.int32]
    outlines: tuple[Outline, ...]


def strokes(motions: Motions, tools: Sequence[Tool], chord_mm: float) -> Strokes:
    """Return a turning program's moves with known tools; arcs become chords within ``chord_mm``."""
    used = [tool for tool in tools if tool.number in motions.tools]
    rows = {tool.number: index for index, tool in enumerate(used)}
    ends: list[Floats] = []
    tool: list[int] = []
    rapid: list[bool] = []
    line: list[int] = []
    for move in motions.primitives:
        row = rows.get(move.tool)
        if row is None:
            continue
        points = (
            np.array([move.start, move.end])
            if move.arc is None
            else np.vstack([move.start, arc_points(move, chord_mm)])
        )
        plane = points[:, [2, 0]]
        ends.append(np.hstack([plane[:-1], plane[1:]]))
        count = len(plane) - 1
        tool += [row] * count
        rapid += [move.kind == RAPID] * count
        line += [move.line] * count
    return Strokes(
        np.ascontiguousarray(np.vstack(ends)) if ends else np.zeros((0, 4)),
        np.array(tool, dtype=np.int32),
        np.array(rapid, dtype=np.bool_),
        np.array(line, dtype=np.int32),
        tuple(outline_of(each) for each in used),
    )


class TurnedCuts:
    """The exact removal of one turning setup, queried for points in model coordinates.

    ``fallen`` and ``grid`` (z0, r0, cell): the raster of material that was parted off and has fallen.
    """

    def __init__(
        self, to_work: Floats, moves: Strokes, fallen: NDArray[np.bool_] | None = None, grid: Floats | None = None
    ) -> None:
        self._fallen, self._grid = fallen, grid
        feed = ~moves.rapid
        self.to_work = to_work
        self.moves = moves
        self._ends = np.ascontiguousarray(moves.ends[feed])
        self._tool = moves.tool[feed]
        self._line = moves.line[feed]
        sides = [_sides(outline.cuts) for outline in moves.outlines]
        self._sides = np.vstack(sides) if sides else np.zeros((0, 3))
        self._starts = np.cumsum([0, *(len(each) for each in sides)]).astype(np.int64)
        low = np.array([outline.cuts.min(axis=0) for outline in moves.outlines]).reshape(-1, 2)
        high = np.array([outline.cuts.max(axis=0) for outline in moves.outlines]).reshape(-1, 2)
        first, last = self._ends[:, :2], self._ends[:, 2:]
        self._boxes = np.hstack([np.minimum(first, last) + low[self._tool], np.maximum(first, last) + high[self._tool]])

    def mark(self, points: Floats, done: NDArray[np.bool_]) -> None:
        """Set ``done`` for points (n, 3), model coordinates, that a feed move removes."""
        plane = half_plane(points, self.to_work)
        mark_turned(plane, self._ends, self._tool, self._boxes, self._sides, self._starts, done)
        if self._fallen is not None and self._grid is not None:
            rows, columns = self._fallen.shape
            i = np.floor((plane[:, 0] - self._grid[0]) / self._grid[2]).astype(np.int64)
            j = np.floor((plane[:, 1] - self._grid[1]) / self._grid[2]).astype(np.int64)
            at = np.flatnonzero((i >= 0) & (i < columns) & (j < rows))
            done[at] |= self._fallen[j[at], i[at]]

    def first_line(self, point: Floats) -> int | None:
        """Return the line of the first feed move that removes a point (3,), model coordinates."""
        z, r = half_plane(point[None], self.to_work)[0].tolist()
        for move, tool, line in zip(self._ends, self._tool, self._line.tolist(), strict=True):
            first, last = self._starts[tool], self._starts[tool + 1]
            if any(covers(z, x, move, self._sides, first, last) for x in (r, -r)):
                return int(line)
        return None


def half_plane(points: Floats, to_work: Floats) -> Floats:
    """Return model points (n, 3) as (z, r) in a setup."""
    work = points @ to_work[:3, :3].T + to_work[:3, 3]
    return np.ascontiguousarray(np.stack([work[:, 2], np.hypot(work[:, 0], work[:, 1])], axis=1))


def _sides(corners: Floats) -> Floats:
    """Return the sides (n, 3) of a counter-clockwise outline: outward normal and its offset."""
    way = np.roll(corners, -1, axis=0) - corners
    length = np.linalg.norm(way, axis=1)
    keep = length > 1e-12
    normal = np.stack([way[:, 1], -way[:, 0]], axis=1)[keep] / length[keep, None]
    return np.hstack([normal, np.einsum("nc,nc->n", normal, corners[keep])[:, None]])


def shrunk(corners: Floats, by_mm: float) -> Floats | None:
    """Return a convex outline with all sides moved inwards; None if nothing is left."""
    from scipy.optimize import linprog
    from scipy.spatial import ConvexHull, HalfspaceIntersection

    sides = _sides(corners)
    widest = linprog(
        [0.0, 0.0, -1.0],
        A_ub=np.hstack([sides[:, :2], np.ones((len(sides), 1))]),
        b_ub=sides[:, 2] - by_mm,
        bounds=[(None, None), (None, None), (0.0, 1e4)],
    )
    if not widest.success or widest.x is None or widest.x[2] < 1e-6 or not math.isfinite(widest.x[2]):
        return None
    cut = HalfspaceIntersection(np.hstack([sides[:, :2], by_mm - sides[:, 2:]]), widest.x[:2])
    points = cut.intersections
    return np.ascontiguousarray(points[ConvexHull(points).vertices])
