"""The twin of models that are not shops: AutoSched-style folders, and the comparison model beside SimPy."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nightmill.plant.named_files import told_of
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import ray_map


def autosched_answer(
    folder: Path, *, days: float, replications: int, seed: int, what_if: Path | None = None, ray: str | None = None
) -> Any:
    """The answer of ``nightmill twin --autosched``, or ``--factory`` where ``folder`` is a JSON file; with ``what_if`` the paired difference of a change.

    Replications run on as many threads as there are cores, or over the Ray cluster at the address ``ray``; the answer is
    the same.
    """
    from nightmill.twin import look_ahead_fab, what_if_fab

    files = {}
    if folder.is_file():
        from nightmill.files import read_document

        files[folder.name if folder.suffix.lower() == ".json" else f"{folder.name}.json"] = read_document(folder)
    elif not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no such folder", "a folder of tables", "Name another folder."))
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and path.name.lower().endswith((".txt", ".txt.1l")):
            files[path.name] = path.read_text(encoding="utf-8", errors="replace")
    with _spread(ray) as spread:
        if what_if is not None:
            from nightmill.files import read_document

            change = read_document(what_if)
            with told_of({"what-if": what_if}):
                return what_if_fab(files, change, days=days, replications=replications, seed=seed, spread=spread)
        return look_ahead_fab(files, days=days, replications=replications, seed=seed, spread=spread)


@contextmanager
def _spread(ray: str | None) -> Iterator[Any]:
    """Threads of this process, or Ray's workers."""
    if ray is not None:
        with ray_map(ray) as over_ray:
            yield over_ray
        return
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        yield threads.map


def bench_twin(*, horizon_min: float, seed: int, peers: bool = True) -> dict[str, Any]:
    """The answer of ``nightmill bench twin``: the comparison model, beside SimPy where that is installed.

    Seconds are of the simulation alone, on one core: what is compiled, loaded or laid out first doesn't count. Peers
    run one after the other in the same process, each over the share of the horizon that it does in a few seconds.
    """
    from nightmill.twin import JOB_SHOP, run_job_shop

    run_job_shop(100.0, seed)
    began = time.perf_counter()
    answer = run_job_shop(horizon_min, seed)
    wall = time.perf_counter() - began
    found: list[dict[str, Any]] = []
    if peers and find_spec("simpy") is not None:
        import simpy

        from nightmill.plant.simpy_job_shop import idiomatic, tuned

        for name, model, longest in (("SimPy, hand-tuned", tuned, 2e5), ("SimPy, PreemptiveResource", idiomatic, 1e5)):
            began = time.perf_counter()
            ops, _, cycle = model(JOB_SHOP, min(horizon_min, longest), seed)
            seconds = time.perf_counter() - began
            found.append(
                {"name": name, "version": simpy.__version__, "ops_per_s": ops / seconds, "mean_cycle_time_min": cycle}
            )
    return {
        "model": "bench-twin-1",
        "horizon_min": horizon_min,
        "seed": seed,
        "ops": answer.ops,
        "jobs": answer.jobs,
        "mean_cycle_time_min": answer.mean_cycle_time_min,
        "events": answer.events,
        "wall_s": wall,
        "ops_per_s": answer.ops / max(wall, 1e-9),
        "peers": found,
    }
