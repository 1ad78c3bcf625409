"""What the tuning room makes of readings: how worn an edge is when it is changed, and the revision that follows."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from desk_sample import write_shop

from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.plant.deciders import cutting_parameters, cutting_parameters_trial
from nightmill.plant.deciders.cutting_parameters import (
    WEAR_LIMIT_UM,
    CuttingParameterDecider,
    Trial,
    _observation,
    worn_when_changed,
)
from nightmill.plant.deciders.cutting_parameters_trial import TwinTrial, tried_on_twin
from nightmill.plant.shop_schedule.problem import cycle_ratios, shop_problem
from nightmill.plant.workspace.shop import whole_shop
from nightmill.tuning import CuttingTask, next_factors, wear_rate
from nightmill.verification import interpret
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.workers import KeptChild

LIFE_MIN = 60.0


def trial(speed: float, feed: float, edges: int, share: float, seed: int) -> Trial:
    """Two parts of 20 minutes an edge; ``share`` of its life is used in 60 minutes at the handbook's setting."""
    rng = np.random.default_rng(seed)
    a_minute = share * WEAR_LIMIT_UM / LIFE_MIN * wear_rate(speed, feed)
    wear = [
        (f"edge {k}", minutes, seat + a_minute * minutes + rng.normal(0, 2))
        for k in range(edges)
        for seat in [rng.normal(0, 6)]
        for minutes in (20.0, 40.0)
    ]
    return Trial(speed, feed, [20.0 / (speed * feed)] * 4, [1.6] * 4, wear)


def test_before_any_reading_the_handbook_holds() -> None:
    assert worn_when_changed([Trial(1.0, 1.0, [20.0])], LIFE_MIN) == pytest.approx((1.0, 0.5))


@pytest.mark.parametrize("share", [0.1, 0.6, 1.5])
def test_readings_of_several_settings_tell_how_worn_an_edge_is(share: float) -> None:
    trials = [trial(1.0, 1.0, 12, share, 1), trial(1.1, 1.1, 12, share, 2)]
    found, error = worn_when_changed(trials, LIFE_MIN)
    assert abs(found - share) < 2.5 * error
    assert error < 0.25


def test_edges_that_are_changed_early_are_cut_faster_and_never_beyond_their_life() -> None:
    task = CuttingTask("op", 20.0, 20.0 / LIFE_MIN, 0.7, 40.0, edge_minutes=LIFE_MIN, worn=0.3)
    handbook = next_factors(task, [])
    assert (handbook.speed_factor, handbook.feed_factor) == (1.0, 1.0)
    for worn, faster in ((0.3, True), (1.0, False)):
        known = CuttingTask("op", 20.0, 20.0 / LIFE_MIN, 0.7, 40.0, edge_minutes=LIFE_MIN, worn=worn)
        seen = [trial(1.0, 1.0, 4, worn, 3)]
        for _ in range(3):
            advice = next_factors(known, [_observation(each, worn, LIFE_MIN) for each in seen])
            assert worn * wear_rate(advice.speed_factor, advice.feed_factor) <= 1 + 1e-9
            seen.append(trial(advice.speed_factor, advice.feed_factor, 4, worn, len(seen)))
        gained = max(each.speed * each.feed for each in seen)
        assert (gained > 1.25) is faster


def test_a_revision_makes_the_planned_cycle_shorter_by_the_feed_rate(tmp_path: Path) -> None:
    state = empty_state(whole_shop(write_shop(tmp_path / "shop")))
    operation = e.RoutedOperation("bracket/1", "a" * 64, 1500.0, {"1": 20.0, "2": 4.0})
    apply(state, e.Event(1, 0.0, "software", e.RouteCertified("bracket", 1, "", "Al 6061", (operation,), True, 1.0)))
    for n, (speed, feed) in enumerate(((1.1, 1.2), (1.0, 1.25)), 2):
        revised = e.ParametersRevised("bracket/1", n, 1, speed, feed, str(n) * 64, 1.0, 0.05)
        apply(state, e.Event(n, 0.0, "software", revised))
        now = state.routes["bracket"].operations[0]
        assert now.tool_minutes == pytest.approx({"1": 20.0 / (speed * feed), "2": 4.0})
        assert now.cycle_s == pytest.approx(1500.0 - 60 * 20.0 * (1 - 1 / (speed * feed)))
    assert cycle_ratios(state) == {}


