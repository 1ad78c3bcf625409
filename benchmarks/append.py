"""Compare durable appends per second and their p99: Nightmill's stores, ``eventsourcing`` and DBOS, in one run.

Usage: python benchmarks/append.py [--events N] [--json]

Each candidate makes one small record durable per commit: an event of about 180 bytes, to which the store adds number
and chain hash; an aggregate's event; a step of a workflow. ``batches of 100`` is the same store with a hundred events
per commit, as the control loop writes them. SQLite is in WAL mode with every commit synced for all; PostgreSQL runs as
a separate server in a new folder, with its default settings. ``bare sync`` only overwrites as many bytes of an existing
file and calls fdatasync: this is the cost of the disk alone. The peers come with the extra `bench`.
"""

import argparse
import importlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "campaigns"))

from postgres_server import NoPostgres, Server

from nightmill.store import AnyStore, PostgresEventStore, SqliteEventStore
from nightmill.vocabulary.events import AlarmRaised, Event

TEXT = "x" * 60
WARM_UP = 50
SYNCED_BYTES = 12 * 1024
"""Approximate number of bytes written by the commit of one event: three pages of SQLite's write-ahead log."""


def timed(once: Callable[[int], object], times: int, pause_s: float = 0.0) -> dict[str, float]:
    """Return appends per second, and median and 99th percentile of one append, ms; with a pause before each."""
    for n in range(WARM_UP):
        once(n)
    took = []
    began = time.perf_counter()
    for n in range(WARM_UP, WARM_UP + times):
        if pause_s:
            time.sleep(pause_s)
        start = time.perf_counter()
        once(n)
        took.append(time.perf_counter() - start)
    whole = time.perf_counter() - began
    return {
        "per_s": times / whole,
        "p50_ms": 1000 * sorted(took)[times // 2],
        "p99_ms": 1000 * sorted(took)[times * 99 // 100],
    }


def of_disk(path: Path, times: int, pause_s: float = 0.0) -> dict[str, float]:
    """Time bare synced writes over existing blocks of a file; with pauses each write takes longer, because disk and
    processor have become idle.
    """
    block, blocks = os.urandom(SYNCED_BYTES), 256
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.write(handle, bytes(blocks * SYNCED_BYTES))
        os.fsync(handle)

        def once(n: int) -> None:
            os.pwrite(handle, block, n % blocks * SYNCED_BYTES)
            os.fdatasync(handle)

        return timed(once, times, pause_s)
    finally:
        os.close(handle)


def of_store(store: AnyStore, times: int, size: int) -> dict[str, float]:
    """Time a store with ``size`` events per commit; the results are per event."""

    def once(n: int) -> None:
        events = [Event(0, float(n), "software", AlarmRaised("bench", f"subject {n}.{i}", TEXT)) for i in range(size)]
        store.append(events, expected_version=store.version())

    found = timed(once, max(10, times // size))
    store.close()
    return found | {"per_s": found["per_s"] * size}


def of_eventsourcing(settings: dict[str, str], times: int) -> dict[str, float]:
    """Time one event of an aggregate per save."""
    from eventsourcing.application import Application

    app: Any = Application(env=settings)
    machine = _machine()()
    app.save(machine)

    def once(n: int) -> None:
        machine.tell(f"subject {n}", TEXT)
        app.save(machine)

    found = timed(once, times)
    app.close()
    return found


@cache
def _machine() -> Any:
    from eventsourcing.domain import Aggregate, event

    class Machine(Aggregate):  # type: ignore[misc]
        @event("Told")  # type: ignore[untyped-decorator]
        def tell(self, subject: str, text: str) -> None:
            self.subject = subject

    return Machine


def of_dbos(url: str, times: int) -> dict[str, float]:
    """Time one step of a workflow; a step's result is durable when it returns."""
    import logging

    from dbos import DBOS, DBOSConfig

    logging.disable(logging.CRITICAL)
    config: DBOSConfig = {"name": "bench", "system_database_url": url}
    DBOS(config=config)

    @DBOS.step()  # type: ignore[untyped-decorator]
    def step(n: int) -> str:
        return f"subject {n} {TEXT}"

    @DBOS.workflow()  # type: ignore[untyped-decorator]
    def workflow(count: int) -> dict[str, float]:
        return timed(step, count)

    DBOS.launch()
    found: dict[str, float] = workflow(times)
    DBOS.destroy()
    return found


def measured(times: int) -> dict[str, dict[str, float]]:
    """Measure all candidates, one after the other."""
    found: dict[str, dict[str, float]] = {}
    folder = Path(tempfile.mkdtemp(prefix="nightmill-bench-", dir=os.environ.get("TMPDIR")))
    try:
        found["bare sync"] = of_disk(folder / "blocks", times)
        found["nightmill sqlite"] = of_store(SqliteEventStore(folder / "a.sqlite"), times, 1)
        found["nightmill sqlite, batches of 100"] = of_store(SqliteEventStore(folder / "b.sqlite"), times * 10, 100)
        settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "es.sqlite")}
        found |= of_peers("sqlite", settings, f"sqlite:///{folder / 'dbos.sqlite'}", times)
        try:
            with Server() as server:
                found |= in_postgres(server, folder, times)
        except NoPostgres as error:
            print(f"without PostgreSQL: {error}", file=sys.stderr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def in_postgres(server: Server, folder: Path, times: int) -> dict[str, dict[str, float]]:
    """Measure the candidates that write to the server; their local files are in ``folder``."""
    found = {
        "nightmill postgres": of_store(PostgresEventStore(server.url, "one", folder / "one"), times, 1),
        "nightmill postgres, batches of 100": of_store(
            PostgresEventStore(server.url, "many", folder / "many"), times * 10, 100
        ),
    }
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": "postgres",
        "POSTGRES_HOST": str(server.folder),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "nightmill",
        "POSTGRES_PASSWORD": "none",
    }
    return found | of_peers("postgres", settings, server.url.replace("/postgres?", "/dbos?"), times)


def of_peers(where: str, settings: dict[str, str], url: str, times: int) -> dict[str, dict[str, float]]:
    """Measure the installed peers on a database."""
    ways = {
        "eventsourcing": partial(of_eventsourcing, settings, times),
        "dbos": partial(of_dbos, url, max(100, times // 5)),
    }
    found = {}
    for name, way in ways.items():
        if importlib.util.find_spec(name) is None:
            print(f"without {name}: it isn't installed (extra `bench`)", file=sys.stderr)
        elif name == "eventsourcing" and where == "postgres" and not has_driver():
            print("without eventsourcing on PostgreSQL: its driver is incomplete (pip install 'eventsourcing[postgres]')", file=sys.stderr)  # fmt: skip
        else:
            found[f"{name} {version(name)} {where}"] = way()
    return found


def has_driver() -> bool:
    """Return whether eventsourcing's PostgreSQL driver is complete: psycopg alone, which Nightmill has, is not enough."""
    try:
        importlib.import_module("eventsourcing.postgres")
    except ImportError:
        return False
    return True


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.events)
    if chosen.json:
        print(json.dumps(found, indent=1))
        return 0
    print(f"{'':38s} {'appends/s':>10s} {'p50 ms':>8s} {'p99 ms':>8s} {'ratio':>7s}")
    for name, figures in found.items():
        own = found["nightmill postgres" if "postgres" in name else "nightmill sqlite"]["per_s"]
        print(
            f"{name:38s} {figures['per_s']:10.0f} {figures['p50_ms']:8.3f} {figures['p99_ms']:8.3f} {own / figures['per_s']:7.2f}"
        )
    print(
        "ratio: appends per second of Nightmill's store in the same database, with one per commit, over those in this line"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
