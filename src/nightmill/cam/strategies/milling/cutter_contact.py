"""Find where a cutter can touch a face with everything else clear: contact points, tips and heights of the contours."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nightmill.cam.geometry.analytic_surfaces import Elementary
from nightmill.cam.geometry.drop_cutter import Terrain
from nightmill.cam.strategies.milling.swept_points import Sweep
from nightmill.cam.strategies.milling.waterlines import Lines, Patch
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, ToolAssembly
from nightmill.vocabulary.plan import Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SCALLOP_MM = 0.028
"""Ridge between neighbouring passes; chords and the clearance add to it, and 0.05 mm in all may stay."""
STAIR_MM = 0.03
LIFT_MM = 0.004
"""Clearance between cutter and mesh, since the mesh's chords may be this far outside the true surface."""
REACHED_MM = 0.012
CHORD_MM = 0.004
BELOW_MM = 0.02
"""How far below its position on the face a tip may run if the mesh allows that, since chords lie inside convex faces."""
CHORDS_MM = 0.006
"""How far the chords of a mesh may stand out from the surface that the mesh represents."""
NEARLY_MM = 0.15
"""Contours aren't searched around an uncut point if the cutter misses it by more than this."""
SHANK_OFF_MM = 0.05
SMALL_FLAT_MM = 8.0
FLAT_STEP = 0.6
"""Minimum difference in diameter from one flat mill to the next."""
SEARCH_STEP_MM, SEARCH_MM = 0.5, 1.3
"""Contours are checked at this spacing, and only where they come this close to uncut surface."""
PROUD_MM = 0.045
"""Excess that may stay on a slope: a little less than the excess that counts as uncut."""
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Cutter:
    """A tool with the values that determine its contact with a face."""

    tool: Tool
    ball: bool
    past_mm: float = 0.0
    """How far below the part's top thinner cutters reach: this cutter is only for deeper surface."""

    @property
    def ridge_mm(self) -> float:
        """Return the ridge that the cutter may leave between two passes, mm."""
        return SCALLOP_MM if self.ball else STAIR_MM

    @property
    def gap_mm(self) -> float:
        """Return the distance between passes on a plane (ball), or the height of the stairs (flat), mm."""
        return math.sqrt(8 * SCALLOP_MM * self.radius) if self.ball else STAIR_MM

    @property
    def radius(self) -> float:
        """Return the cutter's radius plus its clearance from the mesh, mm."""
        return self.tool.diameter_mm / 2 + LIFT_MM

    @property
    def shank_off_mm(self) -> float:
        """Return the clearance of the shank from the part, mm: if the shank is thinner than the cutter, at most half of the
        difference in radius.

        Otherwise a thin cutter would finish nothing beside a wall that is higher than its flutes.
        """
        assembly = ToolAssembly(self.tool)
        thinner = assembly.radius_mm - assembly.neck_radius_mm
        return min(SHANK_OFF_MM, thinner / 2) if thinner > 0 else SHANK_OFF_MM

    @property
    def step_mm(self) -> float:
        """Return the spacing of checks along a path: on a surface as curved as the cutter, the chord error stays within ``CHORD_MM``."""
        return math.sqrt(8 * CHORD_MM * max(self.radius, 1.0)) if self.ball else 0.3

    def stand(self, points: Floats, normals: Floats) -> Floats:
        """Return tip positions (n, 3) where the cutter touches a face at ``points`` with ``normals``."""
        if self.ball:
            return np.asarray(points + self.radius * (normals - UP) + LIFT_MM * UP)
        level = normals[:, :2]
        size = np.linalg.norm(level, axis=1, keepdims=True)
        out = points + LIFT_MM * UP
        out[:, :2] += self.radius * level / np.where(size > 1e-9, size, 1.0)
        return out

    def drop(self, terrain: Terrain, tips: Floats, above_mm: float = math.inf, give_mm: float = 0.0) -> Floats:
        """Return the lowest tip heights over ``tips`` (n, 3), clearance included; not resolved below ``BELOW_MM`` under the tips.

        If a height is more than ``above_mm`` over the tips, some height above that is returned. ``give_mm``: how far the
        mesh may stand into the cutter.
        """
        off = LIFT_MM - give_mm
        heights = tips[:, 2] - off
        return terrain.drop(tips, self.radius - give_mm, self.ball, heights - BELOW_MM, heights + above_mm) + off

    def drop_over(self, slopes: "Slopes", tips: Floats, exact: Flags, above_mm: float = math.inf) -> Floats:
        """Return the lowest tip heights over ``tips`` (n, 3) on the part, as ``drop`` does.

        They aren't below tips that are ``exact`` (n,): on exact surfaces the mesh's chords may stand into the cutter.
        """
        low = np.empty(len(tips))
        low[~exact] = self.drop(slopes.part, tips[~exact], above_mm)
        low[exact] = np.maximum(self.drop(slopes.part, tips[exact], above_mm, CHORDS_MM), tips[exact, 2])
        return low


