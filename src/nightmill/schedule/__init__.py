"""Room ``schedule``: from open operations and what the shop has to a schedule, promises, and reasons.

In: a ``ShopProblem`` (``schedule.records``), or the text of a classic benchmark instance. Out: a ``ShopSchedule`` or an
``InstanceSchedule``, what its validator finds wrong with it, and why an order is late. Records are built from
``records``; solving imports the compiled kernels when it is first called.

Never: a clock, a file, a random number that the seed doesn't fix; a schedule that was not asked for; a move of what is
already running, cut or mounted.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nightmill.schedule import records

if TYPE_CHECKING:
    from nightmill.schedule import ahead, disruption
    from nightmill.schedule.conflict import find_conflict
    from nightmill.schedule.explain import Explained
    from nightmill.schedule.instance import Instance, InstanceSchedule, parse_instance, validate_instance
    from nightmill.schedule.instance_solve import solve_instance
    from nightmill.schedule.live import LivePlan
    from nightmill.schedule.model import Model
    from nightmill.schedule.solve import dispatch_shop, solve_shop
    from nightmill.schedule.validate import validate_shop

__all__ = [
    "Explained",
    "Instance",
    "InstanceSchedule",
    "LivePlan",
    "Model",
    "ahead",
    "dispatch_shop",
    "disruption",
    "find_conflict",
    "parse_instance",
    "records",
    "solve_instance",
    "solve_shop",
    "validate_instance",
    "validate_shop",
]

_PLACES = {
    "find_conflict": "conflict",
    "Explained": "explain",
    "Instance": "instance",
    "InstanceSchedule": "instance",
    "parse_instance": "instance",
    "validate_instance": "instance",
    "solve_instance": "instance_solve",
    "LivePlan": "live",
    "Model": "model",
    "dispatch_shop": "solve",
    "solve_shop": "solve",
    "validate_shop": "validate",
}


def __getattr__(name: str) -> Any:
    """Load ``name`` from its module when it is first asked for, so that small work starts at once."""
    if name in {"ahead", "disruption"}:
        return import_module(f"nightmill.schedule.{name}")
    if name not in _PLACES:
        raise AttributeError(f"module 'nightmill.schedule' has no attribute {name!r}")
    return getattr(import_module(f"nightmill.schedule.{_PLACES[name]}"), name)
