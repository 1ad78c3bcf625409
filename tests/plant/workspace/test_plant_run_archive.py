"""A run that has ended is moved whole into the archive, at whatever moment the process that moves it dies."""

import shutil
from pathlib import Path

import pytest

from nightmill.plant.workspace import run_archive
from nightmill.plant.workspace.run_archive import finish_moving, keep_run, put_aside
from nightmill.store import AnyStore, AuditAnswer, LogPlace, SqliteEventStore, audit_log, export_log, open_store
from nightmill.vocabulary.events import AlarmRaised, Event


class Died(BaseException):
    """The process ends here."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    home = tmp_path / "shop" / ".nightmill"
    for name in ("images", "plans", "world", "telemetry", "morning"):
        (home / name).mkdir(parents=True)
        (home / name / "file").write_text(name)
    store = SqliteEventStore(home / "log.sqlite")
    store.append([Event(0, 0.0, "software", AlarmRaised("test", "subject", "text"))], expected_version=0)
    store.close()
    return tmp_path / "shop"


def _dies_after(moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    move, done = shutil.move, [0]

    def moved(source: str, target: Path) -> None:
        if done[0] == moves:
            raise Died
        done[0] += 1
        move(source, target)

    monkeypatch.setattr("nightmill.plant.workspace.run_archive.shutil.move", moved)


@pytest.mark.parametrize("moves", range(7))
def test_a_move_that_was_cut_short_is_finished_before_the_next_run(
    shop: Path, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = shop / ".nightmill"
    (home / "archive" / "4").mkdir(parents=True)
    with monkeypatch.context() as dying:
        _dies_after(moves, dying)
        with pytest.raises(Died):
            put_aside(shop, 0)
    assert not (home / "archive" / "5").exists(), "it has its number when all of it is there"
    finish_moving(shop)
    kept = home / "archive" / "5"
    assert audit_log(LogPlace(kept / "log.sqlite")).ok
    assert {path.name for path in kept.iterdir()} >= {"images", "world", "telemetry", "morning", "log.sqlite.head"}
    left = {path.name for path in home.iterdir()}
    assert left <= {"archive", "archive.lease", "plans", "log.sqlite.lease"}
    finish_moving(shop)
    SqliteEventStore(home / "log.sqlite").close()


def test_a_run_that_was_coming_from_elsewhere_takes_nothing_of_the_shop_along(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(shop, copy)
    with monkeypatch.context() as dying:
        _dies_after(2, dying)
        with pytest.raises(Died):
            keep_run(copy, shop)
    assert [path.name for path in (shop / ".nightmill" / "archive").iterdir()] == ["1.coming"]
    finish_moving(shop)
    assert list((shop / ".nightmill" / "archive").iterdir()) == [], "half a run is none"
    assert audit_log(LogPlace(shop / ".nightmill" / "log.sqlite")).ok
    assert (shop / ".nightmill" / "images" / "file").exists()
    shutil.rmtree(copy)
    shutil.copytree(shop, copy, ignore=shutil.ignore_patterns("archive"))
    kept = keep_run(copy, shop)
    assert kept.parent == shop / ".nightmill" / "archive"
    assert audit_log(LogPlace(kept / "log.sqlite")).ok


@pytest.mark.parametrize("copied", [False, True])
def test_a_log_of_before_the_database_goes_into_the_archive_too(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: bool
) -> None:
    """The shop has got a database, which a file plays here; ``copied``: the move was cut short after the copy."""
    (shop / "shop.toml").write_text('[log]\nurl = "postgresql://nobody@nowhere/shop"\n')
    database = LogPlace(tmp_path / "database.sqlite")
    store = SqliteEventStore(database.path)
    store.append([Event(0, 0.0, "software", AlarmRaised("test", "another", "run"))], expected_version=0)
    store.close()

    def opened(place: LogPlace, *, writer: bool) -> AnyStore:
        return open_store(database if place.url else place, writer=writer)

    def exported(_: LogPlace, target: Path) -> AuditAnswer:
        return export_log(database, target)

    home = shop / ".nightmill"
    if copied:
        (home / "log.sqlite").unlink()
        export_log(database, home / "log.sqlite")
    monkeypatch.setattr(run_archive, "open_store", opened)
    monkeypatch.setattr(run_archive, "export_log", exported)
    monkeypatch.setattr(run_archive, "_delete_from_database", lambda place, copy: None)
    put_aside(shop, 0)
    kept = home / "archive" / "1"
    names = {"log.sqlite"} if copied else {"log.sqlite", run_archive.BEFORE}
    assert {path.name for path in kept.glob("*log.sqlite")} == names
    subjects = {}
    for name in names:
        log = SqliteEventStore(kept / name, writer=False)
        subjects[name] = [event.fact.subject for event in log.read() if isinstance(event.fact, AlarmRaised)]
        log.close()
    assert subjects == {"log.sqlite": ["another"]} | ({} if copied else {run_archive.BEFORE: ["subject"]})
