"""Independent validator for shop schedules: slow, straight from the records, and without any code from the decoder."""

import itertools
from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np

from nightmill.scheduling.problem.pallet_loads import planned_loads, wrong_loads
from nightmill.scheduling.problem.records import (
    Assignment,
    PlacedMaintenance,
    ShopProblem,
    ShopSchedule,
    Violation,
    Window,
)
from nightmill.scheduling.validation.machine_check import Cuts, batches, buffers, changeovers, put_in_by_people, robots
from nightmill.scheduling.validation.schedule_table import (
    MOUNTING,
    TOLERANCE_S,
    Seconds,
    Table,
    most_at_once,
    single,
    table_of,
)


def validate_shop(problem: ShopProblem, schedule: ShopSchedule, like: Table | None = None) -> tuple[Violation, ...]:
    """Return all the rules that ``schedule`` breaks; empty means that the schedule can be carried out as it is.

    ``like``: the result of ``rows_of`` for a similar schedule; rows that are the same objects aren't read again.
    """
    found: list[Violation] = list(wrong_loads(problem, schedule))
    problem = planned_loads(problem, schedule)
    found.extend(_complete(problem, schedule))
    table = rows_of(problem, schedule, like)
    found.extend(single(problem, table))
    found.extend(_routes(problem, schedule, table))
    cuts = Cuts(problem, table)
    found.extend(_machines(problem, cuts, schedule))
    found.extend(batches(cuts))
    found.extend(put_in_by_people(problem, cuts))
    found.extend(buffers(problem, table))
    found.extend(_people(problem, table, schedule))
    found.extend(_pallets(problem, table))
    found.extend(_tools(problem, table))
    found.extend(_stops(problem, schedule))
    found.extend(_fixtures(problem, table))
    found.extend(robots(problem, cuts))
    found.extend(_assembly(problem, schedule))
    found.extend(changeovers(problem, cuts))
    found.extend(_repairs(problem, schedule))
    found.extend(_promises(problem, schedule, table))
    return tuple(found)


def rows_of(problem: ShopProblem, schedule: ShopSchedule, like: Table | None = None) -> Table:
    """The operations of a problem with their assignments; ``like``: a table that is mostly identical."""
    by_id = {op.id: op for op in problem.operations}
    rows = {a.operation: a for a in schedule.assignments}
    if len(rows) < len(schedule.assignments):
        table = table_of([(by_id[a.operation], a) for a in schedule.assignments if a.operation in by_id])
        return msgspec.structs.replace(table, before=None)  # rows in the order of the assignments, some repeated
    return table_of([(op, row) for name, op in by_id.items() if (row := rows.get(name)) is not None], like)


