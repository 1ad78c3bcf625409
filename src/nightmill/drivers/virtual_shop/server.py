"""The world's process: one thread, one loopback socket, one controller at a time.

The process outlives its controllers: when a connection ends, the world stays as it is. A second controller is refused while
one is connected, unless it has a newer fencing token; in that case the older controller is dropped and refused from then on. The
process ends on ``shutdown``, on SIGTERM or SIGINT, after ``idle_s`` without a controller, or with the process whose id is ``parent``.
"""

import argparse
import fcntl
import os
import secrets
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from nightmill.drivers.protocols import IDLE_S
from nightmill.drivers.virtual_shop import wire
from nightmill.drivers.virtual_shop.measuring import spindles_left_s
from nightmill.drivers.virtual_shop.world import LivingWorld, world_folder
from nightmill.vocabulary.durable_files import write_private
from nightmill.vocabulary.errors import UNREADABLE, BadInput, EnvironmentFailed, Finding, NightmillError, fenced
from nightmill.vocabulary.garbage import collect_rarely

LINE_LIMIT = 64 * 1024 * 1024
TICK_S = 0.5
KNOCK_S = 0.5
"""Seconds that a second connection gets to send its first line while a controller is connected."""
_QUESTIONS = msgspec.json.Decoder(wire.Question)
_ENCODER = msgspec.json.Encoder()


