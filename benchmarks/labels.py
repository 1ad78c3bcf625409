"""Measure the share of faces that the rules label correctly, on labelled parts of MFCAD, MFCAD++, and our own.

    python benchmarks/labels.py mfcad|mfcadpp FOLDER [--parts N] [--skip N]

FOLDER contains the STEP files. The true labels are taken from the first of these that exists: a ``FILE.face_truth``
beside each (the MFCAD repository), the folder's ``labels.json`` (written by ``labelled_parts.py``), or the name of each
face in the file (MFCAD++).
"""

import argparse
import io
import json
import pickle
from collections import Counter
from pathlib import Path

from nightmill.cad import labels_of, read_part
from nightmill.cad.mfcad.labels import MFCAD_CLASSES, MFCADPP_CLASSES


class _Plain(pickle.Unpickler):
    """Unpickler for lists of numbers that refuses objects that could run code."""

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"{module}.{name} doesn't belong in a list of labels")


def truth(path: Path, names: list[str]) -> list[str]:
    """Return the class number of each face, as text."""
    beside, listed = path.with_suffix(".face_truth"), path.parent / "labels.json"
    if beside.is_file():
        known = _Plain(io.BytesIO(beside.read_bytes())).load()
    elif listed.is_file():
        known = json.loads(listed.read_text())[path.name]
    else:
        return names
    return [str(int(known[int(name) if name.isdigit() else place])) for place, name in enumerate(names)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=("mfcad", "mfcadpp"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", type=int)
    parser.add_argument("--skip", type=int, default=0)
    asked = parser.parse_args()
    classes = MFCAD_CLASSES if asked.set == "mfcad" else MFCADPP_CLASSES
    right = total = whole = parts = 0
    wrong: Counter[tuple[str, str]] = Counter()
    for path in sorted(asked.folder.glob("*.step"))[asked.skip :][: asked.parts]:
        model = read_part(path, mesh_deflection_mm=0.05, angular_deg=12)
        found = labels_of(model, asked.set)
        known = truth(path, [face.name for face in model.faces])
        hits = sum(a == b for a, b in zip(found, known, strict=True))
        wrong.update((classes[int(b)], classes[int(a)]) for a, b in zip(found, known, strict=True) if a != b)
        right, total, parts, whole = right + hits, total + len(known), parts + 1, whole + (hits == len(known))
    share = right / max(total, 1)
    print(f"{asked.set}: {right} of {total} faces right ({share:.4%}), {whole} of {parts} parts entirely right")
    for (known_as, found_as), count in wrong.most_common(12):
        print(f"  {count:4} {known_as} taken for {found_as}")


if __name__ == "__main__":
    main()
