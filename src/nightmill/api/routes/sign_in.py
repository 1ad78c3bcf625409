"""Signing in and out: by the one-time address that ``serve`` prints, or by name and password."""

from asyncio import to_thread
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from nightmill.api.middleware.guard import COOKIE, NOTHING, READ, Guarding, address_of, token_of
from nightmill.api.routes.problem_responses import READS, WRITES, problems
from nightmill.plant import requests
from nightmill.plant.requests import DEVICE_HOURS, Access, Issued, NotSignedIn

DEVICE = "nightmill-device"
"""The cookie that records which user signed in with this browser before."""


class Me(msgspec.Struct, frozen=True):
    """The caller: name, role, and in ``may`` the permissions ``read``, ``propose:KIND`` and ``approve:KIND``."""

    name: str
    role: str
    may: tuple[str, ...]


class Password(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name and password of a user."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class Session(msgspec.Struct, frozen=True):
    """A token, also set as a cookie; ``ends`` in Unix seconds."""

    token: str
    name: str
    role: str
    ends: float


def handlers(access: Access, guarding: Guarding) -> list[HTTPRouteHandler]:
    """Return the routes of this module."""

    @get("/signin", include_in_schema=False, opt={"needs": NOTHING}, sync_to_thread=True)
    def signin(
        request: Request[Any, Any, Any], code: Annotated[str, QueryParameter(max_length=200)] = ""
    ) -> Response[str]:
        """Sign the browser in and go to the page; a used or expired code is refused."""
        try:
            issued: Issued = access.redeem(code)
        except NotSignedIn:
            guarding.guessed(request)  # only wrong codes count, so guesses by others never block a right one
            raise
        return Response(
            "", status_code=303, headers={"Location": "/"}, cookies=[_cookie(issued)], media_type=MediaType.TEXT
        )

    @post("/api/session", status_code=200, opt={"needs": NOTHING}, responses=problems(400, 401, 413, 429, 503))  # fmt: skip
    async def sign_in(request: Request[Any, Any, Any], data: JSONBody[Password]) -> Response[Session]:
        """Sign in by name and password. A cookie records that the user signed in with this browser, so wrong guesses by others don't block it."""
        device_token = request.cookies.get(DEVICE, "")
        address = address_of(request)
        issued: Issued = await to_thread(access.sign_in, data.name, data.password, address=address, device=device_token)
        device = Cookie(
            key=DEVICE, value=access.device_token(issued.name), path="/api/session", httponly=True, samesite="strict",
            max_age=int(DEVICE_HOURS * 3600),
        )  # fmt: skip
        session = Session(issued.token, issued.name, issued.role, issued.ends)
        return Response(session, cookies=[_cookie(issued), device])

    @delete("/api/session", status_code=204, opt={"needs": READ}, responses=WRITES)
    async def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
        """Sign a browser out: the cookie's token is revoked. A token made by ``nightmill token`` is revoked with ``--revoke``."""
        if "authorization" not in request.headers:
            await to_thread(access.revoke, request.user.token)
        guarding.forget(token_of(request.headers.get("authorization", ""), request.cookies.get(COOKIE, "")))
        gone = Cookie(key=COOKIE, value="", path="/", max_age=0, httponly=True, samesite="strict")
        return Response(None, status_code=204, cookies=[gone])

    @get("/api/me", opt={"needs": READ}, responses=READS)
    async def me(request: Request[Any, Any, Any]) -> Me:
        """Return who the caller is and what the role may do."""
        return Me(request.user.name, request.user.role, requests.permissions(request.user.role))

    return [signin, sign_in, sign_out, me]


def _cookie(issued: Issued) -> Cookie:
    return Cookie(key=COOKIE, value=issued.token, path="/", httponly=True, samesite="strict")
