"""Measure how fast events are handled while signals are received and stored: our consumer, and the same consumer on
paho and aiomqtt.

Usage: python benchmarks/ingest.py [--machines 100] [--signals 500] [--batch 50] [--seconds 60] [--events-per-s 200] [--clients gmqtt,paho,aiomqtt] [--json]

A generator (a separate process) publishes ``machines`` × ``signals`` samples per second as Sparkplug B edge nodes to
mosquitto, ``batch`` samples per message. The consumer (another process) follows all rules of a Sparkplug host
application and stores each sample in Parquet. Events arrive on a second connection, two per second and machine: the
report that a cycle has ended, from a machine in a separate process. The consumer makes the report and the command that
it issues durable in the event log (SQLite, every commit synced), then sends the command. The time is measured twice: by
that machine, from publishing the report to receiving the command, with two passes through the broker (``p50_ms``), and
by the consumer, from receiving the report's bytes to sending the command's bytes (``react``); if Nightmill's session
sends them, by the kernel's timestamp of that packet. The sending call may return later (``back``), because the kernel
lets the awakened broker run first. Each is measured first for events alone (``quiet``), then together with the signals:
the difference is the cost of the signals, on any disk and computer. ``disk_p50_ms`` is the time of a bare synced write
on that disk at the rate of the events (median before the run), which every event needs. With fewer events per second
everything takes longer, because disk, processor and caches become idle: ``--events-per-s 20`` shows a shop with few
events. Afterwards the stored history is counted: ``kept`` is the fraction of published samples found in complete files.
``quarter_mb`` and ``end_mb``: the consumer's memory after a quarter of the run and at its end. ``cpu`` is the fraction
of one core that the consumer uses, including the storage of history.

Nightmill's own client is gmqtt; the other clients are used through the same functions. Peers: ``pip install paho-mqtt
aiomqtt``.
"""

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from append import of_disk

from nightmill.drivers.protocols import GatewayOptions, choose_port
from nightmill.drivers.sparkplug.broker import Broker
from nightmill.drivers.sparkplug.edge import EdgeNode, Message
from nightmill.drivers.sparkplug.host import Heard, HostApplication
from nightmill.drivers.sparkplug.payload import DataType, Metric
from nightmill.drivers.sparkplug.session import EdgeSession, MqttSession
from nightmill.drivers.sparkplug.shop_metrics import (
    COMMAND,
    REPORT,
    Showing,
    command_of,
    command_value,
    device_metrics,
    report_of,
)
from nightmill.drivers.sparkplug.signals import signals_of
from nightmill.store import SqliteEventStore, TelemetryHistory, TelemetryLane
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import MovePallet
from nightmill.vocabulary.reports import CycleFinished
from nightmill.vocabulary.shop import WorkUnit

FLOOR, CELL = "floor", "cell"
MILL = WorkUnit("mill", "mill", "milling")
CLIENTS = {"gmqtt": "gmqtt", "paho": "paho-mqtt", "aiomqtt": "aiomqtt"}
PERCENTILES = (50.0, 99.0, 99.9)
SETTLE_S = 3.0
DISK_WRITES = 100
MEMORY_EVERY_S = 1.0


def now_ms() -> int:
    """Return the UTC time in ms since 1970."""
    return time.time_ns() // 1_000_000


class Machine:
    """A machine that publishes ``signals`` signals through its own edge node."""

    def __init__(self, number: int, signals: int) -> None:
        self.names = [f"axis {n % 5}/signal {n}" for n in range(signals)]
        self.edge = EdgeNode(FLOOR, f"machine-{number:03d}", now_ms=now_ms)
        self.edge.add_device("control", tuple(Metric(name, 0.0, DataType.DOUBLE) for name in self.names))
        self.edge.will()
        self._sent = number

    def births(self) -> list[Message]:
        """Return the machine's birth messages."""
        return self.edge.births()

    def batch(self, first: int, size: int) -> Message:
        """Return the next samples of this many of its signals; each differs from the previous one."""
        self._sent += 1
        chosen = self.names[first : first + size]
        changes = {name: 20.0 + (self._sent * 37 + n * 11) % 1009 / 100 for n, name in enumerate(chosen, first)}
        made = self.edge.device_data("control", changes)
        assert made is not None
        return made


