"""Schedules for a shop described in a few lines, for an exact problem, and for a classic job shop."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from nightmill.library import frames, plots
from nightmill.library.frames import Frame
from nightmill.scheduling import Model, records
from nightmill.vocabulary.units import DAY_S


class Scheduled(msgspec.Struct, frozen=True):
    """A problem and its schedule; times in seconds from the problem's time zero."""

    problem: records.ShopProblem
    schedule: records.ShopSchedule

    def to_arrow(self) -> Frame:
        """Return one row per operation: machine, part, order, and its times in seconds."""
        return frames.to_arrow(self.schedule.assignments)

    def to_frame(self) -> Frame:
        """Return the result of ``to_arrow`` as a data frame."""
        return frames.to_frame(self.schedule.assignments)

    def plot_gantt(self, ax: plots.Axes | None = None) -> plots.Axes:
        """Draw the cuts by machine, coloured by order, with unattended hours shaded, and return the axes."""
        cuts = [(row.machine, row.order, row.start_s, row.end_s) for row in self.schedule.assignments]
        end = max((row.end_s for row in self.schedule.assignments), default=DAY_S)
        return plots.gantt(cuts, ax, _unattended(self.problem, end))

    def violations(self) -> tuple[records.Violation, ...]:
        """Return the rules that an independent validator finds broken; empty for a valid schedule."""
        from nightmill.scheduling import validate_shop

        return validate_shop(self.problem, self.schedule)


def schedule(
    problem: Model | records.ShopProblem | str | Path,
    *,
    iterations: int = 3000,
    seed: int = 0,
    goals: Sequence[records.Goal] = (),
    searchers: int = 1,
) -> Scheduled:
    """Schedule a ``Model``, a ``ShopProblem``, its JSON, or the work left in a shop folder.

    The same problem, seed and iterations give the same schedule. ``goals``: goals in order of importance; the usual weights if
    there are none. Raises ``BadInput`` with what is missing if no schedule exists.
    """
    from nightmill.scheduling import solve_shop

    exact = _problem(problem)
    return Scheduled(exact, solve_shop(exact, iterations=iterations, seed=seed, goals=goals, searchers=searchers))


def _problem(problem: Model | records.ShopProblem | str | Path) -> records.ShopProblem:
    if isinstance(problem, Model):
        return problem.problem
    if isinstance(problem, records.ShopProblem):
        return problem
    from nightmill.plant.analysis import work_left

    return work_left(Path(problem))


def _unattended(problem: records.ShopProblem, end_s: float) -> list[tuple[float, float]]:
    """Return the unattended periods up to ``end_s``."""
    spans, last = [], problem.now_s
    for window in sorted(problem.presence, key=lambda each: each.start_s):
        if window.start_s > last:
            spans.append((last, min(window.start_s, end_s)))
        last = max(last, window.end_s)
        if last >= end_s:
            break
    return [span for span in spans if span[0] < end_s]
