"""The judge's table: what a schedule says of each operation, in columns, and the rules that concern one operation alone."""

from collections.abc import Callable, Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from nightmill.schedule.records import Alternative, Assignment, ShopOperation, ShopProblem, Violation

TOLERANCE_S = 1e-4
Pairs = list[tuple[ShopOperation, Assignment]]
Seconds = NDArray[np.float64]
Which = NDArray[np.bool_]


class Table(msgspec.Struct, frozen=True):
    """Operations beside their assignments, row by row; all times in s. ``run_s``: nan where the machine can't do it."""

    pairs: Pairs
    alternatives: list[Alternative | None]
    mount_s: Seconds
    start_s: Seconds
    end_s: Seconds
    left_s: Seconds
    dismount_s: Seconds
    done_s: Seconds
    run_s: Seconds
    mounting_s: Seconds
    measure_s: Seconds
    waiting: Which
    mounted: Which
    running: Which
    cut: Which


def table_of(pairs: Pairs) -> Table:
    """The columns of operations and their assignments."""
    ops, rows = [op for op, _ in pairs], [a for _, a in pairs]
    alternatives = [chosen(op, a.machine) for op, a in pairs]
    states = [op.state for op in ops]
    waiting = np.array([state == "waiting" for state in states], dtype=np.bool_)
    return Table(
        pairs=pairs,
        alternatives=alternatives,
        mount_s=np.array([a.mount_s for a in rows], dtype=np.float64),
        start_s=np.array([a.start_s for a in rows], dtype=np.float64),
        end_s=np.array([a.end_s for a in rows], dtype=np.float64),
        left_s=np.array([a.end_s if a.left_s is None else a.left_s for a in rows], dtype=np.float64),
        dismount_s=np.array([a.dismount_s for a in rows], dtype=np.float64),
        done_s=np.array([a.done_s for a in rows], dtype=np.float64),
        run_s=np.array([np.nan if each is None else each.run_s for each in alternatives], dtype=np.float64),
        mounting_s=np.array([op.mount_s for op in ops], dtype=np.float64),
        measure_s=np.array([op.measure_s for op in ops], dtype=np.float64),
        waiting=waiting,
        mounted=np.array([state == "mounted" for state in states], dtype=np.bool_),
        running=np.array([state == "running" for state in states], dtype=np.bool_),
        cut=np.array([state == "cut" for state in states], dtype=np.bool_),
    )


def chosen(op: ShopOperation, machine: str) -> Alternative | None:
    """The operation's alternative on a machine, where it may be there."""
    for alternative in op.alternatives:
        if alternative.machine == machine and op.machine in ("", machine):
            return alternative
    return None


def single(problem: ShopProblem, table: Table) -> Iterable[Violation]:
    """The rules of one operation: its names, its machine, and its own steps one after the other, each as long as it takes."""
    now, move = problem.now_s, problem.move_s
    ops = [op for op, _ in table.pairs]
    waiting, cut, running = table.waiting, table.cut, table.running
    ahead = waiting | table.mounted
    release = np.array([op.release_s for op in ops], dtype=np.float64)
    dismounting = np.array([op.dismount_s for op in ops], dtype=np.float64)
    started = np.array([np.nan if op.started_s is None else op.started_s for op in ops], dtype=np.float64)
    mounted = np.where(waiting, table.mount_s + table.mounting_s, now)
    lasts, takes = table.end_s - table.start_s, table.done_s - table.dismount_s
    ends = np.maximum(now, started + table.run_s)
    moved = (np.abs(table.start_s - started) > TOLERANCE_S) | (np.abs(table.end_s - ends) > TOLERANCE_S)
    back = table.left_s + table.measure_s + np.where(cut, 0.0, move)
    off = np.abs(lasts - table.run_s) > TOLERANCE_S
    named = np.array([a.serial == op.serial and a.order == op.order for op, a in table.pairs], dtype=np.bool_)
    rules: tuple[tuple[str, Which, Callable[[int, Assignment], str]], ...] = (
        ("names", ~named, lambda k, a: f"serial {a.serial} of order {a.order}"),
        ("machine can do it", np.isnan(table.run_s) & ~cut, lambda k, a: f"no alternative on {a.machine}"),
        ("cut takes its time", ahead & off, lambda k, a: f"{lasts[k]} s instead of {table.run_s[k]} s"),
        ("what runs is left alone", running & moved & ~np.isnan(ends), lambda k, a: f"{a.start_s} to {a.end_s}"),
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
        ("dismounting takes its time", np.abs(takes - dismounting) > TOLERANCE_S, lambda k, a: f"{takes[k]} s"),
    )
    for rule, broken, detail in rules:
        for k in np.flatnonzero(broken).tolist():
            op, a = table.pairs[k]
            yield Violation(rule, op.id, detail(k, a))


def most_at_once(begins_s: Seconds, ends_s: Seconds, most: int) -> float | None:
    """When more than ``most`` spans run at once, None if never."""
    kept = ends_s - begins_s > 2.0 * TOLERANCE_S
    moments = np.concatenate((begins_s[kept] + TOLERANCE_S, ends_s[kept] - TOLERANCE_S))
    changes = np.repeat([1, -1], np.count_nonzero(kept))
    order = np.lexsort((changes, moments))
    over = np.flatnonzero(np.cumsum(changes[order]) > most)
    return float(moments[order[over[0]]]) if over.size else None
