"""Import a STEP file as one solid of the geometry kernel (OCP), with all the checks needed before and after.

``verification`` starts from the same reader and makes its own meshes and sections from the solid.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nightmill.cad.step.bodies import SOLID_KEYWORDS, Body, bodies_of, chosen, faces_of_body, shell_faces
from nightmill.cad.step.file_check import MAX_BYTES, StepSource, read_source
from nightmill.cad.step.mirrored_placements import mirrors
from nightmill.cad.step.part21 import Part21, read_part21
from nightmill.cad.step.units import length_unit
from nightmill.vocabulary.errors import BadInput, Finding

if TYPE_CHECKING:
    from OCP.TopoDS import TopoDS_Solid

_TESSELLATED = (
    "TRIANGULATED_SURFACE_SET", "COMPLEX_TRIANGULATED_SURFACE_SET", "TRIANGULATED_FACE", "COMPLEX_TRIANGULATED_FACE",
    "CUBIC_BEZIER_TRIANGULATED_FACE",
)  # fmt: skip
_ONE_SOLID = "one solid body in millimetres or inches"
_BOUNDS = frozenset(
    [
        "ADVANCED_FACE",
        "FACE_SURFACE",
        "FACE_BOUND",
        "FACE_OUTER_BOUND",
        "EDGE_LOOP",
        "VERTEX_LOOP",
        "ORIENTED_EDGE",
        "EDGE_CURVE",
    ]
)
_SCALE_LIMIT = 1.5  # units differ by a factor of at least 2.54, a repaired shape by far less


@dataclass(frozen=True)
class SolidFile:
    """One solid with the information about it in the file's text.

    ``solid`` is a ``TopoDS_Solid`` in mm; ``face_entities`` are the ids of the ``ADVANCED_FACE`` of each
    face in ``TopExp_Explorer`` order (empty if text and kernel disagree on the number).
    """

    source: StepSource
    text: Part21
    solid: Any
    face_entities: tuple[int, ...]
    face_names: tuple[str, ...]
    unit: str
    notes: tuple[str, ...]
    body: Body | None = None


def load_solid(path: Path, *, body: str = "", max_bytes: int = MAX_BYTES) -> "TopoDS_Solid":
    """Return the ``TopoDS_Solid`` of a STEP file, in mm, outward oriented. Raises ``BadInput`` as ``load_file`` does."""
    return load_file(path, body=body, max_bytes=max_bytes).solid


_ASIDE = (
    "/*", "MAPPED_ITEM", "CARTESIAN_TRANSFORMATION_OPERATOR", "ITEM_DEFINED_TRANSFORMATION", "NEXT_ASSEMBLY_USAGE",
    "BREP_WITH_VOIDS", "FACETED_BREP", "TESSELLATED", "TRIANGULATED",
)  # fmt: skip
"""Signs of a file that needs ``load_file``: placements, several bodies, or no exact geometry."""


def load_plain(path: Path, *, max_bytes: int = MAX_BYTES) -> Any | None:
    """Return the solid of a file that has just one valid solid in millimetres without a placement; None for any other file.

    The result is the same as from ``load_file``, but without reading the text, for pictures. The solid's orientation isn't checked.
    Raises ``BadInput`` if the file isn't complete or isn't STEP, or the kernel refuses it.
    """
    from OCP.BRepCheck import BRepCheck_Analyzer
    from OCP.TopoDS import TopoDS

    text = read_source(path, max_bytes=max_bytes).text.upper()
    once = [text.count(word) for word in ("LENGTH_UNIT", ".METRE.", "MANIFOLD_SOLID_BREP")]
    if once != [1, 1, 1] or any(word in text for word in _ASIDE):
        return None
    if not re.search(r"\.MILLI\.\s*,\s*\.METRE\.", text):
        return None
    shape = _transferred(path).OneShape()
    solids = explore(shape, "SOLID")
    if len(solids) != 1 or _count_faces(shape) != _count_faces(solids[0]) or _free_edges(solids[0]):
        return None
    return TopoDS.Solid(solids[0]) if BRepCheck_Analyzer(solids[0]).IsValid() else None


def load_file(path: Path, *, body: str = "", max_bytes: int = MAX_BYTES) -> SolidFile:
    """Read the only solid of a STEP file, or the ``body`` with that number or name if there are several.

    If a file has several solids, the solid is as the file defines it, before an assembly places it; ``body`` in the answer identifies the
    solid, unless they are all the same.
    Raises ``BadInput`` if the file isn't complete or isn't STEP, if the kernel refuses it, if it has no solid, or several and none is
    chosen (the message lists them), and if its units contradict the kernel's.
    A shape that the kernel finds invalid is repaired where possible; ``notes`` says so.
    """
    source = read_source(path, max_bytes=max_bytes)
    text = read_part21(source.text)
    notes: list[str] = []
    dangling = text.dangling()
    if dangling:
        listed = ", ".join(f"#{number}" for number in dangling[:5])
        notes.append(f"the file refers to {len(dangling)} entities that it does not define: {listed}")
    _check_exact(path, text)
    reader = _transferred(path)
    shape = reader.OneShape()
    one = _one_of_several(path, reader, shape, text, body, notes)
    solid = _mirrored(path, one.solid if one else _one_solid(path, shape, notes), text, notes)
    solid = valid(_sewn(solid, notes), notes)
    unit, factor = length_unit(text)
    entities = _face_entities(text, _count_faces(solid), one.entity if one else None)
    check_scale(path, solid, text, entities, unit, factor)
    names = tuple(_name(text, entity) for entity in entities) or ("",) * _count_faces(solid)
    return SolidFile(source, text, solid, entities, names, unit, tuple(notes), one if one and one.beside else None)


def _check_exact(path: Path, text: Part21) -> None:
    """Raise ``BadInput`` if a file describes its shape only by triangles or lines, without a face or surface."""
    exact = [word for ending in ("FACE", "SURFACE", "BREP", "SOLID") for word in text.keywords_like(ending)]
    if any("TESSELLATED" not in word and "TRIANGULATED" not in word for word in exact):
        return
    triangles = text.of(*_TESSELLATED)
    if triangles:
        raise _bad(
            path,
            "content",
            f"only tessellated geometry ({len(triangles)} sets of triangles), no exact faces",
            _ONE_SOLID,
            "Export exact geometry (B-rep); in AP242, don't choose tessellation only.",
        )
    lines = text.of("EDGE_CURVE", "TRIMMED_CURVE", "POLYLINE", "GEOMETRIC_CURVE_SET")
    if lines:
        raise _bad(
            path,
            "content",
            f"{len(lines)} curves but no face: a drawing or a sketch, not a body",
            _ONE_SOLID,
            "Export the solid, not the sketch or the drawing.",
        )


def _bad(path: Path, place: str, found: str, expected: str, remedy: str) -> BadInput:
    return BadInput(Finding(file=str(path), place=place, found=found, expected=expected, remedy=remedy))


def _transferred(path: Path) -> Any:
    """Return the kernel's STEP reader after it has built the shapes in a file."""
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Message import Message
    from OCP.STEPControl import STEPControl_Reader

    # the kernel writes its messages to stdout, where answers go
    Message.DefaultMessenger_s().ChangePrinters().Clear()
    reader = STEPControl_Reader()
    status = reader.ReadFile(str(path))
    if status != IFSelect_ReturnStatus.IFSelect_RetDone:
        # TransferRoots after a failed ReadFile ends the process with a segmentation fault
        raise _bad(
            path,
            "content",
            f"entities that the geometry kernel can't read (status {status.name.removeprefix('IFSelect_')})",
            _ONE_SOLID,
            "Export the part again; the text is damaged.",
        )
    if reader.NbRootsForTransfer() < 1:
        raise _bad(path, "content", "no shape, only headers or annotations", _ONE_SOLID, "Export the solid as well.")
    reader.TransferRoots()
    if reader.NbShapes() < 1:
        raise _bad(path, "content", "shapes that can't be turned into geometry", _ONE_SOLID, "Export the part again.")
    return reader


