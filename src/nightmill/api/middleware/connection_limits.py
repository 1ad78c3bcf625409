"""Limits on the server's connections, applied before anything is read: their number, and the time a request may take to arrive.

If all places are taken, a new connection replaces the oldest one without a complete request, preferably one that has never sent
any. A thousand half-sent requests therefore only displace each other, and a client with a complete request gets in. A
connection with a valid token that is being answered is never dropped for another.
"""

import asyncio
import re
import resource
import socket
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from nightmill.api.middleware.admission import CONNECTION, Defects

HEAD_S = 10.0
"""Time limit from the start of a connection, or the first byte of a request, to the end of the request's head."""
BODY_S, BODY_BYTES = 10.0, 64 * 1024
"""An awaited body must deliver this many bytes in this many seconds, or the connection ends."""
LINGER_S = 2.0
"""Time to read an answer that was sent before the whole request had arrived."""
SPARE_FILES = 192
"""File descriptors reserved for logs, child processes and uploads."""
MOST, LEAST = 2048, 64
"""Maximum and minimum number of connections, whatever the number of file descriptors."""
HEAD_BYTES, MOST_FIELDS = 32 * 1024, 128
_END_OF_HEAD = re.compile(rb"\n\r?\n")
MOST_PIECES, PIECE_BYTES = 128, 512
"""Body chunks that are always accepted, and the average size in bytes that each further one must have."""
ACCEPTED_AT_ONCE, WAITING_TO_BE_ACCEPTED = 32, 4096
"""Connections accepted in a row, since each takes a descriptor before it gets a place; and the backlog of the operating system."""


def most_connections() -> int:
    """Return how many connections the file descriptors allow, after raising the soft limit as far as needed and possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        raised = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, raised), hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(LEAST, min(MOST, soft - SPARE_FILES))


class Places:
    """Places for connections: new ones without a request, idle ones after an answer, and those being answered, with signed-in callers
    counted separately.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._new: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._known: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._strangers: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._asking: set[BoundedHttp] = set()

    def __len__(self) -> int:
        return len(self._new) + len(self._known) + len(self._strangers) + len(self._asking)

    def take(self, one: "BoundedHttp") -> None:
        """Give a new connection a place; if there is none, drop the oldest waiting connection."""
        if len(self) >= self.most:
            waiting = self._new or self._known or self._strangers
            if not waiting:
                one.drop()
                return
            oldest = next(iter(waiting))
            self.leave(oldest)
            oldest.drop()
        self._new[one] = None

    def asks(self, one: "BoundedHttp") -> None:
        """Record that the head of a request has arrived."""
        self.leave(one)
        self._strangers[one] = None

    def trust(self, one: "BoundedHttp") -> None:
        """Protect the connection of a signed-in caller until the request is answered."""
        if one in self._strangers:
            del self._strangers[one]
            self._asking.add(one)

    def answered(self, one: "BoundedHttp") -> None:
        """Record that the request is answered and the connection is idle."""
        if one in self._asking or one in self._strangers:
            self.leave(one)
            self._known[one] = None

    def leave(self, one: "BoundedHttp") -> None:
        """Free the connection's place."""
        self._new.pop(one, None)
        self._known.pop(one, None)
        self._strangers.pop(one, None)
        self._asking.discard(one)


class _Pieces(h11.Connection):
    """An h11 connection that refuses heads with too many fields and bodies in too many pieces: each costs about the same, however short."""

    _pieces = _bytes = 0

    def next_event(self) -> Any:
        """Return the next event. Raises ``RemoteProtocolError`` if a head has too many fields, or a body too many pieces for its length."""
        if self.their_state is h11.IDLE:
            coming, _ = self.trailing_data
            end = _END_OF_HEAD.search(coming, 0, HEAD_BYTES)
            if coming.count(b"\n", 0, end.start() if end else HEAD_BYTES) > MOST_FIELDS:
                raise h11.RemoteProtocolError("too many header fields")
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._pieces = self._bytes = 0
        elif isinstance(event, h11.Data):
            self._pieces, self._bytes = self._pieces + 1, self._bytes + len(event.data)
            if self._pieces > MOST_PIECES + self._bytes // PIECE_BYTES:
                raise h11.RemoteProtocolError("too many body chunks")
        return event


