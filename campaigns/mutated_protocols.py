"""Feed mutated bytes to every parser of messages from machines, agents and brokers: no input may crash it, slow it down
or use much memory.

``python campaigns/mutated_protocols.py [--inputs N] [--seed S] [--parser NAME]``: N inputs per parser (default
100,000), each a valid input with bytes flipped, cut, doubled, swapped or spliced in from another. Each parser must
return a result or raise the one error that it documents; an input that takes more than 2 s of processor time
(independent of other load), or memory of more than 1 GiB beyond that of Python and its libraries, is a failure. Exits
with 1 after any failure.
"""

import argparse
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from nightmill.drivers.mtconnect.buffer import ObservationBuffer
from nightmill.drivers.mtconnect.client import AgentSaid, read_streams
from nightmill.drivers.mtconnect.documents import Header, devices_document, error_document, streams_document
from nightmill.drivers.mtconnect.model import DeviceModel
from nightmill.drivers.mtconnect.shdr import ShdrParser
from nightmill.drivers.record_fields import read_command, read_report
from nightmill.drivers.sparkplug.edge import EdgeNode, read_state
from nightmill.drivers.sparkplug.host import HostApplication
from nightmill.drivers.sparkplug.payload import DataSet, DataType, Metric, Template, decode
from nightmill.vocabulary.errors import BadInput

SLOW_S, GREEDY_BYTES = 2.0, 1 << 30
Parsers = dict[str, tuple[list[bytes], Callable[[bytes], object]]]
"""By name: valid inputs, and the function that reads one."""
MODEL = """<MTConnectDevices xmlns="urn:mtconnect.org:MTConnectDevices:2.5"><Devices><Device id="d" name="VMC" uuid="u"><DataItems>
<DataItem id="av" name="avail" category="EVENT" type="AVAILABILITY"/><DataItem id="x" name="Xact" category="SAMPLE" type="POSITION"/>
<DataItem id="s" name="system" category="CONDITION" type="SYSTEM"/><DataItem id="m" name="msg" category="EVENT" type="MESSAGE"/>
<DataItem id="v" name="vars" category="EVENT" type="VARIABLE" representation="DATA_SET"/>
<DataItem id="t" name="offs" category="EVENT" type="TOOL_OFFSET" representation="TABLE"/>
<DataItem id="w" name="wave" category="SAMPLE" type="DISPLACEMENT" representation="TIME_SERIES"/></DataItems></Device></Devices></MTConnectDevices>"""
LINES = (
    "2026-01-01T00:00:00Z|avail|AVAILABLE|Xact|1.5",
    "2026-01-01T00:00:00Z@2.5|system|FAULT|117|HIGH|LOW|a \\| b",
    "2026-01-01T00:00:00Z|vars|:RESET a=1 b='two words' c=\"x\" d",
    "2026-01-01T00:00:00Z|offs|T1={len=1 dia='2 3'} T2={len=2}",
    "2026-01-01T00:00:00Z|wave|3|100|1 2 3|msg|7|chips",
    "2026-01-01T00:00:00Z|@ASSET@|T4.1|CuttingTool|<CuttingTool toolId='4'/>",
    "2026-01-01T00:00:00Z|@ASSET@|T4.1|CuttingTool|--multiline--X",
    "2026-01-01T00:00:00Z|@REMOVE_ALL_ASSETS@|CuttingTool",
    "* manufacturer: Okuma",
)


def mutated(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Return ``count`` mutated inputs, the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(count):
        data = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 8)):
            at = draw.randrange(len(data) + 1)
            match draw.randrange(7):
                case 0 if data:
                    data[at % len(data)] = draw.randrange(256)
                case 1:
                    del data[at : at + draw.randint(1, 16)]
                case 2:
                    data[at:at] = data[at : at + draw.randint(1, 64)] * draw.randint(1, 20)
                case 3:
                    other = draw.choice(seeds)
                    begin = draw.randrange(len(other))
                    data[at:at] = other[begin : begin + draw.randint(1, 64)]
                case 4:
                    data[at:at] = draw.randbytes(draw.randint(1, 8))
                case 5:
                    data[at:at] = draw.choice(
                        [b"<", b">", b"&", b"|", b"'", b"{", b"=", b"\xff", b"\x00", b"99999999999999999999", b"NaN"]
                    )
                case _ if data:
                    data[at % len(data)] ^= 1 << draw.randrange(8)
        yield bytes(data)


def _buffer() -> ObservationBuffer:
    buffer = ObservationBuffer(DeviceModel(MODEL), now="2026-01-01T00:00:00Z", size=256)
    _shdr(buffer, "\n".join(LINES).encode())
    return buffer


def _shdr(buffer: ObservationBuffer, data: bytes) -> None:
    parser = ShdrParser(buffer.model.kinds)
    for line in data.decode("utf-8", errors="replace").splitlines():
        for said in parser.feed(line):
            buffer.take(said)


