"""Requests for comparing sites for a part: the yearly demand, the facts to use, and the limits of a split."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from nightmill.costing import PriceBreak


class YearlyDemand(msgspec.Struct, frozen=True):
    """Pieces of a part a year, and how they are purchased and shipped.

    ``hts``: its tariff heading, such as 8466.93; ``lots``: lots a year, each with one set-up and one shipment;
    ``price_breaks``: the stock's price by kilograms a year, as ``KG:SHARE,KG:SHARE``; ``material`` "" for the part file's own.
    """

    quantity: int
    material: str = ""
    hts: str = ""
    lots: float = 12.0
    price_breaks: str = ""


class SiteFacts(msgspec.Struct, frozen=True):
    """The facts for a comparison of sites, and the number of Monte Carlo draws.

    ``sites``: a sites.toml, by default the shop's or the shipped file; ``as_of``: the day (YYYY-MM-DD) on which facts must be
    valid, today by default; ``entry``: the day on which goods cross a border, by default ``as_of``; ``own``: ``SITE.FACT=VALUE`` instead
    of the book's; ``draws``: Monte Carlo draws.
    """

    sites: Path | None = None
    as_of: str = ""
    entry: str = ""
    own: tuple[str, ...] = ()
    draws: int = 2000


class SplitLimits(NamedTuple):
    """Limits of a split over several sites.

    ``loss``: mean loss in bad years, as a fraction of the cost; ``keep``: fraction of the demand that is met while a site is down.
    """

    loss: float
    keep: float


@dataclass(frozen=True)
class Terms:
    """How a part is purchased and shipped, after checking: see ``YearlyDemand``."""

    hts: str = ""
    lots: float = 12.0
    price_breaks: "tuple[PriceBreak, ...]" = ()
