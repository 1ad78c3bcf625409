"""One body of tests for every event store: what ``floor.equipment.EventStore`` promises."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

from postgres_server import NoPostgres, Server

from nightmill.floor import equipment
from nightmill.store import AnyStore, LogBusy, LogPlace, PostgresEventStore, audit_log, export_log, open_store, stand_by
from nightmill.store.encoding import GENESIS, chained
from nightmill.store.head import HEAD_EVERY
from nightmill.store.lease import place_of
from nightmill.store.postgres import PostgresWatch
from nightmill.vocabulary.commands import MaintainMachine
from nightmill.vocabulary.errors import BadInput, Fenced
from nightmill.vocabulary.events import AlarmRaised, CommandIssued, Event

Open = Callable[..., AnyStore]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    try:
        with Server() as running:
            yield running
    except NoPostgres as error:
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LogPlace:
    path = tmp_path / "log.sqlite"
    if request.param == "sqlite":
        return LogPlace(path)
    return LogPlace(path, request.getfixturevalue("server").url, f"{tmp_path.parent.name}-{tmp_path.name}")


@pytest.fixture
def opened(place: LogPlace) -> Iterator[Open]:
    """Opens the log under test; closes what a test leaves open."""
    stores: list[AnyStore] = []

    def open_it(*, writer: bool = True, over: int | None = None) -> AnyStore:
        stores.append(open_store(place, writer=writer, over=over))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


def alarms(n: int, first: int = 0) -> list[Event]:
    return [Event(0, float(i), "software", AlarmRaised("test", f"subject {first + i}", "text")) for i in range(n)]


def command(name: str) -> Event:
    return Event(0, 0.0, "software", CommandIssued(MaintainMachine(name, "mill-1", 60.0)))


def test_what_is_appended_is_read_in_order_without_gaps_also_by_others(opened: Open, place: LogPlace) -> None:
    store = opened()
    assert store.append(alarms(3), expected_version=0) == 3
    reader = opened(writer=False)
    assert store.append(alarms(2, 3), expected_version=3) == 5
    assert [event.seq for event in reader.read()] == [1, 2, 3, 4, 5]
    assert [event.seq for event in reader.read(after=3)] == [4, 5]
    assert reader.version() == 5
    last, third = reader.last(), reader.event(3)
    assert last is not None
    assert last.seq == 5
    assert third is not None
    assert third.fact == AlarmRaised("test", "subject 2", "text")
    assert reader.event(6) is None
    store.close()
    assert opened().version() == 5
    assert audit_log(place).ok


def test_an_append_on_another_version_or_with_an_old_command_leaves_nothing(opened: Open, place: LogPlace) -> None:
    store = opened()
    store.append([*alarms(1), command("m-1")], expected_version=0)
    with pytest.raises(equipment.WrongVersion):
        store.append(alarms(1), expected_version=0)
    with pytest.raises(BadInput):
        store.append([*alarms(2), command("m-1")], expected_version=2)
    assert store.version() == 2
    assert len(list(store.read())) == 2
    assert store.append(alarms(1), expected_version=2) == 3
    assert store.issued() == {"m-1": 2}


def test_what_is_done_meanwhile_has_ended_with_the_append_and_is_begun_for_no_refused_one(opened: Open) -> None:
    store, done = opened(), list[int]()
    assert store.append(alarms(2), expected_version=0, meanwhile=lambda: done.append(1)) == 2
    assert done == [1]
    with pytest.raises(equipment.WrongVersion):
        store.append(alarms(1), expected_version=0, meanwhile=lambda: done.append(2))
    assert store.append([command("c")], expected_version=2, meanwhile=lambda: done.append(3)) == 3
    with pytest.raises(BadInput):
        store.append([command("c")], expected_version=3, meanwhile=lambda: None)
    assert store.append(alarms(1), expected_version=3, meanwhile=lambda: done.append(4)) == 4
    assert done == [1, 3, 4]


def test_projections_follow_their_events_and_can_be_made_anew(opened: Open) -> None:
    store = opened()
    store.append([*alarms(2), command("m-1"), *alarms(1)], expected_version=0)
    found = store.entries("exceptions")
    assert found == [("alarm", 1), ("alarm", 2), ("alarm", 4)]
    store.rebuild()
    assert store.entries("exceptions") == found
    assert store.issued() == {"m-1": 3}


def test_a_moment_of_the_log_stands_still_while_events_are_appended(opened: Open, place: LogPlace) -> None:
    store, reader = opened(), opened(writer=False)
    store.append([command("m-1")], expected_version=0)
    with reader.moment():
        assert len(list(reader.rows())) == 1
        store.append([command("m-2"), *alarms(1)], expected_version=1)
        time.sleep(0.8)  # a reader takes its time; what a writer leaves standing is ended sooner
        assert len(list(reader.rows())) == 1
        assert reader.issued() == {"m-1": 1}
        assert reader.entries("exceptions") == []
    assert reader.issued() == {"m-1": 1, "m-2": 2}
    assert audit_log(place).ok


def test_a_second_writer_is_refused_while_the_first_lives(opened: Open) -> None:
    store = opened()
    with pytest.raises(LogBusy) as caught:
        opened()
    assert caught.value.exit_code == 3
    store.close()
    assert opened().token > store.token


def test_who_was_taken_over_writes_nothing_more(opened: Open, place: LogPlace) -> None:
    old = opened()
    old.append(alarms(2), expected_version=0)
    new = opened(over=old.token)
    assert new.token > old.token
    with pytest.raises(Fenced):
        old.append(alarms(1), expected_version=2)
    with pytest.raises(Fenced):
        old.keep_snapshot("loop", "mark", b"")
    assert new.append(alarms(1), expected_version=2) == 3
    with pytest.raises(LogBusy):
        opened(over=old.token)
    with pytest.raises(LogBusy):
        opened()
    old.close()
    with pytest.raises(LogBusy):
        opened()
    assert new.append(alarms(1), expected_version=3) == 4
    new.close()
    assert opened().version() == 4
    assert audit_log(place).ok


def test_a_standby_follows_and_leads_when_the_leader_leaves(opened: Open, place: LogPlace) -> None:
    leader = opened()
    leader.append(alarms(2), expected_version=0)
    seen: list[int] = []

    def follow(reader: AnyStore) -> None:
        seen.append(reader.version())
        if len(seen) == 3:
            leader.close()

    store = stand_by(place, follow, stall_s=30.0)
    try:
        assert seen[0] == 2
        assert store.append(alarms(1), expected_version=2) == 3
    finally:
        store.close()


@pytest.mark.slow
def test_a_database_in_which_no_log_was_ever_written_has_none(server: Server, tmp_path: Path) -> None:
    import psycopg

    with psycopg.connect(server.url, autocommit=True) as db:
        db.execute("CREATE DATABASE fresh")
    place = LogPlace(tmp_path / "log.sqlite", server.url.replace("/postgres?", "/fresh?"), "first")
    assert not place.exists()
    store = open_store(place, writer=True)
    try:
        assert not place.exists()
        store.append(alarms(1), expected_version=0)
    finally:
        store.close()
    assert place.exists()


@pytest.mark.slow
def test_readers_of_a_database_that_come_one_after_another_share_a_connection(server: Server, tmp_path: Path) -> None:
    with closing(PostgresEventStore(server.url, tmp_path.name, tmp_path / "log")) as writer:
        writer.append(alarms(2), expected_version=0)

        def session() -> int:
            with closing(PostgresEventStore(server.url, tmp_path.name, tmp_path / "log", writer=False)) as reader:
                assert reader.version() == 2
                found = int(reader._one("SELECT pg_backend_pid()")[0])
                reader.close()  # once more at the end of the block, which does nothing
                return found

        first = session()
        assert session() == first
        assert writer._one("SELECT pg_backend_pid()")[0] != first
        writer._one("SELECT pg_terminate_backend(%s, 10000)", first)
        second = session()
        assert second != first, "the server had ended that session"
        with closing(PostgresEventStore(server.url, tmp_path.name, tmp_path / "log", writer=False)) as one:
            one._db.execute("BEGIN")
        assert session() != second, "it was in a transaction"


@pytest.mark.slow
def test_a_database_s_leader_that_runs_here_is_not_taken_for_a_stopped_one(server: Server, tmp_path: Path) -> None:
    store = PostgresEventStore(server.url, tmp_path.name, tmp_path / "log")
    reader = PostgresEventStore(server.url, tmp_path.name, tmp_path / "log", writer=False)
    leader = subprocess.Popen(["sleep", "600"])
    try:
        heart = store._heart
        assert heart is not None
        heart.stop()
        store._one("SELECT set_config('application_name', %s, false)", f"nightmill {place_of(leader.pid)}")
        watch = PostgresWatch(reader, 0.2)
        for _ in range(100):
            assert not watch.stalled(), "it runs, on this machine"
            time.sleep(0.01)
        leader.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 100.0
        watch = PostgresWatch(reader, 0.2)
        while not watch.stalled():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not watch.died()
    finally:
        leader.kill()
        leader.wait()
        reader.close()
        store.close()


def test_a_snapshot_is_given_back_only_to_its_maker_and_on_its_own_chain(opened: Open) -> None:
    store = opened()
    assert store.snapshot("loop", "mark") is None
    store.append(alarms(2), expected_version=0)
    store.keep_snapshot("loop", "mark", b"state at 2")
    store.append(alarms(2), expected_version=2)
    found = store.snapshot("loop", "mark")
    assert found is not None
    assert (found.seq, found.body) == (2, b"state at 2")
    assert store.snapshot("loop", "another program") is None
    store.keep_snapshot("loop", "mark", b"state at 4")
    again = store.snapshot("loop", "mark")
    assert again is not None
    assert again.seq == 4


def test_a_copy_of_a_live_log_is_the_log(opened: Open, place: LogPlace, tmp_path: Path) -> None:
    store = opened()
    store.append([*alarms(3), command("m-1")], expected_version=0)
    (tmp_path / "copy.sqlite.head").write_text(f"723 {'0' * 64}\n")  # as a database's log leaves it there
    answer = export_log(place, tmp_path / "copy.sqlite")
    assert answer.ok
    assert answer.events == 4
    copy = open_store(LogPlace(tmp_path / "copy.sqlite"), writer=False)
    assert list(copy.rows()) == list(store.rows())
    copy.close()


def table(place: LogPlace, name: str) -> str:
    """How the log's table ``name`` is called where it lies."""
    return f"nightmill_{name}" if place.url else name


