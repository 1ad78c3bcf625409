"""``nightmill bench night``: sixteen unattended hours, compared with a clairvoyant oracle and a cell that stops at any alarm.

Eight mills, one robot, a gauge, a camera and 40 pallets; people are present from 06:00 to 14:00, and then absent until 06:00 the next day.
Loop, log, camera and virtual shop are those of ``nightmill run``, and each shop has its own folder; only the parts differ: they are
programs of given length (``night_shops``). A night's work is the set of parts mounted when people leave; a part is good if its last cut
ended during the night and both gauge and camera accept it. Results are judged from the machines' own journal; after the run, the virtual
shop reports how much longer each spindle would have run.

- **oracle**: knows when each spindle will fail and gets the same pallets. An upper bound: the largest number of cuts that fit into each
  mill's running time (multiple knapsack, solved to optimality), each with the fastest program of the night, without broken edges, bad
  parts or waiting for the robot.
- **stop on alarm**: the same loop with a policy that holds the cell at any alarm of a machine or a cut until a person comes.
- **bad past the gate**: parts accepted as good although their hidden error is out of tolerance or they have a visible defect.
- **forecast**: when somebody will first be needed, as predicted when people leave, compared with when a mill first stood idle because
  nobody was there. Nights with a spindle failure, which can't be foreseen, are counted separately.

Rates (``night_shops.ALARMS_H``) are assumptions: in the whole shop there is a stop every shift or two; each machine stops about every 80
running hours. They are not taken from any single study; published rates for breakdowns alone are lower (four a year per CNC machine: Patil
et al., Acta Polytechnica Hungarica 18 (6), 2021). Everything is simulated.
"""

import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.drivers import DirectCell, WorldStart, end_world, start_world
from nightmill.floor import EventStore, ShopState
from nightmill.plant.bench.night_shops import LIMIT_UM, PROBED, NightShop, night_shop
from nightmill.plant.deciders.alarm_triage import NAME as ALARMS
from nightmill.plant.night.preflight import unattended_jobs
from nightmill.plant.part_planning.routes import certified_fact
from nightmill.plant.plan_store.program_signing import Seal
from nightmill.plant.run.controller import LoopSettings
from nightmill.plant.run.shop_run import build_controller
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.plant.workspace.layout import open_log, state_folder
from nightmill.store import AnyStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.units import DAY_S, HOUR_S

LEAVE_S, BACK_S = 14 * HOUR_S, 30 * HOUR_S
"""When people leave on Monday and return on Tuesday; shop time starts at midnight."""
DAYS = 34 / 24
FASTEST = 0.97
"""A cut takes its planned time or up to 3 % less; the oracle's bound uses the shorter time."""
SOLVER_S = 10.0
FOLDER = "nightmill-night-"
"""Prefix of the run folders' names, which is followed by the process number."""
STOP = "".join(
    f'[[rules]]\nname = "stop at {source}"\nsource = "{source}"\naction = "stop_cell"\ncall = true\n'
    for source in ("machine_failed", "cycle_interrupted")
)
Progress = Callable[[str, str, float], None]
AtLeaving = tuple[float, list[tuple[str, float]], dict[str, float]]
"""See ``_at_leaving``."""


class Night(msgspec.Struct, frozen=True):
    """The outcome of one night under one policy."""

    good: int
    bad_past_gate: int
    cut: int
    oracle: int
    alarms: int
    failed: int
    foreseen_h: float
    needed_h: float
    """Hours after people left: when somebody was forecast to be first needed, and when a mill first stood idle because nobody was
    there.
    """

    @property
    def off(self) -> float:
        """Return the forecast's error as a fraction of the time to the first need."""
        return abs(self.foreseen_h - self.needed_h) / max(self.needed_h, 1 / 3600.0)


class _Line(msgspec.Struct, frozen=True):
    """The fields of a line of the machines' journal that the judge needs."""

    event: str
    part: str = ""
    detail: str = ""
    truth: dict[str, float] = {}


def bench_night(
    *, nights: int = 30, seed: int = 1, rate: float = 1.0, progress: Progress = lambda subject, phase, share: None
) -> dict[str, Any]:
    """Return the answer of ``nightmill bench night``: the shops for consecutive seeds starting at ``seed``, under both policies, and
    overall results.
    """
    rows: list[tuple[Night, Night]] = []
    lines = []
    for number in range(seed, seed + nights):
        shop = night_shop(number, rate)
        ours, theirs = _run_night(shop, number, ""), _run_night(shop, number, STOP)
        rows.append((ours, theirs))
        lines.append(_row(number, ours, theirs))
        text = f"good {ours.good} of the oracle's {ours.oracle}, stop on alarm {theirs.good}, alarms {ours.alarms}"
        progress(f"seed {number}", text, len(rows) / nights)
    return {"rate": rate, **summary(rows), "nights": lines}


