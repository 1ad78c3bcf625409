"""LinuxCNC's own interpreter as an oracle: its canonical moves of a program, and ours in the same form."""

import math
import os
import re
import shutil
import subprocess
from pathlib import Path

from nightmill.verification import Primitive, interpret

MISSING = "rs274 of LinuxCNC is not here: run .ci/rs274 and name what it prints in NIGHTMILL_RS274"
_LINE = re.compile(r"^\s*\d+\s+N\S*\s+(\w+)\((.*)\)\s*$")
_PLANES = {"CANON_PLANE_XY": (0, 1, 2), "CANON_PLANE_XZ": (2, 0, 1), "CANON_PLANE_YZ": (1, 2, 0)}
# rs274 writes four decimals of the unit in force.
TOLERANCE_MM = 1.01e-4

Move = tuple[str, tuple[float, ...]]


def find() -> Path | None:
    """The interpreter that the environment names, or one on the path."""
    named = os.environ.get("NIGHTMILL_RS274") or shutil.which("rs274")
    return Path(named) if named and Path(named).is_file() else None


def theirs(rs274: Path, text: str, tools: list[int], folder: Path) -> list[Move]:
    """The moves, tool changes, feeds and speeds as rs274 executes them; AssertionError where it refuses the program."""
    (folder / "program.ngc").write_text(text)
    (folder / "tools.tbl").write_text("".join(f"T{number} P{number} D1 Z0\n" for number in tools))
    canon = folder / "canon.txt"
    done = subprocess.run(
        [str(rs274), "-t", str(folder / "tools.tbl"), "-g", str(folder / "program.ngc"), str(canon)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        # it keeps its tool table in a file there, and two at a time take each other's tools
        env={**os.environ, "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return _read(canon.read_text())


def _read(canon: str) -> list[Move]:
    moves: list[Move] = []
    at: tuple[float, ...] = (0.0, 0.0, 0.0)
    plane = (0, 1, 2)
    feed = tool = selected = speed = 0.0
    turn: float | None = None
    unit = 1.0
    for line in canon.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        name, inside = found.groups()
        if name == "USE_LENGTH_UNITS":
            unit = 25.4 if inside == "CANON_UNITS_INCHES" else 1.0
        elif name == "SELECT_PLANE":
            plane = _PLANES[inside]
        elif name == "SET_FEED_RATE":
            feed = float(inside) * unit
        elif name == "SET_SPINDLE_SPEED":
            speed = float(inside.split(",")[-1].split()[-1])
        elif name in ("START_SPEED_FEED_SYNC", "STOP_SPEED_FEED_SYNCH"):
            turn = float(inside.split(",")[0]) * unit if inside else None
        elif name == "RIGID_TAP":
            end = tuple(float(value) * unit for value in inside.split(",")[:3])
            moves += [("feed", (tool, (turn or 0.0) * speed, *place)) for place in (end, at)]
        elif name == "SELECT_TOOL":
            selected = float(inside)
        elif name == "CHANGE_TOOL":  # its own argument is a place in the magazine
            tool = selected
        elif name in ("STRAIGHT_TRAVERSE", "STRAIGHT_FEED"):
            end = tuple(float(value) * unit for value in inside.split(",")[:3])
            if math.dist(at, end) > TOLERANCE_MM:
                rate = feed if turn is None else turn * speed
                moves.append(("rapid", (tool, *end)) if name == "STRAIGHT_TRAVERSE" else ("feed", (tool, rate, *end)))
            at = end
        elif name == "ARC_FEED":
            a, b, center_a, center_b, turns, c = (float(value) for value in inside.split(",")[:6])
            a, b, c, center_a, center_b = a * unit, b * unit, c * unit, center_a * unit, center_b * unit
            place = [0.0, 0.0, 0.0]
            place[plane[0]], place[plane[1]], place[plane[2]] = a, b, c
            moves.append(("arc", (tool, feed, *place, center_a, center_b, turns)))
            at = tuple(place)
    return moves


def ours(text: str) -> list[Move]:
    """Our primitives in the same form, the machine's home at the work offset's zero; AssertionError on a problem."""
    motions = interpret(text, home=(0.0, 0.0, 0.0))
    assert not motions.fatal, motions.problems
    return [_move(move) for move in motions.primitives if move.arc or math.dist(move.start, move.end) > TOLERANCE_MM]


def _move(move: Primitive) -> Move:
    if move.arc is not None:
        turns = math.copysign(max(1, math.ceil(abs(move.arc.sweep) / (2 * math.pi) - 1e-6)), move.arc.sweep)
        return "arc", (float(move.tool), move.feed_mm_min, *move.end, *move.arc.center, turns)
    if move.kind == 0:
        return "rapid", (float(move.tool), *move.end)
    return "feed", (float(move.tool), move.feed_mm_min, *move.end)


def assert_same(a: list[Move], b: list[Move], tolerance_mm: float = TOLERANCE_MM) -> None:
    """Fail at the first move that differs."""
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        same = left[0] == right[0] and all(
            abs(x - y) <= tolerance_mm * max(1.0, abs(x) * 1e-3) for x, y in zip(left[1], right[1], strict=True)
        )
        assert same, f"move {index}: rs274 {left}, ours {right}"
    assert len(a) == len(b), f"rs274 makes {len(a)} moves, ours {len(b)}"