def changed(place: LogPlace, sql: str) -> None:
    """Somebody changes the log's table behind its back; ``{table}`` and ``{mine}`` in ``sql`` stand for it."""
    if place.url:
        psycopg = pytest.importorskip("psycopg")
        with psycopg.connect(place.url, autocommit=True) as db:
            db.execute(sql.format(table="nightmill_event", mine=f"log = '{place.name}'"))
    else:
        with closing(sqlite3.connect(place.path)) as db:
            db.execute(sql.format(table="event", mine="1"))
            db.commit()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DELETE FROM {table} WHERE seq > 60 AND {mine}", "60 events"),
        ("DELETE FROM {table} WHERE seq > 0 AND {mine}", "0 events"),
        ("UPDATE {table} SET hash = 'another' WHERE seq = 100 AND {mine}", "another event"),
    ],
    ids=["end", "all", "other"],
)
def test_a_log_that_lacks_what_its_head_knows_is_neither_written_on_nor_copied_as_whole(
    opened: Open, place: LogPlace, tmp_path: Path, sql: str, found: str
) -> None:
    store = opened()
    store.append(alarms(100), expected_version=0)
    store.close()
    whole = export_log(place, tmp_path / "whole.sqlite")
    assert whole.ok
    file = place.beside.with_name(place.beside.name + ".head")
    head = file.read_text()
    changed(place, sql)
    with pytest.raises(BadInput, match=found) as caught:
        opened()
    assert caught.value.exit_code == 2
    assert not audit_log(place).ok
    assert not export_log(place, tmp_path / "copy.sqlite").ok, "a copy of it isn't proven whole either"
    assert file.read_text() == head
    file.unlink()
    with pytest.raises(BadInput, match="the signed head"):
        opened()


