"""Check that thread-cutting tools feed one pitch per revolution, and that an insert is synchronised with the spindle.

A tap may feed unsynchronised (G1 with a floating holder), since the thread already started guides the tap.
"""

from collections.abc import Sequence

from nightmill.verification.nc.motions import FEED, Motions, Primitive
from nightmill.vocabulary.certificate_findings import CertificateFinding, FindingCode
from nightmill.vocabulary.plan import Tool

_OFF_SHARE = 0.005
"""Tolerance of the feed per revolution relative to the pitch: programs state feeds per minute in whole numbers."""


def off_pitch(program: str, motions: Motions, tools: Sequence[Tool]) -> list[CertificateFinding]:
    """Return one fault for each line on which a tap or threading insert doesn't feed its pitch per revolution."""
    threading = {tool.number: tool for tool in tools if tool.pitch_mm and tool.type in ("tap", "turning")}
    found: dict[int, CertificateFinding] = {}
    for move in motions.primitives:
        tool = threading.get(move.tool)
        if tool is not None and move.kind == FEED and move.rpm > 0 and (fault := _fault(program, move, tool)):
            found.setdefault(move.line, fault)
    return list(found.values())


def _fault(program: str, move: Primitive, tool: Tool) -> CertificateFinding | None:
    pitch, turn = tool.pitch_mm or 0.0, move.feed_mm_min / move.rpm
    if abs(turn - pitch) > _OFF_SHARE * pitch:
        return CertificateFinding(
            code=FindingCode.FEED_OFF_PITCH,
            fault=True,
            program=program,
            line=move.line,
            tool=move.tool,
            amount=turn,
            limit=pitch,
        )
    if tool.type == "turning" and not move.synchronised:
        return CertificateFinding(
            code=FindingCode.THREAD_NOT_SYNCHRONISED, fault=True, program=program, line=move.line, tool=move.tool
        )
    return None
