"""A part's needs at a site: its plan's minutes, kilograms and kilowatt hours, and its yearly quantity."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.costing.facts.own_facts import OwnFact

Array = NDArray[np.float64]
DAYS_A_YEAR = 365.0


ASSUMED = "assumption of this comparison: docs/costing.md"
ASKED = "asked for this comparison"
_PLAN = {
    "machine_min": "min/piece", "attended_min": "min/piece", "setup_min": "min/lot", "weight_kg": "kg/piece", "raw_kg": "kg/piece",
    "material_usd": "USD/piece", "tool_usd": "USD/piece", "energy_kwh": "kWh/piece",
}  # fmt: skip
_ASKED = {"quantity_year": "pieces/year", "shipments_year": "1/year"}
_ASSUMED = {
    "scrap_share": "share", "machine_usd": "USD", "automation_usd": "USD", "life_years": "years", "area_m2": "m2", "hours_attended": "h/year",
    "hours_unattended": "h/year", "machines_per_person": "machines", "demand_cv_week": "share", "service_z": "-", "lead_days": "days",
    "learned_pieces": "pieces", "program_years": "years",
}  # fmt: skip


class PriceBreak(msgspec.Struct, frozen=True):
    """At ``from_kg_year`` kilograms of stock a year or more, the stock's price is ``price_share`` of the price used to cost the part."""

    from_kg_year: float
    price_share: float


class SiteRequest(msgspec.Struct, frozen=True):
    """One part to be made at some site: its needs according to its process plan, and the yearly quantity.

    ``machine_min`` is spindle minutes per part, ``attended_min`` is loading, unloading and inspection per part, ``setup_min`` is per lot.
    ``weight_kg`` is the finished part's weight, ``stock_kg`` the raw part's (default: the finished weight); ``material_usd`` and
    ``tool_usd`` are per part. ``shipments_year`` lots a year go to the market. ``machine_usd`` is a machine's price and
    ``automation_usd`` the extra price to run it fully unattended; ``area_m2`` includes its share of aisles. Hours a year grow from
    ``hours_attended`` to ``hours_unattended`` with the unattended share. ``hts`` is the part's heading in the tariff schedule, as far
    as known, and ``material`` its work material. After ``learned_pieces``, labour takes the plan's minutes; a site's labour and one-off
    costs are spread over ``program_years``. ``own`` facts apply to this part alone, instead of the book's. ``source`` is the source of
    these values.
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
    material: str = ""
    stock_kg: float | None = None
    price_breaks: tuple[PriceBreak, ...] = ()
    learned_pieces: float = 1000.0
    program_years: float = 5.0
    own: tuple[OwnFact, ...] = ()

    def __post_init__(self) -> None:
        for name in ("quantity_year", "shipments_year", "life_years", "hours_attended", "hours_unattended", "machines_per_person",
                     "learned_pieces", "program_years"):  # fmt: skip
            if not getattr(self, name) > 0:
                raise ValueError(f"SiteRequest: {name} {getattr(self, name)} must be > 0")
        for name in (
            "machine_min",
            "attended_min",
            "weight_kg",
            "material_usd",
            "tool_usd",
            "energy_kwh",
            "setup_min",
            "raw_kg",
        ):
            if not getattr(self, name) >= 0:
                raise ValueError(f"SiteRequest: {name} {getattr(self, name)} must be >= 0")
        if not 0 <= self.scrap_share < 1:
            raise ValueError(f"SiteRequest: scrap_share {self.scrap_share} must be within 0..1 (1 excluded)")
        begins = [each.from_kg_year for each in self.price_breaks]
        if begins != sorted(set(begins)) or any(not each.price_share > 0 for each in self.price_breaks):
            raise ValueError(f"SiteRequest: price_breaks {self.price_breaks} must rise in kilograms, with shares > 0")

    @property
    def lot(self) -> float:
        """Return the parts per shipment, at least one."""
        return max(1.0, self.quantity_year / self.shipments_year)

    @property
    def raw_kg(self) -> float:
        """Return the kilograms of stock per part."""
        return self.weight_kg if self.stock_kg is None else self.stock_kg

    def price_share(self, quantity: Array | float) -> Array:
        """Return the stock's price at this many parts a year, as a fraction of the price used to cost the part."""
        begins = [0.0, *(each.from_kg_year for each in self.price_breaks)]
        shares = np.array([1.0, *(each.price_share for each in self.price_breaks)])
        found: Array = shares[np.searchsorted(begins, np.asarray(quantity) * self.raw_kg, side="right") - 1]
        return found

    def given(self) -> tuple[tuple[str, float, str, str], ...]:
        """Return name, value, unit and source of each value that is the same at every site."""
        groups = ((_PLAN, self.source), (_ASKED, ASKED), (_ASSUMED, ASSUMED))
        return tuple(
            (name, float(getattr(self, name)), unit, source) for units, source in groups for name, unit in units.items()
        )
