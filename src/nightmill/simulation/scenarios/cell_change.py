"""What-if changes, read from JSON and applied to a shop problem.

To add a change, add a struct with ``KEY`` and ``apply``, and a reader in ``READERS``.
"""

import math
from collections.abc import Callable, Iterator
from typing import ClassVar

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.uncertainty import Law, Uncertainty
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.units import DAY_S

PLACE = "what-if"


def _refuse(place: str, found: str, expected: str, remedy: str) -> BadInput:
    return BadInput(Finding(PLACE, place, found, expected, remedy))


class AddMachine(msgspec.Struct, frozen=True):
    """An additional machine, available at once, with all capabilities of the machine ``like``."""

    KEY: ClassVar[str] = "add_machine"
    machine: str
    like: str

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with the machine. Raises ``BadInput`` for an unknown ``like`` or a name that is taken."""
        names = [machine.id for machine in problem.machines]
        if self.like not in names:
            raise _refuse("like", self.like, f"one of {', '.join(names)}", "Give the name of a machine in the shop.")
        if self.machine in names:
            raise _refuse("add_machine", self.machine, "an unused machine name", "Choose another name.")
        replace = msgspec.structs.replace
        model = next(machine for machine in problem.machines if machine.id == self.like)
        ops = list(problem.operations)
        for index, op in enumerate(ops):
            twins = [replace(a, machine=self.machine) for a in op.alternatives if a.machine == self.like]
            if twins:
                ops[index] = replace(op, alternatives=(*op.alternatives, *twins))
        budgets = tuple(replace(b, machine=self.machine) for b in problem.tool_budgets if b.machine == self.like)
        # on a machine loaded by hand, a part that occupies a fixture also occupies the machine
        held = {op.fixture for op in ops if model.by_hand and any(a.machine == self.like for a in op.alternatives)}
        return replace(
            problem,
            fixtures=tuple(replace(f, count=f.count + (f.id in held)) for f in problem.fixtures),
            machines=(*problem.machines, replace(model, id=self.machine, free_from_s=problem.now_s, down=())),
            operations=tuple(ops),
            tool_budgets=(*problem.tool_budgets, *budgets),
        )


class SecondShift(msgspec.Struct, frozen=True):
    """``persons`` more people from ``begins_h`` to ``ends_h`` on each day on which somebody is present anyway.

    Hours from the shop's start, modulo a day; an end not after the start is on the next day.
    """

    KEY: ClassVar[str] = "second_shift"
    begins_h: float
    ends_h: float
    persons: int

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with the windows added."""
        days = sorted({math.floor(w.start_s / DAY_S) for w in problem.presence if w.persons > 0})
        ends_h = self.ends_h if self.ends_h > self.begins_h else self.ends_h + 24.0
        added = tuple(
            scheduling.Window(day * DAY_S + self.begins_h * 3600.0, day * DAY_S + ends_h * 3600.0, self.persons)
            for day in days
        )
        presence = sorted((*problem.presence, *added), key=lambda w: (w.start_s, w.end_s))
        return msgspec.structs.replace(problem, presence=tuple(presence))


class Pallets(msgspec.Struct, frozen=True):
    """The total number of pallets in the shop."""

    KEY: ClassVar[str] = "pallets"
    pallets: int

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with that many pallets. Raises ``BadInput`` if more are in use now."""
        taken = problem.pallets_blocked + sum(op.state != "waiting" for op in problem.operations)
        least = max(taken, problem.pallets_blocked + 1)
        if self.pallets < least:
            raise _refuse(
                "pallets", str(self.pallets), f"at least {least}", "Some pallets are in use now; give a larger number."
            )
        return msgspec.structs.replace(problem, pallets=self.pallets)


class RushOrder(msgspec.Struct, frozen=True):
    """An additional order due at ``due_s``: ``parts`` serials with the operations of the order ``like``, and material available now."""

    KEY: ClassVar[str] = "rush_order"
    order: str
    like: str
    due_s: float
    parts: int = 1
    weight: float = 1.0

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with the order. Raises ``BadInput`` for an unknown ``like`` or a name that is taken."""
        names = [order.id for order in problem.orders]
        routes: dict[str, list[scheduling.ShopOperation]] = {}
        for op in problem.operations:
            if op.order == self.like:
                routes.setdefault(op.serial, []).append(op)
        if not routes:
            raise _refuse("like", self.like, "an order with open operations", "Give an order with open operations.")
        if self.order in names:
            raise _refuse("rush_order", self.order, "an unused order name", "Choose another name.")
        route = max(routes.values(), key=len)
        added = [self._copy(op, number, problem.now_s) for number in range(self.parts) for op in route]
        return msgspec.structs.replace(
            problem,
            orders=(*problem.orders, scheduling.ShopOrder(self.order, self.due_s, self.weight)),
            operations=(*problem.operations, *added),
        )

    def _copy(self, op: scheduling.ShopOperation, number: int, now_s: float) -> scheduling.ShopOperation:
        serial = f"{self.order}/{number + 1}"
        return msgspec.structs.replace(
            op,
            id=f"{serial}/{op.operation}",
            serial=serial,
            order=self.order,
            state="waiting",
            machine="",
            started_s=None,
            release_s=now_s,
        )


