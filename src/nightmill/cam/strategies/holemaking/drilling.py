"""Drill holes along the tool axis to finish or open them. The holes are found from the faces and checked against the solid.

A hole counts as drilled only if the drill's own body, cone included, stays outside the part; through holes are drilled
beyond the part; blind holes end in the drill's cone or, if the floor is flat, just above the floor.
"""

import math
from dataclasses import dataclass, replace

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cad import PartModel
from nightmill.cam.cutting_data.milling import drilling
from nightmill.cam.fixturing.workholding import Holding
from nightmill.cam.geometry.bores import TAPER_LEFT_MM, Bore
from nightmill.cam.geometry.solids import box
from nightmill.cam.stock.in_process_stock import Stage
from nightmill.cam.strategies.holemaking.hole_finishing import (
    NOTHING_ASKED,
    REAM_BEYOND_MM,
    REAM_LEFT_MM,
    Follow,
    HoleAsks,
    core_mm,
    following_data,
    reamer_for,
    tap_for,
    tap_tip,
    thread_mill_tip,
    thread_mills_for,
)
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.milling_program import Peck, Program, Round, ToolWork
from nightmill.vocabulary.plan import Thread, Tool

FULL_MM = 0.012
"""A hole drilled to size counts as cut up to this far beyond its wall."""
OVERSIZE_MM = 0.03
UNDERSIZE_MM = 0.06
BEYOND_MM = 0.5
FLOOR_MM = 0.1
SHANK_OFF_MM, HOLDER_ROOM_MM = 0.3, 2.0
"""Clearance of a tap's or reamer's shank and holder from the walls of a pocket that has the hole in its floor."""
PROBE_MM = 0.02
APART_MM = 0.03
"""Clearance from the part for a drill that only opens a hole, since a rapid move that grazes a wall would cut into it."""
TIP_DEEP_MM = 0.01
"""How far a drill's tip may go into a flat at the bottom of a conical hole: half the depth that counts as a gouge."""
NEEDLE_MM = 0.005
RAISED_MM = 0.02
"""How much higher a drill stays if such a flat requires it: less than half the excess that may stay."""
OPENING_MM = 0.5
LARGEST_OPENED_MM = 14.0
BREAK_FROM, BREAK_STEP = 3.0, 1.0
OUT_FROM, OUT_STEP = 8.0, 2.0
"""Ratios of depth to diameter from which a drill breaks or clears its chips, and the length of its pecks in diameters (rule, grade C)."""
START_MM = 1.0


@dataclass(frozen=True)
class Drilled:
    """A bore with the drill that makes it: tip height, height of the full diameter, whether the drilled wall is to size,
    the faces that drilling finishes, the reamer or tap that follows, and whether only that tool is still to come.
    """

    bore: Bore
    tool: Tool
    tip: float
    full: float
    to_size: bool
    faces: tuple[int, ...]
    follow: Follow | None = None
    drilled: bool = False


@dataclass(frozen=True)
class HoleSetup:
    """The setup in which holes are made: the part, the matrix (4, 4) from model to work coordinates, the part's ``solid``
    and the ``piece`` in work coordinates, and the fixtures.
    """

    part: PartModel
    matrix: NDArray[np.float64]
    solid: m3.Manifold
    piece: m3.Manifold
    holding: Holding

    @property
    def top(self) -> float:
        """Return the height of the top of the piece."""
        return float(self.piece.bounding_box()[5])


def drilled_bores(
    found: list[Bore], setup: HoleSetup, tools: tuple[Tool, ...], asks: HoleAsks = NOTHING_ASKED
) -> list[Drilled]:
    """Return the bores that a listed drill makes in this setup, with the reamer or tap that ``asks`` requires."""
    solid, holding, top, bottom = setup.solid, setup.holding, setup.top, float(setup.piece.bounding_box()[2])
    drills = sorted((t for t in tools if t.type == "drill"), key=lambda t: (t.diameter_mm, t.stickout_mm))
    made: list[Drilled] = []
    for bore in found:
        if any(math.hypot(p.bore.x - bore.x, p.bore.y - bore.y) < 0.01 for p in made):
            continue
        plan = _reamed(bore, solid, drills, tools, top, asks)
        if plan is None or not _held_clear(plan, holding, bottom):
            plan = _tapped(_matched(bore, setup, drills), tools, top, asks, solid)
        if plan is not None and _held_clear(plan, holding, bottom):
            made.append(plan)
    return made


