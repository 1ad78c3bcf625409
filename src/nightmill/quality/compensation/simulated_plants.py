"""Simulated plants for the offset controller, healthy and faulty, and simpler controllers for comparison.

The turning cell: tolerance ± 20 µm, break-in and linear wear of 0.08 to 0.25 µm a part, faster at the end of life,
± 6 µm over day and night, 8 µm seat error at each tool change about every 120 parts, 2 µm process and 1 µm gauge noise, and
readings one part late. All results here are simulated.
"""

import math
from collections.abc import Callable

import msgspec
import numpy as np

from nightmill.quality.compensation.offset_controller import OffsetController, PartLine, Reading, Start

_DAY_PARTS = 480


class PlantTruth(msgspec.Struct, frozen=True):
    """True parameters of the plant; ``gain`` is the effect of one µm of offset on the size, ``wear`` scales the wear curve."""

    name: str
    setter: bool = True
    gain: float = 1.0
    wear: float = 1.0
    delay_parts: int = 1
    lost_share: float = 0.0
    swapped_share: float = 0.0
    families: tuple[tuple[str, float], ...] = (("D20", 0.0),)
    gauge_step: float = 0.0
    measure_share: float = 0.2
    jump_um: float = 0.0


class PlantResult(msgspec.Struct, frozen=True):
    """Results as fractions of all parts and in µm; ``ppk`` compares all deviations with the tolerance."""

    name: str
    controller: str
    parts: int
    measured_share: float
    out_of_tolerance_share: float
    rms_um: float
    ppk: float
    held_at: int | None = None


OWN_PLANTS = (
    PlantTruth("turning"),
    PlantTruth("turning-no-setter", setter=False),
    PlantTruth("mixed-families", families=(("D20", 0.0), ("D32", 6.0), ("D12", -4.0))),
    PlantTruth("late-readings", delay_parts=6),
    PlantTruth("lost-readings", lost_share=0.3),
    PlantTruth("swapped-readings", swapped_share=0.1, families=(("D20", 0.0), ("D32", 12.0))),
    PlantTruth("fast-wear", wear=2.5),
    PlantTruth("edge-jumps", jump_um=12.0),
    PlantTruth("half-gain", gain=0.5),
    PlantTruth("high-gain", gain=1.5),
    PlantTruth("gauge-step", gauge_step=4.0),
    PlantTruth("wrong-sign", gain=-1.0),
)

Policy = Callable[[PartLine], tuple[float, bool, str | None]]


def run_own_plants(
    seed: int, *, parts: int = 2400, plants: tuple[PlantTruth, ...] = OWN_PLANTS
) -> tuple[PlantResult, ...]:
    """Run every plant under Nightmill's controller, under EWMAs with the same number of readings, and without a controller.

    ``ewma`` restarts at each tool change; ``ewma-carried`` ignores tool changes (its weight gave the fewest bad turned parts
    for seeds 9001 to 9012). The same seed gives the same plant: wear, noise and faults don't depend on the controller.
    Results are simulated.
    """
    results = []
    for index, truth in enumerate(plants):
        start = _start(truth, seed)
        for name, policy in (
            ("nightmill", _nightmill(start)),
            ("ewma", _ewma(start, 0.5)),
            ("ewma-carried", _carried(start, 0.7)),
            ("none", lambda line: (0.0, False, None)),
        ):
            results.append(_run(truth, start, name, policy, parts, (seed, index)))
    return tuple(results)


def _start(truth: PlantTruth, seed: int) -> Start:
    return Start(
        tolerance=20.0,
        gauge_sd=1.0,
        process_sd=2.0,
        setter_sd=2.0 if truth.setter else None,
        tool_life_parts=120,
        delay_parts=truth.delay_parts,
        measure_share=truth.measure_share,
        seed=seed,
    )


def _nightmill(start: Start) -> Policy:
    state = OffsetController.begin(start)

    def policy(line: PartLine) -> tuple[float, bool, str | None]:
        nonlocal state
        state, answer = state.step(line)
        return answer.offset, answer.measure_next, answer.hold

    return policy


def _ewma(start: Start, weight: float) -> Policy:
    """Run the usual shop rule, well tuned: an EWMA of the drift, restarted from the setter's reading at each tool change."""
    estimate, since = 0.0, 0
    offsets: dict[int, float] = {}

    def policy(line: PartLine) -> tuple[float, bool, str | None]:
        nonlocal estimate, since
        for reading in line.measured or ():
            estimate += weight * (reading.deviation - offsets[reading.part] - estimate)
        if line.event == "tool_change":
            estimate = line.setter if line.setter is not None else 0.0
        offsets[line.part] = -estimate
        since += 1
        measure = since >= 1 / start.measure_share
        since = 0 if measure else since
        return -estimate, measure, None

    return policy


