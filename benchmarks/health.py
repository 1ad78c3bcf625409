"""Measure remaining life, wear, alarms and their value in decisions.

    python benchmarks/health.py cmapss --data DIR [--sets FD001,FD003] [--test]
    python benchmarks/health.py wear --data DIR
    python benchmarks/health.py alarms [--data DIR] [--seeds 5]
    python benchmarks/health.py decisions [--seeds 30] [--sudden 0.25]
    python benchmarks/health.py resampled --data DIR [--sets FD001] [--seeds 30] [--sudden 0.25]

``cmapss``: out-of-fold figures of the training engines, cut off as test engines are (every engine once, remaining life
uniform in 7..145), remaining life capped at 125; ``--test`` adds the published test engines, capped and uncapped.
``wear``: each tool in turn is left out, with only its first four measurements given. ``alarms``: simulated machines
with slow drifts, and the labelled streams below DIR. ``decisions``: simulated machines, cost of policies under common
random numbers; the oracle knows gradual failures in advance, but not sudden ones; two policies haven't seen any machine
fail: the loop's monitor, and the learned detector, whose first alarm requests a stop. ``resampled``: lives of C-MAPSS
training engines drawn with replacement, each predicted by a model that never saw it, plus sudden failures; the first
five policies.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.maintenance import (
    HealthMonitor,
    Window,
    choose_window,
    fit_health,
    life_windows,
    predict_health,
    read_history,
    serviced,
    update,
    window_costs,
)
from nightmill.maintenance.history import MachineHistory
from nightmill.maintenance.prognostics import HealthModel, UnitLife
from nightmill.maintenance.remaining_useful_life import LifeModel, fit_life, predict_life, predict_rows
from nightmill.stats.survival import Weibull, weibull_fit
from nightmill.vocabulary.units import HOUR_S

Floats = npt.NDArray[np.float64]
CAP = 125
BINS = ((0, 40), (40, 90), (90, 1000))


def engines(path: Path, failed: bool) -> MachineHistory:
    """Read a file of C-MAPSS: unit, cycle, three settings, 21 sensors."""
    with gzip.open(path, "rt") as lines:
        table = np.loadtxt(lines)
    unit = table[:, 0].astype(int)
    first = np.concatenate([[0], np.flatnonzero(np.diff(unit)) + 1, [len(unit)]]).astype(np.int64)
    names = tuple(str(unit[k]) for k in first[:-1])
    return MachineHistory(
        names, first, table[:, 1].astype(np.int64), tuple(f"setting_{k}" for k in (1, 2, 3)), table[:, 2:5],
        tuple(f"sensor_{k}" for k in range(1, 22)), table[:, 5:26], np.full(len(names), failed), None,
    )  # fmt: skip


def figures(life: Floats, low: Floats, high: Floats, actual: Floats, weight: Floats) -> str:
    """Return RMSE, PHM score of a hundred units, coverage in all and by bin, mean width."""
    error = life - actual
    score = np.where(error < 0, np.exp(-error / 13) - 1, np.exp(error / 10) - 1)
    inside = (low <= actual + 1e-9) & (actual <= high + 1e-9)

    def mean(x: Floats | npt.NDArray[np.bool_], where: npt.NDArray[np.bool_] | None = None) -> float:
        w = weight if where is None else weight * where
        return float((w * x).sum() / max(w.sum(), 1e-12))

    by_bin = [mean(inside, (actual >= a) & (actual < z)) for a, z in BINS]
    return (
        f"RMSE {mean(error**2) ** 0.5:.2f}, PHM score {mean(score) * weight.sum():.0f}, coverage {mean(inside):.3f} "
        f"(by bin {', '.join(f'{b:.2f}' for b in by_bin)}), width {mean(high - low):.1f}"
    )


def cmapss(args: argparse.Namespace) -> None:
    """Print the figures of each set and the total time."""
    began, cpu = time.perf_counter(), time.process_time()
    for name in args.sets.split(","):
        history = engines(args.data / f"train_{name}.txt.gz", True)
        model = fit_life(history, CAP, threads=args.threads)
        left = (history.cycle[history.first[1:] - 1][history.unit_of_row] - history.cycle).astype(float)
        print(f"{name}: out of fold over all rows, a unit once: RMSE {model.rmse_out_of_fold:.2f}, coverage "
              f"{model.coverage_out_of_fold:.3f}, nets' share {model.share:.2f}")  # fmt: skip
        held_out(history, left, name, args.threads)
        if args.test:
            test = engines(args.data / f"test_{name}.txt.gz", False)
            with gzip.open(args.data / f"RUL_{name}.txt.gz", "rt") as lines:
                truth = np.loadtxt(lines)
            life = predict_life(model, test)
            once = np.ones(len(truth))
            print(f"{name}: test engines, capped: {figures(*life, np.minimum(truth, CAP), once)}")
            print(f"{name}: test engines, uncapped: {figures(*life, truth, once)}")
    print(f"all sets: {time.perf_counter() - began:.0f} s, CPU {time.process_time() - cpu:.0f} s")


def held_out(history: MachineHistory, left: Floats, name: str, threads: int) -> None:
    """Return a fifth of the training engines, held out from the model and cut off as test engines are."""
    units = len(history.units)
    chosen = np.random.default_rng(3).permutation(units) < units // 5
    rows = chosen[history.unit_of_row]
    rest, asked = _part(history, ~chosen), _part(history, chosen)
    model = fit_life(rest, CAP, threads=threads)
    age = asked.cycle - np.repeat(asked.cycle[asked.first[:-1]], np.diff(asked.first))
    remaining = left[rows]
    use = np.flatnonzero((age >= 20) & (remaining >= 7) & (remaining <= 145))
    unit = asked.unit_of_row[use]
    weight = 1.0 / np.bincount(unit, minlength=len(asked.units))[unit]
    print(f"{name}: fifth of the training engines held out: "
          f"{figures(*predict_rows(model, asked, use), np.minimum(remaining[use], CAP), weight)}", flush=True)  # fmt: skip


def _part(history: MachineHistory, keep: npt.NDArray[np.bool_]) -> MachineHistory:
    rows = keep[history.unit_of_row]
    lengths = np.diff(history.first)[keep]
    return msgspec.structs.replace(
        history, units=tuple(u for u, k in zip(history.units, keep, strict=True) if k),
        first=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), cycle=history.cycle[rows],
        settings=history.settings[rows], sensors=history.sensors[rows], failed=history.failed[keep],
    )  # fmt: skip


def wear(args: argparse.Namespace) -> None:
    """Leave out each tool in turn: its first four measurements are given, the rest is predicted."""
    tools: dict[str, list[tuple[float, ...]]] = {}
    with (args.data / "lab_tools" / "manifest_multitool.csv").open() as lines:
        for row in csv.DictReader(lines):
            wet = float(row["cooling"] != "Dry")
            rest = (float(row["vc"]), float(row["fz"]), wet)
            tools.setdefault(row["tool_id"], []).append((float(row["within_tool_order"]), float(row["vb_um"]), *rest))

    def text(names: list[str], shown: int | None) -> str:
        lines = ["unit,cycle,wear_um,setting_vc,setting_fz,setting_wet"]
        for name in names:
            for k, (order, worn, *rest) in enumerate(tools[name]):
                known = "" if shown is not None and k >= shown else worn
                lines.append(f"{name},{order:.0f},{known},{','.join(map(str, rest))}")
        return "\n".join(lines)

    errors, inside, past = {}, {}, 0
    for name in tools:
        model = fit_health(read_history({"fleet": text([n for n in tools if n != name], None)}))
        points = predict_health(model, read_history({"tool": text([name], 4)})).wear
        actual = np.array([row[1] for row in tools[name][4:]])
        errors[name] = float(np.abs(np.array([p.value for p in points]) - actual).mean())
        inside[name] = float(np.mean([p.low <= a <= p.high for p, a in zip(points, actual, strict=True)]))
        # A tool's last measured wear counts as its end of life. Would it be run past that point if it is stopped at the
        # upper end of the interval?
        end = actual[-1]
        stopped = next((a for p, a in zip(points, actual, strict=True) if p.high >= end), end)
        past += stopped > end
    print(f"wear from four measurements: MAE {np.mean(list(errors.values())):.2f} um per tool over {len(tools)} tools; 90 % "
          f"interval covers {np.mean(list(inside.values())):.2f}; run past the end of life: {past}")  # fmt: skip
    print("by tool:", {name: round(value, 1) for name, value in errors.items()})


def alarms(args: argparse.Namespace) -> None:
    """Return false work orders per machine-month and the fraction of slow drifts found two windows ahead."""
    false, months, caught, drifts, leads = 0, 0.0, 0, 0, []
    for seed in range(args.seeds):
        rng = np.random.default_rng([seed, 11])
        model = fit_health(read_history({"healthy": _fleet(rng, 8, 2000, None)}), 125, 1.0, 720.0)
        found = predict_health(model, read_history({"quiet": _fleet(rng, 8, 2000, None)})).alarms
        false, months = false + len(found), months + 8 * 2000 / 720
        begin, fail = 700, 1000
        found = predict_health(model, read_history({"drift": _fleet(rng, 8, fail, begin)})).alarms
        for unit in {f"m{k}" for k in range(8)}:
            drifts += 1
            seen = [a.cycle for a in found if a.unit == unit and a.cycle >= begin]
            leads.append(fail - seen[0] if seen else 0)
            caught += leads[-1] >= 2 * WINDOW_CYCLES
    print(f"unlabelled machines (simulated): {false / months:.2f} false work orders per machine-month; {caught / drifts:.0%} of "
          f"{drifts} drifts found two windows ({2 * WINDOW_CYCLES} cycles) before the failure, median lead {np.median(leads):.0f}")  # fmt: skip
    if args.data:
        _streams(args.data)


WINDOW_CYCLES = 24


def _fleet(rng: np.random.Generator, units: int, rows: int, begin: int | None) -> str:
    """Return six signals of machines at changing load with autocorrelated noise; from ``begin`` two of them drift at a
    growing rate.
    """
    lines = ["unit,cycle,setting_load," + ",".join(f"sensor_{k}" for k in range(6))]
    for u in range(units):
        level, noise = rng.normal(0, 0.3, 6), np.zeros(6)
        slope, touched = rng.normal(0, 0.5, 6), rng.choice(6, 2, replace=False)
        for c in range(rows):
            load = float(rng.integers(3))
            noise = 0.6 * noise + 0.8 * rng.standard_normal(6)
            value = level + slope * load + noise
            if begin is not None and c >= begin:
                value[touched] += 6.0 * ((c - begin) / (rows - begin)) ** 2
            lines.append(f"m{u},{c},{load}," + ",".join(f"{x:.4f}" for x in value))
    return "\n".join(lines)


def _streams(data: Path) -> None:
    """Evaluate labelled one-second streams: learn from the first 400 s of each; measure delay and false alarms on the rest."""
    delays, missed, false, hours, runs = [], 0, 0, 0.0, 0
    for path in sorted(data.glob("skab/valve*/*.csv")):
        with path.open() as lines:
            rows = list(csv.DictReader(lines, delimiter=";"))
        sensors = [name for name in rows[0] if name not in ("datetime", "anomaly", "changepoint")]
        bad = np.array([float(row["anomaly"]) > 0 for row in rows])
        head = "unit,cycle," + ",".join(f"sensor_{k}" for k in range(len(sensors)))
        table = [f"a,{k}," + ",".join(row[s] for s in sensors) for k, row in enumerate(rows)]
        model = fit_health(read_history({"h": "\n".join([head, *table[:400]])}), 125, 1.0, 3600.0)
        assert model.detector is not None
        model = msgspec.structs.replace(model, detector=msgspec.structs.replace(model.detector, hold_off=60.0))
        found = [a.cycle for a in predict_health(model, read_history({"r": "\n".join([head, *table])})).alarms]
        begin = int(np.argmax(bad)) if bad.any() else len(rows)
        later = [cycle for cycle in found if cycle >= begin and (bad[cycle] or bad[max(0, cycle - 60)])]
        runs += 1
        missed += not later
        delays += [later[0] - begin] if later else []
        false += sum(400 <= cycle < begin for cycle in found)
        hours += max(0, begin - 400) / 3600
    print(f"labelled streams, {runs}: median delay {np.median(delays):.0f} s, missed {missed}, {false} false alarms in "
          f"{hours:.2f} h before the fault ({false / hours:.1f} an hour)")  # fmt: skip


FAILURE, PLANNED, HORIZON_H, STEP_H, LEAD_H = 10.0, 1.0, 6000.0, 8.0, 4.0


class Life(msgspec.Struct):
    """One life of a machine: hours to the gradual and to the sudden failure, and the increase in its vibration."""

    worn_h: float
    sudden_h: float
    power: float
    noise: npt.NDArray[np.float64]

    def vibration(self, hour: float, k: int) -> float:
        """Return the vibration: 1.2 mm/s r.m.s. new, 4.5 at the failure, with 4 % noise."""
        used = min(1.0, hour / self.worn_h)
        return 1.2 * (1 + 2.75 * float(used**self.power)) * (1 + 0.04 * float(self.noise[k % len(self.noise)]))


def lives(seed: int, sudden: float) -> list[Life]:
    """Return the lives of one machine, the same for every policy; ``sudden`` is the fraction of failures without warning."""
    rng = np.random.default_rng([seed, 21])
    mean = 400.0 * (1 - sudden) / sudden
    return [
        Life(
            420 * float(rng.weibull(3.0)) + 60,
            float(rng.exponential(mean)),
            float(rng.uniform(2.5, 6)),
            rng.standard_normal(997),
        )
        for _ in range(400)
    ]


class Tally(msgspec.Struct):
    """Cost rate, failures, planned stops of one policy."""

    cost: float = 0.0
    hours: float = 0.0
    failures: int = 0
    stops: int = 0

    def count(self, life: Life, stop_h: float) -> bool:
        """Add one life stopped at ``stop_h`` or failed before."""
        end = min(life.worn_h, life.sudden_h)
        failed = end <= stop_h
        self.cost += FAILURE if failed else PLANNED
        self.hours += min(end, stop_h)
        self.failures += failed
        self.stops += not failed
        return self.hours < HORIZON_H


WINDOW, LEAD = 10, 5


class Told(msgspec.Struct):
    """A real life in cycles, and the prediction after each cycle by a model that hasn't seen this life."""

    cycles: int
    said: list[UnitLife]


