"""The notebooks among the examples run as a reader runs them, and the docs list them; scripts: ``test_walkthroughs_gallery``."""

from pathlib import Path

import pytest
from notebooks import EXAMPLES, run_notebook


@pytest.mark.slow
def test_the_notebook_of_a_part_plans_and_proves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_notebook("cam/plan_a_part.ipynb")
    assert names["certificate"]["certified"]
    assert "<svg" in names["Picture"](names["out"] / "setup-1.svg").svg


@pytest.mark.slow
def test_the_notebook_of_a_night_finds_what_helps(capsys: pytest.CaptureFixture[str]) -> None:
    names = run_notebook("scheduling/schedule_a_night.ipynb")
    assert "breaks no rule: True" in capsys.readouterr().out
    assert names["late"][0].late_by_s > 0
    assert sum(blame.seconds for blame in names["told"].blame) == pytest.approx(names["told"].late_by_s, abs=1)


def test_every_notebook_is_listed() -> None:
    listed = (EXAMPLES.parent / "docs" / "README.md").read_text(encoding="utf-8")
    books = [path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.ipynb")]
    assert len(books) >= 3
    assert [name for name in books if f"`{name}`" not in listed] == []
