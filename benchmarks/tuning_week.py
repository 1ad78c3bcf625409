"""Compare seven virtual days with parameters tuned in the loop and with handbook parameters, and time the new plan.

    python benchmarks/tuning_week.py [--shops 8] [--first 1] [--days 7]

Each shop of `virtual_shops.py` runs twice, unattended, with the same draws. Cost per good part: spindle hours at the
mill's rate plus a fifth of a wage, tools by the fraction of their real life used (known only to the simulation), blanks
of all parts cut, including scrap; by item, weighted by the output of both runs together.

**Reaction**: real seconds from the loop turn in which a new parameter was judged, or a maintenance stop decided, until
the new schedule is in the log, including all deciders and the search; CPU seconds as well, since other programs may be
running.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterable
from statistics import mean, stdev

import numpy as np
from virtual_shops import VirtualShop, lived, virtual_shop, world_of

from nightmill.drivers.virtual_shop.world import World
from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.deciders.cutting_parameters import CuttingParameterDecider
from nightmill.plant.run.controller import Controller
from nightmill.plant.shop_state.decider import Decision
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r

BLANK_USD = 8.0
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26, 12: 2.20, 16: 2.13}


class Handbook(CuttingParameterDecider):
    """The parameters stay as planned."""

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Propose no new parameter."""
        return []


class Timed(Controller):
    """Records the duration of each turn in which a stop or a parameter was decided and a schedule was published."""

    reactions: list[tuple[str, float, float]]

    def _act(self) -> None:
        before, wall, cpu = self.state.version, time.perf_counter(), time.process_time()
        super()._act()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        facts = [each.fact for each in self.store.read(before)]
        if any(isinstance(fact, e.SchedulePublished) for fact in facts):
            kinds = {type(fact) for fact in facts} & {e.MaintenancePlanned, e.ParametersJudged}
            self.reactions += [(kind.__name__, wall, cpu) for kind in kinds]
        elif any(isinstance(fact, e.ParametersJudged) and fact.released for fact in facts):
            self.reactions.append(("released, not planned again", math.inf, math.inf))


def used_up(world: World) -> float:
    """Return the cost of tools in USD, by the used fraction of their real life; worn-out edges count in full."""
    return sum(
        slot.tool.price_usd * (slot.edges - 1 + min(slot.active.used, 1.0))
        for mill in world.reality.mills.values()
        for slot in mill.slots.values()
    )


def cost_by_item(
    virtual: VirtualShop, log: Iterable[e.Event], world: World
) -> tuple[dict[str, float], Counter[str], int]:
    """Return the cost of a good part by item, good parts by item, and spoilt parts."""
    state, shop = empty_state(virtual.shop), virtual.shop
    minutes: Counter[str] = Counter()
    for event in log:
        apply(state, event)
        fact = event.fact
        if isinstance(fact, e.Reported) and isinstance(fact.report, r.CycleFinished):
            minutes[state.parts[fact.report.serial].item] += fact.report.duration_s / 60.0  # type: ignore[assignment]
    hour_usd = shop.units("mill")[0].rate_usd_h + 0.2 * shop.economy.wage_usd_h
    tools = used_up(world) / max(sum(minutes.values()), 1.0)
    good: Counter[str] = Counter(part.item for part in state.parts.values() if part.disposition == "good")
    cut: Counter[str] = Counter(part.item for part in state.parts.values() if part.disposition)
    spoilt = sum(cut.values()) - sum(good.values())
    cost: dict[str, float] = {
        item: (minutes[item] * (hour_usd / 60.0 + tools) + cut[item] * BLANK_USD) / count
        for item, count in good.items()
        if count
    }
    return cost, good, spoilt


def main() -> int:
    """Run all shops both ways and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shops", type=int, default=8)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--days", type=float, default=7.0)
    chosen = parser.parse_args()
    Timed.reactions = []
    gains, revised, taken_back = [], 0, 0
    for number in range(chosen.first, chosen.first + chosen.shops):
        virtual = virtual_shop(number, chosen.days)
        lives = {}
        for name, room in (("tuned", CuttingParameterDecider), ("handbook", Handbook)):
            world = world_of(virtual)
            log = lived(virtual, chosen.days, "closed-loop", world=world, tuned=room, controlled=Timed)
            revised += sum(isinstance(each.fact, e.ParametersRevised) for each in log)
            taken_back += sum(isinstance(each.fact, e.ParametersJudged) and not each.fact.released for each in log)
            lives[name] = (*cost_by_item(virtual, log, world), used_up(world))
        both = lives["tuned"][1] + lives["handbook"][1]
        shared = [item for item in both if item in lives["tuned"][0] and item in lives["handbook"][0]]
        weights = np.array([both[item] for item in shared], dtype=float)
        costs = {
            name: float(np.average([life[0][item] for item in shared], weights=weights)) for name, life in lives.items()
        }
        gains.append(1.0 - costs["tuned"] / costs["handbook"])
        print(f"shop {number}: cost of a good part {costs['tuned']:.2f} tuned, {costs['handbook']:.2f} handbook ({gains[-1]:+.1%} saved); good "
              f"{sum(lives['tuned'][1].values())}/{sum(lives['handbook'][1].values())}, spoilt {lives['tuned'][2]}/{lives['handbook'][2]}, tools "
              f"{lives['tuned'][3]:.0f}/{lives['handbook'][3]:.0f} USD", flush=True)  # fmt: skip
    half = T_95.get(len(gains), 1.96) * stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
    print(f"saved by tuning: {mean(gains):.1%} (95 % {mean(gains) - half:.1%} .. {mean(gains) + half:.1%}) over {len(gains)} shops of "
          f"{chosen.days:g} days, {revised} revisions, {taken_back} taken back")  # fmt: skip
    for kind in sorted({name for name, _, _ in Timed.reactions}):
        walls, cpus = zip(*[(wall, cpu) for name, wall, cpu in Timed.reactions if name == kind], strict=True)
        print(f"{kind} to the new schedule: {len(walls)} times, median {np.median(walls):.2f} s, most {max(walls):.2f} s (CPU {np.median(cpus):.2f}, "
              f"{max(cpus):.2f})")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
