"""The comparison model ``bench-twin-1``: a re-entrant job shop with setups and breakdowns, for speed beside others.

Ten groups of two machines, five kinds of job in one Poisson stream, exponential services, setups by kind in four of
the groups, breakdowns by the clock that the job survives. Time in minutes.
"""

from nightmill.twin import factory as f

NAME = "bench-twin-1"
GAP_MIN, UP_MIN, REPAIR_MIN = 7.05, 500.0, 25.0
ROUTES = (
    "5:10.7 2:13.3 6:7.7 9:6.7 0:9.3 7:7.9 4:10.4 1:6.5",
    "9:10.7 1:6.4 3:7.8 5:10.5 6:7.1 4:9.4 0:10.3 2:10.6",
    "8:10.4 2:6.5 1:6.5 4:7.6 6:11.4 7:9.4 9:8.5 0:10.7",
    "7:8.4 5:10.0 4:8.7 1:9.6 6:10.9 8:6.6 0:10.1 2:7.3",
    "5:11.6 2:10.8 7:10.6 3:9.6 0:12.7 9:13.6 8:9.8 1:11.3",
)
SETUP_MIN = (
    (0.0, 1.1, 2.4, 2.3, 3.0),
    (2.6, 0.0, 1.6, 1.8, 2.3),
    (1.0, 1.9, 0.0, 1.3, 1.2),
    (1.1, 2.5, 1.3, 0.0, 1.5),
    (1.8, 2.7, 1.2, 1.9, 0.0),
)
GROUPS, MACHINES, SETUP_GROUPS = 10, 2, 4


def job_shop() -> f.Factory:
    """The model as a factory."""
    breakdown = f.Stop(name="breakdown", gap=f.exponential(UP_MIN), length=f.exponential(REPAIR_MIN))
    names = [[f"G{group}-{number}" for number in range(MACHINES)] for group in range(GROUPS)]
    routes: list[f.Route] = []
    for kind, text in enumerate(ROUTES):
        steps: list[f.Step] = []
        for visit in text.split():
            group, mean = visit.split(":")
            setup = f"kind {kind}" if int(group) < SETUP_GROUPS else ""
            steps.append(f.Step(station=f"G{group}", time=f.exponential(float(mean)), setup=setup))
        routes.append(f.Route(f"kind {kind}", tuple(steps)))
    pairs = [(old, new) for old in range(len(ROUTES)) for new in range(len(ROUTES))]
    return f.Factory(
        stations=tuple(
            f.Station(name=f"G{group}", members=tuple(f.Member(name) for name in names[group]))
            for group in range(GROUPS)
        ),
        machines=tuple(f.Machine(name=name, stops=(breakdown,)) for group in names for name in group),
        routes=tuple(routes),
        classes=tuple(f.LotClass(name=route.name, route=route.name) for route in routes),
        sources=(f.Source(name="jobs", gap=f.exponential(GAP_MIN), mix=tuple((route.name, 1.0) for route in routes)),),
        setups=tuple(f.SetupTime(f"kind {a}", f"kind {b}", SETUP_MIN[a][b]) for a, b in pairs),
    )
