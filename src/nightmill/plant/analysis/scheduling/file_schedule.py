"""Answer ``nightmill schedule`` for a file: a job shop instance, a problem, or a table of operations."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from nightmill.formats import read_document
from nightmill.plant.workspace.named_files import told_of
from nightmill.vocabulary.errors import BadInput, Finding

if TYPE_CHECKING:
    from nightmill.scheduling import Instance, InstanceSchedule, records


ANSWER_S = 20e-6
"""Seconds per operation reserved from the time limit for checking and writing an instance's schedule."""


USUAL_SEARCH_S = 10.0


def schedule_file(file: Path, *, time_limit_s: float | None, seed: int, objective: str = "") -> dict[str, Any]:
    """Return the answer of ``nightmill schedule``: for an instance file, a problem file, or a shop folder.

    Without ``time_limit_s``, a shop is planned as its loop would plan it, and anything else is searched for ``USUAL_SEARCH_S``.
    ``objective``: comma-separated goals for a shop, most important first (``scheduling.problem.records.Goal``), or their weights.
    """
    from nightmill.plant.analysis.scheduling.goals import read_aim

    aim = read_aim(objective)
    if file.is_dir():
        from nightmill.plant.analysis.scheduling.shop_schedule import schedule_shop

        return schedule_shop(file, seed=seed, aim=aim, search_s=time_limit_s)
    time_limit_s = USUAL_SEARCH_S if time_limit_s is None else time_limit_s
    if file.suffix.lower() == ".json":
        from nightmill.plant.analysis.scheduling.problem_file import is_problem
        from nightmill.plant.analysis.scheduling.problem_schedule import schedule_problem

        if is_problem(read_document(file)):
            return schedule_problem(file, time_limit_s=time_limit_s, seed=seed, aim=aim)
    if file.suffix.lower() == ".csv":
        return _schedule_table(file, time_limit_s=time_limit_s, seed=seed, aim=aim)
    if aim not in ((), ("makespan",)):
        expected = "makespan, the only goal of a job shop instance"
        raise BadInput(Finding("--objective", str(file), objective, expected, "Leave --objective out."))
    from nightmill.scheduling import parse_instance

    form = {".fjs": "fjs", ".json": "json"}.get(file.suffix.lower(), "")
    started = time.monotonic()
    with told_of({file.stem: file}):
        instance = parse_instance(read_document(file), name=file.stem, form=form)
    answer = msgspec.to_builtins(_solved(instance, started + time_limit_s, seed))
    answer["instance"] = instance.name
    return dict(answer)


def _schedule_table(
    file: Path, *, time_limit_s: float, seed: int, aim: "tuple[records.Goal, ...] | records.ObjectiveWeights" = ()
) -> dict[str, Any]:
    """Return the plan for a CSV table: by due dates if it has any, otherwise for the makespan."""
    from nightmill.plant.analysis.scheduling import routing_csv
    from nightmill.plant.analysis.scheduling.problem_schedule import plan_problem

    started = time.monotonic()
    routing = routing_csv.read_routing(read_document(file), str(file))
    if not routing.has_due_dates and aim in ((), ("makespan",)):
        instance = routing_csv.instance_of(routing, file.stem)
        return routing_csv.named_answer(routing, _solved(instance, started + time_limit_s, seed))
    problem = routing_csv.problem_of_routing(routing)
    with told_of({"shop problem": file}):
        answer = plan_problem(problem, time_limit_s=time_limit_s, seed=seed, aim=aim)
    steps = {op.id: op.operation for op in problem.operations}
    for row in answer["operations"]:
        row["operation"] = steps[row["operation"]]
    return answer


def _solved(instance: "Instance", until: float, seed: int) -> "InstanceSchedule":
    """Search the instance until a deadline, on all cores, and validate the result."""
    from nightmill.scheduling import solve_instance, validate_instance

    ends = until - ANSWER_S * sum(map(len, instance.jobs))
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        found = solve_instance(
            instance, stop=lambda: time.monotonic() >= ends, iterations=1 << 40, seed=seed, executor=threads
        )
    broken = validate_instance(instance, found)
    if broken:
        raise AssertionError(f"the solver violated its own rules: {broken[0].detail}")
    return found
