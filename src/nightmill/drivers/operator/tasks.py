"""The list of tasks in SQLite: the run writes tasks, people's commands and pages write answers; each task is answered once."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.person_tasks import AnsweredTask, PersonTask, TaskAnswer, TaskKind

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, answer BLOB, withdrawn INTEGER NOT NULL DEFAULT 0)
"""
_ENCODER = msgspec.msgpack.Encoder()
_TASKS = msgspec.msgpack.Decoder(PersonTask)
_ANSWERS = msgspec.msgpack.Decoder(TaskAnswer)


class TaskList:
    """The open list; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises ``EnvironmentFailed`` if it can't be written."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=10.0, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_SCHEMA)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def ask(self, task: PersonTask) -> None:
        """Add a task, unless one of this id exists."""
        with self._writing():
            self._db.execute(
                "INSERT OR IGNORE INTO tasks (id, kind, body) VALUES (?, ?, ?)",
                (task.id, task.kind, _ENCODER.encode(task)),
            )

    def find(self, task_id: str) -> AnsweredTask | None:
        """Return a task with its answer; ``None`` if there is no task of this id."""
        row = self._db.execute("SELECT body, answer FROM tasks WHERE id = ?", (task_id,)).fetchone()
        if row is None:
            return None
        return AnsweredTask(_TASKS.decode(row[0]), _ANSWERS.decode(row[1]) if row[1] is not None else None)

    def open_tasks(self) -> list[PersonTask]:
        """Return the tasks without an answer, oldest first."""
        rows = self._db.execute("SELECT body FROM tasks WHERE answer IS NULL AND withdrawn = 0 ORDER BY rowid")
        return [_TASKS.decode(body) for (body,) in rows.fetchall()]

    def answered(self, kind: TaskKind) -> list[AnsweredTask]:
        """Return the answered tasks of one kind, oldest first."""
        rows = self._db.execute(
            "SELECT body, answer FROM tasks WHERE answer IS NOT NULL AND kind = ? ORDER BY rowid", (kind,)
        )
        return [AnsweredTask(_TASKS.decode(body), _ANSWERS.decode(answer)) for body, answer in rows.fetchall()]

    def answer(self, task_id: str, answer: TaskAnswer) -> PersonTask:
        """Record the answer to an open task, and return the task. Raises ``BadInput`` if the task isn't open, or values are missing,
        unknown or not finite.
        """
        with self._writing():
            row = self._db.execute("SELECT body, answer, withdrawn FROM tasks WHERE id = ?", (task_id,)).fetchone()
            if row is None or row[1] is not None or row[2]:
                open_ids = ", ".join(task.id for task in self.open_tasks()) or "none is open"
                found = f"{task_id}, which " + ("isn't a task" if row is None else "has been answered or withdrawn")
                remedy = "List the open tasks with: nightmill tasks SHOP"
                raise BadInput(Finding("TASK", "", found, f"an open task: {open_ids}", remedy))
            task = _TASKS.decode(row[0])
            if not answer.refused:
                _check_values(task, answer)
            self._db.execute("UPDATE tasks SET answer = ? WHERE id = ?", (_ENCODER.encode(answer), task_id))
        return task

    def withdraw(self, task_id: str) -> None:
        """Take an unanswered task back, for example because a machine has begun by itself."""
        with self._writing():
            self._db.execute("UPDATE tasks SET withdrawn = 1 WHERE id = ? AND answer IS NULL", (task_id,))

    def close(self) -> None:
        """Close the list."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:  # commits, or rolls back after an error
                yield
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: sqlite3.Error) -> EnvironmentFailed:
        remedy = "Free some space or correct the permissions."
        return EnvironmentFailed(Finding(str(self._path), "tasks", str(error), "a list that can be written", remedy))


def _check_values(task: PersonTask, answer: TaskAnswer) -> None:
    asked = {value.name for value in task.asks}
    missing, unknown = asked - answer.values.keys(), answer.values.keys() - asked
    if missing or unknown:
        found = ", ".join([*(f"no {name}" for name in sorted(missing)), *(f"{name} too" for name in sorted(unknown))])
        expected = f"a value for each of {', '.join(sorted(asked))}" if asked else "no value"
        raise BadInput(
            Finding("--value", task.id, found, expected, "Give each as --value NAME=NUMBER, or --refuse WHY.")
        )
    for name, value in answer.values.items():
        if not -1e6 < value < 1e6:
            raise BadInput(Finding("--value", name, str(value), "a measured value in mm", "Correct it."))
