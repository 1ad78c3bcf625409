"""Views of the shop: fold the log into the data that pages, reports and agents show."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.views.agent_reads import ShopReads
    from nightmill.plant.views.event_text import sentence
    from nightmill.plant.views.fold import ViewFold
    from nightmill.plant.views.records import OrderView, PartView, ShopView
    from nightmill.plant.views.shop_view import ShopLook, order_views, view_plan, view_shop

__all__ = [
    "OrderView",
    "PartView",
    "ShopLook",
    "ShopReads",
    "ShopView",
    "ViewFold",
    "order_views",
    "sentence",
    "view_plan",
    "view_shop",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
