"""Who is there: the shifts of the shop as windows of shop time, in the site's time zone, DST included."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from nightmill.vocabulary.shop import Shop


class Presence(msgspec.Struct, frozen=True):
    """``persons`` people are present from ``begins_s`` to ``ends_s`` (shop time)."""

    begins_s: float
    ends_s: float
    persons: int


def presence_windows(shop: Shop, from_s: float, to_s: float) -> tuple[Presence, ...]:
    """The windows of presence that touch ``from_s`` .. ``to_s``, in order of their begin."""
    zone = ZoneInfo(shop.time_zone)
    day = (shop.start + timedelta(seconds=from_s)).astimezone(zone).date() - timedelta(days=1)
    last = (shop.start + timedelta(seconds=to_s)).astimezone(zone).date()
    windows: list[Presence] = []
    while day <= last:
        for shift in shop.shifts:
            if day.weekday() in shift.days:
                begins, ends = (_at(shop, zone, day, hour) for hour in (shift.begins_h, shift.ends_h))
                if ends > from_s and begins < to_s:
                    windows.append(Presence(begins, ends, shift.persons))
        day += timedelta(days=1)
    return tuple(sorted(windows, key=lambda window: window.begins_s))


def persons_at(windows: tuple[Presence, ...], at_s: float) -> int:
    """How many people are present at ``at_s``."""
    return sum(window.persons for window in windows if window.begins_s <= at_s < window.ends_s)


def _at(shop: Shop, zone: ZoneInfo, day: date, hour: float) -> float:
    wall = datetime.combine(day, time()) + timedelta(hours=hour)
    return (wall.replace(tzinfo=zone).astimezone(UTC) - shop.start).total_seconds()
