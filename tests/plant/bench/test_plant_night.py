"""The night benchmark: its oracle against brute force, its judge against a journal, and one whole night."""

import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from nightmill.drivers import start_world
from nightmill.floor import ShopState
from nightmill.floor.records import PartState, RouteState
from nightmill.plant.bench import night as night_bench
from nightmill.plant.bench.night import BACK_S, FASTEST, LEAVE_S, bench_night, fastest_s, judged, oracle, spoilt
from nightmill.store import SqliteEventStore
from nightmill.store.lease import runs
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MountPart
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.ids import OrderId, PartId, SerialId


@pytest.mark.parametrize("seed", range(5))
def test_the_oracle_is_the_best_packing(seed: int) -> None:
    rng = random.Random(seed)
    night_s = BACK_S - LEAVE_S
    jobs = [float(rng.randint(6000, 25000)) for _ in range(6)]
    busy = {"a": float(rng.randint(1000, 9000))}
    runs = {"a": rng.uniform(500.0, 60000.0), "b": rng.uniform(10000.0, 90000.0)}
    best = 0
    for places in itertools.product(("a", "b", ""), repeat=len(jobs)):
        load = {
            mill: sum(int(FASTEST * job) for job, at in zip(jobs, places, strict=True) if at == mill) for mill in runs
        }
        free = {mill: int(min(night_s, run) - busy.get(mill, 0.0)) for mill, run in runs.items()}
        if all(load[mill] <= max(0, free[mill]) for mill in runs):
            best = max(best, sum(map(bool, places)))
    assert oracle(jobs, busy, runs) == best + (busy["a"] <= runs["a"])


def test_the_journal_tells_what_is_spoilt(tmp_path: Path) -> None:
    world = tmp_path / ".nightmill" / "world"
    world.mkdir(parents=True)
    lines = (
        '{"n":1,"event":"world_started","seed":1}',
        '{"n":2,"event":"cut_finished","part":"within","truth":{"error_um T1":49.0,"error_um T3":900.0}}',
        '{"n":3,"event":"cut_finished","part":"small","truth":{"error_um T2":-51.0}}',
        '{"n":4,"event":"cut_finished","part":"scratched","detail":"scratch"}',
        '{"n":5,"event":"cut_interrupted","part":"broken","truth":{"error_um T1":900.0}}',
    )
    (world / "journal.jsonl").write_text("\n".join(lines) + "\n")
    assert spoilt(tmp_path) == {"small", "scratched"}


def test_what_was_foreseen_is_what_was_told_when_people_left(tmp_path: Path) -> None:
    told = ((0.0, 0.0, 3600.0), (LEAVE_S - 1800.0, LEAVE_S, BACK_S), (LEAVE_S, LEAVE_S, LEAVE_S + 7200.0), (LEAVE_S + 60.0, LEAVE_S + 60.0, BACK_S))  # fmt: skip
    events = [
        Event(n, at_s, "loop", e.PreflightMade(leaves_s, BACK_S, (), (), next_s, ""))
        for n, (at_s, leaves_s, next_s) in enumerate(told, 1)
    ]
    finished = r.CycleFinished(1, LEAVE_S + 9000.0, "mill-1", "c1", "A.001", "a/1", 9000.0, 1.0, {}, {}, {}, {})
    events.append(Event(5, finished.at_s, "report", e.Reported(finished)))
    running = r.CycleStarted(2, LEAVE_S + 60.0, "mill-2", "c2", "A.002", "a/1", "sha")
    events.append(Event(6, running.at_s, "report", e.Reported(running)))
    store = SqliteEventStore(tmp_path / "log.sqlite")
    store.append(events, expected_version=0)
    state = ShopState()
    state.parts["A.001"] = PartState(SerialId("A.001"), OrderId("A"), PartId("a"), disposition="good")
    night = judged(store, state, set(), 3)
    store.close()
    assert (night.foreseen_h, night.needed_h, night.good, night.oracle) == (2.0, 2.5, 1, 3)
    # mill-2 cuts when people are back, so it is mill-1 that stood first


def test_the_oracle_cuts_by_the_quickest_program_of_the_night(tmp_path: Path) -> None:
    told = ((LEAVE_S, 9000.0), (LEAVE_S + 60.0, 8400.0), (LEAVE_S + 120.0, 8700.0), (BACK_S + 60.0, 7000.0))
    reports = [
        r.ProgramStored(n, at_s, "mill-1", f"s{n}", "a/1", "sha", took) for n, (at_s, took) in enumerate(told, 1)
    ]
    store = SqliteEventStore(tmp_path / "log.sqlite")
    store.append([Event(0, each.at_s, "machine", e.Reported(each)) for each in reports], expected_version=0)
    assert fastest_s(store) == {"a/1": 8400.0}
    store.close()


def test_a_part_that_is_being_mounted_when_people_leave_is_work_for_the_night() -> None:
    state = ShopState()
    operation = e.RoutedOperation("a/1", "sha", 9000.0, {})
    state.routes["a"] = RouteState.of(e.RouteCertified("a", 1, "cad", "steel", (operation,), True, 1.0))
    state.parts["A.001"] = PartState(SerialId("A.001"), OrderId("A"), PartId("a"))
    state.open_commands["m1"] = MountPart("m1", "bench-1", "P01", "A.001", "a/1", "", 120.0)
    assert night_bench._at_leaving(state) == (0.0, [("a/1", 9000.0)], {})


def test_a_night_that_is_broken_off_leaves_no_virtual_shop_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def started(folder: Path, *others: Any, **more: Any) -> Any:
        cell = start_world(folder, *others, **more)
        begun.append(json.loads((folder / ".nightmill" / "world" / "address.json").read_bytes())["pid"])
        return cell

    def broken_off(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(night_bench, "start_world", started)
    monkeypatch.setattr(night_bench, "build_controller", broken_off)
    with pytest.raises(KeyboardInterrupt):
        bench_night(nights=1, seed=3)
    (pid,) = begun
    assert not runs(pid)


KILLED = """
import os, signal, sys
from nightmill.plant.bench import night as night_bench

def killed(folder, *_, **__):
    print((folder / ".nightmill" / "world" / "address.json").read_text(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

night_bench.build_controller = killed
night_bench.bench_night(nights=1, seed=3)
"""


def test_a_night_that_is_killed_takes_its_virtual_shop_along_and_the_next_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.environ | {"TMPDIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", KILLED], env=here, capture_output=True, text=True, check=False).stdout
    process, deadline = json.loads(said)["pid"], time.monotonic() + 100.0
    while runs(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not runs(process)
    assert len(list(tmp_path.glob("nightmill-night-*"))) == 1
    mine = tmp_path / f"nightmill-night-{os.getpid()}-x"
    mine.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    night_bench._clear_up()
    assert list(tmp_path.glob("nightmill-night-*")) == [mine], "one whose process lives stays"


@pytest.mark.slow
def test_a_night_is_lived_and_judged() -> None:
    said: list[str] = []
    answer = bench_night(nights=1, seed=12, rate=2.0, progress=lambda subject, phase, share: said.append(subject))
    night = answer["nights"][0]
    assert said == ["seed 12"]
    assert 0 < night["good"] <= night["cut"]
    assert night["good"] <= night["oracle"]
    assert night["oracle"] <= 48
    assert 0 <= night["stop_on_alarm"] <= night["oracle"]
    assert 0.0 < night["foreseen_h"] <= 16.0
    assert 0.0 <= night["needed_h"] <= 16.0
    assert answer["share_of_oracle"] == night["good"] / night["oracle"]
