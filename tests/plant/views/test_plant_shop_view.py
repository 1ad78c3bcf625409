"""A log is gone through one event at a time, however many it holds: nobody keeps all of it."""

from itertools import islice
from pathlib import Path

import pytest

from nightmill.plant.workspace.event_log import read_events
from nightmill.store import SqliteEventStore, encoding
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput

TOLD = [e.Event(0, float(n), "software", e.AlarmRaised("odd", f"mill-{n}", "")) for n in range(1000)]


def test_events_are_read_as_they_are_asked_for_and_a_log_that_grows_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shop"
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    store.append(TOLD, expected_version=0)
    log = read_events(folder)
    read, decoded = list[bytes](), encoding.decoded

    def counted(body: bytes, place: str) -> e.Event:
        read.append(body)
        return decoded(body, place)

    monkeypatch.setattr(encoding, "decoded", counted)
    assert [event.at_s for event in islice(log, 3)] == [0.0, 1.0, 2.0]
    assert len(read) == 3, "no more than was asked for"
    store.append(TOLD[:1], expected_version=len(TOLD))
    for _ in range(2):
        assert [event.at_s for event in log] == [event.at_s for event in TOLD]
    assert len(log) == len(TOLD)
    assert next(iter(log)) in log
    assert TOLD[0] not in log, "that one has no number yet"
    store.close()


def test_nobody_gets_half_of_one_runs_log_and_half_of_anothers(tmp_path: Path) -> None:
    place = tmp_path / "shop" / ".nightmill"
    store = SqliteEventStore(place / "log.sqlite")
    log = read_events(tmp_path / "shop")
    store.append(TOLD[:3], expected_version=0)
    assert list(log) == [], "as it was when it was asked for"
    log = read_events(tmp_path / "shop")
    store.close()
    assert len(list(log)) == 3
    place.rename(tmp_path / "aside")
    store = SqliteEventStore(place / "log.sqlite")
    store.append(TOLD[5:20], expected_version=0)
    store.close()
    with pytest.raises(BadInput, match="another run"):
        list(log)


def test_a_shop_without_a_run_has_no_events(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_events(tmp_path / "shop")
