"""Maintain the telemetry files: merge small files, sum up whole days by minutes, remove old days.
Each step completes its new file before it removes the files that the new one replaces, and the new name shows which they are. A kill in
between leaves superseded files, but never a duplicate or lost sample. A sample reported twice is kept once when batches are merged.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.store import telemetry_files as files
from nightmill.store.telemetry_files import DAY_US, MINUTE, RAW, THROUGH, Piece

RAW_DAYS, MINUTE_DAYS = 30.0, 730.0
MERGE_AT = 16
"""Number of single batches of an hour that are merged into one file."""


class Keeping(msgspec.Struct, frozen=True):
    """Retention periods, in days back from the newest sample."""

    raw_days: float = RAW_DAYS
    minute_days: float = MINUTE_DAYS


def tidy(folder: Path, newest_us: int, keeping: Keeping, *, whole: bool = False) -> None:
    """Run one round of maintenance; do nothing if another process is reading. ``whole``: merge everything that can be merged, as at the end of a run."""
    with files.unchanged(folder, alone=True) as alone:
        if not alone:
            return
        _drop_covered(folder)
        today = files.day_name(newest_us)
        _merge(folder, today, at_least=2 if whole else MERGE_AT)
        _sum_up(folder, today)
        _retire(folder, newest_us, keeping)


def asked(folder: Path, query: str) -> Any:
    """DuckDB's answer as an Arrow table; one thread, since the shop runs at the same time. Raises ``OSError`` if disk or memory run out."""
    import duckdb

    config = {"threads": 1, "memory_limit": "1GB", "temp_directory": str(folder / "spill")}
    with duckdb.connect(config=config) as db:
        try:
            return db.sql(query).to_arrow_table()
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise OSError(str(error)) from error


def raw_rows(paths: Iterable[Path], *, once: bool = True) -> str:
    """SQL for the samples in these files; ``once``: without duplicates."""
    listed = ", ".join(quoted(str(path)) for path in paths)
    columns = "at_us, source::VARCHAR AS source, signal::VARCHAR AS signal, value"
    return f"SELECT {'DISTINCT ' if once else ''}{columns} FROM read_parquet([{listed}])"


def quoted(text: str) -> str:
    """Return the text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


BY_MINUTE = """SELECT at_us // 60000000 * 60000000 AS at_us, source, signal, count(*)::BIGINT AS n, sum(value) AS total,
    min(value) AS low, max(value) AS high FROM ({rows}) GROUP BY ALL"""
TOGETHER = """SELECT at_us, source, signal, sum(n)::BIGINT AS n, sum(total) AS total, min(low) AS low, max(high) AS high
    FROM ({rows}) GROUP BY ALL"""


def _drop_covered(folder: Path) -> None:
    """Remove files that a merged file replaces."""
    alive = set(files.pieces(folder))
    for path in (folder / RAW).glob("*/*.parquet"):
        first, _, last = path.stem.partition("-")
        if Piece(path.parent.name, int(first), int(last)) not in alive:
            path.unlink()


def _merge(folder: Path, today: str, at_least: int) -> None:
    """Merge single batches of an hour if there are enough, or all those of a past day."""
    singles: dict[tuple[str, bool], list[Piece]] = {}
    summed = files.days(folder)
    for piece in files.pieces(folder):
        if piece.first == piece.last:
            # never merge batches that are in the day's sums with batches that aren't
            singles.setdefault((piece.hour, piece.last <= summed.get(piece.day, 0)), []).append(piece)
    for (hour, _), some in singles.items():
        if len(some) >= (at_least if hour[:10] == today else 2):
            table = asked(folder, f"{raw_rows(piece.path(folder) for piece in some)} ORDER BY source, signal, at_us")
            files.put_whole(Piece(hour, some[0].first, some[-1].last).path(folder), table)
            for piece in some:
                piece.path(folder).unlink()


def _sum_up(folder: Path, today: str) -> None:
    """Sum up by minutes every day, except the newest, that has samples not yet in its sums."""
    known = files.days(folder)
    late: dict[str, list[Piece]] = {}
    for piece in files.pieces(folder):
        if piece.day < today and piece.last > known.get(piece.day, 0):
            late.setdefault(piece.day, []).append(piece)
    for day, some in late.items():
        hours = [[piece.path(folder) for piece in some if piece.hour == hour] for hour in {p.hour for p in some}]
        rows = " UNION ALL ".join(BY_MINUTE.format(rows=raw_rows(paths, once=False)) for paths in hours)
        path = folder / MINUTE / f"{day}.parquet"
        if path.exists():
            rows = TOGETHER.format(rows=f"{rows} UNION ALL SELECT * FROM read_parquet({quoted(str(path))})")
        table = asked(folder, f"{rows} ORDER BY source, signal, at_us")
        through = max(piece.last for piece in some)
        files.put_whole(path, table.replace_schema_metadata({THROUGH: str(through).encode()}))


def _retire(folder: Path, newest_us: int, keeping: Keeping) -> None:
    """Remove old days of raw files that are summed up, and sums that are too old."""
    raw_until = files.day_name(max(0, newest_us - int(keeping.raw_days * DAY_US)))
    sums_until = files.day_name(max(0, newest_us - int(keeping.minute_days * DAY_US)))
    known = files.days(folder)
    for piece in files.pieces(folder):
        if piece.day < raw_until and piece.last <= known.get(piece.day, 0):
            piece.path(folder).unlink()
    for hour in (folder / RAW).glob("*"):
        if not any(hour.iterdir()):
            hour.rmdir()
    for day in known:
        if day < sums_until and not any(piece.day == day for piece in files.pieces(folder)):
            (folder / MINUTE / f"{day}.parquet").unlink()
