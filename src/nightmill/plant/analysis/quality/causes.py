"""Answer ``nightmill inspect causes``: which factors separate good values from bad ones."""

import math
from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import read_document
from nightmill.vocabulary.csv_text import csv_lines
from nightmill.vocabulary.errors import BadInput, Finding


def causes_of(file: Path, value: str) -> dict[str, Any]:
    """Return the answer of ``nightmill inspect causes``: the factors in a CSV table, ranked by how well they separate the values in the
    column ``value``.
    """
    from nightmill.quality import rank_causes

    lines = csv_lines(read_document(file), str(file))
    rows = [row for _, row in lines]
    if not rows or value not in rows[0]:
        raise BadInput(
            Finding(str(file), "header", f"no column {value}", f"a column {value}", "Specify the column with --value.")
        )
    findings, values = [], []
    for number, row in lines:
        figure = finite_number(row[value])
        if figure is None:
            findings.append(Finding(str(file), f"line {number}", repr(row[value]), "a number", "Correct the value."))
        else:
            values.append(figure)
    if findings:
        raise BadInput(*findings)
    names = [name for name in rows[0] if name != value]
    numeric = {name for name in names if all(finite_number(row[name]) is not None for row in rows if row[name])}
    factors = [
        {name: float(cell) if name in numeric else cell for name, cell in row.items() if name in names and cell}
        for row in rows
    ]
    causes = rank_causes(values, factors)
    return {
        "parts": len(rows),
        "causes": [{**msgspec.to_builtins(cause), "evidence": cause.text()} for cause in causes],
    }


def finite_number(text: str | None) -> float | None:
    """Return the number that a text contains, or ``None`` if it isn't a finite number."""
    try:
        figure = float(text or "")
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None
