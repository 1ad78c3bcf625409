"""The benchmarks of the log say in one sentence what they lack."""

import importlib.util
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import append
import restart


def test_a_shop_whose_run_ends_too_soon_is_said(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        child.wait(100.0)
        said = restart._no_command(tmp_path, child, 500, 12)
    assert said.startswith(f"{tmp_path}: the run ended after 12 commands, but 500 are needed")


def test_a_run_that_fails_is_told_by_its_last_line(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "import sys; sys.exit('no such folder')"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        child.wait(100.0)
        assert restart._no_command(tmp_path, child, 500, 0).endswith("the run ended with 1: no such folder")


def test_what_lies_in_the_way_of_a_kept_shop_is_said(tmp_path: Path) -> None:
    source, keep = tmp_path / "shop", tmp_path / "keep"
    (keep / "shop").mkdir(parents=True)
    with pytest.raises(SystemExit, match="was only partly extended"):
        restart.measured(source, 1000, 0.1, keep)
    (keep / "shop").rename(keep / "other")
    (keep / "grown.json").write_bytes(msgspec.json.encode(restart.Grown(1000, 1, restart.Start(1.0, 1.0, 1.0))))
    with pytest.raises(SystemExit, match="contains a shop other than shop"):
        restart.measured(source, 1000, 0.1, keep)


def test_a_log_in_which_no_part_was_finished_gives_no_past() -> None:
    with pytest.raises(SystemExit, match="no part was finished"):
        restart.life_of_a_part([])


def test_a_peer_without_its_driver_is_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True if name == "eventsourcing" else None)
    monkeypatch.setattr(append, "version", lambda name: "9")
    monkeypatch.setattr(append, "of_eventsourcing", partial(pytest.fail, "it can't be opened"))
    monkeypatch.setitem(sys.modules, "eventsourcing.postgres", None)
    assert append.of_peers("postgres", {}, "", 10) == {}
    assert "eventsourcing[postgres]" in capsys.readouterr().err
