"""The validator's table: each operation with its assignment, in columns, and the rules that concern single operations."""

from collections.abc import Callable, Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.scheduling.problem.records import Alternative, Assignment, ShopOperation, ShopProblem, Violation

TOLERANCE_S = 1e-4
Pairs = list[tuple[ShopOperation, Assignment]]
Seconds = NDArray[np.float64]
Which = NDArray[np.bool_]
Numbers = NDArray[np.int64]


(
    MOUNT, START, END, LEFT, DISMOUNT, DONE, RUN, MOUNTING, MEASURE, DISMOUNTING, RELEASE, STARTED,
) = range(12)  # fmt: skip
_STATES = {"waiting": 0, "mounted": 1, "running": 2, "cut": 3}


class Table(msgspec.Struct, frozen=True):
    """Operations with their assignments, row by row, in the order of the problem's operations if each is assigned once.

    ``times`` (rows, 12), in s. For the assignment: mount, start, end, leaving its machine, dismount and done. For the
    operation: the cut on that machine (nan if the machine can't do it), mounting, measuring, dismounting, release and start
    (nan if none is given). ``numbers`` (rows, 4): machine and order of the assignment by ``machines`` and ``orders``, state,
    and whether assignment and operation have the same part and order. ``before``: the row of the part's preceding operation, -1
    if there is none; None if parts are cut together or an operation is assigned twice.
    """

    pairs: Pairs
    alternatives: list[Alternative | None]
    times: Seconds
    numbers: Numbers
    machines: dict[str, int]
    orders: dict[str, int]
    before: Numbers | None

    @property
    def mount_s(self) -> Seconds:
        """When mounting starts."""
        return self.times[:, MOUNT]

    @property
    def start_s(self) -> Seconds:
        """When the cut starts."""
        return self.times[:, START]

    @property
    def end_s(self) -> Seconds:
        """When the cut ends."""
        return self.times[:, END]

    @property
    def left_s(self) -> Seconds:
        """When the part leaves the machine."""
        return self.times[:, LEFT]

    @property
    def dismount_s(self) -> Seconds:
        """When dismounting starts."""
        return self.times[:, DISMOUNT]

    @property
    def done_s(self) -> Seconds:
        """When the part is dismounted."""
        return self.times[:, DONE]

    def state(self, *names: str) -> Which:
        """The rows whose operation is in one of these states."""
        return np.isin(self.numbers[:, 2], [_STATES[name] for name in names])


def table_of(pairs: Pairs, like: Table | None = None) -> Table:
    """The columns of operations and their assignments; objects that are the same as in a table ``like`` are taken from there."""
    machines, orders = (dict(like.machines), dict(like.orders)) if like else ({}, {})
    if like is None or len(pairs) != len(like.pairs):
        everything = list(range(len(pairs)))
        times, numbers = np.empty((len(pairs), 12)), np.empty((len(pairs), 4), dtype=np.int64)
        alternatives: list[Alternative | None] = [None] * len(pairs)
        ops, rows, fresh, before = everything, everything, everything, _before(pairs)
    else:
        both = list(zip(pairs, like.pairs, strict=True))
        times, numbers, alternatives = like.times.copy(), like.numbers.copy(), list(like.alternatives)
        ops = [k for k, ((op, _), (was, _)) in enumerate(both) if op is not was]
        rows = [k for k, ((_, a), (_, was)) in enumerate(both) if a is not was]
        others = set(ops)
        fresh = [k for k in rows if pairs[k][1].machine != like.pairs[k][1].machine and k not in others] + ops
        kept = all(_part(pairs[k][0]) == _part(like.pairs[k][0]) for k in ops)
        before = like.before if kept else _before(pairs)
    times[rows, :RUN] = _times_of_rows([pairs[k][1] for k in rows])
    times[ops, MOUNTING:] = _times_of_operations([pairs[k][0] for k in ops])
    for k in fresh:
        alternatives[k] = chosen(pairs[k][0], pairs[k][1].machine)
    found = [alternatives[k] for k in fresh]
    times[fresh, RUN] = [np.nan if each is None else each.run_s for each in found]
    numbers[fresh, 0] = [machines.setdefault(pairs[k][1].machine, len(machines)) for k in fresh]
    numbers[rows, 1] = [orders.setdefault(pairs[k][1].order, len(orders)) for k in rows]
    numbers[ops, 2] = [_STATES[pairs[k][0].state] for k in ops]
    changed = rows if not ops else sorted({*rows, *ops})
    numbers[changed, 3] = [_names_alike(*pairs[k]) for k in changed]
    return Table(pairs, alternatives, times, numbers, machines, orders, before)


def _part(op: ShopOperation) -> tuple[str, tuple[str, ...]]:
    return op.serial, op.together


