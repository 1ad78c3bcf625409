"""Measure how well the shop's true distributions forecast its second month: many random continuations compared with the actual one.

    python benchmarks/twin_truth.py SHOP [SHOP ...] [--policy closed-loop] [--fates 4] [--days 30]

Each virtual shop (`virtual_shops.py`) runs for ``--days``; from there it continues in the original run and in
``--fates`` forks, in which all future random values are drawn again: scatter of manual work and cuts, repairs, scrap,
the hours to the next failure. A bearing keeps its age; its life is drawn on the condition that it has reached that age.
The forks therefore show the prediction from the true distributions and the true state. It prints the actual throughput,
and mean and 90 % quantile of the actual cycle time, the error of the forks' mean in per cent, and the forks' standard
deviation in per cent of their mean. If the shop's own distributions miss a limit, no forecast can keep it except by
luck. Simulated; needs ``fork``.
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
    """Draw the rest of the run again: new random values, and new lives of running components, given their hours so far."""
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
    """Called at each turn of the loop: halfway through the run it forks, and each child continues with other random
    values. In the parent, ``found`` holds the result of each child; a child sends its result with ``answer`` and ends.
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
        """In a child, send the result and end; in the parent do nothing."""
        if self.to_parent is not None:
            os.write(self.to_parent, msgspec.json.encode(came))
            os._exit(0)


def judged(number: int, asked: argparse.Namespace) -> dict[str, float]:
    """Print the line for one shop; return the relative error of the forks' mean."""
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
    """Evaluate each shop, and count the shops whose true distributions give a forecast within the limits."""
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
