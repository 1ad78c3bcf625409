"""Maintenance for people: work orders out of the log, the registry of failure modes, closing with the cause found."""

import json
from pathlib import Path

import msgspec
import pytest
from desk_sample import append, turn, write_shop
from typer.testing import CliRunner

from nightmill.cli.app import app
from nightmill.floor import ShopState, apply, empty_state
from nightmill.maintenance import HealthMonitor, judged, serviced, update
from nightmill.plant.analysis.maintenance.open_work import close_work, maintenance_answer
from nightmill.plant.deciders.failure_modes import read_failure_modes
from nightmill.plant.deciders.maintenance import MaintenanceDecider
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import HOUR_S

MODES = """
[[modes]]
name = "bearing"
signals = ["vibration_mm_s"]
remedy = "new bearings"
spare_parts = { bearing-set = 1 }

[[modes]]
name = "sensor"
sensor = true
"""
START = (0.0, e.RunStarted("desk", "closed-loop", 1, 3.0, "0" * 64))


def report(each: r.AnyReport) -> tuple[float, e.AnyFact]:
    return each.at_s, e.Reported(each)


def samples(unit: str, top: float) -> list[tuple[float, e.AnyFact]]:
    """Two days in which vibration stays at 1.2 mm/s, then rises to ``top``."""
    rows = []
    for n in range(96):
        level = 1.2 + (top - 1.2) * max(0, n - 64) / 31
        rows.append(report(r.SignalsSampled(n + 1, n * HOUR_S / 2, unit, {"vibration_mm_s": level + 0.01 * (n % 3)})))
    return rows


