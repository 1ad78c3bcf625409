"""The front page: every command in its panel, as wide as the terminal, and quick to come."""

import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.cli.command_reference import front_table
from nightmill.cli.help_boxes import TABLE, page, plain, told_at_once
from nightmill.cli.help_page import PANELS


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
    assert "+- Start here ---" in done.stdout


def test_its_table_is_current() -> None:
    with open(TABLE, encoding="utf-8") as file:
        assert file.read() == front_table(), "write it anew: python -m nightmill.cli.command_reference docs/commands.md"


@pytest.mark.parametrize("words", [["--help"], ["-h"], []])
@pytest.mark.parametrize("columns", ["", "50", "200", "none"])
def test_at_once_it_is_what_the_commands_themselves_tell(words: list[str], columns: str) -> None:
    environment = {**os.environ, "COLUMNS": columns, "PYTHONIOENCODING": "utf-8"}
    told = []
    for call in ("import nightmill.cli; nightmill.cli.main()", "from nightmill.cli.app import run; run()"):
        program = f"import sys; sys.argv = ['nightmill', *{words}]\n{call}"
        asked = [sys.executable, "-c", program]
        done = subprocess.run(asked, capture_output=True, timeout=300, check=True, env=environment)
        told.append(done.stdout)
    assert told[0] == told[1]
    assert b"Start here" in told[0]


def test_at_once_the_framework_stays_away() -> None:
    program = (
        "import sys, nightmill.cli\n"
        "sys.argv = ['nightmill', '--help']\n"
        "nightmill.cli.main()\n"
        "print('LOADED', 'typer' in sys.modules, 'nightmill.cli.app' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert "LOADED False False" in done.stdout


def test_other_words_are_left_to_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--version"], ["plan", "--help"], ["--help", "plan"], ["nonesuch"]):
        assert not told_at_once(words)
    assert capsys.readouterr().out == ""


def test_a_reader_that_has_gone_ends_it_without_a_trace() -> None:
    program = "import sys, nightmill.cli\nsys.argv = ['nightmill', '--help']\nnightmill.cli.main()"
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (3, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
def test_a_disk_without_room_is_said_as_of_every_command() -> None:
    program = "import sys, nightmill.cli\nsys.argv = ['nightmill', '--help']\nnightmill.cli.main()"
    words = [sys.executable, "-c", program]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("error: files: found No space left")
    assert "Traceback" not in done.stderr


def test_without_an_output_it_ends_in_peace() -> None:
    words = ["sh", "-c", f"exec {sys.executable} -m nightmill --help >&-"]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_on_a_terminal_it_has_colours_unless_they_are_not_wanted() -> None:
    coloured = page("nightmill", "What for.", [("Panel", [("name", "told")])])
    assert "\x1b[36m\x1b[1mname" in coloured
    assert "\x1b" not in plain(coloured)
