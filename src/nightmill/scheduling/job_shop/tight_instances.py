"""Deduce a schedule as short as the bound, for job shops that are packed too tightly for search.

If machines are busy all the time and jobs nearly so, a schedule that meets the bound leaves every operation little room to
move. Local search would only move from one long schedule to the next, since each misplaced operation displaces others. Machines
with work for the whole bound can't wait, and that alone leaves hardly any choice (``no_idle_search``). Otherwise CP-SAT narrows
the starts down by propagation.
"""

import threading
from collections.abc import Callable

import numpy as np

from nightmill.scheduling.job_shop.disjunctive_graph import Ints
from nightmill.scheduling.job_shop.no_idle_search import EARLIEST, LATEST, without_gaps
from nightmill.scheduling.job_shop.solution import Point, Problem, along

FULL = 0.95
"""Average fraction of the bound that machines must be busy for the attempt to be made."""
LONG = 0.6
"""Fraction of the bound that the job of an average operation must take."""
OPERATIONS_AT_MOST = 200_000
TAKEN_BACK_AT_MOST = 5_000_000
"""Most choices that the search for a schedule without gaps takes back; this costs some tenths of a second."""
EFFORT = 0.5
"""CP-SAT's deterministic time without a stop condition: ten times the need of an instance with 10,000 operations."""
SECONDS = 30.0
"""CP-SAT's time with a stop condition."""
LOOKS_PER_S = 20


def packed(problem: Problem, stop: Callable[[], bool] | None) -> Point | None:
    """Return a schedule that meets the bound, if the instance is tightly packed and one is found."""
    if not _is_packed(problem):
        return None
    starts = _starts_without_gaps(problem, stop)
    if starts is None and not (stop is not None and stop()):
        starts = _starts_within(problem, stop)
    return None if starts is None else along(problem, np.argsort(starts, kind="stable"), problem.choices[:, 0])


def _is_packed(problem: Problem) -> bool:
    """Return whether the attempt is promising; instances with zero times are excluded, since such operations may share
    a moment.
    """
    times = problem.choices[:, 1]
    if problem.flexible or not 0 < problem.size <= OPERATIONS_AT_MOST or times.min() <= 0:
        return False
    jobs = np.repeat(np.arange(problem.jobs), np.diff(problem.job_first))
    long = np.bincount(jobs, times)[jobs].mean()
    return bool(times.sum() >= FULL * problem.bound * problem.machines and long >= LONG * problem.bound)


def _starts_without_gaps(problem: Problem, stop: Callable[[], bool] | None) -> Ints | None:
    """Starts (operations,) of a schedule that ends at the bound; None if some machine has less work than that, or none is found."""
    machines, times = problem.choices[:, 0], problem.choices[:, 1]
    loads = np.bincount(machines, times, problem.machines)
    if (loads[loads > 0] < problem.bound).any():
        return None
    done = np.cumsum(times, dtype=np.int64)
    rests = np.repeat(done[problem.last], np.diff(problem.job_first)[np.diff(problem.job_first) > 0]) - done + times
    shop = machines, times, rests, problem.job_first, problem.machines, problem.bound
    told = np.zeros(1, dtype=np.int64)
    with Stopping(lambda: told.fill(1), stop or (lambda: False)):
        for way in (LATEST, EARLIEST):
            starts: Ints = without_gaps(*shop, way, TAKEN_BACK_AT_MOST, told)
            if starts.size:
                return starts
    return None


def _starts_within(problem: Problem, stop: Callable[[], bool] | None) -> Ints | None:
    """Starts (operations,) of a schedule that ends at the bound; None if none is found in time."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    starts: list[cp_model.IntVar] = []
    on_machine: list[list[cp_model.IntervalVar]] = [[] for _ in range(problem.machines)]
    machines, times = problem.choices[:, 0].tolist(), problem.choices[:, 1].tolist()
    for first, last in zip(problem.job_first[:-1].tolist(), problem.job_first[1:].tolist(), strict=True):
        head, room = 0, problem.bound - sum(times[first:last])
        for op in range(first, last):
            starts.append(model.new_int_var(head, head + room, ""))
            on_machine[machines[op]].append(model.new_fixed_size_interval_var(starts[op], times[op], ""))
            if op > first:
                model.add(starts[op] >= starts[op - 1] + times[op - 1])
            head += times[op]
    for intervals in on_machine:
        model.add_no_overlap(intervals)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if stop is None:
        solver.parameters.max_deterministic_time = EFFORT
        status = solver.solve(model)
    else:
        solver.parameters.max_time_in_seconds = SECONDS
        with Stopping(solver.stop_search, stop):
            status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return np.array([solver.value(start) for start in starts], dtype=problem.dtype)


class Stopping:
    """A context manager that polls ``stop`` inside the block, and calls ``end`` once ``stop`` returns true."""

    def __init__(self, end: Callable[[], None], stop: Callable[[], bool]) -> None:
        self.end, self.stop, self.over = end, stop, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.over.wait(1.0 / LOOKS_PER_S):
            if self.stop():
                self.end()

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
