"""Let the twin learn from 30 days of a virtual shop's log, and measure its forecast of the next 30.

    python benchmarks/twin_learning.py [SHOP ...] [--policy closed-loop] [--replications 20] [--keep FOLDER] [--fates 1] [--ovens] [--once]

SHOP is a number; each number is a different shop (`virtual_shops.py`), and every third shop changes its mix after the
30 days. The twin gets the log of the first 30 days, the shop's routes and the order book: item, quantity, order date
and due date of future orders. It doesn't get the shop's hidden truth. It prints throughput (good parts per day), mean
and 90 % quantile of the cycle time (first mount to last dismount, for good parts started and finished in the period),
forecast and actual, and the error; also `chance_percent`, the standard deviation of the twin's own futures. `--keep`
keeps logs, so that they are simulated only once. `--fates N` runs each shop N times, with other failures, scrap and
manual times, and learns from each run separately: the differences between the runs of one shop can't be forecast; the
mean error is that of the twin. With `--ovens`, all parts are baked together and deburred by hand after their cuts.
`--days N` learns from N days and forecasts as many. `--once`: no replanning within the futures (as in `nightmill twin`
without `--anew`). Simulated.
"""

import argparse
import json
import random
from pathlib import Path
from statistics import stdev

import msgspec
from virtual_shops import DAY_S, VirtualShop, lived, virtual_shop

from nightmill.floor import ShopState, apply, empty_state
from nightmill.plant.shop_twin.belief import believed, floor_model, foreseen_plan
from nightmill.simulation.cell.model import Model
from nightmill.simulation.outlook.replications import simulate
from nightmill.stats.averages import mean, quantile
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Finishing, WorkUnit

LEARN_DAYS, FORETELL_DAYS = 30.0, 30.0
LIMITS = {"throughput": 0.02, "mean": 0.05, "p90": 0.08}


class Figures(msgspec.Struct, frozen=True):
    """Parts per day, and times in s."""

    throughput: float
    mean: float
    p90: float


def happened(log: tuple[e.Event, ...], from_s: float, to_s: float) -> Figures:
    """Return the actual figures for a period from the log; as in the twin, a cycle starts when a person goes to mount the part."""
    begun: dict[str, float] = {}
    cycles, finished = [], 0
    for event in log:
        if isinstance(event.fact, e.CommandIssued) and isinstance(event.fact.command, c.MountPart):
            begun.setdefault(event.fact.command.serial, event.at_s)
        if not isinstance(event.fact, e.Reported):
            continue
        report = event.fact.report
        if isinstance(report, r.PartDismounted) and report.destination == "finished" and from_s < report.at_s <= to_s:
            finished += 1
            if begun[report.serial] > from_s:
                cycles.append(report.at_s - begun[report.serial])
        elif isinstance(report, r.PartsUnloaded) and report.destination == "finished" and from_s < report.at_s <= to_s:
            finished += len(report.serials)
            cycles += [report.at_s - begun[serial] for serial in report.serials if begun[serial] > from_s]
    return Figures(finished / ((to_s - from_s) / DAY_S), mean(cycles), quantile(cycles, 0.9))


def known_at(virtual: VirtualShop, log: tuple[e.Event, ...], now_s: float) -> tuple[tuple[e.Event, ...], ShopState]:
    """Return the log up to a time, and the shop's state at that time."""
    past = tuple(event for event in log if event.at_s <= now_s)
    state = empty_state(virtual.shop)
    for event in past:
        apply(state, event)
    state.now_s = now_s
    return past, state


def foretold(
    virtual: VirtualShop,
    log: tuple[e.Event, ...],
    replications: int,
    learn_days: float = LEARN_DAYS,
    foretell_days: float = FORETELL_DAYS,
    anew: bool = True,
) -> tuple[Figures, Figures]:
    """Return the twin's forecast for the days after the first ``learn_days``, given these days and the order book, and
    the standard deviation of its futures as a fraction of the forecast. Each future is replanned as by the loop
    (``anew``), or keeps the current sequence with the kind of changes that plans have undergone before.
    """
    now_s = learn_days * DAY_S
    past, state = known_at(virtual, log, now_s)
    belief = believed(virtual.shop, state, past, foretell_days)
    floor = floor_model(virtual.shop, state.policy, belief, anew=state if anew else None)
    plan = foreseen_plan(state, belief.problem)
    model = Model(belief.problem, plan, foretell_days, floor.robots, habits=floor.habits)
    futures = simulate(model, replications, 1, floor.uncertainty)
    whole = [seconds for each in futures for seconds in each.cycle_s]
    said = Figures(mean([each.finished for each in futures]) / foretell_days, mean(whole), quantile(whole, 0.9))
    alone = [
        Figures(each.finished / foretell_days, mean(each.cycle_s), quantile(each.cycle_s, 0.9)) for each in futures
    ]
    return said, Figures(*(stdev(getattr(one, name) for one in alone) / getattr(said, name) for name in LIMITS))


