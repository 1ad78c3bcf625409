"""What-if comparison: simulate the same futures with and without a change, and compute the differences."""

from nightmill.scheduling import records as scheduling
from nightmill.scheduling import solve_shop
from nightmill.simulation.outlook.experiment import Experiment, FloorModel
from nightmill.simulation.outlook.replications import completed_s, model_of, simulate, summarise, tardiness_s
from nightmill.simulation.paired_difference import difference
from nightmill.simulation.results import WhatIfAnswer
from nightmill.simulation.scenarios.cell_change import Change, apply_change, laws_after, write_change

# the search may depart freely from its starting schedule
FREE = scheduling.ObjectiveWeights(machine_change=0.0, start_shift=0.0)


def what_if(
    problem: scheduling.ShopProblem,
    change: Change,
    experiment: Experiment,
    floor: FloorModel,
    *,
    iterations: int = 3000,
) -> WhatIfAnswer:
    """Schedule the shop as it is and with the change, simulate both with the same random numbers, and compare.

    Both searches, of ``iterations`` each, start from one schedule for the shop as it is, so that a change without effect makes
    no difference. Raises ``BadInput`` if the change doesn't fit or nothing can be scheduled.
    """
    changed = apply_change(problem, change)
    start = solve_shop(problem, iterations=iterations, seed=experiment.seed, weights=FREE)
    schedule = solve_shop(problem, iterations=iterations, seed=experiment.seed, previous=start, weights=FREE)
    other = solve_shop(changed, iterations=iterations, seed=experiment.seed, previous=start, weights=FREE)
    before = model_of(problem, schedule, experiment, floor)
    after = model_of(changed, other, experiment, floor)
    was = simulate(before, experiment.replications, experiment.seed, floor.uncertainty)
    is_now = simulate(after, experiment.replications, experiment.seed, laws_after(floor.uncertainty, change))
    orders = range(len(before.orders))
    pairs = list(zip(was, is_now, strict=True))
    differences = {
        "throughput": [(b.finished - a.finished) / experiment.days for a, b in pairs],
        "tardiness_s": [tardiness_s(after, b, orders) - tardiness_s(before, a, orders) for a, b in pairs],
        "completion_s": [completed_s(after, b, orders) - completed_s(before, a, orders) for a, b in pairs],
        "unattended_h": [b.unattended_h - a.unattended_h for a, b in pairs],
    }
    return WhatIfAnswer(
        change=write_change(change),
        before=summarise(before, was),
        after=summarise(after, is_now),
        differences=tuple(difference(name, values) for name, values in differences.items()),
    )
