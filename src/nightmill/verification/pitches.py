"""Whether tools that cut threads go one pitch of theirs a turn of the spindle."""

from collections.abc import Sequence

from nightmill.verification.path import FEED, Motions, Problem
from nightmill.vocabulary.plan import Tool

_OFF_SHARE = 0.005
"""How far the feed a turn may lie off the pitch: programs state feeds a minute in whole figures."""


def off_pitch(motions: Motions, tools: Sequence[Tool]) -> list[Problem]:
    """One problem for each line on which a tap, or a threading insert, feeds other than its pitch a turn."""
    pitches = {tool.number: tool.pitch_mm for tool in tools if tool.pitch_mm and tool.type in ("tap", "turning")}
    found: dict[int, Problem] = {}
    for move in motions.primitives:
        pitch = pitches.get(move.tool)
        if pitch is None or move.kind != FEED or move.rpm <= 0:
            continue
        turn = move.feed_mm_min / move.rpm
        if abs(turn - pitch) > _OFF_SHARE * pitch:
            text = f"T{move.tool} feeds {turn:.4g} mm a turn, the thread that it cuts has a pitch of {pitch:g} mm"
            found.setdefault(move.line, Problem(move.line, text))
    return list(found.values())
