"""Dispatching in time: every operation once, what matters most first, begun work where it is."""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nightmill.scheduling import records
from nightmill.scheduling.engine.decode import decode
from nightmill.scheduling.engine.encode import build_memory
from nightmill.scheduling.search.dispatch_rules import dispatched
from nightmill.scheduling.search.solve import RULES, plan_by_rule, plan_in_time

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))

from night_shop import SHAPES, night_shop

WEIGHTS = records.ObjectiveWeights()


def one_machine(dues: list[float], runs: list[float]) -> records.ShopProblem:
    operations = [
        records.ShopOperation(f"o{k}", f"s{k}", f"w{k}", "op", (records.Alternative("M", run),), 60.0, 60.0)
        for k, run in enumerate(runs)
    ]
    return records.ShopProblem(
        now_s=0.0,
        horizon_s=86400.0,
        machines=(records.ShopMachine("M"),),
        operations=tuple(operations),
        orders=tuple(records.ShopOrder(f"w{k}", due) for k, due in enumerate(dues)),
        presence=(records.Window(0.0, 1e7),),
        pallets=4,
    )


@pytest.mark.parametrize("by_date", [True, False])
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_operation_once(shape: str, by_date: bool) -> None:
    problem = night_shop(5, 6, 120, 0.8, SHAPES[shape])
    memory, layout = build_memory(problem, WEIGHTS, None)
    plan = plan_in_time(memory, by_date)
    wanted = Counter(op.serial for op in layout.operations)
    assert Counter(layout.serials[serial] for serial in plan.sequence) == wanted
    assert decode(memory.f, memory.n, *plan.parts()) < 1e12


def test_by_due_date_and_by_what_an_hour_costs() -> None:
    problem = one_machine([5e4, 3e4, 4e4], [3600.0, 3600.0, 3600.0])
    memory, _ = build_memory(problem, WEIGHTS, None)
    assert dispatched(memory, np.zeros(0, dtype=np.int64), True).tolist() == [1, 2, 0]
    late = one_machine([0.0, 0.0, 0.0], [7200.0, 1800.0, 3600.0])
    memory, _ = build_memory(late, WEIGHTS, None)
    assert dispatched(memory, np.zeros(0, dtype=np.int64), False).tolist() == [1, 2, 0]


def test_long_routes_take_turns() -> None:
    """Where all parts go through long routes, dispatching in time beats every rule over whole parts on some shop."""
    gains = []
    for seed in range(1, 4):
        memory, _ = build_memory(night_shop(seed, 4, 200, 0.85), WEIGHTS, None)
        whole = min(decode(memory.f, memory.n, *plan_by_rule(memory, rule).parts()) for rule in RULES)
        timed = min(decode(memory.f, memory.n, *plan_in_time(memory, by).parts()) for by in (False, True))
        gains.append(timed / whole)
    assert min(gains) < 0.9
