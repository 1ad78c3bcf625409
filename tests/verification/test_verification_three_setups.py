"""A bar cut from above, from below and from its end: what earlier setups hand on never reads as a gouge, a real one does."""

import hashlib
import re
from pathlib import Path

import msgspec
import pytest

from nightmill.verification import Recall, certify
from nightmill.vocabulary.plan import Body, Certificate, Plan, Setup, Tool

# Long and narrow, so that the map of the first setups is coarser than that of the third, which looks along the bar.
LENGTH, WIDTH, HEIGHT = 200, 30, 12
TOOLS = (
    Tool(1, "flat", 16, flute_length_mm=40, shank_diameter_mm=16, stickout_mm=60, holder_diameter_mm=40, holder_length_mm=50),
    Tool(2, "drill", 6, tip_angle_deg=118, flute_length_mm=50, shank_diameter_mm=6, stickout_mm=70, holder_diameter_mm=40),
)  # fmt: skip
HEAD = "%\nG21 G17 G90 G94 G40 G49 G80 G54\nG64 P0.005\nT1 M6\nG43 H1\nS6000 M3\nG0 Z30\n"
TAIL = "G53 G0 Z0\nM5\nM2\n%\n"


def rows(length: float, width: float, level: float) -> str:
    """Zigzag at one level over a face from the origin, rapids off the stock."""
    lines = [f"G0 X-15 Y0\nG0 Z{level}"]
    for index in range(int(width // 12) + 2):
        first, last = (-15.0, length + 15) if index % 2 == 0 else (length + 15, -15.0)
        lines.append(f"G1 X{first} Y{12 * index} F1200\nX{last}")
    return "\n".join(lines) + "\nG0 Z30\n"


OUTLINE = (
    f"G0 X-20 Y-20\nG0 Z-13\nG1 X-8 Y-8 F800\nY{WIDTH + 8}\nX{LENGTH + 8}\nY-8\nX-8\nX-20 Y-20\nG0 Z30\n"
    # A step at the far end, with a wall across the bar.
    f"G0 X{LENGTH + 15} Y-15\nG0 Z-4\nG1 X188 Y-15 F800\nY{WIDTH + 15}\nX196\nY-15\nG0 Z30\n"
)
TOP = HEAD + rows(LENGTH, WIDTH, 0) + OUTLINE + TAIL
BOTTOM = HEAD + rows(LENGTH, WIDTH, 0) + TAIL
HOLE = "T2 M6\nG43 H2\nS3000 M3\nG0 Z30\nG0 X{x} Y4\nG99 G83 Z-{depth} R2 Q5 F200\nG80\nG0 Z30\n"
END = HEAD + HOLE.format(x=15, depth=20) + TAIL


@pytest.fixture(scope="module")
def bar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bar: a step 20 mm wide and 4 mm deep at its end, and a pointed hole into that end, 20 mm deep."""
    from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCone, BRepPrimAPI_MakeCylinder
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
    from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

    point = 3 / 1.6642794823505174  # tan 59 degrees
    shape = BRepPrimAPI_MakeBox(gp_Pnt(0, 0, 0), gp_Pnt(LENGTH, WIDTH, HEIGHT)).Shape()
    step = BRepPrimAPI_MakeBox(gp_Pnt(180, -1, 8), gp_Pnt(LENGTH + 1, WIDTH + 1, 20)).Shape()
    foot = gp_Ax2(gp_Pnt(LENGTH - 20 + point, 15, 4), gp_Dir(1, 0, 0))
    tip = gp_Ax2(gp_Pnt(LENGTH - 20 + point, 15, 4), gp_Dir(-1, 0, 0))
    for tool in (
        step,
        BRepPrimAPI_MakeCylinder(foot, 3.0, 30.0).Shape(),
        BRepPrimAPI_MakeCone(tip, 3.0, 0.0, point).Shape(),
    ):
        shape = BRepAlgoAPI_Cut(shape, tool).Shape()
    path = tmp_path_factory.mktemp("bar") / "bar.step"
    writer = STEPControl_Writer()
    writer.Transfer(shape, STEPControl_StepModelType.STEPControl_AsIs)
    writer.Write(str(path))
    return path


def prove(
    bar: Path, folder: Path, top: str = TOP, bottom: str = BOTTOM, end: str = END, recall: Recall | None = None
) -> Certificate:
    above = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, -HEIGHT), (0.0, 0.0, 0.0, 1.0))
    below = ((1.0, 0.0, 0.0, 0.0), (0.0, -1.0, 0.0, WIDTH), (0.0, 0.0, -1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    along = ((0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, -LENGTH), (0.0, 0.0, 0.0, 1.0))
    setups = []
    for name, text, matrix in (("1", top, above), ("2", bottom, below), ("3", end, along)):
        (folder / f"{name}.ngc").write_text(text)
        setups.append(Setup(name, "mill", f"{name}.ngc", "G54", matrix, ()))
    plan = Plan(
        format="nightmill-plan/1",
        part="bar",
        units="mm",
        target_sha256=hashlib.sha256(bar.read_bytes()).hexdigest(),
        stock=Body(kind="box", min=(-2, -2, -1), max=(LENGTH + 2, WIDTH + 2, HEIGHT + 1)),
        tools=TOOLS,
        setups=tuple(setups),
        uncut=(),
        cycle_time_s=0.0,
    )
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan))
    return certify(folder, bar, recall=recall)


def test_walls_seen_from_the_side_are_no_gouge(bar: Path, tmp_path: Path) -> None:
    result = prove(bar, tmp_path)
    assert result.certified, result
    assert (result.gouge_mm, result.rapid_hits, result.collisions) == (0.0, 0, 0)


FAULTS = {
    "hole too deep": END.replace("Z-20", "Z-20.06"),
    "hole beside its place": END.replace("X15 Y4", "X15.06 Y4"),
    "end face cut": END.replace("T2 M6", "G0 X-20 Y15\nG0 Z-0.05\nG1 X50 F500\nG0 Z30\nT2 M6"),
    "side of the bar cut": END.replace("T2 M6", "G0 X-20 Y6\nG0 Z-30\nG1 X-7.95 F500\nX-20\nG0 Z30\nT2 M6"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_gouge_in_the_third_setup_is_seen(fault: str, bar: Path, tmp_path: Path) -> None:
    assert FAULTS[fault] != END
    result = prove(bar, tmp_path, end=FAULTS[fault])
    assert not result.certified
    assert result.gouge_mm == pytest.approx(0.055, abs=0.01)


def test_the_stock_handed_on_shows_rapids_and_collisions(bar: Path, tmp_path: Path) -> None:
    """A rapid over the step is free only once the first setup has cut it."""
    through = END.replace("T2 M6", "G0 X15 Y15\nG0 Z-10\nG0 Z30\nT2 M6")
    wall_mid = re.sub(r"G0 X15 Y15\nG0 Z-10", "G0 X15 Y17\nG0 Z-10", through)
    assert prove(bar, tmp_path, end=through).rapid_hits
    assert not prove(bar, tmp_path, end=wall_mid).rapid_hits
    uncut = TOP.replace("G0 Z-4\nG1 X188", "G0 Z20\nG1 X188")
    assert prove(bar, tmp_path, top=uncut, end=wall_mid).rapid_hits
