"""All that the twin learns from a log at once: laws, planned times of the programs in force, what has changed."""

from collections.abc import Iterable, Sequence

import msgspec

from nightmill.simulation.calibration.change_point import Drift, drifts, since_drift
from nightmill.simulation.calibration.handling_times import Handling
from nightmill.simulation.calibration.read_log import read_history
from nightmill.simulation.cell.uncertainty import Uncertainty, learn
from nightmill.vocabulary import events


class Learned(msgspec.Struct, frozen=True):
    """``uncertainty`` to look ahead with; ``planned_s`` that its factors apply to, by operation; ``drifts`` found.

    ``planned_on``: the same on single machines. ``handling`` is what the work around cuts took.
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
    """The laws of a shop after what its log says up to ``now_s``; cutting times from before a drift are forgotten.

    ``presence``: stretches of shop time in which somebody was there. An empty log gives ``prior``, or the assumed laws.
    """
    history = read_history(log, presence, now_s)
    found = drifts(history.machines)
    machines = since_drift(history.machines) if found else history.machines
    return Learned(learn(machines, prior), history.planned_s, history.handling, found, history.planned_on)
