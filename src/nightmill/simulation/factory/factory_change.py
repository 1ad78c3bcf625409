"""What-if changes to a factory in AutoSched-style tables, read from JSON and applied to the ``Factory``.

To add a change, add a struct with its field in ``FabChange``, and a line in ``apply_fab_change``.
"""

import msgspec

from nightmill.simulation.factory import model as f
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding

replace = msgspec.structs.replace


class FabChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One change; ``station`` limits a factor to one station family.

    ``add_machine``: one more machine in this family. ``release_factor``: lots arrive that many times as often.
    ``process_factor``, ``upkeep_factor``, ``repair_factor``: multiply process times, times between maintenance, and repair
    times.
    """

    add_machine: str | None = None
    release_factor: float | None = None
    process_factor: float | None = None
    upkeep_factor: float | None = None
    repair_factor: float | None = None
    station: str | None = None


def read_fab_change(text: str | bytes) -> FabChange:
    """Read a change from JSON. Raises ``BadInput``."""
    try:
        change = msgspec.json.decode(text, type=FabChange)
    except UNREADABLE as error:
        raise BadInput(_finding("", str(error), "JSON with one change")) from error
    given = [name for name in FabChange.__struct_fields__ if name != "station" and getattr(change, name) is not None]
    if len(given) != 1:
        raise BadInput(
            _finding("", ", ".join(given) or "no change", f"one of {', '.join(FabChange.__struct_fields__[:-1])}")
        )
    value = getattr(change, given[0])
    if isinstance(value, float) and not 0.0 < value < float("inf"):
        raise BadInput(_finding(given[0], str(value), "a finite number above 0"))
    return change


def apply_fab_change(factory: f.Factory, change: FabChange) -> f.Factory:
    """Return the factory with the change. Raises ``BadInput`` if the change refers to a station that doesn't exist."""
    name = change.add_machine or change.station
    names = {station.name for station in factory.stations}
    if name is not None and name not in names:
        raise BadInput(_finding("station", name, "a station family in the tables"))
    if change.add_machine is not None:
        return _with_machine(factory, change.add_machine)
    if change.release_factor is not None:
        sources = tuple(replace(s, gap=_scaled(s.gap, 1.0 / change.release_factor)) for s in factory.sources)
        return replace(factory, sources=sources)
    if change.process_factor is not None:
        return _with_process(factory, change.process_factor, change.station)
    return _with_stops(factory, change)


def _with_machine(factory: f.Factory, family: str) -> f.Factory:
    """Return one more machine like the last, with its own name so that all other machines keep their random numbers."""
    station = next(each for each in factory.stations if each.name == family)
    last = next(each for each in factory.machines if each.name == station.members[-1].machine)
    name = f"{family} {len(station.members) + 1}"
    grown = replace(station, members=(*station.members, f.Member(name, station.members[-1].factor)))
    return replace(
        factory,
        machines=(*factory.machines, replace(last, name=name)),
        stations=tuple(grown if each is station else each for each in factory.stations),
    )


def _with_process(factory: f.Factory, factor: float, station: str | None) -> f.Factory:
    def step(each: f.Step) -> f.Step:
        if station not in (None, each.station):
            return each
        interval, piece = each.interval * factor, each.piece_interval * factor
        return replace(each, time=_scaled(each.time, factor), interval=interval, piece_interval=piece)

    return replace(factory, routes=tuple(replace(r, steps=tuple(map(step, r.steps))) for r in factory.routes))


def _with_stops(factory: f.Factory, change: FabChange) -> f.Factory:
    of = [s for s in factory.stations if change.station in (None, s.name)]
    meant = {member.machine for station in of for member in station.members}

    def stop(each: f.Stop) -> f.Stop:
        if change.upkeep_factor is not None and not each.failure:
            return replace(each, gap=_scaled(each.gap, change.upkeep_factor))
        if change.repair_factor is not None and each.failure:
            return replace(each, length=_scaled(each.length, change.repair_factor))
        return each

    machines = [replace(m, stops=tuple(map(stop, m.stops))) if m.name in meant else m for m in factory.machines]
    return replace(factory, machines=tuple(machines))


def _scaled(law: f.Law, factor: float) -> f.Law:
    """Return the distribution of the time multiplied by ``factor``; tables give constant, uniform and exponential distributions."""
    return replace(law, a=law.a * factor, b=law.b * factor)


def _finding(place: str, found: str, expected: str) -> Finding:
    return Finding("what-if", place, found, expected, "Correct the file.")
