"""What may be done next: turn the schedule's order of work into commands, as far as the state allows.

Work-conserving and deterministic: the same state and wishes give the same commands. Every command has passed
its gate; the controller only writes the intents and sends them.
"""

import math
from collections.abc import Callable

import msgspec

from nightmill.floor.fold import stage_of
from nightmill.floor.interlocks import edge_share, expired_tools, gate
from nightmill.floor.records import PalletState, PartState, ShopState
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.shop import Shop


class Wishes(msgspec.Struct, frozen=True):
    """What the rooms want of the floor now.

    ``measure`` are the serials whose last cut is to be measured, ``photograph`` those to go before the camera;
    ``offsets`` the registers to write, ``maintain`` the machines whose planned stop is due. Magazines are kept filled
    for the work of the next ``tool_ahead_s``, or to ``tool_par`` edges of each tool in use. ``night_ends_s`` is set
    when people leave soon: until they are back then, only what lies on pallets is cut.
    """

    persons: int
    measure: frozenset[str]
    photograph: frozenset[str]
    offsets: tuple[tuple[str, int, float], ...]
    maintain: tuple[tuple[str, float], ...]
    tool_life: dict[str, float]
    tasks: dict[str, tuple[c.MeasureTask, ...]]
    blanks: dict[str, str]
    tool_ahead_s: float = 0.0
    tool_par: dict[str, int] = {}
    night_ends_s: float | None = None


class _Floor:
    """One round of dispatching: the state plus what this round has already decided."""

    def __init__(self, state: ShopState, shop: Shop, wishes: Wishes, program: Callable[[str], str]) -> None:
        self.state, self.shop, self.wishes, self.program = state, shop, wishes, program
        self.commands: list[c.AnyCommand] = []
        in_flight = list(state.open_commands.values())
        self.busy_pallets = {command.pallet for command in in_flight if hasattr(command, "pallet")}
        self.busy_units = {command.unit for command in in_flight if not isinstance(command, c.PlacePurchaseOrder)}
        self.persons = wishes.persons - sum(isinstance(command, _ATTENDED) for command in in_flight)
        self.heading = {command.destination for command in in_flight if isinstance(command, c.MovePallet)}
        self.mounting = {command.serial for command in in_flight if isinstance(command, c.MountPart)}
        self.blanks_taken: dict[str, int] = {}
        for command in in_flight:
            if isinstance(command, c.MountPart) and command.blank_item:
                self.blanks_taken[command.blank_item] = self.blanks_taken.get(command.blank_item, 0) + 1
        self.crib = dict(state.crib)
        for command in in_flight:
            if isinstance(command, c.LoadTool):
                self.crib[str(command.tool)] = self.crib.get(str(command.tool), 0) - command.count
        self.rank = {line.serial + "|" + line.operation: n for n, line in enumerate(state.schedule)}
        self.machine_of = {line.serial + "|" + line.operation: line.machine for line in state.schedule}
        self.starving = _starving(self)

    def next_id(self, kind: str) -> str:
        return f"{kind}-{self.state.issued + len(self.commands) + 1}"

    def issue(self, command: c.AnyCommand) -> bool:
        if gate(self.state, command, tool_life=self.wishes.tool_life) is not None:
            return False
        self.commands.append(command)
        if hasattr(command, "pallet"):
            self.busy_pallets.add(command.pallet)
        self.busy_units.add(command.unit)
        if isinstance(command, _ATTENDED):
            self.persons -= 1
        if isinstance(command, c.MovePallet):
            self.heading.add(command.destination)
        return True


MORNING_S = 2 * 3600.0
"""Orders due within this after the night aren't put off for it."""
NIGHT_CYCLE_S = 900.0
"""A shorter cycle is a waste of a pallet for the night: it is cut before people leave or when they are back."""
LOAD_EDGE_S = 120.0
"""Handwork an edge: fetch, clamp in the holder, measure, put into the magazine; one more for the way."""
_ATTENDED = (c.MountPart, c.DismountPart, c.LoadTool, c.MaintainMachine, c.RepairMachine)


def dispatch(state: ShopState, shop: Shop, wishes: Wishes, program: Callable[[str], str]) -> list[c.AnyCommand]:
    """The commands that may be issued now, each past its gate; ``program`` gives the NC text of a SHA-256."""
    floor = _Floor(state, shop, wishes, program)
    _care_for_machines(floor)
    for unit in shop.units("mill"):
        _run_machine(floor, unit.id)
    _use_stations(floor)
    _use_robot(floor)
    _use_people(floor)
    _fill_magazines(floor)
    return floor.commands


