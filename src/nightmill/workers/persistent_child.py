"""A persistent guarded child: it converts untrusted files to plain bytes, one after another, without a new process for each.
Each answer has its own limits on processor and wall-clock time; a child that exceeds one is stopped, and the next file gets a new child.
"""

import contextlib
import fcntl
import importlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import IO, BinaryIO, Self

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.vocabulary.garbage import collect_rarely
from nightmill.workers.guarded_child import Limits

_HEAD = struct.Struct("<BQ")
"""Header of each message: 0 for bytes, 1 for the findings of bad input, then its length."""
_MOST = 1 << 30
_CHUNK = 1 << 20


class _NotReady(Exception):
    """A child ended, or took too long, before it was ready."""


class KeptChild:
    """Run ``module:function``, from bytes to bytes, in another process; one call at a time. The process is started by the first call or
    by ``begin``.
    ``ready``: a function of the same module that each child calls once, before it reads its first request.
    """

    def __init__(self, call: str, limits: Limits, ready: str = "") -> None:
        self._call, self._limits, self._get_ready = call, limits, ready
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: Callable[[], object] = bool
        self._is_ready = False

    def begin(self) -> None:
        """Start a child if there is none, without waiting for it. Raises ``EnvironmentFailed`` if none can be started."""
        self._living()

    def ask(self, data: bytes, subject: str, otherwise: bytes | None = None) -> bytes:
        """The function's answer. Raises the ``BadInput`` that the function raised, or one that names ``subject`` if the file crashed the child.
        ``otherwise``: the request to a new child if the first one ended without an answer; by default ``data`` again.
        Raises ``EnvironmentFailed`` if no child can be started, or none becomes ready.
        """
        try:
            word, answer = self._ask_with_retry(data, data if otherwise is None else otherwise)
        except _NotReady as error:
            found, expected = (
                f"a child that didn't become ready ({error})",
                f"{self._limits.memory_mib} MiB more memory",
            )
            remedy = "Stop other programs on this machine, then continue."
            raise EnvironmentFailed(Finding(self._call, "", found, expected, remedy)) from error
        except (TimeoutError, EOFError, BrokenPipeError) as error:
            found = f"a file that crashed the process reading it ({error or type(error).__name__})"
            limits = f"a file that can be read within {self._limits.memory_mib} MiB and {self._limits.wall_s:g} s"
            raise BadInput(Finding(subject, "", found, limits, "Check the file.")) from error
        if word:
            raise BadInput(*msgspec.json.decode(answer, type=list[Finding]))
        return answer

    def _ask_with_retry(self, data: bytes, otherwise: bytes) -> tuple[int, bytes]:
        """Return the answer. If the child ends, return a fresh child's answer, which shows whether the file or an outside cause
        ended it.
        """
        try:
            return self._asked(data)
        except _NotReady:
            return self._asked(data)
        except (EOFError, BrokenPipeError):
            return self._asked(otherwise)

    def _living(self) -> "subprocess.Popen[bytes]":
        return self._process if self._process is not None and self._process.poll() is None else self._begun()

    def _asked(self, data: bytes) -> tuple[int, bytes]:
        child = self._living()
        deadline = time.monotonic() + self._limits.wall_s
        try:
            self._wait_until_ready(child, deadline)
            _exchange_out(child, _HEAD.pack(0, len(data)) + data, deadline)
            word, length = _HEAD.unpack(_exchange_in(child, _HEAD.size, deadline))
            return word, _exchange_in(child, min(length, _MOST), deadline)
        except (TimeoutError, EOFError, BrokenPipeError, _NotReady):
            self.stop()
            raise

    def _wait_until_ready(self, child: "subprocess.Popen[bytes]", deadline: float) -> None:
        """Wait for the header by which a child reports that it is ready; errors before that are not the file's fault."""
        if self._is_ready:
            return
        try:
            _exchange_in(child, _HEAD.size, deadline)
        except (TimeoutError, EOFError) as error:
            raise _NotReady(str(error)) from error
        self._is_ready = True

    def stop(self) -> None:
        """Stop the child; the next request starts another."""
        self._process = None
        self._ends()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _begun(self) -> "subprocess.Popen[bytes]":
        self.stop()
        self._is_ready = False
        limits = self._limits
        words = [self._call, str(limits.memory_mib), str(limits.cpu_s), str(limits.nice), self._get_ready]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "nightmill.workers.persistent_child", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:  # no memory, processes or file handles are left
            found, remedy = error.strerror or str(error), "Stop other programs on this machine, then continue."
            raise EnvironmentFailed(Finding(self._call, "", found, "one more process", remedy)) from error
        self._ends = weakref.finalize(self, _ended, self._process, os.getpid())
        for pipe in (self._process.stdin, self._process.stdout):
            _widen(pipe)
        return self._process


