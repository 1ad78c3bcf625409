"""Simulate one turning setup: rapids into stock, shank and holder against stock, everything against jaws, and the stock passed on.

The stock is a raster of this setup's half-plane (z, r), with cells of a few hundredths; faces are judged elsewhere by the exact sweeps.
Cuts by earlier turning setups around the same axis are swept again; cuts by other setups are sampled around the axis, and a cell is empty
only if it is empty all around. Only material that contains the part stays: a parted-off stub falls.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.removal.turned_cuts import Strokes, TurnedCuts, half_plane, shrunk
from nightmill.verification.removal.turned_kernels import stamp, sweep_rows
from nightmill.verification.stock.milling_setup import turned
from nightmill.verification.target.bodies import Solid
from nightmill.verification.target.surface_samples import Target
from nightmill.vocabulary.plan import Body

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CELLS = 1_200_000
LEAST_CELL_MM = 0.02
FIXTURE_CELL_MM = 0.2
_SAMPLED_CELLS = 60_000
_AROUND = 36
_COAXIAL_MM = 0.002
_SECTORS = 72
_COLUMNS = 400
_SHALLOW_MM = 0.02
# a piece that contains a smaller fraction of the part falls off; specks with fewer cells than this count as attached
_HELD_SHARE = 0.001
_LEAST_FALLEN_CELLS = 400


@dataclass(frozen=True)
class TurnFindings:
    """Lines with a rapid into stock and with collisions; the cell size; the exact removal; the remaining piece as a mesh."""

    rapid_lines: tuple[int, ...]
    stock_collision_lines: tuple[int, ...]
    fixture_collision_lines: tuple[int, ...]
    cell_mm: float
    cuts: TurnedCuts
    piece: Solid


def run_turn(
    to_work: Floats, moves: Strokes, stock: Solid, part: Target, fixtures: list[Solid], removal: Removal
) -> TurnFindings:
    """Cut one setup; ``removal`` holds the setups before it."""
    raster, grid = _stock(to_work, stock, removal)
    keep = half_plane(part.points - 2 * max(_SHALLOW_MM, part.deflection_mm) * part.normals, to_work)
    raster = _held(raster, grid, keep)
    jaws, jaw_grid = _jaws(fixtures, grid)
    margin = 0.75 * float(grid[2]) + 0.01
    cuts = [shrunk(outline.cuts, margin) for outline in moves.outlines]
    bodies = [[shrunk(body, margin) for body in outline.bodies] for outline in moves.outlines]
    rapids, into_stock, into_jaws = set[int](), set[int](), set[int]()
    for move, tool, rapid, line in zip(moves.ends, moves.tool, moves.rapid, moves.line.tolist(), strict=True):
        outline = moves.outlines[tool]
        thin = cuts[tool]
        if rapid and thin is not None and sweep_rows(raster, grid, move, thin, False):
            rapids.add(line)
        if not rapid:
            sweep_rows(raster, grid, move, outline.cuts, True)
        if any(body is not None and sweep_rows(raster, grid, move, body, False) for body in bodies[tool]):
            into_stock.add(line)
        if any(sweep_rows(jaws, jaw_grid, move, shape, False) for shape in (outline.cuts, *outline.bodies)):
            into_jaws.add(line)
    left = _held(raster, grid, keep)
    fallen = raster & ~left
    return TurnFindings(
        rapid_lines=tuple(sorted(rapids)),
        stock_collision_lines=tuple(sorted(into_stock)),
        fixture_collision_lines=tuple(sorted(into_jaws)),
        cell_mm=float(grid[2]),
        cuts=TurnedCuts(to_work, moves, fallen if fallen.any() else None, grid),
        piece=Solid(Body(file="turned"), _mesh(left, grid, to_work)),
    )


def _stock(to_work: Floats, stock: Solid, removal: Removal) -> tuple[Flags, Floats]:
    """Return the raster of the material before this setup, and its grid (z0, r0, cell)."""
    work = turned(stock.triangles, to_work).reshape(-1, 3)
    low, high = float(work[:, 2].min()), float(work[:, 2].max())
    radius = float(np.hypot(work[:, 0], work[:, 1]).max())
    simple = _round(stock, to_work) and all(_coaxial(cuts.to_work, to_work) for cuts in removal.turned_setups)
    simple = simple and not removal.has_milled
    cells = CELLS if simple else _SAMPLED_CELLS
    h = max(LEAST_CELL_MM, math.sqrt((high - low) * radius / cells))
    grid = np.array([low, 0.0, h])
    rows, columns = max(1, round(radius / h)), max(1, round((high - low) / h))
    if not simple:
        return _sampled(to_work, stock, removal, grid, (rows, columns)), grid
    raster = np.ones((rows, columns), dtype=np.bool_)
    for cuts in removal.turned_setups:
        _sweep_again(raster, grid, cuts, to_work)
    return raster, grid


def _round(stock: Solid, to_work: Floats) -> bool:
    """Return whether the stock is a cylinder around this setup's spindle."""
    body = stock.body
    if body.base is None or body.axis is None:
        return False
    base = to_work[:3, :3] @ np.array(body.base) + to_work[:3, 3]
    axis = to_work[:3, :3] @ np.array(body.axis)
    return bool(abs(axis[2]) > (1 - 1e-9) * np.linalg.norm(axis) and math.hypot(base[0], base[1]) < _COAXIAL_MM)