def _row(seed: int, ours: Night, theirs: Night) -> dict[str, Any]:
    return {
        "seed": seed,
        "good": ours.good,
        "oracle": ours.oracle,
        "stop_on_alarm": theirs.good,
        "cut": ours.cut,
        "alarms": ours.alarms,
        "spindles_failed": ours.failed,
        "bad_past_gate": ours.bad_past_gate,
        "foreseen_h": round(ours.foreseen_h, 2),
        "needed_h": round(ours.needed_h, 2),
    }


def _run_night(night: NightShop, seed: int, alarms: str) -> Night:
    """Run one shop for a Monday and the following night under an alarm policy (the text of an alarms.toml; empty for the shipped
    policy).
    """
    _clear_up()
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-") as name:
        folder = Path(name)
        (folder / "world.toml").write_text(night.truth, "utf-8")
        if alarms:
            (folder / ALARMS).write_text(alarms, "utf-8")
        state_folder(folder).mkdir()
        store = open_log(folder, writer=True)
        try:
            key = Seal(folder).public
            cell = start_world(
                folder, night.shop, WorldStart(seed, program_key=key), fence=store.token, parent=os.getpid()
            )
            try:
                state, (at_s, jobs, busy_s) = _night(folder, night, store, cell, seed)
            finally:
                cell.close()
                end_world(folder, store.token)  # also after a keyboard interrupt: the world would keep running
            fastest = fastest_s(store)
            jobs_s = [min(cycle_s, fastest.get(operation, cycle_s)) for operation, cycle_s in jobs]
            bound = oracle(jobs_s, busy_s, DirectCell.spindles_left_s(folder, at_s))
            return judged(store, state, spoilt(folder), bound)
        finally:
            store.close()


def _clear_up() -> None:
    """Remove the remains of killed benchmarks: folders with the number of a process that no longer exists."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        process = folder.name.removeprefix(FOLDER).split("-")[0]
        if process.isdigit() and not _lives(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # another user's process
    return True


def _night(folder: Path, night: NightShop, store: AnyStore, cell: DirectCell, seed: int) -> tuple[ShopState, AtLeaving]:
    """Return the shop's state after the night, and its pending work when people left."""
    left: list[AtLeaving] = []

    def listen(state: ShopState, _: EventStore) -> None:
        if not left and state.now_s >= LEAVE_S:
            left.append(_at_leaving(state))

    settings = LoopSettings(DAYS, listen=listen)
    controller = build_controller(folder, night.shop, store, PatientCell(cell), night.routes, settings, texts={})
    controller.requests = (_released,)
    opening = [Decision(e.RunStarted(night.shop.name, "closed-loop", seed, DAYS, ""))]
    opening += [Decision(certified_fact(item, route.record)) for item, route in night.routes.items()]
    controller.commit(opening)
    controller.run()
    return controller.state, left[0]


def _released(state: ShopState) -> list[Decision]:
    """Release a hold at once, as a person who is present would."""
    if not LEAVE_S - 8 * HOUR_S <= state.now_s % DAY_S < LEAVE_S:
        return []
    return [Decision(e.SafeHoldReleased(hold, "a person", "looked at"), actor="person") for hold in state.safe_holds]


def _at_leaving(state: ShopState) -> AtLeaving:
    """Return the current time, the operation and planned seconds for each uncut part that is (or is being) mounted on a pallet, and
    the time left in each mill's current cut.
    """
    busy = {}
    for part in state.parts.values():
        cut = part.cuts[-1] if part.cuts else None
        if cut is not None and cut.finished_s is None and not cut.interrupted:
            cycle_s = state.routes[part.item].operations[0].cycle_s
            busy[cut.machine] = max(0.0, cut.started_s + cycle_s - state.now_s)
    jobs = [(job.operation.operation, job.operation.cycle_s) for job in unattended_jobs(state)]
    for command in state.open_commands.values():
        if isinstance(command, MountPart):  # a person finishes it before leaving
            operations = state.routes[state.parts[command.serial].item].operations
            jobs += [(each.operation, each.cycle_s) for each in operations if each.operation == command.operation]
    return state.now_s, jobs, busy


def fastest_s(store: EventStore) -> dict[str, float]:
    """Return the run time (s) of the fastest program for each operation that a mill had before people returned: the loop tunes programs
    at night, too.
    """
    found: dict[str, float] = {}
    for event in store.read():
        report = event.fact.report if isinstance(event.fact, e.Reported) and event.at_s < BACK_S else None
        if isinstance(report, r.ProgramStored):
            found[report.operation] = min(report.cycle_s, found.get(report.operation, report.cycle_s))
    return found


