"""A document nested beyond all measure, or with a number without end, is bad input wherever one is read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from nightmill.cli import app as entry
from nightmill.vocabulary.errors import Finding

EXAMPLE = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example"
STEP = str(EXAMPLE / "parts" / "bracket.step")
COMMANDS = [
    ("buffers", "FILE"),
    ("capacity", "FILE"),
    ("explain", "FILE", "J1"),
    ("features", STEP, "--labels", "FILE"),
    ("inspect", "results", str(EXAMPLE / "history.csv"), "FILE"),
    ("promise", "FILE", "FILE"),
    ("replan", "FILE", "FILE"),
    ("schedule", "FILE"),
    ("site", "--case", "FILE"),
    ("tune", "suggest", "FILE"),
    ("verify", "FILE", "--target", STEP),
    ("what-if", "FILE"),
]


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 100_000, '{"a": 1' + "0" * 5000 + "}"], ids=["lists", "objects", "digits"]
)
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2])[:20])
def test_no_document_is_too_deep_to_be_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    text: str,
) -> None:
    file = tmp_path / "document.json"
    file.write_text(text)
    monkeypatch.setattr(
        sys, "argv", ["nightmill", *(str(file) if word == "FILE" else word for word in words), "--json"]
    )
    with pytest.raises(SystemExit) as left:
        entry.run()
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    assert left.value.code == 2
    assert json.loads(out)["error"]["findings"]


def test_an_error_repeats_no_more_of_a_file_than_can_be_read() -> None:
    long = Finding("a.csv", "line 1", "x" * 300_000 + "the end", "a number", "Correct it.")
    assert len(long.sentence()) < 700
    assert "the end (300,007 characters)" in long.found
    again = msgspec.json.decode(msgspec.json.encode(long), type=Finding)
    assert again == long
    assert Finding("a.csv", "", "y" * 600, "", "").found == "y" * 600


@pytest.mark.parametrize("option", ["--promotions", "--booked", "--parts"])
def test_an_empty_table_beside_the_history_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], option: str
) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    words = ["forecast", str(EXAMPLE / "history.csv"), "--horizon", "4", option, str(empty)]
    monkeypatch.setattr(sys, "argv", ["nightmill", *words, "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert left.value.code == 2
    (finding, *_) = json.loads(capfd.readouterr().out)["error"]["findings"]
    assert finding["file"] == str(empty)


@pytest.mark.parametrize("name", ["n" * 300, "file.txt/beyond.json"])
def test_a_path_that_no_file_can_have_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / "file.txt").write_text("")
    monkeypatch.setattr(sys, "argv", ["nightmill", "site", "--case", str(tmp_path / name), "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert left.value.code == 2
    assert name in json.loads(capfd.readouterr().out)["error"]["findings"][0]["file"]


def test_a_file_name_that_is_no_utf8_can_be_told() -> None:
    finding = Finding(os.fsdecode(b"/tmp/\xff.step"), "", os.fsdecode(b"\xfe"), "a file", "Rename it.")
    assert (finding.file, finding.found) == ("/tmp/\ufffd.step", "\ufffd")
    assert msgspec.json.encode(finding)
    assert msgspec.json.encode(Finding("a", "", json.loads('"\\ud800"'), "text", "Correct it."))


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("spc", "FILE"), "--lsl"),
        (("spc", "FILE"), "--lambda"),
        (("inspect", "gauge", "FILE"), "--reference-sd"),
        (("twin", "FILE"), "--days"),
        (("site", "FILE"), "--lots"),
    ],
)
def test_no_number_on_the_command_line_is_without_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], option: str, number: str
) -> None:
    given = [str(EXAMPLE / "history.csv") if word == "FILE" else word for word in words]
    monkeypatch.setattr(sys, "argv", ["nightmill", *given, f"{option}={number}", "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert left.value.code == 2
    assert option in json.dumps(json.loads(capfd.readouterr().out)["error"]["findings"][0])


@pytest.mark.parametrize("command", ["run", "twin", "schedule", "what-if", "demo", "bench"])
@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
def test_a_seed_has_limits(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, seed: str
) -> None:
    given = {"demo": [], "bench": ["twin"]}.get(command, [str(EXAMPLE)])
    monkeypatch.setattr(sys, "argv", ["nightmill", command, *given, f"--seed={seed}", "--json"])
    with pytest.raises(SystemExit) as left:
        entry.run()
    assert left.value.code == 2
    assert "--seed" in json.loads(capfd.readouterr().out)["error"]["findings"][0]["found"]


@pytest.mark.parametrize("given", [b"\xff\xfe\n", b"[" * 200_000 + b"\n", b"no json\n", b"[1]\n"])
def test_a_line_on_standard_input_that_is_none_is_bad_input(given: bytes) -> None:
    words = [sys.executable, "-m", "nightmill", "bench", "offset", "--plant", "-"]
    done = subprocess.run(words, input=given, capture_output=True, check=False, timeout=600)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith((b"error: stdin: line 1: found", b"error: standard input: found"))
