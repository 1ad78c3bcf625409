"""A question goes out and its answer comes back by the shortest way; where that comes to nothing, by the one that asks again."""

import asyncio
from collections.abc import Callable, Iterator

import msgspec
import pytest

from nightmill.drivers.background import BackgroundLoop
from nightmill.drivers.inbox import Inbox
from nightmill.drivers.sparkplug import cell as cells
from nightmill.drivers.sparkplug.cell import SparkplugCell
from nightmill.drivers.sparkplug.edge import EdgeNode, Message
from nightmill.drivers.sparkplug.host import HostApplication
from nightmill.drivers.sparkplug.payload import DataSet, DataType, Metric
from nightmill.drivers.sparkplug.shop_metrics import ANSWER, COMMAND, REPORT, Showing, device_id
from nightmill.drivers.station import Answer
from nightmill.vocabulary.commands import MovePallet
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.reports import PalletMoved

MOVE = MovePallet("m1", "R1", "P01", "M1", "pool")
ANSWERED = '{"id": "command m1", "answer": {"acknowledgement": {"command_id": "m1", "accepted": true}}}'
LONG_S = 600.0


class Session:
    """A connection that notes what is published, and does ``then`` at each."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.lost, self.sent, self.then = asyncio.Event(), list[Message](), then

    def publish(self, message: Message) -> None:
        self.sent.append(message)
        self.then()


class Cell(SparkplugCell):
    """A cell without a broker whose device is born. ``asked_again`` counts how often the way that asks again was taken."""

    def __init__(self) -> None:
        self._group, self._node, self._host, self._ready = "G", "E", HostApplication("H"), {}
        self._loop, self._waiting, self._inbox = BackgroundLoop("test"), {}, Inbox()
        self._session = None
        self.asked_again = 0
        edge = EdgeNode("G", "E", now_ms=lambda: 1000, metrics=())
        edge.add_device(device_id(MOVE.unit), (Metric(COMMAND, "", DataType.STRING),))
        edge.will()
        for message in edge.births():
            self._host.receive(message.topic, message.payload, 1000)

    def meet(self, session: Session) -> None:
        self._session = session  # type: ignore[assignment]
        self._loop.loop.call_soon_threadsafe(lambda: setattr(self, "_watch", asyncio.ensure_future(self._watched(session))))  # type: ignore[arg-type] # fmt: skip

    async def _written(self, device: str, message: Callable[[], Message], identity: str) -> Answer:
        self.asked_again += 1
        return cells._SAID.decode(ANSWERED).answer


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cell]:
    monkeypatch.setattr(cells, "PATIENCE_S", LONG_S)
    made = Cell()
    yield made
    made._loop.stop()


def test_an_answer_is_there_without_a_turn_of_its_own(cell: Cell) -> None:
    session = Session(lambda: cell._take({ANSWER: ANSWERED}))
    cell.meet(session)
    assert cell.submit(MOVE).accepted
    assert (len(session.sent), cell.asked_again, cell._waiting) == (1, 0, {})


def test_without_a_living_session_it_is_asked_by_the_other_way(cell: Cell) -> None:
    assert cell.submit(MOVE).accepted
    session = Session()
    session.lost.set()
    cell.meet(session)
    assert cell.submit(MOVE).accepted
    assert (session.sent, cell.asked_again) == ([], 2)


def test_a_session_that_is_lost_before_the_answer_is_not_waited_for(cell: Cell) -> None:
    session = Session()
    session.then = session.lost.set
    cell.meet(session)
    assert cell.submit(MOVE).accepted
    assert (len(session.sent), cell.asked_again) == (1, 1)


def test_an_answer_that_does_not_come_is_asked_for_again(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "PATIENCE_S", 0.01)
    session = Session()
    cell.meet(session)
    assert cell.submit(MOVE).accepted
    assert (len(session.sent), cell.asked_again) == (1, 1)


@pytest.mark.parametrize("said", ["{", '{"id": 1}', '{"id": "command m1", "answer": {"acknowledgement": 3}}'])
def test_an_answer_that_cannot_be_read_is_as_good_as_lost(
    cell: Cell, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = list[object]()
    cell._loop.loop.set_exception_handler(lambda _, context: raised.append(context))
    monkeypatch.setattr(cells, "PATIENCE_S", 0.01)
    session = Session(lambda: cell._take({ANSWER: said}))
    cell.meet(session)
    assert cell.submit(MOVE).accepted
    assert (len(session.sent), cell.asked_again, raised) == (1, 1, [])


def test_a_report_that_cannot_be_read_is_as_good_as_lost(cell: Cell) -> None:
    value = Showing().changes(report(2), again=False)[REPORT]
    assert isinstance(value, DataSet)
    rows = tuple(("seq", "one") if row[0] == "seq" else row for row in value.rows)
    cell._take({REPORT: msgspec.structs.replace(value, rows=rows)})
    assert not cell._inbox.has(1, 2)
    cell._take({REPORT: value})
    assert cell._inbox.has(1, 2)


def test_a_metric_that_the_birth_did_not_name_is_left_to_the_other_way(cell: Cell) -> None:
    body = cell._host.body("G", "E", device_id(MOVE.unit))
    assert body is not None
    del body.metrics[COMMAND]
    cell.meet(Session())
    assert cell.submit(MOVE).accepted
    assert cell.asked_again == 1


@pytest.mark.parametrize("wrong", [BadInput(Finding("x", "", "", "", "")), UnicodeEncodeError("utf-8", "", 0, 1, "")])
def test_what_no_message_can_carry_is_told_to_who_asked_and_not_to_the_loop(
    cell: Cell, wrong: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[object]()
    cell._loop.loop.set_exception_handler(lambda _, context: said.append(context))

    def refuse(_: object) -> str:
        raise wrong

    monkeypatch.setattr(cells, "command_value", refuse)
    monkeypatch.setattr(cells, "PATIENCE_S", 0.5)
    cell.meet(Session())
    cell.submit(MOVE)
    assert (cell.asked_again, said) == (1, [])


def test_reports_that_come_in_while_old_ones_are_forgotten_are_kept() -> None:
    inbox = Inbox()

    class Number(int):
        """A number whose comparison lets another report in, as another thread may."""

        def __le__(self, other: object) -> bool:
            inbox.put(report(int(self) + 100))
            return int(self) <= int(str(other))

    for seq in (1, 2):
        inbox.put(report(Number(seq)))
    inbox.acknowledge(1)
    assert not inbox.has(0, 1)
    assert inbox.has(1, 2)
    assert inbox.has(100, 102)


def report(seq: int) -> PalletMoved:
    return PalletMoved(seq, 0.0, "R1", "m1", "P01", "M1")
