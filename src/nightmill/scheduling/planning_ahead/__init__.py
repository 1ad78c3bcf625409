"""Planning ahead: weekly capacity, purchases, promise dates for new orders, and bulk what-if comparisons."""

from nightmill.scheduling.planning_ahead.capable_to_promise import NewPromise, promise_new_order
from nightmill.scheduling.planning_ahead.rough_cut_capacity import (
    Bought,
    ForSale,
    MachineForSale,
    Overtime,
    PalletForSale,
    Purchase,
    RoughCut,
    buy_capacity,
    rough_cut,
    with_purchase,
)
from nightmill.scheduling.planning_ahead.what_if import Scenario, compare_scenarios, search_leaders

__all__ = [
    "Bought",
    "ForSale",
    "MachineForSale",
    "NewPromise",
    "Overtime",
    "PalletForSale",
    "Purchase",
    "RoughCut",
    "Scenario",
    "buy_capacity",
    "compare_scenarios",
    "promise_new_order",
    "rough_cut",
    "search_leaders",
    "with_purchase",
]
