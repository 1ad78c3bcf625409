"""Restart of a controller on a long log: from its start to its first command, with and without a snapshot.

Usage: python benchmarks/restart.py SHOP [--events N] [--json]

A copy of the shop is run and killed in the middle of its work; its log is then grown to N events by assessments of its
machines, each numbered, chained and indexed as any other. The first restart folds all of the log and keeps a snapshot;
it is killed as well; the second restart starts from that. ``opened`` is the time from the open log to the first command
that reaches the virtual shop, ``started`` the same from the start of the process, interpreter and imports included.
"""

import argparse
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from nightmill.plant.running import end_world
from nightmill.store import SqliteEventStore
from nightmill.vocabulary.events import Event, HealthAssessed

BATCH = 20_000
PATIENCE_S = 1500.0


def grow(log: Path, events: int) -> None:
    """Append assessments until the log has so many events."""
    store = SqliteEventStore(log)
    last = store.last()
    at_s = last.at_s if last else 0.0
    while store.version() < events:
        some = [
            Event(
                0,
                at_s,
                "software",
                HealthAssessed(f"mill-{n % 2 + 1}", 0.97, 0.01, 86400.0, ("vibration_mm_s",)),
                "sampled",
            )
            for n in range(min(BATCH, events - store.version()))
        ]
        store.append(some, expected_version=store.version())
    store.close()


def killed_after(shop: Path, commands: int, *words: str) -> tuple[float, float]:
    """Run the shop until so many more commands have reached its machines, then kill it; (started, opened) in s."""
    journal = shop / ".nightmill" / "world" / "journal.jsonl"
    before = _count(journal)
    fences = _count(journal, b'"fence_raised"')
    began = opened = time.monotonic()
    program = [sys.executable, "-m", "nightmill", "run", str(shop), "--json", *words]
    child = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    token = _token(shop)
    while _count(journal) < before + commands or _count(journal, b'"fence_raised"') == fences:
        if child.poll() is not None or time.monotonic() - began > PATIENCE_S:
            raise RuntimeError(f"no command: {child.communicate()[1][-500:]!r}")
        if _token(shop) == token:
            opened = time.monotonic()
        time.sleep(0.005)
    now = time.monotonic()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return now - began, now - opened


def _token(shop: Path) -> bytes:
    """Of the log's lease: it changes when a controller has opened the log."""
    try:
        return (shop / ".nightmill" / "log.sqlite.lease").read_bytes()[8:16]
    except OSError:
        return b""


def _count(journal: Path, kind: bytes = b'"event":"command"') -> int:
    try:
        return journal.read_bytes().count(kind)
    except OSError:
        return 0


def _snapshot(shop: Path) -> int:
    with closing(sqlite3.connect(shop / ".nightmill" / "log.sqlite")) as db:
        row = db.execute("SELECT seq FROM snapshot").fetchone()
        return int(row[0]) if row else 0


def measured(source: Path, events: int) -> dict[str, float]:
    """Both restarts of a copy of ``source``."""
    home = Path(tempfile.mkdtemp(prefix="nightmill-restart-", dir=source.resolve().parent))
    try:
        shop = home / source.resolve().name
        shutil.copytree(source, shop, ignore=shutil.ignore_patterns("world", "archive", "log.sqlite*"))
        killed_after(shop, 40, "--fresh", "--days", "3")
        grow(shop / ".nightmill" / "log.sqlite", events)
        all_started, all_opened = killed_after(shop, 3, "--resume")
        kept = _snapshot(shop)
        started, opened = killed_after(shop, 1, "--resume")
        return {
            "events": events,
            "snapshot_at": kept,
            "whole_log_opened_s": all_opened,
            "whole_log_started_s": all_started,
            "snapshot_opened_s": opened,
            "snapshot_started_s": started,
        }
    finally:
        end_world(home / source.resolve().name)
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.shop, chosen.events)
    if chosen.json:
        print(json.dumps(found))
        return 0
    print(f"{chosen.events} events, snapshot at {found['snapshot_at']:.0f}")
    for name in ("whole_log", "snapshot"):
        print(
            f"{name:10s} first command {found[name + '_opened_s']:.2f} s after the log, {found[name + '_started_s']:.2f} s after the process"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
