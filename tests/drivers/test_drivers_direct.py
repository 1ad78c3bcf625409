"""The world as a process: killed at random moments, guarded, and clear when something is wrong."""

import os
import random
import signal
import stat
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from nightmill.drivers import DirectCell, WorldStart, start_world
from nightmill.drivers.connection import world_exists
from nightmill.floor.equipment import Cell
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed
from nightmill.vocabulary.reports import AnyReport
from nightmill.vocabulary.shop import Shop

Drive = Callable[[Cell, int, float], list[AnyReport]]


def _world(shop_dir: Path) -> Path:
    return shop_dir / ".nightmill" / "world"


def _journal(shop_dir: Path) -> bytes:
    return (_world(shop_dir) / "journal.jsonl").read_bytes()


def _pid(shop_dir: Path) -> int:
    address = msgspec.json.decode((_world(shop_dir) / "address.json").read_bytes())
    return int(address["pid"])


@pytest.fixture
def cell(tmp_path: Path, shop: Shop) -> Iterator[DirectCell]:
    made = start_world(tmp_path, shop, WorldStart(11))
    yield made
    DirectCell.attach(tmp_path).shutdown()


class _Assassin:
    """Kills the world's process at random moments until told to stop; each fifth life may write some lines first.

    `length`: lines of the journal of a world left in peace. The lives that may write end before half of them are
    written, whatever the machine's speed, so that no life is the last before the assassin has killed `most` times.
    """

    def __init__(self, shop_dir: Path, seed: int, most: int, length: int) -> None:
        self.shop_dir, self.random, self.most = shop_dir, random.Random(seed), most
        self.step = length // most
        self.kills = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._go, daemon=True)

    def _go(self) -> None:
        seen = 0
        while not self.stop.is_set() and self.kills < self.most:
            try:
                pid = _pid(self.shop_dir)
            except (FileNotFoundError, msgspec.DecodeError):
                time.sleep(0.002)
                continue
            if pid != seen:
                if self.kills % 5:
                    self.stop.wait(self.random.uniform(0.0, 0.05))
                else:
                    self._await_lines(self._lines() + self.random.randint(1, self.step))
                os.kill(pid, signal.SIGKILL)
                seen, self.kills = pid, self.kills + 1
            time.sleep(0.002)

    def _await_lines(self, wanted: int) -> None:
        while self._lines() < wanted and not self.stop.is_set():
            time.sleep(0.002)

    def _lines(self) -> int:
        return _journal(self.shop_dir).count(b"\n")


@pytest.mark.slow
def test_a_world_killed_thirty_times_lives_the_same_life(tmp_path: Path, shop: Shop, drive: Drive) -> None:
    calm = start_world(tmp_path / "calm", shop, WorldStart(21))
    expected = drive(calm, 200, 30 * 3600.0)
    calm.shutdown()
    cell = start_world(tmp_path / "wild", shop, WorldStart(21))
    quiet = _journal(tmp_path / "calm").splitlines()
    assassin = _Assassin(tmp_path / "wild", 1, 30, len(quiet))
    assassin.thread.start()
    reports = drive(cell, 200, 30 * 3600.0)
    assassin.stop.set()
    assassin.thread.join()
    cell.close()
    DirectCell.attach(tmp_path / "wild").shutdown()
    assert assassin.kills == 30
    assert reports == expected
    lines = [msgspec.json.decode(line) for line in _journal(tmp_path / "wild").splitlines()]
    cuts = Counter((line["part"], line["operation"]) for line in lines if line["event"] == "cut_started")
    assert set(cuts.values()) == {1}
    assert _deeds(lines) == _deeds([msgspec.json.decode(line) for line in quiet])


def _deeds(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    return [
        {k: v for k, v in line.items() if k != "n"} for line in lines if line["event"] not in ("booted", "advanced")
    ]


def test_the_address_is_private_and_a_second_controller_waits(cell: DirectCell, tmp_path: Path) -> None:
    mode = stat.S_IMODE((_world(tmp_path) / "address.json").stat().st_mode)
    assert mode == 0o600
    with pytest.raises(EnvironmentFailed, match="one at a time"):
        DirectCell.attach(tmp_path)
    first = cell.greet()
    cell.close()
    second = DirectCell.attach(tmp_path)
    assert second.greet() == first
    second.close()


def test_a_restart_is_seen_by_its_boot_id(cell: DirectCell, tmp_path: Path) -> None:
    before = cell.greet()
    os.kill(_pid(tmp_path), signal.SIGKILL)
    after = cell.greet()
    assert after.boot_id != before.boot_id
    assert after.last_seq == before.last_seq
    cell.close()


def test_sigterm_ends_cleanly(cell: DirectCell, tmp_path: Path) -> None:
    os.kill(_pid(tmp_path), signal.SIGTERM)
    deadline = time.monotonic() + 60
    while (_world(tmp_path) / "address.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not (_world(tmp_path) / "address.json").exists()
    cell.close()


def test_a_world_in_the_way_and_none_at_all(cell: DirectCell, tmp_path: Path, shop: Shop) -> None:
    assert world_exists(tmp_path)
    cell.close()
    with pytest.raises(BadInput, match="fresh"):
        start_world(tmp_path, shop, WorldStart(12))
    with pytest.raises(BadInput, match="expected a world"):
        DirectCell.attach(tmp_path / "elsewhere")
    again = start_world(tmp_path, shop, WorldStart(12), fresh=True)
    assert again.greet().last_seq == 0
    again.close()


def test_a_wrong_world_toml_is_told_with_all_findings(tmp_path: Path, shop: Shop) -> None:
    (tmp_path / "world.toml").write_text("[wear]\nsteady_mm = 1\n[weather]\n")
    with pytest.raises(BadInput) as caught:
        start_world(tmp_path, shop, WorldStart(1))
    assert [finding.place for finding in caught.value.findings] == ["wear.steady_mm", "weather"]


def test_pace_holds_the_world_to_real_time(tmp_path: Path, shop: Shop) -> None:
    begun = time.monotonic()
    cell = start_world(tmp_path, shop, WorldStart(1, 3600.0))
    moved = cell.advance(1000.0, 0)
    assert moved.now_s >= 1000.0
    assert time.monotonic() - begun >= 1000.0 / 3600.0
    cell.shutdown()