def resampled(args: argparse.Namespace) -> None:
    """Return the cost of five policies on real trajectories drawn with replacement; windows every 10 cycles, requested
    5 ahead.
    """
    for name in args.sets.split(","):
        _resampled_set(name, args)


def _resampled_set(name: str, args: argparse.Namespace) -> None:
    history = engines(args.data / f"train_{name}.txt.gz", True)
    fold = np.random.default_rng(5).permutation(len(history.units)) % 3
    told: list[Told] = []
    for k in range(3):
        rest, asked = _part(history, fold != k), _part(history, fold == k)
        told += _told(fit_life(rest, CAP, threads=args.threads), asked)
    spans = np.array([life.cycles for life in told], float)
    mean = float(spans.mean()) * (1 - args.sudden) / args.sudden

    def drawn(rng: np.random.Generator, count: int) -> list[tuple[Told, float]]:
        return [(told[int(rng.integers(len(told)))], float(rng.exponential(mean))) for _ in range(count)]

    past = drawn(np.random.default_rng(23), 4000)
    ended = np.array([min(life.cycles, sudden) for life, sudden in past])
    law = weibull_fit(ended[:400], np.ones(400))
    model = HealthModel("", "failures", len(told), len(told), CAP, lifetimes=law)
    age_of_least = min([np.inf, *range(WINDOW, int(spans.max()), WINDOW)], key=lambda age: rate_of(past, _at(age)))
    stops: dict[str, Callable[[Told], float]] = {
        "run to failure": _at(np.inf), "fixed interval": _at(100.0), "age, tuned": _at(age_of_least),
        "nightmill": lambda life: by_curve(model, life), "oracle": lambda life: (life.cycles - 1) // WINDOW * WINDOW,
    }  # fmt: skip
    groups = [drawn(np.random.default_rng([seed, 29]), 60) for seed in range(args.seeds)]
    rows = {policy: np.array([rate_of(given, stop) for given in groups]) for policy, stop in stops.items()}
    for policy, rates in rows.items():
        print(f"{name} {policy:16s} {rates.mean():6.2f} times the cost of a planned stop per 1000 cycles", flush=True)
    age, ours, least = (rows[policy] for policy in ("age, tuned", "nightmill", "oracle"))
    picks = np.random.default_rng(0).integers(0, len(age), (2000, len(age)))
    closed = (age[picks].mean(1) - ours[picks].mean(1)) / (age[picks].mean(1) - least[picks].mean(1))
    print(f"{name}: gap from tuned age replacement ({age_of_least} cycles) to the oracle closed: "
          f"{(age.mean() - ours.mean()) / (age.mean() - least.mean()):.2f} (95 % {np.quantile(closed, 0.025):.2f} .. "
          f"{np.quantile(closed, 0.975):.2f}); {np.mean([s < li.cycles for li, s in past]):.0%} of failures without a precursor")  # fmt: skip


