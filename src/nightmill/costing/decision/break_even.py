"""Break-evens between the home site and the cheapest other site: unattended share, duty, wage, freight, volume."""

from collections.abc import Mapping, Sequence

import numpy as np

from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.decision.results import BreakEven
from nightmill.costing.factors.landed_cost import total, unit_cost
from nightmill.costing.part_spec import Array, SiteRequest

MOST = {"tariff": 4.0, "wage": 400.0, "freight": 100.0}
"""Crossings beyond these limits are not reported."""
_SHARES = np.linspace(0.0, 1.0, 1001)
_VOLUMES = np.logspace(0.0, 7.0, 141)
Pair = tuple[float | None, float | None]


def break_even(
    request: SiteRequest, figures: Sequence[SiteFigures], home: int, ranges: Sequence[tuple[float, float]]
) -> BreakEven:
    """Return the crossings, with the lowest and highest unit cost of each site; ``home`` is the home site's index among the sites."""
    others = [one for n, one in enumerate(figures) if n != home]
    rivals = [min((r[side] for n, r in enumerate(ranges) if n != home), default=float("nan")) for side in (0, 1)]
    own = figures[home]
    low, high = _curves(request, own, {"automation_share": _SHARES})
    found: dict[str, Pair] = {
        "unattended_share": (_crossing(_SHARES, high - rivals[0]), _crossing(_SHARES, low - rivals[1])),
        "wage": _wage(request, own, rivals),
        "volume": _volume(request, own, others),
    }
    foreign = [one for one in others if one.imported]
    tariffs = [_needed(request, one, one.duties, ranges[home], MOST["tariff"]) for one in foreign]
    freights = [_needed(request, one, ("freight_usd_kg",), ranges[home], MOST["freight"]) for one in foreign]
    found |= {"tariff": _largest(tariffs), "freight": _largest(freights)}
    points = {name: _agreed(pair) for name, pair in found.items()}
    return BreakEven(
        points["unattended_share"], points["tariff"], points["wage"], points["freight"], points["volume"], found
    )


def _wage(request: SiteRequest, own: SiteFigures, rivals: Sequence[float]) -> Pair:
    """Return the full labour cost per hour at which home costs the same as the cheapest other site."""
    rows = own.corners()
    names = {"gross_wage_usd_h": 1.0, "social_share": 0.0} if "gross_wage_usd_h" in rows else {"wage_usd_h": 1.0}
    begin, slope = _line(request, rows, names)
    dear, cheap = float(_where(begin, slope, rivals[0]).min()), float(_where(begin, slope, rivals[1]).max())
    return _inside(dear, MOST["wage"]), _inside(cheap, MOST["wage"])


def _needed(
    request: SiteRequest, one: SiteFigures, names: Sequence[str], home: tuple[float, float], most: float
) -> Pair:
    """Return the value, at least 0, of one of a site's ``names`` (with the rest at 0) at which the site costs the same as home."""
    begin, slope = _line(request, one.corners(), {name: 1.0 if n == 0 else 0.0 for n, name in enumerate(names)})
    dear, cheap = float(_where(begin, slope, home[0]).min()), float(_where(begin, slope, home[1]).max())
    return _inside(max(0.0, dear), most), _inside(max(0.0, cheap), most)


def _line(request: SiteRequest, rows: Mapping[str, Array], names: Mapping[str, float]) -> tuple[Array, Array]:
    """Return unit cost [rows] with these values at 0, and the slope: cost is linear in wage, duty and freight."""
    zero = dict(rows) | {name: np.zeros_like(rows[name]) for name in names}
    one = dict(rows) | {name: np.full_like(rows[name], value) for name, value in names.items()}
    begin = total(unit_cost(request, zero))
    return begin, total(unit_cost(request, one)) - begin


def _where(begin: Array, slope: Array, target: float) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(slope > 0, (target - begin) / slope, np.inf)
    return found


def _inside(value: float, most: float) -> float | None:
    return value if 0.0 <= value <= most else None


def _volume(request: SiteRequest, own: SiteFigures, others: Sequence[SiteFigures]) -> Pair:
    """Return the parts a year at which home costs the same as the cheapest other site.

    If there are several such volumes, return the one nearest to the request's.
    """
    if not others:
        return None, None
    low, high = _curves(request, own, {}, _VOLUMES)
    away = [_curves(request, one, {}, _VOLUMES) for one in others]
    near = np.log10(request.quantity_year)
    found = []
    for side, mine in ((0, high), (1, low)):
        at = _crossing(np.log10(_VOLUMES), mine - np.min([pair[side] for pair in away], axis=0), near)
        found.append(None if at is None else float(10.0**at))
    return found[0], found[1]


def _curves(
    request: SiteRequest, one: SiteFigures, grids: Mapping[str, Array], quantity: Array | None = None
) -> tuple[Array, Array]:
    """Return the lowest and highest unit cost along a grid of some values or of parts a year; other unknowns vary over their range."""
    rows = one.corners()
    size = len(next(iter(rows.values())))
    width = len(next(iter(grids.values()))) if quantity is None else len(quantity)
    spread = {name: np.repeat(values[:, None], width, axis=1) for name, values in rows.items()}
    spread |= {name: np.repeat(grid[None, :], size, axis=0) for name, grid in grids.items()}
    costs = total(unit_cost(request, spread, None if quantity is None else np.repeat(quantity[None, :], size, axis=0)))
    return costs.min(axis=0), costs.max(axis=0)


def _crossing(grid: Array, difference: Array, near: float | None = None) -> float | None:
    """Return the first sign change of a difference, or the sign change nearest to ``near``, by linear interpolation."""
    if not np.all(np.isfinite(difference)):
        return None
    change = np.flatnonzero(np.sign(difference[:-1]) * np.sign(difference[1:]) <= 0)
    if not len(change):
        return None
    n = int(change[0] if near is None else change[np.argmin(np.abs(grid[change] - near))])
    step = difference[n + 1] - difference[n]
    return float(grid[n] if step == 0 else grid[n] - difference[n] / step * (grid[n + 1] - grid[n]))


def _largest(pairs: Sequence[Pair]) -> Pair:
    def of(side: int) -> float | None:
        values = [pair[side] for pair in pairs]
        known = [value for value in values if value is not None]
        return max(known) if known and len(known) == len(values) else None

    return of(0), of(1)


def _agreed(pair: Pair) -> float | None:
    low, high = pair
    return low if low is not None and high is not None and abs(low - high) <= 1e-9 * max(1.0, abs(low)) else None
