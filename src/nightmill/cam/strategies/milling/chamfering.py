"""Cut chamfers and countersinks at 45 degrees with a pointed tool in one pass along the foot of the face.

The cone of a 90 degree tool lies on the face when its axis runs at a fixed distance from the part's contour just below the
face. A face counts only if the tool is clear of the part along the whole pass, at all its heights.
"""

import itertools
import math
from dataclasses import dataclass, replace

import manifold3d as m3
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cam.cutting_data.milling import milling
from nightmill.cam.geometry.polygon_offsets import near, rounded
from nightmill.cam.geometry.polygon_overlay import common, joined, minus
from nightmill.cam.geometry.solids import EMPTY, layers, parts, polygonal, shadow
from nightmill.cam.stock.in_process_stock import LEVEL_SLACK_MM, Stage
from nightmill.cam.tooling.materials import Material
from nightmill.cam.tooling.tool_assembly import FIXTURE_CLEARANCE_MM, ToolAssembly
from nightmill.cam.tooling.tool_library import Machine
from nightmill.cam.toolpath.lead_in import follow, hop
from nightmill.cam.toolpath.milling_program import APPROACH_FEED_MM_MIN, Program
from nightmill.vocabulary.plan import CuttingData, Tool

BELOW_MM = 0.3
KEPT_MM = 0.012
SLOPE = math.sqrt(0.5)
SLOPE_SLACK = 0.004
OFF_FACE_MM = 0.012
"""Largest distance of the cone from a face at the face's far edge."""
COVERED_SHARE = 0.985
PROBES = 7
MOST_ENDS = 60
JUST_UNDER_MM = 0.004
NECK_OFF_MM, SLIVER_MM = 0.2, 0.05
"""Clearance of the shank from the part, and how far slivers of standing stock may reach into the shank."""
OFF_MM, LEAST_STRETCH_MM = 0.05, 1.0
"""Extra clearance of a split path from standing stock, and the least length of a stretch."""


@dataclass(frozen=True)
class Chamfer:
    """Faces with one foot height, the tool, its tip height and the closed or open paths of its axis.

    ``prints``: the faces seen from above, ``reach_mm``: how far from its axis the cone cuts at their tops.
    """

    faces: tuple[int, ...]
    tool: Tool
    tip: float
    ways: tuple[NDArray[np.float64], ...]
    prints: tuple[BaseGeometry, ...]
    reach_mm: float

    def along(self, lines: list[shapely.LineString]) -> "Chamfer | None":
        """Return the chamfer that only some of the paths cut; None if they cut no whole face."""
        swept = joined([line.buffer(self.reach_mm, quad_segs=16) for line in lines]) if lines else EMPTY
        rows = [k for k, each in enumerate(self.prints) if common(each, swept).area > COVERED_SHARE * each.area]
        if not rows:
            return None
        close = joined([self.prints[k] for k in rows]).buffer(self.reach_mm, quad_segs=8)
        ways = tuple(np.asarray(line.coords) for line in lines if line.intersects(close))
        faces, prints = tuple(self.faces[k] for k in rows), tuple(self.prints[k] for k in rows)
        return replace(self, faces=faces, ways=ways, prints=prints)


def chamfers(
    corners: NDArray[np.float64],
    face_of: NDArray[np.int32],
    wanted: NDArray[np.bool_],
    solid: m3.Manifold,
    tools: tuple[Tool, ...],
) -> list[Chamfer]:
    """Return the 45 degree faces among ``wanted`` (faces,) that one pass cuts; ``corners`` (m, 3, 3) in work coordinates."""
    pointed = [t for t in tools if t.type in {"chamfer", "countersink"} and abs((t.tip_angle_deg or 0) - 90) < 0.1]
    if not pointed:
        return []
    groups: dict[float, list[int]] = {}
    for face in _faces_at_45(corners, face_of, wanted):
        foot = round(float(corners[face_of == face, :, 2].min()), 3)
        groups.setdefault(foot, []).append(face)
    found = []
    for foot, faces in sorted(groups.items(), reverse=True):
        for tool in pointed:
            made = _group(foot, faces, tool, corners, face_of, solid)
            if made is not None:
                found.append(made)
                break
    return found


