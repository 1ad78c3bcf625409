"""Compare forecasts of intermittent demand with the textbook Normal rule: pinball loss, coverage, and stock at equal service, in one run.

Run: ``python benchmarks/forecast.py [CARPARTS.csv] [--series N] [--ray]``. Without a file, series are generated like
those of spare parts: no demand in most periods, rates that differ and drift. In the car parts of Hyndman et al. (2008),
gaps are left out. Loss: four origins, a lead time of three periods, the mean over five levels divided by the mean
change of each history. Stock: in every period both rules order up to their quantile of demand over the three periods
that a delivery takes; the level of each rule is adjusted until both give the same service, and their average stocks are
compared, at given service levels and at those that the Normal rule's reorder points reach at textbook levels. Finally
the comparison is made in value, at generated prices, with stock as ``forecast --serve`` sets it. ``--series`` measures
the time for that many series of 104 periods.
"""

import argparse
import csv
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from nightmill.forecasting.backtest import score
from nightmill.forecasting.demand_forecast import forecast_sum
from nightmill.forecasting.gamma_poisson import moments, quantile
from nightmill.forecasting.model_selection import learn
from nightmill.forecasting.scores import LEVELS, pinball

LEAD = 3
ORIGINS = (39, 42, 45, 48)
FILLS = (0.90, 0.95, 0.98)
Rule = Callable[[np.ndarray, float], np.ndarray]


def made_series(n: int, periods: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.6, 1.2, n)[:, None] * np.exp(np.cumsum(rng.normal(0, 0.03, (n, periods)), axis=1))
    sizes = 1 + rng.poisson(rng.gamma(1, 0.7, n)[:, None], (n, periods))
    return rng.poisson(rate * 0.5) * sizes.astype(float)


def read_series(path: Path) -> np.ndarray:
    with path.open() as file:
        rows = [row[1:] for row in csv.reader(file)][1:]
    return np.array([[float(cell) for cell in row] for row in rows if all(row)])