@dataclass
class Slopes:
    """The faces to finish in one setup, with the points still to be cut.

    Contact ``points`` (n, 3) with ``normals`` (n, 3) and ``face`` (n,) that no cutter has reached yet; None before the
    first cutter. ``waiting``: faces that are partly left to a later setup. ``sweeps``: the sweep of each pass so far.
    ``finished``: which points (n, 3) on their faces (n,) were finished by cuts before the first of these passes.
    """

    patches: list[Patch]
    part: Terrain
    fixtures: Terrain | None
    open_points: Floats | None = None
    open_normals: Floats | None = None
    open_face: NDArray[np.int64] | None = None
    reached: list[Floats] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    finished: Callable[[Floats, NDArray[np.int64]], Flags] | None = None
    area_mm2: float = 0.0
    waiting: set[int] = field(default_factory=set)

    @property
    def exact(self) -> dict[int, Elementary]:
        """Return the elementary surfaces among the faces."""
        return {patch.face: patch.exact for patch in self.patches if patch.exact is not None}

    def is_exact(self, face: NDArray[np.int64]) -> Flags:
        """Return which of some faces (n,) are elementary."""
        return np.isin(face, list(self.exact))

    def done(self, points: Floats, normals: Floats, face: NDArray[np.int64]) -> Flags:
        """Return which points (n, 3) with ``normals`` (n, 3) on their faces (n,) have been finished by the cuts so far."""
        found = np.zeros(len(points), dtype=np.bool_) if self.finished is None else self.finished(points, face)
        for sweep in self.sweeps:
            rows = np.flatnonzero(~found)
            found[rows] = sweep.takes(points[rows] + PROUD_MM * normals[rows])
        return found

    def within(self, kind: list["Cutter"]) -> Flags | None:
        """Return which of the uncut points (n,) a cutter of one diameter, short before long, may touch or nearly touch.

        Holder and shank are clear at these points; None before the first cutter.
        """
        if self.open_points is None or self.open_normals is None or self.open_face is None:
            return None
        tips = kind[0].stand(self.open_points, self.open_normals)
        low = kind[0].drop_over(self, tips, self.is_exact(self.open_face), NEARLY_MM)
        reached = self.part.summit - kind[0].past_mm if kind[0].past_mm else np.inf
        rows = np.flatnonzero((low <= tips[:, 2] + NEARLY_MM) & (tips[:, 2] < reached))
        found = np.zeros(len(tips), dtype=np.bool_)
        for cutter in reversed(kind):
            heights = np.maximum(low[rows], tips[rows, 2])
            found[rows[clear_of_all(self, cutter, tips[rows], heights)]] = True
            rows = rows[~found[rows]]
        return found

    def open_patches(self, asked: Flags | None) -> list[tuple[Patch, tuple[float, float]]]:
        """Return the patches with uncut points that are ``asked`` for (n,), each with the height range of these points."""
        if self.open_points is None or self.open_face is None:
            return [(patch, (-math.inf, math.inf)) for patch in self.patches]
        found = []
        for patch in self.patches:
            z = self.open_points[(self.open_face == patch.face) & asked, 2]
            if len(z):
                found.append((patch, (float(z.min()) - SEARCH_MM, float(z.max()) + SEARCH_MM)))
        return found


@dataclass(frozen=True)
class Look:
    """Result of checking one cutter, per point of its contours.

    The ``tips`` and ``contacts`` (n, 3), the ``face``, the height at which the tip may run, whether the cutter touches at
    that height, and the area that the point represents; ``breaks`` separate the contours.
    """

    cutter: Cutter
    tips: Floats
    contacts: Floats
    normals: Floats
    face: NDArray[np.int64]
    breaks: NDArray[np.int64]
    heights: Floats
    reached: Flags
    area_mm2: Floats
    asked: Flags | None

    @property
    def reached_mm2(self) -> float:
        """Return the area that the cutter would finish."""
        return float(self.area_mm2[self.reached].sum())


