"""Compare the semantic PMI of a STEP file with a QIF document that another program wrote for the same model.

    python benchmarks/pmi_truth.py FILE.stp TRUTH.qif [--plan]

Every characteristic of the QIF document must be among those that Nightmill reads from the STEP file: with the same
kind, nominal, limits or tolerance and datums, on the same surfaces, which the document identifies by position (a plane
by point and normal, a cylinder by its axis). With ``--plan`` the documents of ``inspect plan`` (QIF, AS9102, AQDEF) are
also written, plan.qif is read back by the same reader as the truth, and each characteristic must be found there;
additional characteristics in the plan (general tolerances) are counted. Exits with 1 if a characteristic is missing or
on the wrong faces, or if the STEP file has more.
"""

import argparse
import re
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightmill.cad import PartModel, PmiItem, read_part
from nightmill.plant.part_planning.planning_child import inspection_of

Floats = NDArray[np.float64]
_NEAR = 1e-3


@dataclass(frozen=True)
class Asked:
    """One characteristic of the truth; ``figures`` are nominal, lower and upper limit, or the tolerance alone."""

    name: str
    kind: str
    figures: tuple[float, ...]
    datums: tuple[str, ...]
    surfaces: tuple[tuple[str, Floats, Floats], ...]


def read_truth(path: Path) -> list[Asked]:
    """Return all characteristics of a QIF 3.0 document with their planes and cylinders."""
    root = ET.parse(path).getroot()
    for element in root.iter():
        element.tag = re.sub(r"\{.*\}", "", element.tag)
    by_id = {element.attrib["id"]: element for element in root.iter() if "id" in element.attrib}
    found = []
    for nominal in root.iterfind(".//CharacteristicNominals/*"):
        definition = by_id[nominal.findtext("CharacteristicDefinitionId", "")]
        frame = by_id.get(definition.findtext("DatumReferenceFrameId", ""))
        letters = [] if frame is None else [each.text or "" for each in frame.iter("DatumDefinitionId")]
        kind = definition.tag.removesuffix("CharacteristicDefinition")
        ids = [each.text or "" for each in nominal.iterfind(".//FeatureNominalIds/Id")]
        ids += [each.text or "" for each in nominal.iterfind(".//FeatureNominalId")]
        found.append(
            Asked(
                nominal.findtext("Name", ""),
                re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower(),
                _figures(definition, nominal),
                tuple(by_id[letter].findtext("DatumLabel", "") for letter in letters),
                tuple(surface for one in ids if one in by_id and (surface := _surface(by_id[one]))),
            )
        )
    return found


def _figures(definition: ET.Element, nominal: ET.Element) -> tuple[float, ...]:
    width = definition.findtext("ToleranceValue")
    if width is not None:
        return (float(width),)
    target = float(nominal.findtext("TargetValue", "nan"))
    limits = [float(definition.findtext(f".//{each}", "nan")) for each in ("MinValue", "MaxValue")]
    if definition.findtext(".//DefinedAsLimit") != "true":
        limits = [target + limit for limit in limits]
    return (target, *limits)


def _surface(feature: ET.Element) -> tuple[str, Floats, Floats] | None:
    places = (("plane", "Location", "Normal"), ("cylinder", "Axis/AxisPoint", "Axis/Direction"))
    for word, place, direction in places:
        at, along = feature.findtext(place), feature.findtext(direction)
        if at and along and feature.tag.lower().startswith(word):
            return word, np.array(at.split(), dtype=float), np.array(along.split(), dtype=float)
    return None


def said(item: PmiItem) -> tuple[float, ...]:
    """Return the figures of an item in the form of the truth."""
    figures = (item.zone,) if item.group == "tolerance" else (item.nominal, item.lower, item.upper)
    return tuple(float("nan") if value is None else value for value in figures)


def same(asked: Asked, item: PmiItem) -> bool:
    """Return whether an item equals a true characteristic, apart from its position."""
    figures = said(item)
    return (
        item.kind == asked.kind
        and item.datums == asked.datums
        and len(figures) == len(asked.figures)
        and bool(np.allclose(figures, asked.figures, atol=1e-6))
    )


def stands_on(part: PartModel, item: PmiItem, asked: Asked) -> bool:
    """Return whether each face of an item lies on one of the true surfaces, and each surface has a face."""
    corners = part.mesh.vertices[part.mesh.triangles]
    used: set[int] = set()
    for face in item.faces:
        points = corners[part.mesh.face_of == face].reshape(-1, 3)
        fits = {number for number, surface in enumerate(asked.surfaces) if _lies_on(points, surface)}
        if not fits:
            return False
        used |= fits
    return bool(item.faces) and len(used) == len(asked.surfaces)


def _lies_on(points: Floats, surface: tuple[str, Floats, Floats]) -> bool:
    word, place, along = surface
    along = along / np.linalg.norm(along)
    if word == "plane":
        return bool(np.abs((points - place) @ along).max() < _NEAR)
    radial = np.linalg.norm(np.cross(points - place, along), axis=1)
    return bool(np.ptp(radial) < 0.05)  # the mesh's corners are exactly on the cylinder


def in_plan(step: Path, truth: list[Asked]) -> int:
    """Write the documents for the part, search plan.qif for the true characteristics, and return how many are missing."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        plan = inspection_of(step, out=Path(folder))["characteristics"]
        took = time.perf_counter() - begun
        written = read_truth(Path(folder) / "plan.qif")
        papers = sorted(path.name for path in Path(folder).iterdir())
    left = [(each.kind, each.figures, each.datums) for each in written]
    missing = 0
    for asked in truth:
        found = next(
            (
                each
                for each in left
                if (each[0], each[2]) == (asked.kind, asked.datums)
                and len(each[1]) == len(asked.figures)
                and np.allclose(each[1], asked.figures, atol=1e-6)
            ),
            None,
        )
        if found is None:
            missing += 1
            print(f"missing in plan.qif: {asked.name}, {asked.kind} {asked.figures}")
        else:
            left.remove(found)
    own = sum(each["origin"] == "pmi" for each in plan)
    print(
        f"plan.qif: {len(truth) - missing} of {len(truth)} found, {missing} missing, {own - len(truth) + missing} "
        "more from the model"
    )
    print(f"{len(plan) - own} by general tolerances; {', '.join(papers)} in {took:.1f} s")
    return missing


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--plan", action="store_true")
    options = parser.parse_args()
    part = read_part(options.step, mesh_deflection_mm=0.01, angular_deg=5)
    left = [item for item in part.pmi if item.group != "datum"]
    truth = read_truth(options.truth)
    placed = missing = misplaced = 0
    for asked in truth:
        alike = [item for item in left if same(asked, item)]
        there = [item for item in alike if not asked.surfaces or stands_on(part, item, asked)]
        if not alike:
            missing += 1
            print(f"missing: {asked.name}, {asked.kind} {asked.figures} {'|'.join(asked.datums)}")
        elif not there:
            misplaced += 1
            print(f"on other faces: {asked.name}, {asked.kind} {asked.figures}: {[item.faces for item in alike]}")
        else:
            placed += bool(asked.surfaces)
        if alike:
            left.remove((there or alike)[0])
    print(
        f"{len(truth)} characteristics in the truth, {missing} missing, {misplaced} on other faces, {len(left)} more in the file"
    )
    print(f"{placed} were found on exactly the surfaces given in the truth")
    lost = in_plan(options.step, truth) if options.plan else 0
    raise SystemExit(1 if missing or misplaced or left or lost else 0)


if __name__ == "__main__":
    main()
