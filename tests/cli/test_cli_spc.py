"""``nightmill spc`` on files: the documented keys, items on one chart, several columns, capability by quantiles, refusals."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightmill.cli import app as entry


def run(capfd: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Exit code and standard output of a command, run in this process."""
    sys.argv = ["nightmill", "spc", *map(str, words)]
    with pytest.raises(SystemExit) as left:
        entry.run()
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    return int(left.value.code or 0), out


def answer(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Any:
    """The JSON document of a command that succeeds."""
    code, out = run(capfd, *words, "--json")
    assert code == 0, out
    return json.loads(out)


@pytest.fixture(autouse=True)
def _command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", list(sys.argv))


@pytest.fixture
def single(tmp_path: Path) -> Path:
    """Thirty runouts, on the edge of 2."""
    file = tmp_path / "runout.csv"
    values = np.random.default_rng(1).rayleigh(0.5, 30)
    file.write_text("value,event\n" + "".join(f"{value:.4f},\n" for value in values))
    return file


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Two items in lots of three; the last reading of B is far off."""
    file = tmp_path / "lots.csv"
    rows = ["A,10,10.01", "A,10,9.99", "A,10,10.02", "B,50,50.1", "B,50,49.9", "B,50,50.0", "A,10,10.00", "B,50,51.5"]
    file.write_text("item,nominal,value\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """Two widths that go together, but for row 35."""
    file = tmp_path / "pair.csv"
    rng = np.random.default_rng(2)
    left = rng.normal(size=40)
    right = left + 0.1 * rng.normal(size=40)
    right[35] = left[35] + 1.5
    file.write_text("left,right\n" + "".join(f"{x:.4f},{y:.4f}\n" for x, y in zip(left, right, strict=True)))
    return file


def test_the_documented_keys_are_all_there(single: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(capfd, single, "--usl", "2", "--lsl", "0")
    assert {"n", "mean", "sd", "charts", "signals", "capability"} <= set(found)
    assert {"kind", "center", "lcl", "ucl", "sigma"} == set(found["charts"][0])
    plain = {"cp", "cpk", "pp", "ppk", "cpk_low", "cpk_high"}
    assert plain <= set(found["capability"])
    for index in ("cp", "cpk", "pp", "ppk"):
        low, middle, high = (found["capability"][index + end] for end in ("_low", "", "_high"))
        assert low < middle < high
    assert found["capability"]["percentiles"] is None


def test_capability_by_the_quantiles_of_what_fits(single: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(capfd, single, "--usl", "2", "--distribution", "rayleigh")["capability"]
    by = found["percentiles"]
    assert by["distribution"] == "rayleigh"
    assert by["ppk_low"] < by["ppk"] < by["ppk_high"]
    assert by["ppk"] < found["ppk"]
    code, out = run(capfd, single, "--usl", "2", "--distribution", "rayleigh")
    assert code == 0
    assert "ppk (rayleigh, fits)" in out


def test_items_on_one_chart(items: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(capfd, items, "--short-run", "z")
    assert [one["item"] for one in found["short_run"]["items"]] == ["A", "B"]
    assert found["charts"][0]["ucl"] == 3.0
    deviations = answer(capfd, items, "--short-run", "deviation", "--usl", "1")
    assert {"index": 7, "chart": "individuals", "rule": "beyond_limits"} in deviations["signals"]
    assert deviations["capability"]["cpk"] is not None
    assert "items" in run(capfd, items, "--short-run", "deviation")[1]


def test_columns_that_go_together(pair: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = answer(capfd, pair, "--columns", "left,right", "--reference", "30")
    assert [signal["index"] for signal in found["signals"]] == [35]
    assert len(found["t2"]) == found["n"] == 40
    assert [chart["phase"] for chart in found["charts"]] == [1, 2]
    strict = answer(capfd, pair, "--columns", "left,right", "--reference", "30", "--alpha", "0.2")
    assert strict["charts"][0]["ucl"] < found["charts"][0]["ucl"]
    assert "contribute most" in run(capfd, pair, "--columns", "left,right", "--reference", "30")[1]


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("value\n1\nx\n", (), "line 3, column value"),
        ("value\n1\nnan\n", (), "line 3, column value"),
        ("width\n1\n2\n", (), "header"),
        ("value\n1\n2\n", ("--short-run", "z"), "header"),
        ("item,value\nA,1\nA,2\n", ("--short-run", "w"), "short-run"),
        ("item,value,subgroup\nA,1,a\nA,2,a\n", ("--short-run", "z"), "header"),
        ("a,b\n1,2\n3,4\n", ("--columns", "a,c"), "header"),
        ("a,b\n1,2\n3,4\n", ("--columns", "a,b"), "reference"),
        ("a,b\n1,2\n3,4\n", ("--columns", "a,b", "--usl", "3"), "usl"),
        ("a,b\n1,2\n3,\n", ("--columns", "a,b"), "line 3, column b"),
        ("value\n1\n2\n", ("--alpha", "0.1"), "reference, alpha"),
        ("value\n1\n2\n", ("--h", "0"), "h"),
        ("value\n1\n2\n", ("--distribution", "auto"), "column value"),
        ("", (), "header"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    text: str, words: tuple[str, ...], place: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(text)
    code, out = run(capfd, file, *words, "--json")
    assert code == 2
    findings = json.loads(out)["error"]["findings"]
    assert place in [finding["place"] for finding in findings]
    assert all(finding["remedy"] for finding in findings)
