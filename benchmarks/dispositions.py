"""Measure the time from a verdict to the remake in the schedule, and whether exactly the affected parts are held.

    python benchmarks/dispositions.py [--mills 20] [--parts 500] [--days 0.6] [--seed 0]

A virtual shop (simulated) runs with a log on disk. A camera rejects some planted parts, which are scrapped, and doubts
others, which go to quarantine, where a person decides on each: use as is, rework, scrap, return. The time is measured
from the moment at which the loop has received the camera's report (or the person's request) until the resulting
schedule is durable. Next, bad edges are planted in lists of cuts, and the parts held by ``containment`` are compared
with those that the edge has cut.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from virtual_shops import DAY_S, VirtualShop, lived, virtual_shop

from nightmill.floor import ShopState
from nightmill.plant.requests.inbox import Request, decided
from nightmill.plant.requests.material_review import in_review
from nightmill.plant.shop_state.decider import Decision
from nightmill.quality import CutRecord, containment
from nightmill.store import SqliteEventStore
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.ids import MachineId, SerialId
from nightmill.vocabulary.shop import OperationsRequest, Shift, WorkUnit

DECISIONS = ("use_as_is", "rework", "scrap", "return")


class TimedLog(SqliteEventStore):
    """A log on disk that records when each event arrived and when it was durable."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.turn_begun = time.perf_counter()
        self.waits: list[tuple[str, str, float]] = []
        self.took: dict[str, list[float]] = {}
        self.made: dict[str, int] = {}

    def append(
        self, events: Sequence[e.Event], *, expected_version: int, meanwhile: Callable[[], None] | None = None
    ) -> int:
        version = super().append(events, expected_version=expected_version, meanwhile=meanwhile)
        now = time.perf_counter()
        for event in events:
            self._note(event.fact, now)
        return version

    def _note(self, fact: e.AnyFact, now: float) -> None:
        if isinstance(fact, e.OrderReceived):
            first = self.made.get(fact.order, 0)
            self.made[fact.order] = first + fact.quantity
            if fact.remake_of:
                self.waits.append(("verdict to remake", f"{fact.order}.{first + 1:03d}", self.turn_begun))
        elif isinstance(fact, e.PartReviewed):
            self.waits.append(("decision to plan", "", self.turn_begun))
        elif isinstance(fact, e.SchedulePublished):
            planned = {line.serial for line in fact.lines}
            answered = [each for each in self.waits if not each[1] or each[1] in planned]
            for kind, _, begun in answered:
                self.took.setdefault(kind, []).append(now - begun)
            self.waits = [each for each in self.waits if each not in answered]


def large_shop(mills: int, parts: int) -> VirtualShop:
    """Return a virtual shop with this many mills and parts on order from its first minute."""
    virtual = virtual_shop(4, 2.0)
    shop = virtual.shop
    units = tuple(unit for unit in shop.work_units if unit.kind != "mill")
    machines = tuple(WorkUnit(f"mill-{k}", "mill", "milling", rate_usd_h=30.0) for k in range(1, mills + 1))
    robots = tuple(WorkUnit(f"robot-{k}", "robot", "handling", move_s=30.0) for k in range(2, 1 + mills // 5))
    items = [part.name for part in shop.parts]
    orders = tuple(
        OperationsRequest(f"O{n:04d}", items[n % len(items)], 10, (2.0 + n / 20) * DAY_S, 0.0, 1)
        for n in range(parts // 10)
    )
    shop = msgspec.structs.replace(
        shop,
        work_units=(*machines, *robots, *units),
        orders=orders,
        pallets=4 * mills,
        shifts=(Shift((0, 1, 2, 3, 4), 0.0, 24.0, 2 + mills // 4),),
    )
    return msgspec.structs.replace(virtual, shop=shop)


def timed(virtual: VirtualShop, days: float, path: Path) -> dict[str, list[float]]:
    """Return the waiting times in seconds, by kind of wait."""
    pictures: list[str] = []
    log = TimedLog(path)

    def look(name: str, unit: str) -> tuple[str, float, str]:
        pictures.append(name)
        word = {3: "unsure", 4: "unsure", 7: "reject"}.get(len(pictures) % 10, "good")
        return word, 1.5 if word != "good" else 0.5, "planted"

    asked: list[str] = []

    def requests(state: ShopState) -> Iterable[Decision]:
        log.turn_begun = time.perf_counter()
        waiting = [part for part in state.parts.values() if in_review(state, part) and part.place == "quarantine"]
        if not waiting:
            return ()
        ask = a.DisposePart(waiting[0].serial, DECISIONS[len(asked) % 4], "looked at it")  # type: ignore[arg-type]
        asked.append(ask.serial)
        return decided(Request(f"r-{len(asked)}", ask, "Ann", "engineer"), virtual.shop, state)

    lived(virtual, days, "closed-loop", requests=requests, look=look, store=log)
    log.close()
    return log.took


def planted_edges(cases: range, machines: int, parts: int) -> int:
    """Return for how many of ``cases`` the held parts are exactly those that a bad edge has cut since its last good reading."""
    exact = 0
    for case in cases:
        rng = random.Random(case)
        edges = {f"mill-{m}": [f"mill-{m}.T1.{n}" for n in range(4)] for m in range(machines)}
        use = dict.fromkeys(edges, 0)
        cuts = []
        for n in range(parts):
            machine = rng.choice(list(edges))
            use[machine] = min(3, use[machine] + (rng.random() < 0.02))
            cuts.append((f"S{n:04d}", machine, edges[machine][use[machine]]))
        bad_edge = rng.choice([edge for _, _, edge in cuts])
        own = [n for n, cut in enumerate(cuts) if cut[2] == bad_edge]
        begins = rng.randrange(len(own))
        affected = [cuts[n][0] for n in own[begins:]]
        found = rng.choice(affected)
        # parts measured before the edge went bad were good; of the affected parts only the one found has been measured
        measured = {cuts[n][0] for n in own[:begins] if n == own[begins - 1] or rng.random() < 0.3}
        history = [
            CutRecord(SerialId(s), MachineId(m), edge, "bad" if s == found else "good" if s in measured else "")
            for s, m, edge in cuts
        ]
        exact += set(containment(history, serial=found)) == set(affected)
    return exact


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mills", type=int, default=20)
    parser.add_argument("--parts", type=int, default=500)
    parser.add_argument("--days", type=float, default=0.6)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first planted edge")
    asked = parser.parse_args()
    cases = range(asked.seed, asked.seed + 200)
    with tempfile.TemporaryDirectory() as folder:
        took = timed(large_shop(asked.mills, asked.parts), asked.days, Path(folder) / "log.sqlite")
    print(f"{asked.mills} mills, {asked.parts} parts on order (simulated shop, log on disk)")
    for kind, seconds in sorted(took.items()):
        worst = sorted(seconds)[-max(1, len(seconds) // 20)]
        print(
            f"  {kind}: {len(seconds)}, median {statistics.median(seconds):.3f} s, 95 % {worst:.3f} s, most {max(seconds):.3f} s"
        )
    print(
        f"  held set equals affected set: {planted_edges(cases, asked.mills, asked.parts)} of {len(cases)} planted edges"
    )


if __name__ == "__main__":
    main()
