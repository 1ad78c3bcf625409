"""Root causes: planted ones are found, none is made up, nested ones are told apart."""

import numpy as np
import pytest

from nightmill.quality.spc.cause_ranking import Factor, rank_causes


def _production(
    seed: int, parts: int = 300
) -> tuple[list[dict[str, Factor]], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Parts of a shop: machines with spindles, edges that belong to one machine and follow each other, lots, heat."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Factor]] = []
    for part in range(parts):
        machine = f"M{rng.integers(8)}"
        rows.append(
            {
                "machine": machine,
                "spindle": f"{machine}.{rng.integers(2)}",
                "tool_edge": f"{machine}.T{part * 3 // parts}",
                "pallet": f"P{rng.integers(20)}",
                "program": "B" if part > 2 * parts // 3 and rng.random() < 0.9 else "A",
                "material_lot": f"L{part * 6 // parts}",
                "hour": float(part % 24),
                "temperature": float(20 + 3 * np.sin(part / 30) + rng.normal(0, 0.4)),
                "day": float(part * 12 // parts),
            }
        )
    return rows, rng.normal(0, 5, parts)


def _planted(seed: int) -> tuple[str, list[dict[str, Factor]], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    rows, values = _production(seed)
    rng = np.random.default_rng(seed + 10_000)
    factor = list(rows[0])[seed % len(rows[0])]
    if isinstance(rows[0][factor], float):
        limit = np.quantile([float(row[factor]) for row in rows], rng.uniform(0.6, 0.85))
        hit = np.array([float(row[factor]) >= limit for row in rows])
    else:
        levels = sorted({str(row[factor]) for row in rows if sum(r[factor] == row[factor] for r in rows) >= 8})
        level = levels[int(rng.integers(len(levels)))]
        hit = np.array([row[factor] == level for row in rows])
    shift = rng.choice([-1, 1]) * rng.uniform(12, 20)
    return factor, rows, np.where(hit, values + shift, values)


def _top_three(seeds: range) -> float:
    hits = 0
    for seed in seeds:
        factor, rows, values = _planted(seed)
        hits += factor in [cause.factor for cause in rank_causes(values.tolist(), rows)[:3]]
    return hits / len(seeds)


def test_planted_causes_are_among_the_first_three() -> None:
    assert _top_three(range(18)) >= 0.95


@pytest.mark.slow
def test_planted_causes_are_among_the_first_three_over_many_shops() -> None:
    assert _top_three(range(100, 200)) >= 0.95


def test_without_a_cause_nothing_is_significant() -> None:
    false = 0
    for seed in range(12):
        rows, values = _production(seed)
        false += any(cause.significant for cause in rank_causes(values.tolist(), rows))
    assert false <= 1


def test_an_edge_ranks_before_the_machine_that_holds_it_and_says_why() -> None:
    rows, values = _production(3)
    values = np.where([row["tool_edge"] == "M2.T1" for row in rows], values + 15, values)
    first, *others = rank_causes(values.tolist(), rows)
    assert (first.factor, first.level, first.significant) == ("tool_edge", "M2.T1", True)
    assert "tool_edge M2.T1: typical value 1" in first.text()
    assert next(cause for cause in others if cause.factor == "machine").level == "M2"


def test_a_cause_that_only_spreads_the_values_is_found() -> None:
    rows, values = _production(4)
    values = np.where([row["pallet"] == "P7" for row in rows], values * 6, values)
    first = rank_causes(values.tolist(), rows)[0]
    assert (first.factor, first.level, first.effect) == ("pallet", "P7", "spread")


def test_good_and_bad_are_enough() -> None:
    rows, _ = _production(5)
    bad = [1.0 if row["material_lot"] == "L4" and index % 3 else 0.0 for index, row in enumerate(rows)]
    assert rank_causes(bad, rows)[0].level == "L4"


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        rank_causes([1.0, float("nan")], [{}, {}])
    with pytest.raises(ValueError, match="rows"):
        rank_causes([1.0], [])
