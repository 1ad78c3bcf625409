"""An order's history since it was promised: the plan behind the promise, and what has actually happened in the shop since.

Both come from the log alone. The plan is the schedule that was published with the order's first promise; the actual course has the real
times of cuts, downtimes and material arrivals, and the plan in force for the remaining work.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from nightmill.floor import ShopState, apply, empty_state
from nightmill.floor import records as on_floor
from nightmill.plant.shop_schedule.material_availability import blank_dates, tool_dates
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MaintainMachine
from nightmill.vocabulary.ids import operation_id, scheduled_id
from nightmill.vocabulary.shop import Shop

Plan = tuple[records.ShopProblem, records.ShopSchedule]
Presence = Sequence[tuple[float, float]]


class _Times(msgspec.Struct):
    """When an operation was mounted, cut and dismounted (at the end of handling), and where."""

    machine: str = ""
    mounted_s: float | None = None
    started_s: float | None = None
    finished_s: float | None = None
    dismounted_s: float | None = None


class _Past(msgspec.Struct):
    """The log's history since a promise; everything except ``there_s`` is recorded from the log's start and so is the same for all
    orders.
    """

    times: dict[str, _Times] = msgspec.field(default_factory=dict)
    on_pallet: dict[str, str] = msgspec.field(default_factory=dict)
    down: dict[str, list[tuple[float, float]]] = msgspec.field(default_factory=dict)
    stops: dict[str, list[tuple[float, float]]] = msgspec.field(default_factory=dict)
    there_s: dict[str, float] = msgspec.field(default_factory=dict)
    """When material and tools arrived for an operation that had to wait for them."""


def promising(log: Iterable[e.Event]) -> dict[str, int]:
    """Return the number (``seq``) of the published schedule by which each order was first promised; if there was none, the number of the
    promise.
    """
    found: dict[str, int] = {}
    published = 0
    for event in log:
        if isinstance(event.fact, e.SchedulePublished):
            published = event.seq
        elif isinstance(event.fact, e.OrderPromised):
            found.setdefault(event.fact.order, published or event.seq)
    return found


def since_published(
    log: Iterable[e.Event], shop: Shop, numbers: Collection[int], now: Plan, windows: Iterable[object]
) -> dict[int, tuple[Plan, Plan]]:
    """Return, for each event with one of these ``numbers`` (``promising``), the plan in force after it and the shop's actual course since.

    ``now``: the remaining work and its plan. ``windows``: people's presence from the shop's start on. The log is read once.
    """
    presence = tuple(windows)
    state, before = empty_state(shop), _Past()
    promised: dict[int, Plan] = {}
    pasts: dict[int, _Past] = {}
    for event in log:
        apply(state, event)
        if event.seq in numbers:
            promised[event.seq] = _as_published(state, shop, presence)
            pasts[event.seq] = _Past(before.times, before.on_pallet, before.down, before.stops)
            _note_supplies([pasts[event.seq]], state, shop)
        _note(before, list(pasts.values()), event, state, shop)
    return {
        number: (promised[number], _actual(promised[number][0], pasts[number], state, shop, now)) for number in pasts
    }


def _as_published(state: ShopState, shop: Shop, presence: Iterable[object]) -> Plan:
    """Return the problem at a promise and the plan just published; dismounting isn't in the log and is assumed as early as possible."""
    problem = shop_problem(state, shop, state.now_s + 1.0, presence)
    planned = {scheduled_id(line.serial, line.operation): line for line in state.schedule}
    attended = [(w.start_s, w.end_s) for w in problem.presence]
    rows: list[records.Assignment] = []
    for op in problem.operations:
        if op.id in planned:
            line = planned[op.id]
            off = _attended(attended, line.end_s + problem.move_s + op.measure_s, op.dismount_s)
            rows.append(
                records.Assignment(
                    op.id, op.serial, op.order, line.machine,
                    line.mount_s, line.start_s, line.end_s, off, off + op.dismount_s,
                )
            )  # fmt: skip
    return problem, _schedule(problem, rows, {})


