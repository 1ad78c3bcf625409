"""The folder of a proven plan: its signed records and files; and the plans that a run has pinned."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.plan_store.kept_plans import load_route, readable_route

__all__ = [
    "load_route",
    "readable_route",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
