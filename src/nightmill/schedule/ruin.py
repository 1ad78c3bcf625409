"""The kernels of the search: take a few neighbouring parts out, put them back in another order, keep what helps.

Ruin and recreate (Schrimpf et al. 2000), accepted as in simulated annealing. What stays in place keeps its time exactly, so
that a step costs what it moves and not the whole schedule, and leaves the rest of a published schedule alone.

``near`` says who stands beside whom (``Neighbours``); ``old_f`` and ``old_n`` are copies of ``f`` and ``n`` in which a step
notes where things were, and ``best_f`` and ``best_n`` hold the best schedule.
"""

import math
from typing import NamedTuple

import numpy as np

from nightmill.schedule.kernel import (
    attend,
    book,
    book_stop,
    operation_cost,
    order_cost,
    place,
    place_stop,
    stop_cost,
    withdraw,
    withdraw_stop,
)
from nightmill.schedule.memory import (
    ALT_FIRST,
    ALT_LAST,
    BEGIN,
    CHOSEN,
    DONE,
    DUE,
    FAR,
    MACHINE,
    NOW,
    OPS,
    OPTION,
    OPTION_FIRST,
    OPTION_LAST,
    ORDER,
    ORDER_DONE,
    ORDER_FIRST,
    ORDER_S,
    ORDER_SERIAL,
    ORDERS,
    PERSON,
    RELEASE,
    START,
    STOP_CODE,
    STOP_PERSON,
    STOP_START,
    STOPS,
    TIMES,
    Floats,
    Ints,
    alt,
    code,
    compiled,
    first_op,
    general,
    given,
    placed,
)

MOST_RUINED = 12
_TRIES = 8
_UNIFORM = 1 << 20


class Neighbours(NamedTuple):
    """Who stands beside whom, as of when it was made; the waiting operations only.

    ``open_`` (serials,): first operation of a serial that may be moved (its end if none). ``serial`` (operations,).
    ``by_machine`` and ``by_start`` hold operations in order of start, with ``place_on`` and ``place_in`` the way back;
    ``machine_first`` (machines + 1,) delimits the former.
    """

    open_: Ints
    serial: Ints
    machine_first: Ints
    by_machine: Ints
    place_on: Ints
    by_start: Ints
    place_in: Ints


