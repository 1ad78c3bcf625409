"""A plate in two setups, certified; then one fault at a time, each of which the verifier must see."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from OCP.TopoDS import TopoDS_Face

from nightmill.verification import Recall, certify, certify_program, read_stock, read_tools
from nightmill.verification.target import surface_samples
from nightmill.vocabulary.certificate_findings import rounded_down
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import Body, Certificate, Plan, Setup, Tool

TOOLS = (
    Tool(1, "flat", 10, flute_length_mm=22, shank_diameter_mm=10, stickout_mm=40, holder_diameter_mm=40, holder_length_mm=50),
    Tool(2, "drill", 6, tip_angle_deg=118, flute_length_mm=40, shank_diameter_mm=6, stickout_mm=60, holder_diameter_mm=40),
    Tool(3, "chamfer", 8, tip_angle_deg=90, tip_diameter_mm=0, flute_length_mm=4, shank_diameter_mm=8, stickout_mm=40),
    Tool(4, "flat", 8, flute_length_mm=20, shank_diameter_mm=8, stickout_mm=40, holder_diameter_mm=40),
)  # fmt: skip
HEAD = "%\nG21 G17 G90 G94 G40 G49 G80 {offset}\nG64 P0.005\n"


def face(level: float) -> str:
    """Zigzag over the whole piece at one level, rapids off the stock."""
    rows = []
    for index, y in enumerate((0, 8, 16, 24, 32, 40)):
        first, last = (-10, 70) if index % 2 == 0 else (70, -10)
        rows.append(f"G1 X{first} Y{y} F1200\nX{last}")
    return f"G0 X-10 Y0\nG0 Z{level}\n" + "\n".join(rows) + "\nG0 Z20"


def outline(off: float, level: float) -> str:
    low_x, high_x, low_y, high_y = -off, 60 + off, -off, 40 + off
    return f"G0 X-15 Y-15\nG0 Z{level}\nG1 X{low_x} Y{low_y} F800\nY{high_y}\nX{high_x}\nY{low_y}\nX{low_x}\nX-15 Y-15\nG0 Z20"


POCKET = """G0 X35 Y20
G0 Z1
G3 X35 Y20 Z-2.5 I-2 J0 F300
G3 X35 Y20 Z-5 I-2 J0
G3 X35 Y20 I-2 J0
G1 X26 Y16 F700
X44
Y20
X26
Y24
X44
G1 X45 Y24
G3 X44 Y25 R1
G1 X26
G3 X25 Y24 R1
G1 Y16
G3 X26 Y15 R1
G1 X44
G3 X45 Y16 R1
G1 Y24
X35 Y20
G0 Z20"""
TOP = (
    HEAD.format(offset="G54")
    + "T1 M6\nG43 H1\nS6000 M3\nG0 Z20\n"
    + "\n".join((face(0), outline(5, -6), outline(5, -12.5), POCKET))
    + "\nT2 M6\nG43 H2\nS3000 M3\nG0 Z20\nG0 X10 Y10\nG99 G83 Z-15.8 R2 Q4 F200\nX10 Y30\nG80\nG0 Z20\n"
    + "T3 M6\nG43 H3\nS5000 M3\nG0 Z20\n"
    + outline(1, -2)
    + "\nG53 G0 Z0\nM5\nM2\n%\n"
)
BOTTOM = (
    HEAD.format(offset="G54")
    + "T1 M6\nG43 H1\nS6000 M3\nG0 Z30\n"
    + face(4).replace("G0 Z20", "G0 Z30")
    + "\n"
    + face(0).replace("G0 Z20", "G0 Z30")
    + "\nG53 G0 Z0\nM5\nM2\n%\n"
)


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plate 60 x 40 x 12 with a pocket, two holes and a 1 mm chamfer around its top, as a STEP file."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepFilletAPI import BRepFilletAPI_MakeChamfer, BRepFilletAPI_MakeFillet
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    plate = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(60, 40, 12)).Shape()
    chamfer = BRepFilletAPI_MakeChamfer(plate)
    for edge in edges_where(plate, lambda a, b: abs(a[2] - 12) < 1e-6 and abs(b[2] - 12) < 1e-6):
        chamfer.Add(1.0, edge)
    plate = chamfer.Shape()
    tool = BRepPrimAPI_MakeBox(gp_Pnt(20, 10, 7), gp_Pnt(50, 30, 20)).Shape()
    fillet = BRepFilletAPI_MakeFillet(tool)
    for edge in edges_where(tool, lambda a, b: abs(a[2] - b[2]) > 1):
        fillet.Add(6.0, edge)
    plate = BRepAlgoAPI_Cut(plate, fillet.Shape()).Shape()
    for y in (10, 30):
        hole = BRepPrimAPI_MakeCylinder(gp_Ax2(gp_Pnt(10, y, -1), gp_Dir(0, 0, 1)), 3.0, 20.0).Shape()
        plate = BRepAlgoAPI_Cut(plate, hole).Shape()
    path = tmp_path_factory.mktemp("part") / "plate.step"
    writer = STEPControl_Writer()
    writer.Transfer(plate, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def edges_where(shape: object, keep: Callable[[tuple[float, ...], tuple[float, ...]], bool]) -> list[object]:
    """Edges whose two end points satisfy ``keep``, each once."""
    from OCP.BRep import BRep_Tool
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp, TopExp_Explorer
    from OCP.TopoDS import TopoDS

    found: list[object] = []
    explorer = TopExp_Explorer(shape, TopAbs_ShapeEnum.TopAbs_EDGE)
    while explorer.More():
        edge = TopoDS.Edge(explorer.Current())
        ends = []
        for vertex in (TopExp.FirstVertex_s(edge), TopExp.LastVertex_s(edge)):
            point = BRep_Tool.Pnt_s(vertex)
            ends.append((point.X(), point.Y(), point.Z()))
        if keep(ends[0], ends[1]) and not any(edge.IsSame(other) for other in found):
            found.append(edge)
        explorer.Next()
    return found


def plan_of(part: Path) -> Plan:
    top = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, -12.0), (0.0, 0.0, 0.0, 1.0))
    flip = ((1.0, 0.0, 0.0, 0.0), (0.0, -1.0, 0.0, 40.0), (0.0, 0.0, -1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    jaws = tuple(
        Body(kind="box", min=(0, y, -40), max=(60, y + 20, -14), name=name)
        for y, name in ((-22, "fixed"), (42, "moving"))
    )
    low_jaws = tuple(
        Body(kind="box", min=(10, y, -40), max=(50, y + 20, -6), name=name)
        for y, name in ((-20, "fixed"), (40, "moving"))
    )
    return Plan(
        format="nightmill-plan/1",
        part="plate",
        units="mm",
        target_sha256=hashlib.sha256(part.read_bytes()).hexdigest(),
        stock=Body(kind="box", min=(-2, -2, -8), max=(62, 42, 14)),
        tools=TOOLS,
        setups=(
            Setup("1", "mill", "1.ngc", "G54", top, jaws),
            Setup("2", "mill", "2.ngc", "G54", flip, low_jaws),
        ),
        uncut=(),
        cycle_time_s=0.0,
    )


def check(
    part: Path,
    folder: Path,
    top: str = TOP,
    bottom: str = BOTTOM,
    plan: Plan | None = None,
    recall: Recall | None = None,
) -> Certificate:
    (folder / "1.ngc").write_text(top)
    (folder / "2.ngc").write_text(bottom)
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan or plan_of(part)))
    return certify(folder, part, recall=recall)


def test_correct_plan_is_certified(part: Path, tmp_path: Path) -> None:
    result = check(part, tmp_path)
    assert result.certified, result
    assert (result.gouge_mm, result.rapid_hits, result.collisions) == (0.0, 0, 0)
    assert result.certified_area_share is not None
    assert result.certified_area_share > 0.9999
    assert result.uncut == ()
    assert result.cycle_time_s
    assert result.cycle_time_s > 60


def test_a_face_that_got_no_mesh_is_not_passed_over(
    part: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Area and volume need not tell: a hundredth of them is let pass."""
    meshed = surface_samples.mesh_faces

    def without_the_smallest(faces: list[TopoDS_Face]) -> list[surface_samples.FaceMesh]:
        meshes = meshed(faces)
        least = min(range(len(faces)), key=lambda k: surface_samples._area(faces[k]))
        meshes[least] = surface_samples.FaceMesh(
            meshes[least].nodes, meshes[least].parameters, meshes[least].triangles[:0]
        )
        return meshes

    monkeypatch.setattr(surface_samples, "mesh_faces", without_the_smallest)
    found = check(part, tmp_path)
    assert not found.certified
    assert any("could not be meshed" in message for message in found.messages)


