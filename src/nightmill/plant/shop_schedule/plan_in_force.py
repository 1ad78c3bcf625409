"""The schedule that the loop makes and keeps in force."""

from collections.abc import Iterable

from nightmill.floor import ShopState
from nightmill.plant.shop_schedule.batch_processes import seated
from nightmill.scheduling import records
from nightmill.vocabulary import events as e

SEARCH_STEPS = 600
"""Steps of the search for each new plan; one takes a few parts out and puts them back."""

WEIGHTS = records.ObjectiveWeights(unattended=0.0)
"""A reward for cuts at night would put the same work off again at every new plan. Due dates and flow order the work;
the floor fills the night by what it mounts in the evening."""


def loop_plan(state: ShopState, problem: records.ShopProblem) -> records.ShopSchedule:
    """The schedule as the loop would make it from here."""
    from nightmill.scheduling import dispatch_shop, solve_shop  # a restart doesn't wait for the compiled kernels

    if state.policy == "conventional":
        return seated(problem, dispatch_shop(problem, "edd"))
    found = solve_shop(problem, iterations=SEARCH_STEPS, seed=state.seed, previous=in_force(state), weights=WEIGHTS)
    return seated(problem, found)


def in_force(state: ShopState) -> records.ShopSchedule | None:
    """The schedule in force as the solver takes it: where it starts from, and what it costs to leave."""
    return as_logged(
        _place(f"{line.serial}|{line.operation}", line.serial, state.parts[line.serial].order, line)
        for line in state.schedule
    )


def as_logged(rows: Iterable[records.Assignment]) -> records.ShopSchedule | None:
    """What the loop still knows of a schedule when it plans anew: of each place mount and cut, nothing of what comes after it.

    So a plan that is kept isn't quite the one that was found, and a search of many hours in which nothing happens gains less.
    """
    lines = tuple(_place(row.operation, row.serial, row.order, row) for row in rows)
    return records.ShopSchedule(lines, (), (), 0.0, 0.0, 0.0, 0.0, 0) if lines else None


def _place(operation: str, serial: str, order: str, row: e.ScheduleLine | records.Assignment) -> records.Assignment:
    return records.Assignment(
        operation, serial, order, row.machine, row.mount_s, row.start_s, row.end_s, row.end_s, row.end_s
    )
