"""One round of dispatching: the state of the shop, the deciders' wishes, and the commands already chosen in this round."""

from collections.abc import Callable

import msgspec

from nightmill.floor.interlocks import expired_tools, gate
from nightmill.floor.records import PalletState, PartState, ShopState
from nightmill.vocabulary import commands as c
from nightmill.vocabulary.dispatching import EVENING
from nightmill.vocabulary.events import RoutedOperation
from nightmill.vocabulary.ids import scheduled_id
from nightmill.vocabulary.shop import Shop

_ATTENDED = (
    c.MountPart, c.DismountPart, c.LoadTool, c.MaintainMachine, c.RepairMachine, c.TreatParts, c.UnloadParts,
)  # fmt: skip

_ASIDE = (c.PlacePurchaseOrder, c.CallPeople, c.LoadTool)
"""Commands that don't occupy a unit."""


class Wishes(msgspec.Struct, frozen=True):
    """The deciders' current wishes for the floor.

    ``measure``: the serials whose last cut is to be measured; ``photograph``: those to be photographed;
    ``offsets``: the registers to write; ``maintain``: the machines whose planned stop is due. Magazines are kept filled
    for the work of the next ``tool_ahead_s``, or to ``tool_par`` edges of each tool in use. ``night_ends_s`` is set
    when people leave soon: from then until they return, only parts already on pallets are cut. ``back_s`` is set while nobody
    is present: cuts that end before people return go first. ``leaves_s`` is when those present will
    leave: a planned stop that would be interrupted overnight is not started. ``left_s`` is set while nobody is present: the time when
    the last person left, from which chip bins limit how long mills may cut.
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
    back_s: float | None = None
    leaves_s: float | None = None
    left_s: float | None = None


class Round:
    """One round of dispatching: the state plus the commands already chosen in this round."""

    def __init__(self, state: ShopState, shop: Shop, wishes: Wishes, program: Callable[[str], str | None]) -> None:
        self.state, self.shop, self.wishes, self.program = state, shop, wishes, program
        self.commands: list[c.AnyCommand] = []
        in_flight = list(state.open_commands.values())
        self.busy_pallets = {command.pallet for command in in_flight if hasattr(command, "pallet")}
        self.busy_units = {command.unit for command in in_flight if not isinstance(command, _ASIDE)}
        self.loading = {command.unit: str(command.tool) for command in in_flight if isinstance(command, c.LoadTool)}
        """Mills at whose magazine a person is working, with the tool being loaded; these mills may cut at the same time."""
        self.persons = wishes.persons - sum(
            isinstance(command, _ATTENDED) and not _runs_alone(state, command) for command in in_flight
        )
        self.heading = {command.destination for command in in_flight if isinstance(command, c.MovePallet)}
        self.mounting = {command.serial for command in in_flight if isinstance(command, c.MountPart)}
        self.treating = {s for command in in_flight if isinstance(command, c.TreatParts) for s in command.serials}
        self.blanks_taken: dict[str, int] = {}
        for command in in_flight:
            if isinstance(command, c.MountPart) and command.blank_item:
                self.blanks_taken[command.blank_item] = self.blanks_taken.get(command.blank_item, 0) + 1
        self.crib = dict(state.crib)
        for command in in_flight:
            if isinstance(command, c.LoadTool):
                self.crib[str(command.tool)] = self.crib.get(str(command.tool), 0) - command.count
        self.rank = {scheduled_id(line.serial, line.operation): n for n, line in enumerate(state.schedule)}
        self.starving: tuple[str, ...] | None = None
        self.cut_s: dict[str, float] = {}
        """Cutting time of each mill since people left, if already computed."""
        self.edges_spoken_for: dict[tuple[str, str], float] | None = None
        self.night: dict[str, str] | None = None
        self.night_known = False
        """The plan for the rest of the night, and whether this round has computed it (``nights``)."""
        self.machine_of = {scheduled_id(line.serial, line.operation): line.machine for line in state.schedule}

    def next_id(self, kind: str) -> str:
        """Return the id of the next command: its kind and a running number."""
        return f"{kind}-{self.state.issued + len(self.commands) + 1}"

    def issue(self, command: c.AnyCommand) -> bool:
        """Add the command and reserve what it needs, unless a gate stops it."""
        if gate(self.state, command, tool_life=self.wishes.tool_life) is not None:
            return False
        self.commands.append(command)
        if hasattr(command, "pallet"):
            self.busy_pallets.add(command.pallet)
        if isinstance(command, c.LoadTool):
            self.loading[command.unit] = str(command.tool)
        else:
            self.busy_units.add(command.unit)
        if isinstance(command, _ATTENDED):
            self.persons -= 1
        if isinstance(command, c.MovePallet):
            self.heading.add(command.destination)
        return True


def _runs_alone(state: ShopState, command: c.AnyCommand) -> bool:
    """Return whether the unit, for example a loaded oven, no longer needs a person."""
    return isinstance(command, c.TreatParts) and not command.attended and command.unit in state.loads


def operation_of(state: ShopState, part: PartState, operation: str) -> RoutedOperation | None:
    """Return the operation of this name in the part's route; ``None`` if there is none."""
    return next((each for each in state.routes[part.item].operations if each.operation == operation), None)


