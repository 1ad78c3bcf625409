"""Batch processes on cut parts in the shop's own ovens, washers and tumblers: the scheduler's view of them, and their cost.

A machine that needs an attendant is treated as a fixture held from when its part is put in until the part is taken
out, and the attended work counts as part of loading; so the number of parts worked on at once can't exceed the number of such machines
and people.
"""

from collections.abc import Collection, Mapping

import msgspec

from nightmill.floor import ShopState
from nightmill.floor import records as on_floor
from nightmill.scheduling import records
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.ids import MachineId, operation_id, scheduled_id, unit_at
from nightmill.vocabulary.shop import Finishing, Shop
from nightmill.vocabulary.units import HOUR_S

STAND = "at "
"""Name prefix of the fixtures that represent attended machines."""
DECIDED_S = 86400.0
"""Assumed time until somebody decides on a part held in an oven; plans are remade after the decision."""
TOUCH_S = 1.0
"""Remaining machine time if people do all the work while loading."""


def treatments_of(state: ShopState, shop: Shop, part: on_floor.PartState) -> list[records.ShopOperation]:
    """Return the treatments left for a wanted part; the current treatment is running, or the part waits to be unloaded."""
    steps = shop.treatments_of(part.item)
    if part.disposition not in {"", "good"} or part.doubtful() or state.held(part.serial) or not steps:
        return []
    unit = unit_at(part.place) or MachineId("")
    load, shut = state.loads.get(unit), _blocked(state, shop) - {unit}
    if load is not None and load.done:
        inside = _operation(part, steps[part.treated - 1])
        left = [msgspec.structs.replace(inside, state="cut", machine=unit, fixture="")]
        return left + [_operation(part, step, shut) for step in steps[part.treated :]]
    left = [_operation(part, step, shut) for step in steps[part.treated :]]
    into = next((x for x in state.open_commands.values() if isinstance(x, c.TreatParts) and part.serial in x.serials), None)  # fmt: skip
    if left and (load is not None or into is not None):
        began_s = load.since_s if load is not None else state.now_s
        left[0] = _running(left[0], steps[part.treated], unit or (into.unit if into else ""), began_s)
    return left


def _blocked(state: ShopState, shop: Shop) -> set[str]:
    """Return the machines blocked by a held part until somebody decides on it."""
    return {unit for unit in state.loads if on_floor.stays_inside(state, shop, unit)}


def _operation(part: on_floor.PartState, step: Finishing, shut: Collection[str] = ()) -> records.ShopOperation:
    run_s = HOUR_S * step.hours
    name = operation_id(part.item, step.name)
    open_ones = [machine for machine in step.machines if machine not in shut]
    alternatives = tuple(
        records.Alternative(machine, TOUCH_S if step.attended else run_s, family=step.family)
        for machine in open_ones or step.machines
    )
    return records.ShopOperation(
        id=scheduled_id(part.serial, name),
        serial=part.serial,
        order=part.order,
        operation=name,
        alternatives=alternatives,
        mount_s=step.load_s + (run_s if step.attended else 0.0),
        dismount_s=step.load_s,
        fixture=_attended_name(step) if step.attended else "",
    )


def _running(op: records.ShopOperation, step: Finishing, unit: str, began_s: float) -> records.ShopOperation:
    run_s = HOUR_S * step.hours
    here = tuple(msgspec.structs.replace(a, run_s=run_s) for a in op.alternatives if a.machine == unit)
    return msgspec.structs.replace(op, state="running", machine=unit, started_s=began_s, alternatives=here, fixture="")


def _attended_name(step: Finishing) -> str:
    return f"{STAND}{', '.join(step.machines)}"


def stands(shop: Shop) -> tuple[records.FixtureKind, ...]:
    """Return the attended machines as fixtures, with the number of each."""
    steps = {
        _attended_name(step): step for part in shop.parts for step in part.finishing if step.machines and step.attended
    }
    return tuple(records.FixtureKind(name, len(step.machines)) for name, step in steps.items())


def seated(problem: records.ShopProblem, schedule: records.ShopSchedule) -> records.ShopSchedule:
    """Return the schedule with each part at its own machine while it is attended.

    The solver only limits the number of attended machines in use, from loading to unloading. There is therefore a free machine for each
    part; a part keeps its assigned machine if that one is free.
    """
    asked = {op.id: op for op in problem.operations}
    free_s = {machine.id: machine.free_from_s for machine in problem.machines if machine.by_hand}
    rows = list(schedule.assignments)
    for row in rows:
        if asked[row.operation].state != "waiting" and row.machine in free_s:
            free_s[row.machine] = max(free_s[row.machine], row.done_s)
    placed = [
        n
        for n, row in enumerate(rows)
        if asked[row.operation].fixture.startswith(STAND) and asked[row.operation].state == "waiting"
    ]
    for number in sorted(placed, key=lambda n: (rows[n].mount_s, rows[n].operation)):
        row = rows[number]
        others = [a.machine for a in asked[row.operation].alternatives if a.machine != row.machine]
        free = (name for name in (row.machine, *others) if free_s[name] <= row.mount_s + 1e-3)
        name = next(free, row.machine)
        free_s[name] = row.done_s
        rows[number] = msgspec.structs.replace(row, machine=name)
    return msgspec.structs.replace(schedule, assignments=tuple(rows)) if placed else schedule


def processes(state: ShopState, shop: Shop) -> tuple[records.ShopMachine, ...]:
    """Return the shop's ovens, washers and tumblers; a machine blocked by a held part counts again after a day."""
    shut = _blocked(state, shop)
    return tuple(
        records.ShopMachine(
            unit.id,
            free_from_s=max(
                state.out_of_service.get(unit.id, 0.0), state.now_s + DECIDED_S if unit.id in shut else 0.0
            ),
            power_kw=unit.power_kw_cutting,
            places=unit.places,
            by_hand=True,
        )
        for unit in shop.units("process")
    )


def treatments_usd(shop: Shop, item: str, nights: Mapping[str, float] = {}) -> float:
    """Return the cost of treating a piece here at full loads: the piece's share of machine time and energy, people's time, overhead on
    machine and people.

    ``nights``: the fraction of each step's time at night, by name; without it, energy has the day price.
    """
    units = {unit.id: unit for unit in shop.units("process")}
    economy, total = shop.economy, 0.0
    for step in shop.treatments_of(item):
        unit = units[step.machines[0]]
        share_h = step.hours / unit.places
        hands_h = 2.0 * step.load_s / HOUR_S + (step.hours if step.attended else 0.0)
        conversion = share_h * unit.rate_usd_h + hands_h * economy.wage_usd_h
        total += conversion * (1.0 + economy.overhead_share)
        night = nights.get(step.name, 0.0)
        per_kwh = night * economy.night_usd_kwh + (1.0 - night) * economy.energy_usd_kwh
        total += share_h * unit.power_kw_cutting * per_kwh
    return total
