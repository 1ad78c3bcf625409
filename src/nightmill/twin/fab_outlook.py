"""What a factory in AutoSched-style tables will probably do: products, lots in hand, use of its stations."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from nightmill.twin import factory as f
from nightmill.twin.autosched import AutoSchedModel, read_autosched
from nightmill.twin.averages import mean, predictive_quantile, quantile
from nightmill.twin.fab_change import apply_fab_change, read_fab_change
from nightmill.twin.kernel.engine import PLAIN, SMALL, Entries, Image, Record, Replication, compiled
from nightmill.twin.kernel.layout import lay_out, mean_of
from nightmill.twin.pairs import difference
from nightmill.twin.records import CycleTime, Difference, MachineShare
from nightmill.twin.streams import replication_key
from nightmill.vocabulary.errors import BadInput, Finding

DAY_S = 86400.0
SHARES = (0.05, 0.1, 0.5, 0.9, 0.95)


class Product(msgspec.Struct, frozen=True):
    """Lots of one line of ``order.txt``: how many were finished by the end, cycle time and share on time of these.

    Means over replications; ``None`` where none was finished.
    """

    name: str
    throughput: float
    cycle_time_days: float | None
    on_time_share: float | None


class LotCompletion(msgspec.Struct, frozen=True):
    """When a lot of ``WIP.txt`` is done, in days after 0; ``None`` where the quantile lies beyond the days."""

    order: str
    p05: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    p95: float | None


class FabAnswer(msgspec.Struct, frozen=True):
    """Simulated. ``throughput``: released lots finished a day; ``cycle_time`` in seconds, of lots released from 0 on.

    ``utilisation``: share of the time in which the machines of a station process or are set up. ``ignored``: what
    the tables ask for and the simulation doesn't know. ``wall_s``: of the simulation, reading apart.
    """

    throughput: float
    cycle_time: CycleTime
    utilisation: tuple[MachineShare, ...]
    completions: tuple[LotCompletion, ...]
    products: tuple[Product, ...]
    events: int
    ops: int
    wall_s: float
    events_per_s: float
    days: float
    replications: int
    ignored: tuple[str, ...]


class Spread(Protocol):
    """How work is spread: ``map``, or that of an executor of threads (the compiled kernel lets others run)."""

    def __call__(self, work: Callable[[int], Replication], numbers: Iterable[int], /) -> Iterable[Replication]:
        """The results in the order of the numbers."""
        ...


class FabWhatIf(msgspec.Struct, frozen=True):
    """The factory as it is and as it would be; ``differences`` over replications paired by their random numbers:
    throughput (lots a day), cycle time (days, of released lots that were finished), lots inside at the end.
    """

    change: str
    before: FabAnswer
    after: FabAnswer
    differences: tuple[Difference, ...]


def look_ahead_fab(
    files: Mapping[str, str], *, days: float, replications: int, seed: int, spread: Spread = map
) -> FabAnswer:
    """Simulate the model in the texts of a folder's files by name, for ``days`` from its earliest START.

    The same arguments give the same answer however it is spread, but for ``wall_s`` and ``events_per_s``. Raises
    ``BadInput``.
    """
    _check(days, replications)
    model = read_autosched(files)
    return _simulated(model, days, replications, seed, spread)[0]


def what_if_fab(
    files: Mapping[str, str], change: str | bytes, *, days: float, replications: int, seed: int, spread: Spread = map
) -> FabWhatIf:
    """The same futures with and without a ``change`` (JSON, see ``fab_change``). Raises ``BadInput``."""
    _check(days, replications)
    wanted = read_fab_change(change)
    model = read_autosched(files)
    changed = msgspec.structs.replace(model, factory=apply_fab_change(model.factory, wanted))
    before, was = _simulated(model, days, replications, seed, spread)
    after, is_now = _simulated(changed, days, replications, seed, spread)
    pairs = list(zip(was, is_now, strict=True))
    differences = {
        "throughput": [b.finished / days - a.finished / days for a, b in pairs],
        "cycle_time_days": [b.cycle_days - a.cycle_days for a, b in pairs if a.finished and b.finished],
        "lots_inside": [float(b.inside - a.inside) for a, b in pairs],
    }
    found = tuple(difference(name, values) for name, values in differences.items() if values)
    return FabWhatIf(msgspec.json.encode(wanted).decode(), before, after, found)


class Future(msgspec.Struct, frozen=True):
    """What is compared of a replication: released lots finished, their mean cycle time, lots inside at the end."""

    finished: int
    cycle_days: float
    inside: int


def _check(days: float, replications: int) -> None:
    if not (days > 0.0 and replications >= 1):
        found = f"{days} days, {replications} replications"
        raise BadInput(Finding("twin", "days", found, "more than 0, at least 1", "Give other numbers."))


def _simulated(
    model: AutoSchedModel, days: float, replications: int, seed: int, spread: Spread
) -> tuple[FabAnswer, list[Future]]:
    image = Image(lay_out(model.factory))
    entries = entries_for(model.factory, days * DAY_S, replications)
    began = time.perf_counter()

    def run(number: int) -> Replication:
        return _run(image, replication_key(seed, number), entries, days * DAY_S)

    runs = list(spread(run, range(replications)))
    wall = time.perf_counter() - began
    rows = [image.laid.classes[name] for name in model.products]
    futures: list[Future] = []
    for one in runs:
        finished = sum(one.number(row, "CLASS_FINISHED") for row in rows)
        total = sum(one.number(row, "CLASS_SUM") for row in rows)
        futures.append(Future(int(finished), total / max(1.0, finished) / DAY_S, int(one.number(0, "INSIDE"))))
    return _summary(model, image, runs, days, wall), futures


def entries_for(factory: f.Factory, until: float, replications: int) -> Entries:
    """Plain Python where the whole work is small, the compiled kernel otherwise."""
    return compiled() if events_ahead(factory, until) * replications > SMALL else PLAIN


def events_ahead(factory: f.Factory, until: float) -> float:
    """About how many timers come due by ``until``: a move and a process each step, a begin and an end each stop."""
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


def _run(image: Image, key: int, entries: Entries, until: float) -> Replication:
    run = Replication(image, key, entries)
    run.to(until)
    return run


def _summary(model: AutoSchedModel, image: Image, runs: Sequence[Replication], days: float, wall: float) -> FabAnswer:
    laid = image.laid
    number = {name: k for k, name in enumerate(laid.classes)}
    new = {number[name] for name in model.products}
    cycles = [r.ended - r.released for run in runs for r in run.records if r.class_number in new and r.good]
    finished = [sum(r.class_number in new and r.good for r in run.records) for run in runs]
    events = int(sum(run.number(0, "EVENTS") for run in runs))
    machines: dict[str, list[int]] = {}
    for station in model.factory.stations:
        machines[station.name] = [laid.machines[member.machine] for member in station.members]

    def used(rows: Sequence[int]) -> float:
        busy = [run.number(row, "MACHINE_BUSY") + run.number(row, "MACHINE_SETTING") for run in runs for row in rows]
        return mean(busy) / (days * DAY_S)

    return FabAnswer(
        throughput=mean(finished) / days,
        cycle_time=CycleTime(mean(cycles) if cycles else None, quantile(cycles, 0.9) if cycles else None),
        utilisation=tuple(MachineShare(name, used(rows)) for name, rows in machines.items()),
        completions=_completions(model, number, runs, days),
        products=tuple(_product(name, laid.classes[name], runs) for name in model.products),
        events=events,
        ops=int(sum(run.number(0, "OPERATIONS") for run in runs)),
        wall_s=wall,
        events_per_s=events / max(wall, 1e-9),
        days=days,
        replications=len(runs),
        ignored=model.ignored,
    )


def _product(name: str, row: int, runs: Sequence[Replication]) -> Product:
    done = [run for run in runs if run.number(row, "CLASS_FINISHED")]
    means = [run.number(row, "CLASS_SUM") / run.number(row, "CLASS_FINISHED") / DAY_S for run in done]
    on_time = [run.number(row, "CLASS_ON_TIME") / run.number(row, "CLASS_FINISHED") for run in done]
    return Product(
        name,
        mean([run.number(row, "CLASS_FINISHED") for run in runs]),
        mean(means) if done else None,
        mean(on_time) if done else None,
    )


def _completions(
    model: AutoSchedModel, number: Mapping[str, int], runs: Sequence[Replication], days: float
) -> tuple[LotCompletion, ...]:
    """Quantiles over replications of each lot in hand; one that is scrapped or still open ends never."""
    names = {number[of]: lots for of, lots in model.in_hand.items()}
    ends: dict[tuple[int, int], list[float]] = {}
    for run in runs:
        for record in run.records:
            if record.class_number in names:
                ends.setdefault((record.class_number, record.serial), []).append(_end(record))
    found: list[LotCompletion] = []
    for of, lots in names.items():
        for serial, name in enumerate(lots):
            values = ends.get((of, serial), [])
            values += [float("inf")] * (len(runs) - len(values))
            quantiles = [predictive_quantile(values, share) for share in SHARES]
            found.append(LotCompletion(name, *(q if q <= days else None for q in quantiles)))
    return tuple(found)


def _end(record: Record) -> float:
    return record.ended / DAY_S if record.good else float("inf")
