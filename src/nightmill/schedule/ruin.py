"""The search over a decoded schedule: take a few neighbouring parts out, put them back in another order, keep what helps.

Ruin and recreate (Schrimpf et al. 2000), accepted as in simulated annealing. What stays in place keeps its time exactly, so
that a step costs what it moves and not the whole schedule, and leaves the rest of a published schedule alone.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from nightmill.schedule.kernel import (
    ALT_FIRST,
    ALT_LAST,
    DONE,
    DUE,
    MACHINE,
    OPTION_FIRST,
    OPTION_LAST,
    ORDER,
    RELEASE,
    START,
    STATE,
    WAITING,
    Arrays,
    Work,
    attend,
    book,
    book_stop,
    operation_cost,
    order_cost,
    place,
    place_stop,
    stop_cost_at,
    withdraw,
    withdraw_stop,
)
from nightmill.schedule.lanes import FAR, Floats, Ints

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


class Kept(NamedTuple):
    """Places of all operations and stops: what a step may have to be undone to, or the best found."""

    times: Floats
    alternative: Ints
    person: Ints
    stop_start: Floats
    stop_person: Ints


def neighbours_of(arrays: Arrays, work: Work, frozen_s: float = -FAR) -> Neighbours:
    """The index of the schedule in ``work``; what is mounted before ``frozen_s`` (s) may not be moved."""
    first, size = arrays.serial_first, arrays.op_code.shape[0]
    serial = np.repeat(np.arange(first.size - 1), np.diff(first))
    fixed = (arrays.op_code[:, STATE] != WAITING) | (work.times[:, 1] < frozen_s) | (work.times[:, DONE] >= FAR)
    last_fixed = np.full(first.size - 1, -1, dtype=np.int64)
    np.maximum.at(last_fixed, serial[fixed], np.flatnonzero(fixed))
    open_ = np.maximum(first[:-1], last_fixed + 1)
    machine = arrays.alt_code[work.alternative, MACHINE]
    movable = np.flatnonzero(np.arange(size) >= open_[serial])
    by_machine = movable[np.lexsort((work.times[movable, START], machine[movable]))]
    by_start = movable[np.argsort(work.times[movable, START], kind="stable")]
    place_on, place_in = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    place_on[by_machine] = place_in[by_start] = np.arange(movable.size)
    bounds = np.searchsorted(machine[by_machine], np.arange(arrays.counts[0] + 1))
    return Neighbours(open_, serial, bounds.astype(np.int64), by_machine, place_on, by_start, place_in)


def kept_from(work: Work) -> Kept:
    """A copy of the places in ``work``."""
    return Kept(
        work.times.copy(),
        work.alternative.copy(),
        work.person.copy(),
        work.stop_start.copy(),
        work.stop_person.copy(),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def draw(state: Ints, below: int) -> int:
    """Next number below ``below`` of the Lehmer generator (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return int(state[0] % below)


@njit(cache=True, nogil=True, error_model="numpy")
def _seed_serial(arrays: Arrays, work: Work, near: Neighbours, state: Ints) -> int:
    """A serial that can be moved, of a late order where a few tries find one."""
    chosen = -1
    for _ in range(_TRIES):
        serial = near.serial[near.by_start[draw(state, near.by_start.size)]]
        order = arrays.op_code[arrays.serial_first[serial], ORDER]
        chosen = serial
        if work.order_done[order] > arrays.order[order, DUE] or draw(state, 4) == 0:
            break
    return chosen


@njit(cache=True, nogil=True, error_model="numpy")
def _add(near: Neighbours, arrays: Arrays, serial: int, chosen: Ints, count: int) -> int:
    """Add a serial that can be moved, once; the new count."""
    if near.open_[serial] >= arrays.serial_first[serial + 1]:
        return count
    for index in range(count):
        if chosen[index] == serial:
            return count
    chosen[count] = serial
    return count + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _choose(arrays: Arrays, work: Work, near: Neighbours, state: Ints, chosen: Ints) -> int:
    """Fill ``chosen`` with serials that stand beside a first one: on a machine, in time, or in its order; how many."""
    seed = _seed_serial(arrays, work, near, state)
    count = _add(near, arrays, seed, chosen, 0)
    wanted, kind = 1 + draw(state, chosen.size), draw(state, 10)
    order = arrays.op_code[arrays.serial_first[seed], ORDER]
    for _ in range(2 * wanted):
        if count >= wanted:
            break
        first = near.open_[seed]
        op = first + draw(state, arrays.serial_first[seed + 1] - first)
        away = draw(state, 4 * wanted + 4) - 2 * wanted - 2
        if kind < 6:
            machine = arrays.alt_code[work.alternative[op], MACHINE]
            if draw(state, 3) == 0:
                machine = arrays.alt_code[_any_alternative(arrays, state, op), MACHINE]
            low, high = near.machine_first[machine], near.machine_first[machine + 1]
            at = near.place_on[op]
            if at < low or at >= high:
                at = _later(near.by_machine, work, low, high, work.times[op, START])
            at += away
            if low <= at < high:
                count = _add(near, arrays, near.serial[near.by_machine[at]], chosen, count)
        elif kind < 8:
            at = near.place_in[op] + 2 * away
            if 0 <= at < near.by_start.size:
                count = _add(near, arrays, near.serial[near.by_start[at]], chosen, count)
        else:
            first, size = arrays.order_first[order], arrays.order_first[order + 1] - arrays.order_first[order]
            count = _add(near, arrays, arrays.order_serial[first + draw(state, size)], chosen, count)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _later(ops: Ints, work: Work, low: int, high: int, at: float) -> int:
    """First place in ``[low, high)`` of an operation that starts at ``at`` or later (``high`` if none)."""
    while low < high:
        middle = (low + high) // 2
        if work.times[ops[middle], START] < at:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _any_alternative(arrays: Arrays, state: Ints, op: int) -> int:
    first = arrays.op_code[op, ALT_FIRST]
    return int(first + draw(state, arrays.op_code[op, ALT_LAST] - first))


@njit(cache=True, nogil=True, error_model="numpy")
def _arrange(arrays: Arrays, work: Work, near: Neighbours, state: Ints, chosen: Ints, count: int) -> None:
    """Put the chosen serials into the order in which they come back: by due date, at random, or the first one first."""
    kind = draw(state, 4)
    keys = np.empty(count)
    for index in range(count):
        first = near.open_[chosen[index]]
        order = arrays.op_code[first, ORDER]
        if kind == 0:
            keys[index] = draw(state, _UNIFORM)
        elif kind == 1:
            keys[index] = arrays.order[order, DUE]
        else:
            keys[index] = -FAR if index == 0 else work.times[first, START]
        if kind == 3:
            keys[index] = work.times[first, START]
    for index in range(1, count):
        key, serial = keys[index], chosen[index]
        at = index
        while at > 0 and keys[at - 1] > key:
            keys[at], chosen[at] = keys[at - 1], chosen[at - 1]
            at -= 1
        keys[at], chosen[at] = key, serial


@njit(cache=True, nogil=True, error_model="numpy")
def _cost(arrays: Arrays, work: Work, near: Neighbours, chosen: Ints, count: int) -> float:
    """What the chosen serials cost where they are: their operations, and their orders once each."""
    total = 0.0
    for index in range(count):
        order = arrays.op_code[arrays.serial_first[chosen[index]], ORDER]
        counted = False
        for before in range(index):
            if arrays.op_code[arrays.serial_first[chosen[before]], ORDER] == order:
                counted = True
        if not counted:
            done = arrays.scalars[0]
            for at in range(arrays.order_first[order], arrays.order_first[order + 1]):
                done = max(done, work.times[arrays.serial_first[arrays.order_serial[at] + 1] - 1, DONE])
            work.order_done[order] = done
            total += order_cost(arrays, work, order)
        for op in range(near.open_[chosen[index]], arrays.serial_first[chosen[index] + 1]):
            total += operation_cost(arrays, work, op)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def keep(work: Work, kept: Kept, op: int) -> None:
    """Note where an operation is."""
    for column in range(5):
        kept.times[op, column] = work.times[op, column]
    kept.alternative[op] = work.alternative[op]
    kept.person[op, 0], kept.person[op, 1] = work.person[op, 0], work.person[op, 1]


@njit(cache=True, nogil=True, error_model="numpy")
def put_back(arrays: Arrays, work: Work, kept: Kept, op: int) -> None:
    """Place an operation where it was."""
    for column in range(5):
        work.times[op, column] = kept.times[op, column]
    work.person[op, 0], work.person[op, 1] = kept.person[op, 0], kept.person[op, 1]
    book(arrays, work, op, kept.alternative[op], kept.times[op, START])
    attend(arrays, work, op)


@njit(cache=True, nogil=True, error_model="numpy")
def recreate(arrays: Arrays, work: Work, near: Neighbours, serial: int, night: Ints, state: Ints) -> bool:
    """Place the open operations of a serial one after the other; False where nobody is there for one of them."""
    first = near.open_[serial]
    ready = arrays.scalars[0]
    if first > arrays.serial_first[serial]:
        ready = max(ready, work.times[first - 1, DONE])
    for op in range(first, arrays.serial_first[serial + 1]):
        if draw(state, 20) == 0:
            night[op] = 1 - night[op]
        choice = _any_alternative(arrays, state, op) if draw(state, 8) == 0 else -1
        place(arrays, work, op, min(max(ready, arrays.op_time[op, RELEASE]), FAR), choice, night[op])
        ready = work.times[op, DONE]
    return bool(ready < FAR)


@njit(cache=True, nogil=True, error_model="numpy")
def _with_stop(arrays: Arrays, work: Work, near: Neighbours, stop: int, option: int, chosen: Ints) -> int:
    """Fill ``chosen`` with serials cut on the stop's machine about when the option begins; how many."""
    machine = arrays.stop_code[stop, MACHINE]
    low, high = near.machine_first[machine], near.machine_first[machine + 1]
    at = max(low, _later(near.by_machine, work, low, high, arrays.option[option, 0]) - 1)
    count = 0
    while at < high and count < chosen.size:
        count = _add(near, arrays, near.serial[near.by_machine[at]], chosen, count)
        at += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def search(
    arrays: Arrays,
    work: Work,
    near: Neighbours,
    old: Kept,
    best: Kept,
    night: Ints,
    state: Ints,
    figures: Floats,
    iterations: int,
) -> None:
    """``iterations`` steps from the schedule in ``work``; ``best`` ends as the best seen.

    ``figures``: cost now, least cost seen, mean of the steps up so far, heat at the first step, heat at the last.
    """
    chosen, was_night = np.empty(MOST_RUINED, dtype=np.int64), night.copy()
    stops = arrays.stop_code.shape[0]
    for iteration in range(iterations):
        stop, option = -1, -1
        if stops > 0 and draw(state, 20) == 0:
            stop = draw(state, stops)
            first = arrays.stop_code[stop, OPTION_FIRST]
            option = first + draw(state, arrays.stop_code[stop, OPTION_LAST] - first)
            count = _with_stop(arrays, work, near, stop, option, chosen)
        else:
            count = _choose(arrays, work, near, state, chosen)
        before = _cost(arrays, work, near, chosen, count)
        _arrange(arrays, work, near, state, chosen, count)
        for index in range(count):
            for op in range(near.open_[chosen[index]], arrays.serial_first[chosen[index] + 1]):
                keep(work, old, op)
                was_night[op] = night[op]
                withdraw(arrays, work, op)
        after = 0.0
        if stop >= 0:
            old.stop_start[stop], old.stop_person[stop] = work.stop_start[stop], work.stop_person[stop]
            before += stop_cost_at(arrays, stop, work.stop_start[stop])
            withdraw_stop(arrays, work, stop)
            after += place_stop(arrays, work, stop, option)
        placed = stop < 0 or work.stop_start[stop] < FAR
        for index in range(count):
            placed = recreate(arrays, work, near, chosen[index], night, state) and placed
        after += _cost(arrays, work, near, chosen, count)
        step = after - before
        if step > 0.0 and placed:
            figures[2] += 0.02 * (min(step, 20.0 * figures[2] + 1.0) - figures[2])
        heat = figures[2] * (figures[3] + (figures[4] - figures[3]) * iteration / iterations)
        if placed and step <= -heat * math.log((draw(state, _UNIFORM) + 1.0) / _UNIFORM):
            figures[0] += step
            if figures[0] < figures[1] - 1e-6:
                figures[1] = figures[0]
                copy_places(work, best)
        else:
            _undo(arrays, work, near, old, chosen, count, stop)
            for index in range(count):
                for op in range(near.open_[chosen[index]], arrays.serial_first[chosen[index] + 1]):
                    night[op] = was_night[op]


@njit(cache=True, nogil=True, error_model="numpy")
def _undo(arrays: Arrays, work: Work, near: Neighbours, old: Kept, chosen: Ints, count: int, stop: int) -> None:
    """Back to where the chosen serials, and the stop, were before the step."""
    for index in range(count):
        for op in range(near.open_[chosen[index]], arrays.serial_first[chosen[index] + 1]):
            if work.times[op, START] < FAR:
                withdraw(arrays, work, op)
    if stop >= 0:
        withdraw_stop(arrays, work, stop)
        book_stop(arrays, work, stop, old.stop_person[stop], old.stop_start[stop])
    for index in range(count):
        for op in range(near.open_[chosen[index]], arrays.serial_first[chosen[index] + 1]):
            put_back(arrays, work, old, op)
    _cost(arrays, work, near, chosen, count)


@njit(cache=True, nogil=True, error_model="numpy")
def copy_places(work: Work, kept: Kept) -> None:
    """Note where everything is; loops, since slice assignments would compile their error texts too."""
    for op in range(work.alternative.size):
        keep(work, kept, op)
    for stop in range(work.stop_start.size):
        kept.stop_start[stop], kept.stop_person[stop] = work.stop_start[stop], work.stop_person[stop]


@njit(cache=True, nogil=True, error_model="numpy")
def return_to(arrays: Arrays, work: Work, near: Neighbours, kept: Kept) -> None:
    """Move all open operations and the stops to where ``kept`` has them."""
    for index in range(near.by_start.size):
        withdraw(arrays, work, near.by_start[index])
    for stop in range(work.stop_start.size):
        withdraw_stop(arrays, work, stop)
    for stop in range(work.stop_start.size):
        book_stop(arrays, work, stop, kept.stop_person[stop], kept.stop_start[stop])
    for index in range(near.by_start.size):
        put_back(arrays, work, kept, near.by_start[index])
    for order in range(arrays.order.shape[0]):
        done = arrays.scalars[0]
        for at in range(arrays.order_first[order], arrays.order_first[order + 1]):
            done = max(done, work.times[arrays.serial_first[arrays.order_serial[at] + 1] - 1, DONE])
        work.order_done[order] = done


CHUNK = 500
"""Steps between two looks at who stands beside whom."""
HOT, COLD = 0.2, 0.002


class Search:
    """A search that goes on from the schedule decoded in ``work``: ``step`` as often as there is time, then ``settle``."""

    def __init__(self, arrays: Arrays, work: Work, night: Ints, cost: float, seed: int, frozen_s: float = -FAR) -> None:
        self.arrays, self.work, self.night, self.frozen_s = arrays, work, night, frozen_s
        self.state = np.full(1, seed % 2147483646 + 1, dtype=np.int64)
        self.figures = np.array([cost, cost, 0.0, 0.0, 0.0])
        self.old, self.best = kept_from(work), kept_from(work)

    @property
    def least(self) -> float:
        """Cost of the best schedule so far."""
        return float(self.figures[1])

    def step(self, steps: int, hot: float, cold: float) -> None:
        """``steps`` steps, cooling from ``hot`` to ``cold`` (shares of the mean step up)."""
        near = neighbours_of(self.arrays, self.work, self.frozen_s)
        if near.by_start.size:
            self.figures[3], self.figures[4] = hot, cold
            search(self.arrays, self.work, near, self.old, self.best, self.night, self.state, self.figures, steps)

    def run(self, steps: int) -> None:
        """``steps`` steps in all, cooling down evenly on a logarithmic scale; ends in the best schedule."""
        done = 0
        while done < steps:
            size = min(CHUNK, steps - done)
            hot, cold = (HOT * (COLD / HOT) ** (share / steps) for share in (done, done + size))
            self.step(size, hot, cold)
            done += size
        self.settle()

    def settle(self) -> None:
        """Return to the best schedule."""
        return_to(self.arrays, self.work, neighbours_of(self.arrays, self.work, self.frozen_s), self.best)
        self.figures[0] = self.figures[1]
