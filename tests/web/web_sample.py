"""A made-up but plausible view of a shop for tests and for looking at the page: three days, nine units, six parts."""

import base64
import io
import math
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from nightmill.plant.views import ShopView
from nightmill.vocabulary.units import DAY_S

NAMES = ("bracket", "clamp_body", "flange_plate", "manifold_block", "motor_mount_plate", "sensor_housing")
MATERIALS = ("6061-T6", "C45", "6082-T6", "316L", "6061-T6", "POM-C")
STRATEGIES = ("face", "rough", "wall", "floor", "drill", "chamfer")


FRAMES = (
    [[1, 0, 0, 40], [0, 1, 0, 25], [0, 0, 1, -20], [0, 0, 0, 1]],
    [[1, 0, 0, 40], [0, -1, 0, 25], [0, 0, -1, 0], [0, 0, 0, 1]],
)
FIXTURES = [
    {"kind": "box", "name": "jaw", "min": [0, -20, -25], "max": [80, 0, -12]},
    {"kind": "cylinder", "name": "pin", "base": [10, 60, -20], "axis": [0, 0, 1], "radius": 4, "height": 12},
]


def box_mesh(x: float, y: float, z: float) -> dict[str, Any]:
    """A box as ``preview.json`` has it: faces meshed apart, no vertex shared between them."""
    vertices: list[list[float]] = []
    triangles: list[list[int]] = []
    face_of: list[int] = []
    size = (x, y, z)
    for axis in range(3):
        for side in (0.0, 1.0):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            at = len(vertices)
            for p, q in ((0, 0), (1, 0), (1, 1), (0, 1)):
                corner = [0.0, 0.0, 0.0]
                corner[axis], corner[u], corner[v] = side * size[axis], p * size[u], q * size[v]
                vertices.append(corner)
            order = ((0, 1, 2), (0, 2, 3)) if side else ((0, 2, 1), (0, 3, 2))
            triangles += [[at + k for k in corners] for corners in order]
            face_of += [2 * axis + int(side)] * 2
    return {"vertices": vertices, "triangles": triangles, "face_of": face_of}


