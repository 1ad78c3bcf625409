"""The two kernels of material planning: netting, and the matching of supplies to demands.

Arrays (n items in low-level-code order, W weeks, m BOM lines sorted by parent; quantities int64, or
Python integers in object arrays where int64 could overflow):

=========== ========= =========================================================
lead, rule  [n]       lead time in weeks; 0 L4L, 1 MULT, 2 MIN, 3 POQ
lot, safety [n]       lot size; safety stock
share       [n]       yield in percent
on_hand     [n]       stock now
receipts    [n, W]    firm supply by week
gross       [n, W]    independent demand on entry, all demand on return
good        [n, W]    planned quantity due in the week, 0 = no order (written)
first       [n + 1]   lines of item i are first[i] .. first[i + 1] - 1
child, qty, scrap, start, end, group, priority [m]  of each line; group -1 = none
=========== ========= =========================================================

The same source runs as plain Python (``kernel.py_func``) with the same result.
"""

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
LIMIT = 2**50  # sums of 2^11 weeks of this, and 100 times a lot, stay inside int64


@numba.njit(cache=True)
def line_used(first: int, last: int, j: int, week: int, start: Ints, end: Ints, group: Ints, priority: Ints) -> bool:
    """Tells whether line j (of the parent's lines first..last-1) is used in ``week``: effective, best of its group."""
    if week < start[j] or week > end[j]:
        return False
    if group[j] < 0:
        return True
    for k in range(first, last):
        rival = k != j and group[k] == group[j] and start[k] <= week <= end[k]
        if rival and (priority[k] < priority[j] or (priority[k] == priority[j] and k < j)):
            return False
    return True


@numba.njit(cache=True)
def net(
    lead: Ints, rule: Ints, lot: Ints, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints, gross: Ints, good: Ints,
    first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, guard: bool,
) -> bool:  # fmt: skip
    """Fills ``good`` and ``gross``; returns False when ``guard`` is set and a quantity came near the int64 limit."""
    n, W = gross.shape
    for i in range(n):
        available = on_hand[i]
        for t in range(W):
            available = available + receipts[i, t] - gross[i, t]
            if available >= safety[i]:
                continue
            need = safety[i] - available
            size = need
            if rule[i] == 1:
                size = -(-need // lot[i]) * lot[i]
            elif rule[i] == 2:
                size = max(need, lot[i])
            elif rule[i] == 3:
                cover = need
                for u in range(t + 1, min(W, t + lot[i])):
                    cover = cover + gross[i, u] - receipts[i, u]
                size = max(need, cover)
            if guard and size > LIMIT:
                return False
            good[i, t] = size
            begun = -(-100 * size // share[i])
            available = available + size
            week = max(0, t - lead[i])
            for j in range(first[i], first[i + 1]):
                if line_used(first[i], first[i + 1], j, week, start, end, group, priority):
                    if guard and begun > LIMIT * 4096 // max(1, 100 * qty[j]):
                        return False
                    c = child[j]
                    gross[c, week] = gross[c, week] - (-100 * begun * qty[j] // (100 - scrap[j]))
                    if guard and gross[c, week] > LIMIT:
                        return False
    return True


@numba.njit(cache=True)
def draws(
    lead: Ints, share: Ints, good: Ints,
    first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints,
    slot: Ints, from_item: Ints, from_week: Ints, amount: Ints, write: bool,
) -> None:  # fmt: skip
    """Each draw of a planned order on a component, put into the slot of (component, release week).

    With ``write`` False only counts: ``slot[component, week] += 1``. With True, ``slot`` holds the next
    free place of each and the draws are written to ``from_item``, ``from_week`` (due week) and ``amount``.
    """
    n, W = good.shape
    for i in range(n):
        for t in range(W):
            if good[i, t] == 0:
                continue
            begun = -(-100 * good[i, t] // share[i])
            week = max(0, t - lead[i])
            for j in range(first[i], first[i + 1]):
                if qty[j] == 0 or not line_used(first[i], first[i + 1], j, week, start, end, group, priority):
                    continue
                k = slot[child[j], week]
                slot[child[j], week] = k + 1
                if write:
                    from_item[k] = i
                    from_week[k] = t
                    amount[k] = -(-100 * begun * qty[j] // (100 - scrap[j]))


@numba.njit(cache=True)
def match(
    supply_first: Ints, supply: Ints, demand_first: Ints, demand: Ints, left: Ints,
    out_supply: Ints, out_demand: Ints, out_quantity: Ints,
) -> int:  # fmt: skip
    """First in, first out, item by item: demands and supplies in order of time. Returns the number of pegs.

    ``left`` is a copy of ``supply`` on entry and what remains of each supply on return.
    """
    pegs = 0
    for i in range(supply_first.shape[0] - 1):
        s = supply_first[i]
        for d in range(demand_first[i], demand_first[i + 1]):
            open_quantity = demand[d]
            while open_quantity > 0 and s < supply_first[i + 1]:
                taken = min(open_quantity, left[s])
                if taken > 0:
                    out_supply[pegs] = s
                    out_demand[pegs] = d
                    out_quantity[pegs] = taken
                    pegs += 1
                    left[s] = left[s] - taken
                    open_quantity = open_quantity - taken
                if left[s] == 0:
                    s += 1
    return pegs
