"""Execute each command that ``rules`` has allowed: durations, effects and reports."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nightmill.drivers.virtual_shop.batch_processes import begin_treatment, begin_unloading
from nightmill.drivers.virtual_shop.cutting import activate_sister, begin_cycle, renew_machine, signals
from nightmill.drivers.virtual_shop.hidden_parameters import SupplierTruth
from nightmill.drivers.virtual_shop.state import (
    Deed,
    Mill,
    Part,
    Picture,
    ProgramReading,
    Reality,
    Slot,
    StoredProgram,
    new_edge,
)
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Item
from nightmill.vocabulary.units import DAY_S

ANSWER_S, WAY_S = 300.0, 1800.0
"""How long people who are called in take to answer, and how long to arrive after that."""


def begin(reality: Reality, command: c.AnyCommand, reading: ProgramReading | None) -> None:
    """Start an allowed command; only ``StoreProgram`` has a ``reading``."""
    if isinstance(command, c.StoreProgram) and reading is not None:
        _later(reality, command, reality.truth.people.transfer_s, partial(_stored, reality, command, reading))
    else:
        _BEGIN[type(command)](reality, command)


def begin_life(reality: Reality) -> None:
    """Start the events that need no command: telemetry at regular times, and deliveries of open purchases."""
    reality.after(reality.truth.breakdown.sample_every_s, partial(_sample, reality, 1))
    for number, receipt in enumerate(reality.shop.receipts, 1):
        order = f"RECEIPT-{number}"
        delay = _lead_s(reality, "", order, receipt.due_s)
        reality.after(delay, partial(_delivered, reality, order, receipt.item, receipt.quantity))


def _later(reality: Reality, command: c.AnyCommand, seconds: float, effect: Callable[[], None]) -> None:
    reality.carry_out(command.command_id, seconds, effect)


def _hand_s(reality: Reality, command: Any, usual_s: float, key: str) -> float:
    """Seconds of manual work: the command's planned time, at least half of the shop's usual time, with a person's scatter."""
    planned = max(command.duration_s, 0.5 * usual_s)
    scatter = reality.draws.lognormal(command.unit, "hand", key, reality.truth.people.hand_sigma)
    return float(planned * scatter)


def _stored(reality: Reality, command: c.StoreProgram, reading: ProgramReading) -> None:
    mill = reality.mills[command.unit]
    mill.programs[command.operation] = StoredProgram(command.sha256, command.material, reading)
    report = r.ProgramStored(
        reality.seq(),
        reality.now_s,
        command.unit,
        command.command_id,
        command.operation,
        command.sha256,
        reading.cycle_s,
    )
    reality.tell(report)
    reality.note(
        Deed(
            "program_stored",
            reality.now_s,
            machine=command.unit,
            operation=command.operation,
            command_id=command.command_id,
            sha256=command.sha256,
        )
    )


def _mount(reality: Reality, command: c.MountPart) -> None:
    reality.attending += 1
    pallet = reality.pallets[command.pallet]
    pallet.engaged = f"a person mounts {command.serial}"
    if command.blank_item:
        reality.stock[command.blank_item] -= 1
        reality.parts[command.serial] = Part(command.serial, command.pallet)
        reality.note(Deed("material_taken", reality.now_s, part=command.serial, item=command.blank_item, quantity=1))
    reality.parts[command.serial].place = command.pallet
    pallet.serial, pallet.operation = command.serial, command.operation
    seconds = _hand_s(reality, command, reality.shop.mount_s, f"mount {command.serial} {command.operation}")
    _later(reality, command, seconds, partial(_mounted, reality, command))


def _mounted(reality: Reality, command: c.MountPart) -> None:
    reality.attending -= 1
    reality.pallets[command.pallet].engaged = ""
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PartMounted(*head, command.pallet, command.serial, command.operation))
    reality.note(_handling("mounted", reality, command, command.operation, command.blank_item))


def _dismount(reality: Reality, command: c.DismountPart) -> None:
    reality.attending += 1
    reality.pallets[command.pallet].engaged = f"a person dismounts {command.serial}"
    operation = reality.pallets[command.pallet].operation
    seconds = _hand_s(reality, command, reality.shop.dismount_s, f"dismount {command.serial} {operation}")
    _later(reality, command, seconds, partial(_dismounted, reality, command))


