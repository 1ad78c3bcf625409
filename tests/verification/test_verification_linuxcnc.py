"""Every program that the planner writes for the example parts reads the same, block for block, in LinuxCNC's rs274."""

import re
from pathlib import Path

import linuxcnc
import pytest

PARTS = sorted((Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts").glob("*.step"))
HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nG0 X0 Y0 Z0\nT1 M6\nG43 H1\nS1000 M3\nF300\n"
SAMPLES = {
    "arcs": "G0 X10 Y0 Z2\nG2 X0 Y-10 I-10 J0\nG3 X10 Y0 R10 Z-1\nG2 X10 Y0 I-5 J0 Z-3 P3\nG1 X12 Y3\n",
    "planes": "G0 X10 Y5 Z2\nG18 G2 X12 Z4 I2 K0\nG3 X10 Z2 R2 Y8\nG19 G3 Y10 Z4 J0 K2\nG2 Y8 Z2 R2\nG17\n",
    "cycles": "G0 X0 Y0 Z20\nG98 G81 X5 Y5 R2 Z-4\nX10\nG99 G83 X15 Y5 R2 Z-9 Q2.5\nG73 R2 Z-7 Q3 X20\nG82 X25 R2 Z-7 P0.2\nG80\n",
    "reamed and tapped": "G0 X0 Y0 Z20\nG98 G85 R2 Z-9 X5 Y5 F120\nG80\nS530 M3\nG98 G84 R3 Z-12 X10 Y5 F530\nG80\nG0 Z20\n",
    "incremental": "G0 X1 Y1 Z1\nG91 G1 X2 Y3\nZ-1\nG2 X2 Y0 I1 J0\nG90 G0 Z5\n",
    "expressions": "#1=4\n#<up>=[#1*2.5]\nG0 X#1 Y[#1+1] Z#<up>\nG1 X[SQRT[#1]] Y[SIN[30]] Z[-#1/3]\n",
    "threads": "G97 S530 M3\nG0 X0 Y0 Z4\nG33 Z-20 K1.75\nG0 X9\nG0 Z4\nG33.1 Z-12 K1\nG0 Z20\n",
    "inches": "G20\nF12\nG0 X1 Y1 Z0.5\nG1 X1.5 Z-0.25\nG3 X1.5 Y1 I0.25 J0\nG21\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def rs274() -> Path:
    found = linuxcnc.find()
    if found is None:
        pytest.skip(linuxcnc.MISSING)
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_dialect_samples(name: str, rs274: Path, tmp_path: Path) -> None:
    text = HEAD + SAMPLES[name] + "M2\n"
    tolerance = linuxcnc.TOLERANCE_MM * (25.4 if name == "inches" else 1)
    linuxcnc.assert_same(linuxcnc.theirs(rs274, text, [1], tmp_path), linuxcnc.ours(text), tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.stem)
def test_every_program_we_emit(part: Path, rs274: Path, planned_example: Path, tmp_path: Path) -> None:
    programs = sorted((planned_example / ".nightmill" / "plans" / part.stem).glob("[0-9]*.ngc"))
    assert programs
    for program in programs:
        text = program.read_text()
        tools = sorted({int(number) for number in re.findall(r"^T(\d+)", text, re.MULTILINE)})
        linuxcnc.assert_same(linuxcnc.theirs(rs274, text, tools, tmp_path), linuxcnc.ours(text))


@pytest.mark.slow
def test_every_probing_program_runs(rs274: Path, planned_example: Path, tmp_path: Path) -> None:
    programs = sorted((planned_example / ".nightmill" / "plans").glob("*/probe-*.ngc"))
    assert {program.parent.name for program in programs} == {part.stem for part in PARTS}
    for program in programs:
        assert linuxcnc.theirs(rs274, program.read_text(), [99], tmp_path)
