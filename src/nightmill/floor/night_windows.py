"""Plan the night: decide which cuts can still end before people return, and on which mills.
As long as every cut ends in time on whichever mill, the schedule's sequence applies. Otherwise as many cuts as possible are
finished (``vocabulary.night_packing``): first those whose order is due in the morning, and for each mill one that shorter cuts have
overtaken for days; cuts that can't end in time start last. The plan is remade whenever a mill is free, so it allows for failed mills
and for cuts that took longer.
"""

import math

import msgspec

from nightmill.floor.apply_events import stage_of
from nightmill.floor.dispatch_round import Round, cutting_at, operation_of, stops_now
from nightmill.floor.interlocks import expired_tools
from nightmill.floor.records import PalletState, change_s, cut_since, edge_share, expected_s, goes_first
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.ids import scheduled_id
from nightmill.vocabulary.night_packing import NightCut, NightMill, all_end, night_cuts, that_can_end
from nightmill.vocabulary.shop import WorkUnit


def night_work(floor: Round) -> dict[str, str] | None:
    """Return the mill for each pallet in the pool whose cut can end before people return; ``None`` if the schedule's sequence applies.
    The sequence applies while a person is present, during a short absence, and if all waiting cuts can end in time anyway.
    """
    if not floor.night_known:
        floor.night_known, floor.night = True, _planned(floor)
    return floor.night


def _planned(floor: Round) -> dict[str, str] | None:
    back_s, left_s = floor.wishes.back_s, floor.wishes.left_s
    if back_s is None or left_s is None or back_s - left_s < EVENING.night_s:
        return None
    mills = [
        _mill(floor, unit, back_s, left_s)
        for unit in floor.shop.cutters()
        if floor.state.machines[unit.id].status in {"idle", "cutting"} and not stops_now(floor, unit.id)
    ]
    takes: dict[str, dict[str, float]] = {}
    found = [_cut(floor, pallet, mills, takes) for pallet in floor.state.pallets.values()]
    cuts = [cut for cut in found if cut is not None]
    pallets, able = floor.state.pallets, that_can_end(cuts, mills)
    # a pallet that is waiting at a mill, or on its way to one, is next anyway
    under_way = {pallet.id for pallet in pallets.values() if pallet.place != "pool"} | set(floor.busy_pallets)
    can_end = {pallets[each].serial for each in able | under_way}
    first = goes_first(floor.state, left_s, back_s, len(mills), can_end)
    cuts = [msgspec.structs.replace(cut, urgent=pallets[cut.id].serial in first) for cut in cuts]
    cuts.sort(key=lambda cut: (floor.rank.get(_line(floor.state.pallets[cut.id]), 1 << 30), cut.id))
    return None if all_end(cuts, mills) else night_cuts(cuts, mills)


def _line(pallet: PalletState) -> str:
    return scheduled_id(pallet.serial, pallet.operation)


def _mill(floor: Round, unit: WorkUnit, back_s: float, left_s: float) -> NightMill:
    """Return the time that a mill has left in the night after the current cut and the pallets on the mill or on their way to it."""
    state, life = floor.state, floor.wishes.tool_life
    before = _before(floor, unit.id)
    running = cutting_at(state, unit.id)
    pallet = state.on_unit(unit.id)
    free_s = max(state.now_s, state.out_of_service.get(unit.id, 0.0))
    if running is not None and pallet is not None:
        started_s = state.parts[pallet.serial].cuts[-1].started_s
        free_s = max(free_s, started_s + expected_s(state, running, unit.id))
    edges = {
        tool: max(0.0, 1.0 - edge.minutes / life.get(tool, 60.0)) + edge.sisters
        for tool, edge in state.machines[unit.id].edges.items()
    }
    for operation in (*before, *([running] if running else [])):
        for tool, minutes in operation.tool_minutes.items():
            edges[tool] = max(0.0, edges.get(tool, 0.0) - edge_share(minutes, life.get(tool, 60.0)))
    before_s = sum(expected_s(state, operation, unit.id) + change_s(floor.shop) for operation in before)
    room = math.inf
    if unit.buffer is not None:
        room = max(0.0, unit.buffer + 1.0 - len(state.behind(unit.id)) - len(before) - (running is not None))
    chips_s = math.inf
    if unit.chip_s is not None:
        chips_s = unit.chip_s - cut_since(state, unit.id, left_s) - sum(each.takes_s(unit.id) for each in before)
    return NightMill(unit.id, back_s - free_s - before_s, edges, chips_s, room)


