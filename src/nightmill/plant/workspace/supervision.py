"""Supervision of a run: a software defect in one function of the shop suspends that function, never the run.

An unexpected exception is written with its traceback and a request id to ``.nightmill/faults.log``, reported in the
shop's log as the alarm ``function_suspended`` under that id, and the function isn't called again until the run is resumed: a decider that
has missed an event no longer agrees with the log, and only folding the log again fixes that. ``NightmillError`` passes: bad input, a
failing disk and a newer controller aren't defects. Functions that let parts pass are fail-safe: see ``FUNCTIONS``.
"""

import logging
import uuid
from collections.abc import Callable, Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.workspace.layout import state_folder
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import NightmillError

FUNCTION_SUSPENDED = "function_suspended"
FAULTS = "faults.log"
TRIAGE, DISPATCH = "AlarmTriageDecider", "dispatch"
_ALARMS = (r.MachineFailed, r.CycleInterrupted)
_LONGEST_LOG, _LOGS = 1 << 20, 3
_T = TypeVar("_T")


class Function(msgspec.Struct, frozen=True):
    """A function of a run that may be suspended: its display name, the effect of the suspension, and the functions that depend on it."""

    name: str
    meanwhile: str
    needed_by: tuple[str, ...] = ()


FUNCTIONS = {
    "OrderReleaseDecider": Function("orders", "no order is added to the book"),
    "ReturnToServiceDecider": Function("requests", "people's requests are not decided on"),
    "AlarmTriageDecider": Function("triage", "the cell holds still at the next machine alarm"),
    "ToolOffsetDecider": Function("offsets", "no offset is written", ("InspectionDecider",)),
    "InspectionDecider": Function("inspection", "no part passes"),
    "PartCostDecider": Function("costs", "parts are not priced"),
    "PurchasingDecider": Function("buying", "nothing is bought"),
    "CuttingParameterDecider": Function("tuning", "no cutting parameter is changed"),
    "MaintenanceDecider": Function("maintenance", "no stop is planned", ("SchedulingDecider",)),
    "SchedulingDecider": Function("scheduling", "the schedule in force is kept"),
    "FiniteCapacityDecider": Function("planning", "no order is released from the material plan"),
    "NightDecider": Function("preflight", "nothing is checked before people leave"),
    "TelemetryDecider": Function("telemetry", "its problems are not reported"),
    DISPATCH: Function("dispatch", "the cell holds still"),
    "asks": Function("asks", "people's requests are not taken up"),
    "report": Function("report", "no progress is reported and no morning report is written"),
    "memory": Function("snapshots", "a restart folds the whole log"),
}
"""Supervised functions, by a decider's class name or a keyword."""


class Observer(Protocol):
    """The part of a decider that the supervisor uses."""

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Take an event into account."""


class Suspended(msgspec.Struct, frozen=True):
    """A suspended function and the defect that caused it: its request id and the exception."""

    function: Function
    request: str
    what: str

    def alarm(self) -> e.AlarmRaised:
        """Return the alarm for the log."""
        text = f"{self.function.name} is suspended until the run is resumed, {self.function.meanwhile}: {self.what} (request {self.request} in {FAULTS})"
        return e.AlarmRaised(FUNCTION_SUSPENDED, self.function.name, text)


class Supervisor:
    """Call the functions of one run. ``folder``: the shop whose ``faults.log`` gets the tracebacks."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.suspended: dict[str, Suspended] = {}
        self._untold: list[Suspended] = []
        self._holds: dict[str, str] = {}

    def asked(self, function: str, question: Callable[[], _T], otherwise: _T) -> _T:
        """Call ``question`` and return its answer; return ``otherwise`` if the function is or becomes suspended."""
        if function in self.suspended:
            return otherwise
        try:
            return question()
        except NightmillError:
            raise
        except Exception as error:  # noqa: BLE001  the supervised edge: a defect in one function must not end the run
            self._suspend(function, self._noted(function, error), f"{type(error).__name__}")
            return otherwise

    def observe(self, deciders: Iterable[Observer], event: e.Event, state: ShopState) -> None:
        """Show an event to all deciders that are not suspended."""
        fact = event.fact
        if TRIAGE in self.suspended and isinstance(fact, e.Reported) and isinstance(fact.report, _ALARMS):
            self._holds[f"alarm of {fact.report.unit}"] = "an alarm was not triaged: triage is suspended after a defect"
        for decider in deciders:
            name = type(decider).__name__
            if name in self.suspended:
                continue
            try:
                decider.observe(event, state)
            except NightmillError:
                raise
            except Exception as error:  # noqa: BLE001  as in ``asked``; written out, since each event of a log passes here
                self._suspend(name, self._noted(name, error), f"{type(error).__name__} at event {event.seq}")

    def alarms(self) -> list[e.AlarmRaised]:
        """Return the alarms still to be logged: one per suspension."""
        untold, self._untold = self._untold, []
        return [each.alarm() for each in untold]

    def holds(self) -> list[tuple[str, str]]:
        """Return the reasons why the cell must hold still from now on, by subject, each once.

        A failure of dispatch itself is returned each time: a person who releases the cell makes dispatch try again.
        """
        holds, self._holds = list(self._holds.items()), {}
        failed = self.suspended.pop(DISPATCH, None)
        if failed is not None:
            holds.append(
                (DISPATCH, f"the next step can't be decided: {failed.what} (request {failed.request} in {FAULTS})")
            )
        return holds

    def _suspend(self, function: str, request: str, what: str) -> None:
        known = FUNCTIONS.get(function, Function(function, "it does nothing"))
        self.suspended[function] = Suspended(known, request, what)
        self._untold.append(self.suspended[function])
        for other in known.needed_by:
            if other not in self.suspended:
                self._suspend(other, request, f"it needs {known.name}")

    def _noted(self, function: str, error: Exception) -> str:
        return noted(self.folder, function, error)


def noted(folder: Path | None, function: str, error: BaseException) -> str:
    """Write a defect with its traceback to the shop's ``faults.log`` and to ``logging``; return its request id.

    A disk error while writing is ignored.
    """
    request = uuid.uuid4().hex[:12]
    log = logging.getLogger("nightmill.faults")
    handler: logging.Handler = logging.NullHandler()
    try:
        if folder is not None:
            path = state_folder(folder) / FAULTS
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handler = RotatingFileHandler(path, maxBytes=_LONGEST_LOG, backupCount=_LOGS, encoding="utf-8")
            path.chmod(0o600)
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    except OSError:
        handler = logging.NullHandler()
    log.addHandler(handler)
    try:
        log.error("request %s: %s failed", request, function, exc_info=error)
    finally:
        log.removeHandler(handler)
        handler.close()
    return request
