"""Snapshots of the loop: equal to the fold of the log, only for the program and shop that made them, and no code."""

import pickle
import random
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from nightmill.floor import ShopState, apply, empty_state
from nightmill.floor.records import EdgeState, Parts, PartState
from nightmill.plant.deciders.alarm_triage import AlarmTriageDecider, Rule
from nightmill.plant.deciders.cutting_parameters import CuttingParameterDecider, Trial
from nightmill.plant.run.shop_run import ProgramTexts
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.plant.shop_state.snapshot import HEAD, KIND, Memory, copied, state_of_log, written
from nightmill.store import LogPlace, SqliteEventStore, audit_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.commands import MovePallet
from nightmill.vocabulary.shop import Economy, Shop, WorkUnit

SHOP = Shop(
    "test", datetime(2026, 11, 2, 7, 0, tzinfo=UTC), "UTC", "USD", "US", (WorkUnit("mill-1", "mill", "milling"),),
    (), (), (), (), (), (), (), Economy(), pallets=2,
)  # fmt: skip


class _Seen(msgspec.Struct):
    seen: int
    names: set[str]


class _Room(Remembering[_Seen]):
    """Counts what it sees."""

    Memory = _Seen

    def __init__(self, shop: Shop) -> None:
        self.shop, self.seen, self.names = shop, 0, set[str]()

    def observe(self, event: e.Event, state: ShopState) -> None:
        self.seen += 1
        self.names.add(type(event.fact).__name__)

    def decide(self, state: ShopState) -> Iterable[object]:
        return []


def _log(path: Path) -> tuple[SqliteEventStore, ShopState, _Room]:
    store = SqliteEventStore(path)
    facts: list[e.AnyFact] = [e.OrderReceived(f"A-{n}", "plate", 2, 1e5, 1) for n in range(5)]
    events = [e.Event(0, float(n), "software", fact) for n, fact in enumerate(facts)]
    store.append(events, expected_version=0)
    state, room = empty_state(SHOP), _Room(SHOP)
    for event in store.read():
        apply(state, event)
        room.observe(event, state)
    return store, state, room


def test_a_snapshot_gives_back_state_and_rooms_to_the_byte(tmp_path: Path) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    Memory("shop").keep(store, state, (room,))
    again = _Room(SHOP)
    found = Memory("shop").recalled(store, empty_state(SHOP), (again,))
    assert found == state
    assert (again.seen, again.names) == (5, {"OrderReceived"})
    assert again.shop is SHOP
    assert written(found, (again,)) == written(state, (room,))
    store.close()


def _noting(folded: list[int]) -> Callable[[ShopState, e.Event], None]:
    def noted(state: ShopState, event: e.Event) -> None:
        folded.append(event.seq)
        apply(state, event)

    return noted


def test_a_copy_of_the_state_is_equal_and_ones_own(tmp_path: Path) -> None:
    store, state, _ = _log(tmp_path / "log.sqlite")
    state.machines["mill-1"].edges["1"] = EdgeState(minutes=float("inf"))
    state.open_commands["c"] = MovePallet("c", "robot", "P01", "pool", "mill-1")
    mine = copied(state)
    assert mine == state
    mine.orders["A-1"].serials.append("A-1.009")
    mine.machines["mill-1"].edges.clear()
    assert "A-1.009" not in state.orders["A-1"].serials
    assert state.machines["mill-1"].edges
    store.close()


def test_who_only_looks_reads_the_state_alone_and_folds_what_came_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    Memory("shop").keep(store, state, (room,))
    store.append([e.Event(0, 9.0, "software", e.OrderReceived("A-9", "plate", 1, 1e5, 1))], expected_version=5)
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot.shop_hash", lambda folder: "shop")
    folded: list[int] = []
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot.apply", _noting(folded))
    seen = state_of_log(tmp_path, SHOP, store)
    assert folded == [6]
    assert seen.version == 6
    assert {name: order.quantity for name, order in seen.orders.items()} == {"A-0": 2, "A-1": 2, "A-2": 2, "A-3": 2, "A-4": 2, "A-9": 1}  # fmt: skip
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot.shop_hash", lambda folder: "another shop")
    assert state_of_log(tmp_path, SHOP, store) == seen
    assert folded == [6, 1, 2, 3, 4, 5, 6]
    store.close()


