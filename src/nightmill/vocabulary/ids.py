"""Typed ids of the shop's things, the pairs of ids that serve as keys, and the ids that the log writes as one text.

An id is a text with a type of its own, so that mypy sees where a machine's id stands in the place of a part's. A key made
of several ids is a tuple. Where the log or an order file writes several ids as one text, this module alone composes and
reads that text.
"""

from typing import Literal, NamedTuple, NewType

MachineId = NewType("MachineId", str)
"""A work unit: machine tool, robot, gauge, oven, bench."""
PartId = NewType("PartId", str)
"""A part or bought item: a material definition."""
OrderId = NewType("OrderId", str)
"""A customer's order: an operations request."""
PalletId = NewType("PalletId", str)
SerialId = NewType("SerialId", str)
"""One piece, ``ORDER.NNN``."""
OperationId = NewType("OperationId", str)
"""An operation of a part, ``PART/SETUP``, or one of its finishing steps, ``PART/STEP``."""
CharacteristicId = NewType("CharacteristicId", str)
"""A characteristic of a part, ``PART#BALLOON``."""


class MountedTool(NamedTuple):
    """A tool assembly in a machine's magazine."""

    machine: MachineId
    tool: int


class SerialOperation(NamedTuple):
    """One operation on one piece."""

    serial: SerialId
    operation: OperationId


class ChartFamily(NamedTuple):
    """What one control chart follows: a characteristic as one tool of one machine cuts it."""

    machine: MachineId
    tool: int
    characteristic: CharacteristicId

    @property
    def mounted(self) -> MountedTool:
        """Return the tool that cuts the characteristic."""
        return MountedTool(self.machine, self.tool)

    @property
    def text(self) -> str:
        """Return the family as the log and the pages write it: ``MACHINE|TOOL|CHARACTERISTIC``."""
        return f"{self.machine}|{self.tool}|{self.characteristic}"

    @classmethod
    def read(cls, text: str) -> "ChartFamily":
        """Return the family that ``text`` writes. Raises ``ValueError`` where it writes none."""
        machine, tool, characteristic = text.split("|", 2)
        return cls(MachineId(machine), int(tool), CharacteristicId(characteristic))


class ChartRule(NamedTuple):
    """Which chart signalled (``individuals``, ``ewma``, ``cusum``), and by which rule (``beyond_limits``, ``nelson_2``)."""

    chart: str
    rule: str


class AlarmSubject(NamedTuple):
    """What an alarm is about: a unit, piece or item, and what of it, such as the tool ``T3`` or a signal."""

    name: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Return the subject as the log writes it: ``NAME`` or ``NAME DETAIL``; names hold no blanks."""
        return f"{self.name} {self.detail}" if self.detail else self.name

    @classmethod
    def read(cls, text: str) -> "AlarmSubject":
        """Return the subject that ``text`` writes."""
        name, _, detail = text.partition(" ")
        return cls(name, detail)


class PegEnd(NamedTuple):
    """One end of a peg between supply and demand: ``stock``, ``safety`` stock, a week's ``demand`` or ``receipt``, a customer's ``order``, or a ``planned`` order."""

    kind: Literal["stock", "safety", "demand", "receipt", "order", "planned"]
    name: str
    """The order's id, the item of a planned order, or the number of the week; "" for the stock."""
    week: int = 0
    """The week of a demand, a receipt or a planned order."""

    @classmethod
    def read(cls, text: str) -> "PegEnd":
        """Return the end that ``text`` writes."""
        kind, colon, name = text.partition(":")
        if kind == "order" and colon:
            return cls("order", name)
        if kind in ("demand", "receipt") and name.isdigit():
            return cls("demand" if kind == "demand" else "receipt", name, int(name))
        item, at, week = text.rpartition("@")
        if at and week.isdigit():
            return cls("planned", item, int(week))
        return cls("safety" if text == "safety" else "stock", "")


def planned_order_id(item: str, week: int) -> str:
    """Return the id of the planned order of ``item`` for the demand of ``week``: ``ITEM@WEEK``."""
    return f"{item}@{week}"


def week_end(kind: Literal["demand", "receipt"], week: int) -> str:
    """Return the peg end of a week's demand or receipt: ``demand:WEEK``, ``receipt:WEEK``."""
    return f"{kind}:{week}"


def order_end(order: str) -> str:
    """Return the peg end of a customer's order: ``order:ID``."""
    return f"order:{order}"


def pallet_place(pallet: str) -> str:
    """Return the place of a part that is on a pallet: ``pallet:ID``."""
    return f"pallet:{pallet}"


def pallet_at(place: str) -> PalletId | None:
    """Return the pallet that a place names, ``None`` for a place off the pallets."""
    return PalletId(place.removeprefix("pallet:")) if place.startswith("pallet:") else None


def unit_place(unit: str) -> str:
    """Return the place of a part in a work unit: ``unit:ID``."""
    return f"unit:{unit}"


def unit_at(place: str) -> MachineId | None:
    """Return the work unit that a place names, ``None`` for any other place."""
    return MachineId(place.removeprefix("unit:")) if place.startswith("unit:") else None


def operation_id(part: str, step: str) -> OperationId:
    """Return the id of a part's setup or finishing step: ``PART/STEP``."""
    return OperationId(f"{part}/{step}")


def part_of(operation: str) -> PartId:
    """Return the part of an operation; an id without ``/`` is returned whole."""
    return PartId(operation.rsplit("/", 1)[0])


def step_of(operation: str) -> str:
    """Return the setup or finishing step of an operation, without the part."""
    return operation.rpartition("/")[2]


def serial_id(order: str, number: int) -> SerialId:
    """Return the id of an order's piece ``number``, counted from 1: ``ORDER.NNN``."""
    return SerialId(f"{order}.{number:03d}")


def scheduled_id(serial: str, operation: str) -> str:
    """Return the id under which a schedule has one operation of one piece: ``SERIAL|OPERATION``; nothing reads it apart again."""
    return f"{serial}|{operation}"


def order_of(serial: str) -> OrderId:
    """Return the order of a piece."""
    return OrderId(serial.rsplit(".", 1)[0])


def characteristic_id(part: str, balloon: int | str) -> CharacteristicId:
    """Return the id of the characteristic with this balloon number: ``PART#BALLOON``."""
    return CharacteristicId(f"{part}#{balloon}")


def balloon_of(characteristic: str) -> str:
    """Return the balloon number of a characteristic."""
    return characteristic.rpartition("#")[2]
