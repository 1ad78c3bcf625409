"""Folders of CSV files as text, for the planners that take text and not paths."""

from collections.abc import Collection
from pathlib import Path

from nightmill.files.findings import Findings
from nightmill.files.text import read_text
from nightmill.vocabulary.errors import BadInput, Finding


def read_tables(
    folder: Path, *, required: Collection[str] = (), suffixes: Collection[str] = (".csv",)
) -> dict[str, str]:
    """The text of every CSV file of a folder, by file name.

    Raises ``BadInput`` for a missing folder, each missing ``required`` file and each file that isn't UTF-8.
    """
    if not folder.is_dir():
        raise BadInput(Finding(str(folder), "", "no such folder", "a folder of CSV files", "Check the path."))
    findings = Findings()
    tables: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and path.is_file() and not path.name.startswith("."):
            text = read_text(path, findings)
            if text is not None:
                tables[path.name] = text
    for name in required:
        if not (folder / name).is_file():
            findings.add(name, "", "no such file", f"{name} in {folder.name}", f"Add {name}.")
    findings.raise_any()
    return tables


def read_document(path: Path) -> str:
    """The text of one file that a person named. Raises ``BadInput`` where it is missing or not UTF-8."""
    if not path.is_file():
        raise BadInput(Finding(str(path), "", "no such file", "a file", "Check the path."))
    findings = Findings()
    text = read_text(path, findings)
    findings.raise_any()
    return text or ""
