"""Which mills go over a stage and in which order: large ones rough, smaller ones take what is left."""

import math
from collections.abc import Callable, Collection
from dataclasses import replace

from nightmill.process.clearing import ALLOWANCE, THIN_SHARE, Pass, run_pass
from nightmill.process.crib import Machine
from nightmill.process.cutmaterial import Material
from nightmill.process.cutting import milling
from nightmill.process.entry import FLUTE_SHARE
from nightmill.process.inner import Inner
from nightmill.process.lanes import ROW_SHARE
from nightmill.process.program import Program
from nightmill.process.stage import HOLDER_CLEARANCE_MM, Stage
from nightmill.vocabulary.plan import Tool

ROUGH_ALLOWANCE_MM = 0.25
SMALLEST_GAIN_MM3 = 0.02
RIM_SHARES = (0.03, 0.06, 0.12, 2 * THIN_SHARE)
"""Widths of cut over diameter of contours along walls in roughing."""
SLENDER_MM, REACH_SLACK_MM = 3.0, 0.01
LADDER_SHARE, FITTING_SHARE = 0.62, 0.35
REST_SHARE = 0.6
"""How much thinner than what just fits a mill may be."""


def mills(tools: tuple[Tool, ...]) -> list[Tool]:
    """Flat end mills, largest first, of equal diameter the stiffest (shortest) first."""
    flat = [t for t in tools if t.type in {"flat"} and t.corner_radius_mm == 0]
    return sorted(flat, key=lambda t: (-t.diameter_mm, t.stickout_mm))


def first_mill(tools: tuple[Tool, ...], size: float) -> Tool:
    """The roughing mill for a piece whose shorter side is ``size`` mm."""
    flat = mills(tools)
    fitting = [t for t in flat if t.diameter_mm <= max(0.35 * size, flat[-1].diameter_mm) and t.diameter_mm <= 20.0]
    return fitting[0] if fitting else flat[-1]


def quickest(tools: tuple[Tool, ...], inner: Inner, material: Material, machine: Machine) -> float:
    """The diameter of the mill that removes most in a minute among those that fit and reach; 0 where none does.

    A short mill may well be quicker than a wider one that has to be long.
    """
    fits = [
        t
        for t in mills(tools)
        if REST_SHARE * inner.width_mm <= t.diameter_mm <= inner.width_mm + 1e-6
        and t.stickout_mm >= inner.depth_mm + HOLDER_CLEARANCE_MM
    ]
    rates: dict[float, float] = {}
    for tool in fits:
        data = job_of(tool, material, machine, False).data
        rates[tool.diameter_mm] = max(rates.get(tool.diameter_mm, 0.0), data.ap_mm * data.ae_mm * data.feed_mm_min)
    return max(rates, key=lambda d: rates[d], default=0.0)


def ladder(tools: tuple[Tool, ...], start: Tool, fitting: Collection[float] = ()) -> list[Tool]:
    """Mills in the order of use: each step about 0.6 of the one before, with all reaches of each diameter.

    A diameter among ``fitting`` is a step of its own, and takes the place of the next smaller one where it is not much
    smaller.
    """
    diameters = sorted({t.diameter_mm for t in mills(tools) if t.diameter_mm <= start.diameter_mm}, reverse=True)
    chosen = [diameters[0]]
    while chosen[-1] > diameters[-1]:
        smaller = [d for d in diameters if d < chosen[-1]]
        step = [d for d in smaller if d <= LADDER_SHARE * chosen[-1]] or smaller[-1:]
        wanted = [d for d in smaller if d in fitting and d >= FITTING_SHARE * chosen[-1]]
        chosen.append(max(wanted) if wanted else step[0])
    return [t for t in mills(tools) if t.diameter_mm in chosen]


def deep_tools(tools: tuple[Tool, ...], used: list[Tool]) -> list[Tool]:
    """The long mills that the ladder left out, largest first: for what is deep rather than narrow."""
    return [t for t in mills(tools) if t not in used and t.stickout_mm > 6 * t.diameter_mm]


