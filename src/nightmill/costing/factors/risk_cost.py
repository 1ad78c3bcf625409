"""Expected cost of risks at a site, USD per part: quality, supervision trips, design leaks, stops."""

from collections.abc import Mapping

import numpy as np

from nightmill.costing.factors.logistics_cost import Chain
from nightmill.costing.part_spec import DAYS_A_YEAR, Array


def risks(v: Mapping[str, Array], landed: Array, pieces: Chain, quantity: Array | float) -> dict[str, Array]:
    """Return the risk factors in USD, from fractions of a part's landed value."""
    f = {"quality": v["quality_share"] * landed}
    if "trips_year" in v:
        f["travel"] = v["trips_year"] * v["trip_usd"] / v["spend_usd_year"] * landed
    if "ip_prob_year" in v:
        f["ip"] = v["ip_prob_year"] * v["ip_loss_share"] * landed
    if "disruption_year" in v:
        missed = np.minimum(v["disruption_year"] * days_without(v, pieces, quantity) / DAYS_A_YEAR, 1.0)
        f["disruption"] = missed * v["shortage_share"] * landed
    else:
        f["risk"] = v["risk_share"] * landed
    return f


def days_without(v: Mapping[str, Array], pieces: Chain, quantity: Array | float) -> Array:
    """Return days without parts after a stop: the recovery time minus the time that safety stock lasts."""
    return np.maximum(v["recover_days"] - pieces.safety / (quantity / DAYS_A_YEAR), 0.0)
