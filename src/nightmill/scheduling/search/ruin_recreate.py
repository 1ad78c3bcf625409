"""Kernels of the search: remove a few neighbouring parts, reinsert them in another order, keep improvements.

Ruin and recreate (Schrimpf et al. 2000), accepted as in simulated annealing. Operations that stay in place keep their times
exactly, so a step costs time only for the operations it moves, not for the whole schedule, and leaves the rest of a published
schedule alone.

``near`` lists each operation's neighbours (``Neighbours``); ``old_f`` and ``old_n`` are copies of ``f`` and ``n`` in which a
step notes where things were, and ``best_f`` and ``best_n`` hold the best schedule.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.cost import makespan_cost, operation_cost, order_cost
from nightmill.scheduling.engine.decode import (
    CHEAPER,
    TOGETHER,
    attend,
    book,
    book_stop,
    place,
    place_stop,
    stop_cost,
    withdraw,
    withdraw_stop,
)
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, first_op, general, given, placed
from nightmill.scheduling.engine.unary_groups import parts_in_time, parts_ready
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays, draw

Flags = NDArray[np.bool_]
MOST_RUINED = 12
"""Maximum number of parts removed around a maintenance stop."""
MOST_BESIDE = 9
"""Maximum number of neighbouring parts removed in a step; the number is the smaller of two draws, so it is mostly far lower."""
MOST_TOGETHER = 25
"""Maximum number of neighbouring operations removed in a step, drawn in the same way; the first part alone may have more."""
AWAY, MOST_AWAY, KEEP, MOVED = 5, 6, 7, 8
"""Columns of ``figures`` in ``search``."""
_TRIES = 8
_UNIFORM = 1 << 20


class Neighbours(NamedTuple):
    """Neighbours of each operation at the time this record was built; waiting operations only.

    ``open_`` (serials,): first operation of a serial that may be moved (its end if none). ``serial`` (operations,).
    ``by_machine`` and ``by_start`` hold operations in order of start; ``place_on`` and ``place_in`` are their inverses, and
    ``machine_first`` (machines + 1,) delimits the former. ``seeds``: the pool from which the first operation of each step is
    drawn; an operation is drawn as often as it occurs in it.
    """

    open_: Ints
    serial: Ints
    machine_first: Ints
    by_machine: Ints
    place_on: Ints
    by_start: Ints
    place_in: Ints
    seeds: Ints


@compiled
def _any_alternative(n: Ints, state: Ints, op: int) -> int:
    first = code(n, op, s.ALT_FIRST)
    return int(first + draw(state, code(n, op, s.ALT_LAST) - first))


@compiled
def _late(f: Floats, n: Ints, order: int) -> bool:
    """Return whether an order was late when last evaluated (``complete``); in the middle of a step, that is before the step."""
    return bool(f[n[s.ORDER_DONE] + order] > f[n[s.ORDER_S] + 2 * order + s.DUE])


@compiled
def _seed(f: Floats, n: Ints, near: Neighbours, state: Ints) -> int:
    """Draw an operation that can be moved, from a late order if a few tries find one. In that case it mostly comes from the
    part that makes the order late.
    """
    chosen = -1
    for _ in range(_TRIES):
        chosen = near.seeds[draw(state, near.seeds.size)]
        if _late(f, n, code(n, chosen, s.ORDER)) or draw(state, 4) == 0:
            break
    order = code(n, chosen, s.ORDER)
    if (
        draw(state, 4) > 0
        and placed(f, n, first_op(n, near.serial[chosen] + 1) - 1, s.DONE) < f[n[s.ORDER_DONE] + order]
    ):
        for at in range(n[n[s.ORDER_FIRST] + order], n[n[s.ORDER_FIRST] + order + 1]):
            serial = n[n[s.ORDER_SERIAL] + at]
            last = first_op(n, serial + 1)
            if placed(f, n, last - 1, s.DONE) == f[n[s.ORDER_DONE] + order] and near.open_[serial] < last:
                chosen = near.open_[serial] + draw(state, last - near.open_[serial])
    return int(chosen)


@compiled
def _add(n: Ints, near: Neighbours, op: int, chosen: Ints, count: int) -> int:
    """Add an operation that may be moved, keeping only the earliest per serial. Returns the new count."""
    serial = near.serial[op]
    if op < near.open_[serial]:
        return count
    for index in range(count):
        if near.serial[chosen[index]] == serial:
            chosen[index] = min(chosen[index], op)
            return count
    chosen[count] = op
    return count + 1


@compiled
def _later(f: Floats, n: Ints, ops: Ints, low: int, high: int, at: float) -> int:
    """First position in ``[low, high)`` of an operation that starts at ``at`` or later (``high`` if none)."""
    while low < high:
        middle = (low + high) // 2
        if placed(f, n, ops[middle], s.START) < at:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _beside(f: Floats, n: Ints, near: Neighbours, state: Ints, op: int, kind: int, reach: int) -> int:
    """Return an operation near another, or -1.

    It is before the other on the same machine (``kind`` 0), at about the same time on a machine that the other could use (1),
    at about the same time (2), or in the same order (3).
    """
    away = draw(state, 2 * reach + 1) - reach
    if kind <= 1:
        machine = alt(n, n[n[s.CHOSEN] + op], s.MACHINE)
        if kind == 1:
            machine = alt(n, _any_alternative(n, state, op), s.MACHINE)
        low, high, at = near.machine_first[machine], near.machine_first[machine + 1], near.place_on[op]
        if at < low or at >= high:
            at = _later(f, n, near.by_machine, low, high, placed(f, n, op, s.START))
        at += -1 - draw(state, reach) if kind == 0 else away
        return int(near.by_machine[at]) if low <= at < high else -1
    if kind == 2:
        at = near.place_in[op] + 2 * away
        return int(near.by_start[at]) if 0 <= at < near.by_start.size else -1
    order = code(n, op, s.ORDER)
    first = n[n[s.ORDER_FIRST] + order]
    size = n[n[s.ORDER_FIRST] + order + 1] - first
    serial = n[n[s.ORDER_SERIAL] + first + draw(state, size)]
    return int(min(near.open_[serial], first_op(n, serial + 1) - 1))


@compiled
def ready_of(f: Floats, n: Ints, near: Neighbours, op: int) -> float:
    """Return when an operation could be mounted if it had to wait only for its part and the parts assembled into it."""
    ready = max(general(f, n, s.FROM), given(f, n, op, s.RELEASE), parts_ready(f, n, op))
    if op > first_op(n, near.serial[op]):
        ready = max(ready, placed(f, n, op - 1, s.DONE))
    return float(ready)


@compiled
def waiting(f: Floats, n: Ints, near: Neighbours, state: Ints, seed: int) -> int:
    """Return the one of a few operations of the seed's part that waits longest."""
    last, first = first_op(n, near.serial[seed] + 1), near.open_[near.serial[seed]]
    longest, chosen = placed(f, n, seed, s.MOUNT) - ready_of(f, n, near, seed), seed
    for _ in range(2):
        op = first + draw(state, last - first)
        waits = placed(f, n, op, s.MOUNT) - ready_of(f, n, near, op)
        if waits > longest:
            longest, chosen = waits, op
    return int(chosen)


