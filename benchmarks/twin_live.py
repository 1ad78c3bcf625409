"""Apply the events of a shop's log to the live state while they are appended durably to a new log; compare with plain SQLite.

Run: ``python benchmarks/twin_live.py SHOP`` with SHOP a folder whose shop has run (``nightmill demo`` leaves one). Its
events are appended to an empty log, those of one turn in one transaction, with hash chain and lease, and every
transaction synced; after each transaction its events change the state, as in the controller. The peer is sqlite3 by
itself: the same bodies in the same transactions, encoded beforehand, without chain, commands or state. A third variant
puts 256 events into each transaction. The variants take turns, and medians are printed.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import msgspec

from nightmill.floor import apply, empty_state
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import SqliteEventStore
from nightmill.vocabulary.events import Event
from nightmill.vocabulary.shop import Shop

ROUNDS = 3
TOGETHER = 256
LONGEST = 4000  # number of events for the variant that syncs after every turn
Parts = Sequence[Sequence[Event]]


def live(shop: Shop, parts: Parts, path: Path) -> float:
    """Return the seconds to append and apply."""
    store, state = SqliteEventStore(path), empty_state(shop)
    began = time.perf_counter()
    for part in parts:
        version = store.append(part, expected_version=state.version)
        for number, event in enumerate(part, version - len(part) + 1):
            apply(state, msgspec.structs.replace(event, seq=number))
    seconds = time.perf_counter() - began
    store.close()
    return seconds


def plain(bodies: Sequence[Sequence[tuple[int, bytes]]], path: Path) -> float:
    """Return the seconds that SQLite alone takes."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    began = time.perf_counter()
    for rows in bodies:
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO event VALUES (?, ?)", rows)
        db.execute("COMMIT")
    seconds = time.perf_counter() - began
    db.close()
    return seconds


def main() -> None:
    folder = Path(sys.argv[1])
    shop, events = whole_shop(folder), tuple(read_events(folder))
    moments: Parts = [list(group) for _, group in groupby(events[:LONGEST], key=lambda event: event.at_s)]
    gathered: Parts = [events[first : first + TOGETHER] for first in range(0, len(events), TOGETHER)]
    print(f"{len(events)} events, {LONGEST / len(moments):.1f} to a moment")
    for name, parts in (("one turn per transaction", moments), (f"{TOGETHER} to a transaction", gathered)):
        bodies = [[(event.seq, msgspec.json.encode(event)) for event in part] for part in parts]
        ways: list[Callable[[Path], float]] = [
            partial(live, shop, parts),
            partial(plain, bodies),
        ]
        rounds: list[list[float]] = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as place:
                rounds.append([way(Path(place) / f"{k}.sqlite") for k, way in enumerate(ways)])
        rate = sum(map(len, parts)) / statistics.median(own for own, _ in rounds)
        ratio = statistics.median(own / peer for own, peer in rounds)
        print(f"{name}: {rate:,.0f} events/s; {ratio:.2f} times as long as sqlite3 {sqlite3.sqlite_version} by itself")


if __name__ == "__main__":
    main()
