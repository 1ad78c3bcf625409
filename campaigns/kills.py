"""Kill a shop's controller, its virtual machines and its database again and again; judge by the machines' own journal.

Usage: python campaigns/kills.py SHOP [--kills N] [--seconds T] [--seed S] [--days D] [--postgres] [--mqtt] [--damage-plans] [--control]

Half of the kills hit the controller at a chosen point (inside a transaction, right after its commit, around a command,
inside the recovery from the last kill), the others hit controller, world or database at a random moment. Meanwhile 2 %
of all requests to the cell and 2 % of its answers are lost. Each run is resumed until it ends, and then judged; after
``--seconds`` there are no more kills.
``--damage-plans`` damages a file of one part's plan before each resumption and repairs the previous one: the run must
continue, and only that part may be held. In this mode only controllers are killed, so that each kill is paired with a
damage. ``--mqtt`` runs over Sparkplug: the broker and the machines' gateway are killed as well. ``--control`` runs a
controller that sends commands before it writes them to the log: the campaign must find violations.
"""

import argparse
import json
import math
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from damaged_plans import away, random_damage
from invariants import NoTable, judge, rows
from leaving import clearing_up, living_pid
from mosquitto import Mosquitto
from nemesis import POINTS, Countdown, Network, arm, send_first
from postgres_server import Server

from nightmill.drivers import Connection
from nightmill.plant.deciders.scheduling import ready_scheduler
from nightmill.plant.part_planning import certified_routes
from nightmill.plant.run import RunRequest, run_shop
from nightmill.plant.workspace.layout import state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary.errors import NightmillError

LOSS = 0.02
ATTEMPTS_A_KILL = 20
LONGEST_S = 0.7


