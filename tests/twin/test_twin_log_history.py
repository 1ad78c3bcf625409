"""What is read from a log, against a log written by hand."""

import math

import pytest

from nightmill.twin.learning import learn_from_log
from nightmill.twin.log_history import FADING_S, read_history
from nightmill.twin.uncertainty import Life, Uncertainty
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

OLD, NEW = "a" * 64, "b" * 64
PRESENCE = ((0.0, 36000.0), (86400.0, 122400.0))


def log(*facts: tuple[float, e.AnyFact]) -> list[e.Event]:
    return [e.Event(n, at, "software", fact) for n, (at, fact) in enumerate(facts, 1)]


def started(at: float, serial: str, sha: str = OLD, unit: str = "A") -> tuple[float, e.AnyFact]:
    return at, e.Reported(r.CycleStarted(1, at, unit, "c", serial, "p/1", sha))


def finished(at: float, serial: str, unit: str = "A") -> tuple[float, e.AnyFact]:
    return at, e.Reported(r.CycleFinished(1, at, unit, "c", serial, "p/1", 0.0, 0.0, {}, {}, {}, {}))


def interrupted(at: float, serial: str, unit: str = "A") -> tuple[float, e.AnyFact]:
    return at, e.Reported(r.CycleInterrupted(1, at, unit, "c", serial, "p/1", "E1", {}))


def failed(at: float, unit: str = "A") -> tuple[float, e.AnyFact]:
    return at, e.Reported(r.MachineFailed(1, at, unit, "E1"))


ROUTE: tuple[float, e.AnyFact] = (
    0.0,
    e.RouteCertified("p", 1, "", "", (e.RoutedOperation("p/1", OLD, 100.0, {}),), True, 1.0),
)


def test_a_cut_is_measured_against_the_program_it_ran() -> None:
    facts = [
        ROUTE,
        started(0.0, "o.1"),
        finished(110.0, "o.1"),
        (200.0, e.ParametersRevised("p/1", 2, 1, 1.1, 1.1, NEW, 0.0, 0.0)),
        (201.0, e.Reported(r.ProgramStored(1, 201.0, "A", "c", "p/1", NEW, 80.0))),
        started(300.0, "o.2", NEW),
        finished(380.0, "o.2"),
    ]
    found = read_history(log(*facts), PRESENCE, 400.0)
    (machine,) = found.machines
    assert [(x.planned_s, x.actual_s, x.complete) for x in machine.cycles] == [(100.0, 110.0, True), (80.0, 80.0, True)]
    assert found.planned_s == {"p/1": 80.0}
    assert machine.running_h == 190.0 / 3600.0


def test_a_slow_machine_is_measured_against_its_own_time_of_the_program() -> None:
    routed = e.RoutedOperation("p/1", OLD, 100.0, {}, "mill", {"A": 150.0, "B": 130.0})
    facts: list[tuple[float, e.AnyFact]] = [
        (0.0, e.RouteCertified("p", 1, "", "", (routed,), True, 1.0)),
        (1.0, e.Reported(r.ProgramStored(1, 1.0, "B", "c", "p/1", OLD, 140.0))),
        started(10.0, "o.1"),
        finished(160.0, "o.1"),
    ]
    found = read_history(log(*facts), PRESENCE, 400.0)
    (machine,) = found.machines
    assert [(x.planned_s, x.actual_s) for x in machine.cycles] == [(150.0, 150.0)]
    assert found.planned_s == {"p/1": 100.0}
    assert found.planned_on == {"p/1": {"A": 150.0, "B": 140.0}}, "what the control says goes before the route"


def test_cuts_that_run_or_were_interrupted_are_censored() -> None:
    facts = [ROUTE, started(0.0, "o.1"), interrupted(30.0, "o.1"), failed(30.5), started(50.0, "o.2")]
    (machine,) = read_history(log(*facts), PRESENCE, 90.0).machines
    assert [(x.actual_s, x.complete, x.at_s) for x in machine.cycles] == [(30.0, False, 30.0), (40.0, False, 90.0)]
    assert machine.interrupted == 1


def test_a_repair_counts_the_hours_in_which_somebody_was_there() -> None:
    facts: list[tuple[float, e.AnyFact]] = [
        failed(34000.0),
        (35000.0, e.CommandIssued(c.RepairMachine("c", "A"))),
        (90000.0, e.Reported(r.MachineRepaired(2, 90000.0, "A", "c", "bearing"))),
    ]
    (machine,) = read_history(log(*facts), PRESENCE, 1e5).machines
    assert machine.failures == 1
    assert machine.repairs_h == ((1000.0 + 3600.0) / 3600.0,)


