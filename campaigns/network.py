"""Run a shop through network and system failures and compare its totals with the machines' own journal.

Usage: python campaigns/network.py SHOP [--seed S] [--days D] [--partition S] [--hurry] [--trouble NAME]...

Troubles, each in a separate run, all of them by default:
  noisy      5 % of requests and of answers lost, 10 % of requests doubled, 10 % sent again late and out of order
  partition  the cell can't be reached for a while (``--partition``, real seconds), twice; the run waits and continues;
             with ``--hurry`` on a simulated clock, which skips the time that the run sleeps while it is cut off
  clock      the wall clock of controller and machines keeps jumping back and forth by up to a day
  disk       the log's disk fills up (a small tmpfs, or a limit on files where that can't be mounted) and is emptied
             again

Nobody intervenes in a run: whatever happens, it must finish by itself with every invariant kept. The work recorded in
the log (parts mounted, cuts, minutes of every tool, dispositions) must equal the work done by the machines, to the
piece.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import SupportsFloat, SupportsIndex

from invariants import judge, rows
from leaving import clearing_up
from nemesis import Network

from nightmill.drivers import direct_cell, station
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.part_planning import certified_routes
from nightmill.plant.run import RunRequest, run_shop
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.commands import Acknowledgement, AnyCommand
from nightmill.vocabulary.errors import NightmillError
from nightmill.vocabulary.units import DAY_S

PATIENCE_S = 900.0
TROUBLES = ("noisy", "partition", "clock", "disk")
MOST_SUBMITTED = 20
"""Maximum number of commands that get through before each partition: fewer than in the shortest run, however fast the computer is."""
SOON_S = 0.02
DISK_MIB = 64
"""Several times the amount that a run writes, which grows with the number of holds: otherwise the run itself fills the
disk, and there is nothing to remove.
"""
BEGUN_BYTES = 20_000
HURRIED_S = 0.25
"""Minimum step by which a sleep advances the simulated clock."""


def run_through(
    shop: Path,
    days: float,
    seed: int,
    trouble: Callable[[], None],
    meanwhile: AbstractContextManager[None] = nullcontext(),
) -> list[str]:
    """Do one run in a separate process, with ``trouble`` started inside it, and with ``meanwhile`` entered in this
    process; return the faults found.
    """
    child = os.fork()
    if child == 0:
        words = shop.with_name(f"{shop.name}-last-words")
        code = 70
        try:
            trouble()
            run_shop(shop, RunRequest(days, seed, fresh=True, patience_s=PATIENCE_S))
            code = 0
        except NightmillError as error:
            code = error.exit_code
            words.write_text(str(error))
        except BaseException:  # noqa: BLE001  a child must never come back into the parent's code
            words.write_text(traceback.format_exc())
        finally:
            os._exit(code)
    with meanwhile:
        _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        said = shop.with_name(f"{shop.name}-last-words").read_text()
        return [f"the run ended by itself with {code}: {said[-1200:]}"]
    return judge(shop)


def holds(shop: Path) -> Counter[str]:
    """Return how often the run stopped, by the system that it couldn't reach, and how often it continued by itself."""
    import json

    found: Counter[str] = Counter()
    for _, body, _ in rows(shop):
        fact = json.loads(body)["fact"]
        if fact["event"] == "alarm_raised" and fact["alarm"] == "safe_hold":
            found[f"held for the {fact['subject']}"] += 1
        elif fact["event"] == "safe_hold_released":
            found[f"went on with the {fact['subject']}"] += 1
    return found


def noisy(seed: int) -> Callable[[], None]:
    """Install a connection that loses, doubles and reorders requests."""
    return Network(seed, loss=0.05, duplicates=0.10, reorder=0.10).lay


def hurry(network: Network) -> None:
    """Make this process's monotonic clock skip all time that is slept while the network is cut, from now on."""
    monotonic, sleep, ahead = time.monotonic, time.sleep, [0.0]

    def slept(seconds: SupportsFloat | SupportsIndex) -> None:
        if network.cut():
            ahead[0] += max(float(seconds), HURRIED_S)
        else:
            sleep(float(seconds))

    time.monotonic = lambda: monotonic() + ahead[0]
    time.sleep = slept


def partitioned(seed: int, seconds: float, *, hurried: bool = False) -> Callable[[], None]:
    """Block all traffic for ``seconds``, twice; an unanswered request is given up after a short time."""

    def trouble() -> None:
        rng = random.Random(seed)
        network = Network(seed)
        network.lay()
        first = rng.randint(1, MOST_SUBMITTED)
        begins, submitted = {first, first + rng.randint(1, MOST_SUBMITTED)}, [0]
        if hurried:
            hurry(network)
        submit = direct_cell.DirectCell.submit

        def begin_and_submit(cell: direct_cell.DirectCell, command: AnyCommand) -> Acknowledgement:
            if not network.cut():
                submitted[0] += 1
                if submitted[0] in begins:
                    network.part(SOON_S, seconds)
            # each abandoned attempt has started a process, which takes real time; so fewer attempts are made when
            # waiting takes no time
            setattr(station, "START_TIMEOUT_S", min(15.0 if hurried else 1.0, seconds / 4))  # noqa: B010
            return submit(cell, command)

        setattr(direct_cell.DirectCell, "submit", begin_and_submit)  # noqa: B010

    return trouble


