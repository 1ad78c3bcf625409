"""Signals on their way to the lane of telemetry: the port that takes them, and how each protocol's words become samples.

The source is the work unit's id, the signal's name that of docs/store.md; other machines that a host hears of keep their own words.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from nightmill.vocabulary.reports import AnyReport, CycleFinished, SignalsSampled


class Telemetry(Protocol):
    """Takes samples and never makes anybody wait; may be told the same sample twice."""

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        """Samples of one source at one UTC time, µs since 1970."""


class Unheard:
    """Telemetry that nobody keeps."""

    def put(self, source: str, at_us: int, signals: Mapping[str, float]) -> None:
        """Nothing."""


class ReportSignals:
    """Takes the signals out of reports, each report once."""

    def __init__(self, telemetry: Telemetry, start: datetime) -> None:
        """``start``: shop time 0."""
        self._telemetry, self._start_us, self._seen = telemetry, utc_us(start), 0

    def see(self, reports: Iterable[AnyReport]) -> None:
        """Take reports in order of ``seq``; repeated ones are known."""
        for report in reports:
            if report.seq > self._seen and isinstance(report, CycleFinished | SignalsSampled) and report.signals:
                self._telemetry.put(report.unit, self._start_us + round(report.at_s * 1e6), report.signals)
            self._seen = max(self._seen, report.seq)


def utc_us(moment: datetime) -> int:
    """µs since 1970 of a moment; one without an offset is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def utc_us_of_text(text: str) -> int | None:
    """µs since 1970 of an ISO 8601 timestamp; ``None`` where it isn't one."""
    try:
        return utc_us(datetime.fromisoformat(text))
    except ValueError:
        return None
