"""Why an order is late and what would have helped: blame from the schedule, counterfactuals by solving again."""

from collections.abc import Iterator

import msgspec

from nightmill.schedule.blame import blame_all
from nightmill.schedule.records import (
    Counterfactual,
    Explanation,
    ObjectiveWeights,
    ShopProblem,
    ShopSchedule,
    Window,
)
from nightmill.schedule.solve import solve_shop
from nightmill.schedule.validate import validate_shop
from nightmill.vocabulary.errors import BadInput, Finding


def _changes(problem: ShopProblem, schedule: ShopSchedule, order: str) -> Iterator[tuple[str, ShopProblem]]:
    """Each change a person could make, with the problem that it would leave."""
    replace = msgspec.structs.replace
    top = max(item.weight for item in problem.orders) * 10.0
    yield (
        "order first in line",
        replace(problem, orders=tuple(replace(o, weight=top) if o.id == order else o for o in problem.orders)),
    )
    if any(op.order == order and op.release_s > problem.now_s for op in problem.operations):
        ops = tuple(replace(o, release_s=problem.now_s) if o.order == order else o for o in problem.operations)
        yield "its material there now", replace(problem, operations=ops)
    presence = tuple(replace(w, persons=w.persons + 1) for w in problem.presence)
    yield "one more person in every shift", replace(problem, presence=presence)
    yield "every shift two hours longer", replace(problem, presence=longer_shifts(problem.presence, 7200.0))
    yield "four more pallets", replace(problem, pallets=problem.pallets + 4)
    if problem.maintenance:
        yield "no maintenance in the period", replace(problem, maintenance=())
    if any(machine.down for machine in problem.machines):
        machines = tuple(replace(m, down=()) for m in problem.machines)
        yield "no machine down", replace(problem, machines=machines)
    machine = _busiest(schedule, order)
    if machine:
        yield f"a second {machine}", second_machine(problem, machine)


def longer_shifts(presence: tuple[Window, ...], seconds: float) -> tuple[Window, ...]:
    """Each window longer at its end, up to the beginning of the next."""
    ordered = sorted(presence, key=lambda w: w.start_s)
    later = [w.start_s for w in ordered[1:]] + [float("inf")]
    return tuple(
        msgspec.structs.replace(w, end_s=max(w.end_s, min(w.end_s + seconds, following)))
        for w, following in zip(ordered, later, strict=True)
    )


def second_machine(problem: ShopProblem, machine: str) -> ShopProblem:
    """The problem with a twin of ``machine``, free now, that can do all it can."""
    replace = msgspec.structs.replace
    name = f"{machine} (second)"
    original = next(m for m in problem.machines if m.id == machine)
    ops = tuple(
        replace(
            op,
            alternatives=op.alternatives
            + tuple(replace(a, machine=name) for a in op.alternatives if a.machine == machine),
        )
        for op in problem.operations
    )
    added = replace(original, id=name, free_from_s=problem.now_s, down=())
    budgets = tuple(replace(b, machine=name) for b in problem.tool_budgets if b.machine == machine)
    return replace(
        problem, machines=(*problem.machines, added), operations=ops, tool_budgets=problem.tool_budgets + budgets
    )


def _busiest(schedule: ShopSchedule, order: str) -> str:
    """The machine that cuts longest for the order."""
    spent: dict[str, float] = {}
    for a in schedule.assignments:
        if a.order == order:
            spent[a.machine] = spent.get(a.machine, 0.0) + a.end_s - a.start_s
    return max(spent, key=lambda name: (spent[name], name)) if spent else ""


def explain_order(
    problem: ShopProblem, schedule: ShopSchedule, order: str, *, iterations: int = 500, seed: int = 0
) -> Explanation:
    """Blame and counterfactuals of one order of ``schedule``.

    Every counterfactual is solved anew from ``schedule``, with ``iterations`` steps, and judged by the validator.
    Raises ``BadInput`` for an order that the problem doesn't have.
    """
    promise = next((p for p in schedule.promises if p.order == order), None)
    if promise is None:
        known = ", ".join(p.order for p in schedule.promises[:5])
        raise BadInput(Finding("orders", order, "an unknown order", f"one of {known}", "Give an open order."))
    if promise.late_by_s <= 0:
        return Explanation(order, 0.0, (), ())
    free = ObjectiveWeights(machine_change=0.0, start_shift=0.0)
    answers: list[Counterfactual] = []
    for change, altered in _changes(problem, schedule, order):
        solved = solve_shop(altered, iterations=iterations, seed=seed, previous=schedule, weights=free)
        late = next(p.late_by_s for p in solved.promises if p.order == order)
        answers.append(Counterfactual(change, late, verified=not validate_shop(altered, solved)))
    answers.sort(key=lambda c: c.late_by_s)
    return Explanation(order, promise.late_by_s, blame_all(problem, schedule).get(order, ()), tuple(answers))
