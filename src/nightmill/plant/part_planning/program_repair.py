"""The repair half of the plan-verify loop: moves that the verifier rejects are removed from the program, which is then verified again.

A step that rapids through stock, runs its shank or holder into stock or cuts into the part is ended before the first such line; the later
steps, each with its own tool change from the safe height, are kept. The verifier then finds the areas left uncut. A step that cuts a
thread is removed as a whole.
"""

import math
import re

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.cam import Refused
from nightmill.plant.part_planning.checkpoint import THREADING, threading
from nightmill.vocabulary.certificate_findings import FindingCode
from nightmill.vocabulary.plan import Certificate, Plan, Setup, Step, Tool

ROUNDS = 4
_OFFENCES = frozenset(
    {
        FindingCode.RAPID_INTO_STOCK,
        FindingCode.SHANK_INTO_STOCK,
        FindingCode.FIXTURE_COLLISION,
        FindingCode.SECTION_GOUGE,
    }
)
"""Faults that name the line whose move is at fault."""
_GOUGES = frozenset({FindingCode.SETUP_GOUGE, FindingCode.WALL_GOUGE, FindingCode.FACE_GOUGE})
"""Faults that name a point in the part that is cut away."""
_COMMENT = re.compile(r"\(.*?\)")
_TOOL = re.compile(r"\bT(\d+)")
_WORD = re.compile(r"([XYZIJ])(-?[\d.]+)")
_ARC = re.compile(r"\bG([23])\b")
_PROBE_MM = 0.05
_HAIR_MM = 0.012
"""Smaller than the depth of a gouge, and larger than the distance of a finished wall from its face."""
_RETRACT = "G53 G0 Z0"


def repaired(plan: Plan, files: dict[str, bytes], certificate: Certificate) -> tuple[Plan, dict[str, bytes]] | None:
    """Return the plan without its offending moves, or ``None`` if the certificate gives no line that can be removed."""
    first: dict[str, int] = {}
    for name, line in (*_named(certificate), *gouging_lines(plan, files, certificate)):
        first[name] = min(line, first.get(name, line))
    if not first:
        return None
    setups, changed = [], dict(files)
    for setup in plan.setups:
        offence = first.get(setup.name)
        if offence is None:
            setups.append(setup)
            continue
        mended, text = _shortened(setup, files[setup.program].decode(), offence)
        changed[setup.program] = text.encode()
        if mended.steps:
            setups.append(mended)
    seconds = round(sum(setup.cycle_time_s for setup in setups), 1)
    return msgspec.structs.replace(plan, setups=tuple(setups), cycle_time_s=seconds), changed


def threads_lost(planned: Plan, left: Plan) -> tuple[str, ...]:
    """Return a sentence for each ``planned`` thread that no step of the remaining plan, ``left``, cuts."""
    was, now = threading(planned), threading(left)
    lost: dict[str, list[int]] = {}
    for face in sorted(was.keys() - now.keys()):
        lost.setdefault(was[face], []).append(face)
    return tuple(
        f"the thread on faces {', '.join(map(str, faces))} is not cut: the proof rejected its step, {name}"
        for name, faces in lost.items()
    )


def gives_untrue_reasons(certificate: Certificate) -> bool:
    """Return whether the proof found that a tool reaches an area that the plan calls out of reach; if so, the proof's reasons apply."""
    return any(each.code is FindingCode.UNTRUE_REASON for each in certificate.findings)


def refused_steps(plan: Plan, files: dict[str, bytes], certificate: Certificate) -> frozenset[Refused]:
    """Return the steps that contain the lines of all violations listed in the certificate."""
    setups = {setup.name: setup for setup in plan.setups}
    return frozenset(
        Refused(name, step.strategy, step.tool)
        for name, line in (*_named(certificate), *gouging_lines(plan, files, certificate))
        if name in setups
        for step in setups[name].steps
        if step.line_from <= line <= step.line_to
    )


def _named(certificate: Certificate) -> list[tuple[str, int]]:
    """Return setup and first line of each violation that the certificate lists by line."""
    offences = [each for each in certificate.findings if each.code in _OFFENCES]
    return [(each.setup, each.line) for each in offences if each.line is not None]


def gouging_lines(plan: Plan, files: dict[str, bytes], certificate: Certificate) -> list[tuple[str, int]]:
    """Return setup and line of the first move through each point at which the certificate says that the part is cut."""
    found = []
    tools = {tool.number: tool for tool in plan.tools}
    for gouge in certificate.findings:
        if gouge.code not in _GOUGES or gouge.point is None:
            continue
        point = np.array(gouge.point)
        for setup in plan.setups:
            if gouge.setup and setup.name != gouge.setup:
                continue
            matrix = np.array(setup.model_to_work)
            there = point if gouge.coordinates == "work" else matrix[:3, :3] @ point + matrix[:3, 3]
            line = _first_through(files[setup.program].decode(), tools, there)
            if line is not None:
                found.append((setup.name, line))
    return found


