"""Swept volumes of ball, bull, flat and pointed cutters along sloped lines and helices, against tools stepped densely."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightmill.verification import interpret
from nightmill.verification.removal.material_removal import Cuts, Removal
from nightmill.verification.stock.fixture_collision import meet_fixtures, upright
from nightmill.verification.stock.milling_setup import SetupFindings, run_setup
from nightmill.verification.target.bodies import load_body
from nightmill.verification.target.tool_rows import MoveTable, move_table
from nightmill.vocabulary.plan import Body, Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BALL = Tool(
    1, "ball", 8, flute_length_mm=12, shank_diameter_mm=8, stickout_mm=30, holder_diameter_mm=30, holder_length_mm=40
)
BULL = Tool(
    2, "bull", 10, corner_radius_mm=2, flute_length_mm=12, shank_diameter_mm=10, stickout_mm=30, holder_diameter_mm=30
)
FLAT = Tool(3, "flat", 6, flute_length_mm=9, shank_diameter_mm=6, stickout_mm=30, holder_diameter_mm=30)
DRILL = Tool(4, "drill", 6, tip_angle_deg=118, flute_length_mm=20, shank_diameter_mm=6, stickout_mm=40)
TOOLS = (BALL, BULL, FLAT, DRILL)
HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nT{tool} M6\nG43 H{tool}\nS5000 M3\nF500\nG0 X5 Y4 Z9\n"
PATHS = {
    "sloped line": "G1 X17 Y9 Z1.5\n",
    "steep line": "G1 X6 Y4.5 Z0.5\n",
    "plunge": "G1 Z1\n",
    "level arc": "G1 Z4\nG3 X15 Y4 I5 J2\n",
    "helix": "G2 X5 Y4 Z1 I4 J1 P2\n",
    "arc in XZ": "G18 G3 X15 Z9 I5 K3\n",
    "tilted arc in YZ": "G19 G2 Y12 Z9 J4 K2 X7\n",
}
TOLERANCE_MM = 0.01
IDENTITY = np.eye(4)


def table(tool: Tool, path: str) -> MoveTable:
    motions = interpret(HEAD.format(tool=tool.number) + path + "M2\n", chord_mm=float("inf"))
    assert not motions.problems
    return move_table(motions, TOOLS, 0.001)


def positions(tool: Tool, path: str) -> Floats:
    """Places of the tip (n, 3), at most 0.005 mm apart, of the feed moves."""
    motions = interpret(HEAD.format(tool=tool.number) + path + "M2\n", chord_mm=0.0002)
    places = []
    for a, b in zip(motions.start[motions.kind == 1], motions.end[motions.kind == 1], strict=True):
        count = int(np.ceil(np.linalg.norm(b - a) / 0.005)) + 1
        places.append(a + np.linspace(0, 1, count)[:, None] * (b - a))
    return np.concatenate(places)


def stepped(points: Floats, tool: Tool, places: Floats) -> Flags:
    """Whether the tool at one of the places holds each point; the profile is written out here once more."""
    radius = tool.diameter_mm / 2
    gone = np.zeros(len(points), dtype=np.bool_)
    for index, point in enumerate(points):
        d = np.hypot(places[:, 0] - point[0], places[:, 1] - point[1])
        rise = point[2] - places[:, 2]
        if tool.type == "ball":
            inside = np.where(rise < radius, d**2 + (rise - radius) ** 2 < radius**2, True)
        elif tool.type == "bull":
            corner = tool.corner_radius_mm
            out = np.maximum(0, d - radius + corner)
            inside = np.where(rise < corner, out**2 + (rise - corner) ** 2 < corner**2, True)
        elif tool.type == "drill":
            inside = rise > d / np.tan(np.radians(59))
        else:
            inside = np.ones(len(d), dtype=np.bool_)
        gone[index] = bool(np.any(inside & (d < radius) & (rise > 0) & (rise <= tool.flute_length_mm)))
    return gone


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.type)
@pytest.mark.parametrize("path", PATHS)
def test_swept_volume_is_that_of_a_tool_stepped_along(path: str, tool: Tool) -> None:
    removal = Removal()
    low, high = np.array([-4.0, -4.0, -3.0]), np.array([26.0, 20.0, 24.0])
    removal.add(Cuts.of(IDENTITY, table(tool, PATHS[path]), low, high))
    places = positions(tool, PATHS[path])
    draw = np.random.default_rng(7)
    centre = places[draw.integers(len(places), size=500)]
    away = draw.normal(size=(500, 3))
    away *= (tool.diameter_mm / 2 * draw.uniform(0.8, 1.2, size=500) / np.linalg.norm(away, axis=1))[:, None]
    points = centre + away + [0, 0, tool.diameter_mm / 2 * (tool.type == "ball")]
    ours, theirs = removal.removed(points), stepped(points, tool, places)
    assert 20 < np.count_nonzero(theirs) < 480
    for point, mine in zip(points[ours != theirs], ours[ours != theirs], strict=True):
        around = point + TOLERANCE_MM * (np.array(list(np.ndindex(3, 3, 3))) - 1.0)
        assert mine in stepped(around, tool, places), point


def setup(text: str, fixtures: tuple[Body, ...] = ()) -> SetupFindings:
    """A block 40 x 30 x 20 from the origin, cut by one program."""
    motions = interpret(HEAD.format(tool=1).replace("G0 X5 Y4 Z9\n", "") + text + "M2\n", chord_mm=float("inf"))
    assert not motions.problems
    stock = load_body(Body(kind="box", min=(0, 0, 0), max=(40, 30, 20)), None, "stock")  # type: ignore[arg-type]
    part = load_body(Body(kind="box", min=(1, 1, 0.5), max=(2, 2, 1)), None, "part")  # type: ignore[arg-type]
    bodies = [load_body(body, None, "fixture") for body in fixtures]  # type: ignore[arg-type]
    return run_setup(IDENTITY, move_table(motions, TOOLS, 0.001, 0.0125), stock, part.triangles, bodies, [], 0.005)


def test_heights_behind_a_ball_on_a_slope() -> None:
    """Along a ramp the ball cuts a round groove whose floor lies below the tip's line by r (1/cos - 1)."""
    found = setup("G0 X-6 Y15 Z19\nG1 X46 Y15 Z6\nG0 Z40\n").stock
    x0, y0, h = found.grid[:3]
    column, row = round((20 - x0) / h - 0.5), round((15 - y0) / h - 0.5)
    x = x0 + (column + 0.5) * h
    slope = 13 / 52
    tip = 19 - (x + 6) * slope
    assert found.heights[row, column] == pytest.approx(tip + 4 - 4 * np.hypot(1, slope), abs=0.01)


