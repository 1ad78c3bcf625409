"""Compare the cost of a part at the home site and at other sites, and recommend where to make it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from nightmill.library import frames, plots
from nightmill.library.frames import Frame


class SiteCost(msgspec.Struct, frozen=True):
    """The landed cost of one piece from one site in USD; None if a fact is missing."""

    name: str
    country: str
    unit_cost_usd: float | None
    p10: float | None
    p90: float | None
    wins: float | None


class Quote(msgspec.Struct, frozen=True):
    """Where to make a part: ``decision`` is a site's id or ``unknown``; ``reason`` says why; ``missing`` lists facts that aren't known."""

    part: str
    quantity_year: float
    decision: str
    reason: str
    sites: tuple[SiteCost, ...]
    missing: tuple[dict[str, Any], ...]

    def to_arrow(self) -> Frame:
        """Return one row per site."""
        return frames.to_arrow(self.sites)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.sites)

    def plot(self, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw the unit cost by site with its 10 to 90 % range, and return the axes."""
        known = [each for each in self.sites if each.unit_cost_usd is not None]
        costs = [each.unit_cost_usd or 0.0 for each in known]
        low = [each.p10 if each.p10 is not None else cost for each, cost in zip(known, costs, strict=True)]
        high = [each.p90 if each.p90 is not None else cost for each, cost in zip(known, costs, strict=True)]
        return plots.bars([each.name for each in known], costs, low, high, "unit cost, USD", ax)


def quote(
    step: str | Path,
    *,
    quantity: int,
    material: str = "",
    sites: str | Path | None = None,
    shop: str | Path | None = None,
    as_of: str = "",
    facts: Sequence[str] = (),
) -> Quote:
    """Plan the part in a STEP file, then compare the cost of ``quantity`` pieces a year from each site.

    ``sites``: a sites.toml with dated facts and their sources; by default the one that ships with Nightmill. ``shop``: a shop folder whose
    plan and machines are used; ``as_of``: the day, such as 2026-05-04; ``facts``: your own values as ``SITE.FACT=VALUE``. Raises
    ``BadInput``.
    """
    from nightmill.plant.quoting import SiteFacts, YearlyDemand, site_answer

    found = site_answer(
        Path(step), YearlyDemand(quantity, material), SiteFacts(Path(sites) if sites else None, as_of, own=tuple(facts)),
        shop=Path(shop) if shop else None,
    )  # fmt: skip
    rows = tuple(msgspec.convert(_known(each), SiteCost) for each in found["sites"])
    return Quote(
        found["part"], found["quantity_year"], found["decision"], found["reason"], rows, tuple(found["missing"])
    )


def _known(site: dict[str, Any]) -> dict[str, Any]:
    return {name: site.get(name) for name in SiteCost.__struct_fields__}
