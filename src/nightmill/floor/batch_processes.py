"""Loading and unloading of ovens, washers and tumblers by people."""

from itertools import groupby

from nightmill.floor.dispatch_round import Round
from nightmill.floor.records import LoadState, PartState
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.dispatching import LOADING
from nightmill.vocabulary.events import ScheduleLine
from nightmill.vocabulary.ids import operation_id
from nightmill.vocabulary.shop import Finishing, WorkUnit
from nightmill.vocabulary.units import HOUR_S


def treatment_of(floor: Round, part: PartState) -> Finishing | None:
    """Return the next treatment of a cut, good part in an oven, washer or tumbler."""
    steps = floor.shop.treatments_of(part.item)
    return steps[part.treated] if part.treated < len(steps) else None


def use_processes(floor: Round) -> None:
    """Unload the parts whose treatment is finished, and load the next parts in the schedule."""
    for unit in floor.shop.units("process"):
        if unit.id in floor.busy_units or floor.persons < 1:
            continue
        load = floor.state.loads.get(unit.id)
        if load is None:
            _put_in(floor, unit)
        elif load.done:
            _take_out(floor, unit, load)


def _take_out(floor: Round, unit: WorkUnit, load: LoadState) -> None:
    """Return the parts that go to the same place next. A held part with all its treatments done stays in until a person has decided on it;
    a held part with further treatments elsewhere is put aside, because it would block the oven for others.
    """
    goals: dict[str, list[str]] = {}
    load_s = 0.0
    for serial in load.serials:
        part = floor.state.parts[serial]
        steps = floor.shop.treatments_of(part.item)
        load_s = max([load_s, *(step.load_s for step in steps if step.name == load.operation)])
        if part.disposition in {"scrap", "quarantine"}:
            goals.setdefault(part.disposition, []).append(serial)
        elif part.treated < len(steps):
            goals.setdefault("wip", []).append(serial)
        elif not floor.state.held(serial):
            goals.setdefault("finished", []).append(serial)
    for goal, serials in goals.items():
        seconds = load_s * len(serials)
        if floor.issue(c.UnloadParts(floor.next_id("unload"), unit.id, tuple(serials), goal, seconds)):
            return


def _put_in(floor: Round, unit: WorkUnit) -> None:
    """Return the earliest planned load, or a later one if that would be finished before the earliest starts."""
    lines = sorted((line for line in floor.state.schedule if line.machine == unit.id), key=lambda line: line.start_s)
    first_s = None
    for start_s, group in groupby(lines, key=lambda line: line.start_s):
        planned = [line for line in group if _expected(floor, line)]
        if not planned:
            continue
        step = _step_of(floor, planned[0])
        ready = [line for line in planned if _ready(floor, line)]
        ends_s = floor.state.now_s + step.load_s * len(ready) + HOUR_S * step.hours
        due = _due(floor, step, start_s, len(ready))
        if ready and (first_s is None or ends_s <= first_s) and (due or len(ready) == len(planned)):
            _begin(floor, unit, step, ready)
            return
        if first_s is None and (ready or not due):
            first_s = start_s


def _step_of(floor: Round, line: ScheduleLine) -> Finishing:
    """Return the outstanding treatment in a schedule line."""
    item = floor.state.parts[line.serial].item
    return next(step for step in floor.shop.treatments_of(item) if line.operation == operation_id(item, step.name))


def _ready(floor: Round, line: ScheduleLine) -> bool:
    """Return whether the part can be loaded now for this schedule line."""
    part = floor.state.parts[line.serial]
    if part.place != "wip" or part.disposition != "good" or floor.state.held(part.serial):
        return False
    left = floor.shop.treatments_left(part.item, part.treated)
    return left[:1] == (line.operation,) and part.serial not in floor.treating


def _expected(floor: Round, line: ScheduleLine) -> bool:
    """Return whether the line is still outstanding, that is, its part is on its way and still needed."""
    part = floor.state.parts[line.serial]
    wanted = part.disposition in {"", "good"} and not floor.state.held(part.serial)
    left = floor.shop.treatments_left(part.item, part.treated)
    return wanted and line.operation in (left[1:] if part.serial in floor.treating else left)


def _due(floor: Round, step: Finishing, start_s: float, count: int) -> bool:
    """Return whether to stop waiting for parts: the planned start is well past, or people leave soon."""
    now_s, leaves_s = floor.state.now_s, floor.wishes.leaves_s
    if leaves_s is not None and start_s <= leaves_s and leaves_s - now_s < LOADING.last_call_s + step.load_s * count:
        return True
    return now_s >= start_s + LOADING.patience_s(HOUR_S * step.hours)


def _begin(floor: Round, unit: WorkUnit, step: Finishing, ready: list[ScheduleLine]) -> None:
    """Load the planned parts and, while there is space, other parts that are ready for the same treatment, if people stay long enough."""
    serials = [line.serial for line in ready]
    for line in floor.state.schedule:
        alike = len(serials) < unit.places and line.serial not in serials and _ready(floor, line)
        own = treatment_of(floor, floor.state.parts[line.serial]) if alike else None
        if own is not None and own.family == step.family and unit.id in own.machines:
            serials.append(line.serial)
    serials = serials[: unit.places]
    run_s, leaves_s = HOUR_S * step.hours, floor.wishes.leaves_s
    if leaves_s is not None:
        there_s = leaves_s - floor.state.now_s - (run_s if step.attended else 0.0)
        serials = serials[: max(0, int(there_s // step.load_s))] if step.load_s > 0 else serials * (there_s >= 0)
    if not serials:
        return
    load_s = step.load_s * len(serials)
    command = c.TreatParts(
        floor.next_id("treat"), unit.id, tuple(serials), step.name, load_s, run_s, attended=step.attended
    )
    if floor.issue(command):
        floor.treating.update(serials)
