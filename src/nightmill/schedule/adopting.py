"""A schedule taken into the kernels' memory exactly as it is; what doesn't fit the problem is placed anew."""

import numpy as np

from nightmill.schedule.arrays import Layout
from nightmill.schedule.buffers import share_places
from nightmill.schedule.costs import objective
from nightmill.schedule.kernel import place_begun, reset, stop_cost
from nightmill.schedule.memory import (
    BUFFERS,
    DISMOUNT,
    FAR,
    LEFT,
    MEASURE,
    MOUNT,
    MOVE,
    OPTION_FIRST,
    ORDERS,
    START,
    STATE,
    STOP_START,
    STOPS,
    WAITING,
    Floats,
    Ints,
    Memory,
)
from nightmill.schedule.records import Assignment, ShopProblem, ShopSchedule
from nightmill.schedule.repair import adopt, put_stop, replace, share_people
from nightmill.schedule.ruin import complete
from nightmill.schedule.sharing import share_robots


def serial_of(memory: Memory) -> Ints:
    """The serial of each operation (operations,)."""
    return np.repeat(np.arange(memory.serial_first.size - 1), np.diff(memory.serial_first))


def first_option(memory: Memory, stop: int) -> int:
    """The first option of a maintenance stop."""
    return int(memory.stop_code[stop, OPTION_FIRST])


def lay_out(memory: Memory, stops: list[float]) -> None:
    """Nothing placed but what has begun, and the maintenance stops: where they are said to be, or as their options say."""
    f, n = memory.f, memory.n
    options = np.array([first_option(memory, stop) for stop in range(n[STOPS])], dtype=np.int64)
    reset(f, n)
    place_begun(f, n, np.arange(memory.serial_first.size - 1), options)
    for stop, at in enumerate(stops):
        put_stop(f, n, stop, at)


def adopted(memory: Memory, serial: Ints, times: Floats, choice: Ints, now_s: float) -> Ints:
    """Put all to where it is said to be; the first operations of what doesn't fit there, in order of time.

    ``times`` (operations, 6) in the columns of the memory, ``FAR`` where an operation has no place yet.
    """
    known = np.flatnonzero((times[:, MOUNT] < FAR) & (memory.op_code[:, STATE] == WAITING))
    tasks = np.stack((2 * known, 2 * known + 1), axis=1).ravel()
    moments = times[known][:, (MOUNT, DISMOUNT)].ravel()
    share_people(memory.f, memory.n, tasks[np.argsort(moments, kind="stable")], times)
    moves = (times[known][:, (START, LEFT)] - (memory.general[MOVE], 0.0)).ravel()
    share_robots(memory.f, memory.n, tasks[np.argsort(moves, kind="stable")], times)
    if memory.n[BUFFERS]:
        leaving = known[np.argsort(times[known, LEFT] + memory.op_time[known, MEASURE], kind="stable")]
        share_places(memory.f, memory.n, leaving, choice, times)
    broken = memory.serial_first[1:].copy()
    adopt(memory.f, memory.n, np.argsort(times[:, MOUNT], kind="stable"), serial, choice, times, broken, now_s)
    left = broken[broken < memory.serial_first[1:]]
    return np.asarray(left[np.argsort(times[left, MOUNT], kind="stable")])


def _row(a: Assignment) -> tuple[float, ...]:
    """The times of an assignment in the columns of the memory."""
    return a.start_s, a.mount_s, a.dismount_s, a.end_s, a.done_s, a.end_s if a.left_s is None else a.left_s


def take_schedule(memory: Memory, layout: Layout, problem: ShopProblem, schedule: ShopSchedule, choice: Ints) -> None:
    """Take the schedule into the memory; ``choice`` are the alternatives that it has (``solve.plan_of``)."""
    known = {a.operation: a for a in schedule.assignments}
    places = [known.get(op.id) for op in layout.operations]
    nowhere = (FAR,) * 6
    times = np.array([_row(a) if a else nowhere for a in places])
    placed = {stop.id: stop.start_s for stop in schedule.maintenance}
    lay_out(memory, [placed.get(each.id, FAR) for each in problem.maintenance])
    serial = serial_of(memory)
    replace(memory.f, memory.n, adopted(memory, serial, times, choice, problem.now_s), serial)
    for order in range(memory.n[ORDERS]):
        complete(memory.f, memory.n, order)


def cost_of(memory: Memory) -> float:
    """What the search makes small, of the schedule in the memory."""
    f, n = memory.f, memory.n
    stops = sum(stop_cost(f, n, stop, f[n[STOP_START] + stop]) for stop in range(n[STOPS]))
    return float(objective(f, n) + stops)
