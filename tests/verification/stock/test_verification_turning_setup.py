"""Turned parts in one, two and three setups, certified; then one fault at a time, each of which the verifier must see."""

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from turned_parts import SECTIONS, Step, drilled_across, turned, write

from nightmill.cad import PartModel, read_part
from nightmill.cam import PlanningTask, default_machine, default_tools, material_named, plan_route, write_plan
from nightmill.verification import certify, interpret
from nightmill.verification.removal.lathe_tool_outline import outline_of
from nightmill.verification.removal.turned_cuts import shrunk
from nightmill.verification.removal.turned_kernels import covers, sweep_rows
from nightmill.vocabulary.plan import Certificate, Plan, Thread, Tool

pytestmark = pytest.mark.slow  # every program is planned first

AXES = (
    (0.0, 0.0, 1.0),
    (1.0, 0.0, 0.0),
    (0.0, 1.0, 0.0),
    (0.0, 0.0, -1.0),
    (0.6, 0.0, 0.8),
    (-1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0),
)


def planned(step: Path, folder: Path, threads: tuple[Thread, ...] = ()) -> Plan:
    """Plan a part with ``threads`` into ``folder``."""
    part = read_part(step)
    found = plan_route(
        PlanningTask(part, default_tools(), default_machine(), material_named("Al 6061"), threads=threads)
    )
    folder.mkdir()
    for name, content in found.files.items():
        (folder / name).write_bytes(content)
    (folder / "plan.json").write_bytes(write_plan(found.plan))
    return found.plan


# Most of the time of these goes into planning.
LONG_TO_PLAN = ("bushing", "fillets", "ball")


@pytest.mark.parametrize(
    ("name", "axis"),
    [
        pytest.param(name, axis, marks=[pytest.mark.slow] if name in LONG_TO_PLAN else [])
        for name, axis in zip(SECTIONS, AXES, strict=True)
    ],
)
def test_a_turned_part_is_certified(name: str, axis: tuple[float, float, float], tmp_path: Path) -> None:
    step = write(turned(SECTIONS[name], axis), tmp_path / f"{name}.step")
    plan = planned(step, tmp_path / "plan")
    assert {setup.kind for setup in plan.setups} == {"turn"}
    found = certify(tmp_path / "plan", step)
    assert found.certified, found.messages
    assert (found.gouge_mm, found.rapid_hits, found.collisions) == (0.0, 0, 0)
    assert found.certified_area_share is not None
    assert found.certified_area_share >= 0.995


def test_a_cross_hole_follows_on_the_mill(tmp_path: Path) -> None:
    pin = turned([(0, 0), (10, 0), (10, 40), (7, 40), (7, 60), (0, 60)])
    step = write(drilled_across(pin, (-3, -4, 20), (1, 0, 0), 2.0), tmp_path / "pin.step")
    plan = planned(step, tmp_path / "plan")
    assert [setup.kind for setup in plan.setups] == ["turn", "mill"]
    found = certify(tmp_path / "plan", step)
    assert found.certified, found.messages


def test_a_groove_in_a_bore_that_is_not_cut_shows(tmp_path: Path) -> None:
    step = write(turned(SECTIONS["circlip"]), tmp_path / "circlip.step")
    plan = planned(step, tmp_path / "plan")
    bars = {tool.number for tool in plan.tools if tool.type == "boring" and tool.width_mm}
    assert any(each.tool in bars for setup in plan.setups for each in setup.steps)
    good = certify(tmp_path / "plan", step)
    assert good.certified, good.messages
    for setup in plan.setups:
        path = tmp_path / "plan" / setup.program
        lines = path.read_text().splitlines()
        for each in reversed(setup.steps):
            if each.tool in bars:
                del lines[each.line_from - 1 : each.line_to]
        path.write_text("\n".join(lines) + "\n")
    found = certify(tmp_path / "plan", step)
    assert not found.certified, "no axis of the model sees into the groove, but a bar gets there"
    assert any("stay uncut" in message for message in found.messages)


