"""Simulate a factory given as AutoSched-style tables or as a JSON document: products, lots in hand, stations."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.factory_change import apply_fab_change, read_fab_change
from nightmill.simulation.factory.kernel.encode import lay_out, mean_of
from nightmill.simulation.factory.kernel.replication import PLAIN, Image, Record, Replication, compiled, is_small
from nightmill.simulation.factory.read_autosched import AutoSchedModel, read_autosched
from nightmill.simulation.factory.read_json import read_factory
from nightmill.simulation.paired_difference import difference
from nightmill.simulation.results import CycleTime, Difference, MachineShare
from nightmill.stats.averages import mean, predictive_quantile, quantile
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import DAY_S

MOST_EVENTS = 1e10
"""More events than a large fab has in a century: if a replication would have more, there is a typing error in the input."""
SHARES = (0.05, 0.1, 0.5, 0.9, 0.95)


class Product(msgspec.Struct, frozen=True):
    """Lots from one line of ``order.txt``: how many were finished by the end, their cycle time and the fraction on time.

    Means over replications; ``None`` if none was finished. ``scrapped``: lots; ``lost``: lots that found no room;
    ``late_steps``: steps that started after their queue-time limit.
    """

    name: str
    throughput: float
    cycle_time_days: float | None
    on_time_share: float | None
    scrapped: float
    lost: float
    late_steps: float


class StationQueue(msgspec.Struct, frozen=True):
    """Mean number of waiting lots over time and replications, and the fraction of time in which a station's machines are blocked."""

    station: str
    waiting: float
    blocked_share: float


class PersonShare(msgspec.Struct, frozen=True):
    """The fraction of time in which a person works."""

    person: str
    share: float


class LotCompletion(msgspec.Struct, frozen=True):
    """Completion of a lot in ``WIP.txt``, in days from time 0; ``None`` if the quantile lies beyond the simulated days."""

    order: str
    p05: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    p95: float | None


class FabAnswer(msgspec.Struct, frozen=True):
    """Simulated results. ``throughput``: released lots finished per day; ``cycle_time`` in seconds, for lots released from 0 on.

    ``utilisation``: fraction of the time in which a station's machines process lots or are being set up; ``queues``: lots waiting
    there. ``ignored``: table entries that the simulation doesn't support. ``wall_s``: computing time of the simulation, without reading.
    """

    throughput: float
    cycle_time: CycleTime
    utilisation: tuple[MachineShare, ...]
    queues: tuple[StationQueue, ...]
    people: tuple[PersonShare, ...]
    completions: tuple[LotCompletion, ...]
    products: tuple[Product, ...]
    events: int
    ops: int
    wall_s: float
    events_per_s: float
    days: float
    replications: int
    ignored: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """The results kept from a replication.

    They are lots that ended; for each product how many were finished, the sum of their cycle times, how many were on time,
    scrapped and lost, and steps started too late; for each station the mean time that its machines were used and blocked, and
    the waiting lots integrated over time; for each person the time worked; counts; lots left inside.
    """

    records: tuple[Record, ...]
    finished: tuple[int, ...]
    cycle_sum: tuple[float, ...]
    on_time: tuple[int, ...]
    scrapped: tuple[int, ...]
    lost: tuple[int, ...]
    late_steps: tuple[int, ...]
    used: tuple[float, ...]
    blocked: tuple[float, ...]
    waiting: tuple[float, ...]
    worked: tuple[float, ...]
    events: int
    operations: int
    inside: int


class Spread(Protocol):
    """A function that distributes work: ``map``, or the ``map`` of a thread or process pool.

    The compiled kernel releases the interpreter's lock; the work can be pickled.
    """

    def __call__(self, work: Callable[[int], Outcome], numbers: Iterable[int], /) -> Iterable[Outcome]:
        """Return the results in the order of the numbers."""
        ...