@compiled
def in_front(f: Floats, n: Ints, near: Neighbours, state: Ints, op: int) -> tuple[int, int]:
    """The range of ``by_machine`` that is cut while an operation waits, on its machine or on another that it could use."""
    machine = alt(n, n[n[s.CHOSEN] + op] if draw(state, 2) == 0 else _any_alternative(n, state, op), s.MACHINE)
    low, high = near.machine_first[machine], near.machine_first[machine + 1]
    first = max(low, _later(f, n, near.by_machine, low, high, ready_of(f, n, near, op)) - 1)
    return int(first), int(_later(f, n, near.by_machine, first, high, placed(f, n, op, s.START)))


@compiled
def choose(f: Floats, n: Ints, near: Neighbours, state: Ints, chosen: Ints, whole: bool) -> int:
    """Fill ``chosen`` with neighbouring operations around a first one; returns how many. Mostly the first is an operation that
    waits for a machine, and the others are consecutive on that machine during the wait, since an operation that doesn't wait
    returns to its old place whatever is removed with it. Otherwise the others are ``_beside`` the first.
    """
    seed = _seed(f, n, near, state)
    blocked = draw(state, 4) > 0
    if blocked:
        seed = waiting(f, n, near, state, seed)
    count = _add(n, near, seed, chosen, 0)
    last = first_op(n, near.serial[seed] + 1)
    wanted = 1 + min(draw(state, MOST_BESIDE), draw(state, MOST_BESIDE))
    room = 2 + min(draw(state, MOST_TOGETHER - 1), draw(state, MOST_TOGETHER - 1)) - (last - seed if whole else 1)
    kind = max(0, draw(state, 10) - 6)
    at, high = 0, 0
    if blocked:
        at, high = in_front(f, n, near, state, seed)
        if at < high:
            at += draw(state, high - at)
    for _ in range(2 * wanted):
        if count >= wanted:
            break
        if at < high:
            other = near.by_machine[at]
            at += 1
        else:
            op = seed if draw(state, 2) == 0 else seed + draw(state, last - seed)
            other = _beside(f, n, near, state, op, kind, wanted + 1)
        if other >= 0:
            size = first_op(n, near.serial[other] + 1) - other if whole else 1
            if size <= room:
                before = count
                count = _add(n, near, other, chosen, count)
                if count > before:
                    room -= size
    return count


