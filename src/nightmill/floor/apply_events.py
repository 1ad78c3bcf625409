"""Fold events into the state of the shop: the only place where a fact changes that state.

``apply`` is deterministic and total: the same events give the same state, live or replayed.
"""

import re
from collections.abc import Callable
from typing import Any

from nightmill.floor import work_orders
from nightmill.floor.records import (
    Cut,
    EdgeState,
    LoadState,
    MachineState,
    OrderState,
    PalletState,
    PartState,
    PurchaseState,
    RouteState,
    ShopState,
)
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import (
    AnyCommand,
    CallPeople,
    MaintainMachine,
    MountPart,
    PlacePurchaseOrder,
    RepairMachine,
    StartCycle,
)
from nightmill.vocabulary.ids import (
    AlarmSubject,
    MachineId,
    OrderId,
    PalletId,
    PartId,
    pallet_place,
    part_of,
    scheduled_id,
    serial_id,
    unit_place,
)
from nightmill.vocabulary.shop import Shop, cutter_kind

_BROKEN_TOOL = re.compile(r"tool T(\d+) is broken")
_NUMBER = re.compile(r"[0-9]{1,15}")


def empty_state(shop: Shop) -> ShopState:
    """Return the state before the first event: machines idle, pallets in the pool, stock as counted."""
    state = ShopState()
    state.pallets = {name: PalletState(PalletId(name)) for name in (f"P{n:02d}" for n in range(1, shop.pallets + 1))}
    for unit in shop.cutters():
        edges = {str(kind.tool.number): EdgeState(sisters=max(0, kind.magazine - 1)) for kind in shop.tools_of(unit)}
        state.machines[unit.id] = MachineState(MachineId(unit.id), edges=edges, kind=cutter_kind(unit))
    state.stock = {item.item: item.on_hand for item in shop.items if item.source == "buy"}
    state.crib = {str(kind.tool.number): kind.crib for kind in shop.tools}
    return state


def apply(state: ShopState, event: e.Event) -> None:
    """Apply one event to the state, in place."""
    state.version = event.seq
    state.now_s = max(state.now_s, event.at_s)
    fact = event.fact
    if isinstance(fact, e.Reported):
        state.last_report = fact.report.seq
        _apply_report(state, fact.report)
        return
    handler = _FACTS.get(type(fact))
    if handler:
        handler(state, fact, event.at_s)


def stage_of(state: ShopState, pallet: PalletState) -> str:
    """Stage of the mounted part: ``empty``, ``uncut``, ``cutting``, ``cut``."""
    if not pallet.serial:
        return "empty"
    part = state.parts[pallet.serial]
    cut = next((cut for cut in part.cuts if cut.operation == pallet.operation), None)
    if cut is None:
        return "uncut"
    return "cutting" if cut.finished_s is None and not cut.interrupted else "cut"


def _run_started(state: ShopState, fact: e.RunStarted, at_s: float) -> None:
    state.policy, state.seed = fact.policy, fact.seed


def _capacity(state: ShopState, fact: e.CapacityChecked, at_s: float) -> None:
    state.capacity = fact


def _routed(state: ShopState, fact: e.RouteCertified, at_s: float) -> None:
    state.routes[fact.part] = RouteState.of(fact)
    state.refusals.pop(fact.part, None)


def _unrouted(state: ShopState, fact: e.RouteRefused, at_s: float) -> None:
    state.refusals[fact.part] = fact.reason


def _route_released(state: ShopState, fact: e.RouteReleased, at_s: float) -> None:
    state.refusals.pop(fact.part, None)


def _adopted(state: ShopState, fact: e.PartAdopted, at_s: float) -> None:
    state.adopted.add(fact.part)
    state.stock.setdefault(fact.blank_item, 0)


def _revised(state: ShopState, fact: e.ParametersRevised, at_s: float) -> None:
    state.routes[part_of(fact.operation)].revise(fact)


def _judged_revision(state: ShopState, fact: e.ParametersJudged, at_s: float) -> None:
    state.routes[part_of(fact.operation)].judge(fact)


def _ordered(state: ShopState, fact: e.OrderReceived, at_s: float) -> None:
    if fact.remake_of:
        order = state.orders[fact.order]
        first = len(order.serials)
        added = fact.quantity
    else:
        order = OrderState(OrderId(fact.order), PartId(fact.item), fact.quantity, fact.due_s, fact.priority, at_s)
        state.orders[fact.order] = order
        first, added = 0, fact.quantity
    for n in range(first + 1, first + added + 1):
        serial = serial_id(fact.order, n)
        order.serials.append(serial)
        state.parts[serial] = PartState(serial, OrderId(fact.order), PartId(fact.item))


