"""Share of faces labelled right by rule on labelled parts of MFCAD and MFCAD++.

    python benchmarks/labels.py [CAD_DATA_FOLDER]

The folder has mfcad/*.step with labels.json and mfcadpp/*.step with the class as face name. Rules were
written while looking at these same parts, so the figures are upper bounds for unseen ones.
"""

import json
import os
import sys
from collections import Counter
from pathlib import Path

from nightmill.design import LabelSet, labels_of, read_part

DATA = Path(os.environ.get("NIGHTMILL_DATA", Path(__file__).resolve().parents[2] / "shared/data")) / "cad"
SETS: tuple[LabelSet, ...] = ("mfcad", "mfcadpp")


def truth(path: Path, which: str, names: list[str]) -> list[str]:
    if which == "mfcadpp":
        return names
    known = json.loads((path.parent / "labels.json").read_text())[path.name]
    return [str(known[int(name)]) for name in names]


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    for which in SETS:
        right = total = whole = parts = 0
        wrong: Counter[tuple[str, str]] = Counter()
        for path in sorted((data / which).glob("*.step")):
            model = read_part(path, mesh_deflection_mm=0.05, angular_deg=12)
            found = labels_of(model, which)
            known = truth(path, which, [face.name for face in model.faces])
            hits = sum(a == b for a, b in zip(found, known, strict=True))
            wrong.update((b, a) for a, b in zip(found, known, strict=True) if a != b)
            right, total, parts, whole = right + hits, total + len(known), parts + 1, whole + (hits == len(known))
        print(
            f"{which}: {right} of {total} faces right ({right / max(total, 1):.4f}), {whole} of {parts} parts all right"
        )
        print(
            "  most frequent errors (truth, found):",
            ", ".join(f"{pair}: {count}" for pair, count in wrong.most_common(12)),
        )


if __name__ == "__main__":
    main()
