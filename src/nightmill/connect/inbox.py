"""Reports on their way in by a protocol that may repeat, reorder or lose them: put in order by number, each once."""

from nightmill.vocabulary.reports import AnyReport


class Inbox:
    """Holds reports until they are acknowledged; numbers tell what is still missing."""

    def __init__(self) -> None:
        self._reports: dict[int, AnyReport] = {}

    def put(self, report: AnyReport) -> None:
        """Take a report; one that is here already is dropped."""
        self._reports.setdefault(report.seq, report)

    def acknowledge(self, seq: int) -> None:
        """Forget all up to ``seq``."""
        for old in [number for number in self._reports if number <= seq]:
            del self._reports[old]

    def has(self, after: int, up_to: int) -> bool:
        """Whether all reports after ``after`` up to ``up_to`` are here."""
        return all(number in self._reports for number in range(after + 1, up_to + 1))

    def take(self, after: int, up_to: int) -> tuple[AnyReport, ...]:
        """Those reports in order."""
        return tuple(self._reports[number] for number in range(after + 1, up_to + 1))
