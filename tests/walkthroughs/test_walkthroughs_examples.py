"""Every example of the gallery runs by itself and says something."""

import runpy
from pathlib import Path

import pytest
from notebooks import NOTEBOOKS, run_notebook

GALLERY = Path(__file__).parents[2] / "examples" / "schedule"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in GALLERY.glob("*.py")))
def test_an_example_runs_and_is_listed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(GALLERY / name), run_name="__main__")
    said = capsys.readouterr().out
    assert said.strip()
    assert "breaks no rule: False" not in said
    assert "verified: False" not in said
    assert f"`{name}`" in (GALLERY / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_notebook_of_a_part_plans_and_proves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_notebook("plan_a_part.ipynb")
    assert names["certificate"]["certified"]
    assert "<svg" in names["Picture"](names["out"] / "setup-1.svg").svg


@pytest.mark.slow
def test_the_notebook_of_a_night_finds_what_helps(capsys: pytest.CaptureFixture[str]) -> None:
    names = run_notebook("schedule_a_night.ipynb")
    assert "breaks no rule: True" in capsys.readouterr().out
    assert names["late"][0].late_by_s > 0
    assert sum(blame.seconds for blame in names["told"].blame) == pytest.approx(names["told"].late_by_s, abs=1)


def test_every_notebook_is_listed() -> None:
    listed = (NOTEBOOKS.parents[1] / "docs" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in NOTEBOOKS.glob("*.ipynb") if path.name not in listed] == []