def reaches(tools: tuple[Tool, ...]) -> tuple[float, ...]:
    """How far below its holder the longest mill of each diameter gets, of those that only take rests."""
    longest: dict[float, float] = {}
    for tool in mills(tools):
        if tool.diameter_mm <= SLENDER_MM:
            longest[tool.diameter_mm] = max(longest.get(tool.diameter_mm, 0.0), tool.stickout_mm)
    return tuple(reach - HOLDER_CLEARANCE_MM - REACH_SLACK_MM for reach in longest.values())


def _done_from(stage: Stage, tool: Tool, before: list[Tool]) -> float:
    """The height from which up a tool gains nothing: one that is no wider has been there with its holder above everything."""
    highest = max([stage.top, *(top for _, top in stage.fixtures)])
    return min(
        (highest - t.stickout_mm + HOLDER_CLEARANCE_MM for t in before if t.diameter_mm <= tool.diameter_mm),
        default=math.inf,
    )


def job_of(tool: Tool, material: Material, machine: Machine, rough: bool) -> Pass:
    """The pass of a tool with its cutting data: roughing keeps an allowance and leaves slopes alone."""
    diameter = tool.diameter_mm
    flute = FLUTE_SHARE * tool.flute_length_mm
    areas = milling(tool, material, machine, min(diameter, flute), 0.45 * diameter)
    broad = milling(tool, material, machine, min(diameter, flute), ROW_SHARE * diameter)
    slot = milling(tool, material, machine, min(diameter, flute), diameter)
    skim = min(ROUGH_ALLOWANCE_MM, THIN_SHARE * diameter)
    walls = milling(tool, material, machine, min(flute, 3 * diameter), skim, rough=False)
    rims = tuple(milling(tool, material, machine, flute, share * diameter) for share in RIM_SHARES) if rough else ()
    return Pass(
        tool,
        areas,
        broad,
        slot,
        walls,
        rims,
        ROUGH_ALLOWANCE_MM if rough else ALLOWANCE,
        not rough,
        math.tan(math.radians(material.ramp_deg)),
    )


def mill_stage(
    stage: Stage,
    tools: tuple[Tool, ...],
    size: float,
    material: Material,
    machine: Machine,
    program: Program,
    note: Callable[[Pass, str, int, int], bool],
    between: Callable[[], None] = lambda: None,
    inner: tuple[Inner, ...] = (),
    leaves_out: Callable[[str, Tool], bool] = lambda _strategy, _tool: False,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Run the passes that gain something.

    ``note`` is told pass, strategy, first line and first swept area of each; where it answers False, the pass did
    not pay and is taken back. ``between`` runs once the first mill has done its work: the place for drills. ``inner``: what needs
    a mill of its own, see ``quickest``. ``leaves_out``: which strategies of which tools are not to run;
    ``enough``: whether what is left isn't worth looking for.
    """
    start = first_mill(tools, size)
    order = ladder(tools, start, {quickest(tools, each, material, machine) for each in inner})
    jobs: list[tuple[Tool, bool]] = []
    jobs += [(t, True) for t in order if t.diameter_mm == start.diameter_mm and t.diameter_mm >= 4]
    jobs += [(tool, False) for tool in order]
    jobs += [(tool, False) for tool in deep_tools(tools, order)]
    opened = False
    done: list[tuple[Tool, bool]] = []
    for tool, rough in jobs:
        if tool.diameter_mm != start.diameter_mm and not opened:
            between()
            opened = True
        if stage.late() or stage.remaining() < SMALLEST_GAIN_MM3:
            break
        strategy = "rough" if rough else "finish" if tool.diameter_mm == start.diameter_mm else "rest"
        if leaves_out(strategy, tool):
            continue
        if strategy == "rest" and enough():
            break
        below = _done_from(stage, tool, [t for t, r in done if r == rough])
        job = replace(job_of(tool, material, machine, rough), below=below)
        if not any(job.concerns(level) for level in stage.levels):
            continue
        before, text = stage.saved(), program.saved()
        line = len(program.lines) + 1
        program.load(tool, job.data, f"{strategy} {tool.name}")
        gain = run_pass(stage, job, program)
        idle = gain < max(SMALLEST_GAIN_MM3, 1e-4 * min(stage.remaining(), 100.0))
        kept = not idle and note(job, strategy, line, before[1])
        if not kept:
            stage.restore(before)
            program.restore(text)
        if kept or idle:
            done.append((tool, rough))
    if not opened and not stage.late():
        between()
