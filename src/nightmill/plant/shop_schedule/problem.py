"""The scheduling problem for a state of the shop: operations to do, machines, people, pallets and tools."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import msgspec

from nightmill.floor import ShopState, stage_of
from nightmill.floor import records as on_floor
from nightmill.plant.shop_schedule.batch_processes import processes, stands, treatments_of
from nightmill.plant.shop_schedule.energy_tariff import tariffs
from nightmill.plant.shop_schedule.material_availability import blank_dates, tool_dates
from nightmill.scheduling import records
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.ids import pallet_at, scheduled_id
from nightmill.vocabulary.shop import Shop
from nightmill.vocabulary.units import DAY_S

STATION_S = 240.0

LONGEST_WAIT_S = DAY_S
"""Longest time after a failure for which a repair may be postponed, however much a new plan would gain by postponing it."""

LONG_REPAIR = 1.9
"""Excess of the 90th percentile of repair time over the median: lognormal, 0.5 of the logarithm (MIL-HDBK-472, procedure I)."""


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
    """Return the work left as a scheduling problem. Parts on hold, in doubt or disposed of are left out.

    ``speed``: real over planned cycle time by machine, unless it is to be taken from the state. ``repairs``: the schedule
    places repairs that haven't started; otherwise each starts at once.
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
            # a held part keeps its pallet; any other part is unloaded when people are next present, before they mount
            blocked += pallet_at(part.place) is not None and state.held(part.serial)
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
    """Return the planned time of a robot's move."""
    return max((unit.move_s for unit in shop.units("robot")), default=60.0)


def _cutters(
    state: ShopState,
    shop: Shop,
    operations: Iterable[records.ShopOperation],
    waiting: Collection[str],
    windows: Iterable[records.Window],
) -> tuple[records.ShopMachine, ...]:
    """Return the mills and lathes; those whose repair is ``waiting`` for the schedule to place count as up."""
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
    """Return the operations with the fixture that each holds, and the parts assembled into other parts."""
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
    """Return when an order's parts are back from other firms, if the shop delivers as promised; 0 if none of them is outside."""
    order = state.orders.get(name)
    if order is None or order.cancelled_s is not None or not shop.finishing_of(order.item):
        return 0.0
    done_s = max(state.now_s, order.promise_s or 0.0) if order.completed_s is None else order.completed_s
    return done_s + DAY_S * shop.finishing_days(order.item)


def _fixtures(shop: Shop, operations: Iterable[records.ShopOperation]) -> tuple[records.FixtureKind, ...]:
    """Return the available fixtures: as many as the shop lists, but no fewer than are in use."""
    in_use = Counter(op.fixture for op in operations if op.state != "waiting")
    return tuple(records.FixtureKind(kind.id, max(kind.count, in_use[kind.id])) for kind in shop.fixtures)


def _in_mills(state: ShopState, shop: Shop, operations: Iterable[records.ShopOperation]) -> list[records.ShopOperation]:
    """Return the operations; a cut part that is still in a mill with a limited number of places behind it is treated like a part whose cut
    ends now.
    """
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
    """Return the number of output places behind each mill, without those occupied by held parts, but at least as many as are in use."""
    waiting = Counter(op.machine for op in operations if op.state == "cut")
    rooms: dict[str, int | None] = {}
    for unit in shop.cutters():
        held = 0 if unit.buffer is None else sum(state.held(each.serial) for each in state.behind(unit.id))
        rooms[unit.id] = None if unit.buffer is None else max(unit.buffer - held, waiting[unit.id])
    return rooms


def _open_repairs(state: ShopState, shop: Shop) -> tuple[records.Repair, ...]:
    """Return repairs that nobody has started and that may still be postponed; a repair that has waited too long starts at once."""
    under_repair = {command.unit for command in state.open_commands.values() if isinstance(command, c.RepairMachine)}
    return tuple(
        records.Repair(name, shop.repair_s, LONG_REPAIR * shop.repair_s)
        for name, machine in state.machines.items()
        if machine.status == "down"
        and name not in under_repair
        and state.out_of_service.get(name, 0.0) <= state.now_s
        and state.now_s - max(machine.failures, default=0.0) < LONGEST_WAIT_S
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
        moved, not_before_s = state.moved.get(scheduled_id(part.serial, operation.operation), ("", 0.0))
        mills = [u for u in shop.cutters(operation.kind) if not u.materials or route.material in u.materials]
        mills = [unit for unit in mills if unit.id == moved] or mills
        last = position == len(routed) - 1
        found.append(
            records.ShopOperation(
                id=scheduled_id(part.serial, operation.operation),
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
    """Return the machine of a mounted pallet that is already on a working machine: the pallet stays there."""
    machine = state.machines.get(place)
    if place in state.out_of_service:
        return ""
    return place if machine is not None and machine.status in {"idle", "cutting"} else ""


def _machine(state: ShopState, shop: Shop, machine: str, windows: Iterable[records.Window]) -> records.ShopMachine:
    """Return the machine; if it is down, it is back after its usual repair time."""
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
    """Return real over planned cycle time by machine, for cuts with the programs in force, shrunk towards 1 with the weight of ten
    cycles.
    """
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
    """Return the cutting seconds available from each tool of each mill: the edges in the mill's magazine and its share of those in the
    crib.
    """
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
