"""Tasks of people: repair and maintain machines, take parts off, mount the next ones, load ovens, fill the magazines."""

import math

from nightmill.floor.apply_events import stage_of
from nightmill.floor.batch_processes import treatment_of, use_processes
from nightmill.floor.buffer_places import crowded
from nightmill.floor.dispatch_round import (
    Round,
    cutting_at,
    for_the_night,
    is_urgent,
    operation_of,
    stops_now,
    units_of,
)
from nightmill.floor.records import PalletState, PartState, edge_share
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.magazines import TOOLING, edges_short
from nightmill.vocabulary.units import DAY_S


def care_for_machines(floor: Round) -> None:
    """Repair machines that are down as soon as the schedule allows; service idle machines that are due, if the service can be finished before
    people leave.
    """
    for machine in floor.state.machines.values():
        if machine.id in floor.busy_units or floor.persons < 1:
            continue
        if machine.status == "down" and floor.state.repairs.get(machine.id, 0.0) <= floor.state.now_s:
            floor.issue(c.RepairMachine(floor.next_id("repair"), machine.id))
        elif machine.status == "idle" and stops_now(floor, machine.id):
            floor.issue(c.MaintainMachine(floor.next_id("maintain"), machine.id, floor.shop.maintenance_s))


def load_tool(floor: Round, unit: str, tool: str, wanted: int) -> None:
    """Have people bring edges from the crib, as many as are needed and available, one trip per mill at a time."""
    if unit in floor.loading:
        return
    count = min(wanted, floor.crib.get(tool, 0))
    if floor.persons < 1 or count < 1:
        return
    if floor.issue(c.LoadTool(floor.next_id("load"), unit, int(tool), count, TOOLING.errand_s(count))):
        floor.crib[tool] = floor.crib[tool] - count


def use_people(floor: Round) -> None:
    """Take off finished parts and mount the next ones; mounting goes first while the pool holds fewer parts than the mills can take.
    Parts that block the places behind a mill are taken off before anything else.
    """
    bench = next(iter(units_of(floor, "bench")), "")
    free = [
        p for p in floor.state.pallets.values() if not p.serial and p.place == "pool" and p.id not in floor.busy_pallets
    ]
    for pallet in crowded(floor):
        if floor.persons > 0:
            _dismount(floor, bench, pallet)
    _bring_back(floor, bench, free)
    short = len(floor.state.machines) - len(floor.mounting) - _ready(floor)
    _mount_next(floor, bench, free, min(short, len(free)))
    use_processes(floor)
    for pallet in sorted(floor.state.pallets.values(), key=lambda pallet: pallet.id):
        if floor.persons > 0:
            _dismount(floor, bench, pallet)
    _mount_next(floor, bench, free, len(free))


def _bring_back(floor: Round, bench: str, free: list[PalletState]) -> None:
    """Mount parts again that were released from quarantine, after any rework."""
    for part in floor.state.in_play():
        if floor.persons < 1 or not free:
            return
        if part.comes_back() and part.serial not in floor.mounting and _has_fixture(floor, part):
            seconds = part.rework_s + floor.shop.mount_s
            operation = part.cuts[-1].operation
            if floor.issue(c.MountPart(floor.next_id("mount"), bench, free[0].id, part.serial, operation, "", seconds)):
                floor.mounting.add(part.serial)
                free.pop(0)


def _ready(floor: Round) -> int:
    """Parts in the pool that wait for a mill."""
    pallets = floor.state.pallets.values()
    return sum(p.place == "pool" and bool(p.serial) and stage_of(floor.state, p) == "uncut" for p in pallets)


def _mount_next(floor: Round, bench: str, free: list[PalletState], count: int) -> None:
    """Mount up to ``count`` parts in the schedule's sequence; before a night, parts with long enough cycles go first."""
    if count < 1 or floor.persons < 1:
        return
    for line in sorted(
        floor.state.schedule, key=lambda line: (_evening_class(floor, line.serial, line.operation), line.mount_s)
    ):
        if floor.persons < 1 or count < 1:
            return
        if _mount(floor, bench, line.serial, line.operation, free[0]):
            free.pop(0)
            count -= 1


def _evening_class(floor: Round, serial: str, operation: str) -> int:
    """Sort parts for the time before a night: urgent parts first, then parts that fill the night, then the rest."""
    if is_urgent(floor, floor.state.parts[serial]):
        return 0
    return 1 if for_the_night(floor, serial, operation) else 2


