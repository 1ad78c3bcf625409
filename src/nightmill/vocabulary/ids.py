"""Typed ids for the shop's objects, the pairs of ids that serve as keys, and the ids that the log writes as one text.

An id is a text with its own type, so that mypy notices a machine's id used as a part's id. A key made
of several ids is a tuple. Where the log or an order file writes several ids as one text, this module alone composes and
reads that text.
"""

from typing import Literal, NamedTuple, NewType

MachineId = NewType("MachineId", str)
"""A work unit: machine tool, robot, gauge, oven, bench."""
PartId = NewType("PartId", str)
"""A part or purchased item: a material definition."""
OrderId = NewType("OrderId", str)
"""A customer's order: an operations request."""
PalletId = NewType("PalletId", str)
SerialId = NewType("SerialId", str)
"""One part instance, ``ORDER.NNN``."""
OperationId = NewType("OperationId", str)
"""An operation of a part, ``PART/SETUP``, or one of its finishing steps, ``PART/STEP``."""
CharacteristicId = NewType("CharacteristicId", str)
"""A characteristic of a part, ``PART#BALLOON``."""


class MountedTool(NamedTuple):
    """A tool assembly in a machine's magazine."""

    machine: MachineId
    tool: int


class SerialOperation(NamedTuple):
    """One operation on one serial part."""

    serial: SerialId
    operation: OperationId


class ChartFamily(NamedTuple):
    """The subject of one control chart: a characteristic as cut by one tool on one machine."""

    machine: MachineId
    tool: int
    characteristic: CharacteristicId

    @property
    def mounted(self) -> MountedTool:
        """Return the tool that cuts the characteristic."""
        return MountedTool(self.machine, self.tool)

    @property
    def text(self) -> str:
        """Return the family as written in the log and on the pages: ``MACHINE|TOOL|CHARACTERISTIC``."""
        return f"{self.machine}|{self.tool}|{self.characteristic}"

    @classmethod
    def read(cls, text: str) -> "ChartFamily":
        """Return the family written in ``text``. Raises ``ValueError`` if it contains none."""
        machine, tool, characteristic = text.split("|", 2)
        return cls(MachineId(machine), int(tool), CharacteristicId(characteristic))


class ChartRule(NamedTuple):
    """The chart that signalled (``individuals``, ``ewma``, ``cusum``) and the rule (``beyond_limits``, ``nelson_2``)."""

    chart: str
    rule: str


class AlarmSubject(NamedTuple):
    """The subject of an alarm: a unit, part or item, and a detail, such as the tool ``T3`` or a signal."""

    name: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Return the subject as written in the log: ``NAME`` or ``NAME DETAIL``; names contain no spaces."""
        return f"{self.name} {self.detail}" if self.detail else self.name

    @classmethod
    def read(cls, text: str) -> "AlarmSubject":
        """Return the subject written in ``text``."""
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
    """Return the id of an order's part ``number``, counted from 1: ``ORDER.NNN``."""
    return SerialId(f"{order}.{number:03d}")


def scheduled_id(serial: str, operation: str) -> str:
    """Return the id used in a schedule for one operation on one serial part: ``SERIAL|OPERATION``; nothing parses it again."""
    return f"{serial}|{operation}"


def order_of(serial: str) -> OrderId:
    """Return the order of a serial part."""
    return OrderId(serial.rsplit(".", 1)[0])


def characteristic_id(part: str, balloon: int | str) -> CharacteristicId:
    """Return the id of the characteristic with this balloon number: ``PART#BALLOON``."""
    return CharacteristicId(f"{part}#{balloon}")


def balloon_of(characteristic: str) -> str:
    """Return the balloon number of a characteristic."""
    return characteristic.rpartition("#")[2]
