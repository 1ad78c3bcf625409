"""The port of an ERP system, the records that cross it, and requests over HTTP."""

import csv
import datetime as dt
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding

TIMEOUT_S = 60.0
PAGE = 500
Ask = Callable[[str, str, Mapping[str, str], bytes | None], bytes]
"""A request: method, address, headers and body in, the answer's body out."""


class Purchase(msgspec.Struct, frozen=True):
    """A purchase to send: ``id`` is ours and makes it unique there; ``needed_by`` a day; ``price`` 0 where none was quoted."""

    id: str
    item: str
    supplier: str
    quantity: int
    needed_by: dt.date
    price: float = 0.0


class Erp(Protocol):
    """What Nightmill needs of an ERP system."""

    def pull(self, first_day: dt.date) -> dict[str, str]:
        """The tables of a planning directory as CSV text by file name; week 0 begins on ``first_day``."""

    def push(self, purchases: Iterable[Purchase]) -> dict[str, str]:
        """Sends purchases as drafts; the ERP's name of each by our id. One that is there already isn't sent again."""


def ask_over_http(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """One request. Raises ``EnvironmentFailed`` where the server can't be reached or fails, ``BadInput`` where it refuses."""
    if not address.startswith(("https://", "http://")):
        raise BadInput(Finding("--url", "", address, "an address that begins with https://", "Correct the address."))
    request = urllib.request.Request(address, body, dict(headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        said = error.read()[:300].decode(errors="replace")
        finding = Finding(
            address, f"HTTP {error.code}", said or error.reason, "an answer", "Check address, key and rights."
        )
        raise (EnvironmentFailed if error.code >= 500 else BadInput)(finding) from error
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        finding = Finding(address, "", str(error), "a server that answers", "Check the address and the network.")
        raise EnvironmentFailed(finding) from error


def answer_of(body: bytes, address: str) -> Any:
    """The JSON of an answer. Raises ``EnvironmentFailed`` where it is none."""
    try:
        return json.loads(body)
    except ValueError as error:
        found = body[:80].decode(errors="replace")
        raise EnvironmentFailed(
            Finding(address, "the answer", found, "JSON", "Check that this is the ERP's address.")
        ) from error


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV text with these columns; what a row lacks is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()


def week_of(day: Any, first_day: dt.date) -> int:
    """The week that holds a day given as text or none; days that are past count as week 0."""
    if not day:
        return 0
    return max(0, (dt.date.fromisoformat(str(day)[:10]) - first_day).days // 7)


def weeks_of(days: Any) -> int:
    """A lead time in days as whole weeks, rounded up: planning in weeks must not make it shorter."""
    return max(0, -int(-float(days or 0) // 7))


def pieces(quantity: Any, what: str, system: str) -> int:
    """A quantity as whole pieces. Raises ``BadInput`` for a fraction: the unit there must be pieces."""
    value = float(quantity or 0)
    if value != int(value):
        finding = Finding(
            system, what, f"a quantity of {value:g}", "whole pieces", "Choose a smaller unit of the item there."
        )
        raise BadInput(finding)
    return int(value)
