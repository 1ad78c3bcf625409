"""Learn everything the twin needs from a log: distributions, planned times of the programs in force, changes."""

from collections.abc import Iterable, Sequence

import msgspec

from nightmill.simulation.calibration.change_point import Drift, drifts, since_drift
from nightmill.simulation.calibration.handling_times import Handling
from nightmill.simulation.calibration.read_log import read_history
from nightmill.simulation.cell.uncertainty import Uncertainty, learn
from nightmill.vocabulary import events


class Learned(msgspec.Struct, frozen=True):
    """The result of learning: ``uncertainty`` to simulate with, and the ``drifts`` found.

    ``planned_s``, by operation, holds the times to which the factors apply; ``planned_on``: the same for single machines.
    ``handling`` holds the actual times of the work around cuts.
    """

    uncertainty: Uncertainty
    planned_s: dict[str, float]
    handling: Handling
    drifts: tuple[Drift, ...]
    planned_on: dict[str, dict[str, float]] = {}


def learn_from_log(
    log: Iterable[events.Event],
    presence: Sequence[tuple[float, float]],
    now_s: float,
    prior: Uncertainty | None = None,
) -> Learned:
    """Return the distributions of a shop, learned from its log up to ``now_s``; cutting times from before a drift are dropped.

    ``presence``: attended stretches of shop time. An empty log gives ``prior``, or the assumed distributions.
    """
    history = read_history(log, presence, now_s)
    found = drifts(history.machines)
    machines = since_drift(history.machines) if found else history.machines
    return Learned(learn(machines, prior), history.planned_s, history.handling, found, history.planned_on)
