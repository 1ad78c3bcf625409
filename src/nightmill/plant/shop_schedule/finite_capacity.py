"""Schedule planned make orders at finite capacity, and report the effect on their dates as action messages.

Material planning assumes fixed lead times and infinite capacity. Each planned order of a part with a certified route becomes
jobs of the shop's scheduler, one for each demand that it is pegged to, due when the demand is due; a job starts when its
share of the stock, receipts, purchases and made sub-parts pegged to the order is available. A sub-part's date is that of its own jobs,
plus its outside finishing: the shop is rescheduled until no order starts before its components are available. Jobs are due at the shop's
gate, before their finishing. In a running shop the jobs compete with all open work, and open orders are not handed over again.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.plant.shop_schedule.problem import shop_problem
from nightmill.scheduling import records
from nightmill.vocabulary import events as e
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import OrderId, PegEnd, order_end, week_end
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S, WEEK_S

if TYPE_CHECKING:
    from nightmill.mrp import MaterialTables

SEARCH_STEPS = 400
MOST_ROUNDS = 12
SLACK_S = 3600.0
MOST_PIECES = 5000
AHEAD_WEEKS = 26
"""Number of weeks after the last week handed over in which work may end."""


class Job(msgspec.Struct, frozen=True):
    """A part of a planned order that serves one demand: ``pieces`` started, due ``due_s`` (shop time)."""

    id: str
    planned_order: str
    item: str
    demand: str
    pieces: int
    due_s: float
    priority: int = 1


class JobDate(msgspec.Struct, frozen=True):
    """When a job starts and is done according to the schedule, in UTC, and how late it is."""

    demand: str
    pieces: int
    due: str
    starts: str
    done: str
    late_by_s: float


class OrderDate(msgspec.Struct, frozen=True):
    """A planned order's dates at finite capacity: ``done_week`` counts like ``due_week``, outside finishing included."""

    planned_order: str
    item: str
    quantity: int
    release_week: int
    due_week: int
    start_week: int
    done_week: int
    late_by_s: float
    jobs: tuple[JobDate, ...]


class ActionMessage(msgspec.Struct, frozen=True):
    """A message for a planner to act on: ``late``, ``start_earlier``, ``lead_time``, ``material`` or ``not_handed_over``."""

    kind: str
    planned_order: str
    item: str
    message: str


class PlannedMaterial(msgspec.Struct, frozen=True):
    """A material plan with item data from its tables: lead times in weeks (``leads``), and which items are ``made`` in the shop."""

    plan: Any
    leads: Mapping[str, int]
    made: frozenset[str]

    @classmethod
    def of(cls, plan: Any, tables: "MaterialTables") -> "PlannedMaterial":
        """Return a plan with the items in the tables that it was made from."""
        leads = {item.item: item.lead_time_weeks for item in tables.items}
        return cls(plan, leads, frozenset(item.item for item in tables.items if item.source == "make"))


class KnownRoutes(msgspec.Struct, frozen=True):
    """The routes of parts that can be made, and the reason, by part, why others can't be (``refused``)."""

    routes: tuple[e.RouteCertified, ...] = ()
    refused: Mapping[str, str] = {}


