"""Tasks for people: what a person is asked to do in a live run, and the answer."""

from typing import Literal

import msgspec

TaskKind = Literal[
    "store_program",
    "start_cycle",
    "end_cycle",
    "confirm_start",
    "mount",
    "dismount",
    "move",
    "measure",
    "write_offset",
    "replace_tool",
    "load_tool",
    "maintain",
    "repair",
    "treat",
    "end_treatment",
    "unload",
    "purchase",
    "receive",
    "call",
]


class Value(msgspec.Struct, frozen=True):
    """A value that a task asks for: limits where the drawing has them (None: no limit)."""

    name: str
    nominal: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "mm"


class PersonTask(msgspec.Struct, frozen=True):
    """One task. ``id`` is that of its command, with the stage of the work where a command has several; times are shop time.

    ``details`` holds what the sentence for people is made of: pallet, operation, program, file, tool, destination, item, quantity.
    """

    id: str
    kind: TaskKind
    machine: str
    part: str
    since_s: float
    due_s: float
    asks: tuple[Value, ...] = ()
    details: dict[str, str] = {}


class TaskAnswer(msgspec.Struct, frozen=True):
    """A person's answer: done with the ``values`` asked for, or ``refused`` with a reason. ``at_s`` is shop time."""

    by: str
    at_s: float
    refused: str = ""
    values: dict[str, float] = {}


class AnsweredTask(msgspec.Struct, frozen=True):
    """A task and its answer, if there is one yet."""

    task: PersonTask
    answer: TaskAnswer | None = None
