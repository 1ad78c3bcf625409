"""Rules of physics, presence and stock: decide whether a command can be executed now."""

from collections.abc import Callable
from typing import Any

from nightmill.drivers.virtual_shop.state import Mill, Pallet, Reality
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.shop import BLANK_PREFIX, cutter_kind, holds_tool

OFFSET_LIMIT_MM = 1.0
"""Controls refuse wear values above a machine parameter (FANUC 5013); 1 mm is a usual setting."""
DESTINATIONS = ("wip", "finished", "scrap", "quarantine")
REWORKABLE = ("wip", "quarantine")


def refusal(reality: Reality, command: c.AnyCommand) -> str:
    """Return the reason why ``command`` can't be executed now; empty if it can."""
    return _RULES[type(command)](reality, command)


def _attended(reality: Reality) -> str:
    if reality.presence.persons(reality.now_s) == 0:
        return "nobody present: the command needs a person, and no shift is on duty"
    if reality.persons_free() < 1:
        return "no person free: everybody present is busy"
    return ""


def _loaded(reality: Reality, name: str, serial: str, unit: str) -> str:
    pallet = reality.pallet(name)
    if pallet is None:
        return f"unknown pallet {name}"
    if pallet.engaged:
        return f"busy: {pallet.engaged}"
    if pallet.place != unit:
        return f"pallet {name} is at {pallet.place}, not at {unit}"
    if pallet.serial != serial:
        return f"pallet {name} carries {pallet.serial or 'nothing'}, not {serial}"
    return ""


def _unit(reality: Reality, name: str, kind: str) -> str:
    unit = reality.units.get(name)
    if unit is None or unit.kind != kind:
        return f"{name or 'no unit'} is not a {kind}"
    return f"busy: {reality.occupied[name]}" if name in reality.occupied else ""


def _mill(reality: Reality, name: str, modes: tuple[str, ...]) -> str:
    mill = reality.mills.get(name)
    if mill is None:
        return f"{name or 'no unit'} is not a mill or lathe"
    if mill.mode not in modes:
        return f"alarm: {name} is down" if mill.mode == "down" else f"busy: {name} is {mill.mode}"
    return ""


def _slot(reality: Reality, machine: str, tool: int) -> str:
    return "" if tool in reality.mills[machine].slots else f"tool T{tool} has no place on {machine}"


def _store(reality: Reality, command: c.StoreProgram) -> str:
    return "" if command.unit in reality.mills else f"{command.unit or 'no unit'} is not a mill or lathe"


def _mount(reality: Reality, command: c.MountPart) -> str:
    reason = _unit(reality, command.unit, "bench") or _attended(reality)
    if reason:
        return reason
    pallet = reality.pallet(command.pallet)
    reason = _within_reach(pallet, command.pallet, command.unit)
    if reason or pallet is None:
        return reason
    if pallet.serial:
        return f"pallet {pallet.id} carries {pallet.serial}"
    part = reality.parts.get(command.serial)
    if command.blank_item:
        if part is not None:
            return f"serial {command.serial} exists already and is in {part.place}"
        if reality.stock.get(command.blank_item, 0) < 1:
            return f"no stock of {command.blank_item}"
        return ""
    if part is None:
        return f"no part {command.serial}, and the command names no blank"
    return "" if part.place in REWORKABLE else f"part {command.serial} is in {part.place}"


def _within_reach(pallet: Pallet | None, name: str, bench: str) -> str:
    if pallet is None:
        return f"unknown pallet {name}"
    if pallet.engaged:
        return f"busy: {pallet.engaged}"
    # The bench is next to the pool, so a person reaches a pallet in either place.
    return (
        ""
        if pallet.place in ("pool", bench)
        else f"pallet {pallet.id} is at {pallet.place}, not at {bench} or in the pool"
    )


