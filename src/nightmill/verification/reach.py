"""Which surface points some tool of a list could clear at all, from one of the six axes, without cutting into the part.

Asked for points that stand proud: what the programs cleared was evidently reached. A tool stands upright over the point
with its underside, cone or flank through it; where it stands is searched for, so that what it would take from the part
is least. The part is a cloud of points a little below its faces: a tool that holds one of them would cut into the part
there. What lies between two points of the cloud is not seen, and a little cutting is let go, so a point may be called
within reach although it isn't quite; never the other way round.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.verification.cells import enter, fill_cells
from nightmill.verification.cutters import is_rotating, tool_row
from nightmill.verification.surface import Target
from nightmill.verification.sweep import underside
from nightmill.verification.visibility import LIFT_MM
from nightmill.vocabulary.plan import EXCESS_LIMIT_MM, GOUGE_LIMIT_MM, Tool

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASKED = 60  # points asked for, evenly out of all; the others get the answer of the nearest one on their face
_AT_ONCE = 5  # points between two looks at the clock
_CLOUD_MM = 0.5
_CLOUD = 200_000
_AROUND_MM = 4.0
_CELL_MM = 1.5
# How far a tool may hold a point of the cloud, over and above the depth at which the cloud lies.
_LET_GO_MM = 0.02
_STOP_MM = 0.008
# The depth changes by about a millimetre a millimetre of way: a search that lacks this many steps will not make it.
_GIVE_UP_STEPS = 8.0
# A tap and a reamer follow a hole that is there already; a thread mill's profile is the thread's.
_NOT_ASKED = frozenset({"tap", "reamer", "thread_mill", "tslot"})


@dataclass(frozen=True)
class _View:
    """The part's cloud seen along one axis, up being +Z: points (n, 3) by XY cell, the highest of each cell."""

    cloud: Floats
    grid: Floats
    shape: Ints
    starts: Ints
    entries: NDArray[np.int32]
    highest: Floats


def reached_by(
    target: Target, proud: Ints, tools: Sequence[Tool], late: Callable[[], bool] = lambda: False
) -> NDArray[np.int32] | None:
    """For each sample of ``target`` in ``proud`` (k,) the number of a tool that could clear it, 0 where none of them can.

    None where ``late`` says that the time was up before all points were asked.
    """
    from scipy.spatial import cKDTree

    asked = proud[:: max(1, math.ceil(len(proud) / ASKED))]
    milling = [tool for tool in tools if is_rotating(tool) and tool.type not in _NOT_ASKED]
    answer = _ask(target, asked, milling, late)
    if answer is None:
        return None
    out = np.zeros(len(proud), dtype=np.int32)
    for face in np.unique(target.face[proud]):
        mine = np.flatnonzero(target.face[proud] == face)
        has = np.flatnonzero(target.face[asked] == face)
        if not len(has):
            has = np.arange(len(asked))
        _, nearest = cKDTree(target.points[asked[has]]).query(target.points[proud[mine]])
        out[mine] = answer[has[nearest]]
    return out


def _ask(target: Target, asked: Ints, tools: list[Tool], late: Callable[[], bool]) -> NDArray[np.int32] | None:
    rows, numbers, family = _families(tools)
    points = target.points[asked] + EXCESS_LIMIT_MM * target.normals[asked]
    answer = np.zeros(len(asked), dtype=np.int32)
    cloud = _cloud(target, points)
    lifted = target.points[asked] + max(LIFT_MM, 2 * target.deflection_mm) * target.normals[asked]
    for axis in range(3):
        above, below = target.rays.crossings(lifted, axis)
        for sign, blocked in ((1.0, above), (-1.0, below)):
            left = np.flatnonzero((answer == 0) & (blocked == 0))
            if not len(left):
                continue
            turn = np.zeros((3, 3))
            turn[0, (axis + 1) % 3], turn[1, (axis + 2) % 3], turn[2, axis] = 1.0, sign, sign
            view = _view(cloud @ turn.T)
            for some in np.array_split(left, math.ceil(len(left) / _AT_ONCE)):
                if late():
                    return None
                found = np.zeros(len(some), dtype=np.int64)
                search(
                    np.ascontiguousarray(points[some] @ turn.T),
                    np.ascontiguousarray(target.normals[asked[some]] @ turn.T),
                    rows, family, view.cloud, view.grid, view.shape, view.starts, view.entries, view.highest, found,
                )  # fmt: skip
                answer[some] = np.where(found > 0, numbers[found - 1], 0)
    return answer


