"""Who watches a lease takes over from a leader that is stopped, and leaves one alone that is only slow."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightmill.store.lease import FORM, SLOW, LeaseWatch, Stillness, place_of, read_lease, runs, runs_there

STALL_S = 0.2


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def _lease(path: Path, process: int, pulse: int = 7) -> Path:
    path.write_bytes(FORM.pack(pulse, 3, process))
    return path


def _until_stalled(watch: LeaseWatch, at_most_s: float) -> float | None:
    begun = time.monotonic()
    while time.monotonic() - begun < at_most_s:
        if watch.stalled():
            return time.monotonic() - begun
        time.sleep(0.01)
    return None


def test_a_stopped_leader_is_told_from_a_slow_one(tmp_path: Path, leader: subprocess.Popen[bytes]) -> None:
    path = _lease(tmp_path / "lease", leader.pid)
    assert runs(leader.pid)
    assert _until_stalled(LeaseWatch(path, STALL_S), 4 * STALL_S) is None, "it runs: its pulse may be late"
    leader.send_signal(signal.SIGSTOP)
    while runs(leader.pid):
        time.sleep(0.01)
    watch = LeaseWatch(path, STALL_S)
    took = _until_stalled(watch, 100.0)
    assert took is not None
    assert took >= STALL_S
    assert watch.token == 3
    leader.send_signal(signal.SIGCONT)


def test_a_process_is_known_to_run_only_where_it_is(leader: subprocess.Popen[bytes]) -> None:
    place = place_of(leader.pid)
    number, _, where = place.partition("@")
    assert runs_there(place)
    assert place_of(os.getpid()).partition("@")[2] == where
    for other in (number, "", "somebody", f"{number}@{where[::-1]}x", f"{2**22 + 1}@{where}", f"-1@{where}"):
        assert not runs_there(other)
    leader.kill()
    leader.wait()
    assert not runs_there(place)


def test_a_leader_that_runs_without_a_pulse_is_taken_over_in_the_end(tmp_path: Path) -> None:
    took = _until_stalled(LeaseWatch(_lease(tmp_path / "lease", os.getpid()), STALL_S), 100.0)
    assert took is not None
    assert took >= SLOW * STALL_S


def test_of_a_process_that_the_system_does_not_know_the_pulse_alone_tells(tmp_path: Path) -> None:
    path = _lease(tmp_path / "lease", 0)
    watch = LeaseWatch(path, STALL_S)
    for pulse in range(8, 20):
        _lease(path, 0, pulse)
        assert not watch.stalled()
        time.sleep(STALL_S / 8)
    assert read_lease(path)[0] == 19
    assert _until_stalled(watch, 100.0) is not None


def test_who_was_away_begins_to_count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("nightmill.store.lease.time.monotonic", lambda: clock[0])
    still = Stillness((1,), 0.5)
    for _ in range(4):
        clock[0] += 0.1
        assert still.seconds((1,)) == pytest.approx(clock[0] - 100.0)
    clock[0] += 60.0  # the machine was suspended, leader and watcher with it
    assert still.seconds((1,)) == 0.0
    clock[0] += 0.4
    assert still.seconds((1,)) == pytest.approx(0.4)
    assert still.seconds((2,)) == 0.0
