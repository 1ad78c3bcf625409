"""The tables of a material plan as arrays in low-level-code order: the input of the kernels.

The low-level code of an item is the longest path to it from a top item over all BOM lines, so every parent comes before its children.
"""

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from nightmill.mrp.tables import Item, MaterialTables
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.ids import order_end, planned_order_id, week_end

RULES = {"L4L": 0, "MULT": 1, "MIN": 2, "POQ": 3, "EOQ": 4, "DYN": 5}
MAX_WEEKS = 2048
LIMIT = 2**50  # sums over 2^11 weeks, and 100 times a lot, stay inside int64
# Codes of independent demands in pegs: the safety stock; demand in week t is FORECAST - t, customer order k is FORECAST - W - k.
SAFETY, FORECAST = -1, -2
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Shorts = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


class BomArrays(NamedTuple):
    """BOM lines sorted by parent (columns as in ``effectivity``), and an index of the lines by child: ``used``, ``used_first``."""

    first: Ints
    child: Ints
    qty: Ints
    scrap: Ints
    start: Ints
    end: Ints
    group: Ints
    priority: Ints
    plain: Flags
    parent: Ints
    used_first: Ints
    used: Ints

    def in_exact_integers(self) -> "BomArrays":
        """Return the same lines; the columns that are combined with quantities contain Python integers."""
        return self._replace(qty=self.qty.astype(object), scrap=self.scrap.astype(object))


class ItemArrays(NamedTuple):
    """The item columns of ``MrpInputs`` that the planning kernels read."""

    row: Ints
    release: Shorts
    rule: Ints
    lot: Ints
    trade: Floats
    safety: Ints
    share: Ints
    on_hand: Ints
    receipts: Ints
    independent: Ints


class CustomerOrderArrays(NamedTuple):
    """Customer orders by item and week: those for item i are at ``first[i] .. first[i + 1] - 1``; ``ref`` is the number of the order."""

    first: Ints
    week: Ints
    qty: Ints
    ref: Ints


class OrderArrays(NamedTuple):
    """Planned orders item by item: those of item i are at ``first[i] .. last[i] - 1``.

    They are sorted by ``due``, the week of the need; ``size`` is the number of good pieces.
    """

    first: Ints
    last: Ints
    due: Shorts
    size: Ints

    def places(self) -> tuple[Ints, Ints]:
        """Return each order's item and position, item by item."""
        counts = self.last - self.first
        item = np.repeat(np.arange(len(counts)), counts)
        return item, np.arange(len(item)) + np.repeat(self.first - (np.cumsum(counts) - counts), counts)


class MrpInputs(msgspec.Struct, frozen=True):
    """All inputs of a plan over ``weeks``: items by row, weeks by column, customer orders by item and week.

    ``lead`` [n] is the lead time, and ``safety_time`` tells how many weeks before the need an order is due. ``release`` [rows, W] gives
    the release week of an order by the week of its need, and ``late`` how many weeks too late that is; an item uses the row ``row`` [n].
    ``independent`` [n, W] is all independent demand, including customer orders. With ``exact``, quantities are Python integers in object
    arrays, since they may exceed int64.
    """

    weeks: int
    names: tuple[str, ...]
    phantom: Flags
    lead: Ints
    safety_time: Ints
    row: Ints
    release: Shorts
    late: Shorts
    rule: Ints
    lot: Ints
    trade: Floats
    safety: Ints
    share: Ints
    on_hand: Ints
    receipts: Ints
    independent: Ints
    bom: BomArrays
    order_first: Ints
    order_week: Ints
    order_qty: Ints
    order_ref: Ints
    order_names: tuple[str, ...]
    exact: bool = False

    def in_exact_integers(self) -> "MrpInputs":
        """Return the same inputs with all quantities as Python integers."""
        wide = {
            name: getattr(self, name).astype(object)
            for name in ("lot", "safety", "share", "on_hand", "receipts", "independent", "order_qty")
        }
        return msgspec.structs.replace(self, **wide, exact=True)

    @property
    def items(self) -> ItemArrays:
        """The item columns that the planning kernels read."""
        return ItemArrays(*(getattr(self, name) for name in ItemArrays._fields))

    @property
    def lines(self) -> BomArrays:
        """The BOM lines, in the same integers as the quantities."""
        return self.bom.in_exact_integers() if self.exact else self.bom

    @property
    def customer_orders(self) -> CustomerOrderArrays:
        """The customer orders as one value."""
        return CustomerOrderArrays(self.order_first, self.order_week, self.order_qty, self.order_ref)