def picture(seed: int, *, scratched: bool) -> str:
    """A milled surface as base64 PNG, with a scratch on demand."""
    rng = np.random.default_rng(seed)
    grid = np.linspace(0, 60, 128)
    surface = 150 + 14 * np.sin(np.hypot(grid[:, None] - 20, grid[None, :] + 40)) + rng.normal(0, 5, (128, 128))
    if scratched:
        for step in range(90):
            surface[20 + step, 18 + step // 2 : 21 + step // 2] -= 80
    file = io.BytesIO()
    Image.fromarray(np.clip(surface, 0, 255).astype(np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def sample_document(*, shop: str = "Example shop", days: float = 3.0, seed: int = 3) -> dict[str, Any]:
    """The view as plain values."""
    rng = np.random.default_rng(seed)
    end = days * DAY_S
    presence = [[d * DAY_S, d * DAY_S + 9 * 3600] for d in range(math.ceil(days) + 1)]
    units, made = _units(rng, end)
    return {
        "shop": shop, "currency": "USD", "country": "DE", "time_zone": "Europe/Berlin",
        "start": "2026-03-02T07:00:00+01:00", "policy": "closed-loop", "seed": seed, "now_s": end, "ended": True,
        "events": 4821, "measures": _measures(units), "presence": presence, "units": units,
        "orders": _orders(rng, end), "parts": [_part(rng, place) for place in range(6)],
        "charts": _charts(rng, made), "stock": _stock(rng, end), "decisions": _decisions(end),
        "images": [
            {"serial": f"SO-{k + 101}.{k % 4 + 1:03d}", "verdict": "bad" if k < 2 else "good",
             "score": 3.4 - 0.3 * k, "png_base64": picture(k, scratched=k < 2)}
            for k in range(8)
        ],
        "story": _story(), "sites": _sites(),
    }  # fmt: skip


def sample_view(**settings: Any) -> ShopView:
    """The view as its record."""
    return msgspec.convert(sample_document(**settings), ShopView)


def comparison() -> dict[str, Any]:
    """Both policies, with figures on which the loop is worse."""
    closed = {"orders": 25, "good": 92, "scrapped": 3, "quarantined": 1, "on_time_share": 0.92, "unattended_hours": 118.4,
              "oee": 0.71, "first_pass_yield": 0.957, "cost_usd": 6320.0, "cost_per_good_part_usd": 68.7,
              "energy_kwh": 845.0, "events": 4821, "log": "x"}  # fmt: skip
    plainly = {**closed, "good": 81, "scrapped": 11, "on_time_share": 0.72, "unattended_hours": 88.1, "oee": 0.58,
               "first_pass_yield": 0.88, "cost_per_good_part_usd": 77.2, "energy_kwh": 801.0}  # fmt: skip
    return {
        "closed-loop": closed,
        "conventional": plainly,
        "remarks": ["The loop used 44 kWh more: it cut more parts."],
    }


def _units(rng: np.random.Generator, end: float) -> tuple[list[dict[str, Any]], list[tuple[str, str, float]]]:
    units: list[dict[str, Any]] = []
    made: list[tuple[str, str, float]] = []
    kinds = ["mill"] * 5 + ["robot", "gauge", "vision", "bench"]
    for place, kind in enumerate(kinds):
        name = f"{kind}-{place + 1}" if kind == "mill" else f"{kind}-1"
        spans, at, n = [], 1200.0 * place, 0
        while at < end:
            if kind == "mill":
                length = float(rng.uniform(1500, 9000))
                item = NAMES[int(rng.integers(0, 6))]
                serial = f"SO-{101 + int(rng.integers(0, 25))}.{1 + n % 4:03d}"
                state, subject = "running", f"{serial} {item}/S{1 + n % 2}"
                if n % 17 == 11:
                    state, subject, length = (
                        ("down", "spindle bearing", 9000.0) if place % 2 else ("maintenance", "", 3600.0)
                    )
                else:
                    made.append((name, serial, at + length))
            else:
                length, state, subject = float(rng.uniform(60, 500)), "busy", f"P{n % 12 + 1}"
            spans.append({"state": state, "start_s": at, "end_s": min(at + length, end), "subject": subject})
            at += length + float(rng.exponential(900 if kind == "mill" else 2200))
            n += 1
        planned = [
            {"state": "planned", "start_s": end + 600 + k * 5000, "end_s": end + 5000 + k * 5000,
             "subject": f"SO-12{k}.001 {NAMES[(place + k) % 6]}/S1"} for k in range(3)
        ] if kind == "mill" else []  # fmt: skip
        hours = np.arange(0, end, 3600.0)
        wear = np.clip(1 - 0.25 * (hours / end) ** 2 - (0.4 * (hours > 0.7 * end) if place == 1 else 0), 0, 1)
        health = [[float(t), float(w), float(np.clip(1.05 - w, 0, 1) ** 2)] for t, w in zip(hours, wear, strict=True)]
        signals = [[float(t), float(1.2 + (1 - w) * 4 + rng.normal(0, 0.12))] for t, w in zip(hours, wear, strict=True)]
        units.append({
            "id": name, "kind": kind, "status": "idle" if kind == "mill" else "", "alarm": "spindle bearing" if place == 1 else "",
            "spans": spans, "planned": planned, "health": health if kind == "mill" else [], "signals": signals if kind == "mill" else [],
        })  # fmt: skip
    return units, made


def _measures(units: list[dict[str, Any]]) -> dict[str, Any]:
    machines = [{"unit": u["id"], "unattended_h": 21.5, "oee": 0.7} for u in units if u["kind"] == "mill"]
    return {
        "period_h": 72.0, "orders": 25, "orders_due": 24, "orders_on_time": 22, "on_time_share": 22 / 24, "good": 92, "scrapped": 3,
        "quarantined": 1, "first_pass_yield": 0.957, "spindle_hours": 201.2, "unattended_hours": 118.4, "unattended_share": 0.588,
        "lights_out_longest_h": 15.1, "oee": 0.711, "availability": 0.81, "effectiveness": 0.91, "quality_ratio": 0.958,
        "cost_usd": 6320.0, "cost_per_good_part_usd": 68.7, "period_cost_usd": 9120.0, "period_cost_per_good_part_usd": 99.1,
        "energy_kwh": 845.0, "interventions": 212, "decision_automation": 0.994, "thread_completeness": 1.0,
        "schedule_adherence": 0.83, "index": 0.82, "automation_degree": None,
        "index_components": {"unattended_share": 0.588, "decision_automation": 0.994, "oee": 0.836, "first_pass_yield": 0.957},
        "machines": machines,
    }  # fmt: skip


def _orders(rng: np.random.Generator, end: float) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = []
    for k in range(25):
        due = float(rng.uniform(0.3, 1.05)) * end
        done = None if k % 11 == 7 else min(end, due + float(rng.normal(-14000, 9000)))
        late = due < end if done is None else done > due
        orders.append({
            "id": f"SO-{101 + k}", "item": NAMES[k % 6], "quantity": 4, "due_s": due, "promise_s": due - 9000, "completed_s": done,
            "good": 4 if done else 2, "scrapped": int(k % 9 == 4), "state": "late" if late else "done" if done else "open",
            "reason": "mill-2 was down for 2.5 h" if late else "",
        })  # fmt: skip
    return orders


def _part(rng: np.random.Generator, place: int) -> dict[str, Any]:
    name = NAMES[place]
    certified = place != 3
    steps = [
        {"name": f"{strategy} {k + 1}", "strategy": strategy, "tool": k + 1, "features": [k], "faces": [k],
         "cutting": {"vc_m_min": 300.0, "spindle_rpm": 9500.0 - 800 * k, "fz_mm": 0.05, "feed_mm_min": 1900.0 - 200 * k, "ap_mm": 3.0,
                     "ae_mm": 4.0, "power_kw": 1.1, "force_n": 220.0, "source": "maker's catalogue 2024, p. 112"},
         "time_s": float(rng.uniform(20, 400)), "line_from": 1, "line_to": 9}
        for k, strategy in enumerate(STRATEGIES)
    ]  # fmt: skip
    setups = [
        {"name": f"S{k + 1}", "kind": "mill", "direction": "+Z" if k == 0 else "-Z", "steps": steps[3 * k : 3 * k + 3],
         "model_to_work": FRAMES[k], "fixtures": FIXTURES}
        for k in range(2)
    ]  # fmt: skip
    uncut = (
        []
        if certified
        else [{"faces": [4], "area_mm2": 122.0, "reason": "inside corner sharper than the smallest tool, 1.5 mm"}]
    )
    return {
        "name": name, "material": MATERIALS[place], "certified": certified,
        "certificate": {"certified": certified, "gouge_mm": 0.004, "excess_mm": 0.021 if certified else 0.31, "certified_area_share":
                        0.9991 if certified else 0.982, "uncut": uncut, "rapid_hits": 0, "collisions": None, "messages": []},
        "setups": setups, "cycle_s": 2400.0 + 500 * place, "features": 12 + place, "faces": 6, "characteristics": 9, "price_usd": 95.0,
        "cost_usd": {"machine": 31.2 + place, "labour": 9.0, "energy": 1.4, "tools": 6.1, "material": 11.0 - place, "overhead": 7.5, "scrap": 2.0},
        "made": 16 - place, "preview": box_mesh(80.0, 50.0 - 4 * place, 20.0),
        "stock": {"kind": "box", "min": [-2, -2, -2], "max": [82, 52, 21]},
        "paths": [[{"at": [0, 0, 25, 0, 0, 10 + k, 60, 0, 10 + k, 60, 40, 25], "kind": [0, 2, 1, 2]} for k in range(3)] for _ in range(2)],
    }  # fmt: skip


def _charts(rng: np.random.Generator, made: list[tuple[str, str, float]]) -> list[dict[str, Any]]:
    charts: list[dict[str, Any]] = []
    for k in range(14):
        machine = f"mill-{k % 5 + 1}"
        mine = [(serial, at) for unit, serial, at in made if unit == machine][::2]
        points: list[dict[str, Any]] = []
        level, offset = 0.0, 0.0
        for n, (serial, at) in enumerate(mine):
            level += 1.1
            signal = "signal" if level + offset > 14 else ""
            points.append({"at_s": at, "serial": serial, "deviation_um": level + offset + float(rng.normal(0, 2.2)), "offset_um": offset,
                           "edge": f"T4-{1 + n // 12}", "signal": signal})  # fmt: skip
            if signal:
                offset = -level
        charts.append({"family": f"{machine}|4|{NAMES[k % 6]}#{k + 1}", "machine": machine, "tool": 4, "characteristic":
                       f"{NAMES[k % 6]}#{k + 1}", "kind": "diameter", "lower_um": -25.0, "upper_um": 25.0, "points": points})  # fmt: skip
    return charts


def _stock(rng: np.random.Generator, end: float) -> list[dict[str, Any]]:
    rows = []
    for name in NAMES:
        left, series = 24.0, [[0.0, 24.0]]
        for at in np.sort(rng.uniform(0, end, 22)):
            left = left + 12 if left <= 5 else left - 1
            series.append([float(at), left])
        rows.append(
            {
                "item": f"blank-{name}",
                "series": series,
                "ordered": 24,
                "received": 12,
                "forecast_q50": 18.0,
                "forecast_q95": 27.0,
            }
        )
    rows.append(
        {
            "item": "T9 reamer",
            "series": [[0.0, 3.0]],
            "ordered": 0,
            "received": 0,
            "forecast_q50": None,
            "forecast_q95": None,
        }
    )
    return rows


def _decisions(end: float) -> list[dict[str, Any]]:
    said = [
        ("schedule_published", "software:schedule", "new schedule of 61 operations, because mill-2 failed", "the lower bound of lateness is 2.1 h"),
        ("purchase_decided", "software:materials", "PO-7: 24 blank-bracket ordered", "runs out before Wednesday with 8 %"),
        ("alarm_raised", "software:plant", "mill-2: spindle bearing", ""),
        ("part_disposed", "software:quality", "SO-104.2: scrap, bore 12.031 mm above 12.018 mm", ""),
        ("parameters_revised", "software:tuning", "bracket/S1: T2 now runs at 1.08 of the planned speed and 1.05 of the planned feed", "wear below the limit"),
    ]  # fmt: skip
    return [
        {"at_s": end * k / 60, "kind": kind, "actor": actor, "text": text, "why": why}
        for k in range(60)
        for kind, actor, text, why in [said[k % len(said)]]
    ]


def _story() -> dict[str, Any]:
    told = [
        ("mounted", "bench-1", {"pallet": "P4", "operation": "bracket/S1"}, 3000.0),
        ("cut", "mill-2", {"operation": "bracket/S1", "program_sha256": "9f" * 32}, 52000.0),
        ("finished cut", "mill-2", {"minutes": "41.2", "kwh": "3.12", "edges": "T1=T1-3, T4=T4-1"}, 54500.0),
        ("measured", "gauge-1", {"bracket#1": "12.0041", "bracket#2": "35.0112"}, 60000.0),
        ("verdict", "bracket/S1", {"verdict": "good", "by": "gauge", "reason": ""}, 60000.0),
        ("photographed", "vision-1", {"image": "SO-101.1.png"}, 61000.0),
        ("verdict", "", {"verdict": "good", "by": "vision", "score": "0.4120"}, 61000.0),
        ("costed", "", {"machine": "31.20", "labour": "9.00", "energy": "1.40"}, 90000.0),
        ("disposed", "", {"as": "good", "reason": "all characteristics within tolerance"}, 90000.0),
    ]  # fmt: skip
    steps = [{"what": what, "where": where, "detail": detail, "at_s": at} for what, where, detail, at in told]
    return {
        "serial": "SO-101.001",
        "item": "bracket",
        "order": "SO-101",
        "cad_sha256": "5c" * 32,
        "complete": True,
        "steps": steps,
    }


def _sites() -> dict[str, Any]:
    sites = []
    for k, (name, country) in enumerate((("Home", "DE"), ("Poland", "PL"), ("China", "CN"), ("Mexico", "MX"))):
        fact = {"name": "wage_usd_h", "value": 46.0 - 11 * k if k < 3 else None, "unit": "USD/h", "source": "Eurostat, labour cost survey",
                "as_of": "2025-04-01", "grade": "B", "why": "" if k < 3 else "expired 2025-12-31"}  # fmt: skip
        usd = {"machine": 28.0, "labour": 9.0 - 2 * k, "energy": 2.0, "tools": 6.0, "material": 11.0, "overhead": 6.0, "freight": 1.5 * k,
               "duty": 2.6 * k, "pipeline": 0.9 * k, "risk": 0.6 * k}  # fmt: skip
        factors = [{"name": n, "usd": None if k == 3 and n == "labour" else v, "low": v * 0.7, "high": v * 1.4, "facts": [fact] if n == "labour" else []}
                   for n, v in usd.items()]  # fmt: skip
        total = sum(usd.values())
        sites.append({"name": name, "id": name.lower(), "country": country, "unit_cost_usd": total if k < 3 else None, "low_usd": total * 0.9,
                      "high_usd": total * 1.2, "p10": total * 0.94 if k < 3 else None, "p90": total * 1.08 if k < 3 else None,
                      "wins": None, "factors": factors})  # fmt: skip
    return {
        "part": "bracket", "as_of": "2026-03-02", "quantity_year": 1200.0, "sites": sites, "decision": "home",
        "reason": "Poland is 1.9 % cheaper, which is within 5 %: made at home.",
        "break_even": {"unattended_share": 0.41, "tariff": 0.034, "wage": 52.1, "ranges": {}},
        "missing": [{"site": "Mexico", "fact": "wage_usd_h", "why": "expired 2025-12-31", "low": 3.0, "high": 9.0}],
    }  # fmt: skip
