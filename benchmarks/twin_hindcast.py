"""Forecast a month with the twin, given the failures, repairs, stops, cutting times and scrap that actually occurred.

    python benchmarks/twin_hindcast.py FOLDER SHOP [SHOP ...] [--days 30] [--policy conventional]

FOLDER holds logs kept by `twin_learning.py --keep`. The twin starts from the state after the first ``--days`` and
simulates as many days again, once with the plan of that moment and the plan changes learned from the log, once with new
plans as the loop makes them (`anew`). All random events are taken from the log: each machine fails after the same
number of running hours, its repair takes the same number of hours, each serial's cut takes the same number of seconds,
and the same parts are lost. The printed errors are therefore those of the twin's rules, not of its distributions;
`first` names the mounts in which the twin first differs from the shop. Simulated.
"""

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from twin_learning import LIMITS, Figures, errors_of, happened, known_at, the_log
from virtual_shops import DAY_S, virtual_shop

from nightmill.plant.shop_twin.belief import believed, floor_model, foreseen_plan, present
from nightmill.simulation.cell.engine import Simulation
from nightmill.simulation.cell.entities import Part
from nightmill.simulation.cell.model import Model
from nightmill.simulation.cell.uncertainty import Uncertainty
from nightmill.stats.averages import mean, quantile
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Shop


class Chance:
    """The events of the log after ``from_s``; running times in s."""

    def __init__(self, log: tuple[e.Event, ...], shop: Shop, from_s: float) -> None:
        self.to_failure: dict[str, list[float]] = defaultdict(list)
        self.to_care: dict[str, list[float]] = defaultdict(list)
        self.repairs: dict[str, list[float]] = defaultdict(list)
        self.cuts: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.mounts: list[tuple[float, str]] = []
        self.lost: set[str] = set()
        presence, began, repair_began = present(shop, from_s * 3.0), {}, {}
        run: dict[str, float] = defaultdict(float)
        since: dict[tuple[str, str], float] = defaultdict(float)

        def worked(begin: float, end: float) -> float:
            return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in presence)

        for event in log:
            fact = event.fact
            if isinstance(fact, e.CommandIssued) and isinstance(fact.command, c.RepairMachine):
                repair_began[fact.command.unit] = event.at_s
            if isinstance(fact, e.PartDisposed) and event.at_s > from_s and fact.disposition != "good":
                self.lost.add(fact.serial)
            if not isinstance(fact, e.Reported):
                continue
            report = fact.report
            if isinstance(report, r.CycleStarted):
                began[report.unit] = report.at_s
            elif isinstance(report, r.CycleFinished | r.CycleInterrupted) and report.unit in began:
                begin = began.pop(report.unit)
                run[report.unit] += max(0.0, report.at_s - max(begin, from_s))
                if report.at_s > from_s and isinstance(report, r.CycleFinished):
                    self.cuts[report.serial, report.operation].append(report.at_s - begin)
            elif isinstance(report, r.PartMounted) and report.at_s > from_s:
                self.mounts.append((report.at_s, report.serial))
            elif report.at_s > from_s and isinstance(report, r.MachineFailed):
                now = run[report.unit] + max(0.0, report.at_s - max(began.get(report.unit, report.at_s), from_s))
                self.to_failure[report.unit].append(now - since["failure", report.unit])
                since["failure", report.unit] = now
            elif report.at_s > from_s and isinstance(report, r.MachineRepaired):
                self.repairs[report.unit].append(worked(repair_began.get(report.unit, report.at_s), report.at_s))
            elif report.at_s > from_s and isinstance(report, r.MachineMaintained):
                self.to_care[report.unit].append(run[report.unit] - since["care", report.unit])
                since["care", report.unit] = run[report.unit]


