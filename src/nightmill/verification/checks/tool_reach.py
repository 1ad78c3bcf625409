"""Find which surface points some tool in a list could clear from one of the six axes without cutting into the part.

Only points that stand proud are computed: points that the programs cleared were evidently reached. A tool is placed upright with its
underside or flank through the point, at the height that may be left on the face; ``tool_reach_kernels`` searches
all positions against the part's own mesh. The holder keeps 0.5 mm clearance, a tiny cutter its run-out; drills count only in holes of
their own diameter. No overlap is tolerated except, beside hollow faces, the mesh's deflection:
the gouge limit allows for errors, not for planned cuts. A point just out of reach may be called within reach, because of that deflection,
the steps of a rounded or pointed underside and the slack of the search; a point is called
out of reach only if no position works.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.verification.checks.tool_reach_kernels import first_standing
from nightmill.verification.target.surface_samples import Target
from nightmill.verification.target.tool_rows import is_rotating, tool_row
from nightmill.vocabulary.plan import EXCESS_LIMIT_MM, Tool

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOLDER_ROOM_MM = 0.5
"""Clearance of a holder from the part that a machinist would keep."""
MICRO_MM, MICRO_ROOM_MM = 1.0, 0.006
"""Clearance on all sides of cutters up to the first diameter: half of the run-out of a DIN 6499 collet chuck, 0.010 to 0.015 mm. This
exceeds their chip thickness, so that such cutters break in a slot of their own width; wider cutters can cut it."""
ASKED = 400  # points computed, evenly chosen from all; the others get the result of the nearest computed point on their face
_AT_ONCE = 10  # number of points between two checks of the clock
_HANDS = 2
_STEPS = 8  # columns that represent a rounded or pointed underside
# the number of columns into which a pointed tool's first one is split, denser towards the tip: a groove may be narrower
# than a step
_FINER, _RATE = 4, 2.0
_TURN = 1e-4  # how far a plane face's triangles may be off each other's planes, divided by their size
# A tap and a reamer follow a hole that is there already; a thread mill's profile is the thread's.
_NOT_SEARCHED = frozenset({"tap", "reamer", "thread_mill", "tslot"})
_OWN_HOLE = frozenset({"drill", "spot"})


def reached_by(
    target: Target,
    proud: Ints,
    tools: Sequence[Tool],
    late: Callable[[], bool] = lambda: False,
    most: int = ASKED,
    known: dict[int, int] | None = None,
) -> NDArray[np.int32] | None:
    """Return for each sample of ``target`` in ``proud`` (k,) the number of a tool that could clear it, 0 if none can.

    No more than ``most`` points are computed; the others get the result of the nearest computed point on their face.
    The selection depends only on the points' numbers, so that another check of the part selects the same points;
    ``known`` keeps their results, which depend only on part and tools. Returns None if ``late`` says that time was up
    before all were computed.
    """
    from scipy.spatial import cKDTree

    if not len(proud):
        return np.zeros(0, dtype=np.int32)
    asked = _chosen(proud, most)
    milling = [tool for tool in tools if is_rotating(tool) and tool.type not in _NOT_SEARCHED]
    told = {} if known is None else known
    unknown = np.array([point for point in asked.tolist() if point not in told], dtype=np.int64)
    found = _ask(target, unknown, milling, late)
    if found is None:
        return None
    told.update(zip(unknown.tolist(), found.tolist(), strict=True))
    answer = np.array([told[point] for point in asked.tolist()], dtype=np.int32)
    out = np.zeros(len(proud), dtype=np.int32)
    for face in np.unique(target.face[proud]):
        mine = np.flatnonzero(target.face[proud] == face)
        has = np.flatnonzero(target.face[asked] == face)
        if not len(has):
            has = np.arange(len(asked))
        _, nearest = cKDTree(target.points[asked[has]]).query(target.points[proud[mine]])
        out[mine] = answer[has[nearest]]
    return out


def _chosen(proud: Ints, most: int) -> Ints:
    """Return the samples (k,) whose number is a multiple of the least power of two that leaves no more than ``most``."""
    step = 1
    while np.count_nonzero(proud % step == 0) > most:
        step *= 2
    chosen = proud[proud % step == 0]
    return chosen if len(chosen) else proud[:1]


def _ask(target: Target, asked: Ints, tools: list[Tool], late: Callable[[], bool]) -> NDArray[np.int32] | None:
    answer = np.zeros(len(asked), dtype=np.int32)
    if not tools or not len(asked):
        return answer
    rows, numbers, family = _families(tools)
    drill = np.isin(numbers, [tool.number for tool in tools if tool.type in _OWN_HOLE])
    columns = [columns_of(row, own) for row, own in zip(rows, drill.tolist(), strict=True)]
    for each, row, own in zip(columns, rows, drill.tolist(), strict=True):
        each[:, 1] += MICRO_ROOM_MM if 2 * row[0] <= MICRO_MM and not own else 0.0
    starts = np.cumsum([0, *map(len, columns)])
    points = target.points[asked] + EXCESS_LIMIT_MM * target.normals[asked]
    slack = np.where(_exact(target), 0.0, target.deflection_mm)
    blocked = np.concatenate([np.stack(target.rays.crossings(points, axis)) for axis in range(3)])
    facing = np.stack([sign * target.normals[asked, axis] for axis in range(3) for sign in (1.0, -1.0)])
    # a tool usually reaches a face from the side that the face points to; trying that side first often makes the others
    # unnecessary
    choice = np.argsort(-facing, axis=0, kind="stable")
    tables: dict[int, tuple[Floats, tuple[NDArray[Any], ...]]] = {}
    for way, side in itertools.product(range(6), range(6)):
        left = np.flatnonzero((answer == 0) & (choice[way] == side) & (blocked[side] == 0))
        if not len(left):
            continue
        if side not in tables:
            turn = _upwards(side)
            triangles = np.ascontiguousarray(target.triangles @ turn.T)
            low, high = triangles.min(axis=1), triangles.max(axis=1)
            boxes = np.ascontiguousarray(np.column_stack([low[:, :2], high]))
            tables[side] = (
                np.ascontiguousarray(points @ turn.T),
                (rows, np.vstack(columns), starts, family, drill, slack, triangles, boxes),
            )
        turned, table = tables[side]

        def ask(some: Ints, turned: Floats = turned, table: tuple[NDArray[Any], ...] = table) -> Ints | None:
            if late():
                return None
            found = np.zeros(len(some), dtype=np.int64)
            first_standing(turned[some], *table, found)
            return found

        groups = np.array_split(left, math.ceil(len(left) / _AT_ONCE))
        with ThreadPoolExecutor(_HANDS) as hands:
            for some, found in zip(groups, hands.map(ask, groups), strict=True):
                if found is None:
                    return None
                answer[some] = np.where(found > 0, numbers[found - 1], 0)
    return answer


def _upwards(side: int) -> Floats:
    """Return the rotation (3, 3) that turns a side up: +X, -X, +Y, -Y, +Z, -Z in order."""
    axis, sign = side // 2, 1.0 - 2.0 * (side % 2)
    turn = np.zeros((3, 3))
    turn[0, (axis + 1) % 3], turn[1, (axis + 2) % 3], turn[2, axis] = 1.0, sign, sign
    return turn


def _exact(target: Target) -> NDArray[np.bool_]:
    """Return which triangles (m,) can't obstruct a tool because of the mesh's error.

    These are the triangles on plane and convex faces, whose chords are inside the part, except corners shared with hollow faces.
    """
    _, corner = np.unique(target.triangles.reshape(-1, 3).round(6), axis=0, return_inverse=True)
    corner = corner.reshape(-1, 3)
    touched = np.zeros(int(corner.max()) + 1, dtype=np.bool_)
    touched[corner[_hollow(target, corner)[target.triangle_face]]] = True
    return np.asarray(~touched[corner].any(axis=1))


def _hollow(target: Target, corner: Ints) -> NDArray[np.bool_]:
    """Return which faces (f,) are concave anywhere, judged by triangles that share a side; ``corner`` (m, 3) ids."""
    count, size = len(corner), int(corner.max()) + 1
    first, second, third = (target.triangles[:, k] for k in range(3))
    cross = np.cross(second - first, third - first)
    length = np.linalg.norm(cross, axis=1, keepdims=True)
    normals = cross / np.where(length > 1e-9, length, 1.0)
    starts, ends = (np.concatenate([corner[:, (k + step) % 3] for k in range(3)]) for step in (0, 1))
    keys, back = starts * size + ends, ends * size + starts
    order = np.argsort(keys, kind="stable")
    at = order[np.minimum(np.searchsorted(keys[order], back), len(keys) - 1)]
    owner, mate = np.tile(np.arange(count), 3), at % count
    both = (keys[at] == back) & (target.triangle_face[owner] == target.triangle_face[mate])
    # the mate's corner that isn't on the common side is above the owner's plane
    tip = target.triangles[mate, (at // count + 2) % 3] - target.triangles[owner, 0]
    rise = np.einsum("nc,nc->n", tip, normals[owner]) / np.maximum(np.linalg.norm(tip, axis=1), 1e-9)
    found = np.zeros(int(target.triangle_face.max()) + 1, dtype=np.bool_)
    found[target.triangle_face[owner[both & (rise > _TURN)]]] = True
    return found


def columns_of(row: Floats, own_hole: bool = False) -> Floats:
    """Return the columns (k, 3) of a tool's row, rising: height above the tip, radius there, and the distance from the axis to which it
    cuts.

    The last is the radius at the next column's height, so that no position is missed in a hollow or hole bottom that the tool fits; a
    cone, which touches other faces at any height as well, has its own radius.
    """
    radius, flat, corner, slope = row[:4]
    height = corner if corner > 0.0 else (radius - flat) * slope
    if corner > 0.0:
        turn = np.linspace(0.0, math.pi / 2, _STEPS + 1)
        heights, radii = corner * (1.0 - np.cos(turn)), flat + corner * np.sin(turn)
    elif slope > 0.0 and flat < radius:
        steps = np.linspace(0.0, height, _STEPS + 1)
        heights = np.concatenate([steps[:1], steps[1] * _RATE ** np.arange(-float(_FINER), 0.0), steps[1:]])
        radii = flat + heights / slope
    else:
        heights, radii = np.zeros(1), np.full(1, radius)
    reaches = radii if slope > 0.0 and not own_hole else np.append(radii[1:], radius)
    return np.column_stack([heights, radii, reaches])


def _families(tools: list[Tool]) -> tuple[Floats, NDArray[np.int32], Ints]:
    """Return rows of the tools (k, 10), their numbers, and where each family starts (f + 1,), with radii rising within a family.

    In a family the undersides are alike except for the width of their flat part, so that a smaller tool fits in wherever a
    larger one does, lengths aside. Tools that only make their own hole come last.
    """
    rows = np.array([tool_row(tool) for tool in tools], dtype=np.float64).reshape(-1, 10)
    rows[:, 6] = np.maximum(rows[:, 6] - HOLDER_ROOM_MM, rows[:, 4])
    rows[:, 7] += np.where(rows[:, 7] > 0, HOLDER_ROOM_MM, 0.0)
    ball = (rows[:, 2] > 0) & (rows[:, 1] <= 0)
    pointed = rows[:, 3] > 0
    kind = np.stack(
        [ball, np.where(ball, 0.0, rows[:, 2]), np.where(pointed, rows[:, 1], 0.0), rows[:, 3]], axis=1
    ).round(6)
    _, group = np.unique(kind, axis=0, return_inverse=True)
    # a drill would find a position beside most open points even without a hole: dozens of sizes would be tried before a
    # mill
    group = group.reshape(-1) + len(tools) * np.array([tool.type in _OWN_HOLE for tool in tools])
    order = np.lexsort((-rows[:, 6], rows[:, 0], group))
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    numbers = np.array([tool.number for tool in tools], dtype=np.int32)[order]
    return np.ascontiguousarray(rows[order]), numbers, np.append(starts, len(order)).astype(np.int64)
