"""A folder of STEP files: a row a file, bad files named beside good ones."""

import shutil
from pathlib import Path

import pytest

from nightmill.plant.part_planning import plan_folder
from nightmill.vocabulary.errors import BadInput

PARTS = Path(__file__).parents[3] / "src" / "nightmill" / "plant" / "example" / "parts"


@pytest.mark.slow
def test_a_bad_file_does_not_stop_the_good_one(tmp_path: Path) -> None:
    folder, out = tmp_path / "parts", tmp_path / "plans"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(PARTS / "bracket.step", folder / "deeper")
    (folder / "broken.stp").write_text("ISO-10303-21;\nHEADER;")
    rows = plan_folder(folder, out=out)["parts"]
    assert [row["file"] for row in rows] == ["broken.stp", "deeper/bracket.step"]
    assert "broken.stp" in rows[0]["findings"][0]["file"]
    assert rows[1]["certificate"]["certified"]
    assert (out / "deeper" / "bracket" / "plan.json").exists()


def test_a_folder_without_parts_and_one_of_broken_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no STEP file"):
        plan_folder(tmp_path)
    (tmp_path / "a.step").write_text("hello")
    (tmp_path / "b.STP").write_text("")
    with pytest.raises(BadInput, match="STEP") as told:
        plan_folder(tmp_path)
    assert len(told.value.findings) == 2


def test_two_files_of_one_name_do_not_share_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.step").write_text("hello")
    (tmp_path / "a.stp").write_text("hello")
    with pytest.raises(BadInput, match=r"the same place as that of a\.step"):
        plan_folder(tmp_path, out=tmp_path / "out")
