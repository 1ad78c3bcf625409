"""One setup as stacked areas: at each tip height, what must stay, what stands in the way, what is left to cut."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import manifold3d as m3
import shapely
from shapely.geometry.base import BaseGeometry

from nightmill.process.field import Field
from nightmill.process.solids import EMPTY, layers, parts, polygonal, prism, shadows, stacked, united
from nightmill.vocabulary.plan import Tool

WALL_ALLOWANCE_MM = 0.009
"""Kept off the mesh by finishing paths: chord error 0.004, round-join sagitta 0.003, path tolerance 0.002."""
SAGITTA_MM = 0.003
SLIVER_MM = 0.012
FIXTURE_CLEARANCE_MM = 0.5
HOLDER_CLEARANCE_MM = 1.0
LINK_LIFT_MM = 0.2
MUCH_MM3 = 100.0
WALL_SLACK_MM = 0.02
SLAB_OVERLAP_MM = 0.001
LEVEL_SLACK_MM = 3e-4
"""Sections are taken this little above a level, so that a floor that lies in it is not taken for a wall."""


def rounded(area: BaseGeometry, distance: float) -> BaseGeometry:
    """Offset with round joins whose chords stay within ``SAGITTA_MM`` of the true arc."""
    radius = max(abs(distance), 0.01)
    segments = max(4, math.ceil(math.pi / 4 / math.acos(max(0.0, 1 - SAGITTA_MM / radius))))
    return area.buffer(distance, quad_segs=segments)


def opened(area: BaseGeometry, half_width: float = SLIVER_MM) -> BaseGeometry:
    """The area without slivers narrower than twice ``half_width``; corners stay sharp."""
    if area.is_empty:
        return EMPTY
    core = polygonal(area).buffer(-half_width, join_style="mitre")
    return core.buffer(half_width, join_style="mitre") if not core.is_empty else EMPTY


def meaningful(area: BaseGeometry, half_width: float = SLIVER_MM) -> bool:
    """Whether anything wider than a sliver is in the area."""
    if area.is_empty:
        return False
    return not area.buffer(-half_width, quad_segs=2).is_empty


@dataclass(frozen=True)
class Level:
    """A tip height; ``fine`` levels lie on slopes between two coarse ones."""

    z: float
    fine: bool


class Remains:
    """What is left at each level; cuts are kept until a level is looked at, as most fine levels seldom are.

    A cut at one level also frees all levels above: it waits at its level until one of those is looked at, and rises
    joined with the cuts that wait on its way.
    """

    def __init__(self, areas: list[BaseGeometry]) -> None:
        self._areas = areas
        self._pending: list[list[BaseGeometry]] = [[] for _ in areas]
        self._rising: list[BaseGeometry] = [EMPTY for _ in areas]

    def __len__(self) -> int:
        return len(self._areas)

    def __getitem__(self, index: int) -> BaseGeometry:
        self._raise(index)
        if self._pending[index]:
            self._settle(index)
        return self._areas[index]

    def less(self, index: int, area: BaseGeometry) -> None:
        """Take an area off one level, later."""
        if not self._areas[index].is_empty:
            self._pending[index].append(area)

    def less_up(self, index: int, area: BaseGeometry) -> None:
        """Take an area off one level and all above it, later."""
        self.less(index, area)
        self._rising[index] = _joined(self._rising[index], area)

    def copy(self) -> "Remains":
        """The same remains, to go back to."""
        twin = Remains(list(self._areas))
        twin._pending = [list(some) for some in self._pending]
        twin._rising = list(self._rising)
        return twin

    def _raise(self, index: int) -> None:
        for i in range(len(self._areas) - 1, index, -1):
            waiting = self._rising[i]
            if not waiting.is_empty:
                self.less(i - 1, waiting)
                self._rising[i - 1] = _joined(self._rising[i - 1], waiting)
                self._rising[i] = EMPTY

    def _settle(self, index: int) -> None:
        area, cuts = self._areas[index], self._pending[index]
        self._pending[index] = []
        if area.is_empty:
            return
        swept = cuts[0] if len(cuts) == 1 else polygonal(shapely.union_all(cuts))
        shapely.prepare(swept)
        pieces = shapely.get_parts(area)
        hit = shapely.intersects(swept, pieces)
        if hit.any():
            rest = opened(shapely.difference(shapely.multipolygons(pieces[hit]), swept))
            kept = [*pieces[~hit], *(p for p in parts(rest) if p.area > 1e-4)]
            self._areas[index] = shapely.multipolygons(kept) if kept else EMPTY


def _joined(first: BaseGeometry, second: BaseGeometry) -> BaseGeometry:
    if first.is_empty or second.is_empty:
        return second if first.is_empty else first
    return polygonal(shapely.union(first, second))


@dataclass
class Stage:
    """The stack of areas of one setup, all lists parallel to ``levels`` (falling heights).

    ``must``: shadow of the part above; ``left``: stock still to be removed above; ``fixtures``: (area, top);
    ``layers``: the incoming stock between each level and the one before; ``stock``: the stock as heights; ``spare_mm2``: surface that slow passes may
    still leave; ``late`` says that the time for planning is used up.
    """

    levels: list[Level]
    must: list[BaseGeometry]
    left: Remains
    fixtures: list[tuple[BaseGeometry, float]]
    top: float
    layers: list[BaseGeometry]
    stock: Field
    spare_mm2: float = 0.0
    late: Callable[[], bool] = field(default=lambda: False)
    holes: list[tuple[BaseGeometry, float]] = field(default_factory=list)
    cut: list[tuple[BaseGeometry, float]] = field(default_factory=list)
    drilled: list[m3.Manifold] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        part: m3.Manifold,
        stock: m3.Manifold,
        levels: list[Level],
        fixtures: list[tuple[BaseGeometry, float]],
    ) -> "Stage":
        """Slice part and stock at all levels; what is left to cut is the difference, slivers dropped."""
        heights = [level.z + LEVEL_SLACK_MM for level in levels]
        must = shadows(part, heights)
        stock_layers = layers(stock, heights)
        piece = stacked(stock_layers)
        left = [opened(shapely.difference(s, m), 0.025) for s, m in zip(piece, must, strict=True)]
        return cls(levels, must, Remains(left), fixtures, float(stock.bounding_box()[5]), stock_layers, Field.of(stock))

    def blocked(
        self, index: int, tool: Tool, allowance: float, bounds: tuple[float, float, float, float]
    ) -> BaseGeometry:
        """Where the tool's axis may not be at that level, within ``bounds``."""
        radius = tool.diameter_mm / 2
        z = self.levels[index].z
        pieces = [rounded(_clip(self.must[index], bounds, radius + 1), radius + allowance)]
        pieces += [
            rounded(_clip(area, bounds, radius + 2), radius + FIXTURE_CLEARANCE_MM)
            for area, top in self.fixtures
            if top > z - 0.2
        ]
        reach = z + tool.stickout_mm - HOLDER_CLEARANCE_MM
        holder = tool.holder_diameter_mm / 2 + HOLDER_CLEARANCE_MM
        if holder > radius:
            if reach < self.top:
                above = self.index_at(reach)
                for area in (self.must[above], self.left[above]):
                    pieces.append(rounded(_clip(area, bounds, holder + 1), holder))
            pieces += [rounded(_clip(a, bounds, holder + 1), holder) for a, top in self.fixtures if top > reach]
        pieces = [p for p in pieces if not p.is_empty]
        return shapely.union_all(pieces) if pieces else EMPTY

    def index_at(self, z: float) -> int:
        """The highest level that is not above ``z``: its shadow contains that of ``z``."""
        for i, level in enumerate(self.levels):
            if level.z <= z + 1e-9:
                return i
        return len(self.levels) - 1

    def remove(self, index: int, swept: BaseGeometry) -> None:
        """Take the swept area off all that is left at this level and above."""
        self.cut.append((swept, self.levels[index].z))
        self.stock.lower(swept, self.levels[index].z)
        self.left.less_up(index, swept)
        self._fallen(index, swept)

    def _fallen(self, index: int, swept: BaseGeometry) -> None:
        """Where nothing of the stock lies between the swept height and a lower level, nothing is left there either."""
        hollow = swept
        for i in range(index + 1, len(self.levels)):
            hollow = shapely.difference(hollow, self.layers[i])
            if not meaningful(hollow):
                return
            self.left.less(i, hollow)

    def drilled_to(self, swept: BaseGeometry) -> float | None:
        """The height down to which a drill has opened the whole of an area, None where none has."""
        return next((z for disc, z in self.holes if disc.covers(swept)), None)

    def index_above(self, z: float) -> int:
        """The lowest level that is not below ``z``, -1 where there is none."""
        found = -1
        for i, level in enumerate(self.levels):
            if level.z < z - 1e-6:
                break
            found = i
        return found

    def bored(self, centre: shapely.Point, radius: float, shown: float, z: float) -> None:
        """Take a drilled disc off all levels from ``z`` up, with radius ``shown`` where its rim is finished."""
        self.cut.append((rounded(centre, radius), z))
        self.holes.append((rounded(centre, radius + 0.1), z))
        self.lower(z, rounded(centre, shown))

    def lower(self, z: float, area: BaseGeometry) -> None:
        """Drop an area from what is left at the levels from ``z`` up."""
        self.stock.lower(area, z)
        index = self.index_above(z)
        if index >= 0:
            self.left.less_up(index, area)

    def remaining(self) -> float:
        """A measure of what is left, mm3; stops counting when it is plain that there is much."""
        total, above = 0.0, self.top
        for i, level in enumerate(self.levels):
            if total > MUCH_MM3:
                break
            total += self.left[i].area * (above - level.z)
            above = level.z
        return total

    def clear_above(self, x: float, y: float, radius: float) -> float:
        """Lowest height known to be free of stock over a disc."""
        return min(self.stock.highest((x, y), (x, y), radius - WALL_SLACK_MM), self.top)

    def link_height(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], low: float) -> float | None:
        """A height, not below ``low``, at which the tool may go straight across, or None where only above all."""
        radius = tool.diameter_mm / 2
        line = shapely.LineString([start, end])
        stands = self.stock.highest(start, end, radius - min(0.1, 0.1 * radius) - 0.71 * self.stock.pixel)
        z = max(low, stands + LINK_LIFT_MM if stands > low - LINK_LIFT_MM else low)
        holder = tool.holder_diameter_mm / 2 + HOLDER_CLEARANCE_MM
        reach = tool.stickout_mm - HOLDER_CLEARANCE_MM
        if holder > radius:
            z = max(z, self.stock.highest(start, end, holder) - reach)
        for area, top in self.fixtures:
            if top > z - 0.2 and near(area, line, radius + FIXTURE_CLEARANCE_MM):
                z = top + 0.2
            if holder > radius and top > z + reach and near(area, line, holder):
                z = top - reach
        index = self.index_at(z)
        step = 1
        while near(self.must[index], line, radius + 0.004):
            if index == 0:
                return None
            index = max(0, index - step)
            step *= 2
            z = max(z, self.levels[index].z + LINK_LIFT_MM)
        return z if z < self.top else None

    def saved(self) -> tuple[Remains, int, Field]:
        """What ``restore`` needs to undo a pass."""
        return self.left.copy(), len(self.cut), Field(self.stock.grid, self.stock.top.copy())

    def restore(self, state: tuple[Remains, int, Field]) -> None:
        """Back to a ``saved`` state."""
        left, count, self.stock = state
        self.left = left.copy()
        del self.cut[count:]

    def removed(self) -> m3.Manifold:
        """The solid that the programs of this setup have swept, up to above the stock."""
        by_height: dict[float, list[BaseGeometry]] = {}
        for area, z in self.cut:
            by_height.setdefault(round(z, 4), []).append(area)
        heights = sorted(by_height)
        total: BaseGeometry = EMPTY
        slabs = []
        for z, above in itertools.pairwise([*heights, self.top + 5.0]):
            total = polygonal(shapely.union_all([total, *by_height[z]]))
            slabs.append(prism(total.simplify(0.004), z, above + SLAB_OVERLAP_MM))
        return united([*slabs, *self.drilled])


