"""The stored record schedules: what their table says of them, and that their checker finds faults."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "certificates"
CHECK = runpy.run_path(str(FOLDER / "check.py"))
SMALL = CHECK["read"]("2 2 1.5\n2 1 1 3 2 1 4 2 5\n1 1 2 2\n")


def certificate(**changes: int) -> dict[str, Any]:
    """Two jobs on two machines, done at 7."""
    rows = [(0, 0, 0, 0, 3), (0, 1, 0, 3, 7), (1, 0, 1, 0, 2)]
    operations = [dict(zip(("job", "operation", "machine", "start", "end"), row, strict=True)) for row in rows]
    operations[1] |= changes
    return {"instance": "small", "makespan": 7, "operations": operations}


def test_the_table_names_every_record_with_its_makespan() -> None:
    table = re.findall(r"^\| (\w+) \| [\d× ]+ \| (\d+) \| (\d+) \| (\d+) \|$", (FOLDER / "README.md").read_text(), re.M)
    stored = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    assert {name: int(makespan) for name, makespan, _, _ in table} == {n: c["makespan"] for n, c in stored.items()}
    assert all(int(bound) <= int(makespan) < int(published) for _, makespan, published, bound in table)
    assert all(max(o["end"] for o in c["operations"]) == c["makespan"] for c in stored.values())


def test_the_checker_reads_the_usual_text() -> None:
    assert SMALL == {"jobs": [[[[0, 3]], [[0, 4], [1, 5]]], [[[1, 2]]]]}
    assert CHECK["fault"](SMALL, certificate()) == ""


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"start": 2, "end": 6}, "before the one before"),
        ({"end": 8}, "isn't offered"),
        ({"machine": 1}, "isn't offered"),
        ({"operation": 0}, "exactly once"),
        ({"start": 4, "end": 8}, "ends at 8"),
    ],
)
def test_the_checker_finds_faults(changes: dict[str, int], found: str) -> None:
    assert found in CHECK["fault"](SMALL, certificate(**changes))


@pytest.mark.parametrize("text", ["1 2\n2 1 1 3 2\n", "1 2\n1 1 1 3 7\n", "{", ""])
def test_what_is_no_instance_is_told_in_a_sentence(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text(text)
    (tmp_path / "plan.json").write_text(json.dumps(certificate()) if text else "[]")
    monkeypatch.setattr("sys.argv", ["check.py", str(tmp_path / "in.txt"), str(tmp_path / "plan.json")])
    assert CHECK["main"]() == 2
    assert "in.txt" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["check.py", "alone.json"])
    assert CHECK["main"]() == 2
    assert "two files" in capsys.readouterr().err
