"""Query the telemetry: list the signals, and read their histories. Only complete files are read; a run may be writing more meanwhile.
Buckets of a minute or more come from the daily sums if there are any, and otherwise from samples. Finer buckets and
the samples themselves come from the raw files, or from the sums by minutes if a day's raw files have been removed.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from nightmill.store import telemetry_files as files
from nightmill.store.telemetry_files import DAY_US, MINUTE, Piece
from nightmill.store.telemetry_upkeep import BY_MINUTE, TOGETHER, asked, quoted, raw_rows

MINUTE_US = 60_000_000
_SAMPLES = "SELECT at_us, source, signal, 1::BIGINT AS n, value AS total, value AS low, value AS high FROM ({rows})"
_NOTHING = "SELECT 0::BIGINT AS at_us, '' AS source, '' AS signal, 0::BIGINT AS n, 0.0 AS total, 0.0 AS low, 0.0 AS high WHERE false"


class Channel(msgspec.Struct, frozen=True):
    """A signal of a source: number of samples, first and last time (UTC, µs since 1970, to the minute), mean and range of values."""

    source: str
    signal: str
    samples: int
    first_us: int
    last_us: int
    mean: float
    low: float
    high: float


class Point(msgspec.Struct, frozen=True):
    """A sample, or the samples in the bucket that starts at ``at_us``: their number, mean, minimum and maximum."""

    at_us: int
    source: str
    signal: str
    samples: int
    mean: float
    low: float
    high: float


class TelemetryHistory:
    """Queries the telemetry in ``folder``; answers are empty if there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def unchanged(self) -> AbstractContextManager[bool]:
        """Return a block within which no file is merged or removed; new files may appear."""
        return files.unchanged(self.folder)

    def channels(self) -> list[Channel]:
        """Return all signals, by source and name."""
        with self.unchanged():
            rows = self._rows(0, 1 << 62, MINUTE_US)
            query = (
                f"SELECT source, signal, sum(n)::BIGINT, min(at_us), max(at_us), sum(total) / sum(n), min(low), max(high)"
                f" FROM ({rows}) GROUP BY ALL ORDER BY source, signal"
            )
            return [Channel(*row) for row in self._fetched(query)]

    def points(
        self,
        *,
        sources: Sequence[str] = (),
        signals: Sequence[str] = (),
        since_us: int = 0,
        until_us: int = 1 << 62,
        every_us: int = 0,
        limit: int = 100_000,
    ) -> list[Point]:
        """Samples from ``since_us`` up to ``until_us`` (not included), or their statistics in buckets of ``every_us``.

        Sorted by source, signal and time; at most ``limit`` rows. Empty ``sources`` or ``signals`` means all.
        """
        with self.unchanged():
            rows = self._rows(since_us, until_us, every_us)
            wanted = [f"at_us >= {since_us}", f"at_us < {until_us}", *_among("source", sources), *_among("signal", signals)]  # fmt: skip
            rows = f"SELECT * FROM ({rows}) WHERE {' AND '.join(wanted)}"
            if every_us:
                rows = TOGETHER.format(
                    rows=f"SELECT * REPLACE (at_us // {every_us} * {every_us} AS at_us) FROM ({rows})"
                )
            query = f"SELECT at_us, source, signal, n, total / n, low, high FROM ({rows}) ORDER BY source, signal, at_us LIMIT {limit}"
            return [Point(*row) for row in self._fetched(query)]

    def _fetched(self, query: str) -> Iterator[tuple[Any, ...]]:
        return zip(*(column.to_pylist() for column in asked(self.folder, query).columns), strict=True)

    def _rows(self, since_us: int, until_us: int, every_us: int) -> str:
        """SQL for all rows of a period, as sums: n, total, low and high of samples, minutes, or both."""
        raw = [piece for piece in files.pieces(self.folder) if _touches(piece, since_us, until_us)]
        summed = {day: through for day, through in files.days(self.folder).items() if _day_touches(day, since_us, until_us)}  # fmt: skip
        if not every_us or every_us % MINUTE_US or since_us % MINUTE_US:
            covered = {piece.day for piece in raw if piece.last <= summed.get(piece.day, 0)}
            summed = {day: through for day, through in summed.items() if day not in covered}
        else:
            raw = [piece for piece in raw if piece.last > summed.get(piece.day, 0)]
        parts = []
        if raw:
            # if buckets are whole minutes, summing by minutes first keeps the intermediate result small
            form = BY_MINUTE if every_us and every_us % MINUTE_US == 0 and since_us % MINUTE_US == 0 else _SAMPLES
            parts.append(form.format(rows=raw_rows(piece.path(self.folder) for piece in raw)))
        if summed:
            listed = ", ".join(quoted(str(self.folder / MINUTE / f"{day}.parquet")) for day in summed)
            parts.append(f"SELECT * FROM read_parquet([{listed}])")
        return " UNION ALL ".join(parts) or _NOTHING


def _touches(piece: Piece, since_us: int, until_us: int) -> bool:
    since, until = (files.hour_name(max(0, min(each, _FAR_US))) for each in (since_us, until_us))
    length = len(piece.hour)
    return since[:length] <= piece.hour <= until[:length]


def _day_touches(day: str, since_us: int, until_us: int) -> bool:
    return files.day_name(max(0, min(since_us, _FAR_US))) <= day <= files.day_name(max(0, min(until_us, _FAR_US)))


_FAR_US = 2900 * 365 * DAY_US
"""A time later than all samples, within Python's calendar."""


def _among(column: str, values: Sequence[str]) -> list[str]:
    return [f"{column} IN ({', '.join(quoted(value) for value in values)})"] if values else []
