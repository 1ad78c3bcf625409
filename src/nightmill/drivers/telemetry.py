"""Pass machine signals to telemetry: the port that takes them, and the conversion of each protocol's data to samples.

The source is the work unit's id, and signals have the names in docs/store.md; other machines that a host sees keep their own names.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from nightmill.vocabulary.reports import AnyReport, CycleFinished, SignalsSampled
from nightmill.vocabulary.units import utc_us


class Telemetry(Protocol):
    """Takes samples and returns at once; the same sample may come twice."""

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        """Take the samples of one source at one UTC time, µs since 1970."""


class Unheard:
    """Telemetry that keeps no samples."""

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        """Do nothing."""


class ReportSignals:
    """Extracts the signals from reports, once for each report."""

    def __init__(self, telemetry: Telemetry, start: datetime) -> None:
        """``start``: shop time 0."""
        self._telemetry, self._start_us, self._seen = telemetry, utc_us(start), 0

    def see(self, reports: Iterable[AnyReport]) -> None:
        """Take reports in order of ``seq``; repeated ones are skipped."""
        for report in reports:
            if report.seq > self._seen and isinstance(report, CycleFinished | SignalsSampled) and report.signals:
                self._telemetry.put(report.unit, self._start_us + round(report.at_s * 1e6), report.signals)
            self._seen = max(self._seen, report.seq)


def utc_us_of_text(text: str) -> int | None:
    """µs since 1970 of an ISO 8601 timestamp; ``None`` if the text isn't a timestamp."""
    try:
        return utc_us(datetime.fromisoformat(text))
    except ValueError:
        return None
