"""The kernels that plan item by item, parents first: what is drawn, what to order, which supply serves which demand.

Supplies of an item in order of time have a ``code``: 0 stock, 1 + 2w the receipt of week w, 2 + 2w the
order planned for week w. Demands have a ``line`` and a ``week``: line j >= 0 is drawn through BOM line j by
the parent's order due in ``week``; -1 demand of the week; -2 the safety stock; -3 - k customer order k.
Of one week, customer orders come first, then other demand from outside, then what parents draw. Supplies are matched to
demands first in, first out.

Arrays as in ``netting``, and where a part is used: the lines of child i are ``used[used_first[i]] ..``, ``parent`` [m] of
each line; customer orders of item i are ``order_first[i] ..`` by week; its planned orders are ``planned[i] ..
planned_end[i] - 1`` by the week ``due``, with the pieces ``begun``. ``own..`` and ``wait..`` are scratch for the demands of
one item, before and after they are put in order of time; ``slot`` [W + 2] counts them by week.
"""

import numba
import numpy as np
import numpy.typing as npt

from nightmill.materials.inputs import FIRST_ORDER, FORECAST, LIMIT, SAFETY, Flags, Floats, Ints, Shorts
from nightmill.materials.lots import lot_size
from nightmill.materials.netting import MOST_DRAWN, line_used

Lines = npt.NDArray[np.int32]
TOO_LARGE = -1


