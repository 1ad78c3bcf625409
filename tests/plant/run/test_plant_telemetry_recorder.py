from datetime import timedelta
from pathlib import Path

import pytest

from nightmill.floor import empty_state
from nightmill.formats import copy_example, read_shop
from nightmill.plant.analysis.maintenance.telemetry_chart import draw_telemetry
from nightmill.plant.analysis.maintenance.telemetry_query import telemetry_of
from nightmill.plant.run.telemetry_recorder import TelemetryDecider, open_lane
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import utc_us


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example shop with four hours of samples, one a minute."""
    folder = tmp_path_factory.mktemp("sampled") / "shop"
    copy_example(folder)
    shop = read_shop(folder)
    lane = open_lane(folder, shop)
    for minute in range(240):
        at_us = utc_us(shop.start + timedelta(minutes=minute))
        for source in ("mill-1", "mill-2"):
            lane.put(source, at_us, {"load": float(minute), "temperature_c": 20.0})
    lane.close()
    return folder


def test_without_names_the_answer_lists_what_there_is(sampled: Path) -> None:
    listed = telemetry_of(sampled)["channels"]
    assert [(each["source"], each["signal"], each["samples"]) for each in listed] == [
        (source, name, 240) for source in ("mill-1", "mill-2") for name in ("load", "temperature_c")
    ]


def test_times_are_hours_of_shop_time_or_the_sites_clock(sampled: Path) -> None:
    start = read_shop(sampled).start
    points = telemetry_of(sampled, sources=["mill-1"], signals=["load"], since="1h", until="2.5h", every="30min")[
        "points"
    ]
    assert [(point["samples"], point["mean"], point["low"], point["high"]) for point in points] == [
        (30, first + 14.5, first, first + 29.0) for first in (60.0, 90.0, 120.0)
    ]
    local = (start + timedelta(hours=1)).astimezone().isoformat()
    assert telemetry_of(sampled, signals=["load"], since=local, until="2.5h", every="30min")["points"][:3] == points


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"sources": ["mill-9"]}, "--source"),
        ({"signals": ["loda"]}, "--signal"),
        ({"signals": ["load"], "since": "yesterday"}, "--since"),
        ({"signals": ["load"], "every": "10 parsecs"}, "--every"),
        ({"signals": ["load"], "every": "-1h"}, "--every"),
    ],
)
def test_what_there_is_not_is_refused_by_name(sampled: Path, asked: dict[str, object], place: str) -> None:
    with pytest.raises(BadInput) as refused:
        telemetry_of(sampled, **asked)  # type: ignore[arg-type]
    assert place in f"{refused.value.findings[0].file} {refused.value.findings[0].place}"


def test_the_chart_has_a_panel_a_signal_and_a_line_a_machine(sampled: Path, tmp_path: Path) -> None:
    points = telemetry_of(sampled, sources=["mill-1", "mill-2"], every="10min")["points"]
    draw_telemetry(points, tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text()
    assert text.count("<polyline") == 4
    assert all(word in text for word in ("mill-2", "temperature_c"))
    with pytest.raises(BadInput):
        draw_telemetry(points, tmp_path / "chart.png")
    with pytest.raises(BadInput):
        draw_telemetry([], tmp_path / "none.svg")


def test_trouble_with_the_disk_becomes_an_alarm_once(sampled: Path) -> None:
    said = iter(["no space", ""])
    room = TelemetryDecider(lambda: next(said))
    state = empty_state(read_shop(sampled))
    facts = [decision.fact for _ in range(2) for decision in room.decide(state)]
    assert facts == [e.AlarmRaised("telemetry", "disk", "no space")]


def test_a_time_alone_asks_for_all_signals_and_a_wrong_one_is_refused(sampled: Path) -> None:
    alone = telemetry_of(sampled, since="1h", until="2.5h", every="30min")
    assert {point["source"] for point in alone["points"]} >= {"mill-1", "mill-2"}
    for wrong in ({"since": "abc"}, {"until": "999999999h"}, {"every": "1"}):
        with pytest.raises(BadInput):
            telemetry_of(sampled, **wrong)
