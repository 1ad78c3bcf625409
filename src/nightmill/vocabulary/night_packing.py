"""Choose as many cuts as possible that can still end before people return, and the mills for them.

A multiple knapsack of cuts into the rest of the night on each mill, without a solver: urgent cuts first, then the shortest, each on the
mill where it leaves the least time; if one doesn't fit, all are placed again, longest first, and then one cut is moved or two are
swapped to make room. With identical mills and enough edges, the shortest cuts always form a largest possible set, so
only the placement is heuristic.
"""

import math
from collections.abc import Callable, Sequence

import msgspec

SLACK = 1e-9
LOOKED_AT = 8
"""Number of mills (those with the most time left) between which cuts are moved and swapped."""
GIVE_UP = 3
"""After this many kinds of cuts that don't fit, longer cuts on the same mills or with the same tools are no longer tried."""


_Kind = tuple[frozenset[tuple[str, float]], frozenset[tuple[str, float]]]


class NightCut(msgspec.Struct, frozen=True):
    """A waiting cut: seconds on each mill that may take it (including pallet change), and fractions of edges by tool."""

    id: str
    takes_s: dict[str, float]
    shares: dict[str, float]
    urgent: bool = False


class NightMill(msgspec.Struct, frozen=True):
    """The resources a mill has left for the night: time, edges by tool, seconds until its chip bin is full, cuts until it is blocked."""

    id: str
    left_s: float
    edges: dict[str, float]
    chips_s: float = math.inf
    cuts: float = math.inf


class _Filling:
    """Mills with the cuts assigned to them."""

    def __init__(self, mills: Sequence[NightMill]) -> None:
        self.mills = {mill.id: mill for mill in mills}
        self.given: dict[str, list[NightCut]] = {mill.id: [] for mill in mills}
        self.free_s = {mill.id: mill.left_s for mill in mills}
        self.edges = {mill.id: dict(mill.edges) for mill in mills}

    def fits(self, cut: NightCut, name: str, without: NightCut | None = None) -> bool:
        """Return whether the mill can finish one more cut if ``without`` is taken off it."""
        mill, takes_s = self.mills[name], cut.takes_s.get(name, math.inf)
        back_s = without.takes_s[name] if without is not None else 0.0
        if takes_s > self.free_s[name] + back_s or len(self.given[name]) + (without is None) > mill.cuts:
            return False
        if takes_s + mill.left_s - self.free_s[name] - back_s > mill.chips_s:
            return False
        left, freed = self.edges[name], without.shares if without is not None else {}
        return all(share <= left.get(tool, 0.0) + freed.get(tool, 0.0) + SLACK for tool, share in cut.shares.items())

    def give(self, cut: NightCut, name: str) -> None:
        self.given[name].append(cut)
        self._count(cut, name, 1)

    def take(self, cut: NightCut, name: str) -> None:
        self.given[name].remove(cut)
        self._count(cut, name, -1)

    def _count(self, cut: NightCut, name: str, times: int) -> None:
        self.free_s[name] -= times * cut.takes_s[name]
        left = self.edges[name]
        for tool, share in cut.shares.items():
            left[tool] = left.get(tool, 0.0) - times * share

    def placed(self, cut: NightCut, better: Callable[[float], float]) -> bool:
        """Assign the cut to the mill that is left with the best remaining time, if any mill can take it."""
        able = [name for name in self.mills if self.fits(cut, name)]
        if not able:
            return False
        self.give(cut, min(able, key=lambda name: (better(self.free_s[name] - cut.takes_s[name]), name)))
        return True

    def squeezed(self, cut: NightCut) -> bool:
        """Make room for the cut by moving another cut to a different mill, or by swapping a longer cut for a shorter one."""
        roomy = sorted(self.mills, key=lambda name: (-self.free_s[name], name))[:LOOKED_AT]
        able = [name for name in roomy if name in cut.takes_s]
        for name in able:
            for out in list(self.given[name]):
                if not self.fits(cut, name, without=out):
                    continue
                if goal := next((other for other in roomy if other != name and self.fits(out, other)), ""):
                    self.take(out, name)
                    self.give(out, goal)
                    self.give(cut, name)
                    return True
        return any(self._exchanged(cut, name, roomy) for name in able)

    def _exchanged(self, cut: NightCut, name: str, others: Sequence[str]) -> bool:
        """Swap a longer cut on this mill for a shorter one on another mill, if this makes ``cut`` fit."""
        for out in list(self.given[name]):
            for other in others:
                for back in list(self.given[other]) if other != name else ():
                    gain = out.takes_s[name] - back.takes_s.get(name, math.inf)
                    if gain <= 0 or self.free_s[name] + gain < cut.takes_s[name] or not self.fits(out, other, back):
                        continue
                    self.take(out, name)
                    self.take(back, other)
                    self.give(out, other)
                    if self.fits(back, name):
                        self.give(back, name)
                        if self.fits(cut, name):
                            self.give(cut, name)
                            return True
                        self.take(back, name)
                    self.take(out, other)
                    self.give(back, other)
                    self.give(out, name)
        return False


