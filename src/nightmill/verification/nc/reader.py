"""Find the readers of programs for controls: each module of this package with ``READERS`` provides some, by the control's name."""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from nightmill.verification.nc.motions import Point, Primitive

Reader = Callable[[str, Point, bool], tuple[tuple[Primitive, ...], float]]
"""A function that takes a program, the machine's zero in work coordinates (mm) and whether it is for a lathe, and
returns the moves (work coordinates, mm) and the dwells in s. Raises ``DialectError`` for a block that the control would
refuse, or would interpret differently from how it reads.
"""


class DialectError(ValueError):
    """A block that the control would refuse, or would interpret differently from how it reads; the message gives the line."""


@lru_cache(maxsize=1)
def readers() -> dict[str, Reader]:
    """Return every reader by the control's name."""
    package = __name__.rpartition(".")[0]
    found: dict[str, Reader] = {}
    for each in iter_modules(import_module(package).__path__):
        found |= getattr(import_module(f"{package}.{each.name}"), "READERS", {})
    return found