def test_programs_that_tuning_has_made_are_found_after_a_restart(tmp_path: Path) -> None:
    store, state, _ = _log(tmp_path / "log.sqlite")
    before, after = CuttingParameterDecider(SHOP, {}), CuttingParameterDecider(SHOP, {})
    before.programs["revised"] = "G1 F900"
    Memory("shop").keep(store, state, (before,))
    texts = ProgramTexts(after, {"certified": "G1 F600"})
    Memory("shop").recalled(store, empty_state(SHOP), (after,))
    assert dict(texts) == {"revised": "G1 F900", "certified": "G1 F600"}
    assert len(texts) == 2
    with pytest.raises(KeyError):
        texts["unknown"]
    store.close()


def test_a_revision_on_trial_goes_on_after_a_restart(tmp_path: Path) -> None:
    store = SqliteEventStore(tmp_path / "log.sqlite")
    before = e.RoutedOperation("plate/1", "a" * 64, 1500.0, {"1": 20.0})
    facts: list[e.AnyFact] = [
        e.RouteCertified("plate", 1, "", "Al 6061", (before,), True, 1.0),
        e.OrderReceived("A", "plate", 2, 1e5, 1),
        e.ParametersRevised("plate/1", 2, 1, 1.1, 1.2, "b" * 64, 1.0, 0.05, on_trial=True),
        e.Reported(r.CycleStarted(1, 3.0, "mill-1", "c1", "A.001", "plate/1", "b" * 64)),
    ]
    store.append([e.Event(0, float(n), "software", fact) for n, fact in enumerate(facts)], expected_version=0)
    state, room, again = empty_state(SHOP), CuttingParameterDecider(SHOP, {}), CuttingParameterDecider(SHOP, {})
    room.trials = {"plate/1": [Trial(1.0, 1.0, program="a" * 64), Trial(1.1, 1.2, program="b" * 64)]}
    for event in store.read():
        apply(state, event)
    Memory("shop").keep(store, state, (room,))
    found = Memory("shop").recalled(store, empty_state(SHOP), (again,))
    assert found == state
    assert found.routes["plate"].operations == [before]
    assert [(each.program[0], each.speed) for each in again.trials["plate/1"]] == [("a", 1.0), ("b", 1.1)]
    found.parts["A.001"].verdicts["plate/1:gauge"] = "good"
    (judged,) = [each.fact for each in again.decide(found)]
    assert isinstance(judged, e.ParametersJudged)
    assert (judged.released, judged.serial) == (True, "A.001")
    apply(found, e.Event(5, 4.0, "software", judged))
    assert found.routes["plate"].operations[0].program_sha256 == "b" * 64
    store.close()


def test_another_shop_or_program_starts_from_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    Memory("shop").keep(store, state, (room,))
    assert Memory("another shop").recalled(store, empty_state(SHOP), (_Room(SHOP),)).version == 0
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot._program_sha256", lambda: "another program")
    assert Memory("shop").recalled(store, empty_state(SHOP), (_Room(SHOP),)).version == 0
    store.close()


def _with_head(state: bytes, rest: bytes) -> bytes:
    playing = msgspec.msgpack.encode([])
    return HEAD.pack(len(state), len(playing), zlib.crc32(state + playing + rest)) + state + playing + rest


_STATE = msgspec.msgpack.encode(ShopState(version=5))


@pytest.mark.parametrize(
    "body",
    [
        pickle.dumps({"seen": 5}),
        _with_head(_STATE, pickle.dumps([{"seen": 5}])),
        _with_head(_STATE, msgspec.msgpack.encode(("", [{"seen": "many", "names": []}]))),
        _with_head(_STATE, msgspec.msgpack.encode(("", []))),
        _with_head(_STATE, b"\x91" * 50_000),
        _with_head(msgspec.msgpack.encode(ShopState(version=4)), msgspec.msgpack.encode(("", [_Seen(5, set())]))),
        b"",
        b"junk",
        _with_head(b"", b""),
    ],
)
def test_a_snapshot_that_holds_anything_else_is_left_out(tmp_path: Path, body: bytes) -> None:
    store, _, _ = _log(tmp_path / "log.sqlite")
    memory, room = Memory("shop"), _Room(SHOP)
    store.keep_snapshot(KIND, memory.mark, body)
    assert memory.recalled(store, empty_state(SHOP), (room,)).version == 0
    assert room.seen == 0
    store.close()