async def generate(port: int, chosen: argparse.Namespace) -> dict[str, Any]:
    """Publish samples at their rate once told to start (by a line on stdin); return what was published."""
    machines = [Machine(n, chosen.signals) for n in range(chosen.machines)]
    floor = MqttSession("127.0.0.1", port, "generator", lambda topic, payload: None)
    await floor.connect(machines[0].edge.will())
    for machine in machines:
        for message in machine.births():
            floor.publish(message)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    slices = -(-chosen.signals // chosen.batch)
    began, published, late = time.monotonic(), 0, 0.0
    for second in range(int(chosen.seconds)):
        for step in range(slices * chosen.machines):
            due = began + second + step / (slices * chosen.machines)
            wait = due - time.monotonic()
            if wait > 0.0005:
                await asyncio.sleep(wait)
            late = max(late, -wait)
            part, number = divmod(step, chosen.machines)
            size = min(chosen.batch, chosen.signals - part * chosen.batch)
            floor.publish(machines[number].batch(part * chosen.batch, size))
            published += size
    took = time.monotonic() - began
    await asyncio.sleep(SETTLE_S)
    await floor.leave(with_will=False)
    return {"published": published, "per_s": published / took, "generator_late_s": late}


async def ask(port: int, chosen: argparse.Namespace) -> dict[str, Any]:
    """Publish events, first alone, then (after a line on stdout) together with the signals; return the time that each took."""
    probe = Probe(port)
    await probe.start()
    await asyncio.sleep(2.0)
    await probe.keep_asking(chosen.events_per_s, chosen.quiet)
    quiet_ms, probe.took_ms = probe.took_ms, []
    print("ready", flush=True)
    await probe.keep_asking(chosen.events_per_s, chosen.seconds)
    await asyncio.sleep(SETTLE_S)
    await probe.stop()
    found = {"events": len(probe.took_ms), "unanswered": len(probe.open)}
    return found | {"took_ms": probe.took_ms, "quiet_ms": quiet_ms}


class Probe:
    """A mill with its own node: reports the end of a cycle and waits for the next command."""

    def __init__(self, port: int) -> None:
        self.edge = EdgeNode(CELL, "probe", now_ms=now_ms)
        self.edge.add_device("mill", device_metrics(MILL))
        self.session = EdgeSession(self.edge, [("127.0.0.1", port)], self._obey)
        self.showing = Showing()
        self.open: dict[str, float] = {}
        self.took_ms: list[float] = []
        self.asked = 0

    async def start(self) -> None:
        """Publish the births."""
        await self.session.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self.session.stop()

    async def keep_asking(self, per_s: float, seconds: float) -> None:
        """Publish an event at regular intervals."""
        began = time.monotonic()
        for step in range(1, int(per_s * seconds) + 1):
            await asyncio.sleep(max(0.0, began + step / per_s - time.monotonic()))
            self.asked += 1
            n = self.asked
            signals = {"spindle_load_pct": 40.0, "temperature_c": 31.0}
            report = CycleFinished(n, n * 1.0, "mill", f"c{n}", f"part.{n}", "part/1", 600.0, 1.2, {"1": 3.0}, {"1": "e1"}, {}, signals)  # fmt: skip
            message = self.edge.device_data("mill", self.showing.changes(report, again=False))
            self.open[f"next {n}"] = time.perf_counter()
            self.session.publish(message)

    def _obey(self, command: Any) -> None:
        now = time.perf_counter()
        for metric in command.metrics:
            if metric.name == COMMAND:
                asked = self.open.pop(command_of(metric.value).command_id, None)
                if asked is not None:
                    self.took_ms.append((now - asked) * 1000.0)


class Consumer:
    """Handling of messages, regardless of the client that received them. There is one function per connection; each may
    be called in its own thread.
    """

    def __init__(self, folder: Path) -> None:
        self.lane = TelemetryLane(folder / "telemetry")
        self.store = SqliteEventStore(folder / "log.sqlite")
        self.floor, self.cell = HostApplication("floor"), HostApplication("cell")
        self.version = self.store.version()

    def sampled(self, topic: str, payload: bytes) -> list[Message]:
        """Receive samples."""
        heard, out = self.floor.receive(topic, payload, now_ms())
        for each in heard:
            if each.what == "data":
                for source, at_us, signals in signals_of(each, ours=False):
                    self.lane.put(source, at_us, signals)
        return out

    def happened(self, topic: str, payload: bytes) -> list[Message]:
        """Receive an event: make the event and the resulting command durable, then send the command."""
        heard, out = self.cell.receive(topic, payload, now_ms())
        for each in heard:
            report = report_of(each.values[REPORT]) if each.what == "data" and REPORT in each.values else None
            if isinstance(report, CycleFinished):
                command = MovePallet(f"next {report.seq}", "mill", "P01", "mill", "pool")
                facts = (e.Reported(report), e.CommandIssued(command))
                events = [e.Event(0, report.at_s, "software", fact, "the cycle has ended") for fact in facts]
                write = partial(self._write, each, command, out)
                self.version = self.store.append(events, expected_version=self.version, meanwhile=write)
        return out

    def _write(self, heard: Heard, command: MovePallet, out: list[Message]) -> None:
        """Write the message of the command, which is sent once it is durable."""
        values = {COMMAND: command_value(command)}
        out.append(self.cell.command(heard.group, heard.node, heard.device, values, now_ms()))

    def close(self) -> dict[str, Any]:
        """Close both lanes and write the samples that are still in memory."""
        self.lane.close()
        self.store.close()
        return {"written": self.lane.written, "dropped": self.lane.dropped, "broken": len(self.floor.broken)}


class Lane:
    """Handling of one connection's messages, and the time until each resulting command."""

    def __init__(self, hear: Callable[[str, bytes], list[Message]]) -> None:
        self.hear = hear
        self.took_ms: list[float] = []
        self.back_ms: list[float] = []

    def answered(self, began_ns: int, answers: list[Message], out_ns: int = 0) -> None:
        """Record that the answers to messages received at ``began_ns`` were sent at ``out_ns``, if known; UTC."""
        if any("/DCMD/" in answer.topic for answer in answers):
            now_ns = time.time_ns()
            sent_ns = out_ns if out_ns >= began_ns else now_ns  # an older timestamp belongs to another packet
            self.took_ms.append((sent_ns - began_ns) / 1e6)
            self.back_ms.append((now_ns - began_ns) / 1e6)


class Stamps:
    """The time at which the kernel has passed a connection's last packet to the network: software SO_TIMESTAMPING of
    Linux. It is only enabled while a command is sent, since an unread timestamp keeps the connection's event loop
    awake.
    """

    OPTION, WANTED = 37, 1 << 1 | 1 << 4 | 1 << 7 | 1 << 11
    """SO_TIMESTAMPING; SOF_TIMESTAMPING_TX_SOFTWARE, _SOFTWARE, _OPT_ID, _OPT_TSONLY (linux/net_tstamp.h)."""

    def __init__(self, connection: Any) -> None:
        self._socket: socket.socket | None = None
        if sys.platform == "linux" and connection is not None:
            self._socket = socket.socket(fileno=os.dup(connection.fileno()))

    def ask(self, wanted: bool) -> None:
        """Enable or disable timestamps for whatever is sent from now on."""
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, self.OPTION, self.WANTED if wanted else 0)

    def last_ns(self) -> int:
        """Return the newest timestamp, UTC; 0 if there is no new one. Timestamps are then switched off."""
        found = 0
        with contextlib.suppress(BlockingIOError):
            while self._socket is not None:
                _, words, _, _ = self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
                for level, kind, value in words:
                    if (level, kind) == (socket.SOL_SOCKET, self.OPTION):
                        seconds, part = struct.unpack("qq", value[:16])
                        found = seconds * 1_000_000_000 + part
        self.ask(False)
        return found


