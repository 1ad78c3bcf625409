"""Factors on an item's demand apart from its own rate: season, promotions, and whether it was already on sale.

Seasonal indices are period totals over their centred moving average (classical decomposition), shrunk towards 1 if the years disagree.
Each item's own indices are shrunk to those of the pool, as is the effect of a promotion (empirical Bayes, gamma-Poisson). A new item has
no history before its first period; its rate is shrunk to that of its group, or of the part that it resembles.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.vocabulary.csv_text import read_records
from nightmill.vocabulary.errors import BadInput, Finding

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Name = Annotated[str, msgspec.Meta(min_length=1)]
SEASONS = (12, 52, 7, 4)
"""Season lengths that are tried: months, weeks, days and quarters."""
OWN_SIGHTINGS = 6.0
"""Number of pieces at which an item's own season or promotion effect has the same weight as the pool's."""


class PromotionRow(msgspec.Struct, frozen=True):
    """A promotion of ``item`` runs, or will run, in ``period``."""

    item: Name
    period: int


class BookedRow(msgspec.Struct, frozen=True):
    """``qty`` of ``item`` is already ordered for a coming ``period``: part of the demand that is forecast."""

    item: Name
    period: int
    qty: Annotated[float, msgspec.Meta(ge=0)]


class PartRow(msgspec.Struct, frozen=True):
    """An item is sold ``since`` a period, belongs to a ``group``, is ``like`` another item, costs ``price_usd``; all optional.

    An item without history is sold from the first coming period on, unless ``since`` gives another period. A part that was on sale all
    along but found no buyers isn't new.
    """

    item: Name
    since: int | None = None
    group: str = ""
    like: str = ""
    price_usd: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Beside(msgspec.Struct, frozen=True):
    """Covariates by item (row) and period (column: first the past, then the horizon)."""

    sold: Flags
    promoted: Flags
    booked: Floats
    group: npt.NDArray[np.int64]
    like: npt.NDArray[np.int64]

    def until(self, end: int, horizon: int) -> "Beside":
        """Return the covariates as known after ``end`` periods of history."""
        span = slice(0, end + horizon)
        return msgspec.structs.replace(self, sold=self.sold[:, span], promoted=self.promoted[:, span])

    def some(self, step: int) -> "Beside":
        """Return the covariates of every ``step``-th item; items that resemble another item are shrunk to the pool instead."""
        return Beside(self.sold[::step], self.promoted[::step], self.booked[::step], self.group[::step], np.full_like(self.like[::step], -1))  # fmt: skip


class Exposure(msgspec.Struct, frozen=True):
    """Factors by item: ``past`` [n, T] (0 before the item was on sale), ``ahead`` [n, H]; ``group`` and ``like`` [n] as in ``Beside``."""

    past: Floats
    ahead: Floats
    group: npt.NDArray[np.int64]
    like: npt.NDArray[np.int64]


def read_beside(
    texts: Mapping[str, str], names: tuple[str, ...], first: int, periods: int, horizon: int
) -> tuple[tuple[str, ...], Beside]:
    """Read promotions.csv, booked.csv and parts.csv for the items in ``names`` and the new items in parts.csv.

    ``first`` is the first period of the history, and ``periods`` is its length. Raises ``BadInput`` with every finding.
    """
    findings: list[Finding] = []
    promotions = (
        read_records("promotions.csv", texts["promotions.csv"], PromotionRow, findings)
        if "promotions.csv" in texts
        else []
    )
    booked = read_records("booked.csv", texts["booked.csv"], BookedRow, findings) if "booked.csv" in texts else []
    parts = read_records("parts.csv", texts["parts.csv"], PartRow, findings) if "parts.csv" in texts else []
    known = set(names)
    names = (*names, *dict.fromkeys(part.item for _, part in parts if part.item not in known))
    place, last = {name: i for i, name in enumerate(names)}, first + periods + horizon - 1
    n = len(names)
    sold, amount = np.ones((n, periods + horizon), bool), np.zeros((n, horizon))
    promoted = np.zeros_like(sold)
    group, like = np.zeros(n, np.int64), np.full(n, -1)
    groups: dict[str, int] = {"": 0}
    named = [("promotions.csv", line, row.item) for line, row in promotions]
    named += [("booked.csv", line, row.item) for line, row in booked]
    for file, line, item in named:
        if item not in place:
            findings.append(Finding(file, f"line {line}, item", item, "an item in the history or in parts.csv", "Correct the name."))  # fmt: skip
    for line, part in parts:
        if part.like and (part.like not in place or part.like == part.item):
            findings.append(Finding("parts.csv", f"line {line}, like", part.like, "another item in the history", "Correct the name."))  # fmt: skip
    if findings:
        raise BadInput(*findings)
    for _, run in promotions:
        if first <= run.period <= last:
            promoted[place[run.item], run.period - first] = True
    for _, order in booked:
        if first + periods <= order.period <= last:
            amount[place[order.item], order.period - first - periods] += order.qty
    for _, part in parts:
        i = place[part.item]
        group[i] = groups.setdefault(part.group, len(groups))
        like[i] = place[part.like] if part.like else -1
        since = part.since if part.since is not None or part.item in known else first + periods
        if since is not None:
            sold[i, : max(0, since - first)] = False
    return names, Beside(sold, promoted, amount, group, like)


def part_rows(texts: Mapping[str, str]) -> dict[str, PartRow]:
    """Return the rows of a parts.csv that ``read_beside`` accepted, by item."""
    return {row.item: row for _, row in read_records("parts.csv", texts.get("parts.csv", "item\n"), PartRow, [])}


def exposure_of(y: Floats, beside: Beside, season: int, own: bool) -> Exposure:
    """Return the factors learned from histories y [n, T] and the covariates, for the past and the periods to come.

    ``season`` is its length in periods (1: none); with ``own``, items have their own seasons in addition to the pool's.
    """
    T = y.shape[1]
    calm = beside.sold[:, :T] & ~beside.promoted[:, :T]
    rate = (y * calm).sum(axis=1) / np.maximum(calm.sum(axis=1), 1)
    factor = np.ones(beside.sold.shape)
    noise = _noise(y, calm, rate)
    if season > 1 and 2 * season <= T:
        phase = np.arange(beside.sold.shape[1]) % season
        index = _season(y, calm, rate, season)
        factor = np.broadcast_to(index[phase], factor.shape).copy()
        if own:
            seen, wanted = np.zeros((len(y), season)), np.zeros((len(y), season))
            for k in range(season):
                at = phase[:T] == k
                seen[:, k] = (y[:, at] * calm[:, at]).sum(axis=1)
                wanted[:, k] = rate * calm[:, at].sum(axis=1) * index[k]
            each = (seen / noise + OWN_SIGHTINGS) / (wanted / noise + OWN_SIGHTINGS)
            factor *= (each / each.mean(axis=1, keepdims=True))[:, phase]
    if beside.promoted.any():
        during = beside.promoted[:, :T] & beside.sold[:, :T]
        seen_then, wanted_then = (y * during).sum(axis=1), (rate[:, None] * factor[:, :T] * during).sum(axis=1)
        pool = (seen_then.sum() + noise) / (wanted_then.sum() + noise)
        uplift = (seen_then / noise + OWN_SIGHTINGS * pool) / (wanted_then / noise + OWN_SIGHTINGS)
        factor = np.where(beside.promoted, factor * uplift[:, None], factor)
    factor = np.where(beside.sold, factor, 0.0)
    return Exposure(factor[:, :T], factor[:, T:], beside.group, beside.like)


def _noise(y: Floats, calm: Flags, rate: Floats) -> float:
    """Return the variance of an item's demand over its mean, pooled over all items."""
    spread = (np.square(y - rate[:, None]) * calm).sum()
    return max(0.5, float(spread / max((rate * calm.sum(axis=1)).sum(), 1e-9)))