def _at(age: float) -> Callable[[Told], float]:
    return lambda life: age


def _told(model: LifeModel, asked: MachineHistory) -> list[Told]:
    values = np.stack(predict_rows(model, asked, np.arange(len(asked.cycle))), axis=1)
    lives = zip(asked.first[:-1], asked.first[1:], strict=True)
    return [Told(int(b - a), [UnitLife("u", *row) for row in values[a:b].tolist()]) for a, b in lives]


def by_curve(model: HealthModel, life: Told) -> float:
    """Stop in the window at which the product's cost curve first recommends stopping now rather than later."""
    for window in range(WINDOW, life.cycles + WINDOW, WINDOW):
        at = window - LEAD
        if at >= life.cycles:
            break
        after = [LEAD + WINDOW * k for k in range(15)]
        curve = life_windows(model, [life.said[at - 1]], after, FAILURE, PLANNED)
        if curve[0].cheapest:
            return float(window)
    return np.inf


def rate_of(given: list[tuple[Told, float]], stop: Callable[[Told], float]) -> float:
    """Return the cost, in planned stops per thousand cycles; a sudden failure can hit any running machine."""
    cost = cycles = 0.0
    for life, sudden in given:
        at, end = stop(life), min(float(life.cycles), sudden)
        cost += FAILURE if end <= at else PLANNED
        cycles += min(end, at)
    return 1000 * cost / cycles


