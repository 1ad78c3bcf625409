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
Flow = npt.NDArray[np.int32] | npt.NDArray[np.int64]
Hits = npt.NDArray[np.uint8]
TOO_MUCH = -1


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


@numba.njit(cache=True, inline="always")
def _take_changes(
    i: int, first: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags, used_first: Ints, used: Ints,
    user: Ints, used_qty: Ints, used_scrap: Ints, flow: Flow, most: int, changes: Shorts, change_week: Shorts,
    change_new: Ints, change_old: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Takes into item i's ``flow`` [W] what changed orders of its parents draw; the first and the last week that it changes, or ``TOO_MUCH``."""
    begin, last = len(flow), -1
    for u in range(used_first[i], used_first[i + 1]):
        p = user[u]
        for k in range(changes[p]):
            week, pieces, before = change_week[p, k], change_new[p, k], change_old[p, k]
            if not (plain[p] or line_used(first[p], first[p + 1], used[u], week, start, end, group, priority)):
                continue
            if float(pieces) * float(used_qty[u]) > MOST_DRAWN:
                return TOO_MUCH, last
            drawn = (pieces - before) * used_qty[u]
            if used_scrap[u]:
                kept = 100 - used_scrap[u]
                drawn = -(-100 * pieces * used_qty[u] // kept) + (-100 * before * used_qty[u] // kept)
            if drawn == 0:
                continue
            left = flow[week] - drawn
            if left < -most:
                return TOO_MUCH, last
            flow[week] = left
            begin, last = min(begin, week), max(last, week)
    return begin, last


@numba.njit(cache=True)
def renet(  # noqa: C901 - one kernel, as calls would cost more than what they do
    lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints, on_hand: Ints, receipts: Ints,
    first: Ints, child: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    used_first: Ints, used: Ints, user: Ints, used_qty: Ints, used_scrap: Ints, state: State, most: int,
    hit: Hits, since: Shorts, until: Shorts, changes: Shorts, change_week: Shorts, change_new: Ints, change_old: Ints,
    lowest: int, reached: Ints,
) -> int:  # fmt: skip
    """Nets again what a change reaches, in place; returns the number of items that were netted, -1 beyond ``most``.

    ``state`` [n, 3, W] holds ``FLOW``, ``GOOD`` and ``AFTER``; ``user``, ``used_qty`` and ``used_scrap`` [m] are parent, quantity and scrap
    of the lines in the order of ``used``. ``hit`` [n] is 1 for items with a change from outside, from week ``since`` to ``until``; they are 0, W
    and -1 on return. ``changes`` [n] and ``change_..`` [n, W] are scratch: how many orders of an item changed, their release
    weeks, and the pieces begun now and before; an item takes those of its parents. It is done where, past its last change, as
    much is available as before. ``lowest`` is the first item with a change; ``reached`` [n] takes the items.
    """
    n, _, W = state.shape
    gross = np.empty(W, np.int64)
    weeks, new, old = np.empty(W, np.int64), np.empty(W, np.int64), np.empty(W, np.int64)
    count = 0
    for i in range(lowest, n):
        if hit[i] == 0:
            continue
        hit[i] = 0
        reached[count] = i
        count += 1
        flow, good, after = state[i, FLOW], state[i, GOOD], state[i, AFTER]
        begin, last = since[i], until[i]
        since[i], until[i] = W, -1
        first_week, last_week = _take_changes(
            i, first, start, end, group, priority, plain, used_first, used, user, used_qty, used_scrap, flow, most, changes,
            change_week, change_new, change_old,
        )  # fmt: skip
        if first_week == TOO_MUCH:
            return -1
        begin, last = min(begin, first_week), max(last, last_week)
        if begin >= W:
            continue
        kind, least = rule[i], safety[i]
        if kind > 2:
            for t in range(W):
                gross[t] = receipts[i, t] - flow[t]
            # A lot by periods looks ahead, so that an earlier order may feel the change; later rules look at all weeks.
            begin = max(0, begin - lot[i] + 1) if kind == 3 else 0
            last = last if kind == 3 else W - 1
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
        if changed == 0 or first[i] == first[i + 1]:
            continue
        changes[i] = changed
        for k in range(changed):
            change_week[i, k] = release[lead[i], weeks[k]]
            change_new[i, k] = new[k] if share[i] == 100 else -(-100 * new[k] // share[i])
            change_old[i, k] = old[k] if share[i] == 100 else -(-100 * old[k] // share[i])
        for j in range(first[i], first[i + 1]):
            hit[child[j]] = 1
    for k in range(count):
        changes[reached[k]] = 0
    return count
