"""The demonstration: a shop that ships with Nightmill, run from STEP files to finished parts, and the first part of a shop on one
screen.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.demo.demo import run_demo
    from nightmill.plant.demo.first_part import FirstPart

__all__ = [
    "FirstPart",
    "run_demo",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
