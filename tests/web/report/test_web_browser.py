"""The page in a real browser, where there is one: it draws every screen and its console stays empty."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from web_sample import comparison, sample_view  # type: ignore[import-not-found]

from nightmill.web.report.page import render_page, render_plan

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--virtual-time-budget=3000",
)  # fmt: skip

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")


@pytest.mark.slow
def test_the_page_of_a_plan_shows_a_setup_with_its_paths(tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    text = render_plan(sample_view().parts[0])
    assert "setup: null," in text
    page.write_text(text.replace("setup: null,", "setup: 0,", 1), encoding="utf-8")
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]
    assert "Grey: fixtures and raw stock" in done.stdout


@pytest.mark.slow
def test_the_page_draws_itself_without_a_word_on_the_console(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render_page(sample_view(), comparison=comparison()), encoding="utf-8")
    command = [str(CHROMIUM), *QUIET, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]
    for name in (
        "outcome",
        "parts",
        "schedule",
        "orders",
        "quality",
        "machines",
        "stock",
        "money",
        "story",
        "decisions",
    ):
        match = re.search(rf'<section id="{name}".*?</section>', done.stdout, re.S)
        assert match, name
        assert len(match[0]) > 1000, f"{name} is empty"
    assert "loop worse" in done.stdout
    assert "inside corner sharper" in done.stdout or "certified" in done.stdout