class CycleFactor(msgspec.Struct, frozen=True):
    """Cutting times and tool use of all cuts not yet started are multiplied by ``factor``."""

    KEY: ClassVar[str] = "cycle_factor"
    factor: float

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with the changed cutting times."""
        replace = msgspec.structs.replace
        ops = tuple(
            op
            if op.state in ("running", "cut")
            else replace(
                op,
                alternatives=tuple(
                    replace(
                        a,
                        run_s=a.run_s * self.factor,
                        tools=tuple(replace(use, seconds=use.seconds * self.factor) for use in a.tools),
                    )
                    for a in op.alternatives
                ),
            )
            for op in problem.operations
        )
        return replace(problem, operations=ops)


class RobotMove(msgspec.Struct, frozen=True):
    """A robot move into or out of a machine takes ``move_s``."""

    KEY: ClassVar[str] = "robot_move_s"
    move_s: float

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem with the changed robot."""
        return msgspec.structs.replace(problem, move_s=self.move_s)


class MaintenanceInterval(msgspec.Struct, frozen=True):
    """Every machine is stopped for maintenance after ``hours`` of running, whatever its condition signals.

    The effect on failures can't be learned from a log without such stops: ``failure_factor`` is your estimate of the failures
    per running hour relative to now.
    """

    KEY: ClassVar[str] = "maintenance_interval"
    hours: float
    failure_factor: float = 1.0

    def apply(self, problem: scheduling.ShopProblem) -> scheduling.ShopProblem:
        """Return the problem unchanged, since the stops depend on running hours."""
        return problem

    def laws(self, uncertainty: Uncertainty) -> Uncertainty:
        """Return the distributions with these stops."""

        def changed(law: Law) -> dict[str, float | bool | None]:
            mtbf_h = None if law.mtbf_h is None else law.mtbf_h / self.failure_factor
            return {"care_h": self.hours, "care_regular": True, "mtbf_h": mtbf_h}

        machines = tuple(msgspec.structs.replace(law, **changed(law)) for law in uncertainty.by_machine)
        return msgspec.structs.replace(uncertainty, **changed(uncertainty), by_machine=machines)


Change = AddMachine | SecondShift | Pallets | RushOrder | CycleFactor | RobotMove | MaintenanceInterval


class _Reader:
    """Takes fields out of a JSON object and collects all errors in them."""

    def __init__(self, place: str, given: object) -> None:
        self.place, self.findings = place, list[Finding]()
        self.given: dict[str, object] = given if isinstance(given, dict) else {}
        if not isinstance(given, dict):
            self.find(place, given, "an object", "Write {...}.")

    def find(self, place: str, found: object, expected: str, remedy: str) -> None:
        self.findings.append(Finding(PLACE, place, repr(found), expected, remedy))

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        value = self.given.pop(name, default)
        good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        if not good:
            self.find(f"{self.place}.{name}", value, f"a number {low:g} .. {high:g}", "Add this field.")
        return float(value) if isinstance(value, int | float) else low

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.given.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.find(f"{self.place}.{name}", value, f"a whole number {low} .. {high}", "Add this field.")
            return low
        return value

    def name(self, name: str) -> str:
        value = self.given.pop(name, None)
        if not isinstance(value, str) or not value.strip():
            self.find(f"{self.place}.{name}", value, "a name", "Add this field.")
            return ""
        return value

    def rest(self) -> Iterator[Finding]:
        """Return all findings, including unknown keys."""
        yield from self.findings
        for name in self.given:
            yield Finding(PLACE, f"{self.place}.{name}", "an unknown key", "only documented keys", "Remove it.")


