"""Lot sizing: the quantity of a planned order, with all lot rules in one kernel.

The rules by number: 0 L4L, 1 MULT, 2 MIN, 3 POQ as in the file format; 4 EOQ, at least the economic order quantity ``sqrt(2 D S / h)``
for the year's demand D (Harris 1913); 5 DYN, which chooses the weeks that a lot covers so that orders and holding cost least over the
horizon (Wagner & Whitin 1958). ``trade`` = S / (h / 52): the cost of an order divided by the cost of holding one piece for a week.
"""

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from nightmill.mrp.arrays import Floats, Ints
from nightmill.vocabulary.compiled import compiled


class LotRule(NamedTuple):
    """An item's lot rule by number, its lot size, and the cost of an order / cost of holding a piece for a week."""

    rule: int
    lot: int
    trade: float


class LotMemory(NamedTuple):
    """Memory for the choice of a dynamic lot, [W + 1] each; its contents before don't matter."""

    net: Floats
    best: Floats
    until: Ints


def lot_memory(weeks: int) -> LotMemory:
    """Return memory for lots over so many weeks."""
    return LotMemory(np.empty(weeks + 1), np.empty(weeks + 1), np.empty(weeks + 1, np.int64))


@compiled
def lot_size(by: LotRule, need: int, t: int, receipts: Ints, gross: Ints, memory: LotMemory) -> int:
    """Return the quantity of an item's order for ``need`` pieces in week t; ``receipts`` and ``gross`` [W] are the item's."""
    rule, lot, trade = by.rule, by.lot, by.trade
    if rule == 0:
        return need
    if rule == 1:
        return -(-need // lot) * lot
    if rule == 2:
        return max(need, lot)
    if rule == 3:
        cover = need
        for u in range(t + 1, min(gross.shape[0], t + lot)):
            cover = cover + gross[u] - receipts[u]
        return max(need, cover)
    if rule == 4:
        return max(need, _economic(trade, gross))
    return _dynamic(need, t, trade, receipts, gross, memory)


@compiled
def _economic(trade: float, gross: Ints) -> int:
    """Return the economic lot for the mean weekly demand over the horizon."""
    weekly = 0.0
    for u in range(gross.shape[0]):
        weekly += float(gross[u]) / gross.shape[0]
    return round(math.sqrt(2.0 * weekly * trade))


@compiled
def _dynamic(need: int, t: int, trade: float, receipts: Ints, gross: Ints, memory: LotMemory) -> int:
    """Return the first lot of the cheapest plan for weeks t .. W - 1, net of stock and receipts, by dynamic programming."""
    W = gross.shape[0]
    span = W - t
    net, best, until = memory.net[:span], memory.best[: span + 1], memory.until[: span + 1]
    net[:] = 0.0
    net[0] = float(need)
    spare = 0.0
    for k in range(1, span):
        spare += float(receipts[t + k]) - float(gross[t + k])
        if spare < 0.0:
            net[k] = -spare
            spare = 0.0
    # best[k]: least cost for weeks k .. span - 1; until[k]: the first week that a lot for week k no longer covers.
    best[:] = 0.0
    until[:] = span
    for k in range(span - 1, -1, -1):
        if net[k] == 0.0:
            best[k], until[k] = best[k + 1], k + 1
            continue
        best[k] = np.inf
        held = 0.0
        for v in range(k + 1, span + 1):
            if trade + held + best[v] < best[k]:
                best[k], until[k] = trade + held + best[v], v
            if v < span:
                if net[v] * (v - k) > trade:
                    break
                held += net[v] * (v - k)
    cover = need
    spare_pieces = 0 * need
    for k in range(1, until[0]):
        spare_pieces = spare_pieces + receipts[t + k] - gross[t + k]
        if spare_pieces < 0:
            cover = cover - spare_pieces
            spare_pieces = 0 * need
    return cover


def in_python(kernel: Any) -> Callable[..., Any]:
    """Return a kernel, and everything it calls, as plain Python with the same result, for arrays of Python integers."""
    code = kernel.py_func
    used = {name: code.__globals__[name] for name in code.__code__.co_names if name in code.__globals__}
    names = {name: in_python(value) if hasattr(value, "py_func") else value for name, value in used.items()}
    return FunctionType(code.__code__, names)
