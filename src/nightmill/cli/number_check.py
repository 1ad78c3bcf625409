"""Refuse numbers that make no sense on any command line, before the command starts.

``nan`` and ``inf`` pass a parser's limits, and so does ``1e308`` if an option has no upper limit. Given such a time, a command would run
forever.
"""

import inspect
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from nightmill.vocabulary.errors import BadInput, Finding

MOST = 1e12
"""Larger than any amount, length, time or count in a shop; options may have narrower limits."""


def finite_only(app: typer.Typer) -> None:
    """Make every command of ``app`` and of its groups refuse a number that isn't finite or whose magnitude exceeds ``MOST``."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = _checked(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            finite_only(group.typer_instance)


def _checked(callback: Callable[..., Any]) -> Callable[..., Any]:
    words = {name: _word(name, each.default) for name, each in inspect.signature(callback).parameters.items()}

    @wraps(callback)
    def checked(**values: Any) -> Any:
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise BadInput(Finding("command line", words[name], str(value), "a finite number", "Correct it."))
            if isinstance(value, float | int) and abs(value) > MOST:
                expected = f"a number from {-MOST:g} to {MOST:g}"
                raise BadInput(Finding("command line", words[name], _short(value), expected, "Correct it."))
        return callback(**values)

    return checked


def _short(value: float) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)[:40]


def _word(name: str, default: Any) -> str:
    """Return an option or argument as a person types it."""
    decls = getattr(default, "param_decls", None) or ()
    long = next((each for each in decls if each.startswith("--")), "")
    if long:
        return str(long)
    return name.upper() if isinstance(default, typer.models.ArgumentInfo) else f"--{name.replace('_', '-')}"
