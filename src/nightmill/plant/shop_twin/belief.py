"""The digital twin's past forecasts: the forecasts it would have made at earlier moments from what was known at the time, and the outcomes.

The past of a log doesn't change, so the forecasts for each moment are made once and kept in ``.nightmill/models``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from nightmill import __version__
from nightmill.floor import ShopState, apply, empty_state, presence_windows
from nightmill.floor import records as on_floor
from nightmill.formats import write_atomic
from nightmill.plant.shop_schedule.plan_in_force import loop_plan
from nightmill.plant.shop_schedule.problem import LONGEST_WAIT_S, shop_problem
from nightmill.plant.shop_state.unreleased_orders import released_later, with_book
from nightmill.plant.shop_twin.replanner import LoopPlanner
from nightmill.plant.workspace.layout import state_folder
from nightmill.scheduling import records
from nightmill.simulation import Experiment, FloorModel, Forecast, Habits, Uncertainty, forecast_orders, learn_from_log
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.errors import UNREADABLE
from nightmill.vocabulary.ids import order_of, pallet_at
from nightmill.vocabulary.magazines import Edge, Magazines
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

EVERY_S = 6 * 3600.0
"""Forecast moments are whole multiples of this, so that the same ones are reused."""

MOMENTS = 16
DRAWS = 60
BEYOND_DAYS = 60.0
"""How far the calendar extends beyond the forecast horizon, so that the plan has staff for late work too."""

KEPT_S = DAY_S
"""Operations planned to start within this time after people are next present stay as planned; the loop re-plans later ones before they
start.
"""

AHEAD_DAYS = 14.0
"""Forecast horizon: an order that isn't complete by then has no completion time to compare with."""

REPAIR_WORTH = 4.0
"""Weight of the shop's stated repair time, as a number of observed repairs: (50 % / 25 %) squared, since single repairs scatter by 50 % and
the stated time is accurate to 25 %.
"""

FAILURES_WORTH = 1.0
"""Weight of the general failure assumptions, as a number of observed failures; it is low because shops differ widely."""

Progress = Callable[[str, str, float], None]


class _Kept(msgspec.Struct, frozen=True):
    """The forecasts made at one moment of one log."""

    log: str
    at_s: float
    forecasts: tuple[Forecast, ...]


def past_forecasts(
    folder: Path, shop: Shop, log: Collection[e.Event], *, moments: int = MOMENTS, progress: Progress | None = None
) -> tuple[Forecast, ...]:
    """Return what the twin would have forecast at the last ``moments`` of the log, each from the log up to its moment."""
    now_s = max((event.at_s for event in log), default=0.0)
    last = int(now_s // EVERY_S)
    wanted = [EVERY_S * k for k in range(max(1, last - moments + 1), last + 1)]
    path = state_folder(folder) / "models" / "twin-forecasts.json"
    identity = _identity(log)
    kept = {each.at_s: each for each in _read(path) if each.log == identity}
    missing = [at_s for at_s in wanted if at_s not in kept]
    for number, (at_s, state) in enumerate(_states(shop, log, missing)):
        if progress:
            progress("", "making the twin's past forecasts", number / len(missing))
        kept[at_s] = _Kept(identity, at_s, _forecasts(shop, log, state, at_s))
    if missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, msgspec.json.encode([kept[at_s] for at_s in sorted(kept)]))
    return tuple(forecast for at_s in wanted for forecast in kept[at_s].forecasts)


def completed_s(log: Iterable[e.Event]) -> dict[str, float]:
    """Return when each order's last part was taken off its pallet or out of its oven, as the twin counts completion.

    The log calls an order complete when its last part is judged good, which may be at night, hours earlier.
    """
    wanted: dict[str, int] = {}
    off: dict[str, list[float]] = {}
    for event in log:
        if isinstance(event.fact, e.OrderCompleted):
            wanted[event.fact.order] = event.fact.good
        elif isinstance(event.fact, e.Reported):
            report = event.fact.report
            if isinstance(report, r.PartDismounted) and report.destination == "finished":
                off.setdefault(order_of(report.serial), []).append(report.at_s)
            elif isinstance(report, r.PartsUnloaded) and report.destination == "finished":
                for serial in report.serials:
                    off.setdefault(order_of(serial), []).append(report.at_s)
    return {order: off[order][good - 1] for order, good in wanted.items() if len(off.get(order, ())) >= good > 0}


class Belief(msgspec.Struct, frozen=True):
    """The twin's starting point: the ``problem``, the probability distributions, the floor's habits, and the ``drifts`` found, ready for
    JSON.
    """

    problem: records.ShopProblem
    uncertainty: Uncertainty
    habits: Habits
    drifts: list[dict[str, Any]]