def _faces_at_45(corners: NDArray[np.float64], face_of: NDArray[np.int32], wanted: NDArray[np.bool_]) -> list[int]:
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    size = np.linalg.norm(normals, axis=1)
    sound = size > 1e-9
    off = np.zeros(len(size))
    off[sound] = np.abs(normals[sound, 2] / size[sound] - SLOPE)
    worst = np.zeros(int(face_of.max()) + 1)
    np.maximum.at(worst, face_of, np.where(size > 1e-6, off, 0.0))
    present = np.bincount(face_of[sound], minlength=len(worst)) > 0
    low, high = np.full(len(worst), np.inf), np.full(len(worst), -np.inf)
    np.minimum.at(low, face_of, corners[:, :, 2].min(axis=1))
    np.maximum.at(high, face_of, corners[:, :, 2].max(axis=1))
    tall = np.where(present, high - low, 0.0)
    close = (worst < SLOPE_SLACK) & (2 * worst * tall < OFF_FACE_MM)
    return [int(f) for f in np.flatnonzero(wanted & present & close)]


def _group(
    foot: float,
    faces: list[int],
    tool: Tool,
    corners: NDArray[np.float64],
    face_of: NDArray[np.int32],
    solid: m3.Manifold,
) -> Chamfer | None:
    flat = (tool.tip_diameter_mm or 0.0) / 2
    away = flat + BELOW_MM
    tip = foot - BELOW_MM
    must = shadow(solid, foot + LEVEL_SLACK_MM)
    prints = {f: _footprint(corners[face_of == f]) for f in faces}
    tall = {f: float(corners[face_of == f, :, 2].max()) - foot for f in faces}
    fitting = [f for f in faces if tall[f] + BELOW_MM < tool.flute_length_mm - 0.05]
    if not fitting:
        return None
    around = joined([prints[f] for f in fitting]).buffer(away + KEPT_MM + 0.03, quad_segs=16)
    line = common(rounded(must, away + KEPT_MM).boundary, around)
    walls = _walls(tool, tip, solid)
    clear = [piece for piece in _lines(line) if all(not near(area, piece, radius) for area, radius in walls)]
    ways = [piece.simplify(0.002) for piece in clear]
    if not ways:
        return None
    reach = away + max(tall.values()) + 0.05
    swept = joined([w.buffer(reach, quad_segs=16) for w in ways])
    made = [f for f in fitting if common(prints[f], swept).area > COVERED_SHARE * prints[f].area]
    if not made:
        return None
    close = joined([prints[f] for f in made]).buffer(away + KEPT_MM + 0.05, quad_segs=8)
    kept = tuple(np.asarray(w.coords) for w in ways if w.intersects(close))
    return Chamfer(tuple(made), tool, tip, kept, tuple(prints[f] for f in made), reach)


def _walls(tool: Tool, tip: float, solid: m3.Manifold) -> list[tuple[BaseGeometry, float]]:
    """Return layers of the part, by height along the tool, each with the radius around the tool's axis that the layer
    must not enter.

    A layer obstructs all of the tool below it, so the radius is that of the widest section of that part of the tool. No
    layers need to be joined to shadows.
    """
    flat = (tool.tip_diameter_mm or 0.0) / 2
    asked = [
        (tip + high - JUST_UNDER_MM, min(flat + high, tool.diameter_mm / 2) - JUST_UNDER_MM - 0.002)
        for high in _heights(tool, tip, solid)
    ]
    assembly = ToolAssembly(tool)
    asked += [(tip + above, radius) for radius, above in (assembly.neck(NECK_OFF_MM), assembly.holder)]
    asked.sort(reverse=True)
    widest = [*itertools.accumulate((radius for _, radius in reversed(asked)), max)][::-1]
    areas = layers(solid, [z for z, _ in asked])
    return [each for each in zip(areas, widest, strict=True) if not each[0].is_empty]


