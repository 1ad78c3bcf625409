"""The robot port: what the cell needs of an arm that carries pallets."""

from typing import Protocol

from nightmill.vocabulary.commands import Acknowledgement, MovePallet


class Robot(Protocol):
    """An arm with a controller of its own."""

    def take(self, command: MovePallet) -> Acknowledgement:
        """Promise a move, durably when it returns; nothing moves before ``carried`` is asked. The same id again: the same move.

        Refused where the arm isn't ready or has another move that hasn't ended. ``EnvironmentFailed`` where it can't be reached.
        """

    def drop(self, command: MovePallet) -> None:
        """Take back the promise of a move that has not begun."""

    def taken(self) -> MovePallet | None:
        """The move that is promised and isn't known to have ended."""

    def carried(self, command: MovePallet) -> bool:
        """Have the promised move carried out, once; whether it has ended well, read back from the arm.

        ``EnvironmentFailed`` where it has ended badly or stands, and where the arm can't be reached; may be asked again.
        """

    def close(self) -> None:
        """Leave; what is under way goes on."""
