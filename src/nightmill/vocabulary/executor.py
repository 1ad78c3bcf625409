"""The interface through which pure rooms distribute their work. The thread pools of ``concurrent.futures`` implement it; for Ray,
``workers`` does.
"""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec


class Pending(Protocol):
    """Work that an executor has accepted."""

    def result(self) -> Any:
        """Wait for the result."""


class Executor(Protocol):
    """Runs calls, perhaps several at a time: compiled kernels release the interpreter's lock."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Pending:
        """Submit ``call(*arguments)``."""


class InTurn:
    """The single-threaded executor: each call runs when it is submitted."""

    class _Done(msgspec.Struct):
        value: Any

        def result(self) -> Any:
            return self.value

    def submit(self, call: Callable[..., Any], /, *arguments: Any) -> Pending:
        """Run the call."""
        return self._Done(call(*arguments))
