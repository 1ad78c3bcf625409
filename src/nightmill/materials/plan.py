"""The records of a material plan: planned orders, pegs, exceptions, totals, and the same plan as arrays."""

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.materials.inputs import Ints, MrpInputs


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


class PegArrays(msgspec.Struct, frozen=True):
    """Pegs item by item: those of item ``begin`` + k stand at ``first[k] .. first[k + 1] - 1``; codes as in ``matching``."""

    begin: int
    first: Ints
    code: npt.NDArray[np.int16]
    line: npt.NDArray[np.int32]
    week: npt.NDArray[np.int16]
    quantity: Ints


class PlanArrays(msgspec.Struct, frozen=True):
    """A computed plan: rows in low-level-code order (``inputs.names``), columns are weeks.

    ``good`` [n, W] are the planned quantities by the week they are due, ``gross`` [n, W] all demand; ``pegs`` cover all items, part by part.
    """

    inputs: MrpInputs
    good: Ints
    gross: Ints
    pegs: tuple[PegArrays, ...]
