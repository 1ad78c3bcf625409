"""Gates: shop rules that stop a command from being issued now. A command that passes all gates is safe to send once.
The refusal names the gate. No gate can be skipped, even if a person orders it.
"""

from nightmill.floor.apply_events import stage_of
from nightmill.floor.records import ShopState
from nightmill.vocabulary import commands as c


def gate(state: ShopState, command: c.AnyCommand, *, tool_life: dict[str, float]) -> str | None:
    """Return the reason why ``command`` may not be issued in ``state``, or ``None`` if it may.

    ``tool_life``: minutes an edge may cut, by tool number as text.
    """
    if state.safe_holds:
        return f"the cell holds still: {next(iter(state.safe_holds.values()))}"
    goal = command.destination if isinstance(command, c.MovePallet) else command.unit
    if goal in state.out_of_service and isinstance(command, c.MovePallet | c.StartCycle | c.TreatParts):
        return f"{goal} is out of service"
    if isinstance(command, c.StartCycle):
        return _cycle_gate(state, command, tool_life)
    if isinstance(command, c.MountPart):
        return _mount_gate(state, command)
    if isinstance(command, c.DismountPart):
        return _dismount_gate(state, command)
    if isinstance(command, c.MovePallet):
        return _move_gate(state, command)
    if isinstance(command, c.TreatParts):
        return _treat_gate(state, command)
    if isinstance(command, c.UnloadParts):
        return _unload_gate(state, command)
    return None


def _cycle_gate(state: ShopState, command: c.StartCycle, tool_life: dict[str, float]) -> str | None:
    part = state.parts[command.serial]
    machine = state.machines[command.unit]
    route = state.routes.get(part.item)
    operation = next((o for o in route.operations if o.operation == command.operation), None) if route else None
    if route is None or operation is None or not route.certified:
        return "no certified program"
    if (
        operation.program_sha256 != command.program_sha256
        or machine.programs.get(command.operation) != command.program_sha256
    ):
        return "the program on the machine isn't the certified one"
    if part.done(command.operation):
        return "this operation has already been cut on this part"
    if state.held(command.serial):
        return "the part is on hold"
    if part.doubtful() or part.disposition:
        return "the part is in doubt or disposed of"
    if machine.kind != operation.kind:
        return f"the program is for a {operation.kind}, and {machine.id} is a {machine.kind}"
    if machine.status != "idle":
        return f"the machine is {machine.status}"
    pallet = state.pallet_of(command.serial)
    if pallet is None or pallet.place != command.unit or pallet.operation != command.operation:
        return "the part isn't on the machine, mounted for this operation"
    worn = expired_tools(state, command.unit, operation.tool_minutes, tool_life)
    return f"tool {worn[0]} would exceed its tool life" if worn else None


def expired_tools(
    state: ShopState, machine: str, tool_minutes: dict[str, float], tool_life: dict[str, float]
) -> list[str]:
    """Return the tools whose active edge has too little life left for the operation (a new edge is always enough)."""
    edges = state.machines[machine].edges
    return [
        tool
        for tool, minutes in tool_minutes.items()
        if tool in edges and edges[tool].minutes > 0 and edges[tool].minutes + minutes > tool_life.get(tool, 60.0)
    ]


def _mount_gate(state: ShopState, command: c.MountPart) -> str | None:
    part = state.parts[command.serial]
    if part.comes_back():
        if command.operation != part.cuts[-1].operation:
            return "the part must be mounted again for the operation that was cut last"
        return "the pallet already carries a part" if state.pallets[command.pallet].serial else None
    if part.place not in {"none", "wip"}:
        return f"the part is at {part.place}"
    if state.held(command.serial):
        return "the part is on hold"
    if part.done(command.operation) or part.disposition:
        return "this operation has already been cut on this part, or the part is disposed of"
    if command.blank_item and state.free_stock(command.blank_item) < 1:
        return f"no {command.blank_item} in stock"
    if state.pallets[command.pallet].serial:
        return "the pallet already carries a part"
    return None


def _dismount_gate(state: ShopState, command: c.DismountPart) -> str | None:
    pallet = state.pallets[command.pallet]
    if pallet.serial != command.serial or pallet.place != "pool":
        return "the part isn't on this pallet in the pool"
    if command.destination == "finished":
        part = state.parts[command.serial]
        if state.held(command.serial):
            return "the part is on hold"
        if part.disposition in {"scrap", "quarantine"} or "bad" in part.verdicts.values():
            return "the part isn't good"
    return None


def _move_gate(state: ShopState, command: c.MovePallet) -> str | None:
    pallet = state.pallets[command.pallet]
    if pallet.place != command.origin:
        return f"the pallet is at {pallet.place}"
    if stage_of(state, pallet) == "cutting":
        return "the machine is cutting this part"
    if command.destination != "pool" and state.on_unit(command.destination) is not None:
        return f"{command.destination} is taken"
    machine, part = state.machines.get(command.destination), state.parts.get(pallet.serial)
    route = state.routes.get(part.item) if part is not None else None
    wanted = next((o.kind for o in route.operations if o.operation == pallet.operation), None) if route else None
    if machine is not None and wanted is not None and machine.kind != wanted:
        return f"{pallet.operation} runs on a {wanted}, and {machine.id} is a {machine.kind}"
    return None


def _treat_gate(state: ShopState, command: c.TreatParts) -> str | None:
    if command.unit in state.loads:
        return f"{command.unit} holds parts"
    under_way = [each for each in state.open_commands.values() if isinstance(each, c.TreatParts)]
    for serial in command.serials:
        part = state.parts[serial]
        if part.place != "wip":
            return f"{serial} is at {part.place}"
        if state.held(serial) or part.disposition != "good":
            return f"{serial} is on hold or isn't good"
        if any(serial in each.serials for each in under_way):
            return f"{serial} is being loaded on another unit"
    return None


def _unload_gate(state: ShopState, command: c.UnloadParts) -> str | None:
    load = state.loads.get(command.unit)
    if load is None or not load.done or not set(command.serials) <= set(load.serials):
        return f"{command.unit} is still treating these parts"
    if command.destination == "finished":
        for serial in command.serials:
            if state.held(serial) or state.parts[serial].disposition != "good":
                return f"{serial} is on hold or isn't good"
    return None
