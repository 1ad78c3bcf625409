"""Whether tools that cut threads go one pitch of theirs a turn, an insert tied to the spindle at each turn of it.

A tap may feed by itself (G1 with a holder that gives way), since the thread that it has begun leads it.
"""

from collections.abc import Sequence

from nightmill.verification.nc.motions import FEED, Motions, Primitive, Problem
from nightmill.vocabulary.plan import Tool

_OFF_SHARE = 0.005
"""How far the feed a turn may lie off the pitch: programs state feeds a minute in whole figures."""


def off_pitch(motions: Motions, tools: Sequence[Tool]) -> list[Problem]:
    """One problem for each line on which a tap or a threading insert feeds other than its pitch a turn."""
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
        return f"T{move.tool} feeds {turn:.4g} mm a turn, the thread that it cuts has a pitch of {pitch:g} mm"
    if tool.type == "turning" and not move.synchronised:
        return f"T{move.tool} cuts a thread by a feed that isn't tied to the spindle's turns (G33)"
    return ""
