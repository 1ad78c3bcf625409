"""Recognise holes: stacks of coaxial hollow cylinders and cones with their shoulders, bottoms and tips.

A stack becomes a through, blind, counterbored or countersunk hole. ``axis`` points out of the material at the
entry, against the drill; ``x``, ``y``, ``z`` is the entry's centre; ``depth_mm`` counts from there and excludes the drill point, as
drawings do. ``thread_hint_mm`` is the thread for which the hole diameter is the tap drill size: a hint,
as the model doesn't state whether the hole is tapped.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph, cross, parallel
from nightmill.cad.brep.records import Face, Feature, Vector

_FULL_DEG = 350.0
_TAP_DRILLS = {
    1.6: (2.0, 0.4), 2.05: (2.5, 0.45), 2.5: (3.0, 0.5), 3.3: (4.0, 0.7), 4.2: (5.0, 0.8), 5.0: (6.0, 1.0),
    6.8: (8.0, 1.25), 8.5: (10.0, 1.5), 10.2: (12.0, 1.75), 12.0: (14.0, 2.0), 14.0: (16.0, 2.0), 17.5: (20.0, 2.5),
    21.0: (24.0, 3.0),
}  # fmt: skip
"""Thread diameter and pitch in mm by the diameter of the tap drill: ISO coarse threads, drills of ISO 2306."""
_INCH_TAP_DRILLS = {
    0.0890: (0.112, 40), 0.1065: (0.138, 32), 0.1360: (0.164, 32), 0.1495: (0.190, 24), 0.1590: (0.190, 32), 0.2010: (0.25, 20),
    0.2130: (0.25, 28), 0.2570: (0.3125, 18), 0.2720: (0.3125, 24), 0.3125: (0.375, 16), 0.3320: (0.375, 24), 0.3680: (0.4375, 14),
    0.4219: (0.5, 13), 0.4531: (0.5, 20), 0.5312: (0.625, 11), 0.6562: (0.75, 10),
}  # fmt: skip
"""Thread diameter in inches and threads per inch, UNC and UNF, by the diameter of the usual tap drill (75 % thread)."""
_TAP_MM = 0.02


@dataclass
class _Ring:
    """One cylinder or cone of a stack: its faces, and where it starts and ends along the stack's axis."""

    faces: list[int]
    kind: str
    start: float
    end: float
    start_radius: float
    end_radius: float


@dataclass
class _Stack:
    origin: NDArray[np.float64]
    axis: NDArray[np.float64]
    rings: list[_Ring] = field(default_factory=list)
    planes: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _End:
    """End of a stack: whether in material, the bottom faces, how far the bottom is beyond the last ring, and its radius."""

    closed: bool = False
    faces: tuple[int, ...] = ()
    beyond: float = 0.0
    radius: tuple[str, float] | None = None


def find_holes(graph: Graph) -> list[Feature]:
    """Return all holes, each with the faces of its walls, shoulders, bottom and tip. Ids count from 0."""
    features: list[Feature] = []
    for stack in _stacks(graph):
        for run in _runs(graph, stack):
            features.append(_feature(graph, stack, run, len(features)))
    return features


def _stacks(graph: Graph) -> list[_Stack]:
    """Return hollow rings that go all the way round, grouped by axis."""
    hollow = {face.id for face in graph.faces if face.surface in ("cylinder", "cone") and face.hollow and face.axis}
    stacks: list[_Stack] = []
    for group in graph.components(
        hollow, lambda edge: _same_surface(graph.faces[edge.faces[0]], graph.faces[edge.faces[1]])
    ):
        members = [graph.faces[number] for number in group]
        if sum(face.sweep_deg or 0.0 for face in members) < _FULL_DEG:
            continue
        first = members[0]
        origin, axis = np.array(first.origin), np.array(first.axis)
        stack = next((known for known in stacks if _on_line(known, origin, axis, graph.tolerance * 10)), None)
        if stack is None:
            stack = _Stack(origin, axis)
            stacks.append(stack)
        stack.rings.append(_ring(stack, members))
    return stacks


