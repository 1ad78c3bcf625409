"""Errors of the log's port.

NightmillError
└── WrongVersion   another process has appended events since these were decided
"""

from nightmill.vocabulary.errors import Finding, NightmillError


class WrongVersion(NightmillError):
    """The decision was based on an older version of the log; decide again."""

    def __init__(self, expected: int, found: int) -> None:
        remedy = "Read the newer events and decide again."
        super().__init__(Finding("log", "append", f"version {found}", f"version {expected}", remedy))
