"""What is read from a log, against a log written by hand."""

import math

import pytest

from nightmill.simulation.calibration.read_log import FADING_S, read_history
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