def _same_surface(a: Face, b: Face) -> bool:
    if a.surface != b.surface or a.axis is None or b.axis is None or not parallel(a.axis, b.axis):
        return False
    apart = np.subtract(a.origin or (0, 0, 0), b.origin or (0, 0, 0))
    if a.surface == "cylinder":
        apart = apart - np.array(a.axis) * float(apart @ np.array(a.axis))
        return abs((a.radius_mm or 0) - (b.radius_mm or 0)) < 1e-4 and float(np.linalg.norm(apart)) < 1e-3
    return abs((a.semi_angle_deg or 0) - (b.semi_angle_deg or 0)) < 1e-2 and float(np.linalg.norm(apart)) < 1e-3


def _on_line(stack: _Stack, origin: NDArray[np.float64], axis: NDArray[np.float64], tolerance: float) -> bool:
    away = origin - stack.origin
    return parallel(stack.axis, axis) and math.hypot(*cross(away, stack.axis)) < tolerance


def _ring(stack: _Stack, members: list[Face]) -> _Ring:
    ends: list[tuple[float, float]] = []
    for face in members:
        shift = float((np.array(face.origin) - stack.origin) @ stack.axis)
        way = 1.0 if float(np.dot(face.axis or (0, 0, 1), stack.axis)) > 0 else -1.0
        for along, radius in zip(face.span_mm or (0.0, 0.0), face.end_radii_mm or (0.0, 0.0), strict=True):
            ends.append((shift + way * along, radius))
    low, high = min(ends), max(ends)
    return _Ring([face.id for face in members], members[0].surface, low[0], high[0], low[1], high[1])


def _runs(graph: Graph, stack: _Stack) -> list[list[_Ring]]:
    """Split a row of coaxial rings if there is material between them: coaxial holes in two walls are two holes."""
    rings = sorted(stack.rings, key=lambda ring: (ring.start, ring.end))
    runs: list[list[_Ring]] = []
    for ring in rings:
        if runs and _joined(graph, stack, runs[-1], ring):
            runs[-1].append(ring)
        else:
            runs.append([ring])
    return runs


def _joined(graph: Graph, stack: _Stack, run: list[_Ring], ring: _Ring) -> bool:
    inside = {number for known in run for number in known.faces}
    near = {other for number in ring.faces for other in graph.neighbours(number)}
    if near & inside:
        return True
    # a drill that crosses another hole leaves two rings of equal radius, both of which end in the crossed wall
    crossed = near & {other for number in inside for other in graph.neighbours(number)}
    if abs(ring.start_radius - run[-1].end_radius) < 1e-4 and any(graph.faces[number].hollow for number in crossed):
        return True
    for number in near:
        if _flat_across(graph, stack, number) and set(graph.neighbours(number)) <= inside | set(ring.faces):
            stack.planes.add(number)
            return True
    return False


def _flat_across(graph: Graph, stack: _Stack, number: int) -> bool:
    face = graph.faces[number]
    return face.surface == "plane" and parallel(face.normal, stack.axis)


def _end(graph: Graph, stack: _Stack, run: list[_Ring], high: bool) -> _End:
    """Return how a run ends on one side: a tip, a flat bottom (with or without a corner radius), a ball bottom, or open."""
    last = max(run, key=lambda ring: ring.end) if high else min(run, key=lambda ring: ring.start)
    radius, level = (last.end_radius, last.end) if high else (last.start_radius, last.start)
    if radius < 1e-3:
        return _End(closed=True)
    for number in last.faces:
        for edge in graph.around[number]:
            other = graph.other(edge, number)
            face = graph.faces[other]
            if edge.convexity == "smooth" and face.hollow and face.surface in ("sphere", "torus"):
                rounded = _rounded(graph, stack, other, radius, level)
                if rounded is not None:
                    return rounded
            if edge.convexity != "concave" or not _flat_across(graph, stack, other):
                continue
            height = float((np.array(face.centroid) - stack.origin) @ stack.axis)
            if abs(height - level) < 10 * graph.tolerance:
                own = all(near in last.faces for near in graph.neighbours(other, "concave"))
                return _End(closed=True, faces=(other,) if own else ())
    return _End()


