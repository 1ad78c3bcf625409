"""A server that loads the modules that certain child processes need and forks each child from that state, so that no child has to load them
again.

``run_guarded`` starts the server (``forked_child``) and requests children over a socket. The server has one thread, does none of the
children's work itself and takes over nothing from them, so every child is a fork of the same state. It serves only processes of the same
user with the same surroundings and the same code on disk (``surroundings``), and ends when no child has been requested for some time or the
code on disk has changed.
"""

import ctypes
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from nightmill.vocabulary.garbage import collect_rarely
from nightmill.workers.child import run_request
from nightmill.workers.forked_helper import PR_SET_PDEATHSIG
from nightmill.workers.surroundings import code_state

ALIVE = b"+"
"""The byte that a child writes to the connection once it has received its request."""
ENDED = struct.Struct("<i")
"""The message that the server writes to the connection when the child has ended: its exit code, or minus the signal that ended it."""
HANDLES = 2
"""Number of file descriptors sent with a request: one for the answer and one for errors."""
WAITING = 64
"""Number of connections that may wait to be accepted."""
CHECK_S = 10.0
"""How often an idle server checks whether the code has changed, seconds."""
_DONE = object()
SEND_S = 30.0
"""Time limit for the requesting process to send its request, seconds."""


def main(folder: str, key: str, code: str, preload: str, idle_s: float) -> None:
    """Start a server in the background unless one with this ``key`` is running; return once its socket accepts connections.

    ``code``: the state of the code that the server must have loaded. ``preload``: the ``module:function`` of a generator that loads modules
    step by step; its first step loads the modules that every child needs, and the server runs the other steps while it is idle. ``idle_s``:
    seconds without a child after which the server ends.
    """
    place = Path(folder)
    lock = _locked(place / f"{key}.lock")
    if lock is None:
        return
    _sweep(place, key)
    with suppress(FileNotFoundError):
        (place / f"{key}.socket").unlink()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(place / f"{key}.socket"))
    door.listen(WAITING)
    if os.fork():
        os._exit(0)
    os.chdir("/")
    try:
        _Server(door, lock, code, idle_s).serve(preload)
    finally:
        for ending in ("socket", "lock"):
            (place / f"{key}.{ending}").unlink(missing_ok=True)


def _locked(path: Path) -> int | None:
    """Return the file of a server, locked as long as the server lives; ``None`` if another holds it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_ino == path.stat().st_ino:
                return handle
        except FileNotFoundError:
            pass  # removed by a server that ended in between
        except OSError:
            os.close(handle)
            return None
        os.close(handle)


def _sweep(place: Path, own: str) -> None:
    """Remove the files of servers that were killed."""
    for left in place.glob("*.lock"):
        handle = _locked(left) if left.stem != own else None
        if handle is not None:
            left.with_suffix(".socket").unlink(missing_ok=True)
            left.unlink(missing_ok=True)
            os.close(handle)


class _Server:
    """Accepts connections, forks a child for each, and reports how the child ended; closing a connection ends its child."""

    def __init__(self, door: socket.socket, lock: int, code: str, idle_s: float) -> None:
        self._door, self._lock, self._code, self._idle_s = door, lock, code, idle_s
        self._children: dict[int, socket.socket] = {}
        self._waiting = select.poll()
        self._waiting.register(door, select.POLLIN)
        ended, self._on_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._ended = ended
        self._waiting.register(ended, select.POLLIN)
        signal.set_wakeup_fd(self._on_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self, preload: str) -> None:
        """Load what children need, then serve until idle or outdated."""
        collect_rarely()
        module, function = preload.split(":")
        left: Iterator[None] = getattr(importlib.import_module(module), function)()
        loading, last = next(left, _DONE) is not _DONE, time.monotonic()
        if not self._is_sound():
            return
        while self._children or time.monotonic() - last < self._idle_s:
            idle = loading and not self._children
            happened = self._waiting.poll(0 if idle else 1000.0 * min(CHECK_S, self._idle_s))
            if happened:
                last = time.monotonic()
                self._handle(happened)
            elif idle:
                loading = next(left, _DONE) is not _DONE
                if not loading:
                    gc.collect()
                    gc.freeze()  # exclude the loaded objects from garbage collection, which would copy their memory pages in every child
            elif not self._children and not self._is_sound():
                return

    def _is_sound(self) -> bool:
        """Return whether forking is safe (no other thread) and the code on disk is still what was loaded."""
        return len(os.listdir("/proc/self/task")) == 1 and code_state() == self._code

    def _handle(self, happened: list[tuple[int, int]]) -> None:
        by_handle = {each.fileno(): pid for pid, each in self._children.items()}
        for handle, _ in happened:
            if handle == self._ended:
                with suppress(BlockingIOError):
                    os.read(handle, 4096)
            elif handle in by_handle:
                self._waiting.unregister(handle)  # the requesting process has ended, or wants the child to end
                _kill(by_handle[handle])
        self._reap()
        if any(handle == self._door.fileno() for handle, _ in happened):
            self._accept()

    def _reap(self) -> None:
        for pid in [*self._children]:
            found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                continue
            _kill(pid)  # also kills processes that the child started; its id can't be reused yet
            _, status = os.waitpid(pid, 0)
            connection = self._children.pop(pid)
            with suppress(KeyError):
                self._waiting.unregister(connection)
            with connection, suppress(OSError):
                connection.send(ENDED.pack(os.waitstatus_to_exitcode(status)), socket.MSG_DONTWAIT)

    def _accept(self) -> None:
        connection, _ = self._door.accept()
        if not of_same_user(connection) or not self._is_sound():
            connection.close()
            return
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:  # too many processes or not enough memory: the requesting process tries by itself
            connection.close()
            return
        if pid == 0:
            self._be_child(parent, connection)
        self._children[pid] = connection
        self._waiting.register(connection, select.POLLRDHUP)

    def _be_child(self, parent: int, connection: socket.socket) -> NoReturn:
        """Turn this fork into the requested child, with the folder, environment, priority and descriptors of the request. Doesn't
        return.
        """
        code = 1
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for handle in (self._door.detach(), self._lock, self._ended, self._on_end):
                os.close(handle)
            for other in self._children.values():
                other.close()
            channel, request = _received(connection)
            run_request(request, channel)
            code = 0
        finally:  # end the process as the interpreter would: with a traceback and exit code 1 after an error
            if code:
                traceback.print_exc()
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)


def _received(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """Return the descriptor for the answer, and the request; takes over the requesting process's surroundings."""
    connection.settimeout(SEND_S)
    head, handles, _, _ = socket.recv_fds(connection, 8, HANDLES)
    length, body = int.from_bytes(head, "little"), bytearray()
    while len(body) < length:
        chunk = connection.recv(length - len(body))
        if not chunk:
            raise EOFError("the requesting process has ended")
        body += chunk
    channel, errors = handles
    asked = json.loads(body)
    os.chdir(asked["folder"])
    os.umask(asked["umask"])
    os.sched_setaffinity(0, asked["processors"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    tempfile.tempdir = None
    time.tzset()
    os.dup2(errors, 2)
    os.close(errors)
    connection.sendall(ALIVE)
    connection.close()
    return channel, asked["request"]


def of_same_user(connection: socket.socket) -> bool:
    """Return whether the process at the other end belongs to this process's user (``unix(7)``, SO_PEERCRED)."""
    who = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", who)[1] == os.getuid())


def _kill(pid: int) -> None:
    """Kill an own child that was not reaped yet, with its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))
