"""Looking for a tool's place by stretches of its columns finds what a look column by column finds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.verification.reach import columns_of
from nightmill.verification.standing import add_tool, good_place, near_by, stands

Floats = NDArray[np.float64]
RADIUS = 3.0
BALL = np.array([RADIUS, 0.0, RADIUS, 0.0, 8.0, 2.5, 14.0, 6.0, 0.0, RADIUS])
POINTED = np.array([RADIUS, 0.2, 0.0, 1.0, 8.0, 2.5, 14.0, 6.0, 0.0, RADIUS])


def _around(seed: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    """A few triangles around the origin, and those near it as ``stands`` wants them."""
    rng = np.random.default_rng(seed)
    triangles = rng.uniform(-7, 7, (7, 1, 3)) + rng.uniform(-4, 4, (7, 3, 3))
    low, high = triangles.min(axis=1), triangles.max(axis=1)
    boxes = np.ascontiguousarray(np.column_stack([low[:, :2], high]))
    near, away = np.zeros(7, dtype=np.int64), np.zeros(7)
    count = near_by(np.zeros(3), -RADIUS, 20.0, boxes, near, away)
    order = np.argsort(away[:count])
    return triangles, near[:count][order], away[:count][order]


def _by_column(tool: Floats, columns: Floats, whole: bool, seed: int) -> bool:
    """Whether any column alone finds a place."""
    triangles, near, away = _around(seed)
    room = len(near) * (len(columns) + 2) + 1
    outlines, counts = np.empty((room, 8, 2)), np.empty(room, dtype=np.int64)
    boxes, radii, work, place = np.empty((room, 4)), np.empty(room), np.empty((8, 3)), np.zeros(2)
    point, slack = np.zeros(3), np.zeros(len(triangles))
    for height, _, within in columns:
        used = add_tool(
            point, -height, 0.0, within, 0.0, tool, columns, whole, slack, triangles, near, away, outlines, counts, boxes,
            radii, work,
        )  # fmt: skip
        if good_place(point, within, outlines, counts, boxes, radii, used, place):
            return True
    return False


@pytest.mark.parametrize("tool", [BALL, POINTED], ids=["ball", "pointed"])
@pytest.mark.parametrize("whole", [False, True])
def test_stretches_of_columns_find_what_single_columns_find(tool: Floats, whole: bool) -> None:
    columns, place = columns_of(tool), np.zeros(2)
    answers = []
    for seed in range(150):
        triangles, near, away = _around(seed)
        found = stands(np.zeros(3), tool, columns, whole, np.zeros(len(triangles)), triangles, near, away, place)
        assert found == _by_column(tool, columns, whole, seed), seed
        answers.append(found)
    assert 0.1 < np.mean(answers) < 0.95