def _families(tools: list[Tool]) -> tuple[Floats, NDArray[np.int32], Ints]:
    """Rows of the tools (k, 10), their numbers, and where each family begins (f + 1,), a family rising in radius.

    In a family the undersides are alike but for the width of their flat part, so that a smaller tool fits in wherever a
    larger one does, lengths aside.
    """
    rows = np.array([tool_row(tool) for tool in tools], dtype=np.float64).reshape(-1, 10)
    if not len(rows):
        return rows, np.ones(1, dtype=np.int32), np.zeros(1, dtype=np.int64)
    ball = (rows[:, 2] > 0) & (rows[:, 1] <= 0)
    pointed = rows[:, 3] > 0
    kind = np.stack(
        [ball, np.where(ball, 0.0, rows[:, 2]), np.where(pointed, rows[:, 1], 0.0), rows[:, 3]], axis=1
    ).round(6)
    _, group = np.unique(kind, axis=0, return_inverse=True)
    group = group.reshape(-1)
    order = np.lexsort((-rows[:, 6], rows[:, 0], group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    numbers = np.array([tool.number for tool in tools], dtype=np.int32)[order]
    return np.ascontiguousarray(rows[order]), numbers, np.append(starts, len(order)).astype(np.int64)


def _cloud(target: Target, points: Floats) -> Floats:
    """Points of the part below its faces by what may be cut: the samples, and around ``points`` a denser cloud."""
    sunk = target.points - GOUGE_LIMIT_MM * target.normals
    t = target.triangles
    low, high = t.min(axis=1), t.max(axis=1)
    near = np.all(high > points.min(axis=0) - _AROUND_MM, axis=1) & np.all(
        low < points.max(axis=0) + _AROUND_MM, axis=1
    )
    t = t[near]
    near = np.zeros(len(t), dtype=np.bool_)
    mark_near(t, np.ascontiguousarray(points), _AROUND_MM, near)
    t = t[near]
    cross = np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0])
    double = np.linalg.norm(cross, axis=1)
    t, cross, double = t[double > 1e-12], cross[double > 1e-12], double[double > 1e-12]
    pitch = max(_CLOUD_MM, math.sqrt(float(double.sum()) / 2 / _CLOUD))
    longest = np.linalg.norm(t - np.roll(t, 1, axis=1), axis=2).max(axis=1)
    across = double / np.maximum(longest, 1e-9)
    parts = [sunk]
    for along in np.unique(np.ceil(longest / pitch).astype(np.int64)):
        rows = np.flatnonzero(np.ceil(longest / pitch).astype(np.int64) == along)
        level = max(1, min(int(along), math.ceil(float(across[rows].max()) / pitch) + 1))
        u, v = np.meshgrid((np.arange(along) + 0.5) / along, (np.arange(level) + 0.5) / level)
        share = np.stack([1 - np.sqrt(u), np.sqrt(u) * (1 - v), np.sqrt(u) * v], axis=-1).reshape(-1, 3)
        spread = np.einsum("nk,mkc->mnc", share, t[rows])
        depth = (GOUGE_LIMIT_MM + target.deflection_mm) * cross[rows] / double[rows, None]
        parts.append((spread - depth[:, None]).reshape(-1, 3))
    return np.concatenate(parts)


def _view(cloud: Floats) -> _View:
    order = np.argsort(-cloud[:, 2])
    cloud = np.ascontiguousarray(cloud[order])
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    cell = max(_CELL_MM, float((high - low)[:2].max()) / 400)
    grid = np.array([low[0], low[1], cell])
    shape = np.array([int((high[axis] - low[axis]) / cell) + 1 for axis in (0, 1)], dtype=np.int64)
    starts, entries = fill_cells(
        int(shape[0] * shape[1]), lambda starts, entries: bin_points(cloud, grid, shape, starts, entries)
    )
    highest = np.full(len(starts) - 1, -1e9)
    filled = np.flatnonzero(np.diff(starts))
    highest[filled] = cloud[entries[starts[filled]], 2]
    return _View(cloud, grid, shape, starts, entries, highest)


@njit(cache=True, nogil=True)
def mark_near(triangles: Floats, points: Floats, within: float, near: NDArray[np.bool_]) -> None:
    """Set ``near`` (m,) for each triangle whose box lies within ``within`` mm of one of the points (n, 3)."""
    for t in range(len(triangles)):
        for p in range(len(points)):
            away = 0.0
            for axis in range(3):
                low = min(triangles[t, 0, axis], triangles[t, 1, axis], triangles[t, 2, axis])
                high = max(triangles[t, 0, axis], triangles[t, 1, axis], triangles[t, 2, axis])
                away += max(0.0, low - points[p, axis], points[p, axis] - high) ** 2
            if away < within * within:
                near[t] = True
                break


