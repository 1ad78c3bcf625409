"""What a judge may ask of a life that is over, and of none other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nightmill.drivers import DirectCell
from nightmill.drivers.virtual_shop import LivingWorld
from nightmill.drivers.virtual_shop.measuring import spindles_left_s
from nightmill.floor.equipment import Cell
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.reports import AnyReport, MachineFailed

Drive = Callable[[Cell, int, float], list[AnyReport]]


def test_a_spindle_has_left_what_it_then_runs(world_files: Callable[..., Path], drive: Drive, tmp_path: Path) -> None:
    folder = world_files(6)
    truth = tmp_path / "world.toml"
    truth.write_text("[breakdown]\ngradual_life_h = 0.02\ninitial_age_share = 0.1\nsudden_mean_h = 1e6\n")
    life = LivingWorld(folder, truth)
    reports = drive(life, 12, 6 * 3600.0)
    ended_s = life.greet().now_s
    life.close()
    failed = next(report for report in reports if isinstance(report, MachineFailed))
    before = (folder / "journal.jsonl").read_bytes()
    begin, at = spindles_left_s(folder, 0.0), spindles_left_s(folder, failed.at_s)
    assert 0.0 < begin[failed.unit] < failed.at_s
    assert at[failed.unit] == pytest.approx(0.0, abs=0.1)
    assert spindles_left_s(folder, failed.at_s - 1000.0)[failed.unit] > 0.0
    shop_dir = folder.parent.parent
    assert DirectCell.spindles_left_s(shop_dir, failed.at_s) == at
    with pytest.raises(BadInput, match="a run that ended"):
        DirectCell.spindles_left_s(shop_dir, ended_s + 1.0)
    assert (folder / "journal.jsonl").read_bytes() == before
    (folder / "journal.jsonl").write_bytes(before + b'{"n":')
    with pytest.raises(BadInput, match="a run that ended"):
        spindles_left_s(folder, ended_s + 1.0)
    with pytest.raises(BadInput, match="virtual shop"):
        DirectCell.spindles_left_s(tmp_path / "none", 0.0)
