"""The robot port: the functions that the cell needs from an arm that carries pallets."""

from typing import Protocol

from nightmill.vocabulary.commands import Acknowledgement, MovePallet


class Robot(Protocol):
    """A robot arm with its own controller."""

    def take(self, command: MovePallet) -> Acknowledgement:
        """Promise a move; the promise is durable when this returns. Nothing moves before ``carried`` is called. A repeated id means the
        same move.

        The arm refuses if it isn't ready or its last move hasn't ended. Raises ``EnvironmentFailed`` if it can't be reached.
        """

    def drop(self, command: MovePallet) -> None:
        """Withdraw the promise of a move that hasn't begun."""

    def taken(self) -> MovePallet | None:
        """Return the promised move that isn't known to have ended."""

    def carried(self, command: MovePallet) -> bool:
        """Have the promised move carried out once; return whether it succeeded, as read back from the arm.

        Raises ``EnvironmentFailed`` if the move failed or is stuck, or if the arm can't be reached; may be called again.
        """

    def close(self) -> None:
        """Disconnect; a move in progress continues."""
