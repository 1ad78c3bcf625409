"""A guarded child process: memory, processor and wall-clock limits for work on untrusted files."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.workers.forked_child import ForkedChild
from nightmill.workers.scratch_folder import Scratch

Progress = Callable[[str, float], None]

NICE_BESIDE = 5
"""``Limits.nice`` for work that the shop floor doesn't wait for, such as planning a quoted part or a forecast. Beside one process of normal
priority, such work gets a third of the processor (``sched(7)``: each step is a factor of 1.25), so that the run, its cells and the server
come first when the processor is busy. Work that the run itself waits for has normal priority; otherwise the run would also wait for all
other processes.
"""
SAME_S = 1.0
"""Seconds within which a second signal counts as a duplicate of the first."""


class Limits(msgspec.Struct, frozen=True):
    """Limits of a child: address space in MiB, processor seconds, wall-clock seconds.

    ``nice``: how far its priority is below that of other processes, 0 to 19 (``nice(2)``).
    """

    memory_mib: int = 12288
    cpu_s: int = 900
    wall_s: float = 900.0
    nice: int = 0


class ChildFailed(EnvironmentFailed):
    """The child was killed, crashed or exceeded its limits; ``phase`` is the last progress it reported."""

    def __init__(self, phase: str, *findings: Finding) -> None:
        super().__init__(*findings)
        self.phase = phase


def run_guarded(
    call: str,
    arguments: dict[str, Any],
    *,
    limits: Limits | None = None,
    progress: Progress | None = None,
    subject: str = "",
    environment: Mapping[str, str] = {},
    preload: str = "",
) -> Any:
    """Run ``module:function`` with JSON ``arguments`` in a child process and return its JSON answer.

    The function may take ``progress`` as a keyword; ``environment`` is added to this process's environment in the child. ``preload``:
    the ``module:function`` that loads in steps what the child needs; if given, the child is forked by a server that has loaded it
    (``fork_server``), where that is possible. Raises the ``BadInput`` or ``EnvironmentFailed`` that the child raised, or
    ``ChildFailed`` if it died; ``subject`` names the file in such an error.
    """
    limits = limits or Limits()
    deadline = time.monotonic() + limits.wall_s

    def answer(server: str) -> Any:
        child = _Child(call, arguments, limits, environment, server, deadline)
        try:
            return child.listen(progress, subject or call)
        finally:
            child.stop()

    if preload:
        with suppress(_ServerEnded):  # the server failed, not the work: run it in a new process
            return answer(preload)
    return answer("")


class _ServerEnded(Exception):
    """The fork server was killed, and its child with it."""


class _Message(msgspec.Struct, frozen=True):
    """A line from a child: its progress, an error, or its answer."""

    progress: str | None = None
    share: float = 0.0
    error: str = ""
    findings: tuple[Finding, ...] = ()
    answer: Any = None


_MESSAGE_IN = msgspec.json.Decoder(_Message)


@contextmanager
def ended_by_signal(subject: str) -> Iterator[None]:
    """Within the block the first SIGTERM raises ``ChildFailed`` for ``subject`` instead of ending this process, as a child's time
    limit would, so that the child's partial results can still be reported. A later SIGTERM ends the process, unless it
    follows within ``SAME_S``: a program that stops a process often signals its whole group as well. Main thread only.
    """
    before = signal.getsignal(signal.SIGTERM)
    first: list[float] = []

    def on_signal(number: int, _frame: object) -> None:
        if first:
            if time.monotonic() > first[0] + SAME_S:
                signal.signal(signal.SIGTERM, before)
                os.kill(os.getpid(), number)
            return
        first.append(time.monotonic())
        remedy = "Give it more time."
        raise ChildFailed(
            "", Finding(subject, "", "it was stopped by a signal (SIGTERM)", "an answer within the limit", remedy)
        )

    signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Child:
    def __init__(
        self,
        call: str,
        arguments: dict[str, Any],
        limits: Limits,
        surroundings: Mapping[str, str],
        preload: str,
        deadline: float,
    ) -> None:
        self.limits = limits
        self.phase = "start"
        self.deadline = deadline
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        # the child's temporary files go here, since a killed child can't remove them
        self._scratch = Scratch()
        read_end, write_end = os.pipe()
        self._answers = read_end
        environment = {**os.environ, "TMPDIR": str(self._scratch.path), **surroundings, "OMP_NUM_THREADS": "1"}
        environment.setdefault("OPENBLAS_NUM_THREADS", "1")
        environment.setdefault("NUMBA_NUM_THREADS", "1")
        request = {"call": call, "arguments": arguments, "limits": msgspec.to_builtins(limits)}
        handles = (write_end, self._errors.fileno())
        with ExitStack() as otherwise:
            otherwise.callback(self._put_away)
            try:
                forked = ForkedChild.start(preload, request, environment, handles, deadline - time.monotonic())
                self._process = forked or _NewChild(request, environment, handles)
            finally:
                os.close(write_end)
            otherwise.pop_all()

    def listen(self, progress: Progress | None, subject: str) -> Any:
        buffer = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while True:
                left = self.deadline - time.monotonic()
                if left <= 0:
                    raise self._failure(subject, f"more than {self.limits.wall_s:.0f} s", "an answer within the limit")
                if not selector.select(min(left, 1.0)):
                    continue
                chunk = os.read(self._answers, 1 << 20)
                if not chunk:
                    raise self._death(subject)
                buffer += chunk
                while b"\n" in buffer:
                    line, buffer = buffer.split(b"\n", 1)
                    try:
                        message = _MESSAGE_IN.decode(line)
                    except msgspec.MsgspecError:
                        expected = "an answer, an error or a progress message"
                        raise self._failure(subject, f"the child wrote {line[:60]!r}", expected) from None
                    if message.progress is not None:
                        self.phase = message.progress
                        if progress:
                            progress(self.phase, message.share)
                    elif message.error:
                        raise _rebuilt(message, self.phase)
                    else:
                        return message.answer

    def _death(self, subject: str) -> NightmillError:
        code = self._process.wait()
        if code is None:
            raise _ServerEnded
        if code == -signal.SIGXCPU or code == -signal.SIGKILL:
            return self._failure(subject, f"the child was stopped by signal {-code}", "work within its limits")
        what = f"the child ended by signal {-code}" if code < 0 else f"the child ended with code {code}"
        return self._failure(subject, f"{what} ({self._last_words()})", "a finished answer")

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "no message"

    def _failure(self, subject: str, found: str, expected: str) -> ChildFailed:
        remedy = "Simplify or repair the file, or raise the limits of memory and time."
        return ChildFailed(self.phase, Finding(subject, f"while {self.phase}", found, expected, remedy))

    def stop(self) -> None:
        self._process.end()
        self._put_away()

    def _put_away(self) -> None:
        os.close(self._answers)
        self._errors.close()
        self._scratch.remove()


class _NewChild:
    """A child in a new process, with the same methods as a ``ForkedChild``."""

    def __init__(self, request: dict[str, Any], environment: dict[str, str], handles: tuple[int, int]) -> None:
        answer, errors = handles
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nightmill.workers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(answer,),
            env={**environment, "NIGHTMILL_ANSWER_FD": str(answer)},
            start_new_session=True,
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the child died before reading; its closed answer shows that
            self._process.stdin.write(json.dumps(request).encode())
            self._process.stdin.close()

    def wait(self) -> int | None:
        return self._process.wait()

    def end(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _rebuilt(message: _Message, phase: str) -> NightmillError:
    if message.error == "ChildFailed":
        return ChildFailed(phase, *message.findings)
    return BadInput(*message.findings) if message.error == "BadInput" else EnvironmentFailed(*message.findings)
