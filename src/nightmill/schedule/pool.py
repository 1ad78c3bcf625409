"""The pallet pool: how many pallets are held at any time, exactly, by counting.

Pallets are alike, so a hold fits where fewer than all are held throughout. Time is cut into equal buckets; each knows how
many are held at its beginning (``level``) and at most (``peak``), and its events in order as a linked list: event ``2 k``
begins the hold of operation ``k``, ``2 k + 1`` ends it. A hold that ends frees its pallet for one that begins then.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from nightmill.schedule.lanes import FAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pool = tuple[Ints, Ints, Ints, Ints, Floats]
"""``level`` and ``peak`` (buckets,), ``head`` (buckets,) first event or -1, ``following`` and ``moment`` (2 operations,)."""


@njit(cache=True, nogil=True, error_model="numpy")
def bucket_of(moment: float, origin: float, width: float, size: int) -> int:
    """The bucket of a moment; what lies outside belongs to the first or last."""
    return int(min(max((moment - origin) / width, 0.0), size - 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _link(pool: Pool, bucket: int, event: int) -> None:
    """Insert an event in order of time, ends before beginnings."""
    _, _, head, following, moment = pool
    before, at = -1, head[bucket]
    while at >= 0 and (moment[at] < moment[event] or (moment[at] == moment[event] and at % 2 >= event % 2)):
        before, at = at, following[at]
    following[event] = at
    if before < 0:
        head[bucket] = event
    else:
        following[before] = event


@njit(cache=True, nogil=True, error_model="numpy")
def _unlink(pool: Pool, bucket: int, event: int) -> None:
    _, _, head, following, _ = pool
    before, at = -1, head[bucket]
    while at != event:
        before, at = at, following[at]
    if before < 0:
        head[bucket] = following[event]
    else:
        following[before] = following[event]


@njit(cache=True, nogil=True, error_model="numpy")
def _count(pool: Pool, bucket: int) -> None:
    """Set the bucket's peak from its events."""
    level, peak, head, following, _ = pool
    held, most, at = level[bucket], level[bucket], head[bucket]
    while at >= 0:
        held += 1 - 2 * (at % 2)
        most = max(most, held)
        at = following[at]
    peak[bucket] = most


@njit(cache=True, nogil=True, error_model="numpy")
def hold(pool: Pool, op: int, begin: float, end: float, origin: float, width: float) -> None:
    """Operation ``op`` holds a pallet from ``begin`` to ``end``."""
    level, peak, _, _, moment = pool
    first, last = bucket_of(begin, origin, width, level.size), bucket_of(end, origin, width, level.size)
    moment[2 * op], moment[2 * op + 1] = begin, end
    _link(pool, first, 2 * op)
    _link(pool, last, 2 * op + 1)
    for bucket in range(first + 1, last + 1):
        level[bucket] += 1
        peak[bucket] += 1
    _count(pool, first)
    _count(pool, last)


@njit(cache=True, nogil=True, error_model="numpy")
def release(pool: Pool, op: int, origin: float, width: float) -> None:
    """Take back the hold of ``op``."""
    level, peak, _, _, moment = pool
    first = bucket_of(moment[2 * op], origin, width, level.size)
    last = bucket_of(moment[2 * op + 1], origin, width, level.size)
    _unlink(pool, first, 2 * op)
    _unlink(pool, last, 2 * op + 1)
    for bucket in range(first + 1, last + 1):
        level[bucket] -= 1
        peak[bucket] -= 1
    _count(pool, first)
    _count(pool, last)


@njit(cache=True, nogil=True, error_model="numpy")
def full_until(pool: Pool, pallets: int, begin: float, end: float, origin: float, width: float) -> float:
    """-1 where a pallet is free from ``begin`` to ``end``; else when one becomes free after the last time that none is."""
    level, peak, head, following, moment = pool
    first, last = bucket_of(begin, origin, width, level.size), bucket_of(end, origin, width, level.size)
    for bucket in range(last, first - 1, -1):
        if peak[bucket] < pallets:
            continue
        held, at = level[bucket], head[bucket]
        if bucket == first:
            while at >= 0 and moment[at] <= begin:
                held += 1 - 2 * (at % 2)
                at = following[at]
        full, freed = held >= pallets, FAR
        while at >= 0 and (moment[at] < end or (full and freed >= FAR)):
            before = held
            held += 1 - 2 * (at % 2)
            if held >= pallets and moment[at] < end:
                full, freed = True, FAR
            elif before >= pallets and held < pallets:
                freed = moment[at]
            at = following[at]
        if full:
            later = bucket + 1
            while freed >= FAR and later < level.size:
                freed = _below(pool, pallets, later)
                later += 1
            return freed
    return -1.0


@njit(cache=True, nogil=True, error_model="numpy")
def _below(pool: Pool, pallets: int, bucket: int) -> float:
    """When the count first falls below ``pallets`` in a bucket that begins full; ``FAR`` if it doesn't."""
    level, _, head, following, moment = pool
    held, at = level[bucket], head[bucket]
    while at >= 0:
        held += 1 - 2 * (at % 2)
        if held < pallets:
            return float(moment[at])
        at = following[at]
    return FAR
