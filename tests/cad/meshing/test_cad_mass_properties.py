"""Parts whose faces wind so that the kernel's integrals fail: read with the area and volume of their mesh."""

from math import pi
from pathlib import Path

import pytest
from design_solids import box, waved, write

from nightmill.cad import read_part
from nightmill.cad.brep.face_records import OrientedFace, face_record
from nightmill.cad.brep.records import Mesh
from nightmill.cad.meshing.mass_properties import measured
from nightmill.cad.meshing.tessellation import tessellate
from nightmill.cad.step.kernel_import import explore, volume_of

CHORDS = (0.01, 15.0)
AREA_MM2, HEIGHT_MM = pi * (4.0**2 + 0.8**2 / 2), 0.3
"""Of a disc of radius 4 + 0.8 sin(12 t): half of the integral of r^2 over a turn."""


def test_a_rim_with_waves_is_read_though_its_integrals_fail(tmp_path: Path) -> None:
    solid = waved()
    assert volume_of(solid) != pytest.approx(HEIGHT_MM * AREA_MM2, rel=0.05)
    part = read_part(write(solid, tmp_path / "rim.step"), mesh_deflection_mm=CHORDS[0], angular_deg=CHORDS[1])
    assert part.volume_mm3 == pytest.approx(HEIGHT_MM * AREA_MM2, rel=2e-3)
    flat = [face.area_mm2 for face in part.faces if face.surface == "plane"]
    assert flat == pytest.approx([AREA_MM2] * 2, rel=2e-3)
    assert any("integrals to converge" in note for note in part.notes)


def test_a_mesh_is_not_believed_against_integrals_that_agree() -> None:
    solid = box(10, 10, 10)
    faces = [OrientedFace(shape) for shape in explore(solid, "FACE")]
    records = tuple(face_record(number, "", face) for number, face in enumerate(faces))
    mesh = tessellate(solid, faces, deflection_mm=CHORDS[0], angular_deg=CHORDS[1])
    assert measured(solid, faces, records, mesh, CHORDS) is None


def test_a_mesh_that_does_not_close_is_not_believed() -> None:
    solid = waved()
    faces = [OrientedFace(shape) for shape in explore(solid, "FACE")]
    records = tuple(face_record(number, "", face) for number, face in enumerate(faces))
    mesh = tessellate(solid, faces, deflection_mm=CHORDS[0], angular_deg=CHORDS[1])
    assert measured(solid, faces, records, mesh, CHORDS) is not None
    torn = Mesh(mesh.vertices, mesh.triangles[1:], mesh.face_of[1:])
    assert measured(solid, faces, records, torn, CHORDS) is None
