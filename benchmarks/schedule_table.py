"""Print a table of the makespan search over a folder of classic instances: gap to the best known values, mean gap, and
unsolved instances.

Run: ``python benchmarks/schedule_table.py DIR [NAME ...] [--seconds S] [--seeds N] [--first-seed K] [--cores C] [--cpu]
[--json FILE]`` with DIR holding ``instances/NAME.json`` and ``best_known.json`` (name -> ``{"kind": ..., "ub": best
known makespan}``; without names all that have a file). An instance's gap is the median over the seeds; an instance
counts as unsolved if, for some seed, there is no schedule that ``validate_instance`` accepts. ``--cpu`` counts seconds
of processor time, so that other load doesn't matter; a single core then needs twice the seconds. The kernels are
compiled in advance.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from nightmill.scheduling import Instance, parse_instance, solve_instance, validate_instance


class Row(msgspec.Struct, frozen=True):
    """An instance's line in the table: gaps are fractions of the best known makespan, one per seed; None: no valid schedule."""

    name: str
    kind: str
    operations: int
    best_known: int
    makespans: tuple[int | None, ...]
    moves: tuple[int, ...]
    bound: int

    @property
    def gap(self) -> float | None:
        """Return the median gap, None if some seed has no valid schedule."""
        found = [made for made in self.makespans if made is not None]
        if len(found) < len(self.makespans):
            return None
        return statistics.median(found) / self.best_known - 1.0


class Mean(msgspec.Struct, frozen=True):
    """Instances of a kind: their number, the number unsolved, and the mean gap of the others (None if there are none)."""

    instances: int
    unsolved: int
    gap: float | None


def measured(
    name: str, instance: Instance, best: int, seeds: range, clock: Callable[[], float], seconds: float, cores: int
) -> Row:
    """Solve an instance once with each seed, for ``seconds`` of ``clock`` each on ``cores`` threads, and check the results."""
    solve_instance(instance, iterations=1)
    makespans: list[int | None] = []
    moves: list[int] = []
    bound = 0
    for seed in seeds:
        until = clock() + seconds
        with ThreadPoolExecutor(cores) as threads:
            answer = solve_instance(
                instance,
                stop=lambda until=until: clock() > until,  # type: ignore[misc]
                iterations=1 << 40,
                seed=seed,
                executor=threads,
            )
        makespans.append(None if validate_instance(instance, answer) else answer.makespan)
        moves.append(answer.iterations)
        bound = max(bound, answer.lower_bound)
    kind = "fjsp" if any(len(op) > 1 for job in instance.jobs for op in job) else "jsp"
    return Row(name, kind, sum(map(len, instance.jobs)), best, tuple(makespans), tuple(moves), bound)


def told(row: Row) -> dict[str, object]:
    """Return a row with its gap, for JSON output."""
    return {**msgspec.structs.asdict(row), "gap": row.gap}


def line(row: Row) -> str:
    """Return a row as text."""
    gap = "unsolved" if row.gap is None else f"{row.gap:8.2%}"
    found = " ".join("none" if made is None else str(made) for made in row.makespans)
    return f"{row.name:26} {row.kind:5} {row.operations:8} {row.best_known:9} {gap}  {found}  ({max(row.moves)} moves)"


def means(rows: list[Row]) -> dict[str, Mean]:
    """Return the mean gap of each kind of instance."""
    found: dict[str, Mean] = {}
    for kind in sorted({row.kind for row in rows}):
        gaps = [row.gap for row in rows if row.kind == kind]
        solved = [gap for gap in gaps if gap is not None]
        found[kind] = Mean(len(gaps), len(gaps) - len(solved), statistics.mean(solved) if solved else None)
    return found


def main(words: list[str] | None = None) -> None:
    """Measure and print as the command line requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    known = json.loads((asked.folder / "best_known.json").read_text())
    files = {name: asked.folder / "instances" / f"{name}.json" for name in asked.names or sorted(known)}
    clock = time.process_time if asked.cpu else time.monotonic
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    rows: list[Row] = []
    for name, file in files.items():
        if not asked.names and not file.exists():
            continue
        instance = parse_instance(file.read_text())
        rows.append(measured(name, instance, known[name]["ub"], seeds, clock, asked.seconds, asked.cores))
        print(line(rows[-1]), flush=True)
    for kind, mean in means(rows).items():
        gap = "none" if mean.gap is None else f"{mean.gap:.2%}"
        print(f"{kind}: mean gap {gap} over {mean.instances} instances, {mean.unsolved} unsolved", flush=True)
    if asked.json:
        asked.json.write_bytes(
            msgspec.json.format(msgspec.json.encode({"rows": [told(row) for row in rows], "means": means(rows)}))
        )


if __name__ == "__main__":
    main()