def _reamed(
    bore: Bore, solid: m3.Manifold, drills: list[Tool], tools: tuple[Tool, ...], top: float, asks: HoleAsks
) -> Drilled | None:
    """Return the bore drilled undersize and reamed, if its limits require it, a reamer fits and the bore is open below."""
    size = 2 * bore.radius
    reamer = reamer_for(size, tools) if not bore.tapered and asks.wants_reamer(bore.faces, size) else None
    if reamer is None:
        return None
    low, high = REAM_LEFT_MM
    under = [tool for tool in drills if low - 1e-9 <= size - tool.diameter_mm <= high + 1e-9]
    tip = bore.low - REAM_BEYOND_MM
    if not _gets_down(reamer, tip, bore, top, solid) or not _outside(bore, reamer, tip, 0.0, top, solid):
        return None
    for tool in under:
        cone = _cone(tool)
        deep = tip - cone - BEYOND_MM
        if top - deep <= ToolAssembly(tool).drilling_reach_mm and _outside(bore, tool, deep, cone, top, solid):
            return Drilled(bore, tool, deep, deep + cone, False, bore.faces, Follow(reamer, tip))
    return None


def _tapped(
    plan: Drilled | None, tools: tuple[Tool, ...], top: float, asks: HoleAsks, solid: m3.Manifold
) -> Drilled | None:
    """Return the drilled bore with the tap or mill for the required thread, if the bore has the minor diameter and the tool reaches."""
    thread = asks.thread(plan.bore.faces) if plan is not None else None
    if plan is None or thread is None or not plan.to_size:
        return plan
    least, most = core_mm(thread)
    if not least - 0.02 <= plan.tool.diameter_mm <= most or not _open_above(plan.bore, thread, top, solid):
        return plan
    through = plan.full < plan.bore.low - BEYOND_MM / 2
    floor = plan.bore.low if through else plan.full
    tap, tapped = tap_for(thread, tools), plan
    if tap is not None:
        tip = max(tap_tip(thread, plan.bore.high, floor, through), plan.full if through else -math.inf)
        if _gets_down(tap, tip, plan.bore, top, solid):
            tapped = replace(plan, follow=Follow(tap, tip, thread.diameter_mm))
            if not thread.depth_mm or tip <= tap_tip(thread, plan.bore.high, -math.inf, through) + 1e-6:
                return tapped
    tip = max(thread_mill_tip(thread, plan.bore.high, floor, through), plan.full)
    for mill in thread_mills_for(thread, tools):
        deep = plan.bore.high - tip + thread.pitch_mm <= mill.flute_length_mm
        if deep and _clear_of_holder(mill, tip, plan.bore, top, solid):
            return replace(plan, follow=Follow(mill, tip, thread.diameter_mm))
    return tapped


def _open_above(bore: Bore, thread: Thread, top: float, solid: m3.Manifold) -> bool:
    """Return whether the part leaves space above the hole, from the top of a possible countersink, for the thread's nominal
    diameter.
    """
    radius, low = thread.diameter_mm / 2 - PROBE_MM, bore.high + thread.diameter_mm - core_mm(thread)[0]
    return _free_above(bore, radius, min(low, top), top, solid)


def _gets_down(tool: Tool, tip: float, bore: Bore, top: float, solid: m3.Manifold) -> bool:
    """Return whether the tool that follows a drill can reach ``tip``.

    Its flutes must be as long as the hole is deep. If the shank gets below the top of the piece, as in a pocket, it must be
    within a disc that the part leaves free. The holder must be above the piece or in a pocket wide enough.
    """
    if not _clear_of_holder(tool, tip, bore, top, solid):
        return False
    end = tip + tool.flute_length_mm
    if end >= top:
        return True
    assembly = ToolAssembly(tool)
    wide = max(assembly.neck_radius_mm, assembly.radius_mm) + SHANK_OFF_MM
    return end >= bore.high and _free_above(bore, wide, end, top, solid)


def _clear_of_holder(tool: Tool, tip: float, bore: Bore, top: float, solid: m3.Manifold) -> bool:
    """Return whether the holder stays above the piece, or fits with the allowance that the first mill leaves on walls."""
    end = tip + ToolAssembly(tool).reach_mm
    return end >= top or _free_above(bore, tool.holder_diameter_mm / 2 + HOLDER_ROOM_MM, end, top, solid)


def _free_above(bore: Bore, radius: float, low: float, top: float, solid: m3.Manifold) -> bool:
    """Return whether the part leaves a cylinder above a hole free from ``low`` up."""
    column = m3.Manifold.cylinder(top + 1.0 - low, radius, radius, 32).translate((bore.x, bore.y, low))
    return bool((column ^ solid).volume() < 1e-3)


