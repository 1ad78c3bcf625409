"""Find a position where an upright tool contains a given point without cutting into the part or colliding with it.

A tool is modelled as nested columns: a cylinder from each of several heights above its tip up to the end of the flutes, then the shank and
the holder. Each is reduced by the allowed slack. The part's triangles between the ends of a column cast a shadow in XY, and a place (x, y)
is good if every shadow is at least the column's radius away. The worst shortfall changes no faster than the place moves, so squares that
can contain no good place are skipped as a whole: if the search finds nothing, there is no such place.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLACK_MM = 0.003
"""Squares are halved until every place in a square is within this distance of its middle; a place may be too tight by this much."""
MOST_PLACES = 4000
"""Number of places examined after which a good place is assumed to exist."""
_SURE_MM = 0.01  # overlap of a holder with the part beyond which a place is rejected without a search
_HAIR_MM = 1e-6  # overlap of columns, so that no level face is between two of them
_CORNERS = 8  # corners of a triangle cut by two planes, with a margin for rounding
# Directions in which a drill's hole wall is probed, and in how many the wall must be found: a slot's end has 9.
_AROUND, _HELD = 16, 10
# How far outside the drill the wall is probed: the first value, but no more than the second as a fraction of the drill's radius.
_GUIDE_MM, _GUIDE_SHARE = 0.1, 0.05


@njit(cache=True)
def clipped(triangle: Floats, low: float, high: float, work: Floats, out: Floats) -> int:
    """Write to ``out`` the XY outline (n, 2) of the part of a triangle (3, 3) between two heights; return n."""
    count = 0
    for k in range(3):
        a, b = triangle[k], triangle[(k + 1) % 3]
        if a[2] >= low:
            work[count] = a
            count += 1
        if (a[2] < low) != (b[2] < low):
            share = (low - a[2]) / (b[2] - a[2])
            work[count] = a + share * (b - a)
            work[count, 2] = low
            count += 1
    found = 0
    for k in range(count):
        a, b = work[k], work[(k + 1) % count]
        if a[2] <= high:
            out[found, 0], out[found, 1] = a[0], a[1]
            found += 1
        if (a[2] > high) != (b[2] > high):
            share = (high - a[2]) / (b[2] - a[2])
            out[found, 0], out[found, 1] = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
            found += 1
    return found


@njit(cache=True)
def gap(outline: Floats, count: int, x: float, y: float) -> float:
    """Return the distance in XY from a place to a convex outline (count, 2), 0 within it."""
    area = 0.0
    for k in range(1, count - 1):
        area += (outline[k, 0] - outline[0, 0]) * (outline[k + 1, 1] - outline[0, 1])
        area -= (outline[k, 1] - outline[0, 1]) * (outline[k + 1, 0] - outline[0, 0])
    inside = abs(area) > 1e-12
    best = 1e18
    for k in range(count):
        ax, ay = outline[k, 0], outline[k, 1]
        ex, ey = outline[(k + 1) % count, 0] - ax, outline[(k + 1) % count, 1] - ay
        qx, qy = x - ax, y - ay
        if inside and (ex * qy - ey * qx) * area < 0.0:
            inside = False
        length = ex * ex + ey * ey
        s = min(1.0, max(0.0, (qx * ex + qy * ey) / length)) if length > 0.0 else 0.0
        best = min(best, (qx - s * ex) ** 2 + (qy - s * ey) ** 2)
    return 0.0 if inside else math.sqrt(best)


@njit(cache=True)
def off_box(box: Floats, x: float, y: float) -> float:
    """Return the squared distance in XY from a place to a box (low XY, high XY), 0 within it."""
    dx = max(0.0, box[0] - x, x - box[2])
    dy = max(0.0, box[1] - y, y - box[3])
    return dx * dx + dy * dy


@njit(cache=True)
def lacks(
    x: float,
    y: float,
    outlines: Floats,
    counts: Ints,
    boxes: Floats,
    radii: Floats,
    order: Ints,
    used: int,
    stop: float,
) -> float:
    """Return by how much the nearest of the first ``used`` shadows in ``order`` is too close to a place (0 or less: none).

    Stops at more than ``stop``; the shadow that is so close is moved to the front, as it may well block the next place too.
    """
    most = -1e9
    for k in range(used):
        i = order[k]
        room = radii[i] - most
        if room <= 0.0 or off_box(boxes[i], x, y) >= room * room:
            continue
        most = max(most, radii[i] - gap(outlines[i], counts[i], x, y))
        if most > stop:
            order[0], order[k] = i, order[0]
            break
    return most


@njit(cache=True)
def felt(x: float, y: float, reach: float, boxes: Floats, radii: Floats, order: Ints, used: int) -> int:
    """Return how many of the first ``used`` shadows can affect some place within ``reach`` of a place, and move them to the front of
    ``order``.
    """
    count = 0
    for k in range(used):
        i = order[k]
        if off_box(boxes[i], x, y) < (radii[i] + reach) ** 2:
            order[count], order[k] = i, order[count]
            count += 1
    return count


@njit(cache=True)
def add_shadow(
    triangle: Floats, low: float, high: float, radius: float, q: Floats, within: float, work: Floats, outlines: Floats,
    counts: Ints, boxes: Floats, radii: Floats, used: int,
) -> int:  # fmt: skip
    """Enter the shadow of a triangle that reaches into a column's heights, if it can affect a place ``within`` mm of ``q``.

    Returns the new number of shadows.
    """
    count = clipped(triangle, low, high, work, outlines[used])
    if count == 0:
        return used
    box = boxes[used]
    box[0] = box[1] = 1e18
    box[2] = box[3] = -1e18
    for k in range(count):
        for axis in range(2):
            box[axis] = min(box[axis], outlines[used, k, axis])
            box[2 + axis] = max(box[2 + axis], outlines[used, k, axis])
    dx = max(0.0, box[0] - q[0], q[0] - box[2])
    dy = max(0.0, box[1] - q[1], q[1] - box[3])
    if dx * dx + dy * dy >= (radius + within) ** 2:
        return used
    counts[used], radii[used] = count, radius
    return used + 1


@njit(cache=True)
def good_place(
    q: Floats, within: float, outlines: Floats, counts: Ints, boxes: Floats, radii: Floats, used: int, place: Floats
) -> bool:
    """Return whether a place ``within`` mm of ``q`` keeps clear of all shadows: squares are halved, and those that can't contain one are
    dropped.

    The place is written to ``place`` (2,). A square's quarters are checked only against the shadows that can affect the square: the same
    number at the front of ``order``, however earlier quarters have reordered them.
    """
    stack, feels, order = np.empty((256, 3)), np.empty(256, dtype=np.int64), np.arange(used)
    stack[0, 0], stack[0, 1], stack[0, 2], feels[0] = q[0], q[1], within, used
    size, looks = 1, 0
    while size > 0:
        size -= 1
        x, y, half = stack[size, 0], stack[size, 1], stack[size, 2]
        reach = half * math.sqrt(2.0)
        off = math.hypot(x - q[0], y - q[1])
        if off > within + reach:
            continue
        looks += 1
        lack = lacks(x, y, outlines, counts, boxes, radii, order, feels[size], reach)
        if lack > reach:
            continue
        if looks > MOST_PLACES or reach <= SLACK_MM or (lack <= SLACK_MM and off <= within):
            place[0], place[1] = x, y
            return True
        near = felt(x, y, reach, boxes, radii, order, feels[size])
        half /= 2.0
        for k in range(4):
            stack[size, 0] = x + (half if k % 2 == 0 else -half)
            stack[size, 1] = y + (half if k < 2 else -half)
            stack[size, 2], feels[size] = half, near
            size += 1
    return False


@njit(cache=True)
def guided(place: Floats, radius: float, z: float, triangles: Floats, near: Ints) -> bool:
    """Return whether most of a circle just outside the drill's circumference is inside the part at or above the height ``z``."""
    outline, work = np.empty((_CORNERS, 2)), np.empty((_CORNERS, 3))
    held, places = np.zeros(_AROUND, dtype=np.bool_), np.empty((_AROUND, 2))
    off = radius + min(_GUIDE_MM, _GUIDE_SHARE * radius)
    for turn in range(_AROUND):
        angle = 2.0 * math.pi * turn / _AROUND
        places[turn, 0] = place[0] + off * math.cos(angle)
        places[turn, 1] = place[1] + off * math.sin(angle)
    for n in range(len(near)):
        count = clipped(triangles[near[n]], z, 1e9, work, outline)
        for turn in range(_AROUND if count > 0 else 0):
            if not held[turn] and gap(outline, count, places[turn, 0], places[turn, 1]) == 0.0:
                held[turn] = True
        if held.sum() >= _HELD:
            return True
    return False


