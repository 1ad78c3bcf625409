"""The suite itself: the tests that run first are tests."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_the_longest_tests_are_listed_by_the_names_that_they_have() -> None:
    listed = (TESTS / "longest.txt").read_text(encoding="utf-8").split()
    written = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    names = set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))
    assert [name for name in listed if name not in names] == []
    assert len(listed) == len(set(listed))
