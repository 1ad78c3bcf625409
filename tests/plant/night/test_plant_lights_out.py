"""Before, in and after the unattended hours: checks, triage, holds that people release, the morning report."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.floor import records as on_floor
from nightmill.plant.deciders.alarm_triage import AlarmTriageDecider, Rule, read_policy
from nightmill.plant.night.morning import as_text, night_before, report_of
from nightmill.plant.night.preflight import Check, NightDecider, absence, next_intervention, preflight, unattended_jobs
from nightmill.plant.requests import inbox
from nightmill.plant.shop_state.decider import Decision
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import MachineId, OrderId, PartId, SerialId
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.requests import AnyAsk, NoteCheck, ReleaseHold
from nightmill.vocabulary.shop import Economy, PartFile, Shift, Shop, ToolStock, WorkUnit
from nightmill.vocabulary.units import HOUR_S

UNITS = (
    WorkUnit("mill-1", "mill", "milling"),
    WorkUnit("mill-2", "mill", "milling"),
    WorkUnit("gauge", "gauge", "inspection"),
)
SHOP = Shop(
    "test", datetime(2026, 11, 2, 7, 0, tzinfo=UTC), "UTC", "USD", "US", UNITS, (Shift((0, 1, 2, 3, 4), 7.0, 16.0, 2),),
    (ToolStock(Tool(1, "flat", 10.0, life_min=60.0), magazine=2, crib=0),), (PartFile("plate", "plate.step", "Al", blank_item="blank"),),
    (), (), (), (), Economy(), pallets=4,
)  # fmt: skip


@pytest.fixture
def state() -> ShopState:
    """Three uncut parts on pallets, a fourth that waits; 30 minutes before people leave."""
    state = empty_state(SHOP)
    state.now_s = 8.5 * HOUR_S
    state.routes["plate"] = on_floor.RouteState(
        PartId("plate"), True, [e.RoutedOperation("plate/1", "sha", 2 * HOUR_S, {"1": 30.0})]
    )
    for n in range(1, 5):
        serial = f"A.{n:03d}"
        state.parts[serial] = on_floor.PartState(SerialId(serial), OrderId("A"), PartId("plate"))
        if n < 4:
            state.parts[serial].place = f"pallet:P{n:02d}"
            state.pallets[f"P{n:02d}"].serial, state.pallets[f"P{n:02d}"].operation = serial, "plate/1"
    state.orders["A"] = on_floor.OrderState(OrderId("A"), PartId("plate"), 4, 1e6, 1, 0.0, serials=list(state.parts))
    state.schedule = [
        e.ScheduleLine(f"A.{n:03d}", "plate/1", "mill-1", 0.0, n * HOUR_S, (n + 1) * HOUR_S) for n in range(1, 4)
    ]
    return state


def _check(checks: tuple[Check, ...], name: str, subject: str) -> Check:
    return next(check for check in checks if (check.name, check.subject) == (name, subject))


def test_the_next_long_absence_is_found() -> None:
    assert absence(SHOP, 2 * HOUR_S) == (9 * HOUR_S, 24 * HOUR_S)
    assert absence(SHOP, 10 * HOUR_S) == (10 * HOUR_S, 24 * HOUR_S)
    friday = 4 * 24 * HOUR_S
    assert absence(SHOP, friday + HOUR_S) == (friday + 9 * HOUR_S, friday + 72 * HOUR_S)


def test_what_the_night_needs_is_compared_with_what_is_there(state: ShopState) -> None:
    found = preflight(SHOP, state)
    assert found.jobs == 3
    assert _check(found.checks, "tool life", "mill-1 T1").ok is True
    assert _check(found.checks, "blanks", "blank").ok is False
    assert _check(found.checks, "pallets", "pool").ok is False
    assert _check(found.checks, "program", "mill-1 plate/1").ok is None
    assert _check(found.checks, "coolant", "mill-1").ok is None
    state.machines["mill-1"].programs["plate/1"] = "other"
    state.machines["mill-1"].edges["1"].sisters = 0
    state.machines["mill-1"].edges["1"].minutes = 20.0
    again = preflight(SHOP, state)
    sent = _check(again.checks, "program", "mill-1 plate/1")
    assert (sent.ok, sent.found) == (
        None,
        "another revision on the machine; the certified program is sent before the cut",
    )
    assert _check(again.checks, "tool life", "mill-1 T1").ok is False
    assert not again.ok


def test_a_program_is_a_reason_to_act_only_where_none_is_certified(state: ShopState) -> None:
    serials = [job.serial for job in unattended_jobs(state)]
    state.routes["plate"].certified = False
    found = preflight(SHOP, state)
    assert found.jobs == 0, "no gate lets an uncertified program pass"
    assert [(c.subject, c.ok) for c in found.checks if c.name == "program"] == [(s, False) for s in serials]
    assert not found.ok


def test_a_pallet_with_a_part_that_is_cut_is_no_work_for_the_night(state: ShopState) -> None:
    spare = state.pallets["P04"]
    state.parts["A.005"] = on_floor.PartState(SerialId("A.005"), OrderId("A"), PartId("plate"), f"pallet:{spare.id}")
    state.orders["A"].serials.append("A.005")
    spare.serial, spare.operation = "A.005", "plate/1"
    assert _check(preflight(SHOP, state).checks, "pallets", "pool").ok is True, "all pallets are uncut"
    state.parts["A.005"].cuts.append(on_floor.Cut("plate/1", "mill-1", "c", "sha", 0.0, 60.0))
    done = _check(preflight(SHOP, state).checks, "pallets", "pool")
    assert done.ok is False
    assert done.found == "pallets with uncut parts: 3, empty: 0, to be unloaded: 1; parts waiting: 1"
    assert done.remedy.startswith("Unload the cut parts")
    state.holds["H-1"] = ["A.005"]
    assert state.held("A.005")
    assert _check(preflight(SHOP, state).checks, "pallets", "pool").ok is True, "a held part stays where it lies"


@pytest.mark.parametrize(("level", "ok"), [(80.0, True), (20.0, False)])
def test_what_a_person_looked_at_counts_for_a_day(state: ShopState, level: float, ok: bool) -> None:
    state.checked["mill-1|coolant"] = (level, 8 * HOUR_S, "Ann")
    assert _check(preflight(SHOP, state).checks, "coolant", "mill-1").ok is ok
    state.now_s = 40 * HOUR_S
    assert _check(preflight(SHOP, state).checks, "coolant", "mill-1").ok is None
    state.machines["mill-1"].signals = {"coolant_pct": 10.0}
    assert _check(preflight(SHOP, state).checks, "coolant", "mill-1").ok is False


def test_somebody_is_needed_when_the_first_mill_has_nothing_left_or_no_edge(state: ShopState) -> None:
    found = preflight(SHOP, state)
    assert found.next_intervention_s == pytest.approx(9 * HOUR_S + 2 * HOUR_S + 120.0)
    assert "mill-2" in found.cause
    for machine in state.machines.values():
        machine.edges["1"].sisters, machine.edges["1"].minutes = 0, 20.0
    worn = preflight(SHOP, state)
    assert "T1" in worn.cause
    assert worn.next_intervention_s == pytest.approx(9 * HOUR_S + 2 * HOUR_S + 120.0)
    for part in state.parts.values():
        part.place = "pallet" if part.place == "none" else part.place
    for machine in state.machines.values():
        machine.edges["1"].sisters = 5
    assert preflight(SHOP, state).next_intervention_s == 24 * HOUR_S, "nothing waits to be mounted"


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (0, "no output place is free at mill-1 or"),
        (1, "mill-2 has no mounted part"),
        (None, "mill-2 has no mounted part"),
    ],
)
def test_somebody_is_needed_when_no_room_is_left_behind_a_mill(state: ShopState, room: int | None, said: str) -> None:
    units = tuple(msgspec.structs.replace(u, buffer=room) if u.kind == "mill" else u for u in UNITS)
    found = preflight(msgspec.structs.replace(SHOP, work_units=units), state)
    assert found.next_intervention_s == pytest.approx(11 * HOUR_S + 120.0)
    assert found.cause.startswith(said)


@pytest.mark.parametrize(
    ("chip_s", "at_s", "said"),
    [
        (7199.0, 9 * HOUR_S, "chip bin or coolant of mill-1 has reached its limit, as"),
        (7200.0, 11 * HOUR_S + 120.0, "chip bin or coolant of mill-1 has reached its limit, as"),
        (1e5, 11 * HOUR_S + 120.0, "mill-2 has no mounted part"),
    ],
)
def test_somebody_is_needed_when_all_chip_bins_are_full(
    state: ShopState, chip_s: float, at_s: float, said: str
) -> None:
    units = tuple(msgspec.structs.replace(u, chip_s=chip_s) if u.kind == "mill" else u for u in UNITS)
    found = preflight(msgspec.structs.replace(SHOP, work_units=units), state)
    assert found.next_intervention_s == pytest.approx(at_s)
    assert found.cause.startswith(said)


def test_what_was_cut_in_the_night_is_in_the_chip_bin(state: ShopState) -> None:
    units = tuple(msgspec.structs.replace(u, chip_s=3 * 3600.0) if u.kind == "mill" else u for u in UNITS)
    shop, jobs = msgspec.structs.replace(SHOP, work_units=units), unattended_jobs(state)
    for n, mill in enumerate(("mill-1", "mill-2")):
        state.parts["A.001"].cuts.append(on_floor.Cut("plate/1", mill, f"c{n}", "sha", 9.2 * HOUR_S, 10.4 * HOUR_S))
    assert next_intervention(shop, state, jobs[1:], 9 * HOUR_S, 24 * HOUR_S)[0] > 9 * HOUR_S, (
        "emptied before they leave"
    )
    state.now_s = 10.5 * HOUR_S
    found = preflight(shop, state)
    assert found.leaves_s == 10.5 * HOUR_S, "at night the absence begins now"
    assert found.next_intervention_s == 10.5 * HOUR_S
    assert found.cause.startswith("chip bin or coolant")


def test_what_waits_behind_a_mill_at_night_leaves_it_less_room(state: ShopState) -> None:
    units = tuple(msgspec.structs.replace(u, buffer=1) if u.kind == "mill" else u for u in UNITS)
    shop, jobs = msgspec.structs.replace(SHOP, work_units=units), unattended_jobs(state)
    state.parts["A.001"].cuts.append(on_floor.Cut("plate/1", "mill-1", "c1", "sha", 6 * HOUR_S, 8 * HOUR_S))
    evening = next_intervention(shop, state, jobs, 9 * HOUR_S, 24 * HOUR_S)
    assert evening[1].startswith("mill-2 has no mounted part"), "until people leave they take it off"
    state.now_s = 10 * HOUR_S
    at_s, cause = next_intervention(shop, state, jobs, 9 * HOUR_S, 24 * HOUR_S)
    assert at_s == pytest.approx(12 * HOUR_S + 120.0)
    assert cause == "no output place is free at mill-1"


def test_a_mill_without_room_is_not_blamed_for_the_edges_of_another(state: ShopState) -> None:
    units = tuple(msgspec.structs.replace(u, buffer=0) if u.id == "mill-1" else u for u in UNITS)
    shop, jobs = msgspec.structs.replace(SHOP, work_units=units), unattended_jobs(state)
    state.parts["A.001"].cuts.append(on_floor.Cut("plate/1", "mill-1", "c1", "sha", 8 * HOUR_S, None))
    state.parts["A.001"].place = "mill-1"
    state.pallets["P01"].place = "mill-1"
    edge = state.machines["mill-2"].edges["1"]
    edge.sisters, edge.minutes = 0, 60.0
    state.out_of_service["mill-2"] = 12 * HOUR_S
    at_s, cause = next_intervention(shop, state, jobs[-1:], 9 * HOUR_S, 24 * HOUR_S)
    assert (at_s, cause) == (12 * HOUR_S, "no mill with a free output place has an edge of T1 left for A.003")


def test_the_forecast_takes_the_times_that_the_floor_takes(state: ShopState) -> None:
    jobs = unattended_jobs(state)
    state.cut_s = {"mill-2": {"plate/1|sha": (30, 30 * 2.4 * HOUR_S)}}
    at_s, _ = next_intervention(SHOP, state, jobs, 9 * HOUR_S, 24 * HOUR_S)
    assert at_s == pytest.approx(9 * HOUR_S + (10 * 2 + 30 * 2.4) / 40 * HOUR_S + 120.0)
    state.routes["bar"] = on_floor.RouteState(
        PartId("bar"), True, [e.RoutedOperation("bar/1", "s", HOUR_S, {"1": 30.0})]
    )
    state.cut_s = {"mill-2": {"bar/1|s": (30, 30 * 1.6 * HOUR_S)}}
    assert next_intervention(SHOP, state, jobs, 9 * HOUR_S, 24 * HOUR_S)[0] == pytest.approx(11 * HOUR_S + 120.0), (
        "what other programs took says nothing of this one"
    )


def test_what_no_mill_that_is_up_can_cut_does_not_make_the_night_short(state: ShopState) -> None:
    """One turned part and no lathe that is up: all milled parts end in time all the same, so the schedule's order holds."""
    units = (*UNITS, WorkUnit("lathe", "lathe", "turning"))
    shop = msgspec.structs.replace(SHOP, work_units=units)
    state.machines["lathe"] = on_floor.MachineState(MachineId("lathe"), kind="lathe", status="down")
    state.routes["plate"].operations[0] = e.RoutedOperation("plate/1", "sha", 4 * HOUR_S, {"1": 30.0})
    state.routes["pin"] = on_floor.RouteState(
        PartId("pin"), True, [e.RoutedOperation("pin/1", "s", HOUR_S, {}, kind="lathe")]
    )
    state.routes["bar"] = on_floor.RouteState(
        PartId("bar"), True, [e.RoutedOperation("bar/1", "s", HOUR_S, {"1": 30.0})]
    )
    state.parts["A.002"].item, state.pallets["P02"].operation = PartId("bar"), "bar/1"
    for machine in state.machines.values():
        if machine.kind == "mill":
            machine.edges["1"].sisters = 5
    before = next_intervention(shop, state, unattended_jobs(state), 9 * HOUR_S, 24 * HOUR_S)
    assert before[0] == pytest.approx(13 * HOUR_S + 120.0), "the first plate; bar and second plate on the other"
    state.parts["A.005"] = on_floor.PartState(SerialId("A.005"), OrderId("A"), PartId("pin"), "pallet:P04")
    state.pallets["P04"].serial, state.pallets["P04"].operation = "A.005", "pin/1"
    assert next_intervention(shop, state, unattended_jobs(state), 9 * HOUR_S, 24 * HOUR_S) == before


