"""A separate PostgreSQL server in a new folder, for tests, benchmarks and campaigns; it never runs as root.

The system's own server isn't affected, since this one uses another folder and a socket, but no TCP port.
``Server.kill`` ends it without a shutdown; ``Server.start`` restarts it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

STARTS = 30


class NoPostgres(RuntimeError):
    """PostgreSQL's programs aren't installed here."""


class Server:
    """A running server; ``url`` is the value for ``[log]`` of a shop."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = _user()
        self.folder = Path(tempfile.mkdtemp(prefix="nightmill-pg-"))
        os.chmod(self.folder, 0o755)
        self.data = self.folder / "data"
        self.data.mkdir()
        if self._user is not None:
            for path in (self.folder, self.data):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", self.data, "-U", "nightmill", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.url = f"postgresql://nightmill@/postgres?host={self.folder}"
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=40"
        words = ("-D", self.data, "-l", self.folder / "server.log", "-w", "-t", "60", "-o", options, "start")
        for again in reversed(range(STARTS)):
            try:
                self._run("pg_ctl", *words)
                return
            except RuntimeError:
                # processes that were just killed may still hold the shared memory
                if not again:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        """End every process of the server with SIGKILL."""
        pid = self._pid()
        if pid is None:
            return
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
        for each in (str(pid), *children):
            try:
                os.kill(int(each), signal.SIGKILL)
            except ProcessLookupError:
                continue
        while self._alive(pid):
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._pid() is not None:
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.stop()

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _alive(self, pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run(
            [str(self._programs / program), *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            timeout=120,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            extra_groups=[] if self._user else None,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()[-500:]}")


def programs() -> Path:
    """Return the folder with PostgreSQL's server programs. Raises ``NoPostgres`` if there are none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgres("PostgreSQL isn't installed (Debian: apt-get install postgresql)")


def _user() -> pwd.struct_passwd | None:
    """Return another user if this process runs as root, since PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("there is no user to run PostgreSQL as")
