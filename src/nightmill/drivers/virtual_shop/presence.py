"""Presence of people: the shop's shifts in its time zone, including daylight saving time."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nightmill.vocabulary.shop import Shop


class Presence:
    """The number of persons present, and the local time, for any shop time (seconds since ``Shop.start``)."""

    def __init__(self, shop: Shop) -> None:
        start = shop.start if shop.start.tzinfo else shop.start.replace(tzinfo=UTC)
        self._start = start.astimezone(UTC)
        self._zone = ZoneInfo(shop.time_zone)
        self._shifts = shop.shifts
        self._offsets: dict[int, float] = {}
        self._called: list[tuple[float, float, int]] = []

    def _local(self, at_s: float) -> tuple[int, float]:
        quarter = math.floor(at_s / 900.0)
        offset = self._offsets.get(quarter)
        if offset is None:
            shift = (self._start + timedelta(seconds=quarter * 900.0)).astimezone(self._zone).utcoffset()
            offset = self._offsets[quarter] = shift.total_seconds() if shift else 0.0
        local: datetime = self._start + timedelta(seconds=at_s + offset)
        return local.weekday(), local.hour + local.minute / 60.0 + (local.second + local.microsecond / 1e6) / 3600.0

    def local_h(self, at_s: float) -> float:
        """Local hour of the day, 0 .. 24."""
        return self._local(at_s)[1]

    def persons(self, at_s: float) -> int:
        """Return the number of persons on shift at this time, or the number called in for it if that is greater."""
        day, hour = self._local(at_s)
        usual = sum(
            shift.persons for shift in self._shifts if day in shift.days and shift.begins_h <= hour < shift.ends_h
        )
        return max([usual, *(persons for from_s, to_s, persons in self._called if from_s <= at_s < to_s)])

    def call(self, from_s: float, to_s: float, persons: int) -> None:
        """Add people who were called in from ``from_s`` to ``to_s``."""
        self._called.append((from_s, to_s, persons))

    def work_ends_s(self, at_s: float, duration_s: float) -> float:
        """Return when ``duration_s`` of work that starts at ``at_s`` ends, if it pauses while nobody is present (in steps of a minute)."""
        left, time = duration_s, at_s
        limit = at_s + duration_s + 14 * 86400.0
        while left > 0 and time < limit:
            step = min(60.0, left)
            if self.persons(time) > 0:
                left -= step
                time += step
            else:
                time += 60.0
        return time
