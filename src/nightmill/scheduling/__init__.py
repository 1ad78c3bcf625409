"""Scheduling: turns open operations and the shop's resources into a schedule, promise dates and reasons for lateness.

In: a ``ShopProblem`` (``scheduling.problem.records``), or the text of a classic benchmark instance. Out: a
``ShopSchedule`` or an ``InstanceSchedule``, the violations its validator finds, and why an order is late. Problems are
built from ``records``; solving imports the compiled kernels on the first call.

Never: reads a clock or a file, draws a random number that the seed doesn't fix, schedules without being called, or
moves an operation that is already running, cut or mounted.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.scheduling import planning_ahead as ahead
    from nightmill.scheduling.diagnosis.counterfactuals import Explained
    from nightmill.scheduling.diagnosis.infeasibility import find_conflict
    from nightmill.scheduling.job_shop.instance import Instance, InstanceSchedule, parse_instance, validate_instance
    from nightmill.scheduling.job_shop.solve import solve_instance
    from nightmill.scheduling.model import Model
    from nightmill.scheduling.problem import records
    from nightmill.scheduling.rescheduling import disruptions as disruption
    from nightmill.scheduling.rescheduling.live_schedule import LivePlan
    from nightmill.scheduling.search.solve import dispatch_shop, solve_shop
    from nightmill.scheduling.validation.schedule_check import validate_shop

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

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
