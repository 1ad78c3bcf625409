"""The inbox of a run: people's requests as small files in ``.nightmill/inbox``, each taken into the log exactly once.

A request is durable when its command returns, whether a run is live or not. The loop decides on the request by the state at that moment,
and writes one ``RequestTaken`` with the request's id and the facts that follow; the file is removed only when that is durable. Requests
made while no run is unfinished wait in ``.nightmill/next`` for the next run.
"""

import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.floor import ShopState
from nightmill.formats import write_atomic
from nightmill.plant.requests.effects import NotPossible, consequences
from nightmill.plant.shop_state.decider import Decision
from nightmill.plant.workspace.layout import check_log, pending, state_folder
from nightmill.vocabulary import events as e
from nightmill.vocabulary import requests as a
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding, NightmillError
from nightmill.vocabulary.ordinary_files import read_ordinary
from nightmill.vocabulary.shop import Shop

RESOURCES = ("coolant", "chips", "probe")
NOW, NEXT = "inbox", "next"
MAX_BYTES = 64 * 1024


class Request(msgspec.Struct, frozen=True):
    """A request: the command, who requested it (in which role), why, and who approved it."""

    id: str
    ask: a.AnyAsk
    by: str
    role: str
    why: str = ""
    approved_by: str = ""


def release_hold(folder: Path, subject: str, *, by: str, why: str) -> dict[str, Any]:
    """Request the release of the safe hold or part hold named ``subject``. Raises ``BadInput`` if there is none."""
    from nightmill.plant.shop_state.live import live_shop

    _, state = live_shop(folder, planning=False)
    known = [*state.safe_holds, *state.holds]
    if subject not in known:
        expected = f"an open hold: {', '.join(known)}" if known else "an open hold; none is open"
        remedy = "Name one of them." if known else "There is nothing to release."
        raise BadInput(Finding(str(folder), "hold", repr(subject), expected, remedy))
    return asked_here(folder, a.ReleaseHold(subject), by, why)


def check_resource(folder: Path, unit: str, resource: str, level: float, *, by: str) -> dict[str, Any]:
    """Record a person's finding. Raises ``BadInput`` for a unit or resource that the shop doesn't have."""
    from nightmill.plant.workspace.shop import whole_shop

    units = [each.id for each in whole_shop(folder).work_units]
    if unit not in units:
        raise BadInput(Finding(str(folder), "unit", repr(unit), f"one of {', '.join(units)}", "Name a work unit."))
    if resource not in RESOURCES:
        raise BadInput(Finding(str(folder), "resource", repr(resource), " or ".join(RESOURCES), "Choose one of them."))
    return asked_here(folder, a.NoteCheck(unit, resource, level), by, "")  # type: ignore[arg-type]


def taken(folder: Path, shop: Shop, state: ShopState) -> Iterable[Decision]:
    """Return the decisions on waiting requests, and delete requests that are durably in the log."""
    decisions: list[Decision] = []
    for path in _waiting(folder):
        request = _read(path)
        if request is None:
            path.rename(path.with_suffix(".unread"))
            stem = path.stem.encode("utf-8", "replace").decode()  # a name may hold bytes that aren't text
            text = f"{stem}.json can't be read by this version as a request; it is kept as {stem}.unread"
            decisions.append(Decision(e.AlarmRaised("request_unread", "inbox", text)))
        elif request.id in state.requests:
            path.unlink(missing_ok=True)
        elif not decisions and not _waits_for_part(folder, request.ask, state):
            decisions += decided(request, shop, state)
            # one request per turn: the next is decided on by the state after this one
    return decisions


def _waits_for_part(folder: Path, ask: a.AnyAsk, state: ShopState) -> bool:
    """Return whether an order asks for a part that was added in the middle of this turn: the order then waits for the next turn."""
    return isinstance(ask, a.TakeOrder) and ask.part not in state.routes and ask.part in pending(folder)


def decided(request: Request, shop: Shop, state: ShopState) -> list[Decision]:
    """Return the loop's decision on a request: one ``RequestTaken``, and the resulting facts if the request can be done."""
    refused, found = "", list[Decision]()
    try:
        found = consequences(state, shop, request.ask, by=request.by, why=request.why, request=request.id)
    except NotPossible as reason:
        refused = str(reason)
    fact = e.RequestTaken(request.id, request.ask, request.by, request.role, request.why, request.approved_by, refused)
    actor = "agent" if request.role == "agent" else "person"
    return [Decision(fact, request.why, actor), *found]


def put(folder: Path, request: Request, *, where: str = NOW) -> None:
    """Make a request durable: for the run in the log (``NOW``), or for the run that starts next (``NEXT``)."""
    place = state_folder(folder) / where
    place.mkdir(parents=True, exist_ok=True)
    write_atomic(place / f"{time.time_ns():020d}-{request.id}.json", msgspec.json.encode(request))


def orders_waiting(folder: Path) -> frozenset[str]:
    """Return the names of orders that wait for a run to take them."""
    requests = (_read(path) for path in _waiting(folder))
    return frozenset(each.ask.order for each in requests if each is not None and isinstance(each.ask, a.TakeOrder))


def new_id() -> str:
    """Return an id that can't be guessed and won't be repeated."""
    return secrets.token_hex(8)


def asked_here(folder: Path, ask: a.AnyAsk, by: str, why: str) -> dict[str, Any]:
    """Put a request from a person at this computer into the inbox of the shop's run. Raises ``BadInput`` if there is no run."""
    check_log(folder)
    request = Request(new_id(), ask, by, "operator", why, by)
    put(folder, request)
    return dict(msgspec.to_builtins(request))


def _waiting(folder: Path) -> list[Path]:
    return [path for where in (NEXT, NOW) for path in sorted((state_folder(folder) / where).glob("*.json"))]


def _read(path: Path) -> Request | None:
    try:
        return msgspec.json.decode(read_ordinary(path, MAX_BYTES), type=Request)
    except (NightmillError, *UNREADABLE):
        return None
