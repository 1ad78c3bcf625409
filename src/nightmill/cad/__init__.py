"""Room ``cad``: reads a STEP file and returns its solid, faces, features and PMI.

In: the path of an AP203, AP214 or AP242 file with one solid, or with several of which one is chosen. Out: ``PartModel`` (B-rep
table, closed mesh, convexity graph, features, semantic PMI, all in mm), or ``BadInput`` stating the error and the remedy.
Never: writes a file, starts a process, plans a cut, or guesses a unit. The geometry kernel (OCP) is loaded
when a file is read, not when this package is imported; as it can crash, ``workers`` runs it in a child process.
"""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.cad.brep.records import Edge, Face, Feature, Mesh, PartModel, PmiItem
    from nightmill.cad.feature_report import FeaturesAnswer, features_answer
    from nightmill.cad.features.recognise import feature_of_face, recognise
    from nightmill.cad.mfcad.labels import LabelSet, labels_of
    from nightmill.cad.part_reader import read_mesh, read_part
    from nightmill.cad.step.kernel_import import load_solid

__all__ = [
    "Edge",
    "Face",
    "Feature",
    "FeaturesAnswer",
    "LabelSet",
    "Mesh",
    "PartModel",
    "PmiItem",
    "feature_of_face",
    "features_answer",
    "labels_of",
    "load_solid",
    "read_mesh",
    "read_part",
    "recognise",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