@njit(cache=True, nogil=True)
def bin_points(points: Floats, grid: Floats, shape: Ints, starts: Ints, entries: NDArray[np.int32]) -> int:
    """Enter points (n, 3) in the cells of their XY, in order; counts while ``entries`` is empty."""
    for p in range(len(points)):
        i, j = int((points[p, 0] - grid[0]) // grid[2]), int((points[p, 1] - grid[1]) // grid[2])
        enter(p, min(j, shape[1] - 1) * shape[0] + min(i, shape[0] - 1), starts, entries)
    return len(points)


@njit(cache=True)
def held(tool: Floats, whole: bool, d: float, rise: float) -> float:
    """How deep a point at distance ``d`` from the axis and ``rise`` above the tip lies in the tool, 0 or less outside.

    With ``whole`` shank and holder count; without, the cutter goes on upwards for ever.
    """
    radius, flat, corner, slope = tool[0], tool[1], tool[2], tool[3]
    deep = radius - d
    if whole and rise > tool[4]:
        deep = tool[5] - d if tool[5] > 0.0 else -1.0
    if whole and rise > tool[6]:
        return max(deep, min(tool[7] - d, rise - tool[6]))
    if deep <= 0.0:
        return deep
    if corner > 0.0 and d > flat:
        if rise < corner:
            return min(deep, corner - math.sqrt((d - flat) ** 2 + (corner - rise) ** 2))
        return deep
    if slope > 0.0 and d > flat:
        return min(deep, (rise - (d - flat) * slope) / math.sqrt(1.0 + slope * slope))
    return min(deep, rise)


@njit(cache=True)
def worst(
    tool: Floats, whole: bool, x: float, y: float, tip: float, give_up: float, cloud: Floats, grid: Floats, shape: Ints,
    starts: Ints, entries: NDArray[np.int32], highest: Floats,
) -> float:  # fmt: skip
    """How deep the tool, standing at (x, y) with its tip at ``tip``, holds any point of the cloud; stops at ``give_up``."""
    deepest = -1.0
    size = max(tool[0], tool[5], tool[7]) if whole else tool[0]
    i0, i1 = int((x - size - grid[0]) // grid[2]), int((x + size - grid[0]) // grid[2])
    j0, j1 = int((y - size - grid[1]) // grid[2]), int((y + size - grid[1]) // grid[2])
    slim = max(tool[0], tool[5]) + 0.7072 * grid[2]
    for j in range(max(0, j0), min(shape[1] - 1, j1) + 1):
        for i in range(max(0, i0), min(shape[0] - 1, i1) + 1):
            cell = j * shape[0] + i
            if highest[cell] <= tip:
                continue
            middle = math.hypot(grid[0] + (i + 0.5) * grid[2] - x, grid[1] + (j + 0.5) * grid[2] - y)
            least = tip if middle <= slim else tip + tool[6]
            for k in range(starts[cell], starts[cell + 1]):
                p = entries[k]
                if cloud[p, 2] <= least:
                    break
                deep = held(tool, whole, math.hypot(cloud[p, 0] - x, cloud[p, 1] - y), cloud[p, 2] - tip)
                if deep > deepest:
                    deepest = deep
                    if deepest >= give_up:
                        return deepest
    return deepest


@njit(cache=True)
def too_deep(
    tool: Floats, q: Floats, cloud: Floats, grid: Floats, shape: Ints, starts: Ints, entries: NDArray[np.int32],
    highest: Floats,
) -> bool:  # fmt: skip
    """Whether the holder meets the part wherever the tool stands that takes ``q``: a quick answer, often enough."""
    size = tool[7] - tool[0] - 2.0 * _LET_GO_MM
    least = q[2] + tool[6] + 2.0 * _LET_GO_MM
    if size <= 0.0:
        return False
    i0, i1 = int((q[0] - size - grid[0]) // grid[2]), int((q[0] + size - grid[0]) // grid[2])
    j0, j1 = int((q[1] - size - grid[1]) // grid[2]), int((q[1] + size - grid[1]) // grid[2])
    for j in range(max(0, j0), min(shape[1] - 1, j1) + 1):
        for i in range(max(0, i0), min(shape[0] - 1, i1) + 1):
            cell = j * shape[0] + i
            if highest[cell] > least:
                for k in range(starts[cell], starts[cell + 1]):
                    p = entries[k]
                    if cloud[p, 2] <= least:
                        break
                    if math.hypot(cloud[p, 0] - q[0], cloud[p, 1] - q[1]) < size:
                        return True
    return False


@njit(cache=True)
def fits(
    tool: Floats, whole: bool, within: float, q: Floats, n: Floats, cloud: Floats, grid: Floats, shape: Ints,
    starts: Ints, entries: NDArray[np.int32], highest: Floats,
) -> bool:  # fmt: skip
    """Whether the tool finds a place, its axis ``within`` mm of ``q``, from which it takes ``q`` and leaves the part alone.

    ``n`` is the normal of the face of ``q``, away from which the search begins.
    """
    most = min(tool[0], within) * (1.0 - 1e-6)
    size = math.hypot(n[0], n[1])
    away = math.atan2(n[1], n[0]) if size > 1e-9 else 0.0
    best = np.full(3, 1e9)
    at = np.zeros((3, 2))
    near_tip = within < tool[0]
    for start in range(13 if near_tip else 37):
        r = 0.0 if start == 0 else most * (1.0, 0.65, 0.3)[(start - 1) // 12] - 1e-9
        turn = away + 2.0 * math.pi * ((start - 1) % 12) / 12.0
        x, y = r * math.cos(turn), r * math.sin(turn)
        tip = q[2] - underside(min(r, most), tool[1], tool[2], tool[3])
        deep = worst(
            tool, whole, q[0] + x, q[1] + y, tip, best[2], cloud, grid, shape, starts, entries, highest
        )  # fmt: skip
        if deep <= _LET_GO_MM:
            return True
        if deep < best[2]:
            slot = 2
            while slot > 0 and deep < best[slot - 1]:
                best[slot] = best[slot - 1]
                at[slot] = at[slot - 1]
                slot -= 1
            best[slot] = deep
            at[slot, 0], at[slot, 1] = x, y
    for slot in range(1 if near_tip else 2):
        deep, x, y = best[slot], at[slot, 0], at[slot, 1]
        step = most / 6.0
        while step > _STOP_MM and deep < 1e9:
            better = False
            for way in range(8):
                nx = x + step * math.cos(away + way * math.pi / 4.0)
                ny = y + step * math.sin(away + way * math.pi / 4.0)
                r = math.hypot(nx, ny)
                if r > most:
                    nx, ny, r = nx * most / r, ny * most / r, most
                tip = q[2] - underside(r, tool[1], tool[2], tool[3])
                new = worst(
                    tool, whole, q[0] + nx, q[1] + ny, tip, deep, cloud, grid, shape, starts, entries, highest
                )  # fmt: skip
                if new <= _LET_GO_MM:
                    return True
                if new < deep - 1e-6:
                    deep, x, y, better = new, nx, ny, True
                    break
            if not better:
                step /= 2.0
                if deep > _LET_GO_MM + _GIVE_UP_STEPS * step:
                    break
    return False


@njit(cache=True, nogil=True)
def search(
    points: Floats, normals: Floats, tools: Floats, family: Ints, cloud: Floats, grid: Floats, shape: Ints,
    starts: Ints, entries: NDArray[np.int32], highest: Floats, found: Ints,
) -> None:  # fmt: skip
    """Set ``found`` (k,) to one more than the row of the first tool that can take each point, seen from +Z.

    The first family is that of flat cutters. Where one of them, however long, finds no place, no tool does whose
    cross-section at the point's height is as wide: it would hold that cutter. Of pointed and ball-nosed tools the places
    near the tip are left then.
    """
    for p in range(len(points)):
        q, n = points[p], normals[p]
        within = 1e9
        for f in range(len(family) - 1):
            if tools[family[f], 1] >= within:
                continue
            slim = True
            for row in range(family[f], family[f + 1]):
                if row == family[f] or tools[row, 0] > tools[row - 1, 0]:
                    slim = fits(tools[row], False, within, q, n, cloud, grid, shape, starts, entries, highest)
                if not slim:
                    if tools[row, 2] == 0.0 and tools[row, 3] == 0.0:
                        within = tools[row, 0]
                    break
                if too_deep(tools[row], q, cloud, grid, shape, starts, entries, highest):
                    continue
                if fits(tools[row], True, within, q, n, cloud, grid, shape, starts, entries, highest):
                    found[p] = row + 1
                    break
            if found[p] > 0:
                break