@pytest.fixture(scope="module")
def shaft(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A shaft with grooves, and its plan's folder."""
    home = tmp_path_factory.mktemp("shaft")
    step = write(turned(SECTIONS["shaft"]), home / "shaft.step")
    planned(step, home / "plan")
    return step, home / "plan"


@pytest.fixture(scope="module")
def bushing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A bushing in two setups, and its plan's folder."""
    home = tmp_path_factory.mktemp("bushing")
    step = write(turned(SECTIONS["bushing"]), home / "bushing.step")
    planned(step, home / "plan")
    return step, home / "plan"


Change = Callable[[Plan, dict[str, str]], Plan]


def faulty(good: tuple[Path, Path], folder: Path, change: Change) -> Certificate:
    """The certificate of a plan after ``change`` to its record and its programs."""
    step, source = good
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    plan = msgspec.json.decode((source / "plan.json").read_bytes(), type=Plan)
    programs = {setup.program: (source / setup.program).read_text() for setup in plan.setups}
    plan = change(plan, programs)
    for name, text in programs.items():
        (folder / name).write_text(text)
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan))
    return certify(folder, step)


def block(text: str, title: str) -> tuple[int, int]:
    """First and last line (from 0) of the step under the comment ``title``."""
    lines = text.splitlines()
    first = lines.index(f"({title})")
    after = [i for i in range(first + 1, len(lines)) if lines[i].startswith("(") and not lines[i].startswith("(T")]
    return first, (after[0] if after else len(lines) - 6)


def shifted(text: str, title: str, axis: str, by: float) -> str:
    """The step's coordinates of one axis moved."""
    first, last = block(text, title)
    lines = text.splitlines()
    for at in range(first + 1, last):
        if "G53" not in lines[at]:
            lines[at] = re.sub(rf"{axis}(-?[\d.]+)", lambda m: f"{axis}{float(m[1]) + by:.4f}", lines[at])
    return "\n".join(lines) + "\n"


def edited(change: Callable[[str], str], program: str = "1.ngc") -> Change:
    """A change to the text of one program."""

    def apply(plan: Plan, programs: dict[str, str]) -> Plan:
        before = programs[program]
        programs[program] = change(before)
        assert programs[program] != before
        return plan

    return apply


def without(title: str) -> Change:
    """The program without one step."""

    def change(text: str) -> str:
        first, last = block(text, title)
        lines = text.splitlines()
        return "\n".join([*lines[:first], *lines[last:]]) + "\n"

    return edited(change)


def other_tool(kind: str, **values: float) -> Change:
    """Every tool of a kind with other measures than the planner knew."""

    def apply(plan: Plan, programs: dict[str, str]) -> Plan:
        tools = tuple(msgspec.structs.replace(t, **values) if t.type == kind else t for t in plan.tools)
        return msgspec.structs.replace(plan, tools=tools)

    return apply


def rapid_cut(text: str) -> str:
    """The first roughing cut as a rapid."""
    first, last = block(text, "rough outside")
    lines = text.splitlines()
    at = next(i for i in range(first, last) if lines[i].startswith("G1") and float(lines[i].split("Z")[1]) < -5)
    lines[at] = lines[at].replace("G1", "G0")
    return "\n".join(lines) + "\n"


