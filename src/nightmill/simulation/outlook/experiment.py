"""A simulation experiment (days, replications, seed), and the floor that is simulated."""

import msgspec

from nightmill.simulation.cell.floor_behaviour import Habits
from nightmill.simulation.cell.uncertainty import Uncertainty


class Experiment(msgspec.Struct, frozen=True):
    """How the future is sampled: the number of ``days`` and of ``replications``, with random numbers fixed by the ``seed``."""

    days: float
    replications: int
    seed: int


class FloorModel(msgspec.Struct, frozen=True):
    """How the floor works: the distributions of uncertain quantities, and the floor's behaviour apart from the schedule.

    ``robots`` share the moves, ``benches`` the mounting and dismounting (0: one for each person).
    """

    uncertainty: Uncertainty
    robots: int = 1
    benches: int = 0
    habits: Habits = Habits()