def _cone(tool: Tool) -> float:
    """Return the length of a drill's point."""
    return tool.diameter_mm / 2 / math.tan(math.radians((tool.tip_angle_deg or 118.0) / 2))


def _matched(bore: Bore, setup: HoleSetup, drills: list[Tool]) -> Drilled | None:
    """Return the bore with the drill that makes it to size, or else opens it; None if no drill does."""
    solid, top = setup.solid, setup.top
    size = 2 * bore.radius
    exact = [t for t in drills if -UNDERSIZE_MM <= t.diameter_mm - size <= OVERSIZE_MM and not bore.tapered]
    exact.sort(key=lambda t: abs(t.diameter_mm - size))
    widest = size - (TAPER_LEFT_MM if bore.tapered else OPENING_MM)
    opening = [t for t in drills if size - 4.0 <= t.diameter_mm <= widest] if size <= LARGEST_OPENED_MM else []
    near = _around(bore, solid, top) if exact or opening else solid
    for tool in [*exact, *reversed(opening)]:
        cone = _cone(tool)
        through, pointed, flat = bore.low - cone - BEYOND_MM, bore.low - cone, bore.low + FLOOR_MM
        for tip in (through, pointed, pointed + RAISED_MM, flat) if tool in exact else (through, flat):
            if top - tip > ToolAssembly(tool).drilling_reach_mm or not _outside(bore, tool, tip, cone, top, near):
                continue
            if tip + cone > bore.high - 0.2:
                continue
            finished = tool in exact and tip < bore.low
            faces = (*bore.faces, *_tip_faces(bore, setup.part, setup.matrix, tip)) if finished else ()
            return Drilled(bore, tool, tip, tip + cone, tool in exact, faces)
    return None


def _around(bore: Bore, solid: m3.Manifold, top: float) -> m3.Manifold:
    """Return the portion of the solid that a drill in the bore could meet."""
    reach = bore.radius + BEYOND_MM
    low = float(solid.bounding_box()[2]) - BEYOND_MM
    column = box((bore.x - reach, bore.y - reach, low), (bore.x + reach, bore.y + reach, top + BEYOND_MM))
    near = solid ^ column
    near.num_tri()  # computed once instead of in each test
    return near


def _outside(bore: Bore, tool: Tool, tip: float, cone: float, top: float, solid: m3.Manifold) -> bool:
    room = bore.radius - tool.diameter_mm / 2
    radius = tool.diameter_mm / 2 + (APART_MM if room > 2 * APART_MM else min(room, 0.0) - PROBE_MM)
    lift = PROBE_MM / 4
    body = m3.Manifold.cylinder(top + 1.0 - tip - cone, radius, radius, 32).translate((bore.x, bore.y, tip + cone))
    point = m3.Manifold.cylinder(cone, 0.001, radius, 32).translate((bore.x, bore.y, tip + lift))
    if ((body + point) ^ solid).volume() >= 1e-3:
        return False
    needle = box(
        (bore.x - NEEDLE_MM, bore.y - NEEDLE_MM, tip + TIP_DEEP_MM),
        (bore.x + NEEDLE_MM, bore.y + NEEDLE_MM, tip + cone),
    )
    return cone <= TIP_DEEP_MM or bool((needle ^ solid).volume() < NEEDLE_MM**3)


def _tip_faces(bore: Bore, part: PartModel, matrix: NDArray[np.float64], tip: float) -> tuple[int, ...]:
    """Return the conical faces on the axis below the bore, which the drill's point makes."""
    found = []
    for face in part.faces:
        if face.surface != "cone" or not face.hollow or face.origin is None:
            continue
        apex = matrix[:3, :3] @ np.array(face.origin) + matrix[:3, 3]
        if math.hypot(apex[0] - bore.x, apex[1] - bore.y) < 0.005 and abs(apex[2] - tip) < 0.05:
            found.append(face.id)
    return tuple(found)


def _held_clear(plan: Drilled, holding: Holding, bottom: float) -> bool:
    """Return whether the drill and the tool that follows it stay clear of fixtures and end within the piece or the space below it."""
    disc = shapely.Point(plan.bore.x, plan.bore.y)
    follow = plan.follow
    widest = max(plan.tool.diameter_mm, max(follow.tool.diameter_mm, follow.thread_mm) if follow else 0.0)
    reach = widest / 2 + FIXTURE_CLEARANCE_MM
    return not any(top > plan.tip - 0.2 and shapely.dwithin(area, disc, reach) for area, top in holding.areas)


