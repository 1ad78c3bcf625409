"""The shop as two flat arrays, floats and integers, and named views of them.

The kernels take only the two arrays, ``f`` and ``n``. The head of ``n`` holds the sizes, then where each section starts.
Passing dozens of arrays from kernel to kernel would take more time than the work of most kernels, and minutes of compilation.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightmill.vocabulary.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


FAR = 1e15
WAITING, MOUNTED, RUNNING, CUT, DROPPED, OUT = range(6)
"""States of an operation; a plan in force adds two: dropped (no longer to be made) and temporarily removed."""

# The head of ``n``: sizes.
(
    OPS, SERIALS, ORDERS, MACHINES, PERSONS, PALLETS, ABSENCES, STOPS, BUCKETS,
    LANES, ROBOTS, ROBOT_LANE, AFTERS, FAMILIES, TARIFFS, BATCHES, BUFFERS,
) = range(17)  # fmt: skip
SIZES = (
    "operations", "serials", "orders", "machines", "persons", "pallets", "absences", "stops", "buckets",
    "lanes", "robots", "robot_lane", "afters", "families", "tariffs", "batches", "buffers",
)  # fmt: skip

# The rest of the head: the start of each section, floats first.
FLOAT_SECTIONS = (
    "general", "op_time", "alt_run", "use_s", "budget", "order_s", "absent", "base", "stop_s", "option",
    "lane", "times", "slot_used", "ready", "stop_start", "order_done", "moment", "tariff", "power", "changeover",
    "unloaded", "price",
)  # fmt: skip
INT_SECTIONS = (
    "op_code", "alt_code", "use_slot", "serial_first", "order_first", "order_serial", "lane_first", "base_first",
    "stop_code", "lane_count", "chosen", "person", "following_op", "stop_person", "level", "peak", "head", "following",
    "fixture_first", "held", "carrier", "after_first", "after_op", "heir_first", "heir", "set_up", "line_first", "line",
    "line_count", "places", "buffered", "buffer_first", "in_buffer", "by_hand",
)  # fmt: skip
(
    GENERAL, OP_TIME, ALT_RUN, USE_S, BUDGET, ORDER_S, ABSENT, BASE, STOP_S, OPTION,
    LANE, TIMES, SLOT_USED, READY, STOP_START, ORDER_DONE, MOMENT, TARIFF, POWER, CHANGEOVER,
    UNLOADED, PRICE,
    OP_CODE, ALT_CODE, USE_SLOT, SERIAL_FIRST, ORDER_FIRST, ORDER_SERIAL, LANE_FIRST, BASE_FIRST,
    STOP_CODE, LANE_COUNT, CHOSEN, PERSON, FOLLOWING_OP, STOP_PERSON, LEVEL, PEAK, HEAD, FOLLOWING,
    FIXTURE_FIRST, HELD, CARRIER, AFTER_FIRST, AFTER_OP, HEIR_FIRST, HEIR, SET_UP, LINE_FIRST, LINE, LINE_COUNT,
    PLACES, BUFFERED, BUFFER_FIRST, IN_BUFFER, BY_HAND,
) = range(len(SIZES), len(SIZES) + len(FLOAT_SECTIONS) + len(INT_SECTIONS))  # fmt: skip
HEADER = len(SIZES) + len(FLOAT_SECTIONS) + len(INT_SECTIONS)

# Columns of ``general``; of ``op_time`` and ``times`` (MOUNT and DISMOUNT of both); ``op_code``; ``alt_code``; ``order_s``;
# ``stop_code`` (MACHINE first); ``option``.
NOW, FROM, MOVE, LEAD, HORIZON, BUCKET_S, TARDINESS, FLOW, UNATTENDED, CHANGE, SHIFT, MAKESPAN, ENERGY = range(13)
RELEASE, MOUNT, DISMOUNT, MEASURE, STARTED, PREVIOUS_START = range(6)
START, END, DONE, LEFT = 0, 3, 4, 5
STATE, ORDER, ALT_FIRST, ALT_LAST, PREVIOUS_MACHINE, FIXTURE = range(6)
MACHINE, USE_FIRST, USE_LAST, FAMILY, PARTS = range(5)
DUE, WEIGHT = 0, 1
ATTENDED, OPTION_FIRST, OPTION_LAST = 1, 2, 3
BEGIN, COST = 0, 1

_COLUMNS = {
    "op_time": 6, "times": 6, "order_s": 2, "absent": 2, "base": 2, "lane": 2, "option": 2,
    "op_code": 6, "alt_code": 5, "stop_code": 4, "person": 2, "carrier": 2, "tariff": 2,
}  # fmt: skip


class Memory:
    """The two arrays ``f`` and ``n``; every section is also an attribute, a view with its own shape (rows, columns)."""

    general: Floats
    op_time: Floats
    alt_run: Floats
    order_s: Floats
    absent: Floats
    option: Floats
    times: Floats
    stop_start: Floats
    budget: Floats
    slot_used: Floats
    use_slot: Ints
    order_done: Floats
    op_code: Ints
    alt_code: Ints
    serial_first: Ints
    held: Ints
    heir_first: Ints
    heir: Ints
    stop_code: Ints
    chosen: Ints

    def __init__(self, sizes: Mapping[str, int], floats: Mapping[str, Floats], ints: Mapping[str, Ints]) -> None:
        head = [sizes[name] for name in SIZES]
        head += _places([floats[name].size for name in FLOAT_SECTIONS], 0)
        head += _places([ints[name].size for name in INT_SECTIONS], HEADER)
        self.f = np.concatenate([floats[name].ravel() for name in FLOAT_SECTIONS])
        self.n = np.concatenate([np.array(head, dtype=np.int64), *(ints[name].ravel() for name in INT_SECTIONS)])
        self._show_all({name: each.size for name, each in (*floats.items(), *ints.items())})

    def copy(self) -> "Memory":
        """A copy with its own arrays."""
        made = object.__new__(Memory)
        made.f, made.n = self.f.copy(), self.n.copy()
        made._show_all({name: getattr(self, name).size for name in (*FLOAT_SECTIONS, *INT_SECTIONS)})
        return made

    def _show_all(self, sizes: Mapping[str, int]) -> None:
        for name in FLOAT_SECTIONS:
            self._show(name, self.f, sizes[name], GENERAL + FLOAT_SECTIONS.index(name))
        for name in INT_SECTIONS:
            self._show(name, self.n, sizes[name], OP_CODE + INT_SECTIONS.index(name))

    def _show(self, name: str, values: NDArray[Any], size: int, section: int) -> None:
        begin = int(self.n[section])
        flat = values[begin : begin + size]
        setattr(self, name, flat.reshape(-1, _COLUMNS[name]) if name in _COLUMNS else flat)


def _places(sizes: list[int], first: int) -> list[int]:
    return [first + sum(sizes[:k]) for k in range(len(sizes))]


@compiled
def general(f: Floats, n: Ints, column: int) -> float:
    """Return a value for the whole problem."""
    return float(f[n[GENERAL] + column])


@compiled
def given(f: Floats, n: Ints, op: int, column: int) -> float:
    """A given time of an operation."""
    return float(f[n[OP_TIME] + 6 * op + column])


@compiled
def code(n: Ints, op: int, column: int) -> int:
    """An integer attribute of an operation."""
    return int(n[n[OP_CODE] + 6 * op + column])


@compiled
def alt(n: Ints, alternative: int, column: int) -> int:
    """An integer attribute of an alternative."""
    return int(n[n[ALT_CODE] + 5 * alternative + column])


@compiled
def run(f: Floats, n: Ints, alternative: int) -> float:
    """The cutting time of an alternative."""
    return float(f[n[ALT_RUN] + alternative])


@compiled
def placed(f: Floats, n: Ints, op: int, column: int) -> float:
    """A decoded time of an operation."""
    return float(f[n[TIMES] + 6 * op + column])


@compiled
def put(f: Floats, n: Ints, op: int, column: int, value: float) -> None:
    """Write a decoded time of an operation."""
    f[n[TIMES] + 6 * op + column] = value


@compiled
def first_op(n: Ints, serial: int) -> int:
    """The first operation of a serial; for the serial after the last, the number of operations."""
    return int(n[n[SERIAL_FIRST] + serial])
