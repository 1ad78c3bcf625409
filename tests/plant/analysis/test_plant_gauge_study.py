"""Gauges and results from files, through the guarded child; what a run measured, written out and read back."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.plant.analysis.quality.gauge_study import gauge_of, measured, results_of
from nightmill.quality import Characteristic
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput

BORE = Characteristic(1, "diameter", 20.0, 19.98, 20.02, None, "mm", (), "", (), "", "cmm", "", "pmi")
SLOT = Characteristic(2, "width", 8.0, 7.9, 8.1, None, "mm", (), "", (), "", "caliper", "", "pmi")


def _plan(folder: Path, *items: Characteristic) -> Path:
    path = folder / "plan.json"
    path.write_bytes(msgspec.json.encode({"part": "flange", "characteristics": items}))
    return path


def test_results_are_judged_and_written_for_other_programs(tmp_path: Path) -> None:
    file = tmp_path / "cmm.csv"
    file.write_text("balloon,serial,actual\n1,S1,20.001\n1,S2,20.05\n", encoding="utf-8")
    answer = results_of(file, _plan(tmp_path, BORE, SLOT), uncertainty=0.004, out=tmp_path / "out")
    assert answer["counts"] == {"good": 1, "bad": 1}
    assert [(each["serial"], each["verdict"]) for each in answer["readings"]] == [("S1", "good"), ("S2", "bad")]
    assert (answer["part"], answer["not_measured"]) == ("flange", [2])
    assert "20.0010" in (tmp_path / "out" / "form3.csv").read_text(encoding="utf-8")
    again = results_of(tmp_path / "out" / "readings.dfq", tmp_path / "plan.json", uncertainty=0.004)
    assert again["readings"] == answer["readings"]
    assert again["left_out"] == 2, "what wasn't measured goes out as not counted"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    file, plan = tmp_path / "r.qif", _plan(tmp_path, BORE)
    file.write_text("<QIFDocument><", encoding="utf-8")
    with pytest.raises(BadInput, match=r"r\.qif: XML"):
        results_of(file, plan, uncertainty=0.004)
    with pytest.raises(BadInput, match="no such file"):
        results_of(tmp_path / "none.dfq", plan)
    with pytest.raises(BadInput, match="balloon 1: found used twice"):
        results_of(file, _plan(tmp_path, BORE, BORE))
    plan.write_text("[]", encoding="utf-8")
    with pytest.raises(BadInput, match="an inspection plan"):
        results_of(file, plan)


def test_a_study_gives_both_methods_and_the_guard_band(tmp_path: Path) -> None:
    rows = [
        f"{p},{a},{20 + p / 100 + ('AB'.index(a)) / 2000 + t / 1000}" for p in range(5) for a in "AB" for t in range(2)
    ]
    file = tmp_path / "study.csv"
    file.write_text("\n".join(["part,appraiser,value", *rows]), encoding="utf-8")
    answer = gauge_of(file, {"calibration": 0.002}, lower=19.9, upper=20.1)
    assert answer["anova"]["parts"] == 5
    assert {share["source"] for share in answer["ranges"]["shares"]} >= {"gauge", "parts"}
    found = answer["uncertainty"]
    assert found["accept_high"] == pytest.approx(20.1 - 1.65 * found["process"] / 2)
    with pytest.raises(BadInput, match=r"lower 3\.0, upper 2\.0"):
        gauge_of(file, {}, lower=3.0, upper=2.0)


def test_a_runs_readings_carry_balloon_serial_and_the_shops_time() -> None:
    report = r.PartMeasured(
        unit="gauge1", seq=1, at_s=90.0, command_id="c", serial="o1.001", readings={"flange#1": 20.01, "other": 1.0}
    )
    log = [e.Event(7, 90.0, "gauge1", e.Reported(report))]
    found = measured(log, {"flange#1": BORE}, datetime(2026, 11, 25, 6, 0, tzinfo=UTC))
    assert found == [
        {
            "characteristic": "1",
            "value": 20.01,
            "place": "event 7",
            "serial": "o1.001",
            "time": "2026-11-25T06:01:30",
            "unit": "mm",
        }
    ]