def explore(shape: Any, kind: str) -> list[Any]:
    """Return all sub-shapes of ``shape`` of one kind (``FACE``, ``EDGE``, ...) in the kernel's order."""
    from OCP import TopAbs
    from OCP.TopExp import TopExp_Explorer

    explorer = TopExp_Explorer(shape, getattr(TopAbs.TopAbs_ShapeEnum, f"TopAbs_{kind}"))
    found = []
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def _count_faces(shape: Any) -> int:
    return len(explore(shape, "FACE"))


def _one_of_several(path: Path, reader: Any, shape: Any, text: Part21, asked: str, notes: list[str]) -> Body | None:
    """Return the chosen body; None if the file has one solid or none, so that no choice is needed."""
    solids = explore(shape, "SOLID") if shape is not None else []
    if len(solids) < 2 and not (solids and asked):
        return None
    bodies = bodies_of(reader, solids, text)
    body = chosen(path, bodies, asked)
    if len(solids) == 1:
        return None
    if body.beside:
        notes.append(f"the file holds {len(bodies)} bodies; this is {body.said()}")
    elif body.placed > 1:
        notes.append(f"the file places the same part {body.placed} times: it was read once")
    return body


def _one_solid(path: Path, shape: Any, notes: list[str]) -> Any:
    from OCP.BRep import BRep_Tool
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeSolid
    from OCP.TopoDS import TopoDS

    solids = explore(shape, "SOLID")
    if len(solids) == 1:
        loose = _count_faces(shape) - _count_faces(solids[0])
        if loose:
            beside = "face" if loose == 1 else "faces"
            notes.append(f"the file holds {loose} {beside} outside the solid: left out")
        return TopoDS.Solid(solids[0])
    shells = explore(shape, "SHELL") if shape is not None else []
    if len(shells) == 1 and BRep_Tool.IsClosed_s(shells[0]):
        notes.append("the file holds a closed shell, not a solid: it was read as the solid inside that shell")
        return TopoDS.Solid(BRepBuilderAPI_MakeSolid(TopoDS.Shell(shells[0])).Solid())
    joined = _joined(shape) if _count_faces(shape) else None
    if joined is not None:
        notes.append(
            f"the file holds {_count_faces(shape)} surfaces, not a solid: they enclose a volume and were joined into one solid"
        )
        return joined
    found = f"{_count_faces(shape)} surfaces that enclose no solid" if _count_faces(shape) else "no solid"
    raise _bad(path, "content", found, _ONE_SOLID, "Close the body in the CAD system and export it as a solid.")


