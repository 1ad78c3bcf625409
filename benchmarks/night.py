"""The night shop: unattended spindle hours and weighted tardiness of our plans beside dispatching and PyJobShop.

Run: ``python benchmarks/night.py [--shape S] [--machines M] [--operations N] [--load L] [--seconds T] [--seeds K] [--peers]``.
A shop a seed (``night_shop``); the engine and, with ``--peers``, PyJobShop get the same seconds one after the other on the
same cores, EDD and ATC dispatching (``night_dispatch``) what they need. ``validate_shop`` judges every plan but the peer's,
which can't be told of tools. Each plan is carried out in the twin with breakdowns (``night_execution``), all in the same
futures. Hours count to the shop's horizon, tardiness to the end of the work; the table gives ours over theirs, and last
the median over the shops. Everything here is simulated.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as Late

from night_dispatch import dispatch
from night_execution import Outcome, execute
from night_shop import SHAPES, night_shop

from nightmill.schedule import solve_shop, validate_shop
from nightmill.schedule.records import ShopProblem, ShopSchedule

WORKERS = os.cpu_count() or 1
PROBE = 1000
Plan = Callable[[ShopProblem, float, int], ShopSchedule | None]


def solve(problem: ShopProblem, seconds: float, seed: int) -> ShopSchedule:
    """Ours: as many steps as the seconds allow, going by how long the first took."""
    solve_shop(problem, iterations=1, seed=seed)
    begun = time.perf_counter()
    solve_shop(problem, iterations=0, seed=seed)
    start = time.perf_counter() - begun
    begun = time.perf_counter()
    solve_shop(problem, iterations=PROBE, seed=seed)
    step = max(1e-6, (time.perf_counter() - begun - start) / PROBE)
    return solve_shop(problem, iterations=max(PROBE, int((seconds - start) / step)), seed=seed)


def by_peer(problem: ShopProblem, seconds: float) -> ShopSchedule | None:
    """PyJobShop in a process of its own, given up after ten times its seconds and five minutes; None: no schedule."""
    from night_peer import plan

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as child:
        try:
            return child.submit(plan, problem, seconds, WORKERS).result(10.0 * seconds + 300.0)
        except Late:
            for process in multiprocessing.active_children():
                process.kill()
            return None


def measure(name: str, problem: ShopProblem, plan: ShopSchedule | None, futures: range, took: float) -> Outcome | None:
    """Print one line about a plan; what came of it."""
    if plan is None:
        print(f"  {name:12} no schedule", flush=True)
        return None
    broken = sorted({violation.rule for violation in validate_shop(problem, plan)})
    found = execute(problem, plan, futures)
    print(
        f"  {name:12} planned {plan.weighted_tardiness_s / 3600.0:9.1f} weighted h late; carried out "
        f"{found.weighted_tardiness_h:9.1f}, {found.late_orders:6.1f} orders late, {found.unattended_h:8.1f} h unattended, "
        f"{found.failures:.1f} breakdowns ({took:.0f} s){', breaks: ' + ', '.join(broken) if broken else ''}",
        flush=True,
    )
    return found


def ratio(one: float, other: float) -> float:
    """One over the other; 1 where both are nothing."""
    return one / other if other else 1.0 if not one else float("inf")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="one-shift")
    parser.add_argument("--machines", type=int, default=5)
    parser.add_argument("--operations", type=int, default=500)
    parser.add_argument("--load", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--futures", type=int, default=5)
    parser.add_argument("--peers", action="store_true")
    chosen = parser.parse_args()
    ways: dict[str, Callable[[ShopProblem, int], ShopSchedule | None]] = {
        "nightmill": lambda problem, seed: solve(problem, chosen.seconds, seed),
        "EDD": lambda problem, _: dispatch(problem, "EDD"),
        "ATC": lambda problem, _: dispatch(problem, "ATC"),
    }
    if chosen.peers:
        ways["PyJobShop"] = lambda problem, _: by_peer(problem, chosen.seconds)
    ratios: dict[str, list[tuple[float, float]]] = {}
    for seed in range(1, chosen.seeds + 1):
        problem = night_shop(seed, chosen.machines, chosen.operations, chosen.load, SHAPES[chosen.shape])
        print(f"{chosen.shape} {seed}: {len(problem.operations)} operations, {len(problem.orders)} orders", flush=True)
        ours: Outcome | None = None
        for name, way in ways.items():
            begun = time.perf_counter()
            plan = way(problem, seed)
            found = measure(name, problem, plan, range(chosen.futures), time.perf_counter() - begun)
            ours = ours or found
            if name == "nightmill" or found is None or ours is None:
                continue
            hours = ratio(ours.unattended_h, found.unattended_h)
            ratios.setdefault(name, []).append((hours, ratio(ours.weighted_tardiness_h, found.weighted_tardiness_h)))
    for name, pairs in ratios.items():
        hours, late = (statistics.median(values) for values in zip(*pairs, strict=True))
        print(f"nightmill / {name:12} unattended hours {hours:5.2f}, weighted tardiness {late:5.2f} (medians of {len(pairs)})")


if __name__ == "__main__":
    main()
