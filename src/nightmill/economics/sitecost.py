"""The landed unit cost of one site as a function of its figures: one formula for points, draws, ranges and break-evens."""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.economics.facts import DUTY

Array = NDArray[np.float64]
PACKAGING = 1.15
DAYS_A_YEAR = 365.0


class SiteRequest(msgspec.Struct, frozen=True):
    """One part to be made somewhere: what its process plan says it takes, and how many a year.

    ``machine_min`` spindle minutes a piece, ``attended_min`` loading, unloading and inspection a piece, ``setup_min`` a lot,
    ``weight_kg`` of the finished piece, ``material_usd`` and ``tool_usd`` a piece. ``shipments_year`` lots a year go to the market.
    ``machine_usd`` with ``automation_usd`` for a fully unattended one, ``area_m2`` with its share of aisles; hours a year grow from
    ``hours_attended`` to ``hours_unattended`` with the unattended share. ``hts`` is the part's heading in the tariff schedule, as far as
    it is known. ``source`` says where these figures come from.
    """

    part: str
    quantity_year: float
    machine_min: float
    attended_min: float
    weight_kg: float
    material_usd: float
    tool_usd: float
    energy_kwh: float
    setup_min: float = 45.0
    scrap_share: float = 0.02
    shipments_year: float = 12.0
    machine_usd: float = 280000.0
    automation_usd: float = 120000.0
    life_years: float = 10.0
    area_m2: float = 40.0
    hours_attended: float = 4000.0
    hours_unattended: float = 7600.0
    machines_per_person: float = 2.0
    demand_cv_week: float = 0.3
    service_z: float = 1.645
    lead_days: float = 10.0
    source: str = "process plan"
    hts: str = ""

    def __post_init__(self) -> None:
        for name in (
            "quantity_year",
            "shipments_year",
            "life_years",
            "hours_attended",
            "hours_unattended",
            "machines_per_person",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"SiteRequest: {name} {getattr(self, name)} must be > 0")
        for name in ("machine_min", "attended_min", "weight_kg", "material_usd", "tool_usd", "energy_kwh", "setup_min"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"SiteRequest: {name} {getattr(self, name)} must be >= 0")
        if not 0 <= self.scrap_share < 1:
            raise ValueError(f"SiteRequest: scrap_share {self.scrap_share} must be within 0..1 (1 excluded)")

    @property
    def lot(self) -> float:
        """Pieces a shipment, at least one."""
        return max(1.0, self.quantity_year / self.shipments_year)


_OWN = ("wage_usd_h", "energy_usd_kwh", "capital_rate", "floor_usd_m2_year", "overhead_share", "automation_share")
_WAY = (
    "freight_usd_kg",
    "insurance_share",
    "transit_days",
    "transit_sd_days",
    "carry_rate",
    "quality_share",
    "risk_share",
)
_MAKING = ("machine", "floor", "labour", "energy", "tools", "material", "overhead", "scrap")
_DIRECT: dict[str, tuple[str, ...]] = {
    "machine": ("capital_rate", "automation_share"),
    "floor": ("floor_usd_m2_year", "automation_share"),
    "labour": ("wage_usd_h", "automation_share"),
    "energy": ("energy_usd_kwh",),
    "tools": (),
    "material": (),
    "freight": ("freight_usd_kg",),
}
FACTORS = (*_MAKING, "freight", "insurance", "duty", "brokerage", "pipeline", "safety", "cycle", "quality", "risk")


def needed(*, imported: bool) -> tuple[str, ...]:
    """The facts that a site's cost rests on, duty programmes apart; brokerage only where a border is crossed."""
    return (*_OWN, *_WAY, "brokerage_usd") if imported else (*_OWN, *_WAY)


