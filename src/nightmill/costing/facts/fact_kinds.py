"""Kinds of facts about a site, and which facts a comparison requires for which site.

Some facts are required for every site. The others are optional: a factor that no site in a book has isn't counted; a factor that any
site has is required for all sites that it can concern, so that no site looks cheap because a factor was forgotten there. Some
facts replace others (``INSTEAD``): gross pay with social cost replaces a full wage.
"""

import msgspec

DUTY = "duty_"
FX = "fx_"
HOME_MONEY = "USD"


class Kind(msgspec.Struct, frozen=True):
    """A kind of fact: its unit, its plausible range (``low``..``high``) and its drift.

    An expired fact may be off by the factor ``drift`` either way, within the plausible range. ``falls``: a higher value costs less.
    ``least`` .. ``most`` is the range that the formulas accept (``most`` defaults to 4 ``high``).
    """

    unit: str
    low: float
    high: float
    drift: float
    about: str
    falls: bool = False
    least: float = 0.0
    most: float | None = None


# Plausible bounds and drifts are rules of thumb, wide on purpose; freight: Shanghai-Los Angeles rates changed eightfold 2019-2025.
KINDS: dict[str, Kind] = {
    "wage_usd_h": Kind("USD/h", 0.5, 90.0, 1.4, "full labour cost of an operator's hour"),
    "energy_usd_kwh": Kind("USD/kWh", 0.03, 0.45, 1.6, "industrial electricity"),
    "capital_rate": Kind("share/year", 0.03, 0.25, 1.5, "cost of capital"),
    "floor_usd_m2_year": Kind("USD/m2/year", 15.0, 400.0, 1.6, "industrial floor"),
    "overhead_share": Kind("share", 0.05, 0.60, 1.5, "overhead on machine, floor and labour"),
    "automation_share": Kind("share", 0.0, 0.95, 1.5, "share of machine time with nobody present"),
    "freight_usd_kg": Kind("USD/kg", 0.0, 20.0, 4.0, "freight from the site to the market, by weight and mode"),
    "insurance_share": Kind("share", 0.0005, 0.01, 2.0, "cargo insurance on value and freight"),
    "brokerage_usd": Kind("USD/shipment", 0.0, 600.0, 1.5, "customs brokerage and entry fees per shipment"),
    "transit_days": Kind("days", 0.0, 150.0, 1.6, "door to door"),
    "transit_sd_days": Kind("days", 0.0, 60.0, 2.0, "standard deviation of the door-to-door time"),
    "carry_rate": Kind("share/year", 0.08, 0.45, 1.4, "cost of holding stock, per year"),
    "quality_share": Kind("share", 0.0, 0.12, 2.0, "rework and returns (and travel, unless given separately), on landed value"),
    "risk_share": Kind(
        "share", 0.0, 0.15, 2.0, "expected loss from disruption: air freight, lost orders, on landed value"
    ),
    "gross_wage_usd_h": Kind("USD/h", 0.4, 70.0, 1.4, "gross pay of an operator's hour"),
    "social_share": Kind("share", 0.0, 0.8, 1.3, "employer's social cost and paid absence, on gross pay"),
    "land_usd_m2": Kind("USD/m2", 2.0, 1000.0, 2.0, "industrial land, purchased"),
    "building_usd_m2": Kind("USD/m2", 150.0, 3500.0, 1.5, "factory building per floor area, ready to use"),
    "profit_tax_share": Kind("share", 0.0, 0.40, 1.3, "corporate profit tax", most=0.9),
    "launch_usd": Kind("USD", 0.0, 60000.0, 2.0, "one-off cost of a part at the site: fixtures, samples, approval, start-up trips"),
    "learning_rate": Kind("share", 0.75, 1.0, 1.1, "ratio of labour per part after each doubling of the number of parts (Wright)", falls=True, least=0.55, most=1.0),
    "made_before": Kind("pieces", 0.0, 100000.0, 2.0, "number of such parts that the site has already made", falls=True, most=1e9),
    "material_price_share": Kind("share", 0.7, 1.8, 1.3, "price of stock at the site relative to the price used to cost the part"),
    "lead_days": Kind("days", 0.0, 120.0, 1.6, "from order to shipment at the site"),
    "freight_usd_shipment": Kind("USD/shipment", 0.0, 3000.0, 3.0, "freight per shipment that doesn't depend on weight"),
    "terms_days": Kind("days", -60.0, 120.0, 1.5, "days from leaving port to payment (negative: prepaid)", falls=True, least=-365.0),
    "changes_year": Kind("1/year", 0.0, 3.0, 2.0, "design changes and sales stops per year that leave stock obsolete"),
    "markdown_share": Kind("share", 0.0, 1.0, 1.5, "loss of value of obsolete stock", most=1.0),
    "expedite_usd_kg": Kind("USD/kg", 0.0, 40.0, 3.0, "urgent freight, mostly air"),
    "expedite_usd_shipment": Kind("USD/shipment", 0.0, 2000.0, 2.0, "urgent freight, fixed part per shipment"),
    "trips_year": Kind("1/year", 0.0, 24.0, 2.0, "trips to the site a year"),
    "trip_usd": Kind("USD", 0.0, 12000.0, 1.6, "cost of one trip, including the traveller's time"),
    "spend_usd_year": Kind("USD/year", 10000.0, 1e8, 2.0, "value of all purchases at the site, per year", falls=True, least=1.0, most=1e12),
    "ip_prob_year": Kind("1/year", 0.0, 0.3, 2.0, "yearly probability that the design leaks there", most=1.0),
    "ip_loss_share": Kind("share", 0.0, 3.0, 2.0, "loss from a leak, as a multiple of a year's landed value"),
    "disruption_year": Kind("1/year", 0.0, 1.0, 2.0, "stops of the site or its freight lane a year"),
    "recover_days": Kind("days", 0.0, 365.0, 2.0, "days until a stopped site or freight lane delivers again", most=3650.0),
    "shortage_share": Kind("share", 0.0, 5.0, 2.0, "loss from a part that can't be delivered, as a fraction of its landed value"),
    "surge_share": Kind("share", 0.0, 1.0, 2.0, "extra output by which a site can replace another one", falls=True),
    "grid_kg_kwh": Kind("kg/kWh", 0.0, 1.3, 1.3, "CO2e from the site's electricity"),
    "material_kg_kg": Kind("kg/kg", 0.2, 45.0, 1.5, "CO2e per kilogram of stock as delivered to the site"),
    "carbon_usd_t": Kind("USD/t", 0.0, 400.0, 2.0, "price on all CO2e of a part, paid or assumed"),
    "carbon_border_usd_t": Kind("USD/t", 0.0, 200.0, 2.0, "border price on CO2e from production and stock, minus prices paid at the site"),
}  # fmt: skip
MODES = ("road", "rail", "sea", "air")
for _mode, _kg, _far in (
    ("road", 0.35, 6000.0),
    ("rail", 0.10, 15000.0),
    ("sea", 0.06, 30000.0),
    ("air", 1.6, 20000.0),
):
    KINDS[f"{_mode}_km"] = Kind("km", 0.0, _far, 1.2, f"distance by {_mode} to the market")
    KINDS[f"{_mode}_kg_tkm"] = Kind("kg/tkm", 0.0, _kg, 1.5, f"CO2e per tonne-kilometre by {_mode}")