def _dismount(reality: Reality, command: c.DismountPart) -> str:
    reason = _unit(reality, command.unit, "bench") or _attended(reality)
    pallet = reality.pallet(command.pallet)
    reason = reason or _within_reach(pallet, command.pallet, command.unit)
    if reason or pallet is None:
        return reason
    if pallet.serial != command.serial:
        return f"pallet {pallet.id} carries {pallet.serial or 'nothing'}, not {command.serial}"
    return "" if command.destination in DESTINATIONS else f"unknown destination {command.destination}"


def _move(reality: Reality, command: c.MovePallet) -> str:
    robot = command.unit
    reason = _unit(reality, robot, "robot")
    pallet = reality.pallet(command.pallet)
    if reason or pallet is None:
        return reason or f"unknown pallet {command.pallet}"
    if pallet.engaged:
        return f"busy: {pallet.engaged}"
    if pallet.place != command.origin:
        return f"pallet {pallet.id} is at {pallet.place}, not at {command.origin}"
    goal = command.destination
    if goal == command.origin:
        return f"pallet {pallet.id} is at {goal} already"
    if goal == "pool":
        return ""
    unit = reality.units.get(goal)
    if unit is None or unit.kind == "robot":
        return f"unknown destination {goal}"
    if goal in reality.at_unit:
        return f"occupied: {reality.at_unit[goal]} is at {goal}"
    return f"busy: {goal} is cutting" if goal in reality.mills and reality.mills[goal].mode == "cutting" else ""


def _cycle(reality: Reality, command: c.StartCycle) -> str:
    reason = _mill(reality, command.unit, ("idle",)) or _loaded(reality, command.pallet, command.serial, command.unit)
    if reason:
        return reason
    pallet, mill = reality.pallets[command.pallet], reality.mills[command.unit]
    if pallet.operation != command.operation:
        return f"{command.serial} is mounted for {pallet.operation}, not for {command.operation}"
    program = mill.programs.get(command.operation)
    if program is None or program.sha256 != command.program_sha256:
        held = program.sha256[:12] if program else "none"
        return f"program {command.program_sha256[:12]} isn't on {command.unit} (stored for {command.operation}: {held})"
    return _tools(mill, program.reading.tools)


def _tools(mill: Mill, uses: tuple[Any, ...]) -> str:
    for use in uses:
        slot = mill.slots.get(use.number)
        if slot is None:
            return f"tool T{use.number} isn't in the magazine of {mill.unit.id}"
        if slot.active.broken:
            return f"tool T{use.number} is broken: edge {slot.active.id}"
    return ""


def _measure(reality: Reality, command: c.MeasurePart) -> str:
    reason = _unit(reality, command.unit, "gauge") or _loaded(reality, command.pallet, command.serial, command.unit)
    if reason:
        return reason
    errors = reality.parts[command.serial].errors_um
    missing = [task.characteristic for task in command.tasks if (task.operation, task.tool) not in errors]
    return "not cut yet: " + ", ".join(missing) if missing else ""


def _picture(reality: Reality, command: c.TakeImage) -> str:
    return _unit(reality, command.unit, "vision") or _loaded(reality, command.pallet, command.serial, command.unit)


def _treat(reality: Reality, command: c.TreatParts) -> str:
    reason = _unit(reality, command.unit, "process") or _attended(reality)
    if reason:
        return reason
    if command.unit in reality.inside:
        return f"{command.unit} holds {', '.join(reality.inside[command.unit])}"
    most = reality.units[command.unit].places
    if not 1 <= len(command.serials) <= most:
        return f"{len(command.serials)} parts; {command.unit} takes 1 to {most}"
    if not (command.duration_s > 0 and command.load_s >= 0):
        return f"invalid times: duration {command.duration_s} s, loading {command.load_s} s"
    for serial in command.serials:
        part = reality.parts.get(serial)
        if part is None or part.place != "wip":
            return f"part {serial} is {'unknown' if part is None else f'in {part.place}'}, not in wip"
    return ""