def _add_machine(read: _Reader) -> Change:
    return AddMachine(read.name("add_machine"), read.name("like"))


def _second_shift(read: _Reader) -> Change:
    return SecondShift(read.number("begins_h", 0, 24), read.number("ends_h", 0, 48), read.whole("persons", 1, 1000, 1))


def _pallets(read: _Reader) -> Change:
    return Pallets(read.whole("pallets", 1, 100_000))


def _rush_order(read: _Reader) -> Change:
    return RushOrder(
        read.name("order"),
        read.name("like"),
        read.number("due_s", 0, 1e12),
        read.whole("parts", 1, 10_000, 1),
        read.number("weight", 0, 1e6, 1.0),
    )


def _cycle_factor(read: _Reader) -> Change:
    return CycleFactor(read.number("cycle_factor", 0.01, 100))


def _robot_move(read: _Reader) -> Change:
    return RobotMove(read.number("robot_move_s", 0, 3600))


def _maintenance(read: _Reader) -> Change:
    return MaintenanceInterval(read.number("hours", 0.1, 1e6), read.number("failure_factor", 0.01, 100, 1.0))


# The reader of each key; ``True``: the value is an object, else its fields are beside the key.
READERS: dict[str, tuple[Callable[[_Reader], Change], bool]] = {
    AddMachine.KEY: (_add_machine, False),
    SecondShift.KEY: (_second_shift, True),
    Pallets.KEY: (_pallets, False),
    RushOrder.KEY: (_rush_order, True),
    CycleFactor.KEY: (_cycle_factor, False),
    RobotMove.KEY: (_robot_move, False),
    MaintenanceInterval.KEY: (_maintenance, True),
}


def read_change(text: str | bytes) -> Change:
    """Read a change from JSON with one of the keys of ``READERS``. Raises ``BadInput`` with all findings."""
    try:
        given = msgspec.json.decode(text)
    except UNREADABLE as error:
        raise _refuse("", str(error), "JSON", "Correct the file.") from error
    kinds = ", ".join(READERS)
    if not isinstance(given, dict):
        raise _refuse("", type(given).__name__, f"an object with one of {kinds}", "Write {...}.")
    named = [key for key in given if key in READERS]
    if len(named) != 1:
        raise _refuse(
            "", f"{', '.join(named) or ', '.join(map(str, given)) or 'nothing'}", f"one of {kinds}", "Give one change."
        )
    reader, nested = READERS[named[0]]
    read = _Reader(named[0], given.pop(named[0]) if nested else given)
    change = reader(read)
    outside = _Reader("", given if nested else {})
    findings = [*read.rest(), *outside.rest()]
    if findings:
        raise BadInput(*findings)
    return change


def write_change(change: Change) -> str:
    """Return the change as JSON in the form that ``read_change`` reads."""
    fields = msgspec.structs.asdict(change)
    if READERS[change.KEY][1]:
        return msgspec.json.encode({change.KEY: fields}).decode()
    first, *others = fields
    return msgspec.json.encode({change.KEY: fields[first], **{name: fields[name] for name in others}}).decode()


def apply_change(problem: scheduling.ShopProblem, change: Change) -> scheduling.ShopProblem:
    """Return the problem after the change. Raises ``BadInput`` if the change doesn't fit the shop."""
    return change.apply(problem)


def laws_after(uncertainty: Uncertainty, change: Change) -> Uncertainty:
    """Return the distributions after the change. Only a maintenance change alters them. A new machine has those of the machine
    it is ``like``.
    """
    if isinstance(change, MaintenanceInterval):
        return change.laws(uncertainty)
    if isinstance(change, AddMachine):
        replace = msgspec.structs.replace
        own = tuple(
            replace(law, machine=change.machine) for law in uncertainty.by_machine if law.machine == change.like
        )
        cuts = tuple(
            replace(law, machine=change.machine) for law in uncertainty.by_operation if law.machine == change.like
        )
        return replace(
            uncertainty,
            by_machine=(*uncertainty.by_machine, *own),
            by_operation=(*uncertainty.by_operation, *cuts),
        )
    return uncertainty
