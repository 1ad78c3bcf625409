"""Simulate a fab from AutoSched-style tables over its whole horizon: speed compared with PySCFabSim, error against published answers.

Run: ``python benchmarks/twin_fab.py FOLDER [--days 730] [--seed 1] [--reference LOTS.txt]
[--pyscfabsim REPOSITORY --python pypy3]``. FOLDER is a data set such as SMT2020_HVLM. LOTS.txt has a line for each
product: name, lots, mean cycle time in days, percentage on time (as published by RL4SemiconductorFabSched). The
repository of PySCFabSim contains a folder of the same name under ``datasets``; its runner is started with the given
interpreter over two horizons, and the difference in processor seconds is used, as for the kernel.
"""

import argparse
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from nightmill.simulation import look_ahead_fab

SHORT, LONG = 2, 8  # the two horizons of the peer, in days


def texts(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.iterdir() if path.suffix in (".txt", ".1l")]
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in paths}


def slope(seconds_of: Callable[[float], float], short: float, long: float) -> float:
    """Return processor seconds per simulated day."""
    return (seconds_of(long) - seconds_of(short)) / (long - short)


def own(files: dict[str, str], seed: int) -> Callable[[float], float]:
    def seconds_of(days: float) -> float:
        began = time.process_time()
        look_ahead_fab(files, days=days, replications=1, seed=seed)
        return time.process_time() - began

    return seconds_of


def peer(repository: Path, python: str, dataset: str, seed: int) -> Callable[[float], float]:
    (repository / "greedy").mkdir(exist_ok=True)  # the folder to which its runner writes

    def seconds_of(days: float) -> float:
        command = [python, "main.py", "--dataset", dataset, "--days", str(int(days)), "--dispatcher", "fifo"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([*command, "--seed", str(seed)], cwd=repository, check=True, capture_output=True)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    return seconds_of


def print_errors(files: dict[str, str], days: float, seed: int, reference: Path) -> None:
    """Print the mean cycle time of each product beside the published value."""
    answer = look_ahead_fab(files, days=days, replications=1, seed=seed)
    found = {product.name: product.cycle_time_days for product in answer.products}
    errors: list[float] = []
    for line in reference.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if len(words) < 3 or words[0] not in found:
            continue
        simulated, published = found[words[0]], float(words[2])
        if simulated is not None:
            errors.append(abs(simulated / published - 1.0))
            print(f"  {words[0]}: {simulated:.2f} days, published {published:.2f} ({simulated / published - 1.0:+.1%})")
    print(
        f"cycle time: mean error {statistics.mean(errors):.2%}, greatest {max(errors):.2%}, of {len(errors)} products"
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--days", type=float, default=730.0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--reference", type=Path)
    words.add_argument("--pyscfabsim", type=Path)
    words.add_argument("--python", default="pypy3")
    asked = words.parse_args()
    files = texts(asked.folder)
    seconds_of = own(files, asked.seed)
    seconds_of(30.0)  # compiles the kernel, or loads the compiled one
    day = slope(seconds_of, 10.0, 110.0)
    print(f"{asked.folder.name}: {day * asked.days:.2f} processor seconds for {asked.days:g} days on one core")
    if asked.pyscfabsim:
        slower = slope(peer(asked.pyscfabsim, asked.python, asked.folder.name, asked.seed), SHORT, LONG)
        print(f"PySCFabSim with {asked.python}: takes {slower / day:.0f} times as long")
    if asked.reference:
        print_errors(files, asked.days, asked.seed, asked.reference)


if __name__ == "__main__":
    main()
