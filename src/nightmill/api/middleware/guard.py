"""The guard before every route: who asks, whether the role may, whether it asks too often, whether it asks from our page.

Each route says in ``opt["needs"]`` what it needs; one that says nothing needs ``read``. ``ROUTES`` is the matrix as data.
"""

import time
from asyncio import to_thread
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers import BaseRouteHandler

from nightmill.api.middleware.thread_lanes import enter
from nightmill.plant import requests
from nightmill.plant.requests import Access, Caller, NotSignedIn

COOKIE = "nightmill"
NOTHING, READ, PROPOSE, DECIDE, SHAPE = "nothing", "read", "propose", "decide", "shape"
ROUTES: dict[str, frozenset[str]] = {
    NOTHING: frozenset(requests.ROLES),
    READ: frozenset(requests.ROLES),
    PROPOSE: frozenset({"operator", "engineer", "admin", "agent"}),
    DECIDE: frozenset({"operator", "engineer", "admin"}),
    SHAPE: frozenset({"engineer", "admin"}),
}
"""Roles that may use the routes with each need. What a role may propose or approve is ``plant.MATRIX``, held by the desk."""

RATES: dict[str, tuple[float, float]] = {"agent": (10.0, 50.0), "": (10.0, 50.0), "person": (200.0, 1000.0)}
"""Requests a second in the long run and at once: of an agent, of an address without a name, and of anybody else."""
GUESSED = frozenset({"/signin", "/api/session"})
"""Where strangers may try to come in: they count wrong tries by themselves, so that guesses never use up a person's way in."""
REMEMBERED_S = 1.0
MOST_REMEMBERED = 4096
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guarding:
    """A Litestar guard; ``scope["user"]`` holds the caller afterwards."""

    def __init__(self, access: Access, rates: Mapping[str, tuple[float, float]] = RATES) -> None:
        self.access, self.rates = access, rates
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let the request pass or raise 401, 403 or 429; a thread is asked only where the token has to be looked up in the files."""
        needs = handler.opt.get("needs", READ)
        if needs == NOTHING:
            path = connection.scope.get("path_template", "")
            if path not in GUESSED:
                self._not_too_often(f"address {address_of(connection)} {path}", "")
            return
        header, cookie = connection.headers.get("authorization", ""), connection.cookies.get(COOKIE, "")
        caller = await self.signed_in(header, cookie)
        if caller is None:
            if not header and not cookie:
                self._not_too_often(f"address {address_of(connection)}", "")
            raise NotAuthorizedException("no valid token; sign in again", headers={"WWW-Authenticate": "Bearer"})
        connection.scope["user"] = caller
        enter(caller)
        self._not_too_often(f"{caller.role} {caller.name}", caller.role)
        if not header and connection.scope.get("method", "GET") not in SAFE and not _same_origin(connection):
            raise PermissionDeniedException("a page from elsewhere may not act in your name")
        if caller.role not in ROUTES[needs]:
            raise PermissionDeniedException(f"the role {caller.role} may not {needs}")

    def guessed(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Count a wrong code against the address. Raises 429 where there were too many."""
        self._not_too_often(f"address {address_of(connection)} code", "")

    async def living(self, caller: Caller, token: str) -> bool:
        """Whether the token still stands for the caller: asked again and again while a stream is open."""
        return await self._known_as(token) == caller

    async def signed_in(self, header: str, cookie: str) -> Caller | None:
        """Who sends these headers; ``None`` for whoever has no living token."""
        return await self._known_as(token_of(header, cookie))

    async def _known_as(self, token: str) -> Caller | None:
        if (kept := self._kept(token)) is not None:
            return kept
        try:
            return await to_thread(self._remembered, token)
        except NotSignedIn:
            return None

    def _remembered(self, token: str) -> Caller:
        """The token's caller, asked of the files at most once a second."""
        if (kept := self._kept(token)) is not None:
            return kept
        now = time.monotonic()
        caller: Caller = self.access.caller(token)
        with self._lock:
            self._known[token] = (now, caller)
            while len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return caller

    def _kept(self, token: str) -> Caller | None:
        """The token's caller where the files were asked within the last second."""
        now = time.monotonic()
        with self._lock:
            kept = self._known.get(token)
            if kept is not None and now - kept[0] < REMEMBERED_S:
                return kept[1]
            self._known.pop(token, None)
        return None

    def forget(self, token: str) -> None:
        """Ask the files about this token the next time."""
        with self._lock:
            self._known.pop(token, None)

    def _not_too_often(self, who: str, role: str) -> None:
        """A token bucket a caller."""
        rate, most = self.rates.get(role, self.rates["person"])
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.pop(who, (most, now))
            left = min(most, left + rate * (now - at))
            self._buckets[who] = (max(0.0, left - 1.0), now)
            while len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
        if left < 1.0:
            raise TooManyRequestsException("asked too often", headers={"Retry-After": "1"})


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """From where a connection comes."""
    return connection.client.host if connection.client else ""


def token_of(header: str, cookie: str) -> str:
    """The token of a request: the header's where there is one, else the cookie's."""
    if header:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    return cookie


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a browser says that the request comes from a page of this very server."""
    fetched = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == connection.headers.get("host", "")
    return fetched in {None, "same-origin", "none"}
