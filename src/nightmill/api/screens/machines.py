"""The machines screen: state, tools, health, signals."""

from typing import Any

from nightmill.api.screens.shop_at_moment import Seen
from nightmill.plant.views import ShopLook
from nightmill.vocabulary.plan import Tool

MAX_POINTS = 400
"""Maximum number of points on a curve, which is drawn a few hundred pixels wide."""
ALL_POINTS, FEWEST_POINTS = 4000, 60
"""Maximum number of points on all curves together, and minimum per curve if there are very many curves."""


def machines(seen: Seen, view: ShopLook) -> list[dict[str, Any]]:
    """Return health, utilisation, tools and the next planned stop of every unit."""
    life = {kind.tool.number: (kind.tool.life_min, tool_name(kind.tool)) for kind in seen.shop.tools}
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


def tool_name(tool: Tool) -> str:
    """Return the name by which people know a tool."""
    return tool.name or f"{tool.type} {tool.diameter_mm:g}"


def thin(points: tuple[Any, ...], curves: int) -> list[list[Any]]:
    """Return at most ``MAX_POINTS`` of the points, fewer if ``curves`` is large; always the last point, values rounded to five digits.

    The first value of a point is shop time in s, rounded to a tenth.
    """
    most = min(MAX_POINTS, max(FEWEST_POINTS, ALL_POINTS // max(1, curves)))
    step = max(1, -(-len(points) // most))
    return [[round(point[0], 1), *map(_short, point[1:])] for point in points[::-1][::step][::-1]]


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value
