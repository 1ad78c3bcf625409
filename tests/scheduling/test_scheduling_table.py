"""The table of the makespan search: gaps to the best known, their mean by kind, and what is unsolved."""

import json
import sys
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from schedule_table import Row, main, means

TWO = [[[[0, 3]], [[1, 2]]], [[[1, 2]], [[0, 4]]]]
FLEXIBLE = [[[[0, 3], [1, 3]]], [[[0, 3], [1, 3]]]]


def test_table_measures_a_folder_against_its_best_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "instances").mkdir()
    known = {"two": {"ub": 7}, "flexible": {"ub": 2}, "elsewhere": {"ub": 1}}
    (tmp_path / "best_known.json").write_text(json.dumps(known))
    for name, jobs in (("two", TWO), ("flexible", FLEXIBLE)):
        text = json.dumps({"name": name, "machines": 2, "jobs": jobs})
        (tmp_path / "instances" / f"{name}.json").write_text(text)
    main([str(tmp_path), "--seconds", "2", "--seeds", "2", "--cores", "1", "--cpu", "--json", str(tmp_path / "t.json")])
    table = json.loads((tmp_path / "t.json").read_text())
    found = {row["name"]: (row["kind"], row["makespans"], row["gap"]) for row in table["rows"]}
    assert found == {"two": ("jsp", [7, 7], 0.0), "flexible": ("fjsp", [3, 3], 0.5)}
    assert table["means"]["fjsp"] == {"instances": 1, "unsolved": 0, "gap": 0.5}
    assert "jsp: mean gap 0.00% over 1 instances, 0 unsolved" in capsys.readouterr().out


def test_an_instance_without_a_valid_schedule_counts_as_unsolved_and_leaves_the_mean() -> None:
    solved = Row("a", "jsp", 4, 100, (103, 101, 102), (1, 1, 1), 90)
    assert solved.gap == pytest.approx(0.02)
    unsolved = msgspec.structs.replace(solved, makespans=(None, 101, 102))
    mean = means([solved, unsolved])["jsp"]
    assert (mean.instances, mean.unsolved) == (2, 1)
    assert mean.gap == pytest.approx(0.02)