def dated(
    shop: Shop, material: PlannedMaterial, routing: KnownRoutes, *, within_weeks: int, seed: int = 0, state: ShopState | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the answer for a material plan and its parts' routes.

    ``state`` is a running shop, in which case the plan starts in its current week (see ``week_begins_s``). Without ``state``, the shop is
    taken at its start.
    """
    plan, made = material.plan, material.made
    known = {route.part for route in routing.routes}
    if state is not None:
        known |= {item for item, route in state.routes.items() if route.certified}
    wanted = [o for o in plan.planned_orders if o.item in made and not o.phantom and o.release_week < within_weeks]
    left = [o for o in wanted if o.item not in known]
    base_s = week_begins_s(state) if state is not None else 0.0
    jobs = _jobs(shop, plan, [o for o in wanted if o.item in known], material.leads, base_s, state)
    pieces = sum(job.pieces for job in jobs)
    if pieces > MOST_PIECES:
        raise BadInput(Finding("--within-weeks", str(within_weeks), f"{pieces:,} pieces to schedule", f"at most {MOST_PIECES:,}", "Hand over fewer weeks."))  # fmt: skip
    needs = _Needs(plan, jobs, base_s)
    schedule = _scheduled(shop, routing.routes, needs, base_s + within_weeks * WEEK_S, seed, state)
    placed = _spans(schedule)
    dates = _dates(shop, plan, [job for job in jobs if job.id in placed], placed, base_s)
    messages = [
        ActionMessage("not_handed_over", o.id, o.item, f"{o.id}: {routing.refused.get(o.item, 'no certified route')}")
        for o in left
    ]
    waits: dict[str, dict[str, str]] = {}
    for job in jobs:
        if job.id in needs.waits:
            waits.setdefault(job.planned_order, {})[_by_shop_week(job.demand, base_s)] = needs.waits[job.id]
    for date in dates:
        new = tuple(job for job in date.jobs if not in_hand(job.demand, date.item, state))
        revised = msgspec.structs.replace(date, jobs=new)
        messages += _messages(revised, material.leads, waits.get(date.planned_order, {})) if new else []
    return {
        "within_weeks": within_weeks,
        "orders": msgspec.to_builtins(dates),
        "messages": msgspec.to_builtins(messages),
        "customer_orders": _customers(shop, plan, dates, made),
        "weighted_tardiness_s": schedule.weighted_tardiness_s,
        "lower_bound_s": schedule.lower_bound_s,
    }


def week_begins_s(state: ShopState) -> float:
    """Return when the current week started (shop time, s); weeks count from the shop's first day."""
    return state.now_s // WEEK_S * WEEK_S


def _by_shop_week(name: str, base_s: float) -> str:
    """Rename a demand or receipt of a week to count from the shop's first day, not from the planning date."""
    end = PegEnd.read(name)
    return week_end(end.kind, end.week + int(base_s // WEEK_S)) if end.kind in ("demand", "receipt") else name


def _jobs(
    shop: Shop, plan: Any, orders: list[Any], leads: Mapping[str, int], base_s: float, state: ShopState | None
) -> list[Job]:
    """Split each planned order into jobs by its pegs, parents first; unpegged pieces go with the last job.

    If a running shop has an open order for the demand, that order's parts are the job.
    """
    customer: dict[str, Any] = {order.id: order for order in shop.orders} if state is None else dict(state.orders)
    pegs: dict[str, list[Any]] = {}
    for peg in plan.pegging:
        pegs.setdefault(peg.supply, []).append(peg)
    item_of = {order.id: order.item for order in plan.planned_orders}
    needed: dict[str, float] = {}
    jobs = []
    for order in orders:
        parts, elsewhere_s = [], DAY_S * shop.finishing_days(order.item)
        for peg in pegs.get(order.id, []):
            end = PegEnd.read(peg.demand)
            if end.kind == "order" and end.name in customer:
                due_s, priority = customer[end.name].due_s, customer[end.name].priority
            elif peg.demand in item_of:
                parent = item_of[peg.demand]
                due_s = needed.get(peg.demand, base_s + order.due_week * WEEK_S)
                due_s += DAY_S * shop.finishing_days(parent) - leads.get(parent, 0) * WEEK_S
                due_s, priority = max(base_s, due_s - elsewhere_s), 1
            else:
                due_s = base_s + (end.week + 1 if end.kind == "demand" else order.due_week + 1) * WEEK_S
                due_s, priority = max(base_s, due_s - elsewhere_s), 1
            parts.append((peg.demand, peg.quantity, due_s, priority))
        if not parts:
            parts.append(
                ("stock", order.quantity, max(base_s, base_s + (order.due_week + 1) * WEEK_S - elsewhere_s), 1)
            )
        more = order.start_quantity - sum(size for _, size, _, _ in parts)
        parts[-1] = (parts[-1][0], parts[-1][1] + more, *parts[-1][2:])
        needed[order.id] = min(due_s for _, _, due_s, _ in parts)
        jobs += [
            Job(
                in_hand(demand, order.item, state) or f"{order.id}/{n}",
                order.id,
                order.item,
                demand,
                size,
                due_s,
                priority,
            )
            for n, (demand, size, due_s, priority) in enumerate(parts, 1)
        ]
    return jobs


def in_hand(demand: str, item: str, state: ShopState | None) -> str:
    """Return the open order behind a demand, if that order is for the item itself; otherwise empty."""
    end = PegEnd.read(demand)
    order = state.orders.get(OrderId(end.name)) if state is not None and end.kind == "order" else None
    return order.id if order is not None and order.item == item else ""


class _Needs:
    """The inputs of each job: when outside supplies are available (s), the supply it waits for longest, and the jobs before it.

    The supplies pegged to an order go to its jobs in turn, so that pieces with stock start before the rest arrives.
    """

    def __init__(self, plan: Any, jobs: list[Job], base_s: float) -> None:
        self.jobs, self.base_s = jobs, base_s
        self.ready: dict[str, float] = {}
        self.waits: dict[str, str] = {}
        self.before: list[tuple[str, str]] = []
        self._late = {o.id: o.due_week + o.past_due_weeks for o in plan.planned_orders}
        self._made = {(job.planned_order, job.demand): job.id for job in jobs}
        of_order: dict[str, list[Job]] = {}
        for job in jobs:
            of_order.setdefault(job.planned_order, []).append(job)
        drawn: dict[tuple[str, str], list[Any]] = {}
        for peg in plan.pegging:
            if peg.demand in of_order:
                drawn.setdefault((peg.demand, peg.item), []).append(peg)
        for (order, _), pegs in drawn.items():
            self._hand_out(of_order[order], pegs)

    def _hand_out(self, jobs: list[Job], pegs: list[Any]) -> None:
        wanted, pieces = sum(peg.quantity for peg in pegs), sum(job.pieces for job in jobs)
        assigned, at, left = 0, 0, pegs[0].quantity
        taken = 0.0
        for job in jobs:
            assigned += job.pieces
            until = wanted * assigned / pieces
            while taken < until - 1e-9:
                self._take_supply(job, pegs[at])
                step = min(left, until - taken)
                taken, left = taken + step, left - step
                if left <= 1e-9 and at + 1 < len(pegs):
                    at, left = at + 1, pegs[at + 1].quantity

    def _take_supply(self, job: Job, peg: Any) -> None:
        made = self._made.get((peg.supply, peg.demand))
        if made is not None:
            self.before.append((made, job.id))
        elif peg.supply != "stock":
            week = self._late[peg.supply] if peg.supply in self._late else PegEnd.read(peg.supply).week
            there_s = self.base_s + week * WEEK_S
            if there_s > self.ready.get(job.id, self.base_s):
                self.ready[job.id] = there_s
                self.waits[job.id] = (
                    f"{peg.item} ({_by_shop_week(peg.supply, self.base_s)}), which arrives in week {week + int(self.base_s // WEEK_S)}"
                )


def _scheduled(
    shop: Shop, routes: tuple[e.RouteCertified, ...], needs: _Needs, horizon_s: float, seed: int, running: ShopState | None
) -> records.ShopSchedule:  # fmt: skip
    """Schedule the jobs of ``needs`` repeatedly until no job starts before its sub-parts are done."""
    state = empty_state(shop) if running is None else deepcopy(running)
    known = set(state.orders)
    new = [e.OrderReceived(j.id, j.item, j.pieces, j.due_s, j.priority) for j in needs.jobs if j.id not in known]
    facts: list[e.AnyFact] = [*routes, *new]
    for number, fact in enumerate(facts, state.version + 1):
        apply(state, e.Event(number, state.now_s, "software", fact))
    calendar = presence_windows(shop, 0.0, horizon_s + AHEAD_WEEKS * WEEK_S, state.attendance)
    problem = shop_problem(state, shop, horizon_s, calendar)
    from nightmill.scheduling import solve_shop, validate_shop

    if problem.pallets_blocked >= problem.pallets:
        raise BadInput(Finding("pallets", "", "every pallet carries a held part", "a free one", "Release a hold."))
    away_s = {job.id: DAY_S * shop.finishing_days(job.item) for job in needs.jobs}
    starts = {job: at_s for job, at_s in needs.ready.items() if job not in known}
    for count in range(MOST_ROUNDS):
        operations = tuple(
            msgspec.structs.replace(o, release_s=max(starts.get(o.order, 0.0), o.release_s if o.order in known else 0.0))
            for o in problem.operations
        )  # fmt: skip
        asked = msgspec.structs.replace(problem, operations=operations)
        schedule = solve_shop(asked, iterations=SEARCH_STEPS, seed=seed)
        broken = validate_shop(asked, schedule)
        if broken:
            raise BadInput(Finding("schedule", "", broken[0].detail, "a schedule by the shop's rules", "Please report it with the shop."))  # fmt: skip
        spans = _spans(schedule)
        pairs = [(child, parent) for child, parent in needs.before if child in spans and parent in spans]
        there = {child: spans[child][1] + away_s[child] for child, _ in pairs}
        early = [(child, parent) for child, parent in pairs if spans[parent][0] < there[child]]
        if not early:
            return schedule
        for child, parent in early:
            # a little more each time: a new schedule may end the sub-part later again
            starts[parent] = max(starts.get(parent, 0.0), there[child] + count * SLACK_S)
    raise BadInput(Finding("bom.csv", "", f"sub-part dates not settled after {MOST_ROUNDS} schedules", "fewer levels", "Hand over fewer weeks."))  # fmt: skip


def _spans(schedule: records.ShopSchedule) -> dict[str, tuple[float, float]]:
    """Return when each job's first piece is mounted and its last piece is done."""
    spans: dict[str, tuple[float, float]] = {}
    for row in schedule.assignments:
        started, done = spans.get(row.order, (row.mount_s, row.done_s))
        spans[row.order] = (min(started, row.mount_s), max(done, row.done_s))
    return spans


def _dates(
    shop: Shop, plan: Any, jobs: list[Job], spans: Mapping[str, tuple[float, float]], base_s: float
) -> list[OrderDate]:
    def utc(at_s: float) -> str:
        return (shop.start + timedelta(seconds=at_s)).isoformat(timespec="seconds")

    week = int(base_s // WEEK_S)
    of_order: dict[str, list[Job]] = {}
    for job in jobs:
        of_order.setdefault(job.planned_order, []).append(job)
    found = []
    for order in plan.planned_orders:
        own = of_order.get(order.id, [])
        if not own:
            continue
        late = {job.id: max(0.0, spans[job.id][1] - job.due_s) for job in own}
        rows = [
            JobDate(
                _by_shop_week(j.demand, base_s),
                j.pieces,
                utc(j.due_s),
                utc(spans[j.id][0]),
                utc(spans[j.id][1]),
                late[j.id],
            )
            for j in own
        ]
        start, done = min(spans[j.id][0] for j in own), max(spans[j.id][1] for j in own)
        done += DAY_S * shop.finishing_days(order.item)
        found.append(
            OrderDate(
                order.id, order.item, order.quantity, order.release_week + week, order.due_week + week, int(start // WEEK_S),
                int(done // WEEK_S), max(late.values()), tuple(rows),
            )
        )  # fmt: skip
    return found


def _messages(date: OrderDate, leads: Mapping[str, int], waits: Mapping[str, str]) -> list[ActionMessage]:
    found = []

    def say(kind: str, text: str) -> None:
        found.append(ActionMessage(kind, date.planned_order, date.item, f"{date.planned_order}: {text}"))

    for job in date.jobs:
        if job.late_by_s > 0:
            say(
                "late",
                f"{job.pieces} for {job.demand} are done {job.done}, {job.late_by_s / DAY_S:.1f} days after {job.due}",
            )
            if job.demand in waits:
                say("material", f"the pieces for {job.demand} wait for {waits[job.demand]}")
    if date.start_week < date.release_week:
        say("start_earlier", f"to be on time, release it in week {date.start_week}, not {date.release_week}")
    lead = leads.get(date.item, 0)
    if date.done_week - date.start_week > lead and not waits:
        say("lead_time", f"its actual lead time is {date.done_week - date.start_week} week(s), planned: {lead}")
    return found


def _customers(shop: Shop, plan: Any, dates: list[OrderDate], made: Collection[str]) -> list[dict[str, Any]]:
    """Return the dependent customer orders with the date of the last piece; an order that also depends on something else has no date."""
    dated_orders = {date.planned_order: date for date in dates}
    rows = []
    for order in shop.orders:
        supplies = {peg.supply for peg in plan.pegging if peg.demand == order_end(order.id) and peg.item in made}
        own = [
            job
            for supply in supplies & set(dated_orders)
            for job in dated_orders[supply].jobs
            if job.demand == order_end(order.id)
        ]
        if own:
            sure = supplies <= {*dated_orders, "stock"}
            rows.append(
                {"order": order.id, "due": own[0].due, "done": max(job.done for job in own) if sure else None,
                 "late_by_s": max(job.late_by_s for job in own) if sure else None}
            )  # fmt: skip
    return rows
