"""The shop's figures in Prometheus' text format 0.0.4."""

from collections import Counter
from collections.abc import Iterable

from nightmill.plant.views import ShopLook

MEDIA_TYPE = "text/plain; version=0.0.4"
"""Without the charset, which the route adds."""
_MEASURES = {
    "good": ("nightmill_parts_good", "good parts"),
    "scrapped": ("nightmill_parts_scrapped", "scrapped parts"),
    "quarantined": ("nightmill_parts_quarantined", "parts in quarantine"),
    "on_time_share": ("nightmill_orders_on_time_ratio", "share of due orders completed on time with good parts"),
    "spindle_hours": ("nightmill_spindle_hours", "hours of cutting"),
    "unattended_hours": ("nightmill_unattended_hours", "hours of cutting with nobody present"),
    "oee": ("nightmill_oee_ratio", "overall equipment effectiveness, ISO 22400-2"),
    "first_pass_yield": (
        "nightmill_first_pass_yield_ratio",
        "share of parts good at the first attempt, without rework",
    ),
    "cost_usd": ("nightmill_cost", "cost of the parts made, in the shop's currency"),
    "energy_kwh": ("nightmill_energy_kwh", "energy used"),
    "interventions": ("nightmill_interventions", "times a person had to act"),
}


def prometheus(view: ShopLook) -> str:
    """Return the figures of ``view`` as one exposition; figures that the log doesn't contain are left out, never 0."""
    lines = [*_metric("nightmill_log_events", "events in the log", [("", view.events)])]
    lines += _metric("nightmill_shop_time_seconds", "shop time since the start", [("", view.now_s)])
    lines += _metric("nightmill_run_ended", "1 if the run has ended", [("", int(view.ended))])
    for key, (name, about) in _MEASURES.items():
        value = view.measures.get(key)
        if isinstance(value, int | float):
            lines += _metric(name, about, [("", value)])
    states = Counter(order.state for order in view.orders)
    lines += _metric("nightmill_orders", "orders by state", [(_labels(state=s), n) for s, n in sorted(states.items())])
    up = [(_labels(unit=u.id, kind=u.kind, status=u.status), 1) for u in view.units if u.status]
    lines += _metric("nightmill_unit_status", "1 for the current status of a unit", up)
    health = [(_labels(unit=u.id), u.health[-1][1]) for u in view.units if u.health]
    lines += _metric("nightmill_unit_health_ratio", "health of a machine, 1 = as new", health)
    risk = [(_labels(unit=u.id), u.health[-1][2]) for u in view.units if u.health]
    lines += _metric("nightmill_unit_failure_probability", "probability of failure within the horizon", risk)
    stock = [(_labels(item=s.item), s.series[-1][1]) for s in view.stock if s.series]
    lines += _metric("nightmill_stock", "pieces in stock", stock)
    return "\n".join(lines) + "\n"


def _metric(name: str, about: str, samples: Iterable[tuple[str, float]]) -> list[str]:
    rows = [f"{name}{labels} {value}" for labels, value in samples]
    return [f"# HELP {name} {about}", f"# TYPE {name} gauge", *rows] if rows else []


def _labels(**labels: str) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + inside + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
