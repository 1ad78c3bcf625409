"""Keep the areas left to cut at each level of a stage; cuts are subtracted only when a level is read."""

import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.polygon_offsets import meaningful, opened
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import EMPTY, UNION_TOLERANCE_MM, parts, polygonal

SMALLEST_MM2 = 1e-4
MOST_SETTLED = 64
"""Number of areas that are cached with the same cuts subtracted."""

Settled = dict[tuple[int, ...], tuple[BaseGeometry, list[BaseGeometry], BaseGeometry]]
"""Cache by the identities of an area and of cuts. It holds these objects, to keep them alive, and the result of the cuts."""


class Remains:
    """The areas left at each level; cuts are stored until a level is read, as most fine levels are read only rarely.

    A cut at one level also frees all levels above: it waits at its level until a higher level is read, and is passed up
    joined with the cuts that wait on the way. If there is no stock between a cut and a lower level, the lower level is
    freed too: such a cut is passed down in the same way, through the voids of the stock's ``layers`` (the stock between
    each level and the previous one).
    """

    def __init__(self, areas: list[BaseGeometry], layers: list[BaseGeometry]) -> None:
        self._areas = areas
        self._layers = layers
        self._footprint = polygonal(joined([a for a in areas if not a.is_empty])) if areas else EMPTY
        self._voids: dict[int, BaseGeometry] = {}
        self._pending: list[list[BaseGeometry]] = [[] for _ in areas]
        self._rising: dict[int, BaseGeometry] = {}
        self._falling: dict[int, BaseGeometry] = {}
        self._settled: Settled = {}

    def __len__(self) -> int:
        return len(self._areas)

    def __getitem__(self, index: int) -> BaseGeometry:
        self._raise(index)
        self._fall(index)
        if self._pending[index]:
            self._settle(index)
        return self._areas[index]

    def less(self, index: int, area: BaseGeometry) -> None:
        """Subtract an area lazily from one level."""
        if not self._areas[index].is_empty:
            self._pending[index].append(area)

    def less_up(self, index: int, area: BaseGeometry) -> None:
        """Subtract an area lazily from one level and all levels above."""
        self.less(index, area)
        self._wait(self._rising, index, area)

    def fall(self, index: int, area: BaseGeometry) -> None:
        """Subtract an area lazily from all lower levels down to the next stock."""
        self._wait(self._falling, index, area)

    def copy(self) -> "Remains":
        """Return a copy of the remains, to go back to later."""
        twin = object.__new__(Remains)
        twin._areas, twin._layers = list(self._areas), self._layers
        twin._footprint, twin._voids = self._footprint, self._voids
        twin._pending = [list(some) for some in self._pending]
        twin._rising, twin._falling = dict(self._rising), dict(self._falling)
        twin._settled = self._settled
        return twin

    def _raise(self, index: int) -> None:
        if max(self._rising, default=-1) <= index:
            return
        for i in range(max(self._rising), index, -1):
            waiting = self._rising.pop(i, None)
            if waiting is not None:
                self.less(i - 1, waiting)
                self._wait(self._rising, i - 1, waiting)

    def _fall(self, index: int) -> None:
        if min(self._falling, default=index) >= index:
            return
        for i in range(min(self._falling), index):
            waiting = self._falling.pop(i, None)
            void = EMPTY if waiting is None else self._void(i + 1)
            if waiting is None or void.is_empty:
                continue
            # each level's outline has its own corners: a cut passed down through many levels would collect them all
            hollow = polygonal(common(waiting, void)).simplify(UNION_TOLERANCE_MM)
            if meaningful(hollow):
                self.less(i + 1, hollow)
                self._wait(self._falling, i + 1, hollow)

    def _wait(self, waiting: dict[int, BaseGeometry], index: int, area: BaseGeometry) -> None:
        here = waiting.get(index)
        waiting[index] = area if here is None else polygonal(joined([here, area]))

    def _void(self, index: int) -> BaseGeometry:
        """Return where the stock's layer at a level is open, within the area of all cuts."""
        if index not in self._voids:
            self._voids[index] = opened(minus(self._footprint, self._layers[index]))
        return self._voids[index]

    def _settle(self, index: int) -> None:
        """Subtract the waiting cuts from a level; levels of one deep pocket share their area, and so also the result."""
        area, cuts = self._areas[index], self._pending[index]
        self._pending[index] = []
        if area.is_empty:
            return
        key = (id(area), *map(id, cuts))
        if key not in self._settled:
            if len(self._settled) >= MOST_SETTLED:
                self._settled.clear()
            self._settled[key] = area, cuts, _less(area, cuts)
        self._areas[index] = self._settled[key][2]


def _less(area: BaseGeometry, cuts: list[BaseGeometry]) -> BaseGeometry:
    """Return the area left after subtracting cuts, without slivers; the same object if they remove nothing."""
    whole = shapely.get_parts(area)
    cropped: list[BaseGeometry] = []
    for cut in cuts:
        shapely.prepare(cut)
        hit = shapely.intersects(cut, whole)
        cropped = [_outside(piece, cut) for piece in (*cropped, *whole[hit])]
        whole = whole[~hit]
    if not cropped:
        return area
    pieces = [p for piece in cropped for p in parts(polygonal(piece))]
    rest = opened(shapely.multipolygons(pieces)) if pieces else EMPTY
    kept = [*whole, *(p for p in parts(rest) if p.area > SMALLEST_MM2)]
    return shapely.multipolygons(kept) if kept else EMPTY


def _outside(piece: BaseGeometry, cut: BaseGeometry) -> BaseGeometry:
    """Return the part of a piece outside a prepared cut."""
    if piece.is_empty or not cut.intersects(piece):
        return piece
    return EMPTY if cut.covers(piece) else minus(piece, cut)
