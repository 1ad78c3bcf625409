"""Planning answers on paper: a shop's problem from a file or a folder, a replan after an event, what-ifs in bulk."""

import itertools
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import msgspec

from nightmill.formats import read_document
from nightmill.plant.analysis.late_orders import LateOrders
from nightmill.plant.analysis.schedule_and_twin import SEARCHERS
from nightmill.plant.deciders.scheduling import least_problem
from nightmill.plant.shop_schedule.whole_plan import Aim, problem_of
from nightmill.plant.shop_state.waiting import not_planned
from nightmill.plant.workspace.named_files import told_of
from nightmill.scheduling import (
    Explained,
    LivePlan,
    ahead,
    disruption,
    find_conflict,
    records,
    solve_shop,
    validate_shop,
)
from nightmill.simulation import read_change
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import ray_map

WHAT_IFS = 1000
MOST_NUMBER = 1e12
"""Upper bound of any time, cost or count of a shop (30,000 years in seconds)."""
PLAN_S = 5.0
OF_A_SHOP = ("operations", "orders", "presence", "pallets")
"""Keys that no classic instance has."""
HOT = 0.03
"""Initial acceptance of a worse step, as a share of the usual one, where goals are optimised one after another."""
FORMING_STEPS = 100
"""Steps of the search with which each set of loads is weighed."""


class Change(Protocol):
    """A change of a shop."""

    def apply(self, problem: records.ShopProblem, /) -> records.ShopProblem:
        """Return the problem with this change."""


class TimedEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An event file: what happens, and when."""

    at_s: float
    event: disruption.Disruption


def is_problem(text: str) -> bool:
    """Return whether a JSON text is a shop's scheduling problem rather than a classic instance."""
    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return False
    return "jobs" not in keys and not keys.keys().isdisjoint(OF_A_SHOP)


def read_problem(file: Path) -> records.ShopProblem:
    """Return the problem in a JSON file, or what is left to make in a shop folder. Raises ``BadInput``."""
    if file.is_dir():
        return problem_of(file)
    return read_as(file, records.ShopProblem)


def work_left(file: Path) -> records.ShopProblem:
    """Return the problem, and check that something is left to make. Raises ``BadInput``."""
    problem = read_problem(file)
    if not problem.operations:
        raise BadInput(Finding(str(file), "orders", "nothing left to make", "an open order", "Add one to its orders."))
    return problem


def read_as(file: Path, kind: Any) -> Any:
    """Read a record from a JSON file. Raises ``BadInput`` with the place of the error."""
    text = read_document(file)
    try:
        found = msgspec.json.decode(text, type=kind)
        beyond = next(_implausible(msgspec.json.decode(text), "$"), None)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        what, _, place = str(error).partition(" - at ")
        keys = ", ".join(getattr(kind, "__struct_fields__", ())) if not place else ""
        expected = f"JSON with the keys {keys}, as in docs/scheduling.md" if keys else "JSON as in docs/scheduling.md"
        raise BadInput(Finding(str(file), place.strip("`"), what, expected, "Correct the file.")) from error
    if beyond is not None:
        place, number = beyond
        expected = f"a number from {-MOST_NUMBER:g} to {MOST_NUMBER:g}"
        raise BadInput(Finding(str(file), place, str(number)[:40], expected, "Correct it."))
    return found


