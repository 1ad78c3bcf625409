"""What people read has the clock of the shop, and a server the port that was free."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.formats import copy_example

PLANNED = {
    "operations": [
        {"job": "A-1", "operation": "bracket/1", "machine": "mill-1", "start": "2026-11-02T23:30:00Z", "end": "2026-11-03T01:00:00Z"}
    ],
    "orders": [{"order": "A-1", "promise": "2026-11-03T01:00:00Z", "late_by_s": 0.0, "reason": ""}],
    "makespan": "2026-11-03T01:00:00Z",
    "lower_bound": 0,
    "weighted_tardiness_s": 0.0,
}  # fmt: skip


def test_a_shops_schedule_is_told_by_its_own_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = copy_example(tmp_path / "shop")  # in New York: UTC-5 in November
    monkeypatch.setattr("nightmill.plant.analysis.schedule_file", lambda *_, **__: PLANNED, raising=False)
    done = CliRunner().invoke(app, ["schedule", str(shop)])
    assert done.exit_code == 0
    assert "times of America/New_York" in done.output
    assert "2026-11-02 18:30" in done.output
    assert "done (America/New_York)" in " ".join(done.output.split())
    assert done.output.count("2026-11-02 20:00") == 3
    assert "all done 2026-11-02 20:00" in done.output
    as_json = CliRunner().invoke(app, ["schedule", str(shop), "--json"])
    assert "2026-11-02T23:30:00Z" in as_json.output


def test_serve_takes_any_free_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr("nightmill.web.serve_shop", lambda shop, **words: asked.append({"shop": shop, **words}))
    assert CliRunner().invoke(app, ["serve", str(tmp_path), "--port", "0"]).exit_code == 0
    assert CliRunner().invoke(app, ["serve", str(tmp_path), "--light"]).exit_code == 0
    assert asked == [{"shop": tmp_path, "port": 0, "light": False}, {"shop": tmp_path, "port": 8420, "light": True}]
    assert CliRunner().invoke(app, ["serve", str(tmp_path), "--port", "-1"]).exit_code != 0
