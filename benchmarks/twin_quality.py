"""Measure the coverage of the twin's completion intervals, with a true model and five wrong ones, before and after conformal correction.

    python benchmarks/twin_quality.py [--shops 300] [--seed 1] [--only NAME]

Each episode is a different shop (orders, machines, times and people are all drawn at random) whose future is drawn once
from the true distributions. The twin forecasts it with its own model, right or wrong, and its 90 % intervals are
corrected by the outcomes of earlier episodes. The first third of the episodes is only for learning; the figures are for
the rest. Orders of one shop share its breakdowns, so they miss their intervals together: `wrapped_90_error` is the
standard error of `wrapped_90` with shops as units, and is needed to interpret a single run. Simulated.
"""

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from nightmill.scheduling import dispatch_shop, records
from nightmill.simulation import Experiment, FloorModel, Uncertainty, forecast_orders
from nightmill.simulation.calibration.conformal import Forecast, Interval, Outcome, quality, wrapped
from nightmill.simulation.calibration.dispatch_order import Moment
from nightmill.simulation.calibration.track_record import Past
from nightmill.simulation.cell.uncertainty import OperationLaw

DAY, HOUR = 86400.0, 3600.0
DRAWS = 100
MILLS = tuple(f"M{n}" for n in range(5))
LONG, SHORT = 1.06, 0.98
"""How much longer than planned the parts of two kinds really take."""

BASE = Uncertainty(
    cycle_sd=0.06, mtbf_h=40.0, repair_h=3.0, repair_sd=0.6, spoilt_share=0.5, scrap_share=0.03, draw_parameters=False
)  # fmt: skip


def laws(factor: float = 1.0, repair: float = 1.0, long: float = LONG, short: float = SHORT) -> Uncertainty:
    """Return the distributions with cutting times multiplied by ``factor`` and repair times by ``repair``."""
    by_kind = {f"{kind}{step}": ratio for kind, ratio in (("long", long), ("short", short)) for step in range(3)}
    operations = tuple(
        OperationLaw(machine=mill, operation=name, cycle_factor=factor * ratio, cycle_sd=0.06, cycle_weight=4.0)
        for mill in MILLS
        for name, ratio in by_kind.items()
    )
    return msgspec.structs.replace(BASE, repair_h=BASE.repair_h * repair, by_operation=operations)


TRUE = laws()


def a_shop(rng: random.Random, long_parts: float) -> records.ShopProblem:
    """Three to five mills, 10 to 25 orders; ``long_parts`` is the share of orders for parts that take long."""
    mills = MILLS[: rng.randint(3, 5)]
    operations: list[records.ShopOperation] = []
    orders = []
    for number in range(rng.randint(10, 25)):
        order, long = f"O{number}", rng.random() < long_parts
        cuts = [rng.uniform(2400, 9000) if long else rng.uniform(300, 2400) for _ in range(rng.randint(1, 3))]
        for part in range(rng.randint(1, 5)):
            for step, cut in enumerate(cuts):
                alternatives = tuple(records.Alternative(mill, cut) for mill in mills)
                serial = f"{order}.{part}"
                operations.append(
                    records.ShopOperation(
                        f"{serial}|{step}",
                        serial,
                        order,
                        f"{'long' if long else 'short'}{step}",
                        alternatives,
                        240.0,
                        60.0,
                        measure_s=120.0,
                    )
                )
        orders.append(records.ShopOrder(order, rng.uniform(0.5, 4.0) * DAY))
    windows = tuple(records.Window(d * DAY + 6 * HOUR, d * DAY + 20 * HOUR, 2) for d in range(40))
    return records.ShopProblem(
        now_s=rng.uniform(6.0, 18.0) * HOUR,
        horizon_s=30 * DAY,
        machines=tuple(records.ShopMachine(mill) for mill in mills),
        operations=tuple(operations),
        orders=tuple(orders),
        presence=windows,
        pallets=rng.randint(8, 14),
        move_s=rng.uniform(60.0, 180.0),
    )


class Twin(msgspec.Struct, frozen=True):
    """The twin's assumptions: distributions, a change of the problem, the assumed sequencing rule."""

    laws: Uncertainty = TRUE
    change: Callable[[records.ShopProblem], records.ShopProblem] = lambda problem: problem
    rule: Literal["edd", "spt"] = "edd"


