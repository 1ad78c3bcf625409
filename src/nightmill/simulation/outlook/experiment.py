"""A simulation experiment (how long, how often, from which seed), and the floor that is simulated."""

import msgspec

from nightmill.simulation.cell.floor_behaviour import Habits
from nightmill.simulation.cell.uncertainty import Uncertainty


class Experiment(msgspec.Struct, frozen=True):
    """How the future is sampled: the next ``days``, ``replications`` of them, with random numbers fixed by the ``seed``."""

    days: float
    replications: int
    seed: int


class FloorModel(msgspec.Struct, frozen=True):
    """How the floor works: the laws of what is uncertain, and what it does apart from the schedule.

    ``robots`` share the moves, ``benches`` the mounting and dismounting (0: as many as there are people).
    """

    uncertainty: Uncertainty
    robots: int = 1
    benches: int = 0
    habits: Habits = Habits()
