"""The kernel of net change, which re-plans only what a change affects; and which BOM lines are used in a given week.

Arrays (n items in low-level-code order, W weeks, m BOM lines sorted by parent; quantities int64, or
Python integers in object arrays where int64 could overflow):

=========== ========= =========================================================
lead        [n]       row of ``release`` that holds for the item
release     [., W]    release week of an order needed in a week, by lead time and calendar; non-decreasing along a row
rule, lot   [n]       lot rule (numbers in ``lots``) and lot size
trade       [n]       cost of an order divided by that of holding a piece for a week
safety      [n]       safety stock
share       [n]       yield in percent
on_hand     [n]       stock now
receipts    [n, W]    firm supply by week
independent [n, W]    demand from outside by week
first       [n + 1]   lines of item i are first[i] .. first[i + 1] - 1
child, qty, scrap, start, end, group, priority [m]  of each line; group -1 = none
plain       [n]       True if no line of the item has dates or alternates
=========== ========= =========================================================

All planning kernels take them in this form (``matching_kernels`` plans from scratch).
"""

import numba
import numpy as np
import numpy.typing as npt

from nightmill.mrp.arrays import AFTER, GOOD, Flags, Floats, Ints, Shorts
from nightmill.mrp.lot_sizing import lot_size

MOST_DRAWN = 2.0**55  # 100 times this stays inside int64
State = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Hits = npt.NDArray[np.uint8]
TOO_MUCH = -1
WEEK_BITS = 12
"""A changed order is one integer, since net change is memory-bound: pieces in the high bits, release week (< 2048) in the low bits."""
WEEK = (1 << WEEK_BITS) - 1


@numba.njit(cache=True)
def line_used(first: int, last: int, j: int, week: int, start: Ints, end: Ints, group: Ints, priority: Ints) -> bool:
    """Whether line j (of the parent's lines first..last-1) is used in ``week``: effective, and the best of its group."""
    if week < start[j] or week > end[j]:
        return False
    if group[j] < 0:
        return True
    for k in range(first, last):
        rival = k != j and group[k] == group[j] and start[k] <= week <= end[k]
        if rival and (priority[k] < priority[j] or (priority[k] == priority[j] and k < j)):
            return False
    return True


