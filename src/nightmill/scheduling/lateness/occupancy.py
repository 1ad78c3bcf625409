"""Look up by time which order held each resource, and determine the causes of waiting: the basis for attributing blame."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from nightmill.scheduling.engine.encode import CHIPS
from nightmill.scheduling.problem.calendars import head_counts
from nightmill.scheduling.problem.records import (
    Assignment,
    FixtureKind,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    ToolUse,
)

MATERIAL = "material or tools not available"
ABSENT = "nobody present"
BUSY_PEOPLE = "people busy"
PALLETS = "no pallet free"
FIXTURE = "no suitable fixture free"
PARTS = "assembly parts not finished"
QUEUE = "machine busy with other orders"
OWN = "machine busy with the same order"
ROOM = "no buffer place free after the machine"
STOP = "maintenance"
DOWN = "machine down"
SEQUENCE = "held back by the sequence"
WORK = "the route itself takes longer"
OVERDUE = "already overdue"
TOOLS = "tools do not last the night"
REMADE = "a part had to be remade"
EXCEPTIONS = (MATERIAL, DOWN, STOP, TOOLS, PALLETS, FIXTURE)
"""Causes that a plan does not expect: they are blamed before the queues and nights that every order experiences."""
INFINITE = float("inf")
IDLE_S = 1800.0
"""Gaps shorter than this, such as between a dismount and the next mount, do not end a machine's busy period."""


class _Spans:
    """Disjoint spans in order of time, with lookup by bisection."""

    def __init__(self, spans: Iterable[tuple[float, float, str]]) -> None:
        self.spans = sorted(spans)
        self.starts = [start for start, _, _ in self.spans]

    def at(self, moment: float) -> str | None:
        """Return the value that applies at a moment; None if there is none."""
        index = bisect_right(self.starts, moment) - 1
        return self.spans[index][2] if index >= 0 and moment < self.spans[index][1] else None

    def edges(self, begin: float, end: float) -> Iterator[float]:
        """The moments strictly between two others at which anything starts or ends."""
        index = max(0, bisect_right(self.starts, begin) - 1)
        while index < len(self.spans) and self.spans[index][0] < end:
            for edge in self.spans[index][:2]:
                if begin < edge < end:
                    yield edge
            index += 1


