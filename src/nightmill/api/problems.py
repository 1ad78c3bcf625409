"""Errors as problem documents (RFC 9457, ``application/problem+json``): what was wrong, where, and what to do."""

import math
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from nightmill import plant
from nightmill.api.log_reader import NoLog
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True):
    """A problem document; ``findings`` has file, place, found, expected and remedy of each thing that is wrong."""

    title: str
    status: int
    detail: str
    findings: tuple[Finding, ...] = ()
    type: str = "about:blank"


def of_nightmill(request: Request[Any, Any, Any], error: NightmillError) -> Response[Problem]:
    """What the error means to who asked; any other bad input: 422; a failed environment: 503, to be tried again."""
    known = next((_KNOWN[kind] for kind in type(error).__mro__ if kind in _KNOWN), (503, "the environment failed"))
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}, 503: {"Retry-After": "5"}}
    if isinstance(error, plant.TooManyTries):
        headers[429] = {"Retry-After": str(math.ceil(error.wait_s))}
    return _answer(Problem(known[1], known[0], str(error), error.findings), headers.get(known[0]))


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Wrong route, method or parameter, with each wrong parameter as a finding."""
    findings: tuple[Finding, ...] = ()
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        findings = tuple(
            Finding(
                request.url.path, str(each.get("key", "")), str(each.get("message", "")), "a valid value", "Mend it."
            )
            for each in error.extra
            if isinstance(each, dict)
        )
    return _answer(Problem(error.detail or "error", error.status_code, error.detail, findings), error.headers)


_KNOWN: dict[type, tuple[int, str]] = {
    NoLog: (404, "this shop has no run yet"),
    plant.NoProposal: (404, "no such proposal"),
    plant.NotThere: (404, "there is no such thing"),
    plant.NoFact: (404, "no such site or fact"),
    plant.NotSignedIn: (401, "not signed in"),
    plant.TooManyTries: (429, "too many tries"),
    plant.NotAllowed: (403, "the role may not do this"),
    plant.NotAdopted: (409, "the part can't be taken in now"),
    plant.Conflict: (409, "it was decided or said otherwise before"),
    plant.Spent: (429, "too many proposals"),
    plant.Busy: (429, "too many parts wait"),
    BadInput: (422, "it can't be done so"),
}


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)
