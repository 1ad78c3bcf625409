"""Read models of a part (certificate, steps, characteristics with measurements) and of the quality screen's charts."""

from collections.abc import Callable
from typing import Any

import msgspec

from nightmill.api.screens.shop_at_moment import Seen
from nightmill.plant import plan_store, requests
from nightmill.plant.proposals import NotThere
from nightmill.plant.views import PartView, ShopLook
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import Finding

Picture = Callable[[PartView], PartView]
"""A function that encodes a part's mesh and tool paths for the page."""
ALERT_SHARE = 0.75
"""A reading beyond this fraction of the way from nominal to a limit is shown as near the limit. Pre-control's green and yellow zones
divide at 50 % (ASQ); 75 % is further out, so that yellow calls for attention, not for a stop."""


def parts(view: ShopLook) -> list[dict[str, Any]]:
    """Return all planned parts, without meshes."""
    return [
        {
            "name": part.name, "material": part.material, "certified": part.certified, "cycle_s": part.cycle_s, "setups": len(part.setups),
            "features": part.features, "faces": part.faces, "made": part.made, "price_usd": part.price_usd,
            "share": part.certificate.certified_area_share, "cost_usd": sum(part.cost_usd.values()) if part.cost_usd else None,
        }
        for part in view.parts
    ]  # fmt: skip


def part(seen: Seen, view: ShopLook, name: str, packed: Picture) -> dict[str, Any]:
    """Return one part with its 3D view, tool paths and characteristics. Raises ``NotThere`` if it isn't planned."""
    found = next((each for each in view.parts if each.name == name), None)
    if found is None:
        known = ", ".join(each.name for each in view.parts) or "none yet"
        raise NotThere(Finding("parts", name[:80], "no such planned part", known, "Choose one of them."))
    orders = [order for order in seen.state.orders.values() if order.item == name and order.completed_s is None]
    return {
        "part": packed(found),
        "characteristics": characteristics(seen, name),
        "open": sum(order.quantity for order in orders),
        "promises": [
            {"order": o.id, "quantity": o.quantity, "due_s": o.due_s, "promise_s": o.promise_s} for o in orders
        ],
    }


def characteristics(seen: Seen, name: str) -> list[dict[str, Any]]:
    """Return each characteristic with its limits, faces and a summary of its readings: count, mean, last, capability.

    ``result``: verdict on the last reading: ``good``, ``near`` a limit, ``bad``, or ``unmeasured``.
    """
    folder = seen_route(seen, name)
    if folder is None:
        return []
    found = []
    for one in folder.characteristics:
        values = [reading.value for reading in seen.folded.readings.get(one.id, ())]
        found.append(
            {
                "id": one.id, "balloon": one.asked.balloon, "kind": one.asked.kind, "faces": list(one.asked.faces), "nominal": one.nominal,
                "lower": one.lower, "upper": one.upper, "origin": one.asked.origin, "gauge": one.asked.gauge, "operation": one.operation,
                "tool": one.tool, "count": len(values), "last": values[-1] if values else None,
                "mean": sum(values) / len(values) if values else None, "cpk": capability(values, one.lower, one.upper),
                "result": result(values[-1], one.nominal, one.lower, one.upper) if values else "unmeasured",
            }
        )  # fmt: skip
    return found


def result(value: float, nominal: float, lower: float, upper: float) -> str:
    """Return ``bad`` beyond a limit, ``near`` beyond ``ALERT_SHARE`` of the way to it, else ``good``."""
    if not lower <= value <= upper:
        return "bad"
    margin = upper - nominal if value >= nominal else nominal - lower
    return "near" if margin > 0 and abs(value - nominal) > ALERT_SHARE * margin else "good"


def capability(values: list[float], lower: float, upper: float) -> float | None:
    """Return Ppk = min(upper - mean, mean - lower) / (3 s) with the sample standard deviation s (ISO 22514-2, method d1); ``None`` below 5 readings."""
    if len(values) < 5:
        return None
    mean = sum(values) / len(values)
    spread = (sum((value - mean) ** 2 for value in values) / (len(values) - 1)) ** 0.5
    return None if spread == 0 else min(upper - mean, mean - lower) / (3 * spread)


def seen_route(seen: Seen, name: str) -> Any:
    """Return the planned route of a part, or ``None``."""
    folder = seen.folder / ".nightmill" / "plans" / name
    return plan_store.readable_route(folder)


def quality(seen: Seen, view: ShopLook) -> dict[str, Any]:
    """Return all charts in one row each, worst first; pictures with verdicts, and rejected parts."""
    rows: list[dict[str, Any]] = []
    for chart in view.charts:
        values = [point.deviation_um for point in chart.points]
        rows.append(
            {
                "family": chart.family, "machine": chart.machine, "tool": chart.tool, "characteristic": chart.characteristic,
                "kind": chart.kind, "count": len(values), "lower_um": chart.lower_um, "upper_um": chart.upper_um,
                "last_um": values[-1] if values else None, "signals": sum(1 for point in chart.points if point.signal),
                "cpk": capability(values, chart.lower_um, chart.upper_um),
                "out": sum(1 for value in values if not chart.lower_um <= value <= chart.upper_um),
                "spark": [round(value, 1) for value in values[-24:]],
            }
        )  # fmt: skip
    rows.sort(key=lambda row: (-row["out"], -row["signals"], 9.0 if row["cpk"] is None else row["cpk"]))
    bad = [
        {"seq": x.seq, "at_s": x.at_s, "serial": x.fact.serial, "as": x.fact.disposition, "reason": x.fact.reason}
        for x in seen.words
        if isinstance(x.fact, e.PartDisposed) and x.fact.disposition != "good"
    ]
    names = ("good", "scrapped", "quarantined", "first_pass_yield", "quality_ratio", "thread_completeness")
    return {
        "charts": rows,
        "images": view.images,
        "bad": bad[::-1][:100],
        "review": requests.parts_in_review(seen.state, seen.words),
        "holds": [{"hold": hold, "serials": serials} for hold, serials in seen.state.holds.items() if serials],
        "measures": {name: view.measures.get(name) for name in names},
    }


def chart(view: ShopLook, family: str) -> dict[str, Any]:
    """Return the points of one chart. Raises ``NotThere`` if no chart has that name."""
    found = next((each for each in view.charts if each.family == family), None)
    if found is None:
        raise NotThere(
            Finding("charts", family[:120], "no such chart", "a family of the quality screen", "Choose one of them.")
        )
    return dict(msgspec.to_builtins(found))
