"""The oldest Python that setup takes reads every module: its grammar, the names that its library has, what it may subscript."""

import shutil
import subprocess
from pathlib import Path

import pytest

OLDEST = "python3.11"
SOURCE = Path(__file__).parents[2] / "src"

READ = """
import ast, importlib.util, sys
from pathlib import Path

def of_library(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] in sys.stdlib_module_names:
            yield node

def missing(tree):
    known = {}
    for node in of_library(tree):
        module = importlib.import_module(node.module)
        for each in node.names:
            if hasattr(module, each.name):
                known[each.asname or each.name] = getattr(module, each.name)
            elif not (hasattr(module, "__path__") and importlib.util.find_spec(f"{node.module}.{each.name}")):
                yield node.lineno, f"{node.module} has no {each.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            value = known.get(node.value.id)
            if isinstance(value, type) and not hasattr(value, "__class_getitem__") and not hasattr(type(value), "__getitem__"):
                yield node.lineno, f"{node.value.id} can't be subscripted"

for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    try:
        for line, fault in missing(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            print(f"{path}, line {line}: {fault}")
    except SyntaxError as error:
        print(f"{path}, line {error.lineno}: {error.msg}")
"""


def _read(folder: Path) -> str:
    python = shutil.which(OLDEST)
    if python is None:
        pytest.skip(f"no {OLDEST} here")
    return subprocess.run([python, "-c", READ, str(folder)], capture_output=True, text=True, check=True).stdout


def test_the_oldest_python_reads_every_module() -> None:
    assert not _read(SOURCE)


def test_what_only_a_newer_python_reads_is_seen(tmp_path: Path) -> None:
    (tmp_path / "newer.py").write_text(
        "from array import array\nfrom itertools import batched\n\n\ndef f(x: array[int]) -> None: ...\n", "utf-8"
    )
    (tmp_path / "newest.py").write_text("type Pair = tuple[int, int]\n", "utf-8")
    seen = _read(tmp_path)
    assert "itertools has no batched" in seen
    assert "array can't be subscripted" in seen
    assert "newest.py, line 1: " in seen
