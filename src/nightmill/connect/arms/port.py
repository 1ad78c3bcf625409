"""The robot port: what the cell needs of an arm that carries pallets."""

from typing import Protocol

from nightmill.vocabulary.commands import Acknowledgement, MovePallet


class Robot(Protocol):
    """An arm with a controller of its own."""

    def carry(self, command: MovePallet) -> Acknowledgement:
        """Hand over a move; durable at this side when it returns. The same id again: carried once all the same.

        Refused where the arm isn't ready or hasn't ended another move. ``EnvironmentFailed`` where it can't be reached.
        """

    def carried(self, command: MovePallet) -> bool:
        """Whether the move that was handed over last has ended well, read back from the arm.

        ``EnvironmentFailed`` where it has ended badly or stands, and where the arm can't be reached; may be asked again.
        """

    def close(self) -> None:
        """Leave; what is under way goes on."""
