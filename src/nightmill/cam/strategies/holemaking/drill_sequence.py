"""Choose which drills wait until after the mills: those for holes whose mouths lie far below the top of the stock over
them.

A hole at the bottom of a counterbore or a pocket is drilled faster from there than from the top of the piece: it is
less deep, and fewer pecks break the chips. The mills leave the hole's place below its mouth to the drill.
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
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.lead_in import SKIM_FEED_SHARE, SKIM_SLOPE
from nightmill.vocabulary.plan import Tool

WORTH_S = 2.0
"""Time that waiting must save beyond the mills' ramps."""
MILL_FEEDS = 2.0
"""How much faster a mill feeds in a slot than a drill of about its width in the same material."""
STEP_S = 0.2
"""Time of one peck beyond its feed: to stop, retract and start again."""
BURIED_MM = 2.0
"""How much of a countersink or of an allowance may stand over a hole that is tapped."""
ROOM_SHARE, WALLED_SHARE = 0.25, 0.5
"""Width of a ring around a hole, over its radius, and the share of it that the part covers where the hole continues upwards."""
SAME_MM = 2e-5
"""A level this near below a mouth counts as the mouth: heights of levels are rounded."""
NOTHING: NDArray[np.float64] = np.zeros((0, 3))


def waiting(
    stage: Stage, plans: list[Drilled], material: Material, machine: Machine, others: NDArray[np.float64] = NOTHING
) -> list[Drilled]:
    """Return the holes that are better drilled after the mills.

    Either they are drilled quicker then, or the tool that follows the drill would run through stock over them. All
    holes of a drill wait or none, so its tool is changed in only once. Only holes that their drill finishes wait; a
    hole that opens a way for a mill, or whose floor a mill finishes, comes before. ``others`` (n, 3): what is uncut
    besides the holes; if some of it lies below a hole, a mill must continue from there.
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
    """Return whether a tap, thread mill or reamer would run through what still stands over its hole's mouth, or its shank or holder
    into what stands beside that.
    """
    if plan.follow is None:
        return False
    tool, place = plan.follow.tool, (plan.bore.x, plan.bore.y)
    if stage.surely_clear_above(*place, tool.diameter_mm / 2) > _mouth(stage, plan.bore) + BURIED_MM:
        return True
    wide = ((tool.shank_diameter_mm, tool.flute_length_mm), (tool.holder_diameter_mm, tool.stickout_mm))
    return any(stage.stock.highest(place, place, mm / 2) > plan.follow.tip + up for mm, up in wide)


def _ends_there(plan: Drilled, others: NDArray[np.float64]) -> bool:
    """Return whether a mill has nothing left to cut in a hole or below it."""
    bore = plan.bore
    below = others[others[:, 2] < plan.full]
    within = np.hypot(below[:, 0] - bore.x, below[:, 1] - bore.y) < bore.radius - OVERSIZE_MM
    return plan.to_size and plan.tip < bore.low and not within.any()


def _saved_s(stage: Stage, plan: Drilled, rate: float, material: Material) -> float:
    """Return how much longer a hole takes from the top of the stock over it than from its own mouth, less the time that mills then lose.

    Around a drilled hole a mill goes down along the rim of what is left; where there is no hole, it ramps into full material.
    """
    bore, tool = plan.bore, plan.tool
    start = max(stage.surely_clear_above(bore.x, bore.y, tool.diameter_mm / 2), plan.full) + START_MM
    mouth = min(start, _mouth(stage, bore) + START_MM)
    steps = _steps(tool, start - plan.tip) - _steps(tool, mouth - plan.tip)
    ramp = 1 / math.tan(math.radians(material.ramp_deg)) - 1 / (SKIM_SLOPE * SKIM_FEED_SHARE)
    return (start - mouth) / rate * 60.0 * (1 - max(ramp, 0.0) / MILL_FEEDS) + STEP_S * steps


def _mouth(stage: Stage, bore: Bore) -> float:
    """Return the height from which up the part leaves space around a hole.

    Above its own faces a hole may continue, hardly wider or right after one that crosses it; a drill opens that sooner than a mill.
    """
    place, mouth = shapely.Point(bore.x, bore.y), bore.high
    ring = rounded(place, (1 + ROOM_SHARE) * bore.radius).difference(rounded(place, bore.radius))
    index = stage.index_above(mouth - SAME_MM)
    while index >= 0 and common(stage.must[index], ring).area > WALLED_SHARE * ring.area:
        index -= 1
        mouth = stage.levels[index].z if index >= 0 else stage.top
    return mouth


def _steps(tool: Tool, depth: float) -> int:
    """Return the number of pecks in which a drill gets so deep."""
    step = pecks(tool, depth).step_mm
    return math.ceil(depth / step) if step else 1


def reserve(stage: Stage, plans: list[Drilled]) -> None:
    """Keep the mills off the places of holes that are still to be drilled, below their mouths."""
    places: dict[int, list[shapely.Geometry]] = {}
    for plan in plans:
        bore, mouth = plan.bore, _mouth(stage, plan.bore)
        below = next((i for i, level in enumerate(stage.levels) if level.z < mouth - SAME_MM), None)
        if below is not None:
            places.setdefault(below, []).append(rounded(shapely.Point(bore.x, bore.y), bore.radius + FULL_MM))
    for index, discs in places.items():
        stage.keep(index, joined(discs))
