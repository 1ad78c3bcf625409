"""Material requirements planning: what to make and buy, when, and for whom (multi-level, netted, lot-sized).

The rule is the one of the file format ``nightmill mrp``: items in low-level-code order, weeks in time
order, exact integers. ``compute_plan`` works on arrays; ``plan_answer`` and ``plan_summary`` turn the
result into records. Where a quantity could leave int64, the same kernels run on Python integers.
"""

import msgspec
import numpy as np

from nightmill.materials.pegging import Demands, independent_demands, plan_answer, sorted_demands, sorted_supplies
from nightmill.materials.plan import Ints, MrpPlan, PlanArrays
from nightmill.materials.tables import Item, MaterialTables
from nightmill.vocabulary.errors import BadInput, Finding

RULES = {"L4L": 0, "MULT": 1, "MIN": 2, "POQ": 3}
MAX_WEEKS = 2048


class _Bom(msgspec.Struct, frozen=True):
    first: Ints
    child: Ints
    qty: Ints
    scrap: Ints
    start: Ints
    end: Ints
    group: Ints
    priority: Ints

    def arrays(self, exact: bool) -> tuple[Ints, ...]:
        """The kernels' columns; with ``exact`` those that meet quantities hold Python integers."""
        qty, scrap = (self.qty.astype(object), self.scrap.astype(object)) if exact else (self.qty, self.scrap)
        return (self.first, self.child, qty, scrap, self.start, self.end, self.group, self.priority)


def compute_plan(tables: MaterialTables, weeks: int = 52) -> PlanArrays:
    """Nets, lot-sizes, offsets and pegs the whole plan over weeks 0 .. ``weeks`` - 1.

    Raises ``BadInput`` when ``weeks`` is outside 1 .. 2048. The tables hold no cycle (``read_tables`` proves it).
    """
    from nightmill.materials import netting

    if not 1 <= weeks <= MAX_WEEKS:
        raise BadInput(Finding("--weeks", "", str(weeks), f"1 .. {MAX_WEEKS} weeks", "Choose another horizon."))
    items, index = _low_level_order(tables)
    bom = _bom_arrays(tables, index, weeks)
    exact = _inputs_sum(tables) >= netting.LIMIT // 128
    while True:
        quantity = object if exact else np.int64
        column = _columns(items, tables, index, weeks, quantity)
        lead, rule, lot, safety, share, on_hand, receipts, gross = column
        good = np.zeros(gross.shape, quantity)
        kernel = netting.net.py_func if exact else netting.net
        independent = gross.copy()
        if kernel(lead, rule, lot, safety, share, on_hand, receipts, gross, good, *bom.arrays(exact), not exact):
            break
        exact = True
    return _pegged(tables, items, index, bom, weeks, column, good, independent, exact)


def _inputs_sum(tables: MaterialTables) -> int:
    rows = [row.qty for table in (tables.demand, tables.receipts) for row in table] + [o.qty for o in tables.orders]
    largest = max((item.safety_stock + item.lot_size for item in tables.items), default=0)
    return (
        sum(rows)
        + sum(row.on_hand for row in tables.stock)
        + largest
        + max((line.qty for line in tables.bom), default=0)
    )


def _low_level_order(tables: MaterialTables) -> tuple[list[Item], dict[str, int]]:
    """Items so that every parent comes before its children: by longest path from a top item, over all lines."""
    code = dict.fromkeys((item.item for item in tables.items), 0)
    children: dict[str, list[str]] = {item.item: [] for item in tables.items}
    uses = dict.fromkeys(code, 0)
    for line in tables.bom:
        children[line.parent].append(line.child)
        uses[line.child] += 1
    ready = [name for name, count in uses.items() if not count]
    while ready:
        parent = ready.pop()
        for child in children[parent]:
            code[child] = max(code[child], code[parent] + 1)
            uses[child] -= 1
            if not uses[child]:
                ready.append(child)
    items = sorted(tables.items, key=lambda item: code[item.item])
    return items, {item.item: position for position, item in enumerate(items)}


def _bom_arrays(tables: MaterialTables, index: dict[str, int], weeks: int) -> _Bom:
    lines = sorted(tables.bom, key=lambda line: index[line.parent])
    groups: dict[str, int] = {}
    first = np.zeros(len(index) + 1, np.int64)
    for line in lines:
        first[index[line.parent] + 1] += 1
    far = MAX_WEEKS
    small = [min(line.qty, 2**62) for line in lines]
    quantities = np.array([line.qty for line in lines], np.int64 if small == [line.qty for line in lines] else object)
    return _Bom(
        first=np.cumsum(first),
        child=np.array([index[line.child] for line in lines], np.int64),
        qty=quantities,
        scrap=np.array([line.scrap_percent for line in lines], np.int64),
        start=np.array([min(line.from_week, far) for line in lines], np.int64),
        end=np.array([weeks - 1 if line.to_week is None else min(line.to_week, far) for line in lines], np.int64),
        group=np.array(
            [groups.setdefault(line.alternate_group, len(groups)) if line.alternate_group else -1 for line in lines],
            np.int64,
        ),
        priority=np.array([line.priority for line in lines], np.int64),
    )