def at_age(age: float, given: list[Life]) -> Tally:
    """Replace by age at the first window from ``age`` on; infinite = run to failure."""
    tally = Tally()
    for life in given:
        if not tally.count(life, np.ceil(age / STEP_H) * STEP_H if np.isfinite(age) else np.inf):
            break
    return tally


def by_oracle(given: list[Life]) -> Tally:
    """Stop in the last window before each gradual failure."""
    tally = Tally()
    for life in given:
        if not tally.count(life, max(STEP_H, np.floor((life.worn_h - 1e-6) / STEP_H) * STEP_H)):
            break
    return tally


def experience(past: list[Life], law: Weibull) -> HealthMonitor:
    """Return the monitor after machines of the same kind have run to failure, as recorded in their histories."""
    state = HealthMonitor("m", 0.0, law)
    for life in past:
        for hour in range(1, int(min(life.worn_h, life.sudden_h))):
            state, _ = update(state, {"vibration_mm_s": life.vibration(hour, hour)}, hour * HOUR_S)
        state = serviced(state, 0.0, failed=True)
    return state


def by_monitor(given: list[Life], state: HealthMonitor) -> Tally:
    """Apply the product's monitor, updated hourly; at each window it decides whether to stop now or at a later window."""
    tally = Tally()
    for life in given:
        stop, hour = np.inf, 0.0
        while hour < min(life.worn_h, life.sudden_h):
            hour += 1.0
            state, seen = update(state, {"vibration_mm_s": life.vibration(hour, int(hour))}, hour * HOUR_S)
            if (hour + LEAD_H) % STEP_H:
                continue
            windows = [Window((hour + LEAD_H + k * STEP_H) * HOUR_S) for k in range(30)]
            best = choose_window(window_costs(seen, windows, FAILURE, PLANNED))
            if best is not None and best.window.start_s <= windows[0].start_s:
                stop = hour + LEAD_H
                break
        state = serviced(state, 0.0, failed=stop == np.inf)
        if not tally.count(life, stop):
            break
    return tally