def _promised(state: ShopState, fact: e.OrderPromised, at_s: float) -> None:
    order = state.orders[fact.order]
    order.promise_s, order.reason = fact.promise_s, fact.reason


def _scheduled(state: ShopState, fact: e.SchedulePublished, at_s: float) -> None:
    state.schedule = list(fact.lines)
    state.repairs = {repair.machine: repair.begins_s for repair in fact.repairs}


def _issued(state: ShopState, fact: e.CommandIssued, at_s: float) -> None:
    state.issued = max(state.issued + 1, _number(fact.command))
    state.open_commands[fact.command.command_id] = fact.command
    if isinstance(fact.command, MaintainMachine):
        state.machines[fact.command.unit].status = "maintenance"
    if isinstance(fact.command, MaintainMachine | RepairMachine):
        kind = "routine" if isinstance(fact.command, MaintainMachine) else "breakdown"
        work_orders.begun(state, fact.command.unit, kind, at_s)


def _number(command: AnyCommand) -> int:
    """Return the number in the command's id; in logs of older programs it may be higher than the count of issued commands."""
    if isinstance(command, PlacePurchaseOrder | CallPeople):
        return 0  # the id has no number
    number = command.command_id.rpartition("-")[2]
    return int(number) if _NUMBER.fullmatch(number) else 0


def _acknowledged(state: ShopState, fact: e.CommandAcknowledged, at_s: float) -> None:
    if fact.command_id in state.open_commands:
        state.acknowledged.add(fact.command_id)


def _refused(state: ShopState, fact: e.CommandRefused, at_s: float) -> None:
    command = state.open_commands.pop(fact.command_id, None)
    broken = _BROKEN_TOOL.match(fact.reason)
    if isinstance(command, StartCycle) and broken:
        state.machines[command.unit].edges.setdefault(broken[1], EdgeState()).minutes = float("inf")
    _not_carried_out(state, fact.command_id, command)


def _not_carried_out(state: ShopState, command_id: str, command: AnyCommand | None) -> None:
    """Undo what the issue of a command without effect has changed."""
    state.calls.pop(command_id, None)
    if isinstance(command, MaintainMachine | RepairMachine):
        work_orders.refused(state, command.unit)
    if isinstance(command, PlacePurchaseOrder) and command.purchase_order in state.purchases:
        state.purchases[command.purchase_order].refused += 1
    if command is not None and command.unit in state.machines and state.machines[command.unit].status == "maintenance":
        state.machines[command.unit].status = "idle"


def _judged(state: ShopState, fact: e.VerdictGiven, at_s: float) -> None:
    part = state.parts[fact.serial]
    part.verdicts[f"{fact.operation}:{fact.by}"] = fact.verdict
    if fact.verdict == "again":
        part.image = ""


def _disposed(state: ShopState, fact: e.PartDisposed, at_s: float) -> None:
    _say(state, state.parts[fact.serial], fact.disposition)


def _say(state: ShopState, part: PartState, word: str) -> None:
    """Record the disposition of a part and update the counts; a later decision may replace it."""
    words = state.words.setdefault(part.item, {})
    if part.disposition:
        words[part.disposition] -= 1
    if word:
        words[word] = words.get(word, 0) + 1
    part.disposition = word
    state.parts[part.serial] = part  # active again if it was at rest


def _reviewed(state: ShopState, fact: e.PartReviewed, at_s: float) -> None:
    """Apply a review. Findings stay in the log, but after a concession or rework they no longer count against the part."""
    part = state.parts[fact.serial]
    part.review, part.reviewed_cuts = fact.decision, len(part.cuts)
    if fact.remake:
        _say(state, state.parts[fact.remake], "cancelled")
    if fact.decision not in {"use_as_is", "rework"}:
        return
    _say(state, part, "")
    against = {by: verdict for by, verdict in part.verdicts.items() if verdict in {"bad", "doubt", "again"}}
    if fact.decision == "use_as_is":
        part.verdicts |= dict.fromkeys(against, "conceded")
        return
    part.verdicts = {by: verdict for by, verdict in part.verdicts.items() if by not in against}
    part.measured = [operation for operation in part.measured if operation != part.cuts[-1].operation]
    part.image, part.rework_s = "", fact.minutes * 60.0


def _held(state: ShopState, fact: e.HoldPlaced, at_s: float) -> None:
    state.holds[fact.hold] = list(fact.serials)


def _released(state: ShopState, fact: e.HoldReleased, at_s: float) -> None:
    left = [serial for serial in state.holds.get(fact.hold, []) if serial not in fact.serials]
    if left:
        state.holds[fact.hold] = left
    else:
        state.holds.pop(fact.hold, None)