def _routed(tmp_path: Path) -> ShopState:
    state = empty_state(whole_shop(write_shop(tmp_path / "shop")))
    operation = e.RoutedOperation("bracket/1", "a" * 64, 1500.0, {"1": 20.0})
    apply(state, e.Event(1, 0.0, "software", e.RouteCertified("bracket", 1, "", "Al 6061", (operation,), True, 1.0)))
    apply(state, e.Event(2, 0.0, "software", e.OrderReceived("O1", "bracket", 3, 9e5, 1)))
    revised = e.ParametersRevised("bracket/1", 2, 1, 1.1, 1.2, "b" * 64, 1.0, 0.05, on_trial=True)
    apply(state, e.Event(3, 0.0, "software", revised))
    return state


def _started(state: ShopState, seq: int, serial: str, program: str) -> None:
    mill = next(iter(state.machines))
    report = r.CycleStarted(seq, 0.0, mill, f"c{seq}", serial, "bracket/1", program)
    apply(state, e.Event(seq + 10, 0.0, mill, e.Reported(report)))


@pytest.mark.parametrize("released", [True, False])
def test_a_revision_on_trial_is_for_one_part_until_it_is_judged(tmp_path: Path, released: bool) -> None:
    state = _routed(tmp_path)
    route = state.routes["bracket"]
    assert route.operations[0].program_sha256 == "b" * 64
    first, second, _ = state.orders["O1"].serials
    _started(state, 1, first, "b" * 64)
    assert route.trials["bracket/1"].serial == first
    assert (route.operations[0].program_sha256, route.operations[0].cycle_s) == ("a" * 64, 1500.0)
    _started(state, 2, second, "a" * 64)
    assert route.trials["bracket/1"].serial == first
    judged = e.ParametersJudged("bracket/1", 2, "b" * 64, released, first, "")
    apply(state, e.Event(30, 0.0, "software", judged))
    assert not route.trials
    assert route.operations[0].program_sha256 == ("b" if released else "a") * 64
    assert route.factors["bracket/1"]["1"] == ((1.1, 1.2) if released else (1.0, 1.0))


def test_a_schedule_counts_on_the_shorter_cycle_for_the_part_on_trial_alone(tmp_path: Path) -> None:
    state, shop = _routed(tmp_path), whole_shop(tmp_path / "shop")
    first, *others = state.orders["O1"].serials
    presence = presence_windows(shop, 0.0, 7 * 86400.0, ())

    def cycles() -> dict[str, float]:
        found = shop_problem(state, shop, 86400.0, presence).operations
        return {op.serial: op.alternatives[0].run_s for op in found}

    shorter = pytest.approx(1500.0 - 1200.0 * (1 - 1 / 1.32))
    assert cycles() == dict.fromkeys((first, *others), 1500.0)
    _started(state, 1, first, "b" * 64)
    state.parts[first].place = "pallet:" + next(iter(state.pallets))
    state.pallets[next(iter(state.pallets))].serial = first
    state.pallets[next(iter(state.pallets))].operation = "bracket/1"
    assert cycles() == {first: shorter, **dict.fromkeys(others, 1500.0)}
    apply(state, e.Event(30, 0.0, "software", e.ParametersJudged("bracket/1", 2, "b" * 64, True, first, "")))
    assert cycles()[others[0]] == shorter


@pytest.mark.parametrize(
    ("verdict", "interrupted", "disposition", "released", "failed"),
    [
        ("good", "", "", True, False),
        ("bad", "", "scrap", False, True),
        ("", "", "scrap", False, True),
        ("doubt", "", "quarantine", False, True),
        ("good", "spindle", "", False, False),
        ("", "spindle", "quarantine", False, False),
        ("", "", "quarantine", False, False),
        ("", "", "good", False, False),
        ("", "", "", None, False),
    ],
)
def test_the_part_on_trial_releases_a_revision_or_takes_it_back(
    tmp_path: Path, verdict: str, interrupted: str, disposition: str, released: bool | None, failed: bool
) -> None:
    state = _routed(tmp_path)
    serial = state.orders["O1"].serials[0]
    _started(state, 1, serial, "b" * 64)
    part = state.parts[serial]
    part.cuts[-1].interrupted = interrupted
    part.disposition = disposition
    if verdict:
        part.verdicts["bracket/1:gauge"] = verdict
    room = CuttingParameterDecider(whole_shop(tmp_path / "shop"), {})
    room.trials = {"bracket/1": [Trial(1.0, 1.0, program="a" * 64), Trial(1.1, 1.2, program="b" * 64)]}
    found = [decision.fact for decision in room.decide(state)]
    if released is None:
        assert not found
        return
    (fact,) = found
    assert isinstance(fact, e.ParametersJudged)
    assert (fact.released, fact.serial, fact.revision) == (released, serial, 2)
    room.observe(e.Event(40, 0.0, "software", fact), state)
    assert [each.program[0] for each in room.trials["bracket/1"]] == (["a", "b"] if released else ["b", "a"])
    assert [each.failed for each in room.trials["bracket/1"]] == ([False, False] if released else [failed, False])
    assert [each.unknown for each in room.trials["bracket/1"]] == [not released and not failed, False]