def _dismounted(reality: Reality, command: c.DismountPart) -> None:
    reality.attending -= 1
    pallet = reality.pallets[command.pallet]
    pallet.serial = pallet.operation = pallet.engaged = ""
    reality.parts[command.serial].place = command.destination
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PartDismounted(*head, command.pallet, command.serial, command.destination))
    reality.note(_handling("dismounted", reality, command, "", "", command.destination))


def _handling(event: str, reality: Reality, command: Any, operation: str, item: str, place: str = "") -> Deed:
    return Deed(
        event,
        reality.now_s,
        machine=command.unit,
        part=command.serial,
        operation=operation,
        command_id=command.command_id,
        pallet=command.pallet,
        place=place,
        item=item,
    )


def _move(reality: Reality, command: c.MovePallet) -> None:
    pallet = reality.pallets[command.pallet]
    pallet.engaged = f"{command.unit} moves {pallet.id}"
    reality.occupied[command.unit] = f"{command.unit} moves {pallet.id}"
    if command.destination != "pool":
        reality.at_unit[command.destination] = pallet.id
    scatter = reality.draws.lognormal(command.unit, "move", command.command_id, reality.truth.people.robot_sigma)
    seconds = reality.units[command.unit].move_s * scatter
    _later(reality, command, seconds, partial(_moved, reality, command))


def _moved(reality: Reality, command: c.MovePallet) -> None:
    pallet = reality.pallets[command.pallet]
    pallet.engaged = ""
    pallet.place = command.destination
    reality.occupied.pop(command.unit)
    if command.origin != "pool":
        reality.at_unit.pop(command.origin, None)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PalletMoved(*head, pallet.id, command.destination))
    reality.note(
        Deed(
            "moved",
            reality.now_s,
            machine=command.unit,
            part=pallet.serial,
            command_id=command.command_id,
            pallet=pallet.id,
            place=command.destination,
            detail=command.origin,
        )
    )


def _measure(reality: Reality, command: c.MeasurePart) -> None:
    reality.occupied[command.unit] = f"{command.unit} measures {command.serial}"
    reality.pallets[command.pallet].engaged = reality.occupied[command.unit]
    _later(reality, command, reality.units[command.unit].measure_s, partial(_measured, reality, command))


def _measured(reality: Reality, command: c.MeasurePart) -> None:
    """Reading = nominal + sensitivity × radius error at the cut + gauge bias + noise (the uncertainty is taken as k = 2)."""
    reality.occupied.pop(command.unit)
    reality.pallets[command.pallet].engaged = ""
    gauge, errors = reality.units[command.unit], reality.parts[command.serial].errors_um
    bias_um = reality.draws.normal(gauge.id, "gauge bias", 0, reality.truth.dimension.gauge_bias_um)
    readings: dict[str, float] = {}
    for task in command.tasks:
        key = f"{command.command_id}|{task.characteristic}"
        noise_mm = reality.draws.normal(gauge.id, "gauge noise", key, gauge.uncertainty_mm / 2.0)
        error_mm = (task.sensitivity * errors[(task.operation, task.tool)] + bias_um) / 1000.0
        readings[task.characteristic] = round(task.nominal + error_mm + noise_mm, 6)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PartMeasured(*head, command.serial, readings))
    reality.note(_handling("measured", reality, command, "", ""))


def _picture(reality: Reality, command: c.TakeImage) -> None:
    reality.occupied[command.unit] = f"{command.unit} photographs {command.serial}"
    reality.pallets[command.pallet].engaged = reality.occupied[command.unit]
    seconds = min(reality.units[command.unit].measure_s, 120.0)
    _later(reality, command, seconds, partial(_pictured, reality, command))


def _pictured(reality: Reality, command: c.TakeImage) -> None:
    reality.occupied.pop(command.unit)
    reality.pallets[command.pallet].engaged = ""
    part = reality.parts[command.serial]
    part.images += 1
    name = f"{command.serial}-{part.images}.png"
    key = reality.draws.key(command.unit, "image", name)
    reality.pictures[name] = Picture(key, part.roughness_um, part.defect, part.defect_size)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.ImageTaken(*head, command.serial, name))
    reality.note(_handling("pictured", reality, command, "", part.defect, name))