def _carried(start: Start, weight: float) -> Policy:
    """Run the same rule without knowledge of tool changes."""
    inner = _ewma(start, weight)

    def policy(line: PartLine) -> tuple[float, bool, str | None]:
        return inner(msgspec.structs.replace(line, event=None))

    return policy


class _Edge:
    """One edge: seat error, and wear part by part."""

    def __init__(self, rng: np.random.Generator, truth: PlantTruth) -> None:
        self.seat = rng.normal(0.0, 8.0)
        self.rate = rng.uniform(0.08, 0.25) * truth.wear
        self.break_in = rng.uniform(1.0, 4.0)
        self.life = int(rng.normal(120, 12))
        self.jump_at = int(rng.integers(30, 90)) if truth.jump_um else None
        self.jump = truth.jump_um

    def level(self, age: int) -> float:
        late = max(0.0, age - 0.8 * self.life)
        worn = self.rate * age + 0.01 * late * late + self.break_in * (1 - math.exp(-age / 6))
        return self.seat + worn + (self.jump if self.jump_at is not None and age >= self.jump_at else 0.0)


def _run(
    truth: PlantTruth, start: Start, controller: str, policy: Policy, parts: int, key: tuple[int, int]
) -> PlantResult:
    rng = np.random.default_rng(key)
    faults = np.random.default_rng((*key, 1))
    edge, number, age = _Edge(rng, truth), 1, 0
    pending: list[tuple[int, Reading]] = []
    deviations: list[float] = []
    measured = 0
    held_at: int | None = None
    in_force = 0.0
    for part in range(parts):
        if age >= edge.life:
            edge, number, age = _Edge(rng, truth), number + 1, 0
        setter_error, noise, gauge_noise = rng.normal(0, 2), rng.normal(0, 2), rng.normal(0, 1)
        family, shift = truth.families[int(rng.integers(len(truth.families)))]
        changed = age == 0
        arrived = tuple(reading for due, reading in pending if due <= part)
        pending = [entry for entry in pending if entry[0] > part]
        line = PartLine(
            part,
            f"T4.{number}",
            family,
            "tool_change" if changed else None,
            edge.seat + setter_error if changed and truth.setter else None,
            _swapped(arrived, truth, faults) or None,
        )
        offset, measure, hold = policy(line)
        if hold and held_at is None:
            held_at = part
        in_force = 0.0 if held_at is not None else _cut_off(offset, in_force, start)
        thermal = 6 * math.sin(2 * math.pi * part / _DAY_PARTS)
        deviation = edge.level(age) + thermal + shift + truth.gain * in_force + noise
        deviations.append(deviation)
        if measure and measured < start.measure_share * (part + 1) + 12:
            measured += 1
            bias = truth.gauge_step if part > parts // 2 else 0.0
            if faults.random() >= truth.lost_share:
                reading = Reading(part, line.tool_edge, family, deviation + gauge_noise + bias)
                pending.append((part + truth.delay_parts, reading))
        age += 1
    return _result(truth, controller, start, np.array(deviations), measured, held_at)


def _cut_off(offset: float, before: float, start: Start) -> float:
    step = max(-start.max_step, min(start.max_step, offset - before))
    return max(-start.max_total, min(start.max_total, before + step))


def _swapped(arrived: tuple[Reading, ...], truth: PlantTruth, faults: np.random.Generator) -> tuple[Reading, ...]:
    """Occasionally swap a reading with its neighbour, so that it has the value of a part from another family."""
    shifts = dict(truth.families)
    out = []
    for reading in arrived:
        if truth.swapped_share and faults.random() < truth.swapped_share:
            other = next((name for name in shifts if name != reading.family), reading.family)
            value = reading.deviation + shifts[other] - shifts[reading.family]
            reading = msgspec.structs.replace(reading, deviation=value)
        out.append(reading)
    return tuple(out)


def _result(
    truth: PlantTruth,
    controller: str,
    start: Start,
    deviations: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    measured: int,
    held_at: int | None,
) -> PlantResult:
    spread = float(np.std(deviations, ddof=1))
    mean = float(np.mean(deviations))
    return PlantResult(
        truth.name,
        controller,
        len(deviations),
        measured / len(deviations),
        float(np.mean(np.abs(deviations) > start.tolerance)),
        float(np.sqrt(np.mean(deviations**2))),
        (start.tolerance - abs(mean)) / (3 * spread),
        held_at,
    )
