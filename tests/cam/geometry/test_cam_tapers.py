"""Drafted holes are drilled before they are finished as slopes, however many faces a CAD system draws their cones with."""

import math
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from nightmill.cad import PartModel, read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route
from nightmill.cam.geometry.bores import tapers

LOW_R, HIGH_R, HIGH_MM = 1.7, 1.96, 3.0


def _plate(path: Path, *, halves: bool) -> PartModel:
    """A plate of 40 x 30 x 3 mm with two drafted holes through it, each cone one face or two."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.ShapeUpgrade import ShapeUpgrade_ShapeDivideClosed
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    shape = BRepPrimAPI_MakeBox(40.0, 30.0, HIGH_MM).Shape()
    slope = (HIGH_R - LOW_R) / HIGH_MM
    for x in (12.0, 28.0):
        foot = gp_Ax2(gp_Pnt(x, 15.0, -1.0), gp_Dir(0.0, 0.0, 1.0))
        cone = BRepPrimAPI_MakeCone(foot, LOW_R - slope, HIGH_R + slope, HIGH_MM + 2.0).Shape()
        shape = BRepAlgoAPI_Cut(shape, cone).Shape()
    if halves:
        divided = ShapeUpgrade_ShapeDivideClosed(shape)
        divided.Perform()
        shape = divided.Result()
    writer = STEPControl_Writer()
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return read_part(path)


@pytest.mark.parametrize("halves", [False, True])
def test_a_taper_is_found_whole(halves: bool, tmp_path: Path) -> None:
    part = _plate(tmp_path / "plate.step", halves=halves)
    cones = {face.id for face in part.faces if face.surface == "cone"}
    assert len(cones) == (4 if halves else 2)
    found = sorted(tapers(part, np.eye(4)), key=lambda bore: bore.x)
    assert [(round(b.x, 6), round(b.y, 6), round(b.radius, 6)) for b in found] == [(12, 15, LOW_R), (28, 15, LOW_R)]
    assert {face for bore in found for face in bore.faces} == cones
    assert all(math.isclose(bore.low, 0, abs_tol=1e-6) and math.isclose(bore.high, HIGH_MM) for bore in found)


@pytest.mark.parametrize("off_mm", [1e-9, -1e-9, 1e-6])
def test_halves_of_a_cone_are_joined_wherever_they_lie(off_mm: float, tmp_path: Path) -> None:
    """Parts in sixteenths of an inch lie half-way between micrometres, and what a CAD system writes of two halves differs a little."""
    part = _plate(tmp_path / "plate.step", halves=True)
    cones = [face.id for face in part.faces if face.surface == "cone"]
    step = np.eye(4)
    step[0, 3] = 1.5875 - 12.0

    def moved(along: float) -> list[tuple[int, float]]:
        faces = tuple(
            msgspec.structs.replace(face, origin=(face.origin[0] + along, *face.origin[1:]))
            if face.id == cones[0] and face.origin is not None
            else face
            for face in part.faces
        )
        return sorted((len(bore.faces), round(bore.x, 5)) for bore in tapers(replace(part, faces=faces), step))

    assert moved(off_mm) == [(2, 1.5875), (2, 17.5875)]


def test_half_a_cone_is_no_hole(tmp_path: Path) -> None:
    part = _plate(tmp_path / "plate.step", halves=True)
    first = next(face.id for face in part.faces if face.surface == "cone")
    rest = tuple(msgspec.structs.replace(face, surface="other") if face.id == first else face for face in part.faces)
    assert len(tapers(replace(part, faces=rest), np.eye(4))) == 1


def test_a_drafted_hole_in_two_faces_is_drilled_and_cut_down_to_its_end(tmp_path: Path) -> None:
    part = _plate(tmp_path / "plate.step", halves=True)
    cones = {face.id for face in part.faces if face.surface == "cone"}
    found = plan_route(PlanningTask(part, default_tools(), default_machine(), material_named("6061")))
    steps = [step for setup in found.plan.setups for step in setup.steps]
    kinds = [step.strategy for step in steps]
    assert kinds.index("drill") < kinds.index("surface")
    assert cones <= {face for step in steps if step.strategy == "surface" for face in step.faces}
    assert sum(uncut.area_mm2 for uncut in found.plan.uncut if cones & set(uncut.faces)) < 1.0
