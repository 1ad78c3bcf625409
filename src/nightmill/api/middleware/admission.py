"""Decide on each request before reading it: determine the sender, count the requests in progress in the sender's lane, and give the request
an id.

Each lane has its own places (``thread_lanes.LANES``); once they are taken, the answer is an immediate and cheap 429. The body of a request
without a valid token is received before the request takes a place, so that slow senders don't keep anybody from signing in.
"""

import asyncio
import logging
import secrets
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, TooManyRequestsException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from nightmill.api.middleware.guard import COOKIE, Guarding
from nightmill.api.middleware.thread_lanes import LANES, Lane, enter

REQUEST_ID = "nightmill.request_id"
CONNECTION = "nightmill.connection"
"""Key of the connection in a request's state, if the server limits connections."""
STREAM = "/api/stream"
STRANGERS_BODY, STRANGERS_BODY_S = 64 * 1024, 5.0
_LOG = logging.getLogger("nightmill.api")
REFUSALS_AT_ONCE, REFUSED_S = 20.0, 1.0
"""Refusals per second that are sent at once, and the delay of further ones."""
_REFUSALS = frozenset({401, 429})
_BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def request_id(scope: Any) -> str:
    """Return the id of a request, which appears in its answer, its problem document and the server's log."""
    found: str = scope.setdefault(REQUEST_ID, secrets.token_hex(6))
    return found


def note_defect(scope: Any, error: BaseException) -> str:
    """Log a defect of the server in one line, without the request's contents; return the request's id."""
    known, frames = request_id(scope), traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else "unknown"
    line = f"{scope.get('method', '')} {str(scope.get('path', ''))[:200]!r}"
    _LOG.error("request %s: %s: %s at %s", known, line, type(error).__name__, place)
    return known


class Defects:
    """The outermost ASGI middleware: any error not handled elsewhere becomes a problem document, and the connection stays open."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        started = False

        async def sent(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # the supervised edge of the server
            known = note_defect(scope, error)
            if started or scope["type"] != "http":
                raise
            body = msgspec.json.encode({"title": "a defect of the server", "status": 500, "request_id": known})
            kind = [(b"content-type", b"application/problem+json"), (b"x-request-id", known.encode())]
            await send({"type": "http.response.start", "status": 500, "headers": kind})
            await send({"type": "http.response.body", "body": body})


async def say_request_id(message: Message, scope: Scope) -> None:
    """Add the request's id to the answer's headers (a Litestar hook)."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message)["X-Request-Id"] = request_id(scope)


class Admission:
    """ASGI middleware that admits a request to its caller's lane, or answers 429 if the lane is full."""

    def __init__(self, guarding: Guarding) -> None:
        self._guarding = guarding
        self._inside: Counter[tuple[Lane, bool]] = Counter()
        self._refused, self._refused_at = 0.0, time.monotonic()

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """Return the application with admission in front of it."""

        async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            connection = ASGIConnection[Any, Any, Any, Any](scope)
            header, cookie = connection.headers.get("authorization", ""), connection.cookies.get(COOKIE, "")
            caller = await self._guarding.signed_in(header, cookie) if header or cookie else None
            lane = enter(caller)
            link = scope.get("state", {}).get(CONNECTION)
            if caller is not None and link is not None:
                link.trusted()
            if lane == "nobody" and scope["method"] in _BODIES:
                receive = await _awaited(receive)
            place = lane, scope["path"] == STREAM
            limits = LANES[lane]
            if self._inside[place] >= (limits.streams if place[1] and caller is not None else limits.requests):
                await self._held_back(_nowhere)({"type": "http.response.start", "status": 429, "headers": ()})
                raise TooManyRequestsException("too many requests at once", headers={"Retry-After": "1"})
            self._inside[place] += 1
            inside = [place]

            def leave() -> None:
                while inside:
                    self._inside[inside.pop()] -= 1

            try:
                await app(scope, receive, self._held_back(send, leave))
            finally:
                leave()

        return admitted

    def _held_back(self, send: Send, leave: Callable[[], None] = lambda: None) -> Send:
        """Return a ``send`` that delays refusals if there are many, so that a client that retries at once waits instead of loading the server.

        A delayed client gives up its place (``leave``).
        """

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS and self._many_refused():
                leave()
                await asyncio.sleep(REFUSED_S)
            await send(message)

        return sent

    def _many_refused(self) -> bool:
        """Count one refusal and return whether there were many lately."""
        now = time.monotonic()
        self._refused = max(0.0, self._refused - REFUSALS_AT_ONCE * (now - self._refused_at)) + 1.0
        self._refused_at = now
        return self._refused > REFUSALS_AT_ONCE


async def _nowhere(message: Message) -> None:
    """Discard the message."""


async def _awaited(receive: Receive) -> Receive:
    """Wait for the whole body and return a ``receive`` that replays it. Raises ``ClientException`` if it is too long or takes too long."""
    messages: list[Any] = []
    size = 0
    try:
        async with asyncio.timeout(STRANGERS_BODY_S):
            while not messages or messages[-1].get("more_body"):
                messages.append(await receive())
                size += len(messages[-1].get("body", b""))
                if size > STRANGERS_BODY:
                    raise ClientException("the body is too large", status_code=413)
    except TimeoutError:
        raise ClientException("the body did not arrive in time", status_code=408) from None
    left = iter(messages)

    async def again() -> Any:
        return next(left, None) or await receive()

    return again
