"""Recognise features from faces and edges by rules; each face belongs to at most one feature.

The order of the rules is the order of their certainty: holes, bosses, depressions, roundings, chamfers, the outer profile,
plain faces. Faces that no rule claims stay free: planning cuts them based on the geometry, never on a feature name.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.adjacency_graph import Graph
from nightmill.cad.brep.records import Edge, Face, Feature, Vector
from nightmill.cad.features.blends import find_blends, find_bosses, find_chamfers, find_prismatic_bosses, find_profile
from nightmill.cad.features.holes import find_holes
from nightmill.cad.features.patterns import with_patterns
from nightmill.cad.features.pockets import cavity_feature, find_cavities

FREE_SURFACE = "free_surface"
"""Label of a face that belongs to no feature."""


def recognise(
    faces: Iterable[Face], edges: Iterable[Edge], vertices: NDArray[np.float64] | None = None
) -> tuple[Feature, ...]:
    """Return all features of a part, numbered from 0, each with its faces in the part's own numbering.

    ``vertices`` (n, 3) are those of the part's mesh, if there is one; they make the hull test more precise.
    """
    graph = Graph(faces, edges, vertices)
    free = {face.id for face in graph.faces}
    found: list[Feature] = []

    def claim(features: list[Feature]) -> None:
        for feature in features:
            own = tuple(number for number in feature.faces if number in free)
            if own:
                free.difference_update(own)
                found.append(_numbered(feature, len(found), own))

    claim(find_holes(graph))
    claim(find_bosses(graph, free))
    claim(find_prismatic_bosses(graph, free))
    main = main_axis(graph)
    claim([cavity_feature(graph, cavity, 0) for cavity in find_cavities(graph, free, main)])
    claim(find_profile(graph, free, main))
    claim(find_blends(graph, free))
    claim(find_chamfers(graph, free))
    claim(_planar_faces(graph, free))
    return with_patterns(found)


def _numbered(feature: Feature, number: int, faces: tuple[int, ...]) -> Feature:
    return Feature(
        id=number, kind=feature.kind, faces=faces, parameters=feature.parameters, axis=feature.axis, label=feature.kind
    )


def main_axis(graph: Graph) -> Vector:
    """Return the axis along which the part's hull planes are largest: the direction from which the part is probably machined."""
    areas = np.zeros(3)
    for face in graph.faces:
        if face.surface == "plane" and graph.supports(face.id):
            along = np.abs(np.array(face.normal))
            if along.max() > 1 - 1e-6:
                areas[int(along.argmax())] += face.area_mm2
    # equal areas (a cube): z before y before x
    best = 2 - int(np.argmax(np.round(areas[::-1], 3)))
    return (float(best == 0), float(best == 1), float(best == 2))


def _planar_faces(graph: Graph, free: set[int]) -> list[Feature]:
    return [
        Feature(
            id=0,
            kind="planar_face",
            faces=(number,),
            parameters={"area_mm2": graph.faces[number].area_mm2},
            axis=graph.faces[number].normal,
        )
        for number in sorted(free)
        if graph.faces[number].surface == "plane"
    ]


def feature_of_face(features: Iterable[Feature]) -> dict[int, int]:
    """Return the feature id by face id; faces that belong to none are absent."""
    return {face: feature.id for feature in features for face in feature.faces}
