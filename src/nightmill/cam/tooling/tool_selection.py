"""Choose mills from a library for a cut by diameter, length and reach."""

from nightmill.cam.tooling.tool_assembly import ToolAssembly
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Tool


def mills(tools: tuple[Tool, ...]) -> list[Tool]:
    """Return flat end mills, largest first; for equal diameters, the stiffest (shortest) first."""
    flat = [t for t in tools if t.type in {"flat"} and t.corner_radius_mm == 0]
    return sorted(flat, key=lambda t: (-t.diameter_mm, t.stickout_mm))


def first_mill(tools: tuple[Tool, ...], size: float) -> Tool:
    """Return the roughing mill for a piece whose shorter side is ``size`` mm; raises BadInput if no flat end mill is listed."""
    flat = mills(tools)
    if not flat:
        raise BadInput(
            Finding(
                file="tools",
                place="type",
                found="no flat end mill",
                expected="at least one flat end mill",
                remedy="List a flat end mill, or leave out the list of tools to use the default ones.",
            )
        )
    most = min(max(0.35 * size, min(NARROW_FIRST_MM, NARROW_SHARE * size), flat[-1].diameter_mm), 20.0)
    fitting = [t for t in flat if t.diameter_mm <= most]
    return fitting[0] if fitting else flat[-1]


def deep_tools(tools: tuple[Tool, ...], used: list[Tool]) -> list[Tool]:
    """Return the long mills that the ladder left out, largest first: for deep rather than narrow features."""
    return [t for t in mills(tools) if t not in used and t.stickout_mm > 6 * t.diameter_mm]


def reaches(tools: tuple[Tool, ...]) -> tuple[float, ...]:
    """Return how far below its holder the longest mill of each diameter reaches, for mills that only cut rest material."""
    longest: dict[float, float] = {}
    for tool in mills(tools):
        if tool.diameter_mm <= SLENDER_MM:
            longest[tool.diameter_mm] = max(longest.get(tool.diameter_mm, 0.0), ToolAssembly(tool).reach_mm)
    return tuple(reach - REACH_SLACK_MM for reach in longest.values())


def rest_diameters(tools: tuple[Tool, ...]) -> list[float]:
    """Return the diameters of the mills that only cut rest material, mm."""
    return sorted({t.diameter_mm for t in mills(tools) if t.diameter_mm <= SLENDER_MM})


SLENDER_MM, REACH_SLACK_MM = 3.0, 0.01

NARROW_FIRST_MM, NARROW_SHARE = 6.0, 0.75
"""Around a narrow piece a mill of this width, or this fraction of the piece's width, has enough space: inner corners are
left to other mills.
"""
