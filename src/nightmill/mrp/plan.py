"""The records of a material plan (planned orders, pegs, exceptions, totals), and the plan as arrays."""

from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.mrp.arrays import Ints, MrpInputs, OrderArrays, Shorts


class PlannedOrder(msgspec.Struct, frozen=True):
    """An order to release: ``start_quantity`` pieces are started to get ``quantity`` good ones; weeks are counted from 0 = now."""

    id: str
    item: str
    quantity: int
    start_quantity: int
    release_week: int
    due_week: int
    past_due_weeks: int
    phantom: bool


class Peg(msgspec.Struct, frozen=True):
    """``quantity`` of ``item`` pegged from a supply (stock, receipt:WEEK or an order id) to a demand."""

    item: str
    quantity: int
    supply: str
    demand: str


class PlanException(msgspec.Struct, frozen=True):
    """An action message for the planner: ``kind`` is past_due, expedite, defer, cancel or no_component."""

    kind: str
    item: str
    week: int
    quantity: int
    message: str


class ItemTotal(msgspec.Struct, frozen=True):
    """The good quantity and the number of all planned orders for one item."""

    item: str
    quantity: int
    orders: int


class MrpPlan(msgspec.Struct, frozen=True):
    """The result of ``nightmill mrp``; ``plan_seconds`` is measured by the caller, which owns the clock."""

    weeks: int
    plan_seconds: float
    planned_orders: tuple[PlannedOrder, ...]
    pegging: tuple[Peg, ...]
    exceptions: tuple[PlanException, ...]


class MrpSummary(msgspec.Struct, frozen=True):
    """The result of ``nightmill mrp --summary``."""

    weeks: int
    plan_seconds: float
    totals: tuple[ItemTotal, ...]
    exceptions: tuple[PlanException, ...]


class PegArrays(msgspec.Struct, frozen=True):
    """Pegs item by item: those of item ``begin`` + k are at ``first[k] .. first[k + 1] - 1``; codes as in ``matching_kernels``.

    ``short`` holds the pegged pieces if they fit into 32 bits, and -1 - k if they are ``large[k]``.
    """

    begin: int
    first: Ints
    code: Shorts
    demand: Ints
    short: npt.NDArray[np.int32]
    large: Ints

    @property
    def quantity(self) -> Ints:
        """The number of pegged pieces."""
        quantity = self.short.astype(self.large.dtype)
        far = np.flatnonzero(self.short < 0)
        quantity[far] = self.large[-1 - self.short[far].astype(np.int64)]
        return quantity


class PlanArrays(msgspec.Struct, frozen=True, dict=True):
    """A computed plan: rows in low-level-code order (``inputs.names``), columns by week; ``pegs`` cover all items, in consecutive parts."""

    inputs: MrpInputs
    orders: OrderArrays
    pegs: tuple[PegArrays, ...]

    @cached_property
    def good(self) -> Ints:
        """Planned quantities [n, W] by the week they are due; 0 = no order."""
        good: Ints = np.zeros(self.inputs.independent.shape, self.inputs.independent.dtype)
        item, place = self.orders.places()
        good[item, self.orders.due[place]] = self.orders.size[place]
        return good

    @cached_property
    def gross(self) -> Ints:
        """Gross demand [n, W], including the demand from planned orders."""
        from nightmill.mrp import matching_kernels
        from nightmill.mrp.lot_sizing import in_python

        inputs, gross = self.inputs, self.inputs.independent.copy()
        draw = in_python(matching_kernels.draw) if inputs.exact else matching_kernels.draw
        draw(inputs.items, inputs.lines, self.orders, gross)
        return gross