class WorldServer:
    """Serves a ``LivingWorld`` on a socket."""

    def __init__(self, folder: Path, world_toml: Path | None, *, idle_s: float = IDLE_S, parent: int = 0) -> None:
        self._folder, self._idle_s, self._parent = folder, idle_s, parent
        self._lock = _lock(folder)
        boot_id = secrets.token_hex(8)
        self._world = LivingWorld(folder, world_toml, boot_id)
        self._pace = self._world.start.pace
        self._origin = (time.monotonic(), self._world.greet().now_s)
        self._token = secrets.token_hex(16)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._client: socket.socket | None = None
        self._admitted = False
        self._client_fence = 0
        self._received = bytearray()
        self._waiting: wire.AdvanceTo | None = None
        self._ending = False
        self._alone_since = time.monotonic()
        host, port = self._socket.getsockname()
        _publish(
            folder / "address.json", wire.Address(host, port, self._token, os.getpid(), boot_id, _place_of(folder))
        )

    def serve(self) -> None:
        """Answer requests until told to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            while not self._ending:
                for key, _ in self._selector.select(self._patience_s()):
                    self._accept() if key.fileobj is self._socket else self._read()
                self._settle_waiting()
                self._look_around()
        finally:
            self._drop()
            self._socket.close()
            self._world.close()
            (self._folder / "address.json").unlink(missing_ok=True)
            os.close(self._lock)

    def _end(self, *_: object) -> None:
        self._ending = True

    def _patience_s(self) -> float:
        if self._waiting is None:
            return TICK_S
        due = self._world.due_s(self._waiting.until_s, self._waiting.acknowledged_seq)
        return min(TICK_S, max(0.0, (due - self._allowed_s()) / self._pace)) if self._pace > 0 else 0.0

    def _allowed_s(self) -> float:
        if self._pace <= 0:
            return float("inf")
        return self._origin[1] + self._pace * (time.monotonic() - self._origin[0])

    def _look_around(self) -> None:
        orphaned = self._parent > 0 and not _alive(self._parent)
        idle = self._client is None and time.monotonic() - self._alone_since > self._idle_s
        self._ending = self._ending or orphaned or idle

    def _accept(self) -> None:
        client, _ = self._socket.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._client is not None:
            # A controller that was just killed has left an end of file, so read that first.
            self._read()
        if self._client is None:
            client.setblocking(False)
            self._client, self._admitted, self._client_fence = client, False, 0
            self._received.clear()
            self._selector.register(client, selectors.EVENT_READ)
        else:
            self._challenged(client)

    def _challenged(self, client: socket.socket) -> None:
        """Handle a second connection while a controller is connected; it takes over only if its fencing token is at least as new."""
        hello = _hello(client)
        known = hello is not None and secrets.compare_digest(hello.token, self._token)
        if (
            hello is not None
            and known
            and hello.fence > 0
            and hello.fence >= max(self._client_fence, self._world.fence)
        ):
            self._drop()
            client.setblocking(False)
            self._client = client
            self._received.clear()
            self._selector.register(client, selectors.EVENT_READ)
            self._greeted(hello)
            return
        finding = Finding(
            "world", "connection", "a controller is connected", "one at a time", "End the other one first."
        )
        if hello is not None and 0 < hello.fence < self._world.fence:
            finding = _fenced(hello.fence, self._world.fence)
        with suppress(OSError):
            client.sendall(_line(wire.Answer(failed=(finding,))))
        client.close()

    def _greeted(self, hello: wire.Hello) -> None:
        """Accept a controller, unless a newer controller leads; a controller without a fencing token may only read the world and stop
        it.
        """
        try:
            if hello.fence and not self._world.admit(hello.fence):
                self._send(wire.Answer(failed=(_fenced(hello.fence, self._world.fence),)))
                self._drop()
                return
        except EnvironmentFailed as error:
            self._send(wire.Answer(failed=error.findings))
            self._drop()
            return
        self._admitted, self._client_fence = True, hello.fence
        self._send(wire.Answer())

    def _drop(self) -> None:
        if self._client is not None:
            self._selector.unregister(self._client)
            self._client.close()
        self._client, self._admitted, self._waiting = None, False, None
        self._alone_since = time.monotonic()

    def _read(self) -> None:
        if self._client is None:
            return
        try:
            data = self._client.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data or len(self._received) + len(data) > LINE_LIMIT:
            self._drop()
            return
        self._received += data
        while self._client is not None and (end := self._received.find(b"\n")) >= 0:
            line = bytes(self._received[:end])
            del self._received[: end + 1]
            self._answer(line)

    def _answer(self, line: bytes) -> None:
        try:
            question = _QUESTIONS.decode(line)
        except UNREADABLE as error:
            finding = Finding(
                "world", "question", str(error), "a request as described in docs/drivers.md", "Correct the client."
            )
            self._send(wire.Answer(wrong=(finding,)))
            return
        if not self._admitted:
            if isinstance(question, wire.Hello) and secrets.compare_digest(question.token, self._token):
                self._greeted(question)
            else:
                finding = Finding("world", "token", "a wrong token", "the one in address.json", "Read that file again.")
                self._send(wire.Answer(failed=(finding,)))
                self._drop()
            return
        if isinstance(question, wire.Submit | wire.AdvanceTo) and question.fence < self._world.fence:
            self._send(wire.Answer(failed=(_fenced(question.fence, self._world.fence),)))
            return
        if isinstance(question, wire.AdvanceTo) and self._pace > 0:
            self._waiting = question
            return
        self._send(self._guarded(lambda: self._reply(question)))

    def _guarded(self, reply: Callable[[], wire.Answer]) -> wire.Answer:
        try:
            return reply()
        except BadInput as error:
            return wire.Answer(wrong=error.findings)
        except EnvironmentFailed as error:
            return wire.Answer(failed=error.findings)

    def _reply(self, question: wire.Question) -> wire.Answer:
        world = self._world
        match question:
            case wire.Submit():
                return wire.Answer(acknowledgement=world.submit(question.command, followed=question.followed))
            case wire.AdvanceTo():
                return wire.Answer(advance=world.advance(question.until_s, question.acknowledged_seq))
            case wire.Evidence():
                return wire.Answer(evidence=world.evidence(question.command_id))
            case wire.ImageOf():
                return wire.Answer(image=world.image(question.name))
            case wire.Greet():
                return wire.Answer(greeting=world.greet())
            case wire.Shutdown():
                self._ending = True
        return wire.Answer()

    def _settle_waiting(self) -> None:
        """Answer a paced ``advance`` once real time has reached the world's next report."""
        waiting = self._waiting
        if waiting is None:
            return

        def go_on() -> wire.Answer:
            until = min(waiting.until_s, self._allowed_s())
            return wire.Answer(advance=self._world.advance(until, waiting.acknowledged_seq))

        def due() -> bool:
            return self._world.due_s(waiting.until_s, waiting.acknowledged_seq) <= self._allowed_s()

        try:
            if not due():
                return
        except BadInput as error:
            self._waiting = None
            self._send(wire.Answer(wrong=error.findings))
            return
        answer = self._guarded(go_on)
        moved = answer.advance
        if moved is None or moved.reports or moved.now_s >= waiting.until_s:
            self._waiting = None
            self._send(answer)

    def _send(self, answer: wire.Answer) -> None:
        if self._client is None:
            return
        try:
            self._client.setblocking(True)
            self._client.settimeout(60.0)
            self._client.sendall(_line(answer))
            self._client.setblocking(False)
        except OSError:
            self._drop()


