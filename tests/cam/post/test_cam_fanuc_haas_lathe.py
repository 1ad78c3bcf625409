"""Fanuc and Haas lathe programs: the same motions as their source, what the reader must refuse, and stations dealt out."""

import json
import re
from pathlib import Path

import pytest
from toolpath_text import toolpath_of_text

from nightmill.cam.post import TOOLPATH_SUFFIX, PostError, PostOptions, pockets_of, post_named
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.toolpath import Begin, ToolChange, Toolpath, encoded
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
G53 G0 X0
G53 G0 Z0
M9
M5
M2
"""
DIALECTS = ("fanuc", "haas")
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


def posted(source: str, control: str) -> str:
    """The program for a control of a toolpath that is written down as LinuxCNC text."""
    return post_named(control).write(toolpath_of_text(source), PostOptions(7, pockets=STATIONS)).text


@pytest.mark.parametrize("source", [SOURCE, THREADS])
def test_the_reference_writes_what_it_was_read_from(source: str) -> None:
    assert LinuxcncPost.write(toolpath_of_text(source)).text == source


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reads_back_as_its_source(dialect: str) -> None:
    text = posted(SOURCE, dialect)
    assert first_difference(interpret(SOURCE), text, dialect, pockets=STATIONS, turning=True) is None
    assert "G50 S4000\nG96 S93 M3" in text
    assert re.search(r"^T0101$", text, re.MULTILINE)
    assert re.search(r"^T0202$", text, re.MULTILINE)
    assert "(T1 IS TOOL 500 OF THE PLAN)" in text
    assert ("G28 U0.\nG28 W0." in text) == (dialect == "fanuc")
    assert ("G53 G0 X0.\nG53 G0 Z0." in text) == (dialect == "haas")
    assert not re.search(r"G7\b|G90|G95|G43|M6", text)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X20.", "X20.1"), ("X22. Z-4.", "X22 Z-4."), ("T0202", "T0201"), ("T0202", "T0303"), ("G3 X", "G2 X"),
        ("K-1.", "K-1.01"), ("F0.12", "F0.2"), ("S93", "S930"), ("S1200", "S120"), ("G50 S4000\n", ""), ("G99", "G98"),
        ("G99", "G90"), ("M3", "M5"), ("M3", "M4"), ("M8\n", ""), ("M8\n", "G4\n"), ("G97 S", "G96 S"), ("M30\n", ""), ("O0", "N0"), ("G54", "G53"), ("G54", "G55"), ("G21 ", ""), ("G40 ", ""), ("G80 G54", "G54"),
        ("(T1", "((T1"), ("G18", ""), ("T0101", ""), ("G0 X20. Z2.\n", ""), ("G96 S93 M3", "G96 M3"), ("G64", "G61"),
    ],
)  # fmt: skip
def test_a_post_that_moves_otherwise_is_found(dialect: str, old: str, new: str) -> None:
    text = posted(SOURCE, dialect)
    assert old in text
    wrong = text.replace(old, new, 1)
    assert first_difference(interpret(SOURCE), wrong, dialect, pockets=STATIONS, turning=True) is not None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_threads_read_back_as_their_source(dialect: str) -> None:
    text = posted(THREADS, dialect)
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
def test_a_thread_posted_otherwise_is_found(dialect: str, old: str, new: str) -> None:
    text = posted(THREADS, dialect)
    assert old in text
    wrong = text.replace(old, new, 1)
    assert first_difference(interpret(THREADS), wrong, dialect, pockets=STATIONS, turning=True) is not None


def test_a_fanuc_taps_rigidly_alone() -> None:
    text = posted(THREADS, "fanuc").replace("M29 S530\n", "")
    found = first_difference(interpret(THREADS), text, "fanuc", pockets=STATIONS, turning=True)
    assert found is not None
    assert "M29" in found


def test_the_turret_turns_at_home_alone() -> None:
    text = posted(SOURCE, "fanuc")
    found = first_difference(
        interpret(SOURCE), text.replace("G28 W0.\n(DRILL", "(DRILL", 1), "fanuc", pockets=STATIONS, turning=True
    )
    assert found is not None
    assert "away from its home position" in found


def test_a_lathe_has_99_stations() -> None:
    toolpath = Toolpath((Begin("turn", 0.01), ToolChange(500, "turn")))
    with pytest.raises(PostError, match="block 2, ToolChange: T500: a lathe's stations are numbered 1 to 99"):
        post_named("fanuc").write(toolpath)


def test_mill_and_lathe_have_magazines_of_their_own(tmp_path: Path) -> None:
    mill = "G21 G17 G90 G94 G40 G49 G80 G54\nG53 G0 Z0\nT345 M6 (drill)\nG43 H345\nS900 M3\nG0 X0 Y0\nG0 Z3\nG1 Z-2 F90\nG53 G0 Z0\nM2\n"
    for name, text in (("1", SOURCE), ("2", mill)):
        (tmp_path / f"{name}.ngc").write_text(text)
        (tmp_path / f"{name}{TOOLPATH_SUFFIX}").write_bytes(encoded(toolpath_of_text(text)))
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
