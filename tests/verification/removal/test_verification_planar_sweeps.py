"""Radius over height, and the stretches of level lines that moves clear: closed forms, and against brute force."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.verification import interpret
from nightmill.verification.removal.planar_sweeps import PlanarSweeps, Stretches, gaps
from nightmill.verification.target.tool_profile import profile, radius_at
from nightmill.vocabulary.plan import Tool

FLAT = Tool(1, "flat", 6, flute_length_mm=10, stickout_mm=40)
BALL = Tool(2, "ball", 6, flute_length_mm=10, stickout_mm=40)
BULL = Tool(3, "bull", 10, corner_radius_mm=1, flute_length_mm=10, stickout_mm=40)
DRILL = Tool(4, "drill", 6, tip_angle_deg=118, flute_length_mm=30, stickout_mm=40)
TOOLS = (FLAT, BALL, BULL, DRILL)


@pytest.mark.parametrize(
    ("tool", "height", "radius"),
    [
        (FLAT, 0.001, 3.0), (FLAT, 10.0, 3.0), (FLAT, 10.001, 0.0), (FLAT, -0.001, 0.0),
        (BALL, 1.0, math.sqrt(9 - 4)), (BALL, 3.0, 3.0), (BALL, 7.0, 3.0),
        (BULL, 0.0, 4.0), (BULL, 0.5, 4 + math.sqrt(0.75)), (BULL, 1.5, 5.0),
        (DRILL, 1.0, math.tan(math.radians(59))), (DRILL, 5.0, 3.0),
        (Tool(5, "chamfer", 8, tip_angle_deg=90, tip_diameter_mm=2, flute_length_mm=4), 1.0, 2.0),
        (Tool(6, "tap", 6, pitch_mm=1.0, flute_length_mm=10), 1.0, 3 - 0.5412658773652741),
        (Tool(7, "ball", 6, flute_length_mm=1), 1.5, 0.0),
    ],
)  # fmt: skip
def test_radius_over_height(tool: Tool, height: float, radius: float) -> None:
    assert radius_at(profile(tool), np.array([height]))[0] == pytest.approx(radius, abs=1e-3)


def sweeps(text: str, tool: int = 1) -> PlanarSweeps:
    head = f"G21 G17 G90 G94 G40 G49 G80 G54\nT{tool} M6\nG43 H{tool}\nS5000 M3\nF500\n"
    motions = interpret(head + text + "M2\n", chord_mm=float("inf"))
    assert not motions.problems
    return PlanarSweeps(motions, TOOLS)


def line(x0: float, y0: float, x1: float, y1: float, z: float) -> NDArray[np.float64]:
    return np.array([[[x0, y0, z], [x1, y1, z]]])


def span(found: Stretches) -> tuple[float, float]:
    """The one interval left and right of which a single line is not cleared."""
    left = gaps(1, found)
    assert len(left.line) == 2
    return float(left.high[0]), float(left.low[1])


def test_a_slot_clears_its_width_and_round_ends() -> None:
    slot = sweeps("G0 X0 Y0 Z5\nG1 Z-1\nX20\nG0 Z5\n")
    assert span(slot.cleared(line(10, -10, 10, 10, -0.5))) == pytest.approx((7 / 20, 13 / 20), abs=1e-9)
    assert span(slot.cleared(line(-10, 0, 40, 0, -0.5))) == pytest.approx((7 / 50, 33 / 50), abs=1e-9)
    for height in (-1.0, -1.5, 15.1):
        assert len(slot.cleared(line(10, -10, 10, 10, height)).line) == 0
    assert len(sweeps("G0 X0 Y0 Z5\nG0 Z-1\nG0 X20\n").cleared(line(10, -10, 10, 10, -0.5)).line) == 0


def test_an_arc_clears_a_ring_and_leaves_its_middle() -> None:
    ring = sweeps("G0 X10 Y0 Z-1\nG3 X10 Y0 I-10 J0\n")
    left = gaps(1, ring.cleared(line(-20, 0, 20, 0, -0.5)))
    assert left.low * 40 - 20 == pytest.approx([-20, -7, 13], abs=1e-9)
    assert left.high * 40 - 20 == pytest.approx([-13, 7, 20], abs=1e-9)
    quarter = sweeps("G0 X10 Y0 Z-1\nG3 X0 Y10 I-10 J0\n")
    assert len(quarter.cleared(line(-20, -5, 20, -5, -0.5)).line) == 0


def test_a_ramp_clears_where_it_lies_below_the_level() -> None:
    """A flat tool from Z0 to Z-10 over 20 mm: at Z-5 it cuts from the middle of its way on, and not above its flutes."""
    ramp = sweeps("G0 X0 Y0 Z0\nG1 X20 Z-10\n")
    assert span(ramp.cleared(line(-10, 0, 40, 0, -5))) == pytest.approx((17 / 50, 33 / 50), abs=1e-9)
    deep = sweeps("G0 X0 Y0 Z0\nG1 X20 Z-20\n")
    assert span(deep.cleared(line(-10, 0, 40, 0, -5))) == pytest.approx((12 / 50, 28 / 50), abs=1e-9)


def test_a_drill_clears_its_point_and_its_side() -> None:
    hole = sweeps("G0 X0 Y0 Z5\nG1 Z-10\nG0 Z5\n", tool=4)
    assert span(hole.cleared(line(-10, 0, 10, 0, -5))) == pytest.approx((7 / 20, 13 / 20), abs=1e-9)
    tip = math.tan(math.radians(59))
    assert span(hole.cleared(line(-10, 0, 10, 0, -9))) == pytest.approx(((10 - tip) / 20, (10 + tip) / 20), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("tool", [1, 2, 3, 4])
def test_any_moves_against_steps_along_them(tool: int) -> None:
    draw = np.random.default_rng(tool)
    corners = draw.uniform([-15, -15, -12], [15, 15, 3], (12, 3)).round(3)
    text = "G0 X0 Y0 Z5\n" + "".join(f"G1 X{x} Y{y} Z{z}\n" for x, y, z in corners)
    text += "G0 Z5\nG0 X5 Y0\nG1 Z-4\nG2 X5 Y0 Z-9 I-3 J4\nG3 X-4 Y-3 R8\n"
    motions = interpret(
        "G21 G17 G90 G94 G40 G49 G80 G54\n" + f"T{tool} M6\nG43 H{tool}\nS5000 M3\nF500\n" + text + "M2\n",
        chord_mm=1e-4,
    )
    assert not motions.problems
    knots = profile(TOOLS[tool - 1])
    lines = draw.uniform([-18, -18, -13], [18, 18, 4], (60, 2, 3))
    lines[:, 1, 2] = lines[:, 0, 2]
    found = sweeps(text, tool).cleared(lines)
    share = np.linspace(0.01, 0.99, 41)
    points = lines[:, :1] + share[None, :, None] * (lines[:, 1:] - lines[:, :1])
    cleared = np.zeros(points.shape[:2], dtype=np.bool_)
    for row, low, high in zip(found.line, found.low, found.high, strict=True):
        cleared[row] |= (share > low) & (share < high)
    room = np.full(points.shape[:2], -np.inf)
    feeds = motions.kind == 1
    for a, b in zip(motions.start[feeds], motions.end[feeds], strict=True):
        for s in np.linspace(0, 1, max(2, math.ceil(float(np.linalg.norm(b - a)) / 0.02))):
            place = a + s * (b - a)
            height = points[:, :, 2] - place[2]
            radius = np.where(height > 0, radius_at(knots, height.ravel()).reshape(height.shape), 0.0)
            room = np.maximum(
                room,
                np.where(radius > 0, radius - np.hypot(*(points[:, :, :2] - place[:2]).transpose(2, 0, 1)), -np.inf),
            )
    sure = np.abs(room) > 0.03
    assert np.count_nonzero(cleared & sure) > 100
    assert (cleared == (room > 0))[sure].all()
