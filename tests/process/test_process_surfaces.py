"""The drop-cutter against dense points, contact contours against the ridges they promise, the stock's height field."""

import math

import manifold3d as m3
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from nightmill.process.contours import Patch, contours
from nightmill.process.dropcutter import NOTHING, Terrain
from nightmill.process.field import Field
from nightmill.process.stage import Level, Stage

Floats = NDArray[np.float64]


def _hills(seed: int) -> Floats:
    random = np.random.default_rng(seed)
    corners = random.uniform(0, 20, (40, 3, 3)) * np.array([1.0, 1.0, 0.25])
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    corners[normals[:, 2] < 0] = corners[normals[:, 2] < 0][:, ::-1]
    return np.asarray(corners)


@pytest.mark.parametrize("ball", [True, False])
def test_a_dropped_cutter_touches_and_never_enters(ball: bool) -> None:
    corners, radius = _hills(3), 2.5
    places = np.random.default_rng(4).uniform(0, 20, (60, 2))
    found = Terrain(corners).drop(places, radius, ball, np.full(60, NOTHING))
    share = np.random.default_rng(5).dirichlet((1, 1, 1), (len(corners), 4000))
    inside = np.einsum("tsk,tkc->tsc", share, corners).reshape(-1, 3)
    along = np.linspace(0, 1, 600)[:, None]
    sides = [a + along * (b - a) for t in corners for a, b in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0]))]
    points = np.vstack([inside, *sides])
    for (x, y), tip in zip(places, found, strict=True):
        off = np.hypot(points[:, 0] - x, points[:, 1] - y)
        near = off < radius
        under = radius - np.sqrt(radius**2 - off[near] ** 2) if ball else 0.0
        if near.any():
            gap = tip - (points[near, 2] - under)
            assert gap.min() > -1e-9
            assert gap.min() < 0.15


def test_contours_of_a_dome_are_as_close_as_ball_and_curve_ask() -> None:
    side = np.linspace(-8, 8, 41)
    x, y = np.meshgrid(side, side, indexing="ij")
    dome = np.stack([x, y, np.sqrt(20.0**2 - x**2 - y**2)], axis=-1).reshape(-1, 3)
    cell = [(i * 41 + j, (i + 1) * 41 + j, (i + 1) * 41 + j + 1, i * 41 + j + 1) for i in range(40) for j in range(40)]
    triangles = np.array([t for a, b, c, d in cell for t in ((a, b, c), (a, c, d))])
    lines = contours(Patch.of(0, dome, triangles), 3.0, 0.03, True)
    heights = np.array(sorted({line.z for line in lines}, reverse=True))
    along = 20.0 * np.arccos(np.clip(heights / 20.0, -1, 1))
    asked = math.sqrt(8 * 0.03 / (1 / 3 + 1 / 20))
    assert np.diff(along).max() < 1.25 * asked
    ring = next(line for line in lines if len(line.points) > 20)
    assert np.linalg.norm(ring.points, axis=1) == pytest.approx(20.0, abs=0.02)
    assert np.einsum("nc,nc->n", ring.points / 20.0, ring.normals).min() > 0.999


def test_the_stock_field_knows_what_stands_under_a_way() -> None:
    field = Field.of(m3.Manifold.cube([40.0, 30.0, 10.0]))
    assert field.highest((5, 5), (30, 20), 3.0) == pytest.approx(10.0)
    field.lower(shapely.box(0, 0, 40, 12), 4.0)
    assert field.highest((5, 5), (30, 5), 3.0) == pytest.approx(4.0)
    assert field.highest((5, 5), (30, 11), 3.0) == pytest.approx(10.0)
    assert field.highest((100, 100), (120, 100), 3.0) < -1e8


def test_a_setup_that_only_finishes_slopes_hands_on_what_they_opened() -> None:
    levels = [Level(-1.0, False)]
    stage = Stage.of(m3.Manifold.cube([10.0, 10.0, 5.0]), m3.Manifold.cube([10.0, 10.0, 6.0]), levels, [])
    assert stage.removed().is_empty()
    stage.drilled.append(m3.Manifold.cube([2.0, 2.0, 3.0]))
    assert stage.removed().volume() == pytest.approx(12.0)
