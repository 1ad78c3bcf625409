"""The edges of a mesh by the angle between their triangles."""

import numpy as np
import pytest

from nightmill.cam import edges_of

CORNERS = np.array([(x, y, z) for x in (0.0, 10.0) for y in (0.0, 10.0) for z in (0.0, 10.0)])
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
CUBE = np.array([CORNERS[list(each)] for a, b, c, d in QUADS for each in ((a, b, c), (a, c, d))])


def test_a_cube_has_twelve_sharp_edges_and_six_flat_ones() -> None:
    found = edges_of(CUBE)
    assert (len(found.ends), int(found.sharp.sum())) == (18, 12)
    assert np.allclose(np.linalg.norm(np.diff(found.ends[found.sharp], axis=1), axis=2), 10.0)
    assert (found.second >= 0).all()


def test_an_open_edge_is_sharp_and_has_nobody_beyond() -> None:
    found = edges_of(CUBE[:2])
    assert sorted(found.second.tolist()) == [-1, -1, -1, -1, 1]
    assert int(found.sharp.sum()) == 4


@pytest.mark.parametrize(("degrees", "sharp"), [(19.0, False), (21.0, True)])
def test_the_angle_decides(degrees: float, sharp: bool) -> None:
    up = np.array([0.0, np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    flat = np.array([[0.0, 0.0, 0.0], [0.0, -5.0, 0.0], [5.0, 0.0, 0.0]])
    bent = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], 5.0 * up])
    found = edges_of(np.array([flat, bent]))
    assert found.sharp[found.second >= 0].tolist() == [sharp]


def test_nothing_and_triangles_without_area_have_no_edges() -> None:
    assert len(edges_of(np.zeros((0, 3, 3))).ends) == 0
    assert len(edges_of(np.zeros((1, 3, 3))).ends) == 0
