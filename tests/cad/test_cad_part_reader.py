"""A STEP file becomes faces, convexity and a closed mesh, in mm, whatever the file's unit or orientation."""

import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from design_solids import box, compound, cut, cylinder, join, mirrored, plate_with_holes, write

from nightmill.cad import part_reader, read_mesh, read_part
from nightmill.cad.brep.face_records import OrientedFace, face_record
from nightmill.cad.meshing.tessellation import joined, mesh_volume, open_edges, tessellate
from nightmill.cad.step.kernel_import import explore, load_file, load_plain, valid, volume_of
from nightmill.vocabulary.errors import BadInput

EXAMPLES = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"


def test_block(tmp_path: Path) -> None:
    part = read_part(write(box(10, 20, 30), tmp_path / "block.step"))
    assert part.name == "block"
    assert part.file_unit == "mm"
    assert part.volume_mm3 == pytest.approx(6000)
    assert part.area_mm2 == pytest.approx(2200)
    assert part.low == pytest.approx((0, 0, 0), abs=1e-6)
    assert part.high == pytest.approx((10, 20, 30))
    assert len(part.edges) == 12
    assert all(edge.convexity == "convex" and edge.angle_deg == pytest.approx(90) for edge in part.edges)
    assert sum(edge.length_mm for edge in part.edges) == pytest.approx(240)


@pytest.mark.parametrize(("unit", "word"), [("INCH", "inch"), ("M", "m"), ("MM", "mm")])
def test_units_become_mm(tmp_path: Path, unit: str, word: str) -> None:
    part = read_part(write(box(25.4, 50.8, 10), tmp_path / "block.step", unit))
    assert part.file_unit == word
    assert part.high == pytest.approx((25.4, 50.8, 10))
    assert part.mesh.vertices.max(axis=0) == pytest.approx([25.4, 50.8, 10])


def test_mirrored_part_keeps_its_outside(tmp_path: Path) -> None:
    body = cut(box(40, 30, 10), cylinder(4, 10, (10, 10, 0)))
    part = read_part(write(mirrored(body), tmp_path / "mirrored.step"))
    assert part.volume_mm3 == pytest.approx(12000 - 160 * math.pi)
    assert mesh_volume(part.mesh) == pytest.approx(part.volume_mm3, rel=1e-3)
    (wall,) = [face for face in part.faces if face.surface == "cylinder"]
    assert wall.hollow


def test_convexity_of_a_boss_and_a_pocket(tmp_path: Path) -> None:
    body = cut(join(box(60, 40, 10), cylinder(5, 8, (45, 20, 10))), box(20, 20, 5, (5, 10, 5)))
    part = read_part(write(body, tmp_path / "part.step"))
    # the box 12, the pocket's rim 4 and the boss' top convex; 8 edges inside the pocket and the boss' foot concave
    assert Counter(edge.convexity for edge in part.edges) == {"convex": 12 + 4 + 1, "concave": 8 + 1, "smooth": 1}


def test_faces_that_touch_back_to_back_are_convex_and_a_crack_is_concave(tmp_path: Path) -> None:
    # a bore tangent to the wall of a pocket leaves a knife edge of material; a post on a wall leaves a crack of air
    knife = cut(box(30, 30, 20), cylinder(4, 10, (0, 0, 10)), box(9, 20, 12, (0, 4, 8)))
    crack = join(box(30, 30, 5), box(5, 30, 20), cylinder(5, 15, (10, 15, 5)))
    for body, convexity in ((knife, "convex"), (crack, "concave")):
        part = read_part(write(body, tmp_path / "part.step"), mesh_deflection_mm=0.05)
        assert [edge.convexity for edge in part.edges if edge.angle_deg > 175] == [convexity]


