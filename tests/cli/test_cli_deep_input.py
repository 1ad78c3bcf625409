"""A document nested beyond all measure, or with a number without end, is bad input wherever one is read."""

import json
import sys
from pathlib import Path

import pytest

from nightmill.cli import app as entry

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
