"""Toolpaths for tests, written down as LinuxCNC text: the plain words that ``LinuxcncPost`` writes."""

import re

from nightmill.cam.post.gcode import CYCLES
from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.milling_program import Program
from nightmill.cam.toolpath.toolpath import (
    Arc,
    Begin,
    Block,
    Coolant,
    Cycle,
    End,
    FeedRate,
    Line,
    Rapid,
    Remark,
    Retract,
    Spindle,
    SpindleOff,
    Synchronised,
    ToolChange,
    Toolpath,
)
from nightmill.cam.toolpath.turning_program import TurningProgram

KINDS = {code: kind for kind, code in CYCLES.items()}


def lines_of(program: Program | TurningProgram) -> list[str]:
    """Return the lines of a program so far, as the LinuxCNC post writes them."""
    return list(LinuxcncPost.write(Toolpath(tuple(program.blocks))).lines)


def toolpath_of_text(text: str) -> Toolpath:
    """Return the toolpath that ``text`` is the LinuxCNC program of; ValueError for a line that the post doesn't write."""
    turning = "G18" in text
    blocks: list[Block] = []
    feed = 0.0
    for raw in text.splitlines():
        comment = re.search(r"\((.*)\)$", raw)
        code = raw[: comment.start()].strip() if comment else raw.strip()
        words = dict(re.findall(r"([A-Z])(-?[\d.]+)", code))
        value = {letter: float(number) for letter, number in words.items() if letter not in "GM"}
        x = value.get("X", 0.0) / 2 if turning and "X" in value else value.get("X")
        if not code:
            blocks.append(Remark(comment.group(1) if comment else ""))
        elif code.startswith(("G21", "G43", "G80")):
            blocks += [Begin("turn" if turning else "mill", 0.01)] if code.startswith("G21") else []
        elif code.startswith("G64"):
            continue
        elif code.startswith("G53"):
            blocks.append(Retract("".join(re.findall(r"[XYZ]", code))))
        elif "T" in value:
            blocks.append(ToolChange(int(value["T"]), comment.group(1) if comment else ""))
        elif code.startswith("G96"):
            blocks.append(Spindle(value["D"], value["S"]))
        elif "S" in value:
            blocks.append(Spindle(value["S"]))
        elif code in {"M8", "M9"}:
            blocks.append(Coolant(code == "M8"))
        elif code in {"M5", "M2"}:
            blocks.append(SpindleOff() if code == "M5" else End())
        elif code.startswith("F"):
            blocks.append(FeedRate(value["F"]))
        elif code.startswith("G33"):
            blocks.append(Synchronised(value["Z"], value["K"], tap=code.startswith("G33.1")))
        elif code.startswith("G0"):
            blocks.append(Rapid(x, value.get("Y"), value.get("Z")))
        else:
            feed = value.get("F", feed)
            blocks.append(_cut(code, value, x, feed if not turning else None))
    return Toolpath(tuple(blocks))


def _cut(code: str, value: dict[str, float], x: float | None, feed: float | None) -> Block:
    cycle = re.match(r"(G98|G99) (G\d+)", code)
    if cycle:
        return Cycle(
            KINDS[cycle[2]],
            value["X"],
            value["Y"],
            value["R"],
            value["Z"],
            value["F"],
            value.get("Q", 0.0),
            cycle[1] == "G98",
        )
    if code.startswith("G1"):
        return Line(x, value.get("Y"), value.get("Z"), feed)
    if x is None or not code.startswith(("G2", "G3")):
        raise ValueError(code)
    return Arc(
        code.startswith("G3"), x, value["I"], value.get("Y"), value.get("J"), value.get("Z"), value.get("K"), feed
    )