def _unload(reality: Reality, command: c.UnloadParts) -> str:
    reason = _unit(reality, command.unit, "process") or _attended(reality)
    if reason:
        return reason
    missing = set(command.serials) - set(reality.inside.get(command.unit, ()))
    if missing or not command.serials:
        return f"{', '.join(sorted(missing)) or 'nothing'} is not in {command.unit}"
    return "" if command.destination in DESTINATIONS else f"unknown destination {command.destination}"


def _offset(reality: Reality, command: c.WriteOffset) -> str:
    reason = "" if command.unit in reality.mills else f"{command.unit or 'no unit'} is not a mill or lathe"
    reason = reason or _slot(reality, command.unit, command.tool)
    if not reason and not abs(command.offset_mm) <= OFFSET_LIMIT_MM:
        return f"offset {command.offset_mm} mm is beyond {OFFSET_LIMIT_MM} mm"
    return reason


def _replace(reality: Reality, command: c.ReplaceTool) -> str:
    reason = _mill(reality, command.unit, ("idle",)) or _slot(reality, command.unit, command.tool)
    if not reason and reality.mills[command.unit].slots[command.tool].sisters < 1:
        return f"no sister of T{command.tool} left on {command.unit}"
    return reason


def _load(reality: Reality, command: c.LoadTool) -> str:
    reason = _mill(reality, command.unit, ("idle", "cutting", "down")) or _attended(reality)
    if reason:
        return reason
    if command.count < 1:
        return f"count {command.count} must be 1 or more"
    if command.tool not in reality.tools:
        return f"unknown tool T{command.tool}"
    kind = cutter_kind(reality.units[command.unit])
    if not holds_tool(kind, reality.tools[command.tool]):
        return f"a {kind} doesn't hold T{command.tool}"
    left = reality.crib.get(command.tool, 0)
    return "" if left >= command.count else f"the crib holds {left} of T{command.tool}, not {command.count}"


def _maintain(reality: Reality, command: c.MaintainMachine) -> str:
    return _mill(reality, command.unit, ("idle",)) or _attended(reality)


def _repair(reality: Reality, command: c.RepairMachine) -> str:
    mill = reality.mills.get(command.unit)
    if mill is None:
        return f"{command.unit or 'no unit'} is not a mill or lathe"
    return _attended(reality) if mill.mode == "down" else f"{command.unit} isn't down; it is {mill.mode}"


def _purchase(reality: Reality, command: c.PlacePurchaseOrder) -> str:
    if command.purchase_order in reality.orders:
        return f"purchase order {command.purchase_order} was placed before"
    if command.quantity < 1:
        return f"quantity {command.quantity} must be 1 or more"
    kind, _, number = command.item.partition(":")
    if kind == "tool":
        known = number.isdigit() and int(number) in reality.tools
    else:  # sawn stock is made to order, also for parts added to the shop later
        known = command.item in reality.stock or command.item.startswith(BLANK_PREFIX)
    return "" if known else f"no supplier delivers {command.item}"


def _call(reality: Reality, command: c.CallPeople) -> str:
    if command.persons < 1:
        return f"at least 1 person must be called, not {command.persons}"
    if command.to_s <= max(command.from_s, reality.now_s):
        return f"the period must end after its start and in the future: {command.from_s:.0f} s to {command.to_s:.0f} s"
    return ""


_RULES: dict[type, Callable[[Reality, Any], str]] = {
    c.StoreProgram: _store,
    c.MountPart: _mount,
    c.DismountPart: _dismount,
    c.MovePallet: _move,
    c.StartCycle: _cycle,
    c.MeasurePart: _measure,
    c.TakeImage: _picture,
    c.TreatParts: _treat,
    c.UnloadParts: _unload,
    c.WriteOffset: _offset,
    c.ReplaceTool: _replace,
    c.LoadTool: _load,
    c.MaintainMachine: _maintain,
    c.RepairMachine: _repair,
    c.PlacePurchaseOrder: _purchase,
    c.CallPeople: _call,
}
