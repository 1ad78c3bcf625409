"""No number on the command line is taken that no command can mean: every option of every command, with values beyond all bounds."""

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from nightmill.cli import app as entry


def _numbers(app: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """The words of each command that takes numbers with what must be given besides, an option that is one, whether it is whole."""
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from _numbers(group.typer_instance, (*before, str(group.name)))
    for command in app.registered_commands:
        assert command.callback is not None
        asked = inspect.signature(command.callback).parameters.values()
        name = command.name or command.callback.__name__.replace("_", "-")
        needed = [word for each in asked if each.default.default is ... for word in _given(each)]
        for each in asked:
            if isinstance(each.default, typer.models.OptionInfo) and each.annotation in NUMBERS:
                yield (*before, name, *needed), _option(each), NUMBERS[each.annotation]


NUMBERS: dict[Any, bool] = {float: False, float | None: False, int: True, int | None: True}
"""The types of numbers, and whether they are whole."""


def _given(parameter: inspect.Parameter) -> tuple[str, ...]:
    word = "1" if parameter.annotation in NUMBERS else "x"
    return (word,) if isinstance(parameter.default, typer.models.ArgumentInfo) else (_option(parameter), word)


def _option(parameter: inspect.Parameter) -> str:
    return next(iter(parameter.default.param_decls or ()), f"--{parameter.name.replace('_', '-')}")


ALL = tuple(_numbers(entry.app))


def test_numbers_are_found_in_most_commands() -> None:
    assert len({words for words, *_ in ALL}) > 15
    assert ("what-if", "x") in {words for words, *_ in ALL}


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize(("words", "option", "whole"), ALL, ids=["-".join((*w, o)) for w, o, _ in ALL])
def test_no_number_is_beyond_all_bounds(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    option: str,
    whole: bool,
    sign: str,
) -> None:
    number = sign + ("9" * 400 if whole else "1e308")
    monkeypatch.setattr(sys, "argv", ["nightmill", *words, f"{option}={number}"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    (line,) = capfd.readouterr().err.splitlines()
    assert left.value.code == 2
    assert line.startswith("error: ")
    assert option in line
    assert len(line) < 1200
