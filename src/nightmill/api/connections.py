"""Connections of the server, bounded before anything is read: how many there are, how long a request may take to come.

Where all places are taken, the newest connection gets the place of the oldest that hasn't sent a whole request yet, first of those
that never have. So a thousand half-sent requests only drive each other out, and who has something to ask gets in. A
connection that is being answered is never dropped for another.
"""

import asyncio
import resource
import socket
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""From a connection's begin, or a request's first byte, to the end of its head."""
BODY_S, BODY_BYTES = 10.0, 64 * 1024
"""A body that is waited for brings so many bytes in so many seconds, or ends."""
SPARE_FILES = 192
"""Descriptors for logs, children and uploads."""
MOST, LEAST = 2048, 64
"""Connections at most, however many descriptors there are, and at least."""
HEAD_BYTES = 32 * 1024


def most_connections() -> int:
    """As many as there are descriptors for; the soft limit is raised to the hard one first, as far as it goes."""
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
    """The places for connections: who waits with nothing asked yet, who waits after an answer, who is being answered."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._new: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._known: OrderedDict[BoundedHttp, None] = OrderedDict()
        self._asking: set[BoundedHttp] = set()

    def __len__(self) -> int:
        return len(self._new) + len(self._known) + len(self._asking)

    def take(self, one: "BoundedHttp") -> None:
        """A place for a new connection; the oldest that waits loses its own where there is none."""
        if len(self) >= self.most:
            waiting = self._new or self._known
            if not waiting:
                one.drop()
                return
            oldest = next(iter(waiting))
            self.leave(oldest)
            oldest.drop()
        self._new[one] = None

    def asks(self, one: "BoundedHttp") -> None:
        """A whole request has come: the connection is safe until it is answered."""
        self.leave(one)
        self._asking.add(one)

    def answered(self, one: "BoundedHttp") -> None:
        """It waits again."""
        if one in self._asking:
            self._asking.discard(one)
            self._known[one] = None

    def leave(self, one: "BoundedHttp") -> None:
        """Its place is free."""
        self._new.pop(one, None)
        self._known.pop(one, None)
        self._asking.discard(one)


class BoundedHttp(H11Protocol):
    """uvicorn's HTTP/1.1 with a place of ``Places``, and time limits for heads and bodies."""

    places: Places

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place."""
        super().connection_made(transport)
        self._received = self._checked = 0
        self._timer: asyncio.TimerHandle | None = None
        self._wait_for_head()
        self.places.take(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the place."""
        self._stop_timer()
        self.places.leave(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """End the connection at once."""
        self._stop_timer()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Bytes of a request: its head within its time, its body at its pace."""
        self._received += len(data)
        if self._timer is None and self.conn.their_state is h11.IDLE:
            self._wait_for_head()
        super().data_received(data)
        if self.transport.is_closing():
            self._stop_timer()
            return
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            if self._timer is None or self._waits_for_head:
                self._wait_for_body()
        elif (
            state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
            and self.cycle is not None
            and not self.cycle.response_complete
        ):
            self._stop_timer()
            self.places.asks(self)

    def on_response_complete(self) -> None:
        """The connection waits for the next request."""
        self._stop_timer()
        self.places.answered(self)
        super().on_response_complete()

    def _wait_for_head(self) -> None:
        self._stop_timer()
        self._waits_for_head = True
        self._timer = self.loop.call_later(HEAD_S, self.drop)

    def _wait_for_body(self) -> None:
        self._stop_timer()
        self._waits_for_head = False
        self._checked = self._received
        self._timer = self.loop.call_later(BODY_S, self._look_at_body)

    def _look_at_body(self) -> None:
        self._timer = None
        if self.conn.their_state is not h11.SEND_BODY or self.flow.read_paused:
            self._wait_for_body()  # it is we who don't read on
        elif self._received - self._checked < BODY_BYTES:
            self.drop()
        else:
            self._wait_for_body()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def serve(app: Any, listener: socket.socket, *, executor: Any = None) -> None:
    """Serve ``app`` on a listening socket until interrupted. ``executor``: of the event loop, where it isn't to be the usual one."""
    places = Places(most_connections())
    protocol = type("BoundedHttp", (BoundedHttp,), {"places": places})
    config = uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=HEAD_BYTES,
        proxy_headers=False,
        server_header=False,
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        if executor is not None:
            asyncio.get_running_loop().set_default_executor(executor)
        await server.serve(sockets=[listener])

    asyncio.run(run())
