"""Rough-cut capacity by week: the load from open work on machines, people and pallets, and purchases that would relieve it.

A linear programme (HiGHS through scipy): operations that can be cut on the same machines, may start in the same week and are
due in the same week are pooled, and each pool is spread over machines and weeks so that weighted lateness is least. Sequence,
nights and tools are left out: the real plan can only be later than this. Purchasing is a mixed-integer programme over the same
model: first it finds the least lateness with everything on offer, then the lowest cost that achieves it.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.scheduling.diagnosis.energetic_reasoning import free_spans
from nightmill.scheduling.engine.repair_timing import with_repairs
from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.pallet_loads import full_loads
from nightmill.scheduling.problem.records import ShopOperation, ShopProblem, Window
from nightmill.scheduling.validation.problem_check import check_problem
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.units import HOUR_S, WEEK_S

Floats = NDArray[np.float64]
EARLY = 1e-4
"""Penalty of a week's wait in weeks of lateness, so that work that is not late is still done as early as possible."""
PEOPLE, PALLETS = "people", "pallets"


class WeekLoad(msgspec.Struct, frozen=True):
    """One resource (a machine, ``people`` or ``pallets``) in one week: hours required and hours available.

    If a machine has several places, hours are counted per place. ``worth``: weighted hour-weeks of lateness that one more hour would save
    (the programme's dual).
    """

    week: int
    begin_s: float
    resource: str
    load_h: float
    capacity_h: float
    worth: float


class RoughCut(msgspec.Struct, frozen=True):
    """Loads by week and resource, and hours of work that is late by a week or more, by the week in which it was due."""

    weeks: tuple[WeekLoad, ...]
    late_h: dict[int, float]
    late_cost: float


class MachineForSale(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="machine"):
    """Machines on offer with the same capabilities as ``like``, at a ``cost`` each for the period considered."""

    like: str
    cost: float
    most: int = 1


class PalletForSale(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="pallet"):
    """Pallets on offer at a ``cost`` each."""

    cost: float
    most: int


class Overtime(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="overtime"):
    """Overtime on offer at a ``cost`` per hour, with a weekly limit."""

    cost: float
    most_h_a_week: float


ForSale = MachineForSale | PalletForSale | Overtime


class Bought(msgspec.Struct, frozen=True):
    """One purchase: a quantity, or hours of overtime in ``week``, and the cost; ``like``: the machine of which another one is bought."""

    what: str
    amount: float
    cost: float
    week: int | None = None
    like: str | msgspec.UnsetType = msgspec.UNSET


class Purchase(msgspec.Struct, frozen=True):
    """The cheapest purchase that gives the least lateness, and the lateness without and with the purchase (weighted hour-weeks)."""

    bought: tuple[Bought, ...]
    cost: float
    late_cost_before: float
    late_cost: float


class _Work(msgspec.Struct):
    """Pooled operations: seconds on each machine that can do them, handling, and the weeks they belong in."""

    machines: tuple[str, ...]
    first: int
    due: int
    weight: float
    run_s: Floats
    hands_s: float = 0.0


