"""Net change: a live plan that re-plans only what a change affects (Orlicky 1975, ch. 5).

The result is the plan that ``compute_plan`` would give from the changed inputs, quantity for quantity.
"""

import msgspec
import numpy as np

from nightmill.mrp.arrays import GOOD, LIMIT, Ints, MrpInputs
from nightmill.mrp.explode import compute_plan, item_columns, orders_of, pegs_of
from nightmill.mrp.pegging import peg_records
from nightmill.mrp.plan import OrderArrays, Peg, PlanArrays
from nightmill.vocabulary.errors import BadInput, Finding

MOST_SHORT = 2**30
"""The largest quantity that 32-bit integers hold with room for one more addition."""


class PlanChange(msgspec.Struct, frozen=True):
    """A change to one item: more (or fewer, < 0) pieces of demand or of receipts in ``week``, or of stock on hand."""

    item: str
    demand: int = 0
    receipts: int = 0
    on_hand: int = 0
    week: int = 0


class LivePlan:
    """A computed plan that accepts changes."""

    def __init__(self, inputs: MrpInputs) -> None:
        inputs = msgspec.structs.replace(
            inputs, on_hand=inputs.on_hand.copy(), receipts=inputs.receipts.copy(), independent=inputs.independent.copy()
        )  # fmt: skip
        self._row = {name: i for i, name in enumerate(inputs.names)}
        n, bom = len(inputs.names), inputs.bom
        most = int(np.count_nonzero(np.diff(bom.first))) * inputs.weeks
        self._hit, self._changes = np.zeros(n, np.uint8), np.zeros(n, np.int64)
        self._orders = (np.empty(most, np.int64), np.empty(most, np.int64))
        self._uses = (bom.parent[bom.used], bom.qty[bom.used], bom.scrap[bom.used])
        self._reached: Ints = np.empty(len(inputs.names), np.int64)
        self._take(compute_plan(inputs))

    @property
    def plan(self) -> PlanArrays:
        """The current plan, with the pegs of the last ``repeg``."""
        if self._plan.inputs.exact:
            return self._plan
        return PlanArrays(self._plan.inputs, self._orders_now(), self._plan.pegs)

    def change(self, *changes: PlanChange) -> Ints:
        """Apply the changes, all or none; returns the rows of the items that were netted again, parents first.

        Raises ``BadInput`` for an unknown item, a week outside the horizon, or stock, demand or receipts below 0.
        """
        cells = self._checked(changes)
        inputs = self._plan.inputs
        less = []
        for (i, week), (demand, receipts, on_hand) in cells.items():
            inputs.independent[i, week] += demand
            inputs.receipts[i, week] += receipts
            inputs.on_hand[i] += on_hand
            less += [(i, week, demand - receipts), (i, 0, -on_hand)] if on_hand else [(i, week, demand - receipts)]
        if not less:
            return self._reached[:0]
        small = not inputs.exact and all(abs(pieces) <= self._most for *_, pieces in less)
        return self._renet(np.array(sorted(less), np.int64)) if small else self._anew()

    def _checked(self, changes: tuple[PlanChange, ...]) -> dict[tuple[int, int], tuple[int, int, int]]:
        inputs, findings = self._plan.inputs, []
        cells: dict[tuple[int, int], tuple[int, int, int]] = {}
        stock: dict[int, int] = {}
        for change in changes:
            place = f"item {change.item}, week {change.week}"
            i = self._row.get(change.item, -1)
            if i < 0 or not 0 <= change.week < inputs.weeks:
                expected = f"an item of the plan and a week from 0 to {inputs.weeks - 1}"
                findings.append(Finding("change", place, "no such cell of the plan", expected, "Correct the change."))
                continue
            demand, receipts, on_hand = cells.get((i, change.week), (0, 0, 0))
            cells[i, change.week] = (demand + change.demand, receipts + change.receipts, on_hand + change.on_hand)
            stock[i] = stock.get(i, int(inputs.on_hand[i])) + change.on_hand
        for (i, week), (demand, receipts, _) in cells.items():
            span = slice(inputs.order_first[i], inputs.order_first[i + 1])
            ordered = sum(inputs.order_qty[span][inputs.order_week[span] == week].tolist())
            left = (inputs.independent[i, week] + demand - ordered, inputs.receipts[i, week] + receipts, stock[i])
            for name, value in zip(("demand beyond customer orders", "receipts", "stock on hand"), left, strict=True):
                if value < 0:
                    place = f"item {inputs.names[i]}, week {week}"
                    findings.append(Finding("change", place, f"{name} of {value}", "0 or more", "Reduce it by less."))
        if findings:
            raise BadInput(*findings)
        return cells

    def _renet(self, less: Ints) -> Ints:
        """Net again after changes (item, week, pieces less) [k, 3], sorted."""
        from nightmill.mrp import netting_kernels

        inputs, bom = self._plan.inputs, self._plan.inputs.bom
        *columns, _, receipts = item_columns(inputs)
        self._hit[less[:, 0]] = 1
        count = netting_kernels.renet(
            *columns, receipts, bom.first, bom.child, bom.qty, bom.start, bom.end, bom.group, bom.priority, bom.plain, bom.used_first,
            bom.used, *self._uses, self._state, self._most, self._hit, *np.ascontiguousarray(less.T),
            self._changes, *self._orders, self._reached,
        )  # fmt: skip
        return self._reached[:count] if count >= 0 else self._anew()

    def _anew(self) -> Ints:
        """Plan all items from scratch."""
        self._take(compute_plan(self._plan.inputs))
        self._hit[:], self._changes[:] = 0, 0
        return np.arange(len(self._plan.inputs.names))

    def _take(self, plan: PlanArrays) -> None:
        """Store a plan in the form that net change reads: 32-bit integers if they hold it with room to spare."""
        self._plan = plan
        self._state: Ints = np.empty((0, 0, 2), np.int64)
        self._most = LIMIT
        if plan.inputs.exact:
            return
        flow = plan.inputs.receipts - plan.gross
        after = plan.inputs.on_hand[:, None] + np.cumsum(flow + plan.good, axis=1)
        state = np.stack([plan.good, after], axis=2)
        if max(state.max(initial=0), -state.min(initial=0), plan.inputs.receipts.max(initial=0)) < MOST_SHORT // 2:
            state, self._most = state.astype(np.int32), MOST_SHORT
        self._state = state

    def _orders_now(self) -> OrderArrays:
        inputs = self._plan.inputs
        return self._plan.orders if inputs.exact else orders_of(inputs, self._state[:, :, GOOD])

    def repeg(self) -> PlanArrays:
        """Rebuild all pegs; returns the plan."""
        inputs, orders = self._plan.inputs, self._orders_now()
        self._plan = PlanArrays(inputs, orders, pegs_of(inputs, orders))
        return self._plan

    def pegs_for(self, item: str) -> tuple[Peg, ...]:
        """What the supplies of ``item`` are for under the current plan. Raises ``BadInput`` for an unknown item."""
        if item not in self._row:
            raise BadInput(Finding("item", item, "no such item", "an item of the plan", "Correct the name."))
        i, plan = self._row[item], self._plan
        pegs = pegs_of(plan.inputs, self._orders_now(), i, i + 1)
        return tuple(record for part in pegs for record in peg_records(plan, part))
