"""The outcome of planning and its file ``plan.json``."""

from dataclasses import dataclass

import msgspec

from nightmill.vocabulary.plan import Plan


@dataclass(frozen=True)
class ProcessPlan:
    """A plan with its files: ``files`` maps names to bytes (programs, fixture meshes, setup sheets)."""

    plan: Plan
    files: dict[str, bytes]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    """A step that a proof has refused: in a setup, by its name, what a strategy does with a tool, by its number."""

    setup: str
    strategy: str
    tool: int


def write_plan(plan: Plan) -> bytes:
    """``plan.json`` (format ``nightmill-plan/1``) as UTF-8 bytes, indented for people."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
