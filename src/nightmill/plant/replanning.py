"""The schedule in the loop: turn the state of the shop into a problem, solve it, publish it, promise dates.

A new schedule follows an event that made the one in force wrong: an order, a breakdown, scrap, a hold, a
delivery, a planned stop, or work that runs away from its planned times.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import msgspec

from nightmill.floor import ShopState, presence_windows, stage_of
from nightmill.floor import records as on_floor
from nightmill.plant.controller import DAY_S, Decision
from nightmill.plant.decider_memory import Remembering
from nightmill.plant.maintaining import MaintenanceRoom
from nightmill.plant.night_rate import tariffs
from nightmill.plant.reach import LATER, Reached, reached
from nightmill.plant.sentences import sentence
from nightmill.plant.supply_dates import blank_dates, tool_dates
from nightmill.plant.treatments import processes, seated, stands, treatments_of
from nightmill.schedule import records
from nightmill.vocabulary import commands as c
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.shop import Shop

SEARCH_STEPS = 600
"""Steps of the search for each new plan; one takes a few parts out and puts them back."""
CALM_S = 3600.0
WEIGHTS = records.ObjectiveWeights(unattended=0.0)
"""A reward for cuts at night would put the same work off again at every new plan. Due dates and flow order the work;
the floor fills the night by what it mounts in the evening."""
STATION_S = 240.0
LONGEST_WAIT_S = DAY_S
"""A repair is put off no longer than this after the failure, whatever each new plan would gain by it."""
LONG_REPAIR = 1.9
"""What one repair in ten exceeds, over the usual one: lognormal, 0.5 of the logarithm (MIL-HDBK-472, procedure I)."""
NO_SCHEDULE = "no_schedule"
_URGENT = (r.MachineFailed, r.MachineRepaired, r.MachineMaintained, r.CycleInterrupted, r.Delivered)
_FACTS = (
    e.OrderReceived, e.PartReviewed, e.HoldPlaced, e.HoldReleased, e.MaintenancePlanned, e.RouteCertified, e.RouteRefused, e.RouteReleased,
    e.ParametersRevised, e.ParametersJudged,
)  # fmt: skip
_ASKED = (
    e.OrderChanged, e.OrderCancelled, e.UnitStopped, e.UnitReturned, e.EdgeCondemned, e.PresenceLimited, e.OperationMoved,
)  # fmt: skip


class SchedulingMemory(msgspec.Struct, frozen=True):
    """Why the schedule in force is wrong, and when it was published."""

    _causes: list[str]
    _published_s: float


class SchedulingRoom(Remembering[SchedulingMemory]):
    """Decides when to plan anew and publishes the schedule in force."""

    Memory = SchedulingMemory

    def __init__(self, shop: Shop, horizon_s: float, maintenance: MaintenanceRoom) -> None:
        self.shop, self.horizon_s, self.maintenance = shop, horizon_s, maintenance
        self.presence = presence_windows(shop, 0.0, horizon_s + 28 * DAY_S)
        self._causes: list[str] = []
        self._published_s = float("-inf")

    def restore(self, memory: SchedulingMemory, state: ShopState) -> None:
        """Who is there when is read from the shop's shifts and from what people have said since."""
        super().restore(memory, state)
        self._look_who_is_there(state)

    def _look_who_is_there(self, state: ShopState) -> None:
        self.presence = presence_windows(self.shop, 0.0, self.horizon_s + 28 * DAY_S, state.attendance)

    def observe(self, event: e.Event, state: ShopState) -> None:
        """Note whatever makes the schedule in force wrong."""
        fact = event.fact
        if isinstance(fact, e.SchedulePublished) or (isinstance(fact, e.AlarmRaised) and fact.alarm == NO_SCHEDULE):
            self._causes.clear()
            self._published_s = event.at_s
        elif isinstance(fact, e.Reported) and isinstance(fact.report, _URGENT):
            self._causes.append(_cause_of_report(fact.report))
        elif isinstance(fact, _FACTS) and not _of_one_part(fact):
            self._causes.append(_cause_of_fact(fact))
        elif isinstance(fact, _ASKED):
            self._causes.append(sentence(fact))
            if isinstance(fact, e.PresenceLimited):
                self._look_who_is_there(state)
        elif isinstance(fact, e.PartDisposed) and fact.disposition != "good":
            self._causes.append(f"{fact.serial} is {fact.disposition}")

    def decide(self, state: ShopState) -> Iterable[Decision]:
        """A new schedule and changed promises, when there is a reason for them."""
        drifted = state.now_s - self._published_s >= CALM_S and bool(state.schedule)
        if not self._causes and not drifted:
            return []
        problem = shop_problem(
            state, self.shop, self.horizon_s, self.presence,
            choices=self.maintenance.choices(state), repairs=state.policy != "conventional",
        )  # fmt: skip
        if not problem.operations:
            self._causes.clear()
            return []
        if problem.pallets_blocked >= problem.pallets:
            return []  # every pallet carries a part that must come off first: the causes stay until one is free
        cause = self._causes[0] if self._causes else "work ran away from its planned times"
        try:
            found = reached(problem, partial(loop_plan, state))
        except BadInput as error:
            # the shop goes on by the schedule in force, and a person hears of what can't be planned
            return [Decision(e.AlarmRaised(NO_SCHEDULE, "cell", error.findings[0].sentence()), cause)]
        return self._published(state, problem, found, cause)

    def _published(self, state: ShopState, problem: records.ShopProblem, found: Reached, cause: str) -> list[Decision]:
        schedule, why = found.plan, cause
        if found.beyond:
            why = f"{cause}; {LATER} {', '.join(sorted(found.beyond))}"
        names = {operation.id: operation for operation in problem.operations}
        lines = tuple(
            e.ScheduleLine(
                each.serial, names[each.operation].operation, each.machine, each.mount_s, each.start_s, each.end_s
            )
            for each in schedule.assignments
            if names[each.operation].state in {"waiting", "mounted"}
        )
        broken = {repair.stop for repair in problem.repairs}
        repairs = tuple(e.PlannedRepair(s.machine, s.start_s) for s in schedule.maintenance if s.id in broken)
        fact = e.SchedulePublished(cause, lines, schedule.weighted_tardiness_s, schedule.lower_bound_s, repairs)
        decisions = [Decision(fact, why)]
        for promise in schedule.promises:
            known = state.orders[promise.order].promise_s
            if known is None or abs(known - promise.promise_s) > CALM_S:
                late = max(0.0, promise.late_by_s)
                decisions.append(
                    Decision(e.OrderPromised(promise.order, promise.promise_s, late, promise.reason), cause)
                )
        decisions += self.maintenance.placed(state, tuple(s for s in schedule.maintenance if s.id not in broken))
        return decisions