class Campaign:
    """Runs of one shop through the given number of kills."""

    def __init__(
        self, shop: Path, kills: int, seed: int, days: float, *, seconds: float = math.inf, control: bool = False
    ) -> None:
        self.shop, self.wanted, self.days, self.control = shop, kills, days, control
        self.seconds, self.ends = seconds, math.inf
        self.rng = random.Random(seed)
        self.seed = seed
        self.server: Server | None = None
        self.broker: Mosquitto | None = None
        self.killed: Counter[str] = Counter()
        self.runs = self.lives = 0
        self.problems: list[str] = []
        self.before = ""
        self.plans: Path | None = None
        """Folder with the undamaged plans, if plans are to be damaged."""
        self.damaged = self.damage = ""
        self.damages = 0

    @property
    def kills(self) -> int:
        """Number of kills so far."""
        return sum(self.killed.values())

    @property
    def goes_on(self) -> bool:
        """Return whether more kills are to be done."""
        return self.kills < self.wanted and time.monotonic() < self.ends

    def run(self) -> None:
        """Run the shop again and again until all kills are done and the last run has ended."""
        certified_routes(whole_shop(self.shop), self.shop)
        if self.plans is not None:
            shutil.copytree(state_folder(self.shop) / "plans", self.plans)
        ready_scheduler()
        self._forget()
        self.ends = (
            time.monotonic() + self.seconds
        )  # planning and loading are done beforehand, so that they don't use up the time
        while self.goes_on or self.runs == 0:
            if self._live():
                self.problems += [f"life {self.lives}: {problem}" for problem in judge(self.shop)]
            if self.control and any(" I8: " in problem for problem in self.problems):
                return

    def _live(self) -> bool:
        """Do one run, resumed until it ends; return whether there is something to judge."""
        self.lives += 1
        resume, self.before = False, identity(self.shop)
        while True:
            self.runs += 1
            if self.runs > self.wanted * ATTEMPTS_A_KILL + 20:
                raise RuntimeError("the run doesn't finish")
            self._spoil(resume)
            known = self._events()
            code = self._process(resume)
            self._look(known)
            if code == 0 or (code == 2 and "a finished run" in self._last_words()):
                return True  # killed after its last event: there is nothing to resume
            if code not in (-signal.SIGKILL, 3):
                self.problems.append(f"life {self.lives}: exit {code}: {self._last_words()}")
                self._forget()
                return False
            resume = self._begun()
            if not resume:
                self._forget()

    def _spoil(self, resume: bool) -> None:
        """Repair the damaged plan, and damage another one if a run is to be resumed."""
        if self.plans is None:
            return
        plans = state_folder(self.shop) / "plans"
        if self.damaged:
            away(plans / self.damaged)
            shutil.copytree(self.plans / self.damaged, plans / self.damaged)
            self.damaged = ""
        if resume:
            self.damaged, self.damage = random_damage(plans, self.rng)
            self.damages += 1

    def _events(self) -> int:
        try:
            return sum(1 for _ in rows(self.shop)) if self.plans is not None else 0
        except NoTable:
            return 0

    def _look(self, known: int) -> None:
        """Check, for a process that has issued commands, that it held the damaged part and no other."""
        if not self.damaged:
            return
        refused: set[str] = set()
        commanded = False
        for seq, body, _ in rows(self.shop):
            fact = json.loads(body)["fact"]
            if fact["event"] == "route_refused":
                refused.add(fact["part"])
            elif fact["event"] in {"route_released", "route_certified"}:
                refused.discard(fact["part"])
            commanded |= seq > known and fact["event"] == "command_issued"
        if commanded and refused != {self.damaged}:
            self.problems.append(f"life {self.lives}: {self.damage}, held: {sorted(refused)}")

    def _process(self, resume: bool) -> int:
        """Run one controller process with its faults; return its exit code, negative for a signal."""
        unseen = [point for point in POINTS if not self.killed[f"controller, {point}"]]
        point = self.rng.choice(unseen or POINTS) if self.goes_on and self.rng.random() < 0.5 else ""
        if self._broker_comes_first():
            point = ""  # the broker first, so that even the shortest campaign kills one
        most = 3 if point == "recovering" else 40
        countdown = Countdown(point, self.rng.randint(1, most))
        seed = self.rng.getrandbits(32)
        child = os.fork()
        if child == 0:
            self._controller(countdown, seed, resume)
        began, blow = time.monotonic(), self.rng.uniform(0.05, LONGEST_S)
        while True:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                code = os.waitstatus_to_exitcode(status)
                if code == -signal.SIGKILL and point:
                    self.killed[f"controller, {point}"] += 1
                return code
            if not point and self.goes_on and time.monotonic() - began > blow:
                if self._strike(child):
                    _, status = os.waitpid(child, 0)
                    return os.waitstatus_to_exitcode(status)
                began, blow = time.monotonic(), self.rng.uniform(0.05, LONGEST_S)
            time.sleep(0.002)

    def _broker_comes_first(self) -> bool:
        return self.broker is not None and self.server is None and not self.killed["broker"]

    def _strike(self, child: int) -> bool:
        """Kill one process now; return whether it was the controller."""
        world, gateway = world_pid(self.shop), living_pid(self.shop, "world", "gateway.json")
        there = {"controller, any moment": 0.25, "world": 0.45 * (world is not None)}
        there |= {"database": 0.3 * (self.server is not None), "broker": 0.25 * (self.broker is not None)}
        there["gateway"] = 0.1 * (gateway is not None)
        if self.plans is not None:
            there = {
                "controller, any moment": 1.0
            }  # a plan is damaged between two controllers, so each kill must end a controller
        drawn = self.rng.choices(list(there), list(there.values()))[0]
        struck = "broker" if self._broker_comes_first() else drawn
        if struck == "database" and self.server is not None:
            self.server.kill()
            self.server.start()
        elif struck == "broker" and self.broker is not None:
            self.broker.kill()
            time.sleep(self.rng.uniform(0.0, 0.5))
            self.broker.start()
        else:
            os.kill({"world": world, "gateway": gateway}.get(struck) or child, signal.SIGKILL)
        self.killed[struck] += 1
        return struck == "controller, any moment"

    def _controller(self, countdown: Countdown, seed: int, resume: bool) -> None:
        """Run the controller in the child."""
        code = 70
        try:
            arm(countdown)
            Network(seed, loss=LOSS).lay()
            if self.control:
                send_first()
            way = Connection("mqtt", broker=self.broker.address) if self.broker is not None else Connection()
            request = RunRequest(
                self.days, self.seed + self.lives, resume=resume, fresh=not resume, patience_s=20.0, connection=way
            )
            run_shop(self.shop, request)
            code = 0
        except NightmillError as error:
            code = error.exit_code
            self._words.write_text(str(error))
        except BaseException:  # noqa: BLE001  a child must never come back into the parent's loop
            self._words.write_text(traceback.format_exc())
        finally:
            os._exit(code)

    @property
    def _words(self) -> Path:
        return self.shop / ".nightmill" / "last-words"

    def _last_words(self) -> str:
        return self._words.read_text()[-1500:] if self._words.exists() else "no message"

    def _begun(self) -> bool:
        """Return whether this run can be resumed. The previous run doesn't count: the controller may have died while it
        was archiving that run at the start.
        """
        journal = self.shop / ".nightmill" / "world" / "journal.jsonl"
        return journal.exists() and identity(self.shop) not in ("", self.before)

    def _forget(self) -> None:
        """Remove the files of earlier runs."""
        world = world_pid(self.shop)
        if world is not None:
            os.kill(world, signal.SIGKILL)
        gateway = living_pid(self.shop, "world", "gateway.json")
        if gateway is not None:
            os.kill(gateway, signal.SIGKILL)
        for name in ("archive", "world"):
            shutil.rmtree(self.shop / ".nightmill" / name, ignore_errors=True)
        for path in (self.shop / ".nightmill").glob("log.sqlite*"):
            path.unlink()