def _ended(child: "subprocess.Popen[bytes]", owner: int) -> None:
    """Stop a child and wait for it. In a fork of the process that started the child, do nothing."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    child.wait()


def _widen(pipe: IO[bytes] | None) -> None:
    """Enlarge a pipe to hold a whole image, if the system allows it, so that the processes switch less often."""
    if pipe is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _CHUNK)


def _exchange_out(child: "subprocess.Popen[bytes]", data: bytes, deadline: float) -> None:
    assert child.stdin is not None
    os.set_blocking(child.stdin.fileno(), False)
    left = memoryview(data)
    while left:
        _ready([], [child.stdin], deadline)
        left = left[os.write(child.stdin.fileno(), left[:_CHUNK]) :]


def _exchange_in(child: "subprocess.Popen[bytes]", size: int, deadline: float) -> bytes:
    assert child.stdout is not None
    found = bytearray()
    while len(found) < size:
        _ready([child.stdout], [], deadline)
        chunk = os.read(child.stdout.fileno(), min(_CHUNK, size - len(found)))
        if not chunk:
            raise EOFError("it ended without an answer")
        found += chunk
    return bytes(found)


def _ready(reading: list[IO[bytes]], writing: list[IO[bytes]], deadline: float) -> None:
    left = deadline - time.monotonic()
    waiting = select.poll()  # unlike select.select, for handles of any number
    for pipes, event in ((reading, select.POLLIN), (writing, select.POLLOUT)):
        for pipe in pipes:
            waiting.register(pipe.fileno(), event)
    if left <= 0 or not waiting.poll(left * 1000.0):
        raise TimeoutError("no answer within the limit")


def main(call: str, memory_mib: int, cpu_s: int, nice: int, ready: str = "") -> None:
    """The child's side: answer requests until the other side closes."""
    collect_rarely()
    os.nice(nice)
    memory = _within(resource.RLIMIT_AS, memory_mib << 20)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, function = call.split(":")
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output printed by a library must not mix with the answers
    found = importlib.import_module(module)
    work: Callable[[bytes], bytes] = getattr(found, function)
    if ready:
        getattr(found, ready)()
    answers.write(_HEAD.pack(0, 0))
    answers.flush()
    while (head := asked.read(_HEAD.size)) and len(head) == _HEAD.size:
        data = asked.read(_HEAD.unpack(head)[1])
        spent = resource.getrusage(resource.RUSAGE_SELF)
        until = _within(resource.RLIMIT_CPU, int(spent.ru_utime + spent.ru_stime) + 1 + cpu_s)
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        _answered(answers, work, data)


def _within(kind: int, most: int) -> int:
    """Return ``most``, or this process's own limit if lower."""
    highest = resource.getrlimit(kind)[1]
    return most if highest == resource.RLIM_INFINITY else min(most, highest)


def _answered(answers: BinaryIO, work: Callable[[bytes], bytes], data: bytes) -> None:
    try:
        word, said = 0, work(data)
    except BadInput as error:
        word, said = 1, json.dumps(msgspec.to_builtins(error.findings)).encode()
    answers.write(_HEAD.pack(word, len(said)))
    answers.write(said)
    answers.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
