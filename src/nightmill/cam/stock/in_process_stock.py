"""Describe one setup as stacked areas: at each tip height, the material that must stay, the obstacles, and the material left to cut."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.geometry.polygon_offsets import clipped, near, opened, rounded
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.slab_mesh import terraced
from nightmill.cam.geometry.solids import EMPTY, layers, polygonal, shadows, stacked, united
from nightmill.cam.stock.remaining_areas import MOST_SETTLED, Remains
from nightmill.cam.stock.stock_height_map import Field
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, ToolAssembly
from nightmill.vocabulary.plan import Tool

COARSE_MM, COARSE_FROM_MM, HOLDER_SEGMENTS = 0.02, 0.1, 6
"""Tolerance of outlines for allowances: outlines may be off by the first value if the allowance is at least the second;
the chords of a holder's arcs may be off by 1 % of its radius.
"""
WALL_ALLOWANCE_MM = 0.002
"""Clearance of finishing paths from the mesh. A chord may lie 0.004 mm inside a boss, the sagitta of round joins is 0.003,
the tolerance of paths 0.002: no wall is cut 0.007 mm too deep, a third of the depth allowed for a gouge; in a tight corner
each extra thousandth would leave a lot.
"""
LINK_LIFT_MM, RAPID_SIDE_MM = 0.2, 0.1
OVER_MM = 1.0
"""How far above the piece a tool moves across in rapid, and the height down to which it descends in rapid."""
BESIDE_MM = 1.0
"""Sweeps farther from the piece than this aren't recorded."""
MUCH_MM3 = 100.0
WALL_SLACK_MM = 0.02
HALF_DIAGONAL = 0.71
"""Distance from the centre of a pixel to its corner, in pixel sides."""
HANDED_ON_MM = 0.008
"""Tolerance between the outlines passed to the next setup and those that were cut."""
MEMBRANE_MM = 0.001
"""The stock for the next setup is cut by this much more, so that no skin is left where a sweep ends exactly at the side of the piece."""
LEAST_HANDED_ON_STEP_MM, HANDED_ON_STEPS = 0.25, 200
LEVEL_SLACK_MM = 3e-4
"""Sections are taken this far above a level, so that a floor at the level is not mistaken for a wall."""


@dataclass(frozen=True)
class Level:
    """A tip height; ``fine`` levels are on slopes between two coarse levels."""

    z: float
    fine: bool


@dataclass(frozen=True)
class Cleared:
    """State of a stage: material left, areas swept and drilled, the heights of the stock, and material kept."""

    left: Remains
    cut: tuple[tuple[BaseGeometry, float], ...]
    holes: tuple[tuple[BaseGeometry, float], ...]
    stock: Field
    kept: tuple[BaseGeometry, ...]


