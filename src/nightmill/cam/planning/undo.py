"""Try something and go back: the one place where planning state is saved and restored.

A class whose objects change while a setup is planned names in ``CHANGES`` the attributes that belong to its state. What
isn't named stays after an undo: caches, what never changes, and what was learned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import shapely


class Changing(Protocol):
    """An object with state that may be undone."""

    CHANGES: ClassVar[tuple[str, ...]]


@dataclass(frozen=True)
class Mark:
    """A state to which an ``Undo`` can go back any number of times: a value for each attribute."""

    values: tuple[Any, ...]


class Undo:
    """The state of some objects, undone together."""

    def __init__(self, *owners: Changing) -> None:
        self._places = [(owner, name) for owner in owners for name in owner.CHANGES]

    def mark(self) -> Mark:
        """Return the current state."""
        return Mark(tuple(_copied(getattr(owner, name)) for owner, name in self._places))

    def back(self, mark: Mark, keep: tuple[tuple[Changing, str], ...] = ()) -> None:
        """Go back to a state, or forward to a later one; the attributes ``keep``, by object, stay as they are."""
        kept = {(id(owner), name) for owner, name in keep}
        for (owner, name), value in zip(self._places, mark.values, strict=True):
            if (id(owner), name) not in kept:
                setattr(owner, name, _copied(value))

    def unless_done(self, way: Callable[[], None]) -> None:
        """Run something that leaves no trace if it raises an exception."""
        mark, done = self.mark(), False
        try:
            way()
            done = True
        finally:
            if not done:
                self.back(mark)


def _copied(value: Any) -> Any:
    """Return a container as a copy of its own; values that never change are returned as they are."""
    if isinstance(value, shapely.Geometry):
        return value
    copy = getattr(value, "copy", None)
    return value if copy is None else copy()
