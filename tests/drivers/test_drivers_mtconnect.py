"""MTConnect: SHDR lines, the agent over HTTP, a client that resumes and notices gaps, documents that the schema takes."""

import asyncio
import gzip
import http.client
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from lxml import etree

from nightmill.drivers import Connection, WorldStart, end_world, open_cell
from nightmill.drivers.mtconnect.adapter import Adapter
from nightmill.drivers.mtconnect.agent import Agent, read_adapter
from nightmill.drivers.mtconnect.buffer import ObservationBuffer, OutOfRange
from nightmill.drivers.mtconnect.client import AgentClient, AgentSaid, Gap, Seen, read_streams
from nightmill.drivers.mtconnect.model import DeviceModel
from nightmill.drivers.mtconnect.shdr import AssetChange, Reading, ShdrParser, format_entries, parse_entries
from nightmill.drivers.mtconnect.shop_model import Showing, Witness, devices_of
from nightmill.drivers.mtconnect.states import machine_changes
from nightmill.floor.equipment import Cell
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.shop import Shop

Drive = Callable[[Cell, int, float], list[r.AnyReport]]
FLOOR = Path(os.environ.get("NIGHTMILL_FLOOR_DATA", "/nowhere"))
SCHEMAS = Path(__file__).parent / "schemas"
MODEL = """<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.5"><Devices>
<Device id="d" name="VMC" uuid="vmc-1"><DataItems>
<DataItem id="av" name="avail" category="EVENT" type="AVAILABILITY"/>
<DataItem id="ac" category="EVENT" type="ASSET_CHANGED" discrete="true"/>
<DataItem id="ar" category="EVENT" type="ASSET_REMOVED"/></DataItems><Components>
<Axes id="ax" name="base"><Components><Linear id="x" name="X"><DataItems>
<DataItem id="xp" name="Xact" category="SAMPLE" type="POSITION" subType="ACTUAL" units="MILLIMETER"/>
<DataItem id="xv" name="Xvib" category="SAMPLE" type="DISPLACEMENT" representation="TIME_SERIES" units="MILLIMETER" sampleRate="100"/>
</DataItems></Linear></Components></Axes>
<Controller id="c" name="ctl"><DataItems>
<DataItem id="sys" name="system" category="CONDITION" type="SYSTEM"/>
<DataItem id="es" name="estop" category="EVENT" type="EMERGENCY_STOP"/>
<DataItem id="msg" name="message" category="EVENT" type="MESSAGE"/></DataItems><Components>
<Path id="p" name="path"><DataItems>
<DataItem id="ex" category="EVENT" type="EXECUTION"><Source>exec</Source></DataItem>
<DataItem id="mode" name="mode" category="EVENT" type="CONTROLLER_MODE"/>
<DataItem id="pr" name="program" category="EVENT" type="PROGRAM"/>
<DataItem id="pc" name="parts" category="EVENT" type="PART_COUNT" subType="ALL"/>
<DataItem id="tn" name="tool" category="EVENT" type="TOOL_NUMBER"/>
<DataItem id="var" name="vars" category="EVENT" type="VARIABLE" representation="DATA_SET"/>
<DataItem id="tab" name="offsets" category="EVENT" type="TOOL_OFFSET" representation="TABLE"/>
</DataItems></Path></Components></Controller></Components></Device></Devices></MTConnectDevices>"""
DAY = """2026-03-02T06:00:00Z|avail|AVAILABLE|exec|READY|mode|AUTOMATIC|program|A.NC|parts|0|estop|ARMED
2026-03-02T06:00:00Z|system|NORMAL||||
2026-03-02T06:01:00Z|exec|ACTIVE|tool|4
2026-03-02T06:01:01Z|Xact|10.5|Xvib|3|100|0.1 0.2 0.3
2026-03-02T06:02:00Z|exec|FEED_HOLD
2026-03-02T06:02:30Z|exec|ACTIVE
2026-03-02T06:03:00Z|system|FAULT|117|HIGH|LOW|spindle \\| overload
2026-03-02T06:03:00Z|system|WARNING|20|||filter
2026-03-02T06:04:00Z|system|NORMAL|117|||
2026-03-02T06:05:00Z|exec|PROGRAM_COMPLETED|parts|1
2026-03-02T05:00:00Z|exec|READY
2026-03-02T06:05:02Z|vars|a=1 b='two words' c
2026-03-02T06:05:03Z|vars|a=2
2026-03-02T06:05:04Z|offsets|T1={len=10.5 dia=6} T2={len=8}
2026-03-02T06:05:05Z|message|77|chips
2026-03-02T06:05:06Z|@ASSET@|T4.1|CuttingTool|--multiline--X
<CuttingTool toolId="4" serialNumber="1" assetId="T4.1"><CuttingToolLifeCycle><ToolLife type="MINUTES" countDirection="UP">7</ToolLife>
<CutterStatus><Status>USED</Status></CutterStatus></CuttingToolLifeCycle></CuttingTool>
--multiline--X
2026-03-02T06:05:07Z|estop|TRIGGERED
"""


