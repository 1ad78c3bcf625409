"""Turned parts come out whole: mouths of long narrow bores are chamfered, and what no lathe can hold goes to the mill."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from nightmill.design import PartModel, read_part
from nightmill.process import default_machine, default_tools, material_named
from nightmill.process.frames import as_rows
from nightmill.process.turning import plan_turned
from nightmill.process.turning_milling import revolved


def _turned(ring: list[tuple[float, float]], path: Path, holes: tuple[float, float] | None = None) -> PartModel:
    """A closed half-section (r, z) turned about Z, with four ``holes``: how far off the axis, and their radius."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder, BRepPrimAPI_MakeRevol
    from OCP.gp import gp_Ax1, gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    polygon = BRepBuilderAPI_MakePolygon()
    for r, z in ring:
        polygon.Add(gp_Pnt(r, 0.0, z))
    polygon.Close()
    axis = gp_Ax1(gp_Pnt(0.0, 0.0, 0.0), gp_Dir(0.0, 0.0, 1.0))
    body = BRepPrimAPI_MakeRevol(BRepBuilderAPI_MakeFace(polygon.Wire()).Face(), axis).Shape()
    for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)) if holes else ():
        off, radius = holes or (0.0, 0.0)
        stands = gp_Ax2(gp_Pnt(off * x, off * y, -50.0), gp_Dir(0.0, 0.0, 1.0))
        body = BRepAlgoAPI_Cut(body, BRepPrimAPI_MakeCylinder(stands, radius, 100.0).Shape()).Shape()
    writer = STEPControl_Writer()
    writer.Transfer(body, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return read_part(path)


def test_both_mouths_of_a_long_narrow_bore_get_their_chamfers(tmp_path: Path) -> None:
    sleeve = [(3.1, 0.3), (3.4, 0.0), (5.5, 0.0), (5.5, 30.0), (3.4, 30.0), (3.1, 29.7)]
    part = _turned(sleeve, tmp_path / "sleeve.step")
    planned = plan_turned(part, tools=default_tools(), machine=default_machine(), material=material_named("6061"))
    assert planned is not None
    assert [setup.kind for setup in planned.plan.setups] == ["turn", "turn"]
    assert planned.plan.uncut == ()
    for setup in planned.plan.setups:
        assert any("boring bar" in step.name for step in setup.steps)


def test_the_mill_cuts_what_a_lathe_can_not_hold_a_thin_wheel_for(tmp_path: Path) -> None:
    rim = [(7.0, 0.0), (7.0, 0.9), (5.6, 2.3), (7.0, 3.7), (7.0, 4.6), (4.2, 4.6)]
    wheel = [
        (2.0, 0.0),
        (2.6, 0.0),
        (2.6, 0.5),
        (4.2, 0.5),
        (4.2, 0.0),
        *rim,
        (4.2, 4.1),
        (2.6, 4.1),
        (2.6, 4.6),
        (2.0, 4.6),
    ]
    part = _turned(wheel, tmp_path / "wheel.step")
    planned = plan_turned(part, tools=default_tools(), machine=default_machine(), material=material_named("6061"))
    assert planned is not None
    kinds = [setup.kind for setup in planned.plan.setups]
    assert kinds[0] == "turn"
    assert set(kinds[1:]) == {"mill"}
    assert not any("held in the jaws" in note for note in planned.notes)
    alone = plan_turned(
        part, tools=default_tools(), machine=default_machine(), material=material_named("6061"), mills=False
    )
    assert alone is not None
    assert {setup.kind for setup in alone.plan.setups} == {"turn"}
    assert any("held in the jaws" in note for note in alone.notes)
    left = sum(record.area_mm2 for record in planned.plan.uncut)
    assert left < 0.004 * part.area_mm2


def test_a_grooved_disc_with_holes_beside_its_axis_is_turned_before_it_is_drilled(tmp_path: Path) -> None:
    rim = [(20.0, 0.0), (20.0, 3.0), (16.0, 3.0), (16.0, 7.0), (20.0, 7.0), (20.0, 10.0)]
    part = _turned([(5.0, 0.0), *rim, (5.0, 10.0)], tmp_path / "pulley.step", holes=(10.0, 2.1))
    planned = plan_turned(part, tools=default_tools(), machine=default_machine(), material=material_named("6061"))
    assert planned is not None
    assert planned.plan.setups[0].kind == "turn"
    assert "mill" in [setup.kind for setup in planned.plan.setups]
    assert sum(record.area_mm2 for record in planned.plan.uncut) < 0.004 * part.area_mm2
    plain = _turned([(5.0, 0.0), (20.0, 0.0), (20.0, 10.0), (5.0, 10.0)], tmp_path / "disc.step", holes=(10.0, 2.1))
    assert plan_turned(plain, tools=default_tools(), machine=default_machine(), material=material_named("6061")) is None


def test_a_turned_piece_in_two_parts_is_handed_to_the_mill_with_both() -> None:
    rings = shapely.union_all([shapely.box(0.0, 5.0, 4.0, 10.0), shapely.box(6.0, 5.0, 8.0, 10.0)])
    assert revolved(rings, as_rows(np.eye(4))).volume() == pytest.approx(6.0 * np.pi * 75.0, rel=1e-3)