FAULTS: dict[str, Change] = {
    "finish 0.1 mm too small": edited(lambda t: shifted(t, "finish outside", "X", -0.1)),
    "finish 0.1 mm in diameter too large": edited(lambda t: shifted(t, "finish outside", "X", 0.2)),
    "finish 0.1 mm to the left": edited(lambda t: shifted(t, "finish outside", "Z", -0.1)),
    "finish 0.1 mm to the right": edited(lambda t: shifted(t, "finish outside", "Z", 0.1)),
    "groove 0.1 mm to the left": edited(lambda t: shifted(t, "groove", "Z", -0.1)),
    "groove 0.1 mm too deep": edited(lambda t: shifted(t, "groove", "X", -0.2)),
    "parted 0.1 mm too early": edited(lambda t: shifted(t, "part off", "Z", 0.1)),
    "a smaller nose than planned": other_tool("turning", nose_radius_mm=0.2),
    "a larger nose than planned": other_tool("turning", nose_radius_mm=1.2),
    "a wider blade than planned": other_tool("grooving", width_mm=3.2),
    "a blunter insert, whose flank rubs": other_tool("turning", insert_angle_deg=86.0),
    "a short shank, so that the holder meets the jaws": other_tool("turning", flute_length_mm=8.0, stickout_mm=12.0),
    "no finishing pass": without("finish outside"),
    "no groove": without("groove"),
    "no roughing: the facing tool's next rapids run into the bar": without("face"),
    "a cut at rapid": edited(rapid_cut),
    "radius read as diameter": edited(lambda t: t.replace("G7 ", "G8 ")),
    "neither radius nor diameter said": edited(lambda t: t.replace("G7 ", "")),
    "an arc the other way": edited(lambda t: re.sub(r"^G3 ", "G2 ", t, flags=re.M)),
    "the spindle is stopped": edited(lambda t: t.replace(" M3", "")),
    "the spindle backwards for one tool": edited(lambda t: t.replace(" M3", " M4", 1)),
    "the spindle backwards for all tools": edited(lambda t: t.replace(" M3", " M4")),
    "a spindle that turns the other way than the setup says": lambda plan, _: msgspec.structs.replace(
        plan, setups=tuple(msgspec.structs.replace(setup, spindle="M4") for setup in plan.setups)
    ),
    "an axis that a lathe lacks": edited(lambda t: t.replace("G1 X", "G1 Y1 X", 1)),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_turning_program_is_seen(fault: str, shaft: tuple[Path, Path], tmp_path: Path) -> None:
    found = faulty(shaft, tmp_path, FAULTS[fault])
    assert not found.certified
    assert found.messages


TWO_SETUPS: dict[str, Change] = {
    "bored 0.1 mm too wide": edited(lambda t: shifted(t, "finish inside", "X", 0.2)),
    "bored 0.1 mm too deep": edited(lambda t: shifted(t, "finish inside", "Z", -0.1), "2.ngc"),
    "the second setup 0.1 mm off in Z": edited(lambda t: re.sub(r"(?<!G0 )Z(-[\d.]+)", lambda m: f"Z{float(m[1]) - 0.1:.4f}", t), "2.ngc"),
    "jaws that reach over the cut": lambda plan, _: msgspec.structs.replace(
        plan,
        setups=(
            plan.setups[0],
            msgspec.structs.replace(
                plan.setups[1],
                fixtures=tuple(
                    msgspec.structs.replace(body, kind="cylinder", base=(0.0, 17.0, -20.0), axis=(0.0, 0.0, 1.0), radius=1.5, height=30.0, file=None)
                    for body in plan.setups[1].fixtures[:1]
                ),
            ),
        ),
    ),
    "the second setup missing": lambda plan, _: msgspec.structs.replace(plan, setups=plan.setups[:1]),
    "the first setup missing": lambda plan, _: msgspec.structs.replace(plan, setups=plan.setups[1:]),
}  # fmt: skip


@pytest.mark.parametrize("fault", TWO_SETUPS)
def test_a_fault_over_two_setups_is_seen(fault: str, bushing: tuple[Path, Path], tmp_path: Path) -> None:
    assert not faulty(bushing, tmp_path, TWO_SETUPS[fault]).certified


def test_constant_surface_speed_gives_the_feed_at_each_diameter() -> None:
    text = "G21 G18 G7 G90 G95 G54\nT1 M6\nG43 H1\nG96 D2000 S100 M3\nF0.2\nG0 X40 Z1\nG1 Z-10\nG0 X42\nG1 X0\nG97 S500\nG1 X1\nM2\n"
    motions = interpret(text, lathe=True, home=(100.0, 0.0, 100.0))
    assert not motions.problems
    cuts = [move for move in motions.primitives if move.kind == 1]
    assert cuts[0].rpm == pytest.approx(100_000 / (np.pi * 40))
    assert cuts[0].feed_mm_min == pytest.approx(0.2 * cuts[0].rpm)
    assert cuts[1].rpm == pytest.approx(100_000 / (np.pi * 21))
    assert cuts[2].rpm == 500
    assert cuts[0].end == (20.0, 0.0, -10.0)


def test_points_and_raster_agree_on_what_a_stroke_covers() -> None:
    tools = [
        Tool(1, "turning", 12.7, flute_length_mm=8, shank_diameter_mm=20, stickout_mm=60, holder_diameter_mm=40,
             nose_radius_mm=0.8, insert_angle_deg=55, lead_angle_deg=-3),
        Tool(2, "boring", 10, flute_length_mm=2.5, shank_diameter_mm=8, stickout_mm=40, nose_radius_mm=0.4),
        Tool(5, "boring", 8, flute_length_mm=1.8, shank_diameter_mm=5.8, stickout_mm=24, nose_radius_mm=0.05, width_mm=1),
        Tool(3, "grooving", 3, flute_length_mm=9, stickout_mm=60, shank_diameter_mm=20, width_mm=3, nose_radius_mm=0.2),
        Tool(4, "drill", 8, flute_length_mm=30, stickout_mm=40, shank_diameter_mm=8),
    ]  # fmt: skip
    rng = np.random.default_rng(5)
    grid = np.array([-20.0, 0.0, 0.25])
    for tool in tools:
        corners = outline_of(tool).cuts
        way = np.roll(corners, -1, axis=0) - corners
        way /= np.linalg.norm(way, axis=1)[:, None]
        normal = np.stack([way[:, 1], -way[:, 0]], axis=1)
        sides = np.ascontiguousarray(np.hstack([normal, (normal * corners).sum(axis=1)[:, None]]))
        for _ in range(5):
            move = rng.uniform([-12, -2, -12, -2], [8, 12, 8, 12])
            raster = np.ones((80, 160), dtype=np.bool_)
            sweep_rows(raster, grid, move, corners, True)
            for j, i in zip(*np.nonzero(raster | ~raster), strict=True):
                if (j + i) % 7 == 0:
                    z, r = grid[0] + (i + 0.5) * grid[2], (j + 0.5) * grid[2]
                    inside = any(covers(z, x, move, sides, 0, len(sides)) for x in (r, -r))
                    assert inside != raster[j, i]


def test_a_shrunk_outline_keeps_its_distance_and_a_thin_one_vanishes() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]])
    found = shrunk(square, 0.5)
    assert found is not None
    assert sorted(map(tuple, found.round(9).tolist())) == [(0.5, 0.5), (0.5, 1.5), (3.5, 0.5), (3.5, 1.5)]
    assert shrunk(square, 1.1) is None