def test_what_deciders_of_other_plans_remember_is_folded_anew(tmp_path: Path) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    Memory("shop", "these plans").keep(store, state, (room,))
    other = _Room(SHOP)
    assert Memory("shop", "other plans").recalled(store, empty_state(SHOP), (other,)).version == 0
    assert other.seen == 0
    assert Memory("shop").recalled_state(store, empty_state(SHOP)) == state, "whoever only looks may use it"
    assert Memory("shop", "these plans").recalled(store, empty_state(SHOP), (other,)) == state
    store.close()


def test_a_forged_snapshot_is_neither_read_nor_blessed(tmp_path: Path) -> None:
    """Somebody writes the order book anew, as the program itself would have, and puts it in the place of the one kept."""
    path = tmp_path / "log.sqlite"
    store, state, room = _log(path)
    Memory("shop").keep(store, state, (room,))
    forged = copied(state)
    forged.orders["A-1"].quantity = 2000
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE snapshot SET body = ?", (written(forged, (room,)),))
        db.commit()
    assert Memory("shop").recalled(store, empty_state(SHOP), (_Room(SHOP),)).version == 0
    assert Memory("shop").recalled_state(store, empty_state(SHOP)).version == 0
    store.close()
    (problem,) = audit_log(LogPlace(path)).problems
    assert problem.where == "snapshot loop"


def test_a_snapshot_never_brings_back_rules_that_a_person_has_changed(tmp_path: Path) -> None:
    store, state, _ = _log(tmp_path / "log.sqlite")
    before = AlarmTriageDecider((Rule("old", "verdict", "quarantine"),))
    Memory("shop").keep(store, state, (before,))
    after = AlarmTriageDecider((Rule("new", "verdict", "stop_cell"),))
    assert Memory("shop").recalled(store, empty_state(SHOP), (after,)) == state
    assert [rule.name for rule in after.rules] == ["new"]
    store.close()


def test_a_restart_reads_the_parts_that_are_in_play_and_no_other(tmp_path: Path) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    for serial in list(state.parts)[:6]:
        state.parts[serial].disposition, state.parts[serial].place = "good", "finished"
    Memory("shop").keep(store, state, (room,))
    found = Memory("shop").recalled(store, empty_state(SHOP), (_Room(SHOP),))
    assert [part.serial for part in found.in_play()] == list(state.parts)[6:]
    assert sum(isinstance(kept, PartState) for kept in dict.values(found.parts)) == len(state.parts) - 6
    assert written(found, (room,)) == written(state, (room,)), "what was never read is written as it was"
    assert found == state
    store.close()