class Hindcast(Simulation):
    """A replication in which all random events occur as in the log."""

    def __init__(self, model: Model, uncertainty: Uncertainty, chance: Chance) -> None:
        self.chance = chance
        self.mounted: list[tuple[float, str]] = []
        super().__init__(model, uncertainty, 1)
        self.laws = [msgspec.structs.replace(law, scrap_share=0.0, spoilt_share=0.0) for law in self.laws]

    def _to_failure(self, machine: int, n: int) -> float:
        gaps = self.chance.to_failure[self.model.machines[machine]]
        return gaps[n] if n < len(gaps) else math.inf

    def _to_care(self, machine: int, n: int) -> float:
        down = {each.machine: each for each in self.model.habits.downs}.get(self.model.machines[machine])
        gaps = self.chance.to_care[self.model.machines[machine]]
        gaps = gaps[1:] if down is not None and down.left_s is not None else gaps
        return gaps[n] if n < len(gaps) else math.inf

    def _cut_s(self, part: Part) -> float:
        seen = self.chance.cuts.get((part.serial.name, part.step().operation), [])
        return seen[min(part.attempt, len(seen) - 1)] if seen else super()._cut_s(part)

    def _failed(self, at: float, machine: int, person: int) -> None:
        super()._failed(at, machine, person)
        mill, name = self.mills[machine], self.model.machines[machine]
        standing = sum(each.machine == name and each.left_s is None for each in self.model.habits.downs)
        seen = self.chance.repairs[name][standing:]
        if mill.failures <= len(seen):
            mill.repair_left_s = seen[mill.failures - 1]

    def _dismounted(self, at: float, index: int, person: int) -> None:
        part = self.parts[index]
        if part.serial.name in self.chance.lost and part.attempt == 0 and part.position + 1 == len(part.steps):
            part.spoilt = True
        super()._dismounted(at, index, person)

    def _mounted(self, at: float, index: int, person: int) -> None:
        self.mounted.append((at, self.parts[index].serial.name))
        super()._mounted(at, index, person)


def hindcast(number: int, log: tuple[e.Event, ...], days: float, anew: bool) -> dict[str, Any]:
    """Return the forecast of the second half, and its first difference from the log."""
    now_s, virtual = days * DAY_S, virtual_shop(number, 2.0 * days)
    past, state = known_at(virtual, log, now_s)
    belief = believed(virtual.shop, state, past, days)
    floor = floor_model(virtual.shop, state.policy, belief, anew=state if anew else None)
    model = Model(belief.problem, foreseen_plan(state, belief.problem), days, floor.robots, habits=floor.habits)
    chance = Chance(log, virtual.shop, now_s)
    one = Hindcast(model, msgspec.structs.replace(floor.uncertainty, draw_parameters=False), chance)
    one.run()
    done = [part for part in one.parts if part.done_s < math.inf]
    cycles = [part.done_s - part.begun_s for part in done if part.begun_s > now_s]
    came = happened(log, now_s, 2.0 * now_s)
    finished = len(done) + min(one.cleared, floor.habits.good_to_take_off)
    said = Figures(finished / days, mean(cycles), quantile(cycles, 0.9))
    pairs = zip(one.mounted, chance.mounts, strict=False)
    first = [k for k, (mine, theirs) in enumerate(pairs) if mine[1] != theirs[1]]
    return {
        "shop": number, "anew": anew,
        "error_percent": {name: round(100.0 * error, 1) for name, error in errors_of(came, said).items()},
        "failures": [one.failures, sum(map(len, chance.to_failure.values()))],
        "mounts": [len(one.mounted), len(chance.mounts)],
        "first": [[*one.mounted[k], *chance.mounts[k]] for k in first[:3]],
        "same_place_of_first_100": sum(a[1] == b[1] for a, b in zip(one.mounted[:100], chance.mounts[:100], strict=False)),
    }  # fmt: skip


def main() -> None:
    """Simulate each kept log, with and without new plans."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("shops", nargs="+")
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--policy", default="closed-loop")
    asked = parser.parse_args()
    found: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    for name in asked.shops:
        number = int(name.split(".")[0])
        log = the_log(name, virtual_shop(number, 2.0 * asked.days), asked.policy, asked.folder, 2.0 * asked.days)
        for anew in (False, True):
            row = hindcast(number, log, asked.days, anew)
            found[anew].append(row["error_percent"])
            print(json.dumps(row), flush=True)
    typical = {
        "anew" if anew else "once": {name: round(mean([abs(errors[name]) for errors in each]), 1) for name in LIMITS}
        for anew, each in found.items()
    }
    print(json.dumps({"lives": len(found[True]), "mean_error_percent": typical}))


if __name__ == "__main__":
    main()