def cutting_at(state: ShopState, unit: str) -> RoutedOperation | None:
    """Return the operation that a mill is cutting, whose minutes are not yet counted on the edges."""
    pallet = state.on_unit(unit)
    part = state.parts.get(pallet.serial) if pallet is not None else None
    cut = part.cuts[-1] if part is not None and part.cuts else None
    if part is None or cut is None or cut.machine != unit or cut.finished_s is not None or cut.interrupted:
        return None
    return operation_of(state, part, cut.operation)


def units_of(floor: Round, kind: str) -> list[str]:
    """Ids of the shop's units of a kind."""
    return [unit.id for unit in floor.shop.work_units if unit.kind == kind]


def for_the_night(floor: Round, serial: str, operation: str) -> bool:
    """Return whether a night is near, and the operation is long enough for the night and not needed soon afterwards."""
    part = floor.state.parts[serial]
    return _planned_s(floor, part, operation) >= EVENING.least_cycle_s and not is_urgent(floor, part)


def ends_too_late(floor: Round, serial: str, operation: str) -> bool:
    """Return whether people will return before the operation ends, if a mill starts it now."""
    back_s, takes_s = floor.wishes.back_s, _planned_s(floor, floor.state.parts[serial], operation)
    return back_s is not None and takes_s > 0.0 and floor.state.now_s + takes_s > back_s


def _planned_s(floor: Round, part: PartState, operation: str) -> float:
    """Run time of the operation on its planned machine, s; 0 if unknown."""
    known = operation_of(floor.state, part, operation)
    return known.takes_s(floor.machine_of.get(scheduled_id(part.serial, operation), "")) if known is not None else 0.0


def stops_now(floor: Round, unit: str) -> bool:
    """Whether a planned stop of the mill is due, a person is present, and the stop can be finished well before people leave.
    While nobody is present, a mill whose stop is due continues to cut.
    """
    leaves_s, ends_s = floor.wishes.leaves_s, floor.state.now_s + EVENING.stop_margin * floor.shop.maintenance_s
    due = floor.wishes.persons > 0 and any(name == unit for name, _ in floor.wishes.maintain)
    return due and (leaves_s is None or ends_s <= leaves_s)


def is_urgent(floor: Round, part: PartState) -> bool:
    """Return whether the part must not be postponed to the night because its order is due by morning, or because no night is near."""
    ends = floor.wishes.night_ends_s
    return ends is None or floor.state.orders[part.order].due_s <= ends + EVENING.morning_s


def lacks_edge(floor: Round, unit: str, pallet: PalletState) -> bool:
    """Return whether a tool is worn out with no sister tool in the magazine, and nobody is present or the crib has no edge."""
    operation = operation_of(floor.state, floor.state.parts[pallet.serial], pallet.operation)
    if operation is None:
        return False
    edges = floor.state.machines[unit].edges
    return any(
        edges[tool].sisters == 0
        and floor.loading.get(unit) != tool
        and (floor.wishes.persons == 0 or floor.crib.get(tool, 0) == 0)
        for tool in expired_tools(floor.state, unit, operation.tool_minutes, floor.wishes.tool_life)
    )
