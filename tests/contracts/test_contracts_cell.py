"""What every ``Cell`` promises, whoever stands behind it."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.drivers import Connection, WorldStart, end_world, open_cell
from nightmill.drivers.virtual_shop import LivingWorld
from nightmill.floor.equipment import Cell
from nightmill.plant.shop_state.retrying_cell import PatientCell
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import Economy, Item, Shift, Shop, ToolStock, WorkUnit
from nightmill.vocabulary.units import utc_us

SHOP = Shop(
    "Cell",
    datetime(2026, 3, 2, 6, 0, tzinfo=UTC),
    "UTC",
    "EUR",
    "AT",
    (
        WorkUnit("M1", "mill", "milling"),
        WorkUnit("R1", "robot", "handling"),
        WorkUnit("V1", "vision", "inspection", measure_s=20.0),
        WorkUnit("B1", "bench", "handling"),
    ),
    (Shift((0, 1, 2, 3, 4), 6.0, 18.0, 1),),
    (ToolStock(Tool(1, "flat", 10.0)),),
    (),
    (),
    (Item("blank", on_hand=5),),
    (),
    (),
    Economy(),
)


PROTOCOLS = [pytest.param(name, marks=pytest.mark.slow) for name in ("mtconnect", "mqtt", "opcua")]


@pytest.fixture(params=["in process", "direct", *PROTOCOLS])
def cell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cell]:
    if request.param == "mqtt" and not shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin"):
        pytest.skip("mosquitto isn't installed (Debian: apt-get install mosquitto)")
    if request.param != "in process":
        opened = open_cell(tmp_path, SHOP, WorldStart(1), connection=Connection(request.param))
        yield opened
        opened.close()
        end_world(tmp_path)
        return
    (tmp_path / "shop.json").write_bytes(msgspec.json.encode(SHOP))
    (tmp_path / "start.json").write_bytes(b'{"seed":1}')
    living = LivingWorld(tmp_path)
    yield living
    living.close()


def _until_done(cell: Cell, command: c.AnyCommand, acknowledged: int) -> tuple[r.AnyReport, ...]:
    assert cell.submit(command).accepted
    heard: tuple[r.AnyReport, ...] = ()
    for _ in range(20):
        moved = cell.advance(50000.0, acknowledged + len(heard))
        heard += moved.reports
        if cell.evidence(command.command_id) == "done" and not moved.reports:
            break
        if any(getattr(report, "command_id", "") == command.command_id for report in moved.reports):
            break
    return heard


def test_it_introduces_itself(cell: Cell) -> None:
    greeting = cell.greet()
    assert (greeting.now_s, greeting.last_seq) == (0.0, 0)
    assert greeting.boot_id


def test_a_command_counts_once(cell: Cell) -> None:
    command = c.MountPart("m1", "B1", "P01", "S1", "A/1", "blank", 120.0)
    assert cell.evidence("m1") == "unknown"
    assert cell.submit(command) == c.Acknowledgement("m1", True)
    assert cell.submit(command) == c.Acknowledgement("m1", True, True)
    assert cell.evidence("m1") in ("accepted", "running")
    reports = cell.advance(3600.0, 0).reports
    assert [report.seq for report in reports] == [1]
    assert isinstance(reports[0], r.PartMounted)
    assert cell.evidence("m1") == "done"


def test_what_is_made_ready_is_not_sent_and_counts_once_when_it_is(cell: Cell) -> None:
    prepare = PatientCell(cell).preparing([command := c.MountPart("m1", "B1", "P01", "S1", "A/1", "blank", 120.0)])
    for _ in range(2):
        if prepare is not None:
            prepare()
        assert cell.evidence("m1") == "unknown"
    assert cell.submit(command) == c.Acknowledgement("m1", True)
    other = c.MovePallet("x", "R1", "P01", "M1", "pool")
    assert not cell.submit(other).accepted, "one that wasn't made ready is sent as ever"
    assert cell.submit(command) == c.Acknowledgement("m1", True, True)


def test_a_refusal_has_a_reason_and_no_effect(cell: Cell) -> None:
    answer = cell.submit(c.MovePallet("x", "R1", "P01", "M1", "pool"))
    assert not answer.accepted
    assert answer.reason
    assert cell.evidence("x") == "refused"


def test_reports_repeat_until_acknowledged_and_the_clock_waits(cell: Cell) -> None:
    cell.submit(c.MovePallet("v", "R1", "P01", "pool", "M1"))
    first = cell.advance(1800.0, 0)
    assert first.now_s < 1800.0
    assert cell.advance(1800.0, 0) == first
    later = cell.advance(1700.0, len(first.reports))
    assert later.now_s == 1700.0
    assert later.reports == ()
    assert cell.advance(10.0, len(first.reports)).now_s == 1700.0
    with pytest.raises(BadInput):
        cell.advance(1800.0, 99)


def test_an_image_can_be_fetched(cell: Cell) -> None:
    heard = len(_until_done(cell, c.MountPart("m", "B1", "P01", "S1", "A/1", "blank", 120.0), 0))
    heard += len(_until_done(cell, c.MovePallet("v", "R1", "P01", "pool", "V1"), heard))
    taken = _until_done(cell, c.TakeImage("i", "V1", "P01", "S1"), heard)[-1]
    assert isinstance(taken, r.ImageTaken)
    assert cell.image(taken.image)[:8] == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(BadInput):
        cell.image("nothing.png")


class _Kept:
    """Telemetry in memory."""

    def __init__(self) -> None:
        self.samples: dict[tuple[str, str, int], float] = {}

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        self.samples |= {(source, name, at_us): value for name, value in signals.items()}


@pytest.mark.parametrize("protocol", ["direct", *PROTOCOLS])
def test_what_a_machine_samples_reaches_telemetry_with_its_own_time(protocol: str, tmp_path: Path) -> None:
    kept = _Kept()
    heard: list[r.AnyReport] = []
    opened = open_cell(tmp_path, SHOP, WorldStart(1), connection=Connection(protocol), telemetry=kept)
    for _ in range(3):
        heard += opened.advance(20000.0, len(heard)).reports
    opened.advance(20000.0, len(heard) - 1)  # one report again
    wanted = {
        ("M1", name, utc_us(SHOP.start) + round(report.at_s * 1e6)): pytest.approx(value)
        for report in heard
        if isinstance(report, r.SignalsSampled)
        for name, value in report.signals.items()
    }
    deadline = time.monotonic() + 60.0
    while kept.samples.keys() != wanted.keys() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(wanted) >= 6
    assert kept.samples == wanted
    opened.close()
    end_world(tmp_path)