def _joined(shape: Any) -> Any | None:
    """Return the solid that surfaces enclose once coincident edges are merged; its faces keep their order.

    Returns None if there is a gap.
    """
    from OCP.BRep import BRep_Builder, BRep_Tool
    from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeSolid, BRepBuilderAPI_Sewing
    from OCP.TopoDS import TopoDS, TopoDS_Shell

    sewing = BRepBuilderAPI_Sewing(_SEW_MM)
    loose = explore(shape, "FACE")
    for face in loose:
        sewing.Add(face)
    sewing.Perform()
    shells = explore(sewing.SewedShape(), "SHELL")
    if len(shells) != 1 or _count_faces(shells[0]) != len(loose) or not BRep_Tool.IsClosed_s(shells[0]):
        return None
    left = explore(shells[0], "FACE")
    builder, ordered = BRep_Builder(), TopoDS_Shell()
    builder.MakeShell(ordered)
    for face in loose:  # their order identifies the faces of the file
        made = sewing.ModifiedSubShape(face)
        place = next((place for place, each in enumerate(left) if each.IsSame(made)), None)
        if place is None:
            return None
        builder.Add(ordered, left.pop(place))
    ordered.Closed(True)
    return TopoDS.Solid(BRepBuilderAPI_MakeSolid(ordered).Solid())


def _mirrored(path: Path, solid: Any, text: Part21, notes: list[str]) -> Any:
    """Return the solid mirrored as a left-handed placement requires; the kernel has made the placement right-handed."""
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
    from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt, gp_Trsf
    from OCP.TopoDS import TopoDS

    found = mirrors(text)
    if not found:
        return solid
    if len(found) > 1 or text.of("NEXT_ASSEMBLY_USAGE_OCCURRENCE"):
        raise _bad(
            path,
            "placement",
            "a mirrored placement inside an assembly",
            _ONE_SOLID,
            "Export the mirrored part to a separate file.",
        )
    move = gp_Trsf()
    point = found[0].point * length_unit(text)[1]
    move.SetMirror(gp_Ax2(gp_Pnt(*map(float, point)), gp_Dir(*map(float, found[0].normal))))
    notes.append("the file places the part mirrored; it was mirrored")
    return TopoDS.Solid(BRepBuilderAPI_Transform(solid, move, True).Shape())


_SEW_MM = 1e-3  # half of the deviation that would matter for a part's finest tolerance


def _free_edges(solid: Any) -> int:
    """Return the number of edges that bound only one face; a solid has none."""
    from OCP.BRep import BRep_Tool
    from OCP.collections import IndexedDataMap_TopoDS_Shape_List_TopoDS_Shape_TopTools_ShapeMapHasher
    from OCP.TopAbs import TopAbs_ShapeEnum
    from OCP.TopExp import TopExp
    from OCP.TopoDS import TopoDS

    faces_of = IndexedDataMap_TopoDS_Shape_List_TopoDS_Shape_TopTools_ShapeMapHasher()
    TopExp.MapShapesAndAncestors_s(solid, TopAbs_ShapeEnum.TopAbs_EDGE, TopAbs_ShapeEnum.TopAbs_FACE, faces_of)
    free = 0
    for place in range(1, faces_of.Extent() + 1):
        edge, faces = TopoDS.Edge(faces_of.FindKey(place)), faces_of.FindFromIndex(place)
        if faces.Extent() == 1 and not BRep_Tool.Degenerated_s(edge):
            free += not BRep_Tool.IsClosed_s(edge, TopoDS.Face(faces.First()))
    return free