def drill_stage(
    stage: Stage, plans: list[Drilled], material: Material, machine: Machine, program: Program
) -> list[ToolWork]:
    """Write the cycles, tool by tool; return the work of each tool."""
    done, fresh = [], [p for p in plans if not p.drilled]
    for number in sorted({p.tool.number for p in fresh}):
        some = [p for p in fresh if p.tool.number == number]
        tool = some[0].tool
        data = drilling(tool, material, machine)
        line, began = len(program.blocks) + 1, program.time_s
        program.load(tool, data, f"drill {tool.name}")
        for plan in _ordered(some):
            bore, radius = plan.bore, tool.diameter_mm / 2
            start = max(stage.surely_clear_above(bore.x, bore.y, radius), plan.full) + START_MM
            _bring(stage, tool, (bore.x, bore.y), start, program)
            program.drill((bore.x, bore.y), start, plan.tip, data.feed_mm_min, pecks(tool, start - plan.tip))
            shown = max(radius, bore.radius) + FULL_MM if plan.to_size else radius
            stage.bored(shapely.Point(bore.x, bore.y), radius, shown, plan.full)
        faces = tuple(sorted({f for plan in some if plan.to_size for f in plan.faces}))
        done.append(ToolWork(tool, data, faces, line, len(program.blocks), program.time_s - began))
    return done + _follow_stage(stage, plans, material, machine, program)


def _bring(stage: Stage, tool: Tool, place: tuple[float, float], start: float, program: Program) -> None:
    """Move the tool over a hole if the straight path to it isn't clear at the height at which the cycle starts."""
    if program.at is None:
        program.over(*place)
        return
    x, y, z = program.at
    if not stage.rapid_clear(tool, (x, y), place, max(z, start)):
        program.over(*place, stage.hop_height(tool, (x, y), place, max(z, start)))


def pecks(tool: Tool, depth: float) -> Peck:
    """Return the pecks with which a drill reaches a depth."""
    if depth > OUT_FROM * tool.diameter_mm:
        return Peck(OUT_STEP * tool.diameter_mm, out=True)
    return Peck(BREAK_STEP * tool.diameter_mm) if depth > BREAK_FROM * tool.diameter_mm else Peck()


def _follow_stage(
    stage: Stage, plans: list[Drilled], material: Material, machine: Machine, program: Program
) -> list[ToolWork]:
    """Write the cycles of reamers, followed by taps and thread mills, tool by tool."""
    done = []
    following = [(plan, plan.follow) for plan in plans if plan.follow is not None]
    for number in sorted({follow.tool.number for _, follow in following}, key=lambda n: _turn_of(n, following)):
        some = {plan.bore: follow for plan, follow in following if follow.tool.number == number}
        tool = next(iter(some.values())).tool
        data = following_data(tool, material, machine)
        line, began = len(program.blocks) + 1, program.time_s
        program.load(tool, data, tool.name)
        for plan in _ordered([plan for plan, follow in following if follow.tool.number == number]):
            bore, follow = plan.bore, some[plan.bore]
            start = max(stage.clear_above(bore.x, bore.y, bore.radius), bore.high) + START_MM + (tool.pitch_mm or 0.0)
            height = math.inf
            if program.at is not None:
                height = stage.hop_height(tool, program.at[:2], (bore.x, bore.y), max(program.at[2], start))
            if tool.type == "thread_mill":
                round_ = Round((follow.thread_mm - tool.diameter_mm) / 2, tool.pitch_mm or 0.0)
                inside = data.feed_mm_min * 2 * round_.radius_mm / follow.thread_mm
                program.thread((bore.x, bore.y), start, follow.tip, round_, inside, height)
                continue
            program.feed_cycle(
                "tap" if tool.type == "tap" else "ream", (bore.x, bore.y), start, follow.tip, data.feed_mm_min, height
            )
            if tool.type == "reamer":
                stage.bored(shapely.Point(bore.x, bore.y), bore.radius, bore.radius + FULL_MM, follow.tip)
        faces = tuple(sorted({f for bore in some for f in bore.faces}))
        done.append(ToolWork(tool, data, faces, line, len(program.blocks), program.time_s - began))
    return done


def _turn_of(number: int, following: list[tuple[Drilled, Follow]]) -> tuple[bool, int]:
    return any(follow.tool.number == number and follow.tool.type != "reamer" for _, follow in following), number


def _ordered(plans: list[Drilled]) -> list[Drilled]:
    """Return the plans in an order in which the nearest hole comes next."""
    rest, ordered = list(plans), []
    x = y = 0.0
    while rest:
        best = min(rest, key=lambda p: math.hypot(p.bore.x - x, p.bore.y - y))
        rest.remove(best)
        ordered.append(best)
        x, y = best.bore.x, best.bore.y
    return ordered
