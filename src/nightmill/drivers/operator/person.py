"""``People``: the driver for everything that people do. A command is one task, or two where it has a beginning and an end."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from nightmill.drivers.operator.tasks import TaskList
from nightmill.drivers.program_folder import ProgramFolder
from nightmill.floor import equipment as ports
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.person_tasks import PersonTask, TaskAnswer, TaskKind, Value
from nightmill.vocabulary.units import DAY_S, HOUR_S

ALL: frozenset[ports.Capability] = frozenset(
    ("watch", "load", "start", "offsets", "tools", "measure", "image", "move", "handle", "buy")
)
USUAL_S = 900.0
"""Time in which a person is expected to do what has no planned time."""
KINDS: dict[type[c.Command], TaskKind] = {
    c.StoreProgram: "store_program",
    c.MountPart: "mount",
    c.DismountPart: "dismount",
    c.MovePallet: "move",
    c.StartCycle: "start_cycle",
    c.MeasurePart: "measure",
    c.TreatParts: "treat",
    c.UnloadParts: "unload",
    c.WriteOffset: "write_offset",
    c.ReplaceTool: "replace_tool",
    c.LoadTool: "load_tool",
    c.MaintainMachine: "maintain",
    c.RepairMachine: "repair",
    c.PlacePurchaseOrder: "purchase",
    c.CallPeople: "call",
}
_DETAILS = (
    "pallet",
    "operation",
    "origin",
    "destination",
    "blank_item",
    "tool",
    "count",
    "offset_mm",
    "item",
    "quantity",
    "supplier",
)
_COUNTED: dict[type[c.Command], tuple[str, ...]] = {c.ReplaceTool: ("sisters",), c.LoadTool: ("sisters", "crib")}
"""Counts that a person reads off: unused edges left in the magazine, and in the crib."""
_SECOND: dict[type[c.Command], TaskKind] = {c.StartCycle: "end_cycle", c.TreatParts: "end_treatment"}
"""The second task of commands whose end a person has to see."""


class Limits(msgspec.Struct, frozen=True):
    """What the driver has to know of the shop: limits of a characteristic by its id, predicted seconds of an operation by its id,
    promised days of a purchased item.
    """

    characteristics: Mapping[str, tuple[float, float]] = {}
    cycle_s: Mapping[str, float] = {}
    lead_days: Mapping[str, float] = {}


class People:
    """``floor.Equipment`` in which people do all the work, with the list of tasks as its only channel."""

    def __init__(self, tasks: TaskList, limits: Limits, programs: Mapping[str, ProgramFolder]) -> None:
        """``programs``: where the programs of each machine are put for people to load."""
        self._tasks, self._limits, self._programs = tasks, limits, programs

    def capabilities(self, unit: str) -> frozenset[ports.Capability]:
        """Return everything: people can do all that a unit can't do by itself."""
        return ALL

    def refusal(self, command: c.AnyCommand) -> str:
        """Put a program where people find it, or return why it can't be; everything else a person refuses by answering the task."""
        if not isinstance(command, c.StoreProgram):
            return ""
        programs = self._programs.get(command.unit)
        return (
            programs.store(command.text, command.sha256) if programs is not None else f"{command.unit} runs no programs"
        )

    def begin(self, opened: ports.OpenCommand, now_s: float) -> None:
        """Ask for the command's first task."""
        self._tasks.ask(self._task(opened.command, KINDS[type(opened.command)], opened.since_s))

    def progress(self, opened: ports.OpenCommand, now_s: float) -> Sequence[r.AnyReport]:
        """Return what people have answered, and ask for the second task once the first is done."""
        command = opened.command
        answer = self._answer(command.command_id)
        if answer is None:
            return []
        if answer.refused:
            return [r.CommandDeclined(0, answer.at_s, command.unit, command.command_id, _said(answer))]
        second = _SECOND.get(type(command))
        if second is None:
            return [self._done(command, answer)]
        beginning = _begun(command, answer)
        task = self._task(command, second, answer.at_s)
        self._tasks.ask(task)
        ended = self._answer(task.id)
        return [beginning] if ended is None else [beginning, self._ended(command, answer, ended)]

    def news(self, now_s: float) -> Iterable[r.AnyReport]:
        """Return the deliveries that people have booked in, each time anew."""
        return [
            r.Delivered(0, answered.answer.at_s, "", *_delivery(answered.task))
            for answered in self._tasks.answered("receive")
            if answered.answer is not None and not answered.answer.refused
        ]

    def image(self, name: str) -> bytes | None:
        """Return ``None``: people take no pictures here."""
        return None

    def close(self) -> None:
        """Close the list of tasks."""
        self._tasks.close()

    def _answer(self, task_id: str) -> TaskAnswer | None:
        found = self._tasks.find(task_id)
        return found.answer if found is not None else None

    def _task(self, command: c.AnyCommand, kind: TaskKind, since_s: float) -> PersonTask:
        stage = "-end" if kind in _SECOND.values() else ""
        details = {name: str(getattr(command, name)) for name in _DETAILS if hasattr(command, name)}
        asks: tuple[Value, ...] = ()
        if isinstance(command, c.MeasurePart):
            asks = tuple(self._value(task) for task in command.tasks)
        elif isinstance(command, c.ReplaceTool | c.LoadTool):
            asks = tuple(Value(name, unit="pieces") for name in _COUNTED[type(command)])
        elif isinstance(command, c.StoreProgram | c.StartCycle):
            program = command.sha256 if isinstance(command, c.StoreProgram) else command.program_sha256
            details |= {"program": program, "file": str(self._programs[command.unit].path(program))}
        elif kind == "end_treatment" and isinstance(command, c.TreatParts):
            since_s += command.duration_s
        planned_s = float(getattr(command, "duration_s", 0.0)) or USUAL_S
        if kind == "end_cycle":
            planned_s = self._limits.cycle_s.get(details["operation"], USUAL_S)
        elif isinstance(command, c.PlacePurchaseOrder | c.CallPeople):
            planned_s = 4 * HOUR_S
        part = str(getattr(command, "serial", "")) or ", ".join(getattr(command, "serials", ()))
        return PersonTask(
            command.command_id + stage, kind, command.unit, part, since_s, since_s + planned_s, asks, details
        )

    def _value(self, task: c.MeasureTask) -> Value:
        low, high = self._limits.characteristics.get(task.characteristic, (None, None))
        return Value(task.characteristic, task.nominal, low, high)

    def _purchased(self, command: c.PlacePurchaseOrder, answer: TaskAnswer) -> r.AnyReport:
        """Return that the order has been placed, and ask for the goods to be booked in when they arrive."""
        promised_s = answer.at_s + self._limits.lead_days.get(command.item, 2.0) * DAY_S
        details = {"item": command.item, "quantity": str(command.quantity), "purchase_order": command.purchase_order}
        self._tasks.ask(
            PersonTask(f"{command.command_id}-receive", "receive", "", "", answer.at_s, promised_s, (), details)
        )
        return r.PurchaseAccepted(
            0, answer.at_s, command.supplier, command.command_id, command.purchase_order, promised_s
        )

    def _stored(self, command: c.StoreProgram, answer: TaskAnswer) -> r.AnyReport:
        cycle_s = self._limits.cycle_s.get(command.operation, 0.0)
        return r.ProgramStored(
            0, answer.at_s, command.unit, command.command_id, command.operation, command.sha256, cycle_s
        )

    def _cut(self, command: c.StartCycle, begun: TaskAnswer, ended: TaskAnswer) -> r.AnyReport:
        minutes = self._programs[command.unit].cutting_minutes(command.program_sha256)
        head = (0, ended.at_s, command.unit, command.command_id, command.serial, command.operation)
        if ended.refused:
            return r.CycleInterrupted(*head, _said(ended), minutes, command.unit, "person")
        return r.CycleFinished(
            *head, ended.at_s - begun.at_s, 0.0, minutes, {}, {}, {}, source=command.unit, evidence="person"
        )

    def _done(self, command: c.AnyCommand, answer: TaskAnswer) -> r.AnyReport:
        """Return the report of a command that a person has carried out in one go."""
        head = (0, answer.at_s, command.unit, command.command_id)
        match command:
            case c.StoreProgram():
                return self._stored(command, answer)
            case c.MountPart():
                return r.PartMounted(*head, command.pallet, command.serial, command.operation)
            case c.DismountPart():
                return r.PartDismounted(*head, command.pallet, command.serial, command.destination)
            case c.MovePallet():
                return r.PalletMoved(*head, command.pallet, command.destination)
            case c.MeasurePart():
                return r.PartMeasured(*head, command.serial, answer.values)
            case c.UnloadParts():
                return r.PartsUnloaded(*head, command.serials, command.destination)
            case c.WriteOffset():
                return r.OffsetWritten(*head, command.tool, command.offset_mm)
            case c.ReplaceTool():
                return r.ToolReplaced(*head, command.tool, command.command_id, 0.0, int(answer.values["sisters"]))
            case c.LoadTool():
                counts = (int(answer.values["sisters"]), int(answer.values["crib"]))
                return r.ToolLoaded(*head, command.tool, *counts)
            case c.MaintainMachine():
                return r.MachineMaintained(*head, "worn")
            case c.RepairMachine():
                return r.MachineRepaired(*head, "repaired")
            case c.PlacePurchaseOrder():
                return self._purchased(command, answer)
            case c.CallPeople():
                return r.PeopleCalled(*head, max(command.from_s, answer.at_s), command.to_s, command.persons)
        raise NotImplementedError(f"{type(command).__name__} isn't done in one go")

    def _ended(self, command: c.AnyCommand, begun: TaskAnswer, ended: TaskAnswer) -> r.AnyReport:
        if isinstance(command, c.StartCycle):
            return self._cut(command, begun, ended)
        assert isinstance(command, c.TreatParts)
        return r.PartsTreated(
            0, ended.at_s, command.unit, command.command_id, command.serials, command.operation, ended.at_s - begun.at_s
        )


def _begun(command: c.AnyCommand, answer: TaskAnswer) -> r.AnyReport:
    head = (0, answer.at_s, command.unit, command.command_id)
    if isinstance(command, c.StartCycle):
        return r.CycleStarted(
            *head, command.serial, command.operation, command.program_sha256, source=command.unit, evidence="person"
        )
    assert isinstance(command, c.TreatParts)
    return r.TreatmentStarted(*head, command.serials, command.operation)


def _delivery(task: PersonTask) -> tuple[str, str, int]:
    return task.details["purchase_order"], task.details["item"], int(task.details["quantity"])


def _said(answer: TaskAnswer) -> str:
    return f"{answer.by}: {answer.refused}"