def test_the_evening_check_is_made_once_and_raises_what_fails(state: ShopState) -> None:
    room = NightDecider(SHOP)
    decisions = list(room.decide(state))
    assert isinstance(decisions[0].fact, e.PreflightMade)
    assert any(isinstance(d.fact, e.AlarmRaised) and "Mount the waiting parts" in d.fact.text for d in decisions)
    room.observe(e.Event(1, state.now_s, "software", decisions[0].fact), state)
    assert not list(room.decide(state))
    state.now_s = 9 * HOUR_S
    (foretold,) = room.decide(state)
    assert isinstance(foretold.fact, e.PreflightMade)
    room.observe(e.Event(2, state.now_s, "software", foretold.fact), state)
    state.now_s = 10 * HOUR_S
    assert not list(room.decide(state))
    state.now_s = 4 * HOUR_S
    assert not list(NightDecider(SHOP).decide(state))


def _handled(state: ShopState, room: AlarmTriageDecider, fact: e.AnyFact) -> list[Decision]:
    def fold(fact: e.AnyFact) -> None:
        event = e.Event(state.version + 1, state.now_s, "machine", fact)
        apply(state, event)
        room.observe(event, state)

    fold(fact)
    decisions = list(room.decide(state))
    for decision in decisions:
        fold(decision.fact)
    return decisions


