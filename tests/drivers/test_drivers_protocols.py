"""One shop by every protocol: the same parts, whatever carries the words, and whoever is killed meanwhile."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from nightmill.drivers import Connection, WorldStart, end_world, open_cell, start_world
from nightmill.drivers.connection import end_gateway
from nightmill.drivers.gateway import locked
from nightmill.drivers.inbox import Inbox
from nightmill.drivers.opcua.gateway import OpcUaGateway
from nightmill.drivers.protocols import GatewayOptions, listening
from nightmill.drivers.record_fields import flatten, read_command, read_report
from nightmill.drivers.station import Link, Station
from nightmill.floor.equipment import Advance, Cell
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.shop import Shop

Drive = Callable[[Cell, int, float], list[r.AnyReport]]
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
BY_MQTT = pytest.param("mqtt", marks=pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto isn't installed"))
PROTOCOLS = ["mtconnect", BY_MQTT, "opcua"]
REPORTS: list[r.AnyReport] = [
    r.CycleFinished(
        3,
        1.5,
        "M 1",
        "c|1",
        "S'1",
        "A/1",
        60.25,
        0.1,
        {"1": 0.1, "122": 2.0},
        {"1": "e#1"},
        {},
        {"vibration_mm_s": 0.30000000000000004},
    ),
    r.PartMeasured(4, 2.0, "G1", "c", "S", {"Ø 12 H7.width=x": 12.01, "plain": -0.5}),
    r.SignalsSampled(5, 2.0, "M1", {}),
    r.CycleInterrupted(6, 0.1 + 0.2, "M1", "c", "S", "A/1", "broken: 'tool' | 7 \\ {x}", {}),
    r.PurchaseAccepted(7, 3.0, "Millbrook Metals", "c", "PO-1", 129600.0),
    r.PeopleCalled(8, 4.0, "", "c", 7200.0, 9000.0, 2),
    r.MachineFailed(8, 3.0, "M1", ""),
    r.TreatmentStarted(9, 5.0, "O1", "c", ("A|1", "B 2"), "harden, 60 HRC"),
    r.PartsTreated(10, 6.0, "O1", "c", tuple(f"S{n}" for n in range(12)), "harden", 28800.0),
    r.PartsUnloaded(11, 7.0, "O1", "c", ("A.001",), "wip"),
]
COMMANDS: list[c.AnyCommand] = [
    c.StoreProgram("c", "M1", "A/1", "ab", "G0 X1\nG1 Y2 (it's | a \\ comment)\n", "6082"),
    c.MeasurePart("c", "G1", "P01", "S", tuple(c.MeasureTask(f"ch {n}", "A/1", n, 2.0, 40.0) for n in range(12))),
    c.PlacePurchaseOrder("c", "", "PO-1", "Metalco", "tool:7", 3),
    c.CallPeople("c", "", 7200.0, 9000.5, 2),
    c.TreatParts("c", "O1", tuple(f"S{n}" for n in range(12)), "harden", 360.0, 28800.0, attended=True),
    c.UnloadParts("c", "O1", ("A.001", "A.002"), "finished", 120.0),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda each: type(each).__name__)
def test_a_report_survives_as_texts(report: r.AnyReport) -> None:
    assert read_report({key: str(value) for key, value in flatten(report).items()}, "test") == report


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: type(each).__name__)
def test_a_command_survives_as_texts(command: c.AnyCommand) -> None:
    assert read_command({key: str(value) for key, value in flatten(command).items()}, "test") == command


@pytest.mark.parametrize(
    "fields", [{}, {"report": "tea"}, {"report": "machine_failed", "seq": "x"}, {"a": 1, "a.b": 2}, {"a.b": 1, "a": 2}]
)
def test_fields_that_are_no_report_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        read_report(fields, "test")


@pytest.mark.parametrize("report", REPORTS, ids=lambda each: type(each).__name__)
def test_a_report_survives_as_shdr_and_as_sparkplug(report: r.AnyReport, shop: Shop) -> None:
    from nightmill.drivers.mtconnect.model import DeviceModel
    from nightmill.drivers.mtconnect.shdr import Reading, ShdrParser, format_line
    from nightmill.drivers.mtconnect.shop_model import Showing, devices_of
    from nightmill.drivers.sparkplug import shop_metrics
    from nightmill.drivers.sparkplug.payload import Metric, Payload, decode, encode

    model = DeviceModel(devices_of(shop))
    line = format_line("2026-03-02T06:00:00Z", Showing(shop).lines(report)[-1])
    (said,) = ShdrParser(model.kinds).feed(line)
    assert isinstance(said, Reading)
    assert said.key in model.by_key
    fields = {key: value for key, value in (said.entries or {}).items() if isinstance(value, str)}
    empty = {key: "" for key, value in flatten(report).items() if value == ""}
    assert read_report(empty | fields, "test") == report
    changes = shop_metrics.Showing().changes(report, again=True)
    metric = decode(encode(Payload((Metric("Report", changes[shop_metrics.REPORT]),)))).metrics[0]
    assert shop_metrics.report_of(metric.value) == report


def test_an_inbox_gives_each_report_once_and_in_order() -> None:
    inbox = Inbox()
    for seq in (3, 1, 3, 2, 5):
        inbox.put(r.MachineFailed(seq, 0.0, "M1", str(seq)))
    assert inbox.has(0, 3)
    assert not inbox.has(0, 5)
    assert [report.seq for report in inbox.take(0, 3)] == [1, 2, 3]
    inbox.acknowledge(3)
    assert not inbox.has(0, 3)


def test_what_cannot_be_connected_is_told(tmp_path: Path, shop: Shop) -> None:
    with pytest.raises(BadInput, match="carrier pigeon"):
        open_cell(tmp_path, shop, WorldStart(1), connection=Connection("carrier pigeon"))
    with pytest.raises(BadInput, match="only with --connect mqtt"):
        open_cell(tmp_path, shop, WorldStart(1), connection=Connection("opcua", broker="x:1"))
    with pytest.raises(BadInput, match="HOST:PORT"):
        open_cell(tmp_path, shop, WorldStart(1), connection=Connection("mqtt", broker="nowhere"))


@pytest.mark.slow
def test_a_broker_that_is_not_there_is_told(tmp_path: Path, shop: Shop) -> None:
    with pytest.raises(EnvironmentFailed, match="MQTT broker"):
        open_cell(tmp_path, shop, WorldStart(1), connection=Connection("mqtt", broker="127.0.0.1:1"))
    end_world(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_makes_the_same_parts(tmp_path: Path, shop: Shop, drive: Drive, protocol: str) -> None:
    direct = start_world(tmp_path / "direct", shop, WorldStart(5))
    expected = drive(direct, 12, 8 * 3600.0)
    direct.shutdown()
    cell = open_cell(tmp_path / "other", shop, WorldStart(5), connection=Connection(protocol))
    reports = drive(cell, 12, 8 * 3600.0)
    cell.close()
    end_world(tmp_path / "other")
    assert reports == expected
    assert any(isinstance(report, r.CycleFinished) for report in reports)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_gateway_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, shop: Shop, drive: Drive, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = start_world(tmp_path / "calm", shop, WorldStart(6))
    expected = drive(direct, 12, 8 * 3600.0)
    direct.shutdown()
    cell = open_cell(tmp_path / "wild", shop, WorldStart(6), connection=Connection(protocol))
    killed: list[int] = []
    stop, first = threading.Event(), threading.Event()

    def kill() -> None:
        path = tmp_path / "wild" / ".nightmill" / "world" / "gateway.json"
        while not stop.wait(0.05) and len(killed) < 2:
            try:
                pid = int(msgspec.json.decode(path.read_bytes())["pid"])
            except (FileNotFoundError, msgspec.DecodeError):
                continue
            if pid not in killed:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                first.set()

    def goes_on_once_one_is_killed(until_s: float, acknowledged_seq: int) -> Advance:
        assert until_s <= 4 * 3600.0 or first.wait(60.0)
        return advance(until_s, acknowledged_seq)

    advance = cell.advance
    monkeypatch.setattr(cell, "advance", goes_on_once_one_is_killed)
    thread = threading.Thread(target=kill)
    thread.start()
    reports = drive(cell, 12, 8 * 3600.0)
    stop.set()
    thread.join()
    cell.close()
    end_world(tmp_path / "wild")
    assert killed
    assert reports == expected


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_gateway_that_died_before_it_was_ever_asked_is_met_in_its_next_life(
    tmp_path: Path, shop: Shop, protocol: str
) -> None:
    cell = open_cell(tmp_path, shop, WorldStart(6), connection=Connection(protocol))
    address = tmp_path / ".nightmill" / "world" / "gateway.json"
    os.kill(int(msgspec.json.decode(address.read_bytes())["pid"]), signal.SIGKILL)
    assert cell.advance(60.0, 0).now_s == 60.0
    cell.close()
    end_world(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_gateway_that_is_ended_while_its_cell_is_opened_is_met_in_its_next_life(
    tmp_path: Path, shop: Shop, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = tmp_path / ".nightmill" / "world" / "gateway.json"

    class Ended(Link):
        def __init__(self, station: Station) -> None:
            super().__init__(station)
            os.kill(int(msgspec.json.decode(address.read_bytes())["pid"]), signal.SIGTERM)
            while address.exists():
                time.sleep(0.01)

    monkeypatch.setattr("nightmill.drivers.connection.Link", Ended)
    cell = open_cell(tmp_path, shop, WorldStart(6), connection=Connection(protocol))
    assert cell.endpoints
    assert cell.advance(60.0, 0).now_s == 60.0
    cell.close()
    monkeypatch.undo()
    end_world(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_gateway_that_is_told_to_end_ends_though_its_cell_listens(
    tmp_path: Path, shop: Shop, drive: Drive, protocol: str
) -> None:
    cell = open_cell(tmp_path, shop, WorldStart(6), connection=Connection(protocol))
    address = tmp_path / ".nightmill" / "world" / "gateway.json"
    last = drive(cell, 1, 1800.0)[-1].seq
    told = int(msgspec.json.decode(address.read_bytes())["pid"])
    os.kill(told, signal.SIGTERM)
    assert cell.advance(3600.0, last).now_s > 1800.0
    assert msgspec.json.decode(address.read_bytes())["pid"] != told
    cell.close()
    end_world(tmp_path)


def test_who_ends_a_gateway_waits_while_one_that_answers_nobody_any_more_has_the_shop(tmp_path: Path) -> None:
    lock = tmp_path / ".nightmill" / "world" / "gateway.lock"
    lock.parent.mkdir(parents=True)
    end_gateway(tmp_path)
    let_go: list[float] = []
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def go() -> None:
            let_go.append(time.monotonic())
            fcntl.flock(held, fcntl.LOCK_UN)

        going = threading.Timer(0.3, go)
        going.start()
        end_gateway(tmp_path)
        ended = time.monotonic()
        going.join()
    assert let_go
    assert ended >= let_go[0]


def test_a_gateway_starts_though_somebody_looks_at_its_lock(tmp_path: Path) -> None:
    """Who ends a gateway holds the lock for a moment to see that it is free; who keeps it is another gateway."""
    with (tmp_path / "gateway.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        looking = threading.Timer(0.1, fcntl.flock, (held, fcntl.LOCK_UN))
        looking.start()
        mine = locked(tmp_path)
        looking.join()
        with pytest.raises(EnvironmentFailed, match="another gateway"):
            locked(tmp_path)
        os.close(mine)


def test_a_report_is_no_command_and_a_tag_that_nobody_knows_is_said() -> None:
    report = flatten(r.PalletMoved(1, 0.0, "robot", "c", "P1", "pool"))
    with pytest.raises(BadInput, match="command"):
        read_command(report, "test")
    with pytest.raises(BadInput, match="flown"):
        read_report({**report, "report": "flown"}, "test")


def test_a_port_that_somebody_takes_between_the_look_and_the_start_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        looks = iter([theirs.getsockname()[1], 0])
        monkeypatch.setattr("nightmill.drivers.protocols.choose_port", lambda options, host: next(looks))
        with listening(GatewayOptions("mtconnect")) as ours:
            assert ours.getsockname()[1] != theirs.getsockname()[1]


def test_nobody_takes_the_port_while_the_opc_ua_server_is_built(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Models and nodes take seconds; then the server listens at the port that it has told."""
    tried: list[int] = []

    async def take(server: Any) -> Any:
        tried.append(server.endpoint.port)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", server.endpoint.port))
        raise RuntimeError("enough")

    monkeypatch.setattr("nightmill.drivers.opcua.gateway.load_models", take)
    link: Any = None
    gateway = OpcUaGateway(link, shop, tmp_path / ".nightmill" / "world", GatewayOptions("opcua"))
    with pytest.raises(RuntimeError, match="enough"):
        asyncio.run(gateway.start())
    with socket.create_server(("127.0.0.1", *tried)):
        pass