def ready_scheduler() -> None:
    """Solve the least problem there is, so that the scheduler's kernels are compiled (or read) before they are wanted."""
    from nightmill.schedule import solve_shop

    solve_shop(least_problem(), iterations=1, weights=WEIGHTS)


def least_problem() -> records.ShopProblem:
    """One operation on one machine, a day long: what makes kernels ready, and takes no time."""
    run = records.Alternative("mill", 60.0)
    operation = records.ShopOperation("part|cut", "part", "order", "cut", (run,), mount_s=60.0, dismount_s=60.0)
    return records.ShopProblem(
        now_s=0.0,
        horizon_s=DAY_S,
        machines=(records.ShopMachine("mill"),),
        operations=(operation,),
        orders=(records.ShopOrder("order", DAY_S, 1.0),),
        presence=(records.Window(0.0, DAY_S, 1),),
        pallets=1,
    )


def shop_problem(
    state: ShopState,
    shop: Shop,
    horizon_s: float,
    presence: Iterable[object],
    *,
    choices: tuple[records.MaintenanceChoice, ...] = (),
    speed: Mapping[str, float] | None = None,
    repairs: bool = False,
) -> records.ShopProblem:
    """What is left to be made, as the scheduler sees it. Parts on hold, in doubt or disposed of are left out.

    ``speed``: real over planned cycle time by machine, where it isn't to be taken from the state. ``repairs``: those not yet
    begun are for the schedule to place; else each begins at once.
    """
    windows = tuple(records.Window(p.begins_s, p.ends_s, p.persons) for p in presence if p.ends_s > state.now_s)  # type: ignore[attr-defined]
    blanks, edges = blank_dates(state, shop), tool_dates(state, shop)
    speed = cycle_ratios(state) if speed is None else speed
    operations: list[records.ShopOperation] = []
    treatments: list[records.ShopOperation] = []
    blocked = 0
    for part in state.in_play():
        if part.place in {"finished", "scrap", "quarantine"} or part.item not in state.routes:
            continue
        route = state.routes[part.item]
        if not route.certified:
            continue
        treatments += treatments_of(state, shop, part)
        if part.doubtful() or part.disposition or state.held(part.serial):
            # a held part keeps its pallet; any other comes off when people are next there, before they mount
            blocked += part.place.startswith("pallet:") and state.held(part.serial)
            continue
        operations += _operations_of(state, shop, part, blanks.get(part.serial, 0.0), edges, speed)
    operations = [*_in_mills(state, shop, _shared(state, shop, operations)), *treatments]
    open_repairs = _open_repairs(state, shop) if repairs else ()
    waiting = {repair.machine for repair in open_repairs}
    machines = _cutters(state, shop, operations, waiting, windows)
    machines += processes(state, shop)
    for machine in machines:
        if (
            machine.id in state.machines
            and machine.id not in waiting
            and machine.free_from_s > state.now_s
            and state.machines[machine.id].status in {"down", "maintenance"}
        ):
            windows = records.with_one_away(windows, state.now_s, machine.free_from_s)
    wanted = {operation.order for operation in operations}
    orders = tuple(
        records.ShopOrder(order.id, order.due_s, float(order.priority))
        for order in state.orders.values()
        if order.id in wanted
    )
    horizon_s = max(horizon_s, state.now_s + 1.0)
    return records.ShopProblem(
        now_s=state.now_s,
        horizon_s=horizon_s,
        machines=machines,
        operations=tuple(operations),
        orders=orders,
        presence=windows,
        pallets=shop.pallets,
        pallets_blocked=blocked,
        move_s=move_s(shop),
        maintenance=choices,
        tool_budgets=_tool_budgets(state, shop),
        fixtures=_fixtures(shop, operations) + stands(shop),
        robots=len(shop.units("robot")),
        tariffs=tariffs(shop, state.now_s, max((w.end_s for w in windows), default=horizon_s)),
        repairs=open_repairs,
    )