def _interrupted(n: int) -> e.AnyFact:
    return e.Reported(r.CycleInterrupted(n, 0.0, "mill-1", f"cut-{n}", "A.001", "plate/1", "spindle load", {}))


def test_each_alarm_gets_one_answer_by_the_first_rule_and_a_limit_changes_it(state: ShopState) -> None:
    rules = (
        Rule("load", "cycle_interrupted", "skip_pallet", "load", at_most=1, then="stop_cell"),
        Rule("rest", "cycle_interrupted", "quarantine"),
    )
    room = AlarmTriageDecider(rules)
    first = _handled(state, room, _interrupted(1))
    assert [type(d.fact).__name__ for d in first] == ["AlarmTriaged", "HoldPlaced"]
    assert state.held("A.001")
    assert not list(room.decide(state))
    second = _handled(state, room, _interrupted(2))
    assert [getattr(d.fact, "action", getattr(d.fact, "alarm", "")) for d in second] == [
        "stop_cell",
        "safe_hold",
        "call_person",
    ]
    assert state.safe_holds == {"triage: load": "spindle load"}
    again = AlarmTriageDecider(rules)
    assert not list(again.decide(state)), "what was decided is in the log, not in a room's memory"


def test_a_broken_tool_is_replaced_by_its_sister_and_doubt_goes_to_quarantine(state: ShopState) -> None:
    room = AlarmTriageDecider(read_policy(Path("/nowhere")))
    command = c.StartCycle("c-1", "mill-2", "P01", "A.001", "plate/1", "sha")
    _handled(state, room, e.CommandIssued(command))
    found = _handled(state, room, e.CommandRefused("c-1", "tool T1 is broken"))
    assert [d.fact.action for d in found if isinstance(d.fact, e.AlarmTriaged)] == ["sister_tool"]
    assert state.machines["mill-2"].edges["1"].minutes == float("inf")
    doubt = _handled(state, room, _interrupted(1))
    assert any(isinstance(d.fact, e.VerdictGiven) and d.fact.verdict == "doubt" for d in doubt)


