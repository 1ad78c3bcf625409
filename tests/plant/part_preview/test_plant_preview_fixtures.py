import manifold3d as m3
import msgspec
import numpy as np

from nightmill.cam.geometry.solids import stl_of
from nightmill.plant.part_preview.preview_fixtures import fixture_lines, stock_lines
from nightmill.vocabulary.plan import Body, Matrix4, Plan, Setup, Tab

FLIPPED: Matrix4 = ((1.0, 0.0, 0.0, 5.0), (0.0, -1.0, 0.0, 0.0), (0.0, 0.0, -1.0, 10.0), (0.0, 0.0, 0.0, 1.0))


def plan(fixtures: tuple[Body, ...], tabs: tuple[Tab, ...] = ()) -> Plan:
    setup = Setup("1", "mill", "1.ngc", "G54", FLIPPED, fixtures, tabs=tabs)
    stock = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    return Plan("nightmill-plan/1", "p", "mm", "0" * 64, stock, (), (setup,), (), 0.0)


def test_a_mesh_is_drawn_by_its_sharp_edges_in_the_model() -> None:
    (lines,) = fixture_lines(
        plan((Body(file="a.stl", name="plate"),)), {"a.stl": stl_of(m3.Manifold.cube([20, 10, 5]))}
    )
    ends = np.array(lines).reshape(-1, 2, 3)
    assert len(ends) == 12, "the diagonals of a cube's sides are not sharp"
    assert np.allclose(ends.reshape(-1, 3).min(axis=0), (-5.0, -10.0, 5.0))
    assert np.allclose(ends.reshape(-1, 3).max(axis=0), (15.0, 0.0, 10.0))


def test_a_raw_piece_is_drawn_by_its_sharp_edges_where_it_is_a_mesh() -> None:
    meshed = msgspec.structs.replace(plan(()), stock=Body(file="stock.stl"))
    content = stl_of(m3.Manifold.cube([20, 10, 5]))
    ends = np.array(stock_lines(meshed, {"stock.stl": content})).reshape(-1, 2, 3)
    assert len(ends) == 12
    assert np.allclose(ends.reshape(-1, 3).max(axis=0), (20.0, 10.0, 5.0))
    assert stock_lines(plan(()), {"stock.stl": content}) == []


def test_a_round_body_shows_its_rims_only() -> None:
    content = stl_of(m3.Manifold.cylinder(8, 10, 10, 72))
    (lines,) = fixture_lines(plan((Body(file="a.stl", name="jaw"),)), {"a.stl": content})
    assert len(lines) == 2 * 72 * 6


def test_tabs_are_drawn_and_what_is_no_stl_is_not() -> None:
    tab = Tab((1.0, 2.0, 3.0), (0.0, 1.0), 6.0, 0.8)
    (lines,) = fixture_lines(plan((Body(file="a.stl", name="jaw"),), (tab,)), {"a.stl": b"solid none"})
    ends = np.array(lines).reshape(-1, 3)
    assert len(ends) == 2 * 4
    assert np.allclose(ends.min(axis=0), (-4.0, -5.0, 6.2))
    assert np.allclose(ends.max(axis=0), (-4.0, 1.0, 7.0))
