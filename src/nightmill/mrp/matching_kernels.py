"""The planning kernels: item by item, demand is collected from the parents' orders, netted into orders, and pegged.

The supplies of an item, in order of time, each have a ``code``: 0 is stock, 1 + 2w the receipt in week w, and 2 + 2w the order planned
for week w. They are matched to demands first in, first out. A ``demand`` >= 0 is parent · W + the due week of the parent's order that
draws; other demands are coded as in ``arrays``: the safety stock, demand in a week, a customer order. Within a week, customer orders come
first, followed by other independent demand and then by parents' orders, by parent and due week. If an order draws through several lines,
this is one demand. Arrays are as in ``effectivity``. In addition, where-used arrays: the lines of child i are ``used[used_first[i]] ..``,
and ``parent`` [m] is the parent of each line.

The same source runs as plain Python (``lot_sizing.in_python``) with the same result.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nightmill.mrp.arrays import (
    FORECAST,
    LIMIT,
    SAFETY,
    BomArrays,
    CustomerOrderArrays,
    Flags,
    Ints,
    ItemArrays,
    OrderArrays,
    Shorts,
)
from nightmill.mrp.effectivity import MOST_DRAWN, line_used
from nightmill.mrp.lot_sizing import LotMemory, LotRule, lot_size
from nightmill.vocabulary.compiled import compiled, compiled_inline, compiled_with_arrays

DONE, TOO_LARGE, PEGS_FULL, DEMANDS_FULL = 0, 1, 2, 3
"""Why ``plan_items`` returned: all planned; a quantity near the int64 limit; no space for the pegs, or the demands, of the next item."""
MOST_SHORT = 2**31 - 1


class Planning(NamedTuple):
    """A plan in progress; with ``guard``, planning stops at quantities near the int64 limit."""

    items: ItemArrays
    bom: BomArrays
    customer_orders: CustomerOrderArrays
    orders: OrderArrays
    guard: bool


class Scratch(NamedTuple):
    """Memory for one item: demand and planned quantities [W], places by week [W + 2], and its demands before and after sorting."""

    gross: Ints
    good: Ints
    slot: Ints
    own_demand: Ints
    own_at: Shorts
    own: Ints
    wait_demand: Ints
    wait: Ints
    lots: LotMemory


class PegSpace(NamedTuple):
    """Space for the pegs of several items, as in ``plan.PegArrays``; ``filled`` [2] counts the pegs and the large ones so far."""

    first: Ints
    code: Shorts
    demand: Ints
    short: npt.NDArray[np.int32]
    large: Ints
    filled: Ints


class PegLinks(NamedTuple):
    """The pegs of several items without their quantities, as in ``plan.PegArrays``."""

    first: Ints
    code: Shorts
    demand: Ints


@compiled_with_arrays
def levels(parent: Ints, child: Ints, items: int) -> Ints:
    """Return the starts of blocks in which no item uses another item in the same block; the last entry is the number of items."""
    latest = np.full(items, -1)
    for j in range(len(parent)):
        latest[child[j]] = parent[j]  # lines are sorted by parent
    bounds = np.empty(items + 2, np.int64)
    bounds[0] = 0
    count = 1
    for i in range(items):
        if latest[i] >= bounds[count - 1]:
            bounds[count] = i
            count += 1
    bounds[count] = items
    return bounds[: count + 1]


@compiled
def draw(items: ItemArrays, bom: BomArrays, orders: OrderArrays, gross: Ints) -> None:
    """Add the pieces that planned orders draw to ``gross`` [n, W]."""
    for i in range(len(orders.first)):
        share = items.share[i]
        for j in range(bom.first[i], bom.first[i + 1]):
            child, scrap = bom.child[j], bom.scrap[j]
            for o in range(orders.first[i], orders.last[i]):
                week = items.release[items.row[i], orders.due[o]]
                if bom.plain[i] or line_used(bom, i, j, week):
                    begun = orders.size[o] if share == 100 else -(-100 * orders.size[o] // share)
                    drawn = begun * bom.qty[j]
                    if scrap != 0:
                        drawn = -(-100 * drawn // (100 - scrap))
                    gross[child, week] = gross[child, week] + drawn


@compiled_inline
def _in_order_of_time(count: int, scratch: Scratch) -> None:
    """Sort an item's demands by their weeks; the sort is stable within a week."""
    slot, at = scratch.slot, scratch.own_at
    slot[:] = 0
    for d in range(count):
        slot[at[d] + 1] += 1
    for t in range(len(slot) - 2):
        slot[t + 1] += slot[t]
    for d in range(count):
        place = slot[at[d]]
        slot[at[d]] = place + 1
        scratch.wait_demand[place], scratch.wait[place] = scratch.own_demand[d], scratch.own[d]


