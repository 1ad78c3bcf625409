"""Sinumerik programs for mills and lathes: the same motions as their source, and seeded faults that must be found."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toolpath_text import toolpath_of_text

from nightmill.cam.post import TOOLPATH_SUFFIX, PostError, PostOptions, pockets_of, post_named
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    Cycle,
    CycleKind,
    End,
    Line,
    Rapid,
    Retract,
    Spindle,
    SpindleOff,
    Synchronised,
    ToolChange,
    Toolpath,
    encoded,
)
from nightmill.plant.part_planning.post_processing import write_posts
from nightmill.verification import first_difference, interpret

MILLED = """(Nightmill: part {one}; setup 1)
G21 G17 G90 G94 G40 G49 G80 G54
G64 P0.01
G53 G0 Z0
T3 M6 (end mill 10 x 30)
G43 H3
S6000 M3
M8
G0 Z25
G0 X10 Y0
G0 Z2
G1 Z-1 F300
G3 X-10 Y0 Z-2 I-10 J0 F800
G2 X10 Y0 I10 J0
G1 X20 Y5
G0 Z25
T4 M6 (drill)
G43 H4
S2000 M3
G0 Z25
G98 G83 R2 Z-12.3456 Q4 X30 Y30 F200
G80
G99 G83 R2 Z-10 Q4 X35 Y30 F200
G80
G99 G73 R2 Z-9 Q3 X50 Y30 F200
G80
G98 G85 R2 Z-3 X60 Y30 F150
G80
G98 G81 R2 Z-4 X60 Y40 F150
G80
G98 G84 R2 Z-6 X65 Y40 F2500
G80
G0 Z10
G98 G84 R2 Z-6 X70 Y40 F2500
G80
M9
M5
G53 G0 Z0
M2
"""
TURNED = """(Nightmill: part pin; setup 1)
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
(thread M12 x 1.75)
T400 M6 (thread 16ER 1.75 ISO)
G43 H400
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
STATIONS = pockets_of([500, 400, 305])


def posted(source: str, number: int = 7) -> str:
    """The Sinumerik program of a toolpath that is written down as LinuxCNC text."""
    pockets = STATIONS if source == TURNED else {}
    return post_named("siemens").write(toolpath_of_text(source), PostOptions(number, pockets)).text


def differs(source: str, text: str) -> str | None:
    """Where a program differs from its source."""
    turning = source == TURNED
    pockets = STATIONS if turning else None
    return first_difference(interpret(source), text, "siemens", pockets=pockets, turning=turning)


@pytest.mark.parametrize("source", [MILLED, TURNED])
def test_the_reference_writes_what_it_was_read_from(source: str) -> None:
    assert LinuxcncPost.write(toolpath_of_text(source)).text == source


@pytest.mark.parametrize("source", [MILLED, TURNED])
def test_reads_back_as_its_source(source: str) -> None:
    text = posted(source)
    assert differs(source, text) is None
    assert text.startswith(";%_N_NIGHTMILL0007_MPF\n;$PATH=/_N_MPF_DIR\n")
    assert text.endswith("M30\n")
    assert text.isascii()


def test_a_milling_program_is_in_the_controls_own_language() -> None:
    text = posted(MILLED)
    assert (
        "G710 G90 G94 G17 G40 G54\nTRANS\nRTLION G641 ADIS=0.01 ADISPOS=0.01\nSUPA G0 Z0 D0\nT3 M6 ; end mill 10 x 30\n"
        in text
    )
    assert re.search(r"^G0 Z25 D1$", text, re.MULTILINE)
    assert "CYCLE85(2,2,0,-3,,0,150,150)" in text
    assert "F150\nCYCLE81(2,2,0,-4)" in text
    assert not re.search(r"\b(G43|G49|G80|G8[1-9]|G73|G9[89])\b", text)


def test_a_deep_hole_is_a_cycle_only_if_its_pecks_are_even() -> None:
    text = posted(MILLED)
    assert text.count("CYCLE83") == 1
    assert "G0 X35 Y30\nF200\nCYCLE83(2,2,0,-10,,,4,0,0,0,1,1,,,,,0.254)" in text
    assert "G1 Z-10 F200\nG0 Z2\nG0 Z-9.746\nG1 Z-12.3456 F200\nG0 Z25" in text, "uneven pecks"
    assert "G1 Z-1 F200\nG0 Z-0.746\nG1 Z-4 F200" in text, "chips are broken by rapid moves, which CYCLE83 doesn't make"


