"""BOM lines used in a week: those effective in that week, and the best in their group of alternates.

Arrays (n items in low-level-code order, W weeks, m BOM lines sorted by parent; quantities int64, or
Python integers in object arrays where int64 could overflow):

=========== ========= =========================================================
row         [n]       row of ``release`` for the item
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

All planning kernels take the arrays in this form, as the named tuples of ``arrays`` (``matching_kernels`` does the planning).
"""

from nightmill.mrp.arrays import BomArrays
from nightmill.vocabulary.compiled import compiled_inline

MOST_DRAWN = 2.0**55  # 100 times this stays inside int64


@compiled_inline
def line_used(bom: BomArrays, parent: int, j: int, week: int) -> bool:
    """Return whether line j of ``parent`` is used in ``week``: it is effective, and the best in its group."""
    start, end, group, priority = bom.start, bom.end, bom.group, bom.priority
    if week < start[j] or week > end[j]:
        return False
    if group[j] < 0:
        return True
    for k in range(bom.first[parent], bom.first[parent + 1]):
        rival = k != j and group[k] == group[j] and start[k] <= week <= end[k]
        if rival and (priority[k] < priority[j] or (priority[k] == priority[j] and k < j)):
            return False
    return True
