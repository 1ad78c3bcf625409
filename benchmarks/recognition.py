"""Compare feature recognition with quiddity (PyPI, Apache-2.0) on the same parts in one run: CPU time and features found.

    python benchmarks/recognition.py PART.step|FOLDER ... [--repeats 3] [--peer PYTHON]

Each part is read by both from the same file. *Reading* goes from the file to a solid of the kernel, which is the same
in both. *Recognition* goes from the solid to features: for Nightmill to faces, edges with convexity, a coarse mesh and
all features with their patterns, for quiddity to its whole-part result in its own frame. Times are CPU seconds of one
thread, the best of the repeats, without imports. PEER is a Python interpreter with quiddity, if this one doesn't have
it (``pip install nightmill[bench]`` brings it).
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

PEER = """
import json, sys, time
from importlib.metadata import version
from quiddity import build_framed_recognition_result, import_step_geometry
from quiddity.census import feature_census
for line in sys.stdin:
    path, repeats = json.loads(line)
    reading, recognition, counts, said = [], [], {}, ""
    for _ in range(repeats):
        start = time.process_time()
        part = import_step_geometry(path)
        read = time.process_time()
        result = build_framed_recognition_result(part)
        reading.append(read - start)
        recognition.append(time.process_time() - read)
    said = type(result).__name__
    counts = {kind: count for kind, count in feature_census(part).items() if count}
    answer = {"reading": min(reading), "recognition": min(recognition), "counts": counts, "said": said,
              "version": version("quiddity")}
    print(json.dumps(answer), flush=True)
"""


def ours(path: Path, repeats: int) -> dict[str, Any]:
    """Return the seconds and the features by kind with this package."""

    from nightmill.cad.brep.edge_adjacency import edges_of
    from nightmill.cad.brep.face_records import OrientedFace, face_record
    from nightmill.cad.brep.records import Feature
    from nightmill.cad.features.recognise import recognise
    from nightmill.cad.meshing.tessellation import tessellate
    from nightmill.cad.step.kernel_import import explore, load_file
    from nightmill.plant.part_planning.child_jobs import READING_ANGLE_DEG, READING_DEFLECTION_MM

    reading, recognition = [], []
    found: tuple[Feature, ...] = ()
    for _ in range(repeats):
        start = time.process_time()
        file = load_file(path)
        read = time.process_time()
        faces = [OrientedFace(shape) for shape in explore(file.solid, "FACE")]
        records = tuple(face_record(number, "", face) for number, face in enumerate(faces))
        mesh = tessellate(file.solid, faces, deflection_mm=READING_DEFLECTION_MM, angular_deg=READING_ANGLE_DEG)
        found = recognise(records, edges_of(faces), mesh.vertices)
        reading.append(read - start)
        recognition.append(time.process_time() - read)
    counts = Counter(feature.kind for feature in found)
    return {"reading": min(reading), "recognition": min(recognition), "counts": dict(counts), "faces": len(records)}


def peer(python: str) -> tuple[subprocess.Popen[str], Callable[[Path, int], dict[str, Any]]]:
    """Start the peer in a separate process; return a function that requests one part."""
    child = subprocess.Popen([python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(path: Path, repeats: int) -> dict[str, Any]:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the peer has no pipes")
        try:
            child.stdin.write(json.dumps([str(path.resolve()), repeats]) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:  # the peer has ended
            line = ""
        return dict(json.loads(line)) if line else {}

    return child, ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", default=sys.executable)
    asked = parser.parse_args()
    paths = [path for given in asked.parts for path in (sorted(given.glob("*.st*p")) if given.is_dir() else [given])]
    child, ask = peer(asked.peer)
    ratios, seconds = [], []
    for path in paths:
        mine, theirs = ours(path, asked.repeats), ask(path, asked.repeats)
        seconds.append(mine["recognition"])
        print(
            f"{path.name}: {mine['faces']} faces, read in {mine['reading']:.3f} s, recognised in {mine['recognition']:.3f} s"
        )
        print(f"  nightmill {_listed(mine['counts'])}")
        if not theirs:
            print("  quiddity gave no answer (its process ended, or it isn't installed)")
            child, ask = peer(asked.peer)
            continue
        ratios.append(theirs["recognition"] / mine["recognition"])
        print(f"  quiddity {theirs['version']}: {theirs['recognition']:.3f} s ({ratios[-1]:.0f} x), {theirs['said']}")
        print(f"  quiddity  {_listed(theirs['counts'])}")
    child.terminate()
    print(
        f"nightmill {version('nightmill')}: recognition {statistics.median(seconds):.3f} s median, {max(seconds):.3f} "
        "s maximum"
    )
    if ratios:
        low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
        print(f"quiddity takes {middle:.0f} times as long (median of {len(ratios)} parts; {low:.0f} to {high:.0f})")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"


if __name__ == "__main__":
    main()