@compiled
def draw(state: Ints, below: int) -> int:
    """Next number below ``below`` of the Lehmer generator (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return int(state[0] % below)


@compiled
def order_of(n: Ints, serial: int) -> int:
    """The order of a serial."""
    return int(code(n, first_op(n, serial), ORDER))


@compiled
def _any_alternative(n: Ints, state: Ints, op: int) -> int:
    first = code(n, op, ALT_FIRST)
    return int(first + draw(state, code(n, op, ALT_LAST) - first))


@compiled
def _seed_serial(f: Floats, n: Ints, near: Neighbours, state: Ints) -> int:
    """A serial that can be moved, of a late order where a few tries find one."""
    chosen = -1
    for _ in range(_TRIES):
        chosen = near.serial[near.by_start[draw(state, near.by_start.size)]]
        order = order_of(n, chosen)
        if f[n[ORDER_DONE] + order] > f[n[ORDER_S] + 2 * order + DUE] or draw(state, 4) == 0:
            break
    return int(chosen)


@compiled
def _add(n: Ints, near: Neighbours, serial: int, chosen: Ints, count: int) -> int:
    """Add a serial that can be moved, once; the new count."""
    if near.open_[serial] >= first_op(n, serial + 1):
        return count
    for index in range(count):
        if chosen[index] == serial:
            return count
    chosen[count] = serial
    return count + 1


@compiled
def _later(f: Floats, n: Ints, ops: Ints, low: int, high: int, at: float) -> int:
    """First place in ``[low, high)`` of an operation that starts at ``at`` or later (``high`` if none)."""
    while low < high:
        middle = (low + high) // 2
        if placed(f, n, ops[middle], START) < at:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _beside(f: Floats, n: Ints, near: Neighbours, state: Ints, op: int, kind: int, reach: int) -> int:
    """A serial near an operation: on its machine or one it could be on (``kind`` 0), in time (1), in its order (2); or -1."""
    away = draw(state, 2 * reach + 1) - reach
    if kind == 0:
        machine = alt(n, n[n[CHOSEN] + op], MACHINE)
        if draw(state, 3) == 0:
            machine = alt(n, _any_alternative(n, state, op), MACHINE)
        low, high, at = near.machine_first[machine], near.machine_first[machine + 1], near.place_on[op]
        if at < low or at >= high:
            at = _later(f, n, near.by_machine, low, high, placed(f, n, op, START))
        at += away
        return int(near.serial[near.by_machine[at]]) if low <= at < high else -1
    if kind == 1:
        at = near.place_in[op] + 2 * away
        return int(near.serial[near.by_start[at]]) if 0 <= at < near.by_start.size else -1
    order = code(n, op, ORDER)
    first = n[n[ORDER_FIRST] + order]
    size = n[n[ORDER_FIRST] + order + 1] - first
    return int(n[n[ORDER_SERIAL] + first + draw(state, size)])


@compiled
def _choose(f: Floats, n: Ints, near: Neighbours, state: Ints, chosen: Ints) -> int:
    """Fill ``chosen`` with serials that stand beside a first one: on a machine, in time, or in its order; how many."""
    seed = _seed_serial(f, n, near, state)
    count = _add(n, near, seed, chosen, 0)
    first, last = near.open_[seed], first_op(n, seed + 1)
    wanted, kind = 1 + draw(state, chosen.size), draw(state, 10)
    for _ in range(2 * wanted):
        if count >= wanted:
            break
        op = first + draw(state, last - first)
        other = _beside(f, n, near, state, op, max(0, kind - 7), 2 * wanted + 2)
        if other >= 0:
            count = _add(n, near, other, chosen, count)
    return count


@compiled
def _arrange(f: Floats, n: Ints, near: Neighbours, state: Ints, chosen: Ints, count: int) -> None:
    """Put the chosen serials in the order in which they come back: at random, by due date, the first first, or as they were."""
    kind = draw(state, 4)
    keys = np.empty(count)
    for index in range(count):
        first = near.open_[chosen[index]]
        if kind == 0:
            keys[index] = draw(state, _UNIFORM)
        elif kind == 1:
            keys[index] = f[n[ORDER_S] + 2 * code(n, first, ORDER) + DUE]
        elif kind == 2 and index == 0:
            keys[index] = -FAR
        else:
            keys[index] = placed(f, n, first, START)
    for index in range(1, count):
        key, serial = keys[index], chosen[index]
        at = index
        while at > 0 and keys[at - 1] > key:
            keys[at], chosen[at] = keys[at - 1], chosen[at - 1]
            at -= 1
        keys[at], chosen[at] = key, serial


@compiled
def complete(f: Floats, n: Ints, order: int) -> None:
    """Set when an order is complete: the last dismount of its serials."""
    done = general(f, n, NOW)
    for at in range(n[n[ORDER_FIRST] + order], n[n[ORDER_FIRST] + order + 1]):
        done = max(done, placed(f, n, first_op(n, n[n[ORDER_SERIAL] + at] + 1) - 1, DONE))
    f[n[ORDER_DONE] + order] = done


@compiled
def _cost(f: Floats, n: Ints, near: Neighbours, chosen: Ints, count: int) -> float:
    """What the chosen serials cost where they are: their operations, and their orders once each."""
    total = 0.0
    for index in range(count):
        order = order_of(n, chosen[index])
        counted = False
        for before in range(index):
            counted = counted or order_of(n, chosen[before]) == order
        if not counted:
            complete(f, n, order)
            total += order_cost(f, n, order)
        for op in range(near.open_[chosen[index]], first_op(n, chosen[index] + 1)):
            total += operation_cost(f, n, op)
    return total


@compiled
def copy_place(f: Floats, n: Ints, to_f: Floats, to_n: Ints, op: int) -> None:
    """Copy where an operation is."""
    for column in range(n[TIMES] + 5 * op, n[TIMES] + 5 * op + 5):
        to_f[column] = f[column]
    to_n[n[CHOSEN] + op] = n[n[CHOSEN] + op]
    to_n[n[PERSON] + 2 * op], to_n[n[PERSON] + 2 * op + 1] = n[n[PERSON] + 2 * op], n[n[PERSON] + 2 * op + 1]


@compiled
def put_back(f: Floats, n: Ints, old_f: Floats, old_n: Ints, op: int) -> None:
    """Place an operation where it was."""
    copy_place(old_f, old_n, f, n, op)
    book(f, n, op, n[n[CHOSEN] + op], placed(f, n, op, START))
    attend(f, n, op)


@compiled
def recreate(f: Floats, n: Ints, near: Neighbours, serial: int, night: Ints, state: Ints) -> bool:
    """Place the open operations of a serial one after the other; False where nobody is there for one of them."""
    first, ready = near.open_[serial], general(f, n, NOW)
    if first > first_op(n, serial):
        ready = max(ready, placed(f, n, first - 1, DONE))
    for op in range(first, first_op(n, serial + 1)):
        if draw(state, 20) == 0:
            night[op] = 1 - night[op]
        choice = _any_alternative(n, state, op) if draw(state, 8) == 0 else -1
        place(f, n, op, min(max(ready, given(f, n, op, RELEASE)), FAR), choice, night[op])
        ready = placed(f, n, op, DONE)
    return bool(ready < FAR)


@compiled
def _around_stop(f: Floats, n: Ints, near: Neighbours, stop: int, option: int, chosen: Ints) -> int:
    """Fill ``chosen`` with serials cut on the stop's machine about when the option begins; how many."""
    machine = n[n[STOP_CODE] + 4 * stop]
    low, high = near.machine_first[machine], near.machine_first[machine + 1]
    begin = f[n[OPTION] + 2 * option + BEGIN]
    count = 0
    for at in range(max(low, _later(f, n, near.by_machine, low, high, begin) - 1), high):
        if count == chosen.size:
            break
        count = _add(n, near, near.serial[near.by_machine[at]], chosen, count)
    return count


