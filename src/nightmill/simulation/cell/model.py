"""Build the simulation model from a shop problem and its schedule; all findings are reported at once."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import msgspec

from nightmill.scheduling import records as scheduling
from nightmill.simulation.cell.floor_behaviour import Habits
from nightmill.simulation.cell.random_streams import key_of
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.intervals import Span, complement, present_spans

NOT_PLAYED = "The twin doesn't simulate this; leave it out."


class Place(NamedTuple):
    """A step's place in the schedule; see ``Step``."""

    machine: int
    rank: int
    mount_rank: int
    start_s: float


class Step:
    """One operation of a serial on its scheduled ``machine``.

    ``rank`` is its place in the schedule from 1, ``mount_rank`` its place among the operations to be mounted. ``runs``,
    ``tools`` and ``families`` give its planned time, tools and setup family on each machine that may cut it; ``start_s`` is its
    planned start, ``uses`` the edge life consumed (tool, s), ``fixture`` the kind of fixture held from mount to dismount,
    ``after`` the serials that must be done before its mount. ``by_hand``: people load the part into its machine (an oven) and
    unload it.
    """

    __slots__ = (
        "after", "by_hand", "dismount_s", "families", "fixture", "key", "machine", "measure_s", "mount_rank", "mount_s", "operation", "planned",
        "rank", "release_s", "runs", "start_s", "tools", "uses",
    )  # fmt: skip

    def __init__(
        self,
        op: scheduling.ShopOperation,
        place: Place,
        runs: dict[int, scheduling.Alternative],
        uses: dict[int, float],
        serial: str,
        by_hand: bool,
    ) -> None:
        self.operation, self.by_hand, self.planned = op.operation, by_hand, op
        self.machine, self.rank, self.mount_rank, self.start_s = place
        self.uses = tuple(uses.items())
        self.runs = {number: run.run_s for number, run in runs.items()}
        self.tools = {number: tuple((use.tool, use.seconds) for use in run.tools) for number, run in runs.items()}
        self.families = {number: run.family for number, run in runs.items()}
        self.fixture, self.after = op.fixture, op.after
        self.mount_s, self.dismount_s, self.measure_s = op.mount_s, op.dismount_s, op.measure_s
        self.release_s = op.release_s
        self.key = key_of(f"{serial}\x00{op.operation}", "cut")


class Serial:
    """A part to be made: its open steps, all its steps in case it is remade, and the state of a step that has started."""

    __slots__ = ("begun", "key", "name", "order", "remake", "started_s", "state", "steps")

    def __init__(
        self,
        name: str,
        order: int,
        steps: list[Step],
        remake: list[Step],
        first: scheduling.ShopOperation,
        *,
        begun: bool = False,
    ) -> None:
        self.name, self.order, self.steps, self.remake = name, order, steps, remake
        self.state, self.started_s = first.state, first.started_s or 0.0
        self.begun = begun or first.state != "waiting"
        self.key = key_of(name, "scrap")


class Stop:
    """A maintenance stop of the schedule."""

    __slots__ = ("attended", "duration_s", "start_s")

    def __init__(self, start_s: float, duration_s: float, attended: bool) -> None:
        self.start_s, self.duration_s, self.attended = start_s, duration_s, attended