@numba.njit(cache=True)
def list_orders(
    stop: int, share: Ints, good: Ints, planned: Ints, planned_end: Ints, due: Shorts, begun: Ints
) -> None:  # fmt: skip
    """Lists the planned orders of items 0 .. stop - 1 as ``plan_items`` lists them."""
    count = 0
    for i in range(stop):
        planned[i] = count
        for t in range(good.shape[1]):
            size = good[i, t]
            if size != 0:
                due[count] = t
                begun[count] = size if share[i] == 100 else -(-100 * size // share[i])
                count += 1
        planned_end[i] = count


@numba.njit(cache=True, nogil=True)
def _in_order_of_time(
    count: int, own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints, wait_line: Lines, wait_week: Shorts, wait: Ints,
    slot: Ints,
) -> None:  # fmt: skip
    """Puts demands in the order of their weeks ``own_at``, those of one week as they stand."""
    slot[:] = 0
    for d in range(count):
        slot[own_at[d] + 1] += 1
    for t in range(len(slot) - 2):
        slot[t + 1] += slot[t]
    for d in range(count):
        place = slot[own_at[d]]
        slot[own_at[d]] = place + 1
        wait_line[place], wait_week[place], wait[place] = own_line[d], own_week[d], own[d]


@numba.njit(cache=True, nogil=True, inline="always")
def _demands(
    i: int, lead: Ints, release: Shorts, first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints,
    priority: Ints, plain: Flags, independent: Ints, order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints,
    used_first: Ints, used: Ints, parent: Ints, planned: Ints, planned_end: Ints, due: Shorts, begun: Ints,
    own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints, guard: bool,
) -> tuple[int, int, bool]:  # fmt: skip
    """Collects the demands of item i: how many come from outside, how many in all, and whether they stand in order of time.

    ``TOO_LARGE`` in all when ``guard`` is set and a quantity came near the int64 limit.
    """
    count = 0
    last = -1
    ordered = True
    order = order_first[i]
    for t in range(independent.shape[1]):
        rest = independent[i, t]
        if rest == 0:
            continue
        while order < order_first[i + 1] and order_week[order] == t:
            rest = rest - order_qty[order]
            own_line[count], own_week[count], own_at[count] = FIRST_ORDER - order_ref[order], t, t
            own[count] = order_qty[order]
            count += 1
            order += 1
        if rest != 0:
            own_line[count], own_week[count], own_at[count] = FORECAST, t, t
            own[count] = rest
            count += 1
        last = t
    outside = count
    for k in range(used_first[i], used_first[i + 1]):
        j = used[k]
        p = parent[j]
        for o in range(planned[p], planned_end[p]):
            week = release[lead[p], due[o]]
            if plain[p] or line_used(first[p], first[p + 1], j, week, start, end, group, priority):
                if guard and float(begun[o]) * float(qty[j]) > MOST_DRAWN:
                    return outside, TOO_LARGE, ordered
                drawn = begun[o] * qty[j]
                if scrap[j] != 0:
                    drawn = -(-100 * drawn // (100 - scrap[j]))
                own_line[count], own_week[count], own_at[count] = j, due[o], week
                own[count] = drawn
                count += 1
                if week < last:
                    ordered = False
                last = week
    return outside, count, ordered


@numba.njit(cache=True, nogil=True, inline="always")
def _matched(
    i: int, count: int, ordered: bool, safety: Ints, on_hand: Ints, receipts: Ints, good: Ints,
    own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints, wait_line: Lines, wait_week: Shorts, wait: Ints, slot: Ints,
    pegs: int, peg_code: Shorts, peg_line: Lines, peg_week: Shorts, peg_quantity: Ints,
) -> int:  # fmt: skip
    """Pegs the ``count`` demands of item i from place ``pegs`` on; returns the place after its last peg."""
    W = good.shape[1]
    if not ordered:
        _in_order_of_time(count, own_line, own_week, own_at, own, wait_line, wait_week, wait, slot)
    code = 0
    left = on_hand[i]
    for d in range(count + 1):
        line, week, need = SAFETY, W, safety[i]
        if d < count and ordered:
            line, week, need = own_line[d], own_week[d], own[d]
        elif d < count:
            line, week, need = wait_line[d], wait_week[d], wait[d]
        while need != 0:
            if left == 0:
                code += 1
                if code > 2 * W:
                    break
                w = (code - 1) >> 1
                left = receipts[i, w] if code & 1 else good[i, w]
                continue
            taken = min(need, left)
            peg_code[pegs] = code
            peg_line[pegs] = line
            peg_week[pegs] = week
            peg_quantity[pegs] = taken
            pegs += 1
            need = need - taken
            left = left - taken
    return pegs


@numba.njit(cache=True, nogil=True)
def plan_items(
    begin: int, stop: int, lead: Ints, release: Shorts, rule: Ints, lot: Ints, trade: Floats, safety: Ints, share: Ints,
    on_hand: Ints, receipts: Ints, independent: Ints, gross: Ints, good: Ints,
    first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints, used_first: Ints, used: Ints, parent: Ints,
    planned: Ints, planned_end: Ints, due: Shorts, begun: Ints,
    own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints, wait_line: Lines, wait_week: Shorts, wait: Ints, slot: Ints,
    peg_first: Ints, peg_code: Shorts, peg_line: Lines, peg_week: Shorts, peg_quantity: Ints, guard: bool,
) -> int:  # fmt: skip
    """Nets and pegs items begin .. stop - 1, whose parents stand before ``begin`` or in the same span; planned orders go from ``planned[begin]`` on.

    Fills their rows of ``gross`` and ``good``. Returns the item before which it stopped: ``stop``, or an earlier one where the
    room for pegs ended, or ``TOO_LARGE`` when ``guard`` is set and a quantity came near the int64 limit.
    """
    W = good.shape[1]
    pegs = 0
    orders = planned[begin]
    for i in range(begin, stop):
        peg_first[i - begin] = pegs
        planned[i] = orders
        outside, count, ordered = _demands(
            i, lead, release, first, qty, scrap, start, end, group, priority, plain, independent, order_first, order_week,
            order_qty, order_ref, used_first, used, parent, planned, planned_end, due, begun, own_line, own_week, own_at, own,
            guard,
        )  # fmt: skip
        if count == TOO_LARGE:
            return TOO_LARGE
        if pegs + count + 2 * W + 2 > len(peg_code):
            return i
        for t in range(W):
            gross[i, t] = independent[i, t]
        for d in range(outside, count):
            gross[i, own_at[d]] += own[d]
            if guard and gross[i, own_at[d]] > LIMIT:
                return TOO_LARGE
        available = on_hand[i]
        for t in range(W):
            available = available + receipts[i, t] - gross[i, t]
            if available >= safety[i]:
                good[i, t] = 0
                continue
            need = safety[i] - available
            # The rules of most items stand here, as a call costs more than they do.
            size = need
            if rule[i] == 1:
                size = -(-need // lot[i]) * lot[i]
            elif rule[i] > 1:
                size = lot_size(need, t, rule[i], lot[i], trade[i], receipts[i], gross[i])
            if guard and size > LIMIT:
                return TOO_LARGE
            good[i, t] = size
            due[orders] = t
            begun[orders] = size if share[i] == 100 else -(-100 * size // share[i])
            orders += 1
            available = available + size
        planned_end[i] = orders
        pegs = _matched(
            i, count, ordered, safety, on_hand, receipts, good, own_line, own_week, own_at, own, wait_line, wait_week, wait,
            slot, pegs, peg_code, peg_line, peg_week, peg_quantity,
        )  # fmt: skip
    peg_first[stop - begin] = pegs
    return stop


@numba.njit(cache=True, nogil=True)
def peg(
    begin: int, stop: int, lead: Ints, release: Shorts, safety: Ints, on_hand: Ints, receipts: Ints, independent: Ints,
    good: Ints, first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints, used_first: Ints, used: Ints, parent: Ints,
    planned: Ints, planned_end: Ints, due: Shorts, begun: Ints,
    own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints, wait_line: Lines, wait_week: Shorts, wait: Ints, slot: Ints,
    peg_first: Ints, peg_code: Shorts, peg_line: Lines, peg_week: Shorts, peg_quantity: Ints,
) -> int:  # fmt: skip
    """Pegs items begin .. stop - 1 of a plan that stands; returns the item before which it stopped, as ``plan_items`` does."""
    W = good.shape[1]
    pegs = 0
    for i in range(begin, stop):
        peg_first[i - begin] = pegs
        _, count, ordered = _demands(
            i, lead, release, first, qty, scrap, start, end, group, priority, plain, independent, order_first, order_week,
            order_qty, order_ref, used_first, used, parent, planned, planned_end, due, begun, own_line, own_week, own_at, own,
            False,
        )  # fmt: skip
        if pegs + count + 2 * W + 2 > len(peg_code):
            return i
        pegs = _matched(
            i, count, ordered, safety, on_hand, receipts, good, own_line, own_week, own_at, own, wait_line, wait_week, wait,
            slot, pegs, peg_code, peg_line, peg_week, peg_quantity,
        )  # fmt: skip
    peg_first[stop - begin] = pegs
    return stop


@numba.njit(cache=True)
def climb_pegs(
    begin: int, peg_first: Ints, peg_code: Shorts, peg_line: Lines, peg_week: Shorts, parent: Ints, hit: Flags, chosen: Flags
) -> None:  # fmt: skip
    """Follows supplies up the pegs, from the last item to the first.

    ``hit`` [n, 2W + 1] marks supplies by item and code, and is filled with the parents' orders that draw on them;
    ``chosen`` marks the pegs of marked supplies that end at demand from outside.
    """
    for k in range(len(peg_first) - 2, -1, -1):
        i = begin + k
        for p in range(peg_first[k], peg_first[k + 1]):
            if not hit[i, peg_code[p]]:
                continue
            if peg_line[p] >= 0:
                hit[parent[peg_line[p]], 2 + 2 * peg_week[p]] = True
            elif peg_line[p] != SAFETY:
                chosen[p] = True
