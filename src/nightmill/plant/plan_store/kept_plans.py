"""Read the plan of a part from its folder, and describe its fault, if any, in one sentence.

Any fault in a file (truncated, changed, missing, a folder or a pipe in its place) leads to a ``Refusal`` for this part only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from nightmill.plant.plan_store.plan_artifacts import sha256_of
from nightmill.plant.plan_store.program_signing import SIGNATURE, kept_bytes
from nightmill.plant.plan_store.route_record import CharacteristicRecord, RouteRecord
from nightmill.plant.workspace.supervision import FAULTS
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Plan

PLANNING_FAILED = "planning_failed"
ROUTE, PLAN = "route.json", "plan.json"


class PartRoute(msgspec.Struct, frozen=True):
    """The data that the floor needs for a part: its route record, its plan and the NC text by SHA-256."""

    record: RouteRecord
    plan: Plan
    programs: dict[str, str]
    folder: Path

    @property
    def characteristics(self) -> tuple[CharacteristicRecord, ...]:
        """Return the inspection plan, bound to operations and tools."""
        return self.record.characteristics


class Refusal(msgspec.Struct, frozen=True):
    """A part without a route, and why; its orders wait for a person. ``request``: if a software defect is the cause, its id in
    ``faults.log``.
    """

    item: str
    reason: str
    code: e.RefusalCode = ""
    request: str = ""

    def fact(self) -> e.RouteRefused:
        """Return the fact for the log."""
        return e.RouteRefused(self.item, self.reason, self.code)

    def facts(self) -> tuple[e.AnyFact, ...]:
        """Return the same fact, with an alarm if a software defect is the cause."""
        if not self.request:
            return (self.fact(),)
        text = f"{self.item} couldn't be planned, its orders wait: {self.reason} (request {self.request} in {FAULTS})"
        return self.fact(), e.AlarmRaised(PLANNING_FAILED, self.item, text)


def load_route(folder: Path) -> PartRoute:
    """Read a planned part from its folder. Raises ``BadInput`` if a file is missing, can't be read or isn't part of a plan."""
    record = load_record(folder)
    with _as_findings(folder / PLAN) as place:
        plan = msgspec.json.decode(kept_bytes(place), type=Plan)
    texts = []
    for setup in plan.setups:
        with _as_findings(folder / setup.program) as place:
            if place.parent != folder:
                raise ValueError("a program outside the plan's folder")
            texts.append(kept_bytes(place).decode())
    return PartRoute(record, plan, {sha256_of(text): text for text in texts}, folder)


def load_record(folder: Path) -> RouteRecord:
    """Return the route record of a planned part, without its plan and programs. Raises ``BadInput`` like ``load_route``."""
    with _as_findings(folder / ROUTE) as place:
        return msgspec.json.decode(kept_bytes(place), type=RouteRecord)


@contextmanager
def _as_findings(place: Path) -> Iterator[Path]:
    """Turn errors while reading a file of a plan into findings."""
    try:
        yield place
    except FileNotFoundError:
        raise _bad(place, "no such file") from None
    except OSError as error:
        raise _bad(place, error.strerror or str(error)) from error
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise _bad(place, f"not a plan file ({str(error)[:120]})") from error


def readable_route(folder: Path) -> PartRoute | None:
    """Return the planned part in a folder; None if there is none or it can't be read."""
    try:
        return load_route(folder)
    except BadInput:
        return None


def planned_parts(plans: Path, parts: tuple[str, ...]) -> dict[str, PartRoute]:
    """Return, by name, the parts whose plans below ``plans`` can be read, for pages and documents; unreadable plans are left out."""
    found = ((part, readable_route(plans / part)) for part in parts)
    return {part: route for part, route in found if route is not None}


def is_of(plan: Path, logged: e.RouteCertified) -> bool:
    """Return whether the plan in this folder is the one in the log, program by program."""
    route = readable_route(plan)
    if route is None:
        return False
    record = route.record
    programs, known = (
        {each.operation: each.program_sha256 for each in operations}
        for operations in (record.operations, logged.operations)
    )
    is_same = (record.cad_sha256, record.material, record.certified) == (
        logged.cad_sha256,
        logged.material,
        logged.certified,
    )
    return is_same and programs == known and set(known.values()) <= route.programs.keys()


def fault(plan: Path, item: str) -> Refusal:
    """Return the fault of a plan that is missing or doesn't match its signature."""
    place = f".nightmill/plans/{item}"
    if not plan.is_dir():
        return _refusal(item, "plan_missing", f"its plan is missing, there is no folder {place}")
    lost = [name for name in (ROUTE, PLAN, SIGNATURE) if not (plan / name).exists()]
    if lost:
        return _refusal(item, "plan_missing", f"its plan is incomplete, {place}/{lost[0]} is missing")
    try:
        load_route(plan)
    except BadInput as error:
        (finding,) = error.findings
        name, missing = Path(finding.file).name, finding.found == "no such file"
        if missing:
            return _refusal(item, "plan_missing", f"its plan is incomplete, {place}/{name} is missing")
        return _refusal(item, "plan_unreadable", f"its plan can't be read, {place}/{name} holds {finding.found}")
    what = f"its plan was changed after it was signed, or signed with another key; look at {place}"
    return _refusal(item, "plan_changed", what)


def other_programs(item: str) -> Refusal:
    """Return the refusal of a sound plan that isn't the one in the log."""
    what = f"its plan in .nightmill/plans/{item} has other programs than those that the run started with"
    return Refusal(item, f"{what}; restore the plan, or start over with --fresh", "other_programs")


def _refusal(item: str, code: e.RefusalCode, what: str) -> Refusal:
    return Refusal(item, f"{what}; restore it, or plan the part again with --replan {item}", code)


def _bad(place: Path, found: str) -> BadInput:
    return BadInput(Finding(str(place), "", found, "a file of a plan", "Restore the plan, or plan the part again."))