def normal_moments(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return LEAD * y[:, -12:].mean(axis=1), np.sqrt(LEAD) * y[:, -12:].std(axis=1, ddof=1)


def normal_rule(y: np.ndarray) -> np.ndarray:
    mean, sd = normal_moments(y)
    return np.maximum(0, mean[:, None] + sd[:, None] * ndtri(np.array(LEVELS)))


def loss_and_coverage(y: np.ndarray, rule: Callable[[np.ndarray], np.ndarray]) -> tuple[float, np.ndarray]:
    losses, covered = [], []
    for end in ORIGINS:
        scale = np.abs(np.diff(y[:, :end], axis=1)).mean(axis=1)
        some = scale > 0
        actual, q = y[some, end : end + LEAD].sum(axis=1), rule(y[:, :end])[some]
        losses.append(np.stack([pinball(actual, q[:, k], p) / scale[some] for k, p in enumerate(LEVELS)], axis=1))
        covered.append(actual[:, None] <= q)
    return float(np.concatenate(losses).mean()), np.concatenate(covered).mean(axis=0)


def stock_rules(y: np.ndarray, begin: int) -> dict[str, list[Callable[[float], np.ndarray]]]:
    """Return for each rule and period from ``begin`` on the order-up-to level, by the quantile level as a normal score."""
    rules: dict[str, list[Callable[[float], np.ndarray]]] = {"Nightmill": [], "Normal": []}
    for end in range(begin, y.shape[1]):
        past = y[:, :end]
        model = learn(past, LEAD)
        mean, variance = moments(past, LEAD, model.half_life)
        moved, asked = ndtri(np.array(model.levels)), ndtri(np.array(LEVELS))

        def own(z: float, mean: np.ndarray = mean, variance: np.ndarray = variance, moved: np.ndarray = moved, asked: np.ndarray = asked) -> np.ndarray:  # fmt: skip
            shift = np.interp(z, asked, moved - asked)
            from scipy.special import ndtr

            return quantile(float(min(ndtr(z + shift), 0.99995)), mean, variance)

        average, sd = normal_moments(past)

        def textbook(z: float, average: np.ndarray = average, sd: np.ndarray = sd) -> np.ndarray:
            return np.maximum(0.0, np.ceil(average + z * sd))

        rules["Nightmill"].append(own)
        rules["Normal"].append(textbook)
    return rules


FILL, CYCLE = 0, 1
"""Two measures of service: the fraction of demand served from stock, and the fraction of an item's periods without a wait."""


def run_stock(y: np.ndarray, begin: int, levels: list[np.ndarray]) -> tuple[float, float, float]:
    """Return both measures of service, and mean stock on hand; unmet demand waits, and orders arrive after two periods."""
    on_hand, coming = levels[0].copy(), [np.zeros(len(y)), np.zeros(len(y))]
    served = asked = held = whole = 0.0
    for k, level in enumerate(levels):
        on_hand += coming.pop(0)
        coming.append(np.maximum(0.0, level - on_hand - sum(coming)))
        demand = y[:, begin + k]
        served += float(np.minimum(demand, np.maximum(on_hand, 0)).sum())
        asked += float(demand.sum())
        whole += float(np.mean((demand == 0) | (demand <= on_hand)))
        on_hand -= demand
        held += float(np.maximum(on_hand, 0).sum())
    return served / asked, whole / len(levels), held / len(levels)


def stock_at(y: np.ndarray, begin: int, rules: list[Callable[[float], np.ndarray]], service: float, measure: int = FILL) -> float:  # fmt: skip
    """Return the mean stock of a rule whose level is set so that it reaches ``service`` by the ``measure``."""
    low, high = -1.0, 8.0

    def run(z: float) -> tuple[float, float]:
        found = run_stock(y, begin, [rule(z) for rule in rules])
        return found[measure], found[2]

    for _ in range(18):
        z = (low + high) / 2
        low, high = (z, high) if run(z)[0] < service else (low, z)
    (under, held_low), (over, held_high) = run(low), run(high)
    return float(np.interp(service, [under, over], [held_low, held_high])) if over > under else held_high


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--series", type=int, default=0)
    parser.add_argument("--ray", action="store_true")
    asked = parser.parse_args()
    y = read_series(asked.file) if asked.file else made_series(1500, 51, 1)
    print(
        f"{len(y):,} series of {y.shape[1]} periods, {np.mean(y == 0):.0%} zeros, {'read' if asked.file else 'made here'}"
    )
    for name, rule in (("Normal", normal_rule), ("Nightmill", lambda past: forecast_sum(past, LEAD))):
        loss, covered = loss_and_coverage(y, rule)
        print(f"{name}: pinball {loss:.4f}; covered " + ", ".join(f"{p:.0%} {c:.1%}" for p, c in zip(LEVELS, covered, strict=True)))  # fmt: skip
    rules = stock_rules(y, 36)
    for fill in FILLS:
        own, textbook = (stock_at(y, 36, rules[name], fill) for name in ("Nightmill", "Normal"))
        print(f"{fill:.0%} of demand from stock: {1 - own / textbook:.1%} less stock than the Normal rule")
    for level in LEVELS[2:]:
        points = [rule(float(ndtri(level))) for rule in rules["Normal"]]
        *reached, held = run_stock(y, 36, points)
        for measure, words in ((FILL, "of demand served from stock"), (CYCLE, "of periods without a wait")):
            own = stock_at(y, 36, rules["Nightmill"], reached[measure], measure)
            print(f"reorder points by the Normal rule at {level:.0%}: {reached[measure]:.1%} {words}; {1 - own / held:.1%} less stock gives the same service")  # fmt: skip
    for service in (0.95, 0.99):
        own, textbook = (stock_at(y, 36, rules[name], service, CYCLE) for name in ("Nightmill", "Normal"))
        print(f"{service:.0%} of periods without a wait: {1 - own / textbook:.1%} less stock than the Normal rule")
    prices = np.random.default_rng(1).lognormal(3, 1, len(y))
    priced = score(y, LEAD, lambda end: forecast_sum(y[:, :end], LEAD), prices)
    for each in priced.stock if priced is not None else ():
        less = (
            "the Normal rule can't"
            if each.saving is None
            else f"{each.saving:.1%} less stock value than with the Normal rule"
        )
        print(f"{each.fill:.0%} of demand from stock, with expensive and cheap pieces: {less}")
    if asked.series:
        many = np.tile(y, (-(-asked.series // len(y)), 3))[: asked.series, :104]
        began = time.process_time()
        alone = forecast_sum(many, LEAD)
        print(f"{len(many):,} series of 104 periods: {time.process_time() - began:.1f} s of processor time")
        if asked.ray:
            from nightmill.workers import ray_map

            with ray_map() if asked.ray else nullcontext() as spread:
                print(f"over Ray workers: {'the same' if np.array_equal(alone, forecast_sum(many, LEAD, spread)) else 'ANOTHER'} result")  # fmt: skip


if __name__ == "__main__":
    main()