def swap(text: str, old: str, new: str, times: int = 1) -> str:
    assert old in text
    return text.replace(old, new, times)


def deeper(text: str, by: float) -> str:
    """The same program with its zero ``by`` mm lower."""
    return _shift(text, "Z", -by)


def _shift(text: str, letter: str, by: float) -> str:
    word = re.compile(rf"{letter}(-?\d+\.?\d*)")
    return "\n".join(
        line if "G53" in line else word.sub(lambda found: f"{letter}{float(found.group(1)) + by:.4f}", line)
        for line in text.splitlines()
    )


FAULTS: dict[str, tuple[str, str]] = {
    "too deep by 0.03": (deeper(TOP, 0.03), BOTTOM),
    "shifted in X by 0.1": (_shift(TOP, "X", 0.1), BOTTOM),
    "shifted in Y by 0.1": (_shift(TOP, "Y", 0.1), BOTTOM),
    "second setup too deep": (TOP, deeper(BOTTOM, 0.03)),
    "second setup too high": (TOP, deeper(BOTTOM, -0.06)),
    "a block dropped in the pocket": (swap(TOP, "G1 X26\nG3 X25 Y24 R1\n", "G3 X25 Y24 R1\n"), BOTTOM),
    "a hole dropped": (swap(TOP, "X10 Y30\nG80", "G80"), BOTTOM),
    "the retract dropped": (swap(TOP, "G0 Z20\nT2", "T2", 1).replace("S3000 M3\nG0 Z20\n", "S3000 M3\n"), BOTTOM),
    "a rapid through stock": (swap(TOP, "G1 X26 Y16 F700\nX44", "G0 X26 Y16 F700\nG1 X44"), BOTTOM),
    "a rapid plunge": (swap(TOP, "G0 X35 Y20\nG0 Z1\n", "G0 X35 Y20\nG0 Z-4\n"), BOTTOM),
    "another tool": (swap(TOP, "T1 M6\nG43 H1", "T4 M6\nG43 H4"), BOTTOM),
    "a tool that does not exist": (swap(TOP, "T1 M6\nG43 H1", "T9 M6\nG43 H9"), BOTTOM),
    "another work offset": (TOP, swap(BOTTOM, "G54", "G55")),
    "no G43": (swap(TOP, "G43 H2\n", ""), BOTTOM),
    "another H": (swap(TOP, "G43 H2", "G43 H1"), BOTTOM),
    "spindle never started": (swap(TOP, "S3000 M3\n", ""), BOTTOM),
    "corners cut by a wide blend": (swap(TOP, "G64 P0.005", "G64 P0.5"), BOTTOM),
    "a decimal point lost in the air": (TOP, swap(BOTTOM, "X70", "X700")),
    "spindle backwards": (swap(TOP, "S6000 M3", "S6000 M4"), BOTTOM),
    "cutter compensation": (swap(TOP, "G0 X35 Y20", "G41 D1 G0 X35 Y20"), BOTTOM),
}


