"""Fanuc and Haas programs for mills, read back: the same motions as their source, and what each reader must refuse."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toolpath_text import toolpath_of_text

from nightmill.cam.post import PostError, PostOptions, pockets_of, post_named, post_names
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.toolpath import (
    Begin,
    Block,
    Coolant,
    End,
    Line,
    Rapid,
    Retract,
    Spindle,
    SpindleOff,
    ToolChange,
    Toolpath,
)
from nightmill.verification import first_difference, interpret

SOURCE = """(Nightmill: part {one}; setup 1)
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
G0 X30 Y30
G98 G83 R2 Z-12.3456 Q4 X30 Y30 F200
G80
G99 G73 R2 Z-9 Q3 X50 Y30 F200
G80
G98 G85 R2 Z-3 X60 Y30 F150
G80
G98 G81 R2 Z-4 X60 Y40 F150
G80
M9
M5
G53 G0 Z0
M2
"""
DIALECTS = ("fanuc", "haas")


def posted(source: str, control: str, number: int = 7, **options: Any) -> str:
    """The program for a control of a toolpath that is written down as LinuxCNC text."""
    return post_named(control).write(toolpath_of_text(source), PostOptions(number, **options)).text


def test_the_reference_writes_what_it_was_read_from() -> None:
    assert LinuxcncPost.write(toolpath_of_text(SOURCE)).text == SOURCE


def test_posts_are_found_by_their_modules() -> None:
    assert {"fanuc", "haas", "linuxcnc"} <= set(post_names())
    assert [post_named(name).name for name in post_names()] == list(post_names())
    empty = interpret("M2\n")
    for name in post_names():
        assert first_difference(empty, "no program", name), "each has a reader, which refuses what is no program"


def test_each_block_knows_its_first_line() -> None:
    toolpath = toolpath_of_text(SOURCE)
    for name in post_names():
        done = post_named(name).write(toolpath)
        assert len(done.first) == len(toolpath.blocks)
        assert list(done.first) == sorted(done.first)
        assert done.text == "".join(f"{line}\n" for line in done.lines)
    reference = LinuxcncPost.write(toolpath)
    assert reference.lines[reference.first[3] - 1] == "T3 M6 (end mill 10 x 30)"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reads_back_as_its_source(dialect: str) -> None:
    text = posted(SOURCE, dialect)
    assert first_difference(interpret(SOURCE), text, dialect) is None
    assert text.startswith("%\nO0007\n" if dialect == "fanuc" else "%\nO00007\n")
    assert text.endswith("M30\n%\n")
    assert not re.search(r"\([^)]*\(", text)
    assert ("G91 G28 Z0." in text) == (dialect == "fanuc")
    assert ("G53 G0 Z0." in text) == (dialect == "haas")
    assert ("G187 E0.01" in text) == (dialect == "haas")
    assert re.search(r"^G0 Z25\. G43 H3$", text, re.MULTILINE)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_tool_that_goes_on_after_a_retract_gets_its_length_again(dialect: str) -> None:
    source = SOURCE.replace("G0 Z25\nT4 M6", "G53 G0 Z0\nG0 Z25\nG0 X1\nG0 Z25\nT4 M6")
    assert source != SOURCE
    text = posted(source, dialect)
    assert first_difference(interpret(source), text, dialect) is None
    assert text.count("G43 H3") == 2
    assert text.count("G43 H4") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-10.", "X-10.1"), ("X30. Y30.", "X30 Y30."), ("G43 H3", "G43 H4"), ("T4 M6", "T5 M6"), ("G3 X", "G2 X"),
        ("I-10.", "I-10.01"), ("F800.", "F80."), ("S6000", "S600"), ("M3", "M5"), ("Q4.", "Q5."), ("G98 G85", "G98 G81"),
        ("G98 G83", "G99 G83"), ("G0 Z2.\n", ""), ("M30\n", ""), ("O0", "N0"), ("%\n", ""), ("G54", "G54.1"), ("G54", "G55"), ("G21 ", ""), ("G40 ", ""), ("G80 G54", "G54"),
        ("(T", "((T"), ("G17 ", "G19 "), ("M8\n", ""), ("M8\n", "M9\n"), ("M8\n", "M7\n"), ("M3", "M4"), ("M9\n", ""), ("M8\n", "G4\n"), ("M8\n", "G4 P500\n"),
    ],
)  # fmt: skip
def test_a_post_that_moves_otherwise_is_found(dialect: str, old: str, new: str) -> None:
    text = posted(SOURCE, dialect).replace("(END", "(T")
    assert old in text
    assert first_difference(interpret(SOURCE), text.replace(old, new, 1), dialect) is not None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_feed_has_the_six_digits_of_its_source(dialect: str) -> None:
    toolpath = Toolpath(
        (Begin("mill", 0.01), ToolChange(1, "a"), Spindle(900.0), Rapid(0, 0, 9), Line(x=5, feed=1234.5678), End())
    )
    source = interpret(LinuxcncPost.write(toolpath).text)
    assert first_difference(source, post_named(dialect).write(toolpath).text, dialect) is None


def test_what_a_control_has_no_room_for_is_an_error() -> None:
    for number in (0, 10_000):
        with pytest.raises(PostError, match="program number"):
            posted(SOURCE, "fanuc", number)
    with pytest.raises(PostError, match=r"block 5, Spindle: S600\.5 is not a whole number"):
        posted(SOURCE.replace("S6000", "S600.5"), "haas")


def test_a_fanuc_taps_rigidly() -> None:
    source = SOURCE.replace("G98 G85 R2 Z-3 X60 Y30 F150", "G98 G84 R2 Z-3 X60 Y30 F2000")
    text = posted(source, "fanuc")
    assert "M29 S2000\nG98 G84" in text
    reference = interpret(source)
    assert first_difference(reference, text, "fanuc") is None
    told = first_difference(reference, text.replace("M29 S2000\n", ""), "fanuc")
    assert told is not None
    assert "M29" in told
    assert "M29" not in posted(source, "haas")


@pytest.mark.parametrize("machining", ["turn", "mill"])
def test_a_tool_without_a_place_is_not_taken_for_the_one_that_stands_there(machining: Any) -> None:
    toolpath = Toolpath((Begin(machining, 0.01), ToolChange(500, "a"), ToolChange(1, "b")))
    with pytest.raises(PostError, match="T1 is used in no step of the plan"):
        post_named("haas").write(toolpath, PostOptions(pockets=pockets_of([500, 305])))


def test_pockets_keep_the_numbers_that_a_magazine_has() -> None:
    assert pockets_of([7, 3, 7, 99]) == {7: 7, 3: 3, 99: 99}
    assert pockets_of([345, 7, 345, 120]) == {345: 1, 7: 2, 120: 3}
    with pytest.raises(PostError, match="100 tools"):
        pockets_of(range(100, 200))


@given(
    st.lists(
        st.tuples(*(st.floats(-999, 999).map(lambda v: round(v, 4)) for _ in range(3)), st.booleans()),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(DIALECTS),
)
def test_any_straight_moves_read_back(points: list[tuple[float, float, float, bool]], dialect: str) -> None:
    moves: list[Block] = [Rapid(x, y, z) if fast else Line(x, y, z, 100.0) for x, y, z, fast in points]
    start: list[Block] = [Begin("mill", 0.01), Retract("Z"), ToolChange(1, "mill"), Spindle(100.0), Coolant(True)]
    toolpath = Toolpath((*start, *moves, SpindleOff(), Retract("Z"), End()))
    reference = interpret(LinuxcncPost.write(toolpath).text)
    assert first_difference(reference, post_named(dialect).write(toolpath).text, dialect) is None
