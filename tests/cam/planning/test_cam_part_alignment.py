"""Parts that stand askew in their file: the frame that is found, and a plan that comes back in model coordinates."""

import manifold3d as m3
import numpy as np
import pytest
from drilled_block import drilled_part
from scipy.spatial.transform import Rotation

from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.geometry.solids import solid_of
from nightmill.cam.planning.part_alignment import STOCK_FILE, own_frame, turned_part

ASKEW = Rotation.from_euler("zyx", [31, 17, -52], degrees=True).as_matrix()


def test_a_part_that_stands_square_keeps_its_frame() -> None:
    part, _ = drilled_part(6.0)
    assert own_frame(part) is None
    quarter = Rotation.from_euler("x", 90, degrees=True).as_matrix()
    assert own_frame(turned_part(part, quarter)) is None


def test_the_frame_of_an_askew_part_brings_its_axis_up() -> None:
    part, _ = drilled_part(6.0)
    frame = own_frame(turned_part(part, ASKEW))
    assert frame is not None
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1.0)
    assert np.abs(frame @ ASKEW @ [0, 0, 1]) == pytest.approx([0, 0, 1], abs=1e-9)


def test_the_plan_of_an_askew_part_lies_around_it_as_it_stands_in_its_file() -> None:
    part, _ = drilled_part(None)
    askew = turned_part(part, ASKEW)
    found = plan_route(PlanningTask(askew, default_tools(), default_machine(), material_named("Al 6061")))
    assert any("at an angle in its file" in note for note in found.notes)
    assert found.plan.stock.file == STOCK_FILE
    assert found.plan.setups
    for setup in found.plan.setups:
        matrix = np.array(setup.model_to_work)
        assert matrix[:3, :3] @ matrix[:3, :3].T == pytest.approx(np.eye(3), abs=1e-9)
        along = matrix[:3, :3] @ ASKEW  # the block's own axes in work coordinates
        assert np.abs(along[2, 2]) == pytest.approx(1.0, abs=1e-9)
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    raw = np.frombuffer(found.files[STOCK_FILE], dtype=record, offset=84)["corners"].astype(np.float64)
    vertices, rows = np.unique(raw.reshape(-1, 3), axis=0, return_inverse=True)
    stock = m3.Manifold(m3.Mesh64(vertices, rows.reshape(-1, 3).astype(np.uint64)))
    assert stock.volume() > part.volume_mm3
    assert (solid_of(askew.mesh, np.eye(4)) - stock).volume() == pytest.approx(0.0, abs=1e-6)
