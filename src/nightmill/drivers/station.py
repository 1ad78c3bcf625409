"""A process that stands for a shop or for its machines: found, started again after it was killed, and asked by lines of JSON.

A station writes where it listens to an address file in ``.nightmill/world``; one question and its answer a line. A question that
was under way when the process died is asked again in its next life, so every question may be asked twice without harm.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import Advance, Greeting
from nightmill.vocabulary.commands import Acknowledgement
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Fenced, Finding, NightmillError

START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 120.0
REVIVALS = 20


class Address(msgspec.Struct, frozen=True):
    """Where a station listens, the token that opens it, the servers it has opened for others (protocol, URL), and its folder."""

    host: str
    port: int
    token: str
    pid: int
    boot_id: str
    endpoints: tuple[tuple[str, str], ...] = ()
    place: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the fields is set; ``wrong`` is bad input, ``failed`` surroundings. ``published``: last report shown by protocol."""

    greeting: Greeting | None = None
    acknowledgement: Acknowledgement | None = None
    evidence: str | None = None
    advance: Advance | None = None
    image: bytes | None = None
    published: int = 0
    wrong: tuple[Finding, ...] = ()
    failed: tuple[Finding, ...] = ()


class Station(msgspec.Struct, frozen=True):
    """How to find and start a process: its module, the words after ``--shop``, its address and log file.

    ``fence``: the fencing token of the controller that asks, 0 where it has none (a gateway knows none).
    """

    shop_dir: Path
    module: str
    name: str = "virtual shop"
    words: tuple[str, ...] = ()
    address: str = "address.json"
    log: str = "process.log"
    fence: int = 0

    @property
    def folder(self) -> Path:
        """Where address, log and journal lie."""
        return world_folder(self.shop_dir)


_ANSWERS = msgspec.json.Decoder(Answer)
_ENCODER = msgspec.json.Encoder()
_CHILDREN: "list[subprocess.Popen[bytes]]" = []
"""Processes that this one has started, kept so that they are reaped once they have ended."""


def world_folder(shop_dir: Path) -> Path:
    """The folder of a shop's world and of what stands before it."""
    return Path(shop_dir) / ".nightmill" / "world"


