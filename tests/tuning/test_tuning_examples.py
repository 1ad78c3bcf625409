from pathlib import Path

import pytest

from nightmill.tuning import History, read_study, suggest
from nightmill.tuning.study import hard_limits_kept, setting_findings

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "tuning").glob("*.json"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.stem)
def test_every_worked_example_is_read_and_answered(file: Path) -> None:
    study = read_study(file.read_text(), file.name)
    (first,) = suggest(study, History()).suggestions
    assert hard_limits_kept(study, first.parameters)
    assert not setting_findings(study, first.parameters, file.name, "suggestion")
    if study.start is not None:
        assert first.parameters == study.start


def test_there_are_examples_of_four_trades() -> None:
    assert {path.stem for path in EXAMPLES} == {"turning", "milling", "welding", "heat_treatment"}
