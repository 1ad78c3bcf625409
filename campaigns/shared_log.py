"""Several controllers and several API servers on one PostgreSQL log: one controller leads, the others wait or are
refused, and all servers give the same answers.

Usage: python campaigns/shared_log.py SHOP [--falls N] [--listeners N] [--seed S] [--days D]

A leader runs the shop, a standby waits; a third controller that tries to lead is refused. Two servers read the log, one
from the shop's folder, the other from a copy of it, as on another computer. In turn, the leader is killed (SIGKILL), or
stopped and continued, and the standby takes over. Checked from outside: the machines' journal fulfils I1 to I10; every
listener of either server has received each event once, in order, as stored in the database; both servers give the same
answers once the run has ended.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from invariants import judge
from kills import in_database
from leaving import clearing_up
from listeners import Listener
from postgres_server import Server
from served import free_port, serve
from standby import Life

from nightmill.plant.requests import Access
from nightmill.store import PostgresEventStore

ASKED = (
    "/api/view",
    "/api/parts",
    "/api/units",
    "/api/orders",
    "/api/events",
    "/api/screens/floor",
    "/api/screens/head",
)
"""Addresses for which both servers must give the same answer."""
CHANGING = {"clock", "now", "now_s", "at"}
"""Keys in an answer that depend on the time of the request."""
QUIET_S = 5.0
LONGEST_S = 120.0
PACE = 500.0
"""Shop seconds per second: slow enough for servers and standbys to start during the run."""


class Ears:
    """Listeners to one server; they receive the log's events across reconnections."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self.listeners = [Listener(port, token) for _ in range(count)]
        self.tasks = [asyncio.create_task(each.listen()) for each in self.listeners]

    async def until(self, last: int) -> None:
        """Wait, up to a limit, until each listener has received event ``last``."""
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline and any(each.numbers[-1:] != [last] for each in self.listeners):
            await asyncio.sleep(0.1)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def refused(shop: Path) -> str:
    """Return the message to a controller that tries to lead while another one leads; empty if it wasn't refused."""
    words = [sys.executable, "-m", "nightmill", "run", str(shop), "--resume", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    said = done.stderr.strip().splitlines()
    return said[-1] if said and done.returncode == 3 else ""


def asked(port: int, token: str) -> dict[str, Any]:
    """Return a server's answer without its time stamps."""
    found = {}
    for address in ASKED:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{address}", headers={"Authorization": f"Bearer {token}"})  # fmt: skip
        with urllib.request.urlopen(request, timeout=120) as answer:
            found[address] = _still(json.loads(answer.read()))
    return found


def _still(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _still(each) for key, each in value.items() if key not in CHANGING}
    return [_still(each) for each in value] if isinstance(value, list) else value


def apart(one: Any, two: Any, place: str = "") -> str:
    """Return the place of the first difference between two answers; empty if there is none."""
    if isinstance(one, dict) and isinstance(two, dict) and one.keys() == two.keys():
        return next((found for key in one if (found := apart(one[key], two[key], f"{place}.{key}"))), "")
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        pairs = enumerate(zip(one, two, strict=True))
        return next((found for number, pair in pairs if (found := apart(*pair, f"{place}.{number}"))), "")
    return "" if one == two else f"{place}: {str(one)[:80]} and {str(two)[:80]}"


def in_log(url: str, shop: Path) -> tuple[list[int], bytes]:
    """Return the numbers of the log's events, and a hash of their content."""
    store = PostgresEventStore(url, "campaign", shop / ".nightmill" / "database", writer=False)
    whole, numbers = hashlib.sha256(), list[int]()
    with contextlib.closing(store):
        for event in store.read():
            whole.update(msgspec.json.encode(event))
            numbers.append(event.seq)
    return numbers, whole.digest()


async def campaign(shop: Path, url: str, home: Path, chosen: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Run, listen, and let leaders fail; return results and every violation."""
    rng = random.Random(chosen.seed)
    life = await asyncio.to_thread(Life, shop, chosen.seed, chosen.days, PACE)
    said = await asyncio.to_thread(refused, shop)
    problems = [] if "lease" in said else [f"a second controller wasn't refused: {said!r}"]
    twin = home / shop.resolve().name
    shutil.copytree(shop, twin, ignore=shutil.ignore_patterns("world", "archive", "log.sqlite*"))
    tokens = [Access(folder).issue("campaign", "viewer").token for folder in (shop, twin)]
    ports = [free_port(), free_port()]
    servers = [serve(folder, port) for folder, port in zip((shop, twin), ports, strict=True)]
    for server in servers:
        assert server.stderr is not None
        await asyncio.to_thread(server.stderr.readline)
    ears = [Ears(port, token, chosen.listeners) for port, token in zip(ports, tokens, strict=True)]
    took: list[float] = []
    while len(took) < chosen.falls and life.leader.poll() is None:
        await asyncio.sleep(rng.uniform(0.05, 1.0))
        if life.leader.poll() is None:
            stopped = len(took) % 2 == 1
            lasted = await asyncio.to_thread(partial(life.fall, stopped=stopped))
            took += [] if math.isnan(lasted) else [lasted]  # nan: the run had already ended, so nobody took over
    if len(took) < chosen.falls:
        problems.append(f"the run ended after {len(took)} of {chosen.falls} failures; make it longer (--days)")
    problems += await asyncio.to_thread(life.end)
    numbers, whole = in_log(url, shop)
    await asyncio.gather(*(each.until(numbers[-1]) for each in ears))
    if (shop / ".nightmill" / "images").is_dir():  # pictures are in the folder, not in the log
        shutil.copytree(shop / ".nightmill" / "images", twin / ".nightmill" / "images", dirs_exist_ok=True)
    answers = [await asyncio.to_thread(asked, *each) for each in zip(ports, tokens, strict=True)]
    for server in servers:
        server.terminate()
        server.communicate()
    differ = {address: apart(answers[0][address], answers[1][address]) for address in ASKED}
    problems += [f"the servers differ in {address}{where}" for address, where in differ.items() if where]
    for place, each in ((place, each) for place, ear in enumerate(ears, 1) for each in ear.listeners):
        if each.numbers != numbers or each.heard.digest() != whole or each.resets:
            problems.append(f"a listener of server {place} received {len(each.numbers)} of {len(numbers)} events, {each.resets} resets")  # fmt: skip
    problems += judge(shop)
    heard = sum(len(each.numbers) for ear in ears for each in ear.listeners)
    return {"events": len(numbers), "heard": heard, "falls": len(took), "longest_s": max(took, default=0.0), "refused": said}, problems  # fmt: skip


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--falls", type=int, default=4)
    parser.add_argument("--listeners", type=int, default=10, help="number of listeners at each of the two servers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=1.0)
    chosen = parser.parse_args()
    with clearing_up(chosen.shop), Server() as server, in_database(chosen.shop, server), tempfile.TemporaryDirectory() as home:  # fmt: skip
        found, problems = asyncio.run(campaign(chosen.shop, server.url, Path(home), chosen))
    for problem in problems:
        print(problem)
    print(f"refused: {found.pop('refused')}")
    print(", ".join(f"{name} {value:g}" for name, value in found.items()))
    print(f"{len(problems)} violations")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
