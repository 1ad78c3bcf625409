"""``DirectCell``: the controller's way to the virtual shop, a ``floor.ports.Cell`` over a loopback socket.

It starts the world as a process of its own, finds it again after either side was killed, and repeats the question
that was under way: every question may be asked twice without harm (commands are taken once, reports are repeated).
Lines and fields are those of docs/connect.md; nothing is imported from the world, as from no real machine.
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
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Fenced, Finding, NightmillError
from nightmill.vocabulary.shop import Shop

START_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 120.0
REVIVALS = 20


class _Address(msgspec.Struct, frozen=True):
    host: str
    port: int
    token: str
    pid: int
    boot_id: str


class _Answer(msgspec.Struct, frozen=True):
    greeting: Greeting | None = None
    acknowledgement: Acknowledgement | None = None
    evidence: str | None = None
    advance: Advance | None = None
    image: bytes | None = None
    wrong: tuple[Finding, ...] = ()
    failed: tuple[Finding, ...] = ()


_ANSWERS = msgspec.json.Decoder(_Answer)
_ENCODER = msgspec.json.Encoder()
_CHILDREN: "list[subprocess.Popen[bytes]]" = []
"""Worlds that this process has started, kept so that they are reaped once they have ended."""


def world_exists(shop_dir: Path) -> bool:
    """Whether the shop has a world that has begun to live."""
    return (_folder(shop_dir) / "journal.jsonl").exists()


def start_world(
    shop_dir: Path, shop: Shop, seed: int, *, pace: float = 0.0, fresh: bool = False, fence: int = 0
) -> "DirectCell":
    """Begin a new life of the virtual shop and connect to it; its hidden truth is read from ``shop_dir/world.toml``.

    ``pace``: shop seconds a real second, 0 = as fast as it can. ``fresh`` drops a life that is there; without it
    that is BadInput. BadInput too for a wrong world.toml, with all findings; EnvironmentFailed where it can't start.
    """
    folder = _folder(shop_dir)
    if world_exists(shop_dir):
        if not fresh:
            raise BadInput(
                Finding(str(folder), "journal.jsonl", "a world", "none", "Resume it, or ask for a fresh start.")
            )
        _end_live_world(shop_dir)
    _empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "shop.json").write_bytes(_ENCODER.encode(shop))
        (folder / "start.json").write_bytes(_ENCODER.encode({"seed": seed, "pace": pace}))
    except OSError as error:
        raise _failed(
            folder, str(error), "a folder that can be written", "Free some space or mend the rights."
        ) from error
    return DirectCell.attach(shop_dir, fence=fence)


class DirectCell:
    """One connection to a living world; see ``floor.ports.Cell`` for what its methods promise."""

    def __init__(self, shop_dir: Path, link: socket.socket, answer_timeout_s: float, fence: int = 0) -> None:
        self._shop_dir, self._link, self._timeout_s = shop_dir, link, answer_timeout_s
        self._fence = fence
        self._received = bytearray()

    @classmethod
    def attach(cls, shop_dir: Path, *, answer_timeout_s: float = ANSWER_TIMEOUT_S, fence: int = 0) -> "DirectCell":
        """Connect to the shop's world; start its process first, from its journal, where none lives.

        ``fence``: the controller's fencing token; without one the world can only be looked at and ended, once a
        controller with one has led. Fenced: a newer one leads.
        EnvironmentFailed: another controller is connected, the process dies or doesn't come up in time.
        BadInput: there is no world to attach to, or its world.toml is wrong.
        """
        shop_dir = Path(shop_dir)
        if not (_folder(shop_dir) / "start.json").exists():
            raise BadInput(
                Finding(
                    str(_folder(shop_dir)), "start.json", "nothing", "a world", "Run the shop once without --resume."
                )
            )
        return cls(shop_dir, _connect(shop_dir, START_TIMEOUT_S, fence), answer_timeout_s, fence)

    def greet(self) -> Greeting:
        """Who is there and how far it has come."""
        return _given(self._ask({"ask": "greet"}).greeting)

    def submit(self, command: AnyCommand) -> Acknowledgement:
        """Hand over a command; durable at the world when this returns."""
        return _given(self._ask({"ask": "submit", "command": command, "fence": self._fence}).acknowledgement)

    def evidence(self, command_id: str) -> str:
        """``unknown``, ``running``, ``done`` or ``refused``."""
        return _given(self._ask({"ask": "evidence", "command_id": command_id}).evidence)

    def advance(self, until_s: float, acknowledged_seq: int) -> Advance:
        """Move on until something is reported or ``until_s`` is reached; repeats what isn't acknowledged.

        A paced world answers when real time has come that far; the wait has no limit but the world's life.
        """
        question = {
            "ask": "advance",
            "until_s": until_s,
            "acknowledged_seq": acknowledged_seq,
            "fence": self._fence,
        }
        return _given(self._ask(question, patient=True).advance)

    def image(self, name: str) -> bytes:
        """The PNG of an ``ImageTaken`` report."""
        return _given(self._ask({"ask": "image", "name": name}).image)

    def close(self) -> None:
        """Leave; the world lives on."""
        self._link.close()

    def shutdown(self) -> None:
        """End the world's process and wait for it; its journal stays."""
        address = _read_address(self._shop_dir)
        try:
            self._ask({"ask": "shutdown"}, revive=False)
        except ConnectionError:
            # the line broke: the question may have been lost or may have been heard
            link = _try(address, time.monotonic() + 10.0, self._fence) if address is not None else None
            if link is not None:
                self._link.close()
                self._link = link
                self.shutdown()
                return
        self._link.close()
        _wait_gone(self._shop_dir, address)

    def _ask(self, question: dict[str, Any], *, patient: bool = False, revive: bool = True) -> _Answer:
        line = _ENCODER.encode(question) + b"\n"
        for _ in range(REVIVALS):
            try:
                self._link.settimeout(None if patient else self._timeout_s)
                self._link.sendall(line)
                return _checked(self._read_line())
            except TimeoutError as error:
                raise _failed(
                    self._shop_dir, f"no answer in {self._timeout_s:g} s", "an answer", "Look into world/process.log."
                ) from error
            except OSError as error:
                if not revive:
                    raise ConnectionResetError(str(error)) from error
                # The world was killed: nothing that it acknowledged is lost, so ask it again in its next life.
                self._link.close()
                self._received.clear()
                self._link = _connect(self._shop_dir, START_TIMEOUT_S, self._fence)
        raise _failed(
            self._shop_dir, f"the world died {REVIVALS} times over one question", "an answer", "See process.log."
        )

    def _read_line(self) -> bytes:
        return _read_line(self._link, self._received)


