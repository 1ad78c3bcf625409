"""The unattended hours: the checks before people leave, and the report that they find in the morning."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.night.morning import morning_report
    from nightmill.plant.night.preflight import preflight_of, preflight_shop

__all__ = [
    "morning_report",
    "preflight_of",
    "preflight_shop",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