def believed(shop: Shop, state: ShopState, log: Iterable[e.Event], days: float) -> Belief:
    """Return the work left at ``state.now_s`` and the orders due to arrive within ``days``, as the twin sees them.

    Uses the times and distributions learnt from ``log`` (up to then). ``state`` is not changed.
    """
    now_s = state.now_s
    learned = learn_from_log(log, present(shop, now_s), now_s, assumed(shop))
    ahead, releases = with_book(state, shop, now_s + days * DAY_S)
    ahead.routes = dict(state.routes)
    with_programs_in_force(ahead, learned.planned_s, learned.planned_on)
    presence = presence_windows(shop, 0.0, now_s + (days + BEYOND_DAYS) * DAY_S, state.attendance)
    horizon_s = now_s + 7 * DAY_S
    problem = shop_problem(ahead, shop, horizon_s, presence, speed={}, choices=_stops(state, shop))
    problem = learned.handling.applied(problem)
    problem, habits = released_later(problem, releases), learned.handling.habits
    drifts, waiting = msgspec.to_builtins(learned.drifts), _to_take_off(state)
    habits = msgspec.structs.replace(
        habits,
        to_take_off=len(waiting),
        good_to_take_off=sum(
            part.disposition == "good" and not shop.treatments_left(part.item, part.treated) for part in waiting
        ),
        magazines=_magazines(state, shop, habits),
        downs=tuple(msgspec.structs.replace(d, from_s=state.repairs.get(d.machine, 0.0)) for d in habits.downs),
        begun=frozenset(part.serial for part in state.parts.values() if part.place != "none"),
    )
    return Belief(_as_it_stands(problem, habits), learned.uncertainty, habits, drifts)


def assumed(shop: Shop) -> Uncertainty:
    """Return the prior distributions, before any observation: those for a general shop, with repair times from the shop's settings."""
    return Uncertainty(repair_h=shop.repair_s / 3600.0, repair_weight=REPAIR_WORTH, mtbf_weight=FAILURES_WORTH)


def _to_take_off(state: ShopState) -> list[on_floor.PartState]:
    """Return finished or doubtful parts that wait on a pallet to be unloaded; their pallets will soon be free."""
    certified = {item for item, route in state.routes.items() if route.certified}
    return [
        part
        for part in state.parts.values()
        if pallet_at(part.place)
        and part.item in certified
        and (part.doubtful() or bool(part.disposition))
        and not state.held(part.serial)
    ]


def _magazines(state: ShopState, shop: Shop, habits: Habits) -> Magazines:
    """Return the cutting edges in the magazines now, the wear that the routes cause, and how the floor replaces the edges."""
    life_s = {kind.tool.number: kind.tool.life_min * 60.0 for kind in shop.tools}
    uses_s = {
        operation.operation: {
            int(t): minutes * 60.0 for t, minutes in operation.tool_minutes.items() if int(t) in life_s
        }
        for route in state.routes.values()
        for operation in route.operations
    }
    used = {
        (operation.kind, tool)
        for route in state.routes.values()
        for operation in route.operations
        for tool in uses_s[operation.operation]
    }
    edges = tuple(
        Edge(machine.id, int(tool), edge.minutes * 60.0, edge.sisters)
        for machine in state.machines.values()
        for tool, edge in machine.edges.items()
        if (machine.kind, int(tool)) in used
    )
    conventional = state.policy == "conventional"
    numbers = {tool for _, tool in used} if conventional else set()
    par = {kind.tool.number: kind.magazine for kind in shop.tools if kind.tool.number in numbers}
    return Magazines(life_s, uses_s, edges, par=par, pace=habits.load_pace)


def _as_it_stands(problem: records.ShopProblem, habits: Habits) -> records.ShopProblem:
    """Return the problem with machines under repair treated as free at once: the twin draws the repair time itself."""
    down = {each.machine for each in habits.downs}
    machines = tuple(
        msgspec.structs.replace(each, free_from_s=problem.now_s) if each.id in down else each
        for each in problem.machines
    )
    return msgspec.structs.replace(problem, machines=machines)


def _stops(state: ShopState, shop: Shop) -> tuple[records.MaintenanceChoice, ...]:
    """Return the maintenance stops planned now."""
    return tuple(
        records.MaintenanceChoice(
            f"stop-{name}", name, shop.maintenance_s, (records.MaintenanceOption(max(start_s, state.now_s), 0.0),)
        )
        for name, start_s in state.maintenance.items()
        if state.machines[name].status in {"idle", "cutting"}
    )


def with_programs_in_force(
    state: ShopState, planned_s: Mapping[str, float], planned_on: Mapping[str, Mapping[str, float]] = {}
) -> None:
    """Set the state's routes to the planned times of the programs in force, also those for single machines; in place."""
    for item, route in state.routes.items():
        operations = [
            msgspec.structs.replace(
                o,
                cycle_s=planned_s.get(o.operation, o.cycle_s),
                seconds_on={**o.seconds_on, **planned_on.get(o.operation, {})},
            )
            for o in route.operations
        ]
        state.routes[item] = on_floor.RouteState(
            route.item, route.certified, operations, route.revision, route.material, route.factors
        )


