"""Forecasting: from demand and delivery history to quantiles of demand and lead times.

In: the text of a history, deliveries, orders booked ahead. Out: quantiles by period and item, scored by back-tests.
Never: opens a file, reads a clock, orders anything.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.forecasting.demand_forecast import forecast, read_history
    from nightmill.forecasting.lead_times import OpenDelivery, open_delivery_quantiles

__all__ = [
    "OpenDelivery",
    "forecast",
    "open_delivery_quantiles",
    "read_history",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