def _columns(
    items: list[Item], tables: MaterialTables, index: dict[str, int], weeks: int, quantity: type
) -> tuple[Ints, ...]:
    plain = [item.source == "phantom" for item in items]
    lead = np.array([0 if p else min(i.lead_time_weeks, 10**6) for i, p in zip(items, plain, strict=True)], np.int64)
    rule = np.array([0 if p else RULES[i.lot_rule] for i, p in zip(items, plain, strict=True)], np.int64)
    lot: Ints = np.array([1 if p else i.lot_size for i, p in zip(items, plain, strict=True)], quantity)
    safety: Ints = np.array([0 if p else i.safety_stock for i, p in zip(items, plain, strict=True)], quantity)
    share: Ints = np.array([100 if p else i.yield_percent for i, p in zip(items, plain, strict=True)], quantity)
    on_hand: Ints = np.zeros(len(items), quantity)
    receipts: Ints = np.zeros((len(items), weeks), quantity)
    gross: Ints = np.zeros((len(items), weeks), quantity)
    for stock in tables.stock:
        on_hand[index[stock.item]] += stock.on_hand
    for row in tables.receipts:
        if row.week < weeks:
            receipts[index[row.item], row.week] += row.qty
    for row in tables.demand:
        if row.week < weeks:
            gross[index[row.item], row.week] += row.qty
    for order in tables.orders:
        if order.due_week is not None and order.due_week < weeks:
            gross[index[order.item], order.due_week] += order.qty
    return lead, rule, lot, safety, share, on_hand, receipts, gross


def _pegged(
    tables: MaterialTables, items: list[Item], index: dict[str, int], bom: _Bom, weeks: int,
    column: tuple[Ints, ...], good: Ints, independent: Ints, exact: bool,
) -> PlanArrays:  # fmt: skip
    from nightmill.materials import netting

    lead, _, _, safety, share, on_hand, receipts, gross = column
    n = len(items)
    quantity = good.dtype
    supplies = sorted_supplies(on_hand, receipts, good)
    draws = netting.draws.py_func if exact else netting.draws
    slot = np.zeros((n, weeks), np.int64)
    empty = np.zeros(0, np.int64)
    lines = bom.arrays(exact)
    draws(lead, share, good, *lines, slot, empty, empty, np.zeros(0, quantity), False)
    count = int(slot.sum())
    starts = (np.cumsum(slot.ravel()) - slot.ravel()).reshape(slot.shape)
    parent, due, amount = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, quantity)
    draws(lead, share, good, *lines, starts.copy(), parent, due, amount, True)
    cells = np.repeat(np.arange(n * weeks), slot.ravel())
    drawn = Demands(cells // weeks, cells % weeks, np.full(count, 2), parent, due, amount)
    own, order_names = independent_demands(tables, index, weeks, independent, safety)
    demands = sorted_demands(n, weeks, own, drawn)
    most = len(supplies.quantity) + len(demands.quantity)
    out = (np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, quantity))
    left = supplies.quantity.copy()
    match = netting.match.py_func if exact else netting.match
    pegs = match(supplies.first, supplies.quantity, demands.first, demands.quantity, left, *out)
    return PlanArrays(
        weeks=weeks,
        names=tuple(item.item for item in items),
        phantom=np.array([item.source == "phantom" for item in items]),
        lead=lead, good=good, start=-(-100 * good // share[:, None]), gross=gross, receipts=receipts, on_hand=on_hand,
        supply_item=supplies.item, supply_week=supplies.week, supply_kind=supplies.kind, supply_left=left,
        demand_owner=demands.owner, demand_kind=demands.kind, demand_item=demands.ref_item,
        demand_week=demands.ref_week, demand_due=demands.week,
        peg_supply=out[0][:pegs], peg_demand=out[1][:pegs], peg_quantity=out[2][:pegs], order_names=order_names,
        no_component=_without_component(lead, good, bom),
    )  # fmt: skip


def _without_component(lead: Ints, good: Ints, bom: _Bom) -> tuple[tuple[int, int], ...]:
    """(item, due week) of orders whose item has BOM lines, or an alternate group, of which none is usable then."""
    dated = np.zeros(len(lead), bool)
    limited = (bom.start > 0) | (bom.end < good.shape[1] - 1)
    owner = np.repeat(np.arange(len(lead)), np.diff(bom.first))
    dated[owner[limited]] = True
    found: list[tuple[int, int]] = []
    for i in np.flatnonzero(dated):
        span = slice(bom.first[i], bom.first[i + 1])
        groups = bom.group[span]
        for t in np.flatnonzero(good[i] != 0):
            week = max(0, t - lead[i])
            usable = (bom.start[span] <= week) & (bom.end[span] >= week)
            dead_group = any(not usable[groups == g].any() for g in set(groups[groups >= 0].tolist()))
            if dead_group or not usable.any():
                found.append((int(i), int(t)))
    return tuple(found)


def plan_mrp(tables: MaterialTables, weeks: int = 52) -> MrpPlan:
    """The whole plan as records (see ``compute_plan``); ``plan_seconds`` is 0, as this room has no clock."""
    return plan_answer(compute_plan(tables, weeks), 0.0)
