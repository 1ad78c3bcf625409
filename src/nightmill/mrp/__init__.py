"""Material requirements planning: turn demand and bills of material into planned orders with pegging.

Inputs: the text of CSV tables (items, bom, stock, demand, orders, receipts). Outputs: planned orders, action messages, pegging.
The room never opens a file, reads a clock or places an order; an invalid table is rejected as a whole, with all findings.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.mrp.arrays import plan_inputs
    from nightmill.mrp.explode import compute_plan
    from nightmill.mrp.pegging import plan_answer, plan_summary
    from nightmill.mrp.plan import PlanArrays, PlannedOrder
    from nightmill.mrp.supplier_outage import outage_drill
    from nightmill.mrp.tables import Delivery, MaterialTables, read_tables

__all__ = [
    "Delivery",
    "MaterialTables",
    "PlanArrays",
    "PlannedOrder",
    "compute_plan",
    "outage_drill",
    "plan_answer",
    "plan_inputs",
    "plan_summary",
    "read_tables",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