def _before(floor: Round, unit: str) -> list[RoutedOperation]:
    """Return the uncut pallet on a mill, or on its way to it."""
    state = floor.state
    under_way = (*state.open_commands.values(), *floor.commands)
    coming = {each.pallet for each in under_way if isinstance(each, c.MovePallet) and each.destination == unit}
    pallets = [
        each
        for each in state.pallets.values()
        if each.serial and (each.place == unit or each.id in coming) and stage_of(state, each) == "uncut"
    ]
    found = [operation_of(state, state.parts[each.serial], each.operation) for each in pallets]
    return [each for each in found if each is not None]


def _cut(
    floor: Round, pallet: PalletState, mills: list[NightMill], takes: dict[str, dict[str, float]]
) -> NightCut | None:
    """The pallet's cut, if the pallet waits in the pool and some mill may take it; ``takes`` caches the time of each operation on each mill."""
    state, life = floor.state, floor.wishes.tool_life
    if pallet.place != "pool" or not pallet.serial or pallet.id in floor.busy_pallets:
        return None
    part = state.parts[pallet.serial]
    operation = operation_of(state, part, pallet.operation)
    if operation is None or stage_of(state, pallet) != "uncut" or state.held(part.serial) or part.disposition:
        return None
    wanted, start_s = state.moved.get(_line(pallet), ("", 0.0))
    if start_s > state.now_s or _line(pallet) not in floor.machine_of:
        return None
    if operation.operation not in takes:
        takes[operation.operation] = {
            mill.id: expected_s(state, operation, mill.id) + change_s(floor.shop)
            for mill in mills
            if suits(floor, mill.id, pallet)
            and not _worn_out(floor, mill.id, operation)
            and not bin_is_full(floor, mill.id, pallet)
        }
    takes_s = takes[operation.operation]
    if wanted:
        takes_s = {wanted: takes_s[wanted]} if wanted in takes_s else {}
    if not takes_s:
        return None
    shares = {tool: edge_share(minutes, life.get(tool, 60.0)) for tool, minutes in operation.tool_minutes.items()}
    return NightCut(pallet.id, takes_s, shares)


def suits(floor: Round, unit: str, pallet: PalletState) -> bool:
    """Return whether the machine is of the right kind for the pallet's operation and may cut its material."""
    part = floor.state.parts[pallet.serial]
    operation = operation_of(floor.state, part, pallet.operation)
    material = floor.state.routes[part.item].material
    known = next(each for each in floor.shop.work_units if each.id == unit)
    if operation is not None and operation.kind != known.kind:
        return False
    return not known.materials or material in known.materials


def bin_is_full(floor: Round, unit: str, pallet: PalletState) -> bool:
    """Return whether the mill has cut so long since people left that its chip bin or coolant won't last for this cut too."""
    left_s = floor.wishes.left_s
    most_s = next((each.chip_s for each in floor.shop.cutters() if each.id == unit), None)
    operation = operation_of(floor.state, floor.state.parts[pallet.serial], pallet.operation)
    if left_s is None or most_s is None or operation is None:
        return False
    if unit not in floor.cut_s:
        floor.cut_s[unit] = cut_since(floor.state, unit, left_s)
    return floor.cut_s[unit] + operation.takes_s(unit) > most_s


def _worn_out(floor: Round, unit: str, operation: RoutedOperation) -> bool:
    """Return whether a tool of the mill is worn out, with no sister tool and nobody present to bring one."""
    edges = floor.state.machines[unit].edges
    worn = expired_tools(floor.state, unit, operation.tool_minutes, floor.wishes.tool_life)
    return any(edges[tool].sisters == 0 for tool in worn)
