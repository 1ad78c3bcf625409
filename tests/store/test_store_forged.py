"""A short run of ``campaigns/forged_logs.py``, and proof that it would notice a log that is believed unseen."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "campaigns"))

import forged_logs

from nightmill.store import head
from nightmill.store.log_key import LogKey


def test_no_forged_log_is_blessed_or_believed(tmp_path: Path) -> None:
    counted, wrong = forged_logs.campaign(120, random.Random(7).randrange(1000), tmp_path)
    assert not wrong
    assert sum(counted.values()) == 120
    assert len(counted) == len(forged_logs.FORGED) + 1, "every kind"


def test_a_log_that_anybody_can_sign_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogKey, "bears_out", lambda *_: True)
    _, wrong = forged_logs.campaign(150, 1, tmp_path)
    assert any("accepts a different shop" in each for each in wrong)


def test_a_head_that_nobody_looks_at_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head.HeadFile, "refuse_if_changed", lambda *_: None)
    _, wrong = forged_logs.campaign(150, 2, tmp_path)
    assert any("accepts a different shop" in each for each in wrong)
