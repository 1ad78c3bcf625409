"""The hours with the night price of energy: 22:00 to 06:00 local time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nightmill.scheduling import records
from nightmill.vocabulary.shop import Shop

BEGINS_H, ENDS_H = 22, 6


def night_spans(shop: Shop, from_s: float, to_s: float) -> tuple[tuple[float, float], ...]:
    """Return the nights, start and end in seconds since the shop's start, that overlap ``from_s`` .. ``to_s``."""
    zone = ZoneInfo(shop.time_zone)
    day = (shop.start + timedelta(seconds=from_s)).astimezone(zone).date() - timedelta(days=1)
    spans: list[tuple[float, float]] = []
    while True:
        evening = datetime.combine(day, time(BEGINS_H), tzinfo=zone)
        morning = datetime.combine(day + timedelta(days=1), time(ENDS_H), tzinfo=zone)
        begins, ends = ((at.astimezone(UTC) - shop.start).total_seconds() for at in (evening, morning))
        if begins >= to_s:
            return tuple(spans)
        if ends > from_s:
            spans.append((begins, ends))
        day += timedelta(days=1)


def night_share(shop: Shop, begins_s: float, ends_s: float) -> float:
    """Return the fraction of ``begins_s`` .. ``ends_s`` that is at night."""
    nights = night_spans(shop, begins_s, ends_s)
    inside = sum(min(end, ends_s) - max(begin, begins_s) for begin, end in nights)
    return inside / (ends_s - begins_s) if ends_s > begins_s else 0.0


def tariffs(shop: Shop, from_s: float, to_s: float) -> tuple[records.Tariff, ...]:
    """Return the price per kWh from ``from_s`` to ``to_s``, by day and by night."""
    at, steps = from_s, list[records.Tariff]()
    for begin, end in (*night_spans(shop, from_s, to_s), (to_s, to_s)):
        begin, end = max(begin, from_s), min(end, to_s)
        if begin > at:
            steps.append(records.Tariff(at, begin, shop.economy.energy_usd_kwh))
        if end > begin:
            steps.append(records.Tariff(begin, end, shop.economy.night_usd_kwh))
        at = end
    return tuple(steps)
