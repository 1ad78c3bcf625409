"""Actual cost of a part, from its own minutes, energy, edges, blank and share of scrap, computed when the part is finished or scrapped."""

from collections.abc import Iterable, Mapping

import msgspec

from nightmill.costing import PartCostInputs, part_cost
from nightmill.floor import ShopState
from nightmill.floor import records as on_floor
from nightmill.plant.part_planning.blank_price import StockPrice, blank_price
from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.shop_schedule.batch_processes import treatments_usd
from nightmill.plant.shop_schedule.energy_tariff import night_share
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.shop_state.decider_memory import Remembering
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.shop import Shop


def finishing_usd(shop: Shop, item: str, quantity: int, nights: Mapping[str, float] = {}) -> float:
    """Return the finishing cost of a piece in an order for ``quantity`` pieces: other firms' prices, and the cost of
    in-house treatment. ``nights``: the fraction of each treatment that was done at night.
    """
    elsewhere = sum(step.price_usd + step.lot_usd / quantity for step in shop.finishing_of(item))
    return elsewhere + treatments_usd(shop, item, nights)


class CostMemory(msgspec.Struct, frozen=True):
    """Manual work and station time for the parts that aren't costed yet, and the parts to be costed."""

    handled_s: dict[str, float]
    night_kwh: dict[str, float]
    treated_at_night: dict[str, dict[str, float]]
    station_min: dict[str, dict[str, float]]
    _due: list[str]


class PartCostDecider(Remembering[CostMemory]):
    """Cost every part when it gets its disposition; a part treated at night is costed again after the treatment."""

    Memory = CostMemory

    def __init__(self, shop: Shop, routes: Mapping[str, PartRoute] | None = None) -> None:
        self.shop, self.routes = shop, routes or {}
        self.rates = {unit.id: unit.rate_usd_h for unit in shop.work_units}
        self.tools = {str(kind.tool.number): kind.tool for kind in shop.tools}
        self.handled_s: dict[str, float] = {}
        self.night_kwh: dict[str, float] = {}
        self.treated_at_night: dict[str, dict[str, float]] = {}
        self.station_min: dict[str, dict[str, float]] = {}
        self._due: list[str] = []

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Add up each part's manual work and station time."""
        fact = event.fact
        if isinstance(fact, e.PartDisposed):
            self._due.append(fact.serial)
        elif isinstance(fact, e.PartReviewed):
            self.handled_s[fact.serial] = self.handled_s.get(fact.serial, 0.0) + fact.minutes * 60.0
        elif isinstance(fact, e.PartCosted):
            self._due = [serial for serial in self._due if serial != fact.serial]
            self._forget(fact.serial, state)
        elif isinstance(fact, e.Reported):
            self._observe_report(fact.report)
            if isinstance(fact.report, r.PartsUnloaded) and fact.report.destination == "finished":
                self._due += [
                    serial for serial in fact.report.serials if any(self.treated_at_night.get(serial, {}).values())
                ]
            for serial in r.taken_off(fact.report):
                if serial not in self._due:
                    self._forget(serial, state)

    def _forget(self, serial: str, state: ShopState) -> None:
        """Drop a part that won't be costed again."""
        if state.parts[serial].rests():
            for kept in (self.handled_s, self.night_kwh, self.station_min, self.treated_at_night):
                kept.pop(serial, None)

    def _observe_report(self, report: r.AnyReport) -> None:
        if isinstance(report, r.PartMounted):
            self.handled_s[report.serial] = self.handled_s.get(report.serial, 0.0) + self.shop.mount_s
        elif isinstance(report, r.PartDismounted):
            self.handled_s[report.serial] = self.handled_s.get(report.serial, 0.0) + self.shop.dismount_s
        elif isinstance(report, r.CycleFinished):
            share = night_share(self.shop, report.at_s - report.duration_s, report.at_s)
            self.night_kwh[report.serial] = self.night_kwh.get(report.serial, 0.0) + share * report.energy_kwh
            self._station(report.serial, report.unit, report.duration_s)
        elif isinstance(report, r.PartsTreated):
            share = night_share(self.shop, report.at_s - report.duration_s, report.at_s)
            for serial in report.serials:
                self.treated_at_night.setdefault(serial, {})[report.operation] = share
        elif isinstance(report, r.PartMeasured | r.ImageTaken):
            unit = next((unit for unit in self.shop.work_units if unit.id == report.unit), None)
            if unit:
                self._station(report.serial, unit.id, unit.measure_s)

    def _station(self, serial: str, unit: str, seconds: float) -> None:
        minutes = self.station_min.setdefault(serial, {})
        minutes[unit] = minutes.get(unit, 0.0) + seconds / 60

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """Return the cost of each part that is ready to be costed."""
        decisions = []
        for serial in self._due:
            blank = self._blank(state.parts[serial].item)
            factors = part_cost(self._inputs(state, state.parts[serial], blank.usd))
            decisions.append(Decision(e.PartCosted(serial, {k: round(v, 4) for k, v in factors.items()}), blank.basis))
        self._due = []
        return decisions

    def _inputs(self, state: ShopState, part: on_floor.PartState, material_usd: float) -> PartCostInputs:
        economy = self.shop.economy
        energy = sum(cut.energy_kwh for cut in part.cuts)
        night = min(energy, self.night_kwh.get(part.serial, 0.0))
        shares: dict[str, float] = {}
        for cut in part.cuts:
            for tool, minutes in cut.tool_minutes.items():
                if tool in self.tools:
                    shares[tool] = shares.get(tool, 0.0) + minutes / self.tools[tool].life_min
        words = state.words.get(part.item, {})
        mates = sum(words.values()) - words.get("cancelled", 0)  # parts that were never cut cost nothing
        bad = mates - words.get("good", 0)
        share = bad / mates if part.disposition == "good" and mates >= 5 else 0.0
        ordered = state.orders[part.order].quantity
        return PartCostInputs(
            machine_min=self.station_min.get(part.serial, {}),
            rate_usd_h=self.rates,
            attended_min=self.handled_s.get(part.serial, 0.0) / 60,
            wage_usd_h=economy.wage_usd_h,
            energy_kwh_day=energy - night,
            energy_kwh_night=night,
            energy_usd_kwh=economy.energy_usd_kwh,
            night_usd_kwh=economy.night_usd_kwh,
            edge_shares=shares,
            edge_usd={tool: known.price_usd for tool, known in self.tools.items()},
            material_usd=material_usd,
            overhead_share=economy.overhead_share,
            scrap_share=min(share, 0.5),
            finishing_usd=finishing_usd(self.shop, part.item, ordered, self.treated_at_night.get(part.serial, {}))
            if part.disposition == "good"
            else 0.0,
        )

    def _blank(self, item: str) -> StockPrice:
        """Return the cost of the part's stock; if it is unknown, zero with a note that says so."""
        route = self.routes.get(item)
        return blank_price(self.shop, item, route.record if route else None) or StockPrice(
            0.0, "price of its blank unknown"
        )