def _names_alike(op: ShopOperation, a: Assignment) -> bool:
    return a.serial == op.serial and a.order == op.order


def _times_of_rows(rows: list[Assignment]) -> Seconds:
    """The columns of assignments (rows, 6)."""
    return np.array(
        [
            [a.mount_s for a in rows],
            [a.start_s for a in rows],
            [a.end_s for a in rows],
            [a.end_s if a.left_s is None else a.left_s for a in rows],
            [a.dismount_s for a in rows],
            [a.done_s for a in rows],
        ],
        dtype=np.float64,
    ).T


def _times_of_operations(ops: list[ShopOperation]) -> Seconds:
    """The columns of operations (operations, 5)."""
    return np.array(
        [
            [op.mount_s for op in ops],
            [op.measure_s for op in ops],
            [op.dismount_s for op in ops],
            [op.release_s for op in ops],
            [np.nan if op.started_s is None else op.started_s for op in ops],
        ],
        dtype=np.float64,
    ).T


def _before(pairs: Pairs) -> Numbers | None:
    """The row of the preceding operation of each part, -1 if there is none; None if parts are cut together."""
    if any(op.together for op, _ in pairs):
        return None
    last: dict[str, int] = {}
    found = [-1] * len(pairs)
    for row, (op, _) in enumerate(pairs):
        found[row] = last.get(op.serial, -1)
        last[op.serial] = row
    return np.array(found, dtype=np.int64)


def chosen(op: ShopOperation, machine: str) -> Alternative | None:
    """Return the operation's alternative on a machine, if there is one."""
    for alternative in op.alternatives:
        if alternative.machine == machine and op.machine in ("", machine):
            return alternative
    return None


def single(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    """Check the rules for single operations: names, machine, and the steps in order, each of the right length."""
    now, move = problem.now_s, problem.move_s
    waiting, cut, running = table.state("waiting"), table.state("cut"), table.state("running")
    ahead = table.state("waiting", "mounted")
    run, mounting, measure, dismounting, release, started = table.times[:, RUN:].T
    mounted = np.where(waiting, table.mount_s + mounting, now)
    lasts, takes = table.end_s - table.start_s, table.done_s - table.dismount_s
    ends = np.maximum(now, started + run)
    moved = (np.abs(table.start_s - started) > TOLERANCE_S) | (np.abs(table.end_s - ends) > TOLERANCE_S)
    back = table.left_s + measure + np.where(cut, 0.0, move)
    off = np.abs(lasts - run) > TOLERANCE_S
    rules: tuple[tuple[str, Which, Callable[[int, Assignment], str]], ...] = (
        ("names", table.numbers[:, 3] == 0, lambda k, a: f"serial {a.serial} of order {a.order}"),
        ("machine can do it", np.isnan(run) & ~cut, lambda k, a: f"no alternative on {a.machine}"),
        ("cut takes the planned time", ahead & off, lambda k, a: f"{lasts[k]} s instead of {run[k]} s"),
        ("running cuts are unchanged", running & moved & ~np.isnan(ends), lambda k, a: f"{a.start_s} to {a.end_s}"),
        (
            "not before its release",
            waiting & (table.mount_s < np.maximum(now, release) - TOLERANCE_S),
            lambda k, a: f"mounted at {a.mount_s}",
        ),
        (
            "mount, move, cut",
            ahead & (table.start_s < mounted + move - TOLERANCE_S),
            lambda k, a: f"cut at {a.start_s}, mounted at {mounted[k]}",
        ),
        (
            "cut, move, measure, dismount",
            table.dismount_s < np.maximum(now, back) - TOLERANCE_S,
            lambda k, a: f"dismounted at {a.dismount_s}, back at {back[k]}",
        ),
        (
            "dismounting takes the required time",
            np.abs(takes - dismounting) > TOLERANCE_S,
            lambda k, a: f"{takes[k]} s",
        ),
    )
    for rule, broken, detail in rules:
        for k in np.flatnonzero(broken).tolist():
            op, a = table.pairs[k]
            yield Violation(rule, op.id, detail(k, a))


def most_at_once(begins_s: Seconds, ends_s: Seconds, most: int) -> float | None:
    """Return when more than ``most`` spans run at once; None if never."""
    kept = ends_s - begins_s > 2.0 * TOLERANCE_S
    moments = np.concatenate((begins_s[kept] + TOLERANCE_S, ends_s[kept] - TOLERANCE_S))
    changes = np.repeat([1, -1], np.count_nonzero(kept))
    order = np.lexsort((changes, moments))
    over = np.flatnonzero(np.cumsum(changes[order]) > most)
    return float(moments[order[over[0]]]) if over.size else None