def fill_magazines(floor: Round) -> None:
    """Before people leave, bring enough edges for all work that the schedule gives each mill within the look-ahead.
    This includes the rest of the running cut and, before a night, one more edge of each tool, for breakage and
    for work that a mill takes over from another.
    """
    state, ahead = floor.state, floor.state.now_s + floor.wishes.tool_ahead_s
    if floor.persons < 1:
        return
    if floor.wishes.tool_par:
        _fill_to_par(floor)
    if floor.wishes.tool_ahead_s <= 0:
        return
    need: dict[tuple[str, str], float] = {}
    shares: dict[tuple[str, str], tuple[tuple[str, float], ...]] = {}
    for line in state.schedule:
        if line.start_s >= ahead:
            continue
        part = state.parts[line.serial]
        uses = shares.get((part.item, line.operation))
        if uses is None:
            uses = shares[part.item, line.operation] = _edge_shares(floor, part, line.operation)
        for tool, share in uses:
            need[line.machine, tool] = need.get((line.machine, tool), 0.0) + share
    for unit in {unit for unit, _ in need}:
        running = cutting_at(state, unit)
        for tool, minutes in running.tool_minutes.items() if running else ():
            if (unit, tool) in need:
                need[unit, tool] += edge_share(minutes, floor.wishes.tool_life.get(tool, 60.0))
    spare = TOOLING.spare if floor.wishes.night_ends_s is not None else 0
    for (unit, tool), edges in sorted(need.items(), key=lambda each: (-each[1], each[0])):
        edge = state.machines[unit].edges.get(tool)
        if edge is None or not _reachable(floor, unit):
            continue
        rest = max(0.0, 1.0 - edge.minutes / floor.wishes.tool_life.get(tool, 60.0))
        short = edges_short(edges, spare, rest, edge.sisters)
        if short > 0:
            load_tool(floor, unit, tool, short)


def _edge_shares(floor: Round, part: PartState, operation: str) -> tuple[tuple[str, float], ...]:
    """Return the fraction of an edge of each tool that the operation uses up; the same for every part of the item."""
    known = operation_of(floor.state, part, operation)
    if known is None:
        return ()
    return tuple(
        (tool, edge_share(minutes, floor.wishes.tool_life.get(tool, 60.0)))
        for tool, minutes in known.tool_minutes.items()
    )


def _fill_to_par(floor: Round) -> None:
    """Keep a fixed number of edges of each used tool in each magazine, as a shop without look-ahead does."""
    operations = [operation for route in floor.state.routes.values() for operation in route.operations]
    for machine in floor.state.machines.values():
        used = {tool for operation in operations if operation.kind == machine.kind for tool in operation.tool_minutes}
        for tool in sorted(used & machine.edges.keys()):
            short = floor.wishes.tool_par.get(tool, 0) - 1 - machine.edges[tool].sisters
            if short > 0 and _reachable(floor, machine.id):
                load_tool(floor, machine.id, tool, short)


def _reachable(floor: Round, unit: str) -> bool:
    """Return whether a person may work at the mill's magazine, which is outside the door and so accessible while the mill cuts."""
    return unit not in floor.loading and floor.state.machines[unit].status in {"idle", "cutting"}


def _dismount(floor: Round, bench: str, pallet: PalletState) -> None:
    state = floor.state
    if pallet.place != "pool" or pallet.id in floor.busy_pallets or not pallet.serial:
        return
    part = state.parts[pallet.serial]
    destination = _destination(floor, pallet, part)
    if destination:
        floor.issue(
            c.DismountPart(floor.next_id("dismount"), bench, pallet.id, part.serial, destination, floor.shop.dismount_s)
        )


def _destination(floor: Round, pallet: PalletState, part: PartState) -> str | None:
    if part.disposition in {"scrap", "quarantine"}:
        return part.disposition
    if part.doubtful() or part.rework_s > 0:
        return "quarantine"
    if stage_of(floor.state, pallet) != "cut" or floor.state.held(part.serial):
        return None
    waits_for_gauge = part.serial in floor.wishes.measure and pallet.operation not in part.measured
    waits_for_camera = part.serial in floor.wishes.photograph and not part.image
    if waits_for_gauge or waits_for_camera:
        return None
    if floor.state.next_operation(part) is not None:
        return "wip"
    if part.disposition != "good":
        return None
    return "finished" if treatment_of(floor, part) is None else "wip"


