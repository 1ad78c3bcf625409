"""Check that thread-cutting tools feed one pitch per revolution, and that an insert is synchronised with the spindle.

A tap may feed unsynchronised (G1 with a floating holder), since the thread already started guides the tap.
"""

from collections.abc import Sequence

from nightmill.verification.nc.motions import FEED, Motions, Primitive, Problem
from nightmill.vocabulary.plan import Tool

_OFF_SHARE = 0.005
"""How far the feed per revolution may be off the pitch: programs state feeds per minute in whole numbers."""


def off_pitch(motions: Motions, tools: Sequence[Tool]) -> list[Problem]:
    """Return one problem for each line on which a tap or threading insert doesn't feed its pitch per revolution."""
    threading = {tool.number: tool for tool in tools if tool.pitch_mm and tool.type in ("tap", "turning")}
    found: dict[int, Problem] = {}
    for move in motions.primitives:
        tool = threading.get(move.tool)
        if tool is not None and move.kind == FEED and move.rpm > 0 and (text := _fault(move, tool)):
            found.setdefault(move.line, Problem(move.line, text))
    return list(found.values())


def _fault(move: Primitive, tool: Tool) -> str:
    pitch, turn = tool.pitch_mm or 0.0, move.feed_mm_min / move.rpm
    if abs(turn - pitch) > _OFF_SHARE * pitch:
        return (
            f"T{move.tool} feeds {turn:.4g} mm per revolution, but the thread that it cuts has a pitch of {pitch:g} mm"
        )
    if tool.type == "turning" and not move.synchronised:
        return f"T{move.tool} cuts a thread with a feed that isn't synchronised with the spindle (G33)"
    return ""