class Model:
    """State that no replication changes."""

    def __init__(
        self,
        problem: scheduling.ShopProblem,
        schedule: scheduling.ShopSchedule,
        days: float,
        robots: int,
        benches: int = 0,
        habits: Habits = Habits(),
    ) -> None:
        check(problem, schedule, days, robots)
        self.now_s, self.end_s, self.move_s = problem.now_s, problem.now_s + days * 86400.0, problem.move_s
        self.problem, self.days, self.robots, self.evening = problem, days, robots, habits.evening
        if habits.planner is not None and any(machine.by_hand for machine in problem.machines):
            habits = msgspec.structs.replace(
                habits, planner=None
            )  # parts planned to go into an oven together stay together
        self.habits = habits if habits.planner is None else msgspec.structs.replace(habits, replanned=None)
        self.machines = tuple(machine.id for machine in problem.machines)
        self.orders = tuple(order.id for order in problem.orders)
        self.due_s = tuple(order.due_s for order in problem.orders)
        self.free_from_s = [machine.free_from_s for machine in problem.machines]
        self.down = [sorted((w.start_s, w.end_s) for w in machine.down) for machine in problem.machines]
        self.pallets = problem.pallets - problem.pallets_blocked
        self.persons = persons_of(problem.presence, problem.now_s)
        self.benches = benches or len(self.persons)
        self.absent = complement(self.persons[0] if self.persons else [], self.now_s, math.inf)
        self.absent_starts = [start for start, _ in self.absent]
        numbers = {name: k for k, name in enumerate(self.machines)}
        budgets = problem.tool_budgets if habits.magazines is None else ()
        self.budgets = {(numbers[b.machine], b.tool): b.seconds for b in budgets if b.machine in numbers}
        self.rooms = [machine.buffer for machine in problem.machines]
        self.narrow = any(room is not None for room in self.rooms)
        self.chips_s = {numbers[m.id]: m.chip_s for m in problem.machines if m.chip_s is not None}
        self.fixtures = {kind.id: kind.count for kind in problem.fixtures}
        self.serial_numbers = {name: k for k, name in enumerate(dict.fromkeys(op.serial for op in problem.operations))}
        self.set_up = [(m.family, problem.now_s if m.unloaded_s is None else m.unloaded_s) for m in problem.machines]
        self.changeovers = _changeovers(problem)
        self.by_hand = [machine.by_hand for machine in problem.machines]
        self.places = [machine.places for machine in problem.machines]
        self.in_force = _received(schedule, habits.received)
        self.serials = _serials(problem, schedule, habits)
        self.loads = _planned_loads(self.serials, schedule)
        self.lines: list[list[Step]] = [[] for _ in self.machines]
        for step in sorted((step for each in self.serials for step in each.steps), key=lambda step: step.start_s):
            self.lines[step.machine].append(step)
        on_pallets = _on_pallets(problem)
        self.shortest_mount_s = min((op.mount_s for op in on_pallets), default=0.0)
        dismounts = sorted(op.dismount_s for op in on_pallets)
        self.usual_dismount_s = dismounts[len(dismounts) // 2] if dismounts else 0.0
        self.stops: list[list[Stop]] = [[] for _ in self.machines]
        attended = {choice.id: choice.attended for choice in problem.maintenance}
        self.broken = _broken(problem, schedule)
        repairs = {repair.stop for repair in problem.repairs}
        for stop in sorted(schedule.maintenance, key=lambda s: s.start_s):
            if stop.id in repairs:
                continue
            placed = Stop(stop.start_s, stop.end_s - stop.start_s, attended.get(stop.id, True))
            self.stops[self.machines.index(stop.machine)].append(placed)
        self.failure_keys = [key_of(name, "failure") for name in self.machines]
        self.repair_keys = [key_of(name, "repair") for name in self.machines]
        self.spoil_keys = [key_of(name, "spoil") for name in self.machines]
        self.order_keys = [key_of(name, "place") for name in self.orders]
        self.care_keys = [key_of(name, "care") for name in self.machines]

    def changeover_s(self, machine: int, before: str, after: str) -> float:
        """Minimum time between unloading a part of one family and loading one of another."""
        return self.changeovers.get((machine, before, after), 0.0)

    def night_ends_s(self, at: float) -> float:
        """Return when people come back, if they leave soon and the floor prepares for that; infinite otherwise."""
        if self.evening is None:
            return math.inf
        gap = bisect_right(self.absent_starts, at)
        if gap == len(self.absent) or self.absent_starts[gap] - at > self.evening.ahead_s:
            return math.inf
        away_until = self.absent[gap - 1][1] if gap else -math.inf
        return self.absent[gap][1] if at >= away_until else math.inf

    def away_s(self, at: float) -> float:
        """Return how long people will be away when they next leave; 0 if they stay."""
        gap = bisect_right(self.absent_starts, at)
        return self.absent[gap][1] - self.absent[gap][0] if gap < len(self.absent) else 0.0

    def back_s(self, at: float) -> float:
        """Return when people are next present; infinite while somebody is, or if the floor doesn't consider nights."""
        gap = bisect_right(self.absent_starts, at) - 1
        away = self.evening is not None and gap >= 0 and at < self.absent[gap][1]
        return self.absent[gap][1] if away else math.inf

    def leaves_s(self, at: float) -> float:
        """Return when the people who are present leave for the night; infinite if they stay, or if the floor doesn't consider nights."""
        gap = bisect_right(self.absent_starts, at)
        if self.evening is None or gap == len(self.absent):
            return math.inf
        leave, back = self.absent[gap]
        return leave if back - leave >= self.evening.night_s else math.inf

    def may_stop(self, at: float, seconds: float) -> bool:
        """Return whether a planned stop of ``seconds`` that starts now would not be interrupted by the night."""
        if self.evening is None:
            return True
        ends = at + self.evening.stop_margin * seconds
        for away, back in self.absent[max(0, bisect_right(self.absent_starts, at) - 1) :]:
            if away >= ends:
                break
            if back > at and back - away >= self.evening.night_s:
                return False
        return True

    def worked_by_s(self, at: float, seconds: float) -> float:
        """Return when ``seconds`` of work are done if the work pauses while nobody is present."""
        end = at + seconds
        for away, back in self.absent[max(0, bisect_right(self.absent_starts, at) - 1) :]:
            if away >= end:
                break
            if back > at:
                end += back - max(away, at)
        return end


def persons_of(presence: Sequence[scheduling.Window], now_s: float) -> list[list[Span]]:
    """Return when each person is present from ``now_s`` on; person k is present while the head count is above k."""
    windows = [(window.start_s, window.end_s, window.persons) for window in presence]
    persons: list[list[Span]] = []
    while ahead := [(max(start, now_s), end) for start, end in present_spans(windows, len(persons)) if end > now_s]:
        persons.append(ahead)
    return persons


def _received(schedule: scheduling.ShopSchedule, orders: frozenset[str]) -> scheduling.ShopSchedule:
    """Return the schedule restricted to the orders already known; to a planner, other orders are new when they arrive."""
    known = tuple(row for row in schedule.assignments if row.order in orders)
    return msgspec.structs.replace(schedule, assignments=known, maintenance=())


def _changeovers(problem: scheduling.ShopProblem) -> dict[tuple[int, str, str], float]:
    """Seconds by machine and families; entries for the machine itself take precedence over entries for any machine."""
    return {
        (number, each.before, each.after): each.seconds
        for number, machine in enumerate(problem.machines)
        for each in sorted(problem.changeovers, key=lambda each: each.machine != "")
        if each.machine in ("", machine.id)
    }


class Broken(NamedTuple):
    """A machine broken at the start: ``usual_s`` of work (median), the scatter of its logarithm, and the earliest start ``from_s``."""

    machine: int
    usual_s: float
    sd: float
    from_s: float


def _broken(problem: scheduling.ShopProblem, schedule: scheduling.ShopSchedule) -> list[Broken]:
    """The repairs that the schedule places; one repair in ten exceeds its long duration."""
    numbers = {machine.id: k for k, machine in enumerate(problem.machines)}
    begins = {stop.id: stop.start_s for stop in schedule.maintenance}
    tenth = NormalDist().inv_cdf(0.9)
    return [
        Broken(
            numbers[repair.machine],
            repair.usual_s,
            math.log(repair.long_s / repair.usual_s) / tenth,
            max(problem.now_s, begins.get(repair.stop, problem.now_s)),
        )
        for repair in problem.repairs
        if repair.machine in numbers
    ]


class PlannedPart(NamedTuple):
    """A part in a planned load: its number, its step, and when it is planned to be ready (infinite: it is ready now)."""

    part: int
    step: Step
    ready_s: float


class PlannedLoad(NamedTuple):
    """A load that is scheduled in a machine loaded by hand, to start at ``start_s``."""

    start_s: float
    parts: tuple[PlannedPart, ...]


def _planned_loads(serials: Sequence[Serial], schedule: scheduling.ShopSchedule) -> dict[int, list[PlannedLoad]]:
    """Planned loads by machine, in the plan's order."""
    done_s = {(a.serial, a.start_s): a.done_s for a in schedule.assignments}
    together: dict[tuple[int, float], list[PlannedPart]] = {}
    for number, serial in enumerate(serials):
        ready_s = math.inf
        for step in serial.steps:
            if step.by_hand:
                together.setdefault((step.machine, step.start_s), []).append(PlannedPart(number, step, ready_s))
            ready_s = done_s.get((serial.name, step.start_s), math.inf)
    found: dict[int, list[PlannedLoad]] = {}
    for (machine, start_s), parts in sorted(together.items(), key=lambda each: each[0]):
        found.setdefault(machine, []).append(PlannedLoad(start_s, tuple(parts)))
    return found


def _on_pallets(problem: scheduling.ShopProblem) -> list[scheduling.ShopOperation]:
    """All operations except those on machines loaded by hand."""
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    return [op for op in problem.operations if not any(a.machine in by_hand for a in op.alternatives)]


def _serials(problem: scheduling.ShopProblem, schedule: scheduling.ShopSchedule, habits: Habits) -> list[Serial]:
    machine_index = {machine.id: k for k, machine in enumerate(problem.machines)}
    order_index = {order.id: k for k, order in enumerate(problem.orders)}
    planned = {a.operation: a for a in schedule.assignments}
    ranked = sorted(schedule.assignments, key=lambda a: (a.start_s, a.machine, a.operation))
    rank = {a.operation: k for k, a in enumerate(ranked, 1)}
    mounted = sorted(schedule.assignments, key=lambda a: (a.mount_s, rank[a.operation]))
    mount_rank = {a.operation: k for k, a in enumerate(mounted, 1)}
    routes: dict[str, list[scheduling.ShopOperation]] = {}
    for op in problem.operations:
        routes.setdefault(op.serial, []).append(op)
    longest: dict[str, list[scheduling.ShopOperation]] = {}
    for ops in routes.values():
        if len(ops) > len(longest.get(ops[0].order, [])):
            longest[ops[0].order] = ops

    def step(op: scheduling.ShopOperation, serial: str, at: tuple[int, int]) -> Step:
        machine = planned[op.id].machine
        chosen = next((a for a in op.alternatives if a.machine == machine), op.alternatives[0])
        runs = {machine_index[a.machine]: a for a in op.alternatives}
        uses = {} if habits.magazines is None else habits.magazines.uses_s.get(op.operation, {})
        by_hand = problem.machines[machine_index[chosen.machine]].by_hand
        place = Place(machine_index[chosen.machine], *at, planned[op.id].start_s)
        return Step(op, place, runs, uses, serial, by_hand)

    serials: list[Serial] = []
    for name, ops in routes.items():
        steps = [step(op, name, (rank[op.id], mount_rank[op.id])) for op in ops]
        missing = longest[ops[0].order][: len(longest[ops[0].order]) - len(ops)]
        remake = [step(op, name, (steps[0].rank, steps[0].mount_rank)) for op in missing] + steps
        serials.append(Serial(name, order_index[ops[0].order], steps, remake, ops[0], begun=name in habits.begun))
    return serials


def check(problem: scheduling.ShopProblem, schedule: scheduling.ShopSchedule, days: float, robots: int) -> None:
    """Raise ``BadInput`` with all the reasons why the schedule can't be simulated."""
    findings = _unsupported(problem)

    def find(place: str, found: str, expected: str, remedy: str) -> None:
        findings.append(Finding("twin", place, found, expected, remedy))

    if not 0.0 < days < math.inf:
        find("days", str(days), "a number above 0", "Give the days to look ahead.")
    if robots < 1:
        find("robots", str(robots), "at least 1", "Give the number of robots.")
    machines = {machine.id for machine in problem.machines}
    orders = {order.id for order in problem.orders}
    kinds = {kind.id for kind in problem.fixtures}
    planned = {a.operation: a for a in schedule.assignments}
    for op in problem.operations:
        place, given = f"operation {op.id}", planned.get(op.id)
        if given is None:
            find(place, "no place in the schedule", "an assignment", "Schedule this problem first.")
        elif op.state != "cut" and given.machine not in [a.machine for a in op.alternatives]:
            find(place, f"machine {given.machine}", "one of its alternatives", "Schedule this problem first.")
        unknown = sorted({a.machine for a in op.alternatives} - machines)
        if unknown or not op.alternatives:
            find(
                place,
                f"machine {', '.join(unknown) or '(none)'}",
                "machines defined in the problem",
                "Correct the ids.",
            )
        if op.fixture and op.fixture not in kinds:
            find(
                place, f"fixture {op.fixture}", "a fixture kind defined in the problem", "List the fixtures available."
            )
        if op.order not in orders:
            find(place, f"order {op.order}", "an order defined in the problem", "Add the order.")
    for stop in schedule.maintenance:
        if stop.machine not in machines:
            find(f"stop {stop.id}", f"machine {stop.machine}", "a machine defined in the problem", "Correct the id.")
    on_pallets = _on_pallets(problem)
    begun = sum(op.state != "waiting" for op in on_pallets)
    if on_pallets and problem.pallets - problem.pallets_blocked < max(1, begun):
        usable = problem.pallets - problem.pallets_blocked
        find("pallets", str(usable), f"at least {max(1, begun)}", "Add pallets, or put fewer parts on them.")
    if findings:
        raise BadInput(*findings)


def _unsupported(problem: scheduling.ShopProblem) -> list[Finding]:
    """Find work that the simulation can't represent: several parts on a pallet, or several parts in a machine loaded by a robot."""
    found = [
        (f"machine {each.id}", f"{each.places} places", "a machine with one place, or a machine loaded by hand")
        for each in problem.machines
        if each.places > 1 and not each.by_hand
    ]
    found += [
        (f"operation {op.id}", f"together with {', '.join(op.together)}", "a cut with one part")
        for op in problem.operations
        if op.together
    ]
    found += [
        (f"operation {op.id}", f"{op.per_pallet} parts on a pallet", "a cut with one part")
        for op in problem.operations
        if op.per_pallet > 1
    ]
    return [Finding("twin", *each, NOT_PLAYED) for each in found]
