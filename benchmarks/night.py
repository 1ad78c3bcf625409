"""The night shop: unattended spindle hours and weighted tardiness with our plans, with dispatching and with PyJobShop's
plans.

Run: ``python benchmarks/night.py [--shape S] [--machines M] [--operations N] [--load L] [--seconds T] [--seeds K ...] [--peers]
[--foresight]``.

One shop per seed (``night_shop``). Each shop is simulated in the twin with breakdowns (``night_execution``), with the
same futures for every planner; a planner makes a new plan whenever people arrive, a machine breaks down or is repaired,
or a part is lost. The engine and, with ``--peers``, PyJobShop get the same number of seconds for the first plan and a
tenth of that for each later plan, one after the other on the same cores; EDD and ATC dispatching (``night_dispatch``)
take as long as they need. ATC uses one fixed look-ahead, chosen on other shops; ``ATC anew`` chooses the best of three
whenever it plans. ``validate_shop`` checks every plan; the peer can't model tool life, which the twin enforces.
Unattended hours are counted up to the shop's horizon, tardiness up to the end of the work. The table shows our result
divided by that of the other planner: means over futures, medians over shops. ``--foresight`` also plans each future
with ATC's breakdowns and lost parts known in advance (``night_foresight``). Everything is simulated.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import msgspec
from night_dispatch import STEADY, dispatch, tuned
from night_execution import Outcome, live
from night_foresight import foreseen
from night_shop import SHAPES, night_shop

from nightmill.scheduling import solve_shop, validate_shop
from nightmill.scheduling.engine.repair_timing import begins_in, with_repairs
from nightmill.scheduling.problem.records import ShopProblem, ShopSchedule
from nightmill.scheduling.search.parallel_annealing import COLD

WORKERS = os.cpu_count() or 1
PROBE = 1000
LATER = 0.1
"""Seconds for a later plan, as a fraction of the seconds for the first."""
Way = Callable[[ShopProblem, ShopSchedule | None, float], ShopSchedule]


class Engine:
    """Our planner. First it decides when repairs start; then it makes as many search steps as the seconds allow,
    estimated from the first plan.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.step_s = seed, 0.0

    def __call__(self, problem: ShopProblem, previous: ShopSchedule | None, seconds: float) -> ShopSchedule:
        begun = time.perf_counter()
        if self.step_s == 0.0:
            solve_shop(problem, iterations=1, seed=self.seed)
            begun = time.perf_counter()
            solve_shop(problem, iterations=PROBE, seed=self.seed, searchers=WORKERS)
            self.step_s = (time.perf_counter() - begun) / PROBE
        hot = None if previous is None else COLD
        found = None
        if problem.repairs:
            found = solve_shop(problem, iterations=PROBE, seed=self.seed, previous=previous, hot=hot)
        begins = begins_in(problem, found) if found else {}
        steps = max(PROBE, int((seconds - (time.perf_counter() - begun)) / self.step_s))
        shop = with_repairs(problem, begins)
        plan = solve_shop(shop, iterations=steps, seed=self.seed, previous=previous, searchers=WORKERS, hot=hot)
        return msgspec.structs.replace(plan, maintenance=found.maintenance) if found else plan


def by_peer(problem: ShopProblem, _: ShopSchedule | None, seconds: float) -> ShopSchedule:
    """Return PyJobShop's plan; if it finds none in time, the better of the EDD and ATC plans from which it started."""
    from night_peer import plan

    found = plan(problem, seconds, WORKERS)
    if found is None:
        print("    no schedule within its time", flush=True)
        found = min((dispatch(problem, "EDD"), tuned(problem)), key=lambda s: s.weighted_tardiness_s)
    return found


