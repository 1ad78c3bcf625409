"""A decider's memory between two turns of the loop, as plain data: no code, no settings, nothing shared.

A decider declares its memory in a struct, ``Memory``; each field has the name of the attribute that holds it.
Everything else in a decider is rebuilt from the shop's files or from other deciders whenever the decider is made, so restoring a snapshot
never undoes a person's later edits.
"""

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from nightmill.floor import ShopState

M = TypeVar("M", bound=msgspec.Struct)


class Nothing(msgspec.Struct, frozen=True):
    """The empty memory of a decider that works from the state of the shop alone."""


class Remembering(Generic[M]):
    """Implements ``memory`` and ``restore`` of a decider, using the fields of its ``Memory``."""

    Memory: ClassVar[type[Any]] = Nothing

    def memory(self) -> M:
        """Return all that the decider remembers now; it may share the decider's own lists and tables, so write it before the next turn."""
        found: M = self.Memory(**{name: getattr(self, name) for name in self.Memory.__struct_fields__})
        return found

    def restore(self, memory: M, state: ShopState) -> None:
        """Replace the decider's memory with ``memory``; ``state`` is the shop's state at the same moment."""
        for name in self.Memory.__struct_fields__:
            setattr(self, name, getattr(memory, name))