def _implausible(value: Any, place: str) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a document that are implausibly large, with their places."""
    if isinstance(value, float | int):
        if abs(value) > MOST_NUMBER:
            yield place, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _implausible(each, f"{place}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _implausible(each, f"{place}[{number}]")


def clock(seconds: float) -> Callable[[], float]:
    """Return a function for the elapsed share of ``seconds`` from now."""
    began = time.monotonic()
    return lambda: (time.monotonic() - began) / max(seconds, 1e-9)


def read_aim(text: str) -> Aim:
    """Parse comma-separated goals, most important first, or weights (``tardiness=1,energy=50``). Raises ``BadInput``."""
    if "=" not in text:
        return _read_goals([name.strip() for name in text.split(",")] if text else [])
    parts = [[word.strip() for word in part.partition("=")[::2]] for part in text.split(",")]
    goals = _read_goals([name for name, _ in parts])
    weights = [float(value) if re.fullmatch(r"\d{1,9}(\.\d*)?", value) else -1.0 for _, value in parts]
    for (name, value), weight in zip(parts, weights, strict=True):
        if weight < 0.0:
            found, expected = value or "no weight", "a number of 0 or more for each goal, like tardiness=1,energy=50"
            raise BadInput(Finding("--objective", name, found, expected, "Correct the list."))
    chosen = dict.fromkeys(records.GOALS, 0.0) | dict(zip(goals, weights, strict=True))
    return records.ObjectiveWeights(machine_change=0.0, start_shift=0.0, **chosen)


def _read_goals(names: list[str]) -> tuple[records.Goal, ...]:
    for at, name in enumerate(names):
        if name not in records.GOALS or name in names[:at]:
            expected = f"each of {', '.join(records.GOALS)} at most once"
            raise BadInput(Finding("--objective", f"goal {at + 1}", repr(name), expected, "Correct the list."))
    return tuple(goal for name in names for goal in records.GOALS if goal == name)


def planned(problem: records.ShopProblem, seconds: float, seed: int, aim: Aim = ()) -> records.ShopSchedule:
    """Return a plan of the problem, searched for ``seconds``; deadlines weigh a thousand times what due dates do.

    Optimises lateness and flow, or the goals of ``aim`` in their order, each with its share of the time, or all by its weights.
    """
    weights, goals = (aim, ()) if isinstance(aim, records.ObjectiveWeights) else (records.FREE, aim)
    urged = records.urged(problem)
    forming = FORMING_STEPS if any(op.per_pallet > 1 for op in problem.operations) else 0
    start = solve_shop(urged, iterations=forming, seed=seed, weights=weights)
    if not problem.operations:
        return start
    plan = LivePlan(urged, start, weights=weights, may_change=1.0, seed=seed)
    if seconds > 0 and goals:
        plan.pursue(goals, lambda: clock(seconds / len(goals)), hot=HOT, searchers=SEARCHERS)
    elif seconds > 0:
        plan.improve(clock(seconds), hot=None, searchers=SEARCHERS)
    return LivePlan(problem, plan.schedule(), weights=records.FREE).schedule()


def schedule_problem(file: Path, *, time_limit_s: float, seed: int, aim: Aim = ()) -> dict[str, Any]:
    """Return the plan of a problem file, seconds as in the file; or the smallest set of its requirements that no plan meets."""
    with told_of({"shop problem": file}):
        return plan_problem(read_as(file, records.ShopProblem), time_limit_s=time_limit_s, seed=seed, aim=aim)


def plan_problem(problem: records.ShopProblem, *, time_limit_s: float, seed: int, aim: Aim = ()) -> dict[str, Any]:
    """Return the plan of a problem, or the smallest set of its requirements that no plan meets.

    The time limit is for the search: loading the kernels, which on a busy machine takes longer than a short search, isn't counted.
    """
    _ready_kernels()
    began = time.monotonic()
    try:
        solve_shop(problem, iterations=0)
        schedule = planned(problem, time_limit_s - (time.monotonic() - began), seed, aim)
    except BadInput:
        conflict = find_conflict(problem)
        if conflict is None:
            raise
        return {"feasible": False, "conflict": msgspec.to_builtins(conflict), "operations": []}
    deadlines = {o.id: o.deadline_s for o in problem.orders if o.deadline_s is not None}
    missed = [p.order for p in schedule.promises if p.promise_s > deadlines.get(p.order, p.promise_s) + 1e-3]
    conflict = find_conflict(problem) if missed else None
    _check_rules(problem, schedule)
    answer = {
        "feasible": True if not missed else False if conflict else None,
        "missed": missed,
        "objective": schedule.weighted_tardiness_s,
        "makespan": max((a.done_s for a in schedule.assignments), default=problem.now_s),
        "lower_bound": schedule.lower_bound_s,
        **msgspec.to_builtins(schedule),
        "operations": [
            {
                "job": ", ".join((a.serial, *a.together)),
                "operation": a.operation,
                "machine": a.machine,
                "start": a.start_s,
                "end": a.end_s,
            }
            for a in schedule.assignments
        ],
        "orders": [
            {"order": p.order, "promise": p.promise_s, "late_by_s": max(0.0, p.late_by_s), "reason": p.reason}
            for p in schedule.promises
        ],
    }
    return answer | {"conflict": msgspec.to_builtins(conflict)} if conflict else answer


def explain_order(
    place: Path,
    order: str,
    *,
    plan: Path | None = None,
    promised: Path | None = None,
    promised_plan: Path | None = None,
) -> records.Explanation:
    """Return why an order of a shop folder, or of a problem file, is late: blame that adds up, and verified counterfactuals.

    Given the problem and plan that a file's order was promised by, changes since then are blamed.
    """
    return LateOrders(place).of(order) if place.is_dir() else _explained(place, plan, promised, promised_plan).of(order)


def explain_late(
    place: Path, *, plan: Path | None = None, promised: Path | None = None, promised_plan: Path | None = None
) -> dict[str, Any]:
    """Return ``explain_order`` for each open order that is ``late``, latest first; shared inputs are read once.

    ``not_planned``: the orders of a shop folder that no plan can be made for, and why; those already due count as late, too.
    """
    if place.is_dir():
        orders = LateOrders(place)
        return {"late": orders.all(), "not_planned": not_planned(orders.state)}
    explained = _explained(place, plan, promised, promised_plan)
    return {"late": tuple(explained.of(order) for order in explained.late()), "not_planned": []}


def _explained(place: Path, plan: Path | None, promised: Path | None, promised_plan: Path | None) -> Explained:
    """Return the plan of a problem file: from a plan file, as far as it fits, or newly made."""
    problem = read_as(place, records.ShopProblem)
    with told_of({"shop problem": place}):
        schedule = in_force(problem, read_as(plan, records.ShopSchedule)) if plan else planned(problem, PLAN_S, 0)
    if promised_plan is None:
        return Explained(problem, schedule)
    before = read_as(promised, records.ShopProblem) if promised else problem
    return Explained(problem, schedule, (before, in_force(before, read_as(promised_plan, records.ShopSchedule))))


def in_force(problem: records.ShopProblem, schedule: records.ShopSchedule) -> records.ShopSchedule:
    """A plan from a file, as far as it fits the problem, with the rest placed again."""
    return LivePlan(problem, schedule, weights=records.FREE).schedule()


def replan(file: Path, event: Path, *, plan: Path | None, time_limit_s: float, seed: int) -> dict[str, Any]:
    """Return what an event changes: the first valid plan at once, and the plan when the time is up, each as a diff.

    Without ``plan`` (a file that ``schedule --json`` or ``replan --json`` wrote) a plan is made first.
    """
    with told_of({"shop problem": file, "event": event}):
        return _replanned(work_left(file), read_as(event, TimedEvent), plan, time_limit_s, seed)


def _replanned(
    problem: records.ShopProblem, given: TimedEvent, plan: Path | None, time_limit_s: float, seed: int
) -> dict[str, Any]:
    found = read_as(plan, records.ShopSchedule) if plan else planned(problem, time_limit_s, seed)
    live = LivePlan(problem, found, seed=seed)
    before = live.schedule()
    _ready_kernels()
    began = time.perf_counter()
    first = live.disrupt(given.event, given.at_s)
    first_s = time.perf_counter() - began
    _check_rules(*live.remaining())
    live.improve(clock(time_limit_s), searchers=SEARCHERS)
    left, schedule = live.remaining()
    _check_rules(left, schedule)
    return {
        "event": msgspec.to_builtins(given.event),
        "at_s": given.at_s,
        "first_s": first_s,
        "first": msgspec.to_builtins(first),
        "final": msgspec.to_builtins(live.difference(before)),
        "problem": msgspec.to_builtins(left),
        "schedule": msgspec.to_builtins(schedule),
    }


def what_ifs(
    file: Path, *, changes: Path | None, seconds: float, seed: int, most: int = WHAT_IFS, ray: str = ""
) -> dict[str, Any]:
    """Rank many changes of a shop by the weighted tardiness that each saves.

    Without a file of ``changes`` (a JSON list of changes, or of lists of changes made together), one more of each machine, shifts, pallets and
    robots are tried, alone and in pairs, up to ``most``. They are tried on all cores, or over the Ray cluster at ``ray``; for the best ones
    a search then starts from the current plan, here.
    """
    with told_of({"shop problem": file, "what-if": changes}):
        return _try_changes(work_left(file), changes, seconds, seed, most, ray)


def _try_changes(
    problem: records.ShopProblem, changes: Path | None, seconds: float, seed: int, most: int, ray: str
) -> dict[str, Any]:
    named = list(_read_changes(changes) if changes else itertools.islice(_default_changes(problem), most))
    shops = {name: _changed(problem, parts) for name, parts in named}
    schedule = planned(problem, seconds, seed)
    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads, ray_map(ray) if ray else nullcontext() as spread:
        found = ahead.compare_scenarios(problem, shops.items(), schedule=schedule, executor=threads, spread=spread)
        late_s, ranking = ahead.search_leaders(problem, shops, found, schedule, executor=threads, seed=seed)
    return {
        "what_ifs": len(ranking),
        "seconds": time.perf_counter() - began,
        "weighted_tardiness_s": late_s,
        "ranking": msgspec.to_builtins(ranking),
    }


def _changed(problem: records.ShopProblem, parts: tuple[Change, ...]) -> records.ShopProblem:
    for part in parts:
        problem = part.apply(problem)
    return problem


def _read_changes(file: Path) -> Iterator[tuple[str, tuple[Change, ...]]]:
    for listed in read_as(file, list[msgspec.Raw]):
        text = bytes(listed)
        together = msgspec.json.decode(text, type=list[msgspec.Raw]) if text.lstrip()[:1] == b"[" else [listed]
        yield text.decode(), tuple(read_change(bytes(one)) for one in together)


def _default_changes(problem: records.ShopProblem) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Yield what a shop may buy: single changes first, then pairs of different kinds."""
    kinds: list[list[dict[str, Any]]] = [
        [{"add_machine": f"{m.id} (second)", "like": m.id} for m in problem.machines],
        [
            {"second_shift": {"begins_h": float(begin), "ends_h": float(begin + 8), "persons": persons}}
            for begin in range(0, 24, 2)
            for persons in (1, 2)
        ],
        [{"pallets": problem.pallets + more} for more in (1, 2, 4, 8, 16, 32)],
        [{"robot_move_s": problem.move_s * share} for share in (0.75, 0.5, 0.25)],
    ]
    texts = [[msgspec.json.encode(change).decode() for change in kind] for kind in kinds]
    for text in itertools.chain(*texts):
        yield text, (read_change(text),)
    for one, two in itertools.combinations(texts, 2):
        for first, second in itertools.product(one, two):
            yield f"[{first},{second}]", (read_change(first), read_change(second))


def _ready_kernels() -> None:
    """Repair the smallest possible plan, so that the kernels are loaded before they are needed."""
    problem = least_problem()
    live = LivePlan(problem, solve_shop(problem, iterations=1))
    live.disrupt(disruption.Breakdown("mill", 10.0), 1.0)


def _check_rules(problem: records.ShopProblem, schedule: records.ShopSchedule) -> None:
    broken = [v for v in validate_shop(problem, schedule) if v.rule != "deadline kept"]
    if broken:
        raise AssertionError(f"the solver broke the shop's rules: {broken[0].detail}")
