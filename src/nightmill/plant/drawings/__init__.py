"""Read a drawing and compare it with the part's model."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.drawings.read_drawing import read_file

__all__ = [
    "read_file",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
