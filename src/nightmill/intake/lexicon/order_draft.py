"""The order draft: what a mail seems to request, each value with the words it was read from."""

from typing import Literal

import msgspec

Value = str | float | int


class Extracted(msgspec.Struct, frozen=True):
    """One value: text, a number or an ISO date, with its place (``start``..``end`` in the text) and its confidence, 0..1."""

    value: Value
    source: str
    start: int
    end: int
    confidence: float


class DraftLine(msgspec.Struct, frozen=True):
    """One requested part; fields that the mail leaves open are None."""

    part: Extracted | None
    quantities: tuple[Extracted, ...]
    material: Extracted | None = None


class Question(msgspec.Struct, frozen=True):
    """A question that a person (or the sender) must answer before the draft can become an order."""

    field: str
    text: str
    reason: Literal["missing", "ambiguous", "implausible"]


class OrderDraft(msgspec.Struct, frozen=True):
    """A draft, never an order: nothing is made from it until its questions are answered by a person.

    ``kind`` is ``order`` if the text orders, ``rfq`` if it asks for a price. ``subject``, ``sender`` and
    ``attachments`` come from the mail's headers. ``warnings`` names text with instructions to its reader.
    """

    kind: Literal["rfq", "order"]
    sender: str | None
    subject: str
    lines: tuple[DraftLine, ...]
    due_date: Extracted | None
    price: Extracted | None
    incoterm: Extracted | None
    delivery_place: Extracted | None
    tolerances: tuple[Extracted, ...]
    finishes: tuple[Extracted, ...]
    attachments: tuple[str, ...]
    questions: tuple[Question, ...]
    warnings: tuple[str, ...]