def _care_for_machines(floor: _Floor) -> None:
    for machine in floor.state.machines.values():
        if machine.id in floor.busy_units or floor.persons < 1:
            continue
        if machine.status == "down":
            floor.issue(c.RepairMachine(floor.next_id("repair"), machine.id))
        elif machine.status == "idle" and any(name == machine.id for name, _ in floor.wishes.maintain):
            floor.issue(c.MaintainMachine(floor.next_id("maintain"), machine.id, floor.shop.maintenance_s))


def _run_machine(floor: _Floor, unit: str) -> None:
    state = floor.state
    if unit in floor.busy_units or state.machines[unit].status != "idle":
        return
    pallet = next((each for each in state.pallets.values() if each.place == unit), None)
    if pallet is None or pallet.id in floor.busy_pallets or stage_of(state, pallet) != "uncut":
        return
    part = state.parts[pallet.serial]
    operation = _operation(state, part, pallet.operation)
    if operation is None or state.held(part.serial):
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


def _renew_tool(floor: _Floor, unit: str, tool: str) -> None:
    edge = floor.state.machines[unit].edges[tool]
    if edge.sisters > 0:
        floor.issue(c.ReplaceTool(floor.next_id("tool"), unit, int(tool)))
    else:
        _load_tool(floor, unit, tool, 2)


def _load_tool(floor: _Floor, unit: str, tool: str, wanted: int) -> None:
    """A person brings edges from the crib, as many as are wanted and there."""
    count = min(wanted, floor.crib.get(tool, 0))
    if floor.persons > 0 and count > 0:
        minutes_s = LOAD_EDGE_S * (count + 1)
        if floor.issue(c.LoadTool(floor.next_id("load"), unit, int(tool), count, minutes_s)):
            floor.crib[tool] = floor.crib[tool] - count


def _operation(state: ShopState, part: PartState, operation: str) -> RoutedOperation | None:
    return next((each for each in state.routes[part.item].operations if each.operation == operation), None)


def _use_stations(floor: _Floor) -> None:
    state, wishes = floor.state, floor.wishes
    for pallet in state.pallets.values():
        if pallet.id in floor.busy_pallets or not pallet.serial or pallet.place in floor.busy_units:
            continue
        part = state.parts[pallet.serial]
        if pallet.place in _ids(floor, "gauge") and pallet.operation not in part.measured:
            tasks = wishes.tasks.get(pallet.operation, ())
            floor.issue(c.MeasurePart(floor.next_id("measure"), pallet.place, pallet.id, part.serial, tasks))
        elif pallet.place in _ids(floor, "vision") and not part.image:
            floor.issue(c.TakeImage(floor.next_id("image"), pallet.place, pallet.id, part.serial))


def _ids(floor: _Floor, kind: str) -> list[str]:
    return [unit.id for unit in floor.shop.work_units if unit.kind == kind]


def _use_robot(floor: _Floor) -> None:
    robots = [unit for unit in _ids(floor, "robot") if unit not in floor.busy_units]
    pallets = sorted(floor.state.pallets.values(), key=lambda pallet: _urgency(floor, pallet))
    for robot in robots:
        for pallet in pallets:
            goal = _goal(floor, pallet)
            if goal and goal != pallet.place:
                move = c.MovePallet(floor.next_id("move"), robot, pallet.id, pallet.place, goal)
                if floor.issue(move):
                    break


def _urgency(floor: _Floor, pallet: PalletState) -> tuple[int, bool, int, str]:
    """Free machines first, then feed them, then clear the stations. Before a night short cycles go first."""
    at_machine = pallet.place in floor.state.machines
    stage = stage_of(floor.state, pallet)
    first = 0 if at_machine and stage == "cut" else 1 if stage == "uncut" else 2
    later = stage == "uncut" and _for_the_night(floor, pallet.serial, pallet.operation)
    return (first, later, floor.rank.get(f"{pallet.serial}|{pallet.operation}", 1 << 30), pallet.id)


def _for_the_night(floor: _Floor, serial: str, operation: str) -> bool:
    """Whether a night is near and the operation is long enough for it and not wanted soon after it."""
    part = floor.state.parts[serial]
    known = _operation(floor.state, part, operation)
    return known is not None and known.cycle_s >= NIGHT_CYCLE_S and not _urgent(floor, part)


def _urgent(floor: _Floor, part: PartState) -> bool:
    ends = floor.wishes.night_ends_s
    return ends is None or floor.state.orders[part.order].due_s <= ends + MORNING_S


