"""The log as server-sent events (WHATWG HTML, section 9.2): ``id`` is the log position, nothing is left out."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable

import msgspec

from nightmill.api.log_reader import LogReader, NoLog
from nightmill.vocabulary.events import Event

BATCH = 500
KEEP_ALIVE_S = 15.0
RETRY_MS = 2000
_encoder = msgspec.json.Encoder()


def message(event: Event) -> bytes:
    """One event of the log as one server-sent event of the default type; its data is the whole event as JSON.

    The kind of fact is in the data, not in the ``event`` field, so that clients also hear of kinds that they don't know.
    """
    return f"id: {event.seq}\ndata: ".encode() + _encoder.encode(event) + b"\n\n"


def position(last_event_id: str | None) -> int:
    """The position that a client has read up to; 0 for none. Raises ``ValueError`` for anything but a whole number >= 0."""
    text = (last_event_id or "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise ValueError(f"Last-Event-ID is {text[:40]!r}, expected a log position: a whole number >= 0")
    return int(text)


async def follow(
    reader: LogReader,
    after: int,
    *,
    poll_s: float,
    endless: bool = True,
    quiet_s: float = math.inf,
    still: Callable[[], bool] = lambda: True,
) -> AsyncIterator[bytes]:
    """All events above ``after``, then each new one as it is written; ends at the log's end where not ``endless``,
    when the listener may ``still`` not listen any more, and after ``quiet_s`` without a new event.

    Where a new run begins another log, or the position lies beyond this one's end, a ``reset`` event tells the client to forget
    what it has, and the new log follows from its first event.
    """
    yield f"retry: {RETRY_MS}\n\n".encode()
    identity = reader.identity()
    silent_s = 0.0
    while still():
        try:
            if reader.identity() != identity or (after and await asyncio.to_thread(reader.version) < after):
                identity, after = reader.identity(), 0
                yield b"event: reset\nid: 0\ndata: {}\n\n"
            batch = await asyncio.to_thread(reader.after, after, BATCH)
        except NoLog:
            batch = ()
        for event in batch:
            yield message(event)
            after = event.seq
        if batch:
            silent_s = 0.0
            continue
        if not endless or silent_s >= quiet_s:
            return
        await asyncio.sleep(poll_s)
        silent_s += poll_s
        if quiet_s == math.inf and silent_s >= KEEP_ALIVE_S:
            silent_s = 0.0
            yield b": nothing new\n\n"