def _rounded(graph: Graph, stack: _Stack, number: int, radius: float, level: float) -> _End | None:
    """Return a bottom that is a hemisphere as wide as the hole, or flat with a corner radius all round; None if it is neither."""
    face = graph.faces[number]
    away = np.array(face.origin) - stack.origin
    if face.surface == "sphere":
        centred = math.hypot(*cross(away, stack.axis)) < 10 * graph.tolerance
        fits = abs((face.radius_mm or 0.0) - radius) < 10 * graph.tolerance
        parts = [n for n in graph.neighbours(number) if graph.faces[n].surface == "sphere"] if centred and fits else []
        ball = ("bottom_radius_mm", face.radius_mm or 0.0)
        return _End(closed=True, faces=(number, *parts), radius=ball) if centred and fits else None
    foot = [n for n in {number, *graph.neighbours(number, "smooth")} if graph.faces[n].surface == "torus"]
    floors = [n for each in foot for n in graph.neighbours(each, "smooth") if _flat_across(graph, stack, n)]
    if not floors:
        return None
    height = float((np.array(graph.faces[floors[0]].centroid) - stack.origin) @ stack.axis)
    return _End(True, (*foot, floors[0]), abs(height - level), ("floor_radius_mm", face.radius_mm or 0.0))


def _feature(graph: Graph, stack: _Stack, run: list[_Ring], number: int) -> Feature:
    low_end, high_end = _end(graph, stack, run, high=False), _end(graph, stack, run, high=True)
    low, high = min(ring.start for ring in run), max(ring.end for ring in run)
    first = min(run, key=lambda ring: ring.start)
    last = max(run, key=lambda ring: ring.end)
    if low_end.closed != high_end.closed:
        outward = 1.0 if low_end.closed else -1.0
    else:
        wider = last.end_radius - first.start_radius
        positive = float(stack.axis[np.argmax(np.abs(stack.axis))]) > 0
        outward = 1.0 if wider > 1e-6 or (wider > -1e-6 and positive) else -1.0
    inner = _from_entry(run, outward, high if outward > 0 else low)
    bottom = low_end if outward > 0 else high_end
    parameters, kind = _parameters(inner, not (low_end.closed or high_end.closed))
    parameters["depth_mm"] += bottom.beyond
    if bottom.radius is not None:
        parameters[bottom.radius[0]] = bottom.radius[1]
    entry = stack.origin + stack.axis * (high if outward > 0 else low)
    parameters |= {"x": float(entry[0]), "y": float(entry[1]), "z": float(entry[2])}
    faces = {face for ring in run for face in ring.faces}
    faces |= {face for face in stack.planes if set(graph.neighbours(face)) <= faces}
    faces |= {*low_end.faces, *high_end.faces}
    axis: Vector = (*(float(value) for value in stack.axis * outward),)  # type: ignore[assignment]
    if len(run) == 1 and kind == "blind_hole" and not bottom.faces:
        around = _ring_groove(graph, stack, run[0])
        if around is not None:
            kind, more, island = "groove", around[0], around[1]
            parameters, faces = {**parameters, **more}, faces | island
    return Feature(id=number, kind=kind, faces=tuple(sorted(faces)), parameters=parameters, axis=axis)


def _ring_groove(graph: Graph, stack: _Stack, ring: _Ring) -> tuple[dict[str, float], set[int]] | None:
    """Return the parameters of an annular groove in a face, as for a sealing ring, and the faces of its floor and inner wall.

    The island in its middle is coaxial, as high as its wall, and wider than the groove. None if there is no such
    groove.
    """
    for number in ring.faces:
        for floor in graph.neighbours(number, "concave"):
            walls = [n for n in graph.neighbours(floor, "concave") if n not in ring.faces]
            faces = [graph.faces[n] for n in walls]
            if not faces or not _flat_across(graph, stack, floor):
                continue
            inner = faces[0].radius_mm or 0.0
            round_ = all(
                f.surface == "cylinder" and not f.hollow and f.axis is not None and abs((f.radius_mm or 0.0) - inner) < 1e-4
                and _on_line(stack, np.array(f.origin), np.array(f.axis), 10 * graph.tolerance)
                and abs(abs(np.subtract(*(f.span_mm or (0.0, 0.0)))) - (ring.end - ring.start)) < 10 * graph.tolerance
                for f in faces
            )  # fmt: skip
            width = ring.start_radius - inner
            if round_ and 0 < width < inner:
                return {"inner_diameter_mm": 2 * inner, "width_mm": width}, {floor, *walls}
    return None


