"""The actual cost of one part, from its own minutes, energy, edges and blank."""

import msgspec


class PartCostInputs(msgspec.Struct, frozen=True):
    """The resources used by one part. ``machine_min`` is by work unit; ``edge_shares`` (fraction of an edge's life used) is by tool number.

    Rates are the shop's: ``rate_usd_h`` by work unit, ``edge_usd`` by tool number; energy is already split into day and night.
    ``scrap_share``: scrapped parts / all parts of this kind so far; good parts bear the cost of scrap. ``finishing_usd``: the price
    of later treatment of the part by other companies; scrapped parts don't get that far.
    """

    machine_min: dict[str, float]
    rate_usd_h: dict[str, float]
    attended_min: float
    wage_usd_h: float
    energy_kwh_day: float
    energy_kwh_night: float
    energy_usd_kwh: float
    night_usd_kwh: float
    edge_shares: dict[str, float]
    edge_usd: dict[str, float]
    material_usd: float
    overhead_share: float = 0.0
    scrap_share: float = 0.0
    finishing_usd: float = 0.0

    def __post_init__(self) -> None:
        amounts = [*self.machine_min.values(), *self.edge_shares.values(), self.attended_min, self.energy_kwh_day,
                   self.energy_kwh_night, self.material_usd, self.wage_usd_h, self.overhead_share, self.finishing_usd]  # fmt: skip
        if min(amounts) < 0 or not 0 <= self.scrap_share < 1:
            raise ValueError("PartCostInputs: amounts must be >= 0 and scrap_share within 0..1 (1 excluded)")


def part_cost(inputs: PartCostInputs) -> dict[str, float]:
    """Return the factors of one part's cost in the shop's currency; they add up to the total cost.

    ``machine`` is sum(minutes/60 * rate), ``labour`` covers attended minutes, ``energy`` uses day and night prices, ``tools`` is the
    fraction of each edge used, ``material`` is the blank, ``overhead`` is on machine and labour, ``scrap`` is s/(1-s) of all these
    (the cost of scrapped parts), and ``finishing`` is included if there is any.
    Raises ``KeyError`` if a machine or tool has no rate.
    """
    machine = sum(minutes / 60.0 * inputs.rate_usd_h[unit] for unit, minutes in inputs.machine_min.items())
    labour = inputs.attended_min / 60.0 * inputs.wage_usd_h
    factors = {
        "machine": machine,
        "labour": labour,
        "energy": inputs.energy_kwh_day * inputs.energy_usd_kwh + inputs.energy_kwh_night * inputs.night_usd_kwh,
        "tools": sum(share * inputs.edge_usd[tool] for tool, share in inputs.edge_shares.items()),
        "material": inputs.material_usd,
        "overhead": inputs.overhead_share * (machine + labour),
    }
    factors["scrap"] = sum(factors.values()) * inputs.scrap_share / (1.0 - inputs.scrap_share)
    if inputs.finishing_usd:
        factors["finishing"] = inputs.finishing_usd
    return factors
