"""The interpreter against canonical moves worked out by hand, and against states a program may not rely on."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.verification import FEED, RAPID, interpret, read_program
from nightmill.vocabulary.shop import MachineLimits

HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS3000 M3\n"


def ends(text: str) -> list[tuple[int, tuple[float, ...]]]:
    """Kind and end of each commanded move after the standard head."""
    motions = interpret(HEAD + text + "\nM2\n")
    assert not motions.problems, [p.sentence() for p in motions.problems]
    return [(move.kind, tuple(round(v, 6) for v in move.end)) for move in motions.primitives]


def test_lines_absolute_and_incremental() -> None:
    assert ends("G0 X1 Y2 Z3\nG1 F100 X4\nG91 Y-1 Z-1\nG90 X0") == [
        (RAPID, (1, 2, 3)),
        (FEED, (4, 2, 3)),
        (FEED, (4, 1, 2)),
        (FEED, (0, 1, 2)),
    ]


def test_inches_scale_positions_feeds_and_centres() -> None:
    motions = interpret("G20 G17 G90 G54 T1 M6\nG43 H1 S100 M3\nG0 X1 Y0 Z0\nG3 X-1 I-1 F10\nM2")
    assert not motions.problems
    assert motions.primitives[-1].feed_mm_min == pytest.approx(254)
    assert motions.primitives[-1].length() == pytest.approx(math.pi * 25.4)


@pytest.mark.parametrize(
    ("plane", "centre", "axes"), [("G17", "I-10", (0, 1)), ("G18", "I-10", (0, 2)), ("G19", "J-10", (1, 2))]
)
def test_full_circle_stays_on_its_radius(plane: str, centre: str, axes: tuple[int, int]) -> None:
    motions = interpret(HEAD + f"G0 X10 Y10 Z0\n{plane} G2 {centre} F100\nM2")
    assert not motions.problems
    circle = motions.end[motions.kind == FEED]
    middle = np.zeros(3) if plane == "G18" else np.array([10.0 if plane == "G19" else 0.0, 0.0, 0.0])
    offset = circle - (middle if plane == "G19" else np.array([0.0, 10.0, 0.0]))
    radii = np.hypot(offset[:, axes[0]], offset[:, axes[1]])
    assert np.allclose(radii, 10, atol=1e-9)
    assert motions.primitives[-1].length() == pytest.approx(20 * math.pi)


def test_direction_of_arcs_in_each_plane() -> None:
    # G18: Z is the first axis and X the second, so G2 turns from +Z towards -X ... from X10 to Z10 it is G3's way back.
    quarter = interpret(HEAD + "G0 X10 Y0 Z0\nG18 G2 X0 Z10 I-10 K0 F100\nM2").primitives[-1]
    assert abs(quarter.arc.sweep if quarter.arc else 0) == pytest.approx(math.pi / 2)
    xy = interpret(HEAD + "G0 X10 Y0 Z0\nG2 X0 Y10 I-10 F100\nM2").primitives[-1]
    assert xy.arc is not None
    assert xy.arc.sweep == pytest.approx(-1.5 * math.pi)
    helix = interpret(HEAD + "G0 X10 Y0 Z0\nG3 X10 Y0 Z-2 I-10 P2 F100\nM2").primitives[-1]
    assert helix.length() == pytest.approx(math.hypot(40 * math.pi, 2))


@given(st.floats(5, 50), st.floats(0.1, 3.0), st.booleans(), st.floats(0, 6.28))
@settings(max_examples=30, deadline=None)
def test_radius_and_centre_format_agree(radius: float, sweep: float, clockwise: bool, begin: float) -> None:
    finish = begin - sweep if clockwise else begin + sweep
    x0, y0 = radius * math.cos(begin), radius * math.sin(begin)
    x1, y1 = radius * math.cos(finish), radius * math.sin(finish)
    code = "G2" if clockwise else "G3"
    head = HEAD + f"G0 X{x0:.9f} Y{y0:.9f} Z0\n{code} F100 X{x1:.9f} Y{y1:.9f} "
    by_radius = interpret(head + f"R{radius:.9f}\nM2").primitives[-1]
    by_centre = interpret(head + f"I{-x0:.9f} J{-y0:.9f}\nM2").primitives[-1]
    assert by_radius.length() == pytest.approx(radius * sweep, abs=1e-3)
    assert by_centre.length() == pytest.approx(radius * sweep, abs=1e-5)


def test_peck_cycle_expands_as_linuxcnc_does() -> None:
    assert ends("G0 X0 Y0 Z10\nG99 G83 X5 Y5 Z-5 R2 Q3 F100\nX6\nG80") == [
        (RAPID, (0, 0, 10)), (RAPID, (5, 5, 10)), (RAPID, (5, 5, 2)), (FEED, (5, 5, -1)), (RAPID, (5, 5, 2)),
        (RAPID, (5, 5, -0.746)), (FEED, (5, 5, -4)), (RAPID, (5, 5, 2)), (RAPID, (5, 5, -3.746)),
        (FEED, (5, 5, -5)), (RAPID, (5, 5, 2)), (RAPID, (6, 5, 2)), (FEED, (6, 5, -1)), (RAPID, (6, 5, 2)),
        (RAPID, (6, 5, -0.746)), (FEED, (6, 5, -4)), (RAPID, (6, 5, 2)), (RAPID, (6, 5, -3.746)),
        (FEED, (6, 5, -5)), (RAPID, (6, 5, 2)),
    ]  # fmt: skip


def test_g98_returns_to_the_level_before() -> None:
    assert ends("G0 X0 Y0 Z10\nG98 G81 X5 Z-5 R2 F100\nG80")[-1] == (RAPID, (5, 0, 10))
    assert ends("G0 X0 Y0 Z10\nG99 G85 X5 Z-5 R2 F100\nG80")[-1] == (FEED, (5, 0, 2))


def test_parameters_and_expressions() -> None:
    text = "#1=3 #<depth>=[-2*#1+1]\nG0 X[2**3] Y[10-4-3] Z[SQRT[16]+ATAN[1]/[1]/45]\nG1 Z#<depth> F[#1 GT 2]"
    with_f = text.replace("F[#1 GT 2]", "F[100*[#1GT2]]")
    assert ends("#1=3\n#<depth>=[-2*#1+1]\n" + with_f.partition("\n")[2]) == [(RAPID, (8, 3, 5)), (FEED, (8, 3, -5))]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("G17 G90 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1\nM2", "G20 or G21"),
        ("G21 G17 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1\nM2", "G90 or G91"),
        ("G21 G17 G90 T1 M6\nG43 H1 S1 M3\nG0 Z1\nM2", "work offset"),
        ("G21 G17 G90 G54 T1 M6\nS1 M3\nG0 Z1\nM2", "G43 H1 must follow"),
        ("G21 G17 G90 G54 T1 M6\nG43 H2 S1 M3\nG0 Z1\nM2", "G43 H2 with tool 1"),
        ("G21 G17 G90 G54 T1 M6\nG43 H1\nG0 Z1\nG1 Z0 F9\nM2", "spindle is stopped"),
        ("G21 G17 G90 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1\nG1 Z0\nM2", "before F is set"),
        ("G21 G17 G90 G54 G0 Z1\nS1 M3 G1 Z0 F1\nM2", "without a tool"),
        ("G21 G17 G90 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1\nG55 X1\nM2", "changes the work offset"),
        ("G21 G17 G90 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1", "without M2"),
        ("G21 G90 G54 T1 M6\nG43 H1 S1 M3\nG0 Z1 X0 Y0\nG2 I5 F9\nM2", "before G17"),
        ("G21 G17 G90 G54\nT1 M6 G43 H1\nT2 M6\nG0 Z1\nM2", "G43 H2 must follow"),
    ],
)
def test_states_the_program_has_not_set(text: str, word: str) -> None:
    problems = interpret(text).problems
    assert any(word in problem.text for problem in problems), problems


@pytest.mark.parametrize(
    "block",
    [
        "G41 D1", "G92 X0", "G10 L2 P1 X0", "G1 A5 F1", "X5 X6", "G0 G1 X5", "G77 X1", "G2 X5 Y5 I1 J1 F9",
        "G2 X5 Y5 R1 F9", "G1 X[1/0]", "G1 X#7", "o100 sub", "G1 X(unclosed", "G1 X1..2", "G80 X5", "G52 X1",
    ],
)  # fmt: skip
def test_refused_blocks_end_the_reading(block: str) -> None:
    motions = interpret(HEAD + f"G0 X0 Y0 Z5\n{block}\nG0 X99\nM2")
    assert motions.fatal
    assert motions.problems[-1].line == 6
    assert not np.any(motions.end[:, 0] == 99)


def test_expected_tools_and_offset() -> None:
    motions = interpret(HEAD + "G0 X0\nM2", tools=frozenset({2}), work_offset="G55")
    texts = " ".join(problem.text for problem in motions.problems)
    assert "tool 1 is not in the tool list" in texts
    assert "G54, but the setup says G55" in texts


def test_comments_numbers_percent_and_home() -> None:
    text = "%\nN10 (a (message)\n; note\nN20 G21 G17 G90 G54 T1 M6\nG53 G0 Z0\nG43 H1\nG0 X1 Y1 (here) Z2\nG28 Z3\n%\nG0 X99"
    motions = interpret(text.replace("(a (message)", "(a message)"), home=(7.0, 8.0, 300.0))
    assert not motions.problems
    assert [move.end for move in motions.primitives] == [(1, 1, 2), (1, 1, 3), (1, 1, 300)]


def test_inverse_time_and_feed_per_revolution() -> None:
    motions = interpret(HEAD + "G0 X0 Y0 Z0\nG93 G1 X10 F2\nG95 X20 F0.1\nM2")
    assert [move.feed_mm_min for move in motions.primitives if move.kind == FEED] == pytest.approx([20, 300])


def test_time_of_one_move_is_the_trapezoid() -> None:
    text = HEAD + "G4 P2\nG0 X0 Y0 Z500\nG1 X100 F6000\nM2"
    summary = read_program(text, MachineLimits(accel_mm_s2=1000), jerk_mm_s3=math.inf, home=(0, 0, 500))
    # 100 mm at 100 mm/s with 0.1 s up and down: 1 s + 0.1 s
    assert summary.motion_s == pytest.approx(1.1)
    assert summary.cycle_s == pytest.approx(1.1 + 2 + 5)
    (use,) = summary.tools
    assert (use.tool, use.spindle_rpm, use.feed_mm_min, use.cutting_mm) == (1, 3000, 6000, 100)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=12), st.floats(100, 9000))
@settings(max_examples=25, deadline=None)
def test_time_lies_between_cruise_and_full_stops(points: list[tuple[float, float]], feed: float) -> None:
    feed = round(feed, 1)
    body = "\n".join(f"G1 X{x:.3f} Y{y:.3f} F{feed:.1f}" for x, y in points)
    flowing = read_program(HEAD + "G64 P0.01\nG0 X0 Y0 Z0\n" + body + "\nM2")
    stopping = read_program(HEAD + "G61\nG0 X0 Y0 Z0\n" + body + "\nM2")
    assert flowing.cutting_mm == pytest.approx(stopping.cutting_mm)
    rounded = (
        2 * 0.01 * len(points)
    )  # no corner's circle is shorter than its moves by more than twice what it stays off
    assert (flowing.cutting_mm - rounded) / feed * 60 - 1e-3 <= flowing.cutting_s <= stopping.cutting_s + 1e-3


def test_short_way_of_plain_blocks_reads_what_the_full_reader_reads() -> None:
    """Line numbers force the full reader; without them most blocks take the short way."""
    blocks = [
        "G1 X1.5 Y-.25 F100", "X2. Y+3", "Z-1", "G01 X2", "G1 X2", "G2 X3 Y4 R5", "G1 X4", "G20", "G1 X1", "G21", "G91",
        "X1 Y1", "Z-.5", "G90", "G1 X0", "G0 X5", "X6", "G1Z2", "X 7 Y 8", "G61", "X1 Y2 Z3", "M5", "X9",
    ]  # fmt: skip
    short = interpret(HEAD + "G0 X0 Y0 Z0\n" + "\n".join(blocks) + "\nM2")
    full = interpret(HEAD + "G0 X0 Y0 Z0\n" + "\n".join(f"N1 {block}" for block in blocks) + "\nM2")
    assert short.primitives == full.primitives
    assert short.problems == full.problems
    assert len(short.primitives) > 15
    assert any("spindle is stopped" in problem.text for problem in short.problems)


def test_time_of_one_move_with_a_limit_on_jerk() -> None:
    """100 mm at 6000 mm/min with 1000 mm/s2 and 5000 mm/s3: dv/a below a/j, so each ramp takes 2 sqrt(dv/j)."""
    text = "G21 G17 G90 G94 G54\nT1 M6\nG43 H1\nS1000 M3\nG1 X100 F6000\nM2\n"
    summary = read_program(text, MachineLimits(accel_mm_s2=1000), jerk_mm_s3=5000, home=(0.0, 0.0, 0.0))
    ramp = 2 * math.sqrt(100 / 5000)
    assert summary.motion_s == pytest.approx(2 * ramp + (100 - 100 * ramp) / 100)


@given(st.floats(2000, 1e7), st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=2, max_size=12))
def test_jerk_only_ever_costs_time(jerk: float, points: list[tuple[float, float]]) -> None:
    moves = "".join(f"G1 X{x:.3f} Y{y:.3f}\n" for x, y in points)
    text = f"G21 G17 G90 G94 G54\nT1 M6\nG43 H1\nS1000 M3\nF3000\n{moves}M2\n"
    free, limited, stiff = (
        read_program(text, jerk_mm_s3=value, home=(0.0, 0.0, 0.0)).motion_s for value in (math.inf, jerk, 1e12)
    )
    assert limited >= free * 0.999
    assert stiff == pytest.approx(free, rel=1e-3, abs=1e-3)


def test_collinear_pieces_take_as_long_as_one_move() -> None:
    head = "G21 G17 G90 G94 G54\nT1 M6\nG43 H1\nS1000 M3\nF9000\n"
    whole = read_program(f"{head}G1 X60\nM2\n", home=(0.0, 0.0, 0.0)).motion_s
    pieces = "".join(f"G1 X{x / 10:g}\n" for x in range(1, 601))
    assert read_program(f"{head}{pieces}M2\n", home=(0.0, 0.0, 0.0)).motion_s == pytest.approx(whole, rel=0.03)


def test_chords_of_a_circle_are_no_quicker_than_the_circle() -> None:
    radius, accel = 1.0, 3000.0
    turns = [2 * math.pi * k / 44 for k in range(44 * 6 + 1)]
    chords = "".join(f"G1 X{radius * math.cos(a):.4f} Y{radius * math.sin(a):.4f} F6000\n" for a in turns)
    head = HEAD + "G64 P0.01\nG0 X1 Y0 Z0\n"
    seconds = read_program(f"{head}{chords}M2\n", MachineLimits(accel_mm_s2=accel), home=(1.0, 0.0, 0.0)).motion_s
    along = 6 * 2 * math.pi * radius / math.sqrt(accel * radius)
    assert along < seconds < 1.15 * along


def test_a_slow_way_of_short_steps_is_as_long_as_its_rounded_corners() -> None:
    """At right angles the circle's radius is 0.01 / (sqrt(2) - 1), and it spares 2 - pi / 2 of it at each corner."""
    steps = "".join(f"G1 {'X' if k % 2 else 'Y'}{0.1 * (k // 2 + 1):.1f}\n" for k in range(400))
    text = f"{HEAD}G64 P0.01\nG0 X0 Y0 Z0\nF60\n{steps}M2\n"
    (use,) = read_program(text, home=(0.0, 0.0, 0.0)).tools
    assert use.cutting_mm == pytest.approx(40.0)
    radius = 0.01 / (math.sqrt(2) - 1)
    assert use.cutting_s == pytest.approx(40.0 - 399 * radius * (2 - math.pi / 2), rel=0.01)


def test_a_limit_that_a_long_ramp_passes_is_kept() -> None:
    head = HEAD + "G64 P0.01\nG0 X0 Y0 Z0\n"
    slow = "".join(f"G1 X{10 + 0.1 * k:.1f} F600\n" for k in range(1, 101))
    seconds = read_program(f"{head}G1 X10 F9000\n{slow}G1 X30 F9000\nM2\n", home=(0.0, 0.0, 0.0)).motion_s
    assert seconds > 10.0 / 10.0