def jumping_clock(seed: int) -> Callable[[], None]:
    """Let wall clocks jump; only the monotonic clock still measures durations correctly."""

    def trouble() -> None:
        rng, real = random.Random(seed), time.time
        time.time = lambda: real() + rng.uniform(-DAY_S, DAY_S)
        os.environ["FAKETIME"] = f"{rng.choice('+-')}1d"
        library = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
        if library is not None:
            os.environ |= {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    return trouble


class SmallDisk:
    """A tmpfs over the shop's folder for its log and journal, which is filled and emptied repeatedly."""

    def __init__(self, shop: Path, seed: int) -> None:
        self.folder, self.rng = shop / ".nightmill", random.Random(seed)
        self.over = threading.Event()
        self.filled = 0
        kept = shop.parent / f"{shop.name}-kept"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(str(self.folder), kept)
        self.folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(self.folder)]
        self.mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0
        for name in ("plans", "pki", "models"):
            if (kept / name).exists():
                shutil.copytree(kept / name, self.folder / name)
        self.kept = kept

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Fill and empty the disk from a process other than the run's, once the run has started to make parts; the disk
        is empty at the end.
        """
        thread = threading.Thread(target=self._fill_and_empty, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.over.set()
            thread.join()

    def _fill_and_empty(self) -> None:
        filler = self.folder / "filler"
        while self._worked_on(BEGUN_BYTES):
            try:
                with filler.open("wb") as out:
                    while True:
                        out.write(bytes(1 << 16))
                        out.flush()
            except OSError:
                self.filled += 1
            self.over.wait(self.rng.uniform(0.3, 1.0))
            before = self._written()
            filler.unlink(missing_ok=True)
            self._worked_on(before + 1)
            self.over.wait(self.rng.uniform(0.05, 0.4))
        filler.unlink(missing_ok=True)

    def _worked_on(self, size: int) -> bool:
        """Wait until the machines' journal has ``size`` bytes; return False if the run ends earlier."""
        while self._written() < size:
            if self.over.wait(0.01):
                return False
        return not self.over.is_set()

    def _written(self) -> int:
        journal = self.folder / "world" / "journal.jsonl"
        return journal.stat().st_size if journal.exists() else 0

    def close(self) -> None:
        """Restore everything."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.move(str(self.kept), self.folder)


def on_small_disk(shop: Path, days: float, seed: int) -> tuple[list[str], Counter[str], str]:
    """Run on a disk that fills up; skipped if no tmpfs can be mounted."""
    disk = SmallDisk(shop, seed)
    try:
        if not disk.mounted:
            return [], Counter(), "skipped: no tmpfs can be mounted here"
        problems = run_through(shop, days, seed, lambda: None, disk.filling())
        return problems, holds(shop), f"filled {disk.filled} times"
    finally:
        disk.close()


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--partition", type=float, default=5.0, help="real seconds, up to 600")
    parser.add_argument("--hurry", action="store_true", help="let a partition take simulated time")
    parser.add_argument("--trouble", choices=TROUBLES, action="append", default=[])
    chosen = parser.parse_args()
    with clearing_up(chosen.shop):
        return campaign(chosen)


def campaign(chosen: argparse.Namespace) -> int:
    """Run each trouble separately and print its result; return 1 if there was a fault."""
    certified_routes(whole_shop(chosen.shop), chosen.shop)
    ready_scheduler()
    wrong = 0
    for trouble in chosen.trouble or TROUBLES:
        note = ""
        if trouble == "disk":
            problems, held, note = on_small_disk(chosen.shop, chosen.days, chosen.seed)
        else:
            begun = {
                "noisy": noisy(chosen.seed),
                "partition": partitioned(chosen.seed, chosen.partition, hurried=chosen.hurry),
                "clock": jumping_clock(chosen.seed),
            }[trouble]
            problems = run_through(chosen.shop, chosen.days, chosen.seed, begun)
            held = holds(chosen.shop)
        for problem in problems[:20]:
            print(f"{trouble}: {problem}")
        said = ", ".join(f"{what} {times} times" for what, times in sorted(held.items()))
        print(
            f"{trouble}: {len(problems)} violations of I1 to I10; {'; '.join(filter(None, (said, note))) or 'never held'}"
        )
        wrong += len(problems)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
