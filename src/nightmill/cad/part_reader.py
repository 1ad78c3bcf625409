"""Read a STEP file into a ``PartModel``, the one record that every later room starts from."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightmill.cad.brep.edge_adjacency import edges_of
from nightmill.cad.brep.face_boxes import vector
from nightmill.cad.brep.face_records import OrientedFace, face_record
from nightmill.cad.brep.modelled_threads import modelled_threads
from nightmill.cad.brep.records import Mesh, PartModel, PmiItem
from nightmill.cad.features.recognise import recognise
from nightmill.cad.meshing.mass_properties import SURE, VOLUME_TOLERANCE, measured
from nightmill.cad.meshing.tessellation import mesh_volume, open_edges, tessellate
from nightmill.cad.pmi.reader import read_pmi
from nightmill.cad.step.file_check import MAX_BYTES
from nightmill.cad.step.kernel_import import SolidFile, enclosed, explore, load_file, load_plain, volume_of
from nightmill.vocabulary.errors import BadInput, Finding

LEAST_PART_MM = 0.5
_LARGE_PART = 2e-6  # deflection as a fraction of the diagonal, if that is coarser: parts over 2 m


def read_part(
    path: Path,
    *,
    mesh_deflection_mm: float = 0.004,
    angular_deg: float = 8.0,
    body: str = "",
    max_bytes: int = MAX_BYTES,
) -> PartModel:
    """Read a STEP file (AP203, AP214, AP242) with exactly one solid, or the ``body`` with that number or name if it has several.

    Lengths are returned in mm regardless of the file's unit. The mesh is closed and outward, with chords within
    ``mesh_deflection_mm`` of the surface (coarser only for parts over 2 m; ``notes`` says so).
    Raises ``BadInput`` if, for any reason, the file isn't one closed solid.
    """
    file = load_file(path, body=body, max_bytes=max_bytes)
    notes = list(file.notes)
    faces = [OrientedFace(shape) for shape in explore(file.solid, "FACE")]
    records = tuple(face_record(number, file.face_names[number], face) for number, face in enumerate(faces))
    low = vector(np.min([record.low for record in records], axis=0))
    high = vector(np.max([record.high for record in records], axis=0))
    _check_size(file, np.subtract(high, low))
    coarse = _LARGE_PART * float(np.linalg.norm(np.subtract(high, low)))
    if coarse > mesh_deflection_mm:
        notes.append(
            f"the part is very large: its mesh is within {coarse:.3g} mm of the surface instead of {mesh_deflection_mm} mm"
        )
    deflection = max(mesh_deflection_mm, coarse)
    mesh = tessellate(file.solid, faces, deflection_mm=deflection, angular_deg=angular_deg)
    exact = volume_of(file.solid)
    if not open_edges(mesh) and not _agrees(mesh, exact):
        exact = volume_of(file.solid, SURE)
    if not _agrees(mesh, exact):
        known = measured(file.solid, faces, records, mesh, (deflection, angular_deg))
        if known is None:
            mesh = tessellate(file.solid, faces, deflection_mm=deflection, angular_deg=angular_deg, sweep=True)
        else:
            records, exact, said = known
            notes.append(said)
    volume = _checked_volume(file, mesh, exact)
    edges = edges_of(faces)
    pmi = read_pmi(file.text, {entity: number for number, entity in enumerate(file.face_entities)})
    if (
        file.body is not None and file.face_entities
    ):  # PMI that refers to no face of this body more likely belongs to the others
        own = tuple(item for item in pmi if item.faces)
        if len(own) < len(pmi):
            left = len(pmi) - len(own)
            notes.append(
                f"{left} of {len(pmi)} dimensions, tolerances and datums refer to no face of this body: left out"
            )
        pmi = own
    notes += _unbound(pmi) + _closed_in(*enclosed(file.solid))
    return PartModel(
        name=f"{path.stem}-{file.body.number}" if file.body else path.stem,
        sha256=file.source.sha256,
        faces=records,
        edges=edges,
        mesh=mesh,
        features=recognise(records, edges, mesh.vertices),
        pmi=pmi,
        low=low,
        high=high,
        volume_mm3=volume,
        area_mm2=sum(record.area_mm2 for record in records),
        file_unit=file.unit,
        notes=tuple(notes),
        threads=modelled_threads(records, faces),
        body=str(file.body.number) if file.body else "",
    )


def read_mesh(
    path: Path, *, mesh_deflection_mm: float, angular_deg: float, body: str = "", sweep: bool = False
) -> Mesh:
    """Return only the closed mesh of the part, for pictures, without the face ids and features of ``read_part``.

    ``sweep``: use the kernel's faster triangulation, which may crash the process (``tessellate``); if its mesh doesn't
    close, the other triangulation is used. Raises ``BadInput`` if, for any reason, the file isn't one closed solid, or
    if a mesh this coarse doesn't close.
    """
    plain = load_plain(path) if sweep and not body else None
    if plain is not None:
        faces = [OrientedFace(shape) for shape in explore(plain, "FACE")]
        mesh = tessellate(plain, faces, deflection_mm=mesh_deflection_mm, angular_deg=angular_deg, sweep=True)
        if not open_edges(mesh) and mesh_volume(mesh) > 0.0:
            return mesh
    file = load_file(path, body=body, max_bytes=MAX_BYTES)
    faces = [OrientedFace(shape) for shape in explore(file.solid, "FACE")]
    mesh = tessellate(file.solid, faces, deflection_mm=mesh_deflection_mm, angular_deg=angular_deg, sweep=sweep)
    if sweep and open_edges(mesh):
        mesh = tessellate(file.solid, faces, deflection_mm=mesh_deflection_mm, angular_deg=angular_deg)
    if gaps := open_edges(mesh):
        found = f"a surface with {gaps} open edges after meshing"
        raise BadInput(Finding(str(path), "solid", found, "a closed mesh", "Ask for a finer mesh."))
    return mesh


def _check_size(file: SolidFile, size: NDArray[np.float64]) -> None:
    """Refuse a part, ``size`` (3,) mm, that is too small for any tool to cut: the file's unit must be wrong."""
    if float(size.max()) >= LEAST_PART_MM:
        return
    found = f"a part of {' x '.join(f'{value:.3g}' for value in size)} mm, with its coordinates read as {file.unit}"
    remedy = (
        "Export it in the unit in which it is drawn: a part drawn in metres and written as mm is 1000 times too small."
    )
    expected = f"a part of at least {LEAST_PART_MM} mm"
    raise BadInput(
        Finding(file=str(file.source.path), place="length unit", found=found, expected=expected, remedy=remedy)
    )


