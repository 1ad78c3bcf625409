"""The log: what is appended is read back; anything else is refused or found by the audit."""

import os
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nightmill.floor import equipment
from nightmill.store import LogBusy, LogPlace, SqliteEventStore, audit_log
from nightmill.store import sqlite as sqlite_store
from nightmill.store.head import HEAD_EVERY
from nightmill.store.sqlite import RESERVE_BYTES, ROOM_BYTES
from nightmill.vocabulary.commands import MaintainMachine
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.events import AlarmRaised, CommandIssued, Event


def _events(n: int, first: int = 0) -> list[Event]:
    return [Event(0, float(i), "software", AlarmRaised("test", f"subject {first + i}", "text")) for i in range(n)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def test_events_come_back_in_order_with_gapless_numbers(path: Path) -> None:
    store = SqliteEventStore(path)
    assert store.append(_events(3), expected_version=0) == 3
    assert store.append(_events(2, 3), expected_version=3) == 5
    assert [event.seq for event in store.read()] == [1, 2, 3, 4, 5]
    assert [event.seq for event in store.read(after=3)] == [4, 5]
    store.close()
    again = SqliteEventStore(path)
    assert again.version() == 5
    again.close()


def test_an_append_decided_on_another_version_is_refused_and_leaves_nothing(path: Path) -> None:
    store = SqliteEventStore(path)
    store.append(_events(1), expected_version=0)
    with pytest.raises(equipment.WrongVersion):
        store.append(_events(1), expected_version=0)
    assert store.version() == 1
    store.close()


def test_a_command_id_is_issued_once_and_the_whole_append_is_taken_back(path: Path) -> None:
    store = SqliteEventStore(path)
    issued = Event(0, 0.0, "software", CommandIssued(MaintainMachine("m-1", "mill-1", 60.0)))
    store.append([issued], expected_version=0)
    with pytest.raises(BadInput):
        store.append([*_events(2), issued], expected_version=1)
    assert store.version() == 1
    assert len(list(store.read())) == 1
    store.close()


def test_a_second_writer_is_refused_while_the_first_lives(path: Path) -> None:
    store = SqliteEventStore(path)
    with pytest.raises(LogBusy) as caught:
        SqliteEventStore(path)
    assert caught.value.exit_code == 3
    store.close()
    SqliteEventStore(path).close()


def test_a_file_that_is_no_log_is_named(path: Path) -> None:
    path.write_bytes(b"this is no database, it is a text of some length" * 40)
    with pytest.raises((BadInput, EnvironmentFailed)) as caught:
        SqliteEventStore(path)
    assert str(path) in str(caught.value)


def _newborn(path: Path) -> None:
    """What a writer leaves of a log that it began this moment."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=WAL")


def test_who_reads_a_log_while_it_is_made_waits_for_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _newborn(path)
    writer = threading.Timer(0.2, lambda: SqliteEventStore(path).close())
    writer.start()
    reader = SqliteEventStore(path, writer=False)
    assert reader.version() == 0
    reader.close()
    writer.join()
    monkeypatch.setattr(sqlite_store, "BUSY_MS", 50)
    _newborn(path.with_name("never.sqlite"))
    with pytest.raises(BadInput, match="no such table"):
        SqliteEventStore(path.with_name("never.sqlite"), writer=False)


def _tampered(path: Path, sql: str) -> None:
    store = SqliteEventStore(path)
    store.append(_events(5), expected_version=0)
    issued = Event(0, 0.0, "software", CommandIssued(MaintainMachine("m-1", "mill-1", 60.0)))
    store.append([issued], expected_version=5)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql)
        db.commit()


def test_a_whole_log_passes_the_audit(path: Path) -> None:
    _tampered(path, "SELECT 1")
    answer = audit_log(LogPlace(path))
    assert answer.ok
    assert answer.events == 6


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET body = replace(body, 'subject 2', 'subject X') WHERE seq = 3",
        "DELETE FROM event WHERE seq = 3",
        "DELETE FROM event WHERE seq = 6",
        "UPDATE event SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 ELSE seq END",
        "DELETE FROM command",
        "UPDATE event SET hash = 'ff' WHERE seq = 6",
        "UPDATE event SET body = CAST(body AS TEXT)",
        "UPDATE event SET hash = CAST(hash AS BLOB) WHERE seq = 6",
        "CREATE TRIGGER more AFTER INSERT ON event BEGIN DELETE FROM event WHERE seq = 1; END",
        "CREATE VIEW seen AS SELECT * FROM event",
        "UPDATE head SET seq = 5",
        "DELETE FROM head",
        "UPDATE head SET signature = CAST(signature AS BLOB)",
    ],
    ids=[
        "changed",
        "removed",
        "cut off",
        "reordered",
        "projection",
        "last hash",
        "text",
        "hash of bytes",
        "trigger",
        "view",
        "head",
        "no head",
        "signature",
    ],
)
def test_every_tampering_is_found(path: Path, sql: str) -> None:
    _tampered(path, sql)
    answer = audit_log(LogPlace(path))
    assert not answer.ok
    assert answer.problems
    if sql != "DELETE FROM command" and "text" not in sql.lower():
        with pytest.raises(BadInput), closing(SqliteEventStore(path)) as opened:
            assert list(opened.read())


def test_commits_are_written_over_blocks_that_the_write_ahead_log_has(path: Path) -> None:
    store = SqliteEventStore(path)
    ahead = path.with_name(path.name + "-wal")
    room = ahead.stat().st_size
    assert room >= ROOM_BYTES
    for n in range(300):
        store.append(_events(20, n), expected_version=store.version())
    assert ahead.stat().st_size == room
    store.close()
    again = SqliteEventStore(path)
    assert ahead.stat().st_size >= ROOM_BYTES
    assert again.version() == 6000
    again.close()
    assert audit_log(LogPlace(path)).ok


def test_who_reads_for_long_keeps_no_writer_from_opening(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = SqliteEventStore(path)
    first.append(_events(500), expected_version=0)
    reader = SqliteEventStore(path, writer=False)
    first.close()
    with reader.moment():
        assert next(reader.read()).seq == 1
        monkeypatch.setattr(sqlite_store, "ROOM_BYTES", 3 * ROOM_BYTES)
        monkeypatch.setattr(sqlite_store, "BUSY_MS", 60_000)
        began = time.monotonic()
        store = SqliteEventStore(path)
        assert path.with_name(path.name + "-wal").stat().st_size > 1.5 * ROOM_BYTES
        assert time.monotonic() - began < 60.0, "who waited for the reader would have waited so long"
        store.append(_events(1, 500), expected_version=500)
    store.close()
    reader.close()


def test_a_log_is_opened_where_the_disk_has_no_room_for_quick_commits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "ROOM_BYTES", 3 * RESERVE_BYTES)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (RESERVE_BYTES, before[1]))
    try:
        store = SqliteEventStore(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.with_name(path.name + "-wal").stat().st_size <= RESERVE_BYTES
    assert store.append(_events(3), expected_version=0) == 3
    store.close()
    assert audit_log(LogPlace(path)).ok


def test_a_full_disk_raises_and_keeps_what_was_acknowledged(path: Path) -> None:
    store = SqliteEventStore(path)
    store.append(_events(3), expected_version=0)
    store._db.execute("PRAGMA max_page_count = 1")
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for n in range(200):
            store.append(_events(50, n), expected_version=store.version())

    with pytest.raises(EnvironmentFailed) as caught:
        fill()
    assert "--resume" in caught.value.findings[0].remedy
    version = store.version()
    store.close()
    assert audit_log(LogPlace(path)).ok
    assert audit_log(LogPlace(path)).events == version


@pytest.mark.parametrize("left", [0, 40])
def test_nothing_is_written_behind_a_log_whose_end_was_cut_off(path: Path, left: int) -> None:
    store = SqliteEventStore(path)
    store.append(_events(100), expected_version=0)
    store.close()
    if left:
        with closing(sqlite3.connect(path)) as log:
            log.execute("DELETE FROM event WHERE seq > ?", (left,))
            log.commit()
    else:
        path.write_bytes(b"")
    before = path.read_bytes()
    with pytest.raises(BadInput, match=f"found {left} events; expected at least 100"):
        SqliteEventStore(path)
    assert path.read_bytes() == before, "the file stays as it was found"
    path.with_name(path.name + ".head").unlink()
    if left:
        with pytest.raises(BadInput, match="the signed head"):
            SqliteEventStore(path)
        answer = audit_log(LogPlace(path), sign=True)
        assert "end" in {problem.where for problem in answer.problems}, "what was cut off isn't signed away"
        with pytest.raises(BadInput, match="the signed head"):
            SqliteEventStore(path)
    else:
        SqliteEventStore(path).close()


def test_a_leader_that_appends_while_it_is_taken_over_leaves_no_log_that_looks_cut_off(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, read_head = SqliteEventStore(path), SqliteEventStore._read_head
    leader.append(_events(3), expected_version=0)
    appended = list[int]()

    def read(store: SqliteEventStore) -> tuple[int, str]:
        found = read_head(store)
        while store is not leader and len(appended) < HEAD_EVERY:
            appended.append(leader.append(_events(1), expected_version=3 + len(appended)))
        return found

    monkeypatch.setattr(SqliteEventStore, "_read_head", read)
    standby = SqliteEventStore(path, over=leader.token)
    assert standby.version() == 3 + HEAD_EVERY
    standby.close()
    leader.close()


def test_the_audit_tells_of_every_page_that_a_disk_has_spoiled(path: Path) -> None:
    store = SqliteEventStore(path)
    issued = [Event(0, 1.0, "software", CommandIssued(MaintainMachine(f"m-{n}", "mill-1", 60.0))) for n in range(400)]
    store.append([*_events(400), *issued], expected_version=0)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (size,), (count,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "page_count"))
        tables = dict(db.execute("SELECT rootpage, name FROM sqlite_master"))
    whole, unseen = path.read_bytes(), []
    assert count > 40
    for page in range(2, count + 1):
        spoilt = bytearray(whole)
        spoilt[(page - 1) * size : page * size] = b"\xa5" * size
        path.write_bytes(spoilt)
        try:
            answer = audit_log(LogPlace(path))
        except BadInput:
            continue  # the file can't even be opened
        if answer.ok:
            unseen.append(tables.get(page, page))
        assert answer.ok == (not answer.problems)
    assert not unseen, "a page was spoiled and nobody says so"


def test_a_log_that_a_disk_will_not_read_keeps_no_lease(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its projections are made anew as it is opened, and a read fails: the next try, once the disk answers, is let in."""
    store = SqliteEventStore(path)
    store.append(_events(3), expected_version=0)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 0")

    class NoAnswer:
        def execute(self, *_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    def rows(of: SqliteEventStore) -> Iterator[tuple[int, bytes, str]]:
        of._db, whole = NoAnswer(), of._db  # type: ignore[assignment]
        try:
            yield from of._asked("SELECT seq, body, hash FROM event")
        finally:
            of._db = whole

    with monkeypatch.context() as broken:
        broken.setattr(SqliteEventStore, "rows", rows)
        with pytest.raises(EnvironmentFailed) as failed:
            SqliteEventStore(path)
    assert "disk I/O error" in str(failed.value)
    store = SqliteEventStore(path)
    assert store.version() == 3
    store.close()


@pytest.mark.parametrize("content", [b"\xff" * 24, b"\xff" * 5000, b"x", b""])
def test_a_lease_that_is_none_begins_anew(path: Path, content: bytes) -> None:
    path.with_name(path.name + ".lease").write_bytes(content)
    store = SqliteEventStore(path)
    assert store.append(_events(1), expected_version=0) == 1
    with pytest.raises(LogBusy):
        SqliteEventStore(path)
    store.close()


@pytest.mark.parametrize("ending", [".lease", ".reserve"])
def test_a_pipe_beside_the_log_is_never_waited_for(path: Path, ending: str) -> None:
    beside = path.with_name(path.name + ending)
    os.mkfifo(beside)
    if ending == ".lease":
        with pytest.raises(BadInput, match="not an ordinary file"):
            SqliteEventStore(path)
    else:
        SqliteEventStore(path).close()


@pytest.mark.parametrize("token", ["9223372036854775807", "-1", "'text'", "x'00'", "1.5"])
def test_a_fencing_token_that_is_none_is_told(path: Path, token: str) -> None:
    SqliteEventStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"UPDATE lease SET token = {token}")
        db.commit()
    with pytest.raises(BadInput, match="fencing token"):
        SqliteEventStore(path)
