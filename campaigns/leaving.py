"""Stop all processes that a campaign has started, however the campaign ends. After SIGTERM, which ``timeout`` sends, it
cleans up as after Ctrl-C.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

MACHINES = "nightmill.drivers."
"""Modules of a shop's virtual machines and of their gateway."""


@contextmanager
def clearing_up(shop: Path) -> Iterator[None]:
    """Within the block SIGTERM raises SystemExit; afterwards this process's children, the shop's virtual machines and
    their gateway are killed.
    """
    owner = os.getpid()
    before = signal.signal(signal.SIGTERM, _told)
    try:
        yield
    finally:
        if os.getpid() == owner:
            for found in (
                _children,
                lambda: machines_of(shop),
            ):  # machines last, after the processes that would restart them
                for pid in found():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            signal.signal(signal.SIGTERM, before)


def living_pid(shop: Path, folder: str, name: str) -> int | None:
    """Return the id of the process named in this file, if the process is running."""
    address = shop / ".nightmill" / folder / name
    try:
        pid = int(json.loads(address.read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return pid


def _told(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def machines_of(shop: Path) -> list[int]:
    """Return the processes of this shop's virtual machines and gateways, including those not yet announced; none without /proc."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            theirs = any(word.startswith(MACHINES) for word in words) and "--shop" in words
            if theirs and Path(words[words.index("--shop") + 1]).resolve() == shop.resolve():
                found.append(int(process.name))
    return found


def _children() -> list[int]:
    """Return this process's children; none if the kernel doesn't list them (Linux does)."""
    told = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(pid) for pid in told.read_text().split()] if told.exists() else []
