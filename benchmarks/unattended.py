"""Sixteen hours without people: our loop, a clairvoyant oracle, and a cell that stops at the first alarm.

Usage: python benchmarks/unattended.py [--seeds 30] [--first 1] [--rate 1.0] [--json]

Eight mills, one robot, a gauge, a camera and 40 pallets; people are there from 06:00 to 14:00 and then away until 06:00. The
controller, its rooms and the virtual shop are those of ``nightmill run`` (``virtual_shops.py``: in one process, parts are
programs of given length). Each seed is another shop: other cycles, tools, machines, faults. A night is what lies mounted when people
leave; a good part is one whose last cut ended in the night and that the gate lets pass.

- **oracle**: knows when each spindle will fail and gets the same pallets. An upper bound: the most cuts that fit into what each mill
  can run (multiple knapsack, solved to its optimum), one robot move in and out each, no broken edge, no bad part.
- **stop on alarm**: the same controller whose policy holds the cell at any alarm of a machine or cut until a person comes.
- **bad past the gate**: parts called good whose hidden error is out of tolerance, or that have a visible defect.
- **forecast**: when somebody will first be needed, as told when people leave, against when a mill first stood for want of a person;
  nights with a failed spindle apart, which nobody can foresee.

Rates: a spindle fails suddenly once in 150 running hours and wears out once in 220 (planned stops prevent most), an edge
breaks once in 400 cutting hours and more often past its life; ``--rate`` multiplies the first and the last. They are
assumptions of the size that studies of flexible cells report (a stop of some machine every shift or two), not one study's figures.
"""

import argparse
import json
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from virtual_shops import DAY_S, HOUR_S, LIMITS, VirtualShop, _characteristic, _Hall, _Log, _program, opening

from nightmill.floor import ShopState
from nightmill.plant.buying import MaterialRoom
from nightmill.plant.controller import Controller, Decision, LoopRoom
from nightmill.plant.inspecting import InspectionRoom
from nightmill.plant.maintaining import MaintenanceRoom
from nightmill.plant.offsets import OffsetRoom
from nightmill.plant.part_papers import OperationRecord, sha256_of
from nightmill.plant.patience import PatientCell
from nightmill.plant.planning import RouteRecord
from nightmill.plant.preflight import NightRoom, unattended_jobs
from nightmill.plant.receiving import OrderRoom
from nightmill.plant.replanning import SchedulingRoom
from nightmill.plant.routes import PartRoute
from nightmill.plant.running import _Wishes
from nightmill.plant.triage import Rule, TriageRoom, read_policy
from nightmill.plant.tuning_loop import TuningRoom
from nightmill.verification import read_program
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan, Tool
from nightmill.vocabulary.shop import Economy, Item, OperationsRequest, PartFile, Shift, Shop, ToolStock, WorkUnit

MILLS, PALLETS = 8, 40
LEAVE_S, BACK_S = 14 * HOUR_S, 30 * HOUR_S
"""Of Monday and of Tuesday; shop time begins at midnight."""
DAYS = 34 / 24
CYCLE_MIN = (110.0, 200.0)
MOVE_S = 40.0
TOOLS = tuple(
    ToolStock(tool, magazine=6, crib=20_000, supplier="tools", lead_time_days=1.0)
    for tool in (
        Tool(1, "flat", 16.0, life_min=180.0),
        Tool(2, "flat", 8.0, life_min=150.0),
        Tool(3, "drill", 6.0, life_min=120.0),
    )
)
STOP = tuple(Rule(f"stop at {source}", source, "stop_cell", call=True) for source in ("machine_failed", "cycle_interrupted"))  # fmt: skip
LIMIT_UM = 100.0
"""Half the tolerance of the parts' diameter, as ``virtual_shops`` draws them; the error counts twice on a diameter."""


class Night(msgspec.Struct, frozen=True):
    """What came of one night under one policy."""

    good: int
    bad_past_gate: int
    cut: int
    oracle: int
    alarms: int
    failed: int
    foreseen_s: float
    needed_s: float


