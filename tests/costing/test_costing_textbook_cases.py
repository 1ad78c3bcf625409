import json
import os
from pathlib import Path
from typing import Any

import pytest

from nightmill.costing import case
from nightmill.vocabulary.errors import BadInput

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "economics"

HAND_WORKED: list[tuple[str, dict[str, float], dict[str, float | None]]] = [
    # 450000/7 + 26500 = 90785.714; /3200 = 28.3705; + 34 = 62.3705; * 50/3600 = 0.86626
    (
        "machine_hour",
        {"machine_usd": 450000, "life_years": 7, "maintenance_usd_year": 12000, "power_usd_year": 8500, "floor_usd_year": 6000,
         "hours_year": 3200, "operator_usd_h": 34, "cycle_s": 50},
        {"ownership_usd_year": 90785.71, "machine_usd_h": 28.37, "loaded_usd_h": 62.37, "per_part_usd": 0.87},
    ),
    # annuity factor of 10 % over 2 years: 0.1 / (1 - 1/1.21) = 0.576190; (1000 - 121/1.21) * that = 518.571; / (100 * 0.5)
    ("capital_hour", {"capital_usd": 1000, "rate": 0.1, "life_years": 2, "salvage_usd": 121, "hours_year": 100, "oee": 0.5},
     {"capital_usd_year": 518.57, "usd_h": 10.37}),
    ("capital_hour", {"capital_usd": 1000, "rate": 0, "life_years": 4, "salvage_usd": 200, "hours_year": 100, "oee": 1},
     {"capital_usd_year": 200.0, "usd_h": 2.0}),
    # 432 * 0.06 = 25.92; 406.08 * 0.04 = 16.2432; 406.08 * 0.96 = 389.8368
    ("lights_out", {"per_cycle": 6, "cycles": 72, "uptime": 0.94, "yield": 0.96},
     {"gross": 432, "lost_to_downtime": 25.92, "lost_to_scrap": 16.24, "good": 390}),
    (
        "landed",
        {"unit_price": 46, "origin_unit": 2.5, "qty": 200, "fx": 0.1335, "export_fees": 300, "freight_usd": 410, "insurance_rate": 0,
         "duty": 0.065, "tax": 0.19, "brokerage_usd": 95, "delivery_usd": 1020},
        {"goods_usd": 1294.95, "duty_usd": 84.17, "tax_usd": 339.93, "total_usd": 3284.10, "per_unit_usd": 16.42},
    ),
    # insured: 1 % of 1000 = 10; tax 10 % of 1000 + 100 + 10 + 50 = 116; total 1276
    ("landed", {"unit_price": 10, "origin_unit": 0, "qty": 100, "fx": 1, "export_fees": 0, "freight_usd": 100, "insurance_rate": 0.01,
                "duty": 0.05, "tax": 0.1, "brokerage_usd": 0, "delivery_usd": 0},
     {"goods_usd": 1000.0, "duty_usd": 50.0, "tax_usd": 116.0, "total_usd": 1276.0, "per_unit_usd": 12.76}),
    # sqrt(2 * 1000 * 50 / (10 * 0.2)) = 223.6; 1000/224*50 = 223.214; 112 * 2 = 224
    ("eoq", {"annual": 1000, "order_usd": 50, "unit_usd": 10, "carry": 0.2}, {"lot": 224, "orders_usd_year": 223.21, "holding_usd_year": 224.0}),
    # 2 * sqrt(9*16 + 100*1) = 31.241; 10 * 9 + 31.241 = 121.241
    ("safety", {"z": 2, "daily": 10, "daily_sd": 4, "lead_days": 9, "lead_sd": 1}, {"safety_stock": 31, "reorder_point": 121}),
    # 3650 * 20 / 365 = 200; 200 * 30 * 0.25 = 1500; / 3650 = 0.410959
    ("pipeline", {"annual": 3650, "unit_usd": 30, "transit_days": 20, "carry": 0.25},
     {"in_transit": 200.0, "carry_usd_year": 1500.0, "per_unit_usd": 0.41}),
    # (100000 - 20000) / (15 - 5) = 8000; (21000 - 100000) / (5 - 15.75) = 7348.8
    ("break_even", {"fixed_a": 100000, "unit_a": 5, "fixed_b": 20000, "unit_b": 15}, {"volume": 8000, "within_5_percent": 7349}),
    ("break_even", {"fixed_a": 10, "unit_a": 5, "fixed_b": 20, "unit_b": 5}, {"volume": None, "within_5_percent": None}),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "given", "expected"), HAND_WORKED)