def move_s(shop: Shop) -> float:
    """What a robot's move is planned to take."""
    return max((unit.move_s for unit in shop.units("robot")), default=60.0)


def _cutters(
    state: ShopState,
    shop: Shop,
    operations: Iterable[records.ShopOperation],
    waiting: Collection[str],
    windows: Iterable[records.Window],
) -> tuple[records.ShopMachine, ...]:
    """The mills and lathes; those whose repair is ``waiting`` for the schedule to place are as if they were up."""
    rooms, units = _rooms(state, shop, operations), {unit.id: unit for unit in shop.cutters()}
    return tuple(
        msgspec.structs.replace(
            records.ShopMachine(name) if name in waiting else _machine(state, shop, name, windows),
            power_kw=units[name].power_kw_cutting if name in units else 0.0,
            buffer=rooms.get(name),
            chip_s=units[name].chip_s if name in units else None,
        )
        for name in state.machines
    )


def _shared(state: ShopState, shop: Shop, operations: Iterable[records.ShopOperation]) -> list[records.ShopOperation]:
    """The operations with the fixture that each holds, and the parts that are assembled into theirs."""
    kinds = {part.name: part.fixture for part in shop.parts if part.fixture} if shop.fixtures else {}
    after = {order.id: order.after for order in shop.orders if order.after}
    back_s = {name: _back_s(state, shop, name) for names in after.values() for name in names}
    return [
        msgspec.structs.replace(
            op,
            release_s=max([op.release_s, *(back_s[name] for name in after.get(op.order, ()) if op.state == "waiting")]),
            fixture=kinds.get(state.parts[op.serial].item, ""),
            after=tuple(
                serial
                for order in after.get(op.order, ())
                if order in state.orders
                for serial in state.orders[order].serials
            ),
        )
        for op in operations
    ]


