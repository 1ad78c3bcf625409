"""The ``nightmill tune`` commands: suggest a trial, record its result, draw the study."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document, write_atomic
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary

_MOST_MEMORY_BYTES = 64 << 20


def suggest_trial(study: Path, batch: int) -> dict[str, Any]:
    """Return the answer of ``nightmill tune suggest``; the study's history is stored next to the study file."""
    from nightmill.tuning import suggest

    asked = suggest(*_study(study), batch=batch)
    _remember(study, asked.history)
    trials = [dict(msgspec.to_builtins(each)) for each in asked.suggestions]
    return trials[0] if batch == 1 else {"trials": trials}


def draw_trials(study: Path, out: Path) -> dict[str, Any]:
    """Return the answer of ``nightmill tune picture``: convergence, predicted surface and Pareto front of a study as SVG."""
    from nightmill.tuning import draw_study

    described, history = _study(study)
    write_atomic(out, draw_study(described, history).encode())
    return {"picture": str(out), "trials": len(history.trials)}


def tell_trial(study: Path, result: str) -> dict[str, Any]:
    """Return the answer of ``nightmill tune tell``; ``result`` is a file or ``-`` for standard input."""
    text = sys.stdin.read() if result == "-" else read_document(Path(result))
    return _record_result(study, text, result)


def _record_result(study: Path, text: str, name: str) -> dict[str, Any]:
    from nightmill.tuning import Result, tell, told

    try:
        outcome = msgspec.json.decode(text.encode(), type=Result)
    except UNREADABLE as error:
        raise BadInput(
            Finding(name, "", str(error), "a result", 'Write it like {"trial": 1, "outputs": {...}}.')
        ) from error
    described, history = _study(study)
    history = tell(described, history, outcome)
    _remember(study, history)
    return dict(msgspec.to_builtins(told(described, history)))


def tune_lines(study: Path) -> None:
    """Run ``nightmill tune session``: write a suggestion and read a result, one JSON line each, until the input ends."""
    while True:
        sys.stdout.write(json.dumps(suggest_trial(study, 1)) + "\n")
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line.strip():
            return
        _record_result(study, line, "standard input")


def _memory(study: Path) -> Path:
    return study.with_name(study.name + ".history")


def _study(study: Path) -> tuple[Any, Any]:
    from nightmill.tuning import History, read_study

    described = read_study(read_document(study), str(study))
    path = _memory(study)
    if not is_there(path):
        return described, History()
    try:
        return described, msgspec.json.decode(read_ordinary(path, _MOST_MEMORY_BYTES), type=History)
    except UNREADABLE as error:
        raise BadInput(
            Finding(str(path), "", str(error), "a study's history", "Remove the file to start over.")
        ) from error


def _remember(study: Path, history: Any) -> None:
    write_atomic(_memory(study), msgspec.json.encode(history))