DUTY_KIND = Kind("share", 0.0, 1.0, 2.0, "one duty programme, on the goods' value; programmes add up")
FX_KIND = Kind("USD", 1e-6, 10.0, 1.25, "one unit of a currency in USD", least=1e-6, most=1000.0)

OF_ALL = (
    "wage_usd_h", "energy_usd_kwh", "capital_rate", "floor_usd_m2_year", "overhead_share", "automation_share", "freight_usd_kg",
    "insurance_share", "transit_days", "transit_sd_days", "carry_rate", "quality_share", "risk_share",
)  # fmt: skip
# Facts that replace another fact if the first of them is given; they are required together.
INSTEAD: dict[str, tuple[str, ...]] = {
    "wage_usd_h": ("gross_wage_usd_h", "social_share"),
    "floor_usd_m2_year": ("land_usd_m2", "building_usd_m2"),
    "risk_share": ("disruption_year", "recover_days", "shortage_share"),
}
# A site's own choice. The defaults: the request's lead time, payment as goods leave port, no fixed freight, no help from other sites.
SINGLE = ("lead_days", "terms_days", "surge_share")
# Facts that are required together, for every site that they can concern, once the book has any of them.
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("profit_tax_share",), ("launch_usd",), ("learning_rate", "made_before"), ("material_price_share",), ("freight_usd_shipment",),
    ("changes_year", "markdown_share"), ("expedite_usd_kg", "expedite_usd_shipment"), ("ip_prob_year", "ip_loss_share"),
)  # fmt: skip
TRAVEL = ("trips_year", "trip_usd", "spend_usd_year")
CARBON = ("grid_kg_kwh", "material_kg_kg")
KM = tuple(f"{mode}_km" for mode in MODES)
TKM = tuple(f"{mode}_kg_tkm" for mode in MODES)