PROGRAM = """G21 G90 G94 G17
T1 M6
S6000 M3
G0 X0 Y0 Z5
G1 Z-1 F900
G1 X20
M5
M30
"""


def test_a_revision_is_written_down_with_its_proof(tmp_path: Path) -> None:
    room = CuttingParameterDecider(whole_shop(write_shop(tmp_path / "shop")), {})
    room.base["bracket/1"] = PROGRAM
    proof = room._read_back("bracket/1", room._text("bracket/1", 1, 1.1, 1.2), 1)
    assert proof is not None
    assert proof.moves == len(interpret(PROGRAM).tool)
    assert (proof.rpm, proof.feed_mm_min) == (6600.0, 1188.0)
    assert room._read_back("bracket/1", PROGRAM.replace("X20", "X21"), 1) is None, "another move"
    assert room._read_back("bracket/1", PROGRAM.replace("S6000", "S60000"), 1) is None, "beyond every mill"


@pytest.mark.parametrize("faulty", ["", "twin", "program"])
def test_a_setting_that_is_not_tried_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty: str) -> None:
    state, shop = _routed(tmp_path), whole_shop(tmp_path / "shop")
    state.routes["bracket"].judge(e.ParametersJudged("bracket/1", 2, "b" * 64, False, "", ""))
    room = CuttingParameterDecider(shop, {})
    room.base["bracket/1"], room.main["bracket/1"], room.handbook_min["bracket/1"] = PROGRAM, 1, 20.0
    room.trials = {"bracket/1": [trial(1.0, 1.0, 12, 0.3, 5)]}
    answer = TwinTrial(faulty != "twin", "on the twin orders get late")
    monkeypatch.setattr(cutting_parameters, "tried_on_twin", lambda *_: answer)
    if faulty == "program":
        monkeypatch.setattr(room, "_read_back", lambda *_: None)
    (said,) = (decision.fact for decision in room.decide(state))
    if not faulty:
        assert isinstance(said, e.ParametersRevised)
        return
    assert isinstance(said, e.AlarmRaised)
    assert (said.alarm, said.subject) == ("setting_refused", "bracket/1")
    assert "T1 at" in said.text
    assert said.text.endswith("late" if faulty == "twin" else "than some mill can do")
    room.observe(e.Event(50, 0.0, "software", said), state)
    room.trials["bracket/1"][0].asked_at = -4
    assert not list(room.decide(state)), "nothing new was refused"
    speed, feed = room.refused["bracket/1"]
    assert said.text.startswith(f"T1 at {speed:g} of the speed and {feed:g} of the feed")
    room.refused["bracket/1"] = speed + 0.01, feed - 0.01
    room.trials["bracket/1"][0].asked_at = -4
    assert not list(room.decide(state)), "readings move the advice a little each time"
    room.refused["bracket/1"] = speed + 0.03, feed
    room.trials["bracket/1"][0].asked_at = -4
    assert [decision.fact for decision in room.decide(state)] == [said]


def test_the_twin_speaks_against_a_setting_that_makes_orders_late(tmp_path: Path) -> None:
    state = _routed(tmp_path)
    shop = whole_shop(tmp_path / "shop")
    route = state.routes["bracket"]
    route.judge(e.ParametersJudged("bracket/1", 2, "b" * 64, False, "", ""))
    state.orders["O1"].due_s = 8 * 3600.0
    quicker = e.ParametersRevised("bracket/1", 2, 1, 1.1, 1.2, "b" * 64, 1.0, 0.05, on_trial=True)
    assert tried_on_twin(state, shop, quicker).allowed
    slower = e.ParametersRevised("bracket/1", 2, 1, 0.1, 0.1, "b" * 64, 1.0, 0.05, on_trial=True)
    trial = tried_on_twin(state, shop, slower)
    assert not trial.allowed
    assert "lateness +" in trial.text
    assert route.operations[0].cycle_s == 1500.0
    assert not route.trials


def shot(_data: bytes) -> bytes:
    """A simulation that ends its process."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def test_a_simulation_that_dies_reaches_nobody_and_speaks_against_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    child = KeptChild(f"{__name__}:shot", cutting_parameters_trial.LIMITS)
    monkeypatch.setattr(cutting_parameters_trial, "_child", lambda: child)
    state = _routed(tmp_path)
    quicker = e.ParametersRevised("bracket/1", 2, 1, 1.1, 1.2, "b" * 64, 1.0, 0.05, on_trial=True)
    trial = tried_on_twin(state, whole_shop(tmp_path / "shop"), quicker)
    assert (trial.allowed, trial.text) == (False, "the simulation gave no answer")