def _coaxial(one: Floats, other: Floats) -> bool:
    turn = one @ np.linalg.inv(other)
    return bool(abs(abs(turn[2, 2]) - 1) < 1e-9 and np.hypot(turn[0, 3], turn[1, 3]) < _COAXIAL_MM)


def _sweep_again(raster: Flags, grid: Floats, cuts: TurnedCuts, to_work: Floats) -> None:
    """Remove material cut by an earlier setup around the same axis, seen from this setup."""
    turn = to_work @ np.linalg.inv(cuts.to_work)
    flip, shift = np.array([turn[2, 2], 1.0]), np.array([turn[2, 3], 0.0])
    moves = cuts.moves
    for index in np.flatnonzero(~moves.rapid):
        ends = np.concatenate([moves.ends[index, :2] * flip + shift, moves.ends[index, 2:] * flip + shift])
        sweep_rows(raster, grid, ends, moves.outlines[moves.tool[index]].cuts * flip, True)


def _sampled(to_work: Floats, stock: Solid, removal: Removal, grid: Floats, shape: tuple[int, int]) -> Flags:
    """Return cells that hold material at one of the angles around the axis."""
    back = np.linalg.inv(to_work)
    r, z = (
        each.ravel()
        for each in np.meshgrid(
            grid[1] + (np.arange(shape[0]) + 0.5) * grid[2],
            grid[0] + (np.arange(shape[1]) + 0.5) * grid[2],
            indexing="ij",
        )
    )
    found = np.zeros(len(r), dtype=np.bool_)
    for angle in np.arange(_AROUND) * (2 * math.pi / _AROUND):
        at = np.flatnonzero(~found)
        work = np.stack([r[at] * math.cos(angle), r[at] * math.sin(angle), z[at]], axis=1)
        model = work @ back[:3, :3].T + back[:3, 3]
        found[at] = stock.contains(model) & ~removal.removed(model)
    return found.reshape(shape)


