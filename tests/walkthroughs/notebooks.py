"""Notebooks run as a reader runs them: every code cell in order, in one namespace."""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"


def run_notebook(name: str) -> dict[str, Any]:
    """What stands in the namespace after the last cell of ``examples/NAME``."""
    book = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    assert book["nbformat"] == 4
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(book["cells"]):
        if cell["cell_type"] == "code":
            assert not cell["outputs"], f"{name}, cell {number}: outputs are not kept"
            exec(compile("".join(cell["source"]), f"{name}, cell {number}", "exec"), names)
    return names
