"""Keep only some of a shop's demands, and look for a plan that meets them all by dispatching and a short search."""

from collections.abc import Collection
from typing import Literal

import msgspec

from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.engine.state import DONE, DUE, FAR, Memory
from nightmill.scheduling.problem.records import (
    ObjectiveWeights,
    ShopMachine,
    ShopOperation,
    ShopOrder,
    ShopProblem,
    Window,
)
from nightmill.scheduling.search.parallel_annealing import Crew
from nightmill.scheduling.search.solve import plan_by_rule, plan_in_time

Kind = Literal[
    "deadline", "made at all", "machine down", "machine not free", "presence", "pallets", "material", "machine"
]
STEPS = 2000
PEOPLE = 8
"""A head count high enough never to be a limit. A smaller number could make the search miss a feasible plan, but never
accept an infeasible one.
"""


class Demand(msgspec.Struct, frozen=True):
    """One constraint of a problem: its kind, its subject, and the detail in words."""

    kind: Kind
    subject: str
    detail: str


def said_of(index: int, window: Window) -> str:
    """The detail text for the demand that a machine is down."""
    return f"from {window.start_s:g} s to {window.end_s:g} s (window {index + 1})"


def relaxed(problem: ShopProblem, demands: Collection[Demand]) -> ShopProblem:
    """The problem with only these demands; a deadline becomes a due date.

    Orders without any demand are left out.
    """
    replace = msgspec.structs.replace
    asked = {(d.kind, d.subject) for d in demands}
    down = {(d.subject, d.detail) for d in demands if d.kind == "machine down"}
    bound = {name for kind, name in asked if kind in ("deadline", "made at all")}
    last = max((w.end_s for w in problem.presence if w.persons > 0), default=problem.now_s)
    operations = tuple(
        _operation(op, problem.now_s, asked)
        for op in problem.operations
        if op.order in bound or op.state in ("running", "mounted", "cut")
    )
    named = {op.order for op in operations}
    people = max((w.persons for w in problem.presence), default=1) + PEOPLE
    return replace(
        problem,
        operations=operations,
        orders=tuple(_order(order, asked, last) for order in problem.orders if order.id in named),
        machines=tuple(
            ShopMachine(
                m.id,
                m.free_from_s if ("machine not free", m.id) in asked else problem.now_s,
                tuple(w for index, w in enumerate(m.down) if (m.id, said_of(index, w)) in down),
                places=m.places,
                by_hand=m.by_hand,
            )
            for m in problem.machines
        ),
        presence=problem.presence if ("presence", "people") in asked else (Window(problem.now_s, FAR / 2.0, people),),
        pallets=problem.pallets if ("pallets", "pallets") in asked else problem.pallets_blocked + len(operations) + 1,
        maintenance=(),
        tool_budgets=(),
    )


def _operation(op: ShopOperation, now_s: float, asked: set[tuple[Kind, str]]) -> ShopOperation:
    free = op.state == "waiting" and len(op.alternatives) > 1 and ("machine", op.id) not in asked
    release = op.release_s if ("material", op.order) in asked else now_s
    return msgspec.structs.replace(op, machine="" if free else op.machine, release_s=release)


def _order(order: ShopOrder, asked: set[tuple[Kind, str]], last: float) -> ShopOrder:
    due = FAR / 4.0
    if ("made at all", order.id) in asked:
        due = last
    if ("deadline", order.id) in asked and order.deadline_s is not None:
        due = min(due, order.deadline_s)
    return ShopOrder(order.id, due)


def can_be_planned(problem: ShopProblem, seed: int) -> bool:
    """Return whether a plan with every order on time is found; False proves nothing."""
    if not problem.operations:
        return True
    weights = ObjectiveWeights(flow=0.0, unattended=0.0, machine_change=0.0, start_shift=0.0)
    memory, _ = build_memory(problem, weights, None)
    plans = [plan_in_time(memory, True), plan_by_rule(memory, "edd")]
    costs: list[float] = []
    for plan in plans:
        costs.append(decode(memory.f, memory.n, *plan.parts()))
        if _in_time(memory):
            return True
    best = plans[costs.index(min(costs))]
    with Crew(memory, best.night, decode(memory.f, memory.n, *best.parts()), seed) as crew:
        crew.run(STEPS)
    return _in_time(memory)


def _in_time(memory: Memory) -> bool:
    placed = not memory.times.shape[0] or memory.times[:, DONE].max() < FAR
    return bool(placed and (memory.order_done <= memory.order_s[:, DUE]).all())
