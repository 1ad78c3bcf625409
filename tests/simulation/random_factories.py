"""Random small factories that use every feature of the kernel, alone and together; a seed fixes each."""

from random import Random

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.kernel.codes import FEATURES


def random_factory(seed: int) -> f.Factory:
    """A factory of a few stations whose features are drawn each with its own chance."""
    draw = Random(seed)
    chance = {name: draw.random() < 0.4 for name in (
        "setups", "batch", "stops", "people", "moves", "tokens", "room", "calendar", "pipe", "limit", "keeps", "lots",
        "loop", "shared", "rules", "scrap", "rework", "sample", "delay", "tools",
    )}  # fmt: skip
    count = draw.randint(1, 4)
    machines = [f"M{k}" for k in range(draw.randint(count, count + 4))]
    stations = _stations(draw, chance, count, machines)
    routes = tuple(_route(draw, chance, f"R{k}", stations) for k in range(draw.randint(1, 3)))
    classes = tuple(
        f.LotClass(
            name=f"C{k}", route=draw.choice(routes).name, pieces=draw.randint(1, 5), priority=float(draw.randint(0, 2)),
            due=draw.choice([float("inf"), 30.0]), recorded=draw.random() < 0.3,
        )
        for k in range(draw.randint(1, 3))
    )  # fmt: skip
    in_hand = tuple(
        f.Lot(lot_class=c.name, step=draw.randrange(len(_of(routes, c.route).steps)), rank=draw.random())
        for c in draw.choices(classes, k=draw.randint(1, 6) if chance["lots"] or chance["loop"] else 0)
    )
    return f.Factory(
        stations=stations,
        machines=tuple(_machine(draw, chance, name) for name in machines),
        routes=routes,
        classes=classes,
        sources=(
            f.Source(
                name="in", gap=_law(draw, draw.uniform(2.0, 6.0)), mix=tuple((c.name, draw.random() + 0.1) for c in classes),
                lots=draw.choice([1, 1, 2]), loses=draw.random() < 0.3, count=draw.choice([None, None, 20]),
                first=draw.choice([None, 0.0]),
            ),
        ),
        lots=in_hand,
        tokens=(f.Token("pallet", draw.randint(1, 4)), f.Token("cart", draw.randint(1, 2)), f.Token("kit", 2)),
        persons=(f.Person("Ann", ("turn", "fit"), "shift" if chance["calendar"] else ""), f.Person("Bob", ("fit",))),
        calendars=(f.Calendar("shift", 24.0, ((0.0, 6.0), (8.0, draw.choice([16.0, 24.0])))),),
        moves=_moves(draw) if chance["moves"] else (),
        setups=tuple(
            f.SetupTime(draw.choice(["*", "a", "b"]), target, draw.uniform(0.1, 2.0)) for target in ("a", "b", "c")
        ),
    )  # fmt: skip


def _of(routes: tuple[f.Route, ...], name: str) -> f.Route:
    return next(route for route in routes if route.name == name)


def _law(draw: Random, mean: float) -> f.Law:
    return draw.choice(
        [
            f.constant(mean),
            f.exponential(mean),
            f.uniform(mean, 0.3 * mean),
            f.Law("erlang", mean, stages=3),
            f.Law("hyperexponential", 0.5 * mean, 2.0 * mean, 0.6),
            f.Law("lognormal", 0.0, 0.4, 0.1 * mean),
            f.Law("weibull", mean, 1.3),
            f.Law("triangular", 0.5 * mean, mean, 2.0 * mean),
            f.Law("empirical", values=(0.2 * mean, mean, 1.5 * mean)),
        ]
    )


def _stations(draw: Random, chance: dict[str, bool], count: int, machines: list[str]) -> tuple[f.Station, ...]:
    made: list[f.Station] = []
    for k in range(count):
        own = machines[k::count]
        if chance["shared"] and draw.random() < 0.5:
            own = sorted({*own, draw.choice(machines)})
        keys: tuple[tuple[f.Term, ...], ...] = ()
        if chance["rules"]:
            names = draw.sample(FEATURES, draw.randint(1, 3))
            keys = tuple((f.Term(name, draw.choice([-1.0, 1.0])),) for name in names[:2])
            keys += ((f.Term(names[-1], 0.5), f.Term("arrived", 1.0)),)
        made.append(
            f.Station(
                name=f"S{k}", members=tuple(f.Member(name, draw.choice([1.0, 1.0, 1.2])) for name in own), rule=keys,
                room=draw.randint(0, 3) if chance["room"] and draw.random() < 0.6 else None,
                place=draw.choice(["", "east", "west"]), least_setup=draw.random() < 0.5,
            )
        )  # fmt: skip
    return tuple(made)


