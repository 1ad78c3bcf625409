"""The solid over nested areas is the union of a prism over each, whatever their outlines do."""

import itertools

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.slab_mesh import terraced
from nightmill.cam.geometry.solids import prism, united

TOP = 10.0


def _nested(*areas: BaseGeometry) -> list[BaseGeometry]:
    return list(itertools.accumulate(areas, shapely.union))


DISC = shapely.Point(5, 5).buffer(3, quad_segs=16)
RING = shapely.Point(5, 5).buffer(4, quad_segs=16).difference(DISC)
LEFT, RIGHT = shapely.box(0, 0, 5, 10), shapely.box(5, 0, 10, 10)
CASES = {
    "one": [shapely.box(0, 0, 4, 3)],
    "within": _nested(DISC, shapely.box(0, 0, 10, 10)),
    "an island stays": _nested(RING, RING.buffer(0.5)),
    "walls in line": _nested(LEFT, RIGHT),
    "apart": _nested(shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6), shapely.box(0.5, 0.5, 5.5, 5.5)),
    "corner to corner": _nested(shapely.box(0, 0, 5, 5), shapely.box(5, 5, 10, 10)),
    "nearly the same": _nested(DISC, DISC.simplify(0.01), DISC.buffer(0.004), shapely.box(0, 0, 10, 10)),
    "three at one corner": _nested(LEFT, shapely.box(5, 0, 10, 5), shapely.box(5, 5, 10, 10)),
}


@pytest.mark.parametrize("case", CASES)
def test_terraces_are_the_union_of_prisms(case: str) -> None:
    areas = CASES[case]
    heights = [1.0 + 2.0 * k for k in range(len(areas))]
    prisms = united(prism(area, z, TOP) for area, z in zip(areas, heights, strict=True))
    solid = terraced(areas, heights, TOP)
    assert solid.volume() == pytest.approx(prisms.volume(), rel=1e-4)
    assert (solid - prisms).volume() + (prisms - solid).volume() < 1e-3 * prisms.volume()


def test_walls_that_many_areas_share_are_built_once() -> None:
    areas = _nested(*(shapely.union(DISC, shapely.box(5, 5, 9, 5.1 + 0.1 * k)) for k in range(20)))
    heights = [1.0 + 0.2 * k for k in range(20)]
    prisms = united(prism(area, z, TOP) for area, z in zip(areas, heights, strict=True))
    assert terraced(areas, heights, TOP).simplify(1e-4).num_tri() <= prisms.simplify(1e-4).num_tri() * 1.05


def test_an_area_narrower_than_the_grid_is_taken_as_a_prism() -> None:
    assert terraced([shapely.box(0, 0, 10, 3e-5)], [1.0], TOP).volume() < 0.01
    both = terraced([shapely.box(0, 0, 10, 3e-5), shapely.box(-1, -1, 11, 1)], [1.0, 2.0], TOP)
    assert both.volume() == pytest.approx(24.0 * (TOP - 2.0), rel=1e-3)


def test_nothing_is_over_no_area() -> None:
    assert terraced([], [], TOP).is_empty()
    assert terraced([shapely.Polygon()], [1.0], TOP).is_empty()