@njit(cache=True)
def stands(
    q: Floats, tool: Floats, columns: Floats, whole: bool, slack: Floats, triangles: Floats, near: Ints, away: Floats,
    place: Floats,
) -> bool:  # fmt: skip
    """Return whether there is a ``place`` from which a tool removes ``q``, seen from +Z.

    ``columns`` (k, 3): height above the tip, radius there, and at the next one; ``tool``: its row. ``near``: the triangles to be kept
    clear of except for their ``slack``, ``away`` mm from ``q`` in XY, rising. Without ``whole`` neither shank nor holder counts.
    """
    most = tool[0] + max(tool[0], tool[5], tool[7]) if whole else 2.0 * tool[0]
    end = np.searchsorted(away[: len(near)], most)
    room = end * (len(columns) + 2) + 1
    outlines, counts = np.empty((room, _CORNERS, 2)), np.empty(room, dtype=np.int64)
    boxes, radii, work = np.empty((room, 4)), np.empty(room), np.empty((_CORNERS, 3))
    stretches = np.empty((2 * len(columns), 2), dtype=np.int64)
    stretches[0, 0], stretches[0, 1] = 0, len(columns) - 1
    size = 1
    while size > 0:
        size -= 1
        first, last = stretches[size, 0], stretches[size, 1]
        # with any of these columns at the point, the tool is no higher than with the first column there
        tip, lower = q[2] - columns[first, 0], columns[last, 0] - columns[first, 0]
        within, thinner = columns[first : last + 1, 2].max(), SLACK_MM if first < last else 0.0
        used = add_tool(
            q, tip, lower, within, thinner, tool, columns, whole, slack, triangles, near[:end], away[:end], outlines, counts,
            boxes, radii, work,
        )  # fmt: skip
        if not good_place(q, within, outlines, counts, boxes, radii, used, place):
            continue
        if first == last:
            return True
        middle = (first + last) // 2
        stretches[size, 0], stretches[size, 1] = middle + 1, last
        stretches[size + 1, 0], stretches[size + 1, 1] = first, middle
        size += 2
    return False