def _held(raster: Flags, grid: Floats, keep: Floats) -> Flags:
    """Return only the pieces of the raster that contain some of the points (n, 2): the others fall off."""
    pieces, count = label(raster)
    if count < 2:
        return raster
    rows, columns = raster.shape
    j = ((keep[:, 1] - grid[1]) / grid[2]).astype(np.int64)
    i = np.floor((keep[:, 0] - grid[0]) / grid[2]).astype(np.int64)
    within = (j >= 0) & (j < rows) & (i >= 0) & (i < columns)
    size = np.bincount(pieces.ravel(), minlength=count + 1)
    held = np.bincount(pieces[j[within], i[within]], minlength=count + 1)
    held[0] = 0
    if not held.any():
        return raster
    stays = (held > _HELD_SHARE * held.sum()) | (size < _LEAST_FALLEN_CELLS)
    stays[0] = False
    return np.ascontiguousarray(stays[pieces])


def _jaws(fixtures: list[Solid], grid: Floats) -> tuple[Flags, Floats]:
    """Return a raster of the volume that fixtures sweep as they turn with the spindle; one empty cell if there are none."""
    if not fixtures:
        return np.zeros((1, 1), dtype=np.bool_), np.array([0.0, 0.0, 1.0])
    triangles = np.ascontiguousarray(np.concatenate([solid.triangles for solid in fixtures]))
    points = triangles.reshape(-1, 3)
    h = max(FIXTURE_CELL_MM, float(grid[2]))
    low, high = float(points[:, 2].min()) - h, float(points[:, 2].max()) + h
    rows = int(np.hypot(points[:, 0], points[:, 1]).max() / h) + 2
    place = np.array([low, 0.0, h])
    raster = np.zeros((rows, int((high - low) / h) + 2), dtype=np.bool_)
    stamp(triangles, h, place, raster)
    return raster, place


def _mesh(raster: Flags, grid: Floats, to_work: Floats) -> Floats:
    """Return the outermost surface of a raster turned around the axis, and the innermost surface of its bores: triangles (m, 3, 3),
    model.
    """
    step = max(1, math.ceil(raster.shape[1] / _COLUMNS))
    h = float(grid[2])
    rings: list[tuple[float, float, float, float]] = []
    for first in range(0, raster.shape[1], step):
        rows = np.flatnonzero(raster[:, first : first + step].any(axis=1))
        if len(rows):
            low = float(grid[1]) + h * int(rows[0])
            rings.append((float(grid[0]) + h * first, float(grid[0]) + h * min(first + step, raster.shape[1]), low, float(grid[1]) + h * (int(rows[-1]) + 1)))  # fmt: skip
    angle = np.arange(_SECTORS + 1) * (2 * math.pi / _SECTORS)
    spoke = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    widen = 1 / math.cos(math.pi / _SECTORS)
    triangles = []
    for z0, z1, inner, outer in rings:
        a, b = outer * widen * spoke[:-1], outer * widen * spoke[1:]
        c, d = inner * spoke[:-1], inner * spoke[1:]
        triangles += [_quad(a, b, z0, z1), _quad(d, c, z0, z1), _cap(c, a, b, d, z1), _cap(d, b, a, c, z0)]
    work = np.concatenate(triangles) if triangles else np.zeros((0, 3, 3))
    back = np.linalg.inv(to_work)
    return np.ascontiguousarray(work @ back[:3, :3].T + back[:3, 3])


def _quad(a: Floats, b: Floats, z0: float, z1: float) -> Floats:
    """Return a wall between two heights over the lines from ``a`` to ``b`` (n, 2)."""
    low, high = np.full((len(a), 1), z0), np.full((len(a), 1), z1)
    p, q, r, s = np.hstack([a, low]), np.hstack([b, low]), np.hstack([b, high]), np.hstack([a, high])
    return np.concatenate([np.stack([p, q, r], axis=1), np.stack([p, r, s], axis=1)])


def _cap(a: Floats, b: Floats, c: Floats, d: Floats, z: float) -> Floats:
    """Return a flat ring at one height, made of quadrilaterals a, b, c, d (n, 2)."""
    height = np.full((len(a), 1), z)
    p, q, r, s = (np.hstack([each, height]) for each in (a, b, c, d))
    return np.concatenate([np.stack([p, q, r], axis=1), np.stack([p, r, s], axis=1)])
