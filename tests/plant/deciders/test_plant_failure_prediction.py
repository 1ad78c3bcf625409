"""A model of the shop's own failures in the loop: its rows on line and off line, its say in a stop, what is refused."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from desk_sample import write_shop
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.drivers.telemetry import ReportSignals
from nightmill.floor import apply, empty_state
from nightmill.maintenance import fit_health, read_history, save_model
from nightmill.maintenance.health_monitor import DEFAULT_LAW
from nightmill.maintenance.history import MachineHistory
from nightmill.plant.analysis.maintenance.machine_history import history_texts
from nightmill.plant.deciders.failure_modes import read_failure_modes
from nightmill.plant.deciders.failure_prediction import LearnedLives, read_learned_lives
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.run.telemetry_recorder import open_lane
from nightmill.plant.shop_state.snapshot import Memory, made_from
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import HEALTH_MODEL, log_path
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

COLUMNS = ("sensor_temperature_c", "sensor_vibration_mm_s", "setting_cutting")


def level(left_h: float) -> float:
    return 1.2 + 0.8 * float(np.exp(-left_h / 20.0))


def fleet(columns: tuple[str, ...] = COLUMNS, failures: int = 9) -> MachineHistory:
    """Mills whose vibration rises a little before they fail: by far less than what a handbook warns of."""
    rng = np.random.default_rng(3)
    lines = [",".join(("unit", "cycle", "failed", *columns))]
    for unit in range(9):
        life = int(rng.integers(40, 70))
        for cycle in range(1, life + 1):
            row = (30 + rng.standard_normal(), level(life - cycle) + 0.01 * rng.standard_normal(), rng.random())
            failed = int(cycle == life and unit < failures)
            lines.append(f"m{unit},{cycle},{failed}," + ",".join(f"{value:.4f}" for value in row[: len(columns)]))
    return read_history({"fleet.csv": "\n".join(lines)})


@pytest.fixture(scope="module")
def model() -> bytes:
    return save_model(fit_health(fleet(), horizon=50, cycle_s=HOUR_S))


def lived(hours: int, *, cuts: bool) -> list[tuple[float, e.AnyFact]]:
    """A mill that is sampled three times an hour and would fail after 50 h; it may cut for half of each hour."""
    rng = np.random.default_rng(8)
    facts: list[tuple[float, e.AnyFact]] = [(0.0, e.RunStarted("desk", "closed-loop", 1, 9.0, "0" * 64))]
    for hour in range(hours):
        for k in range(3):
            at_s = (hour + 0.1 + k / 3) * HOUR_S
            signals = {
                "vibration_mm_s": level(50 - at_s / HOUR_S) + 0.01 * float(rng.standard_normal()),
                "temperature_c": 30.0 + float(rng.standard_normal()),
                "roughness_um": 1.0,
            }
            facts.append((at_s, e.Reported(r.SignalsSampled(len(facts), at_s, "mill-1", signals))))
        at_s = (hour + 0.8) * HOUR_S
        cut = r.CycleFinished(len(facts), at_s, "mill-1", f"c{hour}", "A", "o", 1800.0, 1.0, {}, {}, {}, {})
        facts += [(at_s, e.Reported(cut))] if cuts else []
    return facts


def test_rows_on_line_are_those_off_line(tmp_path: Path, model: bytes) -> None:
    """Through an electrical breakdown, which is no end of the life, and a service, which is."""
    told: list[r.AnyReport] = [fact.report for _, fact in lived(30, cuts=True) if isinstance(fact, e.Reported)]
    told += [
        r.MachineFailed(900, 12.2 * HOUR_S, "mill-1", "dark"),
        r.MachineRepaired(901, 15.5 * HOUR_S, "mill-1", "m", "electrical"),
        r.MachineMaintained(902, 29.9 * HOUR_S, "mill-1", "m", ""),
        *(r.SignalsSampled(903 + k, (30.1 + k) * HOUR_S, "mill-1", {"vibration_mm_s": 1.0 + k}) for k in range(2)),
    ]
    told.sort(key=lambda report: report.at_s)
    folder = write_shop(tmp_path / "shop", *((report.at_s, e.Reported(report)) for report in told))
    shop = whole_shop(folder)
    lane = open_lane(folder, shop)
    for report in told:
        ReportSignals(lane, shop.start).see([report])
    lane.close()
    history = read_history(history_texts(folder)[0])
    lives = LearnedLives(shop, model, modes=read_failure_modes(folder, shop))
    for report in told[:-3]:
        lives.observe(report)
    before = lives.rows("mill-1", 30 * HOUR_S)
    assert [cycle for cycle, _ in before] == [*range(1, 14), *range(17, 31)]
    first = slice(history.first[0], history.first[1])
    assert [cycle for cycle, _ in before] == history.cycle[first].tolist()
    assert not history.failed[0]
    names, columns = (*history.sensor_names, *history.setting_names), (*history.sensors.T, *history.settings.T)
    for name, column in zip(names, columns, strict=True):
        assert [row[name] for _, row in before] == pytest.approx(column[first].tolist())
    for report in told[-3:]:
        lives.observe(report)
    after = [cycle for cycle, _ in lives.rows("mill-1", 32 * HOUR_S)]
    assert after == history.cycle[history.first[1] :].tolist() == [31, 32]


def test_a_cut_counts_that_ended_before_the_first_signal_of_its_row(tmp_path: Path, model: bytes) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    lives = LearnedLives(shop, model)
    lives.observe(r.CycleFinished(1, 0.5 * HOUR_S, "mill-1", "c", "A", "o", 0.25 * HOUR_S, 1.0, {}, {}, {}, {}))
    lives.observe(r.SignalsSampled(2, 0.75 * HOUR_S, "mill-1", {"vibration_mm_s": 1.0}))
    assert lives.rows("mill-1", 1.5 * HOUR_S) == [(1, {"sensor_vibration_mm_s": 1.0, "setting_cutting": 0.25})]


def test_what_failures_taught_plans_a_stop_that_no_limit_asks_for(tmp_path: Path, model: bytes) -> None:
    folder = write_shop(tmp_path / "shop", *lived(46, cuts=False))
    (folder / HEALTH_MODEL).write_bytes(model)
    shop = whole_shop(folder)
    planned = []
    for room in (MaintenanceDecider(shop), MaintenanceDecider(shop, learned=read_learned_lives(folder, shop, ()))):
        state = empty_state(shop)
        for event in read_events(folder):
            apply(state, event)
            room.observe(event, state)
        planned.append([each.fact for each in room.decide(state) if isinstance(each.fact, e.MaintenancePlanned)])
    assert planned[0] == []
    (stop,) = planned[1]
    assert stop.machine == "mill-1"
    assert "learned from 9 failures" in stop.reason
    assert "by vibration_mm_s" in stop.reason
    told = CliRunner().invoke(app, ["maintenance", str(folder), "--json"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    assert (answer["health_model"]["failures"], answer["health_model"]["cycle_s"]) == (9, HOUR_S)
    assert answer["health"][0]["learned"]["signals"] == ["vibration_mm_s"]
    assert answer["health"][0]["learned_silent"] == ""


def test_a_snapshot_holds_what_was_seen_without_the_model_and_is_of_that_model_alone(
    tmp_path: Path, model: bytes
) -> None:
    folder = write_shop(tmp_path / "shop", *lived(20, cuts=False))
    before = made_from(folder)
    (folder / HEALTH_MODEL).write_bytes(model)
    assert made_from(folder) != before
    shop = whole_shop(folder)
    room, again = (MaintenanceDecider(shop, learned=read_learned_lives(folder, shop, ())) for _ in range(2))
    state = empty_state(shop)
    for event in read_events(folder):
        apply(state, event)
        room.observe(event, state)
    with closing(SqliteEventStore(log_path(folder))) as store:
        Memory("m").keep(store, state, (room,))
        assert Memory("m").recalled(store, empty_state(shop), (again,)).version == state.version
    assert again.lives.rows("mill-1", 20 * HOUR_S) == room.lives.rows("mill-1", 20 * HOUR_S) != []
    assert again.lives.model is again.model is not None
    assert again.lives.life("mill-1", 20 * HOUR_S) == room.lives.life("mill-1", 20 * HOUR_S)


def test_a_snapshot_from_before_there_was_a_model_takes_none_away(tmp_path: Path, model: bytes) -> None:
    folder = write_shop(tmp_path / "shop", *lived(2, cuts=False))
    shop = whole_shop(folder)
    room, again = MaintenanceDecider(shop), MaintenanceDecider(shop, learned=LearnedLives(shop, model))
    state = empty_state(shop)
    for event in read_events(folder):
        apply(state, event)
    with closing(SqliteEventStore(log_path(folder))) as store:
        Memory("m").keep(store, state, (room,))
        Memory("m").recalled(store, empty_state(shop), (again,))
    assert again.lives.model is again.model is not None
    assert again.lives.life("mill-1", 2 * HOUR_S) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "nightmill-health/1"),
        (save_model(fit_health(fleet(failures=0))), "cycles of unknown length"),
        (save_model(fit_health(fleet(failures=3))), "cycles of unknown length"),
    ],
)
def test_a_model_that_a_run_cannot_use_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    folder = write_shop(tmp_path / "shop", (0.0, e.RunStarted("desk", "closed-loop", 1, 9.0, "0" * 64)))
    (folder / HEALTH_MODEL).write_bytes(content)
    with pytest.raises(BadInput, match=words) as refused:
        read_learned_lives(folder, whole_shop(folder), ())
    assert HEALTH_MODEL in str(refused.value)


def test_a_model_of_mills_that_never_failed_leaves_the_monitor_and_the_handbooks_law(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", *lived(20, cuts=False))
    (folder / HEALTH_MODEL).write_bytes(save_model(fit_health(fleet(failures=0), cycle_s=HOUR_S)))
    shop = whole_shop(folder)
    lives = read_learned_lives(folder, shop, ())
    room, state = MaintenanceDecider(shop, learned=lives), empty_state(shop)
    for event in read_events(folder):
        apply(state, event)
        room.observe(event, state)
    assert (lives.told() or {})["rung"] == "unlabelled"
    seen = room.assessed["mill-1"]
    assert (seen.law, seen.learned) == (DEFAULT_LAW, None)
    assert room.outlook(state)[0]["learned_silent"] == "0 failures, remaining life needs 8"


def test_columns_that_no_mill_reports_are_named(tmp_path: Path) -> None:
    columns = ("sensor_oil_bar", "sensor_temperature_c_2", "setting_load")
    folder = write_shop(tmp_path / "shop", (0.0, e.RunStarted("desk", "closed-loop", 1, 9.0, "0" * 64)))
    (folder / HEALTH_MODEL).write_bytes(save_model(fit_health(fleet(columns), horizon=50, cycle_s=HOUR_S)))
    told = CliRunner().invoke(app, ["run", str(folder), "--days", "1", "--fresh"])
    assert isinstance(told.exception, BadInput)
    assert [finding.found for finding in told.exception.findings] == ["sensor_oil_bar", "setting_load"]
    assert not (folder / ".nightmill" / "reports").exists()
