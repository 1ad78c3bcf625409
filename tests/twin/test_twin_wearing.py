"""Wear that shows: lives of known length, their signal a power of the share that has passed, readings scattered about it."""

import math
import random
from statistics import median

import pytest

from nightmill.twin.wear_readings import SIGNAL, WearHistory, WearReader
from nightmill.twin.wearing import QUANTILES, worn_out

POWER, GROWTH, SCATTER = 5.0, 3.0, 0.05
"""Of the machines below; a machine fails at four times its start."""


def reading(rng: random.Random, share: float, start: float = 1.2) -> dict[str, float]:
    return {SIGNAL: start * (1.0 + GROWTH * share**POWER) * math.exp(rng.gauss(0.0, SCATTER))}


def lived(lives: dict[str, tuple[float, ...]], ran_h: float, passed: float = 0.0) -> WearHistory:
    """Machines that are repaired as their lives end, read twice an hour at rest; of the first lives ``passed`` was over."""
    reader = WearReader()
    for machine, lengths in lives.items():
        rng = random.Random(machine)
        at_h, age_h, number = 0.0, passed * lengths[0], 0
        while at_h < ran_h:
            at_h, age_h = at_h + 0.5, age_h + 0.5
            if age_h >= lengths[number]:
                reader.renewed(machine, at_h, failed=True)
                age_h, number = 0.0, number + 1
            reader.read(machine, at_h, reading(rng, age_h / lengths[number]))
    return reader.found(dict.fromkeys(lives, ran_h))


def test_what_is_left_is_seen_in_the_signal_of_a_machine_that_wears() -> None:
    """After 200 h: lives of 250, 300, 400 and 260 h, two of them begun anew."""
    history = lived({"A": (250.0,), "B": (300.0,), "C": (80.0, 400.0), "D": (120.0, 260.0)}, 200.0)
    assert [life.failed for life in history.lives] == [False, False, True, False, True, False]
    assert history.scatter == pytest.approx(SCATTER, rel=0.15)
    assert math.exp(history.start) == pytest.approx(1.2, rel=0.02)
    worn = worn_out(history)
    assert worn is not None
    for machine, left_h in (("A", 50.0), ("B", 100.0)):
        found = worn.left_h[machine]
        assert list(found) == sorted(found)
        assert len(found) == QUANTILES
        assert found[1] < left_h < found[-2]
        assert median(found) == pytest.approx(left_h, rel=0.3)
    assert worn.left_h["C"][1] > 50.0, "nothing shows after 120 h: it won't be worn out soon"
    assert worn.left_h["C"][-2] > 4.0 * worn.left_h["C"][1], "nor does anything say when"
    assert 100.0 < worn.life_h < 500.0


def test_a_life_that_had_begun_before_the_log_is_not_taken_for_a_short_one() -> None:
    """Lives of 400 h of which half had passed: after 140 h more, 60 are left of each; another has shown where machines fail."""
    worn = worn_out(lived({**dict.fromkeys("ABC", (400.0,)), "D": (100.0, 300.0)}, 140.0, passed=0.5))
    assert worn is not None
    for machine in "ABC":
        assert median(worn.left_h[machine]) == pytest.approx(60.0, rel=0.4)


def test_a_failure_that_nothing_announced_ends_no_life() -> None:
    """One at a start as new, and one far up after which the signal is still there."""
    rng, reader = random.Random(7), WearReader()
    for half in range(600):
        share = half / 800.0 if half < 580 else (half - 580) / 800.0
        reader.read("A", half / 2.0, reading(rng, share))
        if half in (100, 560):
            reader.renewed("A", half / 2.0 + 0.1, failed=True)
        if half == 579:
            reader.renewed("A", half / 2.0 + 0.1, failed=False)
    history = reader.found({"A": 300.0})
    assert history.worn == {"A": frozenset()}
    assert [(life.failed, life.ended) for life in history.lives] == [(False, True), (False, False)]
    assert [life.hours for life in history.lives] == pytest.approx([289.6, 10.4])


def test_what_an_operation_shakes_is_no_wear() -> None:
    """Machines that are never read at rest; one operation shakes by half as much again, and comes late."""
    rng, reader = random.Random(3), WearReader()
    for half in range(400):
        for machine in "AB":
            rough = half % 3 == 0 and half > 200
            reader.read(machine, half / 2.0, reading(rng, 0.0, 1.8 if rough else 1.2), "rough" if rough else "fine")
    history = reader.found({"A": 200.0, "B": 200.0})
    last = [level.log - history.start for life in history.lives for level in life.levels[-3:]]
    assert all(abs(each) < 0.06 for each in last)
    worn = worn_out(history)
    assert worn is not None
    assert worn.left_h["A"][1] > 50.0


def test_machines_read_at_rest_and_others_read_in_cuts_have_one_start() -> None:
    """A is always read at rest, B always in cuts that shake by half as much again; a unit of another size changes nothing."""
    for start in (0.3, 5.0):
        rng, reader = random.Random(5), WearReader()
        for half in range(300):
            reader.read("A", half / 2.0, reading(rng, half / 500.0, start))
            reader.read("B", half / 2.0, reading(rng, half / 500.0, 1.5 * start), "rough")
        history = reader.found({"A": 150.0, "B": 150.0})
        first = [life.levels[0].log - history.start for life in history.lives]
        assert first == pytest.approx([0.0, 0.0], abs=0.1)
        worn = worn_out(history)
        assert worn is not None
        assert median(worn.left_h["B"]) == pytest.approx(median(worn.left_h["A"]), rel=0.2)


def test_without_readings_nothing_is_said() -> None:
    assert worn_out(WearReader().found({"A": 100.0})) is None
    reader = WearReader()
    for value in (0.0, -1.0, math.inf, math.nan):
        reader.read("A", 1.0, {SIGNAL: value})
    reader.read("A", 1.0, {"temperature_c": 30.0})
    assert worn_out(reader.found({"A": 100.0})) is None
    few = lived({"A": (300.0,)}, 6.0)
    assert few.lives
    assert worn_out(few) is None