def _from_entry(run: list[_Ring], outward: float, entry: float) -> list[_Ring]:
    """Return the rings with ``start`` and ``end`` as depths below the entry."""
    turned = []
    for ring in run:
        if outward > 0:
            turned.append(
                _Ring(ring.faces, ring.kind, entry - ring.end, entry - ring.start, ring.end_radius, ring.start_radius)
            )
        else:
            turned.append(
                _Ring(ring.faces, ring.kind, ring.start - entry, ring.end - entry, ring.start_radius, ring.end_radius)
            )
    return sorted(turned, key=lambda ring: (ring.start, ring.end))


def _parameters(rings: list[_Ring], through: bool) -> tuple[dict[str, float], str]:
    cylinders = [ring for ring in rings if ring.kind == "cylinder"]
    tip = next((ring for ring in rings if ring.kind == "cone" and ring.end_radius < 1e-3 and not through), None)
    depth = max(ring.end for ring in rings if ring is not tip) if len(rings) > (tip is not None) else 0.0
    core = min(cylinders, key=lambda ring: ring.start_radius) if cylinders else rings[0]
    diameter = 2 * (core.start_radius if cylinders else max(core.start_radius, core.end_radius))
    found = {"diameter_mm": diameter, "depth_mm": depth, "through": float(through)}
    if tip is not None:
        found["tip_angle_deg"] = _cone_angle(tip)
    found |= _thread_hint(diameter)
    kind = "through_hole" if through else "blind_hole"
    sink = next(
        (ring for ring in rings if ring.kind == "cone" and ring is not tip and ring.start_radius > ring.end_radius),
        None,
    )
    if sink is not None and (not cylinders or sink.start < core.start + 1e-6):
        found |= {"countersink_diameter_mm": 2 * sink.start_radius, "countersink_angle_deg": _cone_angle(sink)}
        found["countersink_depth_mm"] = sink.end - sink.start
        kind = "countersink_hole"
    wide = [
        ring for ring in cylinders if ring.start_radius > core.start_radius + 1e-4 and ring.end <= core.start + 1e-3
    ]
    if wide:
        outer = max(wide, key=lambda ring: ring.start_radius)
        found |= {"counterbore_diameter_mm": 2 * outer.start_radius, "counterbore_depth_mm": outer.end}
        kind = "counterbore_hole"
        second = max((ring for ring in wide if ring is not outer), key=lambda ring: ring.start_radius, default=None)
        if second is not None:
            found |= {
                "second_counterbore_diameter_mm": 2 * second.start_radius,
                "second_counterbore_depth_mm": second.end,
            }
    if through and cylinders:
        found |= _far_side(rings, core)
    return found, kind


def _far_side(rings: list[_Ring], core: _Ring) -> dict[str, float]:
    """Return the counterbore or countersink at the far end of a through hole; depths count from there."""
    found: dict[str, float] = {}
    end = max(ring.end for ring in rings)
    beyond = [ring for ring in rings if ring.start >= core.end - 1e-3 and ring.end_radius > core.start_radius + 1e-4]
    bores = [ring for ring in beyond if ring.kind == "cylinder"]
    if bores:
        widest = max(bores, key=lambda ring: ring.start_radius)
        found |= {
            "far_counterbore_diameter_mm": 2 * widest.start_radius,
            "far_counterbore_depth_mm": end - widest.start,
        }
    sink = next((ring for ring in beyond if ring.kind == "cone" and ring.end > end - 1e-3), None)
    if sink is not None:
        found |= {"far_countersink_diameter_mm": 2 * sink.end_radius, "far_countersink_angle_deg": _cone_angle(sink)}
    return found


def _thread_hint(diameter: float) -> dict[str, float]:
    """Return the thread for which a hole diameter is the tap drill size; ISO coarse threads take precedence over inch threads."""
    for drill, (thread, pitch) in _TAP_DRILLS.items():
        if abs(diameter - drill) < _TAP_MM:
            return {"thread_hint_mm": thread, "thread_hint_pitch_mm": pitch}
    for inches, (size, turns) in _INCH_TAP_DRILLS.items():
        if abs(diameter - 25.4 * inches) < _TAP_MM:
            return {"thread_hint_mm": round(25.4 * size, 4), "thread_hint_pitch_mm": round(25.4 / turns, 4)}
    return {}


def _cone_angle(ring: _Ring) -> float:
    """Return the included angle of a cone in degrees."""
    return float(np.degrees(2 * np.arctan2(abs(ring.end_radius - ring.start_radius), ring.end - ring.start)))
