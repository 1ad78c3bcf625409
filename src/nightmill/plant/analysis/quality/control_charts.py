"""Answer ``nightmill spc``: control charts for a table."""

from pathlib import Path
from typing import Any

from nightmill.formats import read_document
from nightmill.vocabulary.csv_text import csv_lines


def spc_file(
    file: Path,
    options: dict[str, Any],
    *,
    pooled: str | None = None,
    columns: str = "",
    reference: int | None = None,
    alpha: float | None = None,
) -> Any:
    """Return the answer of ``nightmill spc``: ``options`` are fields of ``SpcOptions``, ``columns`` comma-separated names."""
    from nightmill.quality import SpcOptions, spc_table

    rows = [row for _, row in csv_lines(read_document(file), str(file))]
    names = [name.strip() for name in columns.split(",") if name.strip()]
    return spc_table(
        rows, str(file), SpcOptions(**options), pooled=pooled, columns=names, reference=reference, alpha=alpha
    )
