"""Presence of people: convert the shop's shifts, in the site's time zone and with daylight saving time, to windows of shop time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from nightmill.vocabulary.shop import Shop


class Presence(msgspec.Struct, frozen=True):
    """``persons`` people are present from ``begins_s`` to ``ends_s`` (shop time)."""

    begins_s: float
    ends_s: float
    persons: int


def presence_windows(
    shop: Shop, from_s: float, to_s: float, limits: Sequence[tuple[float, float, int, bool]] = ()
) -> tuple[Presence, ...]:
    """Return the windows of presence that overlap ``from_s`` .. ``to_s``, in order of start.
    ``limits``: periods (s) in which presence differs from the shifts, with the number of people, and whether this number is a minimum
    (people were called in) or a maximum; later limits override earlier ones.
    """
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
    windows.sort(key=lambda window: window.begins_s)
    return _limited(windows, limits) if limits else tuple(windows)


def _limited(windows: Sequence[Presence], limits: Sequence[tuple[float, float, int, bool]]) -> tuple[Presence, ...]:
    """Split the windows so that each has the number of people of the last limit that covers it: disjoint, in order of time."""
    edges = {edge for window in windows for edge in (window.begins_s, window.ends_s)}
    edges |= {edge for from_s, to_s, *_ in limits for edge in (from_s, to_s)}
    kept: list[Presence] = []
    for begins, ends in pairwise(sorted(edges)):
        there = persons_at(windows, begins)
        latest = next((each for each in reversed(limits) if each[0] <= begins < each[1]), None)
        if latest is not None:
            there = max(there, latest[2]) if latest[3] else min(there, latest[2])
        if there > 0 and kept and (kept[-1].ends_s, kept[-1].persons) == (begins, there):
            kept[-1] = Presence(kept[-1].begins_s, ends, there)
        elif there > 0:
            kept.append(Presence(begins, ends, there))
    return tuple(kept)


def persons_at(windows: Sequence[Presence], at_s: float) -> int:
    """Return how many people are present at ``at_s``."""
    return sum(window.persons for window in windows if window.begins_s <= at_s < window.ends_s)


def _at(shop: Shop, zone: ZoneInfo, day: date, hour: float) -> float:
    wall = datetime.combine(day, time()) + timedelta(hours=hour)
    return (wall.replace(tzinfo=zone).astimezone(UTC) - shop.start).total_seconds()
