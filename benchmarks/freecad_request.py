"""The request of ``freecad_cam.py`` to FreeCAD CAM: one operation for each feature that the first setup of a plan cuts.

The choices are those of an experienced FreeCAD user: the face on top, each floor, each opening without a floor, the
outside, the holes. A floor or an opening gets the largest of the plan's end mills that covers 98 % of the area that any
of them covers; depths start at the material left by earlier operations. Feeds follow the planner's own rule (force,
power, deflection, chip thinning) for FreeCAD's default width and depth of cut, so that both programs cut at the same
limit.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from nightmill.cad import PartModel
from nightmill.cam import Machine, Material
from nightmill.cam.cutting_data.milling import milling
from nightmill.verification import FEED, interpret
from nightmill.vocabulary.plan import Plan, Setup, Tool

Floats = NDArray[np.float64]
COVERED_SHARE = 0.98
PLUNGE_SHARE = 0.2
"""Ratio of the plunge feed straight down into the stock (Pocket, MillFace) to the cutting feed, as in the planner's own
plunges; helices and descents beside the stock use the feed of a slot, as the planner's ramps do.
"""
WIDTHS = {"face": 0.5, "adaptive": 0.2, "pocket": 1.0}
"""Width of cut over diameter, FreeCAD 1.0's default step-overs."""
DEFAULT = 1e-3
HOLE_FINISHERS = {"spot", "reamer", "tap", "thread_mill"}
Refused = set[tuple[str, tuple[int, ...], int]]


@dataclass(frozen=True)
class Region:
    """A region to clear, in work coordinates: its faces, its height, its outline seen from above. ``outline``: the
    floor has holes that aren't avoided; ``islands`` are the walls of what stands on it; ``bottom`` is the face at
    whose edge an opening without a floor ends.
    """

    faces: tuple[int, ...]
    z: float
    area: BaseGeometry
    outline: bool = False
    islands: tuple[int, ...] = ()
    bottom: int | None = None


@dataclass(frozen=True)
class Limits:
    """Limits of both programs."""

    material: Material
    machine: Machine


