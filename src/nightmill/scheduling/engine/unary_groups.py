"""Shared resources other than machines, people and pallets: fixtures of the same type, robots, and the parts of an assembly."""

import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.counted_resource import full_until, on_pallet
from nightmill.scheduling.engine.state import Floats, Ints, code, first_op, general, placed
from nightmill.scheduling.engine.timeline import gap_from, give, lane_base, lane_count, person_from, take
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays


@compiled
def held_until(f: Floats, n: Ints, op: int, begin: float, end: float) -> float:
    """Return -1 if the pallet and the fixture that the operation needs are free from ``begin`` to ``end``; else when to try next."""
    freed, kind = full_until(f, n, begin, end) if on_pallet(n, op) else -1.0, code(n, op, s.FIXTURE)
    if freed >= 0.0 or kind < 0:
        return float(freed)
    low, high = n[n[s.FIXTURE_FIRST] + kind], n[n[s.FIXTURE_FIRST] + kind + 1]
    free, lane = person_from(f, n, low, high, begin, end - begin)
    if free > begin:
        return float(free)
    n[n[s.HELD] + op] = lane
    return -1.0


@compiled
def take_fixture(f: Floats, n: Ints, op: int, begin: float, end: float) -> None:
    """Take the operation's previous fixture, or another of its kind that is free; none (-1) if all are held."""
    kind = code(n, op, s.FIXTURE)
    if kind < 0:
        return
    lane = n[n[s.HELD] + op]
    if lane < 0 or gap_from(f, lane_base(n, lane), lane_count(n, lane), begin, end - begin) > begin:
        low, high = n[n[s.FIXTURE_FIRST] + kind], n[n[s.FIXTURE_FIRST] + kind + 1]
        free, lane = person_from(f, n, low, high, begin, end - begin)
        if free > begin:
            lane = -1
    n[n[s.HELD] + op] = lane
    if lane >= 0:
        take(f, n, lane, begin, end)


@compiled
def give_fixture(f: Floats, n: Ints, op: int, begin: float, end: float) -> None:
    """Release the fixture that a placed operation holds."""
    if code(n, op, s.FIXTURE) >= 0 and n[n[s.HELD] + op] >= 0:
        give(f, n, n[n[s.HELD] + op], begin, end)


@compiled
def carried(f: Floats, n: Ints, start: float, end: float) -> float:
    """Return ``start`` if robots are free to load before it and to unload at ``end``; else a later start to try."""
    low, high, move = n[s.ROBOT_LANE], n[s.ROBOT_LANE] + n[s.ROBOTS], general(f, n, s.MOVE)
    load, _ = person_from(f, n, low, high, start - move, move)
    if load > start - move:
        return float(load + move)
    unload, _ = person_from(f, n, low, high, end, move)
    return float(start + (unload - end))


@compiled
def take_robot(f: Floats, n: Ints, op: int, task: int, begin: float) -> None:
    """Let a robot load (``task`` 0) or unload (1) an operation from ``begin`` on; none (-1) if all are busy.

    The operation's previous robot is tried first, so that everything a search puts back fits again in any order.
    """
    move, lane = general(f, n, s.MOVE), n[n[s.CARRIER] + 2 * op + task]
    if lane < 0 or gap_from(f, lane_base(n, lane), lane_count(n, lane), begin, move) > begin:
        free, lane = person_from(f, n, n[s.ROBOT_LANE], n[s.ROBOT_LANE] + n[s.ROBOTS], begin, move)
        if free > begin:
            lane = -1
    n[n[s.CARRIER] + 2 * op + task] = lane
    if lane >= 0:
        take(f, n, lane, begin, begin + move)


@compiled_with_arrays
def share_robots(f: Floats, n: Ints, tasks: Ints, times: Floats) -> None:
    """Assign robots to loading and unloading; ``tasks`` are in order of time: ``2 op`` is a loading, ``2 op + 1`` an unloading.

    Each task in turn goes to any free robot; a robot is found whenever there are enough. ``times`` (operations, 6)
    in the columns of the memory.
    """
    move, low = general(f, n, s.MOVE), n[s.ROBOT_LANE]
    busy_until = np.full(n[s.ROBOTS], -s.FAR)
    for index in range(tasks.size):
        op, loads = tasks[index] // 2, tasks[index] % 2 == 0
        at = times[op, s.START] - move if loads else times[op, s.LEFT]
        n[n[s.CARRIER] + tasks[index]] = -1
        for robot in range(n[s.ROBOTS]):
            lane = low + robot
            if busy_until[robot] <= at and gap_from(f, lane_base(n, lane), lane_count(n, lane), at, move) == at:
                n[n[s.CARRIER] + tasks[index]] = lane
                busy_until[robot] = at + move
                break


@compiled
def give_robots(f: Floats, n: Ints, op: int) -> None:
    """Release the robots from the moves of a placed operation."""
    move, start, end = general(f, n, s.MOVE), placed(f, n, op, s.START), placed(f, n, op, s.LEFT)
    if n[n[s.CARRIER] + 2 * op] >= 0:
        give(f, n, n[n[s.CARRIER] + 2 * op], start - move, start)
    if n[n[s.CARRIER] + 2 * op + 1] >= 0:
        give(f, n, n[n[s.CARRIER] + 2 * op + 1], end, end + move)


@compiled
def parts_ready(f: Floats, n: Ints, op: int) -> float:
    """Return when the last of the other parts' operations that an operation waits for is done; ``FAR`` if one is unplaced, 0 if
    it waits for none.
    """
    ready = 0.0
    for at in range(n[n[s.AFTER_FIRST] + op], n[n[s.AFTER_FIRST] + op + 1]):
        done = placed(f, n, n[n[s.AFTER_OP] + at], s.DONE)
        ready = max(ready, done if done > 0.0 else s.FAR)
    return ready


@compiled
def parts_in_time(f: Floats, n: Ints, serial: int, first: int) -> bool:
    """Return whether a serial, from operation ``first`` on, starts after the serials that it waits for and ends before the
    serials that wait for it.
    """
    last = first_op(n, serial + 1)
    for op in range(first, last):
        if placed(f, n, op, s.MOUNT) < parts_ready(f, n, op):
            return False
        for at in range(n[n[s.HEIR_FIRST] + op], n[n[s.HEIR_FIRST] + op + 1]):
            if placed(f, n, n[n[s.HEIR] + at], s.MOUNT) < placed(f, n, op, s.DONE):
                return False
    return True
