"""Run CP-SAT in parallel with the search of a small instance: it finds a shorter schedule or proves that there is none.

Each attempt looks for a schedule shorter than the best known at that time and takes twice as long as the previous attempt. A
proof raises the bound at which the search ends.
"""

import threading
from types import TracebackType
from typing import Any

import numpy as np

from nightmill.scheduling.job_shop.solution import Point, Problem, along
from nightmill.scheduling.job_shop.tight_instances import Stopping

OPERATIONS_AT_MOST, CHOICES_AT_MOST = 225, 2000
"""Number of operations and of alternatives up to which CP-SAT is tried: larger instances are hardly ever proved optimal within minutes, and
the search makes better use of the time.
"""
FIRST_S = 2.0
"""Seconds of the first attempt; by then the search has found a schedule that is hard to beat."""


class Prover:
    """A context manager whose thread looks for proofs inside the block; ``offered`` is a schedule that it found, if any."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.offered: Point | None = None
        self._over = threading.Event()
        small = problem.size <= OPERATIONS_AT_MOST and problem.choices.shape[0] <= CHOICES_AT_MOST
        self._thread = threading.Thread(target=self._prove, daemon=True) if small and problem.size > 0 else None

    def settled(self) -> bool:
        """Return whether the schedule found here is proved optimal."""
        return self.offered is not None and self.offered.makespan <= self.problem.bound

    def __enter__(self) -> "Prover":
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _prove(self) -> None:
        seconds = FIRST_S
        while not self._over.wait(seconds / 4.0) and self.problem.found > self.problem.bound and not self.settled():
            attempt(self, seconds, self._over.is_set)
            seconds *= 2.0


def attempt(prover: Prover, seconds: float, stop: Any) -> None:
    """Look once for a schedule shorter than the best known; raise the problem's bound or set ``prover.offered``."""
    from ortools.sat.python import cp_model

    problem, best = prover.problem, prover.problem.found
    if prover.offered is not None:
        best = min(best, prover.offered.makespan)
    model, starts, chosen = _model(problem, best - 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 1, seconds
    with Stopping(solver.stop_search, stop):
        status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        problem.bound = max(problem.bound, best)
        return
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        order = np.argsort([solver.value(start) for start in starts], kind="stable")
        machines = [next(m for m, here in taken if solver.value(here)) for taken in chosen]
        prover.offered = along(problem, order, np.array(machines, dtype=problem.dtype))
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
        problem.bound = max(problem.bound, min(best, int(np.ceil(solver.best_objective_bound - 1e-6))))


def _model(problem: Problem, most: int) -> tuple[Any, list[Any], list[list[tuple[int, Any]]]]:
    """Model all schedules no longer than ``most``: the model, the starts, and the literals of each operation's machines."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    makespan = model.new_int_var(min(problem.bound, most), most, "")
    starts: list[Any] = []
    ends: list[Any] = []
    chosen: list[list[tuple[int, Any]]] = []
    on_machine: list[list[Any]] = [[] for _ in range(problem.machines)]
    jobs = np.repeat(np.arange(problem.jobs), np.diff(problem.job_first)).tolist()
    for op in range(problem.size):
        start, end = model.new_int_var(0, most, ""), model.new_int_var(0, most, "")
        ways = problem.choices[problem.choice_first[op] : problem.choice_first[op + 1], :2].tolist()
        taken: list[tuple[int, Any]] = []
        for machine, time in ways:
            here = model.new_bool_var("") if len(ways) > 1 else model.new_constant(1)
            on_machine[machine].append(model.new_optional_interval_var(start, time, end, here, ""))
            taken.append((machine, here))
        model.add_exactly_one([here for _, here in taken])
        if op and jobs[op] == jobs[op - 1]:
            model.add(start >= ends[-1])
        ends.append(end)
        model.add(makespan >= end)
        starts.append(start)
        chosen.append(taken)
    for intervals in on_machine:
        model.add_no_overlap(intervals)
    model.minimize(makespan)
    return model, starts, chosen
