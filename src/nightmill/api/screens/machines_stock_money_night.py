"""Read models of four screens: machines, stock, money and night."""

from typing import Any

import msgspec

from nightmill.api.screens.floor import attention, people_of, told
from nightmill.api.screens.shop_at_moment import Seen
from nightmill.plant import night as night_door
from nightmill.plant.views import ShopLook
from nightmill.vocabulary import events as e
from nightmill.vocabulary.plan import Tool

MAX_POINTS = 400
"""Most points of a curve, which is drawn a few hundred pixels wide."""
ALL_POINTS, FEWEST_POINTS = 4000, 60
"""Most points of all curves together, and the fewest of each if there are very many curves."""


def machines(seen: Seen, view: ShopLook) -> list[dict[str, Any]]:
    """Return health, utilisation, tools and the next planned stop of every unit."""
    life = {kind.tool.number: (kind.tool.life_min, _named(kind.tool)) for kind in seen.shop.tools}
    drawn = sum(bool(curve) for unit in view.units for curve in (unit.signals, unit.health))
    found = []
    for unit in view.units:
        seconds: dict[str, float] = {}
        for span in unit.spans:
            seconds[span.state] = seconds.get(span.state, 0.0) + span.end_s - span.start_s
        machine = seen.state.machines.get(unit.id)
        stop = seen.stops.get(unit.id)
        found.append(
            {
                "id": unit.id, "kind": unit.kind, "status": machine.status if machine else "", "alarm": unit.alarm, "seconds": seconds,
                "health": thin(unit.health, drawn), "signals": thin(unit.signals, drawn),
                "stops": [[s.state, s.start_s, s.end_s, s.subject] for s in unit.spans if s.state in {"down", "maintenance"}],
                "failures": list(machine.failures) if machine else [],
                "since_maintained_h": (seen.now_s - machine.maintained_s) / 3600 if machine else None,
                "next_stop": None if stop is None or stop.start_s < seen.now_s else {
                    "start_s": stop.start_s, "duration_s": stop.duration_s, "reason": stop.reason,
                    "cost_usd": stop.expected_cost_usd, "without_usd": stop.cost_without_usd, "technician": stop.technician,
                    "spares": stop.spares},
                "tools": [] if machine is None else [
                    {"tool": int(tool), "kind": life.get(int(tool), (60.0, ""))[1], "edge": edge.edge, "minutes": edge.minutes,
                     "life_min": life.get(int(tool), (60.0, ""))[0], "sisters": edge.sisters, "offset_mm": edge.offset_mm}
                    for tool, edge in machine.edges.items()],
            }
        )  # fmt: skip
    return found


def _named(tool: Tool) -> str:
    return tool.name or f"{tool.type} {tool.diameter_mm:g}"


