"""The times at which people are in the shop."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nightmill.vocabulary.intervals import Span, common, length_s, union
from nightmill.vocabulary.shop import Shop


def presence(shop: Shop, end_s: float, called: Sequence[Span] = ()) -> tuple[Span, ...]:
    """Return the spans of shop time 0..``end_s`` (s) in which at least one person is present, in order and disjoint.

    They come from the shifts' local hours in the site's time zone; a day with a clock change has its true length. ``called`` are the
    call-outs outside the shifts.
    """
    zone = ZoneInfo(shop.time_zone)
    first = shop.start.astimezone(zone).date() - timedelta(days=1)
    spans: list[Span] = []
    for n in range(int(end_s // 86400) + 4):
        day = first + timedelta(days=n)
        for shift in shop.shifts:
            if day.weekday() in shift.days:
                midnight = datetime.combine(day, time.min)
                spans.append(
                    (_at(midnight, shift.begins_h, zone, shop.start), _at(midnight, shift.ends_h, zone, shop.start))
                )
    return union((max(begin, 0.0), min(end, end_s)) for begin, end in [*spans, *called])


def persons_s(shop: Shop, end_s: float, called: Sequence[tuple[Span, int]] = ()) -> float:
    """Return the person-seconds paid in 0..``end_s``.

    This is the sum of every shift's length times its persons, plus the time of call-outs (``called``) outside the shifts.
    """
    zone = ZoneInfo(shop.time_zone)
    first = shop.start.astimezone(zone).date() - timedelta(days=1)
    total = 0.0
    for n in range(int(end_s // 86400) + 4):
        day = first + timedelta(days=n)
        midnight = datetime.combine(day, time.min)
        for shift in shop.shifts:
            if day.weekday() in shift.days:
                begin = max(_at(midnight, shift.begins_h, zone, shop.start), 0.0)
                end = min(_at(midnight, shift.ends_h, zone, shop.start), end_s)
                total += max(0.0, end - begin) * shift.persons
    shifts = presence(shop, end_s)
    for span, persons in called:
        there = union([(max(span[0], 0.0), min(span[1], end_s))])
        total += persons * (length_s(there) - length_s(common(there, shifts)))
    return total


def _at(midnight: datetime, hours: float, zone: ZoneInfo, start: datetime) -> float:
    local = (midnight + timedelta(hours=hours)).replace(tzinfo=zone)
    return (local.astimezone(UTC) - start).total_seconds()
