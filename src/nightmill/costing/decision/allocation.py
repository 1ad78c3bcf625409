"""Split one part's volume over several sites: least expected cost under a limit on the losses from stops."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from nightmill.costing.decision.compare_sites import SiteComparison
from nightmill.costing.decision.fact_sampling import SiteFigures
from nightmill.costing.decision.results import CitedFact, cited_with_site
from nightmill.costing.factors.landed_cost import LANDED, total, unit_cost
from nightmill.costing.factors.logistics_cost import chain
from nightmill.costing.factors.risk_cost import days_without
from nightmill.costing.facts.fact_kinds import INSTEAD
from nightmill.costing.part_spec import DAYS_A_YEAR, Array, SiteRequest

STEPS = 20
"""Shares are multiples of one twentieth."""
MOST_SITES = 3
TAIL = 0.95
FRONTIER = 8


class Share(msgspec.Struct, frozen=True):
    """The fraction ``share`` of the parts is made at ``site``, each for ``unit_cost_usd`` without stops."""

    site: str
    share: float
    unit_cost_usd: float


class Split(msgspec.Struct, frozen=True):
    """A split: expected yearly cost with stops, mean loss from stops in the worst 5 % of years, and the fraction kept in a stop.

    ``kept_share``: the smallest fraction of demand still delivered while any one site is down for longer than its safety stock
    lasts.
    """

    shares: tuple[Share, ...]
    cost_usd_year: float
    stops_usd_year: float
    tail_usd_year: float
    kept_share: float


class SplitAnswer(msgspec.Struct, frozen=True):
    """The ``best`` split under the limits (``None`` if no split meets them), the ``cheapest`` without limits, the best ``single`` site.

    ``premium_usd_year`` is the extra cost of meeting the limits compared with the cheapest split; ``value_usd_year`` is the saving from
    splitting compared with the single site that meets them (``None`` if no single site does). ``frontier``: the cheapest splits for
    smaller and smaller losses in bad years. ``p10`` .. ``p90``: quantiles of the best split's cost over the draws. Sites with missing
    facts are ``left_out``.
    """

    part: str
    quantity_year: float
    loss_limit_usd_year: float
    keep_share: float
    best: Split | None
    cheapest: Split | None
    single: Split | None
    premium_usd_year: float | None
    value_usd_year: float | None
    p10: float | None
    p90: float | None
    frontier: tuple[Split, ...]
    left_out: dict[str, str]
    reason: str
    rests_on: tuple[CitedFact, ...]


class _Site(msgspec.Struct):
    """One site at each fraction of the volume.

    Cost without stops, loss per missing piece, days missing in a year with stops, and the probability of such a year.
    """

    id: str
    unit_usd: Array
    missing_usd: Array
    days: Array
    stops: float
    surge: float


def split_volume(
    comparison: SiteComparison, request: SiteRequest, *, loss_limit: float = 0.05, keep_share: float = 0.0
) -> SplitAnswer:
    """Return the best split of a part over up to three sites in steps of 5 %, by trying all splits.

    ``loss_limit``: the mean loss by stops in the worst 5 % of years (conditional value at risk, Rockafellar and Uryasev, Journal of
    Risk 2, 2000), as a fraction of the cheapest split's yearly cost. ``keep_share``: fraction of demand kept while any one site is down.
    Each site's cost is that of its own fraction of the volume, in lots of the same size. Stops at different sites are independent, and
    assumed to coincide if they occur in the same year; the other sites help by ``surge_share`` of their output (0 if no fact gives
    it). Raises
    ``ValueError`` for limits outside 0..1.
    """
    if not (0 <= loss_limit <= 1 and 0 <= keep_share <= 1):
        raise ValueError(f"split_volume: loss_limit {loss_limit} and keep_share {keep_share} must be within 0..1")
    comparison = comparison.of(request)
    sure = [one for one in comparison.figures if one.sure and INSTEAD["risk_share"][0] in one.known]
    left_out = {one.site.id: _why(one) for one in comparison.figures if one not in sure}
    year = request.quantity_year
    if not sure:
        why = "No site has valid facts on everything that its cost and its stops depend on."
        nothing = dict.fromkeys(("best", "cheapest", "single", "premium_usd_year", "value_usd_year", "p10", "p90"))
        return SplitAnswer(
            part=request.part, quantity_year=year, loss_limit_usd_year=0.0, keep_share=keep_share, frontier=(), left_out=left_out,
            reason=why, rests_on=(), **nothing,
        )  # fmt: skip
    sites = {one.site.id: _site(one, request) for one in sure}
    splits = [split for some in _subsets(list(sites.values())) for split in _all(some, year)]
    cheapest = min(splits, key=lambda each: each.cost_usd_year)
    limit = loss_limit * cheapest.cost_usd_year
    fitting = [s for s in splits if s.tail_usd_year <= limit * (1 + 1e-12) and s.kept_share >= keep_share - 1e-12]
    best = min(fitting, key=lambda each: (each.cost_usd_year, len(each.shares)), default=None)
    single = min((s for s in fitting if len(s.shares) == 1), key=lambda each: each.cost_usd_year, default=None)
    p10, p90 = _spread(comparison, request, best) if best is not None else (None, None)
    used = {share.site for split in (best, cheapest, single) if split is not None for share in split.shares}
    facts = (cited_with_site(known) for one in sure if one.site.id in used for known in one.known.values())
    return SplitAnswer(
        part=request.part, quantity_year=year, loss_limit_usd_year=limit, keep_share=keep_share, best=best, cheapest=cheapest,
        single=single, premium_usd_year=None if best is None else best.cost_usd_year - cheapest.cost_usd_year,
        value_usd_year=None if best is None or single is None else single.cost_usd_year - best.cost_usd_year,
        p10=p10, p90=p90, frontier=tuple(_frontier(splits)), left_out=left_out, reason=_reason(best, cheapest, single),
        rests_on=tuple(facts),
    )  # fmt: skip


def _why(one: SiteFigures) -> str:
    missing = [f"{known.name}: {known.why}" for known in one.known.values() if not known.valid]
    return "; ".join(missing) or "no facts on stops: " + ", ".join(INSTEAD["risk_share"])


def _part_of(request: SiteRequest, share: float) -> SiteRequest:
    """Return the request for a fraction of the parts, in lots of the same size."""
    lots = max(1.0, request.shipments_year * share)
    return msgspec.structs.replace(request, quantity_year=request.quantity_year * share, shipments_year=lots)


def _site(one: SiteFigures, request: SiteRequest) -> _Site:
    v = {name: row[:1] for name, row in one.corners().items()}
    unit, missing, days = np.empty(STEPS), np.empty(STEPS), np.empty(STEPS)
    rate = float(v["disruption_year"][0])
    stops = -np.expm1(-rate)
    for n in range(STEPS):
        asked = _part_of(request, (n + 1) / STEPS)
        factors = unit_cost(asked, v)
        landed = total({name: row for name, row in factors.items() if name in LANDED})
        unit[n] = (total(factors) - factors["disruption"])[0]
        missing[n] = (v["shortage_share"] * landed)[0]
        days[n] = days_without(v, chain(asked, v, asked.quantity_year, asked.lot), asked.quantity_year)[0]
    # for a year with any stops: the missing days are those for its mean number of stops
    days = np.minimum(days * (rate / stops if stops > 0 else 1.0), DAYS_A_YEAR)
    told = one.known.get("surge_share")
    surge = 0.0 if told is None else told.fact.value if told.valid and told.fact is not None else told.low
    return _Site(one.site.id, unit, missing, days, float(stops), surge)


def _subsets(sites: Sequence[_Site]) -> Iterator[tuple[_Site, ...]]:
    for size in range(1, min(MOST_SITES, len(sites)) + 1):
        yield from itertools.combinations(sites, size)


def _all(some: Sequence[_Site], year: float) -> Iterator[Split]:
    """Return all splits over exactly these sites."""
    size = len(some)
    steps = np.array([c for c in itertools.product(range(1, STEPS + 1), repeat=size) if sum(c) == STEPS])
    x = steps / STEPS
    unit = np.stack([site.unit_usd[steps[:, n] - 1] for n, site in enumerate(some)], axis=1)
    worth = np.stack([site.missing_usd[steps[:, n] - 1] for n, site in enumerate(some)], axis=1)
    days = np.stack([site.days[steps[:, n] - 1] for n, site in enumerate(some)], axis=1)
    surge = np.array([site.surge for site in some])
    chances, losses = [], []
    for down in itertools.product((False, True), repeat=size):
        stands = np.array(down)
        chances.append(np.prod([s.stops if off else 1 - s.stops for s, off in zip(some, down, strict=True)]))
        lost = x * days * stands
        help_days = np.max(days * stands, axis=1)
        missing = np.maximum(lost.sum(axis=1) - (x * surge * ~stands).sum(axis=1) * help_days, 0.0)
        share = missing / np.maximum(lost.sum(axis=1), 1e-12)
        losses.append(share * (lost * worth).sum(axis=1) * year / DAYS_A_YEAR)
    loss, chance = np.stack(losses, axis=1), np.array(chances)
    stops = loss @ chance
    tail = _tail(loss, chance)
    kept = np.ones(len(x))
    for n, site in enumerate(some):
        others = np.minimum(1.0, (np.delete(x, n, axis=1) * (1 + np.delete(surge, n))).sum(axis=1))
        kept = np.where((days[:, n] > 0) & (site.stops > 0), np.minimum(kept, others), kept)
    cost = (x * unit).sum(axis=1) * year + stops
    for row in range(len(x)):
        shares = tuple(Share(s.id, float(x[row, n]), float(unit[row, n])) for n, s in enumerate(some))
        yield Split(shares, float(cost[row]), float(stops[row]), float(tail[row]), float(kept[row]))


def _tail(loss: Array, chance: Array) -> Array:
    """Return the mean loss in the worst 5 % of years, from ``loss`` by split and case and the ``chance`` of each case."""
    order = np.argsort(-loss, axis=1)
    sorted_loss, p = np.take_along_axis(loss, order, axis=1), chance[order]
    before = np.cumsum(p, axis=1) - p
    counted = np.clip(1.0 - TAIL - before, 0.0, p)
    found: Array = (counted * sorted_loss).sum(axis=1) / (1.0 - TAIL)
    return found


def _frontier(splits: Sequence[Split]) -> Iterator[Split]:
    """Return a few of the splits that no other split beats in both cost and bad years, cheapest first."""
    front: list[Split] = []
    for split in sorted(splits, key=lambda each: (each.cost_usd_year, each.tail_usd_year)):
        if not front or split.tail_usd_year < front[-1].tail_usd_year - 1e-9:
            front.append(split)
    for n in np.unique(np.linspace(0, len(front) - 1, FRONTIER).round().astype(int)):
        yield front[n]


def _spread(comparison: SiteComparison, request: SiteRequest, split: Split) -> tuple[float, float]:
    """Return the 10 and 90 % quantiles of a split's expected yearly cost over the draws of its sites' facts."""
    year, drawn = request.quantity_year, comparison.draws_of
    cost: Array | float = 0.0
    for share in split.shares:
        rows: Mapping[str, Array] = drawn(share.site)
        factors = unit_cost(_part_of(request, share.share), rows)
        cost = cost + share.share * year * (total(factors) - factors["disruption"])
    low, high = np.quantile(cost + split.stops_usd_year, (0.1, 0.9))
    return float(low), float(high)


def _reason(best: Split | None, cheapest: Split, single: Split | None) -> str:
    if best is None:
        return "No split keeps the limits; the frontier shows the best possible splits."
    told = " and ".join(f"{share.share:.0%} at {share.site}" for share in best.shares)
    if best is cheapest:
        return f"{told} is the cheapest and keeps the limits."
    more = best.cost_usd_year - cheapest.cost_usd_year
    if single is best:
        return f"{best.shares[0].site} alone keeps the limits, for {more:,.0f} USD a year more than the cheapest."
    beside = "no single site keeps them" if single is None else f"{single.shares[0].site} alone costs {single.cost_usd_year - best.cost_usd_year:,.0f} more"  # fmt: skip
    return f"{told} keeps the limits for {more:,.0f} USD a year more than the cheapest; {beside}."
