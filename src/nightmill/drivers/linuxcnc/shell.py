"""A client of ``linuxcncrsh`` (LinuxCNC 2.9 manual, "linuxcncrsh"): one line a request, one line an answer.

``get spindle_override`` is never asked: it ends the server of 2.9.4. ``set open`` is acknowledged even if the file can't be opened, so the
program in force is always read back.
"""

import re
import socket
from typing import Literal

import msgspec

from nightmill.floor import equipment as ports
from nightmill.vocabulary.addresses import host_and_port

USUAL_PORT = 5007
ANSWER_S = 5.0
LONGEST_ANSWER = 1 << 16
PASSWORD, ENABLE = "EMC", "EMCTOO"
"""The passwords that linuxcncrsh has when none are set."""
Running = Literal["IDLE", "RUNNING", "PAUSED"]


class ControlState(msgspec.Struct, frozen=True):
    """What the control shows: ``mode`` MANUAL, AUTO or MDI; ``program`` the file in force; ``feed_override`` in percent."""

    estop: bool
    on: bool
    mode: str
    running: Running
    program: str
    homed: bool
    feed_override: float


class Shell:
    """One connection, opened when it is first needed and again after every loss. Raises ``EquipmentUnreachable`` in all methods."""

    def __init__(self, unit: str, address: str, password: str = "", joints: int = 3) -> None:
        self._unit, self._password, self._joints = unit, password or PASSWORD, joints
        self._host, self._port = host_and_port(address, USUAL_PORT)
        self._socket: socket.socket | None = None
        self._received = b""
        self.version = ""

    def get(self, name: str) -> str:
        """Return the value of ``get NAME``, without the name."""
        answer = self._line(f"get {name}")
        head = name.split()[0].upper()
        if not answer.upper().startswith(head):
            raise self._lost(f"{answer!r} in answer to get {name}")
        return answer[len(head) :].strip()

    def put(self, words: str) -> bool:
        """Return whether the control has acknowledged ``set WORDS``."""
        answer = self._line(f"set {words}").upper()
        if not answer.startswith("SET") or not answer.endswith(("ACK", "NAK")):
            raise self._lost(f"{answer!r} in answer to set {words}")
        return not answer.endswith("NAK")

    def state(self) -> ControlState:
        """Return the control's state."""
        homed = self.get("joint_homed").upper().split()
        override = re.search(r"[0-9.]+", self.get("feed_override"))
        return ControlState(
            estop=self.get("estop").upper() == "ON",
            on=self.get("machine").upper() == "ON",
            mode=self.get("mode").upper(),
            running=self._running(self.get("program_status").upper()),
            program=self.get("program"),
            homed="NO" not in homed[: self._joints],
            feed_override=float(override[0]) if override else 100.0,
        )

    def error(self) -> str:
        """Return and remove the oldest message of the control; empty if there is none."""
        found = self.get("error")
        return "" if found.upper() == "OK" else found

    def errors(self) -> str:
        """Return and remove all messages, as one text."""
        found: list[str] = []
        while len(found) < 20 and (text := self.error()):
            found.append(text)
        return "; ".join(found)

    def close(self) -> None:
        """Disconnect."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _running(self, text: str) -> Running:
        if text in ("IDLE", "RUNNING", "PAUSED"):
            return text  # type: ignore[return-value]
        raise self._lost(f"program_status {text!r}")

    def _line(self, request: str) -> str:
        if self._socket is None:
            self._connect()
        return self._asked(request)

    def _connect(self) -> None:
        try:
            self._socket = socket.create_connection((self._host, self._port), timeout=ANSWER_S)
            self._socket.settimeout(ANSWER_S)
        except OSError as error:
            raise self._lost(str(error)) from error
        self._received = b""
        hello = self._asked(f"hello {self._password} nightmill 1.0")
        if not hello.upper().startswith("HELLO ACK"):
            raise self._lost(f"{hello!r} in answer to hello: another password")
        self.version = hello[len("HELLO ACK") :].strip()
        # otherwise every request is repeated on the line before its answer; this one is answered by its own repetition
        self._asked("set echo off")
        self._asked("set verbose on")
        if self._asked(f"set enable {ENABLE}").upper().endswith("NAK"):
            raise self._lost("set enable was refused: another connection may have it")

    def _asked(self, request: str) -> str:
        link = self._socket
        if link is None:
            raise self._lost("no connection")
        try:
            link.sendall(request.encode() + b"\r\n")
            return self._read(link)
        except (OSError, UnicodeDecodeError) as error:
            raise self._lost(str(error)) from error

    def _read(self, link: socket.socket) -> str:
        """Return the next line that isn't empty."""
        while True:
            line, newline, rest = self._received.partition(b"\n")
            if newline:
                self._received = rest
                if line.strip():
                    return line.strip().decode()
                continue
            data = link.recv(4096)
            if not data or len(self._received) > LONGEST_ANSWER:
                raise ConnectionResetError("the control closed the connection")
            self._received += data

    def _lost(self, why: str) -> ports.EquipmentUnreachable:
        self.close()
        return ports.EquipmentUnreachable(self._unit, why)
