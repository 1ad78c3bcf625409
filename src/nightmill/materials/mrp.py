"""Material requirements planning: what to make and buy, when, and for whom (multi-level, netted, lot-sized).

The rule is the one of the file format ``nightmill mrp``: items in low-level-code order, weeks in time
order, exact integers. ``compute_plan`` works on arrays; ``plan_answer`` and ``plan_summary`` turn the
result into records. Where a quantity could leave int64, the same kernels run on Python integers.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from nightmill.materials.inputs import Ints, MrpInputs, Shorts, plan_inputs
from nightmill.materials.plan import PegArrays, PlanArrays
from nightmill.materials.tables import MaterialTables


class Pending(Protocol):
    """Work that an executor has taken."""

    def result(self) -> Any:
        """What the work gave, waited for."""


class Executor(Protocol):
    """Threads that take work, as those of ``concurrent.futures``."""

    def submit(self, work: Callable[..., PegArrays], /, *arguments: Any) -> Pending:
        """Begins ``work(*arguments)``."""


def compute_plan(inputs: MrpInputs | MaterialTables, weeks: int = 52, executor: Executor | None = None) -> PlanArrays:
    """Nets, lot-sizes, offsets and pegs the whole plan; tables are first turned into ``plan_inputs`` over ``weeks``.

    With an ``executor`` of threads two halves of the items are pegged side by side, with the same result. Raises ``BadInput`` when ``weeks`` is outside 1 .. 2048.
    """
    from nightmill.materials import netting
    from nightmill.materials.lots import in_python

    if isinstance(inputs, MaterialTables):
        inputs = plan_inputs(inputs, weeks)
    while True:
        exact = inputs.exact
        gross = inputs.independent.copy()
        good: Ints = np.zeros(gross.shape, gross.dtype)
        orders = _order_list(good, len(inputs.names))
        kernel = in_python(netting.net) if exact else netting.net
        bom = (*inputs.bom.columns(exact), inputs.bom.plain)
        if kernel(*item_columns(inputs), gross, good, *bom, *orders, not exact):
            return PlanArrays(inputs, good, gross, _in_halves(inputs, good, orders, executor))
        inputs = inputs.in_exact_integers()


def _in_halves(
    inputs: MrpInputs, good: Ints, orders: tuple[Ints, Shorts, Ints], executor: Executor | None
) -> tuple[PegArrays, ...]:
    n = len(inputs.names)
    if executor is None or inputs.exact:
        return (_pegs(inputs, good, orders, 0, n),)
    # An item's pegs are about as many as the orders of the lines that use it.
    bom = inputs.bom
    drawn = np.cumsum(np.bincount(bom.child, np.diff(orders[0])[bom.parent], minlength=n))
    middle = int(np.searchsorted(drawn, drawn[-1] / 2)) if n else 0
    second = executor.submit(_pegs, inputs, good, orders, middle, n)
    return _pegs(inputs, good, orders, 0, middle), second.result()


def item_columns(inputs: MrpInputs) -> tuple[Any, ...]:
    """The columns of items in the order in which the kernels take them, up to receipts."""
    return (
        inputs.row, inputs.release, inputs.rule, inputs.lot, inputs.trade, inputs.safety, inputs.share, inputs.on_hand,
        inputs.receipts,
    )  # fmt: skip


def _order_list(good: Ints, items: int) -> tuple[Ints, Shorts, Ints]:
    """Room for the planned orders of ``items`` items: where each item's begin, week due, pieces begun."""
    most = items * good.shape[1]
    return np.empty(items + 1, np.int64), np.empty(most, np.int16), np.empty(most, good.dtype)


def pegs_of(inputs: MrpInputs, good: Ints, begin: int = 0, stop: int | None = None) -> PegArrays:
    """Pegs of the items begin .. stop - 1 (all by default) under the planned orders ``good``."""
    from nightmill.materials import matching

    stop = len(inputs.names) if stop is None else stop
    orders = _order_list(good, stop)
    listing = matching.list_orders.py_func if inputs.exact else matching.list_orders
    listing(stop, inputs.share, good, *orders)
    return _pegs(inputs, good, orders, begin, stop)


def _pegs(inputs: MrpInputs, good: Ints, orders: tuple[Ints, Shorts, Ints], begin: int, stop: int) -> PegArrays:
    from nightmill.materials import matching
    from nightmill.materials.lots import in_python

    exact, bom = inputs.exact, inputs.bom
    uses = (bom.used_first, bom.used, bom.parent)
    counted = [(a != 0).astype(np.int64) if exact else a for a in (inputs.receipts, inputs.independent)]
    most, widest = matching.most_pegs(begin, stop, orders[0], *counted, inputs.order_first, *uses)
    own = (*(np.empty(widest, kind) for kind in (np.int32, np.int16, np.int16)), np.empty(widest, good.dtype))
    wait = (np.empty(widest, np.int32), np.empty(widest, np.int16), np.empty(widest, good.dtype))
    offsets, slot = np.empty(stop - begin + 1, np.int64), np.empty(inputs.weeks + 2, np.int64)
    out = (np.empty(most, np.int16), np.empty(most, np.int32), np.empty(most, np.int16), np.empty(most, good.dtype))
    first, _, qty, scrap, start, end, group, priority = bom.columns(exact)
    kernel = in_python(matching.peg) if exact else matching.peg
    count = kernel(
        begin, stop, inputs.row, inputs.release, inputs.safety, inputs.on_hand, inputs.receipts, good,
        first, qty, scrap, start, end, group, priority, bom.plain,
        inputs.independent, inputs.order_first, inputs.order_week, inputs.order_qty, inputs.order_ref,
        *uses, *orders, *own, *wait, slot, offsets, *out,
    )  # fmt: skip
    code, line, week, quantity = out
    return PegArrays(begin, offsets, code[:count], line[:count], week[:count], quantity[:count])