class BoundedHttp(H11Protocol):
    """uvicorn's HTTP/1.1 protocol with a place in ``Places`` and time limits for heads and bodies."""

    places: Places
    _received = _checked = 0
    _timer: asyncio.TimerHandle | None = None
    _waits_for_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place."""
        super().connection_made(transport)
        self.conn = _Pieces(h11.SERVER, HEAD_BYTES)
        self.app_state = {**self.app_state, CONNECTION: self}
        self._wait_for_head()
        self.places.take(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the place."""
        self._stop_timer()
        self.places.leave(self)
        super().connection_lost(exc)

    def trusted(self) -> None:
        """Record that the caller has a valid token of this shop."""
        self.places.trust(self)

    def drop(self) -> None:
        """End the connection at once."""
        self._stop_timer()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Process bytes of a request, and enforce the time limit of its head and the minimum rate of its body."""
        self._received += len(data)
        if self.conn.their_state is h11.IDLE and not self._waits_for_head:
            self._wait_for_head()
        super().data_received(data)
        if self.transport.is_closing():
            self._stop_timer()
            return
        state, answering = self.conn.their_state, self.cycle is not None and not self.cycle.response_complete
        if answering and self._waits_for_head:
            self._waits_for_head = False
            self._stop_timer()
            self.places.asks(self)
        if state is h11.SEND_BODY and self._timer is None:
            self._wait_for_body()
        elif answering and state is not h11.SEND_BODY:
            self._stop_timer()

    def send_400_response(self, msg: str) -> None:
        """Answer 400 to invalid HTTP; if an earlier request is still being answered, close the connection instead."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()
            return
        super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Wait for the next request; if the last one is still arriving, it was refused and the rest isn't read."""
        self._stop_timer()
        if self.conn.their_state is h11.SEND_BODY:
            self.server_state.total_requests += 1
            if not self.transport.is_closing():
                self.flow.pause_reading()
                self._timer = self.loop.call_later(LINGER_S, self.drop)  # time for the client to read the answer
            return
        self.places.answered(self)
        super().on_response_complete()

    def _wait_for_head(self) -> None:
        self._stop_timer()
        self._waits_for_head = True
        self._timer = self.loop.call_later(HEAD_S, self.drop)

    def _wait_for_body(self) -> None:
        self._stop_timer()
        self._checked = self._received
        self._timer = self.loop.call_later(BODY_S, self._look_at_body)

    def _look_at_body(self) -> None:
        self._timer = None
        if self.conn.their_state is not h11.SEND_BODY or self.flow.read_paused:
            self._wait_for_body()  # reading is paused by the server itself
        elif self._received - self._checked < BODY_BYTES:
            self.drop()
        else:
            self._wait_for_body()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """A server that accepts a few connections at a time, with a long backlog in the operating system."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then enlarge the backlog: asyncio uses one number for both the backlog and the connections accepted in a row."""
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(WAITING_TO_BE_ACCEPTED)


def serve(app: Any, listener: socket.socket, *, executor: Any = None) -> None:
    """Serve ``app`` on a listening socket until interrupted. ``executor``: replaces the event loop's default executor."""
    places = Places(most_connections())
    protocol = type("BoundedHttp", (BoundedHttp,), {"places": places})
    config = uvicorn.Config(
        Defects(app),
        http=protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=HEAD_BYTES,
        proxy_headers=False,
        server_header=False,
        backlog=ACCEPTED_AT_ONCE,
    )
    server = _Server(config)

    async def run() -> None:
        if executor is not None:
            asyncio.get_running_loop().set_default_executor(executor)
        await server.serve(sockets=[listener])

    asyncio.run(run())
