"""Dispatch rules: turn the schedule's sequence into commands, as far as the state allows.
The rules are work-conserving and deterministic: the same state and wishes give the same commands. Every command has passed
its gate; the controller only logs its intent and sends it.
"""

from collections.abc import Callable

from nightmill.floor.apply_events import stage_of
from nightmill.floor.buffer_places import may_leave
from nightmill.floor.dispatch_round import (
    Round,
    Wishes,
    ends_too_late,
    for_the_night,
    lacks_edge,
    operation_of,
    stops_now,
    units_of,
)
from nightmill.floor.interlocks import expired_tools
from nightmill.floor.night_windows import bin_is_full, night_work, suits
from nightmill.floor.operator_tasks import care_for_machines, fill_magazines, load_tool, use_people
from nightmill.floor.records import PalletState, ShopState
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.ids import part_of, scheduled_id
from nightmill.vocabulary.magazines import TOOLING
from nightmill.vocabulary.shop import Shop


def dispatch(state: ShopState, shop: Shop, wishes: Wishes, program: Callable[[str], str | None]) -> list[c.AnyCommand]:
    """The commands that may be issued now, each of which has passed its gate; ``program`` returns the NC text for a SHA-256, if available."""
    floor = Round(state, shop, wishes, program)
    care_for_machines(floor)
    for unit in shop.cutters():
        _run_machine(floor, unit.id)
    _use_stations(floor)
    _use_robot(floor)
    use_people(floor)
    fill_magazines(floor)
    return floor.commands


def _run_machine(floor: Round, unit: str) -> None:
    state = floor.state
    if unit in floor.busy_units or state.machines[unit].status != "idle" or unit in state.out_of_service:
        return
    pallet = next((each for each in state.pallets.values() if each.place == unit), None)
    if pallet is None or pallet.id in floor.busy_pallets or stage_of(state, pallet) != "uncut":
        return
    part = state.parts[pallet.serial]
    operation = operation_of(state, part, pallet.operation)
    if operation is None or state.held(part.serial) or _tried_elsewhere(floor, unit, operation):
        return
    for machine, tool, offset in floor.wishes.offsets:
        if machine == unit:
            floor.issue(c.WriteOffset(floor.next_id("offset"), unit, tool, offset))
            return
    worn = expired_tools(state, unit, operation.tool_minutes, floor.wishes.tool_life)
    if worn:
        _renew_tool(floor, unit, worn[0])
    elif state.machines[unit].programs.get(operation.operation) != operation.program_sha256:
        text = floor.program(operation.program_sha256)
        if text is None:
            return
        material = state.routes[part.item].material
        store = c.StoreProgram(
            floor.next_id("store"), unit, operation.operation, operation.program_sha256, text, material
        )
        floor.issue(store)
    else:
        floor.issue(
            c.StartCycle(
                floor.next_id("cycle"), unit, pallet.id, part.serial, operation.operation, operation.program_sha256
            )
        )


def _tried_elsewhere(floor: Round, unit: str, operation: RoutedOperation) -> bool:
    """Return whether another mill is about to cut the trial part of the operation's revision."""
    trial = floor.state.routes[part_of(operation.operation)].trials.get(operation.operation)
    if trial is None or trial.serial:
        return False
    under_way = (*floor.state.open_commands.values(), *floor.commands)
    return any(
        each.unit != unit
        and each.operation == operation.operation
        and (each.sha256 if isinstance(each, c.StoreProgram) else each.program_sha256) == operation.program_sha256
        for each in under_way
        if isinstance(each, c.StartCycle | c.StoreProgram)
    )


def _renew_tool(floor: Round, unit: str, tool: str) -> None:
    edge = floor.state.machines[unit].edges[tool]
    if edge.sisters > 0:
        floor.issue(c.ReplaceTool(floor.next_id("tool"), unit, int(tool)))
    else:
        load_tool(floor, unit, tool, TOOLING.at_once)


def _use_stations(floor: Round) -> None:
    state, wishes = floor.state, floor.wishes
    for pallet in state.pallets.values():
        if pallet.id in floor.busy_pallets or not pallet.serial or pallet.place in floor.busy_units:
            continue
        part = state.parts[pallet.serial]
        if state.route_refused(part.serial):
            continue
        if pallet.place in units_of(floor, "gauge") and pallet.operation not in part.measured:
            tasks = wishes.tasks.get(pallet.operation, ())
            floor.issue(c.MeasurePart(floor.next_id("measure"), pallet.place, pallet.id, part.serial, tasks))
        elif pallet.place in units_of(floor, "vision") and not part.image:
            floor.issue(c.TakeImage(floor.next_id("image"), pallet.place, pallet.id, part.serial))


def _use_robot(floor: Round) -> None:
    robots = [unit for unit in units_of(floor, "robot") if unit not in floor.busy_units]
    if not robots:
        return
    movable = [p for p in floor.state.pallets.values() if p.serial and p.id not in floor.busy_pallets]
    pallets = sorted(movable, key=lambda pallet: _urgency(floor, pallet))
    for robot in robots:
        for pallet in pallets:
            goal = _goal(floor, pallet)
            if goal and goal != pallet.place:
                move = c.MovePallet(floor.next_id("move"), robot, pallet.id, pallet.place, goal)
                if floor.issue(move):
                    break