def main() -> int:
    """Serve the world of a shop as a separate process until told to end; return the exit code.

    ``--spindles-at S`` replays a finished run instead, and prints the remaining life of its spindles at shop time S, for scoring.
    If it can't run, it prints one JSON object ``{"findings": [...]}`` on stderr and exits with 2 (bad input) or 3 (environment).
    """
    collect_rarely()
    parser = argparse.ArgumentParser(prog="python -m nightmill.drivers.virtual_shop", description=main.__doc__)
    parser.add_argument("--shop", type=Path, required=True, help="the shop's folder")
    parser.add_argument("--idle-s", type=float, default=IDLE_S, help="end after this many seconds without a controller")
    parser.add_argument("--parent", type=int, default=0, help="end with this process")
    parser.add_argument("--spindles-at", type=float, help="only print each spindle's seconds left at this shop time")
    options = parser.parse_args()
    try:
        shop: Path = options.shop
        if options.spindles_at is not None:
            left = spindles_left_s(world_folder(shop), options.spindles_at)
            sys.stdout.write(msgspec.json.encode(left).decode() + "\n")
            return 0
        WorldServer(world_folder(shop), shop / "world.toml", idle_s=options.idle_s, parent=options.parent).serve()
    except NightmillError as error:
        findings = [msgspec.to_builtins(finding) for finding in error.findings]
        sys.stderr.write(msgspec.json.encode({"findings": findings}).decode() + "\n")
        return error.exit_code
    return 0


def _fenced(fence: int, newest: int) -> Finding:
    return fenced("world", fence, newest).findings[0]


def _hello(client: socket.socket) -> wire.Hello | None:
    """Return the first line of a connection, if it arrives at once."""
    client.settimeout(KNOCK_S)
    received = b""
    try:
        while b"\n" not in received and len(received) < 4096:
            data = client.recv(4096)
            if not data:
                return None
            received += data
        question = _QUESTIONS.decode(received.partition(b"\n")[0])
    except (OSError, *UNREADABLE):
        return None
    return question if isinstance(question, wire.Hello) else None


def _line(answer: wire.Answer) -> bytes:
    return _ENCODER.encode(answer) + b"\n"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lock(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise EnvironmentFailed(
            Finding(
                str(folder),
                "lock",
                "another world process has it",
                "one world process per shop",
                "End the other one first.",
            )
        ) from error
    return handle


def _place_of(folder: Path) -> str:
    found = folder.stat()
    return f"{found.st_dev}-{found.st_ino}"


def _publish(path: Path, address: wire.Address) -> None:
    draft = path.with_suffix(".new")
    write_private(draft, _ENCODER.encode(address))
    draft.replace(path)
