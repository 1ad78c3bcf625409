"""Fanuc and Haas programs, read back: the same motions as their source, and what each reader must refuse."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightmill.cam.post.fanuc_haas_mill import Dialect, PostError, post_program
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
G3 X-10 Y0 I-10 J0 Z-2 F800
G2 X10 Y0 R10
G18 G2 X14 Z-2 I2 K0
G17 G1 X20 Y5
G4 P0.5
G0 Z25
T4 M6
G43 H4
S2000 M3
G0 Z25
G0 X30 Y30
G98 G83 R2 Z-12.3456 Q4 X30 Y30 F200
X40
G99 G73 R2 Z-9 Q3 X50 Y30
G98 G82 R2 Z-3 P0.25 X60 Y30
G80
G98 G81 R2 Z-4 X60 Y40
G80
M9
M5
G53 G0 Z0
M2
"""
DIALECTS: tuple[Dialect, ...] = ("fanuc", "haas")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reads_back_as_its_source(dialect: Dialect) -> None:
    text = post_program(SOURCE, dialect, 7)
    assert first_difference(interpret(SOURCE), text, dialect) is None
    assert text.startswith("%\nO0007\n" if dialect == "fanuc" else "%\nO00007\n")
    assert text.endswith("M30\n%\n")
    assert not re.search(r"\([^)]*\(", text)
    assert ("G91 G28 Z0." in text) == (dialect == "fanuc")
    assert ("G53 G0 Z0." in text) == (dialect == "haas")
    assert ("G187 E0.01" in text) == (dialect == "haas")
    assert "P250" in text
    assert re.search(r"^G0 Z25\. G43 H3$", text, re.MULTILINE)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_tool_that_goes_on_after_a_retract_gets_its_length_again(dialect: Dialect) -> None:
    source = SOURCE.replace("G0 Z25\nT4 M6", "G53 G0 Z0\nG0 Z25\nG0 X1\nG0 Z25\nT4 M6")
    assert source != SOURCE
    text = post_program(source, dialect, 7)
    assert first_difference(interpret(source), text, dialect) is None
    assert text.count("G43 H3") == 2
    assert text.count("G43 H4") == 1


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-10.", "X-10.1"), ("X30. Y30.", "X30 Y30."), ("G43 H3", "G43 H4"), ("T4 M6", "T5 M6"), ("G3 X", "G2 X"),
        ("I-10.", "I-10.01"), ("F800.", "F80."), ("S6000", "S600"), ("M3", "M5"), ("Q4.", "Q5."), ("P250", "P2500"),
        ("G98 G83", "G99 G83"), ("G0 Z2.\n", ""), ("M30\n", ""), ("O0", "N0"), ("%\n", ""), ("G54", "G54.1"),
        ("(T", "((T"), ("G17 G1", "G1"),
    ],
)  # fmt: skip
def test_a_post_that_moves_otherwise_is_found(dialect: Dialect, old: str, new: str) -> None:
    text = post_program(SOURCE, dialect, 7).replace("(END", "(T")
    assert old in text
    assert first_difference(interpret(SOURCE), text.replace(old, new, 1), dialect) is not None


@pytest.mark.parametrize(
    "block", ["G41 D1", "G10 L2 P1 X0", "X#1", "G53 G0 X5", "G3 X1 I1 P3", "G33 K1 Z-3", "M66 P1", "G43"]
)
def test_what_has_no_equal_is_an_error(block: str) -> None:
    with pytest.raises(PostError, match="line 12"):
        post_program(SOURCE.replace("G1 Z-1 F300", block), "fanuc", 1)


@given(
    st.lists(
        st.tuples(*(st.floats(-999, 999).map(lambda v: round(v, 4)) for _ in range(3)), st.sampled_from(["G0", "G1"])),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(DIALECTS),
)
def test_any_straight_moves_read_back(points: list[tuple[float, float, float, str]], dialect: Dialect) -> None:
    moves = "".join(f"{g} X{x:.4f} Y{y:.4f} Z{z:.4f}\n" for x, y, z, g in points)
    text = "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS100 M3\nF100\n" + moves + "M2\n"
    assert first_difference(interpret(text), post_program(text, dialect, 1), dialect) is None