@compiled_with_arrays
def arrange(f: Floats, n: Ints, near: Neighbours, state: Ints, chosen: Ints, count: int) -> bool:
    """Choose the order of reinsertion: at random, by due date, or the first operation first and the others in their old order.

    Returns whether that is the old order.
    """
    kind = draw(state, 5)
    keys = np.empty(count)
    for index in range(count):
        if kind == 0:
            keys[index] = draw(state, _UNIFORM)
        elif kind == 1:
            keys[index] = f[n[s.ORDER_S] + 2 * code(n, chosen[index], s.ORDER) + s.DUE]
        elif index == 0:
            keys[index] = -s.FAR
        else:
            keys[index] = placed(f, n, chosen[index], s.START)
    for index in range(1, count):
        key, op = keys[index], chosen[index]
        at = index
        while at > 0 and keys[at - 1] > key:
            keys[at], chosen[at] = keys[at - 1], chosen[at - 1]
            at -= 1
        keys[at], chosen[at] = key, op
    for index in range(1, count):
        if placed(f, n, chosen[index], s.START) < placed(f, n, chosen[index - 1], s.START):
            return False
    return True


@compiled
def alternative_for(n: Ints, state: Ints, op: int, keep: bool, elsewhere: bool) -> int:
    """Choose the alternative for reinsertion: any, mostly -1 (``recreate``); ``elsewhere``: any except the current one."""
    first, last = code(n, op, s.ALT_FIRST), code(n, op, s.ALT_LAST)
    if keep or last - first < 2 or (not elsewhere and draw(state, 4) > 0):
        return -1
    if not elsewhere:
        return _any_alternative(n, state, op)
    found = first + draw(state, last - first - 1)
    return int(found + 1 if found >= n[n[s.CHOSEN] + op] else found)


@compiled
def complete(f: Floats, n: Ints, order: int) -> None:
    """Set when an order is complete, which is the last dismount of its serials."""
    done = general(f, n, s.NOW)
    for at in range(n[n[s.ORDER_FIRST] + order], n[n[s.ORDER_FIRST] + order + 1]):
        done = max(done, placed(f, n, first_op(n, n[n[s.ORDER_SERIAL] + at] + 1) - 1, s.DONE))
    f[n[s.ORDER_DONE] + order] = done


@compiled
def _orders_cost(f: Floats, n: Ints, chosen: Ints, count: int) -> float:
    """The cost of the chosen operations' orders, each counted once, and of the makespan."""
    total = 0.0
    for index in range(count):
        order = code(n, chosen[index], s.ORDER)
        counted = False
        for before in range(index):
            counted = counted or code(n, chosen[before], s.ORDER) == order
        if not counted:
            complete(f, n, order)
            total += order_cost(f, n, order)
    return total + makespan_cost(f, n)


