"""The kernels that peg: each item's supplies matched to its demands, first in, first out.

Supplies of an item in order of time have a ``code``: 0 stock, 1 + 2w the receipt of week w, 2 + 2w the
order planned for week w. Demands have a ``line`` and a ``week``: line j >= 0 is drawn through BOM line j by
the parent's order due in ``week``; -1 demand of the week; -2 the safety stock; -3 - k customer order k.
Arrays as in ``netting``, and where a part is used: the lines of child i are ``used[used_first[i]] ..``,
``parent`` [m] of each line; customer orders of item i are ``order_first[i] ..`` by week. Of one week, customer
orders come first, then other demand from outside, then what parents draw.
"""

import numba
import numpy as np
import numpy.typing as npt

from nightmill.materials.inputs import FIRST_ORDER, FORECAST, SAFETY, Flags, Ints, Shorts
from nightmill.materials.netting import line_used

Lines = npt.NDArray[np.int32]


@numba.njit(cache=True)
def list_orders(stop: int, share: Ints, good: Ints, planned: Ints, due: Shorts, begun: Ints) -> int:
    """The planned orders of items 0 .. stop - 1, listed as ``net`` lists them."""
    count = 0
    planned[0] = 0
    for i in range(stop):
        for t in range(good.shape[1]):
            size = good[i, t]
            if size != 0:
                due[count] = t
                begun[count] = size if share[i] == 100 else -(-100 * size // share[i])
                count += 1
        planned[i + 1] = count
    return count


@numba.njit(cache=True, nogil=True)
def most_pegs(
    begin: int, stop: int, planned: Ints, receipts: Ints, independent: Ints, order_first: Ints, used_first: Ints,
    used: Ints, parent: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Upper bounds: the pegs of items begin .. stop - 1, and the demands of any one of them."""
    total = 0
    widest = 0
    for i in range(begin, stop):
        supplies = 1 + planned[i + 1] - planned[i]
        demands = 1 + order_first[i + 1] - order_first[i]
        for t in range(receipts.shape[1]):
            if receipts[i, t] != 0:
                supplies += 1
            if independent[i, t] != 0:
                demands += 1
        for k in range(used_first[i], used_first[i + 1]):
            p = parent[used[k]]
            demands += planned[p + 1] - planned[p]
        total += supplies + demands
        widest = max(widest, demands)
    return total, widest


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


@numba.njit(cache=True, nogil=True)
def peg(  # noqa: C901 - one kernel, as calls would cost more than what they do
    begin: int, stop: int, lead: Ints, release: Shorts, safety: Ints, on_hand: Ints, receipts: Ints, good: Ints,
    first: Ints, qty: Ints, scrap: Ints, start: Ints, end: Ints, group: Ints, priority: Ints, plain: Flags,
    independent: Ints, order_first: Ints, order_week: Ints, order_qty: Ints, order_ref: Ints,
    used_first: Ints, used: Ints, parent: Ints, planned: Ints, due: Shorts, begun: Ints,
    own_line: Lines, own_week: Shorts, own_at: Shorts, own: Ints,
    wait_line: Lines, wait_week: Shorts, wait: Ints, slot: Ints,
    peg_first: Ints, peg_code: Shorts, peg_line: Lines, peg_week: Shorts, peg_quantity: Ints,
) -> int:  # fmt: skip
    """Pegs items begin .. stop - 1; returns the number of pegs. Pegs of item i start at ``peg_first[i - begin]``.

    ``own..`` and ``wait..`` are scratch for the demands of one item, before and after they are put in order of
    time; ``slot`` [W + 2] counts them by week.
    """
    W = good.shape[1]
    pegs = 0
    for i in range(begin, stop):
        peg_first[i - begin] = pegs
        count = 0
        last = -1
        ordered = True
        order = order_first[i]
        for t in range(W):
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
        for k in range(used_first[i], used_first[i + 1]):
            j = used[k]
            p = parent[j]
            for o in range(planned[p], planned[p + 1]):
                week = release[lead[p], due[o]]
                if plain[p] or line_used(first[p], first[p + 1], j, week, start, end, group, priority):
                    drawn = begun[o] * qty[j]
                    if scrap[j] != 0:
                        drawn = -(-100 * drawn // (100 - scrap[j]))
                    own_line[count], own_week[count], own_at[count] = j, due[o], week
                    own[count] = drawn
                    count += 1
                    if week < last:
                        ordered = False
                    last = week
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
    peg_first[stop - begin] = pegs
    return pegs


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
