"""Real files, where the data folder is at hand: NIST parts, PMI of CATIA and Creo, labelled parts."""

import json
import os
from pathlib import Path

import pytest

from nightmill.cad import labels_of, read_part
from nightmill.cad.meshing.tessellation import mesh_volume

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).resolve().parents[4] / "shared/data")) / "cad"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="CAD data folder is absent: set NIGHTMILL_DATA")
PARTS = Path(__file__).resolve().parents[3] / "src/nightmill/plant/example/parts"


@pytest.mark.parametrize(
    ("name", "dimensions", "tolerances"),
    [("nist_ctc_01_asme1_ct5210_rd-V5R29.stp", 8, 6), ("creo903_plate_w_hole_rev_0-3.stp", 1, 1)],
)
def test_all_pmi_with_values_and_faces(name: str, dimensions: int, tolerances: int) -> None:
    part = read_part(DATA / "pmi" / name, mesh_deflection_mm=0.1, angular_deg=20)
    sizes = [item for item in part.pmi if item.group == "dimension"]
    zones = [item for item in part.pmi if item.group == "tolerance"]
    assert (len(sizes), len(zones)) == (dimensions, tolerances)
    assert all(
        item.nominal is not None and item.lower is not None and item.upper is not None and item.faces for item in sizes
    )
    assert all(item.zone and item.faces for item in zones)
    for item in sizes:
        if item.kind == "diameter":
            assert all(2 * (part.faces[face].radius_mm or 0) == pytest.approx(item.nominal) for face in item.faces)


def test_part_with_a_cone_that_the_kernel_cannot_mesh() -> None:
    part = read_part(DATA / "real" / "milo_xy_plate.step", mesh_deflection_mm=0.05, angular_deg=15)
    assert mesh_volume(part.mesh) == pytest.approx(part.volume_mm3, rel=2e-3)


def test_inch_file_comes_out_in_mm() -> None:
    part = read_part(DATA / "nist_geom" / "nist_ctc_03_asme1_rc.stp", mesh_deflection_mm=0.1, angular_deg=20)
    assert part.file_unit == "inch"
    assert part.volume_mm3 == pytest.approx(331938, rel=1e-4)


def test_labels_of_published_sets() -> None:
    known = json.loads((DATA / "mfcad" / "labels.json").read_text())
    right = total = 0
    for name in sorted(known)[:8]:
        part = read_part(DATA / "mfcad" / name, mesh_deflection_mm=0.1, angular_deg=20)
        found = labels_of(part, "mfcad")
        right += sum(label == str(known[name][int(face.name)]) for label, face in zip(found, part.faces, strict=True))
        total += len(found)
    assert right >= 0.99 * total


def test_features_of_the_sample_parts() -> None:
    kinds = {
        path.stem: sorted(
            {feature.kind for feature in read_part(path, mesh_deflection_mm=0.1, angular_deg=20).features}
        )
        for path in sorted(PARTS.glob("*.step"))
    }
    assert len(kinds) == 6
    assert all("outer_profile" in found for found in kinds.values())
    assert "boss" in kinds["sensor_housing"]
    assert "slot" in kinds["motor_mount_plate"]
