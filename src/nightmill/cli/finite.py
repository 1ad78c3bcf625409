"""Numbers on the command line that are none: ``nan`` and ``inf`` pass a parser's limits and are refused for every command."""

import inspect
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from nightmill.vocabulary.errors import BadInput, Finding


def finite_only(app: typer.Typer) -> None:
    """Let no command of ``app``, nor of its groups, be called with a number that isn't finite."""
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
        return callback(**values)

    return checked


def _word(name: str, default: Any) -> str:
    """How a person writes an option or argument."""
    decls = getattr(default, "param_decls", None) or ()
    long = next((each for each in decls if each.startswith("--")), "")
    if long:
        return str(long)
    return name.upper() if isinstance(default, typer.models.ArgumentInfo) else f"--{name.replace('_', '-')}"
