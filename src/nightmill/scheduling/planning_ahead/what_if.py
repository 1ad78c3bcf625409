"""Compare many what-ifs: decode the shop as it is and each changed shop by the same rule, and rank them by the gain.

Decoding gives a first estimate: it ranks the changes, but doesn't show how much lateness they save compared with the
plan in force, since decoding a plan again loses much of what its search has gained. Therefore the leading changes are
searched, each starting from that plan, or from its decoding in the changed shop if that is better.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import Known, build_memory, known_of
from nightmill.scheduling.engine.state import Ints, Memory
from nightmill.scheduling.problem.pallet_loads import full_loads, planned_loads
from nightmill.scheduling.problem.records import FREE, ObjectiveWeights, ShopProblem, ShopSchedule, urged
from nightmill.scheduling.rescheduling.live_schedule import LivePlan, steps
from nightmill.scheduling.search.solve import RULES, Rule, plan_by_rule, plan_of, unattended_s
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.executor import Executor, InTurn, Pending

UNDER_WAY = 8
SEARCHED, MOST_SEARCHED, STEPS = 20, 40, 400
"""Number of leading changes that are searched, and search steps for each. If other changes rank among the leaders
afterwards, those are searched too, up to a limit.
"""
Spread = Callable[[Callable[[int], Any], Iterable[int]], list[Any]]
"""A function that maps integers and keeps their order."""


class Scenario(msgspec.Struct, frozen=True):
    """The effect of a change: lateness and unattended cutting with the change, and the weighted lateness saved.

    ``searched``: found by a search from the plan in force, or from its decoding if that is better; otherwise an estimate by
    decoding.
    """

    name: str
    weighted_tardiness_s: float
    unattended_s: float
    gain_s: float
    searched: bool = False


def compare_scenarios(
    problem: ShopProblem,
    changes: Iterable[tuple[str, ShopProblem]],
    *,
    schedule: ShopSchedule | None = None,
    executor: Executor | None = None,
    spread: Spread | None = None,
) -> tuple[Scenario, ...]:
    """Rank changed shops by the weighted tardiness that each saves, largest first (ties by name).

    Each changed shop, and the shop as it is, is decoded in the sequence of ``schedule``, which is good for the shop as it is,
    on whichever machine is free first. Without a schedule, or if a change adds parts, it is decoded by the rule that suits the
    shop as it is. There is no search: this is a fast and fair first comparison, whose best changes are worth a ``solve_shop``.
    ``spread`` sends the changes to other computers (a map such as ``workers.ray_map`` returns), with the same result. Raises
    ``BadInput`` for a shop that contradicts itself or whose attendance ends too soon.
    """
    if not problem.operations:
        return tuple(sorted((Scenario(name, 0.0, 0.0, 0.0) for name, _ in changes), key=lambda scenario: scenario.name))

    def loaded(shop: ShopProblem) -> ShopProblem:
        return planned_loads(shop, schedule) if schedule else full_loads(shop)

    problem, changes = loaded(problem), [(name, loaded(changed)) for name, changed in changes]
    check_problem(problem)
    known = known_of(problem)
    rule, _ = _suited(problem, known)
    sequence = _sequence(problem, schedule, known) if schedule else None
    ruled, base = (
        _decoded("as it is", problem, *_prepared(problem, rule, order, known))[0] for order in (None, sequence)
    )
    if spread is not None:
        figures = spread(partial(_numbered, changes, rule, sequence, known), range(len(changes)))
        gains = ((base if len(c.operations) == len(problem.operations) else ruled) for _, c in changes)
        rows = zip(changes, figures, gains, strict=True)
        return _ranked(
            [Scenario(name, late_s, alone_s, usual - late_s) for (name, _), (late_s, alone_s), usual in rows]
        )
    runner = executor or InTurn()
    found: list[Scenario] = []
    under_way: deque[tuple[str, bool, Pending]] = deque()

    def take() -> None:
        name, same, task = under_way.popleft()
        tardiness, unattended = task.result()
        found.append(Scenario(name, tardiness, unattended, (base if same else ruled) - tardiness))

    for name, changed in changes:
        same = len(changed.operations) == len(problem.operations)
        under_way.append(
            (name, same, runner.submit(_decoded, name, changed, *_prepared(changed, rule, sequence, known)))
        )
        if len(under_way) >= UNDER_WAY:
            take()
    while under_way:
        take()
    return _ranked(found)


def search_leaders(
    problem: ShopProblem,
    changes: Mapping[str, ShopProblem],
    found: Sequence[Scenario],
    schedule: ShopSchedule,
    *,
    executor: Executor | None = None,
    seed: int = 0,
) -> tuple[float, tuple[Scenario, ...]]:
    """Search the leading changes; return the weighted tardiness of the plan in force after a short search, and the saving of each change.

    ``schedule`` is the plan in force, ``found`` the ranking of ``compare_scenarios`` for the shops of ``changes``. The leaders
    are searched, each from that plan or from its decoding, whichever is better, with as many steps as the shop as it is;
    deadlines are kept first. All other changes rank behind them: the fraction of lateness that they save (or add) by decoding
    is applied to the searched plan.
    """
    if not problem.operations:
        return 0.0, tuple(found)
    runner = executor or InTurn()
    base, _ = _improved(problem, schedule, seed)
    known = {scenario.name: _scaled(scenario, base) for scenario in found}
    ranking = list(known.values())
    searched = 0
    while searched < MOST_SEARCHED:
        asked = [each.name for each in ranking[:SEARCHED] if not each.searched][: MOST_SEARCHED - searched]
        if not asked:
            break
        tasks = [runner.submit(_improved, changes[name], schedule, seed) for name in asked]
        for name, task in zip(asked, tasks, strict=True):
            late_s, alone_s = task.result()
            known[name] = Scenario(name, late_s, alone_s, base - late_s, searched=True)
        searched += len(asked)
        ranking = sorted(known.values(), key=lambda each: (-each.gain_s, not each.searched, each.name))
    return base, tuple(sorted(known.values(), key=lambda each: (not each.searched, -each.gain_s, each.name)))


def _improved(problem: ShopProblem, schedule: ShopSchedule, seed: int) -> tuple[float, float]:
    """Weighted tardiness and unattended seconds of a plan searched from the plan in force, deadlines kept first.

    The reasons for lateness, which take longer to find, are left out.
    """
    plan = LivePlan(urged(problem), schedule, weights=FREE, may_change=1.0, seed=seed)
    _decode_where_better(plan, schedule)
    plan.improve(steps(STEPS))
    done_s = zip(problem.orders, plan.memory.order_done.tolist(), strict=True)
    late_s = sum(order.weight * max(0.0, at_s - order.due_s) for order, at_s in done_s)
    return late_s, unattended_s(plan.problem, plan.memory)


def _decode_where_better(plan: LivePlan, schedule: ShopSchedule) -> None:
    """Decode the shop in the sequence of the plan in force, on whichever machine is free first; keep the result if it costs
    less than the plan.

    A change may free capacity throughout a large shop, more than a few search steps can fill.
    """
    memory, cost = plan.memory, plan.cost
    f, n = memory.f.copy(), memory.n.copy()
    anew = plan_of(memory, plan.layout, schedule)
    anew.choice[:] = -1
    decode(memory.f, memory.n, *anew.parts())
    placed = memory.times[:, s.DONE].max() < s.FAR and not (memory.stop_start >= s.FAR).any()
    if not placed or plan.cost >= cost:
        memory.f[:], memory.n[:] = f, n


def _scaled(scenario: Scenario, base: float) -> Scenario:
    """The result of decoding, scaled to the lateness of the plan in force."""
    usual = scenario.gain_s + scenario.weighted_tardiness_s
    gain = scenario.gain_s * (base / usual if scenario.gain_s > 0.0 else 1.0)
    return msgspec.structs.replace(scenario, weighted_tardiness_s=base - gain, gain_s=gain)


def _ranked(found: list[Scenario]) -> tuple[Scenario, ...]:
    return tuple(sorted(found, key=lambda scenario: (-scenario.gain_s, scenario.name)))


def _numbered(
    changes: list[tuple[str, ShopProblem]], rule: Rule, sequence: Ints | None, like: Known, number: int
) -> tuple[float, float]:
    """Weighted tardiness and unattended seconds of one of the changed shops."""
    name, changed = changes[number]
    return _decoded(name, changed, *_prepared(changed, rule, sequence, like))


Parts = tuple[Ints, Ints, Ints, Ints]


def _prepared(problem: ShopProblem, rule: Rule, sequence: Ints | None, like: Known) -> tuple[Memory, Parts]:
    """Return the memory for a shop similar to a known one, and the plan to decode in it; the known sequence is used only if no
    parts are new.
    """
    check_problem(problem)
    memory, _ = build_memory(problem, ObjectiveWeights(), None, known_of(problem, like))
    plan = plan_by_rule(memory, rule)
    if sequence is not None and sequence.size == memory.chosen.size:
        plan.sequence, plan.night = sequence, np.zeros_like(sequence)
    return memory, plan.parts()


def _sequence(problem: ShopProblem, schedule: ShopSchedule, known: Known) -> Ints:
    memory, layout = build_memory(problem, ObjectiveWeights(), None, known)
    return plan_of(memory, layout, schedule).sequence


def _decoded(name: str, problem: ShopProblem, memory: Memory, plan: Parts) -> tuple[float, float]:
    """Weighted tardiness and unattended seconds of a plan."""
    decode(memory.f, memory.n, *plan)
    return _figures(name, problem, memory)


def _suited(problem: ShopProblem, known: Known) -> tuple[Rule, float]:
    """The rule with the least weighted tardiness for the shop as it is, and that tardiness."""
    tardiness = {rule: _decoded("as it is", problem, *_prepared(problem, rule, None, known))[0] for rule in RULES}
    rule = min(RULES, key=lambda known: tardiness[known])
    return rule, tardiness[rule]


def _figures(name: str, problem: ShopProblem, memory: Memory) -> tuple[float, float]:
    """Weighted tardiness, and seconds cut with nobody present before the horizon."""
    if memory.times.shape[0] and memory.times[:, s.DONE].max() >= s.FAR:
        raise BadInput(
            Finding(
                name,
                "presence",
                "operations that nobody is present for",
                "presence until all work is done",
                "Extend presence.",
            )
        )
    late = np.maximum(0.0, memory.order_done - memory.order_s[:, s.DUE])
    return float(late @ memory.order_s[:, s.WEIGHT]), unattended_s(problem, memory)
