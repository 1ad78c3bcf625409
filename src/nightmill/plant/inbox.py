"""What people ask of a run: small files in ``.nightmill/inbox``, each taken into the log exactly once.

A request is durable when its command returns, whether a run is live or not. The loop turns it into an event that names
the request; only when that event is durable does the file go.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import write_atomic
from nightmill.floor import ShopState
from nightmill.plant.controller import Decision
from nightmill.plant.places import check_log, state_folder
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding

RESOURCES = ("coolant", "chips", "probe")


class Request(msgspec.Struct, frozen=True):
    """``release`` of the hold ``subject``, or ``check`` of a resource (``level``) at the work unit ``subject``."""

    id: str
    kind: str
    subject: str
    by: str
    why: str = ""
    resource: str = ""
    level: float = 0.0


def release_hold(folder: Path, subject: str, *, by: str, why: str) -> dict[str, Any]:
    """Ask that the safe hold or the hold of parts named ``subject`` ends. Raises ``BadInput`` where there is none."""
    from nightmill.plant.shop_answers import live_shop

    _, state = live_shop(folder)
    known = [*state.safe_holds, *state.holds]
    if subject not in known:
        names = ", ".join(known) or "none"
        raise BadInput(Finding(str(folder), "hold", repr(subject), f"an open hold: {names}", "Name one of them."))
    return _put(folder, Request(_new_id(), "release", subject, by, why))


def check_resource(folder: Path, unit: str, resource: str, level: float, *, by: str) -> dict[str, Any]:
    """Write down what a person found. Raises ``BadInput`` for a unit or resource that the shop doesn't have."""
    from nightmill.plant.viewing import whole_shop

    units = [each.id for each in whole_shop(folder).work_units]
    if unit not in units:
        raise BadInput(Finding(str(folder), "unit", repr(unit), f"one of {', '.join(units)}", "Name a work unit."))
    if resource not in RESOURCES:
        raise BadInput(Finding(str(folder), "resource", repr(resource), " or ".join(RESOURCES), "Choose one of them."))
    return _put(folder, Request(_new_id(), "check", unit, by, "", resource, level))


def taken(folder: Path, state: ShopState) -> Iterable[Decision]:
    """The decisions that waiting requests ask for. Requests that are durably in the log are cleared away."""
    decisions: list[Decision] = []
    for path in sorted(_inbox(folder).glob("*.json")):
        request = msgspec.json.decode(path.read_bytes(), type=Request)
        wanted = [] if request.id in state.requests else _asked(request, state)
        decisions += wanted
        if not wanted:
            path.unlink(missing_ok=True)
    return decisions


def _asked(request: Request, state: ShopState) -> list[Decision]:
    if request.kind == "check":
        fact = e.ResourceChecked(request.subject, request.resource, request.level, request.by, request.id)
        return [Decision(fact, "looked at", "person")]
    if request.subject in state.safe_holds:
        let_go = e.SafeHoldReleased(request.subject, request.by, request.why, request.id)
        return [Decision(let_go, request.why, "person")]
    serials = state.holds.get(request.subject)
    if serials:
        reason = f"{request.by}: {request.why}"
        return [Decision(e.HoldReleased(request.subject, tuple(serials), reason), request.why, "person")]
    return []


def _put(folder: Path, request: Request) -> dict[str, Any]:
    check_log(folder)
    inbox = _inbox(folder)
    inbox.mkdir(parents=True, exist_ok=True)
    write_atomic(inbox / f"{request.id}.json", msgspec.json.encode(request))
    return dict(msgspec.to_builtins(request))


def _inbox(folder: Path) -> Path:
    return state_folder(folder) / "inbox"


def _new_id() -> str:
    return secrets.token_hex(8)