def _goal(floor: _Floor, pallet: PalletState) -> str | None:
    """Where the pallet should go now, or ``None`` when it should stay."""
    state = floor.state
    if pallet.id in floor.busy_pallets or not pallet.serial or pallet.place in floor.busy_units:
        return None
    stage = stage_of(state, pallet)
    if stage == "uncut":
        return _machine_for(floor, pallet) if pallet.place == "pool" else _leave_dead_machine(floor, pallet)
    if stage == "cutting":
        return None
    part = state.parts[pallet.serial]
    doubtful = part.doubtful() or part.disposition != ""
    stations: list[tuple[str, bool]] = [
        ("gauge", part.serial in floor.wishes.measure and pallet.operation not in part.measured),
        ("vision", part.serial in floor.wishes.photograph and not part.image),
    ]
    for kind, wanted in stations:
        if wanted and not doubtful:
            if pallet.place in _ids(floor, kind):
                return None
            return next((unit for unit in _ids(floor, kind) if _free(floor, unit)), _wait_in_pool(floor, pallet))
    return "pool"


def _wait_in_pool(floor: _Floor, pallet: PalletState) -> str | None:
    """A cut part whose station is taken leaves the machine, so that the machine can go on."""
    return "pool" if pallet.place in floor.state.machines else None


def _leave_dead_machine(floor: _Floor, pallet: PalletState) -> str | None:
    """A part leaves a machine that won't cut it: down, stopped, or without an edge that anyone could bring."""
    machine = floor.state.machines.get(pallet.place)
    if machine is None:
        return "pool"
    stuck = machine.status in {"down", "maintenance"} or _lacks_edge(floor, machine.id, pallet)
    return "pool" if stuck and machine.id not in floor.busy_units else None


def _lacks_edge(floor: _Floor, unit: str, pallet: PalletState) -> bool:
    """Whether a tool is worn out with no sister in the magazine, and nobody present or no edge in the crib."""
    operation = _operation(floor.state, floor.state.parts[pallet.serial], pallet.operation)
    if operation is None:
        return False
    edges = floor.state.machines[unit].edges
    return any(
        edges[tool].sisters == 0 and (floor.wishes.persons == 0 or floor.crib.get(tool, 0) == 0)
        for tool in expired_tools(floor.state, unit, operation.tool_minutes, floor.wishes.tool_life)
    )


def _free(floor: _Floor, unit: str) -> bool:
    return unit not in floor.heading and floor.state.on_unit(unit) is None


def _machine_for(floor: _Floor, pallet: PalletState) -> str | None:
    """The planned machine; another that has nothing to do where the planned one can't take the part now."""
    state = floor.state
    planned = floor.machine_of.get(f"{pallet.serial}|{pallet.operation}")
    if planned is None or state.held(pallet.serial) or state.parts[pallet.serial].disposition:
        return None
    if _takes(floor, planned, pallet):
        return planned
    return next((unit for unit in floor.starving if _suits(floor, unit, pallet) and _takes(floor, unit, pallet)), None)


def _takes(floor: _Floor, unit: str, pallet: PalletState) -> bool:
    stops = any(name == unit for name, _ in floor.wishes.maintain)
    idle = floor.state.machines[unit].status == "idle" and not stops and _free(floor, unit)
    return idle and not _lacks_edge(floor, unit, pallet)


def _suits(floor: _Floor, unit: str, pallet: PalletState) -> bool:
    material = floor.state.routes[floor.state.parts[pallet.serial].item].material
    allowed = next(each.materials for each in floor.shop.work_units if each.id == unit)
    return not allowed or material in allowed


def _starving(floor: _Floor) -> tuple[str, ...]:
    """Mills that could cut and for which no pallet in the pool is planned that they could take."""
    waiting = [
        pallet
        for pallet in floor.state.pallets.values()
        if pallet.place == "pool" and pallet.serial and stage_of(floor.state, pallet) == "uncut"
    ]
    if not waiting:
        return ()
    fed: set[str] = set()
    for pallet in waiting:
        unit = floor.machine_of.get(f"{pallet.serial}|{pallet.operation}", "")
        if unit and unit not in fed and not floor.state.held(pallet.serial) and not _lacks_edge(floor, unit, pallet):
            fed.add(unit)
    return tuple(unit.id for unit in floor.shop.units("mill") if unit.id not in fed)


def _use_people(floor: _Floor) -> None:
    """Take off what is done, mount what comes next; mounting first while the pool holds less than the mills can take."""
    bench = next(iter(_ids(floor, "bench")), "")
    free = [
        p for p in floor.state.pallets.values() if not p.serial and p.place == "pool" and p.id not in floor.busy_pallets
    ]
    short = len(floor.state.machines) - len(floor.mounting) - _ready(floor)
    _mount_next(floor, bench, free, min(short, len(free)))
    for pallet in sorted(floor.state.pallets.values(), key=lambda pallet: pallet.id):
        if floor.persons > 0:
            _dismount(floor, bench, pallet)
    _mount_next(floor, bench, free, len(free))


def _ready(floor: _Floor) -> int:
    """Parts in the pool that wait for a mill."""
    pallets = floor.state.pallets.values()
    return sum(p.place == "pool" and bool(p.serial) and stage_of(floor.state, p) == "uncut" for p in pallets)


