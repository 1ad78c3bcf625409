"""Connect many listeners to one shop's events while the server is killed and restarted: each must get every event once, in order.

Usage: python campaigns/listeners.py [--listeners N] [--kills N] [--seconds S] [--rate R] [--seed S]

A separate writer keeps appending events to a shop's log, one commit after the other. ``nightmill serve`` streams them;
it is killed (SIGKILL) at random moments and started again on the same port, up to a second later. A listener that loses
its connection reconnects with ``Last-Event-ID``, as a browser does. At the end each listener's record is compared with
the log itself, read from its file: numbers must start at 1 without gap or repetition, and the content of every event
must be equal.
"""

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from served import free_port, prepared, serve

from nightmill.plant.requests import Access
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

COMMIT_S = 0.02
TOKENS = 20
LONGEST_S = 60.0
LAST = "the last event"


def write(folder: str, seconds: float, rate: float) -> None:
    """Append events at the given rate, followed by one that marks the end."""
    store = SqliteEventStore(Path(folder) / ".nightmill" / "log.sqlite")
    began, number = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        batch = []
        while number < now * rate:
            number += 1
            report = r.SignalsSampled(number, now, f"mill-{number % 2 + 1}", {"vibration_mm_s": number % 97 / 50})
            batch.append(e.Event(0, now, "machine", e.Reported(report)))
        if batch:
            store.append(batch, expected_version=store.version())
        time.sleep(COMMIT_S)
    store.append([e.Event(0, seconds, "software", e.AlarmRaised(LAST, "", ""))], expected_version=store.version())
    store.close()


class Server:
    """``nightmill serve`` on one port, killed and restarted."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = serve(self._folder, self.port)
        assert self._process.stderr is not None
        assert self._process.stderr.readline().startswith("endpoint web")

    def kill(self) -> None:
        """Kill it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()


class Listener:
    """Receives events and reconnects after each loss; keeps the ``numbers`` and a running hash of the events received."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.numbers: list[int] = []
        self.heard = hashlib.sha256()
        self.connections = self.resets = 0
        self.ended = False

    async def listen(self) -> None:
        """Listen until the last event."""
        while not self.ended:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._once()
            await asyncio.sleep(0.05)

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.connections += 1
        seen = f"Last-Event-ID: {self.numbers[-1]}\r\n" if self.numbers else ""
        head = f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: text/event-stream\r\n{seen}"
        writer.write(f"{head}Authorization: Bearer {self.token}\r\n\r\n".encode())
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in answer.split(b"\r\n", 1)[0]:
                raise ConnectionError(answer[:80])
            text = b""
            while not self.ended:
                size = int(await reader.readline() or b"0", 16)
                text += (await reader.readexactly(size + 2))[:-2]
                *whole, text = text.split(b"\n\n")
                for message in whole:
                    self._take(message)
        finally:
            writer.close()

    def _take(self, message: bytes) -> None:
        fields = dict(
            line.split(b": ", 1) for line in message.split(b"\n") if not line.startswith(b":") and b": " in line
        )
        if fields.get(b"event") == b"reset":
            self.resets += 1
        elif b"data" in fields:
            self.numbers.append(int(fields[b"id"]))
            self.heard.update(fields[b"data"])
            self.ended = LAST.encode() in fields[b"data"]


async def campaign(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Start listeners, write, kill; return the result."""
    rng = random.Random(chosen.seed)
    tokens = [Access(folder).issue(f"listener {n}", "viewer").token for n in range(min(TOKENS, chosen.listeners))]
    server = await asyncio.to_thread(Server, folder)
    listeners = [Listener(server.port, tokens[n % len(tokens)]) for n in range(chosen.listeners)]
    listening = [asyncio.create_task(each.listen()) for each in listeners]
    words = (str(folder), chosen.seconds, chosen.rate)
    writer = multiprocessing.get_context("spawn").Process(target=write, args=words)
    writer.start()
    try:
        for _ in range(chosen.kills):
            await asyncio.sleep(rng.uniform(0.3, 1.7) * chosen.seconds / (chosen.kills + 1) / 1.5)
            server.kill()
            await asyncio.sleep(rng.uniform(0.0, 1.0))
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(writer.join)
        await asyncio.wait(listening, timeout=LONGEST_S)
    finally:
        for each in listening:
            each.cancel()
        server.kill()
    return judged(folder, listeners, chosen.kills)


def judged(folder: Path, listeners: list[Listener], kills: int) -> dict[str, Any]:
    """Compare every listener's record with the log's file."""
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite", writer=False)
    log = list(store.read())
    store.close()
    whole = hashlib.sha256()
    for event in log:
        whole.update(msgspec.json.encode(event))
    numbers = [event.seq for event in log]
    return {
        "listeners": len(listeners),
        "kills": kills,
        "events": len(log),
        "heard": sum(len(each.numbers) for each in listeners),
        "connections": sum(each.connections for each in listeners),
        "with_gaps_or_repeats": sum(each.numbers != numbers for each in listeners),
        "with_other_content": sum(each.heard.digest() != whole.digest() for each in listeners),
        "resets": sum(each.resets for each in listeners),
    }


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=50.0, help="events a second")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "shop"
        prepared(folder)
        found = asyncio.run(campaign(folder, chosen))
    print(json.dumps(found))
    return 1 if found["with_gaps_or_repeats"] or found["with_other_content"] or found["resets"] else 0


if __name__ == "__main__":
    sys.exit(main())
