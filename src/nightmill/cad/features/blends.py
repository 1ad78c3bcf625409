"""Recognise chamfers, fillets and bosses: features without a depression around them."""

from collections.abc import Iterable

import msgspec
import numpy as np

from nightmill.cad.brep.adjacency_graph import Graph, parallel, square
from nightmill.cad.brep.records import Feature, Vector

_FULL_DEG = 350.0
_NARROW = 0.35  # a chamfer's width as a fraction of its length, above which a slanted plane is a separate face


def find_bosses(graph: Graph, free: set[int]) -> list[Feature]:
    """Return full solid cylinders (or cones) that rise from a floor, each with its top face if that belongs only to the boss."""
    found: list[Feature] = []
    for face in graph.faces:
        if face.id not in free or face.surface != "cylinder" or face.hollow or face.axis is None:
            continue
        ring = _round(graph, face.id, free)
        if ring is None or ring[0] != face.id:
            continue
        bases = {other for number in ring for other in graph.neighbours(number, "concave")}
        if not bases:
            continue
        if groove := _groove(graph, ring, bases):
            found.append(msgspec.structs.replace(groove, id=len(found)))
            continue
        own_top = [
            other
            for number in ring
            for other in graph.neighbours(number, "convex")
            if other in free
            and graph.faces[other].surface == "plane"
            and parallel(graph.faces[other].normal, face.axis)
        ]
        span = face.span_mm or (0.0, 0.0)
        parameters = {"diameter_mm": 2 * (face.radius_mm or 0.0), "height_mm": span[1] - span[0]}
        faces = tuple(sorted({*ring, *(top for top in own_top if not graph.supports(top))}))
        axis = _rising(graph, bases, face.axis)
        top = np.array(face.origin) + np.array(face.axis) * (span[1] if axis == face.axis else span[0])
        parameters |= {name: float(value) for name, value in zip("xyz", top, strict=True)}
        found.append(Feature(id=len(found), kind="boss", faces=faces, parameters=parameters, axis=axis))
    return found


def _rising(graph: Graph, bases: set[int], axis: Vector) -> Vector:
    """Return the direction along an axis that points away from the floor under a boss."""
    floor = next((graph.faces[base] for base in sorted(bases) if parallel(graph.faces[base].normal, axis)), None)
    if floor is None or floor.surface != "plane" or float(np.dot(floor.normal, axis)) > 0:
        return axis
    return (-axis[0], -axis[1], -axis[2])


def _groove(graph: Graph, ring: list[int], bases: set[int]) -> Feature | None:
    """Return the ring as the bottom of a groove around a shaft, if there is a side wall at both of its ends; else None."""
    face = graph.faces[ring[0]]
    if face.axis is None or face.span_mm is None:
        return None
    way = np.array(face.axis)
    sides = [base for base in bases if graph.faces[base].surface == "plane" and parallel(graph.faces[base].normal, way)]
    ways = {float(np.dot(graph.faces[base].normal, way)) > 0 for base in sides}
    if len(ways) < 2:
        return None
    radii = [
        graph.faces[other].radius_mm or 0.0
        for base in sides
        for other in graph.neighbours(base, "convex")
        if graph.faces[other].surface == "cylinder" and not graph.faces[other].hollow
    ]
    bottom = face.radius_mm or 0.0
    parameters = {"diameter_mm": 2 * bottom, "width_mm": face.span_mm[1] - face.span_mm[0]}
    if radii and min(radii) > bottom:
        parameters["depth_mm"] = min(radii) - bottom
    return Feature(id=0, kind="groove", faces=tuple(sorted({*ring, *sides})), parameters=parameters, axis=face.axis)


def find_prismatic_bosses(graph: Graph, free: set[int]) -> list[Feature]:
    """Return solids with upright walls all the way round that rise from within a floor, with their top face if that belongs only to the
    boss.
    """
    found: list[Feature] = []
    for floor in graph.faces:
        if floor.id not in free or floor.surface != "plane":
            continue
        rising = {
            graph.other(edge, floor.id)
            for edge in graph.around[floor.id]
            if edge.convexity == "concave" and floor.id in edge.inside
        }
        for ring in graph.components(rising & free, lambda edge: True):
            if all(_upright(graph, number, floor.normal) for number in ring) and _turns_outward(graph, ring):
                found.append(_prism(graph, ring, floor.normal, len(found), free))
    return found


def _upright(graph: Graph, number: int, axis: Vector) -> bool:
    face = graph.faces[number]
    if face.surface == "plane":
        return square(face.normal, axis)
    return face.surface == "cylinder" and face.axis is not None and parallel(face.axis, axis)


def _turns_outward(graph: Graph, ring: list[int]) -> bool:
    """Return True if each wall meets two others in the ring, and at least some of these edges are convex or smooth."""
    inner = [[edge for edge in graph.around[number] if graph.other(edge, number) in ring] for number in ring]
    return (
        len(ring) > 1
        and all(len(edges) >= 2 for edges in inner)
        and any(edge.convexity == "convex" for edges in inner for edge in edges)
    )


