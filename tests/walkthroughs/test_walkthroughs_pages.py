"""What the tutorial and the how-to pages tell a reader to type works as it stands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pages import DOCS, PAGES, blocks, dead_links

from nightmill.cli.command_reference import command_reference

WITH_SOMETHING_TO_RUN = [page for page in PAGES if blocks(page.read_text(encoding="utf-8"))]


A_DAY = "nightmill run nightmill-demo --days 1"
"""What several pages begin with: the planned demo is run, made once for all of them. What they type before it only looks."""


def _typed(text: str, folder: Path) -> None:
    """Lines as a reader types them."""
    done = subprocess.run(
        ["sh", "-eux"],
        input=text,
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


@pytest.fixture(scope="session")
def ran_example(planned_example: Path, made_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The planned demo after ``A_DAY``."""

    def ran(folder: Path) -> None:
        shutil.copytree(planned_example, folder / "nightmill-demo")
        _typed(A_DAY, folder)

    return made_once("ran-example", ran) / "nightmill-demo"


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_SOMETHING_TO_RUN, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(
    page: Path, planned_example: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    demo = Path(shutil.copytree(planned_example, tmp_path / "nightmill-demo"))
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.name:
            (tmp_path / block.name).write_text(block.text, encoding="utf-8")
            continue
        before, day, after = f"\n{block.text}".partition(f"\n{A_DAY}\n")
        _typed(before, tmp_path)
        if day and (demo / ".nightmill" / "log.sqlite").exists():
            _typed(A_DAY, tmp_path)
        elif day:
            shutil.rmtree(demo)
            shutil.copytree(request.getfixturevalue("ran_example"), demo)
        _typed(after, tmp_path)


def test_blocks_are_what_a_reader_types() -> None:
    page = "words\n```sh\nnightmill audit x\n```\n```toml shop.toml\n[shop]\n```\n```text\noutput\n```\n"
    assert [tuple(block) for block in blocks(page)] == [("", "nightmill audit x\n"), ("shop.toml", "[shop]\n")]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_every_how_to_is_listed() -> None:
    listed = (DOCS / "how-to" / "README.md").read_text(encoding="utf-8")
    assert [
        page.name
        for page in PAGES
        if page.parent.name == "how-to" and page.name != "README.md" and f"({page.name})" not in listed
    ] == []


def test_the_command_reference_is_current() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == command_reference(), (
        "write it anew: python -m nightmill.cli.command_reference docs/commands.md"
    )
