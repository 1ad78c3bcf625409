"""Ovens, washers and tumblers: people load the parts, the machine treats them, people unload them."""

from functools import partial

from nightmill.drivers.virtual_shop.state import Deed, Reality
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r


def begin_treatment(reality: Reality, command: c.TreatParts) -> None:
    """Have a person start to load the parts."""
    reality.attending += 1
    reality.occupied[command.unit] = f"{', '.join(command.serials)} are put into {command.unit}"
    reality.inside[command.unit] = list(command.serials)
    for serial in command.serials:
        reality.parts[serial].place = command.unit
    seconds = _hand_s(reality, command.unit, command.load_s, command.command_id)
    reality.carry_out(command.command_id, seconds, partial(_started, reality, command))


def _started(reality: Reality, command: c.TreatParts) -> None:
    reality.occupied[command.unit] = f"{command.unit} is at {command.operation}"
    ends_s = reality.now_s + command.duration_s
    if command.attended:
        ends_s = reality.presence.work_ends_s(reality.now_s, command.duration_s)
    else:
        reality.attending -= 1
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.TreatmentStarted(*head, command.serials, command.operation))
    _note(reality, "treatment_started", command, command.operation)
    ended = partial(_treated, reality, command, ends_s - reality.now_s)
    reality.carry_out(command.command_id, ends_s - reality.now_s, ended)


def _treated(reality: Reality, command: c.TreatParts, took_s: float) -> None:
    reality.attending -= command.attended
    reality.occupied.pop(command.unit)
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PartsTreated(*head, command.serials, command.operation, took_s))
    _note(reality, "treated", command, command.operation)


def begin_unloading(reality: Reality, command: c.UnloadParts) -> None:
    """Have a person start to unload the parts."""
    reality.attending += 1
    reality.occupied[command.unit] = f"{', '.join(command.serials)} are taken out of {command.unit}"
    seconds = _hand_s(reality, command.unit, command.duration_s, command.command_id)
    reality.carry_out(command.command_id, seconds, partial(_unloaded, reality, command))


def _unloaded(reality: Reality, command: c.UnloadParts) -> None:
    reality.attending -= 1
    reality.occupied.pop(command.unit)
    left = [serial for serial in reality.inside.pop(command.unit) if serial not in command.serials]
    if left:
        reality.inside[command.unit] = left
    for serial in command.serials:
        reality.parts[serial].place = command.destination
    head = (reality.seq(), reality.now_s, command.unit, command.command_id)
    reality.tell(r.PartsUnloaded(*head, command.serials, command.destination))
    _note(reality, "unloaded", command, "", command.destination)


def _hand_s(reality: Reality, unit: str, usual_s: float, key: str) -> float:
    return usual_s * reality.draws.lognormal(unit, "hand", key, reality.truth.people.hand_sigma)


def _note(reality: Reality, event: str, command: c.TreatParts | c.UnloadParts, operation: str, place: str = "") -> None:
    for serial in command.serials:
        reality.note(
            Deed(
                event, reality.now_s, machine=command.unit, part=serial, operation=operation,
                command_id=command.command_id, place=place,
            )
        )  # fmt: skip