def _given(value: Any) -> Any:
    if value is None:
        raise EnvironmentFailed(
            Finding(
                "world",
                "answer",
                "an empty answer",
                "the answer to the question",
                "Use the same version on both sides.",
            )
        )
    return value


def _checked(line: bytes) -> _Answer:
    answer = _ANSWERS.decode(line)
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
            raise ConnectionResetError("the world closed the connection")
        received += data
    line = bytes(received[:end])
    del received[: end + 1]
    return line


def _folder(shop_dir: Path) -> Path:
    return Path(shop_dir) / ".nightmill" / "world"


def _failed(place: Path, found: str, expected: str, remedy: str) -> EnvironmentFailed:
    return EnvironmentFailed(Finding(str(place), "virtual shop", found, expected, remedy))


def _read_address(shop_dir: Path) -> _Address | None:
    try:
        return msgspec.json.decode((_folder(shop_dir) / "address.json").read_bytes(), type=_Address)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _connect(shop_dir: Path, timeout_s: float, fence: int) -> socket.socket:
    """Connect to the live world or start one; patient for ``timeout_s``."""
    deadline = time.monotonic() + timeout_s
    child: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        address = _read_address(shop_dir)
        link = _try(address, deadline, fence) if address is not None else None
        if link is not None:
            return link
        if child is None:
            child = _spawn(shop_dir)
        elif child.poll() is not None:
            # A signal ended it, as it may at any moment: its next life takes up the journal.
            if child.returncode >= 0:
                error = _last_words(shop_dir, child.returncode)
                if not _lost_a_race(error):
                    raise error
            child = None
        time.sleep(0.01)
    raise _failed(shop_dir, f"no world after {timeout_s:g} s", "a process that listens", "Look into world/process.log.")


