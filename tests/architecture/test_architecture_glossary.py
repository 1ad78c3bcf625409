"""The glossary: alphabetical, each word once, and every record, file and command that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nightmill"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| house word", "| ---"))
]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
CLASSES = {
    name
    for path in SOURCE.rglob("*.py")
    for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def test_the_glossary_is_long_enough_and_in_alphabetical_order() -> None:
    words = [row[0].lower() for row in ROWS]
    assert len(words) >= 90
    assert words == sorted(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_whole_and_names_only_what_is_there(row: list[str]) -> None:
    assert len(row) == 5
    assert all(row)
    for name in re.findall(r"`([^`]+)`", row[4]):
        if name.startswith("nightmill "):
            assert re.search(rf"^## `{name}( |`)", COMMANDS, re.MULTILINE), f"no command {name}"
        elif "/" in name:
            assert (SOURCE / name).exists(), f"no file {name}"
        else:
            assert name in CLASSES, f"no record {name}"