def _mount(floor: Round, bench: str, serial: str, operation: str, pallet: PalletState) -> bool:
    state = floor.state
    part = state.parts[serial]
    upcoming = state.next_operation(part)
    if serial in floor.mounting or upcoming is None or upcoming.operation != operation:
        return False
    blank = floor.wishes.blanks.get(part.item, "") if part.place == "none" else ""
    if blank and state.free_stock(blank) - floor.blanks_taken.get(blank, 0) < 1:
        return False
    if not _has_edges(floor, upcoming) or not _has_fixture(floor, part) or not _parts_there(floor, part):
        return False
    mount = c.MountPart(floor.next_id("mount"), bench, pallet.id, serial, operation, blank, floor.shop.mount_s)
    if not floor.issue(mount):
        return False
    floor.mounting.add(serial)
    _speak_for(floor, upcoming)
    if blank:
        floor.blanks_taken[blank] = floor.blanks_taken.get(blank, 0) + 1
    return True


def _has_fixture(floor: Round, part: PartState) -> bool:
    """Return whether a fixture of the kind that the part needs is free, that is, not on a pallet and not being mounted."""
    kind = floor.shop.fixture_of(part.item)
    count = next((each.count for each in floor.shop.fixtures if each.id == kind), None)
    if count is None:
        return True
    holding = floor.mounting | {pallet.serial for pallet in floor.state.pallets.values() if pallet.serial}
    parts = floor.state.parts
    return sum(floor.shop.fixture_of(parts[serial].item) == kind for serial in holding) < count


def _parts_there(floor: Round, part: PartState) -> bool:
    """Return whether all orders whose parts are assembled into this part are complete and back from finishing, or cancelled."""

    def there(name: str) -> bool:
        order = floor.state.orders.get(name)
        if order is None or order.cancelled_s is not None:
            return order is not None
        elsewhere_s = DAY_S * floor.shop.finishing_days(order.item)
        return order.completed_s is not None and order.completed_s + elsewhere_s <= floor.state.now_s

    return all(there(name) for name in floor.shop.after(part.order))


def _has_edges(floor: Round, operation: RoutedOperation) -> bool:
    """Return whether the shop has edges for ``operation`` beyond those reserved for parts already on pallets for such machines.
    A pallet that waits for a missing tool can't be used for other parts, so the whole pool could become blocked.
    """
    if floor.edges_spoken_for is None:
        floor.edges_spoken_for = {}
        for uncut in _uncut_operations(floor):
            _speak_for(floor, uncut)
    for tool, minutes in operation.tool_minutes.items():
        machines = [each for each in floor.state.machines.values() if each.kind == operation.kind]
        edges = [machine.edges[tool] for machine in machines if tool in machine.edges]
        if not edges or minutes <= 0:
            continue
        life = floor.wishes.tool_life.get(tool, 60.0)
        share = edge_share(minutes, life)
        fresh = floor.crib.get(tool, 0) + sum(edge.sisters for edge in edges)
        left = [
            max(0.0, life - edge.minutes) for edge in edges
        ]  # a broken edge has none left: its minutes are infinite
        begun = share * sum(max(rest == life, math.floor(rest / minutes)) for rest in left)
        if fresh + begun - floor.edges_spoken_for.get((operation.kind, tool), 0.0) < share - 1e-9:
            return False
    return True


def _uncut_operations(floor: Round) -> list[RoutedOperation]:
    """Parts on pallets, or being mounted, that are not fully cut."""
    state = floor.state
    mounted = [
        operation_of(state, state.parts[pallet.serial], pallet.operation)
        for pallet in state.pallets.values()
        if pallet.serial and stage_of(state, pallet) in {"uncut", "cutting"}
    ]
    coming = [state.next_operation(state.parts[serial]) for serial in floor.mounting]
    return [operation for operation in (*mounted, *coming) if operation is not None]


def _speak_for(floor: Round, operation: RoutedOperation) -> None:
    """Reserve the edges that ``operation`` uses up."""
    spoken_for = floor.edges_spoken_for
    if spoken_for is not None:
        for tool, minutes in operation.tool_minutes.items():
            share = edge_share(minutes, floor.wishes.tool_life.get(tool, 60.0))
            key = operation.kind, tool
            spoken_for[key] = spoken_for.get(key, 0.0) + share
