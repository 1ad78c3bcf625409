"""The kernel on random factories: nothing lost, every sum right, the same words compiled as in plain Python."""

import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kernel_audit import audit, type_faults
from random_factories import random_factory

from nightmill.simulation.cell.random_streams import replication_key
from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.example_job_shop import run_job_shop
from nightmill.simulation.factory.kernel import codes
from nightmill.simulation.factory.kernel import columns as c
from nightmill.simulation.factory.kernel.encode import lay_out
from nightmill.simulation.factory.kernel.event_queue import first_leaf, set_timer
from nightmill.simulation.factory.kernel.replication import Image, Replication, compiled, is_small
from nightmill.simulation.factory.kernel.schema import columns_page, columns_source


@pytest.mark.parametrize("seed", range(120))
def test_nothing_is_lost_and_every_sum_is_right(seed: int) -> None:
    run = Replication(Image(lay_out(random_factory(seed))), replication_key(seed, 0))
    for until in (10.0, 150.0):
        run.to(until)
        assert audit(run) == []
    assert type_faults(run) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_compiled_and_plain_give_the_same_words(block: int) -> None:
    entries = compiled()
    for seed in range(1000 + 60 * block, 1060 + 60 * block):
        image = Image(lay_out(random_factory(seed)))
        plain, quick = (Replication(image, replication_key(seed, 0), each) for each in (None, entries))
        for run in (plain, quick):
            run.to(200.0)
        assert plain.words() == quick.words(), f"factory {seed}"
        assert plain.records == quick.records


def _pieces_only(machine: f.Machine) -> f.Machine:
    stops = [
        msgspec.structs.replace(s, by="pieces", failure=False, tool="") if s.by != "clock" else s for s in machine.stops
    ]
    return msgspec.structs.replace(machine, stops=tuple(stops))


@pytest.mark.parametrize("seed", range(12))
def test_pieces_counted_together_are_pieces_counted_one_by_one(seed: int) -> None:
    model = random_factory(seed)
    model = msgspec.structs.replace(model, machines=tuple(map(_pieces_only, model.machines)))
    image = Image(lay_out(model))
    together, singly = Replication(image, 5), Replication(image, 5)
    for row in image.laid.machines.values():
        singly.N[row + c.MACHINE_COUNTS] = min(1, singly.N[row + c.MACHINE_COUNTS])
    for run in (together, singly):
        run.to(200.0)
    assert together.records == singly.records
    for name in ("OPERATIONS", "AREA", "SOJOURN"):
        assert together.number(0, name) == singly.number(0, name)
    for row in image.laid.stops.values():
        assert together.number(row, "STOP_HAPPENED") == singly.number(row, "STOP_HAPPENED")


def _with_setup_rule(model: f.Factory) -> f.Factory:
    rule = ((f.Term("priority", -1.0),), (f.Term("setup", 1.0),), (f.Term("work_now", -1.0),))
    stations = tuple(msgspec.structs.replace(station, rule=rule) for station in model.stations)
    return msgspec.structs.replace(model, stations=stations)


def test_a_queue_kept_for_its_setups_gives_what_looking_through_it_gives() -> None:
    kept = 0
    for seed in range(60):
        image = Image(lay_out(_with_setup_rule(random_factory(seed))))
        ordered, searched = Replication(image, 5), Replication(image, 5)
        for row in image.laid.stations.values():
            kept += searched.N[row + c.STATION_BY_SETUP]
            if searched.N[row + c.STATION_BY_SETUP]:
                searched.N[row + c.STATION_BY_SETUP] = 0
                searched.N[row + c.STATION_ORDER_END] = searched.N[row + c.STATION_ORDER]
        for run in (ordered, searched):
            run.to(150.0)
        assert ordered.records == searched.records
        for name in ("EVENTS", "OPERATIONS", "AREA", "SOJOURN"):
            assert ordered.number(0, name) == searched.number(0, name), f"factory {seed}"
    assert kept > 10


def test_plain_python_does_what_it_does_before_the_compiled_kernel_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert is_small(1_000.0)
    assert is_small(1_000_000.0)
    assert not is_small(1e9)
    monkeypatch.setattr("nightmill.simulation.factory.kernel.replication._note", lambda: tmp_path)
    assert is_small(1_000.0)
    assert not is_small(1_000_000.0)


@pytest.mark.parametrize("fault", ["lot in two places", "lost lot", "wrong wait", "wrong time"])
def test_the_audit_sees_a_fault(fault: str) -> None:
    run = Replication(Image(lay_out(random_factory(7))), 1)
    run.to(100.0)
    station = run.N[c.STATIONS]
    if fault == "lot in two places":
        lot = next(
            row
            for row in range(run.N[c.LOTS], run.N[c.LOTS_END], c.LOT_WORDS)
            if run.N[row + c.LOT_STATE] != codes.UNUSED
        )
        run.N[station + c.STATION_BLOCKED_HEAD] = lot
        run.N[lot + c.LOT_NEXT] = lot
    elif fault == "lost lot":
        run.N[c.INSIDE] += 1
    elif fault == "wrong wait":
        run.F[station + c.STATION_WAIT] += 1.0
    else:
        run.F[run.N[c.MACHINES] + c.MACHINE_BUSY] += 1.0
    assert audit(run)


def test_the_columns_are_those_of_the_schema() -> None:
    root = Path(__file__).parents[3]
    assert (root / "src/nightmill/simulation/factory/kernel/columns.py").read_text(encoding="utf-8") == columns_source()
    assert (root / "docs/simulation-kernel.md").read_text(encoding="utf-8") == columns_page()


@pytest.mark.slow
def test_kept_code_gives_the_same_answer_in_another_process() -> None:
    line = "from nightmill.simulation.factory.example_job_shop import run_job_shop; print(run_job_shop(5000.0, 3))"
    found = [subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True) for _ in range(2)]
    assert found[0].stdout == found[1].stdout == f"{run_job_shop(5000.0, 3)}\n"


def test_room_kept_from_the_beginning_changes_nothing() -> None:
    image = Image(lay_out(random_factory(3)))
    first = Replication(image, 9)
    image.reserve(500)
    second = Replication(image, 9)
    for run in (first, second):
        run.to(300.0)
    assert len(second.N) > len(first.N) > 0
    assert first.records == second.records
    assert first.number(0, "AREA") == second.number(0, "AREA")
    assert audit(second) == []


def test_the_first_of_what_is_due_is_found_however_timers_are_set() -> None:
    """Few different times, so that many things are due at once: then the first leaf is."""
    factory = random_factory(3)
    more = tuple(f.Machine(name=f"more {k}") for k in range(100))
    words: Any = list(lay_out(msgspec.structs.replace(factory, machines=(*factory.machines, *more))).words)
    rng = random.Random(1)
    rows = [*range(int(words[c.STOPS]), int(words[c.STOPS_END]), c.STOP_WORDS)]
    rows += range(int(words[c.MACHINES]), int(words[c.MACHINES_END]), c.MACHINE_WORDS)
    due = {int(words[row + c.LEAF]): math.inf for row in rows}
    assert words[c.FIRST_LEAF] > 9, "more than two levels of nodes"
    for _ in range(3000):
        row, when = rng.choice(rows), rng.choice((1.0, 2.0, 3.0, 5.0, math.inf))
        set_timer(words, words, row, when)
        due[int(words[row + c.LEAF])] = when
        least = min(due.values())
        assert words[int(words[c.TREE])] == least
        if least < math.inf:
            assert first_leaf(words) == min(leaf for leaf, at in due.items() if at == least)
