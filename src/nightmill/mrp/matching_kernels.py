"""The planning kernels: item by item, demand is collected from the parents' orders, netted into orders, and pegged.

The supplies of an item, in order of time, each have a ``code``: 0 is stock, 1 + 2w the receipt in week w, and 2 + 2w the order planned
for week w. They are matched to demands first in, first out. A ``demand`` >= 0 is parent · W + the due week of the parent's order that
draws; other demands are coded as in ``arrays``: the safety stock, demand in a week, a customer order. Within a week, customer orders come
first, followed by other independent demand and then by parents' orders, by parent and due week. If an order draws through several lines,
this is one demand. Arrays are as in ``effectivity``. In addition, where-used arrays: the lines of child i are ``used[used_first[i]] ..``,
and ``parent`` [m] is the parent of each line; customer orders for item i are ``order_first[i] ..`` by week. Planned orders are those of
``plan.OrderArrays``.

The same source runs as plain Python (``lot_sizing.in_python``) with the same result.
"""

import numba
import numpy as np

from nightmill.mrp.arrays import FORECAST, LIMIT, SAFETY, Flags, Floats, Ints, Shorts
from nightmill.mrp.effectivity import MOST_DRAWN, line_used
from nightmill.mrp.lot_sizing import lot_size

DONE, TOO_LARGE, PEGS_FULL, DEMANDS_FULL = 0, 1, 2, 3
"""Why ``plan_items`` returned: all planned; a quantity near the int64 limit; no space for the pegs, or the demands, of the next item."""
MOST_SHORT = 2**31 - 1


@numba.njit(cache=True)
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


