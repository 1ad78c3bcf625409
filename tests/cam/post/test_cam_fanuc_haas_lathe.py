"""Fanuc and Haas lathe programs: the same motions as their source, what the reader must refuse, and stations dealt out."""

import json
import re
from pathlib import Path

import pytest

from nightmill.cam.post.fanuc_haas_mill import DIALECTS, Dialect, PostError, pockets_of, post_program
from nightmill.plant.part_planning.post_processing import write_posts
from nightmill.verification import first_difference, interpret

SOURCE = """(Nightmill: part pin; setup 1)
G21 G18 G7 G90 G95 G97 G40 G49 G80 G54
G64 P0.01
G53 G0 X0
G53 G0 Z0
(face)
T500 M6 (turn CNMG 120408)
G43 H500
G96 D4000 S93.3 M3
M8
F0.4
G0 X33 Z4
G0 Z0
G1 X-1.6 Z0
G0 X20 Z2
G1 X20 Z-3
G3 X22 Z-4 I0 K-1
G1 X22 Z-9
G2 X24 Z-10 I1 K0
G0 X33
G53 G0 X0
G53 G0 Z0
T305 M6 (drill 8)
G43 H305
G97 S1200 M3
M8
F0.12
G0 X0 Z2
G1 X0 Z-15.1234
G0 X0 Z2
G4 P0.5
G53 G0 X0
G53 G0 Z0
M9
M5
M2
"""
STATIONS = pockets_of([500, 305])
THREADS = """(Nightmill: part pin; setup 1)
G21 G18 G7 G90 G95 G97 G40 G49 G80 G54
G64 P0.01
G53 G0 X0
G53 G0 Z0
(thread M12 x 1.75)
T500 M6 (thread 16ER 1.75 ISO)
G43 H500
G97 S1500 M3
M8
F1.75
G0 X16 Z5
G0 X11.2405
G33 Z-20.152 K1.75
G0 X16
G53 G0 X0
G53 G0 Z0
(tap M6 x 1)
T305 M6 (tap M6 x 1)
G43 H305
G97 S530 M3
M8
F1
G0 X0 Z4
G0 Z2
G33.1 Z-12 K1
G0 Z4
G53 G0 X0
G53 G0 Z0
M9
M5
M2
"""


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reads_back_as_its_source(dialect: Dialect) -> None:
    text = post_program(SOURCE, dialect, 7, STATIONS, turning=True)
    assert first_difference(interpret(SOURCE), text, dialect, pockets=STATIONS, turning=True) is None
    assert "G50 S4000\nG96 S93 M3" in text
    assert re.search(r"^T0101$", text, re.MULTILINE)
    assert re.search(r"^T0202$", text, re.MULTILINE)
    assert "(T1 IS TOOL 500 OF THE PLAN)" in text
    assert ("G28 U0.\nG28 W0." in text) == (dialect == "fanuc")
    assert ("G53 G0 X0.\nG53 G0 Z0." in text) == (dialect == "haas")
    assert not re.search(r"G7\b|G90|G95|G43|M6", text)
    assert "P500" in text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X20.", "X20.1"), ("X22. Z-4.", "X22 Z-4."), ("T0202", "T0201"), ("T0202", "T0303"), ("G3 X", "G2 X"),
        ("K-1.", "K-1.01"), ("F0.12", "F0.2"), ("S93", "S930"), ("S1200", "S120"), ("G50 S4000\n", ""), ("G99", "G98"),
        ("G99", "G90"), ("M3", "M5"), ("G97 S", "G96 S"), ("P500", "P5000"), ("M30\n", ""), ("O0", "N0"), ("G54", "G53"),
        ("(T1", "((T1"), ("G18", ""), ("T0101", ""), ("G0 X20. Z2.\n", ""), ("G96 S93 M3", "G96 M3"), ("G64", "G61"),
    ],
)  # fmt: skip
def test_a_post_that_moves_otherwise_is_found(dialect: Dialect, old: str, new: str) -> None:
    text = post_program(SOURCE, dialect, 7, STATIONS, turning=True)
    assert old in text
    wrong = text.replace(old, new, 1)
    assert first_difference(interpret(SOURCE), wrong, dialect, pockets=STATIONS, turning=True) is not None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_threads_read_back_as_their_source(dialect: Dialect) -> None:
    text = post_program(THREADS, dialect, 7, STATIONS, turning=True)
    assert first_difference(interpret(THREADS), text, dialect, pockets=STATIONS, turning=True) is None
    assert "G32 Z-20.152 F1.75" in text
    assert ("M29 S530\nG84 Z-12. F1.\nG80" if dialect == "fanuc" else "G84 Z-12. R2. F1.\nG80") in text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("F1.75\nG0 X16", "F1.75\nG0 X15"), ("G32 Z-20.152 F1.75", "G32 Z-20.152 F1.5"), ("G32 ", "G1 "), ("G84 Z-12.", "G84 Z-13."),
        ("G97 S1500", "G96 S1500"), ("G80\nG0 Z4.", "G0 Z5."), ("G99", "G98"), ("G84", "G83"),
    ],
)  # fmt: skip
def test_a_thread_posted_otherwise_is_found(dialect: Dialect, old: str, new: str) -> None:
    text = post_program(THREADS, dialect, 7, STATIONS, turning=True)
    assert old in text
    wrong = text.replace(old, new, 1)
    assert first_difference(interpret(THREADS), wrong, dialect, pockets=STATIONS, turning=True) is not None


