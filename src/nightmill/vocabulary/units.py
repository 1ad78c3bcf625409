"""Time: units in seconds for the whole program, and shop time as text."""

from datetime import UTC, datetime, timedelta

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


def utc_text(start: datetime, at_s: float) -> str:
    """Return ``at_s`` seconds after ``start`` in ISO 8601, in UTC to the millisecond: ``2026-11-02T18:07:11.000Z``."""
    told = start.astimezone(UTC) + timedelta(seconds=at_s)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_us(moment: datetime) -> int:
    """µs since 1970 of a date-time; one without an offset is in UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
