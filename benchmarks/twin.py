"""Compare the twin's kernel with SimPy on the comparison model, in one run and with the same results; only ratios are
printed.

Run: ``python benchmarks/twin.py [MINUTES] [SEED]`` (1e6, 1). Each engine is timed over two horizons and compared by the
difference between the runs, so that start-up doesn't count; engines take turns, five rounds, and the median of the
rounds' ratios is printed with the least and the largest. Mean cycle times of the longer runs are also printed.
"""

import statistics
import sys
import time
from collections.abc import Callable

import simpy

from nightmill.plant.bench.simpy_peer import idiomatic, tuned
from nightmill.simulation import example_job_shop as job_shop

ROUNDS = 5
Run = Callable[[float, int], tuple[int, float]]


def own(horizon: float, seed: int) -> tuple[int, float]:
    answer = job_shop.run_job_shop(horizon, seed)
    return answer.ops, answer.mean_cycle_time_min


def of_simpy(model: Callable[..., tuple[int, int, float]]) -> Run:
    def run(horizon: float, seed: int) -> tuple[int, float]:
        ops, _, cycle = model(job_shop.JOB_SHOP, horizon, seed)
        return ops, cycle

    return run


def rate(run: Run, short: float, long: float, seed: int) -> tuple[float, float]:
    """Return operations per second of processor time between two horizons, and the mean cycle time of the longer run."""
    began = time.process_time()
    first, _ = run(short, seed)
    middle = time.process_time()
    second, cycle = run(long, seed)
    return (second - first) / max(time.process_time() - 2.0 * middle + began, 1e-9), cycle


def main() -> None:
    horizon = float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    job_shop.run_job_shop(100.0, seed)
    peers = {"hand-tuned": of_simpy(tuned), "PreemptiveResource": of_simpy(idiomatic)}
    ratios: dict[str, list[float]] = {name: [] for name in peers}
    cycles: dict[str, list[float]] = {name: [] for name in ("Nightmill", *peers)}
    for turn in range(ROUNDS):
        speed, cycle = rate(own, horizon / 10.0, horizon, seed + turn)
        cycles["Nightmill"].append(cycle)
        for name, peer in peers.items():
            slower, cycle = rate(peer, horizon / 200.0, horizon / 20.0, seed + turn)
            ratios[name].append(speed / slower)
            cycles[name].append(cycle)
    for name, found in ratios.items():
        middle, least, most = statistics.median(found), min(found), max(found)
        print(f"beside SimPy {simpy.__version__}, {name}: {middle:.1f} times ({least:.1f} .. {most:.1f})")
    for name, times in cycles.items():
        spread = statistics.stdev(times) / len(times) ** 0.5
        print(f"mean cycle time, {name}: {statistics.mean(times):.2f} +- {spread:.2f} min")


if __name__ == "__main__":
    main()
