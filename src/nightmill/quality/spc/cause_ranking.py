"""Rank the factors (machine, tool edge, pallet, material lot, hour, temperature ...) by their association with the
deviations.

Each level of a factor is compared with all other parts. A numeric factor is split at the value that separates the parts
best. The Mann-Whitney test is applied to the values (a shift) and to their distances from the median (a spread). It
uses ranks, so a single outlier has no decisive effect. Probabilities are multiplied by the number of comparisons made for the
factor (Bonferroni); the best result for each factor is then controlled by Benjamini & Hochberg (J. R. Stat. Soc. B 57, 1995).
A cause nested in another (an edge within its machine) separates the values more clearly and so ranks higher.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Factor = str | float
_FEWEST = 3
_CUTS = 15
_CERTAIN = 0.01


class Cause(msgspec.Struct, frozen=True):
    """A factor at its most significant level: ``level`` of a categorical factor, or beyond ``level`` for a number (``side``).

    ``effect`` is ``shift`` or ``spread``; ``inside`` and ``outside`` are medians of the values (for a spread, of their distances from
    the median) for the ``parts`` concerned and for all others; ``log10_p`` is corrected for the number of
    comparisons; ``significant`` means that at most 1 % of such findings are false.
    """

    factor: str
    level: str
    side: Literal["is", "from", "below"]
    effect: Literal["shift", "spread"]
    parts: int
    inside: float
    outside: float
    log10_p: float
    significant: bool = False

    def text(self) -> str:
        """Return the evidence in words."""
        where = {"is": f"{self.factor} {self.level}", "from": f"{self.factor} from {self.level}"}
        what = "typical value" if self.effect == "shift" else "typical distance from the middle"
        place = where.get(self.side, f"{self.factor} below {self.level}")
        return f"{place}: {what} {self.inside:.4g} over {self.parts} parts, {self.outside:.4g} over the others"


def rank_causes(values: Sequence[float], factors: Sequence[Mapping[str, Factor]]) -> tuple[Cause, ...]:
    """Rank the factors in ``factors[i]`` (text or number; missing factors are ignored) by how well they separate ``values``.

    ``values`` are deviations in any unit, or 0 and 1 for good and bad. Returns one entry per factor, the most likely first. Raises
    ``ValueError`` for unequal lengths and for values that aren't finite numbers.
    """
    if len(values) != len(factors):
        raise ValueError(f"{len(values)} values but {len(factors)} rows of factors")
    sizes = np.asarray(values, dtype=np.float64)
    if not np.all(np.isfinite(sizes)):
        raise ValueError("values must be finite numbers")
    names = list(dict.fromkeys(name for row in factors for name in row))
    found = [cause for name in names if (cause := _strongest(name, sizes, [row.get(name) for row in factors]))]
    return _controlled(sorted(found, key=lambda cause: cause.log10_p))


def _controlled(ranked: list[Cause]) -> tuple[Cause, ...]:
    """Return the causes, with ``significant`` set by the Benjamini-Hochberg procedure."""
    passing = 0
    for place, cause in enumerate(ranked, 1):
        if cause.log10_p <= math.log10(_CERTAIN * place / len(ranked)):
            passing = place
    return tuple(msgspec.structs.replace(cause, significant=place < passing) for place, cause in enumerate(ranked))


def _strongest(name: str, values: NDArray[np.float64], cells: list[Factor | None]) -> Cause | None:
    told = np.array([cell is not None and cell == cell and cell != "" for cell in cells])
    if told.sum() < 2 * _FEWEST:
        return None
    values, cells = values[told], [cell for cell, known in zip(cells, told, strict=True) if known]
    if all(isinstance(cell, int | float) for cell in cells):
        groups = _cuts(np.array(cells, dtype=np.float64))
    else:
        texts = np.array([str(cell) for cell in cells])
        groups = [(level, "is", texts == level) for level in dict.fromkeys(texts.tolist())]
    groups = [group for group in groups if _FEWEST <= group[2].sum() <= len(values) - _FEWEST]
    if not groups:
        return None
    apart = np.abs(values - np.median(values))
    looks = math.log10(2 * len(groups))
    candidates = []
    for level, side, inside in groups:
        for effect, figures in (("shift", values), ("spread", apart)):
            chance = min(0.0, _mann_whitney(figures, inside) + looks)
            medians = float(np.median(figures[inside])), float(np.median(figures[~inside]))
            candidates.append(Cause(name, level, side, effect, int(inside.sum()), *medians, chance))  # type: ignore[arg-type]
    return min(candidates, key=lambda cause: cause.log10_p)


def _cuts(numbers: NDArray[np.float64]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Return the two sides of each split; the smaller one is the inside."""
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, _CUTS + 2)[1:-1], method="higher"))
    groups = []
    for edge in edges.tolist():
        above = numbers >= edge
        few_above = 2 * above.sum() <= len(numbers)
        groups.append((f"{edge:.6g}", "from" if few_above else "below", above if few_above else ~above))
    return groups


def _mann_whitney(figures: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return log10 of the two-sided probability, by the normal approximation with ties, and by the tail's asymptote far out."""
    from scipy.special import log_ndtr
    from scipy.stats import rankdata

    ranks = rankdata(figures)
    n, m = int(inside.sum()), int((~inside).sum())
    _, ties = np.unique(ranks, return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    if variance <= 0:
        return 0.0
    away = abs(float(ranks[inside].sum()) - n * (total + 1) / 2) - 0.5
    return min(0.0, (float(log_ndtr(-max(0.0, away) / math.sqrt(variance))) + math.log(2)) / math.log(10))
