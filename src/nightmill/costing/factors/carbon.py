"""Carbon: kilograms of CO2e per part by origin, and their cost."""

from collections.abc import Mapping

import numpy as np

from nightmill.costing.factors.logistics_cost import PACKAGING
from nightmill.costing.facts.fact_kinds import KM, MODES, TKM
from nightmill.costing.part_spec import Array, SiteRequest

BEHIND: dict[str, tuple[str, ...]] = {
    "energy": ("grid_kg_kwh",),
    "material": ("material_kg_kg",),
    "freight": (*KM, *TKM),
}
"""The facts behind each part of the carbon value."""


def carbon_kg(request: SiteRequest, v: Mapping[str, Array]) -> dict[str, Array]:
    """Return kg CO2e per good part: electricity and stock with their scrap, and freight by mode and distance.

    Empty if not requested.
    """
    if "grid_kg_kwh" not in v:
        return {}
    good = 1.0 - request.scrap_share
    tonnes = request.weight_kg * PACKAGING / 1000.0
    zero = np.zeros_like(v["grid_kg_kwh"])
    far = sum((v[f"{m}_km"] * v[f"{m}_kg_tkm"] for m in MODES if f"{m}_km" in v), zero)
    return {
        "energy": request.energy_kwh * v["grid_kg_kwh"] / good,
        "material": request.raw_kg * v["material_kg_kg"] / good,
        "freight": tonnes * far,
    }


def carbon_usd(request: SiteRequest, v: Mapping[str, Array]) -> Array | None:
    """Return USD per part: a price on all CO2e, and a border price on emissions from production and stock; ``None`` if not requested."""
    priced = [name for name in ("carbon_usd_t", "carbon_border_usd_t") if name in v]
    if not priced:
        return None
    kg = carbon_kg(request, v)
    made = kg["energy"] + kg["material"]
    usd = np.zeros_like(made)
    if "carbon_usd_t" in v:
        usd = usd + v["carbon_usd_t"] / 1000.0 * (made + kg["freight"])
    if "carbon_border_usd_t" in v:
        usd = usd + v["carbon_border_usd_t"] / 1000.0 * made
    return usd
