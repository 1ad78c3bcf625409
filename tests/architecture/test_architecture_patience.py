"""No test counts on a quick machine: what it waits for at most is a last resort, and ports are asked for."""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
LEAST_S = 100.0
"""Real seconds that a process of a test may take at least; under load a start alone takes ten times as long as idle."""
WAITS = {"run", "communicate", "check_output", "check_call"}


def _found(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
            for word in node.keywords:
                given = word.value.value if isinstance(word.value, ast.Constant) else None
                if word.arg == "timeout" and isinstance(given, int | float) and given < LEAST_S:
                    yield f"line {node.lineno}: {node.func.attr} ends after {given:g} s"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.List):
            words = [each.value for each in node.elts if isinstance(each, ast.Constant)]
            if "serve" in words and any(isinstance(word, str) and word.isdigit() and len(word) > 3 for word in words):
                yield f"line {node.lineno}: a server at a port that another may have"


def test_no_test_counts_on_a_quick_machine() -> None:
    found = [f"{path.relative_to(TESTS)}, {each}" for path in TESTS.rglob("*.py") for each in _found(path.read_text())]
    assert not found


def test_short_waits_and_fixed_ports_are_found() -> None:
    assert len(list(_found("subprocess.run(words, timeout=60)\nserver.communicate(timeout=5)"))) == 2
    assert len(list(_found('words = ["nightmill", "serve", shop, "--port", "8429"]'))) == 1
    assert not list(_found('subprocess.run(words, timeout=600)\nwords = ["serve", "--port", str(port)]'))
