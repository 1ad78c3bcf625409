"""Every command is described, answers ``--help``, and errors are sentences."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperOption
from typer.testing import CliRunner

from nightmill.cam import posts
from nightmill.cli.app import app
from nightmill.cli.help_page import PANELS
from nightmill.cli.output import fail
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def _words() -> list[str]:
    root = typer.main.get_command(app)
    found: list[str] = []
    for name, command in getattr(root, "commands", {}).items():
        inner = getattr(command, "commands", None)
        found += [f"{name} {each}" for each in inner] if inner else [name]
    return found


@pytest.mark.parametrize("word", _words())
def test_a_command_stands_in_the_docs_and_has_help(word: str) -> None:
    assert f"`{word}" in DOCS.read_text(encoding="utf-8")
    answer = CliRunner().invoke(app, [*word.split(), "--help"])
    assert answer.exit_code == 0


@pytest.mark.parametrize(("kind", "code"), [(BadInput, 2), (EnvironmentFailed, 3)])
def test_an_error_is_one_sentence_and_one_document(
    kind: type[BadInput | EnvironmentFailed], code: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    error = kind(Finding("part.step", "line 3", "x", "y", "Mend it."))
    assert fail(error, as_json=True) == code
    out, err = capfdbinary.readouterr()
    assert json.loads(out)["error"]["findings"][0]["place"] == "line 3"
    assert b"part.step: line 3: found x; expected y. Mend it." in err


def _options(command: Any) -> Iterator[TyperOption]:
    for inner in getattr(command, "commands", {}).values():
        yield from _options(inner)
    yield from (each for each in command.params if isinstance(each, TyperOption))


def test_every_whole_number_on_the_command_line_has_limits() -> None:
    whole = [
        one for one in _options(typer.main.get_command(app)) if one.type_descriptor.annotation in (int, int | None)
    ]
    assert len(whole) > 20
    assert not [one.opts for one in whole if one.min is None or one.max is None]


def test_the_help_shows_each_command_in_the_panel_of_what_it_is_about() -> None:
    listed = [name for names in PANELS.values() for name in names.split()]
    root = typer.main.get_command(app)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(getattr(root, "commands", {}))
    assert next(iter(PANELS.values())).split()[0] == "demo", "what a newcomer needs comes first"


def test_the_help_names_every_control_that_a_post_writes_for() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("| `--post` |"))
    assert not [name for name in posts.post_names() if name not in line]
