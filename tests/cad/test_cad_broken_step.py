"""A short run of the campaign with damaged STEP files, one copy of each damage and one too long."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "campaigns"))

from broken_step import DAMAGES, HOPELESS, campaign
from design_solids import plate_with_holes, write


@pytest.mark.slow
def test_every_damaged_copy_gets_one_clear_answer(tmp_path: Path) -> None:
    part = write(plate_with_holes(), tmp_path / "plate.step")
    command = [sys.executable, "-m", "nightmill", "features"]
    ends, complaints = campaign([part], len(DAMAGES) + 1, 4, command, limit_s=120)
    assert not complaints
    assert sum(ends.values()) == len(DAMAGES) + 1
    assert all(code == 2 for (damage, code) in ends if damage in HOPELESS)
