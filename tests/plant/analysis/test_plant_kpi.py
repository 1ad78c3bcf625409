"""The figures of a run with what they are made of."""

from pathlib import Path

import pytest
from desk_sample import write_shop

from nightmill.kpi import Measures
from nightmill.plant.analysis import measures_answer
from nightmill.plant.views import view_shop
from nightmill.vocabulary.errors import BadInput


def test_every_figure_is_told_with_its_formula_and_events(tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "shop")
    answer = measures_answer(folder)
    assert {each["figure"] for each in answer["figures"]} == set(Measures.__struct_fields__) - {"timelines"}
    seen = view_shop(folder).measures
    for each in answer["figures"]:
        assert each["value"] == seen[each["figure"]]
        assert each["formula"]
    (good,) = (each for each in answer["figures"] if each["figure"] == "good")
    assert good["events"] == ["part_disposed"]
    assert measures_answer(folder, 1.0)["until_s"] == 1.0


def test_without_a_run_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        measures_answer(tmp_path)
