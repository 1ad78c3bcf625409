"""Faults that a campaign injects into a controller's process: points at which it dies, and losses in its connection to
the cell.

All random values are drawn from one seed. Nightmill doesn't import this module, and none of its files are changed:
functions are replaced in the child process that runs the controller, before it starts.
"""

import os
import random
import secrets
import signal
import socket
import sqlite3
import time
from collections.abc import Callable
from typing import Any

import msgspec

from nightmill.drivers import direct_cell, station
from nightmill.drivers.sparkplug.cell import SparkplugCell
from nightmill.plant.run import shop_run
from nightmill.plant.run.controller import Controller
from nightmill.plant.shop_state.decider import Decision
from nightmill.store import PostgresEventStore, SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary.commands import AnyCommand

POINTS = ("begun", "written", "committed", "sending", "sent", "recovering")
"""Points at which a controller may die: inside a transaction before and after its rows, right after the commit, right
before and after a command, and while it reads back the fate of open commands.
"""


def die() -> None:
    """End this process at once, as ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Ends the process when one point is passed for the n-th time."""

    def __init__(self, point: str, n: int) -> None:
        self.point, self.left = point, n

    def passed(self, point: str) -> None:
        """Record that this point is passed."""
        if point == self.point:
            self.left -= 1
            if self.left <= 0:
                die()


class _Connection:
    """A database connection that counts its commits."""

    def __init__(self, db: sqlite3.Connection, countdown: Countdown) -> None:
        self._db, self._countdown = db, countdown

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            self._countdown.passed("written")
            done = self._db.execute(sql, *values)
            self._countdown.passed("committed")
            return done
        return self._db.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def arm(countdown: Countdown) -> None:
    """Let this process die at the point given by ``countdown``."""
    _wrap(SqliteEventStore, "_insert", before=lambda *_: countdown.passed("begun"))
    _wrap(PostgresEventStore, "_refuse_if_fenced", before=lambda *_: countdown.passed("begun"))
    _wrap(PostgresEventStore, "_project", after=lambda *_: countdown.passed("written"))
    _wrap(PostgresEventStore, "_insert", after=lambda *_: countdown.passed("committed"))
    for cell in (direct_cell.DirectCell, SparkplugCell):
        _wrap(
            cell,
            "submit",
            before=lambda *_: countdown.passed("sending"),
            after=lambda *_: countdown.passed("sent"),
        )
        _wrap(cell, "evidence", after=lambda *_: countdown.passed("recovering"))
        _wrap(cell, "greet", after=lambda *_: countdown.passed("recovering"))
    opened = SqliteEventStore._open

    def open_counted(store: Any, path: Any) -> None:
        opened(store, path)
        store._db = _Connection(store._db, countdown)

    setattr(SqliteEventStore, "_open", open_counted)  # noqa: B010


def _wrap(
    kind: type, name: str, *, before: Callable[..., object] | None = None, after: Callable[..., object] | None = None
) -> None:
    whole = getattr(kind, name)

    def wrapped(*words: Any, **named: Any) -> Any:
        if before:
            before()
        answer = whole(*words, **named)
        if after:
            after()
        return answer

    setattr(kind, name, wrapped)


class Line:
    """A connection to the cell that loses, doubles or delays requests and answers, or blocks them completely. A loss
    breaks the connection, as with TCP; the client reconnects and repeats the request.
    """

    def __init__(self, link: socket.socket, faults: "Network") -> None:
        self._link, self._faults = link, faults
        self._received = b""
        self._skip = 0

    def sendall(self, line: bytes) -> None:
        rng, faults = faults_of(self)
        if faults.cut() or rng.random() < faults.loss:
            self._break("a request was lost")
        if b'"ask":"shutdown"' in line:
            self._link.sendall(line)
            return
        if rng.random() < faults.duplicates:
            self._twice(line)
        if faults.late and rng.random() < faults.reorder:
            self._twice(faults.late.pop(rng.randrange(len(faults.late))))
        if b'"ask":"submit"' in line and rng.random() < faults.reorder:
            faults.late.append(line)
        self._link.sendall(line)

    def recv(self, size: int) -> bytes:
        rng, faults = faults_of(self)
        while True:
            data = self._link.recv(size)
            if faults.cut() or (data and rng.random() < faults.loss):
                self._break("an answer was lost")
            while self._skip and data:
                _, end, data = data.partition(b"\n")
                self._skip -= bool(end)
            if data or not self._skip:
                return data

    def _twice(self, line: bytes) -> None:
        """Send the message again; its extra answer is discarded."""
        self._link.sendall(line)
        self._skip += 1

    def _break(self, why: str) -> None:
        self._link.close()
        raise ConnectionResetError(why)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def faults_of(line: Line) -> tuple[random.Random, "Network"]:
    """Return the random values and faults of the connection."""
    return line._faults.rng, line._faults


class Network:
    """The behaviour of the network: fractions of requests and answers lost, of requests doubled and of requests sent
    again late; partitions.
    """

    def __init__(
        self, seed: int, *, loss: float = 0.0, duplicates: float = 0.0, reorder: float = 0.0,
    ) -> None:  # fmt: skip
        self.rng = random.Random(seed)
        self.loss, self.duplicates, self.reorder = loss, duplicates, reorder
        self.late: list[bytes] = []
        self._partitions: list[tuple[float, float]] = []

    def part(self, within_s: float, seconds: float) -> None:
        """Block all traffic for a number of seconds, starting at a moment within the next ``within_s``."""
        begin = time.monotonic() + self.rng.uniform(0.0, within_s)
        self._partitions.append((begin, begin + seconds))

    def cut(self) -> bool:
        """Return whether traffic is currently blocked."""
        now = time.monotonic()
        return any(begin <= now < end for begin, end in self._partitions)

    def lay(self) -> None:
        """Route every connection of this process's controller through this network."""
        connected = station._try

        def try_through(*words: Any, **named: Any) -> Any:
            if self.cut():
                return None
            link = connected(*words, **named)
            return None if link is None else Line(link, self)

        setattr(station, "_try", try_through)  # noqa: B010


class SendFirst(Controller):
    """The control experiment: a controller that sends first and writes afterwards."""

    def _issue(self, commands: list[AnyCommand]) -> None:
        self._flush()
        sent: list[Decision] = []
        for planned in commands:
            # its ids come only from its own memory, so after a restart the receiver can't recognise them
            command = msgspec.structs.replace(planned, command_id=f"{planned.command_id}-{secrets.token_hex(4)}")
            answer = self._submitted(command)
            sent += [Decision(e.CommandIssued(command)), answer]
        if sent:
            self.commit(sent)


def send_first() -> None:
    """Make this process's controller the control experiment."""
    setattr(shop_run, "Controller", SendFirst)  # noqa: B010
