"""Time ``nightmill plan PART.step`` from the command line: processor and wall-clock seconds, with and without a fork server.

Usage: python benchmarks/plan_start.py PART.step ... [--repeat 3] [--against OTHER/src]

``new``: a new process loads the planner (``NIGHTMILL_FORK_SERVER=off``); ``first``: the fork server has to be started,
too; ``warm``: the fork server is already running. ``other``: the same command with the sources in another folder. The
variants take turns for each part, and each figure is the median. Processor seconds include the command and the child
that works for it, but not the time in which a fork server loads its modules.
"""

import argparse
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

WAYS = ("other", "new", "first", "warm")


def main() -> None:
    """Time the parts and print one line for each."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("parts", type=Path, nargs="+")
    ask.add_argument("--repeat", type=int, default=3)
    ask.add_argument("--against", type=Path)
    asked = ask.parse_args()
    ways = [way for way in WAYS if way != "other" or asked.against]
    print(f"{'':40}" + "".join(f"{f'{way}: wall':>13}{'cpu, s':>8}" for way in ways) + f"{'ratio of wall':>15}")
    with tempfile.TemporaryDirectory(prefix="nm-") as sockets:
        for part in asked.parts:
            taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
            for _ in range(asked.repeat):
                for way in ways:
                    if way == "first":
                        _end_servers(sockets)
                    taken[way].append(_timed(part, way, sockets, asked.against))
            medians = {
                way: [statistics.median(each) for each in zip(*runs, strict=True)] for way, runs in taken.items()
            }
            figures = "".join(f"{wall:13.2f}{cpu:8.2f}" for wall, cpu in medians.values())
            print(f"{part.name:40}{figures}{medians[ways[0]][0] / medians['warm'][0]:15.2f}", flush=True)
        _end_servers(sockets)


def _timed(part: Path, way: str, sockets: str, other: Path | None) -> tuple[float, float]:
    """Return the wall-clock and processor seconds of one command."""
    environment = {**os.environ, "XDG_RUNTIME_DIR": sockets}
    if way in ("other", "new"):
        environment["NIGHTMILL_FORK_SERVER"] = "off"
    if way == "other" and other:
        environment["PYTHONPATH"] = str(other.resolve())
    before, began = _own_cpu_s() + _forks_cpu_s(sockets), time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        words = [sys.executable, "-m", "nightmill", "plan", str(part), "--out", out, "--json"]
        subprocess.run(words, env=environment, capture_output=True, check=False)
    return time.perf_counter() - began, _own_cpu_s() + _forks_cpu_s(sockets) - before


def _own_cpu_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _forks_cpu_s(sockets: str) -> float:
    """Return the processor seconds of all children of fork servers that have ended (``/proc/PID/stat``, cutime and cstime)."""
    time.sleep(0.1)  # the last child may not have ended yet
    ticks = 0
    for server in _servers(sockets):
        with suppress(OSError):
            fields = (server / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def _servers(sockets: str) -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if sockets.encode() in (process / "cmdline").read_bytes() and process.name != str(os.getpid()):
                yield process


def _end_servers(sockets: str) -> None:
    for server in _servers(sockets):
        with suppress(OSError):
            os.kill(int(server.name), signal.SIGKILL)
            while (server / "cmdline").read_bytes():
                time.sleep(0.01)


if __name__ == "__main__":
    main()
