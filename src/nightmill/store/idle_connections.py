"""Connections to a database that no reader uses at the moment, kept for the next one: a server starts a process for each new connection."""

import atexit
import os
import select
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

KEPT = 2
"""Connections kept for each database."""
IDLE_S = 60.0
"""Seconds after which a connection that nobody used is closed, once the next one is taken or given back."""


class IdleConnections:
    """Connections without a transaction, session lock or temporary table, by the address of their database; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, list[tuple[float, psycopg.Connection[Any]]]] = {}
        self._owner = os.getpid()
        atexit.register(self.close)

    def take(self, url: str) -> "psycopg.Connection[Any] | None":
        """Return a connection to the database at ``url`` that still answers; ``None`` if there is none."""
        with self._lock:
            self._close_old()
            kept = self._kept.get(url, [])
            while kept:
                _, found = kept.pop()
                if not _has_ended(found):
                    return found
                found.close()
        return None

    def give_back(self, url: str, connection: "psycopg.Connection[Any]") -> None:
        """Keep a connection for the next reader, or close it if it broke, is in a transaction, or enough are kept."""
        with self._lock:
            self._close_old()
            kept = self._kept.setdefault(url, [])
            if len(kept) < KEPT and connection.info.transaction_status.name == "IDLE":
                kept.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close all kept connections."""
        with self._lock:
            self._close_old(0.0)

    def _close_old(self, idle_s: float = IDLE_S) -> None:
        if self._owner != os.getpid():  # a fork: the connections are its parent's
            self._kept, self._owner = {}, os.getpid()
        now = time.monotonic()
        for url, kept in self._kept.items():
            for since, connection in kept:
                if now - since >= idle_s:
                    connection.close()
            self._kept[url] = [each for each in kept if not each[1].closed]


def _has_ended(connection: "psycopg.Connection[Any]") -> bool:
    """Return whether the server has closed an idle connection: it says nothing unasked except that it ends."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
