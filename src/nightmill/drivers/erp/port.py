"""The port of an ERP system, the records that cross it, and requests over HTTP."""

import datetime as dt
import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from nightmill.vocabulary.csv_text import csv_text
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

TIMEOUT_S = 60.0
PAGE = 500
WHOLE = 1e-6
"""Relative deviation of a quantity from whole pieces that still counts as whole: both sides convert units in floating point."""


class Answer(msgspec.Struct, frozen=True):
    """A server's answer: HTTP status and body."""

    status: int
    body: bytes


Ask = Callable[[str, str, Mapping[str, str], bytes | None], Answer]
"""Sends a request: method, address, headers and body in, the answer out, whatever its status."""


class Purchase(msgspec.Struct, frozen=True):
    """A purchase to send. ``id``: our id, by which the ERP recognises a repeat; ``needed_by``: a date; ``price``: 0 if none was quoted."""

    id: str
    item: str
    supplier: str
    quantity: int
    needed_by: dt.date
    price: float = 0.0


class Erp(Protocol):
    """The functions that Nightmill needs from an ERP system."""

    def pull(self, first_day: dt.date) -> dict[str, str]:
        """Return the tables of a planning directory as CSV text by file name; week 0 begins on ``first_day``."""

    def push(self, purchases: Iterable[Purchase]) -> dict[str, str]:
        """Send purchases as drafts; return the ERP's name for each, by our id. A purchase that already exists in the ERP isn't
        sent again.
        """


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirects: a redirect would send the key to another host, and turn a POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        """Return None, so that the caller gets the redirect response itself."""


def ask_over_http(
    method: str, address: str, headers: Mapping[str, str], body: bytes | None, *, timeout_s: float = TIMEOUT_S
) -> Answer:
    """Send one request. Raises ``EnvironmentFailed`` if no complete answer arrives, ``BadInput`` if the address is invalid."""
    if not address.startswith(("https://", "http://")):
        raise BadInput(Finding("--url", "", address, "an address that begins with https://", "Correct the address."))
    request = urllib.request.Request(address, body, dict(headers), method=method)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=timeout_s) as answer:
            return Answer(int(answer.status), bytes(answer.read()))
    except urllib.error.HTTPError as error:
        with error:
            moved = error.headers.get("Location", "") if 300 <= error.code < 400 else ""
            return Answer(error.code, moved.encode() or error.read())
    except http.client.InvalidURL as error:
        raise BadInput(Finding("--url", "", str(error), "an address", "Correct the address.")) from error
    except (OSError, http.client.HTTPException) as error:
        finding = Finding(
            _place(address), "", str(error), "a server that answers", "Check the address and the network."
        )
        raise EnvironmentFailed(finding) from error


def answer_of(answer: Answer, address: str) -> Any:
    """The JSON of an answer. Raises ``BadInput`` if the server refuses the request, ``EnvironmentFailed`` if it fails or sends no JSON."""
    place, status = _place(address), answer.status
    if not 200 <= status < 300:
        finding = Finding(place, f"HTTP {status}", _said(answer.body), "an answer", _remedy(status))
        raise (EnvironmentFailed if status >= 500 or status in (408, 429) else BadInput)(finding)
    try:
        return json.loads(answer.body)
    except ValueError as error:
        found = answer.body[:80].decode(errors="replace") or "nothing"
        raise EnvironmentFailed(
            Finding(place, "the answer", found, "JSON", "Check that this is the ERP's address.")
        ) from error


def _place(address: str) -> str:
    """Return the address without its query, short enough for an error message."""
    return address.partition("?")[0]


def _remedy(status: int) -> str:
    if status == 401:
        return "Check NIGHTMILL_ERP_USER and NIGHTMILL_ERP_KEY."
    if status == 403:
        return "Give the key's user the right to use it."
    if status in (408, 429) or status >= 500:
        return "Try again later, or check the server's log."
    if 300 <= status < 400:
        return "Give the new address with --url."
    return "Check the address and the ERP system's message."


def _said(body: bytes) -> str:
    """Return the message in an error's body: Frappe's messages or exception, Odoo's message, otherwise the text itself."""
    text = body.decode(errors="replace")
    try:
        told = json.loads(text)
    except ValueError:
        return text[:300] or "nothing"
    if isinstance(told, dict):
        try:
            messages = [json.loads(each)["message"] for each in json.loads(told.get("_server_messages") or "[]")]
        except (ValueError, TypeError, KeyError):
            messages = []
        said = "; ".join(map(str, messages)) or told.get("exception") or told.get("message") or told.get("exc_type")
        text = re.sub(r"<[^>]+>", "", str(said or text))
    return text[:300]


def records(told: Any, fields: Sequence[str], kind: str, system: str) -> list[dict[str, Any]]:
    """One page of a list. Raises ``BadInput`` if the server withholds a requested field: a missing value must not silently count as zero."""
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        finding = Finding(system, kind, str(told)[:80], "a list of records", "Check that this is the ERP's address.")
        raise EnvironmentFailed(finding)
    lacking = sorted({field for row in told for field in fields if field not in row})
    if lacking:
        remedy = "Give the key's user the right to read it."
        raise BadInput(Finding(system, kind, f"no {', '.join(lacking)}", "the requested fields", remedy))
    return told


def amount(row: Mapping[str, Any], field: str, what: str, system: str) -> float:
    """Return a quantity that a record must have. Raises ``BadInput`` if the field is missing, empty or not a number."""
    value = row.get(field)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        found = f"{field} {json.dumps(value)}" if field in row else f"no field {field}"
        remedy = "Fill it in there, or give the key's user the right to read it."
        raise BadInput(Finding(system, what, found, "a number", remedy))
    try:
        return float(value)
    except ValueError as error:
        raise BadInput(Finding(system, what, f"{field} {value!r}", "a number", "Correct it there.")) from error


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV text with these columns; a cell that a row doesn't have is empty."""
    return csv_text([columns, *([row.get(column, "") for column in columns] for row in rows)])


def week_of(day: Any, first_day: dt.date, what: str, system: str) -> int:
    """Return the week of a day given as text, or ``None``; past days count as week 0. Raises ``BadInput`` for any other text."""
    if not day:
        return 0
    try:
        return max(0, (dt.date.fromisoformat(str(day)[:10]) - first_day).days // 7)
    except ValueError as error:
        raise BadInput(Finding(system, what, f"the date {day!r}", "a date", "Correct it there.")) from error


def weeks_of(days: Any) -> int:
    """Return a lead time in days as whole weeks, rounded up, so that planning in weeks never shortens it."""
    return max(0, -int(-float(days or 0) // 7))


def pieces(quantity: Any, what: str, system: str) -> int:
    """Return a quantity as whole pieces. Raises ``BadInput`` for a fraction: the item's unit in the ERP must be pieces."""
    value = float(quantity or 0)
    if abs(value - round(value)) > WHOLE * max(1.0, abs(value)):
        finding = Finding(
            system, what, f"a quantity of {value:g}", "whole pieces", "Choose a smaller unit for the item there."
        )
        raise BadInput(finding)
    return round(value)
