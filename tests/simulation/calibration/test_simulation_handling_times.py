"""The work around cuts, against a log written by hand."""

import pytest
from twin_shops import one_machine

from nightmill.simulation.calibration.handling_times import Handling, HandlingReader
from nightmill.simulation.cell.floor_behaviour import Visits
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r


def read(*facts: tuple[float, e.AnyFact]) -> Handling:
    reader = HandlingReader()
    for n, (at, fact) in enumerate(facts, 1):
        reader.read(e.Event(n, at, "software", fact))
    return reader.found(((0.0, 1e6),))


def visit(start: float, name: str, *, measured: bool) -> list[tuple[float, e.AnyFact]]:
    """One part: 100 s to mount, moves of 30 s, perhaps 80 s at the gauge, 50 s to take off."""
    at, facts = start, list[tuple[float, e.AnyFact]]()

    def done(command: c.AnyCommand, report: r.AnyReport) -> None:
        facts.extend([(at, e.CommandIssued(command)), (report.at_s, e.Reported(report))])

    pallet, serial = f"P{name}", f"S{name}"
    done(
        c.MountPart(f"m{name}", "bench", pallet, serial, "p/1", "", 1.0),
        r.PartMounted(1, at + 100, "bench", f"m{name}", pallet, serial, "p/1"),
    )
    at += 100
    done(
        c.MovePallet(f"a{name}", "robot", pallet, "pool", "A"),
        r.PalletMoved(1, at + 30, "robot", f"a{name}", pallet, "A"),
    )
    at += 30
    at += 20  # the machine is prepared
    facts.append((at, e.Reported(r.CycleStarted(1, at, "A", f"s{name}", serial, "p/1", ""))))
    done(
        c.StartCycle(f"s{name}", "A", pallet, serial, "p/1", ""),
        r.CycleFinished(1, at + 500, "A", f"s{name}", serial, "p/1", 500.0, 0.0, {}, {}, {}, {}),
    )
    at += 500
    if measured:
        done(
            c.MovePallet(f"b{name}", "robot", pallet, "A", "gauge"),
            r.PalletMoved(1, at + 30, "robot", f"b{name}", pallet, "gauge"),
        )
        at += 200  # waits, which isn't counted
        done(
            c.MeasurePart(f"g{name}", "gauge", pallet, serial, ()),
            r.PartMeasured(1, at + 80, "gauge", f"g{name}", serial, {}),
        )
        at += 80
    done(
        c.MovePallet(f"c{name}", "robot", pallet, "", "pool"),
        r.PalletMoved(1, at + 30, "robot", f"c{name}", pallet, "pool"),
    )
    at += 4000  # the night
    done(
        c.DismountPart(f"d{name}", "bench", pallet, serial, "wip", 1.0),
        r.PartDismounted(1, at + 50, "bench", f"d{name}", pallet, serial, "wip"),
    )
    return facts  # fmt: skip


def test_the_averages_are_those_of_the_log() -> None:
    seen = read(*visit(0.0, "1", measured=True), *visit(1e4, "2", measured=False), *visit(2e4, "3", measured=False))
    assert (seen.mount_s, seen.dismount_s, seen.move_s) == (100.0, 50.0, 30.0)
    assert seen.after_s == {"p/1": pytest.approx((80.0 + 30.0) / 3)}  # one of three, and one move more than the rest


def test_an_empty_log_changes_nothing() -> None:
    problem = one_machine([100.0, 200.0])
    assert read().applied(problem) == problem


def test_a_problem_takes_what_was_seen() -> None:
    problem = one_machine([100.0])
    changed = Handling(mount_s=99.0, move_s=12.0, after_s={"op": 7.0, "other": 8.0}).applied(problem)
    (operation,) = changed.operations
    assert (operation.mount_s, operation.dismount_s, operation.measure_s) == (99.0, 60.0, 7.0)
    assert changed.move_s == 12.0


def test_the_floors_habits_are_those_of_the_log() -> None:
    load = c.LoadTool("l1", "A", 1, 2, 250.0)
    loaded = r.ToolLoaded(1, 3e4 + 300.0, "A", "l1", 1, 2, 5)
    stop = c.MaintainMachine("k1", "A", 5000.0)
    facts = [
        *visit(0.0, "1", measured=True), *visit(1e4, "2", measured=False),
        (3e4, e.CommandIssued(load)), (3e4 + 300.0, e.Reported(loaded)),
        (4e4, e.CommandIssued(stop)), (5e4, e.Reported(r.MachineMaintained(1, 5e4, "A", "k1", "good"))),
    ]  # fmt: skip
    reader = HandlingReader()
    for n, (at, fact) in enumerate(facts, 1):
        reader.read(e.Event(n, at, "software", fact))
    habits = reader.found(((0.0, 4.2e4), (4.9e4, 1e5))).habits
    assert habits.visits == {"p/1": Visits(0.5, 80.0, 0.0, 0.0)}
    assert habits.preparation_s == (20.0, 20.0)
    assert habits.load_pace == 300.0 / 250.0
    assert habits.care_s == 3000.0, "the night counts for nothing"
