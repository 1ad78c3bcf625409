"""Measure how much of its time limit a piece of work has used, even on a machine that is busy with other work."""

import os
import time
from pathlib import Path

LEAST = 0.65
"""Minimum number of seconds of work that each second of clock time counts as, even if the work gets less processor time."""
LOOK_S = 0.05
"""Interval at which the other process's processor time is read, seconds of clock time."""


class Effort:
    """Seconds of work since its creation, or since ``began``: clock time, or processor time if the processor was mostly busy with other work.

    A call returns the lesser of the two, but at least ``LEAST`` times the clock time, so that a limit of N such seconds is reached
    after at most N / ``LEAST`` seconds of clock time. Processor time is that of this process with all its threads and, once given to
    ``counts``, of one other process, if the kernel reports it (/proc). The value never decreases. ``began``: seconds of
    ``time.perf_counter``, possibly read in another process on this machine, such as the one that requested the work.
    """

    def __init__(self, began: float | None = None) -> None:
        self._own = time.process_time()
        self._began = time.perf_counter() if began is None else began
        self._beside: Path | None = None
        self._before, self._others, self._looked = 0.0, 0.0, self._began
        self._spent = 0.0

    def counts(self, pid: int) -> None:
        """Include the processor time of another process from now on."""
        self._beside = Path(f"/proc/{pid}/stat")
        self._before = _processor_s(self._beside) or 0.0

    def __call__(self) -> float:
        """Seconds of work, 0 at first."""
        now = time.perf_counter()
        clock = now - self._began
        if self._beside is not None and now > self._looked + LOOK_S:
            self._looked = now
            found = _processor_s(self._beside)
            self._others = max(self._others, found - self._before) if found is not None else self._others
        worked = time.process_time() - self._own + self._others
        self._spent = max(self._spent, LEAST * clock, min(clock, worked))
        return self._spent


def _processor_s(stat: Path) -> float | None:
    """User and system time of a process from ``/proc/PID/stat`` (proc(5): fields 14 and 15); ``None`` if it has ended."""
    try:
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
