"""Label faces: with Nightmill's own labels, or the class numbers in the published data sets MFCAD and MFCAD++.

Both sets cut features into a box along its axes: a face on the box is stock, every connected depression is one
feature, and the number of its planes, whether they close around an axis, and its cylinders determine its class. The numbers are those in
the data sets' own truth files (MFCAD's ``face_truth``, MFCAD++'s face names).
"""

from typing import Literal

from nightmill.cad.brep.adjacency_graph import Graph
from nightmill.cad.brep.records import PartModel
from nightmill.cad.features.recognise import FREE_SURFACE
from nightmill.cad.mfcad.class_rules import class_of
from nightmill.cad.mfcad.depressions import sort_faces

MFCADPP_CLASSES = (
    "chamfer", "through_hole", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot",
    "rectangular_through_slot", "circular_through_slot", "rectangular_through_step", "2sides_through_step",
    "slanted_through_step", "O_ring", "blind_hole", "triangular_pocket", "rectangular_pocket", "6sides_pocket",
    "circular_end_pocket", "rectangular_blind_slot", "vertical_circular_end_blind_slot",
    "horizontal_circular_end_blind_slot", "triangular_blind_step", "circular_blind_step", "rectangular_blind_step", "round",
    "stock",
)  # fmt: skip
"""MFCAD++ class names by number (Colligan et al., doi 10.17034/d1fec5a0-8c10-4630-b02e-b92dc81df823)."""

MFCAD_CLASSES = (
    "chamfer", "triangular_passage", "rectangular_passage", "6sides_passage", "triangular_through_slot",
    "rectangular_through_slot", "rectangular_through_step", "2sides_through_step", "slanted_through_step",
    "triangular_pocket", "rectangular_pocket", "6sides_pocket", "rectangular_blind_slot", "triangular_blind_step",
    "rectangular_blind_step", "stock",
)  # fmt: skip
"""MFCAD class names by number as used in its truth files: the geometry of the labelled faces shows which is which."""

LabelSet = Literal["nightmill", "mfcad", "mfcadpp"]


def labels_of(model: PartModel, labels: LabelSet) -> tuple[str, ...]:
    """Return one label per face: the feature's kind (``nightmill``), or the class number in a published data set, as text."""
    if labels == "nightmill":
        own = {face: feature.kind for feature in model.features for face in feature.faces}
        return tuple(own.get(face.id, FREE_SURFACE) for face in model.faces)
    names = class_names(Graph(model.faces, model.edges, model.mesh.vertices), dressed=labels == "mfcadpp")
    order = MFCAD_CLASSES if labels == "mfcad" else MFCADPP_CLASSES
    return tuple(str(order.index(name)) if name in order else str(order.index("stock")) for name in names)


def class_names(graph: Graph, *, dressed: bool = True) -> list[str]:
    """Return the class name of each face, by rule, as listed in ``MFCADPP_CLASSES``; see ``sort_faces`` for ``dressed``."""
    found = sort_faces(graph, dressed=dressed)
    names = [found.known.get(face.id, "stock") for face in graph.faces]
    for group in found.depressions:
        name = class_of(graph, group, found.known, by_design=dressed)
        for number in group:
            names[number] = name
    return names
