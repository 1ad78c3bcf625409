"""Make triangles where the kernel fails to mesh a face: a band around an axis, or a sliver of zero width."""

import numpy as np
from numpy.typing import NDArray


def band(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    origin: NDArray[np.float64],
    axis: NDArray[np.float64],
    outward: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Return triangles (m, 3) between two closed loops of points around ``axis``, without doubled end points.

    Indices count through ``first`` and continue through ``second``. ``outward`` is the outward normal of the face
    at the first triangle. Exact on cylinders and cones, whose rulings are straight. ``second`` may be a cone's tip, one
    point on the axis.
    """
    if len(second) == 1:
        second = second + 1e-9 * (first[0] - second)  # a tip has no angle; it is used once, at the start
    a, b = (_by_angle(loop, origin, axis, first[0]) for loop in (first, second))
    count_a, count_b = len(first), len(second)
    triangles: list[tuple[int, int, int]] = []
    i = j = 0
    while i < count_a or j < count_b:
        next_a = a[1][i + 1] if i + 1 < count_a else 2 * np.pi + a[1][0]
        next_b = b[1][j + 1] if j + 1 < count_b else 2 * np.pi + b[1][0]
        here_a, here_b = int(a[0][i % count_a]), count_a + int(b[0][j % count_b])
        if j >= count_b or (i < count_a and next_a <= next_b):
            triangles.append((here_a, int(a[0][(i + 1) % count_a]), here_b))
            i += 1
        else:
            triangles.append((here_a, count_a + int(b[0][(j + 1) % count_b]), here_b))
            j += 1
    found = np.array(triangles, dtype=np.int32)
    corners = np.concatenate([first, second])[found[0]]
    if float(np.cross(corners[1] - corners[0], corners[2] - corners[0]) @ outward) < 0:
        found = found[:, ::-1]
    return found


def _by_angle(
    loop: NDArray[np.float64], origin: NDArray[np.float64], axis: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the order of the points by their angle around ``axis`` from ``start``, and the sorted angles in radians."""
    reference = start - origin - axis * float((start - origin) @ axis)
    reference = reference / float(np.linalg.norm(reference))
    across = np.cross(axis, reference)
    angle = np.arctan2((loop - origin) @ across, (loop - origin) @ reference) % (2 * np.pi)
    angle[angle > 2 * np.pi - 1e-9] = 0.0
    order = np.argsort(angle, kind="stable")
    return order, angle[order]


def thin(outline: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return triangles (n - 2, 3) of a closed outline (n, 3) without doubled ends, with the shortest total side length.

    They have the same orientation as the outline. For faces too thin to have an interior, whether flat, bent or folded.
    """
    count = len(outline)
    reach = np.linalg.norm(outline[:, None] - outline[None], axis=2)
    cost, middle = np.zeros((count, count)), np.zeros((count, count), dtype=np.int64)
    for width in range(2, count):
        for first in range(count - width):
            last = first + width
            between = np.arange(first + 1, last)
            asked = cost[first, between] + cost[between, last] + reach[first, between] + reach[between, last]
            best = int(np.argmin(asked))
            cost[first, last], middle[first, last] = asked[best], between[best]
    triangles, spans = [], [(0, count - 1)]
    while spans:
        first, last = spans.pop()
        if last - first > 1:
            at = int(middle[first, last])
            triangles.append((first, at, last))
            spans += [(first, at), (at, last)]
    return np.array(triangles, dtype=np.int32).reshape(-1, 3)
