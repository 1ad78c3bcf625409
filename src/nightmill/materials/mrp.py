"""Material requirements planning: what to make and buy, when, and for whom (multi-level, netted, lot-sized).

The rule is the one of the file format ``nightmill mrp``: items in low-level-code order, weeks in time
order, exact integers. ``compute_plan`` works on arrays; ``plan_answer`` and ``plan_summary`` turn the
result into records. Where a quantity could leave int64, the same kernels run on Python integers.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from nightmill.materials.inputs import BomArrays, Ints, MrpInputs, Shorts, plan_inputs
from nightmill.materials.plan import PegArrays, PlanArrays
from nightmill.materials.tables import MaterialTables

MOST_PEGS = 2**24
"""Room for pegs that is taken at once."""
LEAST_SPLIT = 2048
"""Items below which two threads cost more than they save."""


class Pending(Protocol):
    """Work that an executor has taken."""

    def result(self) -> Any:
        """What the work gave, waited for."""


class Executor(Protocol):
    """Threads that take work, as those of ``concurrent.futures``."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any) -> Pending:
        """Begins ``work(*arguments)``."""


def compute_plan(inputs: MrpInputs | MaterialTables, weeks: int = 52, executor: Executor | None = None) -> PlanArrays:
    """Nets, lot-sizes, offsets and pegs the whole plan; tables are first turned into ``plan_inputs`` over ``weeks``.

    With an ``executor`` of threads items that don't depend on each other are planned in two halves side by side, with the same result. Raises ``BadInput`` when ``weeks`` is outside 1 .. 2048.
    """
    if isinstance(inputs, MaterialTables):
        inputs = plan_inputs(inputs, weeks)
    while True:
        sweep = _Sweep(inputs)
        pegs = sweep.all_items() if executor is None or inputs.exact else sweep.side_by_side(executor)
        if pegs is not None:
            return PlanArrays(inputs, sweep.good, sweep.gross, pegs)
        inputs = inputs.in_exact_integers()


class _Sweep:
    """One pass over the items, parents first, that nets and pegs each; it fills ``good`` and ``gross``."""

    def __init__(self, inputs: MrpInputs) -> None:
        self.inputs = inputs
        shape, kind = inputs.independent.shape, inputs.independent.dtype
        self.gross: Ints = np.empty(shape, kind)
        self.good: Ints = np.empty(shape, kind)
        self.orders = _order_list(self.good, len(inputs.names))

    def all_items(self) -> tuple[PegArrays, ...] | None:
        """Every item in turn; ``None`` where a quantity came near the limit."""
        parts = self.span(0, len(self.inputs.names))
        return None if parts is None else tuple(parts)

    def side_by_side(self, executor: Executor) -> tuple[PegArrays, ...] | None:
        """Items whose parents are done in two halves side by side."""
        parts: list[PegArrays] = []
        for begin, middle, stop in _blocks(self.inputs.bom):
            second = executor.submit(self.span, middle, stop) if middle < stop else None
            for found in (self.span(begin, middle), [] if second is None else second.result()):
                if found is None:
                    return None
                parts += found
        return tuple(parts)

    def span(self, begin: int, stop: int) -> list[PegArrays] | None:
        """Items begin .. stop - 1, whose parents are done or among them; ``None`` where a quantity came near the limit."""
        from nightmill.materials import matching
        from nightmill.materials.lots import in_python

        inputs, exact = self.inputs, self.inputs.exact
        kernel = in_python(matching.plan_items) if exact else matching.plan_items
        items = (*item_columns(inputs), inputs.independent, self.gross, self.good)
        self.orders[0][begin : begin + 1] = begin * inputs.weeks
        return _in_parts(inputs, begin, stop, lambda i, room: kernel(
            i, stop, *items, *_lines(inputs), *self.orders, *room, not exact
        ))  # fmt: skip


