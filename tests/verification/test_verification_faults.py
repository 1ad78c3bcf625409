"""A short run of the benchmark with seeded faults, and its second measure held against solids that are known."""

import math
import random
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import turned_opinion
from labelled_parts import write
from machined_parts import make
from rewritings import REWRITINGS
from second_opinion import read_moves, removed

import verification
from nightmill.plant.part_planning import plan_part
from nightmill.verification import interpret
from nightmill.vocabulary.plan import Body, Matrix4, Plan, Setup, Tool

MILL = Tool(number=1, type="flat", diameter_mm=10.0, flute_length_mm=20.0, shank_diameter_mm=10.0, stickout_mm=30.0)
TURNING = Tool(
    number=2, type="turning", diameter_mm=12.0, flute_length_mm=10.0, shank_diameter_mm=20.0, stickout_mm=40.0,
    nose_radius_mm=0.8, insert_angle_deg=80.0, lead_angle_deg=-5.0,
)  # fmt: skip
HEAD = "G21 G17 G90 G94 G40 G49 G80 G54\nT1 M6\nG43 H1\nS1000 M3\nG0 X0 Y0 Z5\nG1 Z-2 F100\n"


def one_setup(text: str) -> tuple[Plan, dict[str, str]]:
    """A plan of one milling setup over a block."""
    stock = Body(kind="box", min=(-50.0, -50.0, -20.0), max=(50.0, 50.0, 0.0))
    place: Matrix4 = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    setup = Setup(name="1", kind="mill", program="1.ngc", work_offset="G54", model_to_work=place, fixtures=())
    plan = Plan(
        format="nightmill-plan/1", part="block", units="mm", target_sha256="", stock=stock, tools=(MILL,), setups=(setup,),
        uncut=(), cycle_time_s=0.0,
    )  # fmt: skip
    return plan, {"1.ngc": text}


def test_the_second_measure_clears_what_a_cutter_sweeps() -> None:
    plan, texts = one_setup(HEAD + "G1 X30\nG1 X30 Y20 Z-6\nM2\n")
    points = np.random.default_rng(1).uniform((-10, -10, -8), (40, 30, 2), (4000, 3))
    gone = removed(points, read_moves(plan, texts))
    inside = np.zeros(len(points), dtype=np.bool_)
    for share in np.linspace(0, 1, 4001):
        for x, y, z in ((30 * share, 0.0, -2.0), (30.0, 20 * share, -2 - 4 * share)):
            inside |= (np.hypot(points[:, 0] - x, points[:, 1] - y) < 5) & (points[:, 2] > z) & (points[:, 2] <= z + 20)
    assert 0.1 < inside.mean() < 0.9
    assert (gone != inside).mean() < 0.01


def test_a_lathe_tool_leaves_its_nose_in_a_corner() -> None:
    # faced to z = 0 and turned to r = 10: the nose leaves the corner's hollow of (1 - pi/4) r2, and no more
    start, corner, out = np.array([10.0, 0, 30.0]), np.array([10.0, 0, 0.0]), np.array([20.0, 0, 0.0])
    draw = np.random.default_rng(2)
    plane = draw.uniform((0, 10), (0.8, 10.8), (20_000, 2))
    gone = turned_opinion.swept(TURNING, start, corner, plane) | turned_opinion.swept(TURNING, corner, out, plane)
    assert abs((~gone).mean() - (1 - math.pi / 4)) < 0.02
    below = draw.uniform((0, 8), (30, 10), (5000, 2))
    assert not turned_opinion.swept(TURNING, start, corner, below).any()


def test_rewritings_move_alike() -> None:
    text = HEAD + "".join(f"G1 X{x / 8} Y{x % 7}\n" for x in range(1, 200)) + "G2 X29.875 I2.5\nG53 G0 Z0\nM2\n"
    ends = {move.end for move in interpret(text).primitives}
    for word, rewrite in REWRITINGS.items():
        new = "\n".join(rewrite(text.splitlines(), random.Random(1)))
        assert new != text, word
        motions = interpret(new)
        assert not motions.problems, (word, motions.problems)
        assert ends <= {move.end for move in motions.primitives}, word


@pytest.mark.slow
def test_faults_are_caught_and_rewritten_programs_are_not(tmp_path: Path) -> None:
    step = tmp_path / "part.step"
    write(make(4), step)
    plan_part(step, out=tmp_path / "plan")
    good = verification.good_plans([(tmp_path / "plan", step)])
    assert good
    assert verification.judge_rewritings(good, len(REWRITINGS), 1, math.inf, workers=2) == (len(REWRITINGS), 0)
    tally = verification.judge_faults(good, 12, 1, math.inf, workers=2)
    assert tally.judged == 12
    assert all(all(results) for results in tally.real.values())