def thin(points: tuple[Any, ...], curves: int) -> list[list[Any]]:
    """Return at most ``MAX_POINTS`` of the points, fewer if ``curves`` is large; always the last point, figures rounded to five digits.

    The first figure of a point is shop time in s, rounded to a tenth.
    """
    most = min(MAX_POINTS, max(FEWEST_POINTS, ALL_POINTS // max(1, curves)))
    step = max(1, -(-len(points) // most))
    return [[round(point[0], 1), *map(_short, point[1:])] for point in points[::-1][::step][::-1]]


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def stock(seen: Seen, view: ShopLook) -> dict[str, Any]:
    """Return items over time, open purchases, and when each item runs out at the forecast rate."""
    purchases = list(seen.state.purchases.values())
    names = {str(kind.tool.number): _named(kind.tool) for kind in seen.shop.tools}
    return {
        "items": [_item(seen, each) for each in view.stock],
        "purchases": [
            {"id": p.id, "item": p.item, "quantity": p.quantity, "promised_s": p.promised_s} for p in purchases
        ],
        "crib": [
            {"tool": int(tool), "kind": names.get(tool, ""), "edges": count} for tool, count in seen.state.crib.items()
        ],
        "capacity": msgspec.to_builtins(seen.state.capacity),
    }


def _item(seen: Seen, item: Any) -> dict[str, Any]:
    left = item.series[-1][1] if item.series else 0.0
    used = sum(max(0.0, a[1] - b[1]) for a, b in zip(item.series, item.series[1:], strict=False))
    pace = used / max(seen.now_s, 1.0)
    by_forecast = item.forecast_q50 / (7 * 86400.0) if item.forecast_q50 else None
    rate = by_forecast if by_forecast is not None else pace
    return {
        **msgspec.to_builtins(item), "left": left, "rate_day": rate * 86400.0, "rate_from": "forecast" if by_forecast is not None else "past use",
        "runs_out_s": seen.now_s + left / rate if rate > 0 else None,
    }  # fmt: skip


def money(view: ShopLook) -> dict[str, Any]:
    """Return the actual cost of parts by factor, and the comparison of sites."""
    names = (
        "cost_usd", "cost_per_good_part_usd", "period_cost_usd", "period_cost_per_good_part_usd", "energy_kwh", "good", "unattended_share",
    )  # fmt: skip
    return {
        "measures": {name: view.measures.get(name) for name in names},
        "parts": [
            {"name": p.name, "price_usd": p.price_usd, "cost_usd": p.cost_usd, "made": p.made} for p in view.parts
        ],
        "sites": _without_facts(view.sites),
    }


def _without_facts(sites: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the comparison without facts; the page requests the facts of a part separately."""
    if sites is None or "parts" not in sites:
        return sites
    slim = {}
    for name, answer in sites["parts"].items():
        rows = [
            {
                **site,
                **{
                    rows: [{key: value for key, value in each.items() if key != "facts"} for each in site.get(rows, ())]
                    for rows in ("factors", "carbon")
                },
            }
            for site in answer["sites"]
        ]
        slim[name] = {**answer, "sites": rows}
    return {**sites, "parts": slim}


def facts(view: ShopLook, part: str) -> list[dict[str, Any]]:
    """Return the facts behind one part's comparison, each once: site, name, value, unit, source, date, grade."""
    answer = ((view.sites or {}).get("parts") or {}).get(part) or {}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for site in answer.get("sites", ()):
        for factor in (*site["factors"], *site.get("carbon", ())):
            for fact in factor.get("facts", ()):
                row = rows.setdefault((site["name"], fact["name"]), {"site": site["name"], **fact, "behind": []})
                row["behind"].append(factor["name"])
    return list(rows.values())


def night(seen: Seen) -> dict[str, Any]:
    """Return the outlook until people are back: checks, forecast, work on pallets, what waits for a person, exceptions."""
    found = night_door.preflight_of(seen.shop, seen.state)
    now = seen.now_s
    until = max(found.back_s, now + 3600.0)
    lines = [line for line in seen.state.schedule if line.start_s < until]
    return {
        "now_s": now,
        "ended": seen.state.ended,
        **msgspec.to_builtins(found),
        "ok": found.ok,
        "units": [unit.id for unit in seen.shop.cutters()],
        "ahead": [
            {
                "serial": x.serial,
                "operation": x.operation,
                "machine": x.machine,
                "end_s": x.end_s,
                "start_s": seen.shop.begins_s(x.operation, x.start_s, x.end_s),
            }
            for x in lines
        ],
        "presence": people_of(seen, now - 86400.0, until + 86400.0),
        "attention": attention(seen),
        "exceptions": [told(event) for event in reversed(seen.exceptions)],
        "last": last_night(seen),
    }


def last_night(seen: Seen) -> dict[str, Any] | None:
    """Return the last long absence, finished or under way, from the log: its times and what was made in it."""
    windows = people_of(seen, max(0.0, seen.now_s - 14 * 86400.0), seen.now_s + 86400.0)
    edge, best = 0.0, None
    for begins, ends in windows:
        if begins - edge >= 4 * 3600.0 and edge <= seen.now_s:
            best = (edge, min(begins, seen.now_s))
        edge = max(edge, ends)
    if seen.now_s - edge >= 4 * 3600.0:
        best = (edge, seen.now_s)
    if best is None:
        return None
    inside = (x.fact for x in seen.words if best[0] <= x.at_s <= best[1])
    verdicts = [fact.disposition for fact in inside if isinstance(fact, e.PartDisposed)]
    cut = [min(took_s, at_s - best[0]) for at_s, took_s in seen.ended if best[0] <= at_s <= best[1]]
    mills = max(1, len(seen.shop.cutters()))
    here = any(begins <= seen.now_s < ends for begins, ends in windows)
    return {
        "begins_s": best[0], "ends_s": best[1], "under_way": not here and best[1] == seen.now_s, "cycles": len(cut), "good": verdicts.count("good"), "not_good": len(verdicts) - verdicts.count("good"),
        "spindle_share": sum(cut) / max(1.0, (best[1] - best[0]) * mills),
    }  # fmt: skip
