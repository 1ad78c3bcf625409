"""The comparison model ``bench-twin-1``: a re-entrant job shop with setups and breakdowns, for speed comparisons.

Ten groups of two machines, five job types in one Poisson stream, exponential services, setups by type in four of
the groups, breakdowns by the clock that don't spoil the job. Time in minutes.
"""

from functools import lru_cache

import msgspec

from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.replication import Image, Replication, compiled

NAME = "bench-twin-1"
_ROUTES = (
    "5:10.7 2:13.3 6:7.7 9:6.7 0:9.3 7:7.9 4:10.4 1:6.5",
    "9:10.7 1:6.4 3:7.8 5:10.5 6:7.1 4:9.4 0:10.3 2:10.6",
    "8:10.4 2:6.5 1:6.5 4:7.6 6:11.4 7:9.4 9:8.5 0:10.7",
    "7:8.4 5:10.0 4:8.7 1:9.6 6:10.9 8:6.6 0:10.1 2:7.3",
    "5:11.6 2:10.8 7:10.6 3:9.6 0:12.7 9:13.6 8:9.8 1:11.3",
)
_SETUP_MIN = (
    (0.0, 1.1, 2.4, 2.3, 3.0),
    (2.6, 0.0, 1.6, 1.8, 2.3),
    (1.0, 1.9, 0.0, 1.3, 1.2),
    (1.1, 2.5, 1.3, 0.0, 1.5),
    (1.8, 2.7, 1.2, 1.9, 0.0),
)


class Visit(msgspec.Struct, frozen=True):
    """A step: the group, and the mean of the exponential service time in minutes."""

    group: int
    mean_min: float


class JobShopNumbers(msgspec.Struct, frozen=True):
    """The parameters of the model; ``setup_min[i][j]`` from type i to type j, in the first ``setup_groups`` groups."""

    groups: int
    machines: int
    setup_groups: int
    gap_min: float
    up_min: float
    repair_min: float
    routes: tuple[tuple[Visit, ...], ...]
    setup_min: tuple[tuple[float, ...], ...]


def _visit(text: str) -> Visit:
    group, mean = text.split(":")
    return Visit(int(group), float(mean))


JOB_SHOP = JobShopNumbers(
    10, 2, 4, 7.05, 500.0, 25.0, tuple(tuple(map(_visit, route.split())) for route in _ROUTES), _SETUP_MIN
)


class JobShopAnswer(msgspec.Struct, frozen=True):
    """The result of one run of the model: operations and jobs completed, mean cycle time of the jobs, number of timer events."""

    ops: int
    jobs: int
    mean_cycle_time_min: float
    events: int


def run_job_shop(horizon_min: float, seed: int) -> JobShopAnswer:
    """Run the model, compiled, from empty to ``horizon_min``; the same seed gives the same result."""
    run = Replication(_image(), replication_key(seed, 0), compiled())
    run.to(horizon_min)
    rows = run.image.laid.classes.values()
    jobs = int(sum(run.number(row, "CLASS_FINISHED") for row in rows))
    total = sum(run.number(row, "CLASS_SUM") for row in rows)
    operations, events = run.number(0, "OPERATIONS"), run.number(0, "EVENTS")
    return JobShopAnswer(int(operations), jobs, total / max(1, jobs), int(events))


@lru_cache(maxsize=1)
def _image() -> Image:
    return Image(lay_out(job_shop()))


def job_shop() -> f.Factory:
    """Return the model as a factory."""
    shop = JOB_SHOP
    breakdown = f.Stop(name="breakdown", gap=f.exponential(shop.up_min), length=f.exponential(shop.repair_min))
    names = [[f"G{group}-{number}" for number in range(shop.machines)] for group in range(shop.groups)]

    def step(visit: Visit, kind: int) -> f.Step:
        setup = f"kind {kind}" if visit.group < shop.setup_groups else ""
        return f.Step(station=f"G{visit.group}", time=f.exponential(visit.mean_min), setup=setup)

    kinds = range(len(shop.routes))
    routes = [f.Route(f"kind {kind}", tuple(step(visit, kind) for visit in shop.routes[kind])) for kind in kinds]
    return f.Factory(
        stations=tuple(
            f.Station(name=f"G{group}", members=tuple(f.Member(name) for name in names[group]))
            for group in range(shop.groups)
        ),
        machines=tuple(f.Machine(name=name, stops=(breakdown,)) for group in names for name in group),
        routes=tuple(routes),
        classes=tuple(f.LotClass(name=route.name, route=route.name) for route in routes),
        sources=(
            f.Source(name="jobs", gap=f.exponential(shop.gap_min), mix=tuple((route.name, 1.0) for route in routes)),
        ),
        setups=tuple(f.SetupTime(f"kind {a}", f"kind {b}", shop.setup_min[a][b]) for a in kinds for b in kinds),
    )
