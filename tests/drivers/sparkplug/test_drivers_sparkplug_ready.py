"""A command that is made ready while its device is born anew is written anew: the birth may have given other aliases."""

import pytest

from nightmill.drivers.sparkplug.cell import SparkplugCell
from nightmill.drivers.sparkplug.edge import EdgeNode, Message
from nightmill.drivers.sparkplug.host import HostApplication
from nightmill.drivers.sparkplug.payload import DataType, Metric
from nightmill.drivers.sparkplug.shop_metrics import COMMAND, device_id
from nightmill.vocabulary.commands import MovePallet

MOVE = MovePallet("m1", "R1", "P01", "M1", "pool")


def births(now_ms: int) -> list[Message]:
    edge = EdgeNode("G", "E", now_ms=lambda: now_ms, metrics=())
    edge.add_device(device_id(MOVE.unit), (Metric(COMMAND, "", DataType.STRING),))
    edge.will()
    return list(edge.births())


@pytest.fixture
def cell() -> SparkplugCell:
    """A cell without a broker that has heard a first birth."""
    cell = SparkplugCell.__new__(SparkplugCell)
    cell._group, cell._node, cell._host, cell._ready = "G", "E", HostApplication("H"), {}
    hear(cell, 1000)
    return cell


def hear(cell: SparkplugCell, now_ms: int) -> None:
    for message in births(now_ms):
        cell._host.receive(message.topic, message.payload, now_ms)


def test_what_is_ready_is_sent_as_it_is_until_the_next_birth(cell: SparkplugCell) -> None:
    cell.prepare([MOVE])
    ready = cell._ready["m1"]
    assert cell._message(MOVE, ready) is ready.message
    hear(cell, 2000)
    assert cell._message(MOVE, ready) is not ready.message


def test_a_birth_while_it_is_written_counts(cell: SparkplugCell, monkeypatch: pytest.MonkeyPatch) -> None:
    write = cell._host.command

    def interrupted(*given: object) -> Message:
        message = write(*given)  # type: ignore[arg-type]
        hear(cell, 2000)
        return message

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(cell._host, "command", interrupted)
        cell.prepare([MOVE])
    ready = cell._ready["m1"]
    assert cell._message(MOVE, ready) is not ready.message
