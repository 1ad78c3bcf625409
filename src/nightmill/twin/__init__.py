"""Room ``twin``: what the factory believes about its own future.

In: a ``schedule.records.ShopProblem`` and its ``ShopSchedule``, the laws of what isn't certain (``Uncertainty``,
``learn_from_log`` takes them from what happened), the days and a seed. Out: possible futures, summed up
(``look_ahead``), and what a change would make of them (``what_if``); how good past forecasts were (``judge``). Or a factory in AutoSched-style tables, and what it will do
(``look_ahead_fab``, ``what_if_fab``). ``JOB_SHOP`` and ``run_job_shop`` are the model by which speed is compared.

Never: the hidden truth of the virtual shop; a clock, a file; a random number that the seed doesn't fix; a change of
the real schedule.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nightmill.twin.change import read_change
    from nightmill.twin.conformal import Forecast
    from nightmill.twin.fab_outlook import look_ahead_fab, what_if_fab
    from nightmill.twin.habits import Habits
    from nightmill.twin.job_shop import JOB_SHOP, JobShopNumbers, run_job_shop
    from nightmill.twin.judging import judge
    from nightmill.twin.learning import learn_from_log
    from nightmill.twin.outlook import forecast_orders, look_ahead
    from nightmill.twin.uncertainty import Uncertainty, certain
    from nightmill.twin.whatif import what_if

__all__ = [
    "JOB_SHOP",
    "Forecast",
    "Habits",
    "JobShopNumbers",
    "Uncertainty",
    "certain",
    "forecast_orders",
    "judge",
    "learn_from_log",
    "look_ahead",
    "look_ahead_fab",
    "read_change",
    "run_job_shop",
    "what_if",
    "what_if_fab",
]

_PLACES = {
    "JOB_SHOP": "job_shop",
    "Forecast": "conformal",
    "JobShopNumbers": "job_shop",
    "Uncertainty": "uncertainty",
    "certain": "uncertainty",
    "forecast_orders": "outlook",
    "Habits": "habits",
    "judge": "judging",
    "learn_from_log": "learning",
    "look_ahead": "outlook",
    "look_ahead_fab": "fab_outlook",
    "read_change": "change",
    "run_job_shop": "job_shop",
    "what_if": "whatif",
    "what_if_fab": "fab_outlook",
}


def __getattr__(name: str) -> Any:
    """Load ``name`` from its module when it is first asked for, so that small work starts at once."""
    if name not in _PLACES:
        raise AttributeError(f"module 'nightmill.twin' has no attribute {name!r}")
    return getattr(import_module(f"nightmill.twin.{_PLACES[name]}"), name)
