"""Errors as problem documents (RFC 9457, ``application/problem+json``): what was wrong, where, and what to do."""

import math
import re
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException

from nightmill.api.middleware.admission import note_defect
from nightmill.api.screens.past_moments import PastBudget
from nightmill.api.stream.log_reader import NoLog
from nightmill.plant import proposals, quoting
from nightmill.plant import requests as requests_door
from nightmill.vocabulary import requests
from nightmill.vocabulary.errors import BadInput, Finding, NightmillError

MEDIA_TYPE = "application/problem+json"
NEAR = 0.8
"""Similarity, 0 to 1, from which an existing address is suggested for an unknown one (``difflib``)."""


class Problem(msgspec.Struct, frozen=True):
    """A problem document; ``findings`` has file, place, found, expected and remedy of each error.

    ``request_id``: identifies the entry in the server's log, if the server itself is at fault.
    """

    title: str
    status: int
    detail: str
    findings: tuple[Finding, ...] = ()
    type: str = "about:blank"
    request_id: str = ""


def of_nightmill(request: Request[Any, Any, Any], error: NightmillError) -> Response[Problem]:
    """Return the problem document for a Nightmill error; bad input without a status of its own is 422, a failed environment 503 (try again)."""
    known = next((_KNOWN[kind] for kind in type(error).__mro__ if kind in _KNOWN), (503, "the environment failed"))
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}, 503: {"Retry-After": "5"}}
    if isinstance(error, requests_door.TooManyTries | PastBudget):
        headers[429] = {"Retry-After": str(math.ceil(error.wait_s))}
    return _answer(Problem(known[1], known[0], str(error), error.findings), headers.get(known[0]))


def of_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Return the problem document for a wrong route, method or parameter, with each wrong parameter as a finding."""
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        wrong = [each for each in error.extra if isinstance(each, dict)]
        findings = tuple(
            _explained(_path(request), str(each.get("key", "")), str(each.get("message", ""))) for each in wrong
        )
        detail = "; ".join(f"{each.place}: found {each.found}, expected {each.expected}" for each in findings)
        return _answer(Problem(_NOT_AS_DESCRIBED, error.status_code, detail or error.detail, findings), error.headers)
    if (
        isinstance(error, (MethodNotAllowedException, NotFoundException))
        and error.detail == HTTPStatus(error.status_code).phrase
    ):
        finding = _elsewhere(request, error)
        detail = f"{finding.place}: {finding.found}; {finding.expected}"
        return _answer(Problem(error.detail, error.status_code, detail, (finding,)), error.headers)
    return _answer(Problem(error.detail or "error", error.status_code, error.detail), error.headers)


def of_bytes(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Return the problem document for a body or parameter that can't be decoded."""
    found = Finding(_path(request), "the request", str(error)[:200], "UTF-8 text or JSON as the API describes it", "Correct it.")  # fmt: skip
    return _answer(Problem(_NOT_AS_DESCRIBED, 400, found.sentence(), (found,)))


def _path(request: Request[Any, Any, Any]) -> str:
    """Return the requested path; the whole URL may be invalid, for example if its port is not a number."""
    return str(request.scope.get("path", ""))[:200]


def of_defect(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Return the problem document for any other error, a defect of the server: logged in one line with the request's id, without its contents."""
    known = note_defect(request.scope, error)
    detail = f"The server failed to process this request; see {known} in its log. Nothing was changed in part."
    return _answer(Problem("a defect of the server", 500, detail, request_id=known))


def _elsewhere(request: Request[Any, Any, Any], error: HTTPException) -> Finding:
    """Return a finding for an unknown address or a disallowed method, suggesting the addresses or methods that exist."""
    path, remedy = _path(request), "Correct it; /openapi.json lists every address with its methods."
    if isinstance(error, MethodNotAllowedException):
        allowed = (error.headers or {}).get("Allow") or (error.headers or {}).get("allow", "")
        return Finding("request", path, f"the method {request.method}", f"one of {allowed}", remedy)
    near = get_close_matches(path, sorted({route.path for route in request.app.routes}), n=3, cutoff=NEAR)
    expected = f"perhaps {' or '.join(near)}" if near else "an address that /openapi.json lists, such as /api/orders"
    return Finding("request", path, "no such address", expected, remedy)


def _explained(path: str, place: str, message: str) -> Finding:
    """Return a validation message of msgspec as a finding that describes the expected value."""
    remedy = "Correct it; /openapi.json describes the request."
    if (missing := re.fullmatch(r"Object missing required field `(.+)`", message)) is not None:
        whole = missing[1] if place in ("", "data") else f"{place}.{missing[1]}"
        return Finding(path, whole, "nothing", f"the field {missing[1]}", remedy)
    if (unknown := re.fullmatch(r"Object contains unknown field `(.+)`", message)) is not None:
        return Finding(path, place, f"the field {unknown[1]}", "fields that the API knows", remedy)
    if (form := _FORMS.get(message)) is not None:
        return Finding(path, place, "another text", form, remedy)
    if (expected := re.fullmatch(r"Expected (.+?)(?:, got (.+))?", message, re.S)) is not None:
        got = (expected[2] or "another value").replace("`", "")
        return Finding(path, place, got, expected[1].replace("`", ""), remedy)
    return Finding(path, place, message, "a valid value", remedy)


_NOT_AS_DESCRIBED = "the request isn't as the API describes it"
_FORMS = {f"Expected `str` matching regex {pattern!r}": words for pattern, words in requests.FORMS.items()}

_KNOWN: dict[type, tuple[int, str]] = {
    NoLog: (404, "this shop has no run yet"),
    proposals.NoProposal: (404, "no such proposal"),
    proposals.NotThere: (404, "not found"),
    quoting.NoFact: (404, "no such site or fact"),
    requests_door.NotSignedIn: (401, "not signed in"),
    requests_door.TooManyTries: (429, "too many tries"),
    proposals.NotAllowed: (403, "the role may not do this"),
    quoting.NotAdopted: (409, "the part can't be added now"),
    proposals.Conflict: (409, "conflicts with an earlier decision or command"),
    proposals.Spent: (429, "too many proposals"),
    quoting.Busy: (429, "too many parts are waiting"),
    PastBudget: (429, "too many past moments at once"),
    BadInput: (422, "the request can't be carried out"),
}


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)