def near(area: BaseGeometry, line: shapely.LineString, distance: float) -> bool:
    """Whether a line comes nearer to the area than ``distance``."""
    if area.is_empty:
        return False
    shapely.prepare(area)
    return bool(shapely.dwithin(area, line, distance))


def _clip(area: BaseGeometry, bounds: tuple[float, float, float, float], margin: float) -> BaseGeometry:
    if area.is_empty:
        return EMPTY
    x0, y0, x1, y1 = bounds
    a0, b0, a1, b1 = area.bounds
    x0, y0, x1, y1 = x0 - margin, y0 - margin, x1 + margin, y1 + margin
    if a0 >= x0 and b0 >= y0 and a1 <= x1 and b1 <= y1:
        return area
    if a0 > x1 or a1 < x0 or b0 > y1 or b1 < y0:
        return EMPTY
    return polygonal(shapely.intersection(area, shapely.box(x0, y0, x1, y1)))


def clusters(area: BaseGeometry, margin: float) -> list[tuple[BaseGeometry, tuple[float, float, float, float]]]:
    """Groups of the area's pieces whose margins touch, each with the bounds that its paths may use."""
    pieces = parts(area)
    boxes = shapely.union_all([shapely.box(*p.bounds).buffer(margin, join_style="mitre") for p in pieces])
    groups = parts(boxes)
    if len(groups) == 1:
        return [(area, tuple(groups[0].bounds))]
    found = []
    for group in groups:
        inside = [p for p in pieces if group.intersects(shapely.Point(p.exterior.coords[0]))]
        found.append((shapely.union_all(inside), tuple(group.bounds)))
    return found
