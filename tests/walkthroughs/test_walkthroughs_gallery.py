"""Every script of the gallery runs by itself, says something and writes its picture; every room that has scripts has three."""

import ast
import runpy
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*/plot_*.py"))
MATERIAL = frozenset({"inventory", "mrp", "procurement"})


def _room(script: Path) -> str:
    return "material" if script.parent.name in MATERIAL else script.parent.name


def test_every_room_has_three_scripts_or_more() -> None:
    counts = Counter(map(_room, SCRIPTS))
    rooms = {
        "cad", "cam", "verification", "scheduling", "simulation", "forecasting", "material", "quality", "maintenance",
        "tuning", "costing", "intake", "library",
    }  # fmt: skip
    assert rooms == counts.keys()
    assert {room: count for room, count in counts.items() if count < 3} == {}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_script_says_what_one_sees(script: Path) -> None:
    title, _, text = (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "").partition("\n")
    assert len(title) <= 90
    assert title.endswith((".", "?"))
    assert len(text.split()) >= 20
    assert script.stem in script.read_text(encoding="utf-8"), "the picture bears the script's name"


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_script_runs_and_writes_its_picture(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, which has the program and its kernels loaded already."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTMILL_GALLERY", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    pyplot.switch_backend("Agg")
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.syspath_prepend(script.parent)
    try:
        runpy.run_path(str(script), run_name="__main__")
    finally:
        pyplot.close("all")
    said = capsys.readouterr().out
    assert said.strip()
    assert "breaks no rule: False" not in said
    assert "verified: False" not in said
    pictures = [path for path in tmp_path.iterdir() if path.suffix in {".svg", ".png"}]
    assert [path.stem for path in pictures] == [script.stem]
    assert pictures[0].stat().st_size > 2000
