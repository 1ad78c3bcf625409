"""Query samples of machines' signals, as tables and JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nightmill.plant.workspace.layout import telemetry_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.store import TelemetryHistory
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import utc_us

UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}

MOST = 100_000
"""Maximum number of points in an answer."""

MOST_NUMBER = 1e6
"""Largest number of hours (or other time units) accepted in a query, so that times stay within the range of calendar dates."""


def telemetry_of(
    folder: Path,
    *,
    sources: Sequence[str] = (),
    signals: Sequence[str] = (),
    since: str = "",
    until: str = "",
    every: str = "",
) -> dict[str, Any]:
    """Return the available signals, or the values over time of the requested signals (of all signals if only a time is given).

    ``since`` and ``until``: ISO 8601, in the site's time zone if the text has none, or hours of shop time (``12.5h``);
    ``every``: a bucket such as ``10min``. Raises ``BadInput`` for an unknown source or signal, or an invalid time.
    """
    shop = whole_shop(folder)
    history = TelemetryHistory(telemetry_folder(folder))
    channels = history.channels()
    if not (sources or signals or since or until or every):
        listed = [{"source": c.source, "signal": c.signal, "samples": c.samples, "first": _text(c.first_us), "last": _text(c.last_us), "mean": c.mean, "low": c.low, "high": c.high} for c in channels]  # fmt: skip
        return {"channels": listed, "points": [], "whole": True}
    _check_names(folder, "--source", sources, sorted({c.source for c in channels}))
    _check_names(folder, "--signal", signals, sorted({c.signal for c in channels}))
    points = history.points(
        sources=sources,
        signals=signals,
        since_us=_moment(shop, "--since", since, 0),
        until_us=_moment(shop, "--until", until, 1 << 62),
        every_us=duration_us(every),
        limit=MOST + 1,
    )
    chosen = [{"at": _text(p.at_us), "source": p.source, "signal": p.signal, "samples": p.samples, "mean": p.mean, "low": p.low, "high": p.high} for p in points[:MOST]]  # fmt: skip
    return {"channels": [], "points": chosen, "whole": len(points) <= MOST}


def _check_names(folder: Path, option: str, asked: Sequence[str], known: list[str]) -> None:
    wrong = [name for name in asked if name not in known]
    if wrong:
        expected = ", ".join(known) or "nothing: the shop has no telemetry yet"
        remedy = f"List the available signals: nightmill telemetry {folder}"
        raise BadInput(*(Finding(str(folder), option, repr(name), expected, remedy) for name in wrong))


def _moment(shop: Shop, option: str, text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if text.endswith("h") and _number(text[:-1]) is not None:
        return utc_us(shop.start + timedelta(hours=_number(text[:-1]) or 0.0))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        expected = "a time such as 2026-11-02T06:00, or hours since the shop's start such as 12.5h"
        raise BadInput(Finding(option, "", text, expected, "Write it like this.")) from error
    return utc_us(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(shop.time_zone)))


def duration_us(text: str) -> int:
    """Return the µs of a duration such as ``10min``; 0 for an empty text. Raises ``BadInput`` for anything else."""
    if not text:
        return 0
    unit = text.lstrip("0123456789.")
    number = _number(text.removesuffix(unit))
    size = round((number or 0.0) * UNITS.get(unit, 0) * 1e6)
    if size <= 0:
        raise BadInput(Finding("--every", "", text, "a number with s, min, h or d", "Write it like 10min."))
    return size


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < MOST_NUMBER else None


def _text(at_us: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return moment.isoformat(timespec="milliseconds" if at_us % 1_000_000 else "seconds").replace("+00:00", "Z")
