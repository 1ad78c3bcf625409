"""The repair half of the plan-verify loop: moves that the verifier rejects are removed from the program, which is then verified again.

A step that rapids through stock, runs its shank or holder into stock or cuts into the part is cut short before the first offending line;
the later steps, each with its own tool change from the safe height, are kept. The verifier then finds the areas left uncut. A step that
cuts a thread is removed as a whole.
"""

from pathlib import Path

import msgspec
import numpy as np

from nightmill.cam import Refused, posts
from nightmill.plant.part_planning.checkpoint import THREADING, threading
from nightmill.plant.part_planning.post_processing import toolpath_name
from nightmill.vocabulary.certificate_findings import FindingCode
from nightmill.vocabulary.plan import Certificate, Plan, Setup

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
        mended = _shortened(setup, changed, offence)
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
    for gouge in certificate.findings:
        if gouge.code not in _GOUGES or gouge.point is None:
            continue
        point = np.array(gouge.point)
        for setup in plan.setups:
            if gouge.setup and setup.name != gouge.setup:
                continue
            matrix = np.array(setup.model_to_work)
            there = point if gouge.coordinates == "work" else matrix[:3, :3] @ point + matrix[:3, 3]
            line = posts.first_line_through(_toolpath(setup, files), plan.tools, there)
            if line is not None:
                found.append((setup.name, line))
    return found


def _shortened(setup: Setup, files: dict[str, bytes], line: int) -> Setup:
    """End the step that contains ``line`` (counted from 1) just before it, in ``files`` too; see ``posts.ended_before``."""
    toolpath, steps = posts.ended_before(_toolpath(setup, files), setup.steps, line, frozenset(THREADING))
    programs, numbered = posts.planned_program(Path(setup.program).stem, toolpath, steps)
    files.update(programs)
    spared = sum(each.time_s for each in setup.steps) - sum(each.time_s for each in numbered)
    seconds = round(max(0.0, setup.cycle_time_s - spared), 1)
    return msgspec.structs.replace(setup, steps=numbered, cycle_time_s=seconds)


def _toolpath(setup: Setup, files: dict[str, bytes]) -> posts.Toolpath:
    return posts.decoded(files[toolpath_name(setup.program)])