def _offset(reality: Reality, command: c.WriteOffset) -> None:
    reality.mills[command.unit].offsets_mm[command.tool] = command.offset_mm
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.OffsetWritten(*head, command.tool, command.offset_mm))
    reality.note(
        Deed(
            "offset_written",
            reality.now_s,
            machine=command.unit,
            command_id=command.command_id,
            tool=command.tool,
            offsets_mm={str(command.tool): command.offset_mm},
        )
    )


def _replace(reality: Reality, command: c.ReplaceTool) -> None:
    mill = reality.mills[command.unit]
    mill.mode = "changing a tool"

    def end() -> None:
        mill.mode = "idle"
        activate_sister(reality, mill, command.tool, command.command_id)

    _later(reality, command, mill.limits.tool_change_s, end)


def _load(reality: Reality, command: c.LoadTool) -> None:
    reality.attending += 1
    reality.crib[command.tool] -= command.count
    seconds = _hand_s(reality, command, 120.0, f"load {command.command_id}")
    _later(reality, command, seconds, partial(_loaded, reality, command))


def _loaded(reality: Reality, command: c.LoadTool) -> None:
    reality.attending -= 1
    mill = reality.mills[command.unit]
    slot = mill.slots.get(command.tool)
    if slot is None:
        tool = reality.tools[command.tool]
        slot = Slot(tool, new_edge(mill.unit.id, tool, 1, reality.truth, reality.draws), command.count - 1)
        mill.slots[command.tool] = slot
    else:
        slot.sisters += command.count
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.ToolLoaded(*head, command.tool, slot.sisters, reality.crib[command.tool]))
    reality.note(
        Deed(
            "tool_loaded",
            reality.now_s,
            machine=command.unit,
            command_id=command.command_id,
            tool=command.tool,
            quantity=command.count,
        )
    )
    if slot.active.broken and mill.mode == "idle":
        activate_sister(reality, mill, command.tool, "")


def _maintain(reality: Reality, command: c.MaintainMachine) -> None:
    mill = reality.mills[command.unit]
    mill.mode = "maintained"
    reality.attending += 1
    work_s = _hand_s(reality, command, reality.shop.maintenance_s, f"maintain {mill.renewals}")
    ends_s = reality.presence.work_ends_s(reality.now_s, work_s)
    _later(reality, command, ends_s - reality.now_s, partial(_maintained, reality, command, mill))


def _maintained(reality: Reality, command: c.MaintainMachine, mill: Mill) -> None:
    reality.attending -= 1
    mill.mode = "idle"
    found = "worn" if mill.age_h / mill.life_h > 0.6 else "good"
    renew_machine(reality, mill)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.MachineMaintained(*head, found))
    reality.note(Deed("maintained", reality.now_s, machine=command.unit, command_id=command.command_id, detail=found))


def _repair(reality: Reality, command: c.RepairMachine) -> None:
    """Repair a machine; the time is lognormal (MIL-HDBK-472, procedure I; Kline, IEEE Trans. Rel. 33/4, 1984), in hours of presence."""
    mill = reality.mills[command.unit]
    mill.mode = "repaired"
    reality.attending += 1
    scatter = reality.draws.lognormal(command.unit, "repair", mill.failures, reality.truth.breakdown.repair_sigma)
    ends_s = reality.presence.work_ends_s(reality.now_s, reality.shop.repair_s * scatter)
    _later(reality, command, ends_s - reality.now_s, partial(_repaired, reality, command, mill))


def _repaired(reality: Reality, command: c.RepairMachine, mill: Mill) -> None:
    reality.attending -= 1
    mill.mode = "idle"
    cause, mill.cause = mill.cause, ""
    if cause == "bearing":
        renew_machine(reality, mill)
    else:
        own = reality.truth.machine.get(command.unit)
        mean_h = (own.sudden_mean_h if own else None) or reality.truth.breakdown.sudden_mean_h
        mill.sudden_at_h = mill.spindle_h + mean_h * reality.draws.exponential(command.unit, "sudden", mill.failures)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.MachineRepaired(*head, cause))
    reality.note(Deed("repaired", reality.now_s, machine=command.unit, command_id=command.command_id, detail=cause))


