"""The log as server-sent events (WHATWG HTML, section 9.2): ``id`` is the log position; no event is left out.

New events are read from the log once for all listeners (``Tail``); a listener that is further behind reads from the log
separately until it has caught up.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import islice
from typing import Literal

import msgspec

from nightmill.api.stream.log_reader import LogReader, NoLog
from nightmill.vocabulary.events import Event

BATCH = 500
KEPT = 5000
"""Number of the newest messages kept for listeners."""
KEEP_ALIVE_S = 15.0
RETRY_MS = 2000
RESET = b"event: reset\nid: 0\ndata: {}\n\n"
_encoder = msgspec.json.Encoder()


def message(event: Event) -> bytes:
    """Return one event of the log as a server-sent event of the default type; its data is the whole event as JSON.

    The kind of fact is in the data, not in the ``event`` field, so that clients also receive kinds that they don't know.
    """
    return f"id: {event.seq}\ndata: ".encode() + _encoder.encode(event) + b"\n\n"


def position(last_event_id: str | None) -> int:
    """Return the position up to which a client has read; 0 for none. Raises ``ValueError`` for anything but a whole number >= 0."""
    text = (last_event_id or "").strip()
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise ValueError(f"Last-Event-ID is {text[:40]!r}, expected a log position: a whole number >= 0")
    return int(text)


class Tail:
    """The end of a shop's log, as messages: ``life`` counts the logs seen so far, ``last`` is the number of the newest event."""

    def __init__(self, reader: LogReader, poll_s: float) -> None:
        """Create the tail; the log is read on demand, at most every ``poll_s / 2``."""
        self.reader, self.poll_s = reader, poll_s
        self.life, self.last = 0, 0
        self._messages: deque[bytes] = deque(maxlen=KEPT)
        self._identity: str | None = None
        self._mark: object = None
        self._looked_s = -math.inf
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Read the events committed so far."""
        if time.monotonic() - self._looked_s < self.poll_s / 2:
            return
        async with self._looking:
            started_s = time.monotonic()
            if started_s - self._looked_s < self.poll_s / 2:
                return
            mark = self.reader.mark()  # taken before reading the log: anything committed meanwhile is read again
            if mark is None or mark != self._mark:
                self._take(await asyncio.to_thread(self._read_on, self._identity, self.last))
                self._mark = mark
            self._looked_s = started_s

    async def behind(self, seen: int) -> tuple[list[bytes], int]:
        """Return the next messages for a listener that has event number ``seen``, and the number of the last of them."""
        missing = self.last - seen
        if missing <= len(self._messages):
            return list(islice(reversed(self._messages), max(0, missing)))[::-1], self.last
        # not beyond the tail: a listener ahead of the tail would seem to have read another log
        events = await asyncio.to_thread(self._read_behind, self._identity, seen, min(BATCH, missing))
        return [message(event) for event in events], events[-1].seq if events else seen

    def _take(self, found: "_Found") -> None:
        """Add the messages found; runs in the event loop, so that a listener sees either all of them or none."""
        if found.what == "another log":
            self.life, self._identity = self.life + 1, found.identity
        if found.what != "more":
            self._messages.clear()
        self._messages.extend(found.messages)
        self.last = found.last

    def _read_on(self, known: str | None, last: int) -> "_Found":
        """Return the events after ``last``. If this is another log, or there are too many events, return only the log's end; listeners
        read the log.
        """
        try:
            identity, version = self.reader.identity(), self.reader.version()
        except NoLog:
            identity, version = "", 0
        if identity != known or version < last:
            return _Found(identity, "another log", version)
        if version - last > KEPT:
            return _Found(identity, "too much", version)
        events = self._read_behind(known, last, version - last)
        return _Found(identity, "more", last + len(events), [message(event) for event in events])

    def _read_behind(self, known: str | None, seen: int, limit: int) -> tuple[Event, ...]:
        """Return events after ``seen``; none if the log was replaced meanwhile, which the next look detects."""
        try:
            events = self.reader.after(seen, limit) if limit > 0 else ()
        except NoLog:
            return ()
        return events if self.reader.identity() == known else ()


class _Found(msgspec.Struct, frozen=True):
    """The result of reading the log once: with ``more``, the messages of all new events up to ``last``; otherwise no messages."""

    identity: str
    what: Literal["more", "too much", "another log"]
    last: int
    messages: list[bytes] = []


async def follow(
    tail: Tail,
    after: int,
    *,
    endless: bool = True,
    quiet_s: float = math.inf,
    still: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[bytes]:
    """Yield all events above ``after``, then each new one as it is written; end at the log's end unless ``endless``,
    when ``still`` reports that the listener's access has ended, and after ``quiet_s`` without a new event.

    If a new run starts another log, or the position is beyond the end of this one, a ``reset`` event tells the client to discard
    its events, and the new log follows from its first event.
    """
    yield f"retry: {RETRY_MS}\n\n".encode()
    await tail.look()
    life, silent_s = tail.life, 0.0
    while still is None or await still():
        await tail.look()
        if tail.life != life or after > tail.last:
            life, after = tail.life, 0
            yield RESET
        found, after = await tail.behind(after)
        if tail.life != life:
            continue  # read from another log than the one requested
        if found:
            silent_s = 0.0
            yield b"".join(found)
            continue
        if not endless or silent_s >= quiet_s:
            return
        await asyncio.sleep(tail.poll_s)
        silent_s += tail.poll_s
        if quiet_s == math.inf and silent_s >= KEEP_ALIVE_S:
            silent_s = 0.0
            yield b": nothing new\n\n"
