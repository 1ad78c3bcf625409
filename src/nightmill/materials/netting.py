"""The kernels of material planning that net: over the whole plan, and over what a change reaches.

Arrays (n items in low-level-code order, W weeks, m BOM lines sorted by parent; quantities int64, or
Python integers in object arrays where int64 could overflow):

=========== ========= =========================================================
lead        [n]       row of ``release`` that holds for the item
release     [., W]    release week of an order needed in a week, by lead time and calendar; never falls along a row
rule, lot   [n]       lot rule (numbers in ``lots``) and lot size
trade       [n]       cost of an order over that of holding a piece for a week
safety      [n]       safety stock
share       [n]       yield in percent
on_hand     [n]       stock now
receipts    [n, W]    firm supply by week
gross       [n, W]    independent demand on entry, all demand on return
good        [n, W]    planned quantity due in the week, 0 = no order (written)
first       [n + 1]   lines of item i are first[i] .. first[i + 1] - 1
child, qty, scrap, start, end, group, priority [m]  of each line; group -1 = none
plain       [n]       True where no line of the item has dates or alternates
=========== ========= =========================================================

The same source runs as plain Python (``net_in_python``) with the same result.
"""

from types import FunctionType
from typing import Any

import numba

from nightmill.materials.inputs import LIMIT, Flags, Floats, Ints, Shorts
from nightmill.materials.lots import in_python, lot_size

MOST_DRAWN = 2.0**55  # 100 times this stays inside int64


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
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints, gross: Ints, good: Ints,
    first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints,
    plain: Flags, planned: Ints, due: Shorts, begun: Ints, guard: bool,
) -> bool:  # fmt: skip
    """Fills ``good`` and ``gross`` and lists the orders: those of item i are ``planned[i] ..``, by week due, with pieces begun.

    Returns False when ``guard`` is set and a quantity came near the int64 limit.
    """
    n, W = gross.shape
    count = 0
    planned[0] = 0
    for i in range(n):
        available = on_hand[i]
        for t in range(W):
            available = available + receipts[i, t] - gross[i, t]
            if available >= safety[i]:
                continue
            need = safety[i] - available
            # The rules of most items stand here, as a call costs more than they do.
            size = need
            if rule[i] == 1:
                size = -(-need // lot[i]) * lot[i]
            elif rule[i] > 1:
                size = lot_size(need, i, t, rule[i], lot[i], trade[i], receipts, gross)
            if guard and size > LIMIT:
                return False
            good[i, t] = size
            due[count] = t
            begun[count] = size if share[i] == 100 else -(-100 * size // share[i])
            count += 1
            available = available + size
        planned[i + 1] = count
        for j in range(first[i], first[i + 1]):
            c = child[j]
            for o in range(planned[i], count):
                week = release[lead[i], due[o]]
                if plain[i] or line_used(first[i], first[i + 1], j, week, start, end, group, priority):
                    if guard and float(begun[o]) * float(qty[j]) > MOST_DRAWN:
                        return False
                    drawn = begun[o] * qty[j]
                    if scrap[j]:
                        drawn = -(-100 * drawn // (100 - scrap[j]))
                    gross[c, week] = gross[c, week] + drawn
                    if guard and gross[c, week] > LIMIT:
                        return False
    return True


@numba.njit(cache=True)
def renet(
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints, gross: Ints, good: Ints,
    first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints,
    plain: Flags, since: Ints, lowest: int, reached: Ints,
) -> int:  # fmt: skip
    """Nets again what a change reaches, in place; returns the number of items that were netted, -1 near the limit.

    ``since`` [n] is the first week in which an item's gross demand or supply changed, W where nothing did;
    it is W everywhere on return. ``lowest`` is the first item with a change; ``reached`` [n] takes their indices.
    """
    n, W = gross.shape
    count = 0
    for i in range(lowest, n):
        if since[i] >= W:
            continue
        reached[count] = i
        count += 1
        # A lot by periods looks ahead, so that an earlier order may feel the change; later rules look at all weeks.
        begin = max(0, since[i] - lot[i] + 1) if rule[i] == 3 else since[i] if rule[i] < 3 else 0
        since[i] = W
        available = on_hand[i]
        for t in range(begin):
            available += receipts[i, t] - gross[i, t] + good[i, t]
        for t in range(begin, W):
            available += receipts[i, t] - gross[i, t]
            size = 0
            if available < safety[i]:
                need = safety[i] - available
                size = lot_size(need, i, t, rule[i], lot[i], trade[i], receipts, gross)
                available += size
            old = good[i, t]
            if size == old:
                continue
            if size > LIMIT:
                return -1
            good[i, t] = size
            begun = size if share[i] == 100 else -(-100 * size // share[i])
            before = old if share[i] == 100 else -(-100 * old // share[i])
            week = release[lead[i], t]
            for j in range(first[i], first[i + 1]):
                if not (plain[i] or line_used(first[i], first[i + 1], j, week, start, end, group, priority)):
                    continue
                if float(begun) * float(qty[j]) > MOST_DRAWN:
                    return -1
                change = (begun - before) * qty[j]
                if scrap[j]:
                    kept = 100 - scrap[j]
                    change = -(-100 * begun * qty[j] // kept) + (-100 * before * qty[j] // kept)
                if change == 0:
                    continue
                c = child[j]
                gross[c, week] += change
                if gross[c, week] > LIMIT:
                    return -1
                since[c] = min(since[c], week)
    return count


def net_in_python(*arguments: Any) -> bool:
    """``net`` as plain Python: for arrays of Python integers."""
    names = {**net.py_func.__globals__, "lot_size": in_python(lot_size)}
    return bool(FunctionType(net.py_func.__code__, names)(*arguments))