def _attended(spans: Presence, at: float, length: float) -> float:
    """Return the first time, at or after ``at``, from which somebody is present for that long."""
    index = max(0, bisect_right(spans, (at, float("inf"))) - 1)
    for begin, end in spans[index:]:
        if max(at, begin) + length <= end:
            return max(at, begin)
    return at


def _note(past: _Past, promised: Sequence[_Past], event: e.Event, state: ShopState, shop: Shop) -> None:
    """Take an event into account: in ``past``, which all orders share, and in the supplies that the ``promised`` orders wait for."""
    fact = event.fact
    if isinstance(fact, e.OrderReceived) and promised:
        _note_supplies(promised, state, shop)
    elif isinstance(fact, e.CommandIssued) and isinstance(fact.command, MaintainMachine):
        past.stops.setdefault(fact.command.unit, []).append((event.at_s, float("inf")))
    elif isinstance(fact, e.Reported):
        _note_report(past, fact.report)
        _note_treatment(past, fact.report, state)
        if promised and isinstance(fact.report, r.Delivered):
            _note_supplies(promised, state, shop)


def _note_report(past: _Past, report: r.AnyReport) -> None:
    at = report.at_s
    if isinstance(report, r.PartMounted):
        past.on_pallet[report.serial] = report.operation
        _times(past, report.serial, report.operation).mounted_s = at
    elif isinstance(report, r.CycleStarted):
        times = _times(past, report.serial, report.operation)
        times.machine, times.started_s = report.unit, at
    elif isinstance(report, r.CycleFinished | r.CycleInterrupted):
        _times(past, report.serial, report.operation).finished_s = at
    elif isinstance(report, r.PartDismounted):
        _times(past, report.serial, past.on_pallet.pop(report.serial, "")).dismounted_s = at
    elif isinstance(report, r.MachineFailed):
        past.down.setdefault(report.unit, []).append((at, float("inf")))
    elif isinstance(report, r.MachineRepaired):
        _close(past.down, report.unit, at)
    elif isinstance(report, r.MachineMaintained):
        _close(past.stops, report.unit, at)


def _note_treatment(past: _Past, report: r.AnyReport, state: ShopState) -> None:
    """Record a treatment as an operation that is mounted when the treatment starts."""
    if not isinstance(report, r.TreatmentStarted | r.PartsTreated | r.PartsUnloaded):
        return
    for serial in report.serials:
        if isinstance(report, r.TreatmentStarted):
            past.on_pallet[serial] = report.operation
        operation = past.on_pallet.get(serial, "")
        times = _times(past, serial, operation_id(state.parts[serial].item, operation))
        if isinstance(report, r.TreatmentStarted):
            times.machine, times.mounted_s, times.started_s = report.unit, report.at_s, report.at_s
        elif isinstance(report, r.PartsTreated):
            times.finished_s = report.at_s
        else:
            times.dismounted_s = report.at_s


def _times(past: _Past, serial: str, operation: str) -> _Times:
    return past.times.setdefault(scheduled_id(serial, operation), _Times())


def _close(spans: Mapping[str, list[tuple[float, float]]], unit: str, at: float) -> None:
    if spans.get(unit):
        spans[unit][-1] = (spans[unit][-1][0], at)


def _note_supplies(pasts: Sequence[_Past], state: ShopState, shop: Shop) -> None:
    """Record when the inputs of each operation are available, as far as known now; inputs already in stock count as available now."""
    blanks, tools = blank_dates(state, shop), tool_dates(state, shop)
    for part in state.parts.values():
        route = state.routes.get(part.item)
        for operation in route.operations if route else ():
            name = scheduled_id(part.serial, operation.operation)
            expected = max(blanks.get(part.serial, 0.0), tools.get((part.serial, operation.operation), 0.0))
            for past in pasts:
                if expected > state.now_s:
                    past.there_s[name] = expected
                elif past.there_s.get(name, 0.0) > state.now_s:
                    past.there_s[name] = state.now_s


