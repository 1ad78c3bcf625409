"""Cost of getting parts to the market and keeping enough of them there.

It consists of freight, border, money tied up, markdown and urgent freight.
"""

from collections.abc import Mapping
from math import erfc, exp, pi, sqrt

import msgspec
import numpy as np

from nightmill.costing.facts.fact_kinds import DUTY
from nightmill.costing.part_spec import DAYS_A_YEAR, Array, SiteRequest

PACKAGING = 1.15


class Chain(msgspec.Struct, frozen=True):
    """Average numbers of parts between the site and their use: under way and in stock.

    ``unpaid`` of the parts in transit aren't paid for yet (negative if some are prepaid); ``spread`` is the standard
    deviation of demand over the lead time.
    """

    under_way: Array
    unpaid: Array
    safety: Array
    cycle: Array
    spread: Array


def moving(request: SiteRequest, v: Mapping[str, Array], works: Array, lot: Array | float) -> dict[str, Array]:
    """Return the cost of freight, insurance and the border, USD per part."""
    f: dict[str, Array] = {}
    f["freight"] = v["freight_usd_kg"] * request.weight_kg * PACKAGING
    if "freight_usd_shipment" in v:
        f["freight"] = f["freight"] + v["freight_usd_shipment"] / lot
    f["insurance"] = v["insurance_share"] * (works + f["freight"])
    duties = [rate for name, rate in v.items() if name.startswith(DUTY)]
    if duties:
        f["duty"] = works * sum(duties[1:], duties[0])
    if "brokerage_usd" in v:
        f["brokerage"] = v["brokerage_usd"] / lot
    return f


def chain(request: SiteRequest, v: Mapping[str, Array], quantity: Array | float, lot: Array | float) -> Chain:
    """Return average parts between site and use; safety stock is z sqrt(L s^2 + d^2 sL^2), with L the time to make and move them."""
    daily = quantity / DAYS_A_YEAR
    daily_sd = request.demand_cv_week * daily * np.sqrt(7.0)
    transit = v["transit_days"]
    lead = transit + v.get("lead_days", request.lead_days)
    spread = np.sqrt(lead * daily_sd**2 + (daily * v["transit_sd_days"]) ** 2)
    unpaid = daily * np.minimum(v["terms_days"], transit) if "terms_days" in v else np.zeros_like(transit)
    return Chain(daily * transit, unpaid, request.service_z * spread, np.zeros_like(transit) + lot / 2.0, spread)


def stocking(
    request: SiteRequest,
    v: Mapping[str, Array],
    landed: Array,
    pieces: Chain,
    quantity: Array | float,
    lot: Array | float,
) -> dict[str, Array]:
    """Return money tied up from when goods leave port, losses on unwanted stock, and urgent freight, USD per part.

    Urgent freight: in each lot's cycle the expected shortage (unit normal loss of the service's z) is shipped as urgent freight, as one
    shipment if there is any shortage.
    """
    carried = v["carry_rate"] * landed / quantity
    f = {
        "pipeline": carried * (pieces.under_way - pieces.unpaid),
        "safety": carried * pieces.safety,
        "cycle": carried * pieces.cycle,
    }
    if "changes_year" in v:
        stranded = pieces.under_way + pieces.safety + pieces.cycle
        f["markdown"] = v["changes_year"] * v["markdown_share"] * landed * stranded / quantity
    if "expedite_usd_kg" in v:
        z = request.service_z
        short = erfc(z / sqrt(2.0)) / 2.0
        loss = exp(-z * z / 2.0) / sqrt(2.0 * pi) - z * short
        by_weight = v["expedite_usd_kg"] * request.weight_kg * PACKAGING * np.minimum(loss * pieces.spread, lot)
        f["expedite"] = (by_weight + short * v["expedite_usd_shipment"]) / lot
    return f
