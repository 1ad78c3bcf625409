"""A mark that tells commits apart without opening the file: new after each commit, the same while there is none."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nightmill.plant.workspace.commit_position import commit_mark


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times of files tell at once: here nothing else writes them."""
    monkeypatch.setattr("nightmill.plant.workspace.commit_position.SETTLED_NS", 0)


def opened(path: Path) -> sqlite3.Connection:
    found = sqlite3.connect(path, isolation_level=None)
    found.execute("PRAGMA journal_mode=WAL")
    found.execute("PRAGMA synchronous=OFF")
    return found


def test_each_commit_has_a_mark_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(opened(path)) as writer:
        writer.execute("CREATE TABLE event (n INTEGER)")
        marks = [commit_mark(path)]
        for n in range(300):
            writer.execute("INSERT INTO event VALUES (?)", (n,))
            marks.append(commit_mark(path))
            if n % 70 == 0:  # the index begins anew
                writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert None not in marks[-60:]
        known = [mark for mark in marks if mark is not None]
        assert len(set(known)) == len(known)


@pytest.mark.usefixtures("unsettled")
def test_it_stays_while_nothing_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(opened(path)) as writer:
        writer.execute("CREATE TABLE event (n INTEGER)")
        before = commit_mark(path)
        with closing(opened(path)) as reader:
            assert reader.execute("SELECT COUNT(*) FROM event").fetchone() == (0,)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO event VALUES (1)")
        assert commit_mark(path) == before, "not committed yet"
        writer.execute("ROLLBACK")
        assert commit_mark(path) == before


@pytest.mark.usefixtures("unsettled")
def test_a_closed_file_and_another_file_differ(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(opened(path)) as writer:
        writer.execute("CREATE TABLE event (n INTEGER)")
        live = commit_mark(path)
    closed = commit_mark(path)
    path.rename(tmp_path / "old.sqlite")
    assert commit_mark(path) is None
    with closing(opened(path)) as writer:
        writer.execute("CREATE TABLE event (n INTEGER)")
        assert commit_mark(path) not in {live, closed, None}


def test_what_was_written_just_now_and_has_no_index_cant_be_told(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with closing(opened(path)) as writer:
        writer.execute("CREATE TABLE event (n INTEGER)")
    assert commit_mark(path) is None