def _actual(before: records.ShopProblem, past: _Past, state: ShopState, shop: Shop, now: Plan) -> Plan:
    """Return a problem and schedule from the promise on: first the actual operations, then the planned operations."""
    problem, schedule = now
    left = {op.id: op for op in problem.operations}
    planned = {a.operation: a for a in schedule.assignments}
    rows: dict[str, records.Assignment] = {}
    operations: list[records.ShopOperation] = []
    known = {op.id: op for op in before.operations}
    for part in state.parts.values():
        route = state.routes.get(part.item)
        routed = [each.operation for each in route.operations] if route else []
        routed += [operation_id(part.item, step.name) for step in shop.treatments_of(part.item)]
        for operation in routed:
            name = scheduled_id(part.serial, operation)
            op = known.get(name) or left.get(name) or _done_operation(name, part, operation, shop)
            row = _row(op, past.times.get(name), planned.get(name), shop)
            if row is None or row.done_s <= before.now_s:
                continue
            came = min(past.there_s.get(name, 0.0), problem.now_s)
            release = min(max(came, left[name].release_s if name in left else 0.0), row.mount_s)
            operations.append(msgspec.structs.replace(op, release_s=release))
            rows[name] = row
    done: dict[str, float] = {o.id: o.completed_s for o in state.orders.values() if o.completed_s is not None}
    orders = tuple(records.ShopOrder(o.id, o.due_s, float(o.priority)) for o in state.orders.values())
    stops = tuple(
        records.PlacedMaintenance(f"{unit} {begin:g}", unit, begin, min(end, problem.now_s), 0.0)
        for unit, spans in past.stops.items()
        for begin, end in spans
        if begin < problem.now_s and (end < problem.now_s or state.machines[unit].status == "maintenance")
    )
    lived = msgspec.structs.replace(
        before,
        operations=tuple(operations),
        orders=orders,
        machines=tuple(_machine(m, past.down.get(m.id, ()), problem.now_s) for m in problem.machines),
        horizon_s=problem.horizon_s,
    )
    answer = _schedule(lived, list(rows.values()), done)
    return lived, msgspec.structs.replace(answer, maintenance=(*stops, *schedule.maintenance))


def _done_operation(name: str, part: on_floor.PartState, operation: str, shop: Shop) -> records.ShopOperation:
    """Return a completed operation of an order that arrived later."""
    return records.ShopOperation(name, part.serial, part.order, operation, (), shop.mount_s, shop.dismount_s)


def _row(
    op: records.ShopOperation, was: _Times | None, planned: records.Assignment | None, shop: Shop
) -> records.Assignment | None:
    """Return where and when an operation was, or is planned to be; None if neither is known."""
    replace = msgspec.structs.replace
    if was is None or was.mounted_s is None:
        return planned
    mount = was.mounted_s - shop.mount_s
    if planned is not None:
        start = planned.start_s if was.started_s is None else was.started_s
        return replace(planned, mount_s=min(mount, planned.mount_s), start_s=start)
    if was.started_s is None or was.finished_s is None or was.dismounted_s is None:
        return None
    return records.Assignment(
        op.id, op.serial, op.order, was.machine,
        mount, was.started_s, was.finished_s, was.dismounted_s - shop.dismount_s, was.dismounted_s,
    )  # fmt: skip


def _machine(machine: records.ShopMachine, down: Sequence[tuple[float, float]], now_s: float) -> records.ShopMachine:
    """Return the machine with all its breakdowns; an unrepaired breakdown lasts until the machine is expected back."""
    windows = [
        records.Window(begin, end if end < now_s else max(machine.free_from_s, now_s))
        for begin, end in down
        if begin < min(end, max(machine.free_from_s, now_s))
    ]
    return records.ShopMachine(
        machine.id, down=(*windows, *machine.down), places=machine.places, by_hand=machine.by_hand
    )


def _schedule(
    problem: records.ShopProblem, rows: list[records.Assignment], completed: Mapping[str, float]
) -> records.ShopSchedule:
    done: dict[str, float] = {}
    for a in rows:
        done[a.order] = max(done.get(a.order, problem.now_s), a.done_s)
    done |= completed
    promises = tuple(
        records.Promise(o.id, done.get(o.id, problem.now_s), max(0.0, done.get(o.id, problem.now_s) - o.due_s))
        for o in problem.orders
    )
    ordered = tuple(sorted(rows, key=lambda a: (a.start_s, a.machine, a.operation)))
    return records.ShopSchedule(ordered, (), promises, 0.0, 0.0, 0.0, 0.0, 0)