def oracle(jobs_s: Sequence[float], busy_s: dict[str, float], runs_s: dict[str, float]) -> int:
    """Return the largest number of cuts that can end in the night: a multiple knapsack over each mill's running time, solved to optimality.

    ``jobs_s``: seconds for each cut that waits on a pallet; ``busy_s``: time left in each mill's current cut; ``runs_s``: how long
    each mill's spindle will run. If the solver runs out of time, its bound is used.
    """
    from ortools.sat.python import cp_model

    night_s, model = BACK_S - LEAVE_S, cp_model.CpModel()
    done, chosen = 0, []
    places: list[list[Any]] = [[] for _ in jobs_s]
    for mill, run_s in runs_s.items():
        first = busy_s.get(mill, 0.0)
        fits = first <= min(run_s, night_s)
        done += 1 if fits and first > 0 else 0
        free_s = min(night_s - first, run_s - first) if fits else 0.0
        took = [model.new_bool_var("") for _ in jobs_s]
        model.add(sum(int(FASTEST * job) * one for job, one in zip(jobs_s, took, strict=True)) <= int(free_s))
        for place, one in zip(places, took, strict=True):
            place.append(one)
        chosen += took
    for place in places:
        model.add(sum(place) <= 1)
    model.maximize(sum(chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SOLVER_S
    solver.solve(model)
    return done + int(solver.best_objective_bound)


def spoilt(folder: Path) -> set[str]:
    """Return the parts that were cut out of tolerance or have a visible defect, according to the machines' own journal."""
    found = set()
    decode = msgspec.json.Decoder(_Line).decode
    with (state_folder(folder) / "world" / "journal.jsonl").open("rb") as journal:
        for line in map(decode, journal):
            if line.event == "cut_finished":
                errors = [2 * abs(line.truth.get(f"error_um T{tool}", 0.0)) for tool in PROBED]
                if line.detail or max(errors) > LIMIT_UM:
                    found.add(line.part)
    return found


def judged(store: EventStore, state: ShopState, spoilt: set[str], bound: int) -> Night:
    """Return the night's results from the log and from the machines' own data."""
    cut: set[str] = set()
    alarms = failed = 0
    foreseen_s: float | None = None
    idle: dict[str, float] = {}
    for event in store.read():
        fact, night = event.fact, LEAVE_S <= event.at_s < BACK_S
        if isinstance(fact, e.PreflightMade) and LEAVE_S <= fact.leaves_s <= event.at_s and foreseen_s is None:
            foreseen_s = fact.next_intervention_s  # not the forecast made at midnight, when nobody is present
        if not isinstance(fact, e.Reported) or not night:
            continue
        if isinstance(fact.report, r.CycleFinished):
            cut.add(fact.report.serial)
        if isinstance(fact.report, r.CycleFinished | r.CycleInterrupted):
            idle[fact.report.unit] = event.at_s
        elif isinstance(fact.report, r.CycleStarted):
            idle[fact.report.unit] = BACK_S  # unless the idle time ends earlier
        alarms += isinstance(fact.report, r.CycleInterrupted | r.MachineFailed)
        failed += isinstance(fact.report, r.MachineFailed)
    good = {serial for serial in cut if state.parts[serial].disposition == "good"}
    needed_s = min([*idle.values(), BACK_S])
    return Night(
        len(good),
        len(good & spoilt),
        len(cut),
        bound,
        alarms,
        failed,
        ((LEAVE_S if foreseen_s is None else foreseen_s) - LEAVE_S) / HOUR_S,
        (needed_s - LEAVE_S) / HOUR_S,
    )


def summary(rows: Sequence[tuple[Night, Night]]) -> dict[str, Any]:
    """Return overall results for all nights; each row has our result and the result for "stop on alarm"."""
    ours = [row[0] for row in rows]
    off = [night.off for night in ours if not night.failed]
    return {
        "share_of_oracle": sum(n.good for n in ours) / max(1, sum(n.oracle for n in ours)),
        "worst_share": min(n.good / max(1, n.oracle) for n in ours),
        "more_than_stop_on_alarm": _surplus(rows, lambda row: row[0].good),
        "more_than_stop_on_alarm_95": _interval(rows, lambda row: row[0].good),
        "oracle_more_than_stop_on_alarm": _surplus(rows, lambda row: row[0].oracle),
        "bad_past_gate": sum(n.bad_past_gate for n in ours),
        "alarms_a_night": statistics.mean(n.alarms for n in ours),
        "nights_without_failure": len(off),
        "foreseen_within_10_pct": sum(each <= 0.1 for each in off) / len(off) if off else None,
        "forecast_median_error": statistics.median(off) if off else None,
    }


def _surplus(rows: Sequence[tuple[Night, Night]], parts: Callable[[tuple[Night, Night]], int]) -> float:
    return sum(parts(row) for row in rows) / max(1, sum(row[1].good for row in rows)) - 1.0


def _interval(
    rows: Sequence[tuple[Night, Night]], parts: Callable[[tuple[Night, Night]], int], draws: int = 2000
) -> tuple[float, float]:
    """Return the confidence interval for the ratio on nights of this kind: percentiles of a bootstrap over nights."""
    rng = random.Random(1)
    drawn = sorted(_surplus(rng.choices(rows, k=len(rows)), parts) for _ in range(draws))
    return drawn[round(0.025 * (draws - 1))], drawn[round(0.975 * (draws - 1))]
