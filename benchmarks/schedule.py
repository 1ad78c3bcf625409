"""Measure the gap of the makespan search to the best known values, alone or compared with its peers; only ratios are
printed.

Run: ``python benchmarks/schedule.py DIR [--seconds S] [--seeds N] [--peers] [NAME ...]`` with DIR holding
``instances/NAME.json`` and ``best_known.json`` (name -> ``{"ub": best known makespan}``). All engines get the same time
and as many workers as there are cores, one after another; our time starts with a warm compile cache, the peers' time
with the finished model. ``validate_instance`` checks every schedule.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from pathlib import Path

from nightmill.scheduling import Instance, InstanceSchedule, parse_instance, solve_instance, validate_instance

WORKERS = os.cpu_count() or 1


def solve(instance: Instance, seconds: float, seed: int) -> InstanceSchedule:
    """Run our search until the time is up."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(WORKERS) as threads:
        return solve_instance(
            instance, stop=lambda: time.monotonic() > until, iterations=1 << 40, seed=seed, executor=threads
        )


def solve_by_peer(peer: str, instance: Instance, seconds: float) -> InstanceSchedule | None:
    """Run a peer in a separate process, which is stopped after ten times its seconds plus five minutes; None if it finds no schedule."""
    from schedule_peers import PEERS

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as child:
        task = child.submit(PEERS[peer], instance, seconds, WORKERS)
        try:
            return task.result(10.0 * seconds + 300.0)
        except Late:
            for process in multiprocessing.active_children():
                process.kill()
            return None


def report(engine: str, instance: Instance, answer: InstanceSchedule | None, best: int) -> float | None:
    """Print one line; return the gap, None without a valid schedule."""
    if answer is None:
        print(f"  {engine:44} no schedule", flush=True)
        return None
    broken = validate_instance(instance, answer)
    gap = answer.makespan / best - 1.0
    proof = " optimal" if answer.makespan == answer.lower_bound else ""
    print(f"  {engine:44} {answer.makespan:9} gap {gap:7.2%}{proof} violations {len(broken)}", flush=True)
    return None if broken else gap


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--peers", action="store_true")
    arguments = parser.parse_args()
    known = json.loads((arguments.folder / "best_known.json").read_text())
    peers: list[str] = []
    if arguments.peers:
        from schedule_peers import PEERS

        peers = list(PEERS)
    gaps: dict[str, list[float | None]] = {}
    for name in arguments.names or sorted(known):
        instance = parse_instance((arguments.folder / "instances" / f"{name}.json").read_text())
        best = known[name]["ub"]
        solve_instance(instance, iterations=1)
        print(f"{name}: {sum(map(len, instance.jobs))} operations, best known {best}", flush=True)
        ours: list[float] = []
        for seed in range(arguments.seeds):
            gap = report(f"nightmill, seed {seed}", instance, solve(instance, arguments.seconds, seed), best)
            ours.append(float("inf") if gap is None else gap)
        gaps.setdefault("nightmill", []).append(statistics.median(ours))
        for peer in peers:
            gap = report(peer, instance, solve_by_peer(peer, instance, arguments.seconds), best)
            gaps.setdefault(peer, []).append(gap)
    for engine, found in gaps.items():
        solved = [gap for gap in found if gap is not None]
        mean = f"mean gap {statistics.mean(solved):.2%} over {len(solved)}" if solved else "none"
        print(f"{engine}: {mean} of {len(found)} instances")


if __name__ == "__main__":
    main()