class _Programme:
    """The linear programme; a column is the fraction of a pool done on a machine in a week (the week after the last: never)."""

    def __init__(self, problem: ShopProblem, weeks: int) -> None:
        check_problem(problem)
        if weeks < 1:
            raise BadInput(Finding("weeks", str(weeks), "none", "at least one week", "Give more weeks."))
        problem = with_repairs(problem)
        self.problem, self.weeks = problem, weeks
        self.begins = [problem.now_s] + [problem.now_s + WEEK_S * k for k in range(1, weeks + 1)]
        self.resources = [*(m.id for m in problem.machines), PEOPLE, PALLETS]
        self.works = _works(problem, weeks)
        columns = [
            (k, place, week)
            for k, work in enumerate(self.works)
            for place in range(len(work.machines))
            for week in range(work.first, weeks + 1)
        ]
        self.work = np.array([k for k, _, _ in columns], dtype=np.int64)
        self.week = np.array([week for _, _, week in columns], dtype=np.int64)
        row = {name: index for index, name in enumerate(self.resources)}
        self.machine = np.array([row[self.works[k].machines[place]] for k, place, _ in columns], dtype=np.int64)
        self.run_h = np.array([self.works[k].run_s[place] for k, place, _ in columns]) / HOUR_S
        self.hands_h = np.array([work.hands_s for work in self.works])[self.work] / HOUR_S
        due = np.array([work.due for work in self.works])[self.work]
        weight = np.array([work.weight for work in self.works])[self.work]
        late = np.maximum(0, self.week - due) * weight * self.run_h
        self.late = late
        self.cost = late + EARLY * self.run_h * self.week
        self.by_hand = np.array([machine.by_hand for machine in problem.machines], dtype=np.bool_)
        self.capacity_h = _capacity_h(problem, self.begins, self.resources)

    def rows(self) -> tuple[Any, Floats, Any]:
        """Loads of every resource and week (weeks x resources), the capacity, and the rows that make every pool's fractions add up to 1."""
        from scipy.sparse import coo_array

        count, inside = len(self.resources), self.week < self.weeks
        columns = np.arange(self.week.size)[inside]
        at = self.week[inside] * count
        places = np.concatenate((at + self.machine[inside], at + count - 2, at + count - 1))
        held_h = np.where(self.by_hand[self.machine], 0.0, self.run_h + self.hands_h)
        hours = np.concatenate((self.run_h[inside], self.hands_h[inside], held_h[inside]))
        loads = coo_array((hours, (places, np.tile(columns, 3))), shape=(count * self.weeks, self.week.size)).tocsr()
        whole = coo_array(
            (np.ones(self.week.size), (self.work, np.arange(self.week.size))), shape=(len(self.works), self.week.size)
        ).tocsr()
        return loads, self.capacity_h.ravel(), whole


def rough_cut(problem: ShopProblem, *, weeks: int = 8) -> RoughCut:
    """Spread the open work over the next ``weeks`` with the least lateness. Raises ``BadInput`` for a faulty problem."""
    from scipy.optimize import linprog

    programme = _Programme(problem, weeks)
    if not programme.works:
        idle = (
            WeekLoad(week, programme.begins[week], name, 0.0, float(hours), 0.0)
            for week, row in enumerate(programme.capacity_h)
            for name, hours in zip(programme.resources, row, strict=True)
        )
        return RoughCut(tuple(idle), {}, 0.0)
    loads, room, whole = programme.rows()
    found = linprog(
        programme.cost,
        A_ub=loads,
        b_ub=room,
        A_eq=whole,
        b_eq=np.ones(len(programme.works)),
        bounds=(0, None),
        method="highs",
    )
    share = np.asarray(found.x)
    used = loads @ share
    worth = -np.asarray(found.ineqlin.marginals)
    count = len(programme.resources)
    rows = tuple(
        WeekLoad(
            week, programme.begins[week], name, float(used[week * count + k]), float(room[week * count + k]),
            float(worth[week * count + k]),
        )
        for week in range(weeks)
        for k, name in enumerate(programme.resources)
    )  # fmt: skip
    late: dict[int, float] = defaultdict(float)
    due = np.array([work.due for work in programme.works])[programme.work]
    for column in np.flatnonzero((share > 1e-9) & (programme.late > 0)):
        late[int(due[column])] += float(share[column] * programme.run_h[column])
    return RoughCut(rows, dict(sorted(late.items())), float(programme.late @ share))