@compiled
def copy_place(f: Floats, n: Ints, to_f: Floats, to_n: Ints, op: int) -> None:
    """Copy the place of an operation."""
    for column in range(n[s.TIMES] + 6 * op, n[s.TIMES] + 6 * op + 6):
        to_f[column] = f[column]
    to_n[n[s.CHOSEN] + op] = n[n[s.CHOSEN] + op]
    to_n[n[s.PERSON] + 2 * op], to_n[n[s.PERSON] + 2 * op + 1] = n[n[s.PERSON] + 2 * op], n[n[s.PERSON] + 2 * op + 1]
    to_n[n[s.CARRIER] + 2 * op], to_n[n[s.CARRIER] + 2 * op + 1] = (
        n[n[s.CARRIER] + 2 * op],
        n[n[s.CARRIER] + 2 * op + 1],
    )
    to_n[n[s.HELD] + op] = n[n[s.HELD] + op]
    to_n[n[s.IN_BUFFER] + op] = n[n[s.IN_BUFFER] + op]


@compiled
def put_back(f: Floats, n: Ints, old_f: Floats, old_n: Ints, op: int) -> None:
    """Place an operation back where it was."""
    copy_place(old_f, old_n, f, n, op)
    book(f, n, op, n[n[s.CHOSEN] + op], placed(f, n, op, s.START))
    attend(f, n, op)


@compiled
def _away(n: Ints, op: int) -> int:
    """Return 1 for an operation that is not on its machine in the plan in force, else 0."""
    previous = code(n, op, s.PREVIOUS_MACHINE)
    return 1 if previous >= 0 and alt(n, n[n[s.CHOSEN] + op], s.MACHINE) != previous else 0


@compiled
def lift(f: Floats, n: Ints, old_f: Floats, old_n: Ints, op: int, figures: Floats) -> float:
    """Remove an operation, noting where it was; returns its cost there."""
    copy_place(f, n, old_f, old_n, op)
    figures[AWAY] -= _away(n, op)
    cost = operation_cost(f, n, op)
    withdraw(f, n, op)
    return float(cost)


@compiled
def recreate(
    f: Floats,
    n: Ints,
    near: Neighbours,
    old_f: Floats,
    old_n: Ints,
    first: int,
    until: int,
    choice: int,
    keep: bool,
    night: Ints,
    figures: Floats,
) -> tuple[int, float]:
    """Place the unplaced operations from ``first`` to ``until``, and move later ones of the serial that are in the way.

    In a late order also move operations that can now start sooner, one after another as long as each finishes sooner than
    before. ``choice``: the alternative for the first, -1 for the quickest; the others take the quickest unless they ``keep``
    their own. Returns the end of the moved operations (negative if nobody is present for one) and the cost of the moves
    themselves.
    """
    serial, ready, cost = near.serial[first], general(f, n, s.FROM), 0.0
    if first > first_op(n, serial):
        ready = max(ready, placed(f, n, first - 1, s.DONE))
    op, last = first, first_op(n, serial + 1)
    pull = _late(f, n, code(n, first, s.ORDER))
    while op < until:
        if keep and choice < 0:
            choice = n[n[s.CHOSEN] + op]
        ready = max(ready, given(f, n, op, s.RELEASE), parts_ready(f, n, op))
        place(f, n, op, min(ready, s.FAR), choice, night[op])
        choice, ready = -1, placed(f, n, op, s.DONE)
        cost += operation_cost(f, n, op)
        figures[AWAY] += _away(n, op)
        op += 1
        if (
            op == until
            and op < last
            and (ready > placed(f, n, op, s.MOUNT) or (pull and ready < old_f[n[s.TIMES] + 6 * op - 6 + s.DONE]))
        ):
            cost -= lift(f, n, old_f, old_n, op, figures)
            until += 1
    return (until if ready < s.FAR else -until), cost


