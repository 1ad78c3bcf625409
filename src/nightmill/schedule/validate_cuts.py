"""The judge's part on cuts: machines, changeovers, robots, cuts of several parts, buffers. Shares nothing with the decoder."""

from collections.abc import Iterable

import msgspec

from nightmill.schedule.records import Alternative, Assignment, ShopOperation, ShopProblem, Violation

TOLERANCE_S = 1e-4
Pairs = list[tuple[ShopOperation, Assignment]]


class Cut(msgspec.Struct):
    """A cut on a machine: of one part, or on a machine of several places of those that begin it together."""

    machine: str
    start_s: float
    end_s: float
    left_s: float
    ops: list[ShopOperation]

    @property
    def name(self) -> str:
        """Its operations."""
        return ", ".join(op.id for op in self.ops)

    @property
    def running(self) -> bool:
        """Whether it had begun before the schedule."""
        return any(op.state == "running" for op in self.ops)


def chosen(op: ShopOperation, machine: str) -> Alternative | None:
    """The operation's alternative on a machine, where it may be there."""
    for alternative in op.alternatives:
        if alternative.machine == machine and op.machine in ("", machine):
            return alternative
    return None


def family_of(op: ShopOperation, machine: str) -> str:
    """What the machine is set up for while it cuts the operation."""
    alternative = chosen(op, machine)
    return alternative.family if alternative else ""


def left_s(a: Assignment) -> float:
    """When the part leaves its machine (s)."""
    return a.end_s if a.left_s is None else a.left_s


def cuts_of(problem: ShopProblem, pairs: Pairs) -> list[Cut]:
    """The cuts in order of their begin; what is cut already has none. Parts begun together on several places are one cut."""
    places = {machine.id: machine.places for machine in problem.machines}
    cuts: list[Cut] = []
    for op, a in sorted(pairs, key=lambda pair: (pair[1].machine, pair[1].start_s, pair[1].end_s)):
        if op.state == "cut":
            continue
        last = cuts[-1] if cuts else None
        if (
            last is not None
            and places.get(a.machine, 1) > 1
            and last.machine == a.machine
            and abs(last.start_s - a.start_s) <= TOLERANCE_S
            and abs(last.end_s - a.end_s) <= TOLERANCE_S
        ):
            last.ops.append(op)
        else:
            cuts.append(Cut(a.machine, a.start_s, a.end_s, left_s(a), [op]))
    return sorted(cuts, key=lambda cut: (cut.start_s, cut.end_s))


def batches(problem: ShopProblem, cuts: list[Cut]) -> Iterable[Violation]:
    """No more parts in a cut than the machine has places, all of one named family."""
    places = {machine.id: machine.places for machine in problem.machines}
    for cut in cuts:
        parts, most = sum(1 + len(op.together) for op in cut.ops), places.get(cut.machine, 1)
        if 1 < most < parts:
            detail = f"{parts} parts at {cut.start_s}, {places[cut.machine]} places"
            yield Violation("as many parts as places", cut.machine, detail)
        families = {family_of(op, cut.machine) for op in cut.ops}
        if len(cut.ops) > 1 and (len(families) > 1 or "" in families):
            yield Violation("cut together only what is alike", cut.machine, f"families {sorted(families)}: {cut.name}")


def put_in_by_people(problem: ShopProblem, cuts: list[Cut]) -> Iterable[Violation]:
    """A machine that people load begins a cut only while somebody is there."""
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    there = [(window.start_s, window.end_s) for window in problem.presence if window.persons > 0]
    for cut in cuts:
        if cut.machine in by_hand and not cut.running:
            at = cut.start_s
            if not any(begin - TOLERANCE_S <= at <= end + TOLERANCE_S for begin, end in there):
                yield Violation("loaded while somebody is there", cut.name, f"{cut.machine} begins at {at}")


def changeovers(problem: ShopProblem, cuts: list[Cut]) -> Iterable[Violation]:
    """From one family to another a machine has the time that it takes."""
    seconds: dict[tuple[str, str, str], float] = {}
    for machine in problem.machines:
        for each in sorted(problem.changeovers, key=lambda each: each.machine != ""):
            if each.machine in ("", machine.id):
                seconds[machine.id, each.before, each.after] = each.seconds
    for machine in problem.machines if seconds else ():
        family, free = machine.family, problem.now_s if machine.unloaded_s is None else machine.unloaded_s
        for cut in cuts:
            if cut.machine != machine.id:
                continue
            after = family_of(cut.ops[0], machine.id)
            takes, begins = seconds.get((machine.id, family, after), 0.0), cut.start_s - problem.move_s
            if not cut.running and begins < free + takes - TOLERANCE_S:
                yield Violation("changed over", cut.name, f"{begins - free} s of {takes} s after {family!r}")
            family, free = after, cut.left_s + problem.move_s


def most_at_once(spans: list[tuple[float, float]], most: int) -> float | None:
    """When more than ``most`` spans run at once, None if never."""
    changes = [(begin + TOLERANCE_S, 1) for begin, end in spans if end - begin > 2.0 * TOLERANCE_S]
    changes += [(end - TOLERANCE_S, -1) for begin, end in spans if end - begin > 2.0 * TOLERANCE_S]
    running = 0
    for at, change in sorted(changes):
        running += change
        if running > most:
            return at
    return None


def robots(problem: ShopProblem, cuts: list[Cut]) -> Iterable[Violation]:
    """No more moves at once than robots; what is being cut already may have to wait for its robot."""
    if not problem.robots:
        return
    moves: list[tuple[float, float]] = []
    for cut in cuts:
        if not cut.running:
            moves += [(cut.start_s - problem.move_s, cut.start_s), (cut.left_s, cut.left_s + problem.move_s)]
    at = most_at_once(moves, problem.robots)
    if at is not None:
        yield Violation("a robot for each move", f"at {at}", f"more than {problem.robots} moves")


def buffers(problem: ShopProblem, pairs: Pairs) -> Iterable[Violation]:
    """No more parts wait behind a machine than it has room for; none leaves it before its cut has ended."""
    for op, a in pairs:
        if left_s(a) < a.end_s - TOLERANCE_S:
            yield Violation("cut before it leaves", op.id, f"leaves at {left_s(a)}, cut until {a.end_s}")
    for machine in problem.machines:
        if machine.buffer is None:
            continue
        waits = [
            (left_s(a) + op.measure_s + (0.0 if op.state == "cut" else problem.move_s), a.dismount_s)
            for op, a in pairs
            if a.machine == machine.id
        ]
        at = most_at_once(waits, machine.buffer)
        if at is not None:
            yield Violation("room in the buffer", machine.id, f"more than {machine.buffer} wait at {at}")