def _sewn(solid: Any, notes: list[str]) -> Any:
    """Return the solid with coincident edges merged and its faces in the same order; the same solid if there are no such edges."""
    from OCP.BRep import BRep_Builder
    from OCP.BRepBuilderAPI import BRepBuilderAPI_Sewing
    from OCP.TopoDS import TopoDS, TopoDS_Shell, TopoDS_Solid

    before = _free_edges(solid)
    if not before:
        return solid
    sewing = BRepBuilderAPI_Sewing(_SEW_MM)
    sewing.Add(solid)
    sewing.Perform()
    builder, shell, sewn = BRep_Builder(), TopoDS_Shell(), TopoDS_Solid()
    builder.MakeShell(shell)
    for face in explore(solid, "FACE"):
        builder.Add(shell, sewing.ModifiedSubShape(face))
    builder.MakeSolid(sewn)
    builder.Add(sewn, shell)
    if _free_edges(sewn) >= before or _count_faces(sewn) != _count_faces(solid):
        notes.append(f"{before} edges of the solid bound one face only and could not be joined")
        return solid
    notes.append(f"{before} edges that bounded one face only were joined")
    return TopoDS.Solid(sewn)


def valid(solid: Any, notes: list[str]) -> Any:
    """Return the solid, repaired if the kernel finds it invalid, and turned inside out if its volume is negative."""
    from OCP.BRepCheck import BRepCheck_Analyzer
    from OCP.TopoDS import TopoDS

    if not BRepCheck_Analyzer(solid).IsValid():
        repaired = _repaired(solid)
        if len(repaired) == 1 and _count_faces(repaired[0]) >= 1:
            kept = _count_faces(repaired[0]) == _count_faces(solid)
            healed = BRepCheck_Analyzer(repaired[0]).IsValid()
            notes.append(
                "the kernel finds the solid invalid; "
                + ("it was repaired" if healed else "a repair only partly helped")
                + ("" if kept else ", and its faces are no longer those of the file")
            )
            solid = TopoDS.Solid(repaired[0])
        else:
            notes.append("the kernel finds the solid invalid and could not repair it; it is used as it is")
    if volume_of(solid) < 0:
        notes.append("the solid was inside out; its orientation was reversed")
        solid = TopoDS.Solid(solid.Reversed())
    return solid


def _repaired(solid: Any) -> list[Any]:
    """Return the solids that the kernel's repair produces; none if it gives up."""
    from OCP.ShapeFix import ShapeFix_Shape
    from OCP.Standard import (
        Standard_ConstructionError,
        Standard_DomainError,
        Standard_NoSuchObject,
        Standard_NullObject,
    )
    from OCP.StdFail import StdFail_NotDone

    fixer = ShapeFix_Shape(solid)
    try:
        fixer.Perform()
    except (
        Standard_ConstructionError, Standard_DomainError, Standard_NoSuchObject, Standard_NullObject, StdFail_NotDone,
    ):  # fmt: skip
        return []
    return explore(fixer.Shape(), "SOLID")


def volume_of(solid: Any, share: float = 0.0) -> float:
    """Return the signed volume in mm3 from the exact surfaces.

    With ``share`` the integral is refined until it is that accurate; otherwise it uses a fixed number of points per face, too few for
    winding faces such as those of a coil spring.
    """
    from OCP.BRepGProp import BRepGProp
    from OCP.GProp import GProp_GProps

    properties = GProp_GProps()
    if share:
        BRepGProp.VolumeProperties_s(solid, properties, share)
    else:
        BRepGProp.VolumeProperties_s(solid, properties)
    return float(properties.Mass())


def enclosed(solid: Any) -> tuple[float, tuple[int, ...]]:
    """Return the volume in mm3 of the closed cavities of a solid, and their faces by position in the kernel's order."""
    shells = explore(solid, "SHELL")
    if len(shells) < 2:
        return 0.0, ()
    volumes = [abs(volume_of(shell)) for shell in shells]
    outer = volumes.index(max(volumes))
    counts = [_count_faces(shell) for shell in shells]
    starts = np.cumsum([0, *counts])
    inner = [place for place in range(len(shells)) if place != outer]
    faces = tuple(face for place in inner for face in range(int(starts[place]), int(starts[place + 1])))
    return sum(volumes[place] for place in inner), faces


