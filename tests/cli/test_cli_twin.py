"""What ``nightmill twin`` prints for people, from answers made by hand."""

from typing import Any

import pytest
from typer.testing import CliRunner

from nightmill.cli.app import app

OUTLOOK = {
    "completions": [
        {
            "order": "A-1", "p10": 3600.0, "p50": 7200.0, "p80": 9000.0, "p90": None, "low": 1800.0, "high": None,
            "late_share": 0.125, "late_by_s": 900.0,
        }
    ],
    "resources": [{"resource": "people", "used_share": 0.875, "full_share": 0.625, "waiting": 3.5}],
    "quality": {"outcomes": 40, "coverage_90": 0.5, "wrapped_90": 0.9, "skill": None, "pit": [4] * 10},
    "drifts": [{"machine": "mill-1", "operation": "plate/1", "since_s": 10.0, "ratio": 1.0625}],
    "not_planned": [{"order": "A-2", "reason": "no route"}],
}  # fmt: skip
CHANGE = {
    "change": '{"pallets": 12}',
    "differences": [{"measure": "throughput", "mean": 1.5, "low": 1.25, "high": 1.75}],
    "drifts": [],
    "not_planned": [],
}


def printed(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], *words: str) -> str:
    monkeypatch.setattr("nightmill.plant.analysis.twin.twin_answer", lambda *_, **__: answer)
    done = CliRunner().invoke(app, ["twin", "shop", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_an_outlook_says_when_and_how_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, OUTLOOK)
    assert "A-1" in text
    assert "0.5" in text
    assert "wrapped 90" in text
    assert "0.125" in text, "the risk of being late"
    assert "people" in text
    assert "3.5" in text
    assert "pit" not in text
    assert "plate/1 on mill-1 takes 1.062 times as long as before" in text
    assert "A-2" in text


def test_a_change_says_what_it_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, CHANGE, "--what-if", "change.json")
    assert "throughput" in text
    assert "1.25" in text


def test_shares_of_few_outcomes_are_told_to_say_little(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "say little" not in printed(monkeypatch, OUTLOOK)
    few = {**OUTLOOK, "quality": {"outcomes": 1, "coverage_90": 0.0, "pit": [1]}}
    assert "too few outcomes for reliable statistics: 1" in printed(monkeypatch, few)


def test_a_shop_with_nothing_left_has_no_tables_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(monkeypatch, {**OUTLOOK, "completions": [], "throughput": 0.0})
    assert "no open work" in text
    assert "what limits the shop" not in text
    assert "wrapped 90" in text
