"""Data frames and Arrow tables in and out, whatever library they come from."""

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

Frame = Any
"""A path to CSV or Parquet; a pyarrow table; a pandas or polars data frame; a mapping of column names to sequences."""


def read_frame(data: Frame) -> Any:
    """Return ``data`` as a ``pyarrow.Table``. Raises ``BadInput`` for anything that is no table."""
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, str | Path):
        return _read_file(Path(data))
    if isinstance(data, Mapping):
        return pa.table({name: pa.array(list(values)) for name, values in data.items()})
    if type(data).__module__.partition(".")[0] == "pandas":
        return pa.Table.from_pandas(data, preserve_index=False)
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    raise BadInput(
        Finding(
            "data", "", type(data).__name__, "a data frame, an Arrow table, columns or a path", "Pass one of these."
        )
    )


def csv_text(data: Frame) -> str:
    """Return ``data`` as CSV text with a header; a path to a CSV file is read as it stands."""
    from pyarrow import csv

    if isinstance(data, str | Path) and Path(data).suffix.lower() == ".csv":
        return Path(data).read_text(encoding="utf-8-sig")
    out = io.BytesIO()
    csv.write_csv(read_frame(data), out)
    return out.getvalue().decode("utf-8")


def to_arrow(rows: Sequence[msgspec.Struct] | Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a ``pyarrow.Table``: one row a record, one column a field; nested records become struct columns."""
    import pyarrow as pa

    return pa.Table.from_pylist([msgspec.to_builtins(row) for row in rows])


def to_frame(rows: Sequence[msgspec.Struct] | Sequence[Mapping[str, Any]]) -> Any:
    """Return records as a pandas data frame, or a polars one where pandas isn't installed.

    Raises ``EnvironmentFailed`` where neither is; ``to_arrow`` needs neither.
    """
    table = to_arrow(rows)
    if find_spec("pandas") is not None:
        return table.to_pandas()
    try:
        import polars
    except ImportError:
        remedy = "pip install pandas (or polars), or take to_arrow()."
        raise EnvironmentFailed(Finding("to_frame", "", "neither pandas nor polars", "one of them", remedy)) from None
    return polars.from_arrow(table)


def _read_file(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import csv, parquet

    if not path.is_file():
        raise BadInput(Finding(str(path), "", "no file", "a CSV or Parquet file", "Check the path."))
    try:
        return parquet.read_table(path) if path.suffix.lower() == ".parquet" else csv.read_csv(path)
    except pa.ArrowInvalid as error:
        raise BadInput(
            Finding(str(path), "", str(error), "a table", "Write it as CSV with a header, or as Parquet.")
        ) from error
