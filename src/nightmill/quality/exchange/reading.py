"""Records of measured values, common to all document formats."""

import math

import msgspec

from nightmill.quality.inspection.characteristic import Verdict


def finite(text: str, *, comma: bool = False) -> float | None:
    """Return the text as a finite number, or None if it isn't one; ``comma`` allows a decimal comma."""
    try:
        figure = float(text.replace(",", ".", 1) if comma and "." not in text else text)
    except ValueError:
        return None
    return figure if math.isfinite(figure) and "_" not in text else None


class Reading(msgspec.Struct, frozen=True):
    """An absolute value, in ``unit``, of the characteristic named ``characteristic`` in the document.

    ``unit`` is ``mm``, ``deg`` or empty if the document gives none. ``uncertainty`` is expanded (k = 2), None if the
    document gives none. ``kind`` and ``nominal`` are taken from the document, for comparison with the plan. ``place`` is the
    value's place in the document; ``time`` is ISO 8601, without time zone if the document has none.
    """

    characteristic: str
    value: float
    place: str
    serial: str = ""
    time: str = ""
    appraiser: str = ""
    unit: str = ""
    kind: str = ""
    nominal: float | None = None
    uncertainty: float | None = None


class Document(msgspec.Struct, frozen=True):
    """Contents of a results document: its readings, and the number of values that it marks as not counted."""

    readings: tuple[Reading, ...]
    left_out: int = 0
    part: str = ""


class JudgedReading(msgspec.Struct, frozen=True):
    """A reading with its characteristic and verdict; ``verdict`` is ``no limits`` if the plan has no limits (a reference size)."""

    balloon: int
    kind: str
    serial: str
    value: float
    uncertainty: float
    verdict: Verdict | str
    time: str = ""
