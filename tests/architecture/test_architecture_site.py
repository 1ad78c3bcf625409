"""The docs site: it builds without a warning, its kinds of pages are kept apart, decisions say context, decision and measurement."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_context_decision_and_what_was_measured(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem[:3]}. ")
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads == ["## Context", "## Decision", "## Measured"]
    assert f"({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_what_was_not_kept_stands_among_the_decisions() -> None:
    pages = [page for page in (ROOT / "docs").glob("*.md") if "ried and not kept\n" in page.read_text(encoding="utf-8")]
    assert not pages


def test_no_font_and_no_script_comes_from_elsewhere() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in text
    assert "http" not in text


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    told = os.environ | {"NIGHTMILL_GALLERY_RUN": "0"}
    done = subprocess.run(words, cwd=ROOT, env=told, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    kinds = (
        "tutorial",
        "how-to",
        "commands",
        "reference/cad",
        "glossary",
        "decisions",
        "gallery",
        "journeys/alarm-to-command",
    )
    assert [kind for kind in kinds if not (tmp_path / "site" / kind / "index.html").exists()] == []