@pytest.mark.parametrize(("port", "starts"), [(0, 2), (1, 1)])
def test_an_opc_ua_server_whose_port_is_taken_in_the_last_moment_takes_another_unless_it_was_named(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch, port: int, starts: int
) -> None:
    """Between the look and its start somebody may listen there; a port that was named is no other's."""
    ports: list[int] = []

    class Server:
        async def start(self) -> None:
            if len(ports) == 1:
                raise OSError("address in use")

    async def built(_: OpcUaGateway, port: int) -> tuple[Server, str]:
        ports.append(port)
        return Server(), f"opc.tcp://127.0.0.1:{port}"

    monkeypatch.setattr(OpcUaGateway, "_built", built)
    if port:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    link: Any = None
    gateway = OpcUaGateway(link, shop, tmp_path, GatewayOptions("opcua", port))
    if port:
        with pytest.raises(EnvironmentFailed, match="in use"):
            asyncio.run(gateway.start())
    else:
        assert asyncio.run(gateway.start()) == [("opcua", f"opc.tcp://127.0.0.1:{ports[-1]}")]
    assert len(ports) == starts


def test_a_gateway_without_a_shop_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nightmill.drivers.gateway", "--shop", str(tmp_path), "--protocol", "mtconnect"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "Run the shop first" in done.stderr
