"""Faces that the kernel leaves without a mesh get one from their edges, so that a sound part isn't refused as open."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from design_solids import box, cone, cut, cylinder, write

from nightmill.cad import read_part
from nightmill.cad.meshing import tessellation
from nightmill.cad.meshing.fallback_faces import thin
from nightmill.cad.meshing.tessellation import open_edges


def _without(monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...], up_to_mm: float = math.inf) -> list[str]:
    """Have the kernel leave out all narrow faces of some kinds, as it does on some cones; which it left out."""
    from OCP.BRepAdaptor import BRepAdaptor_Surface

    mesh_of = tessellation._piece
    left_out: list[str] = []

    def piece(face: Any) -> Any:
        surface = BRepAdaptor_Surface(face)
        kind = surface.GetType().name.removeprefix("GeomAbs_").lower()
        if kind not in kinds or (kind == "cylinder" and surface.Cylinder().Radius() > up_to_mm):
            return mesh_of(face)
        left_out.append(kind)
        return None

    monkeypatch.setattr(tessellation, "_piece", piece)
    return left_out


@pytest.mark.parametrize("kinds", [("cone",), ("cylinder",), ("cone", "cylinder")])
def test_rings_and_tips_are_meshed_from_their_edges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]
) -> None:
    hole = cylinder(3, 12, (15, 10, 8)), cone(0, 3, 3, (15, 10, 5)), cone(3, 5, 2, (15, 10, 18))
    path = write(cut(box(30, 20, 20), *hole), tmp_path / "drilled.step")
    whole = read_part(path)
    left_out = _without(monkeypatch, kinds)
    part = read_part(path)
    assert set(left_out) == set(kinds)
    assert not open_edges(part.mesh)
    assert tessellation.mesh_volume(part.mesh) == pytest.approx(tessellation.mesh_volume(whole.mesh), rel=1e-4)


def test_a_ring_whose_rim_is_in_several_pieces_is_meshed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # the floors of a counterbore and of a step meet at the hole's rim, and each has a half of it
    body = cut(box(30, 20, 20), cylinder(2, 20, (15, 10, 0)), cylinder(3, 2, (15, 10, 18)), box(15, 20, 2, (0, 0, 18)))
    path = write(body, tmp_path / "stepped.step")
    whole = read_part(path)
    bore = next(face for face in whole.faces if face.radius_mm == pytest.approx(2))
    assert len([edge for edge in whole.edges if bore.id in edge.faces and edge.faces[0] != edge.faces[1]]) == 4
    left_out = _without(monkeypatch, ("cylinder",), up_to_mm=2.5)
    part = read_part(path)
    assert left_out == ["cylinder"]
    assert not open_edges(part.mesh)
    assert tessellation.mesh_volume(part.mesh) == pytest.approx(tessellation.mesh_volume(whole.mesh), rel=1e-3)


def test_a_sliver_keeps_the_turn_of_its_outline_and_its_sides_are_short() -> None:
    angle = np.linspace(0.0, 0.5, 12)
    near = np.stack([2.85 * np.cos(angle), 2.85 * np.sin(angle), np.zeros(12)], axis=1)
    far = near[::-1] * 1.01
    outline = np.concatenate([near, far])
    triangles = thin(outline)
    corners = outline[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert len(triangles) == len(outline) - 2
    assert (normals[:, 2] < 1e-12).all() or (normals[:, 2] > -1e-12).all()
    assert np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1).max() < 0.4
    sides = {tuple(side) for triangle in triangles for side in zip(triangle, np.roll(triangle, -1), strict=True)}
    assert all((k, (k + 1) % len(outline)) in sides for k in range(len(outline)))
