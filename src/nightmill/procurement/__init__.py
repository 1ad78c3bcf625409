"""Procurement: proposals for purchases, and the exposure to each supplier.

Inputs: planned orders, suppliers and their deliveries. Outputs: purchase proposals with reasons, exposure to suppliers.
The room never opens a file, reads a clock or places an order.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.procurement.proposals import PolicyInForce, purchase_proposals
    from nightmill.procurement.supplier_exposure import supplier_risk

__all__ = [
    "PolicyInForce",
    "purchase_proposals",
    "supplier_risk",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
