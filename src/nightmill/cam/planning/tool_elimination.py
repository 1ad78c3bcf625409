"""Find holes that a mill already in use can make, so that no tool change to a drill is needed."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from nightmill.cam.cutting_data.milling import drilling
from nightmill.cam.planning.pass_search import Kept
from nightmill.cam.planning.plan_state import Job
from nightmill.cam.planning.tool_sequence import job_of
from nightmill.cam.strategies.holemaking.drilling import Drilled
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.milling_program import change_over_s
from nightmill.vocabulary.plan import Tool

WORTH_S = 2.0
"""Time that leaving out a drill must be expected to save."""
ROOM_SHARE = 0.1
"""Least ratio of a hole's diameter to the mill's."""
MOST_DEEP = 3.0
"""Greatest ratio of depth to diameter of a hole that a mill makes instead of a drill."""
HOLE_S = 1.0
"""Time that a mill needs for a hole in addition to its path inside: to get there, down and back up."""


def less_drilled(job: Job, kept: Sequence[Kept]) -> Callable[[], None] | None:
    """Return the drilling without the drill whose omission promises the largest saving; None if no omission is likely to be
    quicker.

    ``kept``: the mills' passes after the drills. Holes that wait for the mills, and holes that a drawing requires to be cut
    completely, stay as they are.
    """
    work, plans = job.work, job.drilled
    asked = set(np.unique(work.samples.face[work.account.kept]).tolist())
    for left in without_one(plans, kept, work.material, work.machine):
        left_out = [plan for plan in plans if plan not in left]
        if not any(plan in job.waiting or asked.intersection(plan.faces) for plan in left_out):
            return partial(job.drill_first, left)
    return None


def without_one(
    plans: Sequence[Drilled], kept: Sequence[Kept], material: Material, machine: Machine
) -> list[list[Drilled]]:
    """Return the plans that remain when one drill is left out, most promising first, and only if they are likely to be quicker.

    ``kept``: the mills' passes after the drills.
    """
    mills = list(dict.fromkeys(each.tool for each in kept if each.strategy == "rest"))
    found: list[tuple[float, list[Drilled]]] = []
    for number in sorted({plan.tool.number for plan in plans}):
        own = [plan for plan in plans if plan.tool.number == number]
        if not all(plan.to_size and plan.follow is None and not _coned(plan) for plan in own):
            continue
        saved_s = change_over_s(machine) + sum(_drill_s(plan, material, machine) for plan in own)
        saved_s -= sum(
            min((_mill_s(plan, tool, material, machine) for tool in mills), default=math.inf) for plan in own
        )
        if saved_s > WORTH_S:
            found.append((saved_s, [plan for plan in plans if plan.tool.number != number]))
    return [left for _, left in sorted(found, key=lambda each: -each[0])]


def _coned(plan: Drilled) -> bool:
    """Return whether the drill's point makes faces of the part that no mill can cut."""
    return not set(plan.faces) <= set(plan.bore.faces)


def _drill_s(plan: Drilled, material: Material, machine: Machine) -> float:
    data = drilling(plan.tool, material, machine)
    return (plan.bore.high - plan.tip) / data.feed_mm_min * 60.0


def _mill_s(plan: Drilled, tool: Tool, material: Material, machine: Machine) -> float:
    """Return the seconds that a mill takes for a hole: for a helix down to the floor and one turn there; infinite if
    the mill doesn't fit.
    """
    deep, wide = plan.bore.high - plan.bore.low, 2 * plan.bore.radius
    if (
        wide < (1 + ROOM_SHARE) * tool.diameter_mm
        or deep > MOST_DEEP * wide
        or deep > ToolAssembly(tool).milling_reach_mm
    ):
        return math.inf
    job = job_of(tool, material, machine)
    round_ = math.pi * (wide - tool.diameter_mm)
    ramp = max(deep / job.ramp_slope, round_ * deep / job.slot.ap_mm)
    return (ramp + round_) / job.slot.feed_mm_min * 60.0 + HOLE_S