def _blocks(bom: BomArrays) -> Iterator[tuple[int, int, int]]:
    """Spans of items with their middle by work: parents of a span's items stand before it, or it isn't cut in two."""
    n = len(bom.used_first) - 1
    highest = np.full(n, -1, np.int64)
    some = np.flatnonzero(np.diff(bom.used_first))
    if some.size:
        highest[some] = np.maximum.reduceat(bom.parent[bom.used], bom.used_first[some])
    highest = np.maximum.accumulate(highest)
    work = bom.used_first[:n] + np.arange(n)
    begin = 0
    while begin < n:
        stop = int(np.searchsorted(highest, begin))
        if stop - begin >= LEAST_SPLIT:
            yield begin, begin + int(np.searchsorted(work[begin:stop], (work[begin] + work[stop - 1]) / 2)), stop
        else:
            stop = min(n, begin + LEAST_SPLIT)
            yield begin, stop, stop
        begin = stop


def item_columns(inputs: MrpInputs) -> tuple[Any, ...]:
    """The columns of items in the order in which the kernels take them, up to receipts."""
    return (
        inputs.row, inputs.release, inputs.rule, inputs.lot, inputs.trade, inputs.safety, inputs.share, inputs.on_hand,
        inputs.receipts,
    )  # fmt: skip


def _lines(inputs: MrpInputs) -> tuple[Any, ...]:
    """The columns of BOM lines and customer orders in the order in which the kernels take them."""
    bom = inputs.bom
    first, _, *columns = bom.columns(inputs.exact)
    orders = (inputs.order_first, inputs.order_week, inputs.order_qty, inputs.order_ref)
    return (first, *columns, bom.plain, *orders, bom.used_first, bom.used, bom.parent)


def _order_list(good: Ints, items: int) -> tuple[Ints, Ints, Shorts, Ints]:
    """Room for the planned orders of ``items`` items: where each item's begin and end, week due, pieces begun."""
    most = items * good.shape[1]
    return np.empty(items, np.int64), np.empty(items, np.int64), np.empty(most, np.int16), np.empty(most, good.dtype)


def pegs_of(inputs: MrpInputs, good: Ints, begin: int = 0, stop: int | None = None) -> tuple[PegArrays, ...]:
    """Pegs of the items begin .. stop - 1 (all by default) under the planned orders ``good``."""
    from nightmill.materials import matching
    from nightmill.materials.lots import in_python

    stop = len(inputs.names) if stop is None else stop
    orders = _order_list(good, stop)
    listing, kernel = (in_python(k) if inputs.exact else k for k in (matching.list_orders, matching.peg))
    listing(stop, inputs.share, good, *orders)
    items = (
        inputs.row, inputs.release, inputs.safety, inputs.on_hand, inputs.receipts, inputs.independent, good, *_lines(inputs)
    )  # fmt: skip
    found = _in_parts(inputs, begin, stop, lambda i, room: kernel(i, stop, *items, *orders, *room))
    return tuple(found or ())


def _in_parts(
    inputs: MrpInputs, begin: int, stop: int, kernel: Callable[[int, tuple[Any, ...]], int]
) -> list[PegArrays] | None:
    """The pegs of items begin .. stop - 1 from a kernel that stops where its room ends; ``None`` where it gives up."""
    weeks, uses = inputs.weeks, np.diff(inputs.bom.used_first)
    kind = object if inputs.exact else np.int64
    own = inputs.order_first[begin + 1 : stop + 1] - inputs.order_first[begin:stop]
    demands = (uses[begin:stop] + 1) * weeks + own + 1
    widest = int(demands.max(initial=1))
    scratch = (
        *(np.empty(widest, short) for short in (np.int32, np.int16, np.int16)), np.empty(widest, kind),
        *(np.empty(widest, short) for short in (np.int32, np.int16)), np.empty(widest, kind), np.empty(weeks + 2, np.int64),
    )  # fmt: skip
    left = int(demands.sum()) + (2 * weeks + 2) * (stop - begin + 1)
    parts: list[PegArrays] = []
    while begin < stop or not parts:
        most = max(min(left, MOST_PEGS), widest + 2 * weeks + 2)
        first = np.empty(stop - begin + 1, np.int64)
        first[0] = 0
        out = (np.empty(most, np.int16), np.empty(most, np.int32), np.empty(most, np.int16), np.empty(most, kind))
        done = kernel(begin, (*scratch, first, *out)) if begin < stop else stop
        if done < 0:
            return None
        count = int(first[done - begin])
        code, line, week, quantity = out
        parts.append(
            PegArrays(begin, first[: done - begin + 1], code[:count], line[:count], week[:count], quantity[:count])
        )
        begin, left = done, left - count
    return parts