@dataclass
class Stage:
    """The stack of areas of one setup; all lists run parallel to ``levels`` (falling heights).

    ``must``: shadow of the part above; ``left``: stock still to be removed above; ``fixtures``: (area, top); ``around``: at
    each level the area where something is to be cut, empty if everywhere; ``nearby``: the same for the current pass;
    ``whole``: thin mills also cut all the stock; ``stock``: the stock as heights; ``kept``: at each level the area left as
    too slow to pay; ``forgoes_over`` (an area, two heights, how deep cuts go in a number of seconds) and ``forgoes_at``
    (points, seconds) return whether more is left; ``late`` returns whether the planning time is used up.
    """

    levels: list[Level]
    must: list[BaseGeometry]
    left: Remains
    fixtures: list[tuple[BaseGeometry, float]]
    top: float
    stock: Field
    kept: list[BaseGeometry] = field(default_factory=list)
    forgoes_over: Callable[[BaseGeometry, tuple[float, float], float, float], bool] = field(default=lambda *_: False)
    forgoes_at: Callable[[NDArray[np.float64], float], bool] = field(default=lambda *_: False)
    late: Callable[[], bool] = field(default=lambda: False)
    holes: list[tuple[BaseGeometry, float]] = field(default_factory=list)
    cut: list[tuple[BaseGeometry, float]] = field(default_factory=list)
    drilled: list[m3.Manifold] = field(default_factory=list)
    around: list[BaseGeometry] = field(default_factory=list)
    nearby: list[BaseGeometry] = field(default_factory=list)
    whole: bool = False
    known: dict[tuple[object, ...], object] = field(default_factory=dict)
    outlines: dict[int, tuple[BaseGeometry, BaseGeometry]] = field(default_factory=dict)
    targets: dict[tuple[int, ...], tuple[BaseGeometry, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        part: m3.Manifold,
        stock: m3.Manifold,
        levels: list[Level],
        fixtures: list[tuple[BaseGeometry, float]],
    ) -> "Stage":
        """Slice part and stock at all levels; the difference, without slivers, is left to cut."""
        heights = [level.z + LEVEL_SLACK_MM for level in levels]
        must = shadows(part, heights)
        stock_layers = layers(stock, heights)
        piece = stacked(stock_layers)
        left: list[BaseGeometry] = []
        for i, (stands, stays) in enumerate(zip(piece, must, strict=True)):
            same = i > 0 and stands is piece[i - 1] and stays is must[i - 1]
            left.append(left[-1] if same else opened(minus(stands, stays), 0.025))
        return cls(levels, must, Remains(left, stock_layers), fixtures, float(stock.bounding_box()[5]), Field.of(stock))

    def blocked(
        self, index: int, tool: Tool, allowance: float, bounds: tuple[float, float, float, float]
    ) -> BaseGeometry:
        """Return where the tool's axis may not be at a level, within ``bounds``."""
        radius = tool.diameter_mm / 2
        z = self.levels[index].z
        stays = self.must[index] if allowance < COARSE_FROM_MM else self._coarse(self.must[index])
        pieces = [self._kept_off(stays, bounds, radius + 1, radius + allowance)]
        pieces += [
            self._kept_off(area, bounds, radius + 2, radius + FIXTURE_CLEARANCE_MM)
            for area, top in self.fixtures
            if top > z - 0.2
        ]
        assembly = ToolAssembly(tool)
        reach, holder = z + assembly.reach_mm, assembly.holder_radius_mm
        if assembly.holder_is_wider:
            wide = [area for area, top in self.fixtures if top > reach]
            if reach < self.top:
                above = self.index_at(reach)
                wide.append(self._coarse(self.must[above]))
                stands = clipped(self._coarse(self.left[above]), bounds, holder + 1)
                pieces.append(stands.buffer(holder, quad_segs=HOLDER_SEGMENTS))
            pieces += [self._kept_off(area, bounds, holder + 1, holder, HOLDER_SEGMENTS) for area in wide]
        neck = self._over_flutes(index, tool)
        if not neck.is_empty:
            reach_of_neck = assembly.neck_radius_mm
            pieces.append(clipped(neck, bounds, reach_of_neck + 1).buffer(reach_of_neck, quad_segs=HOLDER_SEGMENTS))
        pieces = [p for p in pieces if not p.is_empty]
        return joined(pieces) if pieces else EMPTY

    def _kept_off(
        self,
        area: BaseGeometry,
        bounds: tuple[float, float, float, float],
        margin: float,
        distance: float,
        segments: int = 0,
    ) -> BaseGeometry:
        """Return an area that the tool must avoid in this setup, offset within ``bounds``; cached, as mills of the same
        width need the same area.
        """
        key = ("kept off", id(area), bounds, margin, distance)
        found = self.known.get(key)
        if not isinstance(found, BaseGeometry):
            near_by = clipped(area, bounds, margin)
            found = near_by.buffer(distance, quad_segs=segments) if segments else rounded(near_by, distance)
            self.known[key] = found
        return found

    def holds_off(self, index: int, tool: Tool, bounds: tuple[float, float, float, float]) -> bool:
        """Return whether the part itself keeps the holder out of all of ``bounds`` at a level."""
        assembly = ToolAssembly(tool)
        reach, holder = self.levels[index].z + assembly.reach_mm, assembly.holder_radius_mm
        if reach >= self.top or not assembly.holder_is_wider:
            return False
        x0, y0, x1, y1 = bounds
        half = math.hypot(x1 - x0, y1 - y0) / 2
        near_by = clipped(self._coarse(self.must[self.index_at(reach)]), bounds, holder)
        if near_by.is_empty or half > 2 * holder:
            return False
        return bool(near_by.buffer(holder, quad_segs=HOLDER_SEGMENTS).covers(shapely.box(x0, y0, x1, y1)))

    def _over_flutes(self, index: int, tool: Tool) -> BaseGeometry:
        """Return the stock above a tool's flutes at a level, where its neck must not run.

        The level checked lies within the flutes, so that nothing between this level and the next is overlooked. The tool
        cuts the slab that ends at this level step by step, with its neck in the space that it has just opened.
        """
        end = self.levels[index].z + tool.flute_length_mm
        before = next((i for i in range(index - 1, -1, -1) if not self.levels[i].fine), -1)
        above = min(self.index_at(end), before)
        return self.left[above] if above >= 0 and end < self.top else EMPTY

    def _coarse(self, area: BaseGeometry) -> BaseGeometry:
        """Return an outline for allowances and holders, within ``COARSE_MM``."""
        known = self.outlines.get(id(area))
        if known is None or known[0] is not area:
            known = self.outlines[id(area)] = (area, area.simplify(COARSE_MM))
        return known[1]

    def place_key(self, index: int, tool: Tool, allowance: float) -> tuple[object, ...]:
        """Return the key of everything that ``blocked`` depends on besides the bounds."""
        z = self.levels[index].z
        assembly = ToolAssembly(tool)
        reach = z + assembly.reach_mm
        key: tuple[object, ...] = (id(self.must[index]), tool.diameter_mm, tool.holder_diameter_mm, allowance)
        key += (self._over_flutes(index, tool), *(i for i, (_, top) in enumerate(self.fixtures) if top > z - 0.2))
        if assembly.holder_is_wider:
            key += tuple(-1 - i for i, (_, top) in enumerate(self.fixtures) if top > reach)
            if reach < self.top:
                above = self.index_at(reach)
                key += (id(self.must[above]), self.left[above])
        return key

    def target(self, index: int) -> BaseGeometry:
        """Return the area left at a level that is to be cut in this setup."""
        left = self.left[index]
        where = self.nearby or self.around
        kept = self.kept[index] if self.kept else EMPTY
        if left.is_empty or not (where or self.kept):
            return left
        near_by = where[index] if where else left
        key = id(left), id(near_by), id(kept)
        known = self.targets.get(key)
        if known is None:
            if len(self.targets) >= MOST_SETTLED:
                self.targets.clear()
            wanted = polygonal(common(left, near_by)) if where else left
            wanted = wanted if kept.is_empty else polygonal(minus(wanted, kept))
            known = self.targets[key] = left, near_by, kept, wanted
        return known[3]

    def keep(self, index: int, area: BaseGeometry) -> None:
        """Keep the material over an area at a level and below; no thinner tool may cut it either."""
        kept = self.kept or [EMPTY] * len(self.levels)
        self.kept = [joined([each, area]) if i >= index else each for i, each in enumerate(kept)]

    def index_at(self, z: float) -> int:
        """Return the highest level that is not above ``z``; the shadow at that level contains the shadow at ``z``."""
        for i, level in enumerate(self.levels):
            if level.z <= z + 1e-9:
                return i
        return len(self.levels) - 1

    def stands_up_to(self, index: int, area: BaseGeometry) -> float:
        """Return a height above which no remaining stock stands on an area, judged by the areas left at the levels above."""
        while index > 0 and self.left[index - 1].intersects(area):
            index -= 1
        return self.levels[index - 1].z if index > 0 else self.top

    def remove(self, index: int, swept: BaseGeometry) -> None:
        """Remove the swept area from the areas left at this level and above."""
        swept = clipped(swept, self.stock.bounds, BESIDE_MM)
        self.cut.append((swept, self.levels[index].z))
        self.stock.lower(swept, self.levels[index].z)
        self.left.less_up(index, swept)
        self.left.fall(index, swept)

    def drilled_to(self, swept: BaseGeometry) -> float | None:
        """Return the height down to which a drill has opened the whole of an area; None if no drill has."""
        return next((z for disc, z in self.holes if disc.covers(swept)), None)

    def index_above(self, z: float) -> int:
        """Return the lowest level that is not below ``z``; -1 if there is none."""
        found = -1
        for i, level in enumerate(self.levels):
            if level.z < z - 1e-6:
                break
            found = i
        return found

    def bored(self, centre: shapely.Point, radius: float, shown: float, z: float) -> None:
        """Remove a drilled disc from all levels from ``z`` up, with radius ``shown`` if its rim is finished."""
        self.cut.append((rounded(centre, radius), z))
        self.holes.append((rounded(centre, radius + 0.1), z))
        self.lower(z, rounded(centre, shown))

    def without_plugs(self, areas: list[BaseGeometry], points: NDArray[np.float64]) -> list[BaseGeometry]:
        """Return areas, one per level, without the stock below drilled holes that blocks none of the ``points`` (n, 3).

        If a hole ends in the open, as at a counterbore from the other side, a thin mill would cut through this stock for nothing.
        """
        plugs = [(disc, z) for disc, z in self.holes if not _within(disc, points[points[:, 2] < z]).any()]
        found: list[BaseGeometry] = []
        known: dict[tuple[int, int], BaseGeometry] = {}
        for level, area in zip(self.levels, areas, strict=True):
            over = [disc for disc, z in plugs if z > level.z]
            key = id(area), len(over)
            if key not in known:
                known[key] = minus(area, joined(over)) if over and not area.is_empty else area
            found.append(known[key])
        return found

    def lower(self, z: float, area: BaseGeometry) -> None:
        """Drop an area from the areas left at the levels from ``z`` up."""
        self.stock.lower(area, z)
        index = self.index_above(z)
        if index >= 0:
            self.left.less_up(index, area)

    def remaining(self, most: float = MUCH_MM3) -> float:
        """Return an approximate measure of the remaining volume, mm3; counting stops above ``most``."""
        total, above = 0.0, self.top
        for i, level in enumerate(self.levels):
            if total > most:
                break
            total += self.target(i).area * (above - level.z)
            above = level.z
        return total

    def clear_above(self, x: float, y: float, radius: float) -> float:
        """Return the lowest height known to be free of stock over a disc."""
        return min(self.stock.highest((x, y), (x, y), radius - WALL_SLACK_MM), self.top)

    def surely_clear_above(self, x: float, y: float, radius: float) -> float:
        """Return the lowest height that is surely free of stock over a disc for a rapid move, wherever the stock ends within a pixel."""
        return min(self.stock.highest((x, y), (x, y), radius + HALF_DIAGONAL * self.stock.pixel), self.top)

    def next_clear(self, places: NDArray[np.float64], first: int, radius: float, tip: float) -> int:
        """Return the index of the first position (n, 2) from ``first`` on over which a disc is free of stock down to ``tip``, else n."""
        return self.stock.next_free(places, first, radius - WALL_SLACK_MM, math.inf if self.top <= tip else tip + 1e-6)

    def link_height(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], low: float) -> float | None:
        """Return a height, not below ``low``, at which the tool may move straight across; None if that is only possible
        above everything.
        """
        z = self._way_height(tool, start, end, low)
        return z if z is not None and z < self.top else None

    def _way_height(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], low: float) -> float | None:
        """Do the same as ``link_height``, but the height may also be above the piece."""
        radius = tool.diameter_mm / 2
        line = shapely.LineString([start, end])
        stands = self.stock.highest(start, end, radius - min(0.1, 0.1 * radius) - HALF_DIAGONAL * self.stock.pixel)
        z = max(low, stands + LINK_LIFT_MM if stands > low - LINK_LIFT_MM else low)
        assembly = ToolAssembly(tool)
        holder, reach = assembly.holder
        if assembly.holder_is_wider:
            z = max(z, self.stock.highest(start, end, holder) - reach)
        for area, top in self.fixtures:
            if top > z - 0.2 and near(area, line, radius + FIXTURE_CLEARANCE_MM):
                z = top + 0.2
            if assembly.holder_is_wider and top > z + reach and near(area, line, holder):
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

    def rapid_clear(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], z: float) -> bool:
        """Return whether the tool may cross at ``z`` in rapid: nothing stands anywhere in the rectangle between start and end."""
        return self.rapid_height(tool, start, end, z) <= z + 1e-6

    def rapid_height(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], low: float) -> float:
        """Return the least height, no less than ``low``, at which the tool may cross in rapid.

        It is above everything in the rectangle between start and end, for the shank and the holder too. Each axis may run
        at its own speed in rapid, so the path need not be straight.
        """
        between = shapely.box(*np.minimum(start, end), *np.maximum(start, end))
        assembly = ToolAssembly(tool)
        holder, reach = assembly.holder
        neck = assembly.neck()
        # a pixel that is cut only up to its centre may still hold stock beyond it
        side = max(RAPID_SIDE_MM, HALF_DIAGONAL * self.stock.pixel)
        rings = ((assembly.radius_mm, LINK_LIFT_MM), (neck.radius_mm, -neck.above_mm))
        z = max(low, self.stock.highest_in(between.bounds, holder) - reach)
        for wide, lift in rings:
            z = max(z, self.stock.highest_in(between.bounds, wide + side) + lift)
        for area, top in self.fixtures:
            for wide, lift in rings:
                if top + lift > z and between.distance(area) < wide + RAPID_SIDE_MM + FIXTURE_CLEARANCE_MM:
                    z = top + lift
            if top - reach > z and between.distance(area) < holder:
                z = top - reach
        return z

    def hop_height(self, tool: Tool, start: tuple[float, float], end: tuple[float, float], low: float) -> float:
        """Return ``rapid_height``, but at least a millimetre above the piece if the height is close to the piece's top."""
        z = self.rapid_height(tool, start, end, low)
        return z if z < self.top else max(z, self.top + OVER_MM)

    def saved(self) -> "Cleared":
        """Return the data from which ``restore`` can return to this state any number of times."""
        return Cleared(self.left.copy(), tuple(self.cut), tuple(self.holes), self.stock.copy(), tuple(self.kept))

    def restore(self, state: "Cleared") -> None:
        """Go back to a ``saved`` state, or forward to a later one."""
        self.left, self.stock = state.left.copy(), state.stock.copy()
        self.kept = list(state.kept)
        self.cut, self.holes = list(state.cut), list(state.holes)

    def removed(self, swept: m3.Manifold | None = None) -> m3.Manifold:
        """Return the volume that the programs of this setup remove: all that is ``swept``, and the space above finished slopes."""
        return united([self.swept() if swept is None else swept, *self.drilled])

    def swept(self) -> m3.Manifold:
        """Return the solid that the cuts so far have swept, up to above the stock, with cuts on slopes a little less deep."""
        floors = [level.z for level in self.levels if not level.fine]
        step = max(LEAST_HANDED_ON_STEP_MM, (self.top - self.levels[-1].z) / HANDED_ON_STEPS)
        by_height: dict[float, list[BaseGeometry]] = {}
        for area, z in self.cut:
            by_height.setdefault(_height_passed_on(z, floors, step), []).append(area)
        heights = sorted(by_height)
        total: BaseGeometry = EMPTY
        areas: list[BaseGeometry] = []
        for z in heights:
            total = polygonal(joined([total, *by_height[z]]))
            swept = total.simplify(HANDED_ON_MM).buffer(MEMBRANE_MM, join_style="mitre")
            areas.append(polygonal(joined([*areas[-1:], swept])))
        return terraced(areas, heights, self.top + 5.0).simplify(MEMBRANE_MM / 2)


def _height_passed_on(z: float, floors: list[float], step: float) -> float:
    """Return the height of a cut in the stock for the next setup: floors exactly, other cuts rounded up to the next step."""
    for floor in floors:
        if abs(floor - z) < 1e-6:
            return round(floor, 4)
    return round(math.ceil(z / step - 1e-6) * step, 4)


def _within(area: BaseGeometry, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points (n, 3) lie over an area."""
    return np.asarray(shapely.contains_xy(area, points[:, 0], points[:, 1]))
