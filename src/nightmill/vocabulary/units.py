"""Time: units in seconds for the whole program, and shop time as text."""

from datetime import UTC, datetime, timedelta

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S


def utc_text(start: datetime, at_s: float) -> str:
    """Return ``at_s`` seconds after ``start`` in ISO 8601, in UTC to the millisecond: ``2026-11-02T18:07:11.000Z``."""
    told = start.astimezone(UTC) + timedelta(seconds=at_s)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")
