"""The reader of Sinumerik programs: programs in the style of the manual, none written by our post, and what it must refuse."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightmill.verification.nc.motions import FEED, RAPID, Primitive
from nightmill.verification.nc.reader import DialectError, readers
from nightmill.verification.nc.siemens_control import read_siemens
from nightmill.verification.nc.siemens_words import words_of

HEAD = "G710 G90 G94 G17 G54 G64\nT1 D1 M6\nS1000 M3\nG0 Z50\n"
LATHE = "G710 G90 G95 G18 G54 G64 DIAMON\nT1 D1\nG97 S1000 M3\n"


def mill(body: str) -> tuple[Primitive, ...]:
    """Return the moves of a milling program after its head."""
    return read_siemens(f"{HEAD}{body}\nM30\n")[0][1:]


def refused(text: str, turning: bool) -> str:
    """Return why a program is refused; empty if it is read."""
    try:
        read_siemens(text, turning=turning)
    except DialectError as error:
        return str(error)
    return ""


def ends(moves: tuple[Primitive, ...]) -> list[tuple[float, float, float]]:
    """Return the ends of moves, rounded to a thousandth."""
    return [(round(m.end[0], 3), round(m.end[1], 3), round(m.end[2], 3)) for m in moves]


def heights(moves: tuple[Primitive, ...]) -> list[tuple[str, float, float]]:
    """Return kind, height and feed of moves along Z."""
    return [
        ("rapid" if m.kind == RAPID else "feed", round(m.end[2], 4), round(m.feed_mm_min, 4))
        for m in moves
        if m.start[:2] == m.end[:2]
    ]


def test_it_is_found_by_the_controls_name() -> None:
    moves, dwell = readers()["siemens"](f"{HEAD}G1 X5 Y0 Z40 F100\nM30\n", (0.0, 0.0, 500.0), False)
    assert [m.kind for m in moves] == [RAPID, FEED]
    assert dwell == 0.0


def test_numbered_blocks_small_letters_tabs_and_words_without_blanks() -> None:
    text = (
        "%_N_PART1_MPF\n;$PATH=/_N_WKS_DIR/_N_PART_WPD\nn10 g710g90g94g17g54g64 ; settings\n\tN20\tt1\td1\tm6\n"
        ':30 s1000m3\nN40 G00Z50\nN50 g1x10y-.5f=200 m8\nn60X=20Y=1EX1\nN70 MSG("half; way") STOPRE\nN80 M30\n'
    )
    moves, _ = read_siemens(text)
    assert ends(moves) == [(0, 0, 50), (10, -0.5, 50), (20, 10, 50)]
    assert [m.line for m in moves] == [6, 7, 8]
    assert moves[1].feed_mm_min == 200


def test_absolute_and_incremental_coordinates_in_one_block() -> None:
    moves = mill("G1 X10 Y10 F100\nX=IC(5) Y20\nG91\nX5 Y=AC(0)\nG90 X0")
    assert ends(moves) == [(10, 10, 50), (15, 20, 50), (20, 0, 50), (0, 0, 50)]


@pytest.mark.parametrize(
    "circle",
    [
        "G3 X17.203 Y38.029 I-17.5 J-30.211 F500", "G3 X17.203 Y38.029 I=AC(50) J=AC(50) F500",
        "G3 X17.203 Y38.029 CR=34.913 F500", "G111 X50 Y50\nG3 RP=34.913 AP=200.052 F500",
    ],
)  # fmt: skip
def test_one_circle_in_four_ways_of_writing(circle: str) -> None:
    _, arc = mill(f"G0 X67.5 Y80.211\n{circle}")
    assert ends((arc,)) == [(17.203, 38.029, 50)]
    assert arc.arc is not None
    assert arc.arc.center == pytest.approx((50, 50), abs=2e-3)
    assert math.degrees(arc.arc.sweep) == pytest.approx(140.134, abs=0.01)


def test_a_circle_of_more_than_half_has_a_negative_radius() -> None:
    small, large = mill("G0 X10 Y0\nG2 X0 Y-10 CR=10 F100\nG2 X10 Y0 CR=-10")[1:]
    assert small.arc is not None
    assert large.arc is not None
    assert math.degrees(small.arc.sweep) == pytest.approx(-90)
    assert math.degrees(large.arc.sweep) == pytest.approx(-270)


def test_a_helix_with_whole_turns() -> None:
    helix = mill("G0 X27.5 Y32.99 Z3\nG1 Z-5 F50\nG3 X20 Y5 Z-20 I=AC(20) J=AC(20) TURN=2")[-1]
    assert helix.arc is not None
    assert ends((helix,)) == [(20, 5, -20)]
    part = (-90 - math.degrees(math.atan2(12.99, 7.5))) % 360
    assert math.degrees(helix.arc.sweep) == pytest.approx(part + 720, abs=0.01)


def test_holes_on_a_circle_by_polar_coordinates() -> None:
    moves = mill("F100\nG111 X43 Y38\nG0 RP=30 AP=18 Z5\nMCALL CYCLE81(5,0,2,-10)\nG0 AP=IC(72)\nAP=IC(72)\nMCALL")
    places = [m.end for m in moves if m.kind == FEED]
    for number, place in enumerate(places, start=1):
        angle = math.radians(18 + 72 * number)
        assert place == pytest.approx((43 + 30 * math.cos(angle), 38 + 30 * math.sin(angle), -10))
    assert len(places) == 2


def test_poles_from_the_place_and_from_the_pole_before() -> None:
    moves = mill("G0 X10 Y0\nG110 X0 Y10\nG0 AP=0 RP=5\nG112 X0 Y10\nG0 AP=90 RP=5")
    assert ends(moves) == [(10, 0, 50), (15, 10, 50), (10, 25, 50)]


def test_arithmetic_and_r_parameters() -> None:
    moves = mill(
        "R1=10 R2=R1*2-5\nR[3]=(R1+R2)/5 DIV 2\nG0 X=R1 Y=-R2 Z=R3\nX=SQRT(POT(3)+POT(4)) Y=SIN(30)*10 Z=ATAN2(1,1)/9"
    )
    assert ends(moves) == [(10, -15, 2), (5, 5, 5)]


def test_shifted_and_turned_coordinates() -> None:
    moves = mill("TRANS X100 Y50\nG0 X0 Y0\nATRANS X10\nAROT RPL=90\nX5 Y0\nROT\nX0 Y0\nTRANS\nG0 X1 Y1")
    assert ends(moves) == [(100, 50, 50), (110, 55, 50), (0, 0, 50), (1, 1, 50)]


def test_an_arc_in_turned_coordinates_stays_in_its_plane() -> None:
    arc = mill("ROT Z90\nG0 X10 Y0\nG3 X0 Y10 I-10 J0 F100")[-1]
    assert ends((arc,)) == [(-10, 0, 50)]
    assert arc.arc is not None
    assert arc.arc.center == pytest.approx((0, 0))
    with pytest.raises(DialectError, match="tilted plane"):
        mill("ROT X90\nG0 X10 Y0\nG3 X0 Y10 I-10 J0 F100")


def test_a_tilted_frame_turns_about_z_then_y_then_x() -> None:
    assert ends(mill("ROT X90\nG0 X0 Y0 Z10"))[-1] == (0, -10, 0)
    assert ends(mill("ROT X90 Z90\nG0 X0 Y0 Z10"))[-1] == (10, 0, 0)


def test_one_work_offset_and_the_machines_zero() -> None:
    text = 'G500\nG505 G710 G90 G94 G17 G64\nSUPA G0 Z-10 D0\nT="MILL_10" M6\nS500 M3\nG0 X5 Y5 Z30 D1\nZ20\nG1 Z0 F80\nG153 G0 Z0 D0\nM30\n'
    moves, _ = read_siemens(text, offset="G505", names={"mill_10": 7})
    assert ends(moves) == [(0, 0, 490), (5, 5, 30), (5, 5, 20), (5, 5, 0), (5, 5, 500)]
    assert moves[-1].tool == 7
    with pytest.raises(DialectError, match=r"line 4: T='MILL_10'"):
        read_siemens(text, offset="G505")
    with pytest.raises(DialectError, match=r"line 6: a move in G505, but the setup's is G54"):
        read_siemens(text, names={"mill_10": 7})


def test_drilling_with_dwell_at_positions() -> None:
    text = f"{HEAD}F150\nG0 X24 Y15 Z10\nMCALL CYCLE82(10,0,2,,15,0.5)\nX24 Y15\nX40\nMCALL\nG0 X0 Y0\nM30\n"
    moves, dwell = read_siemens(text)
    assert heights(moves[1:]) == [("rapid", 2, 0), ("feed", -15, 150), ("rapid", 10, 0)] * 2
    assert dwell == pytest.approx(1.0)
    _, turns = read_siemens(text.replace("0.5)", "-2)"))
    assert turns == pytest.approx(2 * 2 * 60 / 1000)


def test_depth_below_the_reference_plane_wins() -> None:
    assert heights(mill("F100\nCYCLE81(20,10,3,-99,5)")) == [("rapid", 13, 0), ("feed", 5, 100), ("rapid", 20, 0)]


def test_deep_holes_clear_their_chips() -> None:
    moves = mill("F100\nCYCLE83(10,0,2,-12,,-4,,0,0,0,1,1)")
    assert heights(moves) == [
        ("rapid", 2, 0), ("feed", -4, 100), ("rapid", 2, 0), ("rapid", -3.4, 0), ("feed", -8, 100), ("rapid", 2, 0),
        ("rapid", -7.4, 0), ("feed", -12, 100), ("rapid", 10, 0),
    ]  # fmt: skip
    assert heights(mill("F100\nCYCLE83(10,0,2,-12,,,6,0,0,0,1,1,,,,,0.25)"))[3] == ("rapid", -5.75, 0)
    assert heights(mill("F100\nCYCLE83(10,0,2,-100,,,50,0,0,0,1,1)"))[3] == ("rapid", -48, 0), "a fiftieth of the depth"


def test_deep_holes_break_their_chips_at_feed() -> None:
    moves = heights(mill("F100\nCYCLE83(10,0,2,-8,,,4,0,0,0,1,0)"))
    assert moves == [("rapid", 2, 0), ("feed", -4, 100), ("feed", -3, 100), ("feed", -8, 100), ("rapid", 10, 0)]
    assert heights(mill("F100\nCYCLE83(10,0,2,-8,,,4,0,0,0,1,0,,,0.2)"))[2] == ("feed", -3.8, 100)


def test_tapping_feeds_back_to_the_safety_distance() -> None:
    moves = mill("CYCLE84(40,36,2,6,,,3,5,,90,200,500)")
    assert heights(moves) == [("rapid", 38, 0), ("feed", 6, 160), ("feed", 38, 400), ("rapid", 40, 0)]
    assert [m.synchronised for m in moves] == [False, True, True, False]
    assert [m.rpm for m in moves[1:3]] == [200, 500]


def test_reaming_feeds_in_and_out() -> None:
    moves = mill("CYCLE85(10,0,2,-20,,,50,200)")
    assert heights(moves) == [("rapid", 2, 0), ("feed", -20, 50), ("feed", 2, 200), ("rapid", 10, 0)]


def test_tapping_without_a_compensating_chuck() -> None:
    moves = mill("G0 X10 Y10 Z5\nSPOS=0\nG331 Z-25 K0.8 S600\nG332 Z5 K0.8\nG0 Z20")
    assert heights(moves[1:]) == [("feed", -25, 480), ("feed", 5, 480), ("rapid", 20, 0)]
    assert moves[1].synchronised


def test_exact_stop_in_one_block_and_from_then_on() -> None:
    moves = mill("G1 X1 F100\nG9 X2\nX3\nG60 X4\nX5\nG642 ADIS=0.01 X6")
    assert [m.exact_stop for m in moves] == [False, True, False, True, True, False]


def test_dwells() -> None:
    assert read_siemens(f"{HEAD}G4 F2.5\nG4 S30\nM30\n")[1] == pytest.approx(4.3)


def test_a_shaft_is_turned_at_constant_surface_speed() -> None:
    text = f"{LATHE}G0 X40 Z2\nG96 S150 LIMS=2000 F0.2\nG1 Z-25\nG3 X70 Z-40 I0 K-15\nG1 X=IC(10)\nG97 S500\nF0.1\nG1 X90\nM30\n"
    moves, _ = read_siemens(text, turning=True)
    assert [round(m.end[0], 3) for m in moves] == [20, 20, 35, 40, 45]
    assert moves[1].rpm == pytest.approx(150_000 / (math.pi * 40))
    assert moves[1].feed_mm_min == pytest.approx(0.2 * moves[1].rpm)
    assert moves[2].arc is not None
    assert moves[2].arc.center == pytest.approx((-40, 20))
    assert moves[-1].feed_mm_min == pytest.approx(50)


def test_on_a_lathe_an_absolute_centre_is_a_diameter() -> None:
    text = f"{LATHE}G0 X40 Z2\nG1 Z-25 F0.2\nG3 X70 Z-40 I=AC(40) K=AC(-40)\nM30\n"
    moves, _ = read_siemens(text, turning=True)
    assert moves[-1].arc is not None
    assert moves[-1].arc.center == pytest.approx((-40, 20))


def test_a_thread_follows_the_spindle() -> None:
    moves, _ = read_siemens(f"{LATHE}G0 X20 Z5\nG33 Z-30 K2 SF=0\nG0 X30\nM30\n", turning=True)
    assert moves[1].synchronised
    assert moves[1].feed_mm_min == 2000


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("G41 X5", "radius compensation"), ("G1 X5", "without tool, spindle or feed"), ("CIP X5 Y5 I1=2 J1=3", "is not supported"),
        ("IF R1>5 GOTOF END", "not a word"), ("GOTOF END", "is not supported"), ("L100", "L is not supported"), ("SUB1", "SUB1 is not supported"),
        ("LABEL1: G1 X5", "is not a word"), ("/N10 G0 X5", "operator may skip"), ("X=R5", "R5 is used before"), ("G53 G0 X5", "SUPA"),
        ("G0 A5", "A is not supported"), ("G0 X5 X6", "two X words"), ("G0 G1 X5", "two G functions"), ("G94 G97", "two G functions"),
        ("G70", "inch units"), ("G71", "unit of feeds"), ("T2 D2 M6", "only a tool's first cutting edge"), ("M4", "counter-clockwise"),
        ("SUPA G0 Z0", "without D0"), ("G91 SUPA G0 Z0 D0", "incremental"), ("MCALL CYCLE81(5,0,2,-9)\nSUPA G0 Z0 D0", "MCALL"),
        ("T2 M6\nG0 X5 Z5", "without D1"), ("T2 D1 M6\nG0 X5", "applied along Z"), ("G55 G0 X5", "G55"), ("G500 G0 X5", "G500"),
        ("G0 X10 Y0\nG2 X0 Y10.1 I-10 J0 F99", "radius to the arc's end"), ("G2 X5 Y5 F99", "needs CR"), ("G2 X5 Y5 K3 F99", "in its plane"),
        ("G2 X5 CR=9 I4 F99", "CR belongs"), ("G2 X0 Y0 I5 TURN=1 F99", "TURN"), ("G1 X5 CR=9 F99", "doesn't belong"),
        ("F99\nCYCLE83(10,0,2,-30,,-10,,3,0,0,1,1)", "degression"), ("F99\nCYCLE83(10,0,2,-30,,,7,0,0,0,1,1)", "add up"),
        ("F99\nCYCLE83(10,0,2,-30,,,10,0,1,0,1,1)", "dwells"), ("F99\nCYCLE83(10,0,2,-30,,,10,0,0,0,0.5,1)", "FRF"),
        ("F99\nCYCLE83(10,0,2,-30,,,40,0,0,0,1,1)", "61107"), ("F99\nCYCLE81(0,0,2,,9)", "61101"), ("F99\nCYCLE81(5,0,2)", "needs RTP"),
        ("F99\nCYCLE81(5,0,2,-9,,0,0,1,11)", "more than"), ("CYCLE85(10,0,2,-20)", "without its feeds"), ("CYCLE86(5,0,2,-9)", "CYCLE86"),
        ("CYCLE84(5,0,2,-9,,,3,,,0,500)", "PIT"), ("CYCLE84(5,0,2,-9,,,4,5,,0,500)", "SDAC"), ("CYCLE84(5,0,2,-9,,,3,,-1,0,5)", "left-hand"),
        ("F99\nG0 X5 CYCLE81(5,0,2,-9)", "separate block"), ("G331 Z5 K1 S500", "SPOS"), ("SPOS=0\nG332 Z5 K1", "lead as the preceding G331"),
        ("G0 AP=5 RP=3", "need a pole"), ("TRANS X5 G0", "separate block"), ("SCALE X2", "SCALE is not supported"), ("ROT Q5", "is not supported"),
        ("G95\nG1 X5", "feed"), ("G96 S100 M3", "without a speed limit (LIMS)"), ("G4", "G4 must be"), ("X5 Y(", "missing"), ("G0 X=(1+2", "missing"),
        ("G0 X=1/0", "division by zero"), ("G0 X=SQRT(-1)", "math domain"), ("G0 X1EX999", "too large"), ("G0 X=1EX300*1EX300", "infinite"),
        ("G0 X=" + "(" * 90 + "1", "brackets"), ("G0 X=" + "-" * 600 + "1", "512 characters"), ("G0 X9EX9", "beyond"), ("X 10", "not a word"),
        ("G0 X=LN(5)", "not a supported function"), ("G0 X=\u0661", "characters"), ("G0 X=\"A\"", "text"), ("S2=500", "first spindle"), ("M30\nG0 X1", "after M30"),
        ("G0 X\x00", "not a word"), ("G1.5 X1", "whole number"), ("$P_UIFR[1]=5", "not a word"), ("DEF REAL A=1", "is not supported"),
        ("G2 X5 Y5 CR=1 F99", "too small"), ("G26 S500", "limit"), ("G1 X5 F-3", "above 0"), ("DIAMON", "for lathes"),
        ("G75 FP=1 Z1=0", "fixed point"), ("M17", "M17"), ("G17 G18", "two G functions"), ("G18\nF99\nCYCLE81(5,0,2,-9)", "with G17"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_line_and_reason(block: str, reason: str) -> None:
    with pytest.raises(DialectError) as told:
        read_siemens(f"{HEAD}{block}\nM30\n")
    assert reason in str(told.value)
    assert str(told.value).startswith("line "), "the line is named"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("G710 ", "", "G710"), ("G90 ", "", "G90"), ("G94 ", "", "a preceding G94 or G95"), ("G17 ", "", "plane"), ("G54 ", "", "no work offset"),
        (" G64", "", "G64"), ("D1 ", "", "without D1"), ("M6", "", "D1 without a tool"), (" M3", "", "spindle"), ("S1000", "", "without a speed"),
        ("M30\n", "", "no M30"), ("T1 ", "", "M6 without a T"),
    ],
)  # fmt: skip
def test_nothing_is_taken_from_the_program_before(old: str, new: str, reason: str) -> None:
    text = f"{HEAD}G1 X5 F100\nM30\n"
    assert old in text
    with pytest.raises(DialectError, match=reason):
        read_siemens(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("DIAMON", "", "DIAMON"), ("LIMS=2000 ", "", "LIMS"), ("T1 D1", "T1", "D1"), ("G1 Z-25", "T2 D1\nG1 Z-25", "away from its home position"),
        ("T1 D1", "T1 D1 M6", "M6 on a lathe"), ("G96 S150", "G96", "without tool, spindle or feed"), ("K-15", "K-14", "radius to the arc's end"),
        ("I0 ", "J0 ", "in its plane"), ("G0 X40 Z2", "G0 X40\nG1 X30 F0.1", "along Z"), ("G0 X40 Z2", "TRANS X5\nG0 X40 Z2", "only supported along Z"),
        ("G1 Z-25", "G33 Z-25 K2", "constant spindle speed"),
    ],
)  # fmt: skip
def test_a_lathe_program_relies_on_nothing_either(old: str, new: str, reason: str) -> None:
    text = f"{LATHE}G0 X40 Z2\nG96 S150 LIMS=2000 F0.2\nG1 Z-25\nG3 X70 Z-40 I0 K-15\nM30\n"
    assert old in text
    with pytest.raises(DialectError, match=reason):
        read_siemens(text.replace(old, new, 1), turning=True)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for turning in (False, True):
        assert "M30" in text.upper() or refused(text, turning)


@given(st.lists(st.sampled_from(["G0", "G1", "G2", "X5", "Y=IC(", ")", "CR=4", "CYCLE81(", "1,2", "R1=", "MCALL", "TRANS", "AP=9", "D0", "SUPA", "F5", "T2", "M6", "=", "SIN(", "TURN=1", "I1", "DIV", "-"]), max_size=8), st.booleans())  # fmt: skip
def test_any_words_are_read_or_refused(words: list[str], turning: bool) -> None:
    text = f"{LATHE if turning else HEAD}{' '.join(words)}\nG0 X1 Z1\nM30\n"
    assert refused(text, turning) or read_siemens(text, turning=turning)[0], "it moves, or the reason is told"


@given(
    st.floats(-999, 999).map(lambda v: round(v, 4)), st.sampled_from(["X{}", "X={}", "x = {}", "X=AC({})", "X=0+({})"])
)
def test_a_number_is_the_same_however_it_is_written(value: float, form: str) -> None:
    (word,) = words_of(form.format(f"{value:.4f}"), {})
    assert word.value == pytest.approx(value)