def _prism(graph: Graph, ring: list[int], axis: Vector, number: int, free: set[int]) -> Feature:
    faces = [graph.faces[wall] for wall in ring]
    size = np.max([face.high for face in faces], axis=0) - np.min([face.low for face in faces], axis=0)
    tops = {
        other
        for wall in ring
        for other in graph.neighbours(wall, "convex")
        if other in free and other not in ring and not graph.supports(other) and parallel(graph.faces[other].normal, axis)
        and graph.faces[other].surface == "plane"
    }  # fmt: skip
    across = sorted(float(each) for each, part in zip(size, axis, strict=True) if abs(part) < 0.5)
    parameters = {"height_mm": float(np.abs(size) @ np.abs(axis))}
    if len(across) == 2:
        parameters |= {"width_mm": across[0], "length_mm": across[1]}
    low, high = np.min([face.low for face in faces], axis=0), np.max([face.high for face in faces], axis=0)
    way = np.array(axis)
    top = (low + high) / 2 + way * float(np.abs(high - low) @ np.abs(way)) / 2
    parameters |= {name: float(value) for name, value in zip("xyz", top, strict=True)}
    return Feature(id=number, kind="boss", faces=tuple(sorted({*ring, *tops})), parameters=parameters, axis=axis)


def _round(graph: Graph, start: int, free: set[int]) -> list[int] | None:
    """Return the faces of a full cylinder, or None if it is only an arc."""
    face = graph.faces[start]
    same = {
        other.id
        for other in graph.faces
        if other.id in free and other.surface == "cylinder" and not other.hollow and other.axis is not None
        and face.axis is not None and parallel(other.axis, face.axis) and abs((other.radius_mm or 0) - (face.radius_mm or 0)) < 1e-4
    }  # fmt: skip
    ring = next(group for group in graph.components(same, lambda edge: True) if start in group)
    total = sum(graph.faces[number].sweep_deg or 0.0 for number in ring)
    return ring if total >= _FULL_DEG else None


def find_blends(graph: Graph, free: set[int]) -> list[Feature]:
    """Return convex roundings with smooth transitions to two faces (fillets); connected ones are one feature."""
    members: set[int] = set()
    for face in graph.faces:
        if face.id not in free or face.surface == "plane" or face.hollow:
            continue
        smooth = graph.neighbours(face.id, "smooth")
        if len(set(smooth)) >= 2 and (face.surface != "cylinder" or (face.sweep_deg or 0) < 181):
            members.add(face.id)
    found: list[Feature] = []
    for group in graph.components(members, lambda edge: edge.convexity == "smooth"):
        radii = [graph.faces[number].radius_mm for number in group]
        known = [radius for radius in radii if radius]
        parameters = {"radius_mm": min(known)} if known else {}
        found.append(Feature(id=len(found), kind="fillet", faces=tuple(group), parameters=parameters))
    return found


def find_chamfers(graph: Graph, free: set[int]) -> list[Feature]:
    """Return narrow slanted planes and cones that break a convex edge; connected ones are one feature."""
    members = {number for number in free if _is_chamfer(graph, number)}
    found: list[Feature] = []
    for group in graph.components(members, lambda edge: edge.convexity == "convex"):
        width = min(_width(graph, number) for number in group)
        parameters = {"width_mm": width / float(np.sqrt(2)), "face_width_mm": width}
        found.append(Feature(id=len(found), kind="chamfer", faces=tuple(group), parameters=parameters))
    return found


def _width(graph: Graph, number: int) -> float:
    longest = max((edge.length_mm for edge in graph.around[number]), default=0.0)
    return graph.faces[number].area_mm2 / longest if longest > 0 else 0.0


def _is_chamfer(graph: Graph, number: int) -> bool:
    face = graph.faces[number]
    sides = sorted(
        (edge for edge in graph.around[number] if edge.faces[0] != edge.faces[1]), key=lambda edge: -edge.length_mm
    )
    if face.surface not in ("plane", "cone") or face.hollow or len(sides) < 2:
        return False
    if any(edge.convexity != "convex" for edge in sides[:2]):
        return False
    slanted = all(20 < edge.angle_deg < 70 for edge in sides[:2])
    square_corner = abs(sides[0].angle_deg + sides[1].angle_deg - 90) < 3
    width = _width(graph, number)
    return slanted and square_corner and width < _NARROW * sides[0].length_mm and width < 0.1 * graph.size


def find_profile(graph: Graph, free: set[int], axis: Iterable[float]) -> list[Feature]:
    """Return the outer profile around ``axis``: hull planes along the axis, with the roundings and cylinders between them."""
    direction = np.array(list(axis))
    members = set()
    for number in free:
        face = graph.faces[number]
        upright_plane = face.surface == "plane" and square(face.normal, direction) and graph.supports(number)
        upright_round = (
            face.surface == "cylinder" and not face.hollow and face.axis is not None and parallel(face.axis, direction)
        )
        if upright_plane or upright_round:
            members.add(number)
    if not members:
        return []
    vector = (float(direction[0]), float(direction[1]), float(direction[2]))
    return [Feature(id=0, kind="outer_profile", faces=tuple(sorted(members)), parameters={}, axis=vector)]
