"""A small shop of mills whose run has just started, and ``nightmill serve`` on it."""

import os
import shutil
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TextIO

from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e

EXAMPLE = Path(__file__).parents[1] / "src/nightmill/plant/example/parts/bracket.step"
SHOP = """
[shop]
name = "Served"
start = 2026-11-02T07:00:00
time_zone = "UTC"
currency = "USD"
country = "US"
material = "Al 6061"

[[machines]]
id = "mill"
kind = "mill"
count = {mills}
"""


def prepared(folder: Path, mills: int = 2) -> None:
    """Make a shop with the given number of mills in the new ``folder``."""
    (folder / "parts").mkdir(parents=True)
    shutil.copy(EXAMPLE, folder / "parts")
    (folder / "shop.toml").write_text(SHOP.format(mills=mills), encoding="utf-8")
    (folder / "orders.csv").write_text("order,item,quantity,due\nA-1,bracket,4,2026-11-03T14:00\n", encoding="utf-8")
    store = SqliteEventStore(folder / ".nightmill" / "log.sqlite")
    store.append([e.Event(0, 0.0, "software", e.RunStarted("s", "closed-loop", 1, 1.0, "0" * 64))], expected_version=0)
    store.close()


def free_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def serve(folder: Path, port: int, *options: str) -> "subprocess.Popen[str]":
    """Start ``nightmill serve`` on ``folder``; it prints its address on stderr."""
    words = [sys.executable, "-m", "nightmill", "serve", str(folder), "--port", str(port), *options]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})


def _read_on(said: TextIO) -> None:
    """Read and discard the server's later output, so that it never blocks."""
    with suppress(ValueError):  # closed in the meantime
        deque(said, 0)


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """Yield the address of a server that ends with the block."""
    with serve(folder, free_port(), *options) as server:
        try:
            assert server.stderr is not None
            address = server.stderr.readline().split()[-1]
            Thread(target=_read_on, args=(server.stderr,), daemon=True).start()
            yield address
        finally:
            server.terminate()
