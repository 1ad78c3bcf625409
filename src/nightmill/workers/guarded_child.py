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
from contextlib import contextmanager
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.workers.scratch_folder import Scratch

Progress = Callable[[str, float], None]

NICE_BESIDE = 5
"""``Limits.nice`` for work that the shop floor doesn't wait for, such as planning a quoted part or a forecast. Next to one process of
normal
priority it gets a third of the processor (``sched(7)``: each step is a factor of 1.25), so that the run, its cells and the
server come first when the processor is busy. Work that the run itself waits for has normal priority; otherwise the run would also wait
for all other processes.
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
) -> Any:
    """Run ``module:function`` with JSON ``arguments`` in a child process and return its JSON answer.

    The function may take ``progress`` as a keyword; ``environment`` is added to this process's environment in the child. Raises the
    ``BadInput`` or ``EnvironmentFailed`` that the child raised, or ``ChildFailed`` if it died; ``subject`` names the file in such an error.
    """
    limits = limits or Limits()
    child = _Child(call, arguments, limits, environment)
    try:
        return child.listen(progress, subject or call)
    finally:
        child.stop()


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
        self, call: str, arguments: dict[str, Any], limits: Limits, surroundings: Mapping[str, str] = {}
    ) -> None:
        self.limits = limits
        self.phase = "start"
        self.deadline = time.monotonic() + limits.wall_s
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop()
        # the child's temporary files go here, since a killed child can't remove them
        self._scratch = Scratch()
        read_end, write_end = os.pipe()
        self._answers = read_end
        environment = {**os.environ, "TMPDIR": str(self._scratch.path), **surroundings}
        environment |= {"NIGHTMILL_ANSWER_FD": str(write_end), "OMP_NUM_THREADS": "1"}
        environment.setdefault("OPENBLAS_NUM_THREADS", "1")
        environment.setdefault("NUMBA_NUM_THREADS", "1")
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nightmill.workers.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=(write_end,),
                env=environment,
                start_new_session=True,
            )
        except OSError:
            self._put_away()
            raise
        finally:
            os.close(write_end)
        request = {"call": call, "arguments": arguments, "limits": msgspec.to_builtins(limits)}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode())
            self._process.stdin.close()
        except BrokenPipeError:
            self.phase = "start"  # the child died before reading; listen() reports that

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
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._put_away()

    def _put_away(self) -> None:
        os.close(self._answers)
        self._errors.close()
        self._scratch.remove()


def _rebuilt(message: _Message, phase: str) -> NightmillError:
    if message.error == "ChildFailed":
        return ChildFailed(phase, *message.findings)
    return BadInput(*message.findings) if message.error == "BadInput" else EnvironmentFailed(*message.findings)