async def by_gmqtt(port: int, name: str, topic: str, lane: Lane, ended: asyncio.Event) -> None:
    """Use Nightmill's own session."""
    session: list[MqttSession] = []
    stamps: list[Stamps] = []

    def heard(topic: str, payload: bytes) -> None:
        began = time.time_ns()
        answers = lane.hear(topic, payload)
        if answers and stamps:
            stamps[0].ask(True)
        for message in answers:
            session[0].publish(message)
        lane.answered(began, answers, stamps[0].last_ns() if answers and stamps else 0)

    session.append(MqttSession("127.0.0.1", port, name, heard))
    await session[0].connect(Message("spBv1.0/STATE/bench", b"", qos=0))
    stamps.append(Stamps(session[0].wire()))
    await session[0].subscribe([topic])
    print("ready", flush=True)
    await ended.wait()
    await session[0].leave(with_will=False)


async def by_paho(port: int, name: str, topic: str, lane: Lane, ended: asyncio.Event) -> None:
    """Use paho with one thread per connection."""
    from paho.mqtt import client as paho

    client: Any = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)

    def heard(_client: Any, _data: Any, message: Any) -> None:
        began = time.time_ns()
        answers = lane.hear(message.topic, message.payload)
        for answer in answers:
            client.publish(answer.topic, answer.payload, qos=answer.qos)
        lane.answered(began, answers)

    client.on_message = heard
    client.on_connect = lambda *_: client.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    await ended.wait()
    client.disconnect()
    client.loop_stop()