def _heights(tool: Tool, tip: float, solid: m3.Manifold) -> list[float]:
    """Return the heights at which the cone is checked against the part: evenly spread, and where corners of the part end."""
    ends = np.asarray(solid.to_mesh64().vert_properties)[:, 2] - tip
    ends = np.unique(np.round(ends[(ends > 0) & (ends < tool.flute_length_mm)], 3))
    chosen = ends[:: max(1, math.ceil(len(ends) / MOST_ENDS))]
    return sorted({tool.flute_length_mm * k / PROBES for k in range(PROBES + 1)} | {float(z) for z in chosen})


def _footprint(triangles: NDArray[np.float64]) -> BaseGeometry:
    rings = triangles[:, [0, 1, 2, 0], :2]
    some = shapely.polygons(rings)
    some = some[shapely.area(some) > 1e-10]
    try:
        area = shapely.coverage_union_all(some)
    except shapely.errors.GEOSException:
        area = joined(some)
    return polygonal(area.buffer(1e-5, quad_segs=1))


def _lines(found: BaseGeometry) -> list[shapely.LineString]:
    lines = [g for g in parts(found) if g.geom_type == "LineString" and g.length > 1e-3]
    return parts(shapely.line_merge(shapely.MultiLineString(lines))) if lines else []


def cut_chamfers(
    stage: Stage, found: list[Chamfer], material: Material, machine: Machine, program: Program
) -> list[tuple[Chamfer, CuttingData, int, float]]:
    """Write the passes, except where their paths would meet a fixture or standing stock; return chamfer, data, first line and seconds."""
    done = []
    for whole in found:
        rims = [shapely.LineString(way) for way in whole.ways]
        lines = [piece for rim in rims for piece in _free(stage, whole, rim)]
        item = whole if lines == rims else whole.along(lines)
        if item is None:
            continue
        tool, lines = item.tool, [shapely.LineString(w) for w in item.ways]
        data = milling(tool, material, machine, 1.0, 1.0)
        first, began = len(program.blocks) + 1, program.time_s
        program.load(tool, data, f"chamfer {tool.name}")
        for way in item.ways:
            hop(stage, tool, float(way[0][0]), float(way[0][1]), program)
            program.feed([(way[0][0], way[0][1], item.tip + 3.0)], APPROACH_FEED_MM_MIN)
            program.feed([(way[0][0], way[0][1], item.tip)], data.feed_mm_min * 0.5)
            follow(way, item.tip, data.feed_mm_min, program)
        _clear(stage, item, lines)
        done.append((item, data, first, program.time_s - began))
    return done


def _free(stage: Stage, item: Chamfer, rim: shapely.LineString) -> list[shapely.LineString]:
    """Return the stretches of a path on which the tool's shank meets no standing stock and the tool meets no fixture."""
    tool = item.tool
    index = stage.index_above(item.tip + tool.flute_length_mm)
    met = [(stage.left[index], ToolAssembly(tool).neck_radius_mm - SLIVER_MM)] if index >= 0 else []
    for area, top in stage.fixtures:
        if top > item.tip - 0.2:
            met.append((area, tool.diameter_mm / 2 + FIXTURE_CLEARANCE_MM))
    met = [(area, radius) for area, radius in met if near(area, rim, radius)]
    if not met:
        return [rim]
    around = rim.buffer(max(radius for _, radius in met) + 1.0, quad_segs=8)
    kept_off = [rounded(common(area, around), radius + OFF_MM) for area, radius in met]
    return [piece for piece in _lines(minus(rim, joined(kept_off))) if piece.length > LEAST_STRETCH_MM]


def _clear(stage: Stage, item: Chamfer, lines: list[shapely.LineString]) -> None:
    """Remove the cone's sweep from the stage: full width at the top, in steps below."""
    flat = (item.tool.tip_diameter_mm or 0.0) / 2
    way = joined(lines)
    for k in range(PROBES):
        high = item.tool.flute_length_mm * k / PROBES
        area = rounded(way, flat + high) if flat + high > 0.01 else EMPTY
        if not area.is_empty:
            stage.cut.append((area, item.tip + high))
            stage.lower(item.tip + high, area)