def plan_inputs(tables: MaterialTables, weeks: int = 52) -> MrpInputs:
    """Return the arrays of ``tables`` over weeks 0 .. ``weeks`` - 1. The tables must not have a cycle (``read_tables`` checks this).

    Raises ``BadInput`` when ``weeks`` is outside 1 .. 2048.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise BadInput(
            Finding("--weeks", "", str(weeks), f"1 .. {MAX_WEEKS} weeks", "Choose a number of weeks within that range.")
        )
    items, index = _low_level_order(tables)
    exact = _inputs_sum(tables) >= LIMIT // 128
    quantity: type = object if exact else np.int64
    plain = [item.source == "phantom" for item in items]
    pairs = list(zip(items, plain, strict=True))
    on_hand: Ints = np.zeros(len(items), quantity)
    receipts: Ints = np.zeros((len(items), weeks), quantity)
    independent: Ints = np.zeros((len(items), weeks), quantity)
    for stock in tables.stock:
        on_hand[index[stock.item]] += stock.on_hand
    for row in tables.receipts:
        if row.week < weeks:
            receipts[index[row.item], row.week] += row.qty
    for row in tables.demand:
        if row.week < weeks:
            independent[index[row.item], row.week] += row.qty
    orders = [(index[o.item], o.due_week, o.qty, o.order) for o in tables.orders if o.due_week is not None and o.qty]
    orders = sorted((o for o in orders if o[1] < weeks), key=lambda o: o[:2])
    for i, week, size, _ in orders:
        independent[i, week] += size
    keys = [("", 0, 0) if p else (i.calendar, i.lead_time_weeks, i.safety_time_weeks) for i, p in pairs]
    rows = {key: k for k, key in enumerate(dict.fromkeys(keys))}
    release, late = _release_weeks(tuple(rows), tables, weeks)
    owners = np.array([o[0] for o in orders], np.int64)
    return MrpInputs(
        weeks=weeks,
        names=tuple(item.item for item in items),
        phantom=np.array(plain, bool),
        lead=np.array([0 if p else min(i.lead_time_weeks, 10**6) for i, p in pairs], np.int64),
        safety_time=np.array([0 if p else min(i.safety_time_weeks, weeks) for i, p in pairs], np.int64),
        row=np.array([rows[key] for key in keys], np.int64), release=release, late=late,
        trade=np.array([_trade(i) for i in items]),
        rule=np.array([0 if p else RULES[i.lot_rule] for i, p in pairs], np.int64),
        lot=np.array([1 if p else i.lot_size for i, p in pairs], quantity),
        safety=np.array([0 if p else i.safety_stock for i, p in pairs], quantity),
        share=np.array([100 if p else i.yield_percent for i, p in pairs], quantity),
        on_hand=on_hand, receipts=receipts, independent=independent, bom=_bom_arrays(tables, index, weeks),
        order_first=np.searchsorted(owners, np.arange(len(items) + 1)).astype(np.int64),
        order_week=np.array([o[1] for o in orders], np.int64),
        order_qty=np.array([o[2] for o in orders], quantity),
        order_ref=np.arange(len(orders), dtype=np.int64),
        order_names=tuple(o[3] for o in orders),
        exact=exact,
    )  # fmt: skip


def _trade(item: Item) -> float:
    """Return the cost of an order divided by that of holding a piece for a week.

    Without a price, holding stock costs nothing, so there is no reason for small lots.
    """
    held_usd = item.price_usd * item.hold_percent_year / 100.0 / 52.0
    return item.order_usd / held_usd if held_usd > 0 else 0.0


def _release_weeks(keys: tuple[tuple[str, int, int], ...], tables: MaterialTables, weeks: int) -> tuple[Shorts, Shorts]:
    """Return the release week by week of need, and how many weeks too late it is, for each (calendar, lead time, safety time).

    An order is due its safety time before the need, in week 0 at the earliest. Its lead time is counted back from there in open weeks,
    and it is released in an open week. Releases before week 0 move to week 0, which counts as open: such an order arrives after its lead
    time in open weeks from week 0 on, and is late by the difference.
    """
    closed: dict[str, set[int]] = {}
    for row in tables.calendar:
        closed.setdefault(row.calendar, set()).add(row.week)
    release = np.zeros((max(1, len(keys)), weeks), np.int16)
    late = np.zeros_like(release)
    need = np.arange(weeks)
    for k, (calendar, lead, safety_time) in enumerate(keys):
        off = closed.get(calendar, set())
        open_before = np.cumsum([0, *(week not in off for week in range(weeks))])
        open_weeks = np.array([week for week in range(weeks) if week not in off] or [0])
        # Before week 0 every week counts as open.
        due = need - min(safety_time, 30_000)
        place = np.where(due >= 0, open_before[np.maximum(due, 0)], due) - min(lead, 30_000)
        place -= np.isin(due, list(off)) & (lead == 0)
        release[k] = np.where(place >= 0, open_weeks[np.clip(place, 0, len(open_weeks) - 1)], 0)
        worked = np.cumsum([1, *(week not in off for week in range(1, weeks))])
        there = int(np.searchsorted(worked, lead)) + 1 if 0 < lead <= worked[-1] else weeks + lead - int(worked[-1])
        late[k] = np.where(place < 0, np.clip((there if lead else 0) - np.maximum(due, 0), 0, 32_000), 0)
    return release, late


def _inputs_sum(tables: MaterialTables) -> int:
    rows = [row.qty for table in (tables.demand, tables.receipts) for row in table] + [o.qty for o in tables.orders]
    largest = max((item.safety_stock + item.lot_size for item in tables.items), default=0)
    most_used = max((line.qty for line in tables.bom), default=0)
    return sum(rows) + sum(row.on_hand for row in tables.stock) + largest + most_used


def _low_level_order(tables: MaterialTables) -> tuple[list[Item], dict[str, int]]:
    """Return the items sorted by low-level code (in file order within a code), and each item's row."""
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


