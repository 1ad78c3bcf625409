"""Forecasting: from demand and delivery history to quantiles of demand and lead times.

Inputs: the text of a demand history, deliveries, and orders booked ahead. Outputs: quantiles by period and item, scored by back-tests.
The room never opens a file, reads a clock or orders anything.
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