def _urgency(floor: Round, pallet: PalletState) -> tuple[int, bool, int, str]:
    """Move pallets: first clear machines, then feed them, then clear the stations.
    Before a night, short cycles go first; during the night, cuts that end before people return go first.
    """
    at_machine = pallet.place in floor.state.machines
    stage = stage_of(floor.state, pallet)
    first = 0 if at_machine and stage == "cut" else 1 if stage == "uncut" else 2
    later = stage == "uncut" and (
        for_the_night(floor, pallet.serial, pallet.operation) or ends_too_late(floor, pallet.serial, pallet.operation)
    )
    return (first, later, floor.rank.get(scheduled_id(pallet.serial, pallet.operation), 1 << 30), pallet.id)


def _goal(floor: Round, pallet: PalletState) -> str | None:
    """Where the pallet should go now, or ``None`` if it should stay."""
    state = floor.state
    if pallet.id in floor.busy_pallets or not pallet.serial or pallet.place in floor.busy_units:
        return None
    stage = stage_of(state, pallet)
    if state.route_refused(pallet.serial) and stage == "uncut":
        return "pool"  # to make room at the station
    if stage == "uncut":
        return _machine_for(floor, pallet) if pallet.place == "pool" else _leave_dead_machine(floor, pallet)
    if stage == "cutting":
        return None
    if pallet.place in state.machines and not may_leave(floor, pallet):
        return None
    part = state.parts[pallet.serial]
    if state.route_refused(part.serial):
        return "pool"
    doubtful = part.doubtful() or part.disposition != ""
    stations: list[tuple[str, bool]] = [
        ("gauge", part.serial in floor.wishes.measure and pallet.operation not in part.measured),
        ("vision", part.serial in floor.wishes.photograph and not part.image),
    ]
    for kind, wanted in stations:
        if wanted and not doubtful:
            if pallet.place in units_of(floor, kind):
                return None
            return next((unit for unit in units_of(floor, kind) if _is_free(floor, unit)), _wait_in_pool(floor, pallet))
    return "pool"


def _wait_in_pool(floor: Round, pallet: PalletState) -> str | None:
    """Move a cut part whose station is occupied off the machine, so that the machine can continue."""
    return "pool" if pallet.place in floor.state.machines else None


def _leave_dead_machine(floor: Round, pallet: PalletState) -> str | None:
    """Move a part away from a machine that can't cut it because it is down, stopped, or lacks an edge that nobody can bring."""
    machine = floor.state.machines.get(pallet.place)
    if machine is None:
        return "pool"
    stuck = machine.status in {"down", "maintenance"} or machine.id in floor.state.out_of_service
    moved, _ = floor.state.moved.get(scheduled_id(pallet.serial, pallet.operation), (machine.id, 0.0))
    stuck = stuck or moved != machine.id or lacks_edge(floor, machine.id, pallet)
    return "pool" if stuck and machine.id not in floor.busy_units else None


def _is_free(floor: Round, unit: str) -> bool:
    return unit not in floor.heading and floor.state.on_unit(unit) is None


def _machine_for(floor: Round, pallet: PalletState) -> str | None:
    """Return the planned machine, or an idle one if the planned machine can't take the part now."""
    state = floor.state
    planned = floor.machine_of.get(scheduled_id(pallet.serial, pallet.operation))
    if planned is None or state.held(pallet.serial) or state.parts[pallet.serial].disposition:
        return None
    wanted, start_s = state.moved.get(scheduled_id(pallet.serial, pallet.operation), ("", 0.0))
    if start_s > state.now_s:
        return None
    if wanted or (night := _night_of(floor)) is None:
        if _takes(floor, planned, pallet):
            return planned
        others = () if wanted else _starving(floor)  # a person has assigned it to that machine
    elif pallet.id in night:
        others = (night[pallet.id],)
    else:
        spoken_for = set(night.values())
        others = tuple(unit.id for unit in floor.shop.cutters() if unit.id not in spoken_for)
    return next((unit for unit in others if suits(floor, unit, pallet) and _takes(floor, unit, pallet)), None)


def _night_of(floor: Round) -> dict[str, str] | None:
    """Return the plan for the rest of the night, computed only if a mill could take a part."""
    if floor.wishes.back_s is None:
        return None
    free = any(machine.status == "idle" and _is_free(floor, machine.id) for machine in floor.state.machines.values())
    return night_work(floor) if free or floor.night_known else None


def _takes(floor: Round, unit: str, pallet: PalletState) -> bool:
    idle = floor.state.machines[unit].status == "idle" and not stops_now(floor, unit) and _is_free(floor, unit)
    idle = idle and unit not in floor.state.out_of_service
    return idle and not lacks_edge(floor, unit, pallet) and not bin_is_full(floor, unit, pallet)


def _starving(floor: Round) -> tuple[str, ...]:
    """Mills that could cut but find no pallet planned for them in the pool; computed once per round."""
    if floor.starving is None:
        floor.starving = _unfed(floor)
    return floor.starving


def _unfed(floor: Round) -> tuple[str, ...]:
    waiting = [
        pallet
        for pallet in floor.state.pallets.values()
        if pallet.place == "pool" and pallet.serial and stage_of(floor.state, pallet) == "uncut"
    ]
    if not waiting:
        return ()
    fed: set[str] = set()
    for pallet in waiting:
        unit = floor.machine_of.get(scheduled_id(pallet.serial, pallet.operation), "")
        if unit and unit not in fed and not floor.state.held(pallet.serial) and not lacks_edge(floor, unit, pallet):
            fed.add(unit)
    return tuple(unit.id for unit in floor.shop.cutters() if unit.id not in fed)