def _maintenance(state: ShopState, fact: e.MaintenancePlanned, at_s: float) -> None:
    state.maintenance[fact.machine] = fact.start_s
    work_orders.planned(state, fact, at_s)


def _assessed(state: ShopState, fact: e.HealthAssessed, at_s: float) -> None:
    state.assessed[fact.machine] = fact


def _purchased(state: ShopState, fact: e.PurchaseDecided, at_s: float) -> None:
    state.purchases[fact.purchase_order] = PurchaseState(fact.purchase_order, fact.item, fact.quantity)


def _completed(state: ShopState, fact: e.OrderCompleted, at_s: float) -> None:
    state.orders[fact.order].completed_s = at_s


def _ended(state: ShopState, fact: e.RunEnded, at_s: float) -> None:
    state.ended = True


def _alarmed(state: ShopState, fact: e.AlarmRaised, at_s: float) -> None:
    if fact.alarm == "safe_hold":
        state.safe_holds[fact.subject] = fact.text


def _let_go(state: ShopState, fact: e.SafeHoldReleased, at_s: float) -> None:
    state.safe_holds.pop(fact.subject, None)
    if fact.request:
        state.requests.add(fact.request)


def _checked(state: ShopState, fact: e.ResourceChecked, at_s: float) -> None:
    state.checked[f"{fact.unit}|{fact.resource}"] = (fact.level, at_s, fact.by)
    if fact.request:
        state.requests.add(fact.request)


def _triaged(state: ShopState, fact: e.AlarmTriaged, at_s: float) -> None:
    """Apply a triage. Only a tool change alters the state here; the other actions have their own events."""
    subject = AlarmSubject.read(fact.subject)
    tool = subject.detail.removeprefix("T")
    if fact.action == "sister_tool" and tool and subject.name in state.machines:
        state.machines[subject.name].edges.setdefault(tool, EdgeState()).minutes = float("inf")


def _taken(state: ShopState, fact: e.RequestTaken, at_s: float) -> None:
    state.requests.add(fact.request)
    if fact.refused:
        state.not_done[fact.request] = fact.refused


def _changed(state: ShopState, fact: e.OrderChanged, at_s: float) -> None:
    order = state.orders[fact.order]
    order.due_s, order.priority = fact.due_s, fact.priority


def _cancelled(state: ShopState, fact: e.OrderCancelled, at_s: float) -> None:
    state.cancelled.add(fact.order)
    if fact.order in state.orders:
        state.orders[fact.order].cancelled_s = at_s
    for serial in fact.dropped:
        _say(state, state.parts[serial], "cancelled")


def _stopped(state: ShopState, fact: e.UnitStopped, at_s: float) -> None:
    state.out_of_service[fact.unit] = fact.until_s


def _returned(state: ShopState, fact: e.UnitReturned, at_s: float) -> None:
    state.out_of_service.pop(fact.unit, None)


def _condemned(state: ShopState, fact: e.EdgeCondemned, at_s: float) -> None:
    state.machines[fact.machine].edges.setdefault(str(fact.tool), EdgeState()).minutes = float("inf")


def _limited(state: ShopState, fact: e.PresenceLimited, at_s: float) -> None:
    state.attendance.append((fact.from_s, fact.to_s, fact.persons, fact.called))
    if fact.called and (fact.from_s, fact.to_s, fact.persons) in state.coming:
        state.coming.remove((fact.from_s, fact.to_s, fact.persons))


def _wanted(state: ShopState, fact: e.PeopleWanted, at_s: float) -> None:
    state.calls[fact.call] = (fact.from_s, fact.to_s, fact.persons)


def _shifted(state: ShopState, fact: e.OperationMoved, at_s: float) -> None:
    state.moved[scheduled_id(fact.serial, fact.operation)] = (fact.machine, fact.start_s)


