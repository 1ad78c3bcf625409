"""The reader of Klartext programs: programs in the style of the manual, none written by our post, and what it must refuse."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightmill.verification.nc.heidenhain_blocks import words_of
from nightmill.verification.nc.heidenhain_control import read_heidenhain
from nightmill.verification.nc.motions import FEED, RAPID, Primitive
from nightmill.verification.nc.reader import DialectError, readers

HEAD = (
    "0 BEGIN PGM PART MM\n1 BLK FORM 0.1 Z X+0 Y+0 Z-40\n2 BLK FORM 0.2 X+100 Y+100 Z+0\n"
    "3 CYCL DEF 247 DATUM SETTING ~\n    Q339=+1    ;DATUM NUMBER\n4 CYCL DEF 32.0 TOLERANCE\n5 CYCL DEF 32.1 T0.02\n"
    "6 TOOL CALL 1 Z S1000\n7 L Z+50 R0 FMAX M3\n"
)
TAIL = "M30\nEND PGM PART MM\n"
DRILL = "CYCL DEF 200 DRILLING ~\n Q200=2 ;SET-UP CLEARANCE~\n Q201=-15 ~\n Q206=250 ~\n Q202=5 ~\n Q210=0 ~\n Q203=+10 ~\n Q204=20 ~\n Q211=0.2\n"
PECK = (
    "CYCL DEF 205 UNIVERSAL PECKING ~\nQ200=2 ~\nQ201=-20 ~\nQ206=150 ~\nQ202=8 ~\nQ203=+0 ~\nQ204=50 ~\nQ212=0 ~\nQ205=3 ~\nQ258=0.5 ~\n"
    "Q259=0.5 ~\nQ257=0 ~\nQ256=0.2 ~\nQ211=0.25 ~\nQ379=0 ~\nQ253=750\n"
)
TAP = "CYCL DEF 207 RIGID TAPPING ~\nQ200=2 ~\nQ201=-20 ~\nQ239=+1 ~\nQ203=+25 ~\nQ204=50\n"


def mill(body: str) -> tuple[Primitive, ...]:
    """Return the moves of a program after its head."""
    return read_heidenhain(f"{HEAD}{body}\n{TAIL}")[0][1:]


def refused(text: str) -> str:
    """Return why a program is refused; empty if it is read."""
    try:
        read_heidenhain(text)
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
    moves, dwell = readers()["heidenhain"](f"{HEAD}L X+5 Y+0 Z+40 F100\n{TAIL}", (0.0, 0.0, 500.0), False)
    assert [m.kind for m in moves] == [RAPID, FEED]
    assert dwell == 0.0
    with pytest.raises(DialectError, match="turning programs"):
        readers()["heidenhain"](f"{HEAD}{TAIL}", (0.0, 0.0, 500.0), True)


def test_blocks_with_and_without_numbers_comments_and_headings() -> None:
    text = (
        "BEGIN PGM part1 MM\n* - roughing\n12 cycl def 247 DATUM SETTING ~ ; the first row~\nQ339=1 ;DATUM NUMBER\n14 cycl def 32.0 tolerance\n"
        "CYCL DEF 32.1 T0.015\nCYCL DEF 32.2 HSC-MODE:1 TA3\n15 TOOL DEF 7\n16 tool call 7 Z S2000.5 F300 ; end mill Ø 10\n"
        "17 L  X-5.5  y10 Z+20 r0 f max m13\n18 L Z-2\n; done\n19 STOP M5\n20 M30\n21 END PGM PART1 MM\n"
    )
    moves, _ = read_heidenhain(text)
    assert ends(moves) == [(-5.5, 10, 20), (-5.5, 10, -2)]
    assert [m.line for m in moves] == [10, 11]
    assert (moves[1].tool, moves[1].rpm, moves[1].feed_mm_min) == (7, 2000.5, 300)


def test_the_manuals_contour_of_straight_lines_and_incremental_ones() -> None:
    moves = mill("L X+10 Y+40 R0 F200\nL IX+20 IY-15\nL X+60 IY-10 FMAX\nL Z+1")
    assert ends(moves) == [(10, 40, 50), (30, 25, 50), (60, 15, 50), (60, 15, 1)]
    assert [m.kind for m in moves] == [FEED, FEED, RAPID, FEED], "FMAX holds for one block"
    assert [m.feed_mm_min for m in moves if m.kind == FEED] == [200, 200, 200]


def test_a_full_circle_around_its_centre() -> None:
    _, circle = mill("CC X+25 Y+25\nL X+45 Y+25 FMAX\nC X+45 Y+25 DR+ F200")
    assert circle.arc is not None
    assert circle.arc.center == pytest.approx((25, 25))
    assert math.degrees(circle.arc.sweep) == pytest.approx(360)


@pytest.mark.parametrize(
    "circle",
    [
        "CC X+0 Y+0\nC X+0 Y+10 DR+ F90", "CC IX-10 IY+0\nC Y+10 X0 DR+ F90", "CR X+0 Y+10 R+10 DR+ F90", "CC X+0 Y+0\nCP PA+90 DR+ F90",
        "CC X+0 Y+0\nCP IPA+90 DR+ F90",
    ],
)  # fmt: skip
def test_one_quarter_in_five_ways_of_writing(circle: str) -> None:
    _, arc = mill(f"L X+10 Y+0 R0 FMAX\n{circle}")
    assert ends((arc,)) == [(0, 10, 50)]
    assert arc.arc is not None
    assert arc.arc.center == pytest.approx((0, 0))
    assert math.degrees(arc.arc.sweep) == pytest.approx(90)


def test_a_circle_of_more_than_half_has_a_negative_radius() -> None:
    small, large = mill("L X+10 Y+0 FMAX\nCR X+0 Y-10 R+10 DR- F100\nCR X+10 Y+0 R-10 DR-")[1:]
    assert small.arc is not None
    assert large.arc is not None
    assert math.degrees(small.arc.sweep) == pytest.approx(-90)
    assert math.degrees(large.arc.sweep) == pytest.approx(-270)


def test_the_manuals_helix_of_a_thread() -> None:
    """M64 x 1.5 with 9 turns: "Helix", the pole at the place of the tool, and the angle as a sum."""
    moves = mill("L X+50 Y+50 FMAX\nCC\nL Z-12.75 F1000\nLP PR+32 PA-180 F100\nCP IPA+3240 IZ+13.5 DR+ F200")
    helix = moves[-1]
    assert ends(moves[-2:]) == [(18, 50, -12.75), (18, 50, 0.75)]
    assert helix.arc is not None
    assert (helix.arc.center, round(helix.arc.radius_start, 6)) == ((50, 50), 32)
    assert math.degrees(helix.arc.sweep) == pytest.approx(3240)
    down = mill("L X+5 Y+0 FMAX\nCC X+0 Y+0\nCP IPA-720 Z+40 DR- F80")[-1]
    assert ends((down,)) == [(5, 0, 40)]
    assert down.length() == pytest.approx(math.hypot(20 * math.pi, 10))


def test_a_hexagon_by_polar_coordinates() -> None:
    moves = mill("CC X+50 Y+50\nLP PR+45 PA+180 FMAX\nLP PA+120 F250\nLP IPA-60\nLP PA+0")
    assert ends(moves) == [(5, 50, 50), (27.5, 88.971, 50), (72.5, 88.971, 50), (95, 50, 50)]


def test_parameters() -> None:
    moves = mill(
        "FN 0: Q1 = +60\nFN 1: Q2 = -Q1 + +50\nFN 2:Q3=+10 - +5\nFN 3: Q4 = +3 * Q3\nFN 4: Q5 = +4 DIV +2\nQ6=Q5\nL X-Q2 Y+Q3 Z+Q4 R0 FQ1\nL IX+Q6"
    )
    assert ends(moves) == [(10, 5, 15), (12, 5, 15)]
    assert moves[0].feed_mm_min == 60


def test_shifted_and_turned_coordinates() -> None:
    text = (
        "CYCL DEF 7.0 DATUM SHIFT\nCYCL DEF 7.1 X+60\nCYCL DEF 7.2 Y+40\nL X+0 Y+0 FMAX\nCYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+90\n"
        "L X+10 Y+0 Z+5 FMAX\nCC X+0 Y+0\nC X+0 Y+10 DR+ F70\nCYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+0\nL X+10 Y+0\n"
        "CYCL DEF 247 PRESET ~\nQ339=+1\nL X+1 Y+1"
    )
    moves = mill(text)
    assert ends(moves) == [(60, 40, 50), (60, 50, 5), (50, 40, 5), (70, 40, 5), (1, 1, 5)]
    assert moves[2].arc is not None
    assert moves[2].arc.center == pytest.approx((60, 40))


def test_the_machines_datum() -> None:
    text = f"{HEAD}L X+5 Y+5 FMAX\nL Z-10 R0 FMAX M91\nTOOL CALL 2 Z S800\nL Z+0 FMAX M91\nL X+9 R0 FMAX M3\nL Z+30 FMAX\nL X+0 Y+0 Z+0 FMAX M91\n{TAIL}"
    moves, _ = read_heidenhain(text)
    assert ends(moves) == [(0, 0, 50), (5, 5, 50), (5, 5, 490), (5, 5, 500), (9, 5, 500), (9, 5, 30), (0, 0, 500)]
    with pytest.raises(DialectError, match=r"line 14: a move before the tool's length is applied"):
        read_heidenhain(text.replace("L Z+0 FMAX M91\nL X+9", "M8\nL X+9"))


def test_another_preset_is_another_setup() -> None:
    text = f"{HEAD}L X+5 FMAX\n{TAIL}".replace("Q339=+1", "Q339=+3")
    assert ends(read_heidenhain(text, preset=3)[0]) == [(0, 0, 50), (5, 0, 50)]
    with pytest.raises(DialectError, match=r"line 9: a move in preset 3, but the setup's preset is 1"):
        read_heidenhain(text)


def test_drilling_with_pecks_goes_back_to_the_clearance_above_the_last_depth() -> None:
    text = f"{HEAD}{DRILL}L X+30 Y+20 FMAX M99\nL X+80 Y+50 FMAX M99\n{TAIL}"
    moves, dwell = read_heidenhain(text)
    one = [
        ("rapid", 12, 0), ("feed", 5, 250), ("rapid", 12, 0), ("rapid", 7, 0), ("feed", 0, 250), ("rapid", 12, 0), ("rapid", 2, 0),
        ("feed", -5, 250), ("rapid", 30, 0),
    ]  # fmt: skip
    assert heights(moves[1:]) == one * 2
    assert [m.end[:2] for m in moves if m.end[2] == -5] == [(30, 20), (80, 50)]
    assert dwell == pytest.approx(6 * 0.2)


def test_universal_drilling_comes_out_at_its_own_feed() -> None:
    cycle = "CYCL DEF 203 UNIVERSAL DRILLING ~\nQ200=2 ~\nQ201=-8 ~\nQ206=150 ~\nQ202=8 ~\nQ210=0 ~\nQ203=0 ~\nQ204=20 ~\nQ212=0 ~\nQ213=3 ~\nQ205=0 ~\nQ211=0 ~\nQ208={} ~\nQ256=0.2\nCYCL CALL"
    for said, out in (("500", ("feed", 2, 500)), ("0", ("feed", 2, 150)), ("MAX", ("rapid", 2, 0))):
        assert heights(mill(cycle.format(said))) == [("rapid", 2, 0), ("feed", -8, 150), out, ("rapid", 20, 0)]
    with pytest.raises(DialectError, match="Q213"):
        mill(cycle.format("MAX").replace("Q202=8", "Q202=4"))
    pecked = heights(mill(cycle.format("MAX").replace("Q202=8", "Q202=4").replace("Q213=3", "Q213=0")))
    assert pecked[1:4] == [("feed", -4, 150), ("rapid", 2, 0), ("rapid", -2, 0)]


def test_universal_pecking_stops_before_the_last_depth() -> None:
    text = f"{HEAD}{PECK}L X+30 Y+20 FMAX M99\n{TAIL}"
    moves, dwell = read_heidenhain(text)
    assert heights(moves[1:]) == [
        ("rapid", 2, 0), ("feed", -8, 150), ("rapid", 2, 0), ("rapid", -7.5, 0), ("feed", -16, 150), ("rapid", 2, 0), ("rapid", -15.5, 0),
        ("feed", -20, 150), ("rapid", 2, 0), ("rapid", 50, 0),
    ]  # fmt: skip
    assert dwell == 0.25
    slow = heights(read_heidenhain(text.replace("Q253=750", "Q253=750 ~\nQ208=9999 ~\nQ395=0 ~\nQ373=500"))[0][1:])
    assert slow[1:4] == [("feed", -8, 150), ("feed", 2, 9999), ("feed", -7.5, 500)]


def test_reaming_centring_and_their_dwells() -> None:
    ream = "CYCL DEF 201 REAMING ~\nQ200=2 ~\nQ201=-15 ~\nQ206=100 ~\nQ211=0.5 ~\nQ208=250 ~\nQ203=20 ~\nQ204=2"
    centre = (
        "CYCL DEF 240 CENTERING ~\nQ200=1 ~\nQ343=0 ~\nQ201=-3 ~\nQ344=0 ~\nQ206=80 ~\nQ211=0.1 ~\nQ203=0 ~\nQ204=9"
    )
    moves, dwell = read_heidenhain(f"{HEAD}{ream}\nCYCL CALL M8\n{centre}\nL X+1 FMAX M99\n{TAIL}")
    assert heights(moves[1:]) == [
        ("rapid", 22, 0), ("feed", 5, 100), ("feed", 22, 250), ("rapid", 1, 0), ("feed", -3, 80), ("rapid", 9, 0),
    ]  # fmt: skip
    assert dwell == pytest.approx(0.6)


def test_tapping_stops_the_spindle() -> None:
    moves = mill(f"{TAP}L X+1 FMAX M99\nL X+2 FMAX M99")
    assert heights(moves) == [("rapid", 27, 0), ("feed", 5, 1000), ("feed", 27, 1000), ("rapid", 75, 0)] * 2
    assert [m.synchronised for m in moves if m.kind == FEED] == [True] * 4
    with pytest.raises(DialectError, match="spindle is stopped"):
        mill(f"{TAP}L X+1 FMAX M99\nL Z+0 F100")
    assert mill(f"{TAP}L X+1 FMAX M99\nM3\nL Z+0 F100")[-1].kind == FEED


def test_tapping_with_broken_chips() -> None:
    cycle = "CYCL DEF 209 TAPPING W/ CHIP BRKG ~\nQ200=2 ~\nQ201=-12 ~\nQ239=+1.5 ~\nQ203=+0 ~\nQ204=10 ~\nQ257=5 ~\nQ256={} ~\nQ336=50\nCYCL CALL"
    way = [h for _, h, _ in heights(mill(cycle.format("1")))]
    assert way == [2, -5, -3.5, -10, -8.5, -12, 2, 10]
    assert [h for _, h, _ in heights(mill(cycle.format("0")))] == [2, -5, 2, -10, 2, -12, 2, 10]


def test_dwells() -> None:
    assert (
        read_heidenhain(
            f"{HEAD}CYCL DEF 9.0 DWELL TIME\nCYCL DEF 9.1 DWELL 2.5\nCYCL DEF 9.0 VERWEILZEIT\nCYCL DEF 9.1 V.ZEIT1\n{TAIL}"
        )[1]
        == 3.5
    )


def test_what_changes_nothing_on_three_axes_is_read() -> None:
    assert ends(
        mill(
            "PLANE RESET STAY\nFUNCTION RESET TCPM\nCYCL DEF 19.0 WORKING PLANE\nCYCL DEF 19.1 A+0 B+0 C+0\nBLK FORM CYLINDER Z R50 L105\nM0\nM6\nL X+1 FMAX"
        )
    ) == [(1, 0, 50)]


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("RND R5", "RND is not supported"), ("CT X+5 Y+5", "CT is not supported"), ("APPR LT X+5 Y+5 LEN10 RL F300", "APPR is not supported"), ("LBL 1", "LBL is not supported"),
        ("CALL LBL 1 REP 2", "CALL is not supported"), ("FN 9: IF Q1 EQU 0 GOTO LBL 1", "FN 0 to FN 4"), ("Q1 = SIN 30", "FN 0 to FN 4"), ("FN 4: Q1 = 1 DIV 0", "division by zero"),
        ("FN 0: Q200 = 5", "belongs to the control"), ("Q200 = 5", "belongs to the control"), ("L X+Q7 FMAX", "Q7 is used before"), ("FN 3: Q1 = 99999 * 99999\nL X+Q1 FMAX", "exceeds the control"),
        ("L X+5 RL F100", "RL, tool radius"), ("L X+5 RR F100", "RR, tool radius"), ("L X+5", "without a feed"), ("L X+5 F0", "F must be above 0"), ("L X+5 FAUTO", "'FAUTO' is not supported"),
        ("L X+5 F100 FMAX", "two F words"), ("L X+5 X+6 FMAX", "two X words"), ("L X+5 IX+6 FMAX", "X and IX"), ("L A+90 FMAX", "'A.90 FMAX' is not supported"), ("L C+90 FMAX", "is not supported"),
        ("L X+1.23456 FMAX", "4 decimals"), ("L X+1 F1.2345", "3 decimals"), ("L X+1,5 FMAX", "is not supported"), ("L X+100000 FMAX", "exceeds the control"), ("L X+5Y", "is not supported"),
        ("L FMAX", "without coordinates"), ("L X+5 DR+ FMAX", "L has no direction"), ("L PR+5 PA+0 FMAX", "doesn't belong to L"), ("C X+5 Y+5 DR+ F10", "before CC"), ("CC X+5", "needs both X and Y"),
        ("CC X+5 Y+5\nC X+5 Y+6 F10", "C needs direction"), ("CC X+5 Y+5\nC X+5 Y+6 DR+ F10", "off its circle"), ("CC X+0 Y+0\nC X+0 Y+0 DR+ F10", "zero radius"), ("CC X+5 Y+5\nC X+5 DR+ FMAX", "C with FMAX"),
        ("CC X+1 Y+0\nC X+1 Y+1 Z+4 DR+ F9", "Z doesn't belong to C"), ("CR X+5 Y+5 DR+ F10", "CR without R"), ("CR X+5 Y+5 R+1 DR+ F10", "too small"), ("LP PR+5 PA+0 FMAX", "before CC"),
        ("CC X+5 Y+0\nCP IPA+90 DR- F9", "same sign"), ("CC X+5 Y+0\nCP IPA+0 DR+ F9", "same sign"), ("CC X+5 Y+0\nCP IPA+5401 DR+ F9", "beyond 5400"), ("CC X+5 Y+0\nCP PA+5 IPA+5 DR+ F9", "PA or IPA"), ("CC\nCP IPA+5 DR+ F9", "zero radius"),
        ("CC X+5 Y+0\nLP PA+5 F9", "needs PR"), ("CC X+5 Y+0 FMAX", "other than coordinates"), ("CC X+5 Y+0\nLP PR-5 PA+5 F9", "not below 0"),
        ("M4", "counter-clockwise"), ("M14", "counter-clockwise"), ("M89", "M99 is expected"), ("M140 MB MAX", "is not supported"), ("L X+1 FMAX M92", "M91 is expected"), ("M128", "rotary axes"), ("M136", "feed per revolution"), ("M999", "M999 is not supported"), ("M12345", "not an M function"),
        ("M8 M9 M0", "more than 2 M functions"), ("M8 M8", "one twice"), ("M3 M5", "starts and stops"), ("M8 X+5", "without L"), ("M91", "without L"), ("L X+5 F10 M91", "M91 is only supported"), ("L IX+5 FMAX M91", "M91 is only supported"), ("L X+0 FMAX M91 M99", "M99 with M91"),
        ("M99", "before a cycle is defined"), ("CYCL CALL", "before a cycle is defined"), (f"{DRILL}CYCL CALL POS X+5 Y+5 Z+0 FMAX", "is not supported"), (f"{DRILL}CYCL CALL PAT FMAX", "is not supported"), (f"{DRILL}CYCL CALL M99", "only supported with M functions"),
        (DRILL.replace("Q201=-15", "Q201=0"), "would not run"), (DRILL.replace("Q201=-15", "Q201=15"), "depending on a machine parameter"), (DRILL.replace("Q206=250", "Q206=AUTO"), "a number is expected"), (DRILL.replace("Q206=250", "Q206=0"), "Q206"), (DRILL.replace("Q202=5", "Q202=0"), "Q202"),
        (DRILL.replace("Q202=5", "Q202=0.0001"), "pecks"), (DRILL.replace("Q200=2", "Q200=-2"), "must not be negative"), (DRILL.replace("Q203=+10", "Q203=Q9"), "Q9 is used"), (DRILL.replace("Q210=0 ~\n", ""), "lacks Q210"), (DRILL.replace("Q210=0", "Q210=0 ~\nQ210=1"), "two Q210"),
        (DRILL.replace("Q210=0", "Q299=0"), "parameter Q299"), (DRILL.replace("0.2", "0.2 ~\nQ395=1"), "Q395"), (DRILL.replace("Q211=0.2", "X+5"), "not a parameter"), (DRILL.replace("Q211=0.2", "Q211=-1"), "dwell below 0"),
        (PECK.replace("Q212=0", "Q212=1"), "Q212"), (PECK.replace("Q257=0", "Q257=1"), "Q257"), (PECK.replace("Q258=0.5", "Q258=0.2"), "same advanced"), (PECK.replace("Q379=0", "Q379=3"), "Q379"), (TAP.replace("+1", "-1"), "left-hand"), (TAP.replace("Q239=+1", "Q239=+1 ~\nQ206=5"), "parameter Q206"),
        ("CYCL DEF 202 BORING ~\nQ200=2", "202 is not supported: boring"), ("CYCL DEF 208 BORE MILLING ~\nQ200=2", "tool table"), ("CYCL DEF 251 POCKET ~\nQ215=0", "251 is not supported"), ("CYCL DEF TAP", "is not supported"), ("CYCL STOP", "CYCL STOP is not supported"),
        ("CYCL DEF 8.0 MIRROR IMAGE", "cycle 8 is not supported"), ("CYCL DEF 11.0 SCALING", "cycle 11 is not supported"), ("CYCL DEF 7.1 X+5", "without CYCL DEF 7.0"), ("CYCL DEF 7.0 DATUM SHIFT\nM8\nCYCL DEF 7.1 X+5", "without CYCL DEF 7.0"), ("CYCL DEF 7.0 DATUM SHIFT\nCYCL DEF 7.1 #5", "is not supported"),
        ("CYCL DEF 7.0 DATUM SHIFT\nCYCL DEF 7.1 IX+5", "absolute"), ("CYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+5\nCYCL DEF 7.0 DATUM SHIFT\nCYCL DEF 7.1 X+5", "shift first"), ("CYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+361", "360"), ("CYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 IROT+5", "ROT and an angle"), ("CYCL DEF 10.0 ROTATION\nCYCL DEF 10.1 ROT+5\nCYCL DEF 10.2 ROT+5", "no block 10.2"),
        ("CYCL DEF 19.0 WORKING PLANE\nCYCL DEF 19.1 A+45", "tilted"), ("PLANE SPATIAL SPA+45 SPB+0 SPC+0 STAY", "PLANE is not supported"), ("FUNCTION TCPM F TCP", "FUNCTION is not supported"), ("CYCL DEF 32.0 TOLERANCE\nCYCL DEF 32.1 T0.5", "may deviate"), ("CYCL DEF 32.0 TOLERANCE\nCYCL DEF 32.1 T0.01\nCYCL DEF 32.2 HSC-MODE:7", "32.2"),
        ("CYCL DEF 32.0 TOLERANCE\nCYCL DEF 32.1\nL X+1 F9", "before CYCL DEF 32"), ("CYCL DEF 9.0 DWELL\nCYCL DEF 9.1 DWELL -1", "below 0"), ("CYCL DEF 9.0 DWELL\nCYCL DEF 9.1 DWELL", "a dwell in s"),
        ("TOOL CALL \"MILL_D10\" Z S500", "tool number"), ("TOOL CALL 5.1 Z S500", "tool number"), ("TOOL CALL 5 S500", "needs the tool axis"), ("TOOL CALL 5 Z", "needs the tool axis and S"), ("TOOL CALL 5 X S500", "tool axis X"), ("TOOL CALL 40000 Z S500", "end at 32767"),
        ("TOOL CALL 5 Z S500 DR+0.1", "oversize"), ("TOOL CALL 5 Z S500 DL-0.1", "oversize"), ("TOOL CALL 5 Z S500 X+3", "only supported with S"), ("TOOL CALL Z S-5", "S below 0"), ("TOOL CALL 5 Z S500 F0", "F must be above 0"), ("TOOL DEF 5 L+0 R+5", "is not supported"), ("TOOL CALL 5 Z S0\nM3", "without a speed"),
        ("TOOL CALL 5 Z S500\nL X+5 FMAX", "length is applied"), ("TOOL CALL 5 Z S500\nL IZ+5 FMAX", "incremental Z"), ("TOOL CALL 5 Z S500\nL Z+5 F100", "spindle is stopped"), ("TOOL CALL 0\nL Z+5 F100", "without a tool"), ("L Z+9 F99\nTOOL CALL Z S500\nL X+9", "without a feed"), (f"{DRILL}L X+1 F99\nCYCL CALL\nL X+9", "without a feed"),
        ("M30\nL X+1 FMAX", "after M30"), ("BEGIN PGM PART MM", "a second BEGIN"), ("END PGM PART MM", "without M30"), ("BLK FORM 0.1 Z X+0 Y+0", "X, Y and Z"), ("BLK FORM 7", "is not supported"), ("GOTO 5", "GOTO is not supported"), ("G1 X5 F100", "G1 is not supported"), ("L X+\u0661 FMAX", "characters"), ("\x01", "characters"),
        ("L X+Q99999999999 FMAX", "is used before"), ("CYCL DEF 999999 X", "is not supported"), ("CYCL DEF 200.9 X", "cycle 200 is not supported"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_line_and_reason(block: str, reason: str) -> None:
    with pytest.raises(DialectError, match=reason) as told:
        read_heidenhain(f"{HEAD}{block}\n{TAIL}")
    assert str(told.value).startswith("line "), "the line is named"


def test_blocks_without_end_are_refused_in_linear_time() -> None:
    for block, reason in (
        ("L X+" + "1" * 300_000 + ".1. FMAX", "is not supported"),
        ("L " + "X+1 " * 300_000, "two X words"),
        ("M8 " * 300_000, "more than 2 M functions"),
        ("L X+" + "9" * 4000 + " FMAX", "exceeds"),
        ("Q" + "9" * 4000 + "=1", "belongs to the control"),
        ("FN 1: Q1 = " + "+" * 300_000, "FN 0 to FN 4"),
        (DRILL.replace("0.2\n", "0.2 ~\n" * 100_000), "not a parameter of cycle 200"),
    ):
        with pytest.raises(DialectError, match=reason):
            read_heidenhain(f"{HEAD}{block}\n{TAIL}")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0 BEGIN PGM PART MM\n", "", "begin with BEGIN PGM"), ("PART MM\n1", "PART INCH\n1", "inch units"), ("PART MM\n1", "OTHER MM\n1", "END PGM PART, but"), ("M30\n", "", "END PGM without M30"),
        ("END PGM PART MM\n", "", "no END PGM"), ("END PGM PART MM\n", "END PGM PART MM\nM8\n", "after END PGM"), ("M30\nEND", "M30 ~\nEND", "is not supported"), ("END PGM PART MM\n", "END PGM PART MM ~\n", "continued"),
        ("3 CYCL DEF 247 DATUM SETTING ~\n    Q339=+1    ;DATUM NUMBER\n", "", "before CYCL DEF 247"), ("Q339=+1 ", "Q339=+1.5 ", "before CYCL DEF 247"), ("5 CYCL DEF 32.1 T0.02\n", "", "before CYCL DEF 32"),
        ("6 TOOL CALL 1 Z S1000\n", "6 TOOL CALL Z S1000\n", "without a tool"), (" S1000", "", "needs the tool axis and S"), (" M3", "", "spindle is stopped"), ("SETTING ~", "SETTING", "lacks Q339"),
    ],
)  # fmt: skip
def test_nothing_is_taken_from_the_program_before(old: str, new: str, reason: str) -> None:
    text = f"{HEAD}L X+5 F100\n{TAIL}"
    assert old in text
    with pytest.raises(DialectError, match=reason):
        read_heidenhain(text.replace(old, new, 1))


@given(st.text(max_size=60))
def test_any_text_is_refused(text: str) -> None:
    assert refused(text)
    assert "M30" in text.upper() or refused(f"{HEAD}{text}") or not text.strip()


@given(
    st.lists(st.sampled_from(["L", "C", "CP", "LP", "CC", "X+5", "IY-", "Z+1", "R0", "RL", "FMAX", "F50", "DR+", "DR-", "IPA+90", "PR+3", "Q1", "=", "+", "FN 0:", "CYCL", "DEF", "CALL", "200", "7.0", "7.1", "TOOL", "5", "S9", "M99", "M91", "M3", "~", "\n", ";"]), max_size=12)
)  # fmt: skip
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    text = f"{HEAD}{' '.join(words)}\nL X+1 Z+1 FMAX\n{TAIL}"
    assert refused(text) or read_heidenhain(text)[0], "it moves, or the reason is told"


@given(st.floats(-999, 999).map(lambda v: round(v, 4)), st.sampled_from(["X{:+.4f}", "X {:+.4f}", "X{:.4f}"]))
def test_a_number_is_the_same_however_it_is_written(value: float, form: str) -> None:
    assert words_of(form.format(value), {}).values == {"X": pytest.approx(value)}
