"""Helical faces around an axis of the part are told as threads with their pitch, whatever surface the file has for them."""

from typing import Any

import numpy as np
import pytest
from design_solids import box, cut, cylinder

from nightmill.cad.brep.face_records import OrientedFace, face_record
from nightmill.cad.brep.modelled_threads import modelled_threads
from nightmill.cad.step.kernel_import import explore


def _flank(at: tuple[float, float], radii: tuple[float, float], rise_mm: float, turns: float, lift_mm: float) -> Any:
    """A face that winds around an upright axis at ``at`` from one radius to another, ``rise_mm`` a turn."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace
    from OCP.collections import Array2_gp_Pnt
    from OCP.GeomAPI import GeomAPI_PointsToBSplineSurface
    from OCP.gp import gp_Pnt

    angles = np.linspace(0, 2 * np.pi * turns, round(48 * turns))
    points = Array2_gp_Pnt(1, len(angles), 1, 4)
    for i, angle in enumerate(angles):
        for j, share in enumerate(np.linspace(0, 1, 4)):
            radius = radii[0] + share * (radii[1] - radii[0])
            z = rise_mm * angle / (2 * np.pi) + lift_mm * share
            points.SetValue(
                i + 1, j + 1, gp_Pnt(at[0] + radius * np.cos(angle), at[1] + radius * np.sin(angle), float(z))
            )
    return BRepBuilderAPI_MakeFace(GeomAPI_PointsToBSplineSurface(points).Surface(), 1e-6).Face()


def _threads(*flanks: Any) -> Any:
    block = cut(box(30, 20, 20), cylinder(3.35, 20, (10, 10, 0)))
    faces = [OrientedFace(shape) for shape in (*explore(block, "FACE"), *flanks)]
    return modelled_threads(tuple(face_record(number, "", face) for number, face in enumerate(faces)), faces)


@pytest.mark.parametrize("hand", [1, -1])
def test_two_flanks_around_a_hole_are_a_thread_of_their_pitch(hand: int) -> None:
    flanks = (_flank((10, 10), (3.35, 4.0), hand * 1.25, 6, lift) for lift in (0.4, -0.4))
    (thread,) = _threads(*flanks)
    assert thread.faces == (7, 8)
    assert thread.inner
    assert thread.left_hand == (hand < 0)
    assert thread.pitch_mm == pytest.approx(1.25, abs=1e-3)
    assert (thread.least_diameter_mm, thread.most_diameter_mm) == pytest.approx((6.7, 8.0), abs=0.01)
    assert len(thread.walls) == 1
    assert thread.length_mm == pytest.approx(6 * 1.25 + 0.8, abs=0.01)
    assert thread.walls_mm == pytest.approx(20)


def test_what_winds_around_no_axis_of_the_part_or_hardly_winds_is_no_thread() -> None:
    assert not _threads(_flank((20, 10), (3.35, 4.0), 1.25, 6, 0.4))
    assert not _threads(_flank((10, 10), (3.35, 4.0), 1.25, 1.5, 0.4))
    assert not _threads(_flank((10, 10), (3.35, 4.0), 0.0, 6, 0.4))


def test_a_face_that_winds_around_nothing_costs_two_lines_of_points(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[float, float]] = []
    at = OrientedFace.at

    def counted(face: OrientedFace, u: float, v: float) -> Any:
        looked.append((u, v))
        return at(face, u, v)

    block = cut(box(30, 20, 20), cylinder(3.35, 20, (10, 10, 0)))
    faces = [OrientedFace(shape) for shape in (*explore(block, "FACE"), _flank((20, 10), (3.35, 4.0), 1.25, 6, 0.4))]
    records = tuple(face_record(number, "", face) for number, face in enumerate(faces))
    monkeypatch.setattr(OrientedFace, "at", counted)
    assert not modelled_threads(records, faces)
    assert 0 < len(looked) <= 50
