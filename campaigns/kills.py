"""Kill controller or world with SIGKILL at random moments of a run, resume each time, judge by the world's journal.

Usage: python campaigns/kills.py SHOP [--kills 30] [--seed 1] [--days 3]
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from invariants import judge

ATTEMPTS_A_KILL = 20


def world_pid(shop: Path) -> int | None:
    """The process id of the shop's world, where one lives."""
    address = shop / ".nightmill" / "world" / "address.json"
    try:
        pid = int(json.loads(address.read_text())["pid"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return pid


def campaign(shop: Path, kills: int, seed: int, days: float, longest_s: float = 2.5) -> tuple[int, int, list[str]]:
    """Run ``shop`` again and again through ``kills`` kills, each resumed, each finished run judged.

    Returns kills done, processes started and every violation found.
    """
    rng = random.Random(seed)
    done = runs = lives = 0
    problems: list[str] = []
    words = ["--fresh"]
    while True:
        runs += 1
        command = [
            sys.executable,
            "-m",
            "nightmill",
            "run",
            str(shop),
            "--days",
            str(days),
            "--seed",
            str(seed + lives),
            "--json",
        ]
        child = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while done < kills and child.poll() is None:
            done += _strike(shop, child, rng, longest_s)
        out, err = child.communicate()
        begun = (shop / ".nightmill" / "world" / "journal.jsonl").exists() and _events(shop) > 0
        words = ["--resume"] if begun else ["--fresh"]
        if child.returncode == 0 or b"a finished run" in err:
            problems += [f"life {lives + 1}: {problem}" for problem in judge(shop)]
            lives += 1
            words = ["--fresh"]
            if done >= kills:
                return done, runs, problems
        elif child.returncode not in {-signal.SIGKILL, 3}:
            words = ["--fresh"] if b"no unfinished run" in err else words
            if b"no unfinished run" not in err:
                return (
                    done,
                    runs,
                    [*problems, f"exit {child.returncode}: {err[-400:].decode(errors='replace')} {out[-200:]!r}"],
                )
        if runs > kills * ATTEMPTS_A_KILL:
            return done, runs, [*problems, "the run doesn't come to its end"]
        time.sleep(0.05)


def _events(shop: Path) -> int:
    log = shop / ".nightmill" / "log.sqlite"
    if not log.exists():
        return 0
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as db:
        try:
            return int(db.execute("SELECT count(*) FROM event").fetchone()[0])
        except sqlite3.Error:
            return 0


def _strike(shop: Path, child: subprocess.Popen[bytes], rng: random.Random, longest_s: float) -> int:
    """Wait a random time, then kill the world (4 in 10) or the controller; 1 when somebody was killed."""
    try:
        child.wait(rng.uniform(0.2, longest_s))
    except subprocess.TimeoutExpired:
        world = world_pid(shop)
        if world is not None and rng.random() < 0.4:
            os.kill(world, signal.SIGKILL)
        else:
            child.kill()
            child.wait()
        return 1
    return 0


def main() -> int:
    """Run the campaign and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=3.0)
    chosen = parser.parse_args()
    kills, runs, problems = campaign(chosen.shop, chosen.kills, chosen.seed, chosen.days)
    for problem in problems:
        print(problem)
    print(f"{kills} kills, {runs} runs, {len(problems)} violations of I1 to I10")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
