"""The slow judge of a shop schedule: reads the rules off the records and shares nothing with the decoder."""

import bisect
import itertools
from collections import Counter
from collections.abc import Iterable

from nightmill.schedule.loads import planned_loads, wrong_loads
from nightmill.schedule.records import (
    Assignment,
    PlacedMaintenance,
    ShopOperation,
    ShopProblem,
    ShopSchedule,
    Violation,
    Window,
)
from nightmill.schedule.validate_cuts import (
    TOLERANCE_S,
    Cut,
    batches,
    buffers,
    changeovers,
    chosen,
    cuts_of,
    left_s,
    most_at_once,
    put_in_by_people,
    robots,
)


def validate_shop(problem: ShopProblem, schedule: ShopSchedule) -> tuple[Violation, ...]:
    """All rules that ``schedule`` breaks; empty means that it can be carried out as it stands."""
    found: list[Violation] = list(wrong_loads(problem, schedule))
    problem = planned_loads(problem, schedule)
    by_id = {op.id: op for op in problem.operations}
    found.extend(_complete(problem, schedule))
    pairs = [(by_id[a.operation], a) for a in schedule.assignments if a.operation in by_id]
    for op, a in pairs:
        found.extend(_one_operation(problem, op, a))
    found.extend(_routes(problem, schedule))
    cuts = cuts_of(problem, pairs)
    found.extend(_machines(problem, cuts, schedule))
    found.extend(batches(problem, cuts))
    found.extend(put_in_by_people(problem, cuts))
    found.extend(buffers(problem, pairs))
    found.extend(_people(problem, pairs, schedule))
    found.extend(_pallets(problem, pairs))
    found.extend(_tools(problem, pairs))
    found.extend(_stops(problem, schedule))
    found.extend(_fixtures(problem, pairs))
    found.extend(robots(problem, cuts))
    found.extend(_assembly(problem, schedule))
    found.extend(changeovers(problem, cuts))
    found.extend(_repairs(problem, schedule))
    found.extend(_promises(problem, schedule))
    return tuple(found)


