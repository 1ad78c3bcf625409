"""Simulate the future of a shop: replications of a schedule, or of a running shop from its live state."""

import msgspec

from nightmill.library import frames, plots
from nightmill.library.frames import Frame
from nightmill.library.schedules import Scheduled
from nightmill.simulation import Uncertainty
from nightmill.vocabulary.units import HOUR_S


class Completion(msgspec.Struct, frozen=True):
    """An order's simulated completion: 90 % interval in seconds of shop time, and the fraction of replications in which it is late."""

    order: str
    low_s: float | None
    high_s: float | None
    late_share: float | None


class Simulated(msgspec.Struct, frozen=True):
    """Summary of the simulated futures. ``throughput``: parts a day; ``utilisation``: fraction of time in which a machine cuts."""

    completions: tuple[Completion, ...]
    utilisation: dict[str, float]
    throughput: float
    unattended_h: float
    tardiness_s: float
    replications: int

    def to_arrow(self) -> Frame:
        """Return one row per order."""
        return frames.to_arrow(self.completions)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.completions)

    def plot_completions(self, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw the completion interval of each order, in hours, and return the axes."""
        known = [
            (each.order, each.low_s / HOUR_S, each.high_s / HOUR_S)
            for each in self.completions
            if each.low_s is not None and each.high_s is not None
        ]
        ax = plots.axes(ax, height=1.5 + 0.35 * len(known))
        for row, (_, low, high) in enumerate(known):
            ax.plot([low, high], [row, row], linewidth=6, solid_capstyle="butt")
        ax.set_yticks(range(len(known)), [order for order, *_ in known])
        ax.invert_yaxis()
        ax.set_xlabel("completion, h (90 % interval)")
        return ax


def simulate(
    planned: Scheduled,
    *,
    days: float = 7.0,
    replications: int = 200,
    seed: int = 0,
    uncertainty: Uncertainty | None = None,
) -> Simulated:
    """Simulate the next ``days`` of a shop that follows the sequence of a schedule.

    ``uncertainty``: how cycle times vary, how often machines fail and how many parts are scrapped. If omitted, the defaults
    of ``Uncertainty`` apply; ``certain()`` turns randomness off. The same seed gives the same answer.
    """
    from nightmill.simulation import Experiment, FloorModel, look_ahead

    laws = Uncertainty() if uncertainty is None else uncertainty
    experiment = Experiment(days, replications, seed)
    found = look_ahead(planned.problem, planned.schedule, experiment, FloorModel(laws))
    return Simulated(
        completions=tuple(Completion(each.order, each.low, each.high, each.late_share) for each in found.completions),
        utilisation={each.machine: each.share for each in found.utilisation},
        throughput=found.throughput,
        unattended_h=found.unattended_h,
        tardiness_s=found.tardiness_s,
        replications=found.replications,
    )
