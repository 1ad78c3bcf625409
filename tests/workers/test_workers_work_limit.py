"""A limit in seconds of work: processor time on a busy machine, the clock on an idle one, and an end in any case."""

import subprocess
import sys
import time

import pytest

from nightmill.workers import Effort, work_limit
from nightmill.workers.work_limit import LEAST


@pytest.mark.parametrize(
    ("clock_s", "processor_s", "spent_s"), [(100.0, 80.0, 80.0), (100.0, 150.0, 100.0), (100.0, 20.0, 100.0 * LEAST)]
)
def test_a_second_counts_as_far_as_the_processor_was_had(
    clock_s: float, processor_s: float, spent_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = {"clock": 1000.0, "processor": 5.0}
    monkeypatch.setattr(time, "perf_counter", lambda: now["clock"])
    monkeypatch.setattr(time, "process_time", lambda: now["processor"])
    spent = Effort()
    assert spent() == 0.0
    now["clock"] += clock_s
    now["processor"] += processor_s
    assert spent() == pytest.approx(spent_s)


def test_the_work_of_a_process_beside_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = {"clock": 0.0}
    monkeypatch.setattr(work_limit, "LOOK_S", 0.0)
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    spins = subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE)
    try:
        assert spins.stdout is not None
        spins.stdout.readline()
        monkeypatch.setattr(time, "perf_counter", lambda: now["clock"])
        spent = Effort()
        spent.counts(spins.pid)
        now["clock"] = 0.4
        end = time.monotonic() + 100.0
        while spent() <= LEAST * now["clock"] + 1e-9 and time.monotonic() < end:
            time.sleep(0.01)
            now["clock"] += 1e-6
        assert LEAST * now["clock"] + 1e-9 < spent() <= now["clock"]
    finally:
        spins.kill()
        spins.communicate()
    had = spent()
    now["clock"] += 1e-6
    assert spent() >= had  # a process that has ended takes nothing back


def test_time_before_the_work_began_counts_at_least_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", lambda: 100.0)
    assert Effort(began=60.0)() == pytest.approx(40.0 * LEAST)
