"""What ``nightmill measures`` prints for people, from an answer made by hand."""

import pytest
from typer.testing import CliRunner

from nightmill.cli.app import app

MILL = {
    "unit": "mill-1", "utilisation": 0.5, "availability": 0.625, "effectiveness": 0.875, "quality_ratio": 1.0, "oee": 0.25,
    "mtbf_h": None, "mttr_h": None,
}  # fmt: skip
ANSWER = {
    "shop": "Weber", "policy": "closed-loop", "until_s": 7200.0,
    "figures": [
        {"figure": "good", "value": 41, "formula": "parts whose last disposition is good", "events": ["part_disposed"]},
        {"figure": "index_components", "value": {"oee": 0.3125}, "formula": "x", "events": []},
        {"figure": "machines", "value": [MILL], "formula": "x", "events": []},
    ],
}  # fmt: skip


def test_figures_are_printed_with_their_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(folder: object, at_s: float | None) -> object:
        asked.append(at_s)
        return ANSWER

    monkeypatch.setattr("nightmill.plant.analysis.kpi.measures_answer", answer)
    done = CliRunner().invoke(app, ["measures", "shop", "--at-h", "2"])
    assert done.exit_code == 0, done.output
    for word in ("Weber, 2.0 h", "good", "41", "0.312", "mill-1", "0.625"):
        assert word in done.output
    assert asked == [7200.0]