def cutters(tools: tuple[Tool, ...]) -> list[list[Cutter]]:
    """Return ball mills from the largest down, followed by small flat mills from the largest down; mills of one diameter
    together, short first.

    Last come the flat mills between those diameters that reach deeper than all thinner mills.
    """
    kinds: list[list[Cutter]] = []
    balls = [t for t in tools if t.type == "ball"]
    flats = [t for t in tools if t.type == "flat" and t.corner_radius_mm == 0 and t.diameter_mm <= SMALL_FLAT_MM]
    spared: list[Tool] = []
    for ball, some in ((True, balls), (False, flats)):
        before = math.inf
        for diameter in sorted({t.diameter_mm for t in some}, reverse=True):
            alike = sorted((t for t in some if t.diameter_mm == diameter), key=lambda t: t.stickout_mm)
            if not ball and diameter > FLAT_STEP * before:
                spared.append(alike[-1])
                continue
            before = diameter
            kinds.append([Cutter(t, ball) for t in alike])
    chosen = [each.tool for kind in kinds for each in kind if not each.ball]
    for tool in spared:
        thinner = max((ToolAssembly(t).reach_mm for t in chosen if t.diameter_mm < tool.diameter_mm), default=0.0)
        if thinner < ToolAssembly(tool).reach_mm:
            kinds.append([Cutter(tool, False, max(0.0, thinner))])
    return kinds


def looked_at(lines: Lines, step_mm: float = SEARCH_STEP_MM) -> Lines:
    """Return contours with points at the spacing used for checks."""
    return lines.denser(_counts(lines.points, lines.last, step_mm, 10_000))


def _counts(points: Floats, last: Flags, step: float, most: int) -> NDArray[np.int64]:
    """Return into how many segments the stretch after each point is split so that no segment is longer than ``step``."""
    spans = np.append(np.linalg.norm(np.diff(points, axis=0), axis=1), 0.0)
    return np.where(last, 1, np.clip(np.ceil(spans / step), 1, most)).astype(np.int64)


def stand_on(slopes: Slopes, lines: Lines, cutter: Cutter) -> tuple[Floats, Lines]:
    """Return the tips where the cutter touches and the contacts with their lines, closely spaced where the normal turns quickly."""
    dense = _exact(slopes, lines.denser(_counts(lines.points, lines.last, cutter.step_mm, 10_000)))
    tips = cutter.stand(dense.points, dense.normals)
    counts = _counts(tips, dense.last, cutter.step_mm, 64)
    if counts.max(initial=1) > 1:
        dense = _exact(slopes, dense.denser(counts))
        tips = cutter.stand(dense.points, dense.normals)
    return tips, dense


def _exact(slopes: Slopes, lines: Lines) -> Lines:
    """Return contours of a mesh projected onto the surfaces that the mesh represents."""
    points, normals = lines.points.copy(), lines.normals.copy()
    for face, surface in slopes.exact.items():
        rows = lines.face == face
        points[rows], normals[rows] = surface.at_height(points[rows])
    return replace(lines, points=points, normals=normals)


def dropped(slopes: Slopes, cutter: Cutter, tips: Floats, face: NDArray[np.int64]) -> tuple[Floats, Flags]:
    """Return the height at which the tip runs over each position, and whether the cutter touches the position's face (n,)
    at that height.
    """
    drop = cutter.drop_over(slopes, tips, slopes.is_exact(face), REACHED_MM)
    heights = np.where(drop > tips[:, 2] - BELOW_MM, drop, tips[:, 2])
    return heights, drop <= tips[:, 2] + REACHED_MM


def clear_of_all(slopes: Slopes, cutter: Cutter, tips: Floats, heights: Floats, asked: Flags | None = None) -> Flags:
    """Return whether the holder and shank clear the part, and the whole tool clears the fixtures, at the positions that are
    ``asked`` for.
    """
    assembly = ToolAssembly(cutter.tool)
    clear = np.ones(len(tips), dtype=np.bool_) if asked is None else asked.copy()
    checks: list[tuple[Terrain, float, float]] = []
    for width, from_tip in (assembly.holder, assembly.neck(cutter.shank_off_mm)):
        if width > cutter.radius:
            checks += [(terrain, width, from_tip) for terrain in (slopes.part, slopes.fixtures) if terrain is not None]
    if slopes.fixtures is not None:
        checks.append((slopes.fixtures, cutter.radius + FIXTURE_CLEARANCE_MM, -0.2))
    for terrain, width, from_tip in checks:
        rows = np.flatnonzero(clear)
        clear[rows] = ~terrain.above(tips[rows], width, heights[rows] + from_tip)
    return clear


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Return half-open stretches of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
