"""Buffer places behind a mill: whether one more pallet with a cut part may leave it, and which parts a person takes off first.
If no place is free, the part stays in its mill, and the mill waits (blocking after service) until a place becomes free or a person comes.
"""

from nightmill.floor.dispatch_round import Round
from nightmill.floor.records import PalletState
from nightmill.vocabulary import commands as c


def may_leave(floor: Round, pallet: PalletState) -> bool:
    """Return whether a cut part may leave its mill: a place behind the mill is free, or a person takes the part off at once.
    While people are present, one pallet more than the number of places is allowed, and parts on hold don't count, since people put them aside.
    """
    room = next((unit.buffer for unit in floor.shop.cutters() if unit.id == pallet.place), None)
    if room is None:
        return True
    under_way = (*floor.state.open_commands.values(), *floor.commands)
    handled = {each.pallet for each in under_way if isinstance(each, c.DismountPart)}
    leaving = {each.pallet for each in under_way if isinstance(each, c.MovePallet) and each.origin == pallet.place}
    waiting = [each for each in floor.state.behind(pallet.place) if each.id not in handled]
    if len(waiting) + len(leaving) < room:
        return True
    free = [each for each in waiting if not floor.state.held(each.serial)]
    return _taken_off(floor, pallet) and len(free) + len(leaving) <= room


def _taken_off(floor: Round, pallet: PalletState) -> bool:
    """Return whether a person is free, and will still be present when the part has been moved and measured."""
    serial, move_s = pallet.serial, max((unit.move_s for unit in floor.shop.units("robot")), default=0.0)
    ready_s = floor.state.now_s + move_s
    for kind, wanted in (("gauge", floor.wishes.measure), ("vision", floor.wishes.photograph)):
        stations = [unit.measure_s for unit in floor.shop.work_units if unit.kind == kind]
        if serial in wanted and stations:
            ready_s += max(stations) + move_s
    return floor.persons > 0 and (floor.wishes.leaves_s is None or ready_s < floor.wishes.leaves_s)


def crowded(floor: Round) -> list[PalletState]:
    """Return the pallets behind mills that have no free place; a person takes the parts off these pallets first."""
    found: list[PalletState] = []
    for unit in floor.shop.cutters():
        waiting = [] if unit.buffer is None else floor.state.behind(unit.id)
        if unit.buffer is not None and len(waiting) >= unit.buffer:
            found += waiting
    return found