def _filled(lines: str = DAY, model: str = MODEL, **sizes: int) -> ObservationBuffer:
    buffer = ObservationBuffer(DeviceModel(model), now="2026-03-02T05:59:00Z", **sizes)
    parser = ShdrParser(buffer.model.kinds)
    for line in lines.splitlines():
        for said in parser.feed(line):
            buffer.take(said)
    return buffer


class _Served:
    """An agent on a loopback port in a thread of its own, with an adapter before it."""

    def __init__(self, buffer: ObservationBuffer) -> None:
        self.buffer, self.agent = buffer, Agent(buffer, instance_id=7)
        self.ready = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(self.agent, log_level="error", lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(60)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.adapter = Adapter()
        port = await self.adapter.start()
        reader = asyncio.create_task(read_adapter(self.buffer, "127.0.0.1", port, retry_s=0.01))
        serving = asyncio.create_task(self.server.serve(sockets=[self.listener]))
        while not (self.server.started and self.adapter._agents):
            await asyncio.sleep(0.002)
        self.ready.set()
        await serving
        reader.cancel()
        await self.adapter.stop()

    def say(self, time: str, pairs: dict[str, str | tuple[str, ...]]) -> None:
        self.loop.call_soon_threadsafe(self.adapter.say, time, pairs)

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(60)
        self.listener.close()


@pytest.fixture
def served() -> Iterator[_Served]:
    made = _Served(_filled())
    yield made
    made.stop()


def _get(url: str, path: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    link.request("GET", path)
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer.status, body


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], None]:
    """Raises where a document isn't valid by the schema of its kind."""
    folder = tmp_path_factory.mktemp("schemas")
    names = {"Devices", "Streams", "Assets", "Error"}
    for packed in SCHEMAS.glob("*.gz"):
        (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    known: dict[str, etree.XMLSchema] = {}

    def check(document: bytes) -> None:
        root = etree.fromstring(document)
        kind = etree.QName(root).localname.removeprefix("MTConnect")
        assert kind in names
        if kind not in known:
            known[kind] = etree.XMLSchema(etree.parse(str(folder / f"MTConnect{kind}.xsd")))
        known[kind].assertValid(root)

    return check


# SHDR


def test_a_line_is_read_by_what_its_keys_are() -> None:
    parser = ShdrParser(DeviceModel(MODEL).kinds)
    (system, position) = parser.feed("2026-01-01T00:00:00Z@2.5|system|FAULT|117|HIGH|LOW|a \\| b|Xact|1.5")
    assert isinstance(system, Reading)
    assert system.fields == ("FAULT", "117", "HIGH", "LOW", "a | b")
    assert (system.time, system.duration) == ("2026-01-01T00:00:00Z", "2.5")
    assert isinstance(position, Reading)
    assert position.fields == ("1.5",)
    (asset,) = [said for line in DAY.splitlines()[15:19] for said in parser.feed(line)]
    assert isinstance(asset, AssetChange)
    assert asset.body.endswith("</CuttingTool>")


@pytest.mark.parametrize(
    "line", ["no bar", "t|exec", "t|@NOTHING@|x", "t|vars|a='x", "t|offsets|T1={a=1", "x" * 1_000_001]
)
def test_a_line_that_is_wrong_is_refused_in_words(line: str) -> None:
    with pytest.raises(BadInput, match="SHDR"):
        list(ShdrParser(DeviceModel(MODEL).kinds).feed(line))


def test_entries_survive_the_way_there_and_back() -> None:
    entries = {"a": "1", "b.c": "it's | a \\ 'bar'", "d": ""}
    assert parse_entries(format_entries(entries)) == entries
    assert parse_entries("a=1 b={x y} c") == {"a": "1", "b": "x y", "c": None}
    assert parse_entries("T1={len=1 dia='2 3'}", nested=True) == {"T1": {"len": "1", "dia": "2 3"}}


# the agent's memory


def test_the_buffer_numbers_without_gaps_and_drops_what_says_nothing_new() -> None:
    buffer = _filled()
    numbers = [seen.sequence for seen in buffer.sample(None, 10**6)]
    assert numbers == list(range(1, buffer.next_sequence))
    before = buffer.next_sequence
    buffer.take(Reading("2026-03-02T07:00:00Z", "exec", ("READY",)))
    assert buffer.next_sequence == before
    buffer.take(Reading("2026-03-02T07:00:00Z", "exec", ("ACTIVE",)))
    assert buffer.next_sequence == before + 1


def test_conditions_are_active_until_cleared() -> None:
    buffer = _filled()
    active = [seen.fields[:2] for seen in buffer.current() if seen.item.id == "sys"]
    assert active == [("WARNING", "20")]
    buffer.take(Reading("2026-03-02T07:00:00Z", "system", ("NORMAL", "", "", "", "")))
    assert [seen.fields[0] for seen in buffer.current() if seen.item.id == "sys"] == ["NORMAL"]


def test_the_state_at_a_number_is_that_of_a_replay() -> None:
    whole = _filled(size=100_000)
    small = _filled(size=10)
    assert small.first_sequence == small.next_sequence - 10
    for at in range(small.first_sequence, small.next_sequence):
        assert sorted(small.current(at), key=lambda s: s.sequence) == sorted(
            whole.current(at), key=lambda s: s.sequence
        )
    with pytest.raises(OutOfRange):
        small.current(small.first_sequence - 1)
    assert [seen.entries for seen in whole.current() if seen.item.id == "var"] == [{"a": "2", "b": "two words"}]


def test_machine_states_follow_the_order_of_the_stream() -> None:
    changes = list(machine_changes(_filled().sample(None, 10**6)))
    states = [change.state for change in changes]
    runs = [state for state, following in pairwise([*states, "end"]) if state != following]
    assert runs == ["unknown", "ready", "cutting", "stopped", "cutting", "failed", "cutting", "ready", "failed"]
    assert (changes[-1].tool, changes[-1].program, changes[-1].part_count) == ("4", "A.NC", 1)


# the agent over HTTP


def test_every_document_is_valid_by_the_schema(served: _Served, schema: Callable[[bytes], None]) -> None:
    paths = [
        "/",
        "/probe",
        "/VMC/probe",
        "/current",
        "/current?at=20",
        "/vmc-1/current",
        "/sample?count=1000",
        "/sample?from=5&count=3",
        "/assets",
    ]
    paths += ["/asset/T4.1", "/assets?type=CuttingTool", "/sample?count=-5", "/sample?to=9", "/current?path=//Path"]
    for path in paths:
        status, body = _get(served.url, path)
        assert status == 200, (path, body)
        schema(body)
    wrong = [
        "/nobody/probe",
        "/sample?from=99999",
        "/sample?count=0",
        "/current?at=0",
        "/asset/none",
        "/current?path=//[",
        "/x",
        "/probe/y",
    ]
    wrong += [
        "/sample?from=a",
        "/current?path=//Nothing",
        "/current?path=1",
        "/current?at=5&interval=10",
        "/sample?interval=-1",
    ]
    for path in wrong:
        status, body = _get(served.url, path)
        assert status in (400, 404), path
        schema(body)
        with pytest.raises(AgentSaid):
            read_streams(body)


def test_a_path_narrows_to_what_it_finds(served: _Served) -> None:
    client = AgentClient(served.url)
    found = client.current(path='//DataItem[@type="EXECUTION"]').observations
    assert [seen.item for seen in found] == ["ex"]
    assert {seen.item for seen in client.current(path="//Linear").observations} == {"xp", "xv"}
    assert client.probe().device("VMC") is not None
    client.close()


def test_an_agent_can_only_be_read(served: _Served, schema: Callable[[bytes], None]) -> None:
    link = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    link.request("PUT", "/VMC?Xact=1")
    answer = link.getresponse()
    assert answer.status == 405
    schema(answer.read())
    link.close()


def test_a_stream_pushes_what_the_adapter_says(served: _Served) -> None:
    client = AgentClient(served.url)
    start = client.current().next_sequence
    stream = client.stream(start, heartbeat_ms=2000)
    next(stream)
    served.say("2026-03-02T08:00:00Z", {"exec": "ACTIVE", "Xact": "3.25"})
    heard: list[Seen] = []
    while len(heard) < 2:
        heard += next(stream).observations
    assert [(seen.item, seen.value) for seen in heard] == [("ex", "ACTIVE"), ("xp", "3.25")]
    client.close()


def test_a_client_reads_everything_once_and_is_told_of_gaps() -> None:
    served = _Served(_filled(size=16))
    client = AgentClient(served.url)
    first = list(client.follow())
    assert [seen.sequence for seen in first if isinstance(seen, Seen)] == list(
        range(served.buffer.first_sequence, served.buffer.next_sequence)
    )
    position = served.buffer.next_sequence
    assert list(client.follow(position, 7)) == []
    for number in range(40):
        served.say("2026-03-02T08:00:00Z", {"Xact": str(100 + number)})
    while served.buffer.next_sequence < position + 40:
        pass
    again = list(client.follow(position, 7))
    assert again[0] == Gap(position, position + 24, "the agent's buffer no longer holds them")
    assert len(again) == 17
    other = list(client.follow(position, 6))
    assert isinstance(other[0], Gap)
    assert other[0].why == "the agent was restarted"
    client.close()
    served.stop()


def test_a_lost_adapter_makes_everything_unavailable(served: _Served) -> None:
    for writer in list(served.adapter._agents):
        served.loop.call_soon_threadsafe(writer.transport.abort)
    for _ in range(6000):
        if any(s.item.id == "ex" and s.fields == ("UNAVAILABLE",) for s in served.buffer.sample(None, 10**6)):
            break
        time.sleep(0.01)
    assert any(s.item.id == "ex" and s.fields == ("UNAVAILABLE",) for s in served.buffer.sample(None, 10**6))


def test_nobody_there_is_told_in_words() -> None:
    with pytest.raises(EnvironmentFailed, match="Start the agent"):
        AgentClient("http://127.0.0.1:1").current()


CUT_OFF = {
    "a document": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n<MTConnectStreams>",
    "a chunked document": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n<MTConnectStreams>",
    "no part": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n<MTConnectError>",
    "no part in chunks": b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n200\r\n<MTConnectError>",
    "a part": b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n--b\r\nContent-length: 900\r\n\r\n<MTConnectStreams>",
    "a part in chunks": b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"200\r\n--b\r\nContent-length: 450\r\n\r\n<MTConnectStreams>",
}


@pytest.mark.parametrize("what", CUT_OFF)
def test_an_agent_that_dies_within_a_document_is_surroundings_and_no_bad_document(what: str) -> None:
    def die() -> None:
        there, _ = listening.accept()
        with there:
            there.recv(4096)
            there.sendall(CUT_OFF[what])

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dying = threading.Thread(target=die)
        dying.start()
        client = AgentClient(f"http://127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(EnvironmentFailed, match="agent"):
            client.current() if "document" in what else next(client.stream(1))
        dying.join()
        client.close()


# the virtual shop


def test_a_report_that_the_control_denies_is_not_believed(shop: Shop) -> None:
    buffer = ObservationBuffer(DeviceModel(devices_of(shop)), now="2026-03-02T05:59:00Z")
    parser, showing = ShdrParser(buffer.model.kinds), Showing(shop)
    started = r.CycleStarted(1, 60.0, "M1", "c1", "S1", "A/1", "ab")
    lines = showing.lines(started)
    whole, without = Witness(), Witness()
    for witness, kept in ((whole, lines), (without, lines[-1:])):
        for pairs in kept:
            from nightmill.drivers.mtconnect.shdr import format_line

            for said in parser.feed(format_line(showing.time(60.0), pairs)):
                before = buffer.next_sequence
                buffer.take(said)
                for seen in buffer.sample(before, 1):
                    report = witness.see(_as_seen(seen))
                    assert report in (None, started)
    assert whole.doubts == []
    assert len(without.doubts) == 1


def test_an_adapter_that_began_during_a_cycle_bears_out_its_end(shop: Shop) -> None:
    from nightmill.drivers.mtconnect.shdr import format_line

    buffer = ObservationBuffer(DeviceModel(devices_of(shop)), now="2026-03-02T05:59:00Z")
    parser, showing, witness = ShdrParser(buffer.model.kinds), Showing(shop), Witness()
    finished = r.CycleFinished(2, 120.0, "M1", "c1", "S1", "A/1", 60.0, 0.1, {}, {}, {}, {"vibration_mm_s": 1.0})
    seen: list[r.AnyReport | None] = []
    for pairs in (showing.opening(), *showing.lines(finished)):
        for said in parser.feed(format_line(showing.time(120.0), pairs)):
            before = buffer.next_sequence
            buffer.take(said)
            seen += [witness.see(_as_seen(each)) for each in buffer.sample(before, 100)]
    assert [report for report in seen if report is not None] == [finished]
    assert witness.doubts == []


def _as_seen(seen: object) -> Seen:
    from nightmill.drivers.mtconnect.buffer import Observation

    assert isinstance(seen, Observation)
    value = seen.fields[0] if seen.fields else ""
    return Seen(
        seen.sequence, seen.time, seen.item.device, seen.item.id, "", seen.item.category, seen.item.element, value,
        entries=dict(seen.entries) if seen.entries is not None else None,
    )  # fmt: skip


@pytest.mark.slow
def test_what_the_shop_shows_is_valid_by_the_schema(
    tmp_path: Path, shop: Shop, drive: Drive, schema: Callable[[bytes], None]
) -> None:
    cell = open_cell(tmp_path, shop, WorldStart(5), connection=Connection("mtconnect"))
    url = dict(cell.endpoints)["mtconnect"]
    drive(cell, 6, 5 * 3600.0)
    for path in ("/probe", "/current", "/sample?count=10000", "/assets"):
        status, body = _get(url, path)
        assert status == 200
        schema(body)
    cell.close()
    end_world(tmp_path)


@pytest.mark.skipif(not (FLOOR / "mtconnect").is_dir(), reason="NIGHTMILL_FLOOR_DATA names no folder with recordings")
def test_a_real_recording_replays_into_the_right_states(schema: Callable[[bytes], None]) -> None:
    """Counted from the recording's own lines, by text alone: what the states say must agree."""
    lines = (FLOOR / "mtconnect" / "okuma.txt").read_text(encoding="utf-8")
    model = (FLOOR / "mtconnect" / "Devices.xml").read_text(encoding="utf-8")
    buffer = _filled(lines, model)
    okuma = [change for change in machine_changes(buffer.sample(None, 10**6)) if change.device.startswith("OKUMA")]
    fields = [line.split("|") for line in lines.splitlines() if line[:2] == "20" and "@" not in line]
    said = [(f[0], f[at + 1]) for f in fields for at in range(1, len(f) - 1, 2) if f[at] == "pexecution"]
    cutting = [c.time for before, c in pairwise(okuma) if c.state == "cutting" != before.state]
    assert cutting == [time for time, value in said if value == "ACTIVE"]
    ended = [c.time for before, c in pairwise(okuma) if before.state == "cutting" != c.state]
    assert ended == [time for time, value in said if value == "PROGRAM_COMPLETED"]
    tools = [f[at + 1] for f in fields for at in range(1, len(f) - 1, 2) if f[at] == "p1CurrentTool"]
    assert {c.tool for c in okuma if c.state == "cutting"} - {""} >= set(tools[1:]) - {""}
    assert max(c.part_count or 0 for c in okuma) == 1
    assert not any(c.state == "failed" for c in okuma)
    held: set[str] = set()
    for line in lines.splitlines():
        words = line.split("|")
        if "|@ASSET@|" in line:
            held.add(words[2])
        elif "|@REMOVE_ASSET@|" in line:
            held.discard(words[2])
        elif "|@REMOVE_ALL_ASSETS@|" in line:
            held.clear()
    assert {asset.id for asset in buffer.assets.values() if not asset.removed} == held != set()
    served = _Served(_filled(lines, model.replace("FIXTURE_ASSET_ID", "FIXTURE_ID")))
    for path in ("/probe", "/current", "/sample?count=100000", "/assets"):
        status, body = _get(served.url, path)
        assert status == 200
        schema(body)
    served.stop()