@njit(cache=True)
def add_tool(
    q: Floats, tip: float, lower: float, within: float, thinner: float, tool: Floats, columns: Floats, whole: bool,
    slack: Floats, triangles: Floats, near: Ints, away: Floats, outlines: Floats, counts: Ints, boxes: Floats, radii: Floats,
    work: Floats,
) -> int:  # fmt: skip
    """Enter the shadows for a tool with its ``tip`` at a height; return the number of shadows.

    ``lower``: include only shadows that also apply with the tip lower by up to this much; ``thinner``: reduce the tool by this much all
    around. For each column it is enough to consider the heights up to the next one, which is no narrower.
    """
    parts = len(columns) + (2 if whole else 0)
    spans, widest, used = np.empty((parts, 4)), 0.0, 0
    for c in range(parts):
        low, high, radius = tip + tool[6], 1e9, tool[7]  # the holder
        if c < len(columns):
            low, high, radius = tip + columns[c, 0], tip - lower + tool[4], columns[c, 1]
        elif c == len(columns):
            low, high, radius = tip + tool[4], tip - lower + tool[6], tool[5]
        ends = tip + columns[c + 1, 0] + _HAIR_MM if c + 1 < len(columns) else high
        spans[c, 0], spans[c, 1], spans[c, 2], spans[c, 3] = low, high, radius - thinner, ends
        widest = max(widest, radius - thinner)
    for n in range(np.searchsorted(away, widest + within)):
        triangle, let_go = triangles[near[n]], slack[near[n]]
        bottom, top = triangle[0, 2], triangle[0, 2]
        for k in range(1, 3):
            bottom, top = min(bottom, triangle[k, 2]), max(top, triangle[k, 2])
        for c in range(parts):
            low, high, radius = spans[c, 0] + let_go, min(spans[c, 1], spans[c, 3] + let_go), spans[c, 2] - let_go
            if radius > 0.0 and top > low and bottom < high and away[n] < spans[c, 2] + within:
                used = add_shadow(
                    triangle, low, high, radius, q, within, work, outlines, counts, boxes, radii, used
                )  # fmt: skip
    return used


