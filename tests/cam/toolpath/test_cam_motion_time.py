"""The planner's own account of time is that of the motion model, but for a little."""

import math

import msgspec
import numpy as np
import pytest
from toolpath_text import lines_of

from nightmill.cam import default_machine, default_tools, material_named
from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.geometry.arc_fitting import fitted
from nightmill.cam.planning.undo import Undo
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.milling_program import Program
from nightmill.cam.toolpath.motion_time import change_s, rest_s
from nightmill.verification import read_program

MACHINE = default_machine()


def model_s(program: Program) -> float:
    """What the motion model says of the feed moves, which begin and end at rest."""
    text = "G21 G17 G90 G94\nG64 P0.01\nT1 M6\nG0 X0 Y0 Z0\n" + "\n".join(lines_of(program)) + "\nM2\n"
    read = read_program(text, msgspec.structs.replace(MACHINE, tool_change_s=0.0), home=(0.0, 0.0, 0.0))
    return read.cutting_s


def begun() -> Program:
    program = Program(MACHINE, [], 5.0)
    program.at, program.blocks = (0.0, 0.0, 0.0), []
    return program


def test_rapids_take_what_the_motion_model_says() -> None:
    for distance in (0.2, 1.0, 5.0, 21.0, 22.0, 60.0, 110.0, 115.0, 500.0):
        read = read_program(
            f"G21 G90\nT1 M6\nG0 X{distance}\nM2\n",
            msgspec.structs.replace(MACHINE, tool_change_s=0.0), home=(0.0, 0.0, 0.0),
        )  # fmt: skip
        said = rest_s(distance, MACHINE.rapid_mm_min / 60, MACHINE.accel_mm_s2)
        assert said == pytest.approx(read.rapid_s, rel=0.01)


def test_a_change_of_speed_is_held_by_jerk_or_by_acceleration() -> None:
    assert change_s(45.0, 3000.0) == pytest.approx(2 * math.sqrt(45.0 / 50000.0))
    assert change_s(500.0, 3000.0) == pytest.approx(500.0 / 3000.0 + 3000.0 / 50000.0)


@pytest.mark.parametrize(
    ("step", "rate"), [(0.3, 160.0), (0.3, 1200.0), (3.0, 1200.0), (3.0, 3000.0), (30.0, 3000.0), (30.0, 8000.0)]
)
def test_a_way_with_corners_takes_about_what_the_motion_model_says(step: float, rate: float) -> None:
    random = np.random.default_rng(int(rate + step))
    program = begun()
    headings = np.cumsum(random.uniform(-2.0, 2.0, 60))
    points = np.cumsum(step * np.column_stack([np.cos(headings), np.sin(headings), np.zeros(60)]), axis=0)
    for some in np.split(points, [1, 4, 30]):  # a way in several goes, none of which stops the tool
        program.feed(some, rate)
    assert program.time_s == pytest.approx(model_s(program), rel=0.2)


def test_arcs_and_short_chords_take_about_what_the_motion_model_says() -> None:
    angles = np.linspace(0.0, 2 * np.pi, 200)
    for radius in (1.0, 5.0, 20.0):
        ring = radius * np.column_stack([np.sin(angles), 1 - np.cos(angles)])
        for curve in (True, False):
            program = begun()
            if curve:
                program.trace(fitted(ring, 0.002), 0.0, 3000.0)
            else:
                program.feed(np.column_stack([ring, np.zeros(200)])[1:], 3000.0)
            assert program.time_s == pytest.approx(model_s(program), rel=0.2)


def test_going_back_to_a_state_forgets_what_was_run_since() -> None:
    program = begun()
    program.feed([(10.0, 0.0, 0.0)], 3000.0)
    undo, began_s, spent = Undo(program), program.time_s, []
    state = undo.mark()
    for _ in range(2):
        undo.back(state)
        program.feed([(20.0, 0.0, 0.0)], 3000.0)
        spent.append(program.time_s)
        program.down(5.0)
    assert spent[0] == spent[1]
    assert spent[0] - began_s == pytest.approx(10.0 / 50.0), "straight on, at the same feed"


def test_a_program_counts_the_ways_down_from_where_tools_are_changed_and_up_again() -> None:
    mill = next(t for t in default_tools() if t.type == "flat")
    program = Program(MACHINE, [], 5.0)
    for tool in (mill, next(t for t in default_tools() if t.type == "drill")):
        program.load(tool, milling(mill, material_named("6061"), MACHINE, 1.0, 1.0), tool.name)
        program.over(0.0, 0.0)
        program.feed([(0.0, 0.0, -1.0)], 500.0)
    text = LinuxcncPost.write(program.finish()).text
    read = read_program(text, MACHINE)
    assert program.time_s == pytest.approx(read.cycle_s, rel=0.03)
