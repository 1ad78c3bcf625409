"""A child's temporary folder goes with its owner."""

import subprocess
import sys
from pathlib import Path

import pytest

from nightmill.workers.scratch import Scratch, sweep

OWNER = """
import sys, time
from nightmill.workers.scratch import Scratch
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
