"""A mkdocs hook that makes Python API pages for the package and for each room's door, from their docstrings."""

import ast
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

SOURCE = Path(__file__).parents[1] / "src" / "nightmill"
WITHOUT_DOOR = frozenset({"vocabulary", "stats", "cli"})
"""Rooms whose modules are imported directly, or by nobody."""


def rooms() -> list[str]:
    """Return the names of the rooms that have a door, sorted."""
    return sorted(path.parent.name for path in SOURCE.glob("*/__init__.py") if path.parent.name not in WITHOUT_DOOR)


def exported(door: Path) -> tuple[str, ...]:
    """Return the names in a door's ``__all__``, without importing the door."""
    for node in ast.parse(door.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return tuple(sorted(ast.literal_eval(node.value), key=str.lower))
    return ()


def page(module: str, title: str, door: Path) -> str:
    """Return the Markdown of a page: the module's docstring, then its exports."""
    lines = [f"# {title}", "", f"`import {module}`" if "." not in module else f"`from nightmill import {title}`", ""]
    names = exported(door)
    lines += [f"::: {module}", "    options:", "      show_root_heading: false", "      show_root_toc_entry: false"]
    lines += [f"      members: [{', '.join(names)}]" if names else "      members: []"]
    return "\n".join(lines) + "\n"


def index() -> str:
    """Return the page that lists the others."""
    lines = [
        "# Python API",
        "",
        "The package itself is `import nightmill as nm`. Import a room only through its door: the names on these pages",
        "are stable, while names in deeper modules may change.",
        "",
    ]
    lines += [
        "| module | description |",
        "| --- | --- |",
        f"| [`nightmill`](nightmill.md) | {_first_line(SOURCE / '__init__.py')} |",
    ]
    lines += [f"| [`nightmill.{room}`]({room}.md) | {_first_line(SOURCE / room / '__init__.py')} |" for room in rooms()]
    return "\n".join(lines) + "\n"


def on_config(config: MkDocsConfig, **_: Any) -> MkDocsConfig:
    """Insert the pages in the navigation in place of the word ``reference``."""
    tree = ["reference/README.md", {"nightmill": "reference/nightmill.md"}]
    tree += [{room: f"reference/{room}.md"} for room in rooms()]
    config.nav = _placed(config.nav, "reference", tree)
    return config


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the generated pages, which don't exist as files."""
    pages = {"README": index(), "nightmill": page("nightmill", "nightmill", SOURCE / "__init__.py")}
    pages |= {room: page(f"nightmill.{room}", room, SOURCE / room / "__init__.py") for room in rooms()}
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def _placed(nav: Any, word: str, tree: list[Any]) -> Any:
    """Return the navigation with ``word`` replaced by ``tree``."""
    if isinstance(nav, list):
        return [_placed(each, word, tree) for each in nav]
    if isinstance(nav, dict):
        return {title: tree if below == word else _placed(below, word, tree) for title, below in nav.items()}
    return nav


def _first_line(door: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))) or "").splitlines()[0].replace("|", "/")
