"""Finishing what is neither floor nor wall: contact contours of each face, kept off the part by a drop-cutter.

A contour is a line of equal height on the face; the cutter's tip belongs where the cutter touches the face there. The
drop-cutter says how low the tip may stand without touching any other face: where that is higher, this cutter can't
reach, and a smaller one takes what is left; where balls don't fit, flat cutters leave stairs of the same height.
"""

import itertools
import math
from dataclasses import dataclass, field

import manifold3d as m3
import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nightmill.process.contours import Contour, Patch, contours
from nightmill.process.crib import Machine
from nightmill.process.cutmaterial import Material
from nightmill.process.cutting import milling
from nightmill.process.dropcutter import Terrain
from nightmill.process.program import APPROACH_FEED_MM_MIN, Program
from nightmill.process.solids import columns
from nightmill.process.stage import FIXTURE_CLEARANCE_MM, HOLDER_CLEARANCE_MM, Stage, near
from nightmill.vocabulary.plan import CuttingData, Tool

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SCALLOP_MM = 0.028
"""Ridge between neighbouring passes; chords and the clearance come on top, and 0.05 may stay."""
STAIR_MM = 0.03
LIFT_MM = 0.004
"""Kept between cutter and mesh, whose chords lie up to as much outside the true surface."""
REACHED_MM = 0.012
CHORD_MM = 0.004
BELOW_MM = 0.02
"""How far below its place on the face a tip may run where the mesh allows it: on convex faces, chords lie inside."""
SIMPLE_MM = 0.002
STOCK_DEPTH_SHARE = 0.6
LINK_MM = 3.0
LEAST_MM2 = 0.3
SLOWEST_MM2_S = 0.05
LEAST_MM2_S = 1.0
WORTH_LENGTH = 1.1
SMALL_FLAT_MM = 8.0
NEAR_MM = 1.5
SAFE_ROUNDS = 6
PROBED = (0.5, 0.25, 0.75)
STEEP_LINK_MM = 0.05
TOUCH_MM = 0.004
CLIMB_MM = 0.5
UP = np.array([0.0, 0.0, 1.0])
COVERED_SHARE = 0.95
STEEPEST = 0.02


@dataclass(frozen=True)
class Cutter:
    """A tool with what decides how it lies on a face."""

    tool: Tool
    ball: bool

    @property
    def ridge_mm(self) -> float:
        """What it may leave between two passes, mm."""
        return SCALLOP_MM if self.ball else STAIR_MM

    @property
    def gap_mm(self) -> float:
        """Distance of its passes on a plane (ball), height of its stairs (flat), mm."""
        return math.sqrt(8 * SCALLOP_MM * self.radius) if self.ball else STAIR_MM

    @property
    def radius(self) -> float:
        """Half the cutter, grown by the clearance that it keeps from the mesh all around, mm."""
        return self.tool.diameter_mm / 2 + LIFT_MM

    @property
    def step_mm(self) -> float:
        """Spacing of checks along a path: on a surface as curved as the cutter, the chord stays within ``CHORD_MM``."""
        return math.sqrt(8 * CHORD_MM * max(self.radius, 1.0)) if self.ball else 0.3

    def stand(self, points: Floats, normals: Floats) -> Floats:
        """Tip positions (n, 3) where the cutter touches a face at ``points`` with ``normals``."""
        if self.ball:
            return np.asarray(points + self.radius * (normals - UP) + LIFT_MM * UP)
        level = normals[:, :2]
        size = np.linalg.norm(level, axis=1, keepdims=True)
        out = points + LIFT_MM * UP
        out[:, :2] += self.radius * level / np.where(size > 1e-9, size, 1.0)
        return out

    def drop(self, terrain: Terrain, tips: Floats) -> Floats:
        """How low the tip may stand over ``tips`` (n, 3), clearance included; not told below ``BELOW_MM`` under them."""
        return terrain.drop(tips, self.radius, self.ball, tips[:, 2] - BELOW_MM - LIFT_MM) + LIFT_MM


