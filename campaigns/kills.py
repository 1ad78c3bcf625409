"""Kill controller or world with SIGKILL at random moments of a run, resume each time, judge by the world's journal.

Usage: python campaigns/kills.py SHOP [--kills 30] [--seed 1] [--days 3]
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
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


def campaign(shop: Path, kills: int, seed: int, days: float, longest_s: float = 4.0) -> tuple[int, int, list[str]]:
    """Run ``shop`` to its end through ``kills`` kills. Returns kills done, runs needed, violations found after any of them."""
    rng = random.Random(seed)
    done = runs = 0
    problems: list[str] = []
    fresh = True
    while True:
        runs += 1
        words = ["--fresh"] if fresh else ["--resume"]
        command = [
            sys.executable,
            "-m",
            "nightmill",
            "run",
            str(shop),
            "--days",
            str(days),
            "--seed",
            str(seed),
            "--json",
            *words,
        ]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while done < kills and child.poll() is None:
            try:
                child.wait(rng.uniform(0.3, longest_s))
            except subprocess.TimeoutExpired:
                world = world_pid(shop)
                if world is not None and rng.random() < 0.4:
                    os.kill(world, signal.SIGKILL)
                else:
                    child.kill()
                    child.wait()
                done += 1
        out, err = child.communicate()
        begun = (shop / ".nightmill" / "world" / "journal.jsonl").exists() and (
            shop / ".nightmill" / "log.sqlite"
        ).exists()
        fresh = not begun
        if child.returncode == 0:
            return done, runs, problems + judge(shop)
        if child.returncode == 2 and b"no unfinished run" in err:
            fresh = True
        elif child.returncode not in {-signal.SIGKILL, 3}:
            return (
                done,
                runs,
                [*problems, f"exit {child.returncode}: {err[-400:].decode(errors='replace')} {out[-200:]!r}"],
            )
        if runs > kills * ATTEMPTS_A_KILL:
            return done, runs, [*problems, "the run doesn't come to its end"]
        time.sleep(0.05)


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
