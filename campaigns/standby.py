"""Kill or stop the leader of a shop again and again while a standby waits; judge by the virtual shop's own journal.

Usage: python campaigns/standby.py SHOP [--falls N] [--seed S] [--days D]

In every second failure the leader is stopped (SIGSTOP), and continued once the standby leads: the old leader still
believes that it leads, and its commands must not reach any machine. The time to take over is from the failure to the
first line in the virtual shop's journal that the new leader has caused.
"""

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from invariants import judge, rows
from leaving import clearing_up

PATIENCE_S = 600.0


class Life:
    """One run of the shop: a leader, a standby, and their results."""

    def __init__(self, shop: Path, seed: int, days: float, pace: float) -> None:
        self.shop = shop
        self.journal = shop / ".nightmill" / "world" / "journal.jsonl"
        shutil.rmtree(self.journal.parent, ignore_errors=True)
        self.words = [sys.executable, "-m", "nightmill", "run", str(shop)]
        self.leader = self._start("--fresh", "--days", str(days), "--seed", str(seed), "--pace", str(pace))
        self.zombies: list[tuple[subprocess.Popen[bytes], bool]] = []
        """Leaders that were stopped, and whether they had written the end of the run before."""
        self._wait_for(lambda: self.fence() > 0 or self.leader.poll() is not None, "a leader")
        if self.fence() == 0:
            raise SystemExit(f"no leader: {self.leader.communicate()[1].decode(errors='replace').strip()[-2000:]}")
        self.standby = self._ready()

    def fall(self, *, stopped: bool) -> float:
        """Let the leader fail; return the seconds until the standby leads, nan if the run has ended in the meantime."""
        fence, began = self.fence(), time.monotonic()
        fallen = self.leader
        fallen.send_signal(signal.SIGSTOP if stopped else signal.SIGKILL)
        over = self.over()
        if not stopped:
            fallen.wait()
        self._wait_for(lambda: self.fence() > fence or self.standby.poll() is not None, "a new leader")
        took = time.monotonic() - began
        self.leader = self.standby
        if stopped:
            self.zombies.append((fallen, over))
            fallen.send_signal(signal.SIGCONT)
        if self.leader.poll() is not None:
            return float("nan")
        self.standby = self._ready()
        return took

    def end(self) -> list[str]:
        """Let the run end; return the faults of its processes. A leader that was suspended for too long on a busy
        computer has been replaced like a stopped one: the standby has ended the run, or the leader did so in an earlier
        transaction.
        """
        problems = []
        said = {process: process.communicate(timeout=PATIENCE_S) for process in (self.leader, self.standby)}
        for process, (out, err) in said.items():
            fenced = process.returncode == 3 and b"fencing token" in err
            ousted = process is self.leader and (fenced or process.returncode == -signal.SIGKILL)
            if process.returncode != 0 and not (ousted and self.standby.returncode == 0):
                problems.append(f"exit {process.returncode}: {err[-300:].decode(errors='replace')} {out[-200:]!r}")
        for zombie, over in self.zombies:
            _, err = zombie.communicate(timeout=PATIENCE_S)
            if (zombie.returncode == 0 and not over) or (zombie.returncode == 3 and b"fencing token" not in err):
                problems.append(f"a zombie ended with {zombie.returncode}: {err[-300:].decode(errors='replace')}")
        return problems

    def fence(self) -> int:
        """Return the newest fencing token in the virtual shop's journal."""
        try:
            lines = self.journal.read_bytes().splitlines()
        except OSError:
            return 0
        raised = [line for line in lines if b'"fence_raised"' in line and line.endswith(b"}")]
        return int(json.loads(raised[-1])["fence"]) if raised else 0

    def over(self) -> bool:
        """Return whether the log says that the run has ended."""
        *_, (_, body, _) = rows(self.shop)
        return b'"run_ended"' in body

    def _start(self, *words: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*self.words, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _ready(self) -> "subprocess.Popen[bytes]":
        standby = self._start("--standby")
        assert standby.stderr is not None
        for line in standby.stderr:
            if b"following the leader" in line:
                break
        return standby

    def _wait_for(self, happened: object, what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not happened():  # type: ignore[operator]
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {what} after {PATIENCE_S:g} s")
            time.sleep(0.01)


def campaign(shop: Path, falls: int, seed: int, days: float, pace: float = 2000.0) -> tuple[list[float], list[str]]:
    """Cause ``falls`` failures over as many runs as needed; return the seconds to take over, and every violation found."""
    rng = random.Random(seed)
    took: list[float] = []
    problems: list[str] = []
    lives = 0
    while len(took) < falls:
        lives += 1
        life = Life(shop, seed + lives, days, pace)
        while len(took) < falls and life.leader.poll() is None:
            time.sleep(rng.uniform(0.05, 1.0))
            if life.leader.poll() is None:
                seconds = life.fall(stopped=len(took) % 2 == 1)
                if seconds == seconds:
                    took.append(seconds)
        problems += [f"life {lives}: {problem}" for problem in [*life.end(), *judge(shop)]]
    return took, problems


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--falls", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=1.0)
    chosen = parser.parse_args()
    with clearing_up(chosen.shop):
        took, problems = campaign(chosen.shop, chosen.falls, chosen.seed, chosen.days)
    for problem in problems:
        print(problem)
    for name, times in (("killed", took[0::2]), ("stopped", took[1::2])):
        if times:
            ordered = sorted(times)
            print(
                f"{name}: {len(times)} failures, median time to take over {ordered[len(ordered) // 2]:.2f} s (longest "
                f"{ordered[-1]:.2f} s)"
            )
    print(f"{len(problems)} violations of I1 to I10")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
