"""Room ``twin``: what the factory believes about its own future.

In: a ``schedule.records.ShopProblem`` and its ``ShopSchedule``, the laws of what isn't certain (``Uncertainty``,
``learn`` takes them from what happened), the days and a seed. Out: possible futures, summed up (``look_ahead``), and
what a change would make of them (``what_if``).

Never: the hidden truth of the virtual shop; a clock, a file; a random number that the seed doesn't fix; a change of
the real schedule.
"""

from nightmill.twin.change import Change, apply_change, read_change
from nightmill.twin.outlook import look_ahead
from nightmill.twin.records import Difference, TwinAnswer, WhatIfAnswer
from nightmill.twin.uncertainty import Cycle, Law, MachineHistory, MachineLaw, Uncertainty, certain, learn
from nightmill.twin.whatif import what_if

__all__ = [
    "Change",
    "Cycle",
    "Difference",
    "Law",
    "MachineHistory",
    "MachineLaw",
    "TwinAnswer",
    "Uncertainty",
    "WhatIfAnswer",
    "apply_change",
    "certain",
    "learn",
    "look_ahead",
    "read_change",
    "what_if",
]
