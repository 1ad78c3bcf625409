"""Material requirements planning: make and purchase orders with dates and pegging (multi-level, netted, lot-sized).

The file formats for ``nightmill mrp`` define the rule: items in low-level-code order, weeks in time order, exact integers.
``compute_plan`` works on arrays; ``plan_answer`` and ``plan_summary`` turn the result into records. If a quantity could exceed int64, the
same kernels run on Python integers.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from nightmill.mrp.arrays import MrpInputs, OrderArrays, plan_inputs
from nightmill.mrp.plan import PegArrays, PlanArrays
from nightmill.mrp.tables import MaterialTables
from nightmill.vocabulary.executor import Executor

SPLIT_ITEMS = 2000
"""Minimum number of items in a level (which don't use each other) at which two threads share them."""
PEGS_AT_ONCE = 16_000_000
"""Pegs for which space is reserved at once; unwritten pages cost nothing, and long arrays use large pages, which are faster to get."""
PEGS_IN_PYTHON = 1_000_000
"""The same number for Python integers, whose arrays are initialised at once."""
DEMANDS = 4096


def compute_plan(inputs: MrpInputs | MaterialTables, weeks: int = 52, executor: Executor | None = None) -> PlanArrays:
    """Net, lot-size, offset and peg the whole plan; tables are first turned into ``plan_inputs`` over ``weeks``.

    With an ``executor`` of threads the halves of a level are planned in parallel, with the same result. Raises ``BadInput``
    if ``weeks`` is outside 1 .. 2048.
    """
    if isinstance(inputs, MaterialTables):
        inputs = plan_inputs(inputs, weeks)
    orders = _no_orders(inputs)
    try:
        pegs = _by_level(inputs, orders, executor) if executor is not None else _planned_alone(inputs, orders)
    except _TooLargeError:
        return compute_plan(inputs.in_exact_integers())
    return PlanArrays(inputs, orders, pegs)


def _no_orders(inputs: MrpInputs) -> OrderArrays:
    """Return space for as many planned orders as there are items and weeks; unwritten pages cost no memory."""
    n = len(inputs.names)
    most, quantity = n * inputs.weeks, inputs.independent.dtype
    return OrderArrays(np.zeros(n, np.int64), np.zeros(n, np.int64), np.empty(most, np.int16), np.empty(most, quantity))


def _planned_alone(inputs: MrpInputs, orders: OrderArrays) -> tuple[PegArrays, ...]:
    return tuple(_Desk(inputs, orders).planned(0, len(inputs.names)))


def _by_level(inputs: MrpInputs, orders: OrderArrays, executor: Executor) -> tuple[PegArrays, ...]:
    """Plan wide levels in halves, each on its own thread, and consecutive narrow levels in one call."""
    from nightmill.mrp import matching_kernels

    bounds = matching_kernels.levels(inputs.bom.parent, inputs.bom.child, len(inputs.names)).tolist()
    own, other = _Desk(inputs, orders), _Desk(inputs, orders)
    pegs: list[PegArrays] = []
    waiting = 0
    for begin, stop in itertools.pairwise(bounds):
        if stop - begin < SPLIT_ITEMS or inputs.exact:
            continue
        pegs += own.planned(waiting, begin, cursor=waiting * inputs.weeks)
        # The work for an item is about proportional to its lines, plus a small constant.
        work = np.arange(begin, stop + 1) + inputs.bom.used_first[begin : stop + 1]
        middle = begin + int(np.searchsorted(work, (work[0] + work[-1]) / 2))
        second = executor.submit(list, other.planned(middle, stop, cursor=middle * inputs.weeks))
        first = list(own.planned(begin, middle, cursor=begin * inputs.weeks))
        pegs += [*first, *second.result()]
        waiting = stop
    return (*pegs, *own.planned(waiting, len(inputs.names), cursor=waiting * inputs.weeks))


class _TooLargeError(Exception):
    """A quantity came near the int64 limit."""


class _Desk:
    """Scratch memory for one thread, and its growing space for pegs."""

    def __init__(self, inputs: MrpInputs, orders: OrderArrays) -> None:
        from nightmill.mrp import lot_sizing, matching_kernels

        W, self._inputs, self._quantity = inputs.weeks, inputs, inputs.independent.dtype
        self._planning = matching_kernels.Planning(
            inputs.items, inputs.lines, inputs.customer_orders, orders, not inputs.exact
        )
        self._week_arrays = (np.empty(W, self._quantity), np.empty(W, self._quantity), np.empty(W + 2, np.int64))
        self._lots = lot_sizing.lot_memory(W)
        codes = max(len(inputs.names) * W, W + 2 + len(inputs.order_names))
        self._demand: type = np.int32 if codes < 2**31 else np.int64
        self._hold(DEMANDS)
        self._make_room(0)

    def _hold(self, demands: int) -> None:
        """Allocate scratch memory for the demands of one item, before and after they are sorted by time."""
        from nightmill.mrp.matching_kernels import Scratch

        codes, weeks, pieces = (np.empty(demands, kind) for kind in (self._demand, np.int16, self._quantity))
        self._scratch = Scratch(
            *self._week_arrays, codes, weeks, pieces, np.empty_like(codes), np.empty_like(pieces), self._lots
        )

    def _make_room(self, wanted: int) -> None:
        inputs = self._inputs
        most = (len(inputs.bom.child) + 3 * len(inputs.names)) * inputs.weeks + 2 * len(inputs.names)
        room = max(wanted, min(PEGS_AT_ONCE if not inputs.exact else PEGS_IN_PYTHON, most + len(inputs.order_names)))
        self._room = tuple(np.empty(room, kind) for kind in (np.int16, self._demand, np.int32, self._quantity))

    def planned(self, begin: int, stop: int, cursor: int = 0) -> Iterator[PegArrays]:
        """Plan the items begin .. stop - 1, list their orders from ``cursor`` on, and yield their pegs."""
        from nightmill.mrp import matching_kernels
        from nightmill.mrp.lot_sizing import in_python

        kernel = in_python(matching_kernels.plan_items) if self._inputs.exact else matching_kernels.plan_items
        while begin < stop:
            first = np.empty(stop - begin + 1, np.int64)
            code, demand, short, large = self._room
            pegs = matching_kernels.PegSpace(first, code, demand, short, large, np.zeros(2, np.int64))
            why, until, cursor, far, wanted = kernel(self._planning, self._scratch, pegs, begin, stop, cursor)
            if why == matching_kernels.TOO_LARGE:
                raise _TooLargeError
            count = int(first[until - begin])
            yield PegArrays(begin, first[: until - begin + 1], code[:count], demand[:count], short[:count], large[:far])
            self._room = (code[count:], demand[count:], short[count:], large[far:])
            if why == matching_kernels.PEGS_FULL:
                self._make_room(wanted)
            elif why == matching_kernels.DEMANDS_FULL:
                self._hold(2 * wanted)
            begin = until