def _try(address: _Address, deadline: float, fence: int = 0) -> socket.socket | None:
    """A connection that was let in, or ``None`` where nobody lives at the address any more."""
    try:
        link = socket.create_connection((address.host, address.port), timeout=5.0)
    except OSError:
        return None
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.settimeout(max(1.0, deadline - time.monotonic()))
    try:
        link.sendall(_ENCODER.encode({"ask": "hello", "token": address.token, "fence": fence}) + b"\n")
        _checked(_read_line(link, bytearray()))
    except (ConnectionError, TimeoutError):
        link.close()
        return None
    except NightmillError:
        link.close()
        raise
    return link


def _spawn(shop_dir: Path) -> "subprocess.Popen[bytes]":
    source = str(Path(__file__).resolve().parents[2])
    paths = [source, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
    command = [sys.executable, "-m", "nightmill.connect.virtual", "--shop", str(shop_dir)]
    try:
        with (_folder(shop_dir) / "process.log").open("wb") as log:
            # A session of its own: a Ctrl-C meant for the controller must not end the shop.
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
    except OSError as error:
        raise _failed(shop_dir, str(error), "a process that can be started", "Free some space or memory.") from error
    _CHILDREN[:] = [other for other in _CHILDREN if other.poll() is None] + [child]
    return child


def _last_words(shop_dir: Path, code: int) -> NightmillError:
    text = (_folder(shop_dir) / "process.log").read_text(encoding="utf-8", errors="replace").strip()
    last = text.splitlines()[-1] if text else "without a word, as on a full disk"
    try:
        said = msgspec.json.decode(last, type=dict[str, tuple[Finding, ...]])
    except msgspec.DecodeError:
        return _failed(
            shop_dir, f"the world ended with code {code}: {last}", "a living process", "See world/process.log."
        )
    return (BadInput if code == BadInput.exit_code else EnvironmentFailed)(*said["findings"])


def _lost_a_race(error: NightmillError) -> bool:
    return any(finding.place == "lock" for finding in error.findings)


def _end_live_world(shop_dir: Path) -> None:
    address = _read_address(shop_dir)
    link = _try(address, time.monotonic() + 10.0) if address is not None else None
    if link is not None:
        DirectCell(shop_dir, link, ANSWER_TIMEOUT_S).shutdown()


def _wait_gone(shop_dir: Path, address: _Address | None) -> None:
    deadline = time.monotonic() + 10.0
    while time.monotonic() < deadline:
        now = _read_address(shop_dir)
        mine = [
            child for child in _CHILDREN if address is not None and child.pid == address.pid and child.poll() is None
        ]
        if not mine and (now is None or address is None or now.boot_id != address.boot_id):
            return
        time.sleep(0.005)
    raise _failed(shop_dir, "the world doesn't end", "an end within 10 s", "End its process by hand; see address.json.")


def _empty(folder: Path) -> None:
    """Remove what a life leaves behind, and nothing else."""
    for name in ("journal.jsonl", "world.toml", "shop.json", "start.json", "address.json", "process.log"):
        (folder / name).unlink(missing_ok=True)
    for program in (folder / "programs").glob("*.ngc"):
        program.unlink(missing_ok=True)