def _first_through(text: str, tools: dict[int, Tool], point: NDArray[np.float64]) -> int | None:
    """Return the first line whose feed move cuts away ``point``, with the point clearly inside the cutter."""
    tool, at = None, [math.nan] * 3
    for number, block in enumerate(text.splitlines(), 1):
        code = _COMMENT.sub("", block)
        change = _TOOL.search(code)
        if change or "G53" in code or "G43" in code:
            tool, at = (tools.get(int(change[1])) if change else tool), [math.nan] * 3
            continue
        words = dict(_WORD.findall(code))
        if not words:
            continue
        there = [float(words.get(axis, at[k])) for k, axis in enumerate("XYZ")]
        if tool is not None and "G0" not in code and not any(map(math.isnan, [*at, *there])):
            arc = _ARC.search(code)
            way = _curve(at, there, words, left=arc[1] == "3") if arc else _straight(at, there)
            off = np.hypot(way[:, 0] - point[0], way[:, 1] - point[1]) + _HAIR_MM
            if ((off < tool.diameter_mm / 2) & (way[:, 2] + _underside(tool, off) < point[2] - _HAIR_MM)).any():
                return number
        at = there
    return None


def _straight(start: list[float], end: list[float]) -> NDArray[np.float64]:
    """Return points (n, 3) along a straight move."""
    return np.linspace(start, end, max(2, math.ceil(math.dist(start, end) / _PROBE_MM)))


def _curve(start: list[float], end: list[float], words: dict[str, str], *, left: bool) -> NDArray[np.float64]:
    """Return points (n, 3) along an arc around Z, whose centre is given by I and J from the start."""
    middle = np.array([start[0] + float(words.get("I", 0)), start[1] + float(words.get("J", 0))])
    radius = float(np.hypot(*(np.array(start[:2]) - middle)))
    first, last = (math.atan2(place[1] - middle[1], place[0] - middle[0]) for place in (start, end))
    turn = (last - first if left else first - last) % (2 * math.pi) or 2 * math.pi
    share = np.linspace(0.0, 1.0, max(2, math.ceil(turn * radius / _PROBE_MM)))
    angle = first + (turn if left else -turn) * share
    around = middle + radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.column_stack([around, start[2] + (end[2] - start[2]) * share])


def _underside(tool: Tool, off: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height of the cutter's surface above its tip at a distance from its axis."""
    if tool.tip_angle_deg:
        flat = (tool.tip_diameter_mm or 0.0) / 2
        return np.asarray(np.maximum(0.0, off - flat) / math.tan(math.radians(tool.tip_angle_deg / 2)))
    corner = tool.corner_radius_mm
    out = np.clip(off - (tool.diameter_mm / 2 - corner), 0.0, corner)
    return np.asarray(corner - np.sqrt(np.maximum(0.0, corner**2 - out**2)))


def _lines_of(step: Step, lines: list[str]) -> list[str]:
    return lines[step.line_from - 1 : step.line_to]


def _changes_tool(line: str) -> bool:
    """Return whether a line changes the tool or sets its length."""
    code = _COMMENT.sub("", line)
    return bool(_TOOL.search(code)) or "G43" in code


def _shortened(setup: Setup, text: str, line: int) -> tuple[Setup, str]:
    """End the step that contains ``line`` (counted from 1) just before it; an empty step is removed completely, except
    for its tool change if the next step uses the same tool.
    """
    lines = text.splitlines()
    step = next((each for each in setup.steps if each.line_from <= line <= each.line_to), None)
    if step is None:
        return msgspec.structs.replace(setup, steps=()), text
    before = lines[step.line_from - 1 : line - 1]
    cuts_before = step.strategy not in THREADING and any(each.startswith(("G1", "G2", "G3", "G8")) for each in before)
    begin = line if cuts_before else step.line_from
    after = next((each for each in setup.steps if each.line_from > step.line_to), None)
    shares = not cuts_before and after is not None and not any(map(_changes_tool, _lines_of(after, lines)))
    change = [each for each in _lines_of(step, lines) if shares and _changes_tool(each)]
    kept = [*lines[: begin - 1], _RETRACT, *change, *lines[step.line_to :]]
    shift = len(lines) - len(kept)
    steps = []
    for each in setup.steps:
        if each.line_from > step.line_to:
            moved = msgspec.structs.replace(each, line_from=each.line_from - shift, line_to=each.line_to - shift)
            steps.append(moved)
        elif each is not step:
            steps.append(each)
        elif cuts_before:
            share = (begin - step.line_from) / max(1, step.line_to - step.line_from + 1)
            steps.append(msgspec.structs.replace(step, line_to=begin, time_s=round(step.time_s * share, 1)))
    spared = sum(each.time_s for each in setup.steps) - sum(each.time_s for each in steps)
    seconds = round(max(0.0, setup.cycle_time_s - spared), 1)
    return msgspec.structs.replace(setup, steps=tuple(steps), cycle_time_s=seconds), "\n".join(kept) + "\n"
