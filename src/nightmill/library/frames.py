"""Convert to and from data frames and Arrow tables of any library."""

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

Frame = Any
"""A path to CSV, Parquet or a workbook; a pyarrow table; a pandas or polars data frame; a mapping of column names to sequences."""


def csv_text(data: Frame) -> str:
    """Return ``data`` as CSV text with a header; files (CSV, Parquet, workbooks) are read within the limits of ``formats``.

    Raises ``BadInput`` if ``data`` isn't a table, or the file can't be read.
    """
    if isinstance(data, str | Path):
        from nightmill.formats import read_document

        return read_document(Path(data))
    from pyarrow import csv

    out = io.BytesIO()
    csv.write_csv(_table(data), out)
    return out.getvalue().decode("utf-8")


def _table(data: Frame) -> Any:
    """Return ``data`` as a ``pyarrow.Table``."""
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, Mapping):
        try:
            return pa.table({name: pa.array(list(values)) for name, values in data.items()})
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
            raise BadInput(
                Finding("data", "", str(error), "columns of one length, each of one type", "Correct them.")
            ) from error
    if type(data).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(data, preserve_index=False)
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    expected = "a data frame, an Arrow table, columns or a path"
    raise BadInput(Finding("data", "", type(data).__name__, expected, "Pass one of these."))


def to_arrow(rows: Sequence[msgspec.Struct] | Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a ``pyarrow.Table``: one row per record, one column per field; nested records become struct columns."""
    import pyarrow as pa

    return pa.Table.from_pylist([msgspec.to_builtins(row) for row in rows])


def to_frame(rows: Sequence[msgspec.Struct] | Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a pandas data frame, or as a polars data frame if pandas isn't installed.

    Raises ``EnvironmentFailed`` if neither is installed; ``to_arrow`` needs neither.
    """
    table = to_arrow(rows)
    if find_spec("pandas") is not None:
        return table.to_pandas()
    try:
        import polars
    except ImportError:
        remedy = "pip install pandas (or polars), or use to_arrow()."
        raise EnvironmentFailed(Finding("to_frame", "", "neither pandas nor polars", "one of them", remedy)) from None
    return polars.from_arrow(table)
