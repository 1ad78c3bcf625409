"""Every example of the gallery runs by itself and says something."""

import runpy
from pathlib import Path

import pytest

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