async def by_aiomqtt(port: int, name: str, topic: str, lane: Lane, ended: asyncio.Event) -> None:
    """Use aiomqtt, one client per connection."""
    import aiomqtt

    async with aiomqtt.Client("127.0.0.1", port, identifier=name, protocol=aiomqtt.ProtocolVersion.V5) as client:
        await client.subscribe(topic, qos=1)
        print("ready", flush=True)

        async def listen() -> None:
            async for message in client.messages:
                began = time.time_ns()
                answers = lane.hear(str(message.topic), bytes(message.payload))
                for answer in answers:
                    await client.publish(answer.topic, answer.payload, qos=answer.qos)
                lane.answered(began, answers)

        listening = asyncio.create_task(listen())
        await ended.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


WAYS = {"gmqtt": by_gmqtt, "paho": by_paho, "aiomqtt": by_aiomqtt}


async def consume(port: int, way: str, folder: Path) -> dict[str, Any]:
    """Receive both lanes, each on its own connection, until told to end."""
    consumer, ended = Consumer(folder), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    connect, cell = WAYS[way], Lane(consumer.happened)
    held: list[float] = []
    watching = asyncio.create_task(_watch_memory(held))
    await asyncio.gather(
        connect(port, "consumer-floor", f"spBv1.0/{FLOOR}/#", Lane(consumer.sampled), ended),
        connect(port, "consumer-cell", f"spBv1.0/{CELL}/#", cell, ended),
    )
    watching.cancel()
    found = consumer.close()
    used = os.times()
    memory = {"quarter_mb": held[len(held) // 4], "end_mb": held[-1]}
    return found | memory | {"cpu_s": used.user + used.system, "threads": threading.active_count(), "react_ms": cell.took_ms, "back_ms": cell.back_ms}  # fmt: skip


async def _watch_memory(held: list[float]) -> None:
    """Record the resident memory of this process, MB, at regular intervals."""
    while True:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        held.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        await asyncio.sleep(MEMORY_EVERY_S)


class Part:
    """A process of the benchmark: it reports when it is ready, and prints its result as its last line."""

    def __init__(self, words: list[str]) -> None:
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def ready(self) -> None:
        """Wait for a line."""
        assert self.process.stdout is not None
        await asyncio.to_thread(self.process.stdout.readline)

    async def answer(self) -> dict[str, Any]:
        """Let it continue, and wait for its end. Raises RuntimeError if it failed."""
        said, _ = await asyncio.to_thread(self.process.communicate, "\n")
        if self.process.returncode:
            raise RuntimeError(f"a process of the benchmark ended with {self.process.returncode}")
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        return found


async def measured(way: str, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return one client's figures: broker, consumer, generator, history."""
    home = Path(tempfile.mkdtemp(prefix="nightmill-ingest-", dir=os.environ.get("TMPDIR")))
    port = choose_port(GatewayOptions("mqtt"))
    broker = Broker(port, home)
    await broker.start()
    try:
        disk_ms = of_disk(home / "blocks", DISK_WRITES, 1.0 / chosen.events_per_s)["p50_ms"]
        program = [sys.executable, __file__, "--port", str(port), "--as"]
        consumer = Part([*program, f"consumer {way}", "--folder", str(home)])
        for _ in range(2):
            await consumer.ready()
        words = [f"--{name}={getattr(chosen, name)}" for name in ("machines", "signals", "batch", "seconds", "quiet")]
        words.append(f"--events-per-s={chosen.events_per_s}")
        began = time.monotonic()
        generator, probe = (Part([*program, role, *words]) for role in ("generator", "probe"))
        for part in (generator, probe):
            await part.ready()
        sent, asked = await asyncio.gather(generator.answer(), probe.answer())
        lasted = time.monotonic() - began
        consumer.process.send_signal(signal.SIGTERM)
        kept = await consumer.answer()
        counted = sum(channel.samples for channel in TelemetryHistory(home / "telemetry").channels())
        files = [path.stat().st_size for path in (home / "telemetry").glob("**/*.parquet")]
    finally:
        await broker.stop()
        shutil.rmtree(home, ignore_errors=True)
    react_ms, quiet = kept["react_ms"], len(asked["quiet_ms"])
    latency = percentiles("", asked.pop("took_ms")) | percentiles("quiet_", asked.pop("quiet_ms"))
    latency |= (
        percentiles("back_", kept["back_ms"][quiet:])
        | percentiles("react_", react_ms[quiet:])
        | percentiles("quiet_react_", react_ms[:quiet])
    )
    return {
        "client": f"{way} {version(CLIENTS[way])}",
        **sent,
        **asked,
        **latency,
        "disk_p50_ms": disk_ms,
        "kept": counted / sent["published"],
        "dropped": kept["dropped"],
        "quarter_mb": kept["quarter_mb"],
        "end_mb": kept["end_mb"],
        "cpu": kept["cpu_s"] / lasted,
        "us_per_signal": 1e6 * kept["cpu_s"] / sent["published"],
        "bytes_per_signal": sum(files) / counted if counted else 0.0,
    }


def percentiles(prefix: str, took_ms: list[float]) -> dict[str, float]:
    """Return percentiles of the event times."""
    took = sorted(took_ms)
    return {f"{prefix}p{p:g}_ms": took[min(len(took) - 1, int(len(took) * p / 100))] for p in PERCENTILES if took}


def main() -> int:
    """Measure and print; or run one of the processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--signals", type=int, default=500)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--events-per-s", type=float, default=200.0)
    parser.add_argument("--quiet", type=float, default=5.0, help="seconds of events alone, before the signals start")
    parser.add_argument("--clients", default="gmqtt,paho,aiomqtt")
    parser.add_argument("--json", action="store_true")
    for hidden in ("--as", "--port", "--folder"):
        parser.add_argument(hidden, default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    role = getattr(chosen, "as")
    if role in ("generator", "probe"):
        way = {"generator": generate, "probe": ask}[role]
        print(json.dumps(asyncio.run(way(int(chosen.port), chosen))))
        return 0
    if role:
        print(json.dumps(asyncio.run(consume(int(chosen.port), role.split()[1], Path(chosen.folder)))))
        return 0
    clients = chosen.clients.split(",")
    if unknown := set(clients) - {"gmqtt", "paho", "aiomqtt"}:
        parser.error(f"--clients {','.join(sorted(unknown))}: known are gmqtt, paho and aiomqtt")
    found = []
    for way in clients:
        if importlib.util.find_spec(way) is None:
            print(f"without {way}: it isn't installed", file=sys.stderr)
            continue
        found.append(asyncio.run(measured(way, chosen)))
    if chosen.json:
        print(json.dumps(found, indent=1))
        return 0
    show(found)
    return 0


def show(found: list[dict[str, Any]]) -> None:
    """Print one line per client, with ratios to the first."""
    columns = ("per_s", "kept", "disk_p50_ms", "quiet_react_p50_ms", "react_p50_ms", "react_p99_ms", "back_p50_ms", "quiet_p50_ms", "p50_ms", "quiet_p99_ms", "p99_ms", "p99.9_ms", "quarter_mb", "end_mb", "cpu", "us_per_signal", "bytes_per_signal")  # fmt: skip
    print(f"{'':16s}" + "".join(f"{name:>19s}" for name in columns) + f"{'cpu ratio':>12s}{'p99 ratio':>12s}")
    for each in found:
        cells = "".join(f"{each.get(name, float('nan')):19.3f}" for name in columns)
        ratios = (each["cpu"] / found[0]["cpu"], each.get("p99_ms", 0.0) / max(found[0].get("p99_ms", 1.0), 1e-9))
        print(f"{each['client']:16s}{cells}{ratios[0]:12.2f}{ratios[1]:12.2f}")
        if each["unanswered"]:
            print(f"{'':16s}{each['unanswered']} events were not answered")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
