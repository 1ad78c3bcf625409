"""A child's temporary folder goes with its owner."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nightmill.workers import run_guarded
from nightmill.workers.scratch_folder import PREFIX, Scratch, sweep

OWNER = """
import sys, time
from nightmill.workers.scratch_folder import Scratch
print(Scratch().path, flush=True)
time.sleep(600)
"""


def test_a_folder_goes_with_all_that_lies_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    scratch = Scratch()
    (scratch.path / "deep").mkdir()
    (scratch.path / "deep" / "mesh").write_text("x")
    scratch.remove()
    assert not list(tmp_path.iterdir())


def test_a_folder_goes_with_its_block_however_that_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(FileExistsError), Scratch() as scratch:
        scratch.mkdir()
    assert not list(tmp_path.iterdir())


def test_the_folder_of_a_killed_owner_goes_and_that_of_a_living_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        left = Path(owner.stdout.readline().strip())
        (left / "mesh").write_text("x")
        sweep(tmp_path)
        assert (left / "mesh").exists()
        owner.kill()
        owner.wait()
    (tmp_path / "nightmill-child-being-made").mkdir()
    sweep(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["nightmill-child-being-made"]


def of_a_dead_one(place: Path, name: str) -> Path:
    """A folder whose owner is no more, with something in it."""
    scratch = Scratch()
    (scratch.path / "mesh").write_text("x")
    left = shutil.copytree(scratch.path, place / f"{PREFIX}{name}")
    scratch.remove()
    return left


def test_a_folder_of_another_system_stays_whose_locks_nobody_here_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    here, elsewhere = of_a_dead_one(tmp_path, "here"), of_a_dead_one(tmp_path, "elsewhere")
    (elsewhere / ".owner").write_text("another")
    sweep(tmp_path)
    assert not here.exists()
    assert (elsewhere / "mesh").exists()


def test_a_disk_without_locks_has_folders_that_nobody_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = of_a_dead_one(tmp_path, "left")

    def no_locks(_handle: int, _what: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    scratch = Scratch()
    sweep(tmp_path)
    assert left.exists()
    assert scratch.path.exists()
    scratch.remove()
    assert list(tmp_path.iterdir()) == [left]


def test_what_can_not_be_removed_is_left_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = of_a_dead_one(tmp_path, "left")
    unlink = os.unlink

    def busy(path: str, *, dir_fd: int | None = None) -> None:
        if path == "mesh":
            raise OSError(errno.EBUSY, "busy")
        unlink(path, dir_fd=dir_fd)

    with monkeypatch.context() as refusing:
        refusing.setattr(os, "unlink", busy)
        sweep(tmp_path)
    assert (left / "mesh").exists()
    sweep(tmp_path)
    assert not left.exists()


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    other = of_a_dead_one(tmp_path, "other").rename(tmp_path / "other")
    left = of_a_dead_one(tmp_path, "left")
    (left / "link").symlink_to(other)
    (tmp_path / f"{PREFIX}link").symlink_to(other)
    sweep(tmp_path)
    assert not left.exists()
    assert (other / "mesh").exists()


def test_a_child_that_can_not_be_begun_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(OSError, match="refused"):
        run_guarded("nightmill.intake.lexicon.labels:labelled", {"body": ""})
    assert not list(tmp_path.iterdir())


def refuse(*_: object, **__: object) -> None:
    raise OSError("refused")
