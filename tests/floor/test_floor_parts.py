"""Parts in the state: those that rest are left as a snapshot wrote them until somebody asks, and nobody can tell."""

import copy
import pickle

import msgspec
import pytest

from nightmill.floor import ShopState, apply
from nightmill.floor.records import Cut, PalletState, Parts, PartState
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.ids import OrderId, PalletId, PartId, SerialId

MADE = {
    "A.1": PartState(SerialId("A.1"), OrderId("A"), PartId("plate"), "finished", [Cut("plate/1", "mill-1", "c", "s", 0.0, 60.0)], disposition="good"),
    "A.2": PartState(SerialId("A.2"), OrderId("A"), PartId("plate"), "pallet:P01"),
    "B.1": PartState(SerialId("B.1"), OrderId("B"), PartId("plate"), "scrap", disposition="scrap"),
    "B.2": PartState(SerialId("B.2"), OrderId("B"), PartId("plate")),
}  # fmt: skip


def _kept() -> Parts:
    raw = {serial: msgspec.Raw(msgspec.msgpack.encode(part)) for serial, part in MADE.items()}
    return Parts(raw, ["A.2", "B.2"])


def _unread(parts: Parts) -> int:
    return sum(not isinstance(found, PartState) for found in dict.values(parts))


def test_who_asks_for_parts_in_play_reads_no_other() -> None:
    kept = _kept()
    assert [part.serial for part in ShopState(parts=kept).in_play()] == ["A.2", "B.2"]
    assert "A.1" in kept
    assert len(kept) == 4
    assert list(kept) == list(MADE)
    assert _unread(kept) == 2
    assert kept["A.1"] is kept["A.1"] is kept.get("A.1")
    assert _unread(kept) == 1
    assert kept.get("C.1") is None


def test_a_part_that_comes_back_takes_its_turn_where_it_had_it() -> None:
    for parts in (_kept(), Parts(MADE)):
        assert [part.serial for part in parts.in_play()] == ["A.2", "B.2"]
        parts["A.1"] = msgspec.structs.replace(parts["A.1"], disposition="", place="quarantine")
        parts["C.1"] = PartState(SerialId("C.1"), OrderId("C"), PartId("plate"))
        assert [part.serial for part in parts.in_play()] == ["A.1", "A.2", "B.2", "C.1"]


def test_parts_are_those_that_were_kept_however_one_asks() -> None:
    assert _kept() == MADE
    assert _kept() != {**MADE, "A.2": PartState(SerialId("A.2"), OrderId("A"), PartId("plate"))}
    assert dict(_kept()) == MADE
    assert {**_kept()} == MADE
    assert list(_kept().values()) == list(MADE.values())
    assert list(_kept().items()) == list(MADE.items())
    for twin in (copy.copy(_kept()), copy.deepcopy(_kept()), pickle.loads(pickle.dumps(_kept())), _kept().copy()):
        assert isinstance(twin, Parts)
        assert [part.serial for part in twin.in_play()] == ["A.2", "B.2"]
        assert twin == MADE
    assert msgspec.msgpack.encode(ShopState(parts=_kept())) == msgspec.msgpack.encode(ShopState(parts=Parts(MADE)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ShopState(parts=_kept())), type=ShopState).parts == MADE


def test_a_copy_gets_parts_of_its_own() -> None:
    kept = _kept()
    other = kept.copy()
    other["C.1"] = PartState(SerialId("C.1"), OrderId("C"), PartId("plate"))
    assert "C.1" not in kept
    assert [part.serial for part in other.in_play()] == ["A.2", "B.2", "C.1"]
    assert _unread(kept) == 4, "making it read none"


@pytest.mark.parametrize("place", ["none", "pallet:P01", "wip", "finished", "scrap", "quarantine"])
@pytest.mark.parametrize("word", ["", "good", "scrap", "return", "quarantine", "cancelled"])
def test_a_part_that_rests_is_nobodys_concern(place: str, word: str) -> None:
    part = PartState(
        SerialId("A.1"),
        OrderId("A"),
        PartId("plate"),
        place,
        [Cut("plate/1", "mill-1", "c", "s", 0.0, 60.0)],
        disposition=word,
    )
    part.review, part.reviewed_cuts = "use_as_is", 1
    if part.rests():
        assert part.disposition
        assert not part.comes_back()
        assert not part.place.startswith("pallet:")
    plain = ShopState(parts={"A.1": part})
    assert [each.serial for each in plain.in_play()] == ([] if part.rests() else ["A.1"])


def test_last_words_are_counted_as_they_change() -> None:
    state = ShopState()
    facts: list[e.AnyFact] = [
        e.OrderReceived("A", "plate", 4, 1e5, 1),
        e.PartDisposed("A.001", "good", ""),
        e.PartDisposed("A.002", "quarantine", ""),
        e.PartDisposed("A.003", "quarantine", ""),
        e.PartReviewed("A.002", "use_as_is", "anna", ""),
        e.PartDisposed("A.002", "good", ""),
        e.PartDisposed("A.003", "scrap", ""),
    ]
    for number, fact in enumerate(facts, 1):
        apply(state, e.Event(number, 0.0, "software", fact))
    assert {word: count for word, count in state.words["plate"].items() if count} == {"good": 2, "scrap": 1}


@pytest.mark.parametrize("looked", [False, True])
def test_a_part_that_is_scrapped_while_it_is_mounted_is_in_play_on_its_pallet(looked: bool) -> None:
    back = PartState(
        SerialId("A.1"), OrderId("A"), PartId("plate"), "quarantine", [Cut("plate/1", "mill-1", "c", "s", 0.0, 60.0)]
    )
    state = ShopState(parts=Parts({"A.1": back}), pallets={"P01": PalletState(PalletId("P01"), "pool")})
    apply(state, e.Event(1, 60.0, "person", e.PartDisposed("A.1", "scrap", "dropped")))
    if looked:
        assert list(state.in_play()) == []
    mounted = r.PartMounted(1, 90.0, "bench", "mount-1", "P01", "A.1", "plate/2")
    apply(state, e.Event(2, 90.0, "software", e.Reported(mounted)))
    assert [part.serial for part in state.in_play()] == ["A.1"], "whether or not somebody looked before"


def test_a_half_made_part_that_is_scrapped_rests_where_it_lies() -> None:
    state = ShopState(
        parts=Parts({"A.1": PartState(SerialId("A.1"), OrderId("A"), PartId("plate"), "wip", disposition="scrap")})
    )
    assert list(state.in_play()) == []