def _complete(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    wanted = Counter(op.id for op in problem.operations)
    given = Counter(a.operation for a in schedule.assignments)
    for name in sorted(wanted.keys() | given.keys()):
        if wanted[name] != given[name]:
            yield Violation("each operation once", name, f"assigned {given[name]} times")


def _one_operation(problem: ShopProblem, op: ShopOperation, a: Assignment) -> Iterable[Violation]:
    alternative = chosen(op, a.machine)
    if (a.serial, a.order) != (op.serial, op.order):
        yield Violation("names", op.id, f"serial {a.serial} of order {a.order}")
    if alternative is None and op.state != "cut":
        yield Violation("machine can do it", op.id, f"no alternative on {a.machine}")
    elif alternative is not None and op.state in ("waiting", "mounted"):
        if abs(a.end_s - a.start_s - alternative.run_s) > TOLERANCE_S:
            yield Violation("cut takes its time", op.id, f"{a.end_s - a.start_s} s instead of {alternative.run_s} s")
    elif alternative is not None and op.state == "running" and op.started_s is not None:
        end = max(problem.now_s, op.started_s + alternative.run_s)
        if abs(a.start_s - op.started_s) > TOLERANCE_S or abs(a.end_s - end) > TOLERANCE_S:
            yield Violation("what runs is left alone", op.id, f"{a.start_s} to {a.end_s}")
    if op.state == "waiting" and a.mount_s < max(problem.now_s, op.release_s) - TOLERANCE_S:
        yield Violation("not before its release", op.id, f"mounted at {a.mount_s}")
    mounted = a.mount_s + op.mount_s if op.state == "waiting" else problem.now_s
    if op.state in ("waiting", "mounted") and a.start_s < mounted + problem.move_s - TOLERANCE_S:
        yield Violation("mount, move, cut", op.id, f"cut at {a.start_s}, mounted at {mounted}")
    back = left_s(a) + op.measure_s + (0.0 if op.state == "cut" else problem.move_s)
    if a.dismount_s < max(problem.now_s, back) - TOLERANCE_S:
        yield Violation("cut, move, measure, dismount", op.id, f"dismounted at {a.dismount_s}, back at {back}")
    if abs(a.done_s - a.dismount_s - op.dismount_s) > TOLERANCE_S:
        yield Violation("dismounting takes its time", op.id, f"{a.done_s - a.dismount_s} s")


def _routes(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    times = {a.operation: a for a in schedule.assignments}
    last: dict[str, ShopOperation] = {}
    for op in problem.operations:
        for part in (op.serial, *op.together):
            before = last.get(part)
            known = before is not None and before.id in times and op.id in times
            if before and known and times[op.id].mount_s < times[before.id].done_s - TOLERANCE_S:
                yield Violation("route order", op.id, f"mounted before {before.id} is dismounted")
            last[part] = op


def _crossings(spans: list[tuple[float, float, str]]) -> Iterable[tuple[str, str]]:
    ordered = sorted(spans)
    for index, (_, end, name) in enumerate(ordered):
        for start, finish, other in ordered[index + 1 :]:
            if start >= end - TOLERANCE_S:
                break
            if finish > start:
                yield name, other


def _machines(problem: ShopProblem, cuts: list[Cut], schedule: ShopSchedule) -> Iterable[Violation]:
    for machine in problem.machines:
        here = [cut for cut in cuts if cut.machine == machine.id]
        spans = [(w.start_s, w.end_s, f"down from {w.start_s}") for w in machine.down]
        spans.append((float("-inf"), machine.free_from_s, "not yet free"))
        spans += [(s.start_s, s.end_s, f"maintenance {s.id}") for s in schedule.maintenance if s.machine == machine.id]
        spans += [(float("-inf"), s.end_s, s.id) for s in _placed_repairs(problem, schedule) if s.machine == machine.id]
        for cut in here:
            begin = problem.now_s if cut.running else cut.start_s - problem.move_s
            spans.append((begin, cut.left_s + problem.move_s, cut.name))
        names = {cut.name for cut in here}
        running = {cut.name for cut in here if cut.running}
        for one, two in _crossings(spans):
            given = not ({one, two} & names) or bool({one, two} & running and not {one, two} <= names)
            if not given:
                yield Violation("one part a machine", machine.id, f"{one} and {two} overlap")


def _people(
    problem: ShopProblem, pairs: list[tuple[ShopOperation, Assignment]], schedule: ShopSchedule
) -> Iterable[Violation]:
    tasks = [(a.mount_s, a.mount_s + op.mount_s, f"mount {op.id}") for op, a in pairs if op.state == "waiting"]
    tasks += [(a.dismount_s, a.done_s, f"dismount {op.id}") for op, a in pairs]
    attended = {choice.id for choice in problem.maintenance if choice.attended}
    tasks += [(s.start_s, s.end_s, f"maintenance {s.id}") for s in schedule.maintenance if s.id in attended]
    presence, _ = _beside_repairs(problem, schedule)
    tasks = [task for task in tasks if task[1] - task[0] > 2.0 * TOLERANCE_S]
    begins = [(begin + TOLERANCE_S, 1) for begin, _, _ in tasks]
    ends = [(end - TOLERANCE_S, -1) for _, end, _ in tasks]
    for window in presence:
        begins.append((window.end_s, window.persons))
        ends.append((window.start_s, -window.persons))
    short, wanted = 0, False
    for _, change in sorted(begins + ends):
        short += change
        wanted = wanted or (short > 0 and change > 0)
    if wanted:
        yield from _too_few(presence, tasks)


def _too_few(presence: list[Window], tasks: list[tuple[float, float, str]]) -> Iterable[Violation]:
    """Each moment at which more attended work is under way than people are there."""
    changes: list[tuple[float, int, str]] = []
    for begin, end, name in tasks:
        changes += [(begin + TOLERANCE_S, 1, name), (end - TOLERANCE_S, -1, name)]
    for window in presence:
        changes += [(window.start_s, -window.persons, ""), (window.end_s, window.persons, "")]
    busy: set[str] = set()
    short = 0
    for at, change, name in sorted(changes):
        short += change
        if name:
            (busy.add if change > 0 else busy.discard)(name)
        if short > 0 and change > 0:
            yield Violation("attended work needs people", ", ".join(sorted(busy)[:3]), f"{short} too few at {at}")


def _pallets(problem: ShopProblem, pairs: list[tuple[ShopOperation, Assignment]]) -> Iterable[Violation]:
    usable = problem.pallets - problem.pallets_blocked
    held = 0
    changes: list[tuple[float, int]] = []
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    for op, a in pairs:
        begin = max(problem.now_s, a.mount_s) if op.state == "waiting" else problem.now_s
        if a.machine not in by_hand and a.done_s - begin > 2.0 * TOLERANCE_S:
            changes += [(begin + TOLERANCE_S, 1), (a.done_s - TOLERANCE_S, -1)]
    for at, change in sorted(changes):
        held += change
        if held > usable:
            yield Violation("pallets", f"at {at}", f"{held} held, {usable} usable")
            return


def _tools(problem: ShopProblem, pairs: list[tuple[ShopOperation, Assignment]]) -> Iterable[Violation]:
    """Cuts begun between two attended times use no more of a tool than its budget."""
    edges = sorted({t for w in problem.presence if w.persons > 0 for t in (w.start_s, w.end_s)})
    attended = [
        (a, b)
        for a, b in itertools.pairwise(edges)
        if any(w.persons > 0 and w.start_s <= a and b <= w.end_s for w in problem.presence)
    ]
    begins, ends = [begin for begin, _ in attended], [end for _, end in attended]
    budgets = {(budget.machine, budget.tool): budget.seconds for budget in problem.tool_budgets}
    chips = {machine.id: machine.chip_s for machine in problem.machines if machine.chip_s is not None}
    cut: dict[tuple[str, float], float] = {}
    spent: dict[tuple[str, int, float], float] = {}
    for op, a in pairs:
        alternative = chosen(op, a.machine)
        if op.state not in ("waiting", "mounted") or alternative is None:
            continue
        place = bisect.bisect_right(begins, a.start_s) - 1
        if place >= 0 and a.start_s < ends[place]:
            continue
        last = ends[place] if place >= 0 else float("-inf")
        if a.machine in chips:
            cut[a.machine, last] = cut.get((a.machine, last), 0.0) + alternative.run_s
        for use in alternative.tools:
            if (a.machine, use.tool) in budgets:
                key = (a.machine, use.tool, last)
                spent[key] = spent.get(key, 0.0) + use.seconds
    for (machine, tool, last), seconds in spent.items():
        if seconds > budgets[machine, tool] + TOLERANCE_S:
            detail = f"{seconds} s after {last}, {budgets[machine, tool]} s in the magazine"
            yield Violation("tools last the night", f"{machine} tool {tool}", detail)
    for (machine, last), seconds in cut.items():
        if seconds > chips[machine] + TOLERANCE_S:
            yield Violation(
                "chip bin lasts the night", machine, f"{seconds} s after {last}, {chips[machine]} s of room"
            )


def _fixtures(problem: ShopProblem, pairs: list[tuple[ShopOperation, Assignment]]) -> Iterable[Violation]:
    for kind in problem.fixtures:
        held = [
            (max(problem.now_s, a.mount_s) if op.state == "waiting" else problem.now_s, a.done_s)
            for op, a in pairs
            if op.fixture == kind.id
        ]
        at = most_at_once(held, kind.count)
        if at is not None:
            yield Violation("fixtures", kind.id, f"more than {kind.count} held at {at}")


def _assembly(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    mounted = {a.operation: a.mount_s for a in schedule.assignments}
    done: dict[str, float] = {}
    ends = {a.operation: a.done_s for a in schedule.assignments}
    for op in problem.operations:
        for part in (op.serial, *op.together) if op.id in ends else ():
            done[part] = max(ends[op.id], done.get(part, ends[op.id]))
    for op in problem.operations:
        for part in op.after if op.state == "waiting" and op.id in mounted else ():
            if part in done and mounted[op.id] < done[part] - TOLERANCE_S:
                yield Violation("assembled when its parts are done", op.id, f"mounted before {part} is done")


def _placed_repairs(problem: ShopProblem, schedule: ShopSchedule) -> list[PlacedMaintenance]:
    names = {repair.stop: repair.machine for repair in problem.repairs}
    return [stop for stop in schedule.maintenance if names.get(stop.id) == stop.machine]


def _beside_repairs(problem: ShopProblem, schedule: ShopSchedule) -> tuple[list[Window], dict[str, float]]:
    """Who is there besides the repairers, and how long each machine is worked on: by one where anybody is left for it."""
    repairs = sorted(_placed_repairs(problem, schedule), key=lambda stop: stop.start_s)
    if not repairs:
        return list(problem.presence), {}
    edges = {t for w in problem.presence for t in (w.start_s, w.end_s)} | {
        t for s in repairs for t in (s.start_s, s.end_s)
    }
    left, worked = [], dict.fromkeys((stop.machine for stop in repairs), 0.0)
    for a, b in itertools.pairwise(sorted(edges)):
        heads = sum(w.persons for w in problem.presence if w.start_s <= a and b <= w.end_s)
        for stop in repairs:
            if heads > 0 and stop.start_s <= a and b <= stop.end_s:
                heads -= 1
                worked[stop.machine] += b - a
        left.append(Window(a, b, heads))
    return left, worked


def _repairs(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    placed = {stop.machine: stop for stop in _placed_repairs(problem, schedule)}
    _, worked = _beside_repairs(problem, schedule)
    for repair in problem.repairs:
        stop = placed.get(repair.machine)
        if stop is None:
            yield Violation("repair placed", repair.machine, "missing")
        elif stop.start_s < problem.now_s - TOLERANCE_S:
            yield Violation("repair not before now", repair.machine, f"begins at {stop.start_s}")
        elif worked[repair.machine] < repair.usual_s - TOLERANCE_S:
            detail = f"{worked[repair.machine]} s with somebody for it, {repair.usual_s} s wanted"
            yield Violation("repair takes its time", repair.machine, detail)


def _stops(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    placed = {stop.id: stop for stop in schedule.maintenance}
    for choice in problem.maintenance:
        stop = placed.get(choice.id)
        if stop is None:
            yield Violation("maintenance placed", choice.id, "missing")
            continue
        earliest = max(problem.now_s, min(option.start_s for option in choice.options))
        if stop.machine != choice.machine or stop.start_s < earliest - TOLERANCE_S:
            yield Violation("maintenance within its options", choice.id, f"{stop.machine} at {stop.start_s}")
        if abs(stop.end_s - stop.start_s - choice.duration_s) > TOLERANCE_S:
            yield Violation("maintenance takes its time", choice.id, f"{stop.end_s - stop.start_s} s")


def _promises(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    given = {promise.order: promise for promise in schedule.promises}
    last: dict[str, float] = {}
    for a in schedule.assignments:
        last[a.order] = max(a.done_s, last.get(a.order, a.done_s))
    total = 0.0
    for order in problem.orders:
        done = last.get(order.id, problem.now_s)
        late = max(0.0, done - order.due_s)
        total += order.weight * late
        if order.deadline_s is not None and done > order.deadline_s + TOLERANCE_S:
            yield Violation("deadline kept", order.id, f"done at {done}, {order.deadline_s} at the latest")
        promise = given.get(order.id)
        if promise is None or max(abs(promise.promise_s - done), abs(promise.late_by_s - late)) > TOLERANCE_S:
            yield Violation("promise is the last part", order.id, f"done at {done}, late by {late}")
    if abs(total - schedule.weighted_tardiness_s) > TOLERANCE_S * max(1.0, total):
        yield Violation("tardiness adds up", "schedule", f"{schedule.weighted_tardiness_s} instead of {total}")