def test_the_line_that_first_cuts_too_deep_is_named(part: Path, tmp_path: Path) -> None:
    wrong = swap(TOP, "G1 X26 Y16 F700\nX44", "G1 X26 Y16 Z-5.3 F700\nX44")
    lines = [number for number, line in enumerate(wrong.splitlines(), 1) if "Z-5.3" in line]
    found = check(part, tmp_path, wrong)
    gouges = [message for message in found.messages if "too deep at" in message or "into the part at" in message]
    assert gouges
    for message in gouges:
        named = re.search(r"; setup 1, line (\d+) of 1\.ngc is the first to cut there$", message)
        assert named, message
        assert lines[0] <= int(named[1]) <= lines[0] + 16, "the pocket's floor is cut by the moves from there on"


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen(fault: str, part: Path, tmp_path: Path) -> None:
    result = check(part, tmp_path, *FAULTS[fault])
    assert not result.certified
    assert result.messages


def test_figures_of_faults(part: Path, tmp_path: Path) -> None:
    deep = check(part, tmp_path, deeper(TOP, 0.03))
    assert deep.gouge_mm == pytest.approx(0.03, abs=0.003)
    shifted = check(part, tmp_path, _shift(TOP, "X", 0.1))
    assert shifted.gouge_mm == pytest.approx(0.1, abs=0.02)
    rapid = check(part, tmp_path, *FAULTS["a rapid through stock"])
    assert rapid.rapid_hits == 1
    high = check(part, tmp_path, TOP, deeper(BOTTOM, -0.06))
    assert high.excess_mm == pytest.approx(0.06, abs=0.002)
    (left,) = high.uncut
    assert left.area_mm2 == pytest.approx(60 * 40 - 2 * np.pi * 9, rel=0.01)


def test_missing_setup_leaves_the_bottom_uncut(part: Path, tmp_path: Path) -> None:
    plan = plan_of(part)
    result = check(part, tmp_path, plan=msgspec.structs.replace(plan, setups=plan.setups[:1]))
    assert not result.certified
    assert result.uncut[0].area_mm2 == pytest.approx(60 * 40 - 2 * np.pi * 9, rel=0.01)
    assert "not reached" in result.uncut[0].reason