def test_spoilt_parts_are_those_interrupted_and_lost_scrap_those_that_were_not() -> None:
    facts: list[tuple[float, e.AnyFact]] = [ROUTE]
    for n, (fate, disposition) in enumerate(
        [
            (interrupted, "scrap"),
            (interrupted, "good"),
            (finished, "good"),
            (finished, "scrap"),
            (finished, "quarantine"),
        ]
    ):
        facts += [started(200.0 * n, f"o.{n}"), fate(200.0 * n + 100.0, f"o.{n}")]
        facts += [failed(200.0 * n + 100.0)] if fate is interrupted else []
        facts.append((200.0 * n + 150.0, e.PartDisposed(f"o.{n}", disposition, "")))
    (machine,) = read_history(log(*facts), PRESENCE, 1e5).machines
    assert (machine.interrupted, machine.spoilt) == (2, 1)
    assert (machine.made, machine.scrapped) == (3, 2)


def test_a_part_lost_to_a_broken_tool_is_scrap() -> None:
    lost = [started(0.0, "o.1"), interrupted(30.0, "o.1"), (40.0, e.PartDisposed("o.1", "quarantine", ""))]
    saved = [started(100.0, "o.2"), interrupted(130.0, "o.2"), (140.0, e.PartDisposed("o.2", "good", ""))]
    (machine,) = read_history(log(ROUTE, *lost, *saved, failed(500.0)), PRESENCE, 1e5).machines
    assert (machine.failures, machine.interrupted) == (1, 0)
    assert (machine.made, machine.scrapped) == (1, 1)


def test_planned_stops_and_the_hours_between_them_count_for_less_when_they_are_long_ago() -> None:
    stop = (500.0, e.Reported(r.MachineMaintained(1, 500.0, "A", "c", "worn")))
    facts = log(ROUTE, started(0.0, "o.1"), finished(90.0, "o.1"), stop)
    (machine,) = read_history(facts, PRESENCE, 500.0).machines
    assert machine.cares == 1.0
    assert machine.cares_running_h is not None
    assert machine.cares_running_h == pytest.approx(90.0 / 3600.0, rel=1e-3)
    (later,) = read_history(facts, PRESENCE, 500.0 + FADING_S).machines
    assert later.cares == pytest.approx(math.exp(-1.0))
    assert later.cares_running_h == pytest.approx(machine.cares_running_h * math.exp(-1.0))
    assert later.running_h == machine.running_h


def test_only_the_asked_time_counts() -> None:
    facts = [ROUTE, started(0.0, "o.1"), finished(100.0, "o.1"), started(500.0, "o.2"), finished(620.0, "o.2")]
    (machine,) = read_history(log(*facts), PRESENCE, 1e5, since_s=400.0).machines
    assert [x.actual_s for x in machine.cycles] == [120.0]
    (machine,) = read_history(log(*facts), PRESENCE, 300.0).machines
    assert [x.actual_s for x in machine.cycles] == [100.0]


def test_a_control_without_an_estimate_leaves_what_the_route_plans() -> None:
    facts = [
        (1.0, e.Reported(r.ProgramStored(1, 1.0, "A", "c", "p/1", OLD, 0.0))),
        (10.0, e.Reported(r.CycleStarted(2, 10.0, "A", "c1", "S.001", "p/1", OLD))),
        (120.0, e.Reported(r.CycleFinished(3, 120.0, "A", "c1", "S.001", "p/1", 110.0, 0.1, {}, {}, {}, {}))),
    ]
    found = read_history(log(ROUTE, *facts), PRESENCE, 400.0)
    assert [cycle.planned_s for machine in found.machines for cycle in machine.cycles] == [100.0]
    assert found.planned_s == {"p/1": 100.0}


def repaired(at: float, unit: str = "A") -> tuple[float, e.AnyFact]:
    return at, e.Reported(r.MachineRepaired(1, at, unit, "fix", "worn"))


def test_a_machine_lives_from_one_repair_or_planned_stop_to_the_next() -> None:
    facts = [
        ROUTE,
        started(0.0, "o.1"),
        failed(3600.0),  # before the cut is told to have stopped
        interrupted(3601.0, "o.1"),
        (4000.0, e.CommandIssued(c.RepairMachine("fix", "A"))),
        repaired(8000.0),
        started(9000.0, "o.2"),
        finished(16200.0, "o.2"),
        (17000.0, e.Reported(r.MachineMaintained(1, 17000.0, "A", "care", "good"))),
        started(18000.0, "o.3"),
    ]
    (machine,) = read_history(log(*facts), PRESENCE, 21600.0).machines
    assert machine.lives == (Life(3601.0 / 3600.0, True), Life(2.0, False), Life(1.0, False))
    assert machine.ran_h() == 1.0
    (down,) = read_history(log(*facts[:5]), PRESENCE, 5000.0).machines
    assert (down.lives, down.ran_h()) == ((Life(3601.0 / 3600.0, True), Life(0.0, False)), 0.0)


