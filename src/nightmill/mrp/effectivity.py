"""BOM lines used in a week: those effective in that week, and the best in their group of alternates.

Arrays (n items in low-level-code order, W weeks, m BOM lines sorted by parent; quantities int64, or
Python integers in object arrays where int64 could overflow):

=========== ========= =========================================================
lead        [n]       row of ``release`` for the item
release     [., W]    release week of an order needed in a week, by lead time and calendar; never falls along a row
rule, lot   [n]       lot rule (numbers in ``lot_sizing``) and lot size
trade       [n]       cost of an order / cost of holding a piece for a week
safety      [n]       safety stock
share       [n]       yield in percent
on_hand     [n]       stock now
receipts    [n, W]    firm supply by week
independent [n, W]    independent demand by week
first       [n + 1]   lines of item i are first[i] .. first[i + 1] - 1
child, qty, scrap, start, end, group, priority [m]  of each line; group -1 = none
plain       [n]       True if no line of the item has dates or alternates
=========== ========= =========================================================

All planning kernels take the arrays in this form (``matching_kernels`` does the planning).
"""

import numba

from nightmill.mrp.arrays import Ints

MOST_DRAWN = 2.0**55  # 100 times this stays inside int64


@numba.njit(cache=True)
def line_used(first: int, last: int, j: int, week: int, start: Ints, end: Ints, group: Ints, priority: Ints) -> bool:
    """Return whether line j (of the parent's lines first..last-1) is used in ``week``: it is effective, and the best in its group."""
    if week < start[j] or week > end[j]:
        return False
    if group[j] < 0:
        return True
    for k in range(first, last):
        rival = k != j and group[k] == group[j] and start[k] <= week <= end[k]
        if rival and (priority[k] < priority[j] or (priority[k] == priority[j] and k < j)):
            return False
    return True
