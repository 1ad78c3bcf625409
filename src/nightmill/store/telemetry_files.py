"""Telemetry files: Parquet files that appear whole or not at all, named after their batches, in folders by hour or day of their samples.

``raw/2026-11-25T07/000000012-000000012.parquet`` is batch 12's share of that UTC hour (``raw/2026-11-25/…`` of the day, if it is small).
``000000001-000000016.parquet`` is the result of merging batches 1 to 16, and replaces all files of batches in that range.
``minute/2026-11-25.parquet`` sums up a day by minutes; its metadata name the last batch included. The name of an unfinished file left by a crash
ends in ``.new`` and is never read.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from nightmill.vocabulary.durable_files import sync_folder

RAW, MINUTE = "raw", "minute"
THROUGH = b"nightmill.through"
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000


class Piece(msgspec.Struct, frozen=True, order=True):
    """A raw file: the hour or day of its samples (``2026-11-25T07`` or ``2026-11-25``), its first and its last batch."""

    hour: str
    first: int
    last: int

    def path(self, folder: Path) -> Path:
        """Return the path of the file."""
        return folder / RAW / self.hour / f"{self.first:09d}-{self.last:09d}.parquet"

    @property
    def day(self) -> str:
        """The UTC day of its samples."""
        return self.hour[:10]


def hour_name(at_us: int) -> str:
    """Return the hour folder of a UTC time in µs since 1970."""
    return datetime.fromtimestamp(at_us // HOUR_US * 3600, UTC).strftime("%Y-%m-%dT%H")


def day_name(at_us: int) -> str:
    """Return the UTC day of a time in µs since 1970."""
    return hour_name(at_us)[:10]


def pieces(folder: Path) -> list[Piece]:
    """Return all current raw files, by hour and batch: those that no merged file replaces."""
    found: list[Piece] = []
    raw = folder / RAW
    for hour in sorted(path.name for path in raw.iterdir()) if raw.is_dir() else ():
        here = sorted(_numbers(path.stem) for path in (raw / hour).glob("*.parquet"))
        found += [
            Piece(hour, first, last)
            for first, last in here
            if not any(a <= first and last <= b and (a, b) != (first, last) for a, b in here)
        ]
    return found


def days(folder: Path) -> dict[str, int]:
    """Return the days that are summed up by minutes, each with the last batch included."""
    import pyarrow.parquet as pq

    found: dict[str, int] = {}
    for path in sorted((folder / MINUTE).glob("*.parquet")):
        metadata = pq.read_metadata(path).metadata or {}
        found[path.stem] = int(metadata.get(THROUGH, b"-1"))
    return found


def next_batch(folder: Path) -> int:
    """Return the next unused batch number."""
    raw = [last for path in (folder / RAW).glob("*/*.parquet") for _, last in [_numbers(path.stem)]]
    return 1 + max([*raw, *days(folder).values()], default=0)


def put_whole(path: Path, table: Any) -> None:
    """Write an Arrow table so that a crash at any moment leaves the whole file or none: draft, fsync, rename, fsync of the folder.

    Raises ``OSError`` if the disk is full; in that case no draft is left behind.
    """
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as out:
            pq.write_table(table, out, compression="zstd", row_group_size=1 << 17)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def drop_drafts(folder: Path) -> None:
    """Remove unfinished files left by a crash."""
    for draft in folder.glob("*/**/*.new"):
        draft.unlink(missing_ok=True)


@contextmanager
def unchanged(folder: Path, *, alone: bool = False) -> Iterator[bool]:
    """Return a block within which no other process merges or removes files; with ``alone`` the caller may. False if another holder
    prevents it.
    """
    if not folder.is_dir():
        yield not alone
        return
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX | fcntl.LOCK_NB) if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _numbers(stem: str) -> tuple[int, int]:
    first, _, last = stem.partition("-")
    return int(first), int(last)
