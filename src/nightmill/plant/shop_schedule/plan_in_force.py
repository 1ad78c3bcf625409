"""The schedule that the loop makes and keeps in force."""

from collections.abc import Iterable

from nightmill.floor import ShopState
from nightmill.plant.shop_schedule.batch_processes import seated
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.ids import scheduled_id

SEARCH_STEPS = 600
"""Search steps for each new plan; one step removes a few parts and reinserts them."""

WEIGHTS = records.ObjectiveWeights(unattended=0.0)
"""A reward for night cuts would postpone the same work at every new plan. Due dates and flow order the work;
the floor fills the night by what it mounts in the evening."""


def loop_plan(state: ShopState, problem: records.ShopProblem) -> records.ShopSchedule:
    """Return the schedule as the loop would make it from here."""
    from nightmill.scheduling import (  # lazy: a restart shouldn't wait for the compiled kernels
        dispatch_shop,
        solve_shop,
    )

    if state.policy == "conventional":
        return seated(problem, dispatch_shop(problem, "edd"))
    found = solve_shop(problem, iterations=SEARCH_STEPS, seed=state.seed, previous=in_force(state), weights=WEIGHTS)
    return seated(problem, found)


def in_force(state: ShopState) -> records.ShopSchedule | None:
    """Return the schedule in force in the solver's form: its starting point, and the reference for the cost of changes."""
    return as_logged(
        _place(scheduled_id(line.serial, line.operation), line.serial, state.parts[line.serial].order, line)
        for line in state.schedule
    )


def as_logged(rows: Iterable[records.Assignment]) -> records.ShopSchedule | None:
    """Return what the loop still knows of a schedule when it re-plans: of each operation mount and cut, nothing after that.

    So a kept plan isn't quite the one that was found, and a long search in which nothing happens gains less.
    """
    lines = tuple(_place(row.operation, row.serial, row.order, row) for row in rows)
    return records.ShopSchedule(lines, (), (), 0.0, 0.0, 0.0, 0.0, 0) if lines else None


def _place(operation: str, serial: str, order: str, row: e.ScheduleLine | records.Assignment) -> records.Assignment:
    return records.Assignment(
        operation, serial, order, row.machine, row.mount_s, row.start_s, row.end_s, row.end_s, row.end_s
    )
