"""What a decider remembers between two turns of the loop, as plain data: no code, no settings, nothing shared.

A decider names its memory in a struct, ``Memory``; the field of each piece of memory is called like the attribute that holds
it. Whatever else a decider holds comes from the shop's files or from other deciders each time it is made, so that a snapshot
never brings back what a person has edited since.
"""

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from nightmill.floor import ShopState

M = TypeVar("M", bound=msgspec.Struct)


class Nothing(msgspec.Struct, frozen=True):
    """The memory of a decider that has none: the state of the shop holds all that it goes by."""


class Remembering(Generic[M]):
    """Gives a decider ``memory`` and ``restore`` by the fields of its ``Memory``."""

    Memory: ClassVar[type[Any]] = Nothing

    def memory(self) -> M:
        """All that the decider remembers now; it may hold the decider's own lists and tables, so write it before the next turn."""
        found: M = self.Memory(**{name: getattr(self, name) for name in self.Memory.__struct_fields__})
        return found

    def restore(self, memory: M, state: ShopState) -> None:
        """Remember ``memory`` in place of what the decider remembers now; ``state`` is the shop's of the same moment."""
        for name in self.Memory.__struct_fields__:
            setattr(self, name, getattr(memory, name))
