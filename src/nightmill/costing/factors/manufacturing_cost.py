"""Cost of making a part at a site: machine, floor, tax, people, energy, tools, material, overhead, scrap, one-off costs."""

from collections.abc import Mapping

import numpy as np

from nightmill.costing.part_spec import Array, SiteRequest

BUILDING_YEARS = 30.0
PLOT_M2_M2 = 2.0
"""Square metres of land per square metre of floor; a rule of thumb."""


def making(
    request: SiteRequest, v: Mapping[str, Array], quantity: Array | float, lot: Array | float
) -> dict[str, Array]:
    """Return the factors of a part's ex-works cost, USD, for ``quantity`` parts a year in lots of ``lot``."""
    u = v["automation_share"]
    hours = request.hours_attended + (request.hours_unattended - request.hours_attended) * u
    spindle_h = request.machine_min / 60.0
    rate = np.maximum(v["capital_rate"], 1e-9)
    machine_usd = request.machine_usd + request.automation_usd * u
    f: dict[str, Array] = {}
    f["machine"] = annuity(rate, request.life_years) * machine_usd / hours * spindle_h
    owned = "land_usd_m2" in v
    floor_h = request.area_m2 / hours * spindle_h
    if owned:
        land, building = PLOT_M2_M2 * v["land_usd_m2"], v["building_usd_m2"]
        f["floor"] = (land * rate + building * annuity(rate, BUILDING_YEARS)) * floor_h
    else:
        f["floor"] = v["floor_usd_m2_year"] * floor_h
    if "profit_tax_share" in v:
        tax = v["profit_tax_share"]
        f["tax"] = tax_on(machine_usd, rate, request.life_years, tax) / hours * spindle_h
        if owned:
            f["tax"] = (
                f["tax"] + (tax_on(building, rate, BUILDING_YEARS, tax) + land * rate * tax / (1 - tax)) * floor_h
            )
    tended_min = request.machine_min * (1.0 - u) / request.machines_per_person
    handled_min = request.attended_min + request.setup_min / lot
    if "learning_rate" in v:
        handled_min = handled_min * learning(
            v["learning_rate"], v["made_before"], quantity * request.program_years, request.learned_pieces
        )
    hand_h = (handled_min + tended_min) / 60.0
    f["labour"] = hand_h * (v["gross_wage_usd_h"] if "gross_wage_usd_h" in v else v["wage_usd_h"])
    if "social_share" in v:
        f["social"] = f["labour"] * v["social_share"]
    f["energy"] = request.energy_kwh * v["energy_usd_kwh"]
    f["tools"] = np.full_like(u, request.tool_usd)
    f["material"] = np.full_like(u, request.material_usd)
    if request.price_breaks:
        f["material"] = f["material"] * request.price_share(quantity)
    if "material_price_share" in v:
        f["material"] = f["material"] * v["material_price_share"]
    staffed = f["machine"] + f["floor"] + f["labour"] + f.get("social", 0.0)
    f["overhead"] = v["overhead_share"] * staffed
    f["scrap"] = sum(f.values(), np.zeros_like(u)) * request.scrap_share / (1.0 - request.scrap_share)
    if "launch_usd" in v:
        f["launch"] = v["launch_usd"] * annuity(rate, request.program_years) / quantity
    return f


def annuity(rate: Array, years: float) -> Array:
    """Return the yearly payment per unit of capital, r / (1 - (1 + r)^-n)."""
    found: Array = rate / -np.expm1(-years * np.log1p(rate))
    return found


def tax_on(capital: Array, rate: Array, years: float, tax: Array) -> Array:
    """Return the yearly profit tax that capital must earn on top of its annuity, with straight-line depreciation over its life.

    Hall and Jorgenson's user cost of capital (American Economic Review 57, 1967) solved for a constant payment:
    K t (a - 1/n) / (1 - t), with a the annuity at the after-tax rate.
    """
    return capital * tax * np.maximum(annuity(rate, years) - 1.0 / years, 0.0) / (1.0 - tax)


def learning(rate: Array, before: Array, quantity: Array | float, learned: float) -> Array:
    """Return the mean labour for the next ``quantity`` parts relative to the plan, which is valid after ``learned`` parts.

    Wright (Journal of the Aeronautical Sciences 3, 1936): the n-th part takes (n / learned)^b, b = log2(rate), averaged by its integral.
    """
    grown = np.log2(rate) + 1.0
    begin, end = before / learned, (before + quantity) / learned
    curved = (np.minimum(end, 1.0) ** grown - np.minimum(begin, 1.0) ** grown) / grown
    flat = np.maximum(end, 1.0) - np.maximum(begin, 1.0)
    return (curved + flat) / (end - begin)
