"""Load a schedule into the kernels' memory exactly as it is (warm start), and place again the operations that don't fit the problem."""

import msgspec
import numpy as np

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.blocking import share_places
from nightmill.scheduling.engine.cost import objective
from nightmill.scheduling.engine.decode import place_begun, reset, stop_cost
from nightmill.scheduling.engine.encode import Layout
from nightmill.scheduling.engine.insertion import adopt, put_stop, replace, share_people
from nightmill.scheduling.engine.state import Floats, Ints, Memory
from nightmill.scheduling.engine.unary_groups import share_robots
from nightmill.scheduling.problem.records import Assignment, ShopProblem, ShopSchedule
from nightmill.scheduling.search.ruin_recreate import complete


def serial_of(memory: Memory) -> Ints:
    """Serial of each operation (operations,)."""
    return np.repeat(np.arange(memory.serial_first.size - 1), np.diff(memory.serial_first))


def first_option(memory: Memory, stop: int) -> int:
    """The first option of a maintenance stop."""
    return int(memory.stop_code[stop, s.OPTION_FIRST])


def lay_out(memory: Memory, stops: list[float]) -> None:
    """Place only the operations that have started, and the maintenance stops: at their given times, or according to their options."""
    f, n = memory.f, memory.n
    options = np.array([first_option(memory, stop) for stop in range(n[s.STOPS])], dtype=np.int64)
    reset(f, n)
    place_begun(f, n, np.arange(memory.serial_first.size - 1), options)
    for stop, at in enumerate(stops):
        put_stop(f, n, stop, at)


def adopted(memory: Memory, serial: Ints, times: Floats, choice: Ints, now_s: float, *, late_s: float = 0.0) -> Ints:
    """Place all operations at their given times; returns the first operation of each serial that doesn't fit, in order of time.

    ``times`` (operations, 6) in the columns of the memory, ``FAR`` if an operation has no place yet. An operation that
    can start on its machine, in sequence, at most ``late_s`` after its given time is placed there; the operations after
    it are delayed in the same manner.
    """
    known = np.flatnonzero((times[:, s.MOUNT] < s.FAR) & (memory.op_code[:, s.STATE] == s.WAITING))
    tasks = np.stack((2 * known, 2 * known + 1), axis=1).ravel()
    moments = times[known][:, (s.MOUNT, s.DISMOUNT)].ravel()
    share_people(memory.f, memory.n, tasks[np.argsort(moments, kind="stable")], times)
    moves = (times[known][:, (s.START, s.LEFT)] - (memory.general[s.MOVE], 0.0)).ravel()
    share_robots(memory.f, memory.n, tasks[np.argsort(moves, kind="stable")], times)
    if memory.n[s.BUFFERS]:
        leaving = known[np.argsort(times[known, s.LEFT] + memory.op_time[known, s.MEASURE], kind="stable")]
        share_places(memory.f, memory.n, leaving, choice, times)
    broken = memory.serial_first[1:].copy()
    in_turn = np.argsort(times[:, s.START if late_s > 0.0 else s.MOUNT], kind="stable")
    adopt(memory.f, memory.n, in_turn, serial, choice, times, broken, now_s, late_s)
    left = broken[broken < memory.serial_first[1:]]
    return np.asarray(left[np.argsort(times[left, s.MOUNT], kind="stable")])


def _row(a: Assignment) -> tuple[float, ...]:
    """The times of an assignment in the columns of the memory."""
    return a.start_s, a.mount_s, a.dismount_s, a.end_s, a.done_s, a.end_s if a.left_s is None else a.left_s


class Places(msgspec.Struct, frozen=True):
    """The place of each operation in a schedule: ``times`` (operations, 6) in the columns of the memory, ``FAR`` if none.

    ``machine`` is the machine's number, -1 if none; ``stops`` maps each maintenance stop's id to its start; ``rows`` are the
    schedule's own assignments.
    """

    times: Floats
    machine: Ints
    stops: dict[str, float]
    rows: tuple[Assignment | None, ...] = ()


def places_in(layout: Layout, schedule: ShopSchedule) -> Places:
    """The places that a schedule gives to the operations of a shop."""
    known = {a.operation: a for a in schedule.assignments}
    found = [known.get(op.id) for op in layout.operations]
    numbers = {name: index for index, name in enumerate(layout.machines)}
    nowhere = (s.FAR,) * 6
    return Places(
        np.array([_row(a) if a else nowhere for a in found]).reshape(-1, 6),
        np.array([numbers.get(a.machine, -1) if a else -1 for a in found], dtype=np.int64),
        {stop.id: stop.start_s for stop in schedule.maintenance},
        tuple(found),
    )


def choice_of(memory: Memory, machine: Ints) -> Ints:
    """The alternative of each operation on the machine of that number, -1 if it has none there."""
    owner = np.repeat(np.arange(machine.size), memory.op_code[:, s.ALT_LAST] - memory.op_code[:, s.ALT_FIRST])
    kept = np.flatnonzero(memory.alt_code[:, s.MACHINE] == machine[owner])
    choice = np.full(machine.size, -1, dtype=np.int64)
    choice[owner[kept]] = kept
    return choice


def take_places(memory: Memory, problem: ShopProblem, places: Places, *, late_s: float = 0.0) -> bool:
    """Load a schedule's places into the memory exactly as they are; operations that don't fit, or have no place, are
    placed again. With ``late_s``, an operation that can start in sequence at most that much later is placed there
    instead. Returns whether every operation fitted its place.
    """
    lay_out(memory, [places.stops.get(each.id, s.FAR) for each in problem.maintenance])
    serial, choice = serial_of(memory), choice_of(memory, places.machine)
    left = adopted(memory, serial, places.times, choice, problem.now_s, late_s=late_s)
    replace(memory.f, memory.n, left, serial)
    for order in range(memory.n[s.ORDERS]):
        complete(memory.f, memory.n, order)
    return left.size == 0


def take_schedule(memory: Memory, layout: Layout, problem: ShopProblem, schedule: ShopSchedule) -> None:
    """Load a schedule into the memory with ``take_places``."""
    take_places(memory, problem, places_in(layout, schedule))


def cost_of(memory: Memory) -> float:
    """The objective value of the schedule in the memory."""
    f, n = memory.f, memory.n
    stops = sum(stop_cost(f, n, stop, f[n[s.STOP_START] + stop]) for stop in range(n[s.STOPS]))
    return float(objective(f, n) + stops)