@compiled
def _undo(
    f: Floats, n: Ints, near: Neighbours, old_f: Floats, old_n: Ints, chosen: Ints, count: int, stop: int
) -> None:
    """Back to where the chosen serials, and the stop, were before the step."""
    for index in range(count):
        for op in range(near.open_[chosen[index]], first_op(n, chosen[index] + 1)):
            if placed(f, n, op, START) < FAR:
                withdraw(f, n, op)
    if stop >= 0:
        withdraw_stop(f, n, stop)
        book_stop(f, n, stop, old_n[n[STOP_PERSON] + stop], old_f[n[STOP_START] + stop])
    for index in range(count):
        for op in range(near.open_[chosen[index]], first_op(n, chosen[index] + 1)):
            put_back(f, n, old_f, old_n, op)
    for index in range(count):
        complete(f, n, order_of(n, chosen[index]))


@compiled
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
    """``iterations`` steps from the schedule in ``f`` and ``n``; the best seen ends in ``best_f`` and ``best_n``.

    ``figures``: cost now, least cost seen, mean logarithm of the steps up so far, heat at the first step, at the last.
    """
    chosen, was_night = np.empty(MOST_RUINED, dtype=np.int64), night.copy()
    for iteration in range(iterations):
        stop, option = -1, -1
        if n[STOPS] > 0 and draw(state, 20) == 0:
            stop = draw(state, n[STOPS])
            row = n[STOP_CODE] + 4 * stop
            option = n[row + OPTION_FIRST] + draw(state, n[row + OPTION_LAST] - n[row + OPTION_FIRST])
            count = _around_stop(f, n, near, stop, option, chosen)
        else:
            count = _choose(f, n, near, state, chosen)
        step = -_cost(f, n, near, chosen, count)
        _arrange(f, n, near, state, chosen, count)
        for index in range(count):
            for op in range(near.open_[chosen[index]], first_op(n, chosen[index] + 1)):
                copy_place(f, n, old_f, old_n, op)
                was_night[op] = night[op]
                withdraw(f, n, op)
        fits = True
        if stop >= 0:
            old_f[n[STOP_START] + stop] = f[n[STOP_START] + stop]
            old_n[n[STOP_PERSON] + stop] = n[n[STOP_PERSON] + stop]
            step -= stop_cost(f, n, stop, f[n[STOP_START] + stop])
            withdraw_stop(f, n, stop)
            step += place_stop(f, n, stop, option)
            fits = f[n[STOP_START] + stop] < FAR
        for index in range(count):
            fits = recreate(f, n, near, chosen[index], night, state) and fits
        step += _cost(f, n, near, chosen, count)
        if step > 1e-3 and fits:
            figures[2] += 0.02 * (math.log(step) - figures[2])
        heat = math.exp(figures[2]) * (figures[3] + (figures[4] - figures[3]) * iteration / iterations)
        if fits and step <= -heat * math.log((draw(state, _UNIFORM) + 1.0) / _UNIFORM):
            figures[0] += step
            if figures[0] < figures[1] - 1e-6:
                figures[1] = figures[0]
                copy_all(f, n, best_f, best_n)
        else:
            _undo(f, n, near, old_f, old_n, chosen, count, stop)
            for index in range(count):
                for op in range(near.open_[chosen[index]], first_op(n, chosen[index] + 1)):
                    night[op] = was_night[op]


@compiled
def copy_all(f: Floats, n: Ints, to_f: Floats, to_n: Ints) -> None:
    """Copy where everything is."""
    for op in range(n[OPS]):
        copy_place(f, n, to_f, to_n, op)
    for stop in range(n[STOPS]):
        to_f[n[STOP_START] + stop], to_n[n[STOP_PERSON] + stop] = f[n[STOP_START] + stop], n[n[STOP_PERSON] + stop]


@compiled
def return_to(f: Floats, n: Ints, ops: Ints, best_f: Floats, best_n: Ints) -> None:
    """Move ``ops``, all that may be moved, and the stops to where the best schedule has them."""
    for index in range(ops.size):
        withdraw(f, n, ops[index])
    for stop in range(n[STOPS]):
        withdraw_stop(f, n, stop)
    for stop in range(n[STOPS]):
        book_stop(f, n, stop, best_n[n[STOP_PERSON] + stop], best_f[n[STOP_START] + stop])
    for index in range(ops.size):
        put_back(f, n, best_f, best_n, ops[index])
    for order in range(n[ORDERS]):
        complete(f, n, order)
