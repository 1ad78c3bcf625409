"""A problem with a known future: the breakdowns, repairs and lost parts that another planner experienced are given as
facts.

The problem is planned once and not simulated: its tardiness shows how much of the simulated lateness is due to chance
that no plan can foresee. It is an estimate, not a bound. Breakdowns depend on running hours, so under another plan they
would occur at slightly different times; a cut ends before a breakdown, although in the simulation it continues after
the repair; a remake may start at once; cuts take their planned time. The search isn't proved optimal either.
"""

import msgspec
from night_execution import Lived, Planner

from nightmill.scheduling.problem.records import ShopProblem, Window, with_one_away


class Watched(Lived):
    """One future, with the times when each machine was broken: ``stood`` has machine, breakdown and end of repair (s)."""

    def __init__(self, problem: ShopProblem, planner: Planner, seed: int) -> None:
        self.stood: list[tuple[int, float, float]] = []
        self.since: dict[int, float] = {}
        super().__init__(problem, planner, seed)

    def _failed(self, at: float, machine: int, person: int) -> None:
        super()._failed(at, machine, person)
        self.since[machine] = at

    def _repaired(self, at: float, machine: int, person: int) -> None:
        super()._repaired(at, machine, person)
        self.stood.append((machine, self.since.pop(machine), at))


def foreseen(problem: ShopProblem, planner: Planner, seed: int) -> ShopProblem:
    """Return ``problem`` with the breakdowns, the absences for repair and the remakes that ``planner`` experienced in a future."""
    run = Watched(problem, planner, seed)
    run.run()
    presence = problem.presence
    for _, begin, end in run.stood:
        presence = with_one_away(presence, begin, end)
    again = tuple(
        msgspec.structs.replace(op, id=f"{op.id} again {number + 1}", serial=f"{op.serial} again {number + 1}")
        for index, route in enumerate(run.routes)
        for number in range(run.parts[index].attempt)
        for op in route
    )
    machines = tuple(
        msgspec.structs.replace(
            machine, down=(*machine.down, *(Window(begin, end) for k, begin, end in run.stood if k == number))
        )
        for number, machine in enumerate(problem.machines)
    )
    return msgspec.structs.replace(problem, operations=problem.operations + again, machines=machines, presence=presence)