THREADED: dict[str, list[Step]] = {
    # M12 with an undercut behind it, a flange, M16 x 1.5 up to a shoulder at the other end, an M6 core into it
    "stud": [(0, 14), (2.5, 14), (2.5, 0), (7, 0), (8, 1), (8, 24), (12, 24), (12, 32), (4.75, 32), (4.75, 35), (6, 35), (6, 53.8),
             (4.8, 55), (0, 55)],
    # a nut with M8 through, M30 x 1.5 around it
    "ring": [(3.4, 0), (14, 0), (15, 1), (15, 18), (26, 18), (26, 24), (3.4, 24)],
}  # fmt: skip


def _face(part: PartModel, radius: float) -> int:
    return next(f.id for f in part.faces if f.surface == "cylinder" and abs((f.radius_mm or 0.0) - radius) < 1e-6)


@pytest.fixture(scope="module")
def stud(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A stud with threads on both ends and in one, and its plan's folder."""
    home = tmp_path_factory.mktemp("stud")
    step = write(turned(THREADED["stud"], (0.0, 1.0, 0.0)), home / "stud.step")
    part = read_part(step)
    asked = ((12.0, 1.75, 6.0, 0.0), (16.0, 1.5, 8.0, 20.0), (6.0, 1.0, 2.5, 9.0))
    planned(step, home / "plan", tuple(Thread(d, p, (_face(part, r),), deep) for d, p, r, deep in asked))
    return step, home / "plan"


def test_threads_at_both_ends_and_in_one_are_cut_and_certified(stud: tuple[Path, Path]) -> None:
    step, folder = stud
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    threads = [s for setup in plan.setups for s in setup.steps if s.strategy in ("thread", "tap")]
    assert sorted(s.name for s in threads) == [
        "tap tap M6 x 1",
        "thread thread 16ER 1.5 ISO",
        "thread thread 16ER 1.75 ISO",
    ]
    assert all(s.faces for s in threads)
    found = certify(folder, step)
    assert found.certified, found.messages
    texts = "".join((folder / setup.program).read_text() for setup in plan.setups)
    for size, pitch in ((12.0, 1.75), (16.0, 1.5)):
        head = texts.index(f"(thread M{size:g} x {pitch:g})")
        cuts = re.findall(rf"G0 X([\d.]+)\nG33 Z(-[\d.]+) K{pitch:g}\n", texts[head : head + 4000])
        depths = [(size - float(x)) / 2 for x, _ in cuts]
        assert depths == sorted(depths)
        assert depths[-1] == depths[-2] == pytest.approx(0.6138 * pitch, abs=0.002), (
            "17/24 H by ISO 68-1, nose 0.144 pitch"
        )
        areas = [b * b - a * a for a, b in pairwise([0.0, *depths[:-1]])]
        assert max(areas) < 1.05 * min(areas), "each pass takes as much"
    assert "G33.1 Z-12 K1" in texts


def _of_thread(change: Callable[[str], str], title: str) -> Change:
    """A change to the step with that title, in whichever program it stands."""

    def apply(plan: Plan, programs: dict[str, str]) -> Plan:
        name = next(name for name, text in programs.items() if f"({title})" in text)
        first, last = block(programs[name], title)
        lines = programs[name].splitlines()
        middle = change("\n".join(lines[first:last]))
        assert middle != "\n".join(lines[first:last])
        programs[name] = "\n".join([*lines[:first], middle, *lines[last:]]) + "\n"
        return plan

    return apply


THREAD_FAULTS: dict[str, Change] = {
    "another pitch": _of_thread(lambda t: t.replace("K1.75", "K1.5"), "thread M12 x 1.75"),
    "not tied to the spindle": _of_thread(
        lambda t: t.replace("G33 ", "G1 ").replace(" K1.75", ""), "thread M12 x 1.75"
    ),
    "0.1 mm too deep": _of_thread(
        lambda t: re.sub(r"X([\d.]+)(?=\nG33)", lambda m: f"X{float(m[1]) - 0.2:.4f}", t), "thread M12 x 1.75"
    ),
    "into the shoulder": _of_thread(
        lambda t: re.sub(r"G33 Z(-[\d.]+)", lambda m: f"G33 Z{float(m[1]) - 5:.4f}", t), "thread M12 x 1.75"
    ),
    "a tap of another pitch": _of_thread(lambda t: t.replace("K1", "K1.25"), "tap M6 x 1"),
    "a tap into the ground": _of_thread(lambda t: t.replace("Z-12", "Z-16"), "tap M6 x 1"),
    "a tap beside the axis": _of_thread(lambda t: t.replace("G0 X0", "G0 X0.4"), "tap M6 x 1"),
}


@pytest.mark.parametrize("fault", THREAD_FAULTS)
def test_a_fault_in_a_thread_is_seen(fault: str, stud: tuple[Path, Path], tmp_path: Path) -> None:
    found = faulty(stud, tmp_path, THREAD_FAULTS[fault])
    assert not found.certified
    assert found.messages


def test_holes_beside_the_axis_of_a_turned_part_are_tapped_on_the_mill(tmp_path: Path) -> None:
    solid = turned(THREADED["ring"])
    for x, y in ((21.0, 0.0), (-21.0, 0.0)):
        solid = drilled_across(solid, (3 + x, 4 + y, 5.0), (0.0, 0.0, 1.0), 1.65)
    step = write(solid, tmp_path / "ring.step")
    part = read_part(step)
    holes = tuple(f.id for f in part.faces if f.surface == "cylinder" and abs((f.radius_mm or 0.0) - 1.65) < 1e-6)
    asked = (Thread(4.0, 0.7, holes), Thread(8.0, 1.25, (_face(part, 3.4),)), Thread(30.0, 1.5, (_face(part, 15.0),)))
    plan = planned(step, tmp_path / "plan", asked)
    done = [(setup.kind, s.strategy) for setup in plan.setups for s in setup.steps if s.strategy in ("thread", "tap")]
    assert sorted(done) == [("mill", "tap"), ("turn", "tap"), ("turn", "thread")]
    found = certify(tmp_path / "plan", step)
    assert found.certified, found.messages
