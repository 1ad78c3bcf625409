"""Room ``floor``: the state of the shop floor, the commands that may be issued next, and the history of each part.

In: events of the log, one by one (``apply``), and the shop's description. Out: the state of the shop, the
commands that may be issued now, each of which has passed its gate (``dispatch``), the genealogy of a part.
Never: reads a clock, talks to a machine, or decides what to make first (the schedule does).
"""

from nightmill.floor import equipment, records
from nightmill.floor.apply_events import apply, empty_state, stage_of
from nightmill.floor.dispatch_round import Wishes
from nightmill.floor.dispatch_rules import dispatch
from nightmill.floor.equipment import Advance, Cell, EventStore, Greeting
from nightmill.floor.genealogy import genealogy
from nightmill.floor.presence import persons_at, presence_windows
from nightmill.floor.records import ShopState

__all__ = [
    "Advance",
    "Cell",
    "EventStore",
    "Greeting",
    "ShopState",
    "Wishes",
    "apply",
    "dispatch",
    "empty_state",
    "equipment",
    "genealogy",
    "persons_at",
    "presence_windows",
    "records",
    "stage_of",
]