@dataclass
class Slopes:
    """The faces to finish in one setup, by what is still to be cut: contact ``points`` (n, 3) and ``face`` (n,) that no
    cutter has reached yet; None before the first.
    """

    patches: list[Patch]
    part: Terrain
    fixtures: Terrain | None
    open_points: Floats | None = None
    open_face: NDArray[np.int64] | None = None
    reached: list[Floats] = field(default_factory=list)
    area_mm2: float = 0.0


@dataclass(frozen=True)
class Way:
    """One stretch of a path: tip positions (n, 3), free of the part and its holder clear; ``z`` of its contour."""

    face: int
    tips: Floats


@dataclass(frozen=True)
class Look:
    """What one cutter could do: per point of its contours the ``tips`` and ``contacts`` (n, 3), the ``face``, the height at
    which it may run, whether it then touches, and the area that the point stands for; ``breaks`` part the contours.
    """

    cutter: Cutter
    tips: Floats
    contacts: Floats
    face: NDArray[np.int64]
    breaks: NDArray[np.int64]
    heights: Floats
    reached: Flags
    area_mm2: Floats

    @property
    def reached_mm2(self) -> float:
        """The area that the cutter would finish."""
        return float(self.area_mm2[self.reached].sum())


@dataclass(frozen=True)
class SurfacePass:
    """What one cutter did: faces touched, contact points reached, first line and seconds."""

    tool: Tool
    data: CuttingData
    faces: tuple[int, ...]
    line_from: int
    line_to: int
    time_s: float


def cutters(tools: tuple[Tool, ...]) -> list[list[Cutter]]:
    """Ball mills from the largest, then small flat mills from the largest; those of one diameter together, short first."""
    kinds: list[list[Cutter]] = []
    balls = [t for t in tools if t.type == "ball"]
    flats = [t for t in tools if t.type == "flat" and t.corner_radius_mm == 0 and t.diameter_mm <= SMALL_FLAT_MM]
    for ball, some in ((True, balls), (False, flats)):
        before = math.inf
        for diameter in sorted({t.diameter_mm for t in some}, reverse=True):
            if not ball and diameter > 0.5 * before:
                continue
            before = diameter
            alike = sorted((t for t in some if t.diameter_mm == diameter), key=lambda t: t.stickout_mm)
            kinds.append([Cutter(t, ball) for t in alike])
    return kinds


def slopes_of(
    vertices: Floats, triangles: NDArray[np.int32], face_of: NDArray[np.int32], faces: list[int], stage: Stage
) -> Slopes:
    """Prepare the ``faces`` of a mesh in work coordinates for finishing."""
    patches = [Patch.of(f, vertices, triangles[face_of == f].astype(np.int64)) for f in faces]
    area = 0.0
    for patch in patches:
        corner = patch.corners[patch.triangles]
        cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        area += float(np.linalg.norm(cross, axis=1).sum()) / 2
    return Slopes(patches, Terrain(vertices[triangles]), _obstacles(stage), area_mm2=area)


def _obstacles(stage: Stage) -> Terrain | None:
    """The tops of the fixtures as triangles."""
    corners: list[list[tuple[float, float, float]]] = []
    for area, top in stage.fixtures:
        for piece in shapely.get_parts(shapely.constrained_delaunay_triangles(area)):
            ring = np.asarray(shapely.geometry.polygon.orient(piece, 1.0).exterior.coords)[:3]
            corners.append([(float(x), float(y), top) for x, y in ring])
    return Terrain(np.array(corners)) if corners else None


def finish_slopes(
    stage: Stage, slopes: Slopes, tools: tuple[Tool, ...], material: Material, machine: Machine, program: Program
) -> list[SurfacePass]:
    """Run the cutters over what is left of the slopes; each that gains enough becomes a pass."""
    done = []
    for kind in cutters(tools):
        if stage.late() or (slopes.open_points is not None and not len(slopes.open_points)):
            break
        look = _best_reach(slopes, kind)
        if look is None:
            continue
        if slopes.open_points is None:
            slopes.open_points, slopes.open_face = look.contacts, look.face
        made = _cut(stage, slopes, look, material, machine, program)
        if made is not None:
            done.append(made)
    return done


