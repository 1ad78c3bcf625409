"""The validator's rules for cuts: machines, changeovers, robots, batch cuts, buffers. They share no code with the decoder."""

from collections.abc import Iterable
from functools import cached_property

import msgspec
import numpy as np

from nightmill.scheduling.problem.records import ShopOperation, ShopProblem, Violation
from nightmill.scheduling.validation.schedule_table import (
    MEASURE,
    TOLERANCE_S,
    Numbers,
    Seconds,
    Table,
    chosen,
    most_at_once,
)


class Cut(msgspec.Struct):
    """A cut on a machine: of one part, or on a batch machine of all parts that start together.

    ``running``: the cut had started before the schedule.
    """

    machine: str
    start_s: float
    end_s: float
    left_s: float
    running: bool
    ops: list[ShopOperation]

    @property
    def name(self) -> str:
        """The names of the cut's operations."""
        return ", ".join(op.id for op in self.ops)


def family_of(op: ShopOperation, machine: str) -> str:
    """The family that the machine is set up for while it cuts the operation."""
    alternative = chosen(op, machine)
    return alternative.family if alternative else ""


class Cuts:
    """The cuts in a schedule, as columns if every machine cuts one part at a time, and as records on demand."""

    def __init__(self, problem: ShopProblem, table: Table) -> None:
        self.problem, self.table = problem, table
        self.places = {machine.id: machine.places for machine in problem.machines}
        self.shared = any(count > 1 for count in self.places.values())

    @cached_property
    def all(self) -> list[Cut]:
        """All cuts in order of start, without finished ones. Parts started together on a batch machine are one cut."""
        table, places = self.table, self.places
        rows = [(op, a, left) for (op, a), left in zip(table.pairs, table.left_s.tolist(), strict=True)]
        if self.shared:
            rows.sort(key=lambda row: (row[1].machine, row[1].start_s, row[1].end_s))
        cuts: list[Cut] = []
        for op, a, left in rows:
            if op.state == "cut":
                continue
            last = cuts[-1] if self.shared and cuts else None
            if (
                last is not None
                and places.get(a.machine, 1) > 1
                and last.machine == a.machine
                and abs(last.start_s - a.start_s) <= TOLERANCE_S
                and abs(last.end_s - a.end_s) <= TOLERANCE_S
            ):
                last.ops.append(op)
                last.running = last.running or op.state == "running"
            else:
                cuts.append(Cut(a.machine, a.start_s, a.end_s, left, op.state == "running", [op]))
        return sorted(cuts, key=lambda cut: (cut.start_s, cut.end_s))

    @cached_property
    def by_machine(self) -> dict[str, list[Cut]]:
        """The cuts of each machine."""
        found: dict[str, list[Cut]] = {}
        for cut in self.all:
            found.setdefault(cut.machine, []).append(cut)
        return found

    @cached_property
    def _taken(self) -> tuple[Seconds, Seconds, Numbers]:
        """Spans in which single cuts and their moves occupy machines, and the machine's number, in order of machine and start."""
        table, move = self.table, self.problem.move_s
        begins = np.where(table.state("running"), self.problem.now_s, table.start_s - move)
        ends, machine = table.left_s + move, table.numbers[:, 0]
        kept = np.flatnonzero(~table.state("cut"))
        order = kept[np.lexsort((ends[kept], begins[kept], machine[kept]))]
        return begins[order], ends[order], machine[order]

    def taken(self, machine: str) -> tuple[Seconds, Seconds]:
        """Start and end of the spans in which cuts and their moves occupy a machine."""
        if self.shared:
            here, move = self.by_machine.get(machine, []), self.problem.move_s
            begins = np.array([self.problem.now_s if cut.running else cut.start_s - move for cut in here])
            return begins, np.array([cut.left_s + move for cut in here])
        all_begins, all_ends, numbers = self._taken
        low, high = np.searchsorted(numbers, (number := self.table.machines.get(machine, -1), number + 1))
        return all_begins[low:high], all_ends[low:high]