def futures_under(way: Way, problem: ShopProblem, seconds: float, futures: int, name: str) -> list[Outcome]:
    """Simulate and print the futures of a shop under one planner."""
    broken: set[str] = set()
    first: list[ShopSchedule] = []

    def planner(shop: ShopProblem, previous: ShopSchedule | None) -> ShopSchedule:
        if previous is None and first:
            return first[0]
        found = way(shop, previous, seconds if previous is None else LATER * seconds)
        broken.update(violation.rule for violation in validate_shop(shop, found))
        if previous is None:
            first.append(found)
        return found

    outcomes = [live(problem, planner, future) for future in range(futures)]
    print(
        f"  {name:10} planned {first[0].weighted_tardiness_s / 3600.0:8.1f} weighted h late; simulated "
        f"{mean(outcomes, 'weighted_tardiness_h'):8.1f}, {mean(outcomes, 'late_orders'):5.1f} orders late, "
        f"{mean(outcomes, 'unattended_h'):7.1f} h unattended; {mean(outcomes, 'failures'):.1f} breakdowns, "
        f"{mean(outcomes, 'plans'):.0f} plans{', breaks: ' + ', '.join(sorted(broken)) if broken else ''}",
        flush=True,
    )
    return outcomes


def by_foresight(problem: ShopProblem, seconds: float, futures: int, seed: int) -> float:
    """Plan each future with its events known in advance; print the weighted hours late and return their mean."""
    engine, late = Engine(seed), []
    for future in range(futures):
        known = foreseen(problem, lambda shop, _: tuned(shop), future)
        found = engine(known, None, seconds)
        broken = {violation.rule for violation in validate_shop(known, found)}
        late.append(found.weighted_tardiness_s / 3600.0)
        if broken:
            print(f"    breaks: {', '.join(sorted(broken))}", flush=True)
    print(f"  foresight  planned {statistics.mean(late):8.1f} weighted h late", flush=True)
    return statistics.mean(late)


def mean(outcomes: list[Outcome], figure: str) -> float:
    """Return the mean of a figure."""
    return float(statistics.mean(getattr(outcome, figure) for outcome in outcomes))


def ratio(one: float, other: float) -> float:
    """Return one over the other; 1 if both are zero."""
    return one / other if other else 1.0 if not one else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="one-shift")
    parser.add_argument("--machines", type=int, default=5)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--load", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--futures", type=int, default=3)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--foresight", action="store_true")
    chosen = parser.parse_args()
    foresight: list[float] = []
    ratios: dict[str, list[tuple[float, float]]] = {}
    for seed in chosen.seeds:
        ways: dict[str, Way] = {
            "nightmill": Engine(seed),
            "EDD": lambda problem, _, __: dispatch(problem, "EDD"),
            "ATC": lambda problem, _, __: dispatch(problem, "ATC", look_ahead=STEADY),
            "ATC anew": lambda problem, _, __: tuned(problem),
        }
        if chosen.peers:
            ways["PyJobShop"] = by_peer
        problem = night_shop(seed, chosen.machines, chosen.operations, chosen.load, SHAPES[chosen.shape])
        print(f"{chosen.shape} {seed}: {len(problem.operations)} operations, {len(problem.orders)} orders", flush=True)
        figures: dict[str, tuple[float, float]] = {}
        for name, way in ways.items():
            lived = futures_under(way, problem, chosen.seconds, chosen.futures, name)
            figures[name] = mean(lived, "unattended_h"), mean(lived, "weighted_tardiness_h")
        if chosen.foresight:
            known = by_foresight(problem, chosen.seconds, chosen.futures, seed)
            foresight.append(ratio(known, figures["ATC anew"][1]))
        ours = figures.pop("nightmill")
        for name, theirs in figures.items():
            ratios.setdefault(name, []).append((ratio(ours[0], theirs[0]), ratio(ours[1], theirs[1])))
    for name, pairs in ratios.items():
        hours, late = (statistics.median(values) for values in zip(*pairs, strict=True))
        print(
            f"nightmill / {name:10} unattended hours {hours:5.2f}, weighted tardiness {late:5.2f}, {len(pairs)} shops"
        )
    if foresight:
        print(f"foresight / ATC anew   weighted tardiness {statistics.median(foresight):5.2f}, {len(foresight)} shops")


if __name__ == "__main__":
    main()