class Link:
    """A connection to a station that outlives the station's deaths."""

    def __init__(self, station: Station, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.station, self._timeout_s = station, answer_timeout_s
        self._socket = _connect(station, START_TIMEOUT_S)
        self._received = bytearray()

    @classmethod
    def living(cls, station: Station) -> "Link | None":
        """A connection to a station that lives; ``None`` where none does."""
        address = read_address(station)
        found = _try(address, time.monotonic() + 10.0, station.fence) if address is not None else None
        if found is None:
            return None
        link = cls.__new__(cls)
        link.station, link._timeout_s, link._socket, link._received = station, ANSWER_TIMEOUT_S, found, bytearray()
        return link

    def ask(self, question: dict[str, Any], *, patient: bool = False, revive: bool = True) -> Answer:
        """The answer to a question; without a time limit where ``patient``. BadInput or EnvironmentFailed as answered.

        Where it dies meanwhile it is asked again in its next life, or ConnectionError without ``revive``.
        """
        line = _ENCODER.encode(question) + b"\n"
        for _ in range(REVIVALS):
            try:
                self._socket.settimeout(None if patient else self._timeout_s)
                self._socket.sendall(line)
                return checked(_ANSWERS.decode(_read_line(self._socket, self._received)))
            except TimeoutError as error:
                remedy = f"Look into world/{self.station.log}."
                raise _failed(self.station, f"no answer in {self._timeout_s:g} s", "an answer", remedy) from error
            except OSError as error:
                if not revive:
                    raise ConnectionResetError(str(error)) from error
                # It was killed: nothing that it acknowledged is lost, so ask it again in its next life.
                self._socket.close()
                self._received.clear()
                self._socket = _connect(self.station, START_TIMEOUT_S)
        raise _failed(self.station, f"it died {REVIVALS} times over one question", "an answer", "See its log.")

    def endpoints(self) -> tuple[tuple[str, str], ...]:
        """The servers that the station has opened; one that has just ended is called to life again. EnvironmentFailed where it has none."""
        for _ in range(REVIVALS):
            address = read_address(self.station)
            if address is not None and address.endpoints:
                return address.endpoints
            self.ask({"ask": "greet"})
        remedy = f"Look into world/{self.station.log}."
        raise _failed(self.station, "no server opened", "the protocol's server", remedy)

    def close(self) -> None:
        """Leave; the station lives on."""
        self._socket.close()

    def shutdown(self) -> None:
        """End the station and wait until it is gone."""
        address = read_address(self.station)
        try:
            self.ask({"ask": "shutdown"}, revive=False)
        except ConnectionError:
            # the line broke: the question may have been lost or may have been heard
            found = _try(address, time.monotonic() + 10.0, self.station.fence) if address is not None else None
            if found is not None:
                self._socket.close()
                self._socket = found
                self._received.clear()
                self.shutdown()
                return
        self._socket.close()
        _wait_gone(self.station, address)


def given(value: Any) -> Any:
    """The part of an answer that must be there."""
    if value is None:
        remedy = "Use the same version on both sides."
        raise EnvironmentFailed(Finding("world", "answer", "an empty answer", "the answer to the question", remedy))
    return value


def place_of(folder: Path) -> str:
    """Which folder this is, whatever it is called: a copy of it is another, one that was moved the same."""
    found = folder.stat()
    return f"{found.st_dev}-{found.st_ino}"


def read_address(station: Station) -> Address | None:
    """Where the station says that it listens."""
    try:
        found = msgspec.json.decode((station.folder / station.address).read_bytes(), type=Address)
        # a copy of a shop's folder holds the address of the original's world, and may never drive that
        return found if found.place in ("", place_of(station.folder)) else None
    except (FileNotFoundError, *UNREADABLE):
        return None


def checked(answer: Answer) -> Answer:
    """The answer, where it is no refusal. Raises BadInput, Fenced or EnvironmentFailed as it says."""
    if answer.wrong:
        raise BadInput(*answer.wrong)
    if any(finding.place == "fencing token" for finding in answer.failed):
        raise Fenced(*answer.failed)
    if answer.failed:
        raise EnvironmentFailed(*answer.failed)
    return answer


def _read_line(link: socket.socket, received: bytearray) -> bytes:
    while (end := received.find(b"\n")) < 0:
        data = link.recv(1 << 18)
        if not data:
            raise ConnectionResetError("the other side closed the connection")
        received += data
    line = bytes(received[:end])
    del received[: end + 1]
    return line


def _failed(station: Station, found: str, expected: str, remedy: str) -> EnvironmentFailed:
    return EnvironmentFailed(Finding(str(station.shop_dir), station.name, found, expected, remedy))


def _connect(station: Station, timeout_s: float) -> socket.socket:
    """Connect to the live station or start one; patient for ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    child: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        address = read_address(station)
        link = _try(address, deadline, station.fence) if address is not None else None
        if link is not None:
            return link
        if child is None:
            child = _spawn(station)
        elif child.poll() is not None:
            # A signal ended it, as it may at any moment: its next life takes up where it was.
            if child.returncode >= 0:
                error = _last_words(station, child.returncode)
                if not _lost_a_race(error):
                    raise error
            child = None
        time.sleep(0.01)
    remedy = f"Look into world/{station.log}."
    raise _failed(station, f"nobody there after {timeout_s:g} s", "a process that listens", remedy)


def _try(address: Address, deadline: float, fence: int) -> socket.socket | None:
    """A connection that was let in, or ``None`` where nobody lives at the address any more."""
    try:
        link = socket.create_connection((address.host, address.port), timeout=5.0)
    except OSError:
        return None
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.settimeout(max(1.0, deadline - time.monotonic()))
    try:
        link.sendall(_ENCODER.encode({"ask": "hello", "token": address.token, "fence": fence}) + b"\n")
        checked(_ANSWERS.decode(_read_line(link, bytearray())))
    except (ConnectionError, TimeoutError):
        link.close()
        return None
    except NightmillError:
        link.close()
        raise
    return link


def reckoned(station: Station, *words: str) -> dict[str, float]:
    """The figures that a process of the station's module prints and ends; BadInput or EnvironmentFailed as it says."""
    command = [sys.executable, "-m", station.module, "--shop", str(station.shop_dir), *words]
    try:
        done = subprocess.run(command, capture_output=True, env=_environment(), timeout=ANSWER_TIMEOUT_S, check=False)
        return msgspec.json.decode(done.stdout, type=dict[str, float])
    except subprocess.TimeoutExpired as error:
        raise _failed(station, f"no answer in {ANSWER_TIMEOUT_S:g} s", "an answer", "Try again.") from error
    except UNREADABLE as error:
        raise _said(station, done.stderr.decode("utf-8", "replace").strip(), done.returncode) from error


def _environment() -> dict[str, str]:
    source = str(Path(__file__).resolve().parents[2])
    paths = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _spawn(station: Station) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", station.module, "--shop", str(station.shop_dir), *station.words]
    try:
        with (station.folder / station.log).open("wb") as log:
            # A session of its own: a Ctrl-C meant for the controller must not end the shop.
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(), start_new_session=True
            )
    except OSError as error:
        raise _failed(station, str(error), "a process that can be started", "Free some space or memory.") from error
    _CHILDREN[:] = [other for other in _CHILDREN if other.poll() is None] + [child]
    return child


def _last_words(station: Station, code: int) -> NightmillError:
    return _said(station, (station.folder / station.log).read_text(encoding="utf-8", errors="replace").strip(), code)


def _said(station: Station, text: str, code: int) -> NightmillError:
    last = text.splitlines()[-1] if text else "without a word, as on a full disk"
    try:
        said = msgspec.json.decode(last, type=dict[str, tuple[Finding, ...]])
    except UNREADABLE:
        return _failed(station, f"it ended with code {code}: {last}", "a living process", f"See world/{station.log}.")
    return (BadInput if code == BadInput.exit_code else EnvironmentFailed)(*said["findings"])


def _lost_a_race(error: NightmillError) -> bool:
    return any(finding.place == "lock" for finding in error.findings)


def _wait_gone(station: Station, address: Address | None) -> None:
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        now = read_address(station)
        mine = [
            child for child in _CHILDREN if address is not None and child.pid == address.pid and child.poll() is None
        ]
        if not mine and (now is None or address is None or now.boot_id != address.boot_id):
            return
        time.sleep(0.005)
    remedy = f"End its process by hand; see {station.address}."
    raise _failed(station, "it doesn't end", "an end within 10 s", remedy)