def with_ovens(virtual: VirtualShop, number: int) -> VirtualShop:
    """Return the shop with an oven of 4 to 10 places and two tables; each kind of part is baked for 1 to 10 h and
    deburred for minutes.
    """
    rng, replace = random.Random(f"ovens {number}"), msgspec.structs.replace
    oven = WorkUnit("oven", "process", "heat", places=rng.randint(4, 10))
    tables = tuple(WorkUnit(f"table-{n}", "process", "bench") for n in (1, 2))
    parts = tuple(
        replace(
            part,
            finishing=(
                Finishing("bake", machines=("oven",), hours=rng.choice((1.0, 2.0, 4.0, 10.0)), load_s=60.0),
                Finishing(
                    "deburr",
                    machines=("table-1", "table-2"),
                    hours=rng.uniform(0.02, 0.1),
                    load_s=20.0,
                    attended=True,
                ),
            ),
        )
        for part in virtual.shop.parts
    )
    shop = replace(virtual.shop, work_units=(*virtual.shop.work_units, oven, *tables), parts=parts)
    return replace(virtual, shop=shop)


def the_log(name: str, virtual: VirtualShop, policy: str, keep: Path | None, days: float) -> tuple[e.Event, ...]:
    """Return the log of the shop's first ``days``, from ``keep`` if it is there."""
    path = keep / f"{name}-{policy}.json" if keep else None
    if path and path.exists():
        return msgspec.json.decode(path.read_bytes(), type=tuple[e.Event, ...])
    log = lived(virtual, days, policy)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(log))
    return log


def judged(number: int, fate: int, asked: argparse.Namespace) -> tuple[Figures, Figures, Figures]:
    """Return actual and forecast of one run of a shop, and the twin's own standard deviation."""
    days = asked.days
    virtual = virtual_shop(number, 2.0 * days)
    if asked.ovens:
        virtual = with_ovens(virtual, number)
    if fate:
        virtual = msgspec.structs.replace(virtual, seed=number + 1000 * fate)
    name = f"{number}.{fate}" if fate else str(number)
    log = the_log(
        f"{name}{' ovens' * asked.ovens}{f' {days:g} days' * (days != LEARN_DAYS)}",
        virtual,
        asked.policy,
        asked.keep,
        2.0 * days,
    )
    came = happened(log, days * DAY_S, 2.0 * days * DAY_S)
    return came, *foretold(virtual, log, asked.replications, days, days, not asked.once)


def errors_of(came: Figures, said: Figures) -> dict[str, float]:
    """Return the error of each figure, as a share of the actual value."""
    return {name: getattr(said, name) / getattr(came, name) - 1.0 for name in LIMITS}


def spread_of(lives: list[tuple[Figures, Figures]]) -> dict[str, dict[str, float]]:
    """For the runs of one shop, return the standard deviation of the actual values about their mean, and the mean of
    the errors, in per cent.
    """
    came = {name: [getattr(life[0], name) for life in lives] for name in LIMITS}
    errors = {name: mean([errors_of(*life)[name] for life in lives]) for name in LIMITS}
    return {
        "spread_percent": {name: round(100.0 * stdev(values) / mean(values), 1) for name, values in came.items()},
        "mean_of_errors_percent": {name: round(100.0 * error, 1) for name, error in errors.items()},
    }


def main() -> None:
    """Learn, forecast, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shops", nargs="*", type=int, default=list(range(10)))
    parser.add_argument("--policy", default="closed-loop")
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--fates", type=int, default=1)
    parser.add_argument("--ovens", action="store_true")
    parser.add_argument("--days", type=float, default=LEARN_DAYS)
    parser.add_argument("--once", action="store_true")
    asked = parser.parse_args()
    found: list[dict[str, float]] = []
    for number in asked.shops:
        lives = []
        for fate in range(asked.fates):
            came, said, chance = judged(number, fate, asked)
            lives.append((came, said))
            found.append(errors_of(came, said))
            row = {
                "shop": number,
                "fate": fate,
                "came": {k: round(v, 1) for k, v in msgspec.structs.asdict(came).items()},
                "said": {k: round(v, 1) for k, v in msgspec.structs.asdict(said).items()},
                "error_percent": {name: round(100.0 * error, 1) for name, error in found[-1].items()},
                "chance_percent": {name: round(100.0 * getattr(chance, name), 1) for name in LIMITS},
            }
            print(json.dumps(row), flush=True)
        if len(lives) > 1:
            print(json.dumps({"shop": number, "lives": len(lives), **spread_of(lives)}), flush=True)
    within = {name: sum(abs(errors[name]) <= limit for errors in found) for name, limit in LIMITS.items()}
    typical = {name: round(100.0 * mean([abs(errors[name]) for errors in found]), 1) for name in LIMITS}
    print(json.dumps({"lives": len(found), "within_limits": within, "mean_error_percent": typical}))


if __name__ == "__main__":
    main()
