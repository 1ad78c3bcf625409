"""The state of a shop as its log says it is, its snapshots, and the shape of a decider."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.shop_state.snapshot import KeptState

__all__ = [
    "KeptState",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(
        __name__,
        {
            "KeptState": "snapshot",
        },
    )
