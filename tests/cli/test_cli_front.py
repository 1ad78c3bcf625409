"""The front page: every command in its panel, as wide as the terminal, and quick to come."""

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.cli.front import PANELS


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
def test_all_commands_stand_on_it_in_the_order_of_the_panels(words: list[str]) -> None:
    text = CliRunner().invoke(app, words).stdout
    commands = getattr(typer.main.get_command(app), "commands", {})
    listed = [line.split()[1] for line in text.splitlines() if line.startswith("│ ") and line[2:3].isalpha()]
    assert sorted(listed) == sorted(commands)
    assert listed == [name for names in PANELS.values() for name in names.split()]
    assert "--version" in text
    assert "\x1b" not in text, "colours are for terminals"


@pytest.mark.parametrize("columns", [20, 50, 80, 200])
def test_its_boxes_are_as_wide_as_the_terminal_within_limits(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = CliRunner().invoke(app, ["--help"]).stdout
    assert {len(line) for line in text.splitlines() if line[:1] in "╭│╰" and line} == {min(max(columns, 40), 120)}


def test_it_comes_without_the_library_that_draws_the_help_of_commands() -> None:
    program = (
        "import sys, nightmill.cli.app\n"
        "sys.argv = ['nightmill', '--help']\n"
        "try:\n    nightmill.cli.app.run()\nexcept SystemExit:\n    pass\n"
        "print('RICH', 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert "RICH False" in done.stdout


def test_where_output_cannot_show_lines_its_boxes_are_plain() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    program = "import sys\nfrom nightmill.cli.app import run\nsys.argv = ['nightmill', '--help']\nrun()"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "+- Begin here ---" in done.stdout