def _complete(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    asked, answered = [op.id for op in problem.operations], [a.operation for a in schedule.assignments]
    if len(asked) == len(answered) == len(set(asked)) and set(asked) == set(answered):
        return
    wanted, given = Counter(asked), Counter(answered)
    for name in sorted(wanted.keys() | given.keys()):
        if wanted[name] != given[name]:
            yield Violation("each operation once", name, f"assigned {given[name]} times")


def _routes(problem: ShopProblem, schedule: ShopSchedule, table: Table) -> Iterable[Violation]:
    if table.before is not None and len(table.pairs) == len(problem.operations) == len(schedule.assignments):
        followers = np.flatnonzero(table.before >= 0)
        before = table.before[followers]
        early = table.mount_s[followers] < table.done_s[before] - TOLERANCE_S
        for row, last_row in zip(followers[early].tolist(), before[early].tolist(), strict=True):
            detail = f"mounted before {table.pairs[last_row][0].id} is dismounted"
            yield Violation("route order", table.pairs[row][0].id, detail)
        return
    times = {a.operation: a for a in schedule.assignments}
    last: dict[str, Assignment | None] = {}
    for op in problem.operations:
        here = times.get(op.id)
        for part in (op.serial, *op.together):
            before_it = last.get(part)
            if before_it and here and here.mount_s < before_it.done_s - TOLERANCE_S:
                yield Violation("route order", op.id, f"mounted before {before_it.operation} is dismounted")
            last[part] = here


def _crossings(spans: list[tuple[float, float, str]]) -> Iterable[tuple[str, str]]:
    ordered = sorted(spans)
    for index, (_, end, name) in enumerate(ordered):
        for start, finish, other in ordered[index + 1 :]:
            if start >= end - TOLERANCE_S:
                break
            if finish > start:
                yield name, other


def _apart(begins: Seconds, ends: Seconds) -> bool:
    """Return whether every span starts after all earlier spans have ended, so that no two overlap."""
    order = np.lexsort((ends, begins))
    return bool((begins[order][1:] >= np.maximum.accumulate(ends[order])[:-1] - TOLERANCE_S).all())


def _machines(problem: ShopProblem, cuts: Cuts, schedule: ShopSchedule) -> Iterable[Violation]:
    for machine in problem.machines:
        spans = [(w.start_s, w.end_s, f"down from {w.start_s}") for w in machine.down]
        spans.append((float("-inf"), machine.free_from_s, "not yet free"))
        spans += [(s.start_s, s.end_s, f"maintenance {s.id}") for s in schedule.maintenance if s.machine == machine.id]
        spans += [(float("-inf"), s.end_s, s.id) for s in _placed_repairs(problem, schedule) if s.machine == machine.id]
        begins, ends = cuts.taken(machine.id)
        given_begins, given_ends = [begin for begin, _, _ in spans], [end for _, end, _ in spans]
        if _apart(np.concatenate((begins, given_begins)), np.concatenate((ends, given_ends))):
            continue
        here = cuts.by_machine.get(machine.id, [])
        spans += [
            (problem.now_s if cut.running else cut.start_s - problem.move_s, cut.left_s + problem.move_s, cut.name)
            for cut in here
        ]
        names = {cut.name for cut in here}
        running = {cut.name for cut in here if cut.running}
        for one, two in _crossings(spans):
            given = not ({one, two} & names) or bool({one, two} & running and not {one, two} <= names)
            if not given:
                yield Violation("one part per machine", machine.id, f"{one} and {two} overlap")


def _people(problem: ShopProblem, table: Table, schedule: ShopSchedule) -> Iterable[Violation]:
    attended = {choice.id for choice in problem.maintenance if choice.attended}
    stops = [stop for stop in schedule.maintenance if stop.id in attended]
    presence, _ = _beside_repairs(problem, schedule)
    waiting = table.state("waiting")
    mounts, mounting = table.mount_s[waiting], table.times[waiting, MOUNTING]
    begins = np.concatenate((mounts, table.dismount_s, [stop.start_s for stop in stops]))
    ends = np.concatenate((mounts + mounting, table.done_s, [stop.end_s for stop in stops]))
    kept = ends - begins > 2.0 * TOLERANCE_S
    comes, goes = [window.start_s for window in presence], [window.end_s for window in presence]
    persons = np.array([window.persons for window in presence], dtype=np.int64)
    moments = np.concatenate((begins[kept] + TOLERANCE_S, ends[kept] - TOLERANCE_S, comes, goes))
    changes = np.concatenate((np.repeat([1, -1], np.count_nonzero(kept)), -persons, persons))
    order = np.lexsort((changes, moments))
    change = changes[order]
    if ((np.cumsum(change) > 0) & (change > 0)).any():
        names = [f"mount {op.id}" for op, _ in table.pairs if op.state == "waiting"]
        names += [f"dismount {op.id}" for op, _ in table.pairs] + [f"maintenance {stop.id}" for stop in stops]
        tasks = zip(begins.tolist(), ends.tolist(), names, strict=True)
        yield from _too_few(presence, [task for task in tasks if task[1] - task[0] > 2.0 * TOLERANCE_S])


def _too_few(presence: list[Window], tasks: list[tuple[float, float, str]]) -> Iterable[Violation]:
    """Return the moments at which more attended tasks are in progress than people are present."""
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
            yield Violation("attended work needs people", ", ".join(sorted(busy)[:3]), f"{short} people short at {at}")


def _held_from(problem: ShopProblem, table: Table) -> Seconds:
    """Return when each operation starts to hold its pallet and fixture."""
    return np.where(table.state("waiting"), np.maximum(problem.now_s, table.mount_s), problem.now_s)


def _pallets(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    usable = problem.pallets - problem.pallets_blocked
    by_hand = {machine.id for machine in problem.machines if machine.by_hand}
    on_pallet = np.array([a.machine not in by_hand for _, a in table.pairs], dtype=np.bool_)
    at = most_at_once(_held_from(problem, table)[on_pallet], table.done_s[on_pallet], usable)
    if at is not None:
        yield Violation("pallets", f"at {at}", f"more than {usable} held")


def _tools(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    """Check that cuts started between two attended times use no more of a tool than its budget."""
    budgets = {(budget.machine, budget.tool): budget.seconds for budget in problem.tool_budgets}
    chips = {machine.id: machine.chip_s for machine in problem.machines if machine.chip_s is not None}
    if not budgets and not chips:
        return
    begins, ends = _attended(problem)
    places = np.searchsorted(begins, table.start_s, side="right") - 1
    until = np.append(ends, -np.inf)[places]
    alone = np.flatnonzero((table.start_s >= until) & table.state("waiting", "mounted")).tolist()
    cut: dict[tuple[str, float], float] = {}
    spent: dict[tuple[str, int, float], float] = {}
    for row in alone:
        a, alternative, place = table.pairs[row][1], table.alternatives[row], places[row]
        if alternative is None:
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
                "chip bin lasts the night",
                machine,
                f"{seconds} s after {last}, {chips[machine]} s until the chip bin is full",
            )


def _attended(problem: ShopProblem) -> tuple[list[float], list[float]]:
    """Start and end of the attended times, in order; they may touch."""
    windows = sorted((w.start_s, w.end_s) for w in problem.presence if w.persons > 0)
    edges = sorted({edge for window in windows for edge in window})
    begins, ends, known, until = list[float](), list[float](), 0, float("-inf")
    for a, b in itertools.pairwise(edges):
        while known < len(windows) and windows[known][0] <= a:
            until = max(until, windows[known][1])
            known += 1
        if b <= until:
            begins.append(a)
            ends.append(b)
    return begins, ends


def _fixtures(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    begins = _held_from(problem, table)
    kinds = np.array([op.fixture for op, _ in table.pairs]) if problem.fixtures else np.array([])
    for kind in problem.fixtures:
        here = kinds == kind.id
        at = most_at_once(begins[here], table.done_s[here], kind.count)
        if at is not None:
            yield Violation("fixtures", kind.id, f"more than {kind.count} held at {at}")


def _assembly(problem: ShopProblem, schedule: ShopSchedule) -> Iterable[Violation]:
    if not any(op.after for op in problem.operations):
        return
    mounted = {a.operation: a.mount_s for a in schedule.assignments}
    done: dict[str, float] = {}
    ends = {a.operation: a.done_s for a in schedule.assignments}
    for op in problem.operations:
        for part in (op.serial, *op.together) if op.id in ends else ():
            done[part] = max(ends[op.id], done.get(part, ends[op.id]))
    for op in problem.operations:
        for part in op.after if op.state == "waiting" and op.id in mounted else ():
            if part in done and mounted[op.id] < done[part] - TOLERANCE_S:
                yield Violation("assembled after its parts are done", op.id, f"mounted before {part} is done")


def _placed_repairs(problem: ShopProblem, schedule: ShopSchedule) -> list[PlacedMaintenance]:
    names = {repair.stop: repair.machine for repair in problem.repairs}
    return [stop for stop in schedule.maintenance if names.get(stop.id) == stop.machine]


def _beside_repairs(problem: ShopProblem, schedule: ShopSchedule) -> tuple[list[Window], dict[str, float]]:
    """Return the staffing without the people on repairs, and how long each machine is worked on (by one person, if
    anybody is left for it).
    """
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
            yield Violation("repair not before now", repair.machine, f"starts at {stop.start_s}")
        elif worked[repair.machine] < repair.usual_s - TOLERANCE_S:
            detail = f"{worked[repair.machine]} s attended by a repairer, {repair.usual_s} s needed"
            yield Violation("repair takes the required time", repair.machine, detail)


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
            yield Violation("maintenance takes the required time", choice.id, f"{stop.end_s - stop.start_s} s")


def _promises(problem: ShopProblem, schedule: ShopSchedule, table: Table) -> Iterable[Violation]:
    given = {promise.order: promise for promise in schedule.promises}
    last: dict[str, float] = {}
    if len(table.pairs) == len(schedule.assignments):
        latest = np.full(len(table.orders), -np.inf)
        np.maximum.at(latest, table.numbers[:, 1], table.done_s)
        numbers = {order.id: table.orders.get(order.id, -1) for order in problem.orders}
        last = {name: float(latest[k]) for name, k in numbers.items() if k >= 0 and latest[k] > -np.inf}
    else:
        for a in schedule.assignments:
            last[a.order] = max(a.done_s, last.get(a.order, a.done_s))
    total = 0.0
    for order in problem.orders:
        done = last.get(order.id, problem.now_s)
        late = max(0.0, done - order.due_s)
        total += order.weight * late
        if order.deadline_s is not None and done > order.deadline_s + TOLERANCE_S:
            yield Violation("deadline kept", order.id, f"done at {done}, deadline {order.deadline_s}")
        promise = given.get(order.id)
        if promise is None or max(abs(promise.promise_s - done), abs(promise.late_by_s - late)) > TOLERANCE_S:
            yield Violation("promise matches the last part", order.id, f"done at {done}, late by {late}")
    if abs(total - schedule.weighted_tardiness_s) > TOLERANCE_S * max(1.0, total):
        yield Violation("tardiness adds up", "schedule", f"{schedule.weighted_tardiness_s} instead of {total}")