def night_shop(seed: int, rate: float) -> VirtualShop:
    """The shop of a seed."""
    rng = random.Random(f"unattended {seed}")
    routes = {f"part{n}": _route(rng, f"part{n}") for n in range(6)}
    orders = tuple(OperationsRequest(f"O{n:03d}", f"part{n % 6}", 12, (2 + n // 2) * DAY_S, 0.0, 1) for n in range(12))
    shop = Shop(
        name=f"night {seed}",
        start=datetime(2026, 11, 2, tzinfo=UTC),
        time_zone="UTC",
        currency="USD",
        country="US",
        work_units=(
            *(WorkUnit(f"mill-{k}", "mill", "milling", LIMITS, rate_usd_h=30.0) for k in range(1, MILLS + 1)),
            WorkUnit("robot", "robot", "handling", move_s=MOVE_S),
            WorkUnit("gauge", "gauge", "inspection", measure_s=120.0),
            WorkUnit("camera", "vision", "inspection", measure_s=30.0),
            WorkUnit("bench-1", "bench", "handling"),
            WorkUnit("bench-2", "bench", "handling"),
        ),
        shifts=(Shift((0, 1, 2, 3, 4, 5, 6), 6.0, 14.0, 3),),
        tools=TOOLS,
        parts=tuple(PartFile(name, "", "Al 6061", blank_item=f"blank {name}") for name in routes),
        orders=orders,
        items=tuple(Item(f"blank {name}", supplier="steel", on_hand=200) for name in routes),
        bom=(),
        receipts=(),
        economy=Economy(),
        pallets=PALLETS,
        mount_s=120.0,
        dismount_s=60.0,
        repair_s=3 * HOUR_S,
    )
    truth = (
        f"[breakdown]\ngradual_life_h = 220.0\ninitial_age_share = 0.6\nsudden_mean_h = {150.0 / rate:.1f}\n"
        f"[wear]\nbreakage_rate_per_min = {rate / (400.0 * 60.0):.8f}\n"
    )
    return VirtualShop(shop, routes, truth, seed)


def _route(rng: random.Random, item: str) -> PartRoute:
    name, total = f"{item}/1", rng.uniform(*CYCLE_MIN)
    shares = [rng.uniform(0.5, 1.5) for _ in TOOLS]
    text = _program(name, {n: total * share / sum(shares) for n, share in enumerate(shares, 1)})
    read = read_program(
        text, rapid_mm_min=LIMITS.rapid_mm_min, accel_mm_s2=LIMITS.accel_mm_s2,
        tool_change_s=LIMITS.tool_change_s, feed_max_mm_min=LIMITS.feed_max_mm_min,
    )  # fmt: skip
    minutes = {str(use.tool): use.cutting_s / 60.0 for use in read.tools}
    operation = OperationRecord(name, "1", sha256_of(text), read.cycle_s, minutes)
    known = tuple(_characteristic(f"{name}#{tool}", name, tool) for tool in (1, 2))
    record = RouteRecord(
        item, "", "Al 6061", True, Certificate(True, 0.0, 0.0, 1.0, (), 0, 0), (operation,), known, (), 1e5, 2e5, 2700.0, 6, 1, 0.0, ()
    )  # fmt: skip
    body = Body("box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    plan = Plan(PLAN_FORMAT, item, "mm", "", body, (), (), (), read.cycle_s)
    return PartRoute(record, plan, {sha256_of(text): text}, _nowhere())


def _nowhere() -> Any:
    from pathlib import Path

    return Path()


class _Truth(_Hall):
    """The world, and what it knows and no controller may: kept for the judge."""

    def __init__(self, virtual: VirtualShop) -> None:
        super().__init__(virtual)
        self.spoilt: set[str] = set()
        self.runs_s: dict[str, float] = {}
        self.jobs_s: list[float] = []
        self.running: dict[str, tuple[float, float]] = {}

    def advance(self, until_s: float, acknowledged_seq: int) -> Any:
        reports = self.world.pending(acknowledged_seq)
        if not reports and until_s > self.world.now_s:
            self.world.advance(until_s)
            for deed in self.world.take_deeds():
                errors = [2 * abs(v) for k, v in deed.truth.items() if k.startswith("error_um") and k[-1] in "12"]
                if deed.event == "cut_finished" and (deed.detail or max(errors, default=0.0) > LIMIT_UM):
                    self.spoilt.add(deed.part)
        return super().advance(until_s, acknowledged_seq)

    def leave(self) -> None:
        """People leave: how long each spindle will run before it fails."""
        for name, mill in self.world.reality.mills.items():
            left_h = min(mill.life_h - mill.age_h, mill.sudden_at_h - mill.spindle_h)
            self.runs_s[name] = max(0.0, left_h * HOUR_S)


def lived(virtual: VirtualShop, rules: Sequence[Rule]) -> Night:
    """One shop's Monday and the night after it under an alarm policy."""
    shop, routes, hall, log = virtual.shop, virtual.routes, _Truth(virtual), _Log()
    until_s = (DAYS + 28.0) * DAY_S
    offsets, maintenance = OffsetRoom(shop, routes), MaintenanceRoom(shop, until_s)
    inspection, tuning = InspectionRoom(shop, routes, offsets, hall.look), TuningRoom(shop, routes)
    rooms: tuple[LoopRoom, ...] = (
        OrderRoom(shop), TriageRoom(tuple(rules)), offsets, inspection, MaterialRoom(shop), tuning, maintenance,
        SchedulingRoom(shop, DAYS * DAY_S, maintenance), NightRoom(shop),
    )  # fmt: skip
    wishes = _Wishes(shop, inspection, offsets, maintenance, until_s)
    tuning.programs.update({sha: text for route in routes.values() for sha, text in route.programs.items()})
    left: list[tuple[list[float], dict[str, float]]] = []

    def listen(state: ShopState, _store: Any) -> None:
        if not left and state.now_s >= LEAVE_S:
            hall.leave()
            left.append(_at_leaving(state))

    controller = Controller(
        shop, log, PatientCell(hall), tuning.programs, rooms, wishes, days=DAYS, listen=listen, requests=_released
    )
    controller.commit(opening(shop.name, "closed-loop", virtual.seed, DAYS, routes))
    controller.run()
    jobs_s, busy_s = left[0]
    return judged(tuple(log.events), controller.state, hall, oracle(jobs_s, busy_s, hall.runs_s))


def _released(state: ShopState) -> list[Decision]:
    """A person who is there ends a hold at once."""
    if not 6 * HOUR_S <= state.now_s % DAY_S < 14 * HOUR_S:
        return []
    return [Decision(e.SafeHoldReleased(hold, "a person", "looked at"), actor="person") for hold in state.safe_holds]


def _at_leaving(state: ShopState) -> tuple[list[float], dict[str, float]]:
    """Planned seconds of each cut that lies uncut on a pallet, and what each mill has left of the one it is at."""
    busy = {}
    for part in state.parts.values():
        cut = part.cuts[-1] if part.cuts else None
        if cut is not None and cut.finished_s is None and not cut.interrupted:
            cycle_s = state.routes[part.item].operations[0].cycle_s
            busy[cut.machine] = max(0.0, cut.started_s + cycle_s - state.now_s)
    return [job.operation.cycle_s for job in unattended_jobs(state)], busy


def oracle(jobs_s: Sequence[float], busy_s: dict[str, float], runs_s: dict[str, float]) -> int:
    """The most cuts that can end in the night: a multiple knapsack over what each mill can run, solved to its optimum."""
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
        # a cut runs at its planned length or up to 3 % faster: the bound takes the faster
        model.add(sum(int(0.97 * job) * one for job, one in zip(jobs_s, took, strict=True)) <= int(free_s))
        for place, one in zip(places, took, strict=True):
            place.append(one)
        chosen += took
    for place in places:
        model.add(sum(place) <= 1)
    model.maximize(sum(chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 10.0
    solver.solve(model)
    return done + int(solver.best_objective_bound)


def judged(events: Sequence[e.Event], state: ShopState, hall: _Truth, bound: int) -> Night:
    """The night's figures from the log, and from what the world knows."""
    cut: dict[str, float] = {}
    alarms = failed = 0
    foreseen_s = 0.0
    idle: dict[str, float] = {}
    for event in events:
        fact, night = event.fact, LEAVE_S <= event.at_s < BACK_S
        if isinstance(fact, e.PreflightMade) and fact.leaves_s <= event.at_s and not foreseen_s:
            foreseen_s = fact.next_intervention_s
        if not isinstance(fact, e.Reported) or not night:
            continue
        if isinstance(fact.report, r.CycleFinished):
            cut[fact.report.serial] = event.at_s
        if isinstance(fact.report, r.CycleFinished | r.CycleStarted | r.CycleInterrupted):
            idle[fact.report.unit] = event.at_s
        alarms += isinstance(fact.report, r.CycleInterrupted | r.MachineFailed)
        failed += isinstance(fact.report, r.MachineFailed)
    good = {serial for serial in cut if state.parts[serial].disposition == "good"}
    needed_s = min([*idle.values(), BACK_S])
    return Night(len(good), len(good & hall.spoilt), len(cut), bound, alarms, failed, foreseen_s, needed_s)


def main() -> int:
    """Live all nights and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    shipped = read_policy(_nowhere() / "none")
    rows = []
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        virtual = night_shop(seed, chosen.rate)
        ours, theirs = lived(virtual, shipped), lived(virtual, STOP)
        rows.append((ours, theirs))
        off = abs(ours.foreseen_s - ours.needed_s) / max(ours.needed_s - LEAVE_S, 1.0)
        if not chosen.json:
            print(f"seed {seed:2d}: good {ours.good:2d} of the oracle's {ours.oracle:2d}, cut {ours.cut:2d}; stop on alarm {theirs.good:2d}; alarms {ours.alarms}, spindles failed {ours.failed}; bad past the gate {ours.bad_past_gate}; needed after {(ours.needed_s - LEAVE_S) / HOUR_S:.1f} h, foreseen {(ours.foreseen_s - LEAVE_S) / HOUR_S:.1f} h ({off:.0%} off)", flush=True)  # fmt: skip
    figures = summary(rows)
    print(json.dumps(figures) if chosen.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    return 0


def summary(rows: Sequence[tuple[Night, Night]]) -> dict[str, Any]:
    """Over all nights."""
    ours = [row[0] for row in rows]
    quiet = [night for night in ours if not night.failed]
    off = [abs(night.foreseen_s - night.needed_s) / max(night.needed_s - LEAVE_S, 1.0) for night in quiet]
    return {
        "nights": len(rows),
        "share of the oracle": sum(n.good for n in ours) / sum(n.oracle for n in ours),
        "worst night's share": min(n.good / n.oracle for n in ours),
        "more than stop on alarm": _more(rows, lambda row: row[0].good),
        "its 95 % interval": _interval(rows, lambda row: row[0].good),
        "the oracle's more than stop on alarm": _more(rows, lambda row: row[0].oracle),
        "parts that an alarm took": sum(n.alarms - n.failed for n in ours) / len(ours),
        "bad past the gate": sum(n.bad_past_gate for n in ours),
        "alarms a night": statistics.mean(n.alarms for n in ours),
        "nights without a failed spindle": len(quiet),
        "of these foreseen within 10 %": sum(each <= 0.1 for each in off) / max(1, len(off)),
        "median error of the forecast": statistics.median(off) if off else None,
    }


def _more(rows: Sequence[tuple[Night, Night]], parts: Callable[[tuple[Night, Night]], int]) -> float:
    return sum(parts(row) for row in rows) / max(1, sum(row[1].good for row in rows)) - 1.0


def _interval(
    rows: Sequence[tuple[Night, Night]], parts: Callable[[tuple[Night, Night]], int], draws: int = 2000
) -> tuple[float, float]:
    """Between which the share lies were the nights others of their kind: percentiles of a bootstrap over nights."""
    rng = random.Random(1)
    drawn = sorted(_more(rng.choices(rows, k=len(rows)), parts) for _ in range(draws))
    return drawn[round(0.025 * (draws - 1))], drawn[round(0.975 * (draws - 1))]


if __name__ == "__main__":
    sys.exit(main())