def _back_s(state: ShopState, shop: Shop, name: str) -> float:
    """When an order's parts are back from other firms, done by the shop as promised; 0 where none of them goes there."""
    order = state.orders.get(name)
    if order is None or order.cancelled_s is not None or not shop.finishing_of(order.item):
        return 0.0
    done_s = max(state.now_s, order.promise_s or 0.0) if order.completed_s is None else order.completed_s
    return done_s + DAY_S * shop.finishing_days(order.item)


def _fixtures(shop: Shop, operations: Iterable[records.ShopOperation]) -> tuple[records.FixtureKind, ...]:
    """The fixtures that there are: as many as the shop says, and no fewer than are in use."""
    begun = Counter(op.fixture for op in operations if op.state != "waiting")
    return tuple(records.FixtureKind(kind.id, max(kind.count, begun[kind.id])) for kind in shop.fixtures)


def _in_mills(state: ShopState, shop: Shop, operations: Iterable[records.ShopOperation]) -> list[records.ShopOperation]:
    """The operations; a cut part that finds no room behind its mill keeps that as one does whose cut ends now."""
    narrow = {unit.id for unit in shop.cutters() if unit.buffer is not None}
    found = []
    for op in operations:
        run_s = next((each.run_s for each in op.alternatives if each.machine == op.machine), None)
        pallet = state.pallet_of(op.serial)
        inside = pallet is not None and op.machine in narrow and pallet.place == op.machine
        if op.state == "cut" and inside and run_s is not None:
            op = msgspec.structs.replace(op, state="running", started_s=state.now_s - run_s)
        found.append(op)
    return found


def _rooms(state: ShopState, shop: Shop, operations: Iterable[records.ShopOperation]) -> dict[str, int | None]:
    """The room behind each mill: less what parts on hold take, and no less than is taken."""
    waiting = Counter(op.machine for op in operations if op.state == "cut")
    rooms: dict[str, int | None] = {}
    for unit in shop.cutters():
        held = 0 if unit.buffer is None else sum(state.held(each.serial) for each in state.behind(unit.id))
        rooms[unit.id] = None if unit.buffer is None else max(unit.buffer - held, waiting[unit.id])
    return rooms


def _open_repairs(state: ShopState, shop: Shop) -> tuple[records.Repair, ...]:
    """Repairs that nobody has begun and that may still be put off; one that has waited for long begins at once."""
    begun = {command.unit for command in state.open_commands.values() if isinstance(command, c.RepairMachine)}
    return tuple(
        records.Repair(name, shop.repair_s, LONG_REPAIR * shop.repair_s)
        for name, machine in state.machines.items()
        if machine.status == "down"
        and name not in begun
        and state.out_of_service.get(name, 0.0) <= state.now_s
        and state.now_s - max(machine.failures, default=0.0) < LONGEST_WAIT_S
    )


def loop_plan(state: ShopState, problem: records.ShopProblem) -> records.ShopSchedule:
    """The schedule as the loop would make it from here."""
    from nightmill.schedule import dispatch_shop, solve_shop  # a restart doesn't wait for the compiled kernels

    if state.policy == "conventional":
        return seated(problem, dispatch_shop(problem, "edd"))
    found = solve_shop(problem, iterations=SEARCH_STEPS, seed=state.seed, previous=in_force(state), weights=WEIGHTS)
    return seated(problem, found)


