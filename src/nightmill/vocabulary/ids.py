"""Typed ids of the shop's things, the pairs of ids that serve as keys, and the ids that the log writes as one text.

An id is a text with a type of its own, so that mypy sees where a machine's id stands in the place of a part's. A key made
of several ids is a tuple. Where the log or an order file writes several ids as one text, this module alone composes and
reads that text.
"""

from typing import NamedTuple, NewType

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


def operation_id(part: str, step: str) -> OperationId:
    """Return the id of a part's setup or finishing step: ``PART/STEP``."""
    return OperationId(f"{part}/{step}")


def part_of(operation: str) -> PartId:
    """Return the part of an operation, "" for an operation of no part."""
    return PartId(operation.rpartition("/")[0])


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
