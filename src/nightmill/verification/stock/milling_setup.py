"""Simulate setups in order, each with its height map: rapids into stock, collisions, gouges seen from above, and the stock passed on."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.stock.fixture_collision import meet_fixtures, upright
from nightmill.verification.stock.height_map_kernels import BLOCK, NOTHING, dig, lowest_around, rasterise, run_moves
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.ray_casting import distance_to_mesh
from nightmill.verification.target.tool_rows import MoveTable
from nightmill.vocabulary.plan import GOUGE_LIMIT_MM

Floats = NDArray[np.float64]

NODES = 900_000
LEAST_GRID_MM = 0.05
# Number of node visits in one setup that take about a second.
_VISITS = 1.5e8
_MOVES_BETWEEN_FALLS = 500  # number of moves after which to search again for material left over a hollow
_OBSTACLE_NODES = 250_000
_DEEPEST_MM = 5.0
_COLUMNS = 150
_LEVELS = 7


@dataclass(frozen=True)
class HeightMap:
    """Heights (rows, columns) at grid nodes: ``grid`` is x0, y0, h and the XY tolerance of the heights, all mm."""

    grid: Floats
    heights: Floats


@dataclass(frozen=True)
class SetupFindings:
    """Program lines with a rapid into stock and with a collision, the deepest gouge seen from above, and the remaining stock."""

    rapid_lines: tuple[int, ...]
    stock_collision_lines: tuple[int, ...]
    fixture_collision_lines: tuple[int, ...]
    gouge_mm: float
    gouge_at: tuple[float, float, float] | None
    stock: HeightMap


def turned(triangles: Floats, matrix: Floats) -> Floats:
    """Return triangles (m, 3, 3) transformed by a rigid (4, 4) matrix."""
    return np.ascontiguousarray(triangles @ matrix[:3, :3].T + matrix[:3, 3])


def run_setup(
    to_work: Floats,
    moves: MoveTable,
    stock: Solid,
    part_triangles: Floats,
    fixtures: list[Solid],
    earlier: list[tuple[Floats, HeightMap]],
    deflection_mm: float,
) -> SetupFindings:
    """Cut one setup.

    ``earlier``: the matrices and final maps of previous setups; ``deflection_mm``: how far the part's triangles may be off its faces.
    """
    raw = turned(stock.triangles, to_work)
    grid = _grid(raw, moves, tolerance=0.01)
    heights = _top(raw, grid)
    floor = heights.copy()
    bottom = float(raw[:, :, 2].min())
    back = np.linalg.inv(to_work)
    hollows = [(matrix @ back, other.grid, lowest_around(other.heights)) for matrix, other in earlier]
    for _, other_grid, _ in hollows:
        grid[3] = max(float(grid[3]), float(grid[2] + other_grid[2]))

    bound = _bound(heights)
    floor_bound = bound.copy()
    touched, lowered = np.ones(bound.shape, dtype=np.uint8), np.zeros(bound.shape, dtype=np.uint8)

    def fall() -> None:
        """Lower the stock where other setups have hollowed it out from below and the material over the hollow is gone."""
        for turn, other_grid, other in hollows:
            dig(
                heights,
                touched,
                lowered,
                grid,
                bottom,
                bound,
                turn,
                other_grid,
                other,
                min(0.25, max(0.1, float(other_grid[2]))),
            )
        touched[:], lowered[:] = lowered, 0

    fall()
    found = np.zeros(len(moves.geometry), dtype=np.uint8)
    upright_rows, others = upright(fixtures)
    if len(upright_rows):
        meet_fixtures(moves.geometry, moves.tool, moves.tools, upright_rows, found)
    obstacle = _obstacles(others)
    obstacle_bound = _bound(obstacle.heights)
    stride = _MOVES_BETWEEN_FALLS if hollows else max(1, len(moves.geometry))
    for first in range(0, len(moves.geometry), stride):
        rows = slice(first, first + stride)
        run_moves(
            moves.geometry[rows], moves.tool[rows], moves.rapid[rows], moves.tools, grid, heights, bound, floor,
            floor_bound, touched, obstacle.grid, obstacle.heights, obstacle_bound, found[rows],
        )  # fmt: skip
        fall()
    result = HeightMap(grid, heights)
    # material removed by earlier setups is known only to within one of their nodes. Beside a wall seen from the side that is a deep step,
    # which must never be taken for a gouge by this setup, so only this setup's own moves are compared with the part
    gouge, at = _gouge_from_above(
        turned(part_triangles, to_work), HeightMap(grid, floor), GOUGE_LIMIT_MM + deflection_mm
    )
    return SetupFindings(
        rapid_lines=_lines(moves, (found & 1) > 0),
        stock_collision_lines=_lines(moves, (found & 2) > 0),
        fixture_collision_lines=_lines(moves, (found & 4) > 0),
        gouge_mm=gouge,
        gouge_at=at,
        stock=result,
    )


def _lines(moves: MoveTable, flags: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(line) for line in np.unique(moves.line[flags]))


def _grid(raw: Floats, moves: MoveTable, tolerance: float) -> Floats:
    low, high = raw[:, :, :2].min(axis=(0, 1)), raw[:, :, :2].max(axis=(0, 1))
    area = float(np.prod(high - low))
    g = moves.geometry
    wide = 2 * moves.tools[moves.tool, 0] if len(g) else np.zeros(0)
    length = np.where(g[:, 0] == 1, np.abs(g[:, 11]) * g[:, 9], np.hypot(g[:, 4] - g[:, 1], g[:, 5] - g[:, 2]))
    swept = float(np.sum(np.minimum((length + wide) * wide, area)[~moves.rapid]))
    h = max(LEAST_GRID_MM, math.sqrt(area / NODES), math.sqrt(swept / _VISITS))
    return np.array([low[0], low[1], h, tolerance])


def _top(triangles: Floats, grid: Floats) -> Floats:
    high = triangles[:, :, :2].max(axis=(0, 1))
    columns = max(1, math.ceil((high[0] - grid[0]) / grid[2]))
    rows = max(1, math.ceil((high[1] - grid[1]) / grid[2]))
    heights = np.full((rows, columns), NOTHING)
    rasterise(triangles, grid[0], grid[1], grid[2], heights)
    return heights


def _bound(heights: Floats) -> Floats:
    """Return the upper bound of each block of nodes, from scratch."""
    rows, columns = (math.ceil(size / BLOCK) for size in heights.shape)
    padded = np.full((rows * BLOCK, columns * BLOCK), NOTHING)
    padded[: heights.shape[0], : heights.shape[1]] = heights
    return np.ascontiguousarray(padded.reshape(rows, BLOCK, columns, BLOCK).max(axis=(1, 3)))


def _obstacles(solids: list[Solid]) -> HeightMap:
    """Return one height map of all bodies that are not boxes or upright cylinders; a single empty node if there are none."""
    if not solids:
        return HeightMap(np.array([0.0, 0.0, 1.0, 0.0]), np.full((1, 1), NOTHING))
    triangles = np.ascontiguousarray(np.concatenate([solid.triangles for solid in solids]))
    low, high = triangles[:, :, :2].min(axis=(0, 1)), triangles[:, :, :2].max(axis=(0, 1))
    h = max(0.1, math.sqrt(float(np.prod(high - low)) / _OBSTACLE_NODES))
    grid = np.array([low[0], low[1], h, h])
    return HeightMap(grid, _top(triangles, grid))


def _gouge_from_above(
    part: Floats, stock: HeightMap, limit_mm: float
) -> tuple[float, tuple[float, float, float] | None]:
    """Return how deep the part, shrunk by one node, is cut at nodes where the stock is more than ``limit_mm`` below it."""
    top = np.full_like(stock.heights, NOTHING)
    rasterise(part, stock.grid[0], stock.grid[1], stock.grid[2], top)
    padded = np.pad(top, 1, constant_values=NOTHING)
    rows, columns = top.shape
    shrunk = top.copy()
    for dj in range(3):
        for di in range(3):
            np.minimum(shrunk, padded[dj : dj + rows, di : di + columns], out=shrunk)
    depth = np.where(shrunk > NOTHING / 2, shrunk - np.maximum(stock.heights, shrunk - 50.0), 0.0)
    wrong = np.argwhere(depth > limit_mm)
    if not len(wrong):
        return 0.0, None
    return _deepest(part, stock, wrong[:: max(1, len(wrong) // _COLUMNS)], shrunk, limit_mm)


def _deepest(
    part: Floats, stock: HeightMap, nodes: NDArray[np.int64], top: Floats, limit_mm: float
) -> tuple[float, tuple[float, float, float] | None]:
    """Return the largest distance from a removed point in the columns of ``nodes`` to the nearest face of the part."""
    x0, y0, h = (float(value) for value in stock.grid[:3])
    j, i = nodes[:, 0], nodes[:, 1]
    upper = top[j, i]
    lower = np.maximum(stock.heights[j, i], upper - 2 * _DEEPEST_MM)
    share = np.linspace(0.0, 1.0, _LEVELS)[:, None]
    z = (lower + share * (upper - lower)).ravel()
    points = np.stack([np.tile(x0 + (i + 0.5) * h, _LEVELS), np.tile(y0 + (j + 0.5) * h, _LEVELS), z], axis=1)
    out = np.zeros(len(points))
    distance_to_mesh(np.ascontiguousarray(points), part, np.full(len(points), _DEEPEST_MM), out)
    worst = int(np.argmax(out))
    if out[worst] <= limit_mm:
        return 0.0, None
    x, y, height = points[worst].tolist()
    return float(out[worst]), (x, y, height)