def rests_on(factor: str, duties: Iterable[str], *, imported: bool) -> tuple[str, ...]:
    """The facts behind one factor, its own first; factors on value rest on all that makes up the value."""
    if factor in _DIRECT:
        return _DIRECT[factor]
    making = tuple(dict.fromkeys(name for one in ("machine", "floor", "labour") for name in _DIRECT[one]))
    if factor == "overhead":
        return ("overhead_share", *making)
    works = ("overhead_share", *making, "energy_usd_kwh")
    border = (*duties, "brokerage_usd") if imported else ()
    landed = (*works, "freight_usd_kg", "insurance_share", *border)
    own: dict[str, tuple[str, ...]] = {
        "scrap": works,
        "insurance": ("insurance_share", "freight_usd_kg", *works),
        "duty": (*duties, *works) if imported else (),
        "brokerage": ("brokerage_usd",) if imported else (),
        "pipeline": ("transit_days", "carry_rate", *landed),
        "safety": ("transit_days", "transit_sd_days", "carry_rate", *landed),
        "cycle": ("carry_rate", *landed),
        "quality": ("quality_share", *landed),
        "risk": ("risk_share", *landed),
    }
    return own[factor]


def unit_cost(request: SiteRequest, v: Mapping[str, Array]) -> dict[str, Array]:
    """The factors of the landed cost of a piece, USD, in the order of ``FACTORS``; each array has the shape of the figures.

    Machine: annuity of machine and automation over hours that grow with the unattended share. Labour: attended minutes, set-up
    by lot, and machine time that somebody tends. Duty: sum of programmes on the value ex works. Stock: carrying rate on landed
    value times pieces under way, in safety stock ``z sqrt(L s^2 + d^2 sL^2)`` and half a lot. Quality and risk: shares of landed value.
    """
    u = v["automation_share"]
    hours = request.hours_attended + (request.hours_unattended - request.hours_attended) * u
    rate = np.maximum(v["capital_rate"], 1e-9)
    annuity = rate / -np.expm1(-request.life_years * np.log1p(rate))
    spindle_h = request.machine_min / 60.0
    tended_min = request.machine_min * (1.0 - u) / request.machines_per_person
    labour_h = (request.attended_min + request.setup_min / request.lot + tended_min) / 60.0
    f: dict[str, Array] = {}
    f["machine"] = annuity * (request.machine_usd + request.automation_usd * u) / hours * spindle_h
    f["floor"] = v["floor_usd_m2_year"] * request.area_m2 / hours * spindle_h
    f["labour"] = labour_h * v["wage_usd_h"]
    f["energy"] = request.energy_kwh * v["energy_usd_kwh"]
    f["tools"] = np.full_like(u, request.tool_usd)
    f["material"] = np.full_like(u, request.material_usd)
    f["overhead"] = v["overhead_share"] * (f["machine"] + f["floor"] + f["labour"])
    f["scrap"] = sum(f.values(), np.zeros_like(u)) * request.scrap_share / (1.0 - request.scrap_share)
    works = sum(f.values(), np.zeros_like(u))
    f["freight"] = v["freight_usd_kg"] * request.weight_kg * PACKAGING
    f["insurance"] = v["insurance_share"] * (works + f["freight"])
    f["duty"] = works * sum((rate for name, rate in v.items() if name.startswith(DUTY)), np.zeros_like(u))
    f["brokerage"] = v.get("brokerage_usd", np.zeros_like(u)) / request.lot
    landed = sum(f.values(), np.zeros_like(u))
    carried = v["carry_rate"] * landed
    daily = request.quantity_year / DAYS_A_YEAR
    daily_sd = request.demand_cv_week * daily * np.sqrt(7.0)
    lead = v["transit_days"] + request.lead_days
    stock = request.service_z * np.sqrt(lead * daily_sd**2 + (daily * v["transit_sd_days"]) ** 2)
    f["pipeline"] = carried * v["transit_days"] / DAYS_A_YEAR
    f["safety"] = carried * stock / request.quantity_year
    f["cycle"] = carried * request.lot / 2.0 / request.quantity_year
    f["quality"] = v["quality_share"] * landed
    f["risk"] = v["risk_share"] * landed
    return f


def total(factors: Mapping[str, Array]) -> Array:
    """Their sum: the unit cost."""
    parts = list(factors.values())
    return sum(parts[1:], parts[0].copy())