@numba.njit(cache=True)
def draw(
    lead: Ints, release: Shorts, share: Ints, first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints,
    group: Ints, priority: Ints, plain: Flags, placed: Ints, ended: Ints, due: Shorts, size: Ints, gross: Ints,
) -> None:  # fmt: skip
    """Add the pieces that planned orders draw to ``gross`` [n, W]."""
    for i in range(len(placed)):
        for j in range(first[i], first[i + 1]):
            for o in range(placed[i], ended[i]):
                week = release[lead[i], due[o]]
                if plain[i] or line_used(first[i], first[i + 1], j, week, start, end, group, priority):
                    begun = size[o] if share[i] == 100 else -(-100 * size[o] // share[i])
                    drawn = begun * qty[j]
                    if scrap[j] != 0:
                        drawn = -(-100 * drawn // (100 - scrap[j]))
                    gross[child[j], week] = gross[child[j], week] + drawn


@numba.njit(cache=True, nogil=True)
def _in_order_of_time(
    count: int, own_demand: Ints, own_at: Shorts, own: Ints, wait_demand: Ints, wait: Ints, slot: Ints
) -> None:
    """Sort demands by their weeks ``own_at``; the sort is stable within a week."""
    slot[:] = 0
    for d in range(count):
        slot[own_at[d] + 1] += 1
    for t in range(len(slot) - 2):
        slot[t + 1] += slot[t]
    for d in range(count):
        place = slot[own_at[d]]
        slot[own_at[d]] = place + 1
        wait_demand[place], wait[place] = own_demand[d], own[d]


@numba.njit(cache=True, nogil=True)
def _from_outside(
    i: int, independent: Ints, order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints,
    own_demand: Ints, own_at: Shorts, own: Ints,
) -> int:  # fmt: skip
    """List item i's independent demands in order of time, customer orders first within a week; return their number."""
    W = independent.shape[1]
    count, order = 0, order_first[i]
    for t in range(W):
        rest = independent[i, t]
        if rest == 0:
            continue
        while order < order_first[i + 1] and order_week[order] == t:
            rest = rest - order_qty[order]
            own_demand[count], own_at[count] = FORECAST - W - order_ref[order], t
            own[count] = order_qty[order]
            count += 1
            order += 1
        if rest != 0:
            own_demand[count], own_at[count] = FORECAST - t, t
            own[count] = rest
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _from_parents(
    i: int, count: int, guard: bool, lead: Ints, release: Shorts, share: Ints,
    first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    used_first: Ints, used: Ints, parent: Ints, placed: Ints, ended: Ints, due: Shorts, size: Ints,
    W: int, own_demand: Ints, own_at: Shorts, own: Ints,
) -> int:  # fmt: skip
    """List the demands by the orders of item i's parents, starting at position ``count``.

    Returns the new number of demands, or -1 if one is too large.
    """
    k = used_first[i]
    while k < used_first[i + 1]:
        p, begin = parent[used[k]], k
        while k < used_first[i + 1] and parent[used[k]] == p:
            k += 1
        for o in range(placed[p], ended[p]):
            week = release[lead[p], due[o]]
            begun = size[o] if share[p] == 100 else -(-100 * size[o] // share[p])
            drawn = 0 * begun
            for u in range(begin, k):
                j = used[u]
                if plain[p] or line_used(first[p], first[p + 1], j, week, start, end, group, priority):
                    if guard and float(begun) * float(qty[j]) > MOST_DRAWN:
                        return -1
                    pieces = begun * qty[j]
                    if scrap[j] != 0:
                        pieces = -(-100 * pieces // (100 - scrap[j]))
                    drawn = drawn + pieces
            if guard and drawn > LIMIT:
                return -1
            if drawn != 0:
                own_demand[count], own_at[count] = p * W + due[o], week
                own[count] = drawn
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _net(
    cursor: int, guard: bool, rule: int, lot: int, trade: float, safety: int, on_hand: int, receipts: Ints, gross: Ints,
    good: Ints, due: Shorts, size: Ints,
) -> int:  # fmt: skip
    """Net one item's demand ``gross`` [W] into ``good`` [W] and list its orders from ``cursor`` on.

    Returns the next free position, or -1 if an order is too large.
    """
    available = on_hand
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
            pieces = lot_size(need, t, rule, lot, trade, receipts, gross)
        if guard and pieces > LIMIT:
            return -1
        good[t] = pieces
        due[cursor] = t
        size[cursor] = pieces
        cursor += 1
        available = available + pieces
    return cursor


@numba.njit(cache=True, nogil=True)
def _match(
    count: int, demand: Ints, pieces: Ints, on_hand: int, safety: int, receipts: Ints, good: Ints, pegs: int, far: int,
    peg_code: Shorts, peg_demand: Ints, peg_short: Ints, peg_large: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Peg an item's demands in order of time, and then its safety stock; return the next free positions for pegs and for large ones."""
    W = len(good)
    code, left = 0, on_hand
    for d in range(count + 1):
        to, need = SAFETY, safety
        if d < count:
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
            peg_code[pegs], peg_demand[pegs] = code, to
            if taken <= MOST_SHORT:
                peg_short[pegs] = taken
            else:
                peg_short[pegs] = -1 - far
                peg_large[far] = taken
                far += 1
            pegs += 1
            need = need - taken
            left = left - taken
    return pegs, far


@numba.njit(cache=True, nogil=True)
def plan_items(
    begin: int, stop: int, guard: bool, cursor: int,
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints,
    independent: Ints, order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints,
    first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    used_first: Ints, used: Ints, parent: Ints, placed: Ints, ended: Ints, due: Shorts, size: Ints,
    gross: Ints, good: Ints, slot: Ints, own_demand: Ints, own_at: Shorts, own: Ints, wait_demand: Ints, wait: Ints,
    peg_first: Ints, peg_code: Shorts, peg_demand: Ints, peg_short: Ints, peg_large: Ints,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Plan and peg items from ``begin`` on, whose parents are already planned; pegs of item i start at ``peg_first[i - begin]``.

    Their orders are listed from ``cursor`` on. Returns why it stopped, the first item that isn't planned, the next cursor, the number of
    large pegs, and the space that the next item needs. ``gross``, ``good`` [W], ``slot`` [W + 2], ``own..`` and ``wait..`` are scratch
    arrays for one item.
    """
    W = receipts.shape[1]
    pegs, far = 0, 0
    peg_first[0] = 0
    for i in range(begin, stop):
        widest = order_first[i + 1] - order_first[i] + W
        for k in range(used_first[i], used_first[i + 1]):
            widest += ended[parent[used[k]]] - placed[parent[used[k]]]
        if widest > len(own):
            return DEMANDS_FULL, i, cursor, far, widest
        if pegs + widest + 2 * W + 2 > len(peg_code):
            return PEGS_FULL, i, cursor, far, widest + 2 * W + 2
        count = _from_outside(i, independent, order_first, order_week, order_qty, order_ref, own_demand, own_at, own)
        count = _from_parents(
            i, count, guard, lead, release, share, first, qty, scrap, start, end, group, priority, plain,
            used_first, used, parent, placed, ended, due, size, W, own_demand, own_at, own,
        )  # fmt: skip
        if count < 0:
            return TOO_LARGE, i, cursor, far, 0
        ordered = True
        for d in range(1, count):
            ordered = ordered and own_at[d - 1] <= own_at[d]
        good[:] = 0
        gross[:] = 0
        for d in range(count):
            gross[own_at[d]] = gross[own_at[d]] + own[d]
            if guard and gross[own_at[d]] > LIMIT:
                return TOO_LARGE, i, cursor, far, 0
        placed[i] = cursor
        cursor = _net(
            cursor, guard, rule[i], lot[i], trade[i], safety[i], on_hand[i], receipts[i], gross, good, due, size
        )
        if cursor < 0:
            return TOO_LARGE, i, cursor, far, 0
        ended[i] = cursor
        demand, pieces = own_demand, own
        if not ordered:
            _in_order_of_time(count, own_demand, own_at, own, wait_demand, wait, slot)
            demand, pieces = wait_demand, wait
        pegs, far = _match(
            count, demand, pieces, on_hand[i], safety[i], receipts[i], good, pegs, far,
            peg_code, peg_demand, peg_short, peg_large,
        )  # fmt: skip
        peg_first[i - begin + 1] = pegs
    return DONE, stop, cursor, far, 0


@numba.njit(cache=True)
def climb_pegs(
    begin: int, weeks: int, peg_first: Ints, peg_code: Shorts, peg_demand: Ints, hit: Flags, chosen: Flags
) -> None:
    """Follow supplies up the pegs, from the last item to the first.

    ``hit`` [n, 2W + 1] marks supplies by item and code; the parents' orders that draw on marked supplies are added to it. ``chosen`` is
    set for the pegs from marked supplies to independent demand.
    """
    for k in range(len(peg_first) - 2, -1, -1):
        for p in range(peg_first[k], peg_first[k + 1]):
            if not hit[begin + k, peg_code[p]]:
                continue
            demand = peg_demand[p]
            if demand >= 0:
                hit[demand // weeks, 2 + 2 * (demand % weeks)] = True
            elif demand != SAFETY:
                chosen[p] = True
