"""Before anything of a request is read: who asks, how many of that lane are being answered already, and its id.

Each lane has places of its own (``lanes.LANES``); where they are taken, the answer is 429 at once and costs next to nothing. A
stranger's body is awaited before it takes a place, so that slow ones keep no other stranger from signing in.
"""

import asyncio
import secrets
from collections import Counter
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import ClientException, TooManyRequestsException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from nightmill.api.guarding import COOKIE, Guarding
from nightmill.api.lanes import LANES, Lane, enter

REQUEST_ID = "nightmill.request_id"
STREAM = "/api/stream"
STRANGERS_BODY, STRANGERS_BODY_S = 64 * 1024, 5.0
_BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def request_id(scope: Any) -> str:
    """The id of a request, which its answer, its problem document and the server's log name."""
    found: str = scope.setdefault(REQUEST_ID, secrets.token_hex(6))
    return found


async def say_request_id(message: Message, scope: Scope) -> None:
    """A hook that puts the request's id into the answer's head."""
    if message["type"] == "http.response.start":
        MutableScopeHeaders.from_message(message)["X-Request-Id"] = request_id(scope)


class Admission:
    """ASGI middleware: lets a request in, in its caller's lane, or answers that too many are being answered."""

    def __init__(self, guarding: Guarding) -> None:
        self._guarding = guarding
        self._inside: Counter[tuple[Lane, bool]] = Counter()

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """The application behind it."""

        async def admitted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            connection = ASGIConnection[Any, Any, Any, Any](scope)
            header, cookie = connection.headers.get("authorization", ""), connection.cookies.get(COOKIE, "")
            caller = await self._guarding.signed_in(header, cookie) if header or cookie else None
            lane = enter(caller)
            if lane == "nobody" and scope["method"] in _BODIES:
                receive = await _awaited(receive)
            place = lane, scope["path"] == STREAM
            room = LANES[lane]
            if self._inside[place] >= (room.streams if place[1] and caller is not None else room.requests):
                raise TooManyRequestsException("too many requests at once", headers={"Retry-After": "1"})
            self._inside[place] += 1
            try:
                await app(scope, receive, send)
            finally:
                self._inside[place] -= 1

        return admitted


async def _awaited(receive: Receive) -> Receive:
    """What gives the whole body once it is there. Raises ``ClientException`` where it is too long or takes too long."""
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
        raise ClientException("the body didn't come in time", status_code=408) from None
    left = iter(messages)

    async def again() -> Any:
        return next(left, None) or await receive()

    return again
