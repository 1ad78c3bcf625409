"""One measured value, whichever document it came in."""

import msgspec

from nightmill.quality.inspection.characteristic import Verdict


class Reading(msgspec.Struct, frozen=True):
    """A value of the characteristic that the document calls ``characteristic``, absolute, in ``unit``.

    ``unit`` is ``mm``, ``deg`` or empty where the document doesn't say. ``uncertainty`` is expanded (k = 2), None where the
    document tells none. ``kind`` and ``nominal`` are the document's own, for holding it against the plan. ``place`` says
    where it stands; ``time`` is ISO 8601 without zone where the document has none.
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
    """What a document of results held: its readings, and how many values it marks itself as not to be counted."""

    readings: tuple[Reading, ...]
    left_out: int = 0
    part: str = ""


class JudgedReading(msgspec.Struct, frozen=True):
    """A reading against its characteristic; ``verdict`` is ``no limits`` where the plan has none (a reference size)."""

    balloon: int
    kind: str
    serial: str
    value: float
    uncertainty: float
    verdict: Verdict | str
    time: str = ""
