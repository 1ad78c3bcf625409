"""Errors as problem documents (RFC 9457, ``application/problem+json``): what was wrong, where, and what to do."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

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
    """No log: 404. Other bad input: 422. A failed environment: 503, to be tried again."""
    status, title = (503, "the environment failed")
    if isinstance(error, NoLog):
        status, title = (404, "this shop has no run yet")
    elif isinstance(error, BadInput):
        status, title = (422, "the shop's files are wrong")
    return _answer(Problem(title, status, str(error), error.findings))


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
    return _answer(Problem(error.detail or "error", error.status_code, error.detail, findings))


def _answer(problem: Problem) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE)