_FACTS: dict[type[e.Fact], Callable[[ShopState, Any, float], None]] = {
    e.RunStarted: _run_started,
    e.RouteCertified: _routed,
    e.RouteRefused: _unrouted,
    e.RouteReleased: _route_released,
    e.PartAdopted: _adopted,
    e.ParametersRevised: _revised,
    e.ParametersJudged: _judged_revision,
    e.OrderReceived: _ordered,
    e.CapacityChecked: _capacity,
    e.OrderPromised: _promised,
    e.SchedulePublished: _scheduled,
    e.CommandIssued: _issued,
    e.CommandAcknowledged: _acknowledged,
    e.CommandRefused: _refused,
    e.VerdictGiven: _judged,
    e.PartDisposed: _disposed,
    e.PartReviewed: _reviewed,
    e.HoldPlaced: _held,
    e.HoldReleased: _released,
    e.MaintenancePlanned: _maintenance,
    e.HealthAssessed: _assessed,
    e.WorkOrderClosed: work_orders.closed,
    e.PurchaseDecided: _purchased,
    e.OrderCompleted: _completed,
    e.RunEnded: _ended,
    e.AlarmRaised: _alarmed,
    e.AlarmTriaged: _triaged,
    e.SafeHoldReleased: _let_go,
    e.ResourceChecked: _checked,
    e.RequestTaken: _taken,
    e.OrderChanged: _changed,
    e.OrderCancelled: _cancelled,
    e.UnitStopped: _stopped,
    e.UnitReturned: _returned,
    e.EdgeCondemned: _condemned,
    e.PresenceLimited: _limited,
    e.PeopleWanted: _wanted,
    e.OperationMoved: _shifted,
}


def _apply_report(state: ShopState, report: r.AnyReport) -> None:
    command_id = getattr(report, "command_id", "")
    if isinstance(report, r.PartMounted):
        _take_blank(state, report)
    if isinstance(report, r.CommandDeclined):
        _not_carried_out(state, command_id, state.open_commands.get(command_id))
    if command_id and not isinstance(report, r.CycleStarted | r.TreatmentStarted):
        state.open_commands.pop(command_id, None)
        state.acknowledged.discard(command_id)
    handler = _REPORTS.get(type(report))
    if handler:
        handler(state, report)


def _take_blank(state: ShopState, report: r.PartMounted) -> None:
    command = state.open_commands.get(report.command_id)
    if isinstance(command, MountPart) and command.blank_item:
        state.stock[command.blank_item] = state.stock.get(command.blank_item, 0) - 1


def _mounted(state: ShopState, report: r.PartMounted) -> None:
    part, pallet = state.parts[report.serial], state.pallets[report.pallet]
    part.place, part.rework_s = pallet_place(report.pallet), 0.0
    state.parts[report.serial] = part  # active, even if it was disposed of while a person was mounting it
    pallet.serial, pallet.operation, pallet.mounted_s = report.serial, report.operation, report.at_s


def _dismounted(state: ShopState, report: r.PartDismounted) -> None:
    state.parts[report.serial].place = report.destination
    pallet = state.pallets[report.pallet]
    pallet.serial = pallet.operation = ""


def _moved(state: ShopState, report: r.PalletMoved) -> None:
    state.pallets[report.pallet].place = report.destination


def _cycle_started(state: ShopState, report: r.CycleStarted) -> None:
    state.machines[report.unit].status = "cutting"
    cut = Cut(report.operation, report.unit, report.command_id, report.program_sha256, report.at_s)
    part = state.parts[report.serial]
    part.cuts.append(cut)
    if part.item in state.routes:
        state.routes[part.item].begin_trial(report.operation, report.program_sha256, report.serial)


def _cut_of(state: ShopState, serial: str, command_id: str) -> Cut | None:
    return next((cut for cut in state.parts[serial].cuts if cut.command_id == command_id), None)


def _cycle_finished(state: ShopState, report: r.CycleFinished) -> None:
    machine = state.machines[report.unit]
    if machine.status == "cutting":
        machine.status = "idle"
    machine.cutting_s += report.duration_s
    machine.signals = dict(report.signals)
    _use_tools(machine, report.tool_minutes, report.tool_edges)
    cut = _cut_of(state, report.serial, report.command_id)
    if cut:
        if cut.finished_s is None:
            of_mill, key = state.cut_s.setdefault(cut.machine, {}), f"{cut.operation}|{cut.program_sha256}"
            count, total_s = of_mill.get(key, (0, 0.0))
            of_mill[key] = (count + 1, total_s + report.at_s - cut.started_s)
        cut.finished_s = report.at_s
        cut.edges, cut.offsets_mm = dict(report.tool_edges), dict(report.offsets_mm)
        cut.tool_minutes, cut.energy_kwh = dict(report.tool_minutes), report.energy_kwh


def _cycle_interrupted(state: ShopState, report: r.CycleInterrupted) -> None:
    machine = state.machines[report.unit]
    if machine.status == "cutting":
        machine.status = "idle"
    _use_tools(machine, report.tool_minutes, {})
    cut = _cut_of(state, report.serial, report.command_id)
    if cut:
        cut.interrupted = report.alarm
        cut.tool_minutes = dict(report.tool_minutes)


