"""A part's picture from its STEP file, before anything is planned: meshed once in a kept child, kept by the file's hash."""

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from nightmill.files import write_atomic
from nightmill.plant.places import state_folder
from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding
from nightmill.workers import KeptChild, Limits

MESH_CALL = "nightmill.plant.meshing:mesh_job"
LIMITS = Limits(memory_mib=4096, cpu_s=60, wall_s=60.0)
KEPT = 100
FILES_A_CHILD = 20
"""A child that has read so many files is replaced, and one that has read a file of ``LARGE_BYTES``, whose memory it still has."""
LARGE_BYTES = 4 * 1024 * 1024


class Pictures:
    """Pictures of STEP files for the shop in ``folder``; may be asked by several threads.

    The child that meshes has the geometry kernel loaded before it is asked. It is replaced after each file that it didn't read well, so
    that none spoils the next. A file that comes while it is at work gets a child of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._child, self._read, self._ready = _child(), 0, False

    def begin(self) -> None:
        """Have a child ready from now on, without waiting for it; where there is no room for one, the first file will say so."""
        self._ready = True
        with self._lock, suppress(EnvironmentFailed):
            self._child.begin()

    def of(self, step: bytes) -> dict[str, Any]:
        """``{vertices, triangles, face_of}`` of a STEP file, as ``preview.json`` has it; the latest ``KEPT`` are kept.

        Raises ``BadInput`` for what can't be read as one, ``EnvironmentFailed`` where there is no room for a child.
        """
        if not step.lstrip()[:14].startswith(b"ISO-10303-21;"):
            first = step[:40].decode("ascii", "replace")
            raise BadInput(Finding("part", "the file", repr(first), "a STEP file (ISO-10303-21)", "Export it as STEP."))
        place = state_folder(self._folder) / "desk" / "pictures"
        kept = place / f"{hashlib.sha256(step).hexdigest()}.json"
        with suppress(FileNotFoundError):
            return dict(msgspec.json.decode(kept.read_bytes()))
        found = self._meshed(step)
        place.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, found)
        with suppress(FileNotFoundError):  # another thread clears up at the same time
            for old in sorted(place.glob("*.json"), key=lambda each: each.stat().st_mtime)[:-KEPT]:
                old.unlink(missing_ok=True)
        return dict(msgspec.json.decode(found))

    def _meshed(self, step: bytes) -> bytes:
        if not self._lock.acquire(blocking=False):
            with _child() as other:
                return _asked(other, step)
        try:
            well = False
            try:
                found = _asked(self._child, step)
                well = True
            finally:
                self._read += 1
                self._renewed(spent=not well or self._read >= FILES_A_CHILD or len(step) > LARGE_BYTES)
            return found
        finally:
            self._lock.release()

    def _renewed(self, *, spent: bool) -> None:
        """End the child where it is spent, or where none is to stand ready; another begins without being waited for."""
        if spent or not self._ready:
            self._child.stop()
            self._read = 0
        if self._ready:
            with suppress(EnvironmentFailed):
                self._child.begin()


def _child() -> KeptChild:
    return KeptChild(MESH_CALL, LIMITS, ready="ready")


def _asked(child: KeptChild, step: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="nightmill-picture-") as scratch:
        path = Path(scratch) / "part.step"
        path.write_bytes(step)
        fast, sure = (msgspec.json.encode({"step": str(path), "sweep": sweep}) for sweep in (True, False))
        return child.ask(fast, "part", sure)
