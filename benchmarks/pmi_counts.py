"""Count semantic PMI of STEP files in three ways: entities in the text, items read by Nightmill, items read by the kernel's XCAF.

    python benchmarks/pmi_counts.py FILE.stp|FOLDER ... [--plan]

The count in the text uses keywords only and shares no code with the reader. ``bound``: items with a face;
``inspected``: items that became a characteristic of the inspection plan. With ``--plan`` each part is planned;
``made``: items whose characteristic names the setup, step and tool that make its faces. Exits with 1 if the reader
missed an entity, or if no step makes the faces of an entity.
"""

import argparse
import re
from pathlib import Path
from typing import Any

from nightmill.cad import read_part
from nightmill.plant.part_planning import plan_part
from nightmill.quality import inspection_plan

_DIMENSION = re.compile(
    r"\b(DIMENSIONAL_SIZE\w*|ANGULAR_SIZE|(?:DIRECTED_)?DIMENSIONAL_LOCATION\w*|ANGULAR_LOCATION)\s*\("
)
_TOLERANCE = re.compile(r"\b(?:\w+_TOLERANCE|GEOMETRIC_TOLERANCE\w*)\s*\(")
_NO_TOLERANCE = re.compile(r"\b(?:PLUS_MINUS_TOLERANCE|GEOMETRIC_TOLERANCE_RELATIONSHIP)\s*\(")


def in_text(path: Path) -> tuple[int, int]:
    """Count dimensions and geometric tolerances by keyword, one for each instance in the file."""
    text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="latin-1"), flags=re.DOTALL)
    text = re.sub(r"'(?:[^']|'')*'", "''", text)
    instances = re.findall(r"#\d+\s*=\s*([^;]*);", text)
    dimensions = sum(bool(_DIMENSION.search(instance)) for instance in instances)
    tolerances = sum(bool(_TOLERANCE.search(instance)) and not _NO_TOLERANCE.search(instance) for instance in instances)
    return dimensions, tolerances


def by_kernel(path: Path) -> tuple[int, int] | None:
    """Return dimensions and tolerances found by the kernel's own reader; None if it refuses the file."""
    from OCP.collections import Sequence_TDF_Label
    from OCP.IFSelect import IFSelect_ReturnStatus
    from OCP.Message import Message
    from OCP.STEPCAFControl import STEPCAFControl_Reader
    from OCP.TCollection import TCollection_ExtendedString
    from OCP.TDocStd import TDocStd_Document
    from OCP.XCAFDoc import XCAFDoc_DocumentTool

    Message.DefaultMessenger_s().ChangePrinters().Clear()
    document = TDocStd_Document(TCollection_ExtendedString("XmlXCAF"))
    reader = STEPCAFControl_Reader()
    reader.SetGDTMode(True)
    if reader.ReadFile(str(path)) != IFSelect_ReturnStatus.IFSelect_RetDone or not reader.Transfer(document):
        return None
    tool = XCAFDoc_DocumentTool.DimTolTool_s(document.Main())
    dimensions, tolerances = Sequence_TDF_Label(), Sequence_TDF_Label()
    tool.GetDimensionLabels(dimensions)
    tool.GetGeomToleranceLabels(tolerances)
    sizes = [_is_size(dimensions.Value(place)) for place in range(1, dimensions.Length() + 1)]
    return sum(sizes), tolerances.Length()


def _is_size(label: Any) -> bool:
    """Return False for a label that only places a dimension in the drawing."""
    from OCP.TDF import TDF_AttributeIterator
    from OCP.XCAFDoc import XCAFDoc_Dimension

    attributes = TDF_AttributeIterator(label)
    while attributes.More():
        attribute = attributes.Value()
        if isinstance(attribute, XCAFDoc_Dimension):
            return "Presentation" not in attribute.GetObject().GetType().name
        attributes.Next()
    return False


def _made(path: Path) -> set[str]:
    """Return the PMI whose characteristic in the plan names setup, step and tool."""
    answer = plan_part(path)
    return {each["pmi"] for each in answer["characteristics"] if each["pmi"] and each["setup"] and each["step"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--plan", action="store_true", help="plan each part and count the items that its steps make")
    asked = parser.parse_args()
    missed = 0
    for path in [p for given in asked.files for p in (sorted(given.glob("*.st*p")) if given.is_dir() else [given])]:
        part = read_part(path, mesh_deflection_mm=0.1, angular_deg=20)
        groups = [[item for item in part.pmi if item.group == group] for group in ("dimension", "tolerance")]
        inspected = {characteristic.pmi for characteristic in inspection_plan(part)}
        made = _made(path) if asked.plan else set()
        kernel = by_kernel(path)
        print(path.name)
        for word, own, text, known in zip(
            ("dimensions", "tolerances"), groups, in_text(path), kernel or (None, None), strict=True
        ):
            bound = sum(bool(item.faces) for item in own)
            valued = sum((item.nominal if item.group == "dimension" else item.zone) is not None for item in own)
            listed = sum(item.id in inspected for item in own)
            missed += text - len(own)
            cut = sum(item.id in made for item in own)
            missed += bound - cut if asked.plan else 0
            print(
                f"  {word}: {text} in the text, {len(own)} read ({valued} with a value, {bound} bound, {listed} inspected{f', {cut} made' if asked.plan else ''}), "
                f"XCAF {'none' if known is None else known}"
            )
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
