"""Materials: demand and bills of material in, orders, buffers and risks out.

In: the text of CSV tables (items, bom, stock, demand, orders, receipts, suppliers, deliveries, history), a
supply chain as JSON text, or the stock positions of a running shop. Out: planned orders with pegging,
demand quantiles, safety stocks with a proven gap, supplier exposure, purchase proposals with reasons.
Never: opens a file, reads a clock, places an order; a wrong table is refused as a whole, with all findings.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nightmill.materials.forecast import forecast, read_history
from nightmill.materials.reorder import KnownNeed, StockPosition, reorder

if TYPE_CHECKING:
    from nightmill.materials.buffers import place_buffers
    from nightmill.materials.chain import read_chain
    from nightmill.materials.inputs import plan_inputs
    from nightmill.materials.mrp import compute_plan
    from nightmill.materials.outage import outage_drill
    from nightmill.materials.pegging import plan_answer, plan_summary
    from nightmill.materials.purchases import purchase_proposals
    from nightmill.materials.risk import supplier_risk
    from nightmill.materials.tables import read_tables

__all__ = [
    "KnownNeed",
    "StockPosition",
    "compute_plan",
    "forecast",
    "outage_drill",
    "place_buffers",
    "plan_answer",
    "plan_inputs",
    "plan_summary",
    "purchase_proposals",
    "read_chain",
    "read_history",
    "read_tables",
    "reorder",
    "supplier_risk",
]

_PLACES = {
    "place_buffers": "buffers",
    "read_chain": "chain",
    "plan_inputs": "inputs",
    "compute_plan": "mrp",
    "outage_drill": "outage",
    "plan_answer": "pegging",
    "plan_summary": "pegging",
    "purchase_proposals": "purchases",
    "supplier_risk": "risk",
    "read_tables": "tables",
}


def __getattr__(name: str) -> Any:
    """Load ``name`` from its module when it is first asked for, so that small work starts at once."""
    if name not in _PLACES:
        raise AttributeError(f"module 'nightmill.materials' has no attribute {name!r}")
    return getattr(import_module(f"nightmill.materials.{_PLACES[name]}"), name)
