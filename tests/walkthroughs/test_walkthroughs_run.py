"""What a person does with a shop: run it, look at it, ask why, break it, resume it."""

import json
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
sys.path.insert(0, str(CAMPAIGNS))

from asking import failing, nightmill  # noqa: E402
from invariants import _being_mounted, judge  # noqa: E402
from nemesis import POINTS  # noqa: E402

from nightmill.floor import empty_state  # noqa: E402
from nightmill.plant.integrity.audit import audit_shop  # noqa: E402
from nightmill.plant.part_planning.routes import certified_routes  # noqa: E402
from nightmill.plant.run.controller import LoopSettings  # noqa: E402
from nightmill.plant.run.shop_run import build_controller  # noqa: E402
from nightmill.plant.shop_state.retrying_cell import PatientCell  # noqa: E402
from nightmill.plant.shop_state.snapshot import KIND  # noqa: E402
from nightmill.plant.workspace.shop import whole_shop  # noqa: E402
from nightmill.store import SqliteEventStore  # noqa: E402
from nightmill.vocabulary import events as e  # noqa: E402

DAYS = 1.5


@pytest.fixture(scope="module")
def first_run(planned_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A shop that has run, and what the run answered."""
    folder = tmp_path_factory.mktemp("ran") / "shop"
    shutil.copytree(planned_shop, folder)
    return folder, nightmill("run", folder, "--days", str(DAYS), "--seed", "4")


@pytest.fixture
def ran(first_run: tuple[Path, Any], tmp_path: Path) -> Path:
    """A copy of the shop that has run."""
    shutil.copytree(first_run[0], tmp_path / "ran")
    return tmp_path / "ran"


@pytest.mark.slow
def test_a_shop_is_run_looked_at_and_audited(first_run: tuple[Path, Any], ran: Path) -> None:
    answer = first_run[1]
    assert answer["good"] >= 10
    assert answer["orders"] == 2
    assert answer["on_time_share"] is not None
    assert not judge(ran)
    assert nightmill("audit", ran)["ok"]
    twin = nightmill("twin", ran, "--replications", "5", "--days", "1")
    assert {"throughput", "cycle_time", "utilisation", "completions", "events_per_s"} <= set(twin)
    why = nightmill("explain", ran, "A-1")
    assert {"late_by_s", "blame", "counterfactuals"} <= set(why)
    report = Path(nightmill("report", ran)["report"])
    assert all(word in report.read_text(encoding="utf-8") for word in ("Schedule", "bracket", "A-1", "<script"))


@pytest.mark.slow
def test_a_shop_that_has_not_run_is_planned_ahead(shop: Path) -> None:
    order = shop / "new.json"
    order.write_text('{"order": "N-1", "item": "bracket", "quantity": 2, "due_s": 200000}')
    date = nightmill("promise", shop, order, "--time-limit", "0.2")
    assert 0 < date["first_in_line_s"] <= date["promise_s"]
    order.write_text('{"order": "N-1", "item": "gearbox", "quantity": 2, "due_s": 200000}')
    assert "gearbox" in failing("promise", shop, order)[0]["found"]
    weeks = nightmill("capacity", shop, "--weeks", "1")["weeks"]
    assert {"people", "pallets"} < {week["resource"] for week in weeks}
    out = shop / "plan.ics"
    planned = nightmill("schedule", shop, "--out", out)["operations"]
    assert out.read_text().count("BEGIN:VEVENT") == len(planned) > 0


@pytest.mark.slow
def test_the_same_seed_gives_the_same_outcome(shop: Path) -> None:
    shutil.rmtree(shop / ".nightmill" / "models")  # the first run learns what good parts look like, the second knows
    first = nightmill("run", shop, "--days", "0.5", "--seed", "9")
    second = nightmill("run", shop, "--days", "0.5", "--seed", "9")
    assert first == second


@pytest.mark.slow
def test_a_running_shop_puts_what_it_plans_beyond_its_orders_on_its_machines(shop: Path) -> None:
    (shop / "demand.csv").write_text("item,week,qty\nbracket,0,4500\n")
    nightmill("run", shop, "--days", "0.2", "--seed", "4")
    assert not judge(shop)
    with closing(SqliteEventStore(shop / ".nightmill" / "log.sqlite")) as store:
        checks = [event.fact for event in store.read() if isinstance(event.fact, e.CapacityChecked)]
    assert checks
    assert checks[-1].pieces == 4500
    assert any("for demand:0 are done" in message.text for message in checks[-1].messages if message.kind == "late")


def _campaign(shop: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(CAMPAIGNS / "kills.py"), str(shop), *words],
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    return done.returncode, done.stdout


@pytest.mark.slow
def test_fifty_kills_at_every_point_break_no_invariant(shop: Path) -> None:
    shutil.rmtree(shop / ".nightmill" / "models")  # killed while it learns what good parts look like, too
    code, said = _campaign(shop, "--kills", "50", "--seed", "5")
    assert code == 0, said
    assert "50 kills" in said
    assert [point for point in (*POINTS, "any moment") if f"controller, {point}" not in said] == [], said
    assert "world" in said


@pytest.mark.slow
@pytest.mark.skipif(MOSQUITTO is None, reason="there is no mosquitto on this machine")
def test_kills_of_broker_gateway_and_all_others_break_no_invariant(shop: Path) -> None:
    code, said = _campaign(shop, "--kills", "12", "--seed", "3", "--mqtt", "--days", "0.5")
    assert code == 0, said
    assert "broker" in said


@pytest.mark.slow
def test_the_campaign_sees_what_a_controller_does_that_sends_before_it_writes(shop: Path) -> None:
    code, said = _campaign(shop, "--kills", "150", "--seed", "5", "--control", "--days", "0.3")
    assert code == 1, said
    assert "I8" in said


@pytest.mark.slow
def test_the_judge_of_the_campaign_sees_seeded_faults(ran: Path) -> None:
    journal = ran / ".nightmill" / "world" / "journal.jsonl"
    lines = journal.read_text().splitlines()
    cut = next(line for line in lines if '"cut_started"' in line)
    journal.write_text("\n".join([*lines, cut.replace('"command_id":"', '"command_id":"again-')]) + "\n")
    problems = judge(ran)
    assert any(problem.startswith("I2") for problem in problems)
    assert any(problem.startswith("I3") for problem in problems)
    journal.write_text("\n".join(line for line in lines if line != cut) + "\n")
    assert any(problem.startswith("I3") for problem in judge(ran))
    taken = [line for line in lines if '"material_taken"' in line]
    lost = json.loads(taken[0]) | {"part": "lost.001"}
    journal.write_text("\n".join([*lines, json.dumps(lost)]) + "\n")
    assert any(problem.startswith("I4: lost.001 took a blank") for problem in judge(ran))


@pytest.mark.slow
def test_a_blank_taken_is_excused_only_while_its_mounting_lasts(ran: Path) -> None:
    journal = ran / ".nightmill" / "world" / "journal.jsonl"
    lines = journal.read_text().splitlines()
    deeds = [json.loads(line) for line in lines]
    ends = max(deed.get("at_s", 0.0) for deed in deeds)
    command = next(deed for deed in deeds if deed["event"] == "command" and deed["command"]["command"] == "mount_part")
    taken = next(deed for deed in deeds if deed["event"] == "material_taken")
    order = {"command_id": "late", "serial": "late.001"}
    late = [command | {"at_s": ends, "command": command["command"] | order}, taken | {"at_s": ends, "part": "late.001"}]
    journal.write_text("\n".join([*lines, *map(json.dumps, late)]) + "\n")
    assert any("I4: late.001" in problem for problem in judge(ran)), "a command that the log doesn't know"
    events = [{"fact": {"event": "command_issued", "command": late[0]["command"]}}]
    assert _being_mounted(late, events) == {"late.001"}
    assert not _being_mounted([*late, {"event": "advanced", "to_s": ends + 1e6}], events)
    second = late[0] | {"command": late[0]["command"] | {"blank_item": ""}}
    assert not _being_mounted([second], events), "mounted for its second setup, it took its blank long ago"


@pytest.mark.slow
def test_an_unfinished_run_asks_and_a_finished_one_goes_to_the_archive(shop: Path) -> None:
    nightmill("run", shop, "--days", "0.1")
    refused = nightmill("run", shop, "--days", "0.1", "--resume", code=2)
    assert "finished" in refused["error"]["findings"][0]["found"]
    nightmill("run", shop, "--days", "0.1")
    assert (shop / ".nightmill" / "archive" / "1" / "log.sqlite").exists()


@pytest.mark.slow
def test_a_snapshot_of_a_real_run_holds_all_that_the_rooms_remember(ran: Path) -> None:
    whole = whole_shop(ran)
    routes, _ = certified_routes(whole, ran)
    with closing(SqliteEventStore(ran / ".nightmill" / "log.sqlite")) as store:
        folded = build_controller(ran, whole, store, PatientCell(None), routes, LoopSettings(DAYS))
        assert folded.memory is not None
        folded.memory.keep(store, folded.state, folded.deciders)
        assert store.snapshot(KIND, folded.memory.mark) is not None
        recalled = build_controller(ran, whole, store, PatientCell(None), routes, LoopSettings(DAYS))
        assert recalled.memory is not None
        assert recalled.memory.recalled(store, empty_state(whole), recalled.deciders).version == store.version()
    assert audit_shop(ran).ok, "the state that is kept is the fold of the log"
    assert recalled.state == folded.state
    for one, other in zip(folded.deciders, recalled.deciders, strict=True):
        assert one.memory() == other.memory(), type(one).__name__
        assert _plain(vars(one)) == _plain(vars(other)), type(one).__name__


def _plain(value: object) -> object:
    """Values without identities: functions and other rooms are the wiring, which each controller has of its own."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, set | frozenset | list | tuple):
        return sorted(map(repr, map(_plain, value)))
    return "wiring" if callable(value) or hasattr(value, "observe") else repr(value)


@pytest.mark.slow
def test_a_plan_that_somebody_changed_is_refused_and_its_orders_wait(shop: Path) -> None:
    program = next((shop / ".nightmill" / "plans" / "bracket").glob("[0-9]*.ngc"))
    program.write_text(program.read_text().replace("G1", "G0", 1))
    answer = nightmill("run", shop, "--days", "0.1")
    assert answer["refused"] == ["bracket"]
    assert answer["good"] == 0
    assert "changed after it was signed" in answer["waiting"][0]["reason"]