class Futures:
    """Runs one replication by number: a copy of the laid-out factory is run to the end. Can be pickled."""

    def __init__(self, model: AutoSchedModel, image: Image, seed: int, until: float, plain: bool) -> None:
        laid = image.laid
        self.image, self.seed, self.until, self.plain = image, seed, until, plain
        self.products = [laid.classes[name] for name in model.products]
        self.stations = [[laid.machines[member.machine] for member in s.members] for s in model.factory.stations]
        self.queues = [laid.stations[s.name] for s in model.factory.stations]
        self.persons = [laid.persons[person.name] for person in model.factory.persons]

    def __call__(self, number: int) -> Outcome:
        """Run replication ``number``."""
        run = Replication(self.image, replication_key(self.seed, number), PLAIN if self.plain else compiled())
        run.to(self.until)

        def counted(column: str) -> tuple[int, ...]:
            return tuple(int(run.number(row, f"CLASS_{column}")) for row in self.products)

        return Outcome(
            records=tuple(run.records),
            finished=counted("FINISHED"),
            cycle_sum=tuple(run.number(row, "CLASS_SUM") for row in self.products),
            on_time=counted("ON_TIME"),
            scrapped=counted("SCRAPPED"),
            lost=counted("LOST"),
            late_steps=counted("LATE_STEPS"),
            used=tuple(
                mean([run.number(row, "MACHINE_BUSY") + run.number(row, "MACHINE_SETTING") for row in rows])
                for rows in self.stations
            ),
            blocked=tuple(mean([run.number(row, "MACHINE_BLOCKED") for row in rows]) for rows in self.stations),
            waiting=tuple(run.number(row, "STATION_AREA") for row in self.queues),
            worked=tuple(run.number(row, "PERSON_WORKED") for row in self.persons),
            events=int(run.number(0, "EVENTS")),
            operations=int(run.number(0, "OPERATIONS")),
            inside=int(run.number(0, "INSIDE")),
        )


class FabWhatIf(msgspec.Struct, frozen=True):
    """The factory as it is and with the change, and the ``differences`` over replications paired by their random numbers.

    The differences cover throughput (lots per day), cycle time (days, for released lots that were finished) and lots inside at the end.
    """

    change: str
    before: FabAnswer
    after: FabAnswer
    differences: tuple[Difference, ...]


def look_ahead_fab(
    files: Mapping[str, str], *, days: float, replications: int, seed: int, spread: Spread = map
) -> FabAnswer:
    """Simulate the tables in a folder's files, given as texts by name, or a factory's JSON, for ``days`` from the earliest START.

    The same arguments give the same result however the work is distributed, except for ``wall_s`` and ``events_per_s``. Raises
    ``BadInput``.
    """
    _check(days, replications)
    return _simulated(_read(files), days, replications, seed, spread)[0]


def _read(files: Mapping[str, str]) -> AutoSchedModel:
    """Read AutoSched-style tables, or a factory's single document."""
    for name, text in files.items():
        if name.lower().endswith(".json"):
            return read_factory(name, text)
    return read_autosched(files)


def what_if_fab(
    files: Mapping[str, str], change: str | bytes, *, days: float, replications: int, seed: int, spread: Spread = map
) -> FabWhatIf:
    """Simulate the same futures with and without a ``change`` (JSON, see ``factory_change``). Raises ``BadInput``."""
    _check(days, replications)
    wanted = read_fab_change(change)
    model = _read(files)
    changed = msgspec.structs.replace(model, factory=apply_fab_change(model.factory, wanted))
    before, was = _simulated(model, days, replications, seed, spread)
    after, is_now = _simulated(changed, days, replications, seed, spread)
    pairs = list(zip(was, is_now, strict=True))
    differences = {
        "throughput": [sum(b.finished) / days - sum(a.finished) / days for a, b in pairs],
        "cycle_time_days": [
            (_cycle_time(b) - _cycle_time(a)) * model.unit_s / DAY_S
            for a, b in pairs
            if sum(a.finished) and sum(b.finished)
        ],
        "lots_inside": [float(b.inside - a.inside) for a, b in pairs],
    }
    found = tuple(difference(name, values) for name, values in differences.items() if values)
    return FabWhatIf(msgspec.json.encode(wanted).decode(), before, after, found)


def _cycle_time(one: Outcome) -> float:
    """Mean cycle time of released and finished lots, in the factory's unit."""
    return sum(one.cycle_sum) / sum(one.finished)


def _check(days: float, replications: int) -> None:
    if not (days > 0.0 and replications >= 1):
        found = f"{days} days, {replications} replications"
        raise BadInput(
            Finding(
                "twin", "days", found, "a number of days above 0 and at least 1 replication", "Correct the numbers."
            )
        )


def _simulated(
    model: AutoSchedModel, days: float, replications: int, seed: int, spread: Spread
) -> tuple[FabAnswer, list[Outcome]]:
    until = days * DAY_S / model.unit_s
    image = Image(lay_out(model.factory, model.file))
    ahead = events_ahead(model.factory, until)
    if ahead > MOST_EVENTS:
        found, remedy = (
            f"about {ahead:.0e} events in {days:g} days",
            "Give fewer days, or correct REPEAT, MTTF and similar values.",
        )
        raise BadInput(Finding("twin", "days", found, f"at most {MOST_EVENTS:.0e} a replication", remedy))
    plain = is_small(ahead * replications)
    if not plain:
        compiled()
    work = Futures(model, image, seed, until, plain)
    began = time.perf_counter()
    runs = list(spread(work, range(replications)))
    return _summary(model, image, runs, days, time.perf_counter() - began), runs