def _signed_over(place: LogPlace, sql: str, head: bool) -> None:
    """Change the log, and compute the chain anew from the first event on, as its owner could; with ``head`` also in the file."""
    changed(place, sql)
    store = open_store(place, writer=False, proven=False)
    rows, digest, last = list(store.rows()), GENESIS, 0
    store.close()
    for seq, body, _ in rows:
        digest, last = chained(digest, body), seq
        changed(place, f"UPDATE {{table}} SET hash = '{digest}' WHERE seq = {seq} AND {{mine}}")
    if head:
        file = place.beside.with_name(place.beside.name + ".head")
        file.write_text(f"{last} {digest}\n")


@pytest.mark.parametrize("head", [False, True], ids=["log alone", "and head"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE {table} SET body = replace(cast(body as text), 'subject 68', 'subject 99') WHERE seq = 69 AND {mine}",
        "DELETE FROM {table} WHERE seq > 66 AND {mine}",
    ],
    ids=["changed", "cut off"],
)
def test_a_chain_that_was_computed_anew_is_refused_and_found_out(
    opened: Open, place: LogPlace, sql: str, head: bool
) -> None:
    store = opened()
    store.append(alarms(70), expected_version=0)
    if place.url:
        sql = sql.replace("replace(cast(body as text)", "convert_to(replace(convert_from(body, 'UTF8')").replace(
            "'subject 99')", "'subject 99'), 'UTF8')"
        )
    else:
        sql = sql.replace("replace(cast(body as text)", "cast(replace(cast(body as text)").replace(
            "'subject 99')", "'subject 99') as blob)"
        )
    _signed_over(place, sql, head)
    store.close()
    assert not audit_log(place).ok
    with pytest.raises(BadInput):
        opened()