def _best_reach(slopes: Slopes, kind: list[Cutter]) -> "Look | None":
    """Of cutters of one diameter, short before long, the first that reaches nearly all that any of them does."""
    best: Look | None = None
    for cutter in kind:
        look = _look(slopes, cutter)
        if look is None:
            continue
        if best is None or look.reached_mm2 > max(WORTH_LENGTH * best.reached_mm2, best.reached_mm2 + LEAST_MM2):
            best = look
    return best if best is not None and best.reached_mm2 > 0 else None


def _look(slopes: Slopes, cutter: Cutter) -> "Look | None":
    """What a cutter could do of what is open; None where no contour runs near it."""
    lines = [line for patch in slopes.patches for line in contours(patch, cutter.radius, cutter.ridge_mm, cutter.ball)]
    lines = _needed(lines, slopes)
    if not lines:
        return None
    tips, contacts, normals, face, breaks = _stand(lines, cutter)
    heights, reached = _free(slopes, cutter, tips)
    up = np.clip(np.abs(normals[:, 2]), 0.02, 0.9998)
    across = np.full(len(up), cutter.gap_mm) if cutter.ball else cutter.gap_mm / (up * np.sqrt(1 - up**2))
    return Look(cutter, tips, contacts, face, breaks, heights, reached, cutter.step_mm * np.minimum(across, 1.0))


def _cut(
    stage: Stage, slopes: Slopes, look: "Look", material: Material, machine: Machine, program: Program
) -> SurfacePass | None:
    """Write the pass of a cutter where it pays, and take what it reaches off what is open."""
    cutter = look.cutter
    ways = [w for w in _ways(look, slopes) if _cleared(stage, cutter, w)]
    if not ways:
        return None
    data = milling(cutter.tool, material, machine, 0.3, min(cutter.gap_mm, cutter.radius), rough=False)
    touched = cKDTree(np.vstack([w.tips for w in ways]))
    where = np.column_stack([look.tips[:, :2], look.heights])
    covered = look.reached & (touched.query(where)[0] < cutter.step_mm + 0.05)
    value = float(look.area_mm2[covered].sum())
    length = sum(float(np.linalg.norm(np.diff(w.tips, axis=0), axis=1).sum()) for w in ways)
    seconds = machine.tool_change_s + length / data.feed_mm_min * 60 + 0.6 * len(ways)
    if value < LEAST_MM2 or value < SLOWEST_MM2_S * seconds:
        return None
    if value < LEAST_MM2_S * seconds and value < stage.spare_mm2:
        stage.spare_mm2 -= value
        return None
    first, began = len(program.lines) + 1, program.time_s
    program.load(cutter.tool, data, f"surface {cutter.tool.name}")
    _emit(stage, slopes, cutter, ways, data, program)
    program.up()
    slopes.open_points, slopes.open_face = _still_open(slopes, look, covered)
    slopes.reached.append(look.contacts[covered])
    faces = tuple(sorted({w.face for w in ways}))
    return SurfacePass(cutter.tool, data, faces, first, len(program.lines), program.time_s - began)


def _still_open(slopes: Slopes, look: "Look", covered: Flags) -> tuple[Floats, NDArray[np.int64]]:
    """The contacts that this cutter looked at and did not reach: they replace those of the cutter before."""
    return look.contacts[~covered], look.face[~covered]


def _needed(lines: list[Contour], slopes: Slopes) -> list[Contour]:
    """The stretches of contours near what earlier cutters left open."""
    if slopes.open_points is None or slopes.open_face is None:
        return lines
    trees = {int(f): cKDTree(slopes.open_points[slopes.open_face == f]) for f in np.unique(slopes.open_face)}
    found = []
    for line in lines:
        tree = trees.get(line.face)
        if tree is None:
            continue
        dense = _resampled(line, 0.5)
        close = np.asarray(tree.query(dense.points)[0] < 1.3)
        for start, end in _runs(close):
            if end - start > 1:
                found.append(Contour(line.face, line.z, dense.points[start:end], dense.normals[start:end]))
    return found


