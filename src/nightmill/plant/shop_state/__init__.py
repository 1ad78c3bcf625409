"""The state of a shop as folded from its log, its snapshots, and the interface of a decider."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.shop_state.snapshot import KeptState

__all__ = [
    "KeptState",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