def test_tapping_is_a_cycle_only_if_it_ends_where_it_begins() -> None:
    text = posted(MILLED)
    assert "CYCLE84(2,2,0,-6,,0,3,,1.25,0,2000,2000)" in text
    assert "G0 Z2\nSPOS=0\nG331 Z-6 K1.25 S2000\nG332 Z10 K1.25\nS2000 M3" in text


def test_a_turning_program_is_in_the_controls_own_language() -> None:
    text = posted(TURNED)
    assert "G710 G90 G95 G18 G40 G54 DIAMON\nTRANS\n" in text
    assert "SUPA G0 X0 D0\nSUPA G0 Z0 D0\n; face\nT1 ; turn CNMG 120408\nG96 S93.3 LIMS=4000 M3" in text
    assert "G0 X33 Z4 D1" in text
    assert "G33 Z-20.152 K1.75" in text
    assert "SPOS=0\nG331 Z-12 K1 S530\nG332 Z2 K1\nS530 M3" in text
    assert "; T1 is tool 500 of the plan" in text
    assert "M6" not in text.replace("M6 x 1", "")


MILL_FAULTS = [
    ("X-10 Y0 Z-2", "X10 Y0 Z-2"), ("G1 Z-1 ", "G1 Z1 "), ("G0 Z25 D1", "G0 Z25"), ("G0 Z25 D1", "G0 Z25 D2"), ("G17", "G18"),
    ("G17", "G19"), (" F800", ""), ("F300", "F30"), ("T4 M6", "T5 M6"), ("T4 M6", "T4"), ("T4 M6", "M6"), ("I-10 J0", "CR=9"),
    ("G2 X10 Y0 I10 J0", "G2 X10 Y0 CR=11"), ("I-10 J0", "I-10 J0 TURN=1"), ("I-10 J0", "I=AC(-10) J0"), ("G3 X", "G2 X"), ("G90", "G91"), ("G94", "G95"),
    ("G54", "G55"), ("G54", "G500"), ("G710", "G700"), ("G710", "G71"), ("S6000", "S600"), ("M3\n", "M4\n"), ("M3\n", "M5\n"),
    ("TRANS\n", "TRANS X1\n"), ("TRANS\n", "ROT RPL=90\n"), ("G641", "G60"), ("ADIS=0.01", "ADIS=1"), ("ADISPOS=0.01", "ADISPOS=-1"), ("SUPA G0 Z0 D0\nM30", "M30"), ("SUPA G0 Z0 D0\nM30", "G0 Z0 D0\nM30"),
    ("SUPA G0 Z0 D0\nM30", "SUPA G0 Z0\nM30"), ("SUPA G0 Z0 D0\nM30", "SUPA G0 Z-5 D0\nM30"), ("CYCLE81(2,2,0,-4)", "CYCLE81(2,2,1,-4)"),
    ("CYCLE81(2,2,0,-4)", "CYCLE81(9,2,0,-4)"), ("CYCLE81(2,2,0,-4)", "CYCLE81(2,2,0,4)"), ("CYCLE81(2,2,0,-4)", "CYCLE82(2,2,0,-4,,1)"),
    ("CYCLE81(2,2,0,-4)", "MCALL CYCLE81(2,2,0,-4)"), ("CYCLE81(2,2,0,-4)", "CYCLE81(2,2,0,-4,5)"), ("CYCLE81(2,2,0,-4)", ""), ("F150\n", ""),
    ("CYCLE85", "CYCLE82"), (",0,150,150)", ",0,150,300)"), (",0,150,150)", ",1,150,150)"), (",,4,0,0,0,1,1", ",,6,0,0,0,1,1"),
    (",,4,0,0,0,1,1", ",,4,0,0,0,1,0"), (",,4,0,0,0,1,1", ",,4,1,0,0,1,1"), (",,,,,0.254)", ")"), (",3,,1.25,", ",3,,1.5,"), (",3,,1.25,", ",4,,1.25,"),
    (",3,,1.25,", ",3,6,,"), (",0,2000,2000)", ",0,2000,1000)"), ("SPOS=0\n", ""), ("G331", "G332"), ("G332 Z10 K1.25", "G332 Z10 K1"),
    ("G332 Z10 K1.25\nS2000 M3\n", ""), ("G331 Z-6 K1.25 S2000", "G331 Z-6 K-1.25 S2000"), ("G1 X20 Y5", "G1 X20 Y=IC(6)"), ("G1 X20 Y5", "X20 Y5"),
    ("G1 X20 Y5", "G0 X20 Y5"), ("G1 X20 Y5", ";G1 X20 Y5"), ("M30\n", ""), ("M30\n", "M17\n"), ("M8", "G41"), ("M8\n", ""), ("M8\n", "M9\n"), ("M8\n", "M7\n"), ("M9\n", ""), ("M8", "R1=5 X=R1"), ("G0 X30 Y30\n", "G0 Y30\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), MILL_FAULTS)
def test_a_fault_in_a_milling_program_is_found(old: str, new: str) -> None:
    text = posted(MILLED)
    assert old in text
    wrong = text.replace(old, new) if old in {"G0 X30 Y30\n", "F150\n", "F300"} else text.replace(old, new, 1)
    assert differs(MILLED, wrong) is not None


LATHE_FAULTS = [
    ("X20 Z-3", "X20.1 Z-3"), ("T2 ;", "T3 ;"), ("T2 ;", ";"), ("D1", ""), ("G3 X", "G2 X"), ("K-1\n", "K-1.01\n"), ("I0 K-1", "CR=1.5"), ("F0.4", "F0.2"),
    ("F0.4\n", ""), ("S93.3", "S933"), ("S1500", "S150"), ("LIMS=4000 ", ""), ("LIMS=4000", "LIMS=400"), ("G96", "G961"), ("DIAMON", "DIAMOF"), (" DIAMON", ""),
    ("M3", "M5"), ("M3", "M4"), ("G97 S1500", "G96 S1500"), ("G97 S1500", "S1500"), ("G18", "G17"), ("G33 Z-20.152 K1.75", "G33 Z-20.152 K1.5"),
    ("G33 Z-20.152 K1.75", "G1 Z-20.152"), ("SPOS=0\n", ""), ("G332 Z2 K1", "G332 Z3 K1"), ("G331 Z-12 K1 S530", "G331 Z-12 K1 S500"), ("G641", "G60"), ("M8\n", ""),
    ("SUPA G0 Z0 D0\n; tap", "; tap"), ("SUPA G0 X0 D0\nSUPA G0 Z0 D0\nM9", "M9"), ("X-1.6", "X1.6"), ("G1 X22 Z-9", "G1 X=IC(22) Z-9"), ("M30", "M2\nG0 X1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), LATHE_FAULTS)
def test_a_fault_in_a_turning_program_is_found(old: str, new: str) -> None:
    text = posted(TURNED)
    assert old in text
    assert differs(TURNED, text.replace(old, new, 1)) is not None


def test_a_tool_that_goes_on_after_a_retract_gets_its_length_again() -> None:
    source = MILLED.replace("G0 Z25\nT4 M6", "G53 G0 Z0\nG0 X1\nG0 Z25\nG0 X2\nT4 M6")
    assert source != MILLED
    text = posted(source)
    assert differs(source, text) is None
    assert text.count("D1") == 3


def test_what_a_control_cannot_do_is_an_error() -> None:
    start: tuple[Block, ...] = (Begin("mill", 0.01), Retract("Z"), ToolChange(1, "drill"))
    for blocks, reason in (
        (
            (Cycle("drill", 0, 0, 2, -5, 100, to_start=True),),
            "block 4, Cycle: a hole that returns to its initial height",
        ),
        ((Cycle("tap", 0, 0, 2, -5, 100),), "block 4, Cycle: tapping needs a spindle speed"),
        ((Spindle(100), Cycle("peck", 0, 0, 2, -5, 100)), "block 5, Cycle: the peck depth must be above 0"),
        ((Spindle(100), Synchronised(-5, 1.0, tap=True)), "block 5, Synchronised: tapping needs"),
    ):
        with pytest.raises(PostError, match=reason):
            post_named("siemens").write(Toolpath((*start, *blocks)))


def test_a_tool_without_a_place_is_not_taken_for_the_one_that_stands_there() -> None:
    toolpath = Toolpath((Begin("mill", 0.01), ToolChange(500, "a"), ToolChange(1, "b")))
    with pytest.raises(PostError, match="T1 is used in no step of the plan"):
        post_named("siemens").write(toolpath, PostOptions(pockets=pockets_of([500, 305])))


def test_remarks_keep_to_their_line_and_to_ascii() -> None:
    source = MILLED.replace("part {one}", "part Gehäuse\t→ 5")
    text = posted(source)
    assert "; Nightmill: part Geh use   5; setup 1" in text
    assert differs(source, text) is None


def test_the_tool_sheet_says_that_the_zero_point_is_set_by_hand(tmp_path: Path) -> None:
    for name, text in (("1", TURNED), ("2", MILLED)):
        (tmp_path / f"{name}.ngc").write_text(text)
        (tmp_path / f"{name}{TOOLPATH_SUFFIX}").write_bytes(encoded(toolpath_of_text(text)))
    probing = {"program": "2.probe.ngc", "touches": [], "clear_z_mm": 20.0}
    setups: list[dict[str, Any]] = [
        {"program": "1.ngc", "kind": "turn", "steps": [{"tool": 500}, {"tool": 400}, {"tool": 305}]},
        {"program": "2.ngc", "kind": "mill", "steps": [{"tool": 3}, {"tool": 4}], "probing": probing},
    ]
    written = write_posts(json.loads(json.dumps(setups)), tmp_path, "siemens")
    assert written == ["1.siemens.mpf", "2.siemens.mpf", "tools.siemens.md"]
    sheet = (tmp_path / "tools.siemens.md").read_text()
    assert "| 3 | 305 |" in sheet
    assert "There is no probing program for this control: set the zero point of 2.siemens.mpf by hand." in sheet


HOW = st.tuples(st.sampled_from(["drill", "break_chips", "peck", "ream", "tap"]), st.booleans())


@given(
    st.lists(
        st.tuples(
            HOW, st.floats(0.1, 9), st.floats(0.2, 60), st.floats(0.3, 20), st.floats(10, 900), st.floats(-3, 12)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_holes_read_back(holes: list[tuple[tuple[CycleKind, bool], float, float, float, float, float]]) -> None:
    blocks: list[Block] = [Begin("mill", 0.01), Retract("Z"), ToolChange(1, "drill"), Spindle(700.0), Rapid(z=30.0)]
    for number, ((kind, to_start), clear, depth, peck, feed, height) in enumerate(holes):
        blocks += [Rapid(z=height), Line(x=number - 0.5, feed=feed / 2)]
        step = peck if kind in {"peck", "break_chips"} else 0.0
        blocks.append(Cycle(kind, number, 7.0, clear, clear - depth, feed, step, to_start))
    toolpath = Toolpath((*blocks, SpindleOff(), Retract("Z"), End()))
    source = LinuxcncPost.write(toolpath).text
    assert differs(source, post_named("siemens").write(toolpath).text) is None


@given(
    st.lists(
        st.tuples(*(st.floats(-999, 999).map(lambda v: round(v, 4)) for _ in range(3)), st.sampled_from(["rapid", "line", "left", "right"])),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_any_moves_read_back(points: list[tuple[float, float, float, str]]) -> None:
    blocks: list[Block] = [
        Begin("mill", 0.01),
        Retract("Z"),
        ToolChange(1, "mill"),
        Spindle(100.0),
        Coolant(True),
        Rapid(0.0, 0.0, 9.0),
    ]
    at = (0.0, 0.0)
    for x, y, z, kind in points:
        if kind in {"left", "right"} and (x, y) != at:
            middle = ((x - at[0]) / 2, (y - at[1]) / 2)
            blocks.append(Arc(kind == "left", x, middle[0], y, middle[1], z, feed=250.0))
        else:
            blocks.append(Rapid(x, y, z) if kind == "rapid" else Line(x, y, z, 100.0))
        at = (x, y)
    toolpath = Toolpath((*blocks, SpindleOff(), Retract("Z"), End()))
    source = interpret(LinuxcncPost.write(toolpath).text)
    if not source.problems:
        assert first_difference(source, post_named("siemens").write(toolpath).text, "siemens") is None
