"""How well the shop's true laws would have foretold: its second month lived again with other fates, beside the one that came.

    python benchmarks/twin_truth.py SHOP [SHOP ...] [--policy closed-loop] [--fates 4] [--days 30]

Each virtual shop (`virtual_shops.py`) lives ``--days`` once; from there it goes on as it did and in ``--fates`` forks, in
which everything still to be drawn is drawn anew: scatter of hands and cuts, repairs, scrap, the hours to the next failure.
A bearing keeps the age that it has, its life is drawn given that it has reached it. So the forks are what the true laws
and the true state let expect, but for what nobody can know. Printed are throughput, mean and 90 % quantile of the cycle
time as they came, by how much the mean of the forks misses them in percent, and the forks' standard deviation, in percent
of their mean. A shop whose own laws miss a limit asks of a forecast what only luck can give. Simulated; needs ``fork``.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from statistics import mean, stdev

import msgspec
from twin_learning import LIMITS, Figures, happened
from virtual_shops import DAY_S, lived, virtual_shop, world_of

from nightmill.drivers.virtual_shop.hidden_parameters import MachineTruth
from nightmill.drivers.virtual_shop.random_draws import Draws
from nightmill.drivers.virtual_shop.world import World
from nightmill.floor import ShopState
from nightmill.plant.shop_state.decider import Decision


def draw_anew(world: World, seed: int) -> None:
    """Another fate from here on: other draws, and other lives of what runs, given the hours that it has run."""
    reality = world.reality
    reality.draws, failing = Draws(seed), reality.truth.breakdown
    for name, mill in reality.mills.items():
        own = reality.truth.machine.get(name, MachineTruth())
        scale_h, shape = own.gradual_life_h or failing.gradual_life_h, failing.gradual_shape
        left = reality.draws.exponential(name, "redrawn life", 0)
        mill.life_h = scale_h * math.pow((mill.age_h / scale_h) ** shape + left, 1.0 / shape)
        sudden_h = own.sudden_mean_h or failing.sudden_mean_h
        mill.sudden_at_h = mill.spindle_h + sudden_h * reality.draws.exponential(name, "redrawn sudden", 0)


class Forks:
    """Called at each turn of the loop: in the middle it forks, and a child goes on with another fate.

    In the parent ``found`` holds what came of each; a child sends what comes of its own by ``answer`` and ends.
    """

    def __init__(self, world: World, seeds: Sequence[int], from_s: float) -> None:
        self.world, self.seeds, self.from_s = world, seeds, from_s
        self.found: list[Figures] = []
        self.to_parent: int | None = None

    def __call__(self, state: ShopState) -> Iterable[Decision]:
        if state.now_s >= self.from_s and self.to_parent is None and not self.found:
            for seed in self.seeds:
                reading, writing = os.pipe()
                if os.fork() == 0:
                    os.close(reading)
                    self.to_parent = writing
                    draw_anew(self.world, seed)
                    break
                os.close(writing)
                with os.fdopen(reading, "rb") as answer:
                    self.found.append(msgspec.json.decode(answer.read(), type=Figures))
                os.wait()
        return ()

    def answer(self, came: Figures) -> None:
        """In a child, send what came and end; in the parent nothing."""
        if self.to_parent is not None:
            os.write(self.to_parent, msgspec.json.encode(came))
            os._exit(0)


def judged(number: int, asked: argparse.Namespace) -> dict[str, float]:
    """The row of one shop, printed; by what share the forks' mean misses what came."""
    virtual, days = virtual_shop(number, 2.0 * asked.days), asked.days
    world = world_of(virtual)
    forks = Forks(world, [number + 100_000 * fate for fate in range(1, asked.fates + 1)], days * DAY_S)
    log = lived(virtual, 2.0 * days, asked.policy, requests=forks, world=world)
    came = happened(log, days * DAY_S, 2.0 * days * DAY_S)
    forks.answer(came)
    found = forks.found
    expected = {name: mean(getattr(one, name) for one in found) for name in LIMITS}
    errors = {name: expected[name] / getattr(came, name) - 1.0 for name in LIMITS}
    spread = {name: stdev(getattr(one, name) for one in found) / expected[name] for name in LIMITS}
    row = {
        "shop": number,
        "came": {name: round(getattr(came, name), 1) for name in LIMITS},
        "error_percent": {name: round(100.0 * error, 1) for name, error in errors.items()},
        "spread_percent": {name: round(100.0 * share, 1) for name, share in spread.items()},
    }
    print(json.dumps(row), flush=True)
    return errors


def main() -> None:
    """Each shop, and how many the true laws would have foretold within the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shops", nargs="+", type=int)
    parser.add_argument("--policy", default="closed-loop")
    parser.add_argument("--fates", type=int, default=4)
    parser.add_argument("--days", type=float, default=30.0)
    asked = parser.parse_args()
    if asked.fates < 2:
        sys.exit("twin_truth: --fates must be at least 2")
    found = [judged(number, asked) for number in asked.shops]
    within = {name: sum(abs(errors[name]) <= limit for errors in found) for name, limit in LIMITS.items()}
    print(json.dumps({"shops": len(found), "within_limits": within}))


if __name__ == "__main__":
    main()