def test_mesh_is_closed_outward_and_round(tmp_path: Path) -> None:
    part = read_part(write(plate_with_holes(), tmp_path / "plate.step"))
    assert open_edges(part.mesh) == 0
    assert mesh_volume(part.mesh) == pytest.approx(part.volume_mm3, rel=1e-4)
    corners = part.mesh.vertices[part.mesh.triangles]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.linalg.norm(doubled, axis=1).sum() / 2 == pytest.approx(part.area_mm2, rel=1e-3)
    for face in part.faces:
        corners = part.mesh.vertices[part.mesh.triangles[part.mesh.face_of == face.id]]
        assert len(corners)
        if face.surface == "cylinder" and face.origin and face.axis and face.radius_mm:
            middles = (corners + np.roll(corners, 1, axis=1)) / 2 - np.array(face.origin)
            radial = np.linalg.norm(np.cross(middles.reshape(-1, 3), face.axis), axis=1)
            assert face.radius_mm - radial.min() <= 0.004 + 1e-9


def test_open_mesh_is_noticed(tmp_path: Path) -> None:
    mesh = read_part(write(box(1, 2, 3), tmp_path / "block.step")).mesh
    torn = type(mesh)(mesh.vertices, mesh.triangles[1:], mesh.face_of[1:])
    flipped = mesh.triangles.copy()
    flipped[0] = flipped[0, ::-1]
    assert open_edges(torn) == 3
    assert open_edges(type(mesh)(mesh.vertices, flipped, mesh.face_of)) > 0


def test_several_solids_and_none(tmp_path: Path) -> None:
    two = write(compound(box(1, 1, 1), box(1, 1, 1, (5, 0, 0))), tmp_path / "two.step")
    with pytest.raises(BadInput, match="several solids") as caught:
        read_part(two)
    assert caught.value.findings[0].place == "2 solids"
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp_Explorer

    face = TopExp_Explorer(box(1, 1, 1), TopAbs_ShapeEnum.TopAbs_FACE).Current()
    with pytest.raises(BadInput, match="enclose no solid"):
        read_part(write(face, tmp_path / "face.step"))


def test_triangles_alone_and_lines_alone_are_called_by_their_name(tmp_path: Path) -> None:
    from OCP.BRep import BRep_Builder
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeEdge
    from OCP.BRepMesh import BRepMesh_IncrementalMesh
    from OCP.gp import gp_Ax2, gp_Circ, gp_Dir, gp_Pnt
    from OCP.Interface import Interface_Static
    from OCP.RWStl import RWStl
    from OCP.STEPControl import STEPControl_Writer
    from OCP.StlAPI import StlAPI_Writer
    from OCP.TopoDS import TopoDS_Face

    body = box(3, 4, 5)
    BRepMesh_IncrementalMesh(body, 0.1)
    StlAPI_Writer().Write(body, str(tmp_path / "box.stl"))
    face = TopoDS_Face()
    BRep_Builder().MakeFace(face, RWStl.ReadFile_s(str(tmp_path / "box.stl")))
    STEPControl_Writer()  # its settings exist from here on
    usual = Interface_Static.IVal_s("write.step.tessellated")
    schema = Interface_Static.CVal_s("write.step.schema")
    Interface_Static.SetIVal_s("write.step.tessellated", 1)
    Interface_Static.SetCVal_s("write.step.schema", "AP242DIS")
    triangles = write(face, tmp_path / "triangles.step")
    Interface_Static.SetIVal_s("write.step.tessellated", usual)
    Interface_Static.SetCVal_s("write.step.schema", schema)
    with pytest.raises(BadInput, match="only tessellated geometry"):
        read_part(triangles)
    circle = BRepBuilderAPI_MakeEdge(gp_Circ(gp_Ax2(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1)), 5.0)).Edge()
    with pytest.raises(BadInput, match="curves but no face"):
        read_part(write(circle, tmp_path / "circle.step"))


def test_a_part_drawn_in_metres_and_written_as_mm_is_refused_for_its_unit(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"0\.06 x 0\.04 x 0\.02 mm") as caught:
        read_part(write(box(0.06, 0.04, 0.02), tmp_path / "metres.step"))
    assert caught.value.findings[0].place == "length unit"
    assert "metres" in caught.value.findings[0].remedy


