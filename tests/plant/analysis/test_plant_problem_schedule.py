"""What ``--time-limit`` counts: the search, and not what a busy machine takes to load it."""

from types import SimpleNamespace
from typing import Any

import pytest

from nightmill.plant.analysis.scheduling import problem_schedule
from nightmill.scheduling import records


def test_loading_the_kernels_takes_nothing_of_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, given, real = [0.0], list[float](), problem_schedule.planned

    def load() -> None:
        passed[0] += 100.0

    def planned(problem: records.ShopProblem, seconds: float, *rest: Any) -> records.ShopSchedule:
        given.append(seconds)
        return real(problem, 0.0, *rest)

    monkeypatch.setattr(problem_schedule, "ready_kernels", load)
    monkeypatch.setattr(problem_schedule, "planned", planned)
    monkeypatch.setattr(problem_schedule, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    run = records.Alternative("mill", 60.0)
    part = records.ShopOperation("part|cut", "part", "order", "cut", (run,), mount_s=60.0, dismount_s=60.0)
    order, day = records.ShopOrder("order", 1e5), (records.Window(0.0, 1e6),)
    problem = records.ShopProblem(0.0, 1e6, (records.ShopMachine("mill"),), (part,), (order,), day, 1)
    assert problem_schedule.plan_problem(problem, time_limit_s=4.0, seed=0)["feasible"]
    assert passed == [100.0]
    assert given == [4.0]
