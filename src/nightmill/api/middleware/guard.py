"""The guard before every route: authentication, permission by role, request rate, and same origin.

Each route states its need in ``opt["needs"]``; the default is ``read``. ``ROUTES`` lists the roles for each need.
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
"""Roles that may use the routes with each need. What a role may propose or approve is in ``plant.requests.MATRIX``, which the desk enforces."""

RATES: dict[str, tuple[float, float]] = {"agent": (10.0, 50.0), "": (10.0, 50.0), "person": (200.0, 1000.0)}
"""Allowed requests, sustained per second and in one burst: for an agent, for an unauthenticated address, and for everybody else."""
GUESSED = frozenset({"/signin", "/api/session"})
"""Routes for signing in: they count only wrong attempts, so that guesses by others never block a valid sign-in."""
REMEMBERED_S = 1.0
MOST_REMEMBERED = 4096
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guarding:
    """A Litestar guard that stores the caller in ``scope["user"]``."""

    def __init__(self, access: Access, rates: Mapping[str, tuple[float, float]] = RATES) -> None:
        self.access, self.rates = access, rates
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Let the request pass, or raise 401, 403 or 429; a thread is used only if the token must be looked up in the files."""
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
            raise PermissionDeniedException("requests from other web pages are not allowed")
        if caller.role not in ROUTES[needs]:
            raise PermissionDeniedException(f"the role {caller.role} may not {needs}")

    def guessed(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Count a wrong code for the address. Raises 429 after too many."""
        self._not_too_often(f"address {address_of(connection)} code", "")

    async def living(self, caller: Caller, token: str) -> bool:
        """Return whether the token is still valid for the caller; checked repeatedly while a stream is open."""
        return await self._known_as(token) == caller

    async def signed_in(self, header: str, cookie: str) -> Caller | None:
        """Return who sent these headers; ``None`` without a valid token."""
        return await self._known_as(token_of(header, cookie))

    async def _known_as(self, token: str) -> Caller | None:
        if (kept := self._kept(token)) is not None:
            return kept
        try:
            return await to_thread(self._remembered, token)
        except NotSignedIn:
            return None

    def _remembered(self, token: str) -> Caller:
        """Return the token's caller, read from the files at most once a second."""
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
        """Return the token's caller if the files were read within the last second, else ``None``."""
        now = time.monotonic()
        with self._lock:
            kept = self._known.get(token)
            if kept is not None and now - kept[0] < REMEMBERED_S:
                return kept[1]
            self._known.pop(token, None)
        return None

    def forget(self, token: str) -> None:
        """Forget this token, so that the files are read again next time."""
        with self._lock:
            self._known.pop(token, None)

    def _not_too_often(self, who: str, role: str) -> None:
        """Count a request in the caller's token bucket; raise 429 if it is empty."""
        rate, most = self.rates.get(role, self.rates["person"])
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.pop(who, (most, now))
            left = min(most, left + rate * (now - at))
            self._buckets[who] = (max(0.0, left - 1.0), now)
            while len(self._buckets) > MOST_REMEMBERED:
                self._buckets.popitem(last=False)
        if left < 1.0:
            raise TooManyRequestsException("too many requests", headers={"Retry-After": "1"})


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the client address of a connection."""
    return connection.client.host if connection.client else ""


def token_of(header: str, cookie: str) -> str:
    """Return the token of a request: from the header if there is one, else from the cookie."""
    if header:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""
    return cookie


def _same_origin(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Return whether, according to the browser, the request comes from a page of this server."""
    fetched = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == connection.headers.get("host", "")
    return fetched in {None, "same-origin", "none"}
