"""The writer's lease on a log on this machine's disk: a lock that is released when its holder dies, and a pulse that stops with it.

The file holds three numbers: the pulse, which the holder increments ten times a second, the fencing token and the process
id. A killed holder loses the lock at once; a stopped one keeps it, but its pulse no longer changes. No clocks
are compared: a watcher uses only its own.
"""

import fcntl
import hashlib
import os
import stat
import struct
import threading
import time
from pathlib import Path

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.ordinary_files import read_ordinary

PULSE_S = 0.1
STALL_S = 0.5
"""Seconds without a pulse after which a standby takes over. A leader that was only slow is refused from then on, so no harm is done."""
SLOW = 10
"""Factor for ``STALL_S`` if the system reports that the process is running."""
TRIES = 5
"""Attempts to take the lock, since a watcher holds it for a moment to test whether it is free."""
FORM = struct.Struct("<QQQ")
MOST_BYTES, MOST_NUMBER, MOST_PROCESS = 4096, 2**62, 2**31


class LogBusy(EnvironmentFailed):
    """Another process holds the writer's lease on this log."""


class FileLease:
    """A held lease. Its pulse runs from creation until ``release``."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path, self._handle = path, handle
        self._over = threading.Event()
        self._pulse = read_lease(path)[0]
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._heart.start()

    @classmethod
    def take(cls, path: Path) -> "FileLease":
        """Take the lease whose file is ``path``. Raises ``LogBusy`` if a live process holds it."""
        for _ in range(TRIES):
            lease = cls.try_take(path)
            if lease is not None:
                return lease
            time.sleep(PULSE_S / TRIES)
        remedy = "Wait for the other run to end, or stop it; two controllers never lead one shop."
        raise LogBusy(Finding(str(path), "lease", "a live run", "no other run of this shop", remedy))

    @classmethod
    def try_take(cls, path: Path) -> "FileLease | None":
        """Take the lease, or return ``None`` if a live process holds it. Raises ``BadInput`` if the path is not a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise BadInput(
                Finding(
                    str(path),
                    "",
                    "not an ordinary file",
                    "the log's lease",
                    "Remove it; the next run creates it again.",
                )
            )
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # a standby that takes over from a stopped holder replaces the file
            if os.path.samestat(os.fstat(handle), path.stat()):
                return cls(path, handle)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(handle)
        return None

    @classmethod
    def replace(cls, path: Path) -> "FileLease":
        """Take the lease in a new file, which replaces the one whose lock a stopped process still holds."""
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        handle = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        fresh.replace(path)
        return cls(path, handle)

    def show(self, token: int) -> None:
        """Write the holder's fencing token and process id for others to read."""
        self.token = token
        os.pwrite(self._handle, FORM.pack(self._pulse, token, os.getpid()), 0)

    def release(self) -> None:
        """Stop the pulse and release the lock."""
        if self._handle >= 0:
            self._over.set()
            self._heart.join()
            os.close(self._handle)
            self._handle = -1

    def _beat(self) -> None:
        while not self._over.wait(PULSE_S):
            self._pulse += 1
            os.pwrite(self._handle, self._pulse.to_bytes(8, "little"), 0)


def read_lease(path: Path) -> tuple[int, int, int]:
    """Pulse, fencing token and process id of the last holder; zeros if there was none, or if the file is not a lease."""
    try:
        data = read_ordinary(path, MOST_BYTES)
    except NightmillError:
        data = b""
    pulse, token, process = FORM.unpack(data[: FORM.size].ljust(FORM.size, b"\0"))
    return (pulse, token, process) if max(pulse, token) < MOST_NUMBER and process < MOST_PROCESS else (0, 0, 0)


class Stillness:
    """Measures how long a value has stayed the same, for an observer that reads it repeatedly."""

    def __init__(self, seen: tuple[int, ...], gap_s: float) -> None:
        self.seen = seen
        self._gap_s = gap_s
        self._since = self._looked = time.monotonic()

    def seconds(self, seen: tuple[int, ...]) -> float:
        """Real seconds since the last observed change of the value. After more than ``gap_s`` between two reads the count starts again:
        the observer may have been stopped too, with the whole machine, and would mistake a healthy leader for a stopped one.
        """
        now = time.monotonic()
        if seen != self.seen or now - self._looked > self._gap_s:
            self.seen, self._since = seen, now
        self._looked = now
        return now - self._since


class LeaseWatch:
    """Watches a lease that another process on this machine holds."""

    def __init__(self, path: Path, stall_s: float = STALL_S) -> None:
        self.path, self.stall_s = path, stall_s
        self._still = Stillness(read_lease(path), stall_s)

    def stalled(self) -> bool:
        """Return whether the pulse has stopped for longer than ``stall_s``, or ``SLOW`` times that if the process is running.
        A running process isn't stopped, only busy: with a long computation, a slow disk, or a shared machine.
        """
        seen = read_lease(self.path)
        seconds = self._still.seconds(seen)
        return seconds > self.stall_s * SLOW or (seconds > self.stall_s and not runs(seen[2]))

    def died(self) -> bool:
        """Return whether nobody holds the lock."""
        with self.path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    @property
    def token(self) -> int:
        """The leader's last known fencing token."""
        return self._still.seen[1]


def place_of(process: int) -> str:
    """Return a process id with its machine, for readers on other machines; only the id if the system doesn't report the machine."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        where = hashlib.sha256(f"{boot} {os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:16]
    except OSError:
        return str(process)
    return f"{process}@{where}"


def runs_there(place: str) -> bool:
    """Return whether the process named by a ``place_of`` is on this machine, visible to this process, and running."""
    number, at, _ = place.partition("@")
    return bool(at) and number.isdigit() and place == place_of(int(number)) and runs(int(number))


def runs(process: int) -> bool:
    """Return whether the system reports that a process exists and isn't stopped; False if it reports nothing."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    return bool(state) and state[0] in "RSDI"