def kind_of(name: str) -> Kind | None:
    """Return the kind of a fact by its name; names that start with ``duty_`` are duty programmes, ``fx_EUR`` is the price of a currency."""
    if name.startswith(DUTY) and len(name) > len(DUTY):
        return DUTY_KIND
    if name.startswith(FX):
        code = name.removeprefix(FX)
        return FX_KIND if len(code) == 3 and code.isalpha() and code.isupper() and code != HOME_MONEY else None
    return KINDS.get(name)


def currency_of(name: str, unit: str) -> str:
    """Return the currency of a fact not given in USD, ``EUR`` for ``EUR/h``; empty for USD and for facts that aren't money."""
    kind = kind_of(name)
    if kind is None or not is_money(name) or unit == kind.unit:
        return ""
    code, rest = unit[:3], unit[3:]
    return code if rest == kind.unit[len(HOME_MONEY) :] and code.isalpha() and code.isupper() else ""


def is_money(name: str) -> bool:
    """Return whether a fact may be given in any currency."""
    kind = kind_of(name)
    return kind is not None and kind.unit.startswith(HOME_MONEY) and not name.startswith(FX)


def asked_of(
    said: set[str] | frozenset[str], anywhere: set[str] | frozenset[str], *, imported: bool, home: bool
) -> tuple[str, ...]:
    """Return the facts that a site's cost depends on, in order, except duties and exchange rates.

    ``said``: given for the site itself or for all; ``anywhere``: given anywhere in the book. Brokerage and a border carbon price apply
    only if a border is crossed, trips only to sites other than home.
    """
    names: list[str] = []
    for name in OF_ALL:
        others = INSTEAD.get(name)
        told = others is not None and others[0] in (anywhere if name == "risk_share" else said)
        names += others if told and others is not None else (name,)
    names += [name for name in SINGLE if name in said]
    for group in TOGETHER:
        names += group if anywhere.intersection(group) else ()
    if not home and anywhere.intersection(TRAVEL):
        names += TRAVEL
    if imported:
        names.append("brokerage_usd")
    priced = [name for name in ("carbon_usd_t", "carbon_border_usd_t") if name in anywhere]
    if priced or anywhere.intersection((*CARBON, *KM, *TKM)):
        far = [mode for mode in MODES if f"{mode}_km" in said] or ["road"]
        names += [*CARBON, *(f"{mode}_km" for mode in far), *(f"{mode}_kg_tkm" for mode in far)]
        names += [name for name in priced if imported or name != "carbon_border_usd_t"]
    return tuple(dict.fromkeys(names))
