"""The landed unit cost at a site as a function of its values: one formula for points, draws, ranges and break-evens."""

from collections.abc import Collection, Mapping

import numpy as np

from nightmill.costing.factors.carbon import carbon_usd
from nightmill.costing.factors.logistics_cost import chain, moving, stocking
from nightmill.costing.factors.manufacturing_cost import making
from nightmill.costing.factors.risk_cost import risks
from nightmill.costing.facts.fact_kinds import CARBON, DUTY, KM, TKM
from nightmill.costing.part_spec import Array, SiteRequest

_WAGE = ("wage_usd_h", "gross_wage_usd_h", "automation_share", "learning_rate", "made_before")
_FLOOR = ("floor_usd_m2_year", "land_usd_m2", "building_usd_m2", "capital_rate", "automation_share")
_TIME = ("transit_days", "transit_sd_days", "lead_days")
_WORKS = ("machine", "floor", "tax", "labour", "social", "energy", "tools", "material", "overhead", "scrap", "launch")
LANDED = (*_WORKS, "freight", "insurance", "duty", "brokerage")
"""The factors that make up the landed value."""
# Each factor with its own facts and the factors that it is computed from, in the order of an answer.
_BEHIND: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "machine": (("capital_rate", "automation_share"), ()),
    "floor": (_FLOOR, ()),
    "tax": (("profit_tax_share", "capital_rate", "automation_share", "land_usd_m2", "building_usd_m2"), ()),
    "labour": (_WAGE, ()),
    "social": (("social_share",), ("labour",)),
    "energy": (("energy_usd_kwh",), ()),
    "tools": ((), ()),
    "material": (("material_price_share",), ()),
    "overhead": (("overhead_share",), ("machine", "floor", "labour", "social")),
    "scrap": ((), ("overhead", "tax", "energy", "material")),
    "launch": (("launch_usd", "capital_rate"), ()),
    "freight": (("freight_usd_kg", "freight_usd_shipment"), ()),
    "insurance": (("insurance_share",), ("freight", *_WORKS)),
    "duty": ((DUTY,), _WORKS),
    "brokerage": (("brokerage_usd",), ()),
    "pipeline": (("transit_days", "terms_days", "carry_rate"), LANDED),
    "safety": ((*_TIME, "carry_rate"), LANDED),
    "cycle": (("carry_rate",), LANDED),
    "markdown": (("changes_year", "markdown_share", *_TIME), LANDED),
    "expedite": (("expedite_usd_kg", "expedite_usd_shipment", *_TIME), ()),
    "quality": (("quality_share",), LANDED),
    "travel": (("trips_year", "trip_usd", "spend_usd_year"), LANDED),
    "ip": (("ip_prob_year", "ip_loss_share"), LANDED),
    "disruption": (("disruption_year", "recover_days", "shortage_share", *_TIME), LANDED),
    "risk": (("risk_share",), LANDED),
    "carbon": (("carbon_usd_t", "carbon_border_usd_t", *CARBON, *KM, *TKM), ()),
}
FACTORS = tuple(_BEHIND)


def rests_on(factor: str, asked: Collection[str]) -> tuple[str, ...]:
    """Return those of a site's required facts that are behind one factor, its own first; ``()`` if the factor has no own facts there."""
    own, bases = _BEHIND[factor]
    if factor == "floor" and "land_usd_m2" not in asked:
        own = tuple(name for name in own if name != "capital_rate")
    if factor == "carbon" and not {"carbon_usd_t", "carbon_border_usd_t"}.intersection(asked):
        return ()
    found = [name for key in own for name in asked if name == key or (key == DUTY and name.startswith(DUTY))]
    if not found and own:
        return ()
    for base in bases:
        found += rests_on(base, asked)
    return tuple(dict.fromkeys(found))


def unit_cost(request: SiteRequest, v: Mapping[str, Array], quantity: Array | None = None) -> dict[str, Array]:
    """Return the factors of the landed cost of a part, USD, in the order of ``FACTORS``; each array has the shape of the values in ``v``.

    ``quantity``: parts per year, if they differ from the request; an array of the same shape. Factors whose facts
    aren't in ``v`` are left out. The stages are: ex works (``making``), transport (``moving``), money tied up
    (``stocking``), ``risks``, carbon.
    """
    many: Array | float = request.quantity_year if quantity is None else quantity
    lot: Array | float = request.lot if quantity is None else np.maximum(1.0, quantity / request.shipments_year)
    f = making(request, v, many, lot)
    works = total(f)
    f |= moving(request, v, works, lot)
    landed = total(f)
    pieces = chain(request, v, many, lot)
    f |= stocking(request, v, landed, pieces, many, lot)
    f |= risks(v, landed, pieces, many)
    priced = carbon_usd(request, v)
    if priced is not None:
        f["carbon"] = priced
    return f


def cash_tied_up(request: SiteRequest, v: Mapping[str, Array]) -> Array:
    """Return the average USD tied up in parts that have left the port and are paid for, until they are used."""
    lot = request.lot
    factors = making(request, v, request.quantity_year, lot)
    landed = total(factors | moving(request, v, total(factors), lot))
    pieces = chain(request, v, request.quantity_year, lot)
    return landed * (pieces.under_way - pieces.unpaid + pieces.safety + pieces.cycle)


def total(factors: Mapping[str, Array]) -> Array:
    """Return the sum of the factors: the unit cost."""
    parts = list(factors.values())
    return sum(parts[1:], parts[0].copy())