def slower_moves(problem: records.ShopProblem) -> records.ShopProblem:
    """Make transport take half as long again."""
    return msgspec.structs.replace(problem, move_s=1.5 * problem.move_s)


TWINS = {
    "true model": Twin(),
    "process +3 %": Twin(laws(factor=1.03)),
    "repair halved": Twin(laws(repair=0.5)),
    "transport +50 %": Twin(change=slower_moves),
    "wrong rule": Twin(rule="spt"),
    "changed mix": Twin(laws(long=1.0, short=1.0)),
}
"""The last of these twins assumes one time factor for all parts, learned when few parts were long; the fraction of long
parts grows while the shop is observed.
"""


def forecast_shop(twin: Twin, number: int, seed: int, long_parts: float, paces: Sequence[float]) -> list[Outcome]:
    """Forecast one shop: the forecast of each order and its actual completion; ``paces`` is used for the simple forecast."""
    rng = random.Random(f"{seed} {number}")
    problem = a_shop(rng, long_parts)
    days, draw = 30.0, seed * 100003 + number
    real = forecast_orders(
        problem,
        dispatch_shop(problem, "edd"),
        experiment=Experiment(days=days, replications=1, seed=draw),
        floor=FloorModel(uncertainty=TRUE),
    )
    believed = twin.change(problem)
    said = forecast_orders(
        believed,
        dispatch_shop(believed, twin.rule),
        experiment=Experiment(days=days, replications=DRAWS, seed=draw + 500000000),
        floor=FloorModel(uncertainty=twin.laws),
    )
    ends, steps = {each.order: each.completions_s[0] for each in real}, steps_left(problem)
    some = rng.sample(paces, min(len(paces), DRAWS))
    found = []
    for each in said:
        simple = tuple(sorted(problem.now_s + pace * steps[each.order] for pace in some))
        found.append(Outcome(msgspec.structs.replace(each, naive_s=simple), ends[each.order]))
    return found


def steps_left(problem: records.ShopProblem) -> dict[str, int]:
    """Return the operations of each order."""
    return Counter(operation.order for operation in problem.operations)


def error_of_share(shops: Sequence[tuple[int, int]]) -> float | None:
    """Standard error of the share of outcomes inside, from (inside, outcomes) of each shop: of a ratio of two sums.

    ``None`` of one shop. Cochran, Sampling Techniques, 3rd ed., ch. 6, without the correction for a finite population.
    """
    inside, of_all = (sum(column) for column in zip(*shops, strict=True))
    share, number = inside / of_all, len(shops)
    squares = sum((hits - share * count) ** 2 for hits, count in shops)
    return math.sqrt(number / (number - 1) * squares) / of_all if number > 1 else None


def judged(name: str, shops: int, seed: int) -> dict[str, float | int | None]:
    """Return the results for one twin."""
    past = Past()
    paces: list[float] = []
    pairs: list[tuple[Outcome, Interval]] = []
    told: list[Forecast] = []
    by_shop: list[tuple[int, int]] = []
    for number in range(shops):
        long_parts = 0.2 + 0.5 * number / shops if name == "changed mix" else 0.4
        outcomes = forecast_shop(TWINS[name], number, seed, long_parts, paces)
        moment = Moment([each.forecast for each in outcomes])
        if number >= shops // 3:
            order, by = past.teaches()
            spoken = [moment.told(order)[each.forecast.order] for each in outcomes]
            here = [(each, wrapped(forecast, by)) for each, forecast in zip(outcomes, spoken, strict=True)]
            by_shop.append((sum(i.low_s <= o.completed_s <= i.high_s for o, i in here), len(here)))
            pairs += here
            told += spoken
        past.add(moment, outcomes)
        steps = steps_left(a_shop(random.Random(f"{seed} {number}"), long_parts))
        paces += [(o.completed_s - o.forecast.made_s) / steps[o.forecast.order] for o in outcomes]
    found = quality(pairs, told)
    assert found is not None
    figures = {name: value for name, value in msgspec.structs.asdict(found).items() if name != "pit"}
    return {**figures, "shops": len(by_shop), "wrapped_90_error": error_of_share(by_shop)}


def main() -> None:
    """Evaluate the true model and the wrong ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    for name in TWINS:
        if asked.only in name:
            figures = judged(name, asked.shops, asked.seed)
            print(json.dumps({"twin": name, **{k: round(v, 4) if v is not None else v for k, v in figures.items()}}))


if __name__ == "__main__":
    main()
