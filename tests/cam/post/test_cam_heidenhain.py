"""Klartext programs for mills: the same motions as their source, and seeded faults that must be found."""

import math
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
    FeedRate,
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
from nightmill.vocabulary.errors import BadInput

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
G2 X10 Y0 Z-3 I-5 J0
G1 X20 Y5
S5000 M3
G1 X22 Y5 F800
M9
G53 G0 Z0
(holes)
T4 M6 (drill)
G43 H4
S2000 M3
G0 X30 Y30
G0 Z25
G98 G83 R2 Z-12.3456 Q4 X30 Y30 F200
G80
G99 G83 R2 Z-12.3456 Q4 X35 Y30 F200
G80
G99 G83 R2 Z-12.3456 Q4 X37 Y30 F200
G80
G99 G73 R2 Z-9 Q3 X50 Y30 F200
G80
G98 G85 R2 Z-3 X60 Y30 F150
G80
G0 Z20
G98 G81 R2 Z-4 X60 Y40 F150
G80
G0 Z2
G98 G84 R2 Z-6 X65 Y40 F2500
G80
G98 G84 R2 Z-6 X70 Y40 F2500
G80
G1 X75 F500
G0 Z25
M9
M5
G53 G0 Z0
M2
"""
TURNED = Toolpath((Begin("turn", 0.01), Retract("X"), Retract("Z"), End()))
START: tuple[Block, ...] = (Begin("mill", 0.01), Retract("Z"), ToolChange(1, "drill"))


def posted(source: str, number: int = 7) -> str:
    """The Klartext program of a toolpath that is written down as LinuxCNC text."""
    return post_named("heidenhain").write(toolpath_of_text(source), PostOptions(number)).text


def differs(source: str, text: str) -> str | None:
    """Where a program differs from its source."""
    return first_difference(interpret(source), text, "heidenhain")


def plain(text: str) -> str:
    """The program without its block numbers."""
    return re.sub(r"^\d+ ", "", text, flags=re.MULTILINE)


def test_the_reference_writes_what_it_was_read_from() -> None:
    assert LinuxcncPost.write(toolpath_of_text(MILLED)).text == MILLED


def test_reads_back_as_its_source() -> None:
    text = posted(MILLED)
    assert differs(MILLED, text) is None
    assert text.startswith(
        "0 BEGIN PGM NIGHTMILL0007 MM\n1 BLK FORM 0.1 Z X-10 Y+0 Z-13\n2 BLK FORM 0.2 X+75 Y+40 Z+2\n"
    )
    assert text.endswith("M30\n74 END PGM NIGHTMILL0007 MM\n")
    assert text.isascii()


def test_blocks_are_numbered_one_after_the_other() -> None:
    lines = [line for line in posted(MILLED).splitlines() if not line.startswith("    ")]
    assert [int(line.split()[0]) for line in lines] == list(range(len(lines)))


def test_the_program_is_in_the_controls_own_language() -> None:
    text = plain(posted(MILLED))
    assert (
        "CYCL DEF 247 DATUM SETTING ~\n    Q339=+1 ;DATUM NUMBER\nCYCL DEF 32.0 TOLERANCE\nCYCL DEF 32.1 T0.01\n"
        in text
    )
    assert "L Z+0 R0 FMAX M91\nTOOL CALL 3 Z S6000 ; end mill 10 x 30\nM3\nM8\nL Z+25 R0 FMAX\n" in text
    assert "L Z-1 R0 F300\nCC X+0 Y+0\nCP IPA+180 Z-2 DR+ F800\nCC X+0 Y+0\nC X+10 Y+0 DR-\n" in text
    assert "CC X+5 Y+0\nCP IPA-360 Z-3 DR-\nL X+20 Y+5 R0\nTOOL CALL Z S5000\nM3\nL X+22 Y+5 R0 F800\n" in text


def test_holes_are_cycles_where_the_control_makes_the_same_moves() -> None:
    text = plain(posted(MILLED))
    assert text.count("CYCL DEF 205") == 1, "defined once for two holes"
    assert "Q253=+750 ;F PRE-POSITIONING\nL X+35 Y+30 R0 FMAX M99\nL X+37 Y+30 R0 FMAX M99\n" in text
    assert "L Z-6 R0 F200\nL Z+2 R0 FMAX\nL Z-5.746 R0 FMAX\nL Z-10 R0 F200" in text, (
        "up to 25 mm at the end, which 205 doesn't"
    )
    assert "L Z-1 R0 F200\nL Z-0.746 R0 FMAX\nL Z-4 R0 F200" in text, (
        "chips are broken by rapid moves, which 203 doesn't make"
    )
    assert "Q204=+18 ;2ND SET-UP CLEARANCE ~\n    Q211=+0 ;DWELL TIME AT DEPTH\nL X+60 Y+40 R0 FMAX M99" in text
    assert "Q239=+1.25 ;THREAD PITCH" in text


def test_heights_that_are_sums_make_no_moves_of_rounding_errors() -> None:
    source = MILLED.replace("G0 Z20\nG98 G81 R2 Z-4", "G0 Z4.1484\nG98 G81 R1 Z-4").replace(
        "G80\nG0 Z2\n", "G80\nG0 Z4.1484\nG0 Z2\n"
    )
    assert source.count("4.1484") == 2
    assert differs(source, posted(source)) is None


def test_the_spindle_is_started_again_after_tapping_before_it_cuts() -> None:
    assert "M99\nL X+70 Y+40 R0 FMAX M99\nM3\nL X+75 R0 F500\n" in plain(posted(MILLED))


def test_a_pitch_in_inches_keeps_the_four_decimals_of_the_control() -> None:
    source = MILLED.replace("Z-6 X65 Y40 F2500", "Z-6 X65 Y40 F2116.67")
    text = posted(source)
    assert "Q239=+1.0583 ;THREAD PITCH" in text
    assert differs(source, text) is None


FAULTS = [
    ("X-10 Y+0 Z-1", "X+80 Y+0 Z-1"), ("BEGIN PGM NIGHTMILL0007 MM", "BEGIN PGM NIGHTMILL0007 INCH"), ("END PGM NIGHTMILL0007", "END PGM OTHER"),
    ("Q339=+1 ", "Q339=+2 "), ("CYCL DEF 32.1 T0.01", "CYCL DEF 32.1 T1"), ("CYCL DEF 32.1 T0.01\n", ""), ("CYCL DEF 32.1 T0.01", "CYCL DEF 32.1"),
    ("L Z+0 R0 FMAX M91\n; holes", "; holes"), ("L Z+0 R0 FMAX M91\nM30", "M30"), ("L Z+0 R0 FMAX M91\nM30", "L Z+0 R0 FMAX\nM30"),
    ("L Z+0 R0 FMAX M91\nM30", "L Z-5 R0 FMAX M91\nM30"), ("L Z+0 R0 FMAX M91\nM30", "L Z+0 R0 F500 M91\nM30"), ("L Z+0 R0 FMAX M91\nM30", "L Z+0 R0 FMAX M92\nM30"),
    ("TOOL CALL 3 Z S6000", "TOOL CALL 2 Z S6000"), ("TOOL CALL 3 Z S6000", "TOOL CALL 3 Z S600"), ("TOOL CALL 3 Z S6000", "TOOL CALL 3 Z"),
    ("TOOL CALL 3 Z S6000", "TOOL CALL 3 Y S6000"), ("TOOL CALL 3 Z S6000", "TOOL CALL 3 Z S6000 DL+0.1"), ("TOOL CALL 4 Z S2000", "TOOL CALL Z S2000"),
    ("TOOL CALL Z S5000\n", ""), ("TOOL CALL Z S5000", "TOOL CALL Z S6000"), ("M3\n", ""), ("M3\n", "M4\n"), ("M3\n", "M5\n"), ("M3\nL X+75", "L X+75"),
    ("L Z+25 R0 FMAX\nL X+10", "L X+10"), ("L X+10 Y+0 R0 FMAX", "L X+10 Y+0 R0"), ("L X+10 Y+0 R0 FMAX", "L X+10 Y+1 R0 FMAX"), ("L X+10 Y+0 R0 FMAX", "L IX+10 IY+1 R0 FMAX"),
    ("L Z-1 R0 F300", "L Z+1 R0 F300"), ("L Z-1 R0 F300", "L Z-1 R0 F30"), ("L Z-1 R0 F300", "L Z-1 R0 FMAX"), ("L Z-1 R0 F300", "L Z-1 R0"), ("L Z-1 R0 F300", "L Z-1 RL F300"),
    ("L Z-1 R0 F300", "L Z-1,5 R0 F300"), (" F800", ""), ("CP IPA+180", "CP IPA-180"), ("CP IPA+180", "CP IPA+181"), ("CP IPA+180", "CP IPA+540"), ("Z-2 DR+", "Z-2 DR-"),
    ("Z-2 DR+", "IZ-2 DR+"), ("CP IPA-360 Z-3", "CP IPA-360 Z-2"), ("CP IPA-360 Z-3", "CP IPA-720 Z-3"), ("CC X+5 Y+0", "CC X+6 Y+0"), ("CC X+5 Y+0", "CC X+10 Y+5"),
    ("CC X+0 Y+0\nC X", "CC X+0 Y+0.01\nC X"), ("CC X+0 Y+0\nC X", "CC X+1 Y+0\nC X"), ("C X+10 Y+0 DR-", "C X+10 Y+0 DR+"), ("C X+10 Y+0 DR-", "L X+10 Y+0"), ("C X+10 Y+0 DR-", "C X+10.1 Y+0 DR-"),
    ("C X+10 Y+0 DR-", "C X+10 Y+0"), ("C X+10 Y+0 DR-", "CT X+10 Y+0"), ("L X+20 Y+5 R0\n", "; L X+20 Y+5 R0\n"), ("CYCL DEF 205", "CYCL DEF 203"), ("CYCL DEF 200", "CYCL DEF 240"), ("CYCL DEF 201", "CYCL DEF 202"),
    ("Q201=-14.3456", "Q201=-14.3"), ("Q201=-14.3456", "Q201=+14.3456"), ("Q202=+4 ", "Q202=+5 "), ("Q258=+0.254", "Q258=+0.2"), ("Q259=+0.254", "Q259=+0.2"), ("Q257=+0 ", "Q257=+1 "), ("Q206=200 ", "Q206=100 "),
    ("Q212=+0", "Q212=+0.5"), ("Q379=+0 ", "Q379=+2 "), ("Q211=+0 ;DWELL TIME AT DEPTH ~\n    Q379", "Q211=+0.5 ;DWELL TIME AT DEPTH ~\n    Q379"), ("Q208=150 ", "Q208=MAX "), ("Q208=150 ", "Q208=300 "),
    ("Q203=+2 ", "Q203=+1 "), ("Q204=+18 ", "Q204=+20 "), ("Q204=+18 ", "Q204=+0 "), ("Q200=+0 ", "Q200=+1 "), ("Q239=+1.25 ", "Q239=+1.5 "), ("Q239=+1.25 ", "Q239=-1.25 "), (" ;THREAD PITCH ~", " ;THREAD PITCH"),
    ("L X+35 Y+30 R0 FMAX M99", "L X+35 Y+30 R0 FMAX"), ("L X+37 Y+30 R0 FMAX M99\n", ""), ("L X+37 Y+30 R0 FMAX M99", "L X+37 Y+30 R0 FMAX M99\nCYCL CALL"), ("M99\nL X+70", "M89\nL X+70"), ("L X+70 Y+40 R0 FMAX M99", "L X+70 Y+40 R0 FMAX M3"),
    ("L Z-5.746 R0 FMAX", "L Z-6.746 R0 FMAX"), ("L Z-0.746 R0 FMAX\n", ""), ("M8\n", ""), ("M8\n", "M9\n"), ("M9\n", ""), ("M30\n", ""), ("M30\n", "M0\n"), ("M8", "M128"), ("M8", "CYCL DEF 7.0 DATUM SHIFT\nCYCL DEF 7.1 X+1"), ("M8", "CYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+1"), ("M8", "PLANE SPATIAL SPA+5 SPB+0 SPC+0 STAY"), ("M8", "CYCL DEF 8.0 MIRROR IMAGE\nCYCL DEF 8.1 X"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), FAULTS)
def test_a_fault_is_found(old: str, new: str) -> None:
    text = plain(posted(MILLED))
    assert old in text
    if old == "X-10 Y+0 Z-1":
        old, new = "L Z+2 R0 FMAX\nL Z-1", "L X+80 Z+2 R0 FMAX\nL Z-1"
    assert differs(MILLED, text.replace(old, new, 1)) is not None


def test_what_a_control_cannot_do_is_an_error() -> None:
    for blocks, reason in (
        ((Cycle("drill", 0, 0, 2, -5, 100, to_start=True),), "block 4, Cycle: a hole that returns to its initial height"),
        ((Cycle("tap", 0, 0, 2, -5, 100),), "block 4, Cycle: tapping needs a spindle speed"),
        ((Spindle(100), Cycle("peck", 0, 0, 2, -5, 100)), "block 5, Cycle: the peck depth must be above 0"),
        ((Spindle(100), Cycle("drill", 0, 0, 2, 2, 100)), "block 5, Cycle: the bottom of a hole"),
        ((Spindle(100), Rapid(z=9), Cycle("tap", 0, 0, 2, -5, 100, to_start=True)), "block 6, Cycle: a tap that feeds out"),
        ((Spindle(100), Synchronised(-5, 1.0, tap=True)), "block 5, Synchronised: tapping needs"),
        ((Spindle(100), Synchronised(-5, 1.0)), "block 5, Synchronised: a single-point thread needs a lathe"),
        ((Spindle(100), Arc(True, 1, 1, 1, 1)), "block 5, Arc: an arc needs a move"),
    ):  # fmt: skip
        with pytest.raises(PostError, match=reason):
            post_named("heidenhain").write(Toolpath((*START, *blocks)))


def test_a_turning_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostError, match="turning programs are not written for heidenhain controls"):
        post_named("heidenhain").write(TURNED)
    (tmp_path / "1.ngc").write_text(LinuxcncPost.write(TURNED).text)
    (tmp_path / f"1{TOOLPATH_SUFFIX}").write_bytes(encoded(TURNED))
    setups: list[dict[str, Any]] = [{"program": "1.ngc", "kind": "turn", "steps": []}]
    with pytest.raises(
        BadInput, match=r"--post: 1\.ngc: found 'heidenhain' for a turning program; expected fanuc or haas"
    ):
        write_posts(setups, tmp_path, "heidenhain")
    assert not list(tmp_path.glob("*.heidenhain.*"))


def test_tapping_where_the_tool_is() -> None:
    toolpath = Toolpath(
        (*START, Spindle(500.0), Rapid(0, 0, 5), Synchronised(-8, 1.25, tap=True), Line(x=4, feed=100), End())
    )
    text = plain(post_named("heidenhain").write(toolpath).text)
    assert "Q203=+5 ;SURFACE COORDINATE ~\n    Q204=+0 ;2ND SET-UP CLEARANCE\nCYCL CALL\nM3\nL X+4 R0 F100\n" in text
    assert differs(LinuxcncPost.write(toolpath).text, text) is None


def test_a_feed_that_is_set_alone_is_written_with_the_next_cut() -> None:
    toolpath = Toolpath((*START, Spindle(500.0), Rapid(0, 0, 5), FeedRate(120.0), Line(x=4), Line(x=5), End()))
    text = plain(post_named("heidenhain").write(toolpath).text)
    assert "L X+4 R0 F120\nL X+5 R0\n" in text
    assert differs(LinuxcncPost.write(toolpath).text, text) is None


def test_a_tool_that_moves_before_its_spindle_has_a_speed_is_called_at_once() -> None:
    toolpath = Toolpath((*START, Rapid(3, 4), Rapid(z=9), Spindle(500.0), Line(z=2, feed=60), End()))
    text = plain(post_named("heidenhain").write(toolpath).text)
    assert "TOOL CALL 1 Z S0 ; drill\nL X+3 Y+4 R0 FMAX\nL Z+9 R0 FMAX\nTOOL CALL Z S500\nM3\n" in text
    assert differs(LinuxcncPost.write(toolpath).text, text) is None


def test_a_tool_without_a_place_is_not_taken_for_the_one_that_stands_there() -> None:
    toolpath = Toolpath((Begin("mill", 0.01), ToolChange(500, "a"), ToolChange(1, "b")))
    with pytest.raises(PostError, match="T1 is used in no step of the plan"):
        post_named("heidenhain").write(toolpath, PostOptions(pockets=pockets_of([500, 305])))
    text = (
        post_named("heidenhain").write(Toolpath(toolpath.blocks[:2]), PostOptions(pockets=pockets_of([500, 305]))).text
    )
    assert "1 ; T1 is tool 500 of the plan\n" in text


def test_remarks_keep_to_their_block_and_to_ascii() -> None:
    source = MILLED.replace("part {one}", "part Gehäuse\t→ 5 ~")
    text = posted(source)
    assert "3 ; Nightmill: part Geh use   5  ; setup 1\n" in text
    assert differs(source, text) is None


def test_the_tool_sheet_says_that_the_zero_point_is_set_by_hand(tmp_path: Path) -> None:
    (tmp_path / "2.ngc").write_text(MILLED)
    (tmp_path / f"2{TOOLPATH_SUFFIX}").write_bytes(encoded(toolpath_of_text(MILLED)))
    probing = {"program": "2.probe.ngc", "touches": [], "clear_z_mm": 20.0}
    setups: list[dict[str, Any]] = [
        {"program": "2.ngc", "kind": "mill", "steps": [{"tool": 3}, {"tool": 4}], "probing": probing}
    ]
    assert write_posts(setups, tmp_path, "heidenhain") == ["2.heidenhain.h", "tools.heidenhain.md"]
    sheet = (tmp_path / "tools.heidenhain.md").read_text()
    assert "There is no probing program for this control: set the zero point of 2.heidenhain.h by hand." in sheet


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
    blocks: list[Block] = [*START, Spindle(700.0), Rapid(z=30.0)]
    for number, ((kind, to_start), clear, depth, peck, feed, height) in enumerate(holes):
        blocks += [Rapid(z=min(height, clear) if kind == "tap" else height), Line(x=number - 0.5, feed=feed / 2)]
        step = peck if kind in {"peck", "break_chips"} else 0.0
        blocks.append(Cycle(kind, number, 7.0, clear, clear - depth, feed, step, to_start))
    toolpath = Toolpath((*blocks, SpindleOff(), Retract("Z"), End()))
    source = LinuxcncPost.write(toolpath).text
    assert differs(source, post_named("heidenhain").write(toolpath).text) is None


@given(
    st.lists(
        st.tuples(*(st.floats(-999, 999).map(lambda v: round(v, 4)) for _ in range(3)), st.sampled_from(["rapid", "line", "left", "right", "flat"])),
        min_size=1,
        max_size=30,
    )
)  # fmt: skip
def test_any_moves_read_back(points: list[tuple[float, float, float, str]]) -> None:
    blocks: list[Block] = [*START, Spindle(100.0), Coolant(True), Rapid(0.0, 0.0, 9.0)]
    at = (0.0, 0.0)
    for x, y, z, kind in points:
        if kind in {"left", "right", "flat"} and (x, y) != at:
            middle = ((x - at[0]) / 2, (y - at[1]) / 2)
            blocks.append(Arc(kind == "left", x, middle[0], y, middle[1], None if kind == "flat" else z, feed=250.0))
        else:
            blocks.append(Rapid(x, y, z) if kind == "rapid" else Line(x, y, z, 100.0))
        at = (x, y)
    toolpath = Toolpath((*blocks, SpindleOff(), Retract("Z"), End()))
    source = interpret(LinuxcncPost.write(toolpath).text)
    if not source.problems:
        assert first_difference(source, post_named("heidenhain").write(toolpath).text, "heidenhain") is None


@given(
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)), st.floats(0.3, 40), st.floats(0, 6.28), st.floats(0.05, 6.2), st.booleans(), st.floats(-5, 5)
)  # fmt: skip
def test_any_helix_reads_back(
    centre: tuple[float, float], radius: float, begin: float, turn: float, left: bool, rise: float
) -> None:
    x, y = (centre[0] + radius * math.cos(begin), centre[1] + radius * math.sin(begin))
    there = begin + (turn if left else -turn)
    end = (centre[0] + radius * math.cos(there), centre[1] + radius * math.sin(there))
    helix = Arc(left, end[0], centre[0] - x, end[1], centre[1] - y, rise, feed=300.0)
    toolpath = Toolpath((*START, Spindle(100.0), Rapid(x, y, 0.0), helix, Retract("Z"), End()))
    source = interpret(LinuxcncPost.write(toolpath).text)
    if not source.problems:
        assert first_difference(source, post_named("heidenhain").write(toolpath).text, "heidenhain") is None
