"""Procurement: what to buy and from whom, and the exposure to each supplier.

In: planned orders, suppliers and their deliveries. Out: purchase proposals with reasons, exposure to suppliers.
Never: opens a file, reads a clock, places an order.
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
