"""When people are in the shop, and arithmetic on time spans."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nightmill.vocabulary.shop import Shop

Span = tuple[float, float]


def presence(shop: Shop, end_s: float, called: Sequence[Span] = ()) -> tuple[Span, ...]:
    """The spans of shop time 0..``end_s`` (s) in which at least one person is present: rising, disjoint.

    From the shifts' local hours in the site's time zone; a day with a clock change has its true length. ``called``: the spans of
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
    """Person-seconds paid in 0..``end_s``: every shift's length times its persons, and of call-outs (``called``) the time
    outside the shifts.
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


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time as rising spans that neither touch nor overlap; empty ones are dropped."""
    found: list[Span] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def outside(spans: Sequence[Span], end_s: float) -> tuple[Span, ...]:
    """The part of 0..``end_s`` that lies in none of the (rising, disjoint) spans."""
    edges = [0.0, *(edge for span in spans for edge in span), end_s]
    return tuple((edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n + 1] > edges[n])


def common(one: Sequence[Span], other: Sequence[Span]) -> tuple[Span, ...]:
    """The intersection of two rising sequences of spans."""
    found: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        begin, end = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if end > begin:
            found.append((begin, end))
        if one[i][1] <= other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def length_s(spans: Iterable[Span]) -> float:
    """Total length."""
    return sum(end - begin for begin, end in spans)