def by_detector(given: list[Life], model: HealthModel) -> Tally:
    """Apply the detector learned from machines that never failed, updated hourly: stop at the first window after its first alarm."""
    tally = Tally()
    for life in given:
        hours = range(1, int(np.ceil(min(life.worn_h, life.sudden_h))))
        found = predict_health(model, read_history({"life": _hourly("m", life, hours)})).alarms
        stop = np.ceil((found[0].cycle + LEAD_H) / STEP_H) * STEP_H if found else np.inf
        if not tally.count(life, stop):
            break
    return tally


def _hourly(unit: str, life: Life, hours: range) -> str:
    return "\n".join(
        ["unit,cycle,sensor_vibration_mm_s", *(f"{unit},{h},{life.vibration(h, h):.4f}" for h in hours or range(1, 2))]
    )


def detector_of(past: list[Life]) -> HealthModel:
    """Learn from healthy machines: the first third of each life, whose end is unknown."""
    tables = [_hourly(f"m{k}", life, range(1, int(life.worn_h / 3))) for k, life in enumerate(past)]
    rows = [line for table in tables for line in table.splitlines()[1:]]
    return fit_health(read_history({"healthy": "\n".join([tables[0].splitlines()[0], *rows])}), 125, 1.0, 720.0)


def decisions(args: argparse.Namespace) -> None:
    """Return the cost per hour of each policy over the seeds, and the fraction of the gap to the oracle that is closed."""
    train = [life for seed in range(1000, 1005) for life in lives(seed, args.sudden)[:20]]
    ends = np.array([min(life.worn_h, life.sudden_h) for life in train])
    unseen = np.array([life.sudden_h < life.worn_h for life in train])
    law = weibull_fit(ends, unseen, prior=Weibull(1.0, 1000.0), prior_failures=2.0)
    law = Weibull(law.shape, law.scale * HOUR_S)
    learned, detector = experience(train[:30], law), detector_of(train[:10])
    ages = np.arange(80.0, 640.0, STEP_H)
    tuning = [lives(seed, args.sudden) for seed in range(1000, 1020)]
    rates = [sum(at_age(age, each).cost for each in tuning) for age in ages]
    best_age = float(ages[int(np.argmin(rates))])
    rows: dict[str, list[Tally]] = {}
    for seed in range(args.seeds):
        given = lives(seed, args.sudden)
        tallies = {
            "run to failure": at_age(np.inf, given), "fixed interval 120 h": at_age(120.0, given),
            f"age, tuned ({best_age:.0f} h)": at_age(best_age, given), "nightmill": by_monitor(given, learned),
            "oracle": by_oracle(given), "monitor, no failure seen": by_monitor(given, HealthMonitor("m", 0.0)),
            "detector, no failure seen": by_detector(given, detector),
        }  # fmt: skip
        for name, tally in tallies.items():
            rows.setdefault(name, []).append(tally)
    rate = {name: np.array([t.cost / t.hours for t in each]) * 1000 for name, each in rows.items()}
    for name, each in rows.items():
        print(f"{name:24s} {rate[name].mean():6.2f} times the cost of a planned stop per 1000 h; {sum(t.failures for t in each)} failures, "
              f"{sum(t.stops for t in each)} planned stops")  # fmt: skip
    age, mine, oracle = (rate[name] for name in list(rate)[2:5])
    rng = np.random.default_rng(0)
    picks = rng.integers(0, args.seeds, (2000, args.seeds))
    closed = (age[picks].mean(1) - mine[picks].mean(1)) / (age[picks].mean(1) - oracle[picks].mean(1))
    low, high = np.quantile(closed, [0.025, 0.975])
    print(
        f"gap to the oracle closed: {(age.mean() - mine.mean()) / (age.mean() - oracle.mean()):.2f} (95 % {low:.2f} .. {high:.2f})"
    )


def main() -> None:
    """Run what the arguments request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cmapss", "wear", "alarms", "decisions", "resampled"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sets", default="FD001,FD003")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--sudden", type=float, default=0.25)
    args = parser.parse_args()
    asked = {"cmapss": cmapss, "wear": wear, "alarms": alarms, "decisions": decisions, "resampled": resampled}
    asked[args.what](args)


if __name__ == "__main__":
    main()