def _use_tools(machine: MachineState, minutes: dict[str, float], edges: dict[str, str]) -> None:
    for tool, used in minutes.items():
        edge = machine.edges.setdefault(tool, EdgeState())
        edge.minutes += used
        edge.edge = edges.get(tool, edge.edge)


def _measured(state: ShopState, report: r.PartMeasured) -> None:
    part = state.parts[report.serial]
    part.readings.update(report.readings)
    pallet = state.pallet_of(report.serial)
    if pallet:
        part.measured.append(pallet.operation)


def _imaged(state: ShopState, report: r.ImageTaken) -> None:
    state.parts[report.serial].image = report.image


def _treatment_started(state: ShopState, report: r.TreatmentStarted) -> None:
    state.loads[report.unit] = LoadState(list(report.serials), report.operation, report.at_s)
    for serial in report.serials:
        state.parts[serial].place = unit_place(report.unit)


def _treated(state: ShopState, report: r.PartsTreated) -> None:
    state.loads[report.unit].done = True
    for serial in report.serials:
        state.parts[serial].treated += 1


def _unloaded(state: ShopState, report: r.PartsUnloaded) -> None:
    load = state.loads[report.unit]
    for serial in report.serials:
        state.parts[serial].place = report.destination
        load.serials.remove(serial)
    if not load.serials:
        del state.loads[report.unit]


def _offset_written(state: ShopState, report: r.OffsetWritten) -> None:
    state.machines[report.unit].edges.setdefault(str(report.tool), EdgeState()).offset_mm = report.offset_mm


def _tool_replaced(state: ShopState, report: r.ToolReplaced) -> None:
    machine = state.machines[report.unit]
    machine.edges[str(report.tool)] = EdgeState(report.edge, 0.0, report.sisters, 0.0)


def _tool_loaded(state: ShopState, report: r.ToolLoaded) -> None:
    state.machines[report.unit].edges.setdefault(str(report.tool), EdgeState()).sisters = report.sisters
    number = str(report.tool)
    state.crib[number] = max(0, report.crib - state.crib_repairs.get(number, 0))


def _failed(state: ShopState, report: r.MachineFailed) -> None:
    machine = state.machines[report.unit]
    machine.status, machine.alarm = "down", report.alarm
    machine.failures.append(report.at_s)
    work_orders.failed(state, report)


def _up(state: ShopState, report: r.MachineRepaired | r.MachineMaintained) -> None:
    machine = state.machines[report.unit]
    machine.status, machine.alarm, machine.maintained_s = "idle", "", report.at_s
    state.maintenance.pop(report.unit, None)
    work_orders.ended(state, report)


def _sampled(state: ShopState, report: r.SignalsSampled) -> None:
    state.machines[report.unit].signals = dict(report.signals)


def _delivered(state: ShopState, report: r.Delivered) -> None:
    state.purchases.pop(report.purchase_order, None)
    if report.item.startswith("tool:"):
        number = report.item.removeprefix("tool:")
        state.crib[number] = state.crib.get(number, 0) + report.quantity
    else:
        state.stock[report.item] = state.stock.get(report.item, 0) + report.quantity


def _stored(state: ShopState, report: r.ProgramStored) -> None:
    state.machines[report.unit].programs[report.operation] = report.sha256


def _called(state: ShopState, report: r.PeopleCalled) -> None:
    state.calls.pop(report.command_id, None)
    state.coming.append((report.from_s, report.to_s, report.persons))


def _accepted(state: ShopState, report: r.PurchaseAccepted) -> None:
    if report.purchase_order in state.purchases:
        state.purchases[report.purchase_order].promised_s = report.promised_s


_REPORTS: dict[type[r.Report], Callable[[ShopState, Any], None]] = {
    r.PartMounted: _mounted,
    r.PartDismounted: _dismounted,
    r.PalletMoved: _moved,
    r.CycleStarted: _cycle_started,
    r.CycleFinished: _cycle_finished,
    r.CycleInterrupted: _cycle_interrupted,
    r.PartMeasured: _measured,
    r.ImageTaken: _imaged,
    r.TreatmentStarted: _treatment_started,
    r.PartsTreated: _treated,
    r.PartsUnloaded: _unloaded,
    r.OffsetWritten: _offset_written,
    r.ToolReplaced: _tool_replaced,
    r.ToolLoaded: _tool_loaded,
    r.MachineFailed: _failed,
    r.MachineRepaired: _up,
    r.MachineMaintained: _up,
    r.SignalsSampled: _sampled,
    r.Delivered: _delivered,
    r.ProgramStored: _stored,
    r.PurchaseAccepted: _accepted,
    r.PeopleCalled: _called,
}