def test_a_volume_that_few_points_a_face_miss_is_integrated_until_it_is_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surely = volume_of
    monkeypatch.setattr(
        part_reader, "volume_of", lambda solid, share=0.0: surely(solid, share) * (1.0 if share else 1.03)
    )
    assert read_part(write(cylinder(5, 20, (0, 0, 0)), tmp_path / "pin.step")).volume_mm3 == pytest.approx(
        500 * math.pi
    )


def test_door_does_not_load_the_kernel() -> None:
    code = "import sys, nightmill.cad; sys.exit('OCP' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_damaged_numbers_and_references_never_end_in_a_traceback(tmp_path: Path) -> None:
    path = write(plate_with_holes(), tmp_path / "plate.step")
    script = f"""
import random, sys
from pathlib import Path
from typing import Any
from nightmill.cad import part_reader, read_mesh, read_part
from nightmill.vocabulary.errors import BadInput
text = Path({str(path)!r}).read_text()
path = Path({str(tmp_path)!r}) / "fuzz.step"
for seed in range(12):
    rng = random.Random(seed)
    damaged = list(text)
    for _ in range(3):
        place = rng.randrange(text.index("DATA;"), len(text) - 40)
        damaged[place] = rng.choice("0123456789#(),.'")
    path.write_text("".join(damaged))
    try:
        read_part(path, mesh_deflection_mm=0.1, angular_deg=20)
    except BadInput:
        pass
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=300)
    # a negative code is the kernel's own crash, which the child process around a reader contains
    assert done.returncode <= 0, done.stderr
    assert done.stdout == ""


def turned(body: Any) -> Any:
    from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
    from OCP.TopLoc import TopLoc_Location

    turn, shift = gp_Trsf(), gp_Trsf()
    turn.SetRotation(gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(1, 1, 0)), 0.7)
    shift.SetTranslation(gp_Vec(100, 20, 5))
    shift.Multiply(turn)
    return body.Moved(TopLoc_Location(shift))


@pytest.mark.parametrize("unit", ["MM", "INCH", "M"])
def test_assembly_of_one_turned_part(tmp_path: Path, unit: str) -> None:
    plain = read_part(write(plate_with_holes(), tmp_path / "plain.step"))
    placed = read_part(write(compound(turned(plate_with_holes())), tmp_path / "placed.step", unit))
    assert placed.volume_mm3 == pytest.approx(plain.volume_mm3)
    assert placed.low != pytest.approx(plain.low)
    holes = [sorted(f.kind for f in part.features if "hole" in f.kind) for part in (plain, placed)]
    assert holes[0] == holes[1]


def test_part_with_a_void(tmp_path: Path) -> None:
    part = read_part(write(cut(box(50, 50, 50), box(10, 10, 10, (20, 20, 20))), tmp_path / "void.step"))
    assert len(part.faces) == 12
    assert part.volume_mm3 == pytest.approx(124000)


def test_a_sound_part_that_ends_the_sweep_hull_triangulation(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).resolve().parents[2] / "benchmarks")!r})
from labelled_parts import make, write
from nightmill.cad import part_reader, read_mesh, read_part
path = Path({str(tmp_path / "part.step")!r})
write(make(40161, usual=True)[0], path)
print(len(read_part(path, mesh_deflection_mm=0.05, angular_deg=12).faces))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_a_face_whose_edges_fit_roughly_is_meshed_as_closely_as_any(tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeTorus
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.ShapeFix import ShapeFix_ShapeTolerance

    groove = BRepPrimAPI_MakeTorus(gp_Ax2(gp_Pnt(0, 0, 12), gp_Dir(0, 0, 1)), 10.0, 4.0).Shape()
    body = cut(cylinder(10.0, 12.0, (0, 0, 0)), groove)
    ShapeFix_ShapeTolerance().SetTolerance(body, 0.2)
    faces = [OrientedFace(shape) for shape in explore(body, "FACE")]
    mesh = tessellate(body, faces, deflection_mm=0.004, angular_deg=20.0)
    round_ = next(number for number, face in enumerate(faces) if face.kind == "torus")
    middle = mesh.vertices[mesh.triangles[mesh.face_of == round_]].mean(axis=1)
    off = np.hypot(np.hypot(middle[:, 0], middle[:, 1]) - 10.0, middle[:, 2] - 12.0) - 4.0
    assert np.abs(off).max() <= 0.004


def test_a_cavity_that_opens_nowhere_is_noted_with_its_faces(tmp_path: Path) -> None:
    part = read_part(write(cut(box(30, 30, 20), box(10, 10, 5, (10, 10, 8))), tmp_path / "hollow.step"))
    (note,) = part.notes
    assert "closed cavities inside, 500 mm3 in all (faces 6, 7, 8, 9, 10, 11)" in note
    assert not read_part(write(cut(box(30, 30, 20), box(10, 10, 12, (10, 10, 8))), tmp_path / "open.step")).notes


def test_construction_surfaces_beside_the_solid_are_left_out_and_noted(tmp_path: Path) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace
    from OCP.gp import gp_Dir, gp_Pln, gp_Pnt

    plane = BRepBuilderAPI_MakeFace(gp_Pln(gp_Pnt(100, 0, 0), gp_Dir(0, 0, 1)), 0, 10, 0, 10).Face()
    part = read_part(write(compound(box(30, 20, 10), plane), tmp_path / "with a plane.step"))
    assert part.high == pytest.approx((30, 20, 10))
    assert part.notes == ("the file holds 1 face outside the solid: left out",)


def test_loose_surfaces_that_close_are_joined_and_those_with_a_gap_refused(tmp_path: Path) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy

    body = cut(box(30, 20, 10), cylinder(3, 10, (10, 10, 0)))
    loose = [BRepBuilderAPI_Copy(face).Shape() for face in explore(body, "FACE")]
    part = read_part(write(compound(*loose), tmp_path / "loose.step"))
    assert part.volume_mm3 == pytest.approx(6000 - 90 * math.pi)
    assert part.notes == (
        "the file holds 7 surfaces, not a solid: they enclose a volume and were joined into one solid",
    )
    with pytest.raises(BadInput, match="6 surfaces that enclose no solid"):
        read_part(write(compound(*loose[:-1]), tmp_path / "gap.step"))


def test_surfaces_that_are_joined_keep_their_names(tmp_path: Path) -> None:
    from OCP.BRep import BRep_Builder
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy
    from OCP.TopoDS import TopoDS_Shell

    body = cut(cut(box(30, 20, 10), cylinder(3, 10, (10, 10, 0))), cylinder(2, 10, (20, 10, 0)))
    faces = explore(body, "FACE")
    builder, shell = BRep_Builder(), TopoDS_Shell()
    builder.MakeShell(shell)
    ordered = (*faces[1::2], *faces[::2][::-1])
    for face in ordered:
        builder.Add(shell, BRepBuilderAPI_Copy(face).Shape())
    path = write(shell, tmp_path / "loose.step")
    numbers = iter(range(99))
    text = re.sub(r"ADVANCED_FACE\(''", lambda _: f"ADVANCED_FACE('{next(numbers)}'", path.read_text())
    path.write_text(text.replace("OPEN_SHELL", "CLOSED_SHELL"))
    found = {face.name: (round(face.area_mm2, 3), face.surface) for face in read_part(path).faces}
    records = [face_record(number, str(number), OrientedFace(face)) for number, face in enumerate(ordered)]
    assert found == {record.name: (round(record.area_mm2, 3), record.surface) for record in records}


def test_a_closed_shell_is_taken_as_the_solid_inside(tmp_path: Path) -> None:
    (shell,) = explore(box(30, 20, 10), "SHELL")
    part = read_part(write(shell, tmp_path / "shell.step"))
    assert part.volume_mm3 == pytest.approx(6000)
    assert part.notes == ("the file holds a closed shell, not a solid: it was read as the solid inside that shell",)


def test_a_mesh_alone_is_that_of_the_part(tmp_path: Path) -> None:
    path = write(plate_with_holes(), tmp_path / "plate.step")
    whole = read_part(path, mesh_deflection_mm=0.15, angular_deg=15.0).mesh
    alone = read_mesh(path, mesh_deflection_mm=0.15, angular_deg=15.0)
    assert np.array_equal(whole.vertices, alone.vertices)
    assert np.array_equal(whole.triangles, alone.triangles)
    assert np.array_equal(whole.face_of, alone.face_of)
    assert len(alone.triangles) < len(read_part(path).mesh.triangles)
    with pytest.raises(BadInput, match="no such file"):
        read_mesh(tmp_path / "none.step", mesh_deflection_mm=0.15, angular_deg=15.0)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.step")))
def test_a_plain_file_is_meshed_as_one_that_is_read_whole(name: str) -> None:
    path = EXAMPLES / name
    solid = load_plain(path)
    assert solid is not None
    quick = read_mesh(path, mesh_deflection_mm=0.2, angular_deg=20.0, sweep=True)
    read = load_file(path).solid
    faces = [OrientedFace(shape) for shape in explore(read, "FACE")]
    whole = tessellate(read, faces, deflection_mm=0.2, angular_deg=20.0, sweep=True)
    assert np.array_equal(quick.triangles, whole.triangles)
    assert np.array_equal(quick.face_of, whole.face_of)
    assert np.allclose(quick.vertices, whole.vertices, atol=1e-9)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SI_UNIT(.MILLI.,.METRE.)", "SI_UNIT($,.METRE.)"),
        ("MANIFOLD_SOLID_BREP", "BREP_WITH_VOIDS"),
        ("ENDSEC;\nEND-ISO", "#99999=MAPPED_ITEM('',#1,#2);\nENDSEC;\nEND-ISO"),
        ("DATA;", "DATA;/* a word aside */"),
    ],
)
def test_what_has_to_be_told_about_is_no_plain_file(tmp_path: Path, old: str, new: str) -> None:
    text = (EXAMPLES / "bracket.step").read_text()
    assert old in text
    path = tmp_path / "part.step"
    path.write_text(text.replace(old, new))
    assert load_plain(path) is None


def test_a_plain_file_that_isnt_whole_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "part.step"
    path.write_bytes((EXAMPLES / "bracket.step").read_bytes()[:-200])
    with pytest.raises(BadInput):
        load_plain(path)


def test_a_solid_that_the_kernel_cannot_repair_is_used_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
    from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
    from OCP.gp import gp_Pnt, gp_Vec
    from OCP.Standard import Standard_ConstructionError

    crossing = BRepBuilderAPI_MakePolygon()
    for x, y in ((0, 0), (20, 20), (20, 0), (0, 20)):
        crossing.Add(gp_Pnt(x, y, 0))
    crossing.Close()
    face = BRepBuilderAPI_MakeFace(crossing.Wire(), True).Face()
    (solid,) = explore(BRepPrimAPI_MakePrism(face, gp_Vec(0, 0, 5)).Shape(), "SOLID")

    def gives_up() -> None:
        raise Standard_ConstructionError("gp_Dir2d() - input vector has zero norm")

    monkeypatch.setattr("OCP.ShapeFix.ShapeFix_Shape", lambda _shape: SimpleNamespace(Perform=gives_up))
    notes: list[str] = []
    assert valid(solid, notes).IsSame(solid)
    assert "could not repair it" in notes[0]


@pytest.mark.parametrize("seed", range(20))
def test_nodes_are_joined_as_scipy_joins_them(seed: int) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rng = np.random.default_rng(seed)
    count, pairs = int(rng.integers(1, 300)), int(rng.integers(0, 400))
    left, right = rng.integers(0, count, pairs), rng.integers(0, count, pairs)
    graph = coo_array((np.ones(pairs, dtype=np.int8), (left, right)), shape=(count, count))
    _, theirs = connected_components(graph, directed=False)
    lowest = joined(count, left, right)
    _, ours = np.unique(lowest, return_inverse=True)
    assert np.array_equal(ours, theirs)
    assert np.all(lowest <= np.arange(count))


def test_a_part_is_meshed_without_scipy() -> None:
    program = "import sys, nightmill.plant.part_preview.step_preview_child, nightmill.cad.part_reader\nprint('SCIPY', 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert "SCIPY False" in done.stdout