def identity(shop: Path) -> str:
    """Return the first event's hash in the shop's log, wherever it is stored; empty if there is none yet. A log that
    can't be read raises an error, unlike a log that was never started.
    """
    try:
        first = next(iter(rows(shop)), None)
    except NoTable:
        return ""
    return "" if first is None else first[2]


def world_pid(shop: Path) -> int | None:
    """Return the process id of the shop's world, if one is running."""
    return living_pid(shop, "world", "address.json")


@contextmanager
def in_database(shop: Path, server: Server) -> Iterator[None]:
    """Keep the shop's log in the server's database within the block; its file is restored afterwards."""
    path = shop / "shop.toml"
    before = path.read_text(encoding="utf-8")
    text = before.partition("\n[log]")[0]
    path.write_text(f'{text}\n[log]\nurl = "{server.url}"\nname = "campaign"\n', encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def main() -> int:
    """Run the campaign and print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=math.inf, help="no more kills after this many seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument(
        "--postgres", action="store_true", help="keep the log in a PostgreSQL server, which is also killed"
    )
    parser.add_argument("--mqtt", action="store_true", help="run over Sparkplug; broker and gateway are also killed")
    parser.add_argument("--damage-plans", action="store_true", help="damage a plan before each resumption")
    parser.add_argument("--control", action="store_true", help="a controller that sends before it writes")
    chosen = parser.parse_args()
    campaign = Campaign(
        chosen.shop, chosen.kills, chosen.seed, chosen.days, seconds=chosen.seconds, control=chosen.control
    )
    with clearing_up(chosen.shop), ExitStack() as stack:
        if chosen.postgres:
            campaign.server = stack.enter_context(Server())
            stack.enter_context(in_database(chosen.shop, campaign.server))
        if chosen.damage_plans:
            campaign.plans = Path(stack.enter_context(TemporaryDirectory())) / "plans"
        if chosen.mqtt:
            campaign.broker = stack.enter_context(Mosquitto())
        campaign.run()
    for problem in campaign.problems[:50]:
        print(problem)
    for what, times in sorted(campaign.killed.items()):
        print(f"{times:6d} {what}")
    if chosen.damage_plans:
        print(f"{campaign.damages:6d} plans damaged")
    print(
        f"{campaign.kills} kills, {campaign.runs} processes, {campaign.lives} lives, {len(campaign.problems)} violations of I1 to I10"
    )
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
