"""Flood the server with requests by strangers and viewers while an administrator reads the Floor screen: measure the
response times and the server's memory.

``python campaigns/floods.py [--seconds S] [--events N] [--guessers 16] [--half-open 1100] [--uploads 24] [--readers
8]``: a shop with a log of N events is served under ``ulimit -n 1024``. First the administrator reads the Floor screen
alone; then again while, at the same time, guessers try passwords for random names and for the administrator,
connections with half a request stay open and are reopened when they are dropped, an engineer uploads files of 49 MB
again and again, and viewers read screens of past moments, a different one each time. It prints the median and the 95th
percentile of the administrator's response times, alone and during the flood, with new connections and with a persistent
one, the growth of the server's memory, and the results of the other requests. Failures: an answer to the administrator
other than 200, a refused sign-in from the administrator's known browser or by a one-time code, and a server that ends.
All traffic stays on the loopback interface.
"""

import argparse
import http.client
import multiprocessing
import random
import resource
import secrets
import select
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from served import free_port, prepared, serve

from nightmill.plant.requests import Access
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

HOST, FLOOR = "127.0.0.1", "/api/screens/floor"
UPLOAD = 49 * 1024 * 1024
PIECE = 256 * 1024
PASSWORD = "correct horse battery staple"


class Told(msgspec.Struct, frozen=True):
    """The administrator's response times, ms, and the growth of the server's memory, MiB."""

    alone_p50_ms: float
    alone_p95_ms: float
    flood_p50_ms: float
    flood_p95_ms: float
    kept_p95_ms: float
    answers: int
    memory_over_start_mib: float
    others: dict[str, dict[str, int]]
    wrong: list[str]


class Flood:
    """Threads that send requests until they are stopped, and the answers received."""

    def __init__(self, port: int) -> None:
        self.port, self.over = port, threading.Event()
        self.answers: dict[str, Counter[str]] = {}
        self._threads: list[threading.Thread] = []

    def begin(self, name: str, count: int, once: Callable[[random.Random], int]) -> None:
        """Start the given number of threads, each of which calls ``once`` repeatedly."""
        counted = self.answers.setdefault(name, Counter())

        def go(number: int) -> None:
            rng = random.Random(f"{name} {number}")
            while not self.over.is_set():
                try:
                    counted[str(once(rng))] += 1
                except (OSError, http.client.HTTPException):
                    counted["ended"] += 1

        self._threads += [threading.Thread(target=go, args=(number,), daemon=True) for number in range(count)]

    def run(self) -> None:
        """Start all threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop all threads."""
        self.over.set()
        until = time.monotonic() + 10.0
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


class Client:
    """A client: the server's port, and a token."""

    def __init__(self, port: int, token: str = "", last_s: float = 0.0) -> None:
        self.port, self.token, self.last_s = port, token, last_s

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        """Send one request on a new connection."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30.0)) as connection:
            signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            connection.request(method, path, body, {**signed, **(headers or {})})
            answer = connection.getresponse()
            answer.read()
            return answer.status


class Guess(Client):
    """A wrong password for some user, sometimes for the administrator."""

    def __call__(self, rng: random.Random) -> int:
        """Return the status: 401 at first, then mostly 429."""
        name = "boss" if rng.random() < 0.2 else secrets.token_hex(6)
        body = msgspec.json.encode({"name": name, "password": secrets.token_hex(8)})
        return self.ask("POST", "/api/session", body, {"Content-Type": "application/json"})


class Upload(Client):
    """A file of 49 MB that isn't a part."""

    def __call__(self, rng: random.Random) -> int:
        """Return the status: 429 while other uploads are in progress."""
        with socket.create_connection((HOST, self.port), timeout=30.0) as connection:
            head = (
                f"POST /api/screens/picture HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Type: application/octet-stream\r\nContent-Length: {UPLOAD}\r\n\r\n"
            )
            connection.sendall(head.encode())
            piece, left = bytes(PIECE), UPLOAD
            ready = select.poll()
            ready.register(connection, select.POLLIN)
            while left and not ready.poll(0):  # like a browser that stops sending once it is refused
                connection.sendall(piece[:left])
                left -= min(left, PIECE)
            return int(connection.recv(4096)[9:12] or b"0")