def check_scale(path: Path, solid: Any, text: Part21, faces: tuple[int, ...], unit: str, factor: float) -> None:
    """Refuse a solid whose size differs from the size stated in the text: a wrong unit scraps parts.

    The root mean square distance of the corner points from their mean doesn't change when a part is placed. If the text has more than the
    solid, only the corners of its ``faces`` count.
    """
    from OCP.BRep import BRep_Tool
    from OCP.TopoDS import TopoDS

    found = [BRep_Tool.Pnt_s(TopoDS.Vertex(vertex)) for vertex in explore(solid, "VERTEX")]
    in_kernel = np.unique(np.round([[p.X(), p.Y(), p.Z()] for p in found], 6).reshape(-1, 3), axis=0)
    if len(in_kernel) < 4 or unit == "unknown":
        return
    ratio = _scale_ratio(in_kernel, _points_of(text, text.of("VERTEX_POINT")), factor)
    if ratio is None or _alike(ratio):
        return
    own = _scale_ratio(in_kernel, _points_of(text, _corners_of(text, faces)), factor)
    if own is not None and _alike(own):
        return
    ratio = ratio if own is None else own
    raise _bad(
        path,
        "length unit",
        f"coordinates in {unit} that the geometry kernel scales by a further factor of {ratio:.4g}",
        "one length unit for the whole part",
        "Export the part again in mm or inch; scaled instances are not parts.",
    )


def _alike(ratio: float) -> bool:
    return 1 / _SCALE_LIMIT < ratio < _SCALE_LIMIT


def _scale_ratio(in_kernel: Any, in_text: Any, factor: float) -> float | None:
    """Return how much larger the corners are in the kernel than in the text; None if the text has too few."""
    if len(in_text) < 4:
        return None
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # coordinates near the largest float give no ratio, which is refused
        return _spread(in_kernel) / max(_spread(np.unique(np.round(in_text * factor, 6), axis=0)), 1e-12)


def _corners_of(text: Part21, faces: tuple[int, ...]) -> list[int]:
    """Return the corners of the given faces in the text, each once."""
    seen, left = set(faces), list(faces)
    corners = []
    while left:
        number = left.pop()
        record = text.record(number)
        if record is None:
            continue
        if record.keyword == "VERTEX_POINT":
            corners.append(number)
        elif record.keyword in _BOUNDS:
            fresh = [each for each in record.refs() if each not in seen]
            seen.update(fresh)
            left += fresh
    return corners


def _spread(points: Any) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _points_of(text: Part21, corners: list[int]) -> Any:
    """Return the coordinates of corners in the text, each point once: (n, 3)."""
    records = [text.record(number) for number in corners]
    numbers = sorted({point for record in records if record for point in [record.ref(1)] if point is not None})
    points = [_coordinates(text, number) for number in numbers]
    return np.array([point for point in points if point is not None], dtype=float).reshape(-1, 3)


def _coordinates(text: Part21, number: int) -> list[float] | None:
    record = text.record(number, "CARTESIAN_POINT")
    values = record.at(1) if record else None
    if isinstance(values, list) and len(values) == 3 and all(isinstance(value, float) for value in values):
        return [float(value) for value in values if isinstance(value, float)]
    return None


def _face_entities(text: Part21, faces: int, entity: int | None) -> tuple[int, ...]:
    """Return the ids of the faces below the solid in the order of its shells, which is the order in which the kernel visits them.

    ``entity``: the record of the solid, if it was chosen from several.
    """
    if entity is not None:
        own = faces_of_body(text, entity)
        return tuple(own) if len(own) == faces else ()
    bodies = [faces_of_body(text, solid) for solid in text.of(*SOLID_KEYWORDS)]
    bodies = bodies or [[face for shell in text.of("CLOSED_SHELL") for face in shell_faces(text, shell)]]
    whole = [face for body in bodies for face in body]
    if len(whole) == faces:
        return tuple(whole)
    # a file may contain bodies that the kernel doesn't transfer, such as construction geometry
    alike = [body for body in bodies if len(body) == faces]
    return tuple(alike[0]) if len(alike) == 1 else ()


def _name(text: Part21, entity: int) -> str:
    record = text.record(entity)
    return record.text(0) if record else ""