def events_ahead(factory: f.Factory, until: float) -> float:
    """Approximate number of timer events up to ``until``: a move and a process per step, a start and an end per stop."""
    steps = {route.name: sum(step.chance for step in route.steps) for route in factory.routes}
    of = {each.name: 1.0 + 2.0 * steps.get(each.route, 0.0) for each in factory.classes}
    total = sum(of.get(lot.lot_class, 0.0) for lot in factory.lots)
    for source in factory.sources:
        arrivals = 1.0 + until / max(mean_of(source.gap), 1e-9)
        arrivals = arrivals if source.count is None else min(arrivals, source.count)
        weight = sum(share for _, share in source.mix)
        total += arrivals * source.lots * sum(of.get(name, 0.0) * share for name, share in source.mix) / weight
    gaps = [mean_of(stop.gap) for machine in factory.machines for stop in machine.stops if stop.by == "clock"]
    return total + sum(2.0 * until / max(gap, 1e-9) for gap in gaps)


def _summary(model: AutoSchedModel, image: Image, runs: Sequence[Outcome], days: float, wall: float) -> FabAnswer:
    number = {name: k for k, name in enumerate(image.laid.classes)}
    new, until = {number[name] for name in model.products}, days * DAY_S / model.unit_s
    cycles = [
        (r.ended - r.released) * model.unit_s for run in runs for r in run.records if r.class_number in new and r.good
    ]
    finished = [float(sum(run.finished)) for run in runs]
    events = sum(run.events for run in runs)

    def shares(column: str) -> list[float]:
        rows = [getattr(run, column) for run in runs]
        return [mean(list(each)) / until for each in zip(*rows, strict=True)]

    names = [station.name for station in model.factory.stations]
    return FabAnswer(
        throughput=mean(finished) / days,
        cycle_time=CycleTime(mean(cycles) if cycles else None, quantile(cycles, 0.9) if cycles else None),
        utilisation=tuple(map(MachineShare, names, shares("used"))),
        queues=tuple(map(StationQueue, names, shares("waiting"), shares("blocked"))),
        people=tuple(map(PersonShare, [person.name for person in model.factory.persons], shares("worked"))),
        completions=_completions(model, number, runs, days),
        products=tuple(_product(name, k, runs, model.unit_s / DAY_S) for k, name in enumerate(model.products)),
        events=events,
        ops=sum(run.operations for run in runs),
        wall_s=wall,
        events_per_s=events / max(wall, 1e-9),
        days=days,
        replications=len(runs),
        ignored=model.ignored,
    )


def _product(name: str, k: int, runs: Sequence[Outcome], unit_days: float) -> Product:
    done = [run for run in runs if run.finished[k]]
    return Product(
        name,
        mean([float(run.finished[k]) for run in runs]),
        mean([run.cycle_sum[k] / run.finished[k] * unit_days for run in done]) if done else None,
        mean([run.on_time[k] / run.finished[k] for run in done]) if done else None,
        *(mean([float(getattr(run, each)[k]) for run in runs]) for each in ("scrapped", "lost", "late_steps")),
    )


def _completions(
    model: AutoSchedModel, number: Mapping[str, int], runs: Sequence[Outcome], days: float
) -> tuple[LotCompletion, ...]:
    """Return quantiles over replications for each lot in hand; a lot that is scrapped or still open never ends."""
    names = {number[of]: lots for of, lots in model.in_hand.items()}
    ends: dict[tuple[int, int], list[float]] = {}
    for run in runs:
        for record in run.records:
            if record.class_number in names:
                ends.setdefault((record.class_number, record.serial), []).append(_end(record, model.unit_s / DAY_S))
    found: list[LotCompletion] = []
    for of, lots in names.items():
        for serial, name in enumerate(lots):
            values = ends.get((of, serial), [])
            values += [float("inf")] * (len(runs) - len(values))
            quantiles = [predictive_quantile(values, share) for share in SHARES]
            found.append(LotCompletion(name, *(q if q <= days else None for q in quantiles)))
    return tuple(found)


def _end(record: Record, unit_days: float) -> float:
    return record.ended * unit_days if record.good else float("inf")
