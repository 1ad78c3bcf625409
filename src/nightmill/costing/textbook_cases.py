"""Worked examples: eight textbook formulas in exact decimal arithmetic, rounded half up only at the end."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from nightmill.vocabulary.errors import BadInput, Finding

DAYS_A_YEAR = Decimal(365)
Inputs = dict[str, Decimal]
Outputs = dict[str, float | int | None]
_ZERO, _ONE = Decimal(0), Decimal(1)


def case(formula: str, inputs: Mapping[str, object]) -> Outputs:
    """Compute one of the formulas ``machine_hour, capital_hour, lights_out, landed, eoq, safety, pipeline, break_even``.

    Money and fractions of a part are rounded half up to cents, parts and orders to whole numbers. Omitted amounts
    are 0 (success rates are 1); a result that doesn't exist (no crossing) is ``None``.
    Raises ``BadInput`` with every unknown, missing, non-numeric, negative or impossible input.
    """
    if formula not in _FORMULAS:
        raise BadInput(_finding("formula", repr(formula), "one of " + ", ".join(_FORMULAS), "Correct the name."))
    function, wanted, positive = _FORMULAS[formula]
    values = _checked(inputs, wanted, positive)
    with localcontext(Context(prec=50)):
        return function(values)


def _checked(inputs: Mapping[str, object], wanted: Mapping[str, Decimal | None], positive: str) -> Inputs:
    findings = [
        _finding(f"in.{name}", "an unknown input", "inputs " + ", ".join(wanted), "Remove or rename it.")
        for name in inputs
        if name not in wanted
    ]
    values: Inputs = {}
    for name, default in wanted.items():
        raw = inputs.get(name, default)
        if raw is None:
            findings.append(_finding(f"in.{name}", "nothing", "a number", f"Add {name}."))
            continue
        if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
            findings.append(_finding(f"in.{name}", repr(raw)[:80], "a number", "Write a number without quotes."))
            continue
        value = Decimal(str(raw))
        if not value.is_finite() or value < 0 or value > Decimal("1e18") or (value == 0 and name in positive.split()):
            least = "more than 0" if name in positive.split() else "0 or more"
            findings.append(
                _finding(f"in.{name}", str(raw), f"a number, {least} and at most 1e18", "Correct the value.")
            )
            continue
        values[name] = value
    if findings:
        raise BadInput(*findings)
    return values


def _finding(place: str, found: str, expected: str, remedy: str) -> Finding:
    return Finding("case", place, found, expected, remedy)


def cents(value: Decimal) -> float:
    """Round half up to cents."""
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def whole(value: Decimal) -> int:
    """Round half up to a whole number."""
    return int(value.quantize(_ONE, ROUND_HALF_UP))


def _machine_hour(v: Inputs) -> Outputs:
    ownership = (
        v["machine_usd"] / v["life_years"] + v["maintenance_usd_year"] + v["power_usd_year"] + v["floor_usd_year"]
    )
    machine = ownership / v["hours_year"]
    loaded = machine + v["operator_usd_h"]
    return {
        "ownership_usd_year": cents(ownership),
        "machine_usd_h": cents(machine),
        "loaded_usd_h": cents(loaded),
        "per_part_usd": cents(loaded * v["cycle_s"] / 3600),
    }


def _capital_hour(v: Inputs) -> Outputs:
    growth = (_ONE + v["rate"]) ** v["life_years"]
    present = v["capital_usd"] - v["salvage_usd"] / growth
    per_year = present / v["life_years"] if v["rate"] == 0 else present * v["rate"] / (_ONE - _ONE / growth)
    return {"capital_usd_year": cents(per_year), "usd_h": cents(per_year / (v["hours_year"] * v["oee"]))}


def _lights_out(v: Inputs) -> Outputs:
    gross = v["per_cycle"] * v["cycles"]
    ran = gross * v["uptime"]
    return {
        "gross": whole(gross),
        "lost_to_downtime": cents(gross - ran),
        "lost_to_scrap": cents(ran * (_ONE - v["yield"])),
        "good": whole(ran * v["yield"]),
    }


def _landed(v: Inputs) -> Outputs:
    goods = (v["unit_price"] + v["origin_unit"]) * v["qty"] * v["fx"]
    insurance = goods * v["insurance_rate"]
    duty = goods * v["duty"]
    tax = (goods + v["freight_usd"] + insurance + duty) * v["tax"]
    total = (
        goods
        + v["export_fees"] * v["fx"]
        + v["freight_usd"]
        + insurance
        + duty
        + tax
        + v["brokerage_usd"]
        + v["delivery_usd"]
    )
    return {
        "goods_usd": cents(goods),
        "duty_usd": cents(duty),
        "tax_usd": cents(tax),
        "total_usd": cents(total),
        "per_unit_usd": cents(total / v["qty"]),
    }


def _eoq(v: Inputs) -> Outputs:
    lot = max(1, whole((2 * v["annual"] * v["order_usd"] / (v["unit_usd"] * v["carry"])).sqrt()))
    return {
        "lot": lot,
        "orders_usd_year": cents(v["annual"] / lot * v["order_usd"]),
        "holding_usd_year": cents(Decimal(lot) / 2 * v["unit_usd"] * v["carry"]),
    }


def _safety(v: Inputs) -> Outputs:
    stock = v["z"] * (v["lead_days"] * v["daily_sd"] ** 2 + v["daily"] ** 2 * v["lead_sd"] ** 2).sqrt()
    return {"safety_stock": whole(stock), "reorder_point": whole(v["daily"] * v["lead_days"] + stock)}


def _pipeline(v: Inputs) -> Outputs:
    in_transit = v["annual"] * v["transit_days"] / DAYS_A_YEAR
    carry = in_transit * v["unit_usd"] * v["carry"]
    return {"in_transit": cents(in_transit), "carry_usd_year": cents(carry), "per_unit_usd": cents(carry / v["annual"])}


def _break_even(v: Inputs) -> Outputs:
    margin = Decimal("1.05")
    return {
        "volume": _crossing(v["fixed_a"], v["unit_a"], v["fixed_b"], v["unit_b"]),
        "within_5_percent": _crossing(v["fixed_a"], v["unit_a"], margin * v["fixed_b"], margin * v["unit_b"]),
    }


def _crossing(fixed_a: Decimal, unit_a: Decimal, fixed_b: Decimal, unit_b: Decimal) -> int | None:
    if unit_a == unit_b:
        return None
    volume = (fixed_a - fixed_b) / (unit_b - unit_a)
    return whole(volume) if volume >= 0 else None


def _wants(required: str, zero: str = "", one: str = "") -> dict[str, Decimal | None]:
    wanted: dict[str, Decimal | None] = dict.fromkeys(required.split())
    return wanted | dict.fromkeys(zero.split(), _ZERO) | dict.fromkeys(one.split(), _ONE)


_FORMULAS: dict[str, tuple[Callable[[Inputs], Outputs], dict[str, Decimal | None], str]] = {
    "machine_hour": (
        _machine_hour,
        _wants(
            "machine_usd life_years hours_year cycle_s",
            "maintenance_usd_year power_usd_year floor_usd_year operator_usd_h",
        ),
        "life_years hours_year",
    ),
    "capital_hour": (
        _capital_hour,
        _wants("capital_usd rate life_years hours_year", "salvage_usd", "oee"),
        "life_years hours_year oee",
    ),
    "lights_out": (_lights_out, _wants("per_cycle cycles", "", "uptime yield"), ""),
    "landed": (
        _landed,
        _wants(
            "unit_price qty",
            "origin_unit export_fees freight_usd insurance_rate duty tax brokerage_usd delivery_usd",
            "fx",
        ),
        "qty fx",
    ),
    "eoq": (_eoq, _wants("annual order_usd unit_usd carry"), "annual unit_usd carry"),
    "safety": (_safety, _wants("z daily lead_days", "daily_sd lead_sd"), ""),
    "pipeline": (_pipeline, _wants("annual unit_usd transit_days carry"), "annual"),
    "break_even": (_break_even, _wants("fixed_a unit_a fixed_b unit_b"), ""),
}