def floor_model(shop: Shop, policy: str, belief: Belief, *, anew: ShopState | None = None) -> FloorModel:
    """Return how the twin believes the floor works: its distributions, robots, stations and habits, and how it prepares for a night.

    With a state in ``anew``, each replication re-plans as the loop would from that state.
    """
    habits = msgspec.structs.replace(
        belief.habits,
        gauges=len(shop.units("gauge")),
        cameras=len(shop.units("vision")),
        care_s=belief.habits.care_s or shop.maintenance_s,
        overrun=True,
        evening=None if policy == "conventional" else EVENING,
        planner=None if anew is None else LoopPlanner.of(shop, anew),
        repair_within_s=0.0 if policy == "conventional" else LONGEST_WAIT_S,
        received=frozenset() if anew is None else frozenset(anew.orders),
    )
    return FloorModel(belief.uncertainty, robots=max(1, len(shop.units("robot"))), habits=habits)


def present(shop: Shop, until_s: float) -> list[tuple[float, float]]:
    """Return the periods of shop time when somebody is present."""
    return [(window.begins_s, window.ends_s) for window in presence_windows(shop, 0.0, until_s)]


def _identity(log: Collection[e.Event]) -> str:
    """Return a key that differs between runs' logs and between Nightmill versions whose forecasts, or their format, differ."""
    if not log:
        return ""
    fields = " ".join(Forecast.__struct_fields__)
    return f"{__version__} {fields} {msgspec.json.encode(tuple(islice(log, 3))).decode()}"


def _read(path: Path) -> list[_Kept]:
    if not path.exists():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Kept])
    except UNREADABLE:
        return []  # written by another version: make them again


def _states(shop: Shop, log: Iterable[e.Event], moments: Sequence[float]) -> Iterator[tuple[float, ShopState]]:
    """Yield the shop's state at each moment; the same object is changed each time, so don't hold on to it."""
    state, to_come = empty_state(shop), iter(log)
    following = next(to_come, None)
    for at_s in moments:
        while following is not None and following.at_s <= at_s:
            apply(state, following)
            following = next(to_come, None)
        state.now_s = at_s
        yield at_s, state


def _forecasts(shop: Shop, log: Iterable[e.Event], state: ShopState, at_s: float) -> tuple[Forecast, ...]:
    belief = believed(shop, state, log, AHEAD_DAYS)
    problem = belief.problem
    if not problem.operations:
        return ()
    experiment = Experiment(AHEAD_DAYS, DRAWS, state.seed)
    made = forecast_orders(problem, foreseen_plan(state, problem), experiment, floor_model(shop, state.policy, belief))
    simple = _simple(state, problem, at_s)
    return tuple(
        msgspec.structs.replace(each, naive_s=simple.get(each.order, ()))
        for each in made
        if each.order in state.orders and each.completions_s[-1] < float("inf")
    )


def foreseen_plan(state: ShopState, problem: records.ShopProblem) -> records.ShopSchedule:
    """Return the expected plan from now on: the loop's own plan as far as it will be kept, then a plan that includes future orders.

    The loop re-plans several times a day, each time with the orders received so far. Operations that its current plan starts within
    ``KEPT_S`` after people are next present therefore stay as planned. All later operations are planned as if the loop already knew the
    future orders.
    """
    received = tuple(each for each in problem.operations if each.order in state.orders)
    if state.policy == "conventional" or not received:
        return loop_plan(state, problem)
    names = {each.order for each in received}
    orders = tuple(order for order in problem.orders if order.id in names)
    planned = loop_plan(state, msgspec.structs.replace(problem, operations=received, orders=orders))
    later = loop_plan(state, problem)
    there_s = min(max(w.start_s, problem.now_s) for w in problem.presence if w.end_s > problem.now_s and w.persons > 0)
    kept_s = there_s + KEPT_S
    kept = {each.operation: each for each in planned.assignments if each.start_s < kept_s}
    rows = [kept.get(each.operation) or _not_before(each, kept_s, each.order in names) for each in later.assignments]
    return msgspec.structs.replace(later, assignments=tuple(rows), maintenance=planned.maintenance)


def _not_before(row: records.Assignment, at_s: float, received: bool) -> records.Assignment:
    """Postpone an operation until after the kept part of the plan; operations of future orders aren't postponed."""
    if not received:
        return row
    return msgspec.structs.replace(row, start_s=max(row.start_s, at_s), mount_s=max(row.mount_s, at_s))


def _simple(state: ShopState, problem: records.ShopProblem, at_s: float) -> dict[str, tuple[float, ...]]:
    """Return the baseline forecast: each remaining step takes as long as a step of the completed orders took on average, waiting
    included.
    """
    steps = {item: len(route.operations) for item, route in state.routes.items()}
    paces = [
        (order.completed_s - order.received_s) / (steps[order.item] * len(order.serials))
        for order in state.orders.values()
        if order.completed_s is not None and order.item in steps
    ]
    left: dict[str, int] = {}
    for operation in problem.operations:
        left[operation.order] = left.get(operation.order, 0) + 1
    return {order: tuple(sorted(at_s + pace * number for pace in paces)) for order, number in left.items()}
