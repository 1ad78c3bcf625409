"""Tool paths for pictures: what the NC text says, in the model's own coordinates."""

import math

import msgspec

from nightmill.plant.part_preview.preview_toolpaths import FEED, LEAP, MAX_POINTS, RAPID, tool_paths
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, CuttingData, Plan, Setup, Step

HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nG53 G0 Z0\nT1 M6\nG43 H1\nS1000 M3\n"
FLIPPED = ((1.0, 0.0, 0.0, 10.0), (0.0, -1.0, 0.0, 20.0), (0.0, 0.0, -1.0, 5.0), (0.0, 0.0, 0.0, 1.0))
DATA = CuttingData(100.0, 1000.0, 0.1, 200.0, 1.0, 1.0, 0.1, 10.0, "test")


def plan_of(body: str, first: int, last: int) -> tuple[Plan, dict[str, bytes]]:
    """A plan of one setup with one step over the lines ``first`` to ``last`` of its program."""
    step = Step("cut", "rough", 1, (), (), DATA, 1.0, first, last)
    setup = Setup("1", "mill", "1.ngc", "G54", FLIPPED, (), (step,))
    box = Body(kind="box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    plan = Plan(PLAN_FORMAT, "p", "mm", "00", box, (), (setup,), (), 1.0, "Al 6061")
    return plan, {"1.ngc": (HEAD + body + "G53 G0 Z0\nM5\nM2\n").encode()}


def test_moves_come_back_in_model_coordinates_with_their_kind() -> None:
    plan, files = plan_of("G0 X0 Y0 Z2\nG1 Z-1 F100\nG1 X4\nG0 Z2\n", 6, 9)
    (path,) = tool_paths(plan, files)[0]
    points = [path["at"][k : k + 3] for k in range(0, len(path["at"]), 3)]
    # work = (x + 10, 20 - y, 5 - z), so model = (x - 10, 20 - y, 5 - z)
    assert points[-4:] == [[-10.0, 20.0, 3.0], [-10.0, 20.0, 6.0], [-6.0, 20.0, 6.0], [-6.0, 20.0, 3.0]]
    assert path["kind"][-4:] == [LEAP, FEED, FEED, RAPID]


def test_the_way_from_the_tool_change_is_not_drawn_and_other_steps_are_left_out() -> None:
    plan, files = plan_of("G0 X0 Y0 Z2\nG1 Z-1 F100\nG1 X4\nG1 X8\n", 6, 8)
    (path,) = tool_paths(plan, files)[0]
    heights = path["at"][2::3]
    assert min(heights) >= 5.0 - 62.0
    assert max(path["at"][0::3]) == -6.0


def test_a_long_way_is_thinned_and_keeps_its_ends() -> None:
    lines = [f"X{math.cos(k / 50):.4f} Y{math.sin(k / 50):.4f}" for k in range(3 * MAX_POINTS)]
    plan, files = plan_of("G0 X1 Y0 Z2\nG1 Z-1 F100\n" + "\n".join(lines) + "\n", 6, 7 + len(lines))
    (path,) = tool_paths(plan, files)[0]
    assert len(path["kind"]) <= MAX_POINTS + 4
    last = 3 * MAX_POINTS - 1
    assert math.dist(path["at"][-3:-1], (math.cos(last / 50) - 10, 20 - math.sin(last / 50))) < 0.02


def test_paths_are_plain_json() -> None:
    plan, files = plan_of("G0 X0 Y0 Z2\n", 60, 61)
    assert msgspec.json.decode(msgspec.json.encode(tool_paths(plan, files))) == [[{"at": [], "kind": []}]]