def in_force(state: ShopState) -> records.ShopSchedule | None:
    """The schedule in force as the solver takes it: where it starts from, and what it costs to leave."""
    return as_logged(
        _place(f"{line.serial}|{line.operation}", line.serial, state.parts[line.serial].order, line)
        for line in state.schedule
    )


def as_logged(rows: Iterable[records.Assignment]) -> records.ShopSchedule | None:
    """What the loop still knows of a schedule when it plans anew: of each place mount and cut, nothing of what comes after it.

    So a plan that is kept isn't quite the one that was found, and a search of many hours in which nothing happens gains less.
    """
    lines = tuple(_place(row.operation, row.serial, row.order, row) for row in rows)
    return records.ShopSchedule(lines, (), (), 0.0, 0.0, 0.0, 0.0, 0) if lines else None


def _place(operation: str, serial: str, order: str, row: e.ScheduleLine | records.Assignment) -> records.Assignment:
    return records.Assignment(
        operation, serial, order, row.machine, row.mount_s, row.start_s, row.end_s, row.end_s, row.end_s
    )


def _operations_of(
    state: ShopState,
    shop: Shop,
    part: on_floor.PartState,
    blank_s: float,
    edges_s: Mapping[tuple[str, str], float],
    speed: Mapping[str, float],
) -> list[records.ShopOperation]:
    route = state.routes[part.item]
    routed = route.planned_for(part.serial)
    pallet = state.pallet_of(part.serial)
    life = {str(kind.tool.number): kind.tool.life_min for kind in shop.tools}
    found: list[records.ShopOperation] = []
    for position, operation in enumerate(routed):
        on_pallet = pallet is not None and pallet.operation == operation.operation
        if part.done(operation.operation) and not on_pallet:
            continue
        stage = stage_of(state, pallet) if pallet is not None and on_pallet else "waiting"
        word = {"uncut": "mounted", "cutting": "running", "cut": "cut"}.get(stage, "waiting")
        cut = next((cut for cut in part.cuts if cut.operation == operation.operation), None)
        tools = tuple(
            records.ToolUse(int(tool), on_floor.edge_share(minutes, life[tool]) * life[tool] * 60)
            for tool, minutes in operation.tool_minutes.items()
            if tool in life
        )
        moved, not_before_s = state.moved.get(f"{part.serial}|{operation.operation}", ("", 0.0))
        mills = [u for u in shop.cutters(operation.kind) if not u.materials or route.material in u.materials]
        mills = [unit for unit in mills if unit.id == moved] or mills
        last = position == len(routed) - 1
        found.append(
            records.ShopOperation(
                id=f"{part.serial}|{operation.operation}",
                serial=part.serial,
                order=part.order,
                operation=operation.operation,
                alternatives=tuple(
                    records.Alternative(unit.id, max(1.0, operation.takes_s(unit.id) * speed.get(unit.id, 1.0)), tools)
                    for unit in mills
                ),
                mount_s=shop.mount_s,
                dismount_s=shop.dismount_s,
                state=word,  # type: ignore[arg-type]
                machine=cut.machine if cut else _machine_under(state, pallet.place if pallet and on_pallet else ""),
                started_s=cut.started_s if cut and word == "running" else None,
                release_s=max(blank_s, not_before_s, edges_s.get((part.serial, operation.operation), 0.0)),
                measure_s=STATION_S * (2 if last else 1),
            )
        )
    return found


def _machine_under(state: ShopState, place: str) -> str:
    """A mounted pallet that already lies on a machine that is up stays there."""
    machine = state.machines.get(place)
    if place in state.out_of_service:
        return ""
    return place if machine is not None and machine.status in {"idle", "cutting"} else ""


