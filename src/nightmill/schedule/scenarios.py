"""Many what-ifs at once: the shop as it is and as it might be, each decoded by the same rule, ranked by what is gained."""

from collections import deque
from collections.abc import Iterable

import msgspec
import numpy as np

from nightmill.schedule.arrays import build_memory, check_problem
from nightmill.schedule.elites import Executor, InTurn, Pending
from nightmill.schedule.kernel import decode
from nightmill.schedule.memory import DONE, DUE, END, FAR, START, WEIGHT, Floats, Ints, Memory
from nightmill.schedule.records import ObjectiveWeights, ShopProblem
from nightmill.schedule.solve import RULES, Rule, plan_by_rule
from nightmill.vocabulary.errors import BadInput, Finding

UNDER_WAY = 8


class Scenario(msgspec.Struct, frozen=True):
    """What a change would do: lateness and unattended cutting with it, and the weighted lateness that it saves."""

    name: str
    weighted_tardiness_s: float
    unattended_s: float
    gain_s: float


def compare_scenarios(
    problem: ShopProblem, changes: Iterable[tuple[str, ShopProblem]], *, executor: Executor | None = None
) -> tuple[Scenario, ...]:
    """Rank changed shops by the weighted tardiness that each saves, most first (ties by name).

    All are dispatched by the rule that suits the shop as it is, without search: a fast and fair first look, whose best
    are worth a ``solve_shop``. Raises ``BadInput`` for a shop that contradicts itself or whose presence ends too soon.
    """
    if not problem.operations:
        return tuple(sorted((Scenario(name, 0.0, 0.0, 0.0) for name, _ in changes), key=lambda scenario: scenario.name))
    rule, base = _suited(problem)
    runner = executor or InTurn()
    found: list[Scenario] = []
    under_way: deque[tuple[str, ShopProblem, Pending]] = deque()

    def take() -> None:
        name, changed, task = under_way.popleft()
        tardiness, unattended = _figures(name, changed, task.result())
        found.append(Scenario(name, tardiness, unattended, base - tardiness))

    for name, changed in changes:
        under_way.append((name, changed, runner.submit(_decoded, *_prepared(changed, rule))))
        if len(under_way) >= UNDER_WAY:
            take()
    while under_way:
        take()
    return tuple(sorted(found, key=lambda scenario: (-scenario.gain_s, scenario.name)))


def _prepared(problem: ShopProblem, rule: Rule) -> tuple[Memory, tuple[Ints, Ints, Ints, Ints]]:
    check_problem(problem)
    memory, _ = build_memory(problem, ObjectiveWeights(), None)
    return memory, plan_by_rule(memory, rule).parts()


def _decoded(memory: Memory, plan: tuple[Ints, Ints, Ints, Ints]) -> Memory:
    decode(memory.f, memory.n, *plan)
    return memory


def _suited(problem: ShopProblem) -> tuple[Rule, float]:
    """The rule with the least weighted tardiness for the shop as it is, and that."""
    tardiness = {rule: _figures("as it is", problem, _decoded(*_prepared(problem, rule)))[0] for rule in RULES}
    rule = min(RULES, key=lambda known: tardiness[known])
    return rule, tardiness[rule]


def _figures(name: str, problem: ShopProblem, memory: Memory) -> tuple[float, float]:
    """Weighted tardiness, and seconds cut with nobody present before the horizon."""
    if memory.times.shape[0] and memory.times[:, DONE].max() >= FAR:
        raise BadInput(
            Finding(
                name,
                "presence",
                "operations that nobody is there for",
                "presence until all work is done",
                "Lengthen it.",
            )
        )
    late = np.maximum(0.0, memory.order_done - memory.order_s[:, DUE])
    begins = np.maximum(problem.now_s, memory.times[:, START])
    ends = np.minimum(memory.times[:, END], problem.horizon_s)
    alone = _absent_until(memory, ends) - _absent_until(memory, np.minimum(begins, ends))
    return float(late @ memory.order_s[:, WEIGHT]), float(alone.sum())


def _absent_until(memory: Memory, moments: Floats) -> Floats:
    """Seconds with nobody present before each moment."""
    absent = memory.absent
    if not len(absent):
        return np.zeros(moments.size)
    before = np.concatenate(([0.0], np.cumsum(absent[:, 1] - absent[:, 0])))
    index = np.searchsorted(absent[:, 0], moments, side="right")
    over = np.maximum(0.0, absent[np.maximum(index - 1, 0), 1] - moments)
    return np.asarray(before[index] - np.where(index > 0, over, 0.0))
