"""The schedule that the loop makes and keeps in force, with as much work as can be done.

However large a new order is, a shop keeps planning as many parts as can be done: first the
started parts, then the others by due date. The rest is planned when its days come nearer.
"""

from collections.abc import Callable, Iterable

import msgspec

from nightmill.floor import ShopState
from nightmill.plant.shop_schedule.batch_processes import seated
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.ids import scheduled_id

LATER = "beyond the days with known shifts, to be planned later: parts of"
HALVINGS = 4
"""How often half of the waiting parts are left out, if there are too few people or pallets for the work that mills and hands could do."""
Planner = Callable[[records.ShopProblem], records.ShopSchedule]

SEARCH_STEPS = 600
"""Search steps for each new plan; one step removes a few parts and reinserts them."""

WEIGHTS = records.ObjectiveWeights(unattended=0.0)
"""A reward for night cuts would postpone the same work in every new plan. Due dates and flow time determine the
order of work; the floor fills the night with the parts it mounts in the evening."""


class Reached(msgspec.Struct, frozen=True):
    """A plan, and the orders with parts left out of it, for which it has no date."""

    plan: records.ShopSchedule
    beyond: frozenset[str]


def reached(problem: records.ShopProblem, planner: Planner) -> Reached:
    """Plan all of ``problem``, or as much of it as can be done. Raises ``BadInput`` if planning fails for a reason other than capacity."""
    waiting = _waiting(problem)
    kept = _within_capacity(problem, waiting) or waiting
    for left in range(HALVINGS, -1, -1):
        part = problem if len(kept) == len(waiting) else _without(problem, set(waiting[len(kept) :]))
        try:
            plan = planner(part)
        except BadInput:
            if left == 0 or len(kept) < 2:
                raise
            kept = kept[: len(kept) // 2]
            continue
        left_out = set(waiting[len(kept) :])
        beyond = frozenset(each.order for each in problem.operations if each.serial in left_out)
        promises = tuple(each for each in plan.promises if each.order not in beyond)
        return Reached(msgspec.structs.replace(plan, promises=promises) if beyond else plan, beyond)
    raise AssertionError("the last try either returns or raises")


def loop_plan(state: ShopState, problem: records.ShopProblem) -> records.ShopSchedule:
    """Return the schedule as the loop would make it from here."""
    from nightmill.scheduling import dispatch_shop, solve_shop

    if state.policy == "conventional":
        return seated(problem, dispatch_shop(problem, "edd"))
    found = solve_shop(problem, iterations=SEARCH_STEPS, seed=state.seed, previous=in_force(state), weights=WEIGHTS)
    return seated(problem, found)


def in_force(state: ShopState) -> records.ShopSchedule | None:
    """Return the schedule in force in the solver's form: the search's starting point, and the reference for the cost of changes."""
    return as_logged(
        _place(scheduled_id(line.serial, line.operation), line.serial, state.parts[line.serial].order, line)
        for line in state.schedule
    )


def as_logged(rows: Iterable[records.Assignment]) -> records.ShopSchedule | None:
    """Return the part of a schedule that the loop still knows when it re-plans: mount and cut of each operation, nothing after that.

    So a kept plan isn't quite the plan that was found, and a long search without events in between gains less.
    """
    lines = tuple(_place(row.operation, row.serial, row.order, row) for row in rows)
    return records.ShopSchedule(lines, (), (), 0.0, 0.0, 0.0, 0.0, 0) if lines else None


def _place(operation: str, serial: str, order: str, row: e.ScheduleLine | records.Assignment) -> records.Assignment:
    return records.Assignment(
        operation, serial, order, row.machine, row.mount_s, row.start_s, row.end_s, row.end_s, row.end_s
    )


def within_reach(problem: records.ShopProblem) -> bool:
    """Return whether people and mills could, at best, do all of ``problem`` in its known shifts."""
    waiting = _waiting(problem)
    return len(_within_capacity(problem, waiting)) == len(waiting)


def _waiting(problem: records.ShopProblem) -> list[str]:
    """Return unstarted parts, by due date, weight and the given order."""
    orders = {order.id: order for order in problem.orders}
    started = {each.serial for each in problem.operations if each.state != "waiting"}
    of_order = {each.serial: orders[each.order] for each in problem.operations if each.serial not in started}
    return sorted(of_order, key=lambda serial: (of_order[serial].due_s, -of_order[serial].weight))


def _within_capacity(problem: records.ShopProblem, waiting: list[str]) -> list[str]:
    """Return the first of ``waiting`` that people and mills could, at best, do in the known shifts.

    Mills cut all the time while somebody is present; at other times, no more than is on the pallets.
    """
    hand_s = sum(w.persons * (w.end_s - max(w.start_s, problem.now_s)) for w in problem.presence if w.end_s > problem.now_s)  # fmt: skip
    cut_s = _cutting_s(problem)
    places = {machine.id: machine.places for machine in problem.machines}
    hands: dict[str, float] = {}
    cuts: dict[str, float] = {}
    for each in problem.operations:
        mount_s = each.mount_s if each.state == "waiting" else 0.0
        run_s = (
            min(a.run_s / places[a.machine] for a in each.alternatives) if each.state in {"waiting", "mounted"} else 0.0
        )
        hands[each.serial] = hands.get(each.serial, 0.0) + mount_s + each.dismount_s
        cuts[each.serial] = cuts.get(each.serial, 0.0) + run_s
    chosen = set(waiting)
    hand_s -= sum(seconds for serial, seconds in hands.items() if serial not in chosen)
    cut_s -= sum(seconds for serial, seconds in cuts.items() if serial not in chosen)
    for number, serial in enumerate(waiting):
        hand_s, cut_s = hand_s - hands[serial], cut_s - cuts[serial]
        if hand_s < 0.0 or cut_s < 0.0:
            return waiting[:number]
    return waiting


def _cutting_s(problem: records.ShopProblem) -> float:
    """Return the seconds that all mills together can cut until the end of the known shifts."""
    mills = len(problem.machines)
    loaded = problem.pallets + sum(machine.places for machine in problem.machines if machine.by_hand)
    longest_s = max((min(a.run_s for a in each.alternatives) for each in problem.operations), default=0.0)
    there = sorted((max(w.start_s, problem.now_s), w.end_s) for w in problem.presence if w.persons and w.end_s > problem.now_s)  # fmt: skip
    total, at = 0.0, problem.now_s
    for begin, end in there:
        if begin > at:
            total += min(mills * (begin - at), loaded * longest_s)
        total += mills * max(0.0, end - max(at, begin))
        at = max(at, end)
    return total


def _without(problem: records.ShopProblem, serials: set[str]) -> records.ShopProblem:
    operations = tuple(each for each in problem.operations if each.serial not in serials)
    wanted = {each.order for each in operations}
    orders = tuple(order for order in problem.orders if order.id in wanted)
    return msgspec.structs.replace(problem, operations=operations, orders=orders)