def _machine(state: ShopState, shop: Shop, machine: str, windows: Iterable[records.Window]) -> records.ShopMachine:
    """A machine that stands is back when somebody has worked on it as long as that usually takes."""
    seconds = {"down": shop.repair_s, "maintenance": shop.maintenance_s}.get(state.machines[machine].status, 0.0)
    back_s = state.out_of_service.get(machine, 0.0)
    if seconds <= 0.0:
        return records.ShopMachine(machine, free_from_s=back_s)
    at = max(state.now_s, back_s)
    for window in windows:
        begin = max(at, window.start_s)
        if window.persons > 0 and window.end_s > begin:
            worked = min(seconds, window.end_s - begin)
            at, seconds = begin + worked, seconds - worked
            if seconds <= 0.0:
                break
    return records.ShopMachine(machine, free_from_s=at + seconds)


def cycle_ratios(state: ShopState) -> dict[str, float]:
    """Real over planned cycle time by machine, of cuts by the programs in force, shrunk towards 1 by ten cycles' weight."""
    planned: dict[str, float] = {}
    real: dict[str, float] = {}
    count: dict[str, int] = {}
    routed = {
        f"{each.operation}|{each.program_sha256}": each for route in state.routes.values() for each in route.operations
    }
    for machine, cuts in state.cut_s.items():
        for key, (n, took_s) in cuts.items():
            if key in routed:
                planned[machine] = planned.get(machine, 0.0) + n * routed[key].takes_s(machine)
                real[machine] = real.get(machine, 0.0) + took_s
                count[machine] = count.get(machine, 0) + n
    return {
        machine: (real[machine] / planned[machine] * n + 10) / (n + 10)
        for machine, n in count.items()
        if planned[machine] > 0
    }


def _tool_budgets(state: ShopState, shop: Shop) -> tuple[records.ToolBudget, ...]:
    """Cutting seconds each tool of each mill has: the edges in its magazine and its share of those in the crib."""
    used = {
        int(tool)
        for route in state.routes.values()
        for operation in route.operations
        for tool in operation.tool_minutes
    }
    budgets = []
    for kind in shop.tools:
        number = kind.tool.number
        if number not in used:
            continue
        holding = [machine for machine in state.machines.values() if str(number) in machine.edges]
        for machine in holding:
            edge = machine.edges[str(number)]
            edges = edge.sisters + state.crib.get(str(number), 0) // len(holding)
            minutes = max(0.0, kind.tool.life_min - edge.minutes) + edges * kind.tool.life_min
            budgets.append(records.ToolBudget(machine.id, number, minutes * 60))
    return tuple(budgets)


def _cause_of_report(report: r.AnyReport) -> str:
    words = {
        r.MachineFailed: f"{report.unit} failed",
        r.MachineRepaired: f"{report.unit} is up again",
        r.MachineMaintained: f"{report.unit} has been maintained",
        r.CycleInterrupted: f"a cycle on {report.unit} was interrupted",
    }
    if isinstance(report, r.Delivered):
        return f"{report.quantity} {report.item} arrived"
    return words[type(report)]


def _of_one_part(fact: e.AnyFact) -> bool:
    """Whether the fact changes how one part is cut, and no other."""
    if isinstance(fact, e.ParametersJudged):
        return not fact.released
    return isinstance(fact, e.ParametersRevised) and fact.on_trial


def _cause_of_fact(fact: e.AnyFact) -> str:
    if isinstance(fact, e.OrderReceived):
        return f"order {fact.order}" if not fact.remake_of else f"remake for {fact.order}"
    if isinstance(fact, e.PartReviewed):
        return f"{fact.serial}: {fact.decision.replace('_', ' ')}"
    if isinstance(fact, e.HoldPlaced):
        return f"hold {fact.hold}"
    if isinstance(fact, e.HoldReleased):
        return f"hold {fact.hold} released"
    if isinstance(fact, e.MaintenancePlanned):
        return f"a stop of {fact.machine} was planned"
    if isinstance(fact, e.ParametersJudged):
        return f"new parameters of {fact.operation} were released"
    if isinstance(fact, e.ParametersRevised):
        return f"new parameters of {fact.operation}"
    return "a route was certified"