def test_short_stickout_drives_the_holder_into_stock(part: Path, tmp_path: Path) -> None:
    plan = plan_of(part)
    drill = msgspec.structs.replace(TOOLS[1], flute_length_mm=10, stickout_mm=12)
    result = check(part, tmp_path, plan=msgspec.structs.replace(plan, tools=(TOOLS[0], drill, *TOOLS[2:])))
    assert not result.certified
    assert result.collisions


def test_fixtures_in_the_way(part: Path, tmp_path: Path) -> None:
    plan = plan_of(part)
    clamps = {
        "box": Body(kind="box", min=(25, -30, -40), max=(35, -6, -5), name="clamp"),
        "cylinder": Body(kind="cylinder", base=(30, -12, -40), axis=(0, 0, 1), radius=5, height=35, name="pin"),
        "lying": Body(kind="cylinder", base=(20, -10, -8), axis=(1, 0, 0), radius=3, height=20, name="bar"),
    }
    for name, clamp in clamps.items():
        first = msgspec.structs.replace(plan.setups[0], fixtures=(clamp,))
        result = check(part, tmp_path, plan=msgspec.structs.replace(plan, setups=(first, plan.setups[1])))
        assert result.collisions, name
        assert not result.certified


def test_other_part_other_stock_and_turning(part: Path, tmp_path: Path) -> None:
    plan = plan_of(part)
    assert not check(part, tmp_path, plan=msgspec.structs.replace(plan, target_sha256="0" * 64)).certified
    thin = msgspec.structs.replace(plan, stock=Body(kind="box", min=(-2, -2, -8), max=(62, 42, 11.9)))
    short = check(part, tmp_path, plan=thin)
    assert short.gouge_mm == pytest.approx(0.1, abs=0.01)
    turn = msgspec.structs.replace(plan.setups[1], kind="turn")
    turned = msgspec.structs.replace(plan, setups=(plan.setups[0], turn))
    judged = check(part, tmp_path, plan=turned)
    assert not judged.certified
    assert any("moves Y" in message for message in judged.messages)
    tools = (msgspec.structs.replace(plan.tools[0], type="tslot"), *plan.tools[1:])
    unchecked = check(part, tmp_path, plan=msgspec.structs.replace(turned, tools=tools))
    assert (unchecked.certified, unchecked.gouge_mm, unchecked.rapid_hits) == (False, None, None)


def test_bad_folders_say_what_is_wrong(part: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"plan\.json"):
        certify(tmp_path, part)
    (tmp_path / "plan.json").write_text('{"format": "nightmill-plan/1"')
    with pytest.raises(BadInput, match="nightmill-plan/1"):
        certify(tmp_path, part)
    (tmp_path / "plan.json").write_bytes(msgspec.json.encode(plan_of(part)))
    with pytest.raises(BadInput) as caught:
        certify(tmp_path, part)
    assert len(caught.value.findings) == 2


def test_one_program_with_a_tool_table_and_stl_stock(part: Path, tmp_path: Path) -> None:
    (tmp_path / "tool.tbl").write_text(
        "T1 P1 D10 Z50 ;10 mm end mill\nT2 P2 D6 Z80 ;drill 118 deg\nT3 P3 D8 ;chamfer 90 deg\n"
    )
    tools = read_tools(tmp_path / "tool.tbl")
    assert [tool.type for tool in tools] == ["flat", "drill", "chamfer"]
    corners = ((-2.0, -2.0, 0.0), (62.0, 42.0, 14.0))
    box = Body(kind="box", min=corners[0], max=corners[1])
    from nightmill.verification.target.bodies import load_body

    lines = ["solid stock"]
    for triangle in load_body(box, tmp_path, "stock").triangles:
        lines += ["facet normal 0 0 0", "outer loop"]
        lines += ["vertex " + " ".join(map(str, corner)) for corner in triangle.tolist()]
        lines += ["endloop", "endfacet"]
    (tmp_path / "stock.stl").write_text("\n".join([*lines, "endsolid"]))
    body, folder = read_stock(tmp_path / "stock.stl")
    top = plan_of(part).setups[0].model_to_work
    good = certify_program(TOP, part, body, tools, folder=folder, model_to_work=top)
    assert good.certified, good
    assert not certify_program(TOP, part, body, tools, folder=folder).certified


def test_a_share_short_of_its_limit_is_never_written_as_if_it_met_it() -> None:
    assert rounded_down(0.99499) == "99.49 %"
    assert rounded_down(0.995) == "99.50 %"