class _Misfits:
    """Cuts that did not fit: cuts of the same kind, and after ``GIVE_UP`` kinds longer cuts on the same mills, are not tried."""

    def __init__(self) -> None:
        self._kinds: set[_Kind] = set()
        self._failed_s: dict[tuple[frozenset[str], frozenset[str]], list[float]] = {}

    def has(self, cut: NightCut) -> bool:
        mills = frozenset(cut.takes_s)
        alike = [self._failed_s.get((mills, tools), ()) for tools in {frozenset[str](), frozenset(cut.shares)}]
        return _kind(cut) in self._kinds or any(sum(s <= _s(cut) for s in each) >= GIVE_UP for each in alike)

    def add(self, cut: NightCut, filling: _Filling) -> None:
        """Add the cut: if there is no time for it, there is none for longer cuts either; if there is time, its own tools are missing."""
        self._kinds.add(_kind(cut))
        bare = msgspec.structs.replace(cut, shares={})
        tools = frozenset(cut.shares) if any(filling.fits(bare, name) for name in cut.takes_s) else frozenset[str]()
        self._failed_s.setdefault((frozenset(cut.takes_s), tools), []).append(_s(cut))


def night_cuts(cuts: Sequence[NightCut], mills: Sequence[NightMill]) -> dict[str, str]:
    """Return the mill for each cut that can end in time, by cut id; ``cuts`` in order of priority."""
    order = sorted(enumerate(cuts), key=lambda one: (not one[1].urgent, 0.0 if one[1].urgent else _s(one[1]), one[0]))
    filling, chosen, hopeless = _Filling(mills), list[NightCut](), _Misfits()
    for _, cut in order:
        if hopeless.has(cut):
            continue
        if filling.placed(cut, lambda room: room) or filling.squeezed(cut):
            chosen.append(cut)
        elif anew := _placed_all([*chosen, cut], mills):
            filling = anew
            chosen.append(cut)
        else:
            hopeless.add(cut, filling)
    return {cut.id: name for name, given in filling.given.items() for cut in given}


def all_end(cuts: Sequence[NightCut], mills: Sequence[NightMill]) -> bool:
    """Return whether all cuts end in time if each, in order of priority, goes to the mill that is free first."""
    filling = _Filling(mills)
    return all(filling.placed(cut, lambda room: -room) for cut in cuts)


def that_can_end(cuts: Sequence[NightCut], mills: Sequence[NightMill]) -> frozenset[str]:
    """Return the cuts that some mill could finish if it cut nothing else."""
    empty = _Filling(mills)
    return frozenset(cut.id for cut in cuts if any(empty.fits(cut, mill.id) for mill in mills))


def _kind(cut: NightCut) -> _Kind:
    return frozenset(cut.takes_s.items()), frozenset(cut.shares.items())


def _s(cut: NightCut) -> float:
    return min(cut.takes_s.values(), default=math.inf)


def _placed_all(cuts: Sequence[NightCut], mills: Sequence[NightMill]) -> _Filling | None:
    """Place all cuts, longest first, by the tightest or the widest fit; return ``None`` if one doesn't fit."""
    longest = sorted(cuts, key=lambda cut: (-_s(cut), cut.id))
    for better in (lambda room: room, lambda room: -room):
        filling = _Filling(mills)
        if all(filling.placed(cut, better) or filling.squeezed(cut) for cut in longest):
            return filling
    return None