def _mount_next(floor: _Floor, bench: str, free: list[PalletState], count: int) -> None:
    """Mount up to ``count`` parts in the schedule's order; before a night what is long enough for it first."""
    if count < 1 or floor.persons < 1:
        return
    for line in sorted(floor.state.schedule, key=lambda line: (_evening_class(floor, line.serial, line.operation), line.mount_s)):
        if floor.persons < 1 or count < 1:
            return
        if _mount(floor, bench, line.serial, line.operation, free[0]):
            free.pop(0)
            count -= 1


def _evening_class(floor: _Floor, serial: str, operation: str) -> int:
    """Before a night: what can't wait first, then what fills the night, then the rest."""
    if _urgent(floor, floor.state.parts[serial]):
        return 0
    return 1 if _for_the_night(floor, serial, operation) else 2


def _fill_magazines(floor: _Floor) -> None:
    """Before people leave: edges enough for all the work that the schedule gives each mill within the look-ahead."""
    state, ahead = floor.state, floor.state.now_s + floor.wishes.tool_ahead_s
    if floor.persons < 1:
        return
    if floor.wishes.tool_par:
        _fill_to_par(floor)
    if floor.wishes.tool_ahead_s <= 0:
        return
    need: dict[tuple[str, str], float] = {}
    for line in state.schedule:
        operation = _operation(state, state.parts[line.serial], line.operation) if line.start_s < ahead else None
        for tool, minutes in operation.tool_minutes.items() if operation else ():
            share = edge_share(minutes, floor.wishes.tool_life.get(tool, 60.0))
            need[line.machine, tool] = need.get((line.machine, tool), 0.0) + share
    for (unit, tool), edges in sorted(need.items(), key=lambda each: (-each[1], each[0])):
        edge = state.machines[unit].edges.get(tool)
        if edge is None or not _reachable(floor, unit):
            continue
        rest = max(0.0, 1.0 - edge.minutes / floor.wishes.tool_life.get(tool, 60.0))
        short = math.ceil(edges - rest - edge.sisters)
        if short > 0:
            _load_tool(floor, unit, tool, short)


def _fill_to_par(floor: _Floor) -> None:
    """The standing rule of a shop that doesn't look ahead: so many edges of each tool in use in each magazine."""
    routes = floor.state.routes.values()
    used = {tool for route in routes for operation in route.operations for tool in operation.tool_minutes}
    for machine in floor.state.machines.values():
        for tool in sorted(used & machine.edges.keys()):
            short = floor.wishes.tool_par.get(tool, 0) - 1 - machine.edges[tool].sisters
            if short > 0 and _reachable(floor, machine.id):
                _load_tool(floor, machine.id, tool, short)


def _reachable(floor: _Floor, unit: str) -> bool:
    return unit not in floor.busy_units and floor.state.machines[unit].status in {"idle", "cutting"}


def _dismount(floor: _Floor, bench: str, pallet: PalletState) -> None:
    state = floor.state
    if pallet.place != "pool" or pallet.id in floor.busy_pallets or not pallet.serial:
        return
    part = state.parts[pallet.serial]
    destination = _destination(floor, pallet, part)
    if destination:
        floor.issue(
            c.DismountPart(floor.next_id("dismount"), bench, pallet.id, part.serial, destination, floor.shop.dismount_s)
        )


def _destination(floor: _Floor, pallet: PalletState, part: PartState) -> str | None:
    if part.disposition in {"scrap", "quarantine"}:
        return part.disposition
    if part.doubtful():
        return "quarantine"
    if stage_of(floor.state, pallet) != "cut" or floor.state.held(part.serial):
        return None
    waits_for_gauge = part.serial in floor.wishes.measure and pallet.operation not in part.measured
    waits_for_camera = part.serial in floor.wishes.photograph and not part.image
    if waits_for_gauge or waits_for_camera:
        return None
    if floor.state.next_operation(part) is not None:
        return "wip"
    return "finished" if part.disposition == "good" else None


def _mount(floor: _Floor, bench: str, serial: str, operation: str, pallet: PalletState) -> bool:
    state = floor.state
    part = state.parts[serial]
    upcoming = state.next_operation(part)
    if serial in floor.mounting or upcoming is None or upcoming.operation != operation:
        return False
    blank = floor.wishes.blanks.get(part.item, "") if part.place == "none" else ""
    if blank and state.stock.get(blank, 0) - floor.blanks_taken.get(blank, 0) < 1:
        return False
    mount = c.MountPart(floor.next_id("mount"), bench, pallet.id, serial, operation, blank, floor.shop.mount_s)
    if not floor.issue(mount):
        return False
    floor.mounting.add(serial)
    if blank:
        floor.blanks_taken[blank] = floor.blanks_taken.get(blank, 0) + 1
    return True