def _documents() -> list[bytes]:
    buffer = _buffer()
    header = Header("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1, "x", 256, 8, 1, 1, 9, 10)
    made = (
        streams_document(header, buffer.current(), buffer.model, following=10),
        streams_document(header, buffer.sample(None, 100), buffer.model, following=10),
        devices_document(header, buffer.model),
        error_document(header, "OUT_OF_RANGE", "no"),
    )
    return [each.encode() for each in made]


def _edge() -> EdgeNode:
    table = DataSet(("name", "value"), (DataType.STRING, DataType.INT32), (("a", -1), ("b", 2)))
    plate = Template((Metric("maker", "Acme", DataType.STRING),), False, ref="Plate")
    texts = DataSet(("name", "value"), (DataType.STRING, DataType.TEXT), (("a", "1"), ("b", "")))
    metrics = (Metric("a", 1, DataType.INT32), Metric("t", table), Metric("w", texts))
    edge = EdgeNode("G", "E", now_ms=lambda: 1000, metrics=metrics)
    edge.add_device(
        "D", (Metric("x", 1.5, DataType.DOUBLE), Metric("p", plate), Metric("b", b"\x00\x01"), Metric("s", "Ø"))
    )
    edge.will()
    return edge


def _payloads() -> list[bytes]:
    edge = _edge()
    messages = [edge.will(), *edge.births(), edge.device_data("D", {"x": 2.0}), edge.device_death("D")]
    return [message.payload for message in messages if message is not None]


def _host(data: bytes) -> None:
    """Send the bytes to a host and an edge node on every kind of topic."""
    host, edge = HostApplication("H", reorder_ms=0), _edge()
    for message in edge.births():
        host.receive(message.topic, message.payload, 1000)
    for topic in ("NBIRTH/E", "DDATA/E/D", "NDEATH/E", "DBIRTH/E/D"):
        host.receive(f"spBv1.0/G/{topic}", data, 1000)
    edge.hear_command("spBv1.0/G/DCMD/E/D", data)


def _fields(data: bytes) -> None:
    words = data.decode("utf-8", errors="replace").split("|")
    fields = dict(zip(words[::2], words[1::2], strict=False))
    for read in (read_report, read_command):
        try:
            read(fields, "mutated")
        except BadInput:
            continue


_FIELDS = [
    b"report|cycle_finished|seq|1|at_s|1.5|unit|M1|command_id|c|serial|S|operation|A/1|duration_s|1|energy_kwh|1|tool_minutes.1|0.5",
    b"report|part_measured|seq|2|at_s|1.5|unit|G1|command_id|c|serial|S|readings.width:20:x|40.1",
    b"command|measure_part|command_id|m|unit|G1|pallet|P|serial|S|tasks.0.characteristic|w|tasks.0.operation|A|tasks.0.tool|1|tasks.0.sensitivity|2|tasks.0.nominal|4",
]
_BUFFER = _buffer()
PARSERS: Parsers = {
    "shdr": ([line.encode() for line in LINES] + ["\n".join(LINES).encode()], lambda data: _shdr(_BUFFER, data)),
    "mtconnect streams": (_documents(), read_streams),
    "mtconnect devices": ([MODEL.encode(), _documents()[2]], DeviceModel),
    "sparkplug payload": (_payloads(), decode),
    "sparkplug session": (_payloads(), _host),
    "sparkplug state": ([b'{"online": true, "timestamp": 1700000000000}'], read_state),
    "fields": (_FIELDS, _fields),
}


def run(parsers: Parsers, name: str, inputs: int, seed: int) -> tuple[list[str], float, int]:
    """Return failures as text, the time of the slowest input in seconds, and how many inputs were refused."""
    seeds, parse = parsers[name]
    failures: list[str] = []
    slowest, refused = 0.0, 0
    with suppress(BadInput, AgentSaid):
        parse(seeds[0])  # libraries imported at the first use don't count towards any input's time
    for number, data in enumerate(mutated(seeds, inputs, seed)):
        begun = time.process_time()
        try:
            parse(data)
        except (BadInput, AgentSaid):
            refused += 1
        except Exception as error:  # noqa: BLE001 - whatever else comes out is what the campaign looks for
            failures.append(f"{name} input {number}: {type(error).__name__}: {error}")
        took = time.process_time() - begun
        slowest = max(slowest, took)
        if took > SLOW_S:
            failures.append(f"{name} input {number}: {took:.1f} s")
    return failures, slowest, refused


def campaign(parsers: Parsers, about: str | None) -> int:
    """Run a campaign by the options of the command line; returns the exit code."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--inputs", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--parser", choices=sorted(parsers))
    given = options.parse_args()
    mapped = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (mapped + GREEDY_BYTES, mapped + GREEDY_BYTES))
    bad = 0
    for name in [given.parser] if given.parser else parsers:
        failures, slowest, refused = run(parsers, name, given.inputs, given.seed)
        bad += len(failures)
        print(f"{name}: {given.inputs} inputs, {refused} refused, {len(failures)} failures")
        for failure in failures[:20]:
            print(f"  {failure}")
        print(
            f"  slowest: {'under a tenth of the limit' if slowest < SLOW_S / 10 else f'{slowest / SLOW_S:.0%} of the limit'}"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(campaign(PARSERS, __doc__))