class View:
    """Look-up by time of which order held each resource."""

    def __init__(self, problem: ShopProblem, schedule: ShopSchedule) -> None:
        self.problem, self.schedule = problem, schedule
        self.by_operation = {a.operation: a for a in schedule.assignments}
        self.presence = _Spans((start, end, "") for start, end, persons in head_counts(problem.presence) if persons > 0)
        move = problem.move_s
        tasks: dict[str, list[tuple[float, float, str]]] = {m.id: [] for m in problem.machines}
        blocked: dict[str, list[tuple[float, float, str]]] = {m.id: [] for m in problem.machines}
        for a in schedule.assignments:
            left = a.end_s if a.left_s is None else a.left_s
            tasks[a.machine].append((a.start_s - move, left + move, a.operation))
            blocked[a.machine] += [(a.end_s, left, a.operation)] if left > a.end_s else []
        self.tasks = {machine: _Spans(spans) for machine, spans in tasks.items()}
        self.blocked = {machine: _Spans(spans) for machine, spans in blocked.items()}
        self.down = {m.id: [(w.start_s, w.end_s) for w in m.down] + [(-1e18, m.free_from_s)] for m in problem.machines}
        self.stops: dict[str, list[tuple[float, float]]] = {m.id: [] for m in problem.machines}
        for stop in schedule.maintenance:
            self.stops[stop.machine].append((stop.start_s, stop.end_s))
        by_hand = {machine.id for machine in problem.machines if machine.by_hand}
        on_pallets = (a for a in schedule.assignments if a.machine not in by_hand)
        self.full = _Spans(_full(on_pallets, problem.pallets - problem.pallets_blocked))
        self.fixtures = {kind.id: _Spans(self._held(kind)) for kind in problem.fixtures}
        self.done_s: dict[str, float] = {}
        for a in schedule.assignments:
            self.done_s[a.serial] = max(a.done_s, self.done_s.get(a.serial, a.done_s))
        self.blocks = {machine: self._blocks(machine) for machine in tasks}
        self.limited = {(budget.machine, budget.tool): budget.seconds for budget in problem.tool_budgets}
        self.limited |= {(m.id, CHIPS): m.chip_s for m in problem.machines if m.chip_s is not None}
        self.spent = self._spent()

    def _held(self, kind: FixtureKind) -> Iterator[tuple[float, float, str]]:
        """The spans in which every fixture of a kind is held."""
        users = {op.id for op in self.problem.operations if op.fixture == kind.id}
        return _full((a for a in self.schedule.assignments if a.operation in users), kind.count)

    def parts_done(self, op: ShopOperation) -> float:
        """Return when the last of the parts that an operation waits for is done."""
        return max((self.done_s.get(part, self.problem.now_s) for part in op.after), default=self.problem.now_s)

    def _blocks(self, machine: str) -> _Spans:
        """Spans in which the machine is never free for a significant time, including downtime and stops."""
        now, merged = self.problem.now_s, list[tuple[float, float, str]]()
        still = [(max(a, now), b, "") for a, b in self.down[machine] + self.stops[machine] if b > now]
        for start, end, _ in sorted(self.tasks[machine].spans + still):
            if merged and start - merged[-1][1] < IDLE_S:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]), "")
            else:
                merged.append((start, end, ""))
        return _Spans(merged)

    def stood_still(self, machine: str, begin: float, end: float) -> Iterator[tuple[str, float]]:
        """Return for how long, and why, the machine was down or stopped before ``begin``, within the busy period that
        ends with a queue from ``begin`` to ``end``.
        """
        index = bisect_right(self.blocks[machine].starts, end - 1e-6) - 1
        since = self.blocks[machine].spans[index][0] if index >= 0 else begin
        for cause, spans in ((DOWN, self.down[machine]), (STOP, self.stops[machine])):
            yield cause, sum(max(0.0, min(b, begin) - max(a, since, self.problem.now_s)) for a, b in spans)

    def _spent(self) -> dict[tuple[str, int, int], float]:
        """Seconds of each tool with a budget that cuts started in each absence use; absences by the number of attended spans
        before them.
        """
        operations = {op.id: op for op in self.problem.operations}
        spent: dict[tuple[str, int, int], float] = {}
        for a in self.by_operation.values():
            if self.limited and not self.present(a.start_s):
                for use in _tools(operations[a.operation], a.machine):
                    key = (a.machine, use.tool, bisect_right(self.presence.starts, a.start_s))
                    spent[key] = spent.get(key, 0.0) + use.seconds
        return spent

    def lacks_tools(self, op: ShopOperation, machine: str, at: float) -> bool:
        """Return whether a cut started at a moment would need more life of a tool than is left until somebody comes."""
        absence = bisect_right(self.presence.starts, at)
        return not self.present(at) and any(
            self.spent.get((machine, use.tool, absence), 0.0) + use.seconds > self.limited[machine, use.tool]
            for use in _tools(op, machine)
            if (machine, use.tool) in self.limited
        )

    def present(self, at: float) -> bool:
        """Return whether anyone is present."""
        return self.presence.at(at) is not None

    def machine_cause(self, a: Assignment, at: float) -> str:
        """Return why the machine of ``a`` can't start the cut at a moment: it is busy with other work, or there is too
        little time before its next work.
        """
        still = [(spans, cause) for cause, spans in ((STOP, self.stops[a.machine]), (DOWN, self.down[a.machine]))]
        for spans, cause in still:
            if any(begin <= at < end for begin, end in spans):
                return cause
        if self.blocked[a.machine].at(at) is not None:
            return ROOM
        owner = self.tasks[a.machine].at(at)
        if owner is not None:
            return OWN if self.by_operation[owner].order == a.order else QUEUE
        until = at + a.end_s - a.start_s + 2.0 * self.problem.move_s
        for spans, cause in still:
            if any(at < begin < until and begin < a.start_s for begin, _ in spans):
                return cause
        return SEQUENCE

    def mount_cause(self, op: ShopOperation, a: Assignment, at: float) -> str:
        """Return why a part is not being mounted at a moment."""
        if not self.present(at):
            idle = self.machine_cause(a, at) == SEQUENCE
            return TOOLS if idle and self.lacks_tools(op, a.machine, at) else ABSENT
        if self.full.at(at) is not None:
            return PALLETS
        if op.fixture and self.fixtures[op.fixture].at(at) is not None:
            return FIXTURE
        cause = self.machine_cause(a, at)
        return BUSY_PEOPLE if cause == SEQUENCE else cause

    def cut_cause(self, op: ShopOperation, a: Assignment, at: float) -> str:
        """Return why, at a given moment, a mounted part is not being cut or a cut part not dismounted."""
        if at >= a.end_s:
            return BUSY_PEOPLE if self.present(at) else ABSENT
        cause = self.machine_cause(a, at)
        return TOOLS if cause == SEQUENCE and self.lacks_tools(op, a.machine, at) else cause

    @staticmethod
    def overlaps(
        now: dict[str, list[tuple[float, float]]],
        before: dict[str, list[tuple[float, float]]],
        machine: str,
        begin: float,
        end: float,
    ) -> bool:
        """Return whether ``now`` has a span between two moments that ``before`` didn't have."""
        new = set(now.get(machine, ())) - set(before.get(machine, ()))
        return any(a < end and begin < b for a, b in new)

    def edges_of(self, machine: str, begin: float, end: float) -> list[float]:
        """The two ends, and the moments between them at which anything that could keep a part from the machine starts or ends."""
        edges = {begin, end}
        for spans in (self.presence, self.full, self.tasks[machine], self.blocked[machine], *self.fixtures.values()):
            edges.update(spans.edges(begin, end))
        for span in self.down[machine] + self.stops[machine]:
            edges.update(edge for edge in span if begin < edge < end)
        return sorted(edges)


def _tools(op: ShopOperation, machine: str) -> tuple[ToolUse, ...]:
    return next(((*a.tools, ToolUse(CHIPS, a.run_s)) for a in op.alternatives if a.machine == machine), ())


def _full(assignments: Iterable[Assignment], usable: int) -> Iterator[tuple[float, float, str]]:
    """The spans in which every usable pallet or fixture is held."""
    changes = sorted(change for a in assignments for change in ((a.done_s, -1), (a.mount_s, 1)))
    held, since = 0, -INFINITE if usable <= 0 else None
    for at, change in changes:
        held += change
        if since is None and held >= usable:
            since = at
        elif since is not None and held < usable:
            if since < at:
                yield since, at, PALLETS
            since = None
    if since is not None:
        yield since, INFINITE, PALLETS
