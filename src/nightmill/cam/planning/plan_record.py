"""The result of planning, and its file ``plan.json``."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from nightmill.vocabulary.plan import Plan

Made = Callable[[Plan, dict[str, bytes], bool], None]
"""Callback that receives the unfinished plan, its files, and whether all setups are planned."""


@dataclass(frozen=True)
class ProcessPlan:
    """A plan with its files: ``files`` maps names to bytes (programs, fixture meshes, setup sheets).

    ``held``: the lathe can't hold the piece by its other end, so that the end in the jaws stays uncut.
    """

    plan: Plan
    files: dict[str, bytes]
    notes: tuple[str, ...]
    held: bool = False


@dataclass(frozen=True)
class Refused:
    """A step that verification refused: setup name, strategy and tool number."""

    setup: str
    strategy: str
    tool: int


def gave_up_note(direction: str, error: Exception) -> str:
    """Return the note that a setup was given up because the geometry library could not join its outlines."""
    return f"setup from {direction} was given up: its outlines could not be joined ({error})"


def write_plan(plan: Plan) -> bytes:
    """Return ``plan.json`` (format ``nightmill-plan/1``) as UTF-8 bytes, indented for readers."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
