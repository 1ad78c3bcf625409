"""Plans as CSV, calendar and Gantt chart hold every operation, and what other programs read is well formed."""

import csv
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from nightmill.plant.interop.plan_export import check_out, write_plan
from nightmill.vocabulary.errors import BadInput

ROWS: list[dict[str, Any]] = [
    {"job": "A, the first", "operation": "saw; twice", "machine": "S<1>", "start": 0.0, "end": 1800.0},
    {"job": "Ä" * 60, "operation": "mill", "machine": "M1", "start": 1800.0, "end": 5400.0},
]
ANSWER = {"operations": ROWS}


def test_a_table_has_a_line_an_operation(tmp_path: Path) -> None:
    write_plan(ANSWER, tmp_path / "plan.csv", start="2026-11-02T06:00")
    rows = list(csv.DictReader((tmp_path / "plan.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["job"] for row in rows] == [row["job"] for row in ROWS]
    assert (rows[1]["start_s"], rows[1]["start"]) == ("1800", "2026-11-02T06:30:00+00:00")
    write_plan(ANSWER, tmp_path / "plan.csv")
    assert "start" not in (tmp_path / "plan.csv").read_text(encoding="utf-8").split("\n")[0].split(",")


def test_seconds_of_later_weeks_are_not_rounded(tmp_path: Path) -> None:
    late = {"job": "A", "operation": "mill", "machine": "M1", "start": 1234567.0, "end": 2345678.125}
    write_plan({"operations": [late]}, tmp_path / "plan.csv")
    (row,) = csv.DictReader((tmp_path / "plan.csv").read_text().splitlines())
    assert (row["start_s"], row["end_s"]) == ("1234567", "2345678.125")


def test_a_file_that_cannot_be_written_is_refused_before_the_search(tmp_path: Path) -> None:
    check_out(tmp_path / "plan.ics", dated=True)
    check_out(tmp_path / "plan.ics", start="2026-11-02T06:00", dated=False)
    for name, start in (("plan.ics", ""), ("plan.pdf", ""), ("plan.csv", "soon"), ("none/plan.csv", "")):
        with pytest.raises(BadInput):
            check_out(tmp_path / name, start=start, dated=False)


def test_a_calendar_keeps_to_its_standard(tmp_path: Path) -> None:
    write_plan(ANSWER, tmp_path / "plan.ics", start="2026-11-02T06:00+01:00")
    text = (tmp_path / "plan.ics").read_bytes()
    lines = text.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert all(len(line) <= 75 for line in lines)
    whole = text.decode().replace("\r\n ", "").splitlines()
    assert whole.count("BEGIN:VEVENT") == whole.count("END:VEVENT") == 2
    assert "DTSTART:20261102T050000Z" in whole
    assert "SUMMARY:A\\, the first saw\\; twice" in whole
    assert f"SUMMARY:{'Ä' * 60} mill" in whole


def test_a_chart_has_a_bar_an_operation_to_scale(tmp_path: Path) -> None:
    write_plan(ANSWER, tmp_path / "plan.svg")
    root = ET.parse(tmp_path / "plan.svg").getroot()
    bars = [rect for rect in root.iter() if rect.tag.endswith("rect") and len(rect)]
    assert float(bars[1].get("width", "0")) == pytest.approx(2 * float(bars[0].get("width", "0")), rel=0.01)
    assert {text.text for text in root.iter() if text.tag.endswith("text")} >= {"S<1>", "M1"}


def test_a_shop_brings_its_own_dates(tmp_path: Path) -> None:
    row = {"job": "A", "operation": "mill", "machine": "M1"}
    rows = [row | {"start": "2026-11-02T06:00:00+00:00", "end": "2026-11-02T07:00:00+00:00"}]
    write_plan({"operations": rows}, tmp_path / "plan.ics")
    assert re.search(r"DTEND:20261102T070000Z", (tmp_path / "plan.ics").read_text())


def test_a_chart_tells_round_hours_of_the_shop_s_own_clock(tmp_path: Path) -> None:
    row = {"job": "A", "operation": "mill", "machine": "M"}
    rows = [row | {"start": "2026-10-24T12:01:55+00:00", "end": "2026-10-24T13:00:00+00:00"}]
    rows += [row | {"start": "2026-10-25T07:00:00+00:00", "end": "2026-10-25T09:30:00+00:00", "machine": "M"}]
    write_plan({"operations": rows}, tmp_path / "plan.svg", zone="Europe/Berlin")
    text = (tmp_path / "plan.svg").read_text()
    assert ">10-24 15:00<" in text
    assert re.findall(r">\d\d-\d\d \d\d:(\d\d)<", text).count("00") >= 5
    assert "10-24 14:01 to 10-24 15:00" in text
    assert "10-25 08:00 to 10-25 10:30" in text, "by then the clocks have been put back"
    assert ">10-25 00:00<" in text
    assert ">10-25 09:00<" in text, "hours are round after that, too"
    write_plan({"operations": rows}, tmp_path / "plan.csv", zone="Europe/Berlin")
    assert "2026-10-25T08:00:00+01:00" in (tmp_path / "plan.csv").read_text()


def test_a_chart_has_room_for_long_names_and_counts_them(tmp_path: Path) -> None:
    names = [f"Bearbeitungszentrum Süd {number}" for number in (10, 9, 1)]
    rows = [{"job": "A", "operation": "x", "machine": name, "start": 0, "end": 55} for name in names]
    write_plan({"operations": rows}, tmp_path / "plan.svg")
    text = (tmp_path / "plan.svg").read_text(encoding="utf-8")
    assert re.findall(r">(Bearb[^<]*)<", text) == names[::-1]
    assert min(float(x) for x in re.findall(r'<rect x="([\d.]+)"', text)) > 150.0
    assert re.findall(r">(\d+) s<", text) == ["0", "10", "20", "30", "40", "50"]


@pytest.mark.parametrize(("name", "start"), [("plan.ics", ""), ("plan.pdf", ""), ("plan.csv", "soon")])
def test_what_cannot_be_written_is_bad_input(tmp_path: Path, name: str, start: str) -> None:
    with pytest.raises(BadInput):
        write_plan(ANSWER, tmp_path / name, start=start)
    assert not list(tmp_path.iterdir())