def worn_log(until_h: int) -> list[e.Event]:
    """Two machines that cut all day; A shakes ever more, is repaired after 60 h and is then as new, B fails of what shows in nothing."""
    facts: list[tuple[float, e.AnyFact]] = [ROUTE]
    for hour in range(until_h):
        at = hour * 3600.0
        for unit in "AB":
            age_h = hour if hour < 60 or unit == "B" else hour - 60
            shakes = 1.2 * (1.0 + 3.0 * (age_h / (61.0 if unit == "A" else 300.0)) ** 5)
            for part in (0.0, 1800.0):
                value = {"vibration_mm_s": shakes * (1.01 if (hour + part) % 2 else 0.99)}
                facts.append((at + part + 1.0, e.Reported(r.SignalsSampled(1, at + part + 1.0, unit, value))))
            facts += [
                started(at + 10.0, f"{unit}.{hour}", unit=unit),
                finished(at + 3590.0, f"{unit}.{hour}", unit=unit),
            ]
            if hour == 59:
                facts += [failed(at + 3592.0, unit), repaired(at + 3593.0, unit)]
    return log(*sorted(facts, key=lambda fact: fact[0]))


def test_signals_tell_failures_by_wear_from_those_that_nothing_announces() -> None:
    prior = Uncertainty(mtbf_weight=1.0)
    told = learn_from_log(worn_log(100), PRESENCE, 360000.0, prior, signals=True).uncertainty
    running_h = 2 * 100 * 3580.0 / 3600.0
    assert told.mtbf_h == pytest.approx((300.0 + running_h) / 2.0, rel=0.01), "only that of B comes at any time"
    assert told.wear_h is not None
    renewed, old = (told.law_of(unit) for unit in "AB")
    assert 10.0 < renewed.worn_h[10] < old.worn_h[10], "A is as new, B hardly shakes after 100 h"
    blind = learn_from_log(worn_log(100), PRESENCE, 360000.0, prior).uncertainty
    assert blind.mtbf_h == pytest.approx((300.0 + running_h) / 3.0, rel=0.01)
    assert (blind.wear_h, blind.law_of("A").worn_h) == (None, ())


def test_no_wear_is_expected_of_a_machine_that_nothing_is_read_of() -> None:
    """C fails every 20 h, which is seen, and has no signal: wear beside these failures would count them twice."""
    facts = [(event.at_s, event.fact) for event in worn_log(100)]
    for hour in range(100):
        facts += [
            started(hour * 3600.0 + 10.0, f"C.{hour}", unit="C"),
            finished(hour * 3600.0 + 3590.0, f"C.{hour}", "C"),
        ]
        facts += [failed(hour * 3600.0 + 3592.0, "C"), repaired(hour * 3600.0 + 3593.0, "C")] if hour % 20 == 19 else []
    told = learn_from_log(log(*sorted(facts, key=lambda fact: fact[0])), PRESENCE, 360000.0, signals=True).uncertainty
    assert told.law_of("A").wear_h == told.law_of("B").wear_h == told.wear_h is not None
    assert (told.law_of("C").wear_h, told.law_of("C").worn_h) == (None, ())


def test_a_machine_whose_planned_stop_is_under_way_is_as_new_when_it_runs_again() -> None:
    facts = [
        ROUTE,
        started(0.0, "o.1"),
        finished(7200.0, "o.1"),
        (7300.0, e.CommandIssued(c.MaintainMachine("care", "A", 3600.0))),
    ]
    (machine,) = read_history(log(*facts), PRESENCE, 8000.0).machines
    assert machine.lives == (Life(2.0, False), Life(0.0, False))
    assert machine.ran_h() == 0.0


def test_a_cut_that_is_told_to_have_ended_before_it_began_leaves_lives_to_learn_from() -> None:
    facts = [ROUTE, started(0.0, "o.1"), finished(7200.0, "o.1"), failed(7300.0), repaired(7400.0)]
    backwards = [started(8000.0, "o.2"), finished(7990.0, "o.2")]
    prior = Uncertainty(mtbf_shape=1.5, mtbf_shape_sd=0.3)
    with_it, without = (learn_from_log(log(*each), PRESENCE, 9000.0, prior) for each in (facts + backwards, facts))
    assert with_it.uncertainty == without.uncertainty
