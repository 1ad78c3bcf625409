"""Find the closed cells of a page: the boxes of tolerance frames, basic sizes, datums and title blocks."""

import math
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from nightmill.intake.drawing.page import Box, Point, Stroke, Turn

TOUCH_MM = 0.35
LEAST_MM, MOST_MM = 1.8, 400.0
STRAIGHT_MM = 0.12


class Ruled(msgspec.Struct, frozen=True):
    """Horizontal and vertical strokes of a rotated page, as boxes of zero height or width; collinear strokes are joined."""

    level: tuple[Box, ...]
    upright: tuple[Box, ...]


def ruled(strokes: Iterable[Stroke], angle: float) -> Ruled:
    """Return the straight strokes that run along or across text of ``angle`` degrees."""
    turn = Turn(angle)
    level: list[Box] = []
    upright: list[Box] = []
    for stroke in strokes:
        points = [turn.to(point) for point in stroke.points]
        for (x0, y0), (x1, y1) in pairwise(points):
            if abs(y1 - y0) <= STRAIGHT_MM and abs(x1 - x0) > 0.3:
                level.append(Box(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2))
            elif abs(x1 - x0) <= STRAIGHT_MM and abs(y1 - y0) > 0.3:
                upright.append(Box((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1)))
    swapped = [Box(box.y0, box.x0, box.y1, box.x1) for box in upright]
    joined = [Box(box.y0, box.x0, box.y1, box.x1) for box in _collinear(swapped)]
    return Ruled(tuple(_collinear(level)), tuple(joined))


def _collinear(level: list[Box]) -> list[Box]:
    """Join strokes on one level line that touch."""
    rows: list[list[Box]] = []
    for box in sorted(level, key=lambda each: each.y0):
        if rows and box.y0 - rows[-1][0].y0 <= STRAIGHT_MM:
            rows[-1].append(box)
        else:
            rows.append([box])
    done: list[Box] = []
    for row in rows:
        row.sort(key=lambda each: each.x0)
        current = row[0]
        for box in row[1:]:
            if box.x0 <= current.x1 + TOUCH_MM:
                current = Box(current.x0, current.y0, max(current.x1, box.x1), current.y0)
            else:
                done.append(current)
                current = box
        done.append(current)
    return done


def cells_of(lines: Ruled) -> list[Box]:
    """Return the smallest closed rectangles, in the rotated page."""
    found: set[Box] = set()
    uprights = sorted(lines.upright, key=lambda box: box.x0)
    for place, left in enumerate(uprights):
        right_going = sorted(
            (
                row
                for row in lines.level
                if row.x0 <= left.x0 + TOUCH_MM and row.x1 > left.x0 + LEAST_MM / 2
                and left.y0 - TOUCH_MM <= row.y0 <= left.y1 + TOUCH_MM
            ),
            key=lambda row: row.y0,
        )  # fmt: skip
        for top, bottom in pairwise(right_going):
            if not LEAST_MM <= bottom.y0 - top.y0 <= MOST_MM:
                continue
            right = _closing(left, top, bottom, uprights[place + 1 :])
            if right is not None:
                found.add(Box(left.x0, top.y0, right.x0, bottom.y0))
    return sorted(found)


def _closing(left: Box, top: Box, bottom: Box, candidates: list[Box]) -> Box | None:
    reach = min(top.x1, bottom.x1) + TOUCH_MM
    for right in candidates:
        if right.x0 > reach or right.x0 - left.x0 > MOST_MM:
            return None
        wide = right.x0 - left.x0 >= LEAST_MM
        if wide and right.y0 <= top.y0 + TOUCH_MM and right.y1 >= bottom.y0 - TOUCH_MM:
            return right
    return None


def rows_of(cells: list[Box]) -> list[list[Box]]:
    """Return adjacent cells of equal height as rows; a single cell forms its own row."""
    left = sorted(cells, key=lambda box: (round(box.y0, 1), box.x0))
    rows: list[list[Box]] = []
    taken: set[Box] = set()
    for cell in left:
        if cell in taken:
            continue
        row = [cell]
        taken.add(cell)
        grown = True
        while grown:
            grown = False
            for other in left:
                if other not in taken and _beside(row[-1], other):
                    row.append(other)
                    taken.add(other)
                    grown = True
        rows.append(row)
    return rows


def _beside(first: Box, second: Box) -> bool:
    same = abs(first.y0 - second.y0) <= TOUCH_MM and abs(first.y1 - second.y1) <= TOUCH_MM
    return same and abs(first.x1 - second.x0) <= TOUCH_MM


def touches_another(cell: Box, cells: Iterable[Box]) -> bool:
    """Return whether ``cell`` shares a wall with another cell."""
    for other in cells:
        if other == cell:
            continue
        beside = min(abs(cell.x0 - other.x1), abs(cell.x1 - other.x0)) <= TOUCH_MM and _overlap(
            cell.y0, cell.y1, other.y0, other.y1
        )
        above = min(abs(cell.y0 - other.y1), abs(cell.y1 - other.y0)) <= TOUCH_MM and _overlap(
            cell.x0, cell.x1, other.x0, other.x1
        )
        if beside or above:
            return True
    return False


def _overlap(a0: float, a1: float, b0: float, b1: float) -> bool:
    return min(a1, b1) - max(a0, b0) > TOUCH_MM


def inside(strokes: Iterable[Stroke], cell: Box, angle: float) -> list[tuple[Point, ...]]:
    """Return the strokes wholly within ``cell`` that aren't its walls, as points of the rotated page."""
    turn = Turn(angle)
    found = []
    margin = 0.02 * min(cell.width, cell.height)
    for stroke in strokes:
        points = tuple(turn.to(point) for point in stroke.points)
        within = all(
            cell.x0 + margin < x < cell.x1 - margin and cell.y0 + margin < y < cell.y1 - margin for x, y in points
        )
        if within and sum(math.dist(a, b) for a, b in pairwise(points)) > 0.3:
            found.append(points)
    return found
