"""The offset controller on healthy and sick plants, and the plug that carries it."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.quality import run_own_plants
from nightmill.quality.compensation.kalman_filter import DriftFilter, Walks
from nightmill.quality.compensation.offset_controller import OffsetController, PartLine, Reading, Start, handle
from nightmill.quality.compensation.simulated_plants import OWN_PLANTS, PlantTruth
from nightmill.vocabulary.errors import BadInput

START = Start(tolerance=20, gauge_sd=1.0, process_sd=2.0, setter_sd=2.0)


def _one(truth: PlantTruth, parts: int = 2000, seed: int = 11) -> dict[str, float]:
    results = {result.controller: result for result in run_own_plants(seed, parts=parts, plants=(truth,))}
    ours, none = results["nightmill"], results["none"]
    assert ours.measured_share <= truth.measure_share + 12 / parts + 1e-9
    return {
        "out": ours.out_of_tolerance_share,
        "rms": ours.rms_um,
        "none": none.out_of_tolerance_share,
        "carried": results["ewma-carried"].out_of_tolerance_share,
        "ewma_rms": results["ewma"].rms_um,
        "held": -1.0 if ours.held_at is None else float(ours.held_at),
    }


def test_turning_plant_reaches_the_published_figure() -> None:
    found = _one(PlantTruth("turning"), parts=4000)
    assert found["out"] <= 0.0005
    assert found["rms"] < 3.0
    assert found["none"] > 0.15
    assert found["carried"] > 20 * max(found["out"], 0.0005), "a rule that knows nothing of tool changes"
    assert found["held"] == -1.0


@pytest.mark.parametrize("truth", [truth for truth in OWN_PLANTS if truth.gain > 0], ids=lambda truth: truth.name)
def test_no_fault_makes_it_worse_than_a_tenth_of_no_control(truth: PlantTruth) -> None:
    found = _one(truth, parts=1200)
    assert found["out"] < found["none"] / 10
    assert found["held"] == -1.0, "a healthy register is not held"


def test_mixed_families_beat_a_rule_that_ignores_them() -> None:
    truth = next(truth for truth in OWN_PLANTS if truth.name == "mixed-families")
    found = _one(truth)
    assert found["rms"] < 0.7 * found["ewma_rms"]


@pytest.mark.parametrize("setter", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3, 6, 19])
def test_wrong_sign_is_held_before_it_does_harm(seed: int, setter: bool) -> None:
    found = _one(PlantTruth("wrong", gain=-1.0, setter=setter), parts=600, seed=seed)
    assert 0 <= found["held"] <= 20
    assert found["out"] <= found["none"] + 6 / 600


def _cell(state: OffsetController, parts: range, drift: float, gain: float = 1.0) -> tuple[OffsetController, float]:
    readings: tuple[Reading, ...] = ()
    deviation = 0.0
    for part in parts:
        event = "tool_change" if part == 0 else None
        state, answer = state.step(PartLine(part, "T1.1", "F", event, None, readings or None))  # type: ignore[arg-type]
        deviation = drift + gain * answer.offset
        readings = (Reading(part, "T1.1", "F", deviation),) if answer.measure_next else ()
    return state, deviation


def test_a_constant_error_is_removed_and_stays_so() -> None:
    _, deviation = _cell(OffsetController.begin(START), range(60), 9.0)
    assert abs(deviation) < 0.5


@pytest.mark.parametrize("seed", [17, 24])
def test_a_doubted_register_is_tried_out_instead_of_left_standing(seed: int) -> None:
    # noise makes a weak register look like none here: standing still would never settle it
    found = _one(PlantTruth("weak", gain=0.5), parts=600, seed=seed)
    assert found["held"] == -1.0
    assert found["rms"] < 6.0


def test_the_first_part_of_a_new_edge_can_be_reached_in_one_step() -> None:
    state, deviation = OffsetController.begin(START), 0.0
    readings: tuple[Reading, ...] = ()
    for part in range(121):
        new = part in (0, 120)
        edge, wear = ("T1.2", 0.0) if part == 120 else ("T1.1", 0.5 * part)
        line = PartLine(part, edge, "F", "tool_change" if new else None, 0.0 if new else None, readings or None)
        state, answer = state.step(line)
        deviation = wear + answer.offset
        assert abs(deviation) < 14.0, "neither before nor after the change near the tolerance of 20"
        readings = (Reading(part, edge, "F", deviation),) if answer.measure_next else ()


def test_released_starts_again_after_a_hold() -> None:
    state, _ = _cell(OffsetController.begin(START), range(40), 12.0, gain=-1.0)
    assert state.hold is not None
    assert "sign" in state.hold
    state, answer = state.step(PartLine(40, "T1.1", "F", "released"))
    assert answer.hold is None
    state, deviation = _cell(state, range(41, 100), 12.0, gain=1.0)
    assert abs(deviation) < 3.0
    assert state.hold is None


def test_readings_of_parts_that_were_never_cut_are_not_believed() -> None:
    state = OffsetController.begin(START)
    before = None
    for part in range(20):
        wrong = (Reading(part + 500, "T1.1", "F", 15.0),)
        state, answer = state.step(PartLine(part, "T1.1", "F", "tool_change" if part == 0 else None, None, wrong))
        before = before or answer.offset
    assert state.hold is not None
    assert "belong" in state.hold


def test_a_late_reading_counts_for_the_edge_that_cut_the_part() -> None:
    state = OffsetController.begin(START)
    for part in range(6):
        state, _ = state.step(PartLine(part, "T1.1", "F", "tool_change" if part == 0 else None, 0.0))
    state, before = state.step(PartLine(6, "T1.2", "F", "tool_change", 0.0))
    late = (Reading(5, "T1.1", "F", 14.0),)
    other, after = state.step(PartLine(7, "T1.2", "F", None, None, late))
    assert abs(after.offset - before.offset) < 6.0, "most of it belongs to the old edge"
    assert other.filter.knows("T1.1")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-500, 500), min_size=5, max_size=40), st.floats(1, 40), st.floats(5, 150))
def test_limits_hold_whatever_is_read(values: list[float], step: float, total: float) -> None:
    start = msgspec.structs.replace(START, max_step=step, max_total=total, measure_share=1.0)
    state, before = OffsetController.begin(start), 0.0
    readings: tuple[Reading, ...] = ()
    for part, value in enumerate(values):
        line = PartLine(part, "T1", "F", "tool_change" if part == 0 else None, None, readings or None)
        state, answer = state.step(line)
        assert abs(answer.offset) <= total + 0.01
        assert answer.hold or abs(answer.offset - before) <= step + 0.01
        before, readings = answer.offset, (Reading(part, "T1", "F", value),)
        state = msgspec.json.decode(msgspec.json.encode(state), type=OffsetController)


def test_the_plug_speaks_json_lines() -> None:
    state, answer = handle(None, json.loads(json.dumps({"start": msgspec.to_builtins(START)})))
    assert answer is None
    line = {"part": 0, "tool_edge": "T4.2", "family": "D20", "event": "tool_change", "setter": 3.0, "measured": None}
    state, answer = handle(state, line)
    assert answer == {"offset": answer["offset"] if answer else None, "measure_next": True, "hold": None}
    assert answer["offset"] == pytest.approx(-3.0, abs=0.5)
    _, again = handle(state, {"start": msgspec.to_builtins(START)})
    assert again is None


@pytest.mark.parametrize(
    "document",
    [{"part": 1}, {"start": {"tolerance": "wide"}}, {"start": {"tolerance": -1, "gauge_sd": 1, "process_sd": 1}}],
)
def test_a_broken_line_is_bad_input(document: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        handle(OffsetController.begin(START), document)


def test_a_part_before_the_start_is_bad_input() -> None:
    with pytest.raises(BadInput):
        handle(None, {"part": 1, "tool_edge": "a", "family": "b"})


def test_the_filter_is_the_textbook_one_in_one_dimension() -> None:
    walks = Walks(level_walk=0.0, rate_walk=0.0, machine_walk=0.0)
    known = DriftFilter.fresh(walks).with_family("F").with_edge("E", 0.0, 3.0, 0.0, 0.0)
    after = known.updated("E", "F", 0, 0.0, 6.0, 4.0)
    size, variance = after.predicted("E", "F")
    prior = 3.0**2 + 4.0
    assert size[0] == pytest.approx(6.0 * prior / (prior + 4.0))
    assert variance == pytest.approx(prior * 4.0 / (prior + 4.0))
    assert np.argmax(after.weights) == 0


def _innovations(jump_at: int | None = None, parts: int = 1200) -> list[float]:
    """Of a plant with wear, new edges and offsets: how far each reading lay from what the controller expected."""
    rng = np.random.default_rng(5)
    state = OffsetController.begin(START)
    found: list[float] = []
    pending: list[Reading] = []
    level, edge = 0.0, 0
    for part in range(parts):
        event = None
        if part % 120 == 0:
            level, edge, event = float(rng.normal(0, 8)), edge + 1, "tool_change"
        level += 0.15 + (25.0 if part == jump_at else 0.0)
        setter = level + float(rng.normal(0, 2)) if event else None
        found += [z for z in map(state.innovation, pending) if z is not None]
        line = PartLine(part, f"E{edge}", "D20", event, setter, tuple(pending))  # type: ignore[arg-type]
        state, answer = state.step(line)
        size = level + answer.offset + float(rng.normal(0, 2))
        pending = [Reading(part, f"E{edge}", "D20", size + float(rng.normal(0, 1)))] if answer.measure_next else []
    return found


def test_innovations_of_a_drifting_corrected_plant_are_noise_for_a_chart() -> None:
    found = np.array(_innovations())
    assert len(found) > 150
    assert 0.8 < np.std(found) < 1.3
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 0.25, "four standard errors"
    assert np.mean(np.abs(found) > 3) < 0.02
    jumped = np.array(_innovations(jump_at=700))
    assert np.max(np.abs(jumped)) > 4.5, "a jump that no drift explains stands out"


def test_a_reading_of_an_unknown_cut_has_no_innovation() -> None:
    state, _ = OffsetController.begin(START).step(PartLine(1, "E1", "D20"))
    assert state.innovation(Reading(1, "E1", "D20", 3.0)) is not None
    for reading in (Reading(2, "E1", "D20", 3.0), Reading(1, "E2", "D20", 3.0), Reading(1, "E1", "D20", float("nan"))):
        assert state.innovation(reading) is None
