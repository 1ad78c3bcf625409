"""Net change: a plan that is kept and nets again only what a change reaches (Orlicky 1975, ch. 5).

The result is the plan that ``compute_plan`` would give from the changed inputs, quantity for quantity.
"""

import msgspec
import numpy as np

from nightmill.materials.inputs import Ints, MrpInputs
from nightmill.materials.mrp import compute_plan, item_columns, pegs_of
from nightmill.materials.pegging import peg_records
from nightmill.materials.plan import Peg, PlanArrays
from nightmill.vocabulary.errors import BadInput, Finding


class PlanChange(msgspec.Struct, frozen=True):
    """What became different of one item: pieces more (or less, < 0) of demand or of receipts in ``week``, or of stock on hand."""

    item: str
    demand: int = 0
    receipts: int = 0
    on_hand: int = 0
    week: int = 0


class LivePlan:
    """A computed plan that takes changes. ``plan`` holds its arrays, always up to date, its pegs those of the last ``repeg``."""

    def __init__(self, inputs: MrpInputs) -> None:
        inputs = msgspec.structs.replace(
            inputs, on_hand=inputs.on_hand.copy(), receipts=inputs.receipts.copy(), independent=inputs.independent.copy()
        )  # fmt: skip
        self.plan: PlanArrays = compute_plan(inputs)
        self._row = {name: i for i, name in enumerate(inputs.names)}
        self._since: Ints = np.full(len(inputs.names), inputs.weeks, np.int64)
        self._reached: Ints = np.empty(len(inputs.names), np.int64)

    def change(self, *changes: PlanChange) -> Ints:
        """Takes the changes, all or none; returns the rows of the items that were netted again, parents first.

        Raises ``BadInput`` for an unknown item, a week outside the horizon, or stock, demand or receipts below 0.
        """
        cells = self._checked(changes)
        inputs = self.plan.inputs
        for (i, week), (demand, receipts, on_hand) in cells.items():
            inputs.independent[i, week] += demand
            self.plan.gross[i, week] += demand
            inputs.receipts[i, week] += receipts
            inputs.on_hand[i] += on_hand
            self._since[i] = min(self._since[i], 0 if on_hand else week)
        rows = [i for i, _ in cells]
        return self._renet(min(rows)) if rows else self._reached[:0]

    def _checked(self, changes: tuple[PlanChange, ...]) -> dict[tuple[int, int], tuple[int, int, int]]:
        inputs, findings = self.plan.inputs, []
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
                    findings.append(Finding("change", place, f"{name} of {value}", "0 or more", "Take away less."))
        if findings:
            raise BadInput(*findings)
        return cells

    def _renet(self, lowest: int) -> Ints:
        from nightmill.materials import netting

        inputs = self.plan.inputs
        count = -1
        if not inputs.exact:
            count = netting.renet(
                *item_columns(inputs), self.plan.gross, self.plan.good, *inputs.bom.columns(False), inputs.bom.plain,
                self._since, lowest, self._reached,
            )  # fmt: skip
        if count >= 0:
            return self._reached[:count]
        self.plan = compute_plan(inputs)
        self._since[:] = inputs.weeks
        return np.arange(len(inputs.names))

    def repeg(self) -> PlanArrays:
        """The plan with all pegs made anew."""
        plan = self.plan
        self.plan = msgspec.structs.replace(plan, pegs=(pegs_of(plan.inputs, plan.good),))
        return self.plan

    def pegs_for(self, item: str) -> tuple[Peg, ...]:
        """What the supplies of ``item`` are for under the plan as it is now. Raises ``BadInput`` for an unknown item."""
        if item not in self._row:
            raise BadInput(Finding("item", item, "no such item", "an item of the plan", "Correct the name."))
        i = self._row[item]
        return tuple(peg_records(self.plan, pegs_of(self.plan.inputs, self.plan.good, i, i + 1)))
