"""Parts whose faces are all written as B-splines are read as the planes, cylinders, cones and tori that they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from design_solids import box, cut, cylinder, plate_with_holes, write

from nightmill.cad import features_answer, read_part
from nightmill.cad.brep.spline_recognition import distance, fitted


def as_splines(body: Any) -> Any:
    from OCP.BRepBuilderAPI import BRepBuilderAPI_NurbsConvert

    return BRepBuilderAPI_NurbsConvert(body).Shape()


def test_plate_of_splines_has_the_same_features(tmp_path: Path) -> None:
    plain = features_answer(read_part(write(plate_with_holes(), tmp_path / "plain.step")))
    part = read_part(write(as_splines(plate_with_holes()), tmp_path / "splines.step"))
    found = features_answer(part)
    assert [face.surface for face in part.faces].count("other") == 0
    for a, b in zip(plain["features"], found["features"], strict=True):
        assert (a["kind"], a["faces"]) == (b["kind"], b["faces"])
        assert a["parameters"] == pytest.approx(b["parameters"], abs=1e-6)


def test_torus_and_sphere_of_splines(tmp_path: Path) -> None:
    from OCP.BRepPrimAPI import BRepPrimAPI_MakeSphere, BRepPrimAPI_MakeTorus

    for body, kind, radius in (
        (BRepPrimAPI_MakeTorus(10, 3).Shape(), "torus", 3.0),
        (BRepPrimAPI_MakeSphere(5).Shape(), "sphere", 5.0),
    ):
        (face,) = read_part(write(as_splines(body), tmp_path / f"{kind}.step")).faces
        assert face.surface == kind
        assert face.radius_mm == pytest.approx(radius, abs=1e-6)
        assert not face.hollow


def test_half_a_bore_of_splines_keeps_its_sweep(tmp_path: Path) -> None:
    body = as_splines(cut(box(40, 30, 10), cylinder(8, 10, (20, 0, 0))))
    (arc,) = [f for f in read_part(write(body, tmp_path / "arc.step")).faces if f.surface == "cylinder"]
    assert arc.sweep_deg == pytest.approx(180, abs=0.1)
    assert arc.hollow
    assert arc.radius_mm == pytest.approx(8)
    assert arc.span_mm is not None
    assert arc.span_mm[1] - arc.span_mm[0] == pytest.approx(10)


@pytest.mark.parametrize("bulge", [0.0, 0.0005, 0.01])
def test_what_is_off_by_more_than_a_micrometre_stays_free_form(bulge: float) -> None:
    turn, along = (grid.reshape(-1) for grid in np.meshgrid(np.linspace(0, 2, 9), np.linspace(0, 10, 9)))
    radius = 5 + bulge * np.sin(along / 10 * np.pi)
    points = np.column_stack([radius * np.cos(turn), radius * np.sin(turn), along])
    slope = bulge * np.pi / 10 * np.cos(along / 10 * np.pi)
    normals = np.column_stack([np.cos(turn), np.sin(turn), -slope])
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    fit = fitted(points, normals)
    if bulge > 0.001:
        assert fit is None or fit.kind not in ("cylinder", "cone")
    else:
        assert fit is not None
        assert fit.kind == "cylinder"
        assert np.abs(distance(fit, points)).max() <= 1e-3
