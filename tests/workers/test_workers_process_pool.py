"""Work on all cores, the first piece ahead of the others where nothing is compiled yet."""

import os
import time
from pathlib import Path
from threading import Event

import pytest

from nightmill.workers import process_pool, spread


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


class Pieces:
    """The first piece waits for the second to begin, for at most ``patience`` seconds."""

    def __init__(self, patience: float) -> None:
        self.patience, self.second, self.alone = patience, Event(), False

    def do(self, number: int) -> int:
        if number == 0:
            self.alone = not self.second.wait(self.patience)
        else:
            self.second.set()
        return 2 * number


def test_the_first_piece_compiles_for_all() -> None:
    pieces = Pieces(0.2)
    assert spread(pieces.do, range(4), kernels="nightmill.cam") == [0, 2, 4, 6]
    assert pieces.alone


def test_the_others_do_not_wait_for_a_long_first_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_pool, "HEAD_START_S", 0.1)
    pieces = Pieces(60.0)
    assert spread(pieces.do, range(3), kernels="nightmill.cam") == [0, 2, 4]
    assert not pieces.alone


def test_where_kernels_are_compiled_all_pieces_begin_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = tmp_path / "cam_1234"
    kept.mkdir()
    (kept / "field.nbi").touch()
    monkeypatch.setattr(process_pool, "HEAD_START_S", 120.0)  # longer than the first piece's patience
    pieces = Pieces(60.0)
    assert spread(pieces.do, range(3), kernels="nightmill.cam") == [0, 2, 4]
    assert not pieces.alone


def test_nothing_to_do_is_no_work() -> None:
    assert spread(lambda number: number, [], kernels="nightmill.cam") == []


def test_after_an_error_no_more_pieces_begin() -> None:
    begun: list[int] = []

    def do(number: int) -> int:
        begun.append(number)
        if number == 0:
            raise KeyboardInterrupt
        time.sleep(0.05)
        return number

    with pytest.raises(KeyboardInterrupt):
        spread(do, range(40))
    assert len(begun) < 20


def test_kernels_in_the_users_cache_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert not process_pool.kernels_kept("nightmill.floor")
    kept = tmp_path / "numba" / "floor_1234"
    kept.mkdir(parents=True)
    (kept / "field.nbi").touch()
    assert process_pool.kernels_kept("nightmill.floor")


def test_kernels_of_a_sub_package_are_those_of_its_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert not process_pool.kernels_kept("nightmill.cam")
    kept = tmp_path / "geometry_1234"
    kept.mkdir()
    (kept / "arc_fitting.nbi").touch()
    assert process_pool.kernels_kept("nightmill.cam")
    assert not process_pool.kernels_kept("nightmill.floor")


def test_kernels_beside_the_sources_of_a_sub_package_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    inside = tmp_path / "room" / "part"
    (inside / "__pycache__").mkdir(parents=True)
    for folder in (inside, inside.parent):
        (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not process_pool.kernels_kept("room")
    (inside / "__pycache__" / "kernel.nbi").touch()
    assert process_pool.kernels_kept("room")
