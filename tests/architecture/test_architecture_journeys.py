"""The journeys of the docs follow the code: each hop's file and function are there, and the hops are counted right."""

import ast
import itertools
import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nightmill"
PAGES = sorted((ROOT / "docs" / "journeys").glob("*.md"))


class Hop(NamedTuple):
    """A numbered line of a page: its number, file and function, and what it says of them."""

    number: int
    file: str
    function: str
    text: str


def _hops(page: Path) -> list[Hop]:
    found = re.findall(r"^(\d+)\. `([^`:]+): ([^`]+)` (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [Hop(int(number), file, function, text) for number, file, function, text in found]


def _functions(file: Path) -> set[str]:
    """Every function of a file, methods as ``Class.method``; those within functions by their own name."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".js":
        return set(re.findall(r"function (\w+)\(", text))
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}  # fmt: skip
    return names


ALL = [pytest.param(page, hop, id=f"{page.stem}-{hop.number}") for page in PAGES for hop in _hops(page)]


def test_there_are_three_journeys() -> None:
    assert {page.stem for page in PAGES} == {"step-file-to-order", "alarm-to-command", "run-to-first-command"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_hops_are_numbered_and_counted(page: Path) -> None:
    hops, text = _hops(page), page.read_text(encoding="utf-8")
    assert [hop.number for hop in hops] == list(range(1, len(hops) + 1))
    assert len(re.findall(r"^\d+\.", text, re.MULTILINE)) == len(hops), "a line that is no hop"
    assert f"**{len(hops)} hops.**" in text
    assert not [hop for hop, after in itertools.pairwise(hops) if hop.file == after.file]


@pytest.mark.parametrize(("page", "hop"), ALL)
def test_a_hop_names_what_is_there(page: Path, hop: Hop) -> None:
    file = SOURCE / hop.file
    assert file.is_file(), f"{page.name}: no file {hop.file}"
    assert hop.function in _functions(file), f"{page.name}: no {hop.function} in {hop.file}"
    assert "In: " in hop.text
    assert "Out: " in hop.text