@pytest.mark.parametrize(
    "text",
    [
        "rules = 1",
        "[[rules]]\nname='a'\nsource='x'\naction='retry'",
        "[[rules]]\nname='a'\nsource='verdict'\naction='none'\npattern='('",
        "[",
    ],
)
def test_a_wrong_policy_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "alarms.toml").write_text(text)
    with pytest.raises(BadInput) as caught:
        read_policy(tmp_path)
    assert "alarms.toml" in caught.value.findings[0].file


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[str, AnyAsk], None]:
    return lambda name, ask: inbox.put(tmp_path, inbox.Request(name, ask, "Ann", "operator", "chips cleared", "Ann"))


def test_a_request_counts_once_and_goes_when_it_is_in_the_log(
    state: ShopState, tmp_path: Path, asked: Callable[[str, AnyAsk], None]
) -> None:
    state.safe_holds["triage: load"] = "spindle load"
    asked("r1", ReleaseHold("triage: load"))
    asked("r2", NoteCheck("mill-1", "coolant", 70.0))
    asked("r3", ReleaseHold("nothing such"))
    (tmp_path / ".nightmill" / "inbox" / "0-torn.json").write_text('{"id": ')
    seen: list[e.AnyFact] = []
    for _ in range(4):
        turn = list(inbox.taken(tmp_path, SHOP, state))
        assert [d.fact for d in inbox.taken(tmp_path, SHOP, state)][-2:] == [d.fact for d in turn][-2:] or not seen
        for decision in turn:
            apply(state, e.Event(state.version + 1, state.now_s, decision.actor, decision.fact))
            seen.append(decision.fact)
    assert not state.safe_holds
    assert state.checked["mill-1|coolant"][0] == 70.0
    taken = [fact for fact in seen if isinstance(fact, e.RequestTaken)]
    assert [fact.request for fact in taken] == ["r1", "r2", "r3"], "each once"
    assert {(fact.by, fact.role, fact.approved_by, fact.why) for fact in taken} == {
        ("Ann", "operator", "Ann", "chips cleared")
    }
    assert "no open hold nothing such" in taken[2].refused
    assert [fact.alarm for fact in seen if isinstance(fact, e.AlarmRaised)] == ["request_unread"]
    assert not list(inbox.taken(tmp_path, SHOP, state))
    assert [path.name for path in (tmp_path / ".nightmill" / "inbox").iterdir()] == ["0-torn.unread"]


