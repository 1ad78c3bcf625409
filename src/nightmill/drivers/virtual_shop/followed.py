"""Follow what real equipment or people have done: the virtual shop does the same at once, so that its own units find the parts as they are.

Nothing is refused: reality has happened. Where the virtual shop's state differs, for example in a count of stock, reality is right.
"""

from nightmill.drivers.virtual_shop.effects import begin
from nightmill.drivers.virtual_shop.state import Part, ProgramReading, Reality
from nightmill.vocabulary import commands as c

_UNFOLLOWED = (c.MeasurePart, c.TakeImage, c.PlacePurchaseOrder, c.CallPeople)
"""What leaves no trace in the virtual shop; a reading or a picture belongs to whoever took it."""


def follow(reality: Reality, command: c.AnyCommand, reading: ProgramReading | None) -> None:
    """Carry out a command that has been carried out elsewhere, with its effects in this moment."""
    if isinstance(command, _UNFOLLOWED) or not _possible(reality, command):
        return
    reality.followed = True
    try:
        begin(reality, command, reading)
        if reality.next_s() <= reality.now_s:
            reality.happen()
    finally:
        reality.followed = False


def _possible(reality: Reality, command: c.AnyCommand) -> bool:
    """Bring the virtual shop into the state that the command started from; return whether it knows all that the command is about."""
    match command:
        case c.MountPart():
            return _ready_to_mount(reality, command)
        case c.DismountPart():
            return _holds(reality, command.pallet, command.serial)
        case c.MovePallet():
            pallet = reality.pallet(command.pallet)
            if pallet is None or command.unit not in reality.units:
                return False
            pallet.place = command.origin
            return True
        case c.StartCycle():
            return _ready_to_cut(reality, command)
        case c.LoadTool():
            mill = reality.mills.get(command.unit)
            reality.crib[command.tool] = max(reality.crib.get(command.tool, 0), command.count)
            return mill is not None and command.tool in mill.slots
        case c.ReplaceTool() | c.WriteOffset():
            mill = reality.mills.get(command.unit)
            return mill is not None and command.tool in mill.slots
        case c.MaintainMachine() | c.RepairMachine() | c.StoreProgram():
            return command.unit in reality.mills
        case c.TreatParts() | c.UnloadParts():
            return all(serial in reality.parts for serial in command.serials)
    return True


def _ready_to_mount(reality: Reality, command: c.MountPart) -> bool:
    pallet = reality.pallet(command.pallet)
    if pallet is None:
        return False
    if command.blank_item:
        reality.stock[command.blank_item] = max(reality.stock.get(command.blank_item, 0), 1)
    else:
        reality.parts.setdefault(command.serial, Part(command.serial, command.pallet))
    return True


def _holds(reality: Reality, name: str, serial: str) -> bool:
    pallet = reality.pallet(name)
    return pallet is not None and pallet.serial == serial and serial in reality.parts


def _ready_to_cut(reality: Reality, command: c.StartCycle) -> bool:
    mill = reality.mills.get(command.unit)
    program = mill.programs.get(command.operation) if mill is not None else None
    if mill is None or program is None or not _holds(reality, command.pallet, command.serial):
        return False
    reality.pallets[command.pallet].operation = command.operation
    return all(use.number in mill.slots for use in program.reading.tools)
