"""The values for one site on one day: known values, corners of the unknown values, and random draws."""

import itertools
import zlib
from collections.abc import Mapping
from datetime import date

import numpy as np

from nightmill.costing.decision.results import CitedFact, cited
from nightmill.costing.factors.carbon import BEHIND
from nightmill.costing.factors.customs_duties import with_duties
from nightmill.costing.factors.landed_cost import FACTORS, rests_on
from nightmill.costing.facts.fact_kinds import DUTY, FX, INSTEAD, asked_of, kind_of
from nightmill.costing.facts.site_book import EVERYWHERE, Correlation, Fact, Known, Site, SiteBook, look_up
from nightmill.costing.part_spec import Array

_Z90 = 1.2815515655446004  # the standard normal's 90 % quantile
# Values in which the cost isn't monotone, with the points at which the cost is evaluated while they are unknown. More safety
# stock costs more, but covers more of a stop: the times matter in this way only if stops are costed separately.
_STEPS = {"automation_share": 11}
_TIMES = {"transit_days": 5, "transit_sd_days": 5, "lead_days": 5}


class SiteFigures:
    """The values for one site on one day.

    Duties are those for goods of heading ``hts`` that enter on ``entry`` (that day by default).
    """

    def __init__(self, book: SiteBook, site: Site, as_of: date, hts: str = "", entry: date | None = None) -> None:
        self.site = site
        book = with_duties(book, site, hts, as_of if entry is None else entry, as_of)
        self.imported = site.country != book.market
        here = [fact for fact in book.facts if fact.site in (site.id, EVERYWHERE)]
        self.mode = next((fact.mode for fact in here if fact.mode), "")
        duties = {fact.name for fact in here if fact.name.startswith(DUTY)} if self.imported else set()
        self.duties = tuple(sorted(duties)) or ((DUTY + "rate",) if self.imported else ())
        said, anywhere = _given_names(book, site), {fact.name for fact in book.facts}
        names = (*asked_of(said, anywhere, imported=self.imported, home=site.id == book.home), *self.duties)
        self.asked = names
        self.known: dict[str, Known] = {name: look_up(book, site.id, name, as_of) for name in names}
        money = {name: known.fact.currency for name, known in self.known.items() if known.fact is not None}
        self.money = {name: FX + code for name, code in money.items() if code}
        """Facts given in another currency, each with the fact of its exchange rate."""
        for name in sorted(set(self.money.values())):
            self.known[name] = look_up(book, site.id, name, as_of)
        behind = {fact for factor in FACTORS for fact in rests_on(factor, names)}
        self.costed = frozenset(behind | {self.money[name] for name in behind if name in self.money})
        """The facts behind the site's cost; the remaining facts concern carbon without a price, or help between sites."""
        self.sure = all(self.known[name].valid for name in self.costed)
        self._facts: dict[str, tuple[bool, tuple[CitedFact, ...]]] = {}
        self._together = [row for row in book.correlations if not row.why_not(as_of)]

    def in_usd(self, rows: Mapping[str, Array]) -> dict[str, Array]:
        """Return the values with all money in USD."""
        if not self.money:
            return dict(rows)
        return {name: row * rows[self.money[name]] if name in self.money else row for name, row in rows.items()}

    def behind(self, factor: str) -> tuple[bool, tuple[CitedFact, ...]]:
        """Return whether all facts behind a factor are valid, and the facts."""
        if factor not in self._facts:
            self._facts[factor] = self._cited(rests_on(factor, self.asked))
        return self._facts[factor]

    def carbon_behind(self, part: str) -> tuple[bool, tuple[CitedFact, ...]]:
        """Return the same for one part of the carbon value."""
        return self._cited(tuple(name for name in BEHIND[part] if name in self.known))

    def _cited(self, names: tuple[str, ...]) -> tuple[bool, tuple[CitedFact, ...]]:
        money = [self.money[name] for name in names if name in self.money]
        known = [self.known[name] for name in dict.fromkeys((*names, *money))]
        return all(each.valid for each in known), tuple(cited(each) for each in known)

    def corners(self) -> dict[str, Array]:
        """Return rows in USD that span the range: all unknown values cheap, or all expensive.

        Values in which the cost isn't monotone are varied in steps.
        """
        bent = _STEPS | (_TIMES if "disruption_year" in self.known else {})
        unknown = [name for name, known in self.known.items() if not known.valid and name in bent]
        steps = [np.linspace(self.known[name].low, self.known[name].high, bent[name]) for name in unknown]
        points = np.array(list(itertools.product(*steps))) if steps else np.zeros((1, 0))
        rows = {}
        for name, known in self.known.items():
            if known.valid and known.fact is not None:
                rows[name] = np.full(2 * len(points), known.fact.value)
            elif name in unknown:
                rows[name] = np.tile(points[:, unknown.index(name)], 2)
            else:
                kind = kind_of(name)
                ends = [known.low, known.high] if kind is None or not kind.falls else [known.high, known.low]
                rows[name] = np.repeat(ends, len(points))
        return self.in_usd(rows)

    def draws(self, count: int, seed: int) -> dict[str, Array]:
        """Draw every value in USD from a two-piece normal with the 10 and 90 % quantiles at the fact's band.

        Facts for all sites and currency prices are drawn once for all; facts in a correlation share a normal factor.
        """
        rows = {
            name: _draw(
                known.fact, count, seed, next((each for each in self._together if each.holds(known.fact)), None)
            )
            for name, known in self.known.items()
            if known.fact is not None
        }
        return self.in_usd(rows)


def _given_names(book: SiteBook, site: Site) -> set[str]:
    """Return the names of facts given for a site or for all; if two replace one another, the site's own takes precedence."""
    own = {fact.name for fact in book.facts if fact.site == site.id}
    said = own | {fact.name for fact in book.facts if fact.site == EVERYWHERE}
    for name, others in INSTEAD.items():
        if name in own and others[0] not in own:
            said -= set(others)
    return said


def _draw(fact: Fact, count: int, seed: int, together: Correlation | None) -> Array:
    key = [seed, zlib.crc32(fact.site.encode()), zlib.crc32(fact.name.encode())]
    z = np.random.default_rng(key).standard_normal(count)
    if together is not None:
        shared = np.random.default_rng([seed, zlib.crc32(together.name.encode()), 1]).standard_normal(count)
        z = np.sqrt(together.rho) * shared + np.sqrt(1.0 - together.rho) * z
    z = z / _Z90
    low, high = fact.band()
    kind = kind_of(fact.name)
    drawn = fact.value + np.where(z > 0, z * (high - fact.value), z * (fact.value - low))
    if kind is None:
        return np.maximum(drawn, 0.0)
    most = max(1.0, kind.high) if kind.most is None and kind.unit == "share" else kind.most
    return np.clip(drawn, kind.least, most if most is None or not fact.currency else None)
