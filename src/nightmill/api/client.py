"""A client of the API in Python: the routes as methods, typed answers, errors with their findings.

Uses only the standard library and msgspec. A write without an id gets a new one, and is repeated under the same id
after a lost connection, so that it takes effect once.
"""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from nightmill.api.problems import Problem
from nightmill.plant.quoting import Job
from nightmill.plant.requests import Proposal
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import UNREADABLE, EnvironmentFailed, Finding, NightmillError
from nightmill.vocabulary.events import Event

T = TypeVar("T")
TRIES = 3
PAUSE_S = 0.2
TIMEOUT_S = 60.0


class ApiRefused(NightmillError):
    """The server refused the request: ``problem`` states why and what to do."""

    def __init__(self, problem: Problem) -> None:
        found = problem.findings or (
            Finding("api", "", problem.detail or problem.title, "another request", "See the detail."),
        )
        super().__init__(*found)
        self.problem = problem


class ShopClient:
    """Client of one shop's API. ``url``: the server's, without a path; ``token``: made by ``nightmill token``."""

    def __init__(self, url: str, token: str, *, timeout_s: float = TIMEOUT_S) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"ShopClient: url {url!r} must begin with http:// or https://")
        self.url, self.token, self.timeout_s = url.rstrip("/"), token, timeout_s

    def me(self) -> dict[str, Any]:
        """Return name, role and permissions of the caller."""
        return self._get("/api/me", dict[str, Any])

    def orders(
        self, at_s: float | None = None, *, status: str | None = None, item: str | None = None
    ) -> list[dict[str, Any]]:
        """Return orders, now or at a shop time (s); optionally only those in state ``status`` (``done, open, late, cancelled``) or of ``item``."""
        return self._get("/api/orders", list[dict[str, Any]], at=at_s, status=status, item=item)

    def measures(self, at_s: float | None = None) -> dict[str, Any]:
        """Return the figures of the run."""
        return self._get("/api/measures", dict[str, Any], at=at_s)

    def holds(self) -> list[dict[str, Any]]:
        """Return the holds that wait for a person."""
        return self._get("/api/holds", list[dict[str, Any]])

    def why_late(self, order: str) -> dict[str, Any]:
        """Return why an order is late."""
        return self._get(f"/api/late/{urllib.parse.quote(order, safe='')}", dict[str, Any])

    def promise(self, part: str, quantity: int = 1, due_s: float | None = None, chances: bool = True) -> dict[str, Any]:
        """Return when an order that isn't booked yet could be finished; with ``chances`` also how likely that is, which takes longer."""
        query = {"part": part, "quantity": quantity, "due_s": due_s, "chances": chances}
        return self._get("/api/promise", dict[str, Any], **query)

    def events(self, after: int = 0, *, kind: str | None = None) -> Iterator[Event]:
        """Yield all events of the log above ``after``, page by page; with ``kind`` only those facts."""
        more = True
        while more:
            page = self._get("/api/events", dict[str, msgspec.Raw], after=after, limit=1000, kind=kind)
            yield from msgspec.json.decode(page["events"], type=list[Event])
            after, more = msgspec.json.decode(page["next"]), msgspec.json.decode(page["more"])

    def propose(
        self, command: a.AnyAsk, why: str = "", *, execute: bool = False, command_id: str | None = None
    ) -> Proposal:
        """Propose a command and return its effect; with ``execute`` it is carried out if the caller's role permits that."""
        body = {"command_id": command_id or _new_id(), "command": command, "why": why}
        return self._post("/api/proposals", body, Proposal, execute=execute)

    def chances(self, proposal: str) -> dict[str, Any]:
        """Return a proposal's effect on the open orders, as simulated by the twin."""
        return self._get(f"/api/proposals/{proposal}/chances", dict[str, Any])

    def approve(self, proposal: str, why: str = "", *, command_id: str | None = None) -> Proposal:
        """Approve a proposal."""
        body = {"command_id": command_id or _new_id(), "why": why}
        return self._post(f"/api/proposals/{proposal}/approve", body, Proposal)

    def reject(self, proposal: str, why: str = "", *, command_id: str | None = None) -> Proposal:
        """Reject a proposal."""
        body = {"command_id": command_id or _new_id(), "why": why}
        return self._post(f"/api/proposals/{proposal}/reject", body, Proposal)

    def proposal(self, identity: str) -> Proposal:
        """Return a proposal in its current state."""
        return self._get(f"/api/proposals/{identity}", Proposal)

    def import_orders(
        self, table: bytes, *, preview: bool = True, execute: bool = False, command_id: str | None = None
    ) -> dict[str, Any]:
        """Import orders from a CSV file or an Excel workbook; ``preview`` only shows what would happen."""
        query = {"preview": preview, "execute": execute, "command_id": command_id or _new_id()}
        return self._post("/api/import/orders", table, dict[str, Any], **query)

    def offer_part(
        self, step: bytes, name: str, *, material: str = "", quantity: int = 1, wait_s: float = 600.0
    ) -> Job:
        """Plan a part from its STEP file and wait for certificate, price, promise and sites."""
        job = self._post("/api/parts", step, Job, name=name, material=material, quantity=quantity)
        deadline = time.monotonic() + wait_s
        while job.state in {"waiting", "running"} and time.monotonic() < deadline:
            time.sleep(PAUSE_S)
            job = self._get(f"/api/jobs/{job.id}", Job)
        return job

    def _get(self, path: str, kind: type[T], /, **query: Any) -> T:
        return self._ask("GET", path, None, kind, query)

    def _post(self, path: str, body: Any, kind: type[T], /, **query: Any) -> T:
        return self._ask("POST", path, body, kind, query)

    def _ask(self, method: str, path: str, body: Any, kind: type[T], query: dict[str, Any]) -> T:
        given = {name: _word(value) for name, value in query.items() if value is not None}
        place = f"{self.url}{path}{'?' + urllib.parse.urlencode(given) if given else ''}"
        raw = isinstance(body, bytes)
        data = body if raw or body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.token}"}
        if data is not None:
            headers["Content-Type"] = "application/octet-stream" if raw else "application/json"
        for left in reversed(range(TRIES)):
            request = urllib.request.Request(place, data=data, headers=headers, method=method)
            try:
                with _OPENER.open(request, timeout=self.timeout_s) as answer:
                    return msgspec.json.decode(answer.read(), type=kind)
            except urllib.error.HTTPError as error:
                raise ApiRefused(_problem(error)) from None
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    remedy = "Start it with nightmill serve, and check the address."
                    raise EnvironmentFailed(
                        Finding(self.url, "", str(error), "a server that answers", remedy)
                    ) from error
                time.sleep(PAUSE_S)
        raise AssertionError("every try returns or raises")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follow no redirect, so that a token goes only to its own server."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse every redirect."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())


def _problem(error: urllib.error.HTTPError) -> Problem:
    try:
        return msgspec.json.decode(error.read(), type=Problem)
    except UNREADABLE:
        return Problem(error.reason, error.code, str(error))


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _new_id() -> str:
    return uuid.uuid4().hex