@pytest.mark.parametrize(
    ("rapid", "hits"),
    [
        ("G0 X46 Y15 Z7.6", False),
        ("G0 X46 Y15 Z5.9", True),
        ("G0 X20 Y15 Z12.6", False),
        ("G0 X20 Y15.3 Z12.4", True),
    ],
)
def test_rapids_along_a_groove_on_a_slope(rapid: str, hits: bool) -> None:
    found = setup(f"G0 X-6 Y15 Z19\nG1 X46 Y15 Z6\nG0 Z40\nG0 X-6 Y15\nZ20.1\n{rapid}\n".replace("Z20.1", "Z19.1"))
    assert bool(found.rapid_lines) == hits


@pytest.mark.parametrize(("depth", "hits"), [(-9.9, False), (-10.2, True)])
def test_holder_on_a_helix_down_a_bore(depth: float, hits: bool) -> None:
    """The holder, 30 mm wide and 30 mm above the tip, meets the block's top once the tip is 30 mm below it."""
    text = "G0 X20 Y15 Z22\n" + "\n".join(
        f"G3 X20 Y15 Z{z:.3f} I-2 J0" for z in np.linspace(21, depth, 16)
    )  # fmt: skip
    assert bool(setup(text + "\nG1 X18 Y15\nG0 Z40\n").stock_collision_lines) == hits


@pytest.mark.parametrize("tool", [BALL, BULL], ids=lambda tool: tool.type)
@pytest.mark.parametrize(("gap", "hits"), [(0.06, False), (0.0, False), (-0.08, True)])
def test_fixture_beside_a_sloped_ball_and_a_wide_arc(tool: Tool, gap: float, hits: bool) -> None:
    """A clamp whose side is ``gap`` away from where the cutter's widest place passes; 0.05 mm of touching is let go."""
    radius = tool.diameter_mm / 2
    clamp = Body(kind="box", min=(100 + radius + gap, -20, 0), max=(140, 20, 30), name="clamp")
    rows, _ = upright([load_body(clamp, None, "clamp")])  # type: ignore[arg-type]
    for path in ("G0 X100 Y-30 Z20\nG1 Y30 Z10\n", "G0 X60 Y-80 Z15\nG3 X0 Y100 I-60 J80\n"):
        moves = table(tool, path)
        found = np.zeros(len(moves.geometry), dtype=np.uint8)
        meet_fixtures(moves.geometry, moves.tool, moves.tools, rows, found)
        assert bool(found.any()) == hits, path