class View:
    """The part as the setup sees it: face polygons from above, heights and normals in work coordinates."""

    def __init__(self, part: PartModel, setup: Setup) -> None:
        self.part = part
        self.matrix = np.array(setup.model_to_work)
        self.vertices: Floats = self.work(np.asarray(part.mesh.vertices))
        self.face_of = np.asarray(part.mesh.face_of)
        self.beside: dict[int, dict[int, str]] = {face.id: {} for face in part.faces}
        for edge in part.edges:
            if len(edge.faces) == 2:
                a, b = edge.faces
                self.beside[a][b] = self.beside[b][a] = edge.convexity

    def work(self, points: Floats) -> Floats:
        """Return points (n, 3) of the model in work coordinates."""
        found: Floats = points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        return found

    def work_box(self, plan: Plan) -> tuple[list[float], list[float]]:
        """Return the low and high corner of the raw box in work coordinates."""
        box = self.work(np.array([plan.stock.min, plan.stock.max], dtype=float))
        return box.min(axis=0).tolist(), box.max(axis=0).tolist()

    def centroid(self, face: int) -> list[float]:
        """Return a face's centroid."""
        return [float(v) for v in self.work(np.array([self.part.faces[face].centroid]))[0]]

    def corners(self, face: int) -> Floats:
        """Return the triangles (n, 3, 3) of a face."""
        found: Floats = self.vertices[np.asarray(self.part.mesh.triangles)[self.face_of == face]]
        return found

    def up(self, face: int) -> float:
        """Return 1 if the face is level and faces up, -1 if it faces down, else 0."""
        found = self.part.faces[face]
        if found.surface != "plane":
            return 0.0
        z = float(self.matrix[2, :3] @ np.array(found.normal))
        return float(np.sign(z)) if abs(z) > 0.9999 else 0.0

    def prismatic(self, face: int) -> bool:
        """Return whether a face is a level floor, an upright wall or an upright cylinder."""
        found = self.part.faces[face]
        line = found.normal if found.surface == "plane" else found.axis if found.surface == "cylinder" else None
        if line is None:
            return False
        z = abs(float(self.matrix[2, :3] @ np.array(line)))
        return z > 0.9999 or (found.surface == "plane" and z < 1e-3)

    def height(self, face: int) -> float:
        """Return the highest point of a face."""
        return float(self.corners(face)[:, :, 2].max())

    def area(self, face: int) -> BaseGeometry:
        """Return the face seen from above."""
        return shapely.union_all(shapely.polygons(self.corners(face)[:, :, :2])).buffer(0)

    def shadow(self) -> BaseGeometry:
        """Return the part seen from above, without its holes."""
        corners = self.vertices[np.asarray(self.part.mesh.triangles)][:, :, :2]
        spans = np.abs(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
        return filled(shapely.union_all(shapely.polygons(corners[spans > 1e-6])).buffer(1e-4))


def polygons(area: BaseGeometry) -> list[Any]:
    """Return the polygons of an area."""
    return [g for g in getattr(area, "geoms", [area]) if g.geom_type == "Polygon"]


def filled(area: BaseGeometry) -> BaseGeometry:
    """Return the area without its holes."""
    return shapely.union_all([shapely.Polygon(p.exterior) for p in polygons(area)])


def covers(area: BaseGeometry, tool: Tool) -> float:
    """Return the share of an area that a cutter kept inside it sweeps."""
    radius = tool.diameter_mm / 2
    return float(area.buffer(-radius, quad_segs=16).buffer(radius, quad_segs=16).area / max(area.area, 1e-9))


def regions(view: View, cut: set[int], drilled: set[int]) -> tuple[list[Region], list[Region]]:
    """Return the top faces, floors and openings that the setup's mills cut."""
    level = [f for f in sorted(cut) if view.up(f) > 0]
    top = float(view.vertices[:, 2].max())
    tops = tuple(f for f in level if view.height(f) > top - DEFAULT)
    first = [Region(tops, top, filled(shapely.union_all([view.area(f) for f in tops])))] if tops else []
    found = [floor(view, face) for face in level if face not in tops]
    alone = [region for region in found if region.islands and region.outline]
    merged: dict[tuple[float, bool], list[Region]] = {}
    for region in (each for each in found if each not in alone):
        merged.setdefault((round(region.z, 3), region.outline), []).append(region)
    for (z, outline), some in merged.items():
        faces = tuple(face for region in some for face in region.faces)
        alone.append(Region(faces, z, shapely.union_all([region.area for region in some]), outline))
    return first, alone + openings(view, cut, drilled)


def floor(view: View, face: int) -> Region:
    """Return a floor as a region to clear: over its holes, around its islands."""
    raised = [n for n, convexity in view.beside[face].items() if convexity == "concave"]
    areas, islands, holes = [], set(), False
    for polygon in polygons(view.area(face)):
        kept = []
        for ring in polygon.interiors:
            inside = shapely.Polygon(ring).buffer(0.05)
            within = [n for n in raised if inside.covers(shapely.MultiPoint(view.corners(n)[:, :, :2].reshape(-1, 2)))]
            islands.update(within)
            kept += [ring] if within else []
            holes = holes or not within
        areas.append(shapely.Polygon(polygon.exterior, kept))
    return Region((face,), view.height(face), shapely.union_all(areas), holes, tuple(sorted(islands)))


def openings(view: View, cut: set[int], drilled: set[int]) -> list[Region]:
    """Return openings through the part's underside whose walls are milled, not drilled."""
    low = float(view.vertices[:, 2].min())
    found = []
    for face in (f.id for f in view.part.faces if view.up(f.id) < 0 and view.height(f.id) < low + DEFAULT):
        for ring in (ring for p in polygons(view.area(face)) for ring in p.interiors):
            hole = shapely.Polygon(ring)
            near = hole.buffer(0.05)
            walls = tuple(
                n for n in view.beside[face]
                if near.covers(shapely.MultiPoint(view.corners(n)[:, :, :2].reshape(-1, 2)))
            )  # fmt: skip
            if walls and not drilled.intersection(walls) and cut.intersection(walls):
                found.append(Region(walls, low, hole, bottom=face))
    return found


def drill_holes(setup: Setup, text: str, tools: dict[int, Tool]) -> list[dict[str, Any]]:
    """Return the plan's own drilled holes, by tool and depth."""
    moves = interpret(text, chord_mm=0.05)
    groups: dict[tuple[int, float], set[tuple[float, float]]] = {}
    for step in (s for s in setup.steps if tools[s.tool].type == "drill"):
        mine = (moves.tool == step.tool) & (moves.kind == FEED)
        deepest: dict[tuple[float, float], float] = {}
        for x, y, z in np.round(moves.end[mine], 3).tolist():
            deepest[x, y] = min(z, deepest.get((x, y), 0.0))
        for place, z in deepest.items():
            groups.setdefault((step.tool, z), set()).add(place)
    data = {s.tool: s.cutting for s in setup.steps}
    return [
        {
            "kind": "drill", "faces": [], "tool": tool, "diameter_mm": tools[tool].diameter_mm, "places": sorted(places),
            "rpm": data[tool].spindle_rpm, "feed_mm_min": data[tool].feed_mm_min,
            "plunge_mm_min": data[tool].feed_mm_min, "final_z": z,
        }
        for (tool, z), places in sorted(groups.items())
    ]  # fmt: skip


def _cut(kind: str, tool: Tool, depth: float, width: float, limits: Limits) -> dict[str, Any]:
    """Return tool, feed and step-down: one diameter as in FreeCAD, or less if the planner's limits require it."""
    deepest = min(depth, tool.diameter_mm)
    data = milling(tool, limits.material, limits.machine, deepest, width)
    slot = milling(tool, limits.material, limits.machine, deepest, tool.diameter_mm)
    down = PLUNGE_SHARE * data.feed_mm_min if kind in {"face", "pocket"} else slot.feed_mm_min
    return {
        "kind": kind, "tool": tool.number, "diameter_mm": tool.diameter_mm, "rpm": data.spindle_rpm,
        "feed_mm_min": data.feed_mm_min, "plunge_mm_min": down,
        "step_down_mm": data.ap_mm if data.ap_mm < min(depth, tool.diameter_mm) - DEFAULT else None,
    }  # fmt: skip


def fitting(
    region: Region, mills: list[Tool], kind: str, top: float, refused: Refused
) -> tuple[str, Region, Tool] | None:
    """Return the largest mill that covers a region as well as any other and reaches it below ``top``; Pocket if
    Adaptive has found no entry with it. Only Adaptive takes edges, which distinguish islands on a floor from holes in
    it.
    """
    mills = [t for t in mills if t.stickout_mm >= top - region.z] or [max(mills, key=lambda t: t.stickout_mm)]
    names = ("adaptive",) if region.islands and region.outline else tuple(dict.fromkeys((kind, "pocket")))
    share = [covers(region.area, tool) for tool in mills]
    for tool in (t for t, s in zip(mills, share, strict=True) if s >= COVERED_SHARE * max(share) > 0.0):
        for name in names:
            if (name, region.faces, tool.number) not in refused:
                return name, region, tool
    return None


def operations(view: View, plan: Plan, text: str, kind: str, limits: Limits, refused: Refused) -> list[dict[str, Any]]:
    """The operations of one program: the top, floors by ``kind`` (``adaptive`` or ``pocket``) with the largest mills
    first, the outside with its mill's other work, drilled holes, and last the floors of drilled holes.

    ``refused`` names operations, faces and tools for which FreeCAD has found no path before.
    """
    setup, tools = plan.setups[0], {tool.number: tool for tool in plan.tools}
    used = [tools[n] for n in {step.tool for step in setup.steps}]
    mills = sorted((t for t in used if t.type == "flat"), key=lambda t: (-t.diameter_mm, t.stickout_mm))
    if not mills or plan.stock.kind != "box":
        return []
    drilled = {f for s in setup.steps if tools[s.tool].type in {"drill", *HOLE_FINISHERS} for f in s.faces}
    cut = {f for s in setup.steps for f in s.faces} - drilled
    low, high = view.work_box(plan)
    first, below = regions(view, cut, drilled)
    holes = drill_holes(setup, text, tools)
    jobs = [("face", region, mills[0]) for region in first if high[2] > region.z + DEFAULT]
    floors = [found for region in below if (found := fitting(region, mills, kind, high[2], refused))]
    floors.sort(key=lambda job: (-job[2].diameter_mm, -job[1].z))
    in_holes = [job for job in floors if any(spots(hole, 0.1).covers(job[1].area) for hole in holes)]
    stands = [(shapely.box(-1e6, -1e6, 1e6, 1e6), high[2])]
    asked = [cleared(*job, stands, limits) for job in jobs + [job for job in floors if job not in in_holes]]
    side = _outside(view, text, mills, low, high, limits)
    if side:
        place = next((i for i, each in enumerate(asked) if each["tool"] != side["tool"]), len(asked))
        asked.insert(place, side)
    for hole in holes:
        asked.append(hole | {"start_z": _standing(stands, spots(hole, 0.0))})
        tip = tools[hole["tool"]].tip_angle_deg or 118.0
        cone = hole["diameter_mm"] / 2 / math.tan(math.radians(tip / 2))
        stands.append((spots(hole, 0.15), hole["final_z"] + cone))
    return asked + [cleared(*job, stands, limits) for job in in_holes]


def spots(hole: dict[str, Any], more: float) -> BaseGeometry:
    """Return the discs taken up by drilled holes, slightly enlarged."""
    return shapely.MultiPoint(hole["places"]).buffer(hole["diameter_mm"] / 2 + more)


def cleared(
    kind: str, region: Region, tool: Tool, stands: list[tuple[BaseGeometry, float]], limits: Limits
) -> dict[str, Any]:
    """Return the operation that clears a region from its current height."""
    start = _standing(stands, region.area)
    stands.append((region.area.buffer(0.1), region.z))
    return _cut(kind, tool, start - region.z, WIDTHS[kind] * tool.diameter_mm, limits) | {
        "faces": list(region.faces), "outline": region.outline, "start_z": start,
        "bottom": region.bottom, "islands": list(region.islands),
    }  # fmt: skip


def _standing(stands: list[tuple[BaseGeometry, float]], area: BaseGeometry) -> float:
    """Return the height of the material that may remain on an area after the operations so far."""
    return min(z for open_area, z in stands if open_area.covers(area))


def _outside(
    view: View, text: str, mills: list[Tool], low: list[float], high: list[float], limits: Limits
) -> dict[str, Any] | None:
    """Return the outside contour, as deep as the plan itself cuts beside the part."""
    outline = view.shadow()
    moves = interpret(text, chord_mm=0.05)
    ends = moves.end[np.isin(moves.tool, [t.number for t in mills]) & (moves.kind == FEED)]
    beside = ends[~shapely.contains_xy(outline, ends[:, 0], ends[:, 1])]
    if not len(beside):
        return None
    depth = float(beside[:, 2].min())
    tool = next((t for t in mills if t.stickout_mm > high[2] - depth), max(mills, key=lambda t: t.stickout_mm))
    raw = shapely.box(low[0], low[1], high[0], high[1])
    widths = [a for a in np.linspace(0.25, tool.diameter_mm, 40) if outline.buffer(a).covers(raw)]
    width = float(widths[0]) if widths else tool.diameter_mm
    return _cut("profile", tool, high[2] - depth, width, limits) | {"faces": [], "final_z": depth}
