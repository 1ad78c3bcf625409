"""All that the twin learns from a log at once: laws, planned times of the programs in force, what has changed."""

from collections.abc import Iterable, Sequence

import msgspec

from nightmill.twin.drift import Drift, drifts, since_drift
from nightmill.twin.handling import Handling
from nightmill.twin.log_history import read_history
from nightmill.twin.uncertainty import MachineHistory, Uncertainty, learn
from nightmill.twin.wear_readings import WearHistory
from nightmill.twin.wearing import SHAPE, worn_out
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
    *,
    signals: bool = False,
) -> Learned:
    """The laws of a shop after what its log says up to ``now_s``; cutting times from before a drift are forgotten.

    ``presence``: stretches of shop time in which somebody was there. An empty log gives ``prior``, or the assumed laws.
    ``signals``: failures by wear that shows come as the signals let expect, as where nobody stops a machine because of them.
    """
    history = read_history(log, presence, now_s)
    found = drifts(history.machines)
    machines = since_drift(history.machines) if found else history.machines
    laws = learn_with_wear(machines, history.wear, prior or Uncertainty()) if signals else learn(machines, prior)
    return Learned(laws, history.planned_s, history.handling, found, history.planned_on)


def learn_with_wear(machines: Sequence[MachineHistory], wear: WearHistory, prior: Uncertainty) -> Uncertainty:
    """``learn``, and where signals tell of wear, what they say; then the other failures come at any time.

    All failures of a machine that nothing is read of count among the others: no wear is expected of it beside them.
    """
    worn = worn_out(wear)
    if worn is None:
        return learn(tuple(machines), prior)
    replace = msgspec.structs.replace
    others = []
    for machine in machines:
        known = wear.worn.get(machine.machine, frozenset())
        lives = tuple(replace(life, failed=life.failed and k not in known) for k, life in enumerate(machine.lives))
        others.append(replace(machine, lives=lives))
    laws = learn(tuple(others), replace(prior, mtbf_shape=1.0, mtbf_shape_sd=0.0, wear_h=worn.life_h, wear_shape=SHAPE))
    by_machine = tuple(
        replace(
            law, worn_h=worn.left_h.get(law.machine, ()), wear_h=worn.life_h if law.machine in worn.left_h else None
        )
        for law in laws.by_machine
    )
    return replace(laws, by_machine=by_machine)
