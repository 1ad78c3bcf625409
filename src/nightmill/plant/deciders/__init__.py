"""The deciders of the loop, one per concern: scheduling, inspection, maintenance, purchasing, tools, alarms."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.deciders.alarm_triage import policy_answer

__all__ = [
    "policy_answer",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