def _resampled(line: Contour, step: float) -> Contour:
    """The contour with no two points further apart than ``step``."""
    spans = np.linalg.norm(np.diff(line.points, axis=0), axis=1)
    counts = np.maximum(1, np.ceil(spans / step)).astype(int)
    at = np.repeat(np.arange(len(spans)), counts)
    share = np.concatenate([np.arange(n) / n for n in counts]) if len(counts) else np.zeros(0)
    rows = np.column_stack([line.points, line.normals])
    dense = np.vstack([rows[at] + share[:, None] * (rows[at + 1] - rows[at]), rows[-1:]])
    return Contour(line.face, line.z, dense[:, :3], dense[:, 3:])


def _stand(lines: list[Contour], cutter: Cutter) -> tuple[Floats, Floats, Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Tips where the cutter touches, the contacts and their normals and faces, and where each line begins (lines + 1)."""
    tips, contacts, normals, face, breaks = [], [], [], [], [0]
    for line in lines:
        dense = _resampled(line, cutter.step_mm)
        dense = _resampled_tips(dense, cutter)
        tips.append(cutter.stand(dense.points, dense.normals))
        contacts.append(dense.points)
        normals.append(dense.normals)
        face.append(np.full(len(dense.points), line.face))
        breaks.append(breaks[-1] + len(dense.points))
    return np.vstack(tips), np.vstack(contacts), np.vstack(normals), np.concatenate(face), np.array(breaks)


def _resampled_tips(line: Contour, cutter: Cutter) -> Contour:
    """The contour with more points where the normal turns so quickly that the tips lie far apart."""
    tips = cutter.stand(line.points, line.normals)
    spans = np.linalg.norm(np.diff(tips, axis=0), axis=1)
    counts = np.clip(np.ceil(spans / cutter.step_mm), 1, 64).astype(int)
    if not len(counts) or counts.max() == 1:
        return line
    at = np.repeat(np.arange(len(spans)), counts)
    share = np.concatenate([np.arange(n) / n for n in counts])
    rows = np.column_stack([line.points, line.normals])
    dense = np.vstack([rows[at] + share[:, None] * (rows[at + 1] - rows[at]), rows[-1:]])
    size = np.linalg.norm(dense[:, 3:], axis=1, keepdims=True)
    return Contour(line.face, line.z, dense[:, :3], dense[:, 3:] / np.where(size > 1e-9, size, 1.0))


def _free(slopes: Slopes, cutter: Cutter, tips: Floats) -> tuple[Floats, Flags]:
    """The height at which the tip runs over each place, and whether it then still touches its face with all else clear."""
    drop = cutter.drop(slopes.part, tips)
    heights = np.where(drop > tips[:, 2] - BELOW_MM, drop, tips[:, 2])
    reached = drop <= tips[:, 2] + REACHED_MM
    return heights, reached & _clear_of_all(slopes, cutter, tips, heights)


def _clear_of_all(slopes: Slopes, cutter: Cutter, tips: Floats, heights: Floats) -> Flags:
    """Whether holder and shank clear the part, and all of the tool the fixtures."""
    tool = cutter.tool
    clear = np.ones(len(tips), dtype=np.bool_)
    for width, from_tip in (
        (tool.holder_diameter_mm / 2 + HOLDER_CLEARANCE_MM, tool.stickout_mm - HOLDER_CLEARANCE_MM),
        (tool.shank_diameter_mm / 2 + 0.05, tool.flute_length_mm),
    ):
        if width <= cutter.radius:
            continue
        clear &= ~slopes.part.above(tips, width, heights + from_tip)
        if slopes.fixtures is not None:
            clear &= ~slopes.fixtures.above(tips, width, heights + from_tip)
    if slopes.fixtures is not None:
        clear &= ~slopes.fixtures.above(tips, cutter.radius + FIXTURE_CLEARANCE_MM, heights - 0.2)
    return clear


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Half-open stretches of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _ways(look: Look, slopes: Slopes) -> list[Way]:
    """The reached stretches, each drawn out to where the cutter stops touching its face."""
    cutter, tips, heights, reached, face, breaks = (
        look.cutter, look.tips, look.heights, look.reached, look.face, look.breaks
    )  # fmt: skip
    found, ends = [], []
    for a, b in itertools.pairwise(breaks.tolist()):
        for start, end in _runs(reached[a:b]):
            rows = np.column_stack([tips[a + start : a + end, :2], heights[a + start : a + end]])
            lead = tips[a + start - 1] if start > 0 else None
            tail = tips[a + end] if a + end < b else None
            found.append((int(face[a]), rows, tips[a + start], tips[a + end - 1]))
            ends.append((lead, tail))
    inner, outer, where = [], [], []
    for k, (lead, tail) in enumerate(ends):
        if lead is not None:
            inner.append(found[k][2]), outer.append(lead), where.append((k, 0))  # type: ignore[func-returns-value]
        if tail is not None:
            inner.append(found[k][3]), outer.append(tail), where.append((k, 1))  # type: ignore[func-returns-value]
    limits = _limits(np.array(inner), np.array(outer), slopes, cutter) if inner else np.zeros((0, 3))
    fronts: dict[tuple[int, int], Floats] = dict(zip(where, limits, strict=True))
    ways = []
    for k, (owner, rows, _, _) in enumerate(found):
        pieces = [fronts[k, 0][None]] if (k, 0) in fronts else []
        pieces.append(rows)
        if (k, 1) in fronts:
            pieces.append(fronts[k, 1][None])
        ways += [Way(owner, piece) for piece in _safe(np.vstack(pieces), slopes, cutter)]
    return ways


def _safe(tips: Floats, slopes: Slopes, cutter: Cutter) -> list[Floats]:
    """The path with more points where the straight way between two would touch the part; parted where it would climb."""
    for turn in range(SAFE_ROUNDS):
        share = PROBED[turn % len(PROBED)]
        probe = tips[:-1] + share * (tips[1:] - tips[:-1])
        drop = cutter.drop(slopes.part, probe)
        touches = np.flatnonzero((drop > probe[:, 2] + TOUCH_MM) & (drop < probe[:, 2] + CLIMB_MM))
        probe[:, 2] = drop
        tips = np.insert(tips, touches + 1, probe[touches], axis=0)
    hits = np.zeros(max(0, len(tips) - 1), dtype=np.bool_)
    for share in PROBED:
        probe = tips[:-1] + share * (tips[1:] - tips[:-1])
        hits |= cutter.drop(slopes.part, probe) > probe[:, 2] + TOUCH_MM * 2
    return [piece for piece in np.split(tips, np.flatnonzero(hits) + 1) if len(piece)]


def _limits(inner: Floats, outer: Floats, slopes: Slopes, cutter: Cutter) -> Floats:
    """The last place (n, 3) between a reached and an unreached tip at which the cutter still touches."""
    low, high = inner.copy(), outer.copy()
    for _ in range(6):
        middle = (low + high) / 2
        drop = cutter.drop(slopes.part, middle)
        good = (drop <= middle[:, 2] + REACHED_MM) & _clear_of_all(slopes, cutter, middle, middle[:, 2])
        low = np.where(good[:, None], middle, low)
        high = np.where(good[:, None], high, middle)
    drop = cutter.drop(slopes.part, low)
    low[:, 2] = np.where(drop > low[:, 2] - BELOW_MM, drop, low[:, 2])
    return low


def _cleared(stage: Stage, cutter: Cutter, way: Way) -> bool:
    """Whether no deep stock stands over a way: what roughing could not enter, a finishing cutter must not either."""
    line = shapely.LineString(way.tips[:, :2]) if len(way.tips) > 1 else shapely.Point(way.tips[0, :2])
    low = float(way.tips[:, 2].min())
    depth = max(1.2, STOCK_DEPTH_SHARE * cutter.tool.diameter_mm)
    index = stage.index_above(low + depth)
    if index >= 0 and near(stage.left[index], line, 0.6 * cutter.radius):
        return False
    reach = low + cutter.tool.stickout_mm - HOLDER_CLEARANCE_MM
    if reach < stage.top:
        above = stage.index_at(reach)
        if near(stage.left[above], line, cutter.tool.holder_diameter_mm / 2 + HOLDER_CLEARANCE_MM):
            return False
    return True


def _emit(stage: Stage, slopes: Slopes, cutter: Cutter, ways: list[Way], data: CuttingData, program: Program) -> None:
    """All ways, top down within each face, going on at the nearest of them; short gaps are crossed on the surface."""
    queues: dict[int, list[Way]] = {}
    for way in ways:
        queues.setdefault(way.face, []).append(way)
    for way in _in_order(queues):
        tips = _simple(np.ascontiguousarray(way.tips), SIMPLE_MM)
        if program.at is not None:
            here = np.array(program.at)
            if np.linalg.norm(tips[-1] - here) < np.linalg.norm(tips[0] - here) - 1e-9:
                tips = tips[::-1]
            link = _crossing_over(slopes, cutter, here, tips[0])
            if link is not None:
                program.feed(link, data.feed_mm_min)
                program.feed(tips, data.feed_mm_min)
                continue
        _approach(stage, cutter, tips[0], program, data)
        program.feed(tips[1:], data.feed_mm_min)


def _in_order(queues: dict[int, list[Way]]) -> list[Way]:
    """Within a face from the top down; from face to face by the nearest end of what is next there."""
    ordered: list[Way] = []
    here: Floats | None = None
    waiting = {face: list(ways) for face, ways in queues.items()}
    while waiting:
        faces = list(waiting)
        if here is None:
            face = max(faces, key=lambda f: float(waiting[f][0].tips[0, 2]))
        else:
            ends = np.array([[waiting[f][0].tips[0], waiting[f][0].tips[-1]] for f in faces])
            gaps = np.linalg.norm(ends - here, axis=2).min(axis=1)
            face = faces[int(np.argmin(gaps))]
        way = waiting[face].pop(0)
        if not waiting[face]:
            del waiting[face]
        if here is not None and np.linalg.norm(way.tips[-1] - here) < np.linalg.norm(way.tips[0] - here):
            here = way.tips[0]
        else:
            here = way.tips[-1]
        ordered.append(way)
    return ordered


def _crossing_over(slopes: Slopes, cutter: Cutter, here: Floats, there: Floats) -> Floats | None:
    """A short way over the surface from one tip to the next, None where it is long, climbs or is not clear."""
    distance = float(np.linalg.norm(there[:2] - here[:2]))
    if distance > LINK_MM + cutter.radius or abs(there[2] - here[2]) > LINK_MM:
        return None
    count = max(2, math.ceil(distance / cutter.step_mm) + 1)
    way = np.linspace(here, there, count)
    drop = cutter.drop(slopes.part, way)
    way[:, 2] = np.maximum(way[:, 2], drop)
    way[0], way[-1] = here, there
    if drop[-1] > there[2] + 0.01 or float(way[:, 2].max()) > max(here[2], there[2]) + 1.0:
        return None
    safe = _safe(_squared(way), slopes, cutter)
    if len(safe) > 1 or not _clear_of_all(slopes, cutter, safe[0], safe[0][:, 2]).all():
        return None
    return np.asarray(safe[0][1:])


def _squared(way: Floats) -> Floats:
    """The way with its climbs straight up before, and its descents straight down after, the move across."""
    points = [way[0]]
    for here, there in itertools.pairwise(way):
        if abs(there[2] - here[2]) > STEEP_LINK_MM:
            across = here if there[2] > here[2] else there
            points.append(np.array([across[0], across[1], max(here[2], there[2])]))
        points.append(there)
    return np.array(points)


def _approach(stage: Stage, cutter: Cutter, start: Floats, program: Program, data: CuttingData) -> None:
    """Bring the cutter over the start of a way and feed it down."""
    x, y, z = (float(v) for v in start)
    above = z + max(1.5, STOCK_DEPTH_SHARE * cutter.tool.diameter_mm)
    if program.at is not None:
        hx, hy, hz = program.at
        height = stage.link_height(cutter.tool, (hx, hy), (x, y), max(hz, z) + 0.5)
        if height is not None:
            height = max(height, stage.top - 0.95 * cutter.tool.flute_length_mm)
        if height is not None and height < stage.top:
            program.feed([(hx, hy, height), (x, y, height)], min(program.machine.feed_max_mm_min, 8000.0))
            if above < height:
                program.feed([(x, y, above)], APPROACH_FEED_MM_MIN)
            program.feed([(x, y, z)], data.feed_mm_min * 0.5)
            return
    program.over(x, y)
    program.down(min(program.safe_z, stage.top + 1.0))
    program.feed([(x, y, min(above, stage.top + 1.0))], APPROACH_FEED_MM_MIN)
    program.feed([(x, y, z)], data.feed_mm_min * 0.5)


@njit(cache=True)
def _simple(points: Floats, tolerance: float) -> Floats:  # pragma: no cover - compiled
    """A polyline with fewer points, none of the left out further than ``tolerance`` from it."""
    kept = np.zeros(len(points), dtype=np.bool_)
    kept[0] = True
    kept[-1] = True
    start = 0
    while start < len(points) - 1:
        end = min(start + 2, len(points) - 1)
        best = start + 1
        while end < len(points) and end - start <= 200:
            fits = True
            dx, dy, dz = (
                (points[end] - points[start])[0],
                (points[end] - points[start])[1],
                (points[end] - points[start])[2],
            )
            l2 = dx * dx + dy * dy + dz * dz
            for k in range(start + 1, end):
                px, py, pz = (
                    points[k, 0] - points[start, 0],
                    points[k, 1] - points[start, 1],
                    points[k, 2] - points[start, 2],
                )
                s = 0.0 if l2 < 1e-18 else min(1.0, max(0.0, (px * dx + py * dy + pz * dz) / l2))
                qx, qy, qz = px - s * dx, py - s * dy, pz - s * dz
                if qx * qx + qy * qy + qz * qz > tolerance * tolerance:
                    fits = False
                    break
            if not fits:
                break
            best = end
            end += 1
        kept[best] = True
        start = best
    return points[kept]


def samples_cut(slopes: Slopes, points: Floats, face: NDArray[np.int32]) -> Flags:
    """Which of the sample ``points`` (n, 3) on ``face`` (n,) lie nearer to a reached contact than to an open one."""
    cut = np.zeros(len(points), dtype=np.bool_)
    reached = np.vstack(slopes.reached) if slopes.reached else np.zeros((0, 3))
    if not len(reached):
        return cut
    own = np.isin(face, [patch.face for patch in slopes.patches])
    rows = np.flatnonzero(own)
    near_reached = cKDTree(reached).query(points[rows])[0]
    near_open = np.full(len(rows), np.inf)
    if slopes.open_points is not None and len(slopes.open_points):
        near_open = np.asarray(cKDTree(slopes.open_points).query(points[rows])[0])
    cut[rows] = (near_reached < near_open) & (near_reached < NEAR_MM)
    return cut


def opened_solids(slopes: Slopes, top: float) -> list[m3.Manifold]:
    """The space above the faces that have been finished, up to ``top``."""
    if not slopes.reached:
        return []
    reached = np.vstack(slopes.reached)
    if not len(reached):
        return []
    tree = cKDTree(reached)
    open_tree = cKDTree(slopes.open_points) if slopes.open_points is not None and len(slopes.open_points) else None
    found = []
    for patch in slopes.patches:
        middle = patch.corners[patch.triangles].mean(axis=1)
        probe = np.vstack([middle, patch.corners])
        good = np.asarray(tree.query(probe)[0] < NEAR_MM)
        if open_tree is not None:
            good &= np.asarray(open_tree.query(probe)[0] > 0.3)
        if good.mean() > COVERED_SHARE:
            found.append(columns(patch.corners, patch.triangles[patch.facing > STEEPEST], top))
    return found