def _unbound(pmi: tuple[PmiItem, ...]) -> list[str]:
    """Return a note on PMI that is bound to no face; nothing if all of it is bound."""
    loose = [item.id for item in pmi if not item.faces]
    if not loose:
        return []
    listed = ", ".join(loose[:8]) + (", ..." if len(loose) > 8 else "")
    return [f"{len(loose)} of {len(pmi)} dimensions, tolerances and datums refer to no face of the part: {listed}"]


def _closed_in(volume_mm3: float, faces: tuple[int, ...]) -> list[str]:
    """Return a note on closed cavities, which no tool can make; nothing if there are none."""
    if not faces:
        return []
    listed = ", ".join(map(str, faces[:8])) + (", ..." if len(faces) > 8 else "")
    return [
        f"the model has closed cavities inside, {volume_mm3:.3g} mm3 in all (faces {listed}): no tool can reach them; "
        "open them to the outside or fill them in the CAD system"
    ]


def _agrees(mesh: Mesh, exact: float) -> bool:
    """Return True for a closed mesh with the volume of the exact surfaces."""
    return not open_edges(mesh) and abs(exact - mesh_volume(mesh)) <= VOLUME_TOLERANCE * exact


def _checked_volume(file: SolidFile, mesh: Mesh, exact: float) -> float:
    """Return the volume in mm3 of the exact solid, after checking that the mesh is closed and agrees with it."""
    path = str(file.source.path)
    gaps = open_edges(mesh)
    meshed = mesh_volume(mesh)
    expected = "a closed solid"
    remedy = "Heal the body in the CAD system (close gaps, remove doubled faces) and export it again."
    said = "; ".join(file.notes)
    because = f" ({said})" if said else ""
    if gaps or not len(mesh.triangles):
        found = (
            f"a surface with {gaps} open edges after meshing{because}" if gaps else f"faces without any area{because}"
        )
        raise BadInput(Finding(file=path, place="solid", found=found, expected=expected, remedy=remedy))
    if not exact > 0 or abs(exact - meshed) > VOLUME_TOLERANCE * exact:
        found = f"a volume of {exact:.6g} mm3 from its surfaces and {meshed:.6g} mm3 from its mesh{because}"
        raise BadInput(Finding(file=path, place="solid", found=found, expected=expected, remedy=remedy))
    return exact
