"""A part's picture from its STEP file, before anything is planned: meshed once in a guarded child, kept by the file's hash."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from nightmill.files import write_atomic
from nightmill.plant.places import state_folder
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.workers import Limits, run_guarded

PICTURE_CALL = "nightmill.plant.meshing:mesh_job"
LIMITS = Limits(memory_mib=4096, cpu_s=60, wall_s=60.0)
KEPT = 100


def picture_of(folder: Path, step: bytes) -> dict[str, Any]:
    """``{vertices, triangles, face_of}`` of a STEP file, as ``preview.json`` has it; the latest ``KEPT`` are kept.

    Raises ``BadInput`` for what can't be read as one.
    """
    if not step.lstrip()[:14].startswith(b"ISO-10303-21;"):
        first = step[:40].decode("ascii", "replace")
        raise BadInput(Finding("part", "the file", repr(first), "a STEP file (ISO-10303-21)", "Export it as STEP."))
    place = state_folder(folder) / "desk" / "pictures"
    kept = place / f"{hashlib.sha256(step).hexdigest()}.json"
    if kept.exists():
        return dict(msgspec.json.decode(kept.read_bytes()))
    with tempfile.TemporaryDirectory(prefix="nightmill-picture-") as scratch:
        path = Path(scratch) / "part.step"
        path.write_bytes(step)
        found = dict(run_guarded(PICTURE_CALL, {"step": str(path)}, limits=LIMITS, subject="part"))
    place.mkdir(parents=True, exist_ok=True)
    write_atomic(kept, msgspec.json.encode(found))
    for old in sorted(place.glob("*.json"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return found