def test_hand_worked(formula: str, given: dict[str, float], expected: dict[str, float | None]) -> None:
    assert case(formula, given) == expected


def test_half_up_and_only_at_the_end() -> None:
    # 26.605 is 26.60 in binary floating point
    assert case("landed", {"unit_price": 26.605, "qty": 1})["per_unit_usd"] == 26.61
    # 0.005 of a dollar an order, rounded early, would vanish
    assert (
        case("pipeline", {"annual": 1, "unit_usd": 1, "transit_days": 182.5, "carry": 0.01})["carry_usd_year"] == 0.01
    )


@pytest.mark.parametrize(
    ("formula", "given", "places"),
    [
        ("machine_our", {}, {"formula"}),
        (
            "eoq",
            {"annual": "many", "order_usd": -1, "unit_usd": 0, "colour": 3},
            {"in.annual", "in.order_usd", "in.unit_usd", "in.colour", "in.carry"},
        ),
        (
            "eoq",
            {"annual": float("nan"), "order_usd": True, "unit_usd": 1, "carry": float("inf")},
            {"in.annual", "in.order_usd", "in.carry"},
        ),
    ],
)
def test_bad_inputs(formula: str, given: dict[str, Any], places: set[str]) -> None:
    with pytest.raises(BadInput) as caught:
        case(formula, given)
    assert {one.place for one in caught.value.findings} == places


def _golden() -> dict[str, Any]:
    path = DATA / "golden_cases.json"
    if not path.exists():
        pytest.skip("golden_cases.json is not here: set NIGHTMILL_DATA")
    return {one["id"]: one for one in json.loads(path.read_text())}


def test_golden_machine_hours() -> None:
    given = _golden()["mfgcalcs-mhr-450k"]["in"]
    names = {"maint": "maintenance_usd_year", "power": "power_usd_year", "floor": "floor_usd_year", "machine": "machine_usd",
             "life_y": "life_years", "hours": "hours_year", "operator": "operator_usd_h", "cycle_s": "cycle_s"}  # fmt: skip
    base = {names[key]: value for key, value in given.items()}
    for name in ("mfgcalcs-mhr-450k", "mfgcalcs-mhr-180k", "mfgcalcs-mhr-90k"):
        golden = _golden()[name]
        made = case("machine_hour", base | {"machine_usd": golden["in"]["machine"]})
        printed = {"ownership_per_year": round(made["ownership_usd_year"] or 0), "machine_only_per_h": made["machine_usd_h"],
                   "loaded_per_h": made["loaded_usd_h"], "per_part": made["per_part_usd"]}  # fmt: skip
        assert {key: printed[key] for key in golden["out"]} == golden["out"]


def test_golden_stock_and_freight() -> None:
    golden = _golden()
    given, printed = golden["IDC-CSCMP"]["in"], golden["IDC-CSCMP"]["out"]
    unit = case("landed", {"unit_price": given["price_cny"], "qty": 1, "fx": given["fx"]})["goods_usd"]
    assert unit == printed["unit_usd"]
    us = case(
        "eoq",
        {
            "annual": given["annual"],
            "order_usd": given["order_cost_us"],
            "unit_usd": given["us_price"],
            "carry": given["carry"],
        },
    )
    cn = case(
        "eoq",
        {"annual": given["annual"], "order_usd": given["order_cost_cn"], "unit_usd": unit, "carry": given["carry"]},
    )
    assert (us["lot"], cn["lot"]) == (printed["eoq_us"], printed["eoq_cn"])
    for place in ("cn", "us"):
        # the source's safety stock is the demand of the lead time
        point = case("safety", {"z": 0, "daily": given["units_per_day"], "lead_days": given[f"lt_{place}"]})[
            "reorder_point"
        ]
        assert point == printed[f"ss_{place}"]
    lights = golden["mfgcalcs-lights-out"]
    made = case("lights_out", lights["in"])
    assert (made["gross"], made["good"]) == (lights["out"]["gross"], lights["out"]["good"])
    assert (made["lost_to_downtime"], made["lost_to_scrap"]) == (
        lights["out"]["loss_down"],
        lights["out"]["loss_scrap"],
    )
