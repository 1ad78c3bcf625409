"""The pallet pool: an exact count of the pallets held at any time.

Pallets are identical, so a hold fits wherever at least one pallet is free throughout. Time is divided into equal buckets. Each
bucket stores how many pallets are held at its start (``level``) and at most (``peak``), and a linked list of its events in
order of time: event ``2 k`` starts the hold of operation ``k``, ``2 k + 1`` ends it. A hold that ends frees its pallet for a
hold that starts at the same moment.
"""

from nightmill.scheduling.engine import state as s
from nightmill.scheduling.engine.state import Floats, Ints, alt, code, general
from nightmill.vocabulary.compiled import compiled


@compiled
def bucket_of(f: Floats, n: Ints, moment: float) -> int:
    """Return the bucket for a moment; moments outside the range belong to the first or last bucket."""
    return int(min(max((moment - general(f, n, s.NOW)) / general(f, n, s.BUCKET_S), 0.0), n[s.BUCKETS] - 1.0))


@compiled
def _link(f: Floats, n: Ints, bucket: int, event: int) -> None:
    """Insert an event in order of time; at equal times ends come before starts."""
    moment, following = n[s.MOMENT], n[s.FOLLOWING]
    before, at, when = -1, n[n[s.HEAD] + bucket], f[moment + event]
    while at >= 0 and (f[moment + at] < when or (f[moment + at] == when and at % 2 >= event % 2)):
        before, at = at, n[following + at]
    n[following + event] = at
    if before < 0:
        n[n[s.HEAD] + bucket] = event
    else:
        n[following + before] = event


@compiled
def _unlink(n: Ints, bucket: int, event: int) -> None:
    following = n[s.FOLLOWING]
    before, at = -1, n[n[s.HEAD] + bucket]
    while at != event:
        before, at = at, n[following + at]
    if before < 0:
        n[n[s.HEAD] + bucket] = n[following + event]
    else:
        n[following + before] = n[following + event]


@compiled
def _count(n: Ints, bucket: int) -> None:
    """Recompute the bucket's peak from its events."""
    held, at = n[n[s.LEVEL] + bucket], n[n[s.HEAD] + bucket]
    most = held
    while at >= 0:
        held += 1 - 2 * (at % 2)
        most = max(most, held)
        at = n[n[s.FOLLOWING] + at]
    n[n[s.PEAK] + bucket] = most


@compiled
def on_pallet(n: Ints, op: int) -> bool:
    """Return whether the operation's part is on a pallet; False if the machine is loaded by hand."""
    return bool(n[n[s.BY_HAND] + alt(n, code(n, op, s.ALT_FIRST), s.MACHINE)] == 0)


@compiled
def hold(f: Floats, n: Ints, op: int, begin: float, end: float) -> None:
    """Hold a pallet for operation ``op`` from ``begin`` to ``end``, if it needs one."""
    if not on_pallet(n, op):
        return
    first, last = bucket_of(f, n, begin), bucket_of(f, n, end)
    f[n[s.MOMENT] + 2 * op], f[n[s.MOMENT] + 2 * op + 1] = begin, end
    _link(f, n, first, 2 * op)
    _link(f, n, last, 2 * op + 1)
    _raise(n, first, last, 1)


@compiled
def release(f: Floats, n: Ints, op: int) -> None:
    """Remove the hold of ``op``."""
    if not on_pallet(n, op):
        return
    first, last = bucket_of(f, n, f[n[s.MOMENT] + 2 * op]), bucket_of(f, n, f[n[s.MOMENT] + 2 * op + 1])
    _unlink(n, first, 2 * op)
    _unlink(n, last, 2 * op + 1)
    _raise(n, first, last, -1)


@compiled
def _raise(n: Ints, first: int, last: int, by: int) -> None:
    """Count one pallet more (or fewer) from some moment in bucket ``first`` to some moment in ``last``."""
    level, peak = n[n[s.LEVEL] + first + 1 : n[s.LEVEL] + last + 1], n[n[s.PEAK] + first + 1 : n[s.PEAK] + last + 1]
    for between in range(last - first):
        level[between] += by
        peak[between] += by
    _count(n, first)
    _count(n, last)


@compiled
def full_until(f: Floats, n: Ints, begin: float, end: float) -> float:
    """Return -1 if a pallet is free from ``begin`` to ``end``; otherwise the time at which a pallet becomes free after
    the last moment without one.
    """
    first, pallets, moment = bucket_of(f, n, begin), n[s.PALLETS], n[s.MOMENT]
    for bucket in range(bucket_of(f, n, end), first - 1, -1):
        if n[n[s.PEAK] + bucket] < pallets:
            continue
        held, at = n[n[s.LEVEL] + bucket], n[n[s.HEAD] + bucket]
        if bucket == first:
            while at >= 0 and f[moment + at] <= begin:
                held += 1 - 2 * (at % 2)
                at = n[n[s.FOLLOWING] + at]
        full, freed = held >= pallets, s.FAR
        while at >= 0 and (f[moment + at] < end or (full and freed >= s.FAR)):
            before = held
            held += 1 - 2 * (at % 2)
            if held >= pallets and f[moment + at] < end:
                full, freed = True, s.FAR
            elif before >= pallets and held < pallets:
                freed = f[moment + at]
            at = n[n[s.FOLLOWING] + at]
        if full:
            while freed >= s.FAR and bucket + 1 < n[s.BUCKETS]:
                bucket += 1
                freed = _below(f, n, bucket)
            return float(freed)
    return -1.0


@compiled
def _below(f: Floats, n: Ints, bucket: int) -> float:
    """Return when the count in a bucket that starts full first falls below the number of pallets; ``FAR`` if never."""
    held, at = n[n[s.LEVEL] + bucket], n[n[s.HEAD] + bucket]
    while at >= 0:
        held += 1 - 2 * (at % 2)
        if held < n[s.PALLETS]:
            return float(f[n[s.MOMENT] + at])
        at = n[n[s.FOLLOWING] + at]
    return s.FAR
