"""Compare the factory simulator with SimPy on one job shop."""

import time
from importlib.util import find_spec
from typing import Any


def bench_twin(*, horizon_min: float, seed: int, peers: bool = True) -> dict[str, Any]:
    """Return the answer of ``nightmill bench twin``: the comparison model in our simulator and, if installed, in SimPy.

    Seconds are for the simulation alone, on one core; compiling, loading and setting up don't count. Peers
    run one after another in the same process, each over the part of the horizon that it completes in a few seconds.
    """
    from nightmill.simulation import example_job_shop as job_shop

    job_shop.run_job_shop(100.0, seed)
    began = time.perf_counter()
    answer = job_shop.run_job_shop(horizon_min, seed)
    wall = time.perf_counter() - began
    found: list[dict[str, Any]] = []
    if peers and find_spec("simpy") is not None:
        import simpy

        from nightmill.plant.bench.simpy_peer import idiomatic, tuned

        for name, model, longest in (("SimPy, hand-tuned", tuned, 2e5), ("SimPy, PreemptiveResource", idiomatic, 1e5)):
            began = time.perf_counter()
            ops, _, cycle = model(job_shop.JOB_SHOP, min(horizon_min, longest), seed)
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