def _happens(rng: random.Random, state: ShopState, number: int) -> e.AnyFact:
    """Anything that may befall a part, in whatever order."""
    serial, at_s = rng.choice(list(state.parts)), float(number)
    operation, cuts = rng.choice(("plate/1", "plate/2")), state.parts[serial].cuts
    command = rng.choice(cuts).command_id if cuts else "none"
    head = (number, at_s, "mill-1")
    return rng.choice(
        (
            e.OrderReceived(f"B-{number}", "plate", 2, 1e5, 1),
            e.OrderReceived("A-1", "plate", 1, 1e5, 1, remake_of=serial),
            e.PartDisposed(serial, rng.choice(("good", "scrap", "quarantine")), ""),
            e.PartReviewed(serial, "use_as_is", "anna", "", remake=rng.choice(list(state.parts))),
            e.OrderCancelled("A-2", tuple(rng.sample(state.orders["A-2"].serials, 1))),
            e.Reported(r.PartMounted(number, at_s, "bench", f"m-{number}", "P01", serial, operation)),
            e.Reported(
                r.PartDismounted(number, at_s, "bench", "d", "P01", serial, rng.choice(("wip", "finished", "scrap")))
            ),
            e.Reported(r.CycleStarted(*head, f"c-{number}", serial, operation, rng.choice("ab") * 64)),
            e.Reported(r.CycleFinished(*head, command, serial, operation, 60.0, 0.0, {}, {}, {}, {})),
            e.Reported(r.CycleInterrupted(*head, command, serial, operation, "broke", {})),
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_parts_in_play_are_those_of_the_parts_whatever_happens_between_restarts(
    tmp_path: Path, seed: int
) -> None:
    rng, (store, live, room) = random.Random(seed), _log(tmp_path / "log.sqlite")
    told, restarted = copied(live), copied(live)
    for number in range(live.version + 1, live.version + 300):
        event = e.Event(number, float(number), "software", _happens(rng, live, number))
        store.append([event], expected_version=number - 1)
        for state in (live, told, restarted):
            apply(state, event)
        if rng.random() < 0.3:
            list(live.in_play())
        if rng.random() < 0.1:
            Memory("shop").keep(store, restarted, (room,))
            restarted = Memory("shop").recalled(store, empty_state(SHOP), (_Room(SHOP),))
            assert restarted.version == number
    parts = list(told.parts.values())
    for state in (live, restarted):
        assert [part.serial for part in state.in_play()] == [part.serial for part in parts if not part.rests()]
        assert state == told
    words = Counter(part.disposition for part in parts if part.disposition)
    assert +Counter(told.words["plate"]) == words
    ended = [cut for part in parts for cut in part.cuts if cut.finished_s is not None]
    counted = Counter(f"{cut.operation}|{cut.program_sha256}" for cut in ended)
    assert {name: count for name, (count, _) in told.cut_s["mill-1"].items()} == counted
    store.close()


def test_a_snapshot_that_a_disk_has_spoiled_is_left_out_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    memory, whole = Memory("shop"), written(state, (room,))
    places = range(0, len(whole), max(1, len(whole) // 200))
    cut_off = [whole[: len(whole) * n // 40] for n in range(40)]
    for body in (*cut_off, *(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :] for at in places)):
        store.keep_snapshot(KIND, memory.mark, body)
        assert memory.recalled(store, empty_state(SHOP), (_Room(SHOP),)).version == 0
        assert memory.recalled_state(store, empty_state(SHOP)).version == 0
    store.keep_snapshot(KIND, memory.mark, whole)
    assert memory.recalled(store, empty_state(SHOP), (_Room(SHOP),)) == state
    store.close()


class _Counting:
    """Encodes as the state's encoder does, and keeps how many parts went in at once."""

    def __init__(self) -> None:
        self.most = 0
        self._encoder = msgspec.msgpack.Encoder()

    def encode(self, value: object) -> bytes:
        held = value.parts if isinstance(value, ShopState) else value
        self.most = max(self.most, len(held)) if isinstance(held, dict) else self.most
        return self._encoder.encode(value)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 100, 65_536])
def test_parts_are_written_heap_by_heap_and_it_is_the_same_to_the_byte(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, state, room = _log(tmp_path / "log.sqlite")
    store.close()
    one = next(iter(state.parts.values()))
    bare = msgspec.structs.replace(one, cuts=[])
    state.parts = Parts({f"A.{n}": msgspec.structs.replace(bare, serial=f"A.{n}") for n in range(count)})
    if count == 100:
        state.parts = Parts({s: msgspec.Raw(msgspec.msgpack.encode(part)) for s, part in state.parts.items()}, ["A.7"])
    at_once = msgspec.msgpack.encode(state)
    counting = _Counting()
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot._HEAP", 7 if count < 1000 else 2000)
    monkeypatch.setattr("nightmill.plant.shop_state.snapshot._STATE_OUT", counting)
    body = written(state, (room,))
    length, *_ = HEAD.unpack_from(body)
    assert body[HEAD.size : HEAD.size + length] == at_once
    assert counting.most <= (7 if count < 1000 else 2000), "other threads have their turn between"