def _season(y: Floats, calm: Flags, rate: Floats, season: int) -> Floats:
    """Return the pool's seasonal index by phase, with a mean of 1, shrunk towards 1 if the years disagree."""
    T = y.shape[1]
    share = 1.0 / (rate + rate.mean() + 1e-12)
    level = (y * calm * share[:, None]).sum(axis=0) / np.maximum(
        (rate[:, None] * calm * share[:, None]).sum(axis=0), 1e-12
    )
    width = season + 1 - season % 2
    kernel = np.ones(width)
    if season % 2 == 0:
        kernel[[0, -1]] = 0.5
    trend = np.convolve(np.pad(level, width // 2, mode="edge"), kernel / kernel.sum(), mode="valid")
    ratio = level / np.maximum(trend, 1e-9)
    inner = np.arange(T)[width // 2 : T - width // 2] if 3 * season <= T else np.arange(T)
    phase = inner % season
    count = np.maximum(np.bincount(phase, minlength=season), 1)
    mean = np.bincount(phase, ratio[inner], minlength=season) / count
    within = np.square(ratio[inner] - mean[phase]).sum() / max(1.0, len(inner) - season)
    between = max(0.0, float(mean.var()) - within / float(count.mean()))
    index = np.maximum(1.0 + (mean - 1.0) * between / (between + within / count + 1e-12), 0.02)
    return np.asarray(index / index.mean(), np.float64)