def buy_capacity(problem: ShopProblem, for_sale: Sequence[ForSale], *, weeks: int = 8) -> Purchase:
    """Find the cheapest purchase that reduces lateness as much as buying everything on offer would.

    Raises ``BadInput`` for a faulty problem, or a machine that the shop doesn't have.
    """
    programme = _Programme(problem, weeks)
    if not programme.works:
        return Purchase((), 0.0, 0.0, 0.0)
    offers = _offers(programme, for_sale)
    none, _ = _least(programme, offers, np.zeros(len(offers)), None)
    least, _ = _least(programme, offers, np.array([offer.most for offer in offers]), None)
    _, amounts = _least(programme, offers, np.array([offer.most for offer in offers]), least)
    bought = tuple(
        Bought(offer.what, float(amount), float(amount) * offer.cost, offer.week, offer.like)
        for offer, amount in zip(offers, amounts, strict=True)
        if amount > 1e-6
    )
    return Purchase(bought, sum(b.cost for b in bought), none, least)


class _Offer(msgspec.Struct):
    """One item on offer, and the amount that each unit adds to each row."""

    what: str
    cost: float
    most: float
    whole: bool
    adds: Floats
    week: int | None = None
    like: str | msgspec.UnsetType = msgspec.UNSET


def _offers(programme: _Programme, for_sale: Sequence[ForSale]) -> list[_Offer]:
    offers: list[_Offer] = []
    for sale in for_sale:
        nothing = np.zeros_like(programme.capacity_h)
        if isinstance(sale, MachineForSale):
            if sale.like not in programme.resources[:-2]:
                known = ", ".join(programme.resources[:3])
                raise BadInput(
                    Finding(
                        "for sale",
                        "like",
                        sale.like,
                        f"a machine in the shop, for example {known}",
                        "Correct the name.",
                    )
                )
            nothing[:, programme.resources.index(sale.like)] = WEEK_S / HOUR_S
            offers.append(_Offer(f"machine like {sale.like}", sale.cost, sale.most, True, nothing, like=sale.like))
        elif isinstance(sale, PalletForSale):
            nothing[:, -1] = WEEK_S / HOUR_S
            offers.append(_Offer("pallet", sale.cost, sale.most, True, nothing))
        else:
            for week in range(programme.weeks):
                added = nothing.copy()
                added[week, -2] = 1.0
                offers.append(_Offer("overtime", sale.cost, sale.most_h_a_week, False, added, week))
    return offers