def batches(cuts: Cuts) -> Iterable[Violation]:
    """Check that a cut has no more parts than the machine has places, and that all parts belong to one named family."""
    places = cuts.places
    for cut in cuts.all if cuts.shared else ():
        parts, most = sum(1 + len(op.together) for op in cut.ops), places.get(cut.machine, 1)
        if 1 < most < parts:
            detail = f"{parts} parts at {cut.start_s}, {places[cut.machine]} places"
            yield Violation("no more parts than places", cut.machine, detail)
        families = {family_of(op, cut.machine) for op in cut.ops}
        if len(cut.ops) > 1 and (len(families) > 1 or "" in families):
            yield Violation(
                "only parts of one family cut together", cut.machine, f"families {sorted(families)}: {cut.name}"
            )


def put_in_by_people(problem: ShopProblem, cuts: Cuts) -> Iterable[Violation]:
    """Check that a machine loaded by hand starts a cut only while somebody is present."""
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    there = [(window.start_s, window.end_s) for window in problem.presence if window.persons > 0]
    for cut in cuts.all if by_hand else ():
        if cut.machine in by_hand and not cut.running:
            at = cut.start_s
            if not any(begin - TOLERANCE_S <= at <= end + TOLERANCE_S for begin, end in there):
                yield Violation("loaded while somebody is present", cut.name, f"{cut.machine} starts at {at}")


def changeovers(problem: ShopProblem, cuts: Cuts) -> Iterable[Violation]:
    """Check that a machine has the time it needs between cuts of different families."""
    seconds: dict[tuple[str, str, str], float] = {}
    for machine in problem.machines:
        for each in sorted(problem.changeovers, key=lambda each: each.machine != ""):
            if each.machine in ("", machine.id):
                seconds[machine.id, each.before, each.after] = each.seconds
    for machine in problem.machines if seconds else ():
        family, free = machine.family, problem.now_s if machine.unloaded_s is None else machine.unloaded_s
        for cut in cuts.by_machine.get(machine.id, ()):
            after = family_of(cut.ops[0], machine.id)
            takes, begins = seconds.get((machine.id, family, after), 0.0), cut.start_s - problem.move_s
            if not cut.running and begins < free + takes - TOLERANCE_S:
                yield Violation(
                    "time to change over", cut.name, f"{begins - free} s of {takes} s needed after {family!r}"
                )
            family, free = after, cut.left_s + problem.move_s


def robots(problem: ShopProblem, cuts: Cuts) -> Iterable[Violation]:
    """Check that there are no more moves at once than robots; a part already being cut may have to wait for its robot."""
    if not problem.robots:
        return
    starts = np.array([cut.start_s for cut in cuts.all if not cut.running], dtype=np.float64)
    leaves = np.array([cut.left_s for cut in cuts.all if not cut.running], dtype=np.float64)
    begins = np.concatenate((starts - problem.move_s, leaves))
    at = most_at_once(begins, np.concatenate((starts, leaves + problem.move_s)), problem.robots)
    if at is not None:
        yield Violation("a robot for each move", f"at {at}", f"more than {problem.robots} moves at once")


def buffers(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    """Check that no more parts wait behind a machine than it has buffer places, and that no part leaves before its cut has ended."""
    for k in np.flatnonzero(table.left_s < table.end_s - TOLERANCE_S).tolist():
        op, a = table.pairs[k]
        yield Violation(
            "cut finished before the part leaves", op.id, f"leaves at {table.left_s[k]}, cut until {a.end_s}"
        )
    narrow = [machine for machine in problem.machines if machine.buffer is not None]
    if not narrow:
        return
    waits = table.left_s + table.times[:, MEASURE] + np.where(table.state("cut"), 0.0, problem.move_s)
    machines = np.array([a.machine for _, a in table.pairs])
    for machine in narrow:
        here = machines == machine.id
        at = most_at_once(waits[here], table.dismount_s[here], machine.buffer or 0)
        if at is not None:
            yield Violation("free place in the buffer", machine.id, f"more than {machine.buffer} wait at {at}")
