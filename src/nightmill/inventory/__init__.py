"""Inventory: where to hold safety stock in a supply chain, and when a running shop should reorder.

Inputs: a supply chain as JSON text, or the stock positions of a running shop. Outputs: safety stocks with a proven gap, purchase
proposals. The room never opens a file, reads a clock or places an order.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.inventory.guaranteed_service import place_buffers
    from nightmill.inventory.network import read_chain
    from nightmill.inventory.reorder_point import KnownNeed, StockPosition, reorder

__all__ = [
    "KnownNeed",
    "StockPosition",
    "place_buffers",
    "read_chain",
    "reorder",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