def test_a_fanuc_taps_rigidly_alone() -> None:
    text = post_program(THREADS, "fanuc", 7, STATIONS, turning=True).replace("M29 S530\n", "")
    found = first_difference(interpret(THREADS), text, "fanuc", pockets=STATIONS, turning=True)
    assert found is not None
    assert "M29" in found


def test_the_turret_turns_at_home_alone() -> None:
    text = post_program(SOURCE, "fanuc", 7, STATIONS, turning=True)
    found = first_difference(
        interpret(SOURCE), text.replace("G28 W0.\n(DRILL", "(DRILL", 1), "fanuc", pockets=STATIONS, turning=True
    )
    assert found is not None
    assert "away from home" in found


@pytest.mark.parametrize(
    "block", ["G8", "G33 X3 Z-5 K1", "G76 P1", "G92 X0", "G53 G0 X5", "G43 H4", "T4", "G96 D100", "G1 Y3", "G91", "M6"]
)
def test_what_has_no_equal_is_an_error(block: str) -> None:
    with pytest.raises(PostError, match="line 14"):
        post_program(SOURCE.replace("G1 X-1.6 Z0", block), "fanuc", 1, STATIONS, turning=True)


def test_pockets_keep_the_numbers_that_a_magazine_has() -> None:
    assert pockets_of([7, 3, 7, 99]) == {7: 7, 3: 3, 99: 99}
    assert pockets_of([345, 7, 345, 120]) == {345: 1, 7: 2, 120: 3}
    with pytest.raises(PostError, match="100 tools"):
        pockets_of(range(100, 200))


def test_mill_and_lathe_have_magazines_of_their_own(tmp_path: Path) -> None:
    mill = "G21 G17 G90 G94 G40 G49 G80 G54\nG53 G0 Z0\nT345 M6 (drill)\nG43 H345\nS900 M3\nG0 X0 Y0\nG0 Z3\nG1 Z-2 F90\nG53 G0 Z0\nM2\n"
    (tmp_path / "1.ngc").write_text(SOURCE)
    (tmp_path / "2.ngc").write_text(mill)
    setups = [
        {"program": "1.ngc", "kind": "turn", "steps": [{"tool": 500}, {"tool": 305}]},
        {"program": "2.ngc", "kind": "mill", "steps": [{"tool": 345}]},
    ]
    assert write_posts(json.loads(json.dumps(setups)), tmp_path, "haas") == ["1.haas.nc", "2.haas.nc", "tools.haas.md"]
    sheet = (tmp_path / "tools.haas.md").read_text()
    assert "| 1 | 345 |" in sheet
    assert "| 2 | 305 |" in sheet
    assert "1.haas.nc" in sheet
    assert "T0202" in (tmp_path / "1.haas.nc").read_text()
    text = (tmp_path / "2.haas.nc").read_text()
    assert "(T1 IS TOOL 345 OF THE PLAN)" in text
    assert "T1 M6" in text
    assert "G43 H1" in text


def test_a_fanuc_taps_rigidly() -> None:
    source = "G21 G17 G90 G94 G40 G49 G80 G54\nG53 G0 Z0\nT4 M6\nG43 H4\nS400 M3\nG0 X0 Y0\nG0 Z5\nG98 G84 R2 Z-9 X0 Y0 F500\nG80\nG53 G0 Z0\nM2\n"
    text = post_program(source, "fanuc", 1)
    assert "M29 S400\nG98 G84" in text
    assert first_difference(interpret(source), text, "fanuc") is None
    told = first_difference(interpret(source), text.replace("M29 S400\n", ""), "fanuc")
    assert told is not None
    assert "M29" in told
    assert "M29" not in post_program(source, "haas", 1)


@pytest.mark.parametrize("turning", [True, False])
def test_a_tool_without_a_place_is_not_taken_for_the_one_that_stands_there(turning: bool) -> None:
    with pytest.raises(PostError, match="T1 is used in no step of the plan"):
        post_program("G21\nT500 M6\nT1 M6\nM2\n", "haas", 1, pockets_of([500, 305]), turning=turning)