def alarmed(unit: str, top: float, found: str) -> list[tuple[float, e.AnyFact]]:
    """An alarm on a mill and the planned stop that followed."""
    return [
        *samples(unit, top),
        (48 * HOUR_S, e.HealthAssessed(unit, 0.5, 0.4, 86400.0, ("vibration_mm_s",))),
        (48 * HOUR_S, e.MaintenancePlanned(unit, 50 * HOUR_S, 5400.0, 10.0, 90.0, "vibration rises")),
        (49 * HOUR_S, e.MaintenancePlanned(unit, 51 * HOUR_S, 5400.0, 10.0, 90.0, "moved with the schedule")),
        (51 * HOUR_S, e.CommandIssued(c.MaintainMachine("maintain-1", unit, 5400.0))),
        report(r.MachineMaintained(190, 53 * HOUR_S, unit, "maintain-1", found)),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_shop(tmp_path / "shop", START, *alarmed("mill-1", 2.6, "worn"))
    (folder / "items.csv").write_text("item,source\nbearing-set,buy\nblank-bracket,buy\n")
    (folder / "stock.csv").write_text("item,on_hand\nbearing-set,3\nblank-bracket,9\n")
    (folder / "failure_modes.toml").write_text(MODES)
    return folder


def test_a_work_order_tells_its_story_and_a_person_closes_it(folder: Path) -> None:
    order = maintenance_answer(folder)["orders"][0]
    name = order["order"]
    assert (order["kind"], order["stage"], order["signals"]) == ("planned", "done", ("vibration_mm_s",))
    assert (order["reason"], order["moved"], order["planned"]) == ("vibration rises", 1, "2026-11-04T10:00+00:00")
    assert (order["begun"], order["ended"]) == ("2026-11-04T10:00+00:00", "2026-11-04T12:00+00:00")
    assert (order["found"], order["verdict"]) == ("worn", "confirmed")
    words = [
        "maintenance",
        str(folder),
        "--close",
        name,
        "--cause",
        "bearing",
        "--by",
        "Ann",
        "--part",
        "bearing-set=2",
    ]
    asked = CliRunner().invoke(app, words)
    assert asked.exit_code == 0, asked.output
    assert [type(fact) for fact in turn(folder)] == [e.RequestTaken, e.WorkOrderClosed]
    answer = maintenance_answer(folder)
    order = answer["orders"][0]
    assert (order["stage"], order["cause"], order["by"], order["remedy"]) == (
        "closed",
        "bearing",
        "Ann",
        "new bearings",
    )
    assert order["parts"] == {"bearing-set": 2}
    assert answer["failure_modes"][0]["found"] == 1
    assert (answer["learned"]["confirmed"], answer["alarms"]["confirmed"]) == (1, 1)
    assert (answer["alarms"]["gradual"], answer["alarms"]["caught_ahead"]) == (1, 1)
    with pytest.raises(BadInput, match="already closed"):
        close_work(folder, name, "bearing", {}, by="Bob")


def test_parts_used_leave_the_stock(folder: Path) -> None:
    close_work(folder, maintenance_answer(folder)["orders"][0]["order"], "bearing", {"bearing-set": 2}, by="Ann")
    turn(folder)
    state = empty_state(whole_shop(folder))
    for event in read_events(folder):
        apply(state, event)
    assert state.stock["bearing-set"] == 1


@pytest.mark.parametrize(
    ("order", "cause", "parts", "told"),
    [
        ("WO-999", "bearing", {}, "no work order WO-999"),
        ("", "bearng", {}, "Did you mean bearing?"),
        ("", "bearing", {"bearing-sett": 1}, "not an item of this shop"),
    ],
)
def test_what_cannot_be_closed_says_why(folder: Path, order: str, cause: str, parts: dict[str, int], told: str) -> None:
    name = order or maintenance_answer(folder)["orders"][0]["order"]
    with pytest.raises(BadInput, match=told.replace("?", r"\?")):
        close_work(folder, name, cause, parts, by="Ann")
    assert turn(folder) == []


def test_a_breakdown_overtakes_the_alarm_and_confirms_it_by_its_cause(tmp_path: Path) -> None:
    alarm = alarmed("mill-1", 2.6, "worn")[:-2]
    broke = [
        report(r.MachineFailed(191, 50 * HOUR_S, "mill-1", "spindle vibration over limit")),
        (51 * HOUR_S, e.CommandIssued(c.RepairMachine("repair-1", "mill-1"))),
        report(r.MachineRepaired(192, 54 * HOUR_S, "mill-1", "repair-1", "bearing")),
        report(r.MachineFailed(193, 60 * HOUR_S, "mill-2", "no power")),
    ]
    answer = maintenance_answer(write_shop(tmp_path / "shop", START, *alarm, *broke))
    first, second, third = answer["orders"]
    assert (first["stage"], first["overtaken_by"]) == ("overtaken", second["order"])
    assert (second["kind"], second["cause"], second["stage"]) == ("breakdown", "bearing", "done")
    assert third["stage"] == "raised"
    alarms = answer["alarms"]
    assert (alarms["confirmed"], alarms["overtaken"], alarms["breakdowns"], alarms["missed"]) == (1, 1, 2, 1)
    assert (alarms["gradual"], alarms["caught_ahead"]) == (1, 0)
    assert json.dumps(answer)


def test_the_verdicts_of_people_move_the_limits_and_a_broken_sensor_does_not(tmp_path: Path) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    for sensor, expected in ((False, True), (True, False)):
        room, state, n = MaintenanceDecider(shop), empty_state(shop), 0
        for turn_ in range(3):
            shift = turn_ * 70 * HOUR_S
            for at, fact in alarmed("mill-1", 2.6, "good"):
                moved = e.Reported(_later(fact.report, shift)) if isinstance(fact, e.Reported) else fact
                n += 1
                _fold(room, state, e.Event(n, at + shift, "software", moved))
            order = list(state.work_orders)[-1]
            n += 1
            closing = e.WorkOrderClosed(order, "mill-1", "none", "false", {}, "Ann", sensor)
            _fold(room, state, e.Event(n, shift + 54 * HOUR_S, "person", closing))
        share = room.monitors["mill-2"].limit_share("vibration_mm_s")
        assert (share > 1.05) is expected
        assert room.learned()["false"] == (3 if expected else 0)


def _later(each: r.AnyReport, shift: float) -> r.AnyReport:
    return msgspec.structs.replace(each, at_s=each.at_s + shift)


def _fold(room: MaintenanceDecider, state: ShopState, event: e.Event) -> None:
    apply(state, event)
    room.observe(event, state)


def test_a_sensor_fault_is_said_once_until_it_ends_and_stops_no_machine(tmp_path: Path) -> None:
    shop = whole_shop(write_shop(tmp_path / "shop"))
    room, state, told, n = MaintenanceDecider(shop), empty_state(shop), [], 0
    for k in range(90):
        value = 3.2 if 20 <= k < 60 else 1.2 + 0.01 * (k % 7)
        signals = {"vibration_mm_s": value, "temperature_c": 30 + 0.01 * (k % 11)}
        n += 1
        _fold(
            room,
            state,
            e.Event(n, k * HOUR_S / 2, "machine", e.Reported(r.SignalsSampled(n, k * HOUR_S / 2, "mill-1", signals))),
        )
        for decision in room.decide(state):
            n += 1
            told.append(decision.fact)
            _fold(room, state, e.Event(n, k * HOUR_S / 2, "software", decision.fact))
    alarms = [fact for fact in told if isinstance(fact, e.AlarmRaised)]
    assert [(fact.alarm, fact.subject) for fact in alarms] == [("sensor_fault", "mill-1 vibration_mm_s")]
    assert "stuck" in alarms[0].text
    assert room.assessed["mill-1"].sensor_faults == ()


def test_one_verdict_moves_no_limit_and_confirmed_ones_hold_it() -> None:
    state = HealthMonitor("m", 0.0)
    for n in range(100):
        state, _ = update(state, {"vibration_mm_s": 1.2 + 0.03 * max(0, n - 60)}, n * HOUR_S / 2)
    fresh = serviced(state, 51 * HOUR_S)
    one = judged(fresh, state, 0.4, confirmed=False)
    two = judged(one, state, 0.4, confirmed=False)
    held = judged(judged(two, state, 0.4, confirmed=True), state, 0.4, confirmed=True)
    assert one.limit_share("vibration_mm_s") == 1.0
    assert two.limit_share("vibration_mm_s") > 1.1
    assert held.limit_share("vibration_mm_s") <= two.limit_share("vibration_mm_s")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[modes]]\nname = "x"\nsignal = ["vibration_mm_s"]', "Did you mean signals?"),
        ('[[modes]]\nname = "x"\nsignals = ["vibration"]', "Did you mean vibration_mm_s?"),
        ('[[modes]]\nname = "x"\nspare_parts = { blank-brackt = 1 }', "Did you mean blank-bracket?"),
        ('[[modes]]\nname = "x"\nspare_parts = { blank-bracket = 0 }', "a whole number from 1"),
        ('[[modes]]\nname = "x"\n[[modes]]\nname = "x"', "a unique name"),
        ('[[modes]]\nname = "none"', "a unique name"),
        ('[[modes]]\ntitle = "x"', "at most 40"),
        ("[[modes]]\nname = 3", "text"),
        ('[[mode]]\nname = "x"', "Did you mean modes?"),
        ("modes = [1]", "at least one"),
        ("modes = ", "TOML"),
    ],
)
def test_a_wrong_registry_says_what_is_meant(tmp_path: Path, text: str, told: str) -> None:
    folder = write_shop(tmp_path / "shop")
    (folder / "failure_modes.toml").write_text(text)
    with pytest.raises(BadInput) as error:
        read_failure_modes(folder, whole_shop(folder))
    assert told in str(error.value)
    assert "failure_modes.toml" in str(error.value)