def test_the_morning_report_tells_the_night_with_evidence(state: ShopState, tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "log.sqlite")
    night = 12 * HOUR_S
    facts: list[tuple[float, e.AnyFact]] = [
        (8 * HOUR_S, e.AlarmRaised("test", "mill-1", "by day")),
        (8.5 * HOUR_S, e.PreflightMade(9 * HOUR_S, 24 * HOUR_S, (), (), 15 * HOUR_S, "no part left")),
        (night, e.Reported(r.CycleFinished(1, night, "mill-1", "c", "A.001", "plate/1", HOUR_S, 1.0, {}, {}, {}, {}))),
        (night, e.VerdictGiven("A.001", "plate/1", "gauge", "bad", {"bore": 12.1}, "too large")),
        (night, e.PartDisposed("A.001", "scrap", "too large")),
        (night, e.PartDisposed("A.002", "good", "all checks passed")),
        (14 * HOUR_S, e.Reported(r.MachineFailed(2, 14 * HOUR_S, "mill-2", "spindle drive"))),
        (25 * HOUR_S, e.AlarmRaised("test", "mill-1", "after the night")),
    ]
    store.append([e.Event(0, at, "software", fact) for at, fact in facts], expected_version=0)
    state.machines["mill-2"].status, state.machines["mill-2"].alarm = "down", "spindle drive"
    report = report_of(SHOP, state, store, 25 * HOUR_S)
    store.close()
    assert (report.cycles, report.good, report.not_good) == (1, 1, 1)
    assert [(each.seq, each.kind) for each in report.exceptions] == [(5, "scrap"), (7, "machine_failed")]
    assert report.exceptions[0].evidence["verdict"]["evidence"] == {"bore": 12.1}
    assert report.waits == ("mill-2 is down: spindle drive",)
    assert report.needed_at == "2026-11-02T21:00+00:00"
    assert report.foreseen_intervention == "2026-11-02T22:00+00:00"
    assert "spindle drive" in as_text(report)


def test_a_morning_without_people_belongs_to_the_night_and_a_call_does_not_end_it() -> None:
    assert night_before(SHOP, 25 * HOUR_S) == (9 * HOUR_S, 24 * HOUR_S)
    nobody_on_tuesday = (24 * HOUR_S, 33 * HOUR_S, 0, False)
    called_in = (12 * HOUR_S, 13 * HOUR_S, 1, True)
    assert night_before(SHOP, 49 * HOUR_S, [nobody_on_tuesday]) == (9 * HOUR_S, 48 * HOUR_S)
    assert night_before(SHOP, 25 * HOUR_S, [called_in]) == (9 * HOUR_S, 24 * HOUR_S)
