"""Find a process that represents a shop or its machines, restart it if it was killed, and send it requests as lines of JSON.

A station writes its address to a file in ``.nightmill/world``; each request and each answer is one line. A request that was in
progress when the process died is sent again to the restarted process, so every request must be safe to repeat.
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
    """Where a station listens, its access token, the servers that it has opened for others (protocol, URL), and its folder."""

    host: str
    port: int
    token: str
    pid: int
    boot_id: str
    endpoints: tuple[tuple[str, str], ...] = ()
    place: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer: one of the fields is set; ``wrong`` is bad input, ``failed`` a failed environment. ``published``: the last report published over the protocol."""

    greeting: Greeting | None = None
    acknowledgement: Acknowledgement | None = None
    evidence: str | None = None
    advance: Advance | None = None
    image: bytes | None = None
    published: int = 0
    wrong: tuple[Finding, ...] = ()
    failed: tuple[Finding, ...] = ()


class Station(msgspec.Struct, frozen=True):
    """Settings to find and start a process: module, arguments after ``--shop``, address and log file.

    ``fence``: the calling controller's fencing token, 0 if it has none (a gateway has none).
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
        """The folder of address, log and journal."""
        return world_folder(self.shop_dir)


_ANSWERS = msgspec.json.Decoder(Answer)
_ENCODER = msgspec.json.Encoder()
_CHILDREN: "list[subprocess.Popen[bytes]]" = []
"""Child processes, kept so that they are reaped when they end."""


def world_folder(shop_dir: Path) -> Path:
    """Return the folder of a shop's world and of its gateway."""
    return Path(shop_dir) / ".nightmill" / "world"


class Link:
    """A connection to a station; it reconnects when the station dies and is restarted."""

    def __init__(self, station: Station, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.station, self._timeout_s = station, answer_timeout_s
        self._socket = _connect(station, START_TIMEOUT_S)
        self._received = bytearray()

    @classmethod
    def living(cls, station: Station) -> "Link | None":
        """Connect to a running station; ``None`` if none is running."""
        address = read_address(station)
        found = _try(address, time.monotonic() + 10.0, station.fence) if address is not None else None
        if found is None:
            return None
        link = cls.__new__(cls)
        link.station, link._timeout_s, link._socket, link._received = station, ANSWER_TIMEOUT_S, found, bytearray()
        return link

    def ask(self, question: dict[str, Any], *, patient: bool = False, revive: bool = True) -> Answer:
        """The answer to a request; ``patient``: without a time limit. Raises the ``BadInput`` or ``EnvironmentFailed`` that the station answers.

        If the station dies meanwhile, it is restarted and gets the request again; without ``revive``, ``ConnectionError`` is raised.
        """
        line = _ENCODER.encode(question) + b"\n"
        for _ in range(REVIVALS):
            try:
                self._socket.settimeout(None if patient else self._timeout_s)
                self._socket.sendall(line)
                return checked(_ANSWERS.decode(_read_line(self._socket, self._received)))
            except TimeoutError as error:
                remedy = f"See world/{self.station.log}."
                raise _failed(self.station, f"no answer in {self._timeout_s:g} s", "an answer", remedy) from error
            except OSError as error:
                if not revive:
                    raise ConnectionResetError(str(error)) from error
                # The process was killed. Nothing that it acknowledged is lost, so send the request again once it has restarted.
                self._socket.close()
                self._received.clear()
                self._socket = _connect(self.station, START_TIMEOUT_S)
        raise _failed(self.station, f"it died {REVIVALS} times during one request", "an answer", "See its log.")

    def endpoints(self) -> tuple[tuple[str, str], ...]:
        """The servers that the station has opened; a station that has just ended is restarted. Raises ``EnvironmentFailed`` if it has none."""
        for _ in range(REVIVALS):
            address = read_address(self.station)
            if address is not None and address.endpoints:
                return address.endpoints
            self.ask({"ask": "greet"})
        remedy = f"See world/{self.station.log}."
        raise _failed(self.station, "no server opened", "the protocol's server", remedy)

    def close(self) -> None:
        """Disconnect; the station keeps running."""
        self._socket.close()

    def shutdown(self) -> None:
        """Stop the station and wait until it has ended."""
        address = read_address(self.station)
        try:
            self.ask({"ask": "shutdown"}, revive=False)
        except ConnectionError:
            # the connection broke: the request may or may not have arrived
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
    """Return a required field of an answer."""
    if value is None:
        remedy = "Use the same version on both sides."
        raise EnvironmentFailed(Finding("world", "answer", "an empty answer", "the answer to the request", remedy))
    return value


def place_of(folder: Path) -> str:
    """Return the identity of a folder: a copy has a different identity; a moved or renamed folder keeps its own."""
    found = folder.stat()
    return f"{found.st_dev}-{found.st_ino}"


def read_address(station: Station) -> Address | None:
    """Return the address that the station has written."""
    try:
        found = msgspec.json.decode((station.folder / station.address).read_bytes(), type=Address)
        # a copy of a shop's folder holds the address of the original's world, and must never control that world
        return found if found.place in ("", place_of(station.folder)) else None
    except (FileNotFoundError, *UNREADABLE):
        return None


def checked(answer: Answer) -> Answer:
    """Return the answer; if it is an error, raise it as ``BadInput``, ``Fenced`` or ``EnvironmentFailed``."""
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
    """Connect to the running station, or start one; wait at most ``timeout_s``."""
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
            # A signal ended the process, which may happen at any time: restart it, and it continues where it stopped.
            if child.returncode >= 0:
                error = _last_words(station, child.returncode)
                if not _lost_a_race(error):
                    raise error
            child = None
        time.sleep(0.01)
    remedy = f"See world/{station.log}."
    raise _failed(station, f"no process after {timeout_s:g} s", "a process that listens", remedy)


def _try(address: Address, deadline: float, fence: int) -> socket.socket | None:
    """Return an accepted connection, or ``None`` if nothing listens at the address any more."""
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
    """Run the station's module as a process that prints figures and exits; return the figures. Raises the ``BadInput`` or ``EnvironmentFailed`` that it reports."""
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
            # A separate process session, so that a Ctrl-C for the controller doesn't end the shop.
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
    last = text.splitlines()[-1] if text else "no message, as on a full disk"
    try:
        said = msgspec.json.decode(last, type=dict[str, tuple[Finding, ...]])
    except UNREADABLE:
        return _failed(station, f"it ended with code {code}: {last}", "a running process", f"See world/{station.log}.")
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
    raise _failed(station, "it doesn't stop", "a stop within 10 s", remedy)
