"""Collect reports from a protocol that may repeat, reorder or lose them; return each report once, in order of number."""

import asyncio

from nightmill.vocabulary.reports import AnyReport


class Inbox:
    """Holds reports until they are acknowledged; the report numbers show which are still missing."""

    def __init__(self) -> None:
        self._reports: dict[int, AnyReport] = {}

    def put(self, report: AnyReport) -> None:
        """Add a report; a duplicate is dropped."""
        self._reports.setdefault(report.seq, report)

    def acknowledge(self, seq: int) -> None:
        """Drop all reports up to ``seq``."""
        # a copy: another thread may add reports meanwhile
        for old in [number for number in list(self._reports) if number <= seq]:
            del self._reports[old]

    def has(self, after: int, up_to: int) -> bool:
        """Return whether all reports after ``after`` up to ``up_to`` have arrived."""
        return all(number in self._reports for number in range(after + 1, up_to + 1))

    async def heard(self, after: int, up_to: int, patience_s: float) -> bool:
        """Wait for them at most this many seconds; return whether all have arrived."""
        deadline = asyncio.get_running_loop().time() + patience_s
        while not self.has(after, up_to):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.002)
        return True

    def take(self, after: int, up_to: int) -> tuple[AnyReport, ...]:
        """Return those reports in order."""
        return tuple(self._reports[number] for number in range(after + 1, up_to + 1))
