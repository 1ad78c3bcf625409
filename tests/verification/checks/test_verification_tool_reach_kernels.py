"""Looking for a tool's place by stretches of its columns finds what a look column by column finds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.verification.checks.tool_reach import columns_of
from nightmill.verification.checks.tool_reach_kernels import add_tool, felt, first_standing, good_place, near_by, stands

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


def test_what_stands_above_a_ball_is_entered_once() -> None:
    columns = columns_of(BALL)
    above = np.array([[[1.0, 0.0, 1.0], [2.0, 0.0, 1.0], [1.5, 1.0, 4.0]]])
    room = len(columns) + 3
    outlines, counts = np.empty((room, 8, 2)), np.empty(room, dtype=np.int64)
    boxes, radii, work = np.empty((room, 4)), np.empty(room), np.empty((8, 3))
    near, away = np.zeros(1, dtype=np.int64), np.ones(1)
    used = add_tool(
        np.zeros(3), -RADIUS, 0.0, RADIUS, 0.0, BALL, columns, False, np.zeros(1), above, near, away, outlines, counts, boxes,
        radii, work,
    )  # fmt: skip
    assert (used, radii[0]) == (1, RADIUS), "its widest column alone is beside it"


@pytest.mark.parametrize("seed", range(20))
def test_a_square_is_asked_of_those_shadows_alone_that_it_may_feel(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-9.0, 9.0, (200, 2))
    boxes, radii = np.column_stack([corner, corner + rng.uniform(0.0, 1.0, (200, 2))]), rng.uniform(0.2, 2.0, 200)
    order, reach = rng.permutation(200), 0.7
    count = felt(1.0, -1.0, reach, boxes, radii, order, 150)
    assert sorted(order) == list(range(200)), "none is lost, and none counted twice"
    off = np.maximum(0.0, np.maximum(boxes[:, :2] - [1.0, -1.0], [1.0, -1.0] - boxes[:, 2:]))
    near = np.hypot(*off.T) < radii + reach
    assert near[order[:count]].all()
    assert not near[order[count:150]].any()


def test_the_first_tool_that_stands_is_the_first_that_stands_by_itself() -> None:
    radii = np.array([0.5, 0.5, 1.0, 1.0, 2.0, 3.0])
    flutes, lengths = np.array([2.0, 2.0, 3.0, 3.0, 4.0, 5.0]), np.array([3.2, 4.0, 6.0, 5.0, 14.0, 20.0])
    rows = np.zeros((6, 10))
    rows[:, 0], rows[:, 1], rows[:, 4], rows[:, 5], rows[:, 6], rows[:, 7] = (
        radii,
        radii,
        flutes,
        0.9 * radii,
        lengths,
        6.0,
    )
    rows[:, 9] = radii
    columns = [columns_of(row) for row in rows]
    starts, drill = np.cumsum([0, *map(len, columns)]), np.zeros(6, dtype=np.bool_)
    answers = []
    for seed in range(120):
        triangles, near, away = _around(seed)
        slack, place, point = np.zeros(len(triangles)), np.zeros(2), np.zeros(3)
        low, high = triangles.min(axis=1), triangles.max(axis=1)
        boxes = np.ascontiguousarray(np.column_stack([low[:, :2], high]))
        found = np.zeros(1, dtype=np.int64)
        first_standing(
            point[None], rows, np.vstack(columns), starts, np.array([0, 6]), drill, slack, triangles, boxes, found
        )
        alone = [
            stands(point, row, own, True, slack, triangles, near, away, place)
            for row, own in zip(rows, columns, strict=True)
        ]
        assert found[0] == (1 + alone.index(True) if any(alone) else 0), seed
        answers.append(int(found[0]))
    assert len(set(answers)) > 3


def test_flutes_that_end_within_a_column_end_there_for_triangles_that_are_let_go_too() -> None:
    columns = np.array([[0.0, 1.0, 2.0], [2.0, 2.0, RADIUS]])
    tool = BALL.copy()
    tool[4] = 2.5
    answers = []
    for z in (1.55, 1.45):  # the flutes end at 1.5, as the tip may be 1 mm lower
        triangle = np.array([[[-0.5, -0.5, z], [0.5, -0.5, z], [0.0, 0.5, z]]])
        outlines, counts = np.empty((4, 8, 2)), np.empty(4, dtype=np.int64)
        boxes, radii, work = np.empty((4, 4)), np.empty(4), np.empty((8, 3))
        answers.append(
            add_tool(
                np.zeros(3), 0.0, 1.0, RADIUS, 0.0, tool, columns, False, np.full(1, 0.1), triangle, np.arange(1), np.zeros(1),
                outlines, counts, boxes, radii, work,
            )
        )  # fmt: skip
    assert answers == [0, 1]
