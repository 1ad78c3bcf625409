"""A wedge that runs out to nothing: just under its edge lies open air, not a deep cut; a real dent there is still found."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
from OCP.gp import gp_Pnt, gp_Vec

from nightmill.verification.checks.excess_and_gouge import judge
from nightmill.verification.checks.wall_probes import wall_gouge
from nightmill.verification.removal.material_removal import Removal
from nightmill.verification.target.bodies import Solid, load_body
from nightmill.verification.target.surface_samples import Target, sample
from nightmill.vocabulary.plan import Body

HEIGHT, LENGTH = 24.0, 30.0
LEAN = math.tan(math.radians(7.0))
"""The wedge stands between the wall x = 0 and the slope x = z tan 7 degrees, its edge along Y at z = 0."""
SIDE = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])


class CutToSize(Removal):
    """All that lies outside of the wedge is gone, and of the wall as much as ``dent`` mm between two heights."""

    def __init__(self, dent: float = 0.0, between: tuple[float, float] = (0.0, 0.0)) -> None:
        super().__init__()
        self._dent, self._between = dent, between

    def removed(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        x, z = points[:, 0], points[:, 2]
        wall = np.where((z > self._between[0]) & (z < self._between[1]), -self._dent, 0.0)
        return np.asarray((x > wall) | (x < z * LEAN))


@pytest.fixture(scope="module")
def wedge() -> Target:
    corners = BRepBuilderAPI_MakePolygon()
    for x, z in ((0.0, 0.0), (-HEIGHT * LEAN, -HEIGHT), (0.0, -HEIGHT)):
        corners.Add(gp_Pnt(x, 0.0, z))
    corners.Close()
    face = BRepBuilderAPI_MakeFace(corners.Wire()).Face()
    return sample(BRepPrimAPI_MakePrism(face, gp_Vec(0.0, LENGTH, 0.0)).Shape(), 4000)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Solid:
    box = Body(kind="box", min=(-10.0, -1.0, -HEIGHT - 1), max=(5.0, LENGTH + 1, 1.0))
    return load_body(box, tmp_path_factory.mktemp("stock"), "stock")


def test_a_wedge_cut_to_size_has_no_gouge(wedge: Target, stock: Solid) -> None:
    found = judge(wedge, CutToSize(), stock)
    assert (found.gouge_mm, found.gouge_at) == (0.0, None)
    assert wall_gouge(wedge, CutToSize(), SIDE[:0].reshape(0, 3)) == (0.0, None)


@pytest.mark.parametrize("between", [(-3.0, -1.0), (-20.0, -15.0)])
def test_a_dent_in_its_wall_is_found(wedge: Target, stock: Solid, between: tuple[float, float]) -> None:
    dented = CutToSize(0.06, between)
    found = judge(wedge, dented, stock)
    assert found.gouge_mm == pytest.approx(0.06, abs=0.02)
    assert wall_gouge(wedge, dented, SIDE[:0].reshape(0, 3))[0] >= 0.03


def test_a_place_is_outside_only_where_all_rays_agree(wedge: Target) -> None:
    inside, beyond = np.array([[-1.0, 15.0, -20.0]]), np.array([[-0.5, 15.0, -0.5]])
    assert wedge.rays.outside(beyond).all()
    assert not wedge.rays.outside(inside).any()
