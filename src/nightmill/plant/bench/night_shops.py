"""Shops of ``nightmill bench night``, one per seed: the parts are programs of given length, so that no planning is needed."""

import random
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from nightmill.plant.plan_store.kept_plans import PartRoute
from nightmill.plant.plan_store.plan_artifacts import OperationRecord, sha256_of
from nightmill.plant.plan_store.route_record import CharacteristicRecord, RouteRecord
from nightmill.quality import Characteristic
from nightmill.verification import read_program
from nightmill.vocabulary.plan import PLAN_FORMAT, Body, Certificate, Plan, Tool
from nightmill.vocabulary.shop import (
    Economy,
    Item,
    MachineLimits,
    OperationsRequest,
    PartFile,
    Shift,
    Shop,
    ToolStock,
    WorkUnit,
)
from nightmill.vocabulary.units import DAY_S

LIMITS = MachineLimits()
MILLS, PALLETS = 8, 40
CYCLE_MIN = (110.0, 200.0)
MOVE_S = 40.0
ALARMS_H = {"sudden": 150.0, "gradual": 220.0, "edge": 400.0}
"""Mean running hours to a sudden spindle failure and to wear-out, and mean cutting hours until a sound edge breaks."""
PROBED = (1, 2)
"""Tools whose diameter the gauge reads."""
LIMIT_UM = 100.0
"""Half of that diameter's tolerance, mm."""


class NightShop(msgspec.Struct, frozen=True):
    """A shop with the programs for its parts and its hidden true state (the text of a world.toml)."""

    shop: Shop
    routes: dict[str, PartRoute]
    truth: str


def night_shop(seed: int, rate: float) -> NightShop:
    """Return the shop for a seed; ``rate`` multiplies sudden failures and edge breakages."""
    rng = random.Random(f"unattended {seed}")
    routes = {f"part{n}": _route(rng, f"part{n}") for n in range(6)}
    orders = tuple(OperationsRequest(f"O{n:03d}", f"part{n % 6}", 12, (2 + n // 2) * DAY_S, 0.0, 1) for n in range(12))
    shop = Shop(
        name=f"night {seed}",
        start=datetime(2026, 11, 2, tzinfo=UTC),
        time_zone="UTC",
        currency="USD",
        country="US",
        work_units=(
            *(WorkUnit(f"mill-{k}", "mill", "milling", LIMITS, rate_usd_h=30.0) for k in range(1, MILLS + 1)),
            WorkUnit("robot", "robot", "handling", move_s=MOVE_S),
            WorkUnit("gauge", "gauge", "inspection", measure_s=120.0),
            WorkUnit("camera", "vision", "inspection", measure_s=30.0),
            WorkUnit("bench-1", "bench", "handling"),
            WorkUnit("bench-2", "bench", "handling"),
        ),
        shifts=(Shift((0, 1, 2, 3, 4, 5, 6), 6.0, 14.0, 3),),
        tools=tuple(
            ToolStock(tool, magazine=6, crib=20_000, supplier="tools", lead_time_days=1.0)
            for tool in (
                Tool(1, "flat", 16.0, life_min=180.0),
                Tool(2, "flat", 8.0, life_min=150.0),
                Tool(3, "drill", 6.0, life_min=120.0),
            )
        ),
        parts=tuple(PartFile(name, "", "Al 6061", blank_item=f"blank {name}") for name in routes),
        orders=orders,
        items=tuple(Item(f"blank {name}", supplier="steel", on_hand=200) for name in routes),
        bom=(),
        receipts=(),
        economy=Economy(),
        pallets=PALLETS,
        mount_s=120.0,
        dismount_s=60.0,
        repair_s=3 * 3600.0,
    )
    truth = (
        f"[breakdown]\ngradual_life_h = {ALARMS_H['gradual']}\ninitial_age_share = 0.6\n"
        f"sudden_mean_h = {ALARMS_H['sudden'] / rate:.1f}\n"
        f"[wear]\nbreakage_rate_per_min = {rate / (ALARMS_H['edge'] * 60.0):.8f}\n"
    )
    return NightShop(shop, routes, truth)


def _route(rng: random.Random, item: str) -> PartRoute:
    """Return a route with one setup and three tools."""
    name, total = f"{item}/1", rng.uniform(*CYCLE_MIN)
    shares = [rng.uniform(0.5, 1.5) for _ in range(3)]
    text = program_text(name, {n: total * share / sum(shares) for n, share in enumerate(shares, 1)})
    read = read_program(text, LIMITS)
    minutes = {str(use.tool): use.cutting_s / 60.0 for use in read.tools}
    operation = OperationRecord(name, "1", sha256_of(text), read.cycle_s, minutes)
    known = tuple(probed(f"{name}#{tool}", name, tool) for tool in PROBED)
    record = RouteRecord(
        item, "", "Al 6061", True, Certificate(True, 0.0, 0.0, 1.0, (), 0, 0), (operation,), known, (), 1e5, 2e5, 2700.0, 6, 1, 0.0, ()
    )  # fmt: skip
    body = Body("box", min=(0.0, 0.0, 0.0), max=(1.0, 1.0, 1.0))
    plan = Plan(PLAN_FORMAT, item, "mm", "", body, (), (), (), read.cycle_s)
    return PartRoute(record, plan, {sha256_of(text): text}, Path())


def program_text(name: str, minutes: dict[int, float]) -> str:
    """Return NC text that cuts about ``minutes`` with each tool (by number), moving back and forth."""
    lines = ["%", f"({name})", "G21 G90 G17 G54"]
    for tool, wanted in minutes.items():
        lines += [f"T{tool} M6", f"G43 H{tool}", f"S{5000 if tool < 3 else 2000} M3", "G0 X0 Y0 Z5"]
        feed = 1000 if tool < 3 else 300
        strokes = max(1, round(wanted * feed / 300.0))
        lines.append(f"G1 Z-2 F{feed}")
        lines += [f"G1 X{0 if k % 2 else 300}" for k in range(strokes)]
        lines.append("G0 Z100")
    return "\n".join([*lines, "M5", "M30", "%", ""])


def probed(name: str, operation: str, tool: int) -> CharacteristicRecord:
    """Return a 20 mm bore with a tolerance of 0.1 mm, cut by ``tool`` and read by the gauge; an error in radius counts twice."""
    asked = Characteristic(
        1, "diameter", 20.0, 19.9, 20.1, None, "mm", (), "", (1,), "probe", "gauge", "", "requirement", "inner"
    )  # fmt: skip
    return CharacteristicRecord(name, asked, 20.0, 19.9, 20.1, operation, tool, "radius", 2.0)