@compiled
def _around_stop(f: Floats, n: Ints, near: Neighbours, stop: int, option: int, chosen: Ints) -> int:
    """Fill ``chosen`` with serials cut on the stop's machine at about the time of the option; returns how many."""
    machine = n[n[s.STOP_CODE] + 4 * stop]
    low, high = near.machine_first[machine], near.machine_first[machine + 1]
    begin = f[n[s.OPTION] + 2 * option + s.BEGIN]
    count = 0
    for at in range(max(low, _later(f, n, near.by_machine, low, high, begin) - 1), high):
        if count == chosen.size:
            break
        count = _add(n, near, near.by_machine[at], chosen, count)
    return count


@compiled
def _undo(f: Floats, n: Ints, old_f: Floats, old_n: Ints, chosen: Ints, until: Ints, count: int, stop: int) -> None:
    """Restore the moved operations, and the stop, to where they were before the step."""
    for index in range(count):
        for op in range(chosen[index], until[index]):
            if placed(f, n, op, s.START) < s.FAR:
                withdraw(f, n, op)
    if stop >= 0:
        withdraw_stop(f, n, stop)
        book_stop(f, n, stop, old_n[n[s.STOP_PERSON] + stop], old_f[n[s.STOP_START] + stop])
    for index in range(count):
        for op in range(chosen[index], until[index]):
            put_back(f, n, old_f, old_n, op)
    for index in range(count):
        complete(f, n, code(n, chosen[index], s.ORDER))


@compiled
def _turned(f: Floats, n: Ints, state: Ints, waits: int) -> int:
    """Change the condition that a cut waits for: none, the night, a lower price if energy counts, or other parts to be cut
    together with.
    """
    if general(f, n, s.ENERGY) > 0.0 and draw(state, 2) == 0:
        return int(CHEAPER - waits) if waits <= CHEAPER else 0
    if n[s.BATCHES] > 0 and draw(state, 2) == 0:
        return 0 if waits == TOGETHER else TOGETHER
    return 1 - min(waits, 1)


@compiled
def _move_stop(f: Floats, n: Ints, old_f: Floats, old_n: Ints, stop: int, option: int) -> float:
    """Move a stop to another of its options; returns the added cost, ``FAR`` if it doesn't fit."""
    old_f[n[s.STOP_START] + stop] = f[n[s.STOP_START] + stop]
    old_n[n[s.STOP_PERSON] + stop] = n[n[s.STOP_PERSON] + stop]
    before = stop_cost(f, n, stop, f[n[s.STOP_START] + stop])
    withdraw_stop(f, n, stop)
    cost = place_stop(f, n, stop, option)
    return float(cost - before) if f[n[s.STOP_START] + stop] < s.FAR else s.FAR


