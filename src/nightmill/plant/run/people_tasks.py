"""People's tasks of a live run, and their answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from nightmill.plant.run.live import clock_of, task_list
from nightmill.plant.views.task_text import task_text
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.person_tasks import PersonTask, TaskAnswer


def open_tasks(folder: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill tasks``: what people are asked to do now, oldest first. Raises ``BadInput`` without a live run."""
    shop = whole_shop(folder)
    tasks = task_list(folder)
    try:
        return {"tasks": [_record(task, shop.start) for task in tasks.open_tasks()]}
    finally:
        tasks.close()


def task_done(
    folder: Path, task_id: str, *, by: str, values: Mapping[str, float] | None = None, refused: str = ""
) -> dict[str, Any]:
    """Record that a person has done a task, with the values asked for, or has ``refused`` it for a reason; return the task.

    Raises ``BadInput`` if the task isn't open, or values are missing or unknown.
    """
    if not by.strip():
        raise BadInput(Finding("--by", "", repr(by), "the name of the person", "Give your name."))
    if refused and values:
        raise BadInput(Finding("--refuse", task_id, "a refusal with values", "one of them", "Leave the other out."))
    shop = whole_shop(folder)
    tasks = task_list(folder)
    try:
        task = tasks.answer(task_id, TaskAnswer(by, clock_of(shop)(), refused, dict(values or {})))
    finally:
        tasks.close()
    return {**_record(task, shop.start), "by": by, "refused": refused, "values": dict(values or {})}


def _record(task: PersonTask, start: datetime) -> dict[str, Any]:
    return {
        "id": task.id,
        "kind": task.kind,
        "machine": task.machine,
        "part": task.part,
        "text": task_text(task),
        "since": _moment(start, task.since_s),
        "due": _moment(start, task.due_s),
        "asks": [msgspec.to_builtins(each) for each in task.asks],
    }


def _moment(start: datetime, at_s: float) -> str:
    return (start + timedelta(seconds=round(at_s))).isoformat()