def test_the_shipped_registry_is_sound(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    assert {"bearing", "electrical"} <= {mode.name for mode in read_failure_modes(folder, whole_shop(folder))}


def test_the_command_prints_tables_and_refuses_half_an_order(folder: Path) -> None:
    printed = CliRunner().invoke(app, ["maintenance", str(folder)])
    assert printed.exit_code == 0, printed.output
    assert "WO-" in printed.output
    assert "MTBF" in printed.output
    asked = CliRunner().invoke(app, ["maintenance", str(folder), "--close", "WO-1", "--cause", "bearing"])
    assert isinstance(asked.exception, BadInput)
    append(folder, (84 * HOUR_S, e.RunEnded({})))
    with pytest.raises(BadInput, match="has ended"):
        close_work(folder, maintenance_answer(folder)["orders"][0]["order"], "bearing", {}, by="Ann")


def test_edges_that_went_into_a_repair_leave_the_crib_for_good(folder: Path) -> None:
    started = empty_state(whole_shop(folder)).crib["1"]
    close_work(folder, maintenance_answer(folder)["orders"][0]["order"], "bearing", {"tool:1": 1}, by="Ann")
    turn(folder)
    append(folder, report(r.ToolLoaded(191, 55 * HOUR_S, "mill-2", "load-1", 1, 4, started - 1)))
    state = empty_state(whole_shop(folder))
    left = []
    for event in read_events(folder):
        apply(state, event)
        left += [state.crib["1"]] if isinstance(event.fact, e.WorkOrderClosed) else []
    assert left == [started - 1]
    assert state.crib["1"] == started - 2 >= 0, "the load's count knows nothing of the repair"


def test_health_and_the_cost_of_each_window_are_told_and_drawn(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop", START, *samples("mill-1", 2.6))
    answer = maintenance_answer(folder)
    (mill,) = answer["health"]
    assert (mill["machine"], mill["signals"], mill["due"]) == ("mill-1", ["vibration_mm_s"], True)
    windows = mill["windows"]
    assert [window["cheapest"] for window in windows].count(True) == 1
    least = next(window for window in windows if window["cheapest"])
    assert least["cost_usd"] == min(window["cost_usd"] for window in windows)
    before = [window["failure_before"] for window in windows]
    assert before == sorted(before)
    assert before[0] < before[-1]
    picture = tmp_path / "health.svg"
    told = CliRunner().invoke(app, ["maintenance", str(folder), "--chart", str(picture)])
    assert told.exit_code == 0, told.output
    assert "expected cost of a planned stop by window" in told.output
    assert picture.read_text().count("<circle") == len(windows)
    refused = CliRunner().invoke(app, ["maintenance", str(folder), "--chart", str(tmp_path / "health.png")])
    assert isinstance(refused.exception, BadInput)


@pytest.mark.parametrize(("cause", "renewed"), [("bearing", True), ("electrical", False)])
def test_a_repair_renews_what_wears_by_the_cause_that_was_found(tmp_path: Path, cause: str, renewed: bool) -> None:
    mend = report(r.MachineRepaired(400, 49 * HOUR_S, "mill-1", "repair-1", cause))
    worn = [report(r.SignalsSampled(n + 1, n * HOUR_S / 2, "mill-1", {"vibration_mm_s": 4.6})) for n in range(96)]
    new = report(r.SignalsSampled(500, 50 * HOUR_S, "mill-1", {"vibration_mm_s": 1.2}))
    folder = write_shop(tmp_path / "shop", START, *worn, mend, new)
    modes = '[[modes]]\nname = "bearing"\nsignals = ["vibration_mm_s"]\n[[modes]]\nname = "electrical"\n'
    (folder / "failure_modes.toml").write_text(modes)
    shop, state = whole_shop(folder), empty_state(whole_shop(folder))
    room = MaintenanceDecider(shop, modes=read_failure_modes(folder, shop))
    for event in read_events(folder):
        apply(state, event)
        room.observe(event, state)
    (signal,) = room.monitors["mill-1"].signals
    assert signal.baseline() == pytest.approx(1.2 if renewed else 4.6, abs=0.1)
    assert room.monitors["mill-1"].since_s == (49 * HOUR_S if renewed else 0.0)