def _least(programme: _Programme, offers: list[_Offer], most: Floats, late: float | None) -> tuple[float, Floats]:
    """Solve for the least lateness within the given limits on purchases, or for the lowest cost with lateness kept at ``late``.

    Returns that value and the quantities purchased.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, hstack

    loads, room, whole = programme.rows()
    shares, count = programme.week.size, len(offers)
    adds = csr_array(np.array([offer.adds.ravel() for offer in offers]).reshape(count, -1).T)
    prices = np.array([offer.cost for offer in offers])
    constraints = [
        LinearConstraint(hstack([loads, -adds]) if count else loads, -np.inf, room),
        LinearConstraint(hstack([whole, csr_array((len(programme.works), count))]) if count else whole, 1.0, 1.0),
    ]
    lateness = np.concatenate((programme.late, np.zeros(count)))
    objective = lateness
    if late is not None:
        constraints.append(LinearConstraint(lateness.reshape(1, -1), -np.inf, late * (1.0 + 1e-6) + 1e-6))
        objective = np.concatenate((np.zeros(shares), prices))
    found = milp(
        objective,
        constraints=constraints,
        bounds=Bounds(np.zeros(shares + count), np.concatenate((np.full(shares, np.inf), most))),
        integrality=np.concatenate((np.zeros(shares), [float(offer.whole) for offer in offers])),
    )
    assert found.x is not None, "the linear programme has no solution, although buying nothing is always feasible"
    amounts = np.asarray(found.x[shares:])
    rounded = np.where([offer.whole for offer in offers], np.round(amounts), amounts) if count else amounts
    return float(objective @ found.x), rounded


def _works(problem: ShopProblem, weeks: int) -> list[_Work]:
    """The open operations, with similar ones pooled."""
    problem = full_loads(problem)
    orders = {order.id: order for order in problem.orders}
    several = {machine.id for machine in problem.machines if machine.places > 1}
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    serials: dict[str, list[ShopOperation]] = defaultdict(list)
    for op in problem.operations:
        serials[op.serial].append(op)
    found: dict[tuple[tuple[str, ...], int, int, float], _Work] = {}
    for ops in serials.values():
        at, order = problem.now_s, orders[ops[0].order]
        rest = sum(map(_through_s, ops))
        for op in ops:
            at = max(at, op.release_s)
            rest -= _through_s(op)
            allowed = sorted((a for a in op.alternatives if op.machine in ("", a.machine)), key=lambda a: a.machine)
            names = tuple(a.machine for a in allowed)
            first = min(weeks, int((at - problem.now_s) // WEEK_S))
            due = min(weeks, max(0, int((order.due_s - rest - problem.now_s) // WEEK_S)))
            key = (names, first, due, order.weight)
            work = found.setdefault(key, _Work(names, first, due, order.weight, np.zeros(len(names))))
            done = {"waiting": 0.0, "mounted": 0.0, "cut": 1.0, "running": 0.0}[op.state]
            taken = np.array([1.0 + len(op.together) if a.machine in several else 1.0 for a in allowed])
            attended_s = op.mount_s + op.dismount_s if op.fixture and op.state == "waiting" else 0.0
            held_s = [a.run_s + (attended_s if a.machine in by_hand else 2.0 * problem.move_s) for a in allowed]
            work.run_s += (1.0 - done) * taken * np.array(held_s)
            work.hands_s += op.dismount_s + (op.mount_s if op.state == "waiting" else 0.0)
            at += _through_s(op)
    return list(found.values())


def _through_s(op: ShopOperation) -> float:
    return op.mount_s + min(a.run_s for a in op.alternatives) + op.measure_s + op.dismount_s


def _capacity_h(problem: ShopProblem, begins: Sequence[float], resources: Sequence[str]) -> Floats:
    """Available hours of each resource in each week (weeks, resources)."""
    usable = float(problem.pallets - problem.pallets_blocked)
    places = {machine.id: float(machine.places) for machine in problem.machines}
    spans = [[(a, b, places[name]) for a, b in free_spans(problem, name)] for name in resources[:-2]]
    spans.append([(a, b, float(count)) for a, b, count in head_counts(problem.presence)])
    spans.append([(problem.now_s, begins[-1], usable)])
    return np.array(
        [
            [
                sum(max(0.0, min(b, begin + WEEK_S) - max(a, begin)) * count for a, b, count in each) / HOUR_S
                for each in spans
            ]
            for begin in begins[:-1]
        ]
    )


def with_purchase(problem: ShopProblem, purchase: Purchase) -> ShopProblem:
    """The shop with the purchases: machines identical to existing ones, pallets, and people who stay longer."""
    from nightmill.scheduling.diagnosis.counterfactuals import second_machine

    replace = msgspec.structs.replace
    for item in purchase.bought:
        if item.week is not None:
            problem = replace(problem, presence=_longer(problem, item.week, item.amount * HOUR_S))
        elif item.like is msgspec.UNSET:
            problem = replace(problem, pallets=problem.pallets + round(item.amount))
        else:
            for _ in range(round(item.amount)):
                problem = second_machine(problem, item.like)
    return problem


def _longer(problem: ShopProblem, week: int, seconds: float) -> tuple[Window, ...]:
    """Let one person stay after every shift of a week, for ``seconds`` in all, as far as the next shift allows."""
    begin = problem.now_s + week * WEEK_S
    ends = sorted({w.end_s for w in problem.presence if w.persons > 0 and begin < w.end_s <= begin + WEEK_S})
    starts = sorted(w.start_s for w in problem.presence if w.persons > 0)
    stays = seconds / len(ends) if ends else 0.0
    added = []
    for end in ends:
        following = next((start for start in starts if start >= end), float("inf"))
        if min(end + stays, following) > end:
            added.append(Window(end, min(end + stays, following)))
    return tuple(sorted((*problem.presence, *added), key=lambda w: (w.start_s, w.end_s)))
