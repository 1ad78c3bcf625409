"""Read an NC program as a machine's control does: its cycle time, and the use of each tool."""

from functools import lru_cache
from hashlib import sha256

from nightmill.drivers.virtual_shop.state import ProgramReading, Reality, ToolUse
from nightmill.vocabulary.commands import StoreProgram, program_statement
from nightmill.vocabulary.shop import MachineLimits, cutter_kind, holds_tool


@lru_cache(maxsize=128)
def read_nc(text: str, limits: MachineLimits) -> tuple[ProgramReading | None, str]:
    """Return the reading of a program on a machine, or the reason why the control refuses it."""
    # imported here, since verification's geometry is slow to load and an idle world never needs it
    from nightmill.verification import read_program

    summary = read_program(text, limits)
    fatal = [problem.sentence() for problem in summary.problems if problem.fatal]
    if fatal:
        return None, "the control can't read the program: " + "; ".join(fatal[:3])
    tools = tuple(
        ToolUse(use.tool, use.cutting_s, min(use.spindle_rpm, limits.spindle_rpm_max), use.feed_mm_min)
        for use in summary.tools
        if use.cutting_s > 0
    )
    if not tools or summary.cycle_s <= 0:
        return None, "the program cuts nothing"
    return ProgramReading(summary.cycle_s, tools), ""


def not_signed(command: StoreProgram, key: str) -> str:
    """Return why a control with the public key ``key`` refuses the program; empty if it accepts the program, or has no key."""
    if not key:
        return ""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(command.signature), program_statement(command.operation, command.sha256))
    except (InvalidSignature, ValueError):
        return f"the program for {command.operation} isn't signed with the shop's key"
    return ""


def examine(reality: Reality, command: StoreProgram) -> tuple[ProgramReading | None, str]:
    """Check hash, text, tools and spindle of a program against the machine that is to store it."""
    mill = reality.mills.get(command.unit)
    if mill is None:
        return None, f"{command.unit or 'no unit'} is not a mill or lathe"
    if sha256(command.text.encode()).hexdigest() != command.sha256.lower():
        return None, "the text doesn't have the SHA-256 given"
    reading, problem = read_nc(command.text, mill.limits)
    if reading is not None:
        unknown = [f"T{use.number}" for use in reading.tools if use.number not in reality.tools]
        if unknown:
            return None, "the shop has no tool " + ", ".join(unknown)
        kind = cutter_kind(mill.unit)
        foreign = [f"T{use.number}" for use in reading.tools if not holds_tool(kind, reality.tools[use.number])]
        if foreign:
            return None, f"a {kind} doesn't hold " + ", ".join(foreign)
    return reading, problem