@compiled_with_arrays
def search(
    f: Floats,
    n: Ints,
    near: Neighbours,
    old_f: Floats,
    old_n: Ints,
    best_f: Floats,
    best_n: Ints,
    night: Ints,
    state: Ints,
    figures: Floats,
    iterations: int,
) -> None:
    """Make ``iterations`` steps from the schedule in ``f`` and ``n``; the best schedule found ends up in ``best_f`` and ``best_n``.

    ``figures``: current cost, least cost seen, mean logarithm of the uphill steps so far, temperature at the first and at the
    last step, number of operations not on their machine in the plan in force, the limit on that number, in how many of four
    steps machines are kept, and whether anything differs from the best schedule.
    """
    chosen, until = np.empty(MOST_RUINED, dtype=np.int64), np.empty(MOST_RUINED, dtype=np.int64)
    moved, is_moved, count_moved = np.empty(n[s.OPS], dtype=np.int64), np.zeros(n[s.OPS], dtype=np.bool_), 0
    known = figures[MOVED] == 0.0  # everything that differs from the best schedule is among the moved operations
    for iteration in range(iterations):
        stop, option, whole = -1, -1, draw(state, 4) == 0
        if n[s.STOPS] > 0 and draw(state, 20) == 0:
            stop = draw(state, n[s.STOPS])
            row = n[s.STOP_CODE] + 4 * stop
            option = n[row + s.OPTION_FIRST] + draw(state, n[row + s.OPTION_LAST] - n[row + s.OPTION_FIRST])
            count = _around_stop(f, n, near, stop, option, chosen)
        else:
            count = choose(f, n, near, state, chosen, whole)
        step = -_orders_cost(f, n, chosen, count)
        same = arrange(f, n, near, state, chosen, count)
        keep, away = draw(state, 4) < figures[KEEP], figures[AWAY]
        for index in range(count):
            until[index] = first_op(n, near.serial[chosen[index]] + 1) if whole else chosen[index] + 1
            for op in range(chosen[index], until[index]):
                step -= lift(f, n, old_f, old_n, op, figures)
        turned, waited = -1, 0
        if draw(state, 4) == 0 and count > 0:
            turned = chosen[draw(state, count)]
            waited = night[turned]
            night[turned] = _turned(f, n, state, waited)
        # in the same order most operations would return to their old places
        elsewhere = draw(state, count) if same and turned < 0 and count > 0 and draw(state, 4) > 0 else -1
        fits = True
        if stop >= 0:
            cost = _move_stop(f, n, old_f, old_n, stop, option)
            fits = cost < s.FAR
            step += cost
        for index in range(count):
            choice = alternative_for(n, state, chosen[index], keep, index == elsewhere)
            end, cost = recreate(f, n, near, old_f, old_n, chosen[index], until[index], choice, keep, night, figures)
            step += cost
            until[index], fits = abs(end), fits and end > 0
        step += _orders_cost(f, n, chosen, count)
        for index in range(count if n[s.AFTERS] > 0 else 0):
            fits = fits and parts_in_time(f, n, near.serial[chosen[index]], chosen[index])
        fits = fits and (figures[AWAY] <= max(away, figures[MOST_AWAY]))
        if step > 1e-3 and fits:
            figures[2] += 0.02 * (math.log(step) - figures[2])
        heat = math.exp(figures[2]) * (figures[3] + (figures[4] - figures[3]) * iteration / iterations)
        if fits and step <= -heat * math.log((draw(state, _UNIFORM) + 1.0) / _UNIFORM):
            figures[0] += step
            count_moved = _note(chosen, until, count, moved, is_moved, count_moved)
            if figures[0] < figures[1] - 1e-6:
                figures[1] = figures[0]
                copy_some(f, n, best_f, best_n, moved, count_moved if known else -1)
                is_moved[moved[:count_moved]] = False
                known, count_moved = True, 0
        else:
            _undo(f, n, old_f, old_n, chosen, until, count, stop)
            figures[AWAY] = away
            if turned >= 0:
                night[turned] = waited
    figures[MOVED] = 0.0 if known and count_moved == 0 else 1.0


@compiled
def _note(chosen: Ints, until: Ints, count: int, moved: Ints, is_moved: Flags, count_moved: int) -> int:
    """Add the operations of a step to those ``moved``, each once; returns their number."""
    for index in range(count):
        for op in range(chosen[index], until[index]):
            if not is_moved[op]:
                is_moved[op] = True
                moved[count_moved] = op
                count_moved += 1
    return count_moved


@compiled
def copy_some(f: Floats, n: Ints, to_f: Floats, to_n: Ints, ops: Ints, count: int) -> None:
    """Copy the places of the first ``count`` of ``ops`` (of all operations if negative) and of the stops."""
    for index in range(n[s.OPS] if count < 0 else count):
        copy_place(f, n, to_f, to_n, index if count < 0 else ops[index])
    for stop in range(n[s.STOPS]):
        to_f[n[s.STOP_START] + stop], to_n[n[s.STOP_PERSON] + stop] = (
            f[n[s.STOP_START] + stop],
            n[n[s.STOP_PERSON] + stop],
        )


@compiled
def return_to(f: Floats, n: Ints, ops: Ints, best_f: Floats, best_n: Ints) -> None:
    """Move ``ops`` (all operations that may be moved) and the stops to their places in the best schedule."""
    for index in range(ops.size):
        withdraw(f, n, ops[index])
    for stop in range(n[s.STOPS]):
        withdraw_stop(f, n, stop)
    for stop in range(n[s.STOPS]):
        book_stop(f, n, stop, best_n[n[s.STOP_PERSON] + stop], best_f[n[s.STOP_START] + stop])
    for index in range(ops.size):
        put_back(f, n, best_f, best_n, ops[index])
    for order in range(n[s.ORDERS]):
        complete(f, n, order)