class Read(Client):
    """A screen at a moment that hasn't been requested before."""

    def __call__(self, rng: random.Random) -> int:
        """Return the status: 200, or 429 once the role has used up its limit for past screens."""
        screen = rng.choice(("floor", "machines", "schedule", "stock"))
        return self.ask("GET", f"/api/screens/{screen}?at={rng.uniform(0, self.last_s):.3f}")


class HalfOpen(threading.Thread):
    """Connections that never send a whole request; dropped connections are reopened."""

    def __init__(self, port: int, count: int) -> None:
        super().__init__(daemon=True)
        self.port, self.count, self.over, self.opened = port, count, threading.Event(), 0

    def run(self) -> None:
        """Run until told to stop."""
        open_ones: list[socket.socket] = []
        while not self.over.is_set():
            open_ones = [each for each in open_ones if not _ended(each)]
            while len(open_ones) < self.count and not self.over.is_set():
                try:
                    one = socket.create_connection((HOST, self.port), timeout=2.0)
                    one.sendall(b"GET /api/screens/floor HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
                    one.setblocking(False)
                    open_ones.append(one)
                    self.opened += 1
                except OSError:
                    break
            self.over.wait(1.0)
        for each in open_ones:
            each.close()


def _ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        with suppress(OSError):
            connection.setblocking(False)


def filled(shop: Path, events: int) -> float:
    """Give the shop a log with the given number of events; return the time of the last event, s."""
    with closing(SqliteEventStore(shop / ".nightmill" / "log.sqlite")) as store:
        report = 0
        while store.version() < events:
            now, batch = float(store.version()), list[e.Event]()
            number = store.version()
            batch.append(e.Event(0, now, "software", e.OrderReceived(f"N-{number}", "bracket", 2, now + 9e4, 1)))
            for serial in (f"N-{number}.001", f"N-{number}.002"):
                report += 2
                head = (report, now, "mill-1", f"c-{report}", serial, "bracket/1")
                batch.append(e.Event(0, now, "machine", e.Reported(r.CycleStarted(report - 1, now, "mill-1", f"c-{report}", serial, "bracket/1", "a" * 64))))  # fmt: skip
                batch.append(e.Event(0, now, "machine", e.Reported(r.CycleFinished(*head, 300.0, 0.1, {"1": 4.0}, {}, {}, {}))))  # fmt: skip
                batch.append(e.Event(0, now, "software", e.PartDisposed(serial, "good", "")))
            store.append(batch, expected_version=store.version())
        return float(store.version())


def memory_mib(process: int) -> float:
    """Return the resident memory of the process, MiB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Administrator(Client):
    """Reads the Floor screen for some seconds, with a new connection each time or with a persistent one."""

    def looks(self, seconds: float, wrong: list[str], *, kept: bool = False) -> list[float]:
        """Return the response time of each request, ms."""
        took, until = list[float](), time.monotonic() + seconds
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30.0)
        while time.monotonic() < until:
            began = time.perf_counter()
            try:
                if kept:
                    connection.request("GET", FLOOR, headers={"Authorization": f"Bearer {self.token}"})
                    answer = connection.getresponse()
                    answer.read()
                    status = answer.status
                else:
                    status = self.ask("GET", FLOOR)
            except (OSError, http.client.HTTPException) as error:
                wrong.append(f"the administrator's request for the Floor screen failed: {type(error).__name__} {error}")
                connection.close()
                continue
            took.append(1000 * (time.perf_counter() - began))
            if status != 200:
                wrong.append(f"the administrator was answered {status}")
            time.sleep(0.02)
        connection.close()
        return took

    def signs_in(self, access: Access, device: str) -> list[str]:
        """Sign in with the password from a known browser, and with a one-time code; return which sign-ins were refused."""
        body = msgspec.json.encode({"name": "boss", "password": PASSWORD})
        known = {"Content-Type": "application/json", "Cookie": f"nightmill-device={device}"}
        plain = Administrator(self.port)
        status = plain.ask("POST", "/api/session", body, known)
        wrong = [] if status == 200 else [f"the administrator's known browser gets {status} for the right password"]
        status = plain.ask("GET", f"/signin?code={access.one_time_code('boss', 'admin')}")
        return [*wrong, *([] if status == 303 else [f"a valid one-time code gets {status}"])]


def _p95(took: list[float]) -> float:
    return sorted(took)[len(took) * 95 // 100] if took else float("inf")


def flooded_by(
    port: int, tokens: dict[str, str], last_s: float, chosen: argparse.Namespace, over: Any, said: Any
) -> None:
    """Run all strangers and viewers at once until ``over``; return their answers."""
    flood, half = Flood(port), HalfOpen(port, chosen.half_open)
    flood.begin("guessers", chosen.guessers, Guess(port))
    flood.begin("uploads", chosen.uploads, Upload(port, tokens["engineer"]))
    flood.begin("readers", chosen.readers, Read(port, tokens["viewer"], last_s))
    half.start()
    flood.run()
    over.wait()
    flood.stop()
    half.over.set()
    half.join(10.0)
    said.put({name: dict(counted) for name, counted in flood.answers.items()} | {"half-open": {"opened": half.opened}})


def campaign(home: Path, chosen: argparse.Namespace) -> Told:
    """Start the server, measure alone, flood, and measure again."""
    shop, wrong = home / "shop", list[str]()
    prepared(shop)
    last_s = filled(shop, chosen.events)
    access = Access(shop)
    access.put_user("boss", "admin", PASSWORD)
    tokens = {role: access.issue(role, role).token for role in ("admin", "engineer", "viewer")}
    port = free_port()
    server = serve(shop, port)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (1024, 1024))  # as with `ulimit -n 1024`
    assert server.stderr is not None
    server.stderr.readline()
    heard = threading.Thread(target=deque, args=(server.stderr, 0), daemon=True)
    heard.start()
    try:
        boss = Administrator(port, tokens["admin"])
        boss.looks(2.0, wrong)
        start_mib = memory_mib(server.pid)
        alone = boss.looks(chosen.seconds / 2, wrong)
        over, said = multiprocessing.get_context("spawn").Event(), multiprocessing.get_context("spawn").Queue()
        words = (port, tokens, last_s, chosen, over, said)
        strangers = multiprocessing.get_context("spawn").Process(target=flooded_by, args=words)
        strangers.start()  # in a separate process, so that the administrator's clock doesn't have to wait for these threads
        time.sleep(min(3.0, chosen.seconds / 3))
        most = memory_mib(server.pid)
        flooded = boss.looks(chosen.seconds / 2, wrong)
        most = max(most, memory_mib(server.pid))
        wrong += boss.signs_in(access, access.device_token("boss"))
        kept = boss.looks(chosen.seconds / 2, wrong, kept=True)
        most = max(most, memory_mib(server.pid))
        over.set()
        others = said.get(timeout=60.0)
        strangers.join(30.0)
        most = max(most, memory_mib(server.pid))
        if server.poll() is not None:
            wrong.append("the server has ended")
    finally:
        server.terminate()
        server.wait(30)
        heard.join(10.0)
        server.stderr.close()
    return Told(
        median(alone), _p95(alone), median(flooded or [0.0]), _p95(flooded), _p95(kept), len(flooded) + len(kept), most - start_mib,
        others, wrong,
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--guessers", type=int, default=16)
    parser.add_argument("--half-open", type=int, default=1100)
    parser.add_argument("--uploads", type=int, default=24)
    parser.add_argument("--readers", type=int, default=8)
    chosen = parser.parse_args(arguments)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = chosen.half_open + 512
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    with tempfile.TemporaryDirectory(prefix="nightmill-floods-") as home:
        told = campaign(Path(home), chosen)
    print(msgspec.json.format(msgspec.json.encode(told)).decode())
    for each in told.wrong[:20]:
        print(each, file=sys.stderr)
    return 1 if told.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