@numba.njit(cache=True, inline="always")
def _draw(
    i: int, first: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags, used_first: Ints, used: Ints,
    user: Ints, used_qty: Ints, used_scrap: Ints, changes: Ints, more: Ints, now: Ints, drawn: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Add to ``drawn`` [W] what changed orders of item i's parents draw in addition.

    Returns the first and the last week of it, W and -1 if none.
    """
    begin, last = len(drawn), -1
    for u in range(used_first[i], used_first[i + 1]):
        p = user[u]
        k = changes[p] >> WEEK_BITS
        stop = k + (changes[p] & WEEK)
        if k == stop:
            continue
        qty, kept = used_qty[u], 100 - used_scrap[u]
        # Release weeks never decrease from one order of an item to the next.
        begin, last = min(begin, more[k] & WEEK), max(last, more[stop - 1] & WEEK)
        if plain[p] and kept == 100:
            for c in range(k, stop):
                drawn[more[c] & WEEK] += (more[c] >> WEEK_BITS) * qty
            continue
        for c in range(k, stop):
            week, before = more[c] & WEEK, now[c] - (more[c] >> WEEK_BITS)
            if plain[p] or line_used(first[p], first[p + 1], used[u], week, start, end, group, priority):
                drawn[week] += -(-100 * now[c] * qty // kept) + (-100 * before * qty // kept)
    return begin, last


@numba.njit(cache=True, inline="always")
def _look_ahead(begin: int, drawn: Ints, state: State, receipts: Ints, kind: int, less: Ints) -> None:
    """Write into ``less`` [W] what an item needs from week ``begin`` on, less its receipts unless the rule is EOQ, which
    uses all need.
    """
    for t in range(begin, len(less)):
        less[t] = drawn[t] + state[t, GOOD] - state[t, AFTER] + (state[t - 1, AFTER] if t > 0 else 0)
        less[t] += receipts[t] if kind == 4 else 0


@numba.njit(cache=True, error_model="numpy", inline="always")
def _pass_on(
    i: int, pool: int, changed: int, due: Ints, size_now: Ints, size_more: Ints, lead: Ints, release: Shorts, share: Ints,
    first: Ints, child: Ints, qty: Ints, used_first: Ints, hit: Hits, changes: Ints, more: Ints, now: Ints,
) -> int:  # fmt: skip
    """Record item i's ``changed`` orders from place ``pool`` on and mark its parts.

    Returns the next free place, or ``TOO_MUCH``.
    """
    changes[i], begun = (pool << WEEK_BITS) + changed, 0.0
    for k in range(changed):
        new, old = size_now[k], size_now[k] - size_more[k]
        if share[i] != 100:
            new, old = -(-100 * new // share[i]), -(-100 * old // share[i])
        more[pool + k], now[pool + k] = ((new - old) << WEEK_BITS) + release[lead[i], due[k]], new
        begun += float(max(new, old))
    for j in range(first[i], first[i + 1]):
        c = child[j]
        if begun * float(qty[j]) * float(used_first[c + 1] - used_first[c]) > MOST_DRAWN:
            return TOO_MUCH
        hit[c] = 1
    return pool + changed


@numba.njit(cache=True, error_model="numpy")  # no divisor is 0: lots, yields and what scrap leaves are 1 or more
def renet(  # noqa: C901 - one kernel, as calls would cost more than what they do
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, receipts: Ints,
    first: Ints, child: Ints, qty: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    used_first: Ints, used: Ints, user: Ints, used_qty: Ints, used_scrap: Ints, state: State, most: int,
    hit: Hits, outer: Ints, outer_week: Ints, outer_less: Ints, changes: Ints, more: Ints, now: Ints, reached: Ints,
) -> int:  # fmt: skip
    """Re-plan what a change affects, in place; returns the number of items that were netted, ``TOO_MUCH`` beyond ``most``.

    ``state`` [n, W, 2] holds ``GOOD`` and ``AFTER``; ``user``, ``used_qty`` and ``used_scrap`` [m] are parent, quantity and scrap
    of the lines in the order of ``used``. Changes from outside, by item and week: item ``outer``, its ``outer_week``, and ``outer_less``
    pieces that it has less from then on; ``hit`` [n] is 1 for these items, and 0 on return. The rest is scratch: ``changes`` [n] (0 on
    entry and return) is where an item's changed orders begin and, in the lowest bits, how many they are; of each, ``more`` is the pieces
    begun more than before and the release week, and ``now`` the pieces begun; an item takes those of its parents. It is done where,
    past its last change, as much is available as before. ``reached`` [n] takes the items.
    """
    n, W, _ = state.shape
    drawn, less, none = np.zeros(W, np.int64), np.empty(W, np.int64), np.zeros(W, np.int64)
    due, size_now, size_more = np.empty(W, np.int64), np.empty(W, np.int64), np.empty(W, np.int64)
    count = pool = own = 0
    for i in range(outer[0], n):
        if hit[i] == 0:
            continue
        hit[i] = 0
        reached[count] = i
        count += 1
        begin, last = _draw(
            i, first, start, end, group, priority, plain, used_first, used, user, used_qty, used_scrap, changes,
            more, now, drawn,
        )  # fmt: skip
        while own < len(outer) and outer[own] == i:
            drawn[outer_week[own]] += outer_less[own]
            begin, last = min(begin, outer_week[own]), max(last, outer_week[own])
            own += 1
        kind, least, leaf = rule[i], safety[i], first[i] == first[i + 1]
        if kind > 2:
            # A lot by periods looks ahead, so the change may affect an earlier order; later rules look at all weeks.
            begin = max(0, begin - lot[i] + 1) if kind == 3 else 0
            last = last if kind == 3 else W - 1
            _look_ahead(begin, drawn, state[i], receipts[i], kind, less)
        before = available = state[i, begin - 1, AFTER] if begin > 0 else 0
        changed = 0
        # Changed orders are kept without a branch, since no processor can predict them; nor can it predict those of rule 0.
        for t in range(begin, W):
            good, after = state[i, t, GOOD], state[i, t, AFTER]
            available += after - before - good - drawn[t]
            before = after
            need = max(least - available, 0)
            size = need
            if kind == 1:
                size = max(need, lot[i]) * (need > 0)
                if need > lot[i]:
                    size = -(-need // lot[i]) * lot[i]
            elif kind == 3 and need > 0:
                for u in range(t + 1, min(W, t + lot[i])):
                    size += less[u]
                size = max(need, size)
            elif kind > 1 and need > 0:
                size = lot_size(need, t, kind, lot[i], trade[i], none, less)
            available += size
            if not leaf:
                due[changed], size_now[changed], size_more[changed] = t, size, size - good
                changed += size != good
            state[i, t, GOOD] = size
            if available > most:
                return TOO_MUCH
            if available == after and t >= last:
                break
            state[i, t, AFTER] = available
        drawn[:] = 0
        if changed == 0:
            continue
        pool = _pass_on(
            i, pool, changed, due, size_now, size_more, lead, release, share, first, child, qty, used_first, hit, changes,
            more, now,
        )  # fmt: skip
        if pool == TOO_MUCH:
            return TOO_MUCH
    for k in range(count):
        changes[reached[k]] = 0
    return count