@compiled_inline
def _from_outside(plan: Planning, scratch: Scratch, i: int) -> int:
    """List item i's independent demands in order of time, customer orders first within a week; return their number."""
    independent, orders = plan.items.independent, plan.customer_orders
    own_demand, own_at, own = scratch.own_demand, scratch.own_at, scratch.own
    W = independent.shape[1]
    count, order = 0, orders.first[i]
    for t in range(W):
        rest = independent[i, t]
        if rest == 0:
            continue
        while order < orders.first[i + 1] and orders.week[order] == t:
            rest = rest - orders.qty[order]
            own_demand[count], own_at[count] = FORECAST - W - orders.ref[order], t
            own[count] = orders.qty[order]
            count += 1
            order += 1
        if rest != 0:
            own_demand[count], own_at[count] = FORECAST - t, t
            own[count] = rest
            count += 1
    return count


@compiled_inline
def _from_parents(plan: Planning, scratch: Scratch, i: int, count: int) -> int:
    """List the demands by the orders of item i's parents, starting at position ``count``.

    Returns the new number of demands, or -1 if one is too large.
    """
    items, bom, orders, guard = plan.items, plan.bom, plan.orders, plan.guard
    W, used = items.receipts.shape[1], bom.used
    k = bom.used_first[i]
    while k < bom.used_first[i + 1]:
        p, begin = bom.parent[used[k]], k
        while k < bom.used_first[i + 1] and bom.parent[used[k]] == p:
            k += 1
        for o in range(orders.first[p], orders.last[p]):
            week = items.release[items.row[p], orders.due[o]]
            begun = orders.size[o] if items.share[p] == 100 else -(-100 * orders.size[o] // items.share[p])
            drawn = 0 * begun
            for u in range(begin, k):
                j = used[u]
                if bom.plain[p] or line_used(bom, p, j, week):
                    if guard and float(begun) * float(bom.qty[j]) > MOST_DRAWN:
                        return -1
                    pieces = begun * bom.qty[j]
                    if bom.scrap[j] != 0:
                        pieces = -(-100 * pieces // (100 - bom.scrap[j]))
                    drawn = drawn + pieces
            if guard and drawn > LIMIT:
                return -1
            if drawn != 0:
                scratch.own_demand[count], scratch.own_at[count] = p * W + orders.due[o], week
                scratch.own[count] = drawn
                count += 1
    return count


@compiled_inline
def _net(plan: Planning, scratch: Scratch, i: int, cursor: int) -> int:
    """Net item i's demand ``scratch.gross`` [W] into ``scratch.good`` [W] and list its orders from ``cursor`` on.

    Returns the next free position, or -1 if an order is too large.
    """
    items, orders, gross, receipts = plan.items, plan.orders, scratch.gross, plan.items.receipts[i]
    rule, lot, safety = items.rule[i], items.lot[i], items.safety[i]
    available = items.on_hand[i]
    for t in range(len(gross)):
        available = available + receipts[t] - gross[t]
        if available >= safety:
            continue
        need = safety - available
        # The most common rules are inlined, since a call would cost more than the rule itself.
        pieces = need
        if rule == 1:
            pieces = -(-need // lot) * lot
        elif rule > 1:
            pieces = lot_size(LotRule(rule, lot, items.trade[i]), need, t, receipts, gross, scratch.lots)
        if plan.guard and pieces > LIMIT:
            return -1
        scratch.good[t] = pieces
        orders.due[cursor] = t
        orders.size[cursor] = pieces
        cursor += 1
        available = available + pieces
    return cursor


@compiled_inline
def _match(items: ItemArrays, i: int, demand: Ints, pieces: Ints, good: Ints, space: PegSpace) -> None:
    """Peg item i's demands in order of time, and then its safety stock."""
    receipts, W = items.receipts[i], len(good)
    pegs, far = space.filled[0], space.filled[1]
    code, left = 0, items.on_hand[i]
    for d in range(len(demand) + 1):
        to, need = SAFETY, items.safety[i]
        if d < len(demand):
            to, need = demand[d], pieces[d]
        while need != 0:
            if left == 0:
                code += 1
                if code > 2 * W:
                    break
                w = (code - 1) >> 1
                left = receipts[w] if code & 1 else good[w]
                continue
            taken = min(need, left)
            space.code[pegs], space.demand[pegs] = code, to
            if taken <= MOST_SHORT:
                space.short[pegs] = taken
            else:
                space.short[pegs] = -1 - far
                space.large[far] = taken
                far += 1
            pegs += 1
            need = need - taken
            left = left - taken
    space.filled[0], space.filled[1] = pegs, far


@compiled
def plan_items(
    plan: Planning, scratch: Scratch, space: PegSpace, begin: int, stop: int, cursor: int
) -> tuple[int, int, int, int, int]:
    """Plan and peg items from ``begin`` on, whose parents are already planned; pegs of item i start at ``space.first[i - begin]``.

    Their orders are listed from ``cursor`` on. Returns why it stopped, the first item that isn't planned, the next cursor, the number of
    large pegs, and the space that the next item needs.
    """
    items, bom, customer_orders, orders = plan.items, plan.bom, plan.customer_orders, plan.orders
    own, own_at = scratch.own, scratch.own_at
    W = items.receipts.shape[1]
    gross, good = scratch.gross, scratch.good
    space.first[0] = 0
    for i in range(begin, stop):
        far = space.filled[1]
        widest = customer_orders.first[i + 1] - customer_orders.first[i] + W
        for k in range(bom.used_first[i], bom.used_first[i + 1]):
            parent = bom.parent[bom.used[k]]
            widest += orders.last[parent] - orders.first[parent]
        if widest > len(own):
            return DEMANDS_FULL, i, cursor, far, widest
        if space.filled[0] + widest + 2 * W + 2 > len(space.code):
            return PEGS_FULL, i, cursor, far, widest + 2 * W + 2
        count = _from_parents(plan, scratch, i, _from_outside(plan, scratch, i))
        if count < 0:
            return TOO_LARGE, i, cursor, far, 0
        ordered = True
        for d in range(1, count):
            ordered = ordered and own_at[d - 1] <= own_at[d]
        good[:] = 0
        gross[:] = 0
        for d in range(count):
            gross[own_at[d]] = gross[own_at[d]] + own[d]
            if plan.guard and gross[own_at[d]] > LIMIT:
                return TOO_LARGE, i, cursor, far, 0
        orders.first[i] = cursor
        cursor = _net(plan, scratch, i, cursor)
        if cursor < 0:
            return TOO_LARGE, i, cursor, far, 0
        orders.last[i] = cursor
        demand, pieces = scratch.own_demand, own
        if not ordered:
            _in_order_of_time(count, scratch)
            demand, pieces = scratch.wait_demand, scratch.wait
        _match(items, i, demand[:count], pieces[:count], good, space)
        space.first[i - begin + 1] = space.filled[0]
    return DONE, stop, cursor, space.filled[1], 0


@compiled
def climb_pegs(begin: int, weeks: int, pegs: PegLinks, hit: Flags, chosen: Flags) -> None:
    """Follow supplies up the pegs, from the last item to the first.

    ``hit`` [n, 2W + 1] marks supplies by item and code; the parents' orders that draw on marked supplies are added to it. ``chosen`` is
    set for the pegs from marked supplies to independent demand.
    """
    for k in range(len(pegs.first) - 2, -1, -1):
        for p in range(pegs.first[k], pegs.first[k + 1]):
            if not hit[begin + k, pegs.code[p]]:
                continue
            demand = pegs.demand[p]
            if demand >= 0:
                hit[demand // weeks, 2 + 2 * (demand % weeks)] = True
            elif demand != SAFETY:
                chosen[p] = True
