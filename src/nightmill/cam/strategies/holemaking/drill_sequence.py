"""Choose which drills wait until after the mills: those for holes whose mouths are far below the top of the stock over them.

A hole at the bottom of a counterbore or a pocket is drilled faster from there than from the top of the piece: the hole is
less deep, and takes fewer pecks. The mills leave the space of the hole below its mouth to the drill.
"""

import math

import numpy as np
import shapely
from numpy.typing import NDArray

from nightmill.cam.cutting_data.milling import drilling
from nightmill.cam.geometry.bores import Bore
from nightmill.cam.geometry.polygon_offsets import rounded
from nightmill.cam.geometry.polygon_overlay import common, joined
from nightmill.cam.stock.in_process_stock import Stage
from nightmill.cam.strategies.holemaking.drilling import FULL_MM, OVERSIZE_MM, START_MM, Drilled, pecks
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.lead_in import SKIM_FEED_SHARE, SKIM_SLOPE
from nightmill.vocabulary.plan import Tool

WORTH_S = 2.0
"""Time that drilling later must save in addition to the time for the mills' ramps."""
MILL_FEEDS = 2.0
"""How much faster a mill feeds in a slot than a drill of about the same width in the same material."""
STEP_S = 0.2
"""Time for one peck besides feeding: to stop, retract and start again."""
BURIED_MM = 2.0
"""Height of a countersink or an allowance that may remain over a hole that is tapped."""
ROOM_SHARE, WALLED_SHARE = 0.25, 0.5
"""Width of a ring around a hole, over the hole's radius, and the fraction of the ring that the part covers if the hole
continues upwards.
"""
SAME_MM = 2e-5
"""A level this close below a mouth counts as the mouth, since level heights are rounded."""
NOTHING: NDArray[np.float64] = np.zeros((0, 3))


def waiting(
    stage: Stage, plans: list[Drilled], material: Material, machine: Machine, others: NDArray[np.float64] = NOTHING
) -> list[Drilled]:
    """Return the holes that are better drilled after the mills.

    Drilling them later is either quicker, or it keeps the tool that follows the drill from running through stock. All
    holes for a drill wait, or none does, so that the drill is loaded only once. Only holes that their drill finishes
    wait; a hole that opens the way for a mill, or whose floor a mill finishes, comes first. ``others`` (n, 3): uncut
    points outside the holes; if some are below a hole, a mill must continue from there.
    """
    found: list[Drilled] = []
    for number in sorted({plan.tool.number for plan in plans}):
        some = [plan for plan in plans if plan.tool.number == number]
        rate = drilling(some[0].tool, material, machine).feed_mm_min
        saved_s = sum(_saved_s(stage, plan, rate, material) for plan in some)
        if (saved_s > WORTH_S or any(buried(stage, plan) for plan in some)) and all(
            _ends_there(plan, others) for plan in some
        ):
            found += some
    return found


def buried(stage: Stage, plan: Drilled) -> bool:
    """Return whether a tap, thread mill or reamer would run through stock left over the hole's mouth, or its shank or
    holder into stock beside the mouth.
    """
    if plan.follow is None:
        return False
    tool, place = plan.follow.tool, (plan.bore.x, plan.bore.y)
    if stage.surely_clear_above(*place, tool.diameter_mm / 2) > _mouth(stage, plan.bore) + BURIED_MM:
        return True
    assembly = ToolAssembly(tool)
    return any(
        stage.stock.highest(place, place, radius) > plan.follow.tip + up
        for radius, up in (assembly.neck(), assembly.holder)
    )


def _ends_there(plan: Drilled, others: NDArray[np.float64]) -> bool:
    """Return whether a mill has nothing left to cut in a hole or below it."""
    bore = plan.bore
    below = others[others[:, 2] < plan.full]
    within = np.hypot(below[:, 0] - bore.x, below[:, 1] - bore.y) < bore.radius - OVERSIZE_MM
    return plan.to_size and plan.tip < bore.low and not within.any()


def _saved_s(stage: Stage, plan: Drilled, rate: float, material: Material) -> float:
    """Return how much longer a hole takes from the top of the stock over it than from its own mouth, less the time that the
    mills lose.

    Around a drilled hole a mill goes down along the rim of the remaining area; without a hole, it ramps into full material.
    """
    bore, tool = plan.bore, plan.tool
    start = max(stage.surely_clear_above(bore.x, bore.y, tool.diameter_mm / 2), plan.full) + START_MM
    mouth = min(start, _mouth(stage, bore) + START_MM)
    steps = _steps(tool, start - plan.tip) - _steps(tool, mouth - plan.tip)
    ramp = 1 / math.tan(math.radians(material.ramp_deg)) - 1 / (SKIM_SLOPE * SKIM_FEED_SHARE)
    return (start - mouth) / rate * 60.0 * (1 - max(ramp, 0.0) / MILL_FEEDS) + STEP_S * steps


def _mouth(stage: Stage, bore: Bore) -> float:
    """Return the height above which the part leaves space around a hole.

    A hole may continue above its own faces, hardly wider or beyond a hole that crosses it; a drill opens that part faster
    than a mill.
    """
    place, mouth = shapely.Point(bore.x, bore.y), bore.high
    ring = rounded(place, (1 + ROOM_SHARE) * bore.radius).difference(rounded(place, bore.radius))
    index = stage.index_above(mouth - SAME_MM)
    while index >= 0 and common(stage.must[index], ring).area > WALLED_SHARE * ring.area:
        index -= 1
        mouth = stage.levels[index].z if index >= 0 else stage.top
    return mouth


def _steps(tool: Tool, depth: float) -> int:
    """Return the number of pecks that a drill takes to reach a depth."""
    step = pecks(tool, depth).step_mm
    return math.ceil(depth / step) if step else 1


def reserve(stage: Stage, plans: list[Drilled]) -> None:
    """Keep the mills out of holes that are still to be drilled, below their mouths."""
    places: dict[int, list[shapely.Geometry]] = {}
    for plan in plans:
        bore, mouth = plan.bore, _mouth(stage, plan.bore)
        below = next((i for i, level in enumerate(stage.levels) if level.z < mouth - SAME_MM), None)
        if below is not None:
            places.setdefault(below, []).append(rounded(shapely.Point(bore.x, bore.y), bore.radius + FULL_MM))
    for index, discs in places.items():
        stage.keep(index, joined(discs))