@njit(cache=True)
def near_by(q: Floats, lowest: float, within: float, boxes: Floats, near: Ints, away: Floats) -> int:
    """Find the triangles that reach above ``lowest`` within ``within`` mm of ``q`` in XY, by ``boxes`` (m, 5: low XY, high XY, top).

    Enters them in ``near`` and their distance in ``away``, in no order; returns their number.
    """
    count = 0
    for t in range(len(boxes)):
        if boxes[t, 4] <= lowest:
            continue
        dx = max(0.0, boxes[t, 0] - q[0], q[0] - boxes[t, 2])
        dy = max(0.0, boxes[t, 1] - q[1], q[1] - boxes[t, 3])
        distance = math.sqrt(dx * dx + dy * dy)
        if distance < within:
            near[count], away[count] = t, distance
            count += 1
    return count


@njit(cache=True)
def rising(q: Floats, least: float, triangles: Floats, slack: Floats) -> tuple[Floats, Floats]:
    """Return how high the part rises around ``q``: distances (n,) in XY, rising, and the height of its highest corner up to each.

    Only corners above ``least`` count; they are moved in and down by their triangle's slack.
    """
    far, high = np.empty(len(triangles)), np.empty(len(triangles))
    count = 0
    for n in range(len(triangles)):
        triangle = triangles[n]
        top = 0
        for k in range(1, 3):
            if triangle[k, 2] > triangle[top, 2]:
                top = k
        if triangle[top, 2] - slack[n] > least:
            far[count] = math.hypot(triangle[top, 0] - q[0], triangle[top, 1] - q[1]) + slack[n]
            high[count] = triangle[top, 2] - slack[n]
            count += 1
    order = np.argsort(far[:count])
    far, high = far[:count][order], high[:count][order]
    for n in range(1, count):
        high[n] = max(high[n], high[n - 1])
    return far, high


@njit(cache=True, nogil=True)
def first_standing(
    points: Floats, tools: Floats, columns: Floats, starts: Ints, family: Ints, drill: NDArray[np.bool_], slack: Floats,
    triangles: Floats, boxes: Floats, found: Ints,
) -> None:  # fmt: skip
    """Set ``found`` (k,) to one more than the row of the first tool that can take each point (k, 3), seen from +Z.

    ``columns`` (c, 3) of tool t are those from ``starts[t]`` to ``starts[t + 1]``. Tools in one ``family`` rise in radius; if a cutter
    alone finds no place, neither does a wider cutter of the family with the same flute length. A ``drill`` makes only a hole of its own
    width: it counts only if the part is all around it.
    """
    place = np.zeros(2)
    near, away = np.empty(len(boxes), dtype=np.int64), np.empty(len(boxes))
    widest, deepest, shortest = 0.0, 0.0, 1e9
    for t in range(len(tools)):
        widest = max(widest, tools[t, 0] + max(tools[t, 0], tools[t, 5], tools[t, 7]))
        deepest, shortest = max(deepest, columns[starts[t + 1] - 1, 0]), min(shortest, tools[t, 6])
    for p in range(len(points)):
        q = points[p]
        count = near_by(q, q[2] - deepest, widest, boxes, near, away)
        order = np.argsort(away[:count])
        chosen, off, by = near[:count][order], away[:count][order], np.arange(count)
        beside, let_go = triangles[chosen], slack[chosen]  # contiguous in memory, as all tools read them
        far, high = rising(q, q[2] + shortest, beside, let_go)
        for f in range(len(family) - 1):
            failed_radius, failed_flutes = 1e9, 1e9
            for t in range(family[f], family[f + 1]):
                tool, own = tools[t], columns[starts[t] : starts[t + 1]]
                if tool[0] >= failed_radius and tool[4] >= failed_flutes:
                    continue
                if not stands(q, tool, own, False, let_go, beside, by, off, place):
                    failed_radius, failed_flutes = tool[0], tool[4]
                    continue
                # the tool's tip is no higher than the point, and its axis no further away than the cutter reaches
                below = np.searchsorted(far, tool[7] - own[:, 2].max() - _SURE_MM)
                if below > 0 and high[below - 1] > q[2] + tool[6]:
                    continue  # the holder hits the part wherever the cutter is
                if stands(q, tool, own, True, let_go, beside, by, off, place):
                    within = np.searchsorted(off, 2.0 * tool[0] + 2.0 * _GUIDE_MM)
                    if not drill[t] or guided(place, tool[0], q[2], beside, by[:within]):
                        found[p] = t + 1
                        break
            if found[p] > 0:
                break
