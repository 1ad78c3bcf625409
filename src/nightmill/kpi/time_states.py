"""The OPC 40001-1 classifier: the state of a unit as MachineryItemState and MachineryOperationMode, and as time elements.

The states and modes are those in OPC 40001-1, clauses 12 and 13. The pairs are mapped as proposed in its annex C: for SEMI E10 (C.3), and
for the time elements of ISO 22400-2 (C.2, as recalled; no copy of the ISO standard was at hand). The elements are production (APT), setup
(AUST), delay (ADET), and time that isn't planned busy time. A unit has one pair at any time, and every pair has one element, so the
elements add up to the period. Pallets are set up off the machine, so AUST is 0 on a mill.
"""

from typing import Literal

import msgspec

from nightmill.kpi.timeline import Timeline

ItemState = Literal["NotAvailable", "OutOfService", "NotExecuting", "Executing"]
OperationMode = Literal["None", "Maintenance", "Setup", "Processing"]
Element = Literal["APT", "AUST", "ADET", "idle", "planned_stop"]


class Classified(msgspec.Struct, frozen=True):
    """A pair of state and mode, with its ``element`` in ISO 22400-2 and its ``e10`` state in SEMI E10."""

    item_state: ItemState
    operation_mode: OperationMode
    element: Element
    e10: str


PAIRS = (
    Classified("Executing", "Processing", "APT", "productive time"),
    Classified("Executing", "Setup", "AUST", "engineering time"),
    Classified("NotExecuting", "Setup", "AUST", "engineering time"),
    Classified("NotExecuting", "Processing", "idle", "standby time"),
    Classified("OutOfService", "Processing", "ADET", "unscheduled downtime"),
    Classified("OutOfService", "Maintenance", "planned_stop", "scheduled downtime"),
)
_OF_STATE: dict[str, tuple[ItemState, OperationMode]] = {
    "running": ("Executing", "Processing"),
    "busy": ("Executing", "Processing"),
    "idle": ("NotExecuting", "Processing"),
    "down": ("OutOfService", "Processing"),
    "maintenance": ("OutOfService", "Maintenance"),
}


def classify(state: str) -> Classified:
    """Return the pair for the ``state`` of a ``Stretch``. Raises ``KeyError`` for a state that no timeline uses."""
    pair = _OF_STATE[state]
    return next(each for each in PAIRS if (each.item_state, each.operation_mode) == pair)


def time_elements_h(line: Timeline) -> dict[str, float]:
    """Return a unit's hours by time element; they add up to the period."""
    hours = dict.fromkeys(dict.fromkeys(each.element for each in PAIRS), 0.0)
    for stretch in line.stretches:
        hours[classify(stretch.state).element] += (stretch.end_s - stretch.start_s) / 3600.0
    return {str(element): found for element, found in hours.items()}