def _bom_arrays(tables: MaterialTables, index: dict[str, int], weeks: int) -> BomArrays:
    lines = sorted(tables.bom, key=lambda line: index[line.parent])
    groups: dict[str, int] = {}
    small = [line.qty <= 2**62 for line in lines]
    far = MAX_WEEKS
    named = [
        groups.setdefault(line.alternate_group, len(groups)) if line.alternate_group else -1 for line in lines
    ]  # fmt: skip
    columns = BomLines(
        parent=np.array([index[line.parent] for line in lines], np.int64),
        child=np.array([index[line.child] for line in lines], np.int64),
        qty=np.array([line.qty for line in lines], np.int64 if all(small) else object),
        scrap=np.array([line.scrap_percent for line in lines], np.int64),
        start=np.array([min(line.from_week, far) for line in lines], np.int64),
        end=np.array([weeks - 1 if line.to_week is None else min(line.to_week, far) for line in lines], np.int64),
        group=np.array(named, np.int64),
        priority=np.array([line.priority for line in lines], np.int64),
    )
    return bom_arrays(len(index), columns, weeks)


class BomLines(NamedTuple):
    """Lines of bills of material sorted by ``parent``, one array [m] per column.

    Parent and child are item indices; ``qty`` is the pieces of the child in one parent, ``scrap`` is in percent, ``start`` and ``end``
    are the first and last week, ``group`` is the group of alternatives (-1: none) and ``priority`` the priority in it.
    """

    parent: Ints
    child: Ints
    qty: Ints
    scrap: Ints
    start: Ints
    end: Ints
    group: Ints
    priority: Ints


def bom_arrays(n: int, lines: BomLines, weeks: int) -> BomArrays:
    """Return the lines of ``n`` items with indices in both directions."""
    parent, child, qty, scrap, start, end, group, priority = lines
    dated = np.zeros(n, bool)
    dated[parent[(start > 0) | (end < weeks - 1) | (group >= 0)]] = True
    rows = np.arange(n + 1)
    used = np.argsort(child, kind="stable").astype(np.int64)
    return BomArrays(
        first=np.searchsorted(parent, rows).astype(np.int64), child=child, qty=qty, scrap=scrap, start=start, end=end,
        group=group, priority=priority, plain=~dated, parent=parent,
        used_first=np.searchsorted(child[used], rows).astype(np.int64), used=used,
    )  # fmt: skip


def demand_name(inputs: MrpInputs, demand: int) -> str:
    """Return the name of a demand in the answer, from its code in ``matching_kernels``."""
    if demand >= 0:
        parent, week = divmod(demand, inputs.weeks)
        return planned_order_id(inputs.names[parent], week)
    if demand == SAFETY:
        return "safety"
    place = FORECAST - demand
    if place < inputs.weeks:
        return week_end("demand", place)
    return order_end(inputs.order_names[place - inputs.weeks])
