"""A run that has ended is moved whole into the archive, at whatever moment the process that moves it dies."""

import shutil
from pathlib import Path

import pytest

from nightmill.plant.past_runs import finish_moving, keep_run, put_aside
from nightmill.store import LogPlace, SqliteEventStore, audit_log
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

    monkeypatch.setattr("nightmill.plant.past_runs.shutil.move", moved)


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
    assert left <= {"archive", "plans", "log.sqlite.lease"}
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
    finish_moving(shop)
    assert audit_log(LogPlace(shop / ".nightmill" / "log.sqlite")).ok
    assert (shop / ".nightmill" / "images" / "file").exists()
    shutil.rmtree(copy)
    shutil.copytree(shop, copy, ignore=shutil.ignore_patterns("archive"))
    kept = keep_run(copy, shop)
    assert kept.parent == shop / ".nightmill" / "archive"
    assert audit_log(LogPlace(kept / "log.sqlite")).ok
