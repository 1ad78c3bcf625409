"""A child forked by a fork server: the requesting process's handle for it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from nightmill.workers.fork_server import ALIVE, ENDED, of_same_user
from nightmill.workers.surroundings import code_state, inherited, private_folder

SETTING = "NIGHTMILL_FORK_SERVER"
"""Environment variable: ``off``, or the seconds without work after which a fork server ends."""
IDLE_S = 300.0
"""Seconds without work after which a fork server ends, by default."""
START_S = 10.0
"""Seconds within which a new server must take connections; it loads nothing before that."""
ALIVE_S = 60.0
"""Seconds within which a server must have forked the child; a new one has loaded its modules by then."""
END_S = 5.0
"""Seconds within which a server reports the end of a child."""


class ForkedChild:
    """A child that a fork server has forked; it is ended with ``end``, at the latest when the server or the requesting process ends."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._said = b""

    @classmethod
    def start(
        cls,
        preload: str,
        request: dict[str, Any],
        environment: Mapping[str, str],
        handles: tuple[int, int],
        wall_s: float,
    ) -> Self | None:
        """Have a child forked by the server for ``preload``, which is started if there is none; ``None`` if that isn't possible.

        ``request`` and ``handles`` (for answer and errors) as for a new child; ``environment``: all its variables. ``wall_s``: time limit
        for this call, seconds.
        """
        idle_s = _idle_s()
        if not preload or not idle_s:
            return None
        asked = {
            "folder": os.getcwd(),
            "umask": _umask(),
            "processors": sorted(os.sched_getaffinity(0)),
            "environment": {
                **environment,
                SETTING: "off",
            },  # a child's own children don't inherit its limits from a server
            "request": request,
        }
        connection = _connected(preload, environment, idle_s)
        if connection is None:
            return None
        body = json.dumps(asked).encode()
        with ExitStack() as otherwise, suppress(OSError):
            otherwise.enter_context(connection)
            connection.settimeout(min(ALIVE_S, wall_s))
            socket.send_fds(connection, [len(body).to_bytes(8, "little")], list(handles))
            connection.sendall(body)
            if connection.recv(1) == ALIVE:
                otherwise.pop_all()
                return cls(connection)
        return None

    def wait(self) -> int | None:
        """Return the child's exit code, or minus the signal that ended it, once it has ended; ``None`` if the server was killed too."""
        self._connection.settimeout(END_S)
        with suppress(OSError):
            while len(self._said) < ENDED.size:
                chunk = self._connection.recv(ENDED.size - len(self._said))
                if not chunk:
                    break
                self._said += chunk
        return int(ENDED.unpack(self._said)[0]) if len(self._said) == ENDED.size else None

    def end(self) -> None:
        """End the child and everything that it has started, and wait until it has ended."""
        with self._connection, suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
            self.wait()


def _idle_s() -> float:
    """Return after how many idle seconds a server ends; 0 if servers are disabled or this system doesn't support them."""
    if sys.platform != "linux":
        return 0.0
    setting = os.environ.get(SETTING, "").strip().lower()
    try:
        return max(0.0, float(setting)) if setting else IDLE_S
    except ValueError:
        return 0.0


def _umask() -> int:
    """Return the umask without changing it, since other threads may make files: from proc(5)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    return next((int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:")), 0o077)


def _connected(preload: str, environment: Mapping[str, str], idle_s: float) -> socket.socket | None:
    """Return a connection to the server for these surroundings, which is started if there is none; ``None`` if no server can be started."""
    folder = private_folder()
    if folder is None:
        return None
    code = code_state()
    key = inherited(environment, preload) + code
    path = folder / f"{key}.socket"
    found = _connection(path)
    if found is None:
        words = [str(folder), key, code, preload, str(idle_s)]
        try:
            subprocess.run(
                [sys.executable, "-P", "-m", "nightmill.workers.fork_server", *words],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                timeout=START_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        until = time.monotonic() + 1.0
        while found is None and time.monotonic() < until:  # another process may just be starting the same server
            found = _connection(path)
            if found is None:
                time.sleep(0.01)
    return found


def _connection(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(END_S)
    with suppress(OSError):
        connection.connect(str(path))
        if of_same_user(connection):
            return connection
    connection.close()
    return None