def _machine(draw: Random, chance: dict[str, bool], name: str) -> f.Machine:
    stops: list[f.Stop] = []
    if chance["stops"]:
        for k in range(draw.randint(1, 3)):
            stops.append(
                f.Stop(
                    name=f"stop {k}", gap=_law(draw, draw.uniform(8.0, 40.0)), length=_law(draw, draw.uniform(0.5, 4.0)),
                    by=draw.choice(["clock", "use", "pieces"]) if k else "clock", failure=draw.random() < 0.5,
                    fixed=draw.random() < 0.3, first=draw.choice([None, f.constant(3.0)]),
                    tool=draw.choice(["", "drill"]) if chance["tools"] else "", skill=draw.choice(["", "fit"]),
                )
            )  # fmt: skip
            if stops[-1].by == "pieces" and stops[-1].failure:
                stops.pop()
    calendar = "shift" if chance["calendar"] and draw.random() < 0.5 else ""
    return f.Machine(name=name, stops=tuple(stops), calendar=calendar, finishes=draw.random() < 0.5)


def _route(draw: Random, chance: dict[str, bool], name: str, stations: tuple[f.Station, ...]) -> f.Route:
    length = draw.randint(1, 5)
    steps = [_step(draw, chance, k, length, stations) for k in range(length)]
    if chance["tokens"] and length > 1:
        first, last = sorted(draw.sample(range(length), 2))
        steps[first] = _with(steps[first], takes=(("pallet", 1),))
        steps[last] = _with(steps[last], gives=(("pallet", 1),), scrap=0.0)
        steps = [_with(s, scrap=0.0, chance=1.0, rework=0.0, limit=None) for s in steps]
    if chance["keeps"] and length > 1:
        where = steps[0].station
        steps[0] = _with(steps[0], keeps="lens", batch=None)
        steps[-1] = _with(steps[-1], returns="lens", station=where, batch=None, skill=steps[0].skill)
    return f.Route(name, tuple(steps), loops=chance["loop"] and draw.random() < 0.5)


def _with(step: f.Step, **changes: object) -> f.Step:
    import msgspec

    return msgspec.structs.replace(step, **changes)


def _step(draw: Random, chance: dict[str, bool], k: int, length: int, stations: tuple[f.Station, ...]) -> f.Step:
    def sometimes(name: str) -> bool:
        return chance[name] and draw.random() < 0.4

    piped = sometimes("pipe")
    batch = f.Batch(draw.randint(1, 4), draw.randint(4, 8)) if sometimes("batch") and not piped else None
    limit = None
    if sometimes("limit") and k < length - 1:
        limit = f.Limit(draw.randint(k + 1, length - 1), 4.0, draw.choice(["counted", "scrapped", "sent back"]))
    delay = sometimes("delay")
    return f.Step(
        station="" if delay else draw.choice(stations).name, time=_law(draw, draw.uniform(0.5, 3.0)),
        per_piece=draw.random() < 0.2, extra=draw.choice([0.0, 0.2]), interval=draw.choice([0.0, 0.7]) if piped else 0.0,
        piece_interval=0.1 if piped else 0.0, setup=draw.choice(["", "a", "b", "c"]) if sometimes("setups") else "",
        own_setup=draw.choice([None, 0.5]), min_run=draw.choice([0, 2]), batch=batch,
        skill=draw.choice(["turn", "fit"]) if sometimes("people") else "", attended=draw.choice(["throughout", "setup"]),
        chance=0.7 if sometimes("sample") else 1.0, rework=0.2 if sometimes("rework") else 0.0, rework_to=draw.randint(0, k),
        scrap=0.1 if sometimes("scrap") else 0.0, limit=limit, tool="drill" if sometimes("tools") else "",
    )  # fmt: skip


def _moves(draw: Random) -> tuple[f.Move, ...]:
    places = ("", "east", "west")
    pairs = [(a, b) for a in places for b in places if draw.random() < 0.6]
    return tuple(f.Move(a, b, _law(draw, 0.7), draw.choice(["", "cart"])) for a, b in pairs)
