"""Every script of the gallery runs by itself, says something and writes its picture; every room that has scripts has three."""

import ast
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "examples").glob("*/plot_*.py"))
MATERIAL = frozenset({"inventory", "mrp", "procurement"})
LIMIT_S = 300


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
def test_a_script_runs_and_writes_its_picture(script: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    told = os.environ | {"NIGHTMILL_GALLERY": str(tmp_path), "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=told, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()
    assert "breaks no rule: False" not in done.stdout
    assert "verified: False" not in done.stdout
    pictures = [path for path in tmp_path.iterdir() if path.suffix in {".svg", ".png"}]
    assert [path.stem for path in pictures] == [script.stem]
    assert pictures[0].stat().st_size > 2000
