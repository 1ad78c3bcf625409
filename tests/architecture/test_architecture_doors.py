"""Doors are typed: what a door loads lazily it names for the type checker, in ``__all__`` and in ``dir``; none answers ``Any``."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "nightmill"
DOORS = sorted(path for path in SOURCE.rglob("__init__.py"))
LAZY = [path for path in DOORS if "lazy_door(" in path.read_text(encoding="utf-8")]


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE.parent).parts[:-1])


def _checked_names(tree: ast.Module) -> set[str]:
    """What the block under ``if TYPE_CHECKING`` imports."""
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {
        alias.asname or alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("path", LAZY, ids=_name)
def test_a_lazy_door_names_the_same_for_the_type_checker_for_people_and_for_the_loader(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    door = importlib.import_module(_name(path))
    assert _checked_names(tree) == set(door.__all__) == set(dir(door))
    for name in door.__all__:
        assert getattr(door, name) is not None
    with pytest.raises(AttributeError):
        door.no_such_name  # noqa: B018


@pytest.mark.parametrize("path", DOORS, ids=_name)
def test_no_door_answers_any(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.name != "__getattr__", "use lazy_door, hidden from the type checker"
            assert node.returns is None or ast.unparse(node.returns) != "Any", f"{node.name} answers Any"


OPENED = """
import importlib, sys
for door in sys.argv[1:]:
    for name in getattr(importlib.import_module(door), "__all__", ()):
        getattr(sys.modules[door], name)
"""


def test_every_name_of_every_door_opens_in_a_fresh_process() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENED, *map(_name, DOORS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_type_checker_sees_no_loader() -> None:
    for path in LAZY:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        hidden = [
            node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "not TYPE_CHECKING"
        ]
        assert len(hidden) == 1, _name(path)
        assert not [node for node in tree.body if isinstance(node, ast.Assign) and "lazy_door" in ast.unparse(node)], (
            _name(path)
        )


@pytest.mark.parametrize("path", LAZY, ids=_name)
def test_no_lazy_name_hides_behind_a_submodule_of_the_same_name(path: Path) -> None:
    """Once a submodule is imported it is an attribute of its package, and would be found instead of what the door means."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "nightmill.vocabulary.lazy_door"
        for alias in node.names
    }
    beside = {each.stem for each in path.parent.iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()}
    assert not {name for name, place in places.items() if name in beside and place != f"{_name(path)}.{name}"}
