"""The suite itself: the tests that run first are tests."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def test_the_longest_tests_are_listed_by_the_names_that_they_have() -> None:
    listed = (TESTS / "longest.txt").read_text(encoding="utf-8").split()
    written = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    names = set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))
    assert [name for name in listed if name not in names] == []
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("folder", ["benchmarks", "campaigns"])
def test_every_script_is_in_the_list_of_its_folder(folder: str) -> None:
    place = TESTS.parent / folder
    listed = re.findall(r"^\| \[(\w+\.py)\]\(\1\)", (place / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in place.glob("*.py"))


def test_the_docs_name_source_files_that_there_are() -> None:
    root = TESTS.parent
    known = {path.name for folder in ("src", "tests", "benchmarks", "campaigns", "examples", "certificates") for path in (root / folder).rglob("*.py")}  # fmt: skip
    named = [
        (str(page.relative_to(root)), name)
        for page in [*(root / "docs").rglob("*.md"), root / "README.md", root / "CONTRIBUTING.md"]
        for name in re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", page.read_text(encoding="utf-8"))
        if name not in known
    ]
    assert named == []
