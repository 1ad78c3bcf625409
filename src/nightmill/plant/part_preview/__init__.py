"""Pictures of parts before and after planning: meshes of STEP files, fixtures and tool paths as lines."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.part_preview.step_preview import Pictures

__all__ = [
    "Pictures",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
