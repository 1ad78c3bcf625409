"""The figures of one site on one day: what is known of each, the corners of what is not, and draws of all."""

import zlib
from datetime import date

import numpy as np

from nightmill.economics.duties import with_duties
from nightmill.economics.facts import DUTY, EVERYWHERE, Fact, Known, Site, SiteBook, kind_of, look_up
from nightmill.economics.sitecost import Array, needed

_Z90 = 1.2815515655446004  # the standard normal's 90 % quantile


class SiteFigures:
    """The figures of one site on one day; duties are those of goods of heading ``hts`` that enter on ``entry`` (that day by default)."""

    def __init__(self, book: SiteBook, site: Site, as_of: date, hts: str = "", entry: date | None = None) -> None:
        self.site = site
        book = with_duties(book, site, hts, as_of if entry is None else entry, as_of)
        self.imported = site.country != book.market
        places = (site.id, EVERYWHERE)
        duties = (
            {fact.name for fact in book.facts if fact.site in places and fact.name.startswith(DUTY)}
            if self.imported
            else set()
        )
        self.duties = tuple(sorted(duties)) or ((DUTY + "rate",) if self.imported else ())
        names = (*needed(imported=self.imported), *self.duties)
        self.known: dict[str, Known] = {name: look_up(book, site.id, name, as_of) for name in names}
        self.sure = all(known.valid for known in self.known.values())

    def corners(self) -> dict[str, Array]:
        """Rows that span the range: all unknown figures low, all high; the unattended share, which isn't monotone, in steps."""
        share = self.known["automation_share"]
        steps = np.linspace(share.low, share.high, 11) if not share.valid else np.zeros(1)
        rows = {}
        for name, known in self.known.items():
            if known.valid and known.fact is not None:
                rows[name] = np.full(2 * len(steps), known.fact.value)
            elif name == "automation_share":
                rows[name] = np.tile(steps, 2)
            else:
                rows[name] = np.repeat([known.low, known.high], len(steps))
        return rows

    def draws(self, count: int, seed: int) -> dict[str, Array]:
        """Draws of every figure, two-piece normal with 10 and 90 % quantiles at the fact's band; facts for all sites are drawn once."""
        return {name: _draw(known.fact, count, seed) for name, known in self.known.items() if known.fact is not None}


def _draw(fact: Fact, count: int, seed: int) -> Array:
    key = [seed, zlib.crc32(fact.site.encode()), zlib.crc32(fact.name.encode())]
    z = np.random.default_rng(key).standard_normal(count) / _Z90
    low, high = fact.band()
    kind = kind_of(fact.name)
    drawn = fact.value + np.where(z > 0, z * (high - fact.value), z * (fact.value - low))
    return np.clip(drawn, 0.0, None if kind is None or kind.unit != "share" else max(1.0, kind.high))
