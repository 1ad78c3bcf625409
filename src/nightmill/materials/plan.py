"""The records of a material plan: planned orders, pegs, exceptions, totals, and the same plan as arrays."""

import msgspec
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class PlannedOrder(msgspec.Struct, frozen=True):
    """An order to release: ``quantity`` good pieces due from ``start_quantity`` begun ones; weeks from 0 = now."""

    id: str
    item: str
    quantity: int
    start_quantity: int
    release_week: int
    due_week: int
    past_due_weeks: int
    phantom: bool


class Peg(msgspec.Struct, frozen=True):
    """``quantity`` of ``item`` that goes from a supply (stock, receipt:WEEK, order id) to a demand."""

    item: str
    quantity: int
    supply: str
    demand: str


class PlanException(msgspec.Struct, frozen=True):
    """Something a planner must see: ``kind`` is past_due, expedite, defer, cancel or no_component."""

    kind: str
    item: str
    week: int
    quantity: int
    message: str


class ItemTotal(msgspec.Struct, frozen=True):
    """All planned orders of one item: their good quantity and their number."""

    item: str
    quantity: int
    orders: int


class MrpPlan(msgspec.Struct, frozen=True):
    """The answer of ``nightmill mrp``; ``plan_seconds`` is measured by the caller, who owns the clock."""

    weeks: int
    plan_seconds: float
    planned_orders: tuple[PlannedOrder, ...]
    pegging: tuple[Peg, ...]
    exceptions: tuple[PlanException, ...]


class MrpSummary(msgspec.Struct, frozen=True):
    """The answer of ``nightmill mrp --summary``."""

    weeks: int
    plan_seconds: float
    totals: tuple[ItemTotal, ...]
    exceptions: tuple[PlanException, ...]


class PlanArrays(msgspec.Struct, frozen=True):
    """A computed plan: rows in low-level-code order (``names``), columns are weeks.

    ``good`` and ``start`` [n, W] are the planned quantities due, ``gross`` [n, W] all demand. Pegs are
    (``peg_supply``, ``peg_demand``, ``peg_quantity``) into the supplies of ``supply_week`` (-1 = stock)
    and ``supply_kind`` (0 stock, 1 receipt, 2 planned) and the demands of ``demand_kind``
    (0 demand, 1 customer order, 2 planned order of a parent, 3 safety) with ``demand_item`` and ``demand_week``.
    """

    weeks: int
    names: tuple[str, ...]
    phantom: npt.NDArray[np.bool_]
    lead: Ints
    good: Ints
    start: Ints
    gross: Ints
    receipts: Ints
    on_hand: Ints
    supply_item: Ints
    supply_week: Ints
    supply_kind: Ints
    supply_left: Ints
    demand_owner: Ints
    demand_kind: Ints
    demand_item: Ints
    demand_week: Ints
    demand_due: Ints
    peg_supply: Ints
    peg_demand: Ints
    peg_quantity: Ints
    order_names: tuple[str, ...]
    no_component: tuple[tuple[int, int], ...]
