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

The same source runs as plain Python (``lots.in_python``) with the same result.
"""

import numba
import numpy as np
import numpy.typing as npt

from nightmill.materials.inputs import LIMIT, Flags, Floats, Ints, Shorts
from nightmill.materials.lots import lot_size

MOST_DRAWN = 2.0**55  # 100 times this stays inside int64
FLOW, GOOD, AFTER = 0, 1, 2
"""What a live plan keeps of an item and week: receipts less gross demand, the planned order, and what is available after it."""
State = npt.NDArray[np.int32] | npt.NDArray[np.int64]


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
                size = lot_size(need, t, rule[i], lot[i], trade[i], receipts[i], gross[i])
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
def renet(  # noqa: C901 - one kernel, as calls would cost more than what they do
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints,
    first: Ints, child: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    state: State, most: int, since: Shorts, until: Shorts, lowest: int, reached: Ints,
) -> int:  # fmt: skip
    """Nets again what a change reaches, in place; returns the number of items that were netted, -1 beyond ``most``.

    ``state`` [n, 3, W] holds ``FLOW``, ``GOOD`` and ``AFTER``. ``since`` and ``until`` [n] are the first and the last week in
    which an item's demand or supply changed, W and -1 where nothing did; they are that everywhere on return. An item is done
    where, past its last change, as much is available as before. ``lowest`` is the first item with a change;
    ``reached`` [n] takes the items.
    """
    n, _, W = state.shape
    gross = np.empty(W, np.int64)
    weeks, new, old = np.empty(W, np.int64), np.empty(W, np.int64), np.empty(W, np.int64)
    count = 0
    for i in range(lowest, n):
        if since[i] >= W:
            continue
        reached[count] = i
        count += 1
        # A lot by periods looks ahead, so that an earlier order may feel the change; later rules look at all weeks.
        begin = max(0, since[i] - lot[i] + 1) if rule[i] == 3 else since[i] if rule[i] < 3 else 0
        last = until[i] if rule[i] <= 3 else W - 1
        since[i], until[i] = W, -1
        if rule[i] > 2:
            for t in range(W):
                gross[t] = receipts[i, t] - state[i, FLOW, t]
        flow, good, after = state[i, FLOW], state[i, GOOD], state[i, AFTER]
        least, kind = safety[i], rule[i]
        available = after[begin - 1] if begin > 0 else on_hand[i]
        changed = 0
        # Orders that change are kept without a branch, as no processor can foresee them; nor can it those of rule 0.
        for t in range(begin, W):
            available += flow[t]
            need = max(least - available, 0)
            size = need
            if kind == 1:
                size = max(need, lot[i]) * (need > 0)
                if need > lot[i]:
                    size = -(-need // lot[i]) * lot[i]
            elif kind > 1 and need > 0:
                size = lot_size(need, t, kind, lot[i], trade[i], receipts[i], gross)
            available += size
            weeks[changed], new[changed], old[changed] = t, size, good[t]
            changed += size != good[t]
            good[t] = size
            if available > most:
                return -1
            if available == after[t] and t >= last:
                break
            after[t] = available
        for k in range(changed):
            weeks[k] = release[lead[i], weeks[k]]
            if share[i] != 100:
                new[k], old[k] = -(-100 * new[k] // share[i]), -(-100 * old[k] // share[i])
        if changed == 0:
            continue
        for j in range(first[i], first[i + 1]):
            c = child[j]
            for k in range(changed):
                week = weeks[k]
                if not (plain[i] or line_used(first[i], first[i + 1], j, week, start, end, group, priority)):
                    continue
                if float(new[k]) * float(qty[j]) > MOST_DRAWN:
                    return -1
                change = (new[k] - old[k]) * qty[j]
                if scrap[j]:
                    kept = 100 - scrap[j]
                    change = -(-100 * new[k] * qty[j] // kept) + (-100 * old[k] * qty[j] // kept)
                if change == 0:
                    continue
                flow = state[c, FLOW, week] - change
                if flow < -most:
                    return -1
                state[c, FLOW, week] = flow
                since[c], until[c] = min(since[c], week), max(until[c], week)
    return count