def _purchase(reality: Reality, command: c.PlacePurchaseOrder) -> None:
    reality.orders[command.purchase_order] = command.item
    promise_s = reality.now_s + _promised_days(reality, command.item) * DAY_S
    _later(reality, command, reality.truth.supply.confirm_s, partial(_confirmed, reality, command, promise_s))
    delay = _lead_s(reality, command.supplier, command.purchase_order, promise_s - reality.now_s)
    reality.after(
        max(delay, reality.truth.supply.confirm_s + 1.0),
        partial(_delivered, reality, command.purchase_order, command.item, command.quantity),
    )
    reality.note(
        Deed(
            "ordered",
            reality.now_s,
            command_id=command.command_id,
            item=command.item,
            quantity=command.quantity,
            detail=command.purchase_order,
        )
    )


def _call(reality: Reality, command: c.CallPeople) -> None:
    """Call people in; they take some time to answer, and more to arrive."""
    _later(reality, command, ANSWER_S, partial(_answered, reality, command))


def _answered(reality: Reality, command: c.CallPeople) -> None:
    from_s = max(command.from_s, reality.now_s + WAY_S)
    to_s = max(command.to_s, from_s)
    reality.presence.call(from_s, to_s, command.persons)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PeopleCalled(*head, from_s, to_s, command.persons))
    reality.note(Deed("called", reality.now_s, command_id=command.command_id, quantity=command.persons))


def _confirmed(reality: Reality, command: c.PlacePurchaseOrder, promise_s: float) -> None:
    head = (reality.seq(), reality.now_s, command.supplier, command.command_id)
    reality.tell(r.PurchaseAccepted(*head, command.purchase_order, promise_s))


def _promised_days(reality: Reality, item: str) -> float:
    if item.startswith("tool:"):
        number = int(item.removeprefix("tool:"))
        return next(stock.lead_time_days for stock in reality.shop.tools if stock.tool.number == number)
    return next((each.lead_time_days for each in reality.shop.items if each.item == item), Item(item).lead_time_days)


def _lead_s(reality: Reality, supplier: str, order: str, promised_s: float) -> float:
    """Place a purchase; its lead time is lognormal about the promise, with a late tail for some orders (Silver, Pyke and Thomas, 4th ed., ch. 6)."""
    supply = reality.truth.supply
    own = reality.truth.supplier.get(supplier, SupplierTruth())
    share = own.late_share if own.late_share is not None else supply.late_share
    factor = own.late_factor if own.late_factor is not None else supply.late_factor
    seconds = promised_s * supply.lead_median * reality.draws.lognormal("supplier", "lead", order, supply.lead_sigma)
    late = reality.draws.uniform("supplier", "late", order) < share
    return seconds * (1.0 + (factor - 1.0) * reality.draws.exponential("supplier", "tail", order)) if late else seconds


def _delivered(reality: Reality, order: str, item: str, quantity: int) -> None:
    if item.startswith("tool:"):
        number = int(item.removeprefix("tool:"))
        reality.crib[number] = reality.crib.get(number, 0) + quantity
    else:
        reality.stock[item] = reality.stock.get(item, 0) + quantity
    reality.tell(r.Delivered(reality.seq(), reality.now_s, "", order, item, quantity))
    reality.note(Deed("delivered", reality.now_s, item=item, quantity=quantity, detail=order))


def _sample(reality: Reality, n: int) -> None:
    for mill in reality.mills.values():
        seen = signals(reality, mill, mill.mode == "cutting", f"sample {n}")
        reality.tell(r.SignalsSampled(reality.seq(), reality.now_s, mill.unit.id, seen))
    reality.after(reality.truth.breakdown.sample_every_s, partial(_sample, reality, n + 1))


_BEGIN: dict[type, Callable[[Reality, Any], None]] = {
    c.MountPart: _mount,
    c.DismountPart: _dismount,
    c.MovePallet: _move,
    c.StartCycle: begin_cycle,
    c.MeasurePart: _measure,
    c.TakeImage: _picture,
    c.TreatParts: begin_treatment,
    c.UnloadParts: begin_unloading,
    c.WriteOffset: _offset,
    c.ReplaceTool: _replace,
    c.LoadTool: _load,
    c.MaintainMachine: _maintain,
    c.RepairMachine: _repair,
    c.PlacePurchaseOrder: _purchase,
    c.CallPeople: _call,
}
