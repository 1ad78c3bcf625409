"""Cut the power under a SQLite log repeatedly: acknowledged events must survive; without fsync the check must find losses.

Usage: python campaigns/power_loss.py [--cuts N] [--seed S] [--without-fsync]

A SQLite VFS simulates, for each file, what a disk would keep: synced writes stay; each 4096-byte sector of an unsynced
write is randomly lost, torn at a random byte, or kept. After each power cut the log is rebuilt from that and opened by
the same store. An event counts as acknowledged once ``append`` has returned. ``--without-fsync`` disables one kind of
sync, like a bug or a disk that reports unsynced writes as synced: the checker must then find that acknowledged events
are lost.
"""

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from nightmill.store import LogPlace, SqliteEventStore, audit_log
from nightmill.store import sqlite as store_module
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.events import AlarmRaised, Event

SECTOR = 4096
ROOM_BYTES = 8 * SECTOR
"""Initial size of the write-ahead log, chosen so that some power cuts fall into its creation and most into later appends."""


class PowerCut(Exception):
    """The power is off; no further operation takes effect."""


class Disk:
    """The synced content of each file, and the writes that are only in the cache until the next sync."""

    def __init__(self, rng: random.Random, *, lying: bool, cut_after: int) -> None:
        self.rng, self.lying, self.left = rng, lying, cut_after
        self.synced: dict[str, bytearray] = {}
        self.cached: dict[str, bytearray] = {}

    def step(self) -> None:
        """Count one more write or sync; at the last one the power goes off."""
        self.left -= 1
        if self.left <= 0:
            raise PowerCut

    def write(self, name: str, data: bytes, offset: int) -> None:
        """Write into the cache."""
        self.step()
        file = self.cached.setdefault(name, bytearray())
        if len(file) < offset + len(data):
            file.extend(bytes(offset + len(data) - len(file)))
        file[offset : offset + len(data)] = data

    def truncate(self, name: str, size: int) -> None:
        """Truncate in the cache."""
        self.step()
        del self.cached.setdefault(name, bytearray())[size:]

    def sync(self, name: str) -> None:
        """Move the cache to the disk, unless syncs are disabled."""
        self.step()
        if not (self.lying and name.endswith("-wal")):
            self.synced[name] = bytearray(self.cached.get(name, b""))

    def after_the_cut(self) -> dict[str, bytes]:
        """Return the content found once the power is back."""
        return {name: self._survivor(name) for name in self.cached}

    def _survivor(self, name: str) -> bytes:
        cached, synced = self.cached[name], self.synced.get(name, bytearray())
        found = bytearray(synced)
        for start in range(0, max(len(cached), len(synced)), SECTOR):
            new = cached[start : start + SECTOR]
            if new == synced[start : start + SECTOR]:
                continue
            kept = self.rng.choice((0, len(new), self.rng.randint(0, len(new))))
            if kept:
                if len(found) < start + kept:
                    found.extend(bytes(start + kept - len(found)))
                found[start : start + kept] = new[:kept]
        return bytes(found)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, base: str, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        text = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._disk, self._name = disk, Path(text).name
        if Path(text).exists() and self._name not in disk.cached:
            disk.cached[self._name] = bytearray(Path(text).read_bytes())
            disk.synced[self._name] = bytearray(disk.cached[self._name])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.write(self._name, bytes(data), offset)
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.truncate(self._name, size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.sync(self._name)

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return super().xFileControl(op, pointer)


class _System(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("power", base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._disk, "", name, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
        self._disk.step()
        self._disk.cached.pop(Path(name).name, None)
        self._disk.synced.pop(Path(name).name, None)
        super().xDelete(name, sync_folder)


class _Changed(NamedTuple):
    """The result of a statement: the number of rows written."""

    rowcount: int


class _Connection:
    """The part of ``sqlite3.Connection`` that the store uses, over apsw."""

    def __init__(self, path: str) -> None:
        self._db = apsw.Connection(path, vfs="power")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        return self._asked(lambda: self._db.execute(sql, tuple(values)))

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> "_Changed":
        before = self._db.total_changes()
        self._asked(lambda: list(self._db.executemany(sql, rows)))
        return _Changed(self._db.total_changes() - before)

    def executescript(self, sql: str) -> Any:
        return self._asked(lambda: list(self._db.execute(sql)))

    @property
    def in_transaction(self) -> bool:
        return bool(self._db.in_transaction)

    def close(self) -> None:
        self._db.close(True)

    def _asked(self, question: Any) -> Any:
        try:
            return question()
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error


def events(first: int, n: int) -> Iterator[Event]:
    """Return ``n`` events, each with its number in its text."""
    return (Event(0, 0.0, "software", AlarmRaised("test", str(first + i), "x" * 150)) for i in range(n))


def one_cut(folder: Path, rng: random.Random, *, lying: bool) -> list[str]:
    """Write a log until the power cut, and check the content kept by the disk; return its faults."""
    path = folder / "log.sqlite"
    disk = Disk(rng, lying=lying, cut_after=rng.randint(60, 900))
    system = _System(disk)
    acknowledged = 0
    connect, room = sqlite3.connect, store_module.ROOM_BYTES
    setattr(sqlite3, "connect", lambda file, **_: _Connection(str(file)))  # noqa: B010
    store_module.ROOM_BYTES = ROOM_BYTES
    store = None
    try:
        store = SqliteEventStore(path)
        while True:
            size = rng.choice((1, 1, 2, 5, 40))
            acknowledged = store.append(list(events(acknowledged, size)), expected_version=acknowledged)
            if rng.random() < 0.05:
                store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except PowerCut:
        found = disk.after_the_cut()
        disk.left = 1 << 60  # files closed from here on are closed without a power cut, after the last counted step
    finally:
        setattr(sqlite3, "connect", connect)  # noqa: B010
        store_module.ROOM_BYTES = room
        if store is not None:
            store._abandon()
        system.unregister()
    for leftover in folder.glob("log.sqlite*"):
        if leftover.suffix not in {
            ".key",
            ".head",
        }:  # written past the VFS, and synced together with their folder each time
            leftover.unlink()
    for name, data in found.items():
        if not name.endswith("-shm"):
            (folder / name).write_bytes(data)
    return _judged(path, acknowledged)


def _judged(path: Path, acknowledged: int) -> list[str]:
    try:
        store = SqliteEventStore(path)
        texts = [event.fact.subject for event in store.read() if isinstance(event.fact, AlarmRaised)]
        store.close()
    except NightmillError as error:
        return [f"the log can't be opened: {error}"]
    except sqlite3.Error as error:
        return [f"the log can't be read: {error}"]
    problems = []
    if len(texts) < acknowledged:
        problems.append(f"{acknowledged - len(texts)} of {acknowledged} acknowledged events are lost")
    if texts != [str(n) for n in range(len(texts))]:
        problems.append("events differ from those written")
    problems += [f"audit: {p.where}: {p.what}" for p in audit_log(LogPlace(path)).problems if p.where != "head"]
    return problems


def campaign(cuts: int, seed: int, *, lying: bool) -> list[str]:
    """Return the faults found in ``cuts`` power cuts."""
    problems = []
    for cut in range(cuts):
        folder = Path(tempfile.mkdtemp(prefix="nightmill-power-"))
        try:
            found = one_cut(folder, random.Random(f"{seed}/{cut}"), lying=lying)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        problems += [f"cut {cut}: {problem}" for problem in found]
    return problems


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-fsync", action="store_true", help="disable the syncs of the write-ahead log")
    chosen = parser.parse_args()
    problems = campaign(chosen.cuts, chosen.seed, lying=chosen.without_fsync)
    for problem in problems[:20]:
        print(problem)
    print(f"{chosen.cuts} power cuts, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
