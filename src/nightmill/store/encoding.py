"""Encode events as bytes, decode bytes of any schema version, and extend the hash chain.
A stored event is never rewritten, so its hash stays valid for ever. Events of older programs are
converted on reading: ``UPCASTERS[n]`` turns the plain JSON of schema ``n`` into that of schema ``n + 1``.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from nightmill.store.projections import projected
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.events import SCHEMA, Event

GENESIS = hashlib.sha256(b"nightmill log 1").hexdigest()
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[int, Upcaster] = {}
"""Conversions from each schema to the next, by the older schema's number; one for each schema below ``vocabulary.events.SCHEMA``."""


class Batch(msgspec.Struct, frozen=True):
    """The data that one append writes: rows (number, bytes, chain hash), command ids with their numbers, index entries."""

    version: int
    head: str
    rows: tuple[tuple[int, bytes, str], ...]
    commands: tuple[tuple[str, int], ...]
    entries: tuple[tuple[str, str, int], ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)
_SCHEMA_AT_END = re.compile(rb'"schema":(\d+)\}$')
"""Pattern for the end of an event's bytes; ``schema`` is the envelope's last field, left out if it is 1. No text or nested
record ends so.
"""


def chained(previous: str, body: bytes) -> str:
    """Return the chain hash of an event: SHA-256 over the previous hash and its bytes."""
    return hashlib.sha256(previous.encode() + body).hexdigest()


def numbered(events: Sequence[Event], version: int, head: str) -> Batch:
    """Return the rows of an append after event ``version`` whose hash is ``head``, with their projections."""
    rows: list[tuple[int, bytes, str]] = []
    commands: list[tuple[str, int]] = []
    entries: list[tuple[str, str, int]] = []
    for seq, event in enumerate(events, version + 1):
        body = _encoder.encode(msgspec.structs.replace(event, seq=seq, schema=SCHEMA))
        head = chained(head, body)
        rows.append((seq, body, head))
        issued, found = projected(event, seq)
        commands += issued
        entries += found
    return Batch(version + len(rows), head, tuple(rows), tuple(commands), tuple(entries))


def decoded(body: object, place: str) -> Event:
    """Return the event in ``body``, converted to the current schema.
    Raises a ``BadInput`` that names ``place`` if a newer program wrote it, or if it is not an event (in a file edited by hand it may
    not even be bytes).
    """
    if not isinstance(body, bytes):
        raise _not_an_event(place, f"{type(body).__name__} {str(body)[:60]}")
    schema = schema_of(body)
    try:
        if schema == SCHEMA:
            return _decoder.decode(body)
        return _from_older(body, schema, place)
    except UNREADABLE as error:
        raise _not_an_event(place, str(error)) from error


def linked(rows: Iterable[tuple[int, bytes, str]], previous: tuple[int, str], place: str) -> Iterator[Event]:
    """The events in rows (number, bytes, chain hash) that follow event ``previous`` (number and hash).
    Raises a ``BadInput`` that names ``place`` and the first event that breaks the chain or the numbering.
    """
    number, digest = previous
    for seq, body, stored in rows:
        number, digest = number + 1, chained(digest, body)
        if seq != number:
            raise _unlinked(place, number, f"missing; the next one has number {seq}")
        if digest != stored:
            raise _unlinked(place, seq, "changed: its hash doesn't continue the chain")
        event = decoded(body, place)
        if event.seq != seq:
            raise _unlinked(place, seq, f"the event itself has the number {event.seq}")
        yield event


def _unlinked(place: str, seq: int, found: str) -> BadInput:
    remedy = "Check the log with `nightmill audit SHOP`, and restore the log from an archive."
    return BadInput(Finding(place, f"event {seq}", found, "the event that was written", remedy))


def _not_an_event(place: str, found: str) -> BadInput:
    return BadInput(Finding(place, "event", found, "an event of the log", "Restore the log from an archive."))


def schema_of(body: bytes) -> int:
    """Return the schema version with which the event was written."""
    found = _SCHEMA_AT_END.search(body[-24:])
    return int(found[1]) if found else 1


def _from_older(body: bytes, schema: int, place: str) -> Event:
    if schema > SCHEMA:
        remedy = "Use the version of Nightmill that wrote the log, or a newer one."
        raise BadInput(Finding(place, "schema", str(schema), f"at most {SCHEMA}", remedy))
    plain: dict[str, Any] = msgspec.json.decode(body)
    for step in range(schema, SCHEMA):
        plain = UPCASTERS[step](plain)
    return msgspec.convert({**plain, "schema": SCHEMA}, Event)