def test_a_log_that_lost_its_key_is_signed_by_a_person_once_it_is_right(opened: Open, place: LogPlace) -> None:
    store = opened()
    store.append(alarms(3), expected_version=0)
    store.keep_snapshot("loop", "mark", b"state")
    store.close()
    place.beside.with_name(place.beside.name + ".key").unlink()
    with pytest.raises(BadInput, match="audit SHOP --sign"):
        opened()
    assert {problem.where for problem in audit_log(place, sign=True).problems} == {"signature", "head", "snapshot loop"}
    assert audit_log(place).ok
    store = opened()
    assert store.snapshot("loop", "mark") is None, "of another key"
    assert store.append(alarms(1), expected_version=3) == 4


@pytest.mark.parametrize(
    "sql",
    [
        "body = 'forged'",
        "hash = 'another'",
        "mark = 'mine'",
        "kind = 'other'",
        "seq = 1",
        "signature = 'none'",
        "signature = NULL",
    ],
)
def test_a_snapshot_that_somebody_changed_is_never_given_back(opened: Open, place: LogPlace, sql: str) -> None:
    store = opened()
    store.append(alarms(2), expected_version=0)
    store.keep_snapshot("loop", "mark", b"state at 2")
    changed(place, f"UPDATE {table(place, 'snapshot')} SET {sql}" + (" WHERE {mine}" if place.url else ""))
    assert store.snapshot("loop", "mark") is None
    assert store.snapshot("loop", "mine") is None
    assert store.snapshot("other", "mark") is None
    assert not audit_log(place).ok


def test_the_file_s_older_head_is_no_end_of_the_log(opened: Open, place: LogPlace) -> None:
    store = opened()
    for n in range(HEAD_EVERY + 20):
        store.append(alarms(1), expected_version=n)
    file = place.beside.with_name(place.beside.name + ".head")
    older = file.read_bytes()
    store.close()
    file.write_bytes(older)
    number, digest, signature = older.decode().split()
    assert int(number) == HEAD_EVERY
    changed(place, f"DELETE FROM {table(place, 'event')} WHERE seq > {number}" + (" AND {mine}" if place.url else ""))
    changed(place, f"DELETE FROM {table(place, 'entry')} WHERE seq > {number}" + (" AND {mine}" if place.url else ""))
    heads = f"UPDATE {table(place, 'head')} SET seq = {number}, hash = '{digest}', signature = '{signature}'"
    changed(place, heads + (" WHERE {mine}" if place.url else ""))
    assert not audit_log(place).ok
    with pytest.raises(BadInput):
        opened(writer=False)


@pytest.mark.parametrize("change", ["DELETE FROM {entry}", "UPDATE {entry} SET key = 'good'"])
def test_an_index_that_somebody_changed_is_not_believed(opened: Open, place: LogPlace, change: str) -> None:
    store = opened()
    store.append(alarms(3), expected_version=0)
    assert len(store.entries("exceptions")) == 3
    changed(place, change.format(entry=table(place, "entry")) + (" WHERE {mine}" if place.url else ""))
    with pytest.raises(BadInput, match="index"):
        opened(writer=False).entries("exceptions")
    assert not audit_log(place).ok
