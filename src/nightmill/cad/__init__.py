"""Room ``cad``: read a STEP file; solid, faces, features and PMI come out.

In: the path of an AP203, AP214 or AP242 file with one solid, or with several and the choice of one. Out: ``PartModel`` (B-rep
table, closed mesh, convexity graph, features, semantic PMI, all in mm), or ``BadInput`` with what is wrong and what to do.
Never: writes a file, starts a process, plans a cut, or guesses a unit. The geometry kernel (OCP) is loaded
when a file is read, not when this package is imported; as it can crash, ``workers`` runs it in a child process.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from nightmill.cad.brep.records import Edge, Face, Feature, Mesh, PartModel, PmiItem
from nightmill.cad.feature_report import FeaturesAnswer, features_answer
from nightmill.cad.features.recognise import feature_of_face, recognise
from nightmill.cad.mfcad.labels import LabelSet, labels_of

if TYPE_CHECKING:
    from OCP.TopoDS import TopoDS_Solid

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


def read_part(
    path: Path,
    *,
    mesh_deflection_mm: float = 0.004,
    angular_deg: float = 8.0,
    body: str = "",
    max_bytes: int = 200_000_000,
) -> PartModel:
    """Read the one solid of a STEP file, or its ``body`` of that number or name; see ``nightmill.cad.part_reader.read_part``."""
    from nightmill.cad import part_reader as reader

    return reader.read_part(
        path, mesh_deflection_mm=mesh_deflection_mm, angular_deg=angular_deg, body=body, max_bytes=max_bytes
    )


def read_mesh(
    path: Path, *, mesh_deflection_mm: float, angular_deg: float, body: str = "", sweep: bool = False
) -> Mesh:
    """Return only the closed mesh of the one solid of a STEP file, or of its ``body``; see ``nightmill.cad.part_reader.read_mesh``."""
    from nightmill.cad import part_reader as reader

    return reader.read_mesh(
        path, mesh_deflection_mm=mesh_deflection_mm, angular_deg=angular_deg, body=body, sweep=sweep
    )


def load_solid(path: Path, *, body: str = "", max_bytes: int = 200_000_000) -> "TopoDS_Solid":
    """Return the ``TopoDS_Solid`` of a STEP file in mm, after the same checks as ``read_part``; raises ``BadInput``."""
    from nightmill.cad.step import kernel_import as solid

    return solid.load_solid(path, body=body, max_bytes=max_bytes)
